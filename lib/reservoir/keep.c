/*
 * Keeping the journal what the reservoir is.
 *
 * Each object knows whether its row is what it is itself: ${kept} is the
 * number of the change that wrote the row, or 0.  A change that fails takes
 * that back from all objects that it has written, and rows that it has removed
 * are remembered.  The rows that the journal has missed that way are written
 * before the next change: these, and not all rows, and in parts, each of which
 * fits the room that a journal has for one change.  A crash between two parts loses
 * nothing: rows that are missing then belong to objects that were never said
 * to be durable, and rows that are too many are judged when they are read.
 *
 * A full disk would be tried with each submission of a stranger.  So after
 * some failures in a row the journal is left alone for a while, longer each
 * time, and submissions are refused without it.
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

/* Failures after which waiting begins, and the longest wait.
 * Source: local choice. */
#define FAILURES_FREE 8
#define WAIT_MAX_S 64

/* Rows that were missed are written with one commit for each of these parts,
 * which are well below the room that the journal of a chain makes.  Bytes of
 * pages. */
#define PART_BYTES ((size_t)8 << 20)

/* A row may change a page that no other row of the change does. */
#define PAGE_BYTES 4096

/* The key of a row that was removed. */
struct bm_forgotten {
	STAILQ_ENTRY(bm_forgotten) next;
	uint64_t change;                /* that removed it */
	size_t size;
	uint8_t key[];
};

static bool
has_journal(const struct bitmark_reservoir *r)
{
	return r->journal.put != NULL;
}

/*
 * Rows.
 */

/* After the first error of a change nothing more is written: the journal keeps
 * none of it anyway. */
static bool
writes(const struct bitmark_reservoir *r)
{
	return has_journal(r) && r->keep.depth > 0 &&
	    r->keep.status == BITMARK_OK;
}

/* An estimate of the pages that LMDB copies for the change: it never writes to
 * a page in place. */
static void
count_row(struct bitmark_reservoir *r, size_t size)
{
	r->keep.bytes += size + PAGE_BYTES;
}

typedef void (*write_fn)(struct bm_writer *w, const void *object);

/* The first run of ${write} measures, the second one fills the value.  Returns
 * the number of the change, or 0: the row was not written. */
static uint64_t
put(struct bitmark_reservoir *r, enum bm_row_kind kind, const uint8_t *id,
    write_fn write, const void *object)
{
	uint8_t key[BITMARK_JOURNAL_KEY_MAX], *value;
	struct bm_writer w = bm_writer(NULL, 0);

	if (!writes(r))
		return 0;
	write(&w, object);
	value = malloc(w.size);
	if (value == NULL) {
		r->keep.status = BITMARK_E_NOMEM;
		return 0;
	}
	w = bm_writer(value, w.size);
	write(&w, object);
	r->keep.status = r->journal.put(r->journal.user,
	    bm_row_key(key, kind, id), (struct bitmark_span){ value, w.size });
	free(value);
	count_row(r, w.size);
	return r->keep.status == BITMARK_OK ? r->keep.number : 0;
}

void
bm_keep_asset(struct bitmark_reservoir *r, struct bm_asset *asset)
{
	asset->kept = put(r, BM_ROW_ASSET, asset->id, bm_row_write_asset,
	    asset);
	asset->kept_s = asset->heard_s;
}

void
bm_keep_orphan(struct bitmark_reservoir *r, struct bm_orphan *orphan)
{
	orphan->kept = put(r, BM_ROW_ORPHAN, orphan->pay_id,
	    bm_row_write_orphan, orphan);
}

void
bm_keep_unit(struct bitmark_reservoir *r, struct bm_unit *unit)
{
	unit->kept = put(r, BM_ROW_UNIT, unit->pay_id, bm_row_write_unit,
	    unit);
}

void
bm_keep_block(struct bitmark_reservoir *r, uint64_t number,
    struct bitmark_span block)
{
	uint8_t id[BM_ROW_NUMBER_SIZE], key[BITMARK_JOURNAL_KEY_MAX];

	bm_put_u64be(id, number);
	if (writes(r))
		r->keep.status = r->journal.put(r->journal.user,
		    bm_row_key(key, BM_ROW_BLOCK, id), block);
}

/* The key is remembered until its removal is durable.  Without memory for that
 * a row may stay that should not: the next start judges it. */
static void
remove_row(struct bitmark_reservoir *r, struct bitmark_span key)
{
	struct bm_forgotten *f = malloc(sizeof *f + key.size);

	if (f != NULL) {
		f->change = r->keep.number;
		f->size = key.size;
		memcpy(f->key, key.data, key.size);
		STAILQ_INSERT_TAIL(&r->keep.forgotten, f, next);
	}
	if (writes(r))
		r->keep.status = r->journal.del(r->journal.user, key);
	count_row(r, 0);
}

/* While the journal is read nothing can be removed from it: later. */
static void
forget(struct bitmark_reservoir *r, enum bm_row_kind kind, const uint8_t *id)
{
	uint8_t key[BITMARK_JOURNAL_KEY_MAX];

	if (!has_journal(r))
		return;
	remove_row(r, bm_row_key(key, kind, id));
	r->keep.behind = r->keep.behind || r->keep.depth == 0;
}

void
bm_forget_asset(struct bitmark_reservoir *r, const struct bm_asset *asset)
{
	forget(r, BM_ROW_ASSET, asset->id);
}

void
bm_forget_orphan(struct bitmark_reservoir *r, const struct bm_orphan *orphan)
{
	forget(r, BM_ROW_ORPHAN, orphan->pay_id);
}

void
bm_forget_unit(struct bitmark_reservoir *r, const struct bm_unit *unit)
{
	forget(r, BM_ROW_UNIT, unit->pay_id);
}

void
bm_forget_block(struct bitmark_reservoir *r, uint64_t number)
{
	uint8_t id[BM_ROW_NUMBER_SIZE];

	bm_put_u64be(id, number);
	forget(r, BM_ROW_BLOCK, id);
}

/*
 * Changes.
 */

/* Time that goes back, because somebody sets the clock, ends the wait: it must
 * not become as long as the step. */
static bool
must_wait(const struct bitmark_reservoir *r)
{
	uint64_t wait_s = WAIT_MAX_S;

	if (r->keep.failures < FAILURES_FREE)
		return false;
	if (r->keep.failures - FAILURES_FREE < 6)
		wait_s = (uint64_t)1 << (r->keep.failures - FAILURES_FREE);
	return r->now_s >= r->keep.failed_s && r->now_s - r->keep.failed_s < wait_s;
}

static void
begin(struct bitmark_reservoir *r)
{
	r->keep.number++;
	r->keep.bytes = 0;
	r->keep.open = true;
	r->keep.status = BITMARK_OK;
}

static void
take_back(struct bitmark_reservoir *r, uint64_t *kept)
{
	if (*kept >= r->keep.good)
		*kept = 0;
	r->keep.behind = r->keep.behind || *kept == 0;
}

/* The journal has nothing of this change.  It may tell so of the change before
 * as well: rows that share the transaction of a rollback are committed with
 * that, after their own commit. */
static void
fail(struct bitmark_reservoir *r)
{
	struct bm_asset *asset;
	struct bm_orphan *orphan;
	struct bm_unit *unit;
	size_t at = 0;

	r->keep.behind = r->keep.behind || !STAILQ_EMPTY(&r->keep.forgotten);
	while ((asset = bm_map_next(&r->assets, &at)) != NULL)
		if (asset->packed != NULL)
			take_back(r, &asset->kept);
	at = 0;
	while ((orphan = bm_map_next(&r->orphans, &at)) != NULL)
		take_back(r, &orphan->kept);
	TAILQ_FOREACH(unit, &r->order, order)
		take_back(r, &unit->kept);
	if (r->keep.failures++ == 0)
		bm_log(&r->env, BITMARK_LOG_WARN, "reservoir",
		    "the journal cannot be written, submissions are refused "
		    "until it can: %s", bitmark_strerror(r->keep.status));
	r->keep.failed_s = r->now_s;
	r->keep.failed = r->keep.status;
}

void
bm_keep_free_forgotten(struct bitmark_reservoir *r, uint64_t change)
{
	struct bm_forgotten *f;

	while ((f = STAILQ_FIRST(&r->keep.forgotten)) != NULL &&
	    f->change < change) {
		STAILQ_REMOVE_HEAD(&r->keep.forgotten, next);
		free(f);
	}
}

/* So all changes before this one are durable. */
static void
succeed(struct bitmark_reservoir *r)
{
	bm_keep_free_forgotten(r, r->keep.number);
	r->keep.good = r->keep.number;
	if (r->keep.failures > 0)
		bm_log(&r->env, BITMARK_LOG_INFO, "reservoir",
		    "the journal can be written again");
	r->keep.failures = 0;
}

/* The status of the change is in keep_status, before and after.  Commit is
 * called after a failure, too: it ends the change. */
static void
end(struct bitmark_reservoir *r)
{
	bitmark_status committed = r->journal.commit(r->journal.user);

	r->keep.open = false;
	if (r->keep.status == BITMARK_OK)
		r->keep.status = committed;
	if (r->keep.status == BITMARK_OK)
		succeed(r);
	else
		fail(r);
}

/* Commit what was written so far, when that is enough for one change. */
static void
next_part(struct bitmark_reservoir *r)
{
	if (r->keep.bytes < PART_BYTES || !writes(r))
		return;
	end(r);
	if (r->keep.status == BITMARK_OK)
		begin(r);
}

/* Rows are removed first: an object may have come whose row has the same
 * key. */
static void
remove_missed(struct bitmark_reservoir *r)
{
	STAILQ_HEAD(, bm_forgotten) missed = STAILQ_HEAD_INITIALIZER(missed);
	struct bm_forgotten *f;

	STAILQ_CONCAT(&missed, &r->keep.forgotten);
	while ((f = STAILQ_FIRST(&missed)) != NULL && writes(r)) {
		STAILQ_REMOVE_HEAD(&missed, next);
		remove_row(r, (struct bitmark_span){ f->key, f->size });
		free(f);
		next_part(r);
	}
	STAILQ_CONCAT(&r->keep.forgotten, &missed);
}

static void
write_missed(struct bitmark_reservoir *r)
{
	struct bm_asset *asset;
	struct bm_orphan *orphan;
	struct bm_unit *unit;
	size_t at = 0;

	while ((asset = bm_map_next(&r->assets, &at)) != NULL)
		if (asset->packed != NULL && asset->kept == 0) {
			bm_keep_asset(r, asset);
			next_part(r);
		}
	at = 0;
	while ((orphan = bm_map_next(&r->orphans, &at)) != NULL)
		if (orphan->kept == 0) {
			bm_keep_orphan(r, orphan);
			next_part(r);
		}
	TAILQ_FOREACH(unit, &r->order, order)
		if (unit->kept == 0) {
			bm_keep_unit(r, unit);
			next_part(r);
		}
}

void
bm_keep_later(struct bitmark_reservoir *r, struct bm_unit *unit)
{
	unit->kept = 0;
	if (!unit->changed)
		LIST_INSERT_HEAD(&r->keep.changed, unit, change);
	unit->changed = true;
}

/* A unit that cannot be written stays with kept = 0: see write_missed. */
static void
write_changed(struct bitmark_reservoir *r)
{
	struct bm_unit *unit;

	while ((unit = LIST_FIRST(&r->keep.changed)) != NULL) {
		LIST_REMOVE(unit, change);
		unit->changed = false;
		bm_keep_unit(r, unit);
	}
}

/* Changes nest: a call of the program may be part of a larger change, which is
 * then one commit.  Only the outermost begin and commit touch the journal. */
void
bm_keep_begin(struct bitmark_reservoir *r)
{
	if (r->keep.depth++ > 0)
		return;
	begin(r);
	if (must_wait(r)) {
		r->keep.status = r->keep.failed;
		r->keep.open = false;
	} else if (r->keep.behind) {
		remove_missed(r);
		write_missed(r);
		r->keep.behind = r->keep.status != BITMARK_OK;
	}
}

bitmark_status
bm_keep_commit(struct bitmark_reservoir *r, bitmark_status status)
{
	if (--r->keep.depth > 0)
		return status;
	write_changed(r);
	if (!has_journal(r))
		return status;
	if (r->keep.open)
		end(r);
	else
		r->keep.behind = true;       /* the journal has none of it */
	return status != BITMARK_OK ? status : r->keep.status;
}

void
bitmark_reservoir_begin(struct bitmark_reservoir *r)
{
	bm_keep_begin(r);
}

bitmark_status
bitmark_reservoir_commit(struct bitmark_reservoir *r)
{
	return bm_keep_commit(r, BITMARK_OK);
}

/* A row that is bad does no harm: it is left out, and removed later. */
static bitmark_status
load_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bitmark_reservoir *r = user;
	bitmark_status status = bm_row_load(r, key, value);

	if (status == BITMARK_OK || status == BITMARK_E_NOMEM)
		return status;
	remove_row(r, key);
	r->keep.behind = true;
	bm_log(&r->env, BITMARK_LOG_WARN, "reservoir",
	    "a row of the journal is left out: %s", bitmark_strerror(status));
	return BITMARK_OK;
}

bitmark_status
bm_keep_load(struct bitmark_reservoir *r)
{
	return has_journal(r) ?
	    r->journal.each(r->journal.user, load_row, r) : BITMARK_OK;
}
