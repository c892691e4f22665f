#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_SUFFIX ".new"
/* A collector is another user; the daemon's umask would keep it away. */
#define METRICS_MODE 0644

static json_t *
hex(const uint8_t *data, size_t size)
{
	char text[2 * BITMARK_PAY_ID_SIZE + 1];

	bitmark_hex_encode(data, size, text);
	return json_string(text);
}

/* As digests of blocks are shown: last byte first. */
static json_t *
display(const uint8_t data[BITMARK_DIGEST_SIZE])
{
	char text[2 * BITMARK_DIGEST_SIZE + 1];

	bitmark_hex_encode_reversed(data, BITMARK_DIGEST_SIZE, text);
	return json_string(text);
}

static const char *
mode_name(enum bitmark_mode mode)
{
	switch (mode) {
	case BITMARK_MODE_STOPPED: return "Stopped";
	case BITMARK_MODE_RESYNCHRONISE: return "Resynchronise";
	case BITMARK_MODE_NORMAL: return "Normal";
	}
	return "";
}

json_t *
report_status(struct bitmark_node *node, const char *chain)
{
	struct bitmark_node_status s;

	bitmark_node_get_status(node, &s);
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:I, s:i, s:b, s:i, "
	    "s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:f, s:I, "
	    "s:I, s:I, s:I, s:I}", "version",
	    bitmark_version(), "chain", chain, "mode", mode_name(s.mode),
	    "height", (json_int_t)s.tip.number, "digest", hex(s.tip.digest,
	    sizeof s.tip.digest), "digestDisplay", display(s.tip.digest),
	    "target", (json_int_t)s.target, "peers", (int)s.peers,
	    "few_peers", s.few_clients, "known", (int)s.known,
	    "connections", (int)s.connections, "subscribers",
	    (int)s.subscribers, "pending", (json_int_t)s.pending, "verified",
	    (json_int_t)s.verified, "requests", (json_int_t)s.requests,
	    "dropped", (json_int_t)s.dropped, "published",
	    (json_int_t)s.published, "dns_records", (json_int_t)s.dns_records,
	    "dns_bad", (json_int_t)s.dns_bad, "blocks_per_s", s.blocks_per_s,
	    "seconds_left", s.seconds_left == UINT64_MAX ? json_null() :
	    json_integer((json_int_t)s.seconds_left), "digests_per_s",
	    s.digests_per_s, "digests_waiting", (json_int_t)s.digests_waiting,
	    "queued_blocks", (json_int_t)s.queued_blocks, "queued_messages",
	    (json_int_t)s.queued_others, "map_bytes",
	    (json_int_t)s.map_bytes, "used_bytes", (json_int_t)s.used_bytes);
}

static json_t *
addresses(const struct bitmark_peer *peer)
{
	json_t *list = json_array();
	size_t used;

	for (size_t i = 0; i < peer->connections_size; i += used) {
		struct bitmark_connection connection;
		char text[BITMARK_CONNECTION_TEXT_MAX];

		used = bitmark_connection_parse(peer->connections + i,
		    peer->connections_size - i, &connection);
		if (used == 0)
			break;
		bitmark_connection_to_text(&connection, text);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

json_t *
report_peers(struct bitmark_node *node)
{
	struct bitmark_peer *peers;
	json_t *list;
	size_t count;

	if (bitmark_node_peers(node, &peers, &count) != BITMARK_OK)
		return NULL;
	list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:I}",
		    "key", hex(peers[i].key, sizeof peers[i].key),
		    "addresses", addresses(&peers[i]), "timestamp",
		    (json_int_t)peers[i].timestamp));
	free(peers);
	return list;
}

static int
add_connection(void *list, const struct bitmark_node_connection *c)
{
	json_array_append_new(list, json_pack("{s:o, s:s, s:b, s:b, s:b, "
	    "s:I, s:I, s:I, s:I, s:I}", "key", hex(c->key, sizeof c->key),
	    "address", c->address, "static", c->is_static, "connected",
	    c->connected, "registered", c->registered, "height",
	    (json_int_t)c->height, "pushed", (json_int_t)c->counters.pushed,
	    "retried", (json_int_t)c->counters.retried, "lost",
	    (json_int_t)(c->counters.dropped_full +
	    c->counters.dropped_failed), "failures",
	    (json_int_t)c->counters.failures));
	return 0;
}

json_t *
report_connections(struct bitmark_node *node)
{
	json_t *list = json_array();

	if (bitmark_node_each_connection(node, add_connection, list) ==
	    BITMARK_OK)
		return list;
	json_decref(list);
	return NULL;
}

static int
add_waiting(void *list, const struct bitmark_waiting *w)
{
	json_array_append_new(list, json_pack("{s:o, s:o, s:s, s:I, s:I, s:I, "
	    "s:I}", "tx_id", hex(w->tx_id, BITMARK_TX_ID_SIZE), "pay_id",
	    hex(w->pay_id, BITMARK_PAY_ID_SIZE), "status",
	    bitmark_tx_status_name(w->verified ? BITMARK_TX_STATUS_VERIFIED :
	    BITMARK_TX_STATUS_PENDING), "position", (json_int_t)w->position,
	    "count", (json_int_t)w->count, "since", (json_int_t)w->since_s,
	    "until", (json_int_t)w->until_s));
	return 0;
}

json_t *
report_reservoir(struct bitmark_node *node)
{
	struct bitmark_reservoir_counts c;
	json_t *list = json_array();

	if (bitmark_node_counts(node, &c) != BITMARK_OK ||
	    bitmark_node_each_waiting(node, add_waiting, list) !=
	    BITMARK_OK) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
	    "pending", (json_int_t)c.pending, "verified",
	    (json_int_t)c.verified, "assets", (json_int_t)c.assets,
	    "orphans", (json_int_t)c.orphans, "bytes", (json_int_t)c.bytes,
	    "refused", (json_int_t)c.refused, "expired",
	    (json_int_t)c.expired, "transactions", list);
}

json_t *
report_unit(const struct bitmark_unit_result *r)
{
	json_t *ids = json_array();

	for (size_t i = 0; i < r->count; i++)
		json_array_append_new(ids, hex(r->tx_id[i],
		    sizeof r->tx_id[i]));
	return json_pack("{s:o, s:o, s:b}", "pay_id", hex(r->pay_id,
	    sizeof r->pay_id), "tx_ids", ids, "verified", r->verified);
}

/*
 * Metrics.  Names are documented in bitmarkd-c(8) and do not change.
 */

struct metric {
	const char *name;
	bool counter;                   /* else a gauge */
	const char *help;
	double value;
};

static void
write_metric(FILE *file, const struct metric *m, const char *chain)
{
	fprintf(file, "# HELP bitmark_%s %s\n# TYPE bitmark_%s %s\n"
	    "bitmark_%s{chain=\"%s\"} %.17g\n", m->name, m->help, m->name,
	    m->counter ? "counter" : "gauge", m->name, chain, m->value);
}

char *
report_metrics(struct bitmark_node *node, const char *chain)
{
	struct bitmark_reservoir_counts c;
	struct bitmark_node_status s;
	char *text = NULL;
	size_t size;
	FILE *file;

	bitmark_node_get_status(node, &s);
	if (bitmark_node_counts(node, &c) != BITMARK_OK)
		return NULL;
	file = open_memstream(&text, &size);
	if (file == NULL)
		return NULL;
	const struct metric metrics[] = {
		{ "height", false, "Number of the newest block.",
		    (double)s.tip.number },
		{ "target_height", false, "Best height that a peer claims.",
		    (double)s.target },
		{ "normal", false, "1 in Normal mode.",
		    s.mode == BITMARK_MODE_NORMAL },
		{ "registered_peers", false, "Peers registered with.",
		    s.peers },
		{ "few_peers", false, "1 when fewer are of use than needed.",
		    s.few_clients },
		{ "known_peers", false, "Peers heard of.", s.known },
		{ "dns_records", false, "Nodes in the last answer of the DNS.",
		    (double)s.dns_records },
		{ "dns_bad_records", false,
		    "Records of that answer that were skipped.",
		    (double)s.dns_bad },
		{ "incoming_connections", false, "Connections of peers.",
		    s.connections },
		{ "subscribers", false, "Local subscribers.", s.subscribers },
		{ "requests_total", true, "Requests answered.",
		    (double)s.requests },
		{ "dropped_total", true, "Requests refused or not processed.",
		    (double)s.dropped },
		{ "published_total", true, "Messages to subscribers.",
		    (double)s.published },
		{ "unpublished_total", true, "Messages lost to subscribers.",
		    (double)s.unpublished },
		{ "blocks_per_second", false, "Blocks stored per second.",
		    s.blocks_per_s },
		{ "digests_per_second", false, "Block digests per second.",
		    s.digests_per_s },
		{ "digests_waiting", false, "Digests not begun.",
		    (double)s.digests_waiting },
		{ "queued_blocks", false, "Blocks of peers not begun.",
		    (double)s.queued_blocks },
		{ "queued_messages", false,
		    "Other messages of peers not begun.",
		    (double)s.queued_others },
		{ "map_bytes", false, "Size of the map of the store.",
		    (double)s.map_bytes },
		{ "used_bytes", false, "Bytes of it that the store uses.",
		    (double)s.used_bytes },
		{ "pending_transactions", false, "Transactions not paid.",
		    (double)c.pending },
		{ "verified_transactions", false,
		    "Transactions ready for a block.", (double)c.verified },
		{ "reservoir_bytes", false, "Bytes of transactions kept.",
		    (double)c.bytes },
		{ "cached_assets", false, "Assets not in a block.",
		    (double)c.assets },
		{ "orphan_payments", false, "Payments of nothing known.",
		    (double)c.orphans },
		{ "reservoir_refused_total", true,
		    "Refused because a bound was reached.",
		    (double)c.refused },
		{ "reservoir_evicted_total", true, "Given up for others.",
		    (double)c.evicted },
		{ "reservoir_expired_total", true, "Transactions expired.",
		    (double)c.expired },
	};
	for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
		write_metric(file, &metrics[i], chain);
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

bool
report_is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

bool
report_write_metrics(struct bitmark_node *node, const char *chain,
    const char *path)
{
	char *text = report_metrics(node, chain);
	size_t length = strlen(path) + sizeof TEMPORARY_SUFFIX;
	char *temporary = malloc(length);
	bool good = false;
	FILE *file;

	if (text != NULL && temporary != NULL && !report_is_special(path)) {
		snprintf(temporary, length, "%s" TEMPORARY_SUFFIX, path);
		file = fopen(temporary, "w");
		good = file != NULL && fputs(text, file) >= 0 &&
		    fchmod(fileno(file), METRICS_MODE) == 0;
		if (file != NULL)
			good = fclose(file) == 0 && good;
		good = good && rename(temporary, path) == 0;
		if (!good)
			(void)unlink(temporary);
	}
	free(temporary);
	free(text);
	return good;
}
