/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The units that are ready for a block, in the order in which it goes into one.
 *
 * Free issues come first, each asset that no block has before the first issue
 * that needs it; then paid issues, then all else.  Many issues must not keep
 * transfers out, so that of both kinds of issues only some come before those,
 * and the rest behind.  Where issues are not told apart, all come in the order
 * in which they came here.
 *
 * Source: bitmarkd v0.16.0 reservoir/fetch.go FetchVerified
 */
#include "reservoir/reservoir_impl.h"

struct walk {
	struct bitmark_reservoir *r;
	struct bitmark_snapshot *s;
	bitmark_waiting_fn each;
	void *user;
	size_t told;                    /* records of this part */
	bool stopped;
	bitmark_status status;          /* of the store         */
};

static void
tell(struct walk *w, const struct bitmark_waiting *waiting)
{
	w->stopped = w->each(w->user, waiting) != 0;
	w->told++;
}

/* False: no block has the asset, and it is not cached. */
static bool
tell_asset(struct walk *w, const struct bm_unit *u, struct bm_asset *a)
{
	uint8_t id[BITMARK_TX_ID_SIZE];
	struct bitmark_waiting waiting = {
		.tx_id = id, .pay_id = u->pay_id, .verified = true,
		.packed = { a->packed, a->size }, .payments = &u->payments,
		.since_s = a->heard_s,
	};
	uint64_t number;

	w->status = bm_asset_confirmed(w->s, a->id, &number);
	if (w->status != BITMARK_OK)
		return false;
	if (number != 0 || a->listed)
		return true;
	if (a->packed == NULL)
		return false;
	a->listed = true;
	bitmark_tx_id(a->packed, a->size, id);
	tell(w, &waiting);
	return true;
}

static bool
goes_on(const struct walk *w)
{
	return !w->stopped && w->status == BITMARK_OK;
}

static void
tell_issues(struct walk *w, struct bm_unit *u)
{
	for (size_t i = 0; i < u->count && goes_on(w); i++) {
		struct bitmark_waiting waiting = bm_waiting_of(u, i);

		if (!u->member[i].confirmed &&
		    tell_asset(w, u, u->member[i].asset) && goes_on(w))
			tell(w, &waiting);
	}
}

/* A transfer that waits for another one, of a block that went, is not ready
 * before that is in a block again. */
static void
tell_other(struct walk *w, struct bm_unit *u)
{
	struct bitmark_waiting waiting = bm_waiting_of(u, 0);
	const struct bm_member *linked = bm_is_spend(u->tag) ? NULL :
	    bm_map_find(&w->r->members, u->link);
	bitmark_status status;

	if (bm_is_spend(u->tag))
		status = bm_spends_plan(w->s, u);
	else if (linked != NULL && !linked->confirmed)
		status = BITMARK_E_LINK_UNCONFIRMED;
	else
		status = bm_unit_check(w->r, w->s, u);
	if (status <= BITMARK_E_STORE)
		w->status = status;
	if (status == BITMARK_OK)
		tell(w, &waiting);
}

/* Units from ${u} on that are verified and of this kind, until ${most} records
 * are told; the unit to go on with. */
static struct bm_unit *
tell_units(struct walk *w, struct bm_unit *u, bool (*is_kind)(const
    struct bm_unit *u), size_t most)
{
	w->told = 0;
	for (; u != NULL && w->told < most && goes_on(w);
	    u = TAILQ_NEXT(u, order)) {
		if (u->state != BM_UNIT_VERIFIED || !is_kind(u))
			continue;
		if (u->tag == BITMARK_RECORD_ISSUE)
			tell_issues(w, u);
		else
			tell_other(w, u);
	}
	return u;
}

static bool
is_any(const struct bm_unit *u)
{
	(void)u;
	return true;
}

static bool
is_free(const struct bm_unit *u)
{
	return u->kind == BM_KIND_FREE;
}

static bool
is_paid(const struct bm_unit *u)
{
	return u->kind == BM_KIND_PAID;
}

static bool
is_other(const struct bm_unit *u)
{
	return u->kind == BM_KIND_OTHER;
}

static void
tell_by_kind(struct walk *w)
{
	const size_t most = w->r->rules->block_issues_first;
	struct bm_unit *first = TAILQ_FIRST(&w->r->order);
	struct bm_unit *rest_free = tell_units(w, first, is_free, most);
	struct bm_unit *rest_paid = tell_units(w, first, is_paid, most);

	(void)tell_units(w, first, is_other, SIZE_MAX);
	(void)tell_units(w, rest_free, is_free, SIZE_MAX);
	(void)tell_units(w, rest_paid, is_paid, SIZE_MAX);
}

bitmark_status
bitmark_reservoir_each_ready(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot, bitmark_waiting_fn each, void *user)
{
	struct walk w = {
		.r = r, .s = snapshot, .each = each, .user = user,
		.status = BITMARK_OK,
	};
	struct bm_asset *a;
	size_t at = 0;

	while ((a = bm_map_next(&r->assets, &at)) != NULL)
		a->listed = false;
	bm_spends_plan_nothing(r);
	if (r->rules->issues == BITMARK_ISSUES_FREE_OR_PAID)
		tell_by_kind(&w);
	else
		(void)tell_units(&w, TAILQ_FIRST(&r->order), is_any,
		    SIZE_MAX);
	return w.status;
}
