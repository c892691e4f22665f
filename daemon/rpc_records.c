/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Records from the arguments of a call, and on to the node.
 *
 * The node takes packed records, as peers send them. bitmarkd's RPC hands over
 * records that were never packed, so it finds some errors in another order.
 * When the node refuses a record, its error is looked for again in the record
 * itself, to be told as bitmarkd tells it.
 */
#include "rpc_records.h"

#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/chain.h>
#include <bitmarkpeer/shares.h>

#include "rpc_bounds.h"
#include "shared/json.h"

const char rpc_error_read_only[] = "not available in read only mode";
const char rpc_error_synchronise[] = "not available during synchronise";

bool
rpc_may_write(struct rpc_call *call)
{
	if (call->from->read_only)
		(void)rpc_fail(call, rpc_error_read_only);
	return !call->from->read_only;
}

bool
rpc_is_normal(struct rpc_call *call)
{
	struct bitmark_node_status s = { .struct_size = sizeof s };

	bitmark_node_get_status(call->from->node, &s);
	if (s.mode != BITMARK_MODE_NORMAL)
		(void)rpc_fail(call, rpc_error_synchronise);
	return s.mode == BITMARK_MODE_NORMAL;
}

/*
 * Reading.
 */

/* The types were checked: what is left are two addresses of one currency, and of
 * none.  The library reads text, so that its headers need no type of Jansson. */
struct bitmark_record_owned *
rpc_take_record(struct rpc_call *call, enum bitmark_record_tag tag,
    const json_t *fields)
{
	struct bitmark_record_owned *owned = NULL;
	bitmark_status status;
	char *text = json_dumps(fields, JSON_COMPACT);

	if (text == NULL)
		return NULL;
	status = bitmark_record_from_fields(tag, text, strlen(text), &owned,
	    NULL);
	free(text);
	if (status != BITMARK_OK && status != BITMARK_E_NOMEM)
		(void)rpc_unreadable(call, "%s", bitmark_strerror(status));
	return owned;
}

bool
rpc_has_account(struct rpc_call *call, const struct bitmark_account *account)
{
	if (bitmark_account_is_zero(account))
		(void)rpc_fail_status(call, BITMARK_E_ITEM);
	return !bitmark_account_is_zero(account);
}

bool
rpc_check_network(struct rpc_call *call,
    const struct bitmark_account *account)
{
	const bool good = account->network == call->from->params->network;

	if (!good)
		(void)rpc_fail_status(call, BITMARK_E_WRONG_NETWORK_PUBLIC);
	return good;
}

/*
 * Handing over.
 */

/* Append the packed record. The fields of an argument may be longer than those
 * of any valid record, so the buffer grows until it fits; the request bounds
 * it. */
bool
rpc_pack(const struct bitmark_record *record, uint8_t **packed, size_t *size)
{
	size_t room = BITMARK_RECORD_PACKED_MAX, used = 0;
	bitmark_status status = BITMARK_E_SPACE;

	while (status == BITMARK_E_SPACE && room <= 2 * RPC_REQUEST_MAX) {
		uint8_t *grown = realloc(*packed, *size + room);

		if (grown == NULL)
			return false;
		*packed = grown;
		status = bitmark_record_encode(record, *packed + *size, room,
		    &used);
		room *= 2;
	}
	*size += used;
	return status == BITMARK_OK;
}

/* The record that a transfer or share links to; it points into the snapshot. */
struct linked {
	struct bitmark_snapshot *snapshot;
	struct bitmark_confirmed confirmed;
	bitmark_status status;          /* of finding it */
};

/* The issue id is a part of the ownership, which moves on with each transfer. A
 * link that nobody owns any more has none; the node will refuse the record. */
static void
find_linked(const struct rpc_from *from, const uint8_t *link,
    struct linked *linked, uint8_t issue_id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	struct bitmark_account owner;

	linked->confirmed.struct_size = sizeof linked->confirmed;
	linked->status = bitmark_snapshot_open(from->chain,
	    &linked->snapshot);
	if (linked->status != BITMARK_OK)
		return;
	linked->status = bitmark_snapshot_transaction(linked->snapshot, link,
	    &linked->confirmed);
	if (linked->status == BITMARK_E_NOT_FOUND)
		linked->status = BITMARK_E_LINK_UNCONFIRMED;
	if (bitmark_snapshot_ownership(linked->snapshot, link, &owner,
	    &owned) == BITMARK_OK)
		memcpy(issue_id, owned.issue_id, sizeof owned.issue_id);
}

static bool
has_shares(struct bitmark_snapshot *snapshot,
    const struct bitmark_account *account, const uint8_t *share_id,
    uint64_t quantity)
{
	uint64_t balance;

	return bitmark_snapshot_share_balance(snapshot, account, share_id,
	    &balance) == BITMARK_OK && balance >= quantity;
}

/* Does one of the two accounts have too few shares? bitmarkd looks at the
 * balances before it compares the ids of the shares. */
static bool
is_swap_short(const struct rpc_from *from, const struct bitmark_swap *swap)
{
	struct bitmark_snapshot *snapshot;
	bool enough;

	if (bitmark_snapshot_open(from->chain, &snapshot) != BITMARK_OK)
		return false;
	enough = has_shares(snapshot, &swap->owner_one, swap->share_id_one,
	    swap->quantity_one) && has_shares(snapshot, &swap->owner_two,
	    swap->share_id_two, swap->quantity_two);
	bitmark_snapshot_close(snapshot);
	return !enough;
}

/* Find the error that bitmarkd would report. */
static bitmark_status
explain(const struct rpc_from *from, const struct bitmark_record *record,
    const struct bitmark_account *signer, bitmark_status status)
{
	bitmark_status check;

	if (status == BITMARK_E_SHARE_IDS &&
	    record->tag == BITMARK_RECORD_SWAP &&
	    is_swap_short(from, &record->swap))
		return BITMARK_E_SHARES;
	if (signer == NULL || status == BITMARK_OK ||
	    status == BITMARK_E_STATE || status == BITMARK_E_LINK_UNCONFIRMED)
		return status;
	check = bitmark_record_check(bitmark_chain_rules(from->chain), record,
	    signer, BITMARK_STRICT);
	return check == BITMARK_OK ? status : check;
}

static bitmark_status
submit(struct bitmark_node *node, const struct bitmark_record *record,
    struct bitmark_unit_result *result)
{
	uint8_t *packed = NULL;
	size_t size = 0;
	bitmark_status status = BITMARK_E_NOMEM;

	if (rpc_pack(record, &packed, &size))
		status = bitmark_node_submit(node, BITMARK_SUBMIT_TRANSFER,
		    packed, size, result);
	free(packed);
	return status;
}

static bitmark_status
store_linked(const struct rpc_from *from, const struct bitmark_record *record,
    struct bitmark_unit_result *result, uint8_t issue_id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_account signer;
	struct linked linked = { 0 };
	bool has_signer = false;
	bitmark_status status;

	find_linked(from, bitmark_record_link(record), &linked, issue_id);
	status = linked.status;
	if (status == BITMARK_OK &&
	    bitmark_record_owner(&linked.confirmed.record) != NULL) {
		signer = *bitmark_record_owner(&linked.confirmed.record);
		has_signer = true;
	}
	/* The snapshot is closed before the record is submitted: the store may
	 * have to grow its map for it, which waits for open read transactions.
	 */
	bitmark_snapshot_close(linked.snapshot);
	if (status == BITMARK_OK)
		status = submit(from->node, record, result);
	return explain(from, record, has_signer ? &signer : NULL, status);
}

/* Submit the record to the node. The node takes a record that it knows already
 * without an error; result->settled then has the error with which bitmarkd
 * refuses it. */
bool
rpc_store(struct rpc_call *call, const struct bitmark_record *record,
    struct bitmark_unit_result *result, uint8_t issue_id[BITMARK_TX_ID_SIZE])
{
	bitmark_status status;

	*result = (struct bitmark_unit_result){ .struct_size =
	    sizeof *result };
	if (bitmark_record_link(record) != NULL)
		status = store_linked(call->from, record, result, issue_id);
	else
		status = explain(call->from, record, NULL,
		    submit(call->from->node, record, result));
	if (status == BITMARK_OK)
		status = result->settled;
	if (status == BITMARK_E_STATE)
		(void)rpc_fail(call, rpc_error_synchronise);
	else if (status != BITMARK_OK)
		(void)rpc_fail_status(call, status);
	return status == BITMARK_OK;
}

/*
 * Writing.
 */

/* Add a member; on failure both ${result} and ${value} are freed, and the NULL
 * runs through the following calls. */
json_t *
rpc_add(json_t *result, const char *key, json_t *value)
{
	if (result == NULL) {
		json_decref(value);
		return NULL;
	}
	if (value != NULL && json_object_set_new(result, key, value) == 0)
		return result;
	json_decref(result);
	return NULL;
}

static json_t *
segments_of(const struct bitmark_alternative *alternative)
{
	json_t *list = json_array();

	for (size_t i = 0; i < alternative->count; i++) {
		const struct bitmark_payment *p = &alternative->segment[i];

		if (json_array_append_new(list, json_pack("{s:s, s:s, s:o}",
		    "currency", bitmark_currency_name(p->currency), "address",
		    p->address, "amount", json_number(p->amount))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* The currencies are in the order of their names already, as Go sorts the keys
 * of a map. */
json_t *
rpc_payments(const struct bitmark_alternatives *payments)
{
	json_t *all = json_object();

	for (size_t i = 0; i < payments->count; i++) {
		const struct bitmark_alternative *a =
		    &payments->alternative[i];

		all = rpc_add(all, bitmark_currency_name(
		    a->segment[0].currency), segments_of(a));
	}
	return all;
}
