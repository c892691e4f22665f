/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Opening a reservoir from its journal, closing it, and its read functions.
 *
 * A process may end between the commit of a block and the change of the
 * journal that tells of it.  So when a reservoir is opened, each of its
 * transactions is looked up in the chain, and becomes what the chain says.
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

bitmark_status
bm_parse(const struct bitmark_reservoir *r, struct bitmark_span data,
    struct bitmark_record *record, size_t *used)
{
	return bitmark_record_parse(r->rules, data.data, data.size,
	    r->params->network, record, used);
}

/* One buffer holds the bytes of all results that point inside.  A call
 * overwrites the results of earlier calls, as the public header says. */
uint8_t *
bm_scratch(struct bitmark_reservoir *r, size_t size)
{
	uint8_t *larger;

	if (size <= r->scratch_size)
		return r->scratch;
	larger = realloc(r->scratch, size);
	if (larger == NULL)
		return NULL;
	r->scratch = larger;
	r->scratch_size = size;
	return larger;
}

/* "Not found" is an answer here, and no error: what is an error ends the call
 * that asked. */
bitmark_status
bm_tx_confirmed(struct bitmark_snapshot *s, const uint8_t *tx_id,
    bool *confirmed)
{
	struct bitmark_confirmed found = { .struct_size = sizeof found };
	bitmark_status status = bitmark_snapshot_transaction(s, tx_id,
	    &found);

	*confirmed = status == BITMARK_OK;
	return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
}

bitmark_status
bm_asset_confirmed(struct bitmark_snapshot *s, const uint8_t *asset_id,
    uint64_t *number)
{
	struct bitmark_confirmed found = { .struct_size = sizeof found };
	bitmark_status status = bitmark_snapshot_asset(s, asset_id, &found);

	*number = status == BITMARK_OK ? found.number : 0;
	return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
}

/* Tells the program of a change of a transaction.  The log line is formatted
 * only if there is a log, because a block may change 65535 transactions. */
void
bm_tell(struct bitmark_reservoir *r, const struct bm_member *member,
    enum bitmark_tx_change change)
{
	static const char *const words[] = {
		[BITMARK_TX_PENDING] = "pending",
		[BITMARK_TX_VERIFIED] = "verified",
		[BITMARK_TX_CONFIRMED] = "confirmed",
		[BITMARK_TX_DROPPED] = "dropped",
		[BITMARK_TX_EXPIRED] = "expired",
	};
	char text[2 * BITMARK_TX_ID_SIZE + 1];

	if (r->env.log != NULL) {
		bitmark_hex_encode(member->tx_id, BITMARK_TX_ID_SIZE, text);
		bm_log(&r->env, BITMARK_LOG_DEBUG, "reservoir", "%s %s", text,
		    words[change]);
	}
	if (r->change != NULL)
		r->change(r->user, change, member->tx_id,
		    member->unit->pay_id);
}

/*
 * Opening.
 */

typedef bitmark_status (*unit_fn)(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, uint64_t now_s, struct bm_unit *u);

/*
 * Call ${each} for all units.  It may remove units, and with them the transfers
 * that wait for them, so any unit may go, even the next one of the walk.  So
 * the next one is kept in r->walk, and removing that unit moves r->walk on
 * (unit.c).
 */
static bitmark_status
each_unit(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s, unit_fn each)
{
	bitmark_status status = BITMARK_OK;

	for (struct bm_unit *u = TAILQ_FIRST(&r->order);
	    u != NULL && status == BITMARK_OK; u = r->walk) {
		r->walk = TAILQ_NEXT(u, order);
		status = each(r, s, now_s, u);
		if (bm_unit_drop(r, u, status))
			status = BITMARK_OK;
	}
	return status;
}

/* Each member is confirmed or not as the chain has it.  A settled transfer that
 * came back from a removed block cannot wait again when another one has claimed
 * the same link. */
static bitmark_status
reconcile_members(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s, struct bm_unit *u)
{
	for (size_t i = 0; i < u->count; i++) {
		struct bm_member *m = &u->member[i];
		bool confirmed;
		bitmark_status status = bm_tx_confirmed(s, m->tx_id,
		    &confirmed);

		if (status != BITMARK_OK)
			return status;
		if (confirmed)
			bm_unit_confirm(r, m, now_s);
		else if (m->confirmed && u->state == BM_UNIT_SETTLED &&
		    bm_map_find(&r->claims, u->link) != NULL)
			return BITMARK_E_DOUBLE_TRANSFER;
		else
			bm_unit_return(r, m, now_s);
	}
	return BITMARK_OK;
}

/* Called in a second walk, after the first has brought all units up to date,
 * because a transfer may wait for a transaction of a unit later in the list. */
static bitmark_status
reconcile_unit(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s, struct bm_unit *u)
{
	(void)now_s;
	return u->waiting > 0 ? bm_unit_check(r, s, u) : BITMARK_OK;
}

/* Grants and swaps that a block has made impossible without having them. */
static bitmark_status
review_unit(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s, struct bm_unit *u)
{
	return bm_is_spend(u->tag) ? reconcile_unit(r, s, now_s, u) :
	    BITMARK_OK;
}

bitmark_status
bitmark_reservoir_review(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot, uint64_t now_s)
{
	bitmark_status status;

	r->now_s = now_s;
	if (r->holdings.count == 0)
		return BITMARK_OK;
	bm_keep_begin(r);
	status = each_unit(r, snapshot, now_s, review_unit);
	return bm_keep_commit(r, status);
}

static bitmark_status
reconcile_assets(struct bitmark_reservoir *r, struct bitmark_snapshot *s)
{
	struct bm_asset *a;
	size_t at = 0;

	while ((a = bm_map_next(&r->assets, &at)) != NULL) {
		uint64_t number;
		bitmark_status status = bm_asset_confirmed(s, a->id, &number);

		if (status != BITMARK_OK)
			return status;
		/* The flag is set directly: bm_asset_set_confirmed would
		 * remove assets without references, and the map must not
		 * change during the walk.  They are removed when they
		 * expire. */
		a->confirmed = number != 0;
	}
	return BITMARK_OK;
}

static int
by_age(const void *a, const void *b)
{
	const struct bm_unit *x = *(struct bm_unit *const *)a;
	const struct bm_unit *y = *(struct bm_unit *const *)b;

	if (x->since_s != y->since_s)
		return x->since_s < y->since_s ? -1 : 1;
	return memcmp(x->pay_id, y->pay_id, sizeof x->pay_id);
}

/* The journal returns units in the order of their pay ids.  The order in which
 * they came is restored from their times, which are in seconds; units of the
 * same second stay in the order of pay ids, so every start gives one order. */
static bitmark_status
sort_units(struct bitmark_reservoir *r)
{
	size_t count = r->units.count, n = 0;
	struct bm_unit **list, *u;

	if (count == 0)
		return BITMARK_OK;
	list = malloc(count * sizeof(struct bm_unit *));
	if (list == NULL)
		return BITMARK_E_NOMEM;
	TAILQ_FOREACH(u, &r->order, order)
		list[n++] = u;
	qsort(list, n, sizeof(struct bm_unit *), by_age);
	TAILQ_INIT(&r->order);
	for (size_t i = 0; i < n; i++)
		TAILQ_INSERT_TAIL(&r->order, list[i], order);
	free(list);
	return BITMARK_OK;
}

/* Removed blocks are processed before the units are compared with the chain,
 * because they bring back transactions that the reservoir did not have. */
static bitmark_status
load(struct bitmark_reservoir *r, struct bitmark_snapshot *s, uint64_t now_s)
{
	bitmark_status status;

	r->now_s = now_s;
	status = bm_keep_load(r);
	if (status == BITMARK_OK)
		status = sort_units(r);
	if (status == BITMARK_OK)
		status = reconcile_assets(r, s);
	if (status == BITMARK_OK)
		status = bm_hear_removed(r, s, now_s);
	if (status == BITMARK_OK)
		status = each_unit(r, s, now_s, reconcile_members);
	if (status == BITMARK_OK)
		status = each_unit(r, s, now_s, reconcile_unit);
	if (status != BITMARK_OK)
		return status;
	/* Bring the rows up to date.  A full disk is no reason not to open:
	 * the rows are written when there is room again. */
	bm_keep_begin(r);
	(void)bm_keep_commit(r, BITMARK_OK);
	bm_unit_verify_all(r);
	return BITMARK_OK;
}

static void
set_limit(size_t *limit, size_t standard)
{
	if (*limit == 0)
		*limit = standard;
}

/* The limits of the rules count for each kind of unit.  Where they are set, the
 * default for all transactions together is raised so that it does not come
 * first. */
static void
set_limits(struct bitmark_reservoir *r)
{
	const size_t by_rules = r->rules->free_issues_max +
	    r->rules->paid_issues_max + r->rules->transactions_max;

	set_limit(&r->limits.assets, BITMARK_RESERVOIR_ASSETS_MAX);
	set_limit(&r->limits.asset_bytes, BITMARK_RESERVOIR_ASSET_BYTES_MAX);
	set_limit(&r->limits.transactions, by_rules >
	    BITMARK_RESERVOIR_TRANSACTIONS_MAX ? by_rules :
	    BITMARK_RESERVOIR_TRANSACTIONS_MAX);
	set_limit(&r->limits.bytes, BITMARK_RESERVOIR_BYTES_MAX);
	set_limit(&r->limits.orphans, BITMARK_RESERVOIR_ORPHANS_MAX);
}

static void
init_maps(struct bitmark_reservoir *r)
{
	bm_map_init(&r->units, BITMARK_PAY_ID_SIZE, &r->env);
	bm_map_init(&r->members, BITMARK_TX_ID_SIZE, &r->env);
	bm_map_init(&r->claims, BITMARK_TX_ID_SIZE, &r->env);
	bm_map_init(&r->holdings, BM_HOLDING_ID_SIZE, &r->env);
	bm_map_init(&r->assets, BITMARK_ASSET_ID_SIZE, &r->env);
	bm_map_init(&r->orphans, BITMARK_PAY_ID_SIZE, &r->env);
}

static struct bitmark_reservoir *
new_reservoir(const struct bitmark_reservoir_config *config)
{
	struct bitmark_reservoir *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->params = config->params;
	r->rules = config->rules != NULL ? config->rules :
	    bitmark_rules_default(config->params);
	if (config->env != NULL)
		r->env = *config->env;
	r->change = config->change;
	r->user = config->user;
	r->auto_verify = config->auto_verify;
	TAILQ_INIT(&r->order);
	STAILQ_INIT(&r->removed);
	STAILQ_INIT(&r->keep.forgotten);
	LIST_INIT(&r->keep.stale);
	LIST_INIT(&r->keep.written);
	init_maps(r);
	return r;
}

/* The chain of one machine or of friends, where nothing has a price. */
static bool
is_private(const struct bitmark_chain_params *params)
{
	return strcmp(params->name, "local") == 0;
}

bitmark_status
bitmark_reservoir_open(struct bitmark_reservoir **reservoir,
    const struct bitmark_reservoir_config *config,
    struct bitmark_snapshot *snapshot, uint64_t now_s)
{
	struct bitmark_reservoir_config own = { .struct_size = sizeof own };
	struct bitmark_reservoir *r;
	bitmark_status status = BM_IN(bitmark_reservoir_config, &own, config);

	*reservoir = NULL;
	if (status != BITMARK_OK || own.params == NULL || snapshot == NULL ||
	    (own.auto_verify && !is_private(own.params)))
		return BITMARK_E_ARGUMENT;
	r = new_reservoir(&own);
	if (r == NULL)
		return BITMARK_E_NOMEM;
	if (own.journal != NULL)
		status = BM_IN(bitmark_journal, &r->journal, own.journal);
	if (status == BITMARK_OK && own.limits != NULL)
		status = BM_IN(bitmark_reservoir_limits, &r->limits,
		    own.limits);
	set_limits(r);
	if (status == BITMARK_OK)
		status = load(r, snapshot, now_s);
	if (status != BITMARK_OK) {
		bitmark_reservoir_close(r);
		return status;
	}
	bm_log(&r->env, BITMARK_LOG_INFO, "reservoir",
	    "%zu pending, %zu verified, %zu assets", r->counts.pending,
	    r->counts.verified, r->counts.assets);
	*reservoir = r;
	return BITMARK_OK;
}

void
bitmark_reservoir_close(struct bitmark_reservoir *reservoir)
{
	struct bitmark_reservoir *r = reservoir;
	struct bm_removed *block;
	struct bm_asset *asset;
	struct bm_unit *unit;
	size_t at = 0;

	if (r == NULL)
		return;
	while ((block = STAILQ_FIRST(&r->removed)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->removed, next);
		free(block);
	}
	while ((unit = TAILQ_FIRST(&r->order)) != NULL) {
		TAILQ_REMOVE(&r->order, unit, order);
		bm_spends_free(r, unit);
		bm_keep_no_more(&unit->row);
		free(unit->packed);
		free(unit);
	}
	while ((asset = bm_map_next(&r->assets, &at)) != NULL)
		bm_asset_free(asset);
	while (r->orphan_ends.count > 0)
		bm_orphan_drop(r, bm_heap_first(&r->orphan_ends));
	bm_map_fini(&r->units);
	bm_map_fini(&r->members);
	bm_map_fini(&r->claims);
	bm_map_fini(&r->holdings);
	bm_map_fini(&r->assets);
	bm_map_fini(&r->orphans);
	bm_heap_fini(&r->pending);
	bm_heap_fini(&r->settled);
	bm_heap_fini(&r->idle);
	bm_heap_fini(&r->orphan_ends);
	bm_keep_free_forgotten(r, UINT64_MAX);
	free(r->scratch);
	free(r);
}

/*
 * Questions.
 */

const char *
bitmark_tx_status_name(enum bitmark_tx_status status)
{
	switch (status) {
	case BITMARK_TX_STATUS_PENDING:
		return "Pending";
	case BITMARK_TX_STATUS_VERIFIED:
		return "Verified";
	case BITMARK_TX_STATUS_CONFIRMED:
		return "Confirmed";
	case BITMARK_TX_STATUS_UNKNOWN:
		break;
	}
	return "Unknown";
}

/* The chain is asked even for a member that is marked as confirmed: its block
 * may have been removed before the reservoir was told. */
bitmark_status
bitmark_reservoir_status(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    enum bitmark_tx_status *status)
{
	const struct bm_member *m = bm_map_find(&r->members, tx_id);
	bitmark_status result;
	bool confirmed;

	if (m != NULL && !m->confirmed) {
		*status = m->unit->state == BM_UNIT_VERIFIED ?
		    BITMARK_TX_STATUS_VERIFIED : BITMARK_TX_STATUS_PENDING;
		return BITMARK_OK;
	}
	*status = BITMARK_TX_STATUS_UNKNOWN;
	if (snapshot == NULL)
		return BITMARK_OK;
	result = bm_tx_confirmed(snapshot, tx_id, &confirmed);
	if (result == BITMARK_OK)
		*status = confirmed ? BITMARK_TX_STATUS_CONFIRMED :
		    BITMARK_TX_STATUS_UNKNOWN;
	return result;
}

struct bitmark_waiting
bm_waiting_of(const struct bm_unit *u, size_t i)
{
	const struct bm_member *m = &u->member[i];
	bool verified = u->state == BM_UNIT_VERIFIED;

	return (struct bitmark_waiting){
		.tx_id = m->tx_id,
		.pay_id = u->pay_id,
		.verified = verified,
		.position = i,
		.count = u->count,
		.packed = { u->packed + m->offset, m->size },
		.payments = &u->payments,
		.nonce = { u->nonce, u->nonce_size },
		.since_s = u->since_s,
		.until_s = verified ? 0 : u->until_s,
	};
}

/* Confirmed members of a bundle do not wait and are left out. */
static int
show(const struct bm_unit *u, size_t i, bitmark_waiting_fn each, void *user)
{
	const struct bitmark_waiting w = bm_waiting_of(u, i);

	return u->member[i].confirmed ? 0 : each(user, &w);
}

void
bitmark_reservoir_each(struct bitmark_reservoir *r, bitmark_waiting_fn each,
    void *user)
{
	const struct bm_unit *u;

	TAILQ_FOREACH(u, &r->order, order)
		for (size_t i = 0; i < u->count; i++)
			if (show(u, i, each, user) != 0)
				return;
}

bitmark_status
bitmark_reservoir_get_counts(const struct bitmark_reservoir *r,
    struct bitmark_reservoir_counts *counts)
{
	struct bitmark_reservoir_counts own = r->counts;

	own.free_issues = r->pending_of[BM_KIND_FREE];
	own.paid_issues = r->pending_of[BM_KIND_PAID];
	own.transfers = r->pending_of[BM_KIND_OTHER];
	return BM_OUT(bitmark_reservoir_counts, counts, &own);
}
