/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Payment units: indexes, states, bounds.
 *
 * A unit is in the map of units, each of its members in the map of members,
 * and a transfer that is not settled in the map of claims, by the transaction
 * that it links to: only one transfer of an item may wait.  All of that changes
 * together, and no step of it can fail, because room was made before
 * (bm_unit_room).
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

/*
 * Bounds.
 */

static bool
fits(const struct bitmark_reservoir *r, const struct bm_unit *u)
{
	const struct bitmark_reservoir_counts *c = &r->counts;

	return c->pending + c->verified + c->settled + u->count <=
	    r->limits.transactions && c->bytes + u->size <= r->limits.bytes;
}

static bitmark_status
reserve(struct bitmark_reservoir *r, const struct bm_unit *u)
{
	size_t units = r->units.count + 1;
	bitmark_status status = bm_map_reserve(&r->units, 1);

	if (status == BITMARK_OK)
		status = bm_map_reserve(&r->members, u->count);
	/* A place in the claims and in both heaps for each unit, whatever
	 * its state is now: blocks change states, and cannot be refused. */
	if (status == BITMARK_OK)
		status = bm_map_reserve(&r->claims, units - r->claims.count);
	if (status == BITMARK_OK)
		status = bm_heap_reserve(&r->pending, units);
	if (status == BITMARK_OK)
		status = bm_heap_reserve(&r->settled, units);
	return status;
}

/* The limits of the rules count pending transactions only, since strangers can
 * submit these for nothing.  They are checked for submissions, not for rows of
 * the journal: units that were accepted once stay when the rules change. */
static bitmark_status
check_capacity(struct bitmark_reservoir *r, const struct bm_unit *u)
{
	const size_t limits[BM_KIND_COUNT] = {
		[BM_KIND_FREE] = r->rules->free_issues_max,
		[BM_KIND_PAID] = r->rules->paid_issues_max,
		[BM_KIND_OTHER] = r->rules->transactions_max,
	};
	const size_t limit = limits[u->kind];

	if (limit == 0 || r->pending_of[u->kind] + u->waiting <= limit)
		return BITMARK_OK;
	r->counts.refused++;
	return BITMARK_E_CAPACITY;
}

/* Settled units are kept only in case their block is rolled back, so they make
 * room for those that wait; the ones nearest to their end go first. */
bitmark_status
bm_unit_room(struct bitmark_reservoir *r, const struct bm_unit *unit)
{
	while (!fits(r, unit)) {
		struct bm_unit *old = bm_heap_first(&r->settled);

		/* Evict nothing for a unit that can never fit. */
		if (old == NULL || unit->size > r->limits.bytes ||
		    unit->count > r->limits.transactions) {
			r->counts.refused++;
			return BITMARK_E_BUSY;
		}
		bm_unit_remove(r, old, BITMARK_TX_DROPPED);
		r->counts.evicted++;
	}
	return reserve(r, unit);
}

/*
 * The maps, and what is counted.
 */

/* Asked before a unit of the journal enters the maps: a damaged row may have
 * the id of another unit, and each map takes a key only once. */
bool
bm_unit_is_new(const struct bitmark_reservoir *r, const struct bm_unit *unit)
{
	if (bm_map_find(&r->units, unit->pay_id) != NULL)
		return false;
	for (size_t i = 0; i < unit->count; i++)
		if (bm_map_find(&r->members, unit->member[i].tx_id) != NULL)
			return false;
	if (unit->count < unit->records && !r->rules->issue_twice_in_bundle)
		return false;
	return !bm_is_transfer(unit->tag) || unit->waiting == 0 ||
	    bm_map_find(&r->claims, unit->link) == NULL;
}

/* A state has its counters, a timer, for a transfer the claim on its link
 * [D-08], and for a grant or swap its part of what is spent.  A change of
 * anything that these follow from is made between leave_state and enter_state,
 * so that both see the same. */
static void
enter_state(struct bitmark_reservoir *r, struct bm_unit *u)
{
	switch (u->state) {
	case BM_UNIT_PENDING:
		r->counts.pending += u->waiting;
		r->pending_of[u->kind] += u->waiting;
		bm_heap_add(&r->pending, &u->timer, u->until_s);
		break;
	case BM_UNIT_VERIFIED:
		r->counts.verified += u->waiting;
		break;
	case BM_UNIT_SETTLED:
		bm_heap_add(&r->settled, &u->timer, u->until_s);
		break;
	}
	r->counts.settled += u->count - u->waiting;
	if (bm_is_transfer(u->tag) && u->state != BM_UNIT_SETTLED)
		bm_map_put(&r->claims, u->link, u);
	bm_spends_enter(u);
}

static void
leave_state(struct bitmark_reservoir *r, struct bm_unit *u)
{
	switch (u->state) {
	case BM_UNIT_PENDING:
		r->counts.pending -= u->waiting;
		r->pending_of[u->kind] -= u->waiting;
		bm_heap_remove(&r->pending, &u->timer);
		break;
	case BM_UNIT_VERIFIED:
		r->counts.verified -= u->waiting;
		break;
	case BM_UNIT_SETTLED:
		bm_heap_remove(&r->settled, &u->timer);
		break;
	}
	r->counts.settled -= u->count - u->waiting;
	if (bm_is_transfer(u->tag) && u->state != BM_UNIT_SETTLED)
		bm_map_del(&r->claims, u->link);
	bm_spends_leave(u);
}

void
bm_unit_add(struct bitmark_reservoir *r, struct bm_unit *unit)
{
	bm_map_put(&r->units, unit->pay_id, unit);
	for (size_t i = 0; i < unit->count; i++)
		bm_map_put(&r->members, unit->member[i].tx_id,
		    &unit->member[i]);
	TAILQ_INSERT_TAIL(&r->order, unit, order);
	r->counts.bytes += unit->size;
	enter_state(r, unit);
}

/* Takes a unit out of the list.  A rebroadcast or a walk that would come to
 * this unit next goes on with the one after it. */
static void
unlink_unit(struct bitmark_reservoir *r, struct bm_unit *u)
{
	if (r->cast == u) {
		r->cast = TAILQ_NEXT(u, order);
		r->cast_kind = BITMARK_REBROADCAST_ASSETS;
	}
	if (r->walk == u)
		r->walk = TAILQ_NEXT(u, order);
	TAILQ_REMOVE(&r->order, u, order);
}

static void
remove_one(struct bitmark_reservoir *r, struct bm_unit *unit,
    enum bitmark_tx_change change)
{
	for (size_t i = 0; i < unit->count; i++)
		if (!unit->member[i].confirmed)
			bm_tell(r, &unit->member[i], change);
	leave_state(r, unit);
	bm_map_del(&r->units, unit->pay_id);
	for (size_t i = 0; i < unit->count; i++)
		bm_map_del(&r->members, unit->member[i].tx_id);
	unlink_unit(r, unit);
	r->counts.bytes -= unit->size;
	bm_forget(r, &unit->row);
	bm_unit_free(r, unit);
}

/* The transfer that waits for this transaction to be confirmed again: it links
 * to one whose block was rolled back. */
static struct bm_unit *
follower(const struct bitmark_reservoir *r, const struct bm_member *member)
{
	return member->confirmed ? NULL :
	    bm_map_find(&r->claims, member->tx_id);
}

/* Removes a unit and the transfers that wait for its members, which are invalid
 * without them; then those that wait for these, and so on.  Only one transfer
 * waits for each transaction, so this is a simple chain. */
void
bm_unit_remove(struct bitmark_reservoir *r, struct bm_unit *unit,
    enum bitmark_tx_change change)
{
	for (size_t i = 0; i < unit->count; i++)
		for (struct bm_unit *u = follower(r, &unit->member[i]), *next;
		    u != NULL; u = next) {
			next = follower(r, &u->member[0]);
			remove_one(r, u, change);
		}
	remove_one(r, unit, change);
}

/*
 * States.
 */

/* A bundle may be confirmed issue by issue, in several blocks [D-23]: it is
 * settled with the last one. */
void
bm_unit_confirm(struct bitmark_reservoir *r, struct bm_member *member,
    uint64_t now_s)
{
	struct bm_unit *u = member->unit;

	if (member->confirmed)
		return;
	leave_state(r, u);
	member->confirmed = true;
	if (--u->waiting == 0) {
		u->state = BM_UNIT_SETTLED;
		u->until_s = now_s + r->rules->pending_life_s;
	}
	enter_state(r, u);
	bm_keep_later(r, &u->row);
	bm_tell(r, member, BITMARK_TX_CONFIRMED);
}

/* Does the unit count as paid under auto_verify?  Issues that can only be
 * proved still need their proof.
 * Source: bitmarkd v0.16 payment auto_verify */
static bool
counts_as_paid(const struct bitmark_reservoir *r, const struct bm_unit *u)
{
	return r->auto_verify && u->kind != BM_KIND_FREE &&
	    (u->kind != BM_KIND_ISSUES || u->payments.count > 0);
}

/* A settled unit waits again, with a new life: as verified when it was paid or
 * proved, because that was before and still holds. */
void
bm_unit_return(struct bitmark_reservoir *r, struct bm_member *member,
    uint64_t now_s)
{
	struct bm_unit *u = member->unit;

	if (!member->confirmed)
		return;
	leave_state(r, u);
	member->confirmed = false;
	u->waiting++;
	if (u->state == BM_UNIT_SETTLED) {
		if (u->verified_by == BM_BY_NOTHING && counts_as_paid(r, u))
			u->verified_by = BM_BY_PAYMENT;
		u->state = u->verified_by != BM_BY_NOTHING ?
		    BM_UNIT_VERIFIED : BM_UNIT_PENDING;
		u->until_s = now_s + r->rules->pending_life_s;
	}
	enter_state(r, u);
	bm_keep_later(r, &u->row);
	bm_tell(r, member, u->state == BM_UNIT_VERIFIED ?
	    BITMARK_TX_VERIFIED : BITMARK_TX_PENDING);
}

bitmark_status
bm_unit_check(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    const struct bm_unit *unit)
{
	const struct bm_member *linked;
	struct bitmark_account owner;
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	bitmark_status status = BITMARK_OK;

	if (bm_is_spend(unit->tag))
		return bm_spends_check(s, unit);
	if (bm_is_transfer(unit->tag)) {
		status = bitmark_snapshot_ownership(s, unit->link, &owner,
		    &owned);
		if (status != BITMARK_E_NOT_FOUND)
			return status;
		/* The chain does not have the link.  When the linked
		 * transaction is here, its block was rolled back, and it
		 * waits for another block as this one does. */
		linked = bm_map_find(&r->members, unit->link);
		return linked != NULL && !linked->confirmed ? BITMARK_OK :
		    BITMARK_E_DOUBLE_TRANSFER;
	}
	for (size_t i = 0; i < unit->count && status == BITMARK_OK; i++)
		if (!unit->member[i].confirmed)
			status = bm_asset_check(r, s,
			    unit->member[i].asset->id);
	return status;
}

bool
bm_unit_drop(struct bitmark_reservoir *r, struct bm_unit *unit,
    bitmark_status why)
{
	if (why == BITMARK_E_EXPIRED) {
		r->counts.expired += unit->waiting;
		bm_unit_remove(r, unit, BITMARK_TX_EXPIRED);
		return true;
	}
	if (why != BITMARK_E_DOUBLE_TRANSFER && why != BITMARK_E_SHARES &&
	    why != BITMARK_E_ASSET_NOT_FOUND)
		return false;
	bm_unit_remove(r, unit, BITMARK_TX_DROPPED);
	return true;
}

/*
 * The end of a submission.
 */

void
bm_unit_result(const struct bm_unit *unit, struct bitmark_unit_result *result)
{
	memcpy(result->pay_id, unit->pay_id, sizeof result->pay_id);
	result->verified = unit->state == BM_UNIT_VERIFIED;
	result->count = unit->count;
	for (size_t i = 0; i < unit->count; i++)
		memcpy(result->tx_id[i], unit->member[i].tx_id,
		    BITMARK_TX_ID_SIZE);
	result->payments = unit->payments;
	result->relay = (struct bitmark_span){ unit->packed, unit->size };
}

/* Write the unit to the journal before it is in any map: when that fails,
 * nothing has to be undone. */
static bitmark_status
write_new(struct bitmark_reservoir *r, struct bm_unit *u,
    const struct bm_orphan *used)
{
	bitmark_status status;

	bm_keep_begin(r);
	status = bm_unit_room(r, u);
	if (status == BITMARK_OK) {
		bm_keep(r, &u->row);
		if (used != NULL)
			bm_forget(r, &used->row);
	}
	return bm_keep_commit(r, status);
}

bitmark_status
bm_unit_accept(struct bitmark_reservoir *r, struct bm_unit *unit,
    uint64_t now_s, struct bitmark_unit_result *result)
{
	struct bm_orphan *orphan = bm_map_find(&r->orphans, unit->pay_id);
	bitmark_status status;
	bool paid;

	if (orphan != NULL && !bm_orphan_pays(r, orphan, &unit->payments))
		orphan = NULL;
	unit->since_s = now_s;
	unit->until_s = now_s + r->rules->pending_life_s;
	paid = orphan != NULL || counts_as_paid(r, unit);
	if (paid) {
		unit->state = BM_UNIT_VERIFIED;
		unit->verified_by = BM_BY_PAYMENT;
	}
	status = paid ? BITMARK_OK : check_capacity(r, unit);
	if (status == BITMARK_OK)
		status = write_new(r, unit, orphan);
	if (status != BITMARK_OK) {
		bm_unit_free(r, unit);
		return status;
	}
	bm_unit_add(r, unit);
	bm_unit_result(unit, result);
	for (size_t i = 0; i < unit->count; i++)
		if (!unit->member[i].confirmed)
			bm_tell(r, &unit->member[i], paid ?
			    BITMARK_TX_VERIFIED : BITMARK_TX_PENDING);
	if (orphan != NULL)
		bm_orphan_drop(r, orphan);
	return BITMARK_OK;
}

bitmark_status
bm_unit_verify(struct bitmark_reservoir *r, struct bm_unit *unit,
    enum bm_verified_by by, struct bm_orphan *used)
{
	const enum bm_unit_state before = unit->state;
	const enum bm_unit_state after = before == BM_UNIT_PENDING ?
	    BM_UNIT_VERIFIED : before;
	bitmark_status status;

	/* The row is written first, as the unit is going to be, and then the
	 * unit changes: an answer "accepted" must be durable. */
	bm_keep_begin(r);
	unit->state = after;
	unit->verified_by = by;
	bm_keep(r, &unit->row);
	if (used != NULL)
		bm_forget(r, &used->row);
	unit->state = before;
	status = bm_keep_commit(r, BITMARK_OK);
	if (status != BITMARK_OK) {
		unit->verified_by = BM_BY_NOTHING;
		return status;
	}
	leave_state(r, unit);
	unit->state = after;
	enter_state(r, unit);
	if (used != NULL)
		bm_orphan_drop(r, used);
	for (size_t i = 0; i < unit->count; i++)
		if (!unit->member[i].confirmed)
			bm_tell(r, &unit->member[i], BITMARK_TX_VERIFIED);
	return BITMARK_OK;
}

/* A unit whose row cannot be written now stays pending; the next start tries it
 * again. */
void
bm_unit_verify_all(struct bitmark_reservoir *r)
{
	struct bm_unit *u;

	TAILQ_FOREACH(u, &r->order, order)
		if (u->state == BM_UNIT_PENDING && counts_as_paid(r, u))
			(void)bm_unit_verify(r, u, BM_BY_PAYMENT,
			    bm_map_find(&r->orphans, u->pay_id));
}
