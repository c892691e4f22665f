/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Share.Balance: the shares that an account holds.
 * Source: bitmarkd v0.16.0 rpc/share/share.go, reservoir/sharebalance.go
 */
#include <bitmarkpeer/shares.h>

#include <string.h>

#include "rpc_query.h"
#include "shared/json.h"

/* Balances in the order of the ids of their shares. RPC_ITEMS_MAX bounds them.
 */
struct balances {
	struct bitmark_share_balance item[RPC_ITEMS_MAX];
	uint8_t ids[RPC_ITEMS_MAX][BITMARK_TX_ID_SIZE];
	uint64_t spend[RPC_ITEMS_MAX];
	size_t count;
};

/* The id before this one. A snapshot's list begins behind an id, that of 0.16
 * with it. False: it is the first id of all. */
static bool
step_back(uint8_t id[BITMARK_TX_ID_SIZE])
{
	for (size_t i = BITMARK_TX_ID_SIZE; i-- > 0;)
		if (id[i]-- != 0)
			return true;
	return false;
}

/* The spends are asked for after the balances, and a block may confirm some in
 * between; bitmarkd has the same gap. */
static bitmark_status
find_balances(struct rpc_call *call, struct bitmark_snapshot *snapshot,
    const struct bitmark_account *owner, const uint8_t *after, size_t wanted,
    struct balances *b)
{
	bitmark_status status;

	b->item[0].struct_size = sizeof b->item[0];
	status = bitmark_snapshot_share_balances(snapshot, owner, after,
	    b->item, wanted, &b->count);
	if (status != BITMARK_OK)
		return status;
	for (size_t i = 0; i < b->count; i++)
		memcpy(b->ids[i], b->item[i].share_id, sizeof b->ids[i]);
	return bitmark_node_spend(call->from->node, owner, b->ids[0],
	    b->count, b->spend);
}

/* The numbers have 64 bits and may wrap around, as in Go. The writer of replies
 * takes all integers for unsigned ones. */
static json_t *
make_balance(const struct balances *b, size_t i)
{
	const uint64_t confirmed = b->item[i].balance;

	return json_pack("{s:o, s:I, s:I, s:I}",
	    "shareId", json_hex(b->ids[i], sizeof b->ids[i]),
	    "confirmed", (json_int_t)confirmed,
	    "spend", (json_int_t)b->spend[i],
	    "available", (json_int_t)(confirmed - b->spend[i]));
}

static json_t *
make_balances(const struct balances *b)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (size_t i = 0; ok && i < b->count; i++)
		ok = json_array_append_new(list, make_balance(b, i)) == 0;
	if (ok)
		return json_pack("{s:o}", "balances", list);
	json_decref(list);
	return NULL;
}

/* Why the account cannot be asked for, in the order of the checks of 0.16;
 * NULL: it can. */
static const char *
why_not(const struct rpc_call *call, const struct bitmark_account *owner,
    bool found, int64_t count)
{
	struct bitmark_node_status node = { .struct_size = sizeof node };

	if (!found)
		return bitmark_strerror(BITMARK_E_ITEM);
	if (count < 1)
		return bitmark_strerror(BITMARK_E_COUNT);
	bitmark_node_get_status(call->from->node, &node);
	if (node.mode != BITMARK_MODE_NORMAL)
		return "not available during synchronise";
	return owner->network == call->from->params->network ? NULL :
	    bitmark_strerror(BITMARK_E_WRONG_NETWORK_PUBLIC);
}

/* "owner", "shareId": the first one, "count": 0.16 means to bound it but does
 * not. */
json_t *
rpc_balance(struct rpc_call *call)
{
	struct balances balances = { .count = 0 };
	struct bitmark_account owner;
	struct bitmark_snapshot *snapshot;
	uint8_t start[BITMARK_TX_ID_SIZE] = { 0 };
	int64_t count = 0;
	const char *why;
	bitmark_status status;

	rpc_hex(call, "shareId", start, sizeof start);
	rpc_i64(call, "count", &count);
	why = why_not(call, &owner, rpc_account(call, "owner", &owner),
	    count);
	if (why != NULL)
		return rpc_fail(call, why);
	snapshot = rpc_snapshot(call);
	if (snapshot == NULL)
		return NULL;
	status = find_balances(call, snapshot, &owner,
	    step_back(start) ? start : NULL,
	    count < RPC_ITEMS_MAX ? (size_t)count : RPC_ITEMS_MAX, &balances);
	bitmark_snapshot_close(snapshot);
	return status == BITMARK_OK ? make_balances(&balances) :
	    rpc_fail_status(call, status);
}
