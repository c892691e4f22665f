/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Reports for the control socket. Ids and keys are hex in the order in which
 * they are stored. A block's digest is reported in both orders, because people
 * compare it with what bitmarkd shows.
 */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/json.h"
#include "shared/payment_uri.h"

const char *
report_mode(enum bitmark_mode mode)
{
	switch (mode) {
	case BITMARK_MODE_STOPPED: return "Stopped";
	case BITMARK_MODE_RESYNCHRONISE: return "Resynchronise";
	case BITMARK_MODE_NORMAL: return "Normal";
	}
	return "";
}

/* One member of an object; object_of takes over its value. */
struct field {
	const char *name;
	json_t *value;
};

/* Make an object of the fields in their order; NULL: no memory for one of them.
 */
static json_t *
object_of(const struct field *fields, size_t count)
{
	json_t *object = json_object();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_object_set_new(object, fields[i].name,
		    fields[i].value);
	if (bad == 0)
		return object;
	json_decref(object);
	return NULL;
}

/* Counts stay far below 2^53, so that every reader of JSON has them exactly. */
static json_t *
count_of(uint64_t count)
{
	return json_integer((json_int_t)count);
}

/* Members have the same names as the metrics, where both exist. */
json_t *
report_status(struct bitmark_node *node, const char *chain,
    const struct services_counts *services)
{
	struct bitmark_node_status s = { .struct_size = sizeof s };
	char blocked[BITMARK_NODE_BLOCKED_MAX];

	bitmark_node_get_status(node, &s);
	/* Programs read these names, so they never change, and new ones go to
	 * the end. */
	const struct field fields[] = {
		{ "version", json_string(bitmark_version()) },
		{ "chain", json_string(chain) },
		{ "mode", json_string(report_mode(s.mode)) },
		{ "height", count_of(s.tip.number) },
		{ "digest", json_hex(s.tip.digest, sizeof s.tip.digest) },
		{ "digestDisplay", json_hex_reversed(s.tip.digest,
		    sizeof s.tip.digest) },
		{ "target", count_of(s.target) },
		{ "peers", count_of(s.peers) },
		{ "few_peers", json_boolean(s.few_clients) },
		{ "known", count_of(s.known) },
		{ "connections", count_of(s.connections) },
		{ "subscribers", count_of(s.subscribers) },
		{ "pending", count_of(s.pending) },
		{ "verified", count_of(s.verified) },
		{ "requests", count_of(s.requests) },
		{ "dropped", count_of(s.dropped) },
		{ "published", count_of(s.published) },
		{ "dns_records", count_of(s.dns_records) },
		{ "dns_bad", count_of(s.dns_bad) },
		{ "blocks_per_s", json_real(s.blocks_per_s) },
		{ "seconds_left", s.seconds_left == UINT64_MAX ?
		    json_null() : count_of(s.seconds_left) },
		{ "digests_per_s", json_real(s.digests_per_s) },
		{ "digests_waiting", count_of(s.digests_waiting) },
		{ "queued_blocks", count_of(s.queued_blocks) },
		{ "queued_messages", count_of(s.queued_others) },
		{ "map_bytes", count_of(s.map_bytes) },
		{ "used_bytes", count_of(s.used_bytes) },
		{ "cut_room", count_of(s.cut_room) },
		{ "cut_handshake", count_of(s.cut_handshake) },
		{ "cut_held", count_of(s.cut_held) },
		{ "no_descriptor", count_of(s.no_descriptor) },
		{ "store_error", s.store == BITMARK_OK ? json_null() :
		    json_string(bitmark_strerror(s.store)) },
		{ "store_retry_ms", count_of(s.store_retry_ms) },
		{ "rules", json_string(s.rules->name) },
		{ "blocked", s.blocked == BITMARK_OK ? json_null() :
		    json_string(bitmark_node_blocked_text(&s, blocked)) },
		{ "blocked_block", s.blocked == BITMARK_OK ? json_null() :
		    count_of(s.blocked_number) },
		{ "blocked_reason", s.blocked == BITMARK_OK ? json_null() :
		    json_string(bitmark_strerror(s.blocked)) },
		{ "blocked_accepted", s.blocked_accepted == NULL ?
		    json_null() : json_string(s.blocked_accepted->name) },
		{ "shares", count_of(s.shares) },
		{ "long_commands", count_of(s.long_commands) },
		{ "rpc", json_boolean(services->rpc) },
		{ "rpc_clients", count_of(services->rpc_clients) },
		{ "rpc_held_bytes", count_of(services->rpc_held) },
		{ "rpc_requests", count_of(services->rpc_requests) },
		{ "https", json_boolean(services->https) },
		{ "https_clients", count_of(services->https_clients) },
		{ "https_requests", count_of(services->https_requests) },
		{ "jobs", count_of(s.jobs) },
		{ "jobs_published", count_of(s.jobs_published) },
		{ "job_subscribers", count_of(s.job_subscribers) },
		{ "miners", count_of(s.miners) },
		{ "miners_cut", count_of(s.miners_cut) },
		{ "miners_unlisted", count_of(s.miners_unlisted) },
		{ "submissions_accepted", count_of(s.submissions_accepted) },
		{ "submissions_refused", count_of(s.submissions_refused) },
		{ "submissions_dropped", count_of(s.submissions_dropped) },
		{ "submissions_unanswered",
		    count_of(s.submissions_unanswered) },
		{ "submissions_waiting", count_of(s.submissions_waiting) },
	};

	return object_of(fields, sizeof fields / sizeof fields[0]);
}

/* The packed connections of a peer, as texts. */
json_t *
report_addresses(const struct bitmark_peer *peer)
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

/* The library makes a copy of the list, so the node goes on while it is read.
 */
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
		    "key", json_hex(peers[i].key, sizeof peers[i].key),
		    "addresses", report_addresses(&peers[i]), "timestamp",
		    (json_int_t)peers[i].timestamp));
	bitmark_free(peers);
	return list;
}

/* A bitmark_node_connection_fn; called by the node's thread, so it only copies.
 * "lost" counts messages that did not reach the peer, for either reason. */
static int
add_connection(void *list, const struct bitmark_node_connection *c)
{
	json_array_append_new(list, json_pack("{s:o, s:s, s:b, s:b, s:b, "
	    "s:I, s:I, s:I, s:I, s:I, s:I, s:s?, s:I, s:s?, s:I}", "key",
	    json_hex(c->key, sizeof c->key),
	    "address", c->address, "static", c->is_static, "connected",
	    c->connected, "registered", c->registered, "height",
	    (json_int_t)c->height, "pushed", (json_int_t)c->counters->pushed,
	    "retried", (json_int_t)c->counters->retried, "lost",
	    (json_int_t)(c->counters->dropped_full +
	    c->counters->dropped_failed), "tries", (json_int_t)c->tries,
	    "failures", (json_int_t)(c->failures + c->counters->failures),
	    "reason", c->reason, "failed_at", (json_int_t)c->failed_s, "at",
	    c->at, "round_trip_us", (json_int_t)c->round_trip_us));
	return 0;
}

/* On failure a part of the list may be there, and is dropped. */
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

/* Payments in the form of bitmarkd: for each currency that can be used, a list
 * of the payments that one transaction must make. Amounts are texts, as one of
 * an escrow may pass 2^53. The URI is for wallets. Source: bitmarkd v8.2
 * rpc/bitmark/transfer.go BitmarkTransferReply */
static json_t *
payments_of(const struct bitmark_alternatives *payments,
    const uint8_t *pay_id)
{
	json_t *ways = json_object();
	char uri[PAYMENT_URI_MAX];

	for (size_t i = 0; i < payments->count; i++) {
		const struct bitmark_alternative *a =
		    &payments->alternative[i];
		const char *currency = bitmark_currency_name(
		    a->segment[0].currency);
		json_t *list = json_array();

		for (size_t k = 0; k < a->count; k++)
			json_array_append_new(list, json_pack(
			    "{s:s, s:s, s:o, s:s}", "currency", currency,
			    "address", a->segment[k].address, "amount",
			    json_number(a->segment[k].amount), "uri",
			    payment_uri(&a->segment[k], pay_id, uri)));
		json_object_set_new(ways, currency, list);
	}
	return ways;
}

/* A list of waiting transactions. ${skipped} of the oldest are passed over.
 * ${packed} is the most that it may have, each with its bytes; 0: all, without
 * bytes. */
struct waiting_list {
	json_t *list;
	size_t skipped, packed;
};

/* A bitmark_waiting_fn; called by the node's thread, so it only copies. A
 * verified transaction needs no payment any more. */
static int
add_waiting(void *user, const struct bitmark_waiting *w)
{
	const struct bitmark_alternatives none = { 0 };
	struct waiting_list *waiting = user;
	json_t *one;

	if (waiting->skipped > 0) {
		waiting->skipped--;
		return 0;
	}
	one = json_pack("{s:o, s:o, s:s, s:I, s:I, s:I, "
	    "s:I, s:o}", "tx_id", json_hex(w->tx_id, BITMARK_TX_ID_SIZE), "pay_id",
	    json_hex(w->pay_id, BITMARK_PAY_ID_SIZE), "status",
	    bitmark_tx_status_name(w->verified ? BITMARK_TX_STATUS_VERIFIED :
	    BITMARK_TX_STATUS_PENDING), "position", (json_int_t)w->position,
	    "count", (json_int_t)w->count, "since", (json_int_t)w->since_s,
	    "until", (json_int_t)w->until_s, "payments",
	    payments_of(w->verified ? &none : w->payments, w->pay_id));

	if (one != NULL && waiting->packed > 0)
		json_object_set_new(one, "packed", json_hex(w->packed.data,
		    w->packed.size));
	json_array_append_new(waiting->list, one);
	return waiting->packed > 0 &&
	    json_array_size(waiting->list) >= waiting->packed;
}

/* The counts and the list are asked for one after the other, so they may differ
 * by a transaction that came in between. */
json_t *
report_reservoir(struct bitmark_node *node, size_t start, size_t packed)
{
	struct bitmark_reservoir_counts c = { .struct_size = sizeof c };
	json_t *list = json_array();
	struct waiting_list waiting = { list, start, packed };

	if (bitmark_node_counts(node, &c) != BITMARK_OK ||
	    bitmark_node_each_waiting(node, add_waiting, &waiting) !=
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

/* Add the pay nonce and the target that a proof of work needs. */
static int
add_work(json_t *unit, const struct bitmark_unit_result *r)
{
	char pay_nonce[2 * sizeof r->pay_nonce + 1];

	snprintf(pay_nonce, sizeof pay_nonce, "%016" PRIx64, r->pay_nonce);
	return json_object_set_new(unit, "pay_nonce",
	    json_string(pay_nonce)) | json_object_set_new(unit, "target",
	    json_hex(r->target, sizeof r->target));
}

/* Issues are paid with work or with money, as the rules allow; transfers with
 * money only. bits 0: no work can pay for them. */
json_t *
report_unit(enum bitmark_submission what, const struct bitmark_unit_result *r)
{
	json_t *ids = json_array(), *unit;
	char script[PAYMENT_SCRIPT_TEXT];

	for (size_t i = 0; i < r->count; i++)
		json_array_append_new(ids, json_hex(r->tx_id[i],
		    sizeof r->tx_id[i]));
	unit = json_pack("{s:o, s:o, s:b, s:b, s:o}", "pay_id",
	    json_hex(r->pay_id, sizeof r->pay_id), "tx_ids", ids, "verified",
	    r->verified, "duplicate", r->duplicate, "payments",
	    payments_of(&r->payments, r->pay_id));
	if (unit != NULL && r->payments.count > 0)
		json_object_set_new(unit, "pay_script",
		    json_string(payment_script(r->pay_id, script)));
	if (unit != NULL && what == BITMARK_SUBMIT_ISSUES && !r->verified &&
	    r->bits != 0 && add_work(unit, r) != 0) {
		json_decref(unit);
		unit = NULL;
	}
	return unit;
}

/* A transaction that is in no block has null for the block. */
json_t *
report_place(const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    const struct bitmark_tx_place *place)
{
	const bool confirmed = place->status == BITMARK_TX_STATUS_CONFIRMED;
	const size_t size = sizeof place->digest;
	const struct field fields[] = {
		{ "tx_id", json_hex(tx_id, BITMARK_TX_ID_SIZE) },
		{ "status", json_string(bitmark_tx_status_name(
		    place->status)) },
		{ "block", confirmed ? count_of(place->number) :
		    json_null() },
		{ "digest", confirmed ? json_hex(place->digest, size) :
		    json_null() },
		{ "digestDisplay", confirmed ?
		    json_hex_reversed(place->digest, size) : json_null() },
	};

	return object_of(fields, sizeof fields / sizeof fields[0]);
}
