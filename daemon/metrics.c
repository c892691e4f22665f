/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The values are collected in one table, so that name, type, help and value of
 * a metric stand side by side.
 *
 * Metrics are a file and not a server: a collector that runs on the machine
 * anyway reads it, and the daemon opens no port for it.  The file is replaced
 * whole, for a collector may read at any moment and must not see half of it.
 */
#include "metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bitmarkpeer/os.h>

#include "payment_report.h"
#include "shared/complain.h"

/* A collector of metrics is another user, as that of Prometheus, and must be
 * able to read the file. */
#define FILE_MODE 0644

/* One line of the file, with its name and type in front. */
struct metric {
	const char *name;
	bool counter;                   /* else a gauge */
	const char *help;
	double value;
};

/* %.17g writes every double so that it reads back as the same one. */
static void
write_metric(FILE *file, const struct metric *m, const char *chain)
{
	fprintf(file, "# HELP bitmark_%s %s\n# TYPE bitmark_%s %s\n"
	    "bitmark_%s{chain=\"%s\"} %.17g\n", m->name, m->help, m->name,
	    m->counter ? "counter" : "gauge", m->name, chain, m->value);
}

/* The value is 1: what tells something is the label, as is usual. */
static void
write_rules(FILE *file, const char *rules, const char *chain)
{
	fprintf(file, "# HELP bitmark_rules Whose rules the node follows.\n"
	    "# TYPE bitmark_rules gauge\n"
	    "bitmark_rules{chain=\"%s\",rules=\"%s\"} 1\n", chain, rules);
}

/* Names say the unit last and counters end in _total, as Prometheus advises. */
char *
metrics_text(struct bitmark_node *node, const char *chain,
    const struct payment_watch *watch, const struct services_counts *services)
{
	struct bitmark_reservoir_counts c = { .struct_size = sizeof c };
	struct bitmark_node_status s = { .struct_size = sizeof s };
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
		{ "cut_room_total", true, "Clients that were too many.",
		    (double)s.cut_room },
		{ "cut_handshake_total", true,
		    "Clients whose handshake took too long.",
		    (double)s.cut_handshake },
		{ "cut_held_total", true,
		    "Clients with too many bytes of open messages.",
		    (double)s.cut_held },
		{ "no_descriptor_total", true,
		    "Times that no descriptor was left for a client.",
		    (double)s.no_descriptor },
		{ "long_commands_total", true,
		    "Requests refused because of a command of over 64 bytes.",
		    (double)s.long_commands },
		{ "jobs_total", true, "Jobs made for miners.",
		    (double)s.jobs },
		{ "jobs_published_total", true, "Messages with a job.",
		    (double)s.jobs_published },
		{ "job_subscribers", false, "Miners that are told of jobs.",
		    s.job_subscribers },
		{ "miners", false, "Miners that may submit.", s.miners },
		{ "miners_cut_total", true, "Miners that were cut off.",
		    (double)s.miners_cut },
		{ "miners_unlisted_total", true,
		    "Miners whose key is not in the list.",
		    (double)s.miners_unlisted },
		{ "submissions_accepted_total", true,
		    "Submissions that were accepted.",
		    (double)s.submissions_accepted },
		{ "submissions_refused_total", true,
		    "Submissions that were refused.",
		    (double)s.submissions_refused },
		{ "submissions_dropped_total", true,
		    "Of these, those for which too many waited.",
		    (double)s.submissions_dropped },
		{ "submissions_unanswered_total", true,
		    "Messages that were no request, and lost replies.",
		    (double)s.submissions_unanswered },
		{ "submissions_waiting", false, "Waiting for a digest.",
		    (double)s.submissions_waiting },
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
		{ "shares", false, "Bitmarks that became shares.",
		    (double)s.shares },
		{ "blocked", false, "1 while the peers follow a chain that "
		    "the node refuses.", s.blocked != BITMARK_OK },
		{ "store_failed", false,
		    "1 while the store cannot be written.",
		    s.store != BITMARK_OK },
		{ "pending_transactions", false, "Transactions not paid.",
		    (double)c.pending },
		{ "pending_free_issues", false, "Of these, free issues.",
		    (double)c.free_issues },
		{ "pending_paid_issues", false, "Of these, paid issues.",
		    (double)c.paid_issues },
		{ "pending_transfers", false, "Of these, other transactions.",
		    (double)c.transfers },
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
		{ "rpc_clients", false, "Clients of the client RPC.",
		    services->rpc_clients },
		{ "rpc_held_bytes", false, "Bytes kept for them.",
		    (double)services->rpc_held },
		{ "rpc_accepted_total", true, "Clients so far.",
		    (double)services->rpc_accepted },
		{ "rpc_cut_room_total", true, "Clients that were too many.",
		    (double)services->rpc_cut_room },
		{ "rpc_cut_handshake_total", true,
		    "Clients whose handshake failed or took too long.",
		    (double)services->rpc_cut_handshake },
		{ "rpc_cut_garbage_total", true,
		    "Clients that sent no JSON, or beyond the bounds.",
		    (double)services->rpc_cut_garbage },
		{ "rpc_cut_idle_total", true, "Clients that asked nothing.",
		    (double)services->rpc_cut_idle },
		{ "rpc_cut_slow_total", true,
		    "Clients that did not take their replies.",
		    (double)services->rpc_cut_slow },
		{ "rpc_requests_total", true,
		    "Requests of clients, also over HTTPS.",
		    (double)services->rpc_requests },
		{ "rpc_delayed_total", true,
		    "Of these, after a wait for their allowance.",
		    (double)services->rpc_delayed },
		{ "rpc_refused_total", true,
		    "Requests refused for want of it.",
		    (double)services->rpc_refused },
		{ "https_clients", false, "Clients over HTTPS.",
		    services->https_clients },
		{ "https_requests_total", true, "Requests over HTTPS.",
		    (double)services->https_requests },
		{ "https_busy_total", true,
		    "Of these, refused as too many.",
		    (double)services->https_busy },
		{ "https_cut_total", true, "HTTPS clients that were too slow.",
		    (double)services->https_cut },
	};
	for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
		write_metric(file, &metrics[i], chain);
	write_rules(file, s.rules->name, chain);
	payment_metrics(file, watch, chain);
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Gives NULL, or what is wrong. */
static const char *
write_text(const char *text, const char *path)
{
	struct bitmark_file_writer *file;
	bitmark_status status = bitmark_file_writer_open(&file, path,
	    FILE_MODE);
	FILE *out;

	if (status == BITMARK_E_STATE)
		return "is no regular file";
	if (status == BITMARK_OK) {
		out = bitmark_file_writer_stream(file);
		/* A failure of these is told by commit.  The daemon's umask
		 * would keep the collector away. */
		(void)fchmod(fileno(out), FILE_MODE);
		(void)fputs(text, out);
		status = bitmark_file_writer_commit(file);
	}
	if (status == BITMARK_OK)
		return NULL;
	return cause_text(status);
}

/* The text is made first: the file is not open while the node is asked. */
const char *
metrics_write(struct bitmark_node *node, const char *chain,
    const struct payment_watch *watch, const struct services_counts *services,
    const char *path)
{
	char *text = metrics_text(node, chain, watch, services);
	const char *why = text == NULL ? bitmark_strerror(BITMARK_E_NOMEM) :
	    write_text(text, path);

	free(text);
	return why;
}
