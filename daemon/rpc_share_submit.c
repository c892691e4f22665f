/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The methods that submit shares, grants and swaps. The order of the checks is
 * that of bitmarkd, because the first failing check decides the error that a
 * client sees. Source: bitmarkd v0.16.0 rpc/share/share.go
 */
#include "rpc_records.h"
#include "shared/json.h"

/* Append the members that all three methods return last. rpc_add frees
 * ${result} and gives NULL when memory runs out. */
static json_t *
add_unit(json_t *result, const struct bitmark_unit_result *unit,
    const uint8_t *share_id)
{
	result = rpc_add(result, "txId",
	    json_hex(unit->tx_id[0], sizeof unit->tx_id[0]));
	if (share_id != NULL)
		result = rpc_add(result, "shareId",
		    json_hex(share_id, BITMARK_TX_ID_SIZE));
	result = rpc_add(result, "payId",
	    json_hex(unit->pay_id, sizeof unit->pay_id));
	return rpc_add(result, "payments", rpc_payments(&unit->payments));
}

/* The id of a share is that of the bitmark's issue, which is found by the
 * record's link. */
static json_t *
create(struct rpc_call *call, const struct bitmark_record *record)
{
	uint8_t share_id[BITMARK_TX_ID_SIZE] = { 0 };
	struct bitmark_unit_result unit;

	if (!rpc_is_normal(call) ||
	    !rpc_store(call, record, &unit, share_id))
		return NULL;
	return add_unit(json_object(), &unit, share_id);
}

/* A quantity of 0 moves nothing and is refused. */
static bool
has_quantity(struct rpc_call *call, uint64_t quantity)
{
	if (quantity == 0)
		(void)rpc_fail_status(call, BITMARK_E_SHARE_QUANTITY);
	return quantity != 0;
}

/* "remaining" is the balance of the giver after this grant and all others that
 * wait. */
static json_t *
grant(struct rpc_call *call, const struct bitmark_record *record)
{
	const struct bitmark_grant *g = &record->grant;
	struct bitmark_unit_result unit;

	if (!rpc_has_account(call, &g->owner) ||
	    !rpc_has_account(call, &g->recipient) ||
	    !has_quantity(call, g->quantity) || !rpc_is_normal(call) ||
	    !rpc_check_network(call, &g->owner) ||
	    !rpc_check_network(call, &g->recipient) ||
	    !rpc_store(call, record, &unit, NULL))
		return NULL;
	return add_unit(rpc_add(json_object(), "remaining",
	    json_integer((json_int_t)unit.remaining[0])), &unit, NULL);
}

/* Both quantities are checked before the node is asked. */
static json_t *
swap(struct rpc_call *call, const struct bitmark_record *record)
{
	const struct bitmark_swap *s = &record->swap;
	struct bitmark_unit_result unit;
	json_t *result;

	if (!rpc_has_account(call, &s->owner_one) ||
	    !rpc_has_account(call, &s->owner_two) ||
	    !has_quantity(call, s->quantity_one) ||
	    !has_quantity(call, s->quantity_two) || !rpc_is_normal(call) ||
	    !rpc_check_network(call, &s->owner_one) ||
	    !rpc_check_network(call, &s->owner_two) ||
	    !rpc_store(call, record, &unit, NULL))
		return NULL;
	result = rpc_add(json_object(), "remainingOne",
	    json_integer((json_int_t)unit.remaining[0]));
	result = rpc_add(result, "remainingTwo",
	    json_integer((json_int_t)unit.remaining[1]));
	return add_unit(result, &unit, NULL);
}

typedef json_t *(*record_fn)(struct rpc_call *call,
    const struct bitmark_record *record);

/* Take the record from the arguments, pass it to ${store}, and free it. */
static json_t *
with_record(struct rpc_call *call, enum bitmark_record_tag tag,
    record_fn store)
{
	struct bitmark_record_owned *owned = rpc_take_record(call, tag,
	    call->arguments);
	json_t *result = NULL;

	if (owned != NULL && rpc_may_write(call))
		result = store(call, bitmark_record_owned_get(owned));
	bitmark_record_owned_free(owned);
	return result;
}

json_t *
rpc_share_create(struct rpc_call *call)
{
	return with_record(call, BITMARK_RECORD_SHARE, create);
}

json_t *
rpc_share_grant(struct rpc_call *call)
{
	return with_record(call, BITMARK_RECORD_GRANT, grant);
}

json_t *
rpc_share_swap(struct rpc_call *call)
{
	return with_record(call, BITMARK_RECORD_SWAP, swap);
}
