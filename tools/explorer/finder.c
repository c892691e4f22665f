/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The indexes of the explorer: names of assets, issues, ids of transactions and
 * digests of blocks. All of them stand in the order of the chain, so what was
 * added last is taken back first, and nothing is moved when they grow.
 *
 * One thread writes (finder_follow), and many threads read. The writer holds
 * the lock for one block at a time, so a search waits for no more than that; it
 * reads without the lock what it alone changes.
 */
#include "explorer/finder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "explorer/fold.h"
#include "explorer/names.h"
#include "explorer/postings.h"
#include "explorer/record.h"

/* Bytes of a digest that are kept: its first ones in stored order, and its last
 * ones, with which it begins where it is shown. */
#define MARK_SIZE 16
#define MARK_HALF (MARK_SIZE / 2)
#define MARKS_FIRST 1024

struct finder {
	const struct bitmark_chain_params *params;
	pthread_rwlock_t lock;          /* of all below                     */
	atomic_uint_fast64_t cut;       /* searches, which only read the rest */
	uint64_t height;                /* the newest block that is in it   */
	uint8_t (*marks)[MARK_SIZE];    /* of block 2 and on                */
	size_t marks_capacity;
	struct names names;
	struct postings issues;         /* by the id of their asset         */
	struct postings ids;            /* of transactions, by their last bytes */
};

/* Half of the memory goes to the names, and a quarter each to issues and ids.
 */
struct finder *
finder_open(const struct bitmark_chain_params *params, size_t bytes_max)
{
	struct finder *f = calloc(1, sizeof *f);

	if (f == NULL)
		return NULL;
	f->params = params;
	f->names.bytes_max = bytes_max / 2;
	f->issues.bytes_max = bytes_max / 4;
	f->ids.bytes_max = bytes_max / 4;
	f->height = BITMARK_GENESIS_NUMBER;
	pthread_rwlock_init(&f->lock, NULL);
	return f;
}

void
finder_close(struct finder *f)
{
	if (f == NULL)
		return;
	names_free(&f->names);
	postings_free(&f->issues);
	postings_free(&f->ids);
	free(f->marks);
	pthread_rwlock_destroy(&f->lock);
	free(f);
}

static size_t
bytes_of(const struct finder *f)
{
	return names_bytes(&f->names) + postings_bytes(&f->issues) +
	    postings_bytes(&f->ids) + f->marks_capacity * sizeof *f->marks;
}

/* --- adding --------------------------------------------------------------- */

/* A digest is searched for as it is stored or as it is shown, which is
 * reversed; so both ends of it are kept. */
static void
make_mark(const uint8_t *digest, uint8_t mark[MARK_SIZE])
{
	memcpy(mark, digest, MARK_HALF);
	memcpy(mark + MARK_HALF, digest + BITMARK_DIGEST_SIZE - MARK_HALF,
	    MARK_HALF);
}

/* Room for the mark of the next block. */
static bool
grow_marks(struct finder *f)
{
	const size_t count = (size_t)(f->height - BITMARK_GENESIS_NUMBER);
	size_t capacity = f->marks_capacity > 0 ? f->marks_capacity :
	    MARKS_FIRST / 2;
	uint8_t (*marks)[MARK_SIZE];

	if (count < f->marks_capacity)
		return true;
	marks = realloc(f->marks, 2 * capacity * sizeof *marks);
	if (marks == NULL)
		return false;
	f->marks = marks;
	f->marks_capacity = 2 * capacity;
	return true;
}

/* The last bytes of the id, with which it begins where bitmarkd shows it. */
static void
add_id(struct finder *f, const struct record_place *place,
    const uint8_t *digest)
{
	uint8_t id[BITMARK_TX_ID_SIZE], key[POSTINGS_KEY_SIZE];

	record_id(place, digest, id);
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = id[sizeof id - 1 - i];
	postings_add(&f->ids, key, place->number, place->offset);
}

static void
add_record(struct finder *f, const struct record_place *place,
    const uint8_t *digest)
{
	const struct bitmark_record *record = place->record;

	if (record->tag == BITMARK_RECORD_ASSET) {
		names_add(&f->names, &record->asset, place->number,
		    place->offset);
		return;
	}
	add_id(f, place, digest);
	if (record->tag == BITMARK_RECORD_ISSUE)
		postings_add(&f->issues, record->issue.asset_id,
		    place->number, place->offset);
}

/* False: no memory; nothing was added. A block of the store was checked before
 * it was stored. Should it not parse after all, the records up to the bad one
 * are taken and the block counts as done, since trying again would never end.
 */
static bool
add_block(struct finder *f, struct bitmark_span block, const uint8_t *digest)
{
	struct bitmark_block_walk w;
	bitmark_status status = bitmark_block_walk_start(&w,
	    bitmark_rules_decode(), block.data, block.size,
	    f->params->network);

	if (!grow_marks(f))
		return false;
	make_mark(digest, f->marks[f->height - BITMARK_GENESIS_NUMBER]);
	f->height++;
	while (status == BITMARK_OK && w.index < w.header.count) {
		status = bitmark_block_walk_next(&w);
		if (status == BITMARK_OK)
			add_record(f, &(struct record_place){
				.record = &w.record,
				.packed = w.packed,
				.number = f->height,
				.offset = w.offset - w.packed.size,
			}, digest);
	}
	return true;
}

/* --- following ------------------------------------------------------------ */

static void
drop_above(struct finder *f, uint64_t height)
{
	f->height = height;
	names_drop_above(&f->names, height);
	postings_drop_above(&f->issues, height);
	postings_drop_above(&f->ids, height);
}

/* Is our block ${number} still the block of that number in the chain? The
 * genesis block always is, so the search for a common block ends there. */
static bool
is_in_chain(struct finder *f, struct bitmark_snapshot *snapshot,
    uint64_t number)
{
	uint8_t digest[BITMARK_DIGEST_SIZE], mark[MARK_SIZE];

	if (number <= BITMARK_GENESIS_NUMBER)
		return true;
	if (bitmark_snapshot_digest(snapshot, number, digest) != BITMARK_OK)
		return false;
	make_mark(digest, mark);
	return memcmp(mark, f->marks[number - BITMARK_GENESIS_NUMBER - 1],
	    MARK_SIZE) == 0;
}

/* Blocks that were rolled back are dropped in one step, under one lock, so no
 * search sees half of it. The heights are read without the lock because this
 * thread alone changes them. */
static void
drop_foreign(struct finder *f, struct bitmark_snapshot *snapshot)
{
	struct bitmark_tip tip;
	uint64_t height;

	bitmark_snapshot_tip(snapshot, &tip);
	height = f->height < tip.number ? f->height : tip.number;
	while (!is_in_chain(f, snapshot, height))
		height--;
	if (height == f->height)
		return;
	pthread_rwlock_wrlock(&f->lock);
	drop_above(f, height);
	pthread_rwlock_unlock(&f->lock);
}

/* False: the block cannot be read now, or there is no memory. */
static bool
take_next(struct finder *f, struct bitmark_snapshot *snapshot)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;
	bool taken;

	if (bitmark_snapshot_block(snapshot, f->height + 1, &block) !=
	    BITMARK_OK || bitmark_snapshot_digest(snapshot, f->height + 1,
	    digest) != BITMARK_OK)
		return false;
	pthread_rwlock_wrlock(&f->lock);
	taken = add_block(f, block, digest);
	pthread_rwlock_unlock(&f->lock);
	return taken;
}

bool
finder_follow(struct finder *f, struct bitmark_snapshot *snapshot,
    size_t blocks)
{
	struct bitmark_tip tip;

	bitmark_snapshot_tip(snapshot, &tip);
	drop_foreign(f, snapshot);
	while (f->height < tip.number && blocks-- > 0)
		if (!take_next(f, snapshot))
			return false;
	return f->height < tip.number;
}

void
finder_get_counts(struct finder *f, struct finder_counts *counts)
{
	*counts = (struct finder_counts){ 0 };
	if (f == NULL)
		return;
	pthread_rwlock_rdlock(&f->lock);
	counts->height = f->height;
	counts->names = names_count(&f->names);
	counts->issues = f->issues.count;
	counts->ids = f->ids.count;
	counts->left_out = f->names.left_out + f->issues.left_out +
	    f->ids.left_out;
	counts->bytes = bytes_of(f);
	counts->cut = f->cut;
	pthread_rwlock_unlock(&f->lock);
}

/* --- searching ------------------------------------------------------------ */

/* A search that ended by its bound is counted in ${cut}, which is atomic
 * because readers hold the lock only for reading. */
size_t
finder_text(struct finder *f, struct bitmark_span text, uint64_t before,
    struct finder_places *found)
{
	char *needle = malloc(FOLD_ROOM(text.size));
	struct bitmark_span folded = { (const uint8_t *)needle, 0 };

	found->count = 0;
	found->rest = 0;
	if (f != NULL && needle != NULL && text.size > 0) {
		folded.size = fold(text, needle);
		pthread_rwlock_rdlock(&f->lock);
		(void)names_find(&f->names, folded, before, found);
		pthread_rwlock_unlock(&f->lock);
		f->cut += found->rest != 0;
	}
	free(needle);
	return found->count;
}

/* ${postings} is a part of ${f}. */
static size_t
find(struct finder *f, const struct postings *postings, const uint8_t *key,
    uint64_t before, struct finder_places *found)
{
	pthread_rwlock_rdlock(&f->lock);
	found->count = postings_find(postings, key, before, found->places,
	    found->capacity);
	pthread_rwlock_unlock(&f->lock);
	return found->count;
}

size_t
finder_issues(struct finder *f, const uint8_t *asset_id, uint64_t before,
    struct finder_places *found)
{
	return f != NULL ? find(f, &f->issues, asset_id, before, found) : 0;
}

size_t
finder_shown_ids(struct finder *f, const uint8_t shown[FINDER_SHOWN_SIZE],
    struct finder_places *found)
{
	return f != NULL ? find(f, &f->ids, shown, UINT64_MAX, found) : 0;
}

/* Eight bytes as a number, in the order of this machine, which compares them at
 * once. */
static uint64_t
word(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof value);
	return value;
}

/* The bits that a mark must have in one of its halves. */
struct wanted {
	uint64_t stored, shown, stored_mask, shown_mask;
};

static struct wanted
make_wanted(struct bitmark_span prefix)
{
	uint8_t stored[MARK_HALF] = { 0 }, stored_mask[MARK_HALF] = { 0 };
	uint8_t shown[MARK_HALF] = { 0 }, shown_mask[MARK_HALF] = { 0 };

	for (size_t i = 0; i < prefix.size && i < MARK_HALF; i++) {
		stored[i] = shown[MARK_HALF - 1 - i] = prefix.data[i];
		stored_mask[i] = shown_mask[MARK_HALF - 1 - i] = 0xff;
	}
	return (struct wanted){ word(stored), word(shown), word(stored_mask),
		word(shown_mask) };
}

/* Bits outside of the mask do not count: a prefix may be shorter than half a
 * mark. */
static bool
is_wanted(const struct wanted *w, const uint8_t mark[MARK_SIZE])
{
	return ((word(mark) ^ w->stored) & w->stored_mask) == 0 ||
	    ((word(mark + MARK_HALF) ^ w->shown) & w->shown_mask) == 0;
}

/* All marks are compared, from the newest block on. A sorted index would be
 * faster, but it would have to follow each rollback. */
size_t
finder_blocks(struct finder *f, struct bitmark_span prefix, uint64_t *numbers,
    size_t capacity)
{
	const struct wanted wanted = make_wanted(prefix);
	size_t count = 0;

	if (f == NULL)
		return 0;
	pthread_rwlock_rdlock(&f->lock);
	for (uint64_t n = f->height; n-- > BITMARK_GENESIS_NUMBER &&
	    count < capacity;)
		if (is_wanted(&wanted, f->marks[n - BITMARK_GENESIS_NUMBER]))
			numbers[count++] = n + 1;
	pthread_rwlock_unlock(&f->lock);
	return count;
}
