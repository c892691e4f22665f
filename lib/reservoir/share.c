/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Grants and swaps of shares.
 *
 * They have no link that only one of them could claim: what they take is a
 * quantity out of a balance, and several of them may take from the same.  A
 * holding adds up what the units that wait take out of the balance of one
 * account in one share.
 *
 * bitmarkd 0.16 compares each record with the confirmed balance alone, so that
 * two may be paid for of which a block can hold only one; a block with both
 * makes the balance wrap around.  Here the balance is compared after the
 * quantities of verified records are subtracted, and a block that is made never
 * takes more than there is (mining/spends.h).  Records that are not paid for
 * are not subtracted: otherwise an account could block its shares for ever
 * without paying anything.
 *
 * Source: bitmarkd v0.16.0 reservoir/sharegrant.go, reservoir/shareswap.go
 */
#include "reservoir/reservoir_impl.h"

#include <bitmarkpeer/shares.h>
#include <stdlib.h>

bool
bm_is_spend(enum bitmark_record_tag tag)
{
	return tag == BITMARK_RECORD_GRANT || tag == BITMARK_RECORD_SWAP;
}

/*
 * Sums, which quantities of 64 bits may carry beyond 64 bits.
 */

static void
sum_add(struct bm_sum *sum, uint64_t quantity)
{
	sum->low += quantity;
	sum->high += sum->low < quantity;
}

static void
sum_subtract(struct bm_sum *sum, uint64_t quantity)
{
	sum->high -= sum->low < quantity;
	sum->low -= quantity;
}

/* Is so much left of the balance when the sum is taken? */
static bool
leaves(uint64_t balance, const struct bm_sum *sum, uint64_t quantity)
{
	return sum->high == 0 && sum->low <= balance &&
	    balance - sum->low >= quantity;
}

/*
 * The shares that a record takes.
 */

/* One quantity out of one balance. */
struct taking {
	const struct bitmark_account *owner;
	const uint8_t *share_id;
	uint64_t quantity;
};

static size_t
takings_of(const struct bitmark_record *record, struct taking out[2])
{
	const struct bitmark_grant *g = &record->grant;
	const struct bitmark_swap *s = &record->swap;

	if (record->tag == BITMARK_RECORD_GRANT) {
		out[0] = (struct taking){ &g->owner, g->share_id, g->quantity };
		return 1;
	}
	out[0] = (struct taking){ &s->owner_one, s->share_id_one,
		s->quantity_one };
	out[1] = (struct taking){ &s->owner_two, s->share_id_two,
		s->quantity_two };
	return 2;
}

static uint64_t
before_block_of(const struct bitmark_record *record)
{
	return record->tag == BITMARK_RECORD_GRANT ?
	    record->grant.before_block : record->swap.before_block;
}

/* A grant or swap has expired once a block with its before_block number is in
 * the chain. */
static bool
is_expired(struct bitmark_snapshot *s, uint64_t before_block)
{
	struct bitmark_tip tip;

	bitmark_snapshot_tip(s, &tip);
	return before_block <= tip.number;
}

/*
 * Holdings.
 */

static void
holding_id(const struct bitmark_account *owner, const uint8_t *share_id,
    uint8_t id[BM_HOLDING_ID_SIZE])
{
	uint8_t account[BITMARK_ACCOUNT_PACKED_MAX];
	const struct bitmark_span parts[] = {
		{ account, bitmark_account_pack(owner, account) },
		{ share_id, BITMARK_TX_ID_SIZE },
	};

	bm_sha3_256_span(parts, sizeof parts / sizeof parts[0], id);
}

static struct bm_holding *
find_holding(const struct bitmark_reservoir *r,
    const struct bitmark_account *owner, const uint8_t *share_id)
{
	uint8_t id[BM_HOLDING_ID_SIZE];

	holding_id(owner, share_id, id);
	return bm_map_find(&r->holdings, id);
}

/* The holding of this account and share, made when it is missing; NULL: no
 * memory. */
static struct bm_holding *
refer_to_holding(struct bitmark_reservoir *r, const struct taking *t)
{
	struct bm_holding *h = find_holding(r, t->owner, t->share_id);

	if (h == NULL) {
		if (bm_map_reserve(&r->holdings, 1) != BITMARK_OK)
			return NULL;
		h = calloc(1, sizeof *h);
		if (h == NULL)
			return NULL;
		h->owner = *t->owner;
		memcpy(h->share_id, t->share_id, sizeof h->share_id);
		holding_id(t->owner, t->share_id, h->id);
		bm_map_put(&r->holdings, h->id, h);
	}
	h->refs++;
	return h;
}

bitmark_status
bm_spends_read(struct bitmark_reservoir *r, struct bm_unit *u,
    const struct bitmark_record *record)
{
	struct taking taking[2];
	const size_t count = takings_of(record, taking);

	u->before_block = before_block_of(record);
	for (; u->spends < count; u->spends++) {
		struct bm_spend *spend = &u->spend[u->spends];

		spend->quantity = taking[u->spends].quantity;
		spend->of = refer_to_holding(r, &taking[u->spends]);
		if (spend->of == NULL)
			return BITMARK_E_NOMEM;
	}
	return BITMARK_OK;
}

void
bm_spends_free(struct bitmark_reservoir *r, struct bm_unit *u)
{
	while (u->spends > 0) {
		struct bm_holding *h = u->spend[--u->spends].of;

		if (--h->refs > 0)
			continue;
		bm_map_del(&r->holdings, h->id);
		free(h);
	}
}

void
bm_spends_enter(struct bm_unit *u)
{
	for (size_t i = 0; i < u->spends &&
	    u->state != BM_UNIT_SETTLED; i++) {
		u->spend[i].of->spend += u->spend[i].quantity;
		if (u->state == BM_UNIT_VERIFIED)
			sum_add(&u->spend[i].of->verified,
			    u->spend[i].quantity);
	}
}

void
bm_spends_leave(struct bm_unit *u)
{
	for (size_t i = 0; i < u->spends &&
	    u->state != BM_UNIT_SETTLED; i++) {
		u->spend[i].of->spend -= u->spend[i].quantity;
		if (u->state == BM_UNIT_VERIFIED)
			sum_subtract(&u->spend[i].of->verified,
			    u->spend[i].quantity);
	}
}

bitmark_status
bm_spends_check(struct bitmark_snapshot *s, const struct bm_unit *u)
{
	bitmark_status status = BITMARK_OK;

	if (is_expired(s, u->before_block))
		return BITMARK_E_EXPIRED;
	for (size_t i = 0; i < u->spends && status == BITMARK_OK; i++) {
		const struct bm_holding *h = u->spend[i].of;
		uint64_t balance;

		status = bitmark_snapshot_share_balance(s, &h->owner,
		    h->share_id, &balance);
		if (status == BITMARK_OK && balance < u->spend[i].quantity)
			status = BITMARK_E_SHARES;
	}
	return status;
}

uint64_t
bitmark_reservoir_spend(const struct bitmark_reservoir *r,
    const struct bitmark_account *account,
    const uint8_t share_id[BITMARK_TX_ID_SIZE])
{
	const struct bm_holding *h = find_holding(r, account, share_id);

	return h != NULL ? h->spend : 0;
}

/*
 * Submitting.
 */

/* A grant or swap that is looked at.  Checks come in the order of 0.16, as the
 * error that is told depends on it. */
struct attempt {
	struct bitmark_reservoir *r;
	struct bitmark_snapshot *s;
	const struct bitmark_record *record;
	struct taking taking[2];
	size_t takings;
	uint64_t balance[2];            /* confirmed */
	struct bitmark_span packed;     /* canonical */
	uint8_t id[BITMARK_TX_ID_SIZE];
};

/* Is there enough by itself?  An account that has none of the shares, or a share
 * that does not exist, has a balance of 0. */
static bitmark_status
check_balances(struct attempt *a)
{
	bitmark_status status = BITMARK_OK;

	if (is_expired(a->s, before_block_of(a->record)))
		return BITMARK_E_EXPIRED;
	for (size_t i = 0; i < a->takings && status == BITMARK_OK; i++) {
		if (a->taking[i].quantity == 0)
			return BITMARK_E_SHARE_QUANTITY;
		status = bitmark_snapshot_share_balance(a->s,
		    a->taking[i].owner, a->taking[i].share_id,
		    &a->balance[i]);
		if (status == BITMARK_OK && a->balance[i] <
		    a->taking[i].quantity)
			status = BITMARK_E_SHARES;
	}
	return status;
}

static bitmark_status
pack(struct attempt *a)
{
	uint8_t *out = bm_scratch(a->r, BITMARK_RECORD_PACKED_MAX);
	bitmark_status status;

	if (out == NULL)
		return BITMARK_E_NOMEM;
	status = bitmark_record_pack(a->r->rules, a->record,
	    a->taking[0].owner, out, BITMARK_RECORD_PACKED_MAX,
	    &a->packed.size);
	if (status != BITMARK_OK)
		return status;
	a->packed.data = out;
	bitmark_tx_id(out, a->packed.size, a->id);
	return BITMARK_OK;
}

/* Is there enough beside what is paid for already? */
static bitmark_status
check_verified(const struct attempt *a)
{
	for (size_t i = 0; i < a->takings; i++) {
		const struct bm_holding *h = find_holding(a->r,
		    a->taking[i].owner, a->taking[i].share_id);

		if (h != NULL && !leaves(a->balance[i], &h->verified,
		    a->taking[i].quantity))
			return BITMARK_E_SHARES;
	}
	return BITMARK_OK;
}

/* The owners of two blocks are paid: that of the issue, and that of the share
 * record; of a swap those of its first share. */
static bitmark_status
find_payments(const struct attempt *a, struct bitmark_alternatives *payments)
{
	struct bitmark_share_total share = { .struct_size = sizeof share };
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	struct bitmark_account owner;
	bitmark_status status = bitmark_snapshot_share(a->s,
	    a->taking[0].share_id, &share);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_ownership(a->s, share.tx_id, &owner,
		    &owned);
	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_E_DOUBLE_TRANSFER;
	if (status == BITMARK_OK)
		status = bm_payments_of_transfer(a->r, a->s, &owned, NULL,
		    payments);
	if (status == BITMARK_OK && payments->count == 0)
		status = BITMARK_E_CURRENCY;    /* [D-09] */
	return status;
}

static bitmark_status
store_new(struct attempt *a, uint64_t now_s,
    struct bitmark_unit_result *result)
{
	struct bitmark_alternatives payments = { 0 };
	struct bm_unit *u;
	bool confirmed;
	bitmark_status status = bm_tx_confirmed(a->s, a->id, &confirmed);

	if (status == BITMARK_OK && (confirmed ||
	    bm_map_find(&a->r->members, a->id) != NULL))
		status = BITMARK_E_TX_EXISTS;
	if (status == BITMARK_OK)
		status = find_payments(a, &payments);
	if (status == BITMARK_OK)
		status = check_verified(a);
	if (status == BITMARK_OK)
		status = bm_unit_new(a->r, a->packed.data, a->packed.size,
		    &u);
	if (status != BITMARK_OK)
		return status;
	u->payments = payments;
	return bm_unit_accept(a->r, u, now_s, result);
}

/* The remaining balances as bitmarkd computes them: they wrap around when more
 * waits than there is. */
static void
tell_remaining(const struct attempt *a, struct bitmark_unit_result *result)
{
	for (size_t i = 0; i < a->takings; i++)
		result->remaining[i] = a->balance[i] - bitmark_reservoir_spend(
		    a->r, a->taking[i].owner, a->taking[i].share_id);
}

bitmark_status
bm_store_spend(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s, const struct bitmark_record *record,
    struct bitmark_unit_result *result)
{
	struct attempt a = { .r = r, .s = s, .record = record };
	const struct bm_member *known;
	bitmark_status status;

	a.takings = takings_of(record, a.taking);
	status = check_balances(&a);
	if (status == BITMARK_OK)
		status = pack(&a);
	if (status != BITMARK_OK)
		return status;
	known = bm_map_find(&r->members, a.id);
	if (known != NULL && known->unit->state == BM_UNIT_PENDING) {
		bm_unit_result(known->unit, result);
		result->duplicate = true;
	} else {
		status = store_new(&a, now_s, result);
	}
	if (status == BITMARK_OK)
		tell_remaining(&a, result);
	return status;
}
