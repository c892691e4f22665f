/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Bitmarks.Create and Bitmarks.Proof: assets, bundles of issues, and the work
 * that pays for them. Source: bitmarkd v8.2 rpc/bitmarks.go, v0.16.0
 * rpc/bitmarks/bitmarks.go
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/chain.h>

#include "rpc_records.h"
#include "shared/json.h"

/* Assets of one call, and issues of one call, at most. Source: bitmarkd v8.2
 * reservoir/issues.go */
#define ITEMS_MAX BITMARK_BUNDLE_MAX

/* The records of one argument. */
struct items {
	size_t count;                   /* also when there are too many      */
	struct bitmark_record_owned *record[ITEMS_MAX]; /* NULL: null was
	                                   given                             */
};

/* A call of Create. */
struct create {
	struct rpc_call *call;
	struct items assets, issues;
	bitmark_status refused;         /* why an asset was not taken        */
	struct bitmark_unit_result taken;       /* assets                    */
	struct bitmark_unit_result unit;        /* issues                    */
};

/*
 * Reading.
 */

/* All elements are read first, so that nothing is done when one of them cannot
 * be read. Beyond ITEMS_MAX only the number counts. */
static bool
read_items(struct rpc_call *call, const char *key,
    enum bitmark_record_tag tag, struct items *items)
{
	const json_t *list = rpc_get(call->arguments, key);

	items->count = json_array_size(list);
	for (size_t i = 0; i < items->count && i < ITEMS_MAX; i++) {
		const json_t *fields = json_array_get(list, i);

		if (json_is_null(fields))
			continue;
		items->record[i] = rpc_take_record(call, tag, fields);
		if (items->record[i] == NULL)
			return false;
	}
	return true;
}

static void
free_items(struct items *items)
{
	for (size_t i = 0; i < ITEMS_MAX; i++)
		bitmark_record_owned_free(items->record[i]);
}

/* Element ${i}; NULL: null was given. */
static const struct bitmark_record *
item(const struct items *items, size_t i)
{
	return items->record[i] == NULL ? NULL :
	    bitmark_record_owned_get(items->record[i]);
}

static bool
has_owner(const struct bitmark_record *record)
{
	return !bitmark_account_is_zero(bitmark_record_owner(record));
}

/*
 * Taking in.
 */

/* The node's error comes from the packed bytes; the record itself may have
 * another error that bitmarkd finds earlier. */
static bitmark_status
explain(const struct rpc_from *from, const struct bitmark_record *record,
    bitmark_status status)
{
	bitmark_status check;

	if (record == NULL)
		return status;
	check = bitmark_record_check(bitmark_chain_rules(from->chain), record,
	    bitmark_record_owner(record), BITMARK_STRICT);
	return check != BITMARK_OK ? check : status;
}

/* Assets in front of the first bad one are taken in, as in bitmarkd; its error
 * then ends the call. */
static bitmark_status
take_assets(struct create *c)
{
	const struct rpc_from *from = c->call->from;
	bitmark_status refused = BITMARK_OK, status = BITMARK_OK;
	uint8_t *packed = NULL;
	size_t size = 0;

	for (size_t i = 0; i < c->assets.count && refused == BITMARK_OK; i++) {
		const struct bitmark_record *record = item(&c->assets, i);

		if (record == NULL)
			refused = BITMARK_E_ITEM;
		else if (!has_owner(record))
			refused = BITMARK_E_OWNER;
		else if (!rpc_pack(record, &packed, &size))
			refused = BITMARK_E_NOMEM;
	}
	c->taken.struct_size = sizeof c->taken;
	if (size > 0)
		status = bitmark_node_submit(from->node, BITMARK_SUBMIT_ASSETS,
		    packed, size, &c->taken);
	free(packed);
	if (status == BITMARK_OK || status == BITMARK_E_STATE ||
	    c->taken.count >= c->assets.count)
		return status == BITMARK_OK ? refused : status;
	return explain(from, item(&c->assets, c->taken.count), status);
}

/* A bitmark_cached_fn. */
static void
note_cached(void *user, size_t i, struct bitmark_span packed)
{
	bool *known = user;

	(void)i;
	(void)packed;
	*known = true;
}

/* Is the asset stored, or in the cache? */
static bool
is_asset_known(const struct rpc_from *from,
    const uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	struct bitmark_confirmed stored = { .struct_size = sizeof stored };
	struct bitmark_snapshot *snapshot;
	bool known = false;

	if (bitmark_snapshot_open(from->chain, &snapshot) == BITMARK_OK) {
		known = bitmark_snapshot_asset(snapshot, id, &stored) ==
		    BITMARK_OK;
		bitmark_snapshot_close(snapshot);
	}
	return known || (bitmark_node_cached(from->node, id, 1, note_cached,
	    &known) == BITMARK_OK && known);
}

/* A pending one may be a part of the same bundle. */
static bool
is_issue_known(const struct rpc_from *from,
    const struct bitmark_record *record)
{
	enum bitmark_tx_status where = BITMARK_TX_STATUS_UNKNOWN;
	uint8_t *packed = NULL, id[BITMARK_TX_ID_SIZE];
	size_t size = 0;

	if (rpc_pack(record, &packed, &size)) {
		bitmark_tx_id(packed, size, id);
		if (bitmark_node_tx_status(from->node, id, &where) !=
		    BITMARK_OK)
			where = BITMARK_TX_STATUS_UNKNOWN;
	}
	free(packed);
	return where == BITMARK_TX_STATUS_VERIFIED ||
	    where == BITMARK_TX_STATUS_CONFIRMED;
}

/* Errors that keep an issue from being handed over at all. */
static bitmark_status
check_owner(const struct rpc_from *from, const struct bitmark_record *record)
{
	if (record == NULL || !has_owner(record))
		return BITMARK_E_ITEM;
	return record->issue.owner.network == from->params->network ?
	    BITMARK_OK : BITMARK_E_WRONG_NETWORK_PUBLIC;
}

/* The checks of one issue, which bitmarkd makes before it looks at the next one. */
static bitmark_status
judge_issue(const struct rpc_from *from, const struct bitmark_record *record)
{
	bitmark_status status = check_owner(from, record);

	if (status == BITMARK_OK)
		status = explain(from, record, BITMARK_OK);
	if (status == BITMARK_OK &&
	    !is_asset_known(from, record->issue.asset_id))
		status = BITMARK_E_ASSET_NOT_FOUND;
	return status == BITMARK_OK && is_issue_known(from, record) ?
	    BITMARK_E_TX_EXISTS : status;
}

/* Some issue cannot be handed over, so the node cannot judge those before it; when
 * all of them are good the given error stands. */
static bitmark_status
explain_issues(const struct create *c, bitmark_status status)
{
	bitmark_status check = BITMARK_OK;

	for (size_t i = 0; i < c->issues.count && check == BITMARK_OK; i++)
		check = judge_issue(c->call->from, item(&c->issues, i));
	return check != BITMARK_OK ? check : status;
}

/* All issues are packed into one unit, because they are paid for together; one
 * bad issue refuses all. */
static bitmark_status
take_issues(struct create *c)
{
	const struct rpc_from *from = c->call->from;
	bitmark_status status = BITMARK_OK;
	uint8_t *packed = NULL;
	size_t size = 0;

	c->unit.struct_size = sizeof c->unit;
	for (size_t i = 0; i < c->issues.count && status == BITMARK_OK; i++) {
		const struct bitmark_record *record = item(&c->issues, i);

		status = check_owner(from, record);
		if (status == BITMARK_OK && !rpc_pack(record, &packed, &size))
			status = BITMARK_E_NOMEM;
	}
	if (status == BITMARK_OK)
		status = bitmark_node_submit(from->node, BITMARK_SUBMIT_ISSUES,
		    packed, size, &c->unit);
	free(packed);
	if (status == BITMARK_E_NOT_RECORD || status == BITMARK_E_ITEM ||
	    status == BITMARK_E_WRONG_NETWORK_PUBLIC)
		status = explain_issues(c, status);
	return status == BITMARK_OK ? c->unit.settled : status;
}

/*
 * Telling.
 */

static json_t *
assets_of(const struct create *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->assets.count && list != NULL; i++) {
		uint8_t id[BITMARK_ASSET_ID_SIZE];
		json_t *asset;

		bitmark_asset_id(item(&c->assets, i)->asset.fingerprint, id);
		asset = rpc_add(json_object(), "id", json_hex(id, sizeof id));
		asset = rpc_add(asset, "duplicate",
		    json_boolean(c->taken.known[i]));
		if (json_array_append_new(list, asset) == 0)
			continue;
		json_decref(list);
		list = NULL;
	}
	return list;
}

/* An empty list is null in Go. */
static json_t *
issues_of(const struct bitmark_unit_result *unit)
{
	json_t *list = json_array();

	if (unit->count == 0) {
		json_decref(list);
		return json_null();
	}
	for (size_t i = 0; i < unit->count && list != NULL; i++) {
		if (json_array_append_new(list, rpc_add(json_object(), "txId",
		    json_hex(unit->tx_id[i], sizeof unit->tx_id[i]))) == 0)
			continue;
		json_decref(list);
		list = NULL;
	}
	return list;
}

/* The difficulty of the work that pays for the issues. Without any, v8.2 has an
 * empty text and 0.16 no member. */
static json_t *
add_difficulty(json_t *result, const struct create *c)
{
	const struct bitmark_unit_result *unit = &c->unit;

	if (unit->bits != 0)
		return rpc_add(result, "difficulty",
		    json_hex(unit->target, sizeof unit->target));
	return c->call->from->form == RPC_FORM_8_2 ?
	    rpc_add(result, "difficulty", json_string("")) : result;
}

/* v8.2 gives no payments for a bundle that it knows already. */
static json_t *
tell(const struct create *c)
{
	const struct bitmark_unit_result *unit = &c->unit;
	const bool silent = unit->payments.count == 0 || (unit->duplicate &&
	    c->call->from->form == RPC_FORM_8_2);
	json_t *result = rpc_add(json_object(), "assets", assets_of(c));

	result = rpc_add(result, "issues", issues_of(unit));
	result = rpc_add(result, "payId",
	    json_hex(unit->pay_id, sizeof unit->pay_id));
	result = rpc_add(result, "payNonce",
	    json_sprintf("%016" PRIx64, unit->pay_nonce));
	result = add_difficulty(result, c);
	return silent ? result :
	    rpc_add(result, "payments", rpc_payments(&unit->payments));
}

/* The checks are in bitmarkd's order. Assets are submitted first, as the issues
 * need them. */
static json_t *
do_create(struct create *c)
{
	bitmark_status status = BITMARK_OK;

	if (!rpc_may_write(c->call))
		return NULL;
	if (c->assets.count > ITEMS_MAX || c->issues.count > ITEMS_MAX)
		return rpc_fail_status(c->call, BITMARK_E_TOO_MANY);
	if (c->assets.count == 0 && c->issues.count == 0)
		return rpc_fail_status(c->call, BITMARK_E_MISSING_PARAMETERS);
	if (!rpc_is_normal(c->call))
		return NULL;
	if (c->assets.count > 0)
		status = take_assets(c);
	if (status == BITMARK_OK && c->issues.count > 0)
		status = take_issues(c);
	if (status == BITMARK_E_STATE)
		return rpc_fail(c->call, rpc_error_synchronise);
	return status == BITMARK_OK ? tell(c) :
	    rpc_fail_status(c->call, status);
}

/* The call is on the heap, because its two lists take several kilobytes. */
json_t *
rpc_bitmarks_create(struct rpc_call *call)
{
	struct create *c = calloc(1, sizeof *c);
	json_t *result = NULL;

	if (c == NULL)
		return NULL;
	c->call = call;
	if (read_items(call, "assets", BITMARK_RECORD_ASSET, &c->assets) &&
	    read_items(call, "issues", BITMARK_RECORD_ISSUE, &c->issues))
		result = do_create(c);
	free_items(&c->assets);
	free_items(&c->issues);
	free(c);
	return result;
}

/*
 * Proofs.
 */

/* Put the nonce behind the pay id; *${size} is the size of both. */
static bool
read_nonce(struct rpc_call *call, const json_t *nonce, uint8_t *proof,
    size_t *size)
{
	const size_t half = json_string_length(nonce) / 2;

	if (half < BITMARK_CLIENT_NONCE_MIN || half > BITMARK_CLIENT_NONCE_MAX)
		return rpc_fail_status(call, BITMARK_E_NONCE) != NULL;
	if (bitmark_hex_decode(json_string_value(nonce),
	    json_string_length(nonce), proof + BITMARK_PAY_ID_SIZE,
	    BITMARK_CLIENT_NONCE_MAX, size) != BITMARK_OK) {
		/* The arguments could be read: a string is any text. */
		(void)rpc_bad_hex(call, nonce);
		call->unreadable = false;
		return false;
	}
	*size += BITMARK_PAY_ID_SIZE;
	return true;
}

/* A known proof has paid already, so nothing waits for it any more: "NotFound".
 */
static json_t *
submit_proof(struct rpc_call *call, const uint8_t *proof, size_t size)
{
	struct bitmark_unit_result known = { .struct_size = sizeof known };
	const char *text = "Accepted";
	bitmark_status status = bitmark_node_submit(call->from->node,
	    BITMARK_SUBMIT_PROOF, proof, size, &known);

	if (status == BITMARK_E_STATE)
		return rpc_fail(call, rpc_error_synchronise);
	if (status == BITMARK_E_NOT_FOUND || known.duplicate)
		text = "NotFound";
	else if (status == BITMARK_E_NONCE)
		text = "Invalid";
	else if (status != BITMARK_OK)
		return rpc_fail_status(call, status);
	return rpc_add(json_object(), "status", json_string(text));
}

json_t *
rpc_bitmarks_proof(struct rpc_call *call)
{
	uint8_t proof[BITMARK_PAY_ID_SIZE + BITMARK_CLIENT_NONCE_MAX] = { 0 };
	const json_t *nonce = rpc_get(call->arguments, "nonce");
	size_t size = 0;

	rpc_hex(call, "payId", proof, BITMARK_PAY_ID_SIZE);
	if (!rpc_may_write(call) || !rpc_is_normal(call) ||
	    !read_nonce(call, nonce, proof, &size))
		return NULL;
	return submit_proof(call, proof, size);
}
