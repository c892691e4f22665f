/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Payments: the amounts that a unit demands, and those that were paid.
 * Source: bitmarkd v8.2 reservoir/payment.go, reservoir/setup.go
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

/*
 * Demands: fees of block owners, and escrows.
 */

/* Payment addresses of a block, as an owner transfer of the block may have
 * changed them since. */
struct block_map {
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	struct bitmark_payments payments;       /* borrows from packed */
};

static bitmark_status
read_map(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t number, struct block_map *map)
{
	size_t size;
	bitmark_status status = bitmark_snapshot_payments(s, number,
	    map->packed, &size);

	if (status == BITMARK_OK)
		status = bitmark_payments_parse(r->rules, map->packed, size,
		    r->params->network, &map->payments);
	/* Every confirmed block has a map that can be read: anything else is
	 * a damaged store, and not the fault of the transaction. */
	return status == BITMARK_OK || status <= BITMARK_E_STORE ? status :
	    BITMARK_E_STORE_CORRUPT;
}

static void
add_segment(struct bitmark_alternative *a, enum bitmark_currency currency,
    struct bitmark_span address, uint64_t amount)
{
	struct bitmark_payment *p = &a->segment[a->count++];

	*p = (struct bitmark_payment){
		.currency = currency, .amount = amount
	};
	/* Valid addresses of these currencies are never longer; the bound
	 * keeps the array from being overrun by a damaged store. */
	if (address.size > BITMARK_ADDRESS_TEXT_MAX)
		address.size = BITMARK_ADDRESS_TEXT_MAX;
	memcpy(p->address, address.data, address.size);
}

/* The owner of the block in which the assets are is paid for each issue.  The
 * genesis block has no owner: there is nothing to be paid, only proved. */
bitmark_status
bm_payments_of_issues(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t number, size_t count, struct bitmark_alternatives *payments)
{
	struct block_map map;
	bitmark_status status;

	payments->count = 0;
	if (number <= BITMARK_GENESIS_NUMBER)
		return BITMARK_OK;
	status = read_map(r, s, number, &map);
	if (status != BITMARK_OK)
		return status;
	for (int c = BITMARK_CURRENCY_BITCOIN; c < BITMARK_CURRENCY_COUNT;
	    c++) {
		enum bitmark_currency currency = (enum bitmark_currency)c;
		struct bitmark_alternative *a =
		    &payments->alternative[payments->count];

		if (map.payments.address[c].data == NULL)
			continue;       /* v8.2 panics [D-09] */
		a->count = 0;
		add_segment(a, currency, map.payments.address[c],
		    bitmark_currency_fee(currency) * count);
		payments->count++;
	}
	return BITMARK_OK;
}

/* Fees in one currency: to the owner of the block of the issue, and to the
 * owner of the block of the last transfer; ${last} is NULL for an item that was
 * never transferred.  Two payments to one address are told as one.  False: this
 * currency cannot be used, because one of the owners has no address for it. */
static bool
transfer_fees(enum bitmark_currency currency,
    const struct bitmark_payments *issue, const struct bitmark_payments *last,
    struct bitmark_alternative *a)
{
	struct bitmark_span first = issue->address[currency], second = first;
	uint64_t fee = bitmark_currency_fee(currency);

	if (last != NULL)
		second = last->address[currency];
	if (first.data == NULL || second.data == NULL)
		return false;
	a->count = 0;
	if (bm_span_equal(first, second)) {
		add_segment(a, currency, first, 2 * fee);
	} else {
		add_segment(a, currency, first, fee);
		add_segment(a, currency, second, fee);
	}
	return true;
}

bitmark_status
bm_payments_of_transfer(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, const struct bitmark_owned *owned,
    const struct bitmark_record *linked,
    struct bitmark_alternatives *payments)
{
	const struct bitmark_escrow *escrow = linked != NULL ?
	    bitmark_record_escrow(linked) : NULL;
	struct block_map issue, last;
	bitmark_status status = read_map(r, s, owned->issue_block, &issue);

	payments->count = 0;
	if (status == BITMARK_OK && owned->transfer_block != 0)
		status = read_map(r, s, owned->transfer_block, &last);
	if (status != BITMARK_OK)
		return status;
	/* An escrow without a currency demands nothing [D-09]. */
	if (escrow != NULL && escrow->currency == BITMARK_CURRENCY_NOTHING)
		escrow = NULL;
	for (int c = BITMARK_CURRENCY_BITCOIN; c < BITMARK_CURRENCY_COUNT;
	    c++) {
		enum bitmark_currency currency = (enum bitmark_currency)c;
		struct bitmark_alternative *a =
		    &payments->alternative[payments->count];

		if (escrow != NULL && escrow->currency != currency)
			continue;
		if (!transfer_fees(currency, &issue.payments,
		    owned->transfer_block != 0 ? &last.payments : NULL, a))
			continue;
		if (escrow != NULL)
			add_segment(a, currency, escrow->address,
			    escrow->amount);
		payments->count++;
	}
	return BITMARK_OK;
}

/*
 * Comparing a payment with the demands.
 */

/* A sum that wraps around would make a huge payment worthless, or a huge demand
 * cheap. */
static uint64_t
add_saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* One payee: an address, and the other one that pays to the same script, or
 * the same again. */
struct payee {
	const char *address;
	char twin[BITMARK_ADDRESS_TEXT_MAX + 1];
};

static struct payee
payee_of(const struct bitmark_rules *rules, const struct bitmark_payment *p)
{
	struct payee payee = { .address = p->address };

	memcpy(payee.twin, p->address, sizeof payee.twin);
	/* A text that is no address has no twin, and stays alone. */
	if (rules->litecoin_script_twins &&
	    p->currency == BITMARK_CURRENCY_LITECOIN)
		(void)!bitmark_address_litecoin_twin((struct bitmark_span){
		    (const uint8_t *)p->address, strlen(p->address) },
		    payee.twin);
	return payee;
}

/* Sum of the amounts that go to ${payee}. */
static uint64_t
total(const struct bitmark_payment *list, size_t count,
    const struct payee *payee)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].address, payee->address) == 0 ||
		    strcmp(list[i].address, payee->twin) == 0)
			sum = add_saturating(sum, list[i].amount);
	return sum;
}

/* Does the payment reach the sum of all segments of one alternative, for each
 * address?  Segments with one address add up [D-28]: one by one, each would be
 * paid by the same money. */
static bool
pays(const struct bitmark_rules *rules, const struct bm_orphan *o,
    const struct bitmark_alternative *a)
{
	for (size_t k = 0; k < a->count; k++) {
		const struct payee payee = payee_of(rules, &a->segment[k]);

		if (a->segment[k].currency != o->currency ||
		    total(o->output, o->count, &payee) <
		    total(a->segment, a->count, &payee))
			return false;
	}
	return true;
}

bool
bm_orphan_pays(const struct bitmark_reservoir *r,
    const struct bm_orphan *orphan,
    const struct bitmark_alternatives *payments)
{
	for (size_t i = 0; i < payments->count; i++)
		if (pays(r->rules, orphan, &payments->alternative[i]))
			return true;
	return false;           /* also when nothing is for sale [D-31] */
}

/*
 * Orphan payments.
 */

/* The address is ended by a zero in any case, as it comes from the program and
 * is read as a string from here on. */
struct bm_orphan *
bm_orphan_new(const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, uint64_t until_s)
{
	struct bm_orphan *o = calloc(1, sizeof *o + paid->count *
	    sizeof o->output[0]);

	if (o == NULL)
		return NULL;
	memcpy(o->pay_id, pay_id, sizeof o->pay_id);
	o->timer.of = o;
	o->row.kind = BM_ROW_ORPHAN;
	o->row.id = o->pay_id;
	o->until_s = until_s;
	o->currency = paid->currency;
	o->count = paid->count;
	for (size_t i = 0; i < paid->count; i++) {
		o->output[i] = paid->output[i];
		o->output[i].currency = paid->currency;
		o->output[i].address[BITMARK_ADDRESS_TEXT_MAX] = '\0';
	}
	return o;
}

/* Payments are cheap for a stranger, so their number is bounded: the one that
 * is nearest to its end, which came first, makes room. */
bitmark_status
bm_orphan_room(struct bitmark_reservoir *r)
{
	bitmark_status status;

	while (r->counts.orphans >= r->limits.orphans) {
		struct bm_orphan *o = bm_heap_first(&r->orphan_ends);

		bm_forget(r, &o->row);
		bm_orphan_drop(r, o);
		r->counts.evicted++;
	}
	status = bm_map_reserve(&r->orphans, 1);
	if (status == BITMARK_OK)
		status = bm_heap_reserve(&r->orphan_ends,
		    r->counts.orphans + 1);
	return status;
}

void
bm_orphan_add(struct bitmark_reservoir *r, struct bm_orphan *orphan)
{
	bm_map_put(&r->orphans, orphan->pay_id, orphan);
	bm_heap_add(&r->orphan_ends, &orphan->timer, orphan->until_s);
	r->counts.orphans++;
}

void
bm_orphan_drop(struct bitmark_reservoir *r, struct bm_orphan *orphan)
{
	bm_map_del(&r->orphans, orphan->pay_id);
	bm_heap_remove(&r->orphan_ends, &orphan->timer);
	r->counts.orphans--;
	bm_keep_no_more(&orphan->row);
	free(orphan);
}

/* Keep a payment in place of an earlier one for the same pay id.  Both have the
 * same row, so the new row replaces the old one. */
static bitmark_status
keep_orphan(struct bitmark_reservoir *r, struct bm_orphan *orphan)
{
	struct bm_orphan *earlier = bm_map_find(&r->orphans, orphan->pay_id);
	bitmark_status status = BITMARK_OK;

	bm_keep_begin(r);
	if (earlier == NULL)
		status = bm_orphan_room(r);
	if (status == BITMARK_OK)
		bm_keep(r, &orphan->row);
	status = bm_keep_commit(r, status);
	if (status != BITMARK_OK) {
		bm_keep_no_more(&orphan->row);
		free(orphan);
		return status;
	}
	if (earlier != NULL)
		bm_orphan_drop(r, earlier);
	bm_orphan_add(r, orphan);
	return BITMARK_OK;
}

/*
 * Public functions.
 */

static bitmark_status
pay(struct bitmark_reservoir *r, uint64_t now_s,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	struct bm_unit *u = bm_map_find(&r->units, pay_id);
	struct bm_orphan *o;

	r->now_s = now_s;
	/* A block may confirm the unit before the payment is seen.  The payment
	 * is noted all the same: after a rollback of the block the unit is
	 * verified. */
	*verified = u != NULL && u->verified_by != BM_BY_NOTHING;
	if (*verified)
		return BITMARK_OK;
	o = bm_orphan_new(pay_id, paid, now_s + r->rules->pending_life_s);
	if (o == NULL)
		return BITMARK_E_NOMEM;
	if (u != NULL && bm_orphan_pays(r, o, &u->payments)) {
		free(o);
		*verified = true;
		return bm_unit_verify(r, u, BM_BY_PAYMENT,
		    bm_map_find(&r->orphans, pay_id));
	}
	return keep_orphan(r, o);
}

bitmark_status
bitmark_reservoir_payment(struct bitmark_reservoir *r, uint64_t now_s,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	struct bitmark_paid own = { .struct_size = sizeof own };
	bool done;
	bitmark_status status = BM_IN(bitmark_paid, &own, paid);

	if (status != BITMARK_OK)
		return status;
	if (own.currency != BITMARK_CURRENCY_BITCOIN &&
	    own.currency != BITMARK_CURRENCY_LITECOIN)
		return BITMARK_E_CURRENCY;
	if (own.count > BITMARK_PAID_MAX)
		return BITMARK_E_COUNT;
	status = pay(r, now_s, pay_id, &own, &done);
	if (status == BITMARK_OK && verified != NULL)
		*verified = done;
	return status;
}
