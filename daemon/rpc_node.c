/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Node.Info and Node.List: the state of this node, and the nodes of which it
 * has heard. Source: bitmarkd v8.2 rpc/node.go, v0.16.0 rpc/node/node.go
 */
#include <stdio.h>
#include <string.h>

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/chain.h>
#include <bitmarkpeer/os.h>

#include "report.h"
#include "rpc_call.h"
#include "shared/json.h"

/* Most nodes of one answer. Source: bitmarkd v8.2 rpc/node.go */
#define NODES_MAX 100
/* The tries that a block takes on average at difficulty 1, and the seconds in
 * which one should be found. Source: bitmarkd v0.16.0 difficulty/difficulty.go
 */
#define TRIES_OF_ONE 256.0
#define SECONDS_OF_A_BLOCK 120.0

/* Write a duration as Go does: "1h0m3.5s", "250ms", "0s". */
static json_t *
duration(uint64_t ms)
{
	const unsigned long long hours = ms / 3600000,
	    minutes = ms / 60000 % 60;
	char text[64], fraction[8] = "";
	size_t size = 0;

	if (ms > 0 && ms < 1000)
		return json_sprintf("%ums", (unsigned)ms);
	if (hours > 0)
		size += (size_t)snprintf(text, sizeof text, "%lluh", hours);
	if (hours > 0 || minutes > 0)
		size += (size_t)snprintf(text + size, sizeof text - size,
		    "%llum", minutes);
	if (ms % 1000 != 0)
		snprintf(fraction, sizeof fraction, ".%03u",
		    (unsigned)(ms % 1000));
	while (fraction[0] != '\0' && fraction[strlen(fraction) - 1] == '0')
		fraction[strlen(fraction) - 1] = '\0';
	snprintf(text + size, sizeof text - size, "%u%ss",
	    (unsigned)(ms / 1000 % 60), fraction);
	return json_string(text);
}

/* The difficulty of the newest block. The genesis block is in no store, and has
 * difficulty 1. */
static double
difficulty_of(const struct rpc_from *from)
{
	struct bitmark_snapshot *snapshot;
	struct bitmark_header header;
	struct bitmark_span block;
	struct bitmark_tip tip;
	double difficulty = 1;

	if (bitmark_snapshot_open(from->chain, &snapshot) != BITMARK_OK)
		return difficulty;
	bitmark_snapshot_tip(snapshot, &tip);
	if (bitmark_snapshot_block(snapshot, tip.number, &block) ==
	    BITMARK_OK && bitmark_header_parse(block.data, block.size,
	    &header) == BITMARK_OK)
		difficulty = bitmark_bits_reciprocal(header.bits);
	bitmark_snapshot_close(snapshot);
	return difficulty;
}

/* Go writes a whole number without a point. */
static json_t *
number(double value)
{
	return value < 1e15 && value == (double)(json_int_t)value ?
	    json_integer((json_int_t)value) : json_real(value);
}

/* The rate at which the network must compute to find blocks in time, rounded to
 * three digits behind the point; numbers that are too large for the cast have
 * no such digits. */
static double
hash_rate(double difficulty)
{
	const double rate = TRIES_OF_ONE * difficulty / SECONDS_OF_A_BLOCK;

	return rate >= 1e15 ? rate :
	    (double)(uint64_t)(rate * 1000 + 0.5) / 1000;
}

/* The digest of the genesis block is not shown. Other digests are written from
 * their last byte on, unlike all other hashes of the RPC. */
static json_t *
block_of(const struct bitmark_tip *tip)
{
	return json_pack("{s:I, s:o}", "height", (json_int_t)tip->number,
	    "hash", tip->number <= 1 ? json_string("") :
	    json_hex_reversed(tip->digest, sizeof tip->digest));
}

/* Nonces that made a block and nonces that did not, of this node and of miners
 * elsewhere. */
static json_t *
miner_of(const struct bitmark_node_status *s)
{
	return json_pack("{s:I, s:I}", "success",
	    (json_int_t)(s->blocks_found + s->submissions_accepted), "failed",
	    (json_int_t)(s->blocks_refused + s->submissions_refused));
}

static json_t *
counters_of(const struct bitmark_node_status *s)
{
	return json_pack("{s:I, s:I}", "pending", (json_int_t)s->pending,
	    "verified", (json_int_t)s->verified);
}

/* Members are in the order of Go's struct. The version is that of the release
 * whose form the clients get, because they compare it. */
static json_t *
info(struct rpc_call *call)
{
	const struct rpc_from *from = call->from;
	const bool new_form = from->form == RPC_FORM_0_16;
	struct bitmark_node_status s = { .struct_size = sizeof s };
	const double difficulty = difficulty_of(from);
	json_t *result = json_object();

	bitmark_node_get_status(from->node, &s);
	json_object_set_new(result, "chain", json_string(from->params->name));
	json_object_set_new(result, "mode", json_string(report_mode(s.mode)));
	if (new_form) {
		json_object_set_new(result, "block", block_of(&s.tip));
		json_object_set_new(result, "miner", miner_of(&s));
	} else {
		json_object_set_new(result, "blocks",
		    json_integer((json_int_t)s.tip.number));
	}
	json_object_set_new(result, "rpcs", json_integer(from->connections));
	json_object_set_new(result, "peers",
	    json_integer((json_int_t)s.connections + s.peers));
	json_object_set_new(result, "transactionCounters", counters_of(&s));
	json_object_set_new(result, "difficulty", number(difficulty));
	if (new_form)
		json_object_set_new(result, "hashrate",
		    number(hash_rate(difficulty)));
	json_object_set_new(result, "version",
	    json_string(new_form ? "0.16.0" : "8.2"));
	json_object_set_new(result, "uptime",
	    duration(bitmark_clock_ms() - from->start_ms));
	json_object_set_new(result, "publicKey", from->public_key == NULL ?
	    json_string("") : json_hex(from->public_key,
	    BITMARK_PEER_KEY_SIZE));
	return result;
}

/* ${text} is taken over. An empty array is null in Go. */
static json_t *
nodes_of(char *text)
{
	json_t *nodes = json_from_text(text);

	if (json_array_size(nodes) != 0)
		return nodes;
	json_decref(nodes);
	return json_null();
}

static json_t *
list(struct rpc_call *call)
{
	uint64_t start = 0, next = 0;
	int64_t count = 0;
	bitmark_status status;
	char *text;

	rpc_u64(call, "start", &start);
	rpc_i64(call, "count", &count);
	if (count < 1 || count > NODES_MAX)
		return rpc_fail_status(call, BITMARK_E_COUNT);
	status = bitmark_node_rpcs(call->from->node, start, (size_t)count,
	    &text, NULL, &next);
	if (status != BITMARK_OK)
		return rpc_fail_status(call, status);
	return json_pack("{s:o, s:o}", "nodes", nodes_of(text), "nextStart",
	    json_number(next));
}

const struct rpc_method rpc_node_methods[] = {
	{ "Node.Info", info, true },
	{ "Node.List", list, false },
	{ NULL, NULL, false },
};
