/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Assets.Get: assets of the chain and of the cache of waiting ones. Source:
 * bitmarkd v8.2 rpc/assets.go, v0.16.0 rpc/assets/assets.go
 */
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/chain.h>

#include "rpc_query.h"
#include "rpc_records.h"
#include "shared/json.h"

/* Fingerprints of one call.  Source: bitmarkd v8.2 rpc/assets.go */
#define FINGERPRINTS_MAX 100

/* A call while it is worked on. */
struct get {
	struct rpc_call *call;
	size_t count;
	uint8_t id[FINGERPRINTS_MAX][BITMARK_ASSET_ID_SIZE];
	json_t *asset[FINGERPRINTS_MAX];        /* NULL: not found */
};

static json_t *
asset_of(const struct get *g, size_t i, const struct bitmark_record *record,
    bool confirmed)
{
	json_t *asset = rpc_add(json_object(), "record",
	    json_string(bitmark_record_name(record->tag)));

	asset = rpc_add(asset, "confirmed", json_boolean(confirmed));
	asset = rpc_add(asset, "id", json_hex(g->id[i], sizeof g->id[i]));
	return rpc_add(asset, "data", rpc_record(g->call, record));
}

/* An asset that is not found has an entry as well, so that the list matches the
 * fingerprints. */
static json_t *
no_asset(void)
{
	return json_pack("{s:s, s:b, s:n}", "record", "", "confirmed", 0,
	    "data");
}

/* A bitmark_cached_fn; called by the node's thread while this call waits for
 * it. */
static void
take_cached(void *user, size_t i, struct bitmark_span packed)
{
	struct get *g = user;
	struct bitmark_record record;
	size_t used;

	if (bitmark_record_parse(
	    bitmark_chain_rules(g->call->from->chain), packed.data, packed.size,
	    g->call->from->params->network, &record, &used) == BITMARK_OK)
		g->asset[i] = asset_of(g, i, &record, false);
}

/* An asset of the store replaces one of the cache: it is confirmed by now. */
static void
find_stored(struct get *g)
{
	struct bitmark_snapshot *snapshot;

	if (bitmark_snapshot_open(g->call->from->chain, &snapshot) != BITMARK_OK)
		return;
	for (size_t i = 0; i < g->count; i++) {
		struct bitmark_confirmed found = { .struct_size =
		    sizeof found };

		if (bitmark_snapshot_asset(snapshot, g->id[i], &found) !=
		    BITMARK_OK)
			continue;
		json_decref(g->asset[i]);
		g->asset[i] = asset_of(g, i, &found.record, true);
	}
	bitmark_snapshot_close(snapshot);
}

/* The cache is asked before the store. An asset that is confirmed in between
 * leaves the cache and is then found in the store; the other order could miss
 * it. */
static json_t *
find_all(struct rpc_call *call, struct get *g)
{
	json_t *list = json_array();
	bitmark_status status;

	status = bitmark_node_cached(g->call->from->node, g->id[0], g->count,
	    take_cached, g);
	find_stored(g);
	for (size_t i = 0; i < g->count; i++)
		if (json_array_append_new(list, g->asset[i] != NULL ?
		    g->asset[i] : no_asset()) != 0)
			status = BITMARK_E_NOMEM;
	if (status == BITMARK_OK)
		return rpc_add(json_object(), "assets", list);
	json_decref(list);
	return rpc_fail_status(call, status);
}

/* null stands for an empty fingerprint. */
static void
read_fingerprints(const json_t *list, struct get *g)
{
	for (size_t i = 0; i < g->count && i < FINGERPRINTS_MAX; i++) {
		const json_t *text = json_array_get(list, i);
		struct bitmark_span fingerprint = {
			(const uint8_t *)json_string_value(text),
			json_string_length(text) };

		if (fingerprint.data == NULL)
			fingerprint.data = (const uint8_t *)"";
		bitmark_asset_id(fingerprint, g->id[i]);
	}
}

/* The releases report a wrong number of fingerprints with different errors. */
static bool
check_count(struct rpc_call *call, size_t count)
{
	if (count >= 1 && count <= FINGERPRINTS_MAX)
		return true;
	(void)rpc_fail_status(call, call->from->form == RPC_FORM_0_16 ?
	    BITMARK_E_COUNT : count == 0 ? BITMARK_E_MISSING_PARAMETERS :
	    BITMARK_E_TOO_MANY);
	return false;
}

/* A call while it is worked on. It is on the heap, because its ids take several
 * kilobytes. */
static json_t *
get(struct rpc_call *call, struct get *g)
{
	const json_t *list = rpc_get(call->arguments, "fingerprints");

	g->count = json_array_size(list);
	read_fingerprints(list, g);
	if (!check_count(call, g->count) || !rpc_is_normal(call))
		return NULL;
	return find_all(call, g);
}

json_t *
rpc_assets_get(struct rpc_call *call)
{
	struct get *g = calloc(1, sizeof *g);
	json_t *result = NULL;

	if (g == NULL)
		return NULL;
	g->call = call;
	result = get(call, g);
	free(g);
	return result;
}
