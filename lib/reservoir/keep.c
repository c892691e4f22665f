/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Keeping the journal equal to the reservoir.
 *
 * Two lists hold the objects whose rows may differ from the journal.  A stale
 * row is older than its object: it is written at the end of the change, or
 * earlier when the change has to know that this succeeds.  A written row
 * belongs to the open change, or to the last one, whose commit may still turn
 * out to have failed: then it becomes stale again.  Keys of removed rows are
 * remembered until their removal is durable.  So after a failure the next
 * change writes what the journal has missed, and nothing else.  It does that in
 * parts, each small enough for one change of the journal.  A crash between two
 * parts loses nothing: missing rows belong to objects whose senders never got
 * an answer, and superfluous rows are judged when they are read.
 *
 * A full disk would be tried with each submission of a stranger.  So after some
 * failures in a row the journal is left alone for a while, longer each time,
 * and submissions are refused without it.
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

/* Failures after which waiting begins, and the longest wait.
 * Source: local choice. */
#define FAILURES_FREE 8
#define WAIT_MAX_S 64

/* Rows that the journal has missed are written in parts of this size, with one
 * commit each; the journal of a chain has room for more.  Bytes of pages. */
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

/* The first run of bm_row_write measures, the second one fills the value. */
static void
put(struct bitmark_reservoir *r, const struct bm_row *row)
{
	uint8_t key[BITMARK_JOURNAL_KEY_MAX], *value;
	struct bm_writer w = bm_writer(NULL, 0);

	bm_row_write(&w, row);
	value = malloc(w.size);
	if (value == NULL) {
		r->keep.status = BITMARK_E_NOMEM;
		return;
	}
	w = bm_writer(value, w.size);
	bm_row_write(&w, row);
	r->keep.status = r->journal.put(r->journal.user, bm_row_key(key,
	    row->kind, row->id), (struct bitmark_span){ value, w.size });
	free(value);
	count_row(r, w.size);
}

void
bm_keep_no_more(struct bm_row *row)
{
	if (row->listed)
		LIST_REMOVE(row, next);
	row->listed = false;
}

void
bm_keep_later(struct bitmark_reservoir *r, struct bm_row *row)
{
	bm_keep_no_more(row);
	if (has_journal(r))
		LIST_INSERT_HEAD(&r->keep.stale, row, next);
	row->listed = has_journal(r);
}

void
bm_keep(struct bitmark_reservoir *r, struct bm_row *row)
{
	bm_keep_later(r, row);
	if (!writes(r))
		return;
	put(r, row);
	if (r->keep.status != BITMARK_OK)
		return;
	LIST_REMOVE(row, next);
	LIST_INSERT_HEAD(&r->keep.written, row, next);
	row->change = r->keep.number;
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

/* Rows cannot be removed while the journal is being read, so their keys are
 * remembered for the next change. */
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
bm_forget(struct bitmark_reservoir *r, const struct bm_row *row)
{
	forget(r, row->kind, row->id);
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

/* The journal has nothing of this change, so its written rows become stale.
 * The change before may have failed with it: rows that share the store's
 * transaction of a rollback are durable only when that is committed, after
 * their own commit. */
static void
fail(struct bitmark_reservoir *r)
{
	struct bm_row *row;

	while ((row = LIST_FIRST(&r->keep.written)) != NULL)
		bm_keep_later(r, row);
	r->keep.behind = r->keep.behind || !LIST_EMPTY(&r->keep.stale) ||
	    !STAILQ_EMPTY(&r->keep.forgotten);
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

/* A change has succeeded, so all changes before it are durable: their removed
 * keys are freed. */
static void
succeed(struct bitmark_reservoir *r)
{
	struct bm_row *row, *next;

	bm_keep_free_forgotten(r, r->keep.number);
	for (row = LIST_FIRST(&r->keep.written); row != NULL; row = next) {
		next = LIST_NEXT(row, next);
		if (row->change < r->keep.number)
			bm_keep_no_more(row);
	}
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

/* A row that cannot be written stays in the list, and ends the loop. */
static bool
write_stale(struct bitmark_reservoir *r)
{
	if (!writes(r) || LIST_EMPTY(&r->keep.stale))
		return false;
	bm_keep(r, LIST_FIRST(&r->keep.stale));
	return true;
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
		while (write_stale(r))
			next_part(r);
		r->keep.behind = r->keep.status != BITMARK_OK;
	}
}

bitmark_status
bm_keep_commit(struct bitmark_reservoir *r, bitmark_status status)
{
	if (r->keep.depth > 1 || !has_journal(r)) {
		r->keep.depth--;
		return status;
	}
	while (write_stale(r))
		continue;
	r->keep.depth--;
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

/* A bad row does not keep the reservoir from opening: it is skipped, and
 * removed by the next change. */
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
	    "a row of the journal is skipped: %s", bitmark_strerror(status));
	return BITMARK_OK;
}

bitmark_status
bm_keep_load(struct bitmark_reservoir *r)
{
	return has_journal(r) ?
	    r->journal.each(r->journal.user, load_row, r) : BITMARK_OK;
}
