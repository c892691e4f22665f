/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The methods that submit transfers and ask for the state of a transaction, and
 * the table of all methods that submit. Source: bitmarkd v8.2 rpc/bitmark.go,
 * rpc/blockowner.go, rpc/transaction.go; v0.16.0 rpc/bitmark/bitmark.go,
 * rpc/blockowner/blockowner.go, rpc/transaction/transaction.go
 */
#include <string.h>

#include "rpc_records.h"
#include "shared/json.h"

/* Go writes members in this order; "bitmarkId" is in 0.16 only. */
static json_t *
transferred(const struct rpc_from *from,
    const struct bitmark_unit_result *unit, const uint8_t *issue_id)
{
	json_t *result = rpc_add(json_object(), "txId",
	    json_hex(unit->tx_id[0], sizeof unit->tx_id[0]));

	if (issue_id != NULL && from->form == RPC_FORM_0_16)
		result = rpc_add(result, "bitmarkId",
		    json_hex(issue_id, BITMARK_TX_ID_SIZE));
	result = rpc_add(result, "payId",
	    json_hex(unit->pay_id, sizeof unit->pay_id));
	return rpc_add(result, "payments", rpc_payments(&unit->payments));
}

/* Without a countersignature, or with an empty one, it is the other kind. */
static enum bitmark_record_tag
transfer_tag(const json_t *arguments)
{
	const json_t *given = rpc_get(arguments, "countersignature");

	return json_string_length(given) == 0 ? BITMARK_RECORD_TRANSFER :
	    BITMARK_RECORD_COUNTERSIGNED;
}

static bool
has_owner(struct rpc_call *call, struct bitmark_record_owned *owned)
{
	return rpc_has_account(call,
	    bitmark_record_owner(bitmark_record_owned_get(owned)));
}

/* ${told}: is the issue id a part of the reply? */
static json_t *
store_transfer(struct rpc_call *call, const struct bitmark_record *record,
    bool told)
{
	const struct bitmark_account *owner = bitmark_record_owner(record);
	uint8_t issue_id[BITMARK_TX_ID_SIZE] = { 0 };
	struct bitmark_unit_result unit;

	if (!rpc_check_network(call, owner) ||
	    !rpc_store(call, record, &unit, issue_id))
		return NULL;
	return transferred(call->from, &unit, told ? issue_id : NULL);
}

static json_t *
transfer(struct rpc_call *call)
{
	struct bitmark_record_owned *owned = rpc_take_record(call,
	    transfer_tag(call->arguments), call->arguments);
	json_t *result = NULL;

	if (owned != NULL && rpc_may_write(call) &&
	    has_owner(call, owned) && rpc_is_normal(call))
		result = store_transfer(call,
		    bitmark_record_owned_get(owned), true);
	bitmark_record_owned_free(owned);
	return result;
}

/* bitmarkd looks at the owner last, and ends when there is none [S-26]. */
static json_t *
block_transfer(struct rpc_call *call)
{
	struct bitmark_record_owned *owned = rpc_take_record(call,
	    BITMARK_RECORD_OWNER_TRANSFER, call->arguments);
	json_t *result = NULL;

	if (owned != NULL && rpc_may_write(call) && rpc_is_normal(call) &&
	    has_owner(call, owned))
		result = store_transfer(call,
		    bitmark_record_owned_get(owned), false);
	bitmark_record_owned_free(owned);
	return result;
}

static json_t *
status(struct rpc_call *call)
{
	uint8_t tx_id[BITMARK_TX_ID_SIZE] = { 0 };
	enum bitmark_tx_status where;
	bitmark_status failed;

	rpc_hex(call, "txId", tx_id, sizeof tx_id);
	if (call->from->at_once)
		failed = bitmark_node_try_tx_status(call->from->node, tx_id,
		    &where);
	else
		failed = bitmark_node_tx_status(call->from->node, tx_id,
		    &where);
	call->would_wait = call->from->at_once &&
	    failed == BITMARK_E_TIMEOUT;
	if (call->would_wait)
		return NULL;
	if (failed != BITMARK_OK)
		return rpc_fail_status(call, failed);
	return rpc_add(json_object(), "status",
	    json_string(bitmark_tx_status_name(where)));
}

const struct rpc_method rpc_submit_methods[] = {
	{ "Assets.Get", rpc_assets_get, false },
	{ "Bitmarks.Create", rpc_bitmarks_create, false },
	{ "Bitmarks.Proof", rpc_bitmarks_proof, false },
	{ "Bitmark.Transfer", transfer, false },
	{ "BlockOwner.Transfer", block_transfer, false },
	{ "Share.Create", rpc_share_create, false },
	{ "Share.Grant", rpc_share_grant, false },
	{ "Share.Swap", rpc_share_swap, false },
	{ "Transaction.Status", status, true },
	{ NULL, NULL, false },
};
