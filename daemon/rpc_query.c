/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The methods of the client RPC that read the chain: their table, and what
 * several of them need.
 */
#include "rpc_query.h"

#include "rpc_json.h"

const struct rpc_method rpc_query_methods[] = {
	{ "Bitmark.Provenance", rpc_provenance, true },
	{ "Bitmark.FullProvenance", rpc_full_provenance, false },
	{ "Owner.Bitmarks", rpc_owned, true },
	/* Both spellings are accepted: the first is that of v8.2, the second
	 * that of 0.16. */
	{ "BlockOwner.TxIdForBlock", rpc_foundation, true },
	{ "BlockOwner.TxIDForBlock", rpc_foundation, true },
	{ "Share.Balance", rpc_balance, false },
	{ "Node.BlockDump", rpc_block, false },
	{ "Node.BlockDumpRange", rpc_blocks, false },
	{ "Node.BlockDecode", rpc_decode, false },
	{ NULL, NULL, false },
};

/* A snapshot for one call; NULL after an error, which the call has then. The
 * caller closes it before it waits for the node, since an open LMDB read
 * transaction keeps the map from growing. */
struct bitmark_snapshot *
rpc_snapshot(struct rpc_call *call)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status = bitmark_snapshot_open(call->from->chain,
	    &snapshot);

	if (status != BITMARK_OK)
		rpc_fail_status(call, status);
	return snapshot;
}

/* v8.2 gives fewer items than are asked for, where 0.16 refuses the call. A
 * missing count is 0, which is an error in both. */
bool
rpc_count(struct rpc_call *call, size_t *count)
{
	const bool clips = call->from->form == RPC_FORM_8_2;
	int64_t wanted = 0;

	rpc_i64(call, "count", &wanted);
	if (wanted < 1 || (!clips && wanted > RPC_ITEMS_MAX)) {
		rpc_fail(call, bitmark_strerror(BITMARK_E_COUNT));
		return false;
	}
	*count = wanted < RPC_ITEMS_MAX_8_2 ? (size_t)wanted :
	    RPC_ITEMS_MAX_8_2;
	return true;
}

enum bitmark_json_style
rpc_style(const struct rpc_call *call)
{
	return call->from->form == RPC_FORM_8_2 ? BITMARK_JSON_8_2 :
	    BITMARK_JSON_0_16;
}

/* A record as JSON in the style of the release. The text of the library is
 * passed on as it is, without being parsed. */
json_t *
rpc_record(const struct rpc_call *call, const struct bitmark_record *record)
{
	json_t *value;
	size_t size;
	char *text;

	if (bitmark_record_to_json(record, rpc_style(call), &text, &size) !=
	    BITMARK_OK)
		return NULL;
	value = rpc_json_raw(text, size);
	bitmark_free(text);
	return value;
}

/* As rpc_record, into the text of a reply. False: no memory. */
bool
rpc_raw_record(struct rpc_text *text, const char *key,
    const struct rpc_call *call, const struct bitmark_record *record)
{
	size_t size;
	char *json;

	if (bitmark_record_to_json(record, rpc_style(call), &json, &size) !=
	    BITMARK_OK)
		return false;
	rpc_raw_json(text, key, json, size);
	bitmark_free(json);
	return true;
}

bool
rpc_put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}
