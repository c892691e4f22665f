/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The text stands in chunks, one asset behind the other in the order of the
 * chain: it is searched through from the newest chunk to the oldest, and nothing
 * is moved when it grows.  What was added last is taken back first.
 */
#include "explorer/finder.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "explorer/fold.h"
#include "explorer/issues.h"

/* Text of a chunk, which is larger than any asset's.  Bytes. */
#define CHUNK_TEXT ((size_t)256 << 10)
/* Assets of a chunk, at most; most have more text than that. */
#define CHUNK_ENTRIES 8192
/* Bytes of a digest that are kept: its first ones in stored order, and its last
 * ones, with which it begins where it is shown. */
#define MARK_SIZE 16
#define MARK_HALF (MARK_SIZE / 2)
#define MARKS_FIRST 1024

/* All C libraries have it, and not all show it to a program that asks for POSIX
 * alone. */
void *memmem(const void *haystack, size_t haystack_size, const void *needle,
    size_t needle_size);

/* One asset. */
struct entry {
	uint64_t number;
	uint32_t offset;
	uint32_t at;                    /* in the chunk's text: name, NUL,
	                                   metadata, NUL                    */
};

struct chunk {
	uint64_t first;                 /* ordinal of its first entry       */
	size_t count;
	size_t used;                    /* bytes of text                    */
	struct entry entries[CHUNK_ENTRIES];
	char text[CHUNK_TEXT];
};

struct finder {
	const struct bitmark_chain_params *params;
	size_t bytes_max;
	pthread_rwlock_t lock;          /* of all below                     */
	uint64_t height;                /* the newest block that is in it   */
	uint8_t (*marks)[MARK_SIZE];    /* of block 2 and on                */
	size_t marks_capacity;
	struct chunk **chunks;
	size_t chunk_count, chunk_capacity;
	uint64_t next;                  /* ordinal of the next entry        */
	struct issues issues;
	uint64_t left_out;
};

struct finder *
finder_open(const struct bitmark_chain_params *params, size_t bytes_max)
{
	struct finder *f = calloc(1, sizeof *f);

	if (f == NULL)
		return NULL;
	f->params = params;
	f->bytes_max = bytes_max / 2;
	f->issues.bytes_max = bytes_max / 2;
	f->height = BITMARK_GENESIS_NUMBER;
	pthread_rwlock_init(&f->lock, NULL);
	return f;
}

void
finder_close(struct finder *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->chunk_count; i++)
		free(f->chunks[i]);
	free(f->chunks);
	free(f->marks);
	issues_free(&f->issues);
	pthread_rwlock_destroy(&f->lock);
	free(f);
}

static size_t
bytes_of(const struct finder *f)
{
	return f->chunk_count * sizeof(struct chunk) +
	    f->chunk_capacity * sizeof *f->chunks +
	    f->marks_capacity * sizeof *f->marks;
}

/* --- adding --------------------------------------------------------------- */

/* The oldest chunk goes.  False: there is none. */
static bool
drop_oldest(struct finder *f)
{
	if (f->chunk_count == 0)
		return false;
	f->left_out += f->chunks[0]->count;
	free(f->chunks[0]);
	f->chunk_count--;
	memmove(f->chunks, f->chunks + 1, f->chunk_count * sizeof *f->chunks);
	return true;
}

/* Room in the list of chunks. */
static bool
grow_list(struct finder *f)
{
	const size_t capacity = f->chunk_capacity > 0 ?
	    2 * f->chunk_capacity : 64;
	struct chunk **chunks;

	if (f->chunk_count < f->chunk_capacity)
		return true;
	chunks = realloc(f->chunks, capacity * sizeof *chunks);
	if (chunks == NULL)
		return false;
	f->chunks = chunks;
	f->chunk_capacity = capacity;
	return true;
}

/* The newest chunk, with room for an entry of ${size} bytes; NULL: no memory. */
static struct chunk *
chunk_for(struct finder *f, size_t size)
{
	struct chunk *c = f->chunk_count > 0 ?
	    f->chunks[f->chunk_count - 1] : NULL;

	if (c != NULL && c->count < CHUNK_ENTRIES &&
	    CHUNK_TEXT - c->used >= size)
		return c;
	while (bytes_of(f) + sizeof *c > f->bytes_max)
		if (!drop_oldest(f))
			return NULL;
	if (!grow_list(f) || (c = malloc(sizeof *c)) == NULL)
		return NULL;
	c->first = f->next;
	c->count = c->used = 0;
	f->chunks[f->chunk_count++] = c;
	return c;
}

/* The text of an asset is folded where it stays. */
static void
add_asset(struct finder *f, const struct bitmark_asset *asset,
    uint64_t number, size_t offset)
{
	struct chunk *c = chunk_for(f, FOLD_ROOM(asset->name.size) +
	    FOLD_ROOM(asset->metadata.size));

	if (c == NULL) {
		f->left_out++;
		return;
	}
	f->next++;
	c->entries[c->count++] = (struct entry){ number, (uint32_t)offset,
		(uint32_t)c->used };
	c->used += fold(asset->name, c->text + c->used);
	c->text[c->used++] = '\0';
	c->used += fold(asset->metadata, c->text + c->used);
	c->text[c->used++] = '\0';
}

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
	const size_t count = f->height - BITMARK_GENESIS_NUMBER;
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

/* False: no memory; nothing was added. */
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
		if (status != BITMARK_OK)
			break;
		if (w.record.tag == BITMARK_RECORD_ASSET)
			add_asset(f, &w.record.asset, f->height,
			    w.offset - w.packed.size);
		if (w.record.tag == BITMARK_RECORD_ISSUE)
			issues_add(&f->issues, w.record.issue.asset_id,
			    f->height, w.offset - w.packed.size);
	}
	return true;
}

/* --- following ------------------------------------------------------------ */

/* Entries of blocks above ${height} are the newest ones. */
static void
drop_above(struct finder *f, uint64_t height)
{
	struct chunk *c;

	f->height = height;
	issues_drop_above(&f->issues, height);
	while (f->chunk_count > 0) {
		c = f->chunks[f->chunk_count - 1];
		while (c->count > 0 && c->entries[c->count - 1].number >
		    height) {
			c->used = c->entries[--c->count].at;
			f->next = c->first + c->count;
		}
		if (c->count > 0)
			return;
		free(c);
		f->chunk_count--;
	}
}

/* Is the newest block of ours in the chain? */
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

/* Blocks that were rolled back go first, all at once. */
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
	counts->issues = f->issues.count;
	counts->left_out = f->left_out + f->issues.left_out;
	counts->bytes = bytes_of(f) + issues_bytes(&f->issues);
	for (size_t i = 0; i < f->chunk_count; i++)
		counts->names += f->chunks[i]->count;
	pthread_rwlock_unlock(&f->lock);
}

/* --- searching ------------------------------------------------------------ */

/* The entry whose text has the byte at ${at}. */
static size_t
entry_at(const struct chunk *c, size_t at)
{
	size_t low = 0, high = c->count, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (c->entries[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Text of the first ${count} entries. */
static size_t
text_of(const struct chunk *c, size_t count)
{
	return count < c->count ? c->entries[count].at : c->used;
}

/* The newest ${capacity} entries of the chunk, below the ordinal ${before}, that
 * have the text; newest first.  The text is gone through once, from its front: a
 * ring keeps the last ones that were found. */
static size_t
search_chunk(const struct chunk *c, struct bitmark_span needle,
    uint64_t before, struct finder_place *places, size_t capacity)
{
	const size_t count = before - c->first < c->count ?
	    (size_t)(before - c->first) : c->count;
	const size_t end = text_of(c, count);
	size_t found = 0, at = 0, i;
	const char *hit;

	while (at < end && (hit = memmem(c->text + at, end - at, needle.data,
	    needle.size)) != NULL) {
		i = entry_at(c, (size_t)(hit - c->text));
		places[found++ % capacity] = (struct finder_place){
			c->first + i, c->entries[i].number,
			c->entries[i].offset };
		at = text_of(c, i + 1);
	}
	return found;
}

/* The ring in order: the newest first. */
static void
unroll(struct finder_place *places, size_t found, size_t capacity,
    struct finder_place *out)
{
	const size_t count = found < capacity ? found : capacity;

	for (size_t i = 0; i < count; i++)
		out[i] = places[(found - 1 - i) % capacity];
}

size_t
finder_text(struct finder *f, struct bitmark_span text, uint64_t before,
    struct finder_place *places, size_t capacity)
{
	char *needle = malloc(FOLD_ROOM(text.size));
	struct finder_place *ring = calloc(capacity + 1, sizeof *ring);
	size_t count = 0, found;
	struct bitmark_span span = { (const uint8_t *)needle, 0 };

	if (f == NULL || needle == NULL || ring == NULL || text.size == 0)
		goto done;
	span.size = fold(text, needle);
	pthread_rwlock_rdlock(&f->lock);
	for (size_t i = f->chunk_count; i-- > 0 && count < capacity;) {
		if (f->chunks[i]->first >= before)
			continue;
		found = search_chunk(f->chunks[i], span, before, ring,
		    capacity - count);
		unroll(ring, found, capacity - count, places + count);
		count += found < capacity - count ? found : capacity - count;
	}
	pthread_rwlock_unlock(&f->lock);
done:
	free(needle);
	free(ring);
	return count;
}

size_t
finder_issues(struct finder *f, const uint8_t *asset_id, uint64_t before,
    struct finder_place *places, size_t capacity)
{
	size_t count;

	if (f == NULL)
		return 0;
	pthread_rwlock_rdlock(&f->lock);
	count = issues_find(&f->issues, asset_id, before, places, capacity);
	pthread_rwlock_unlock(&f->lock);
	return count;
}

/* Does the digest begin with these bytes, in the order in which it is shown? */
static bool
is_shown_as(const uint8_t mark[MARK_SIZE], const uint8_t *prefix, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (mark[MARK_SIZE - 1 - i] != prefix[i])
			return false;
	return true;
}

size_t
finder_blocks(struct finder *f, struct bitmark_span prefix, uint64_t *numbers,
    size_t capacity)
{
	const size_t size = prefix.size < MARK_HALF ? prefix.size : MARK_HALF;
	const uint8_t *mark;
	size_t count = 0;

	if (f == NULL)
		return 0;
	pthread_rwlock_rdlock(&f->lock);
	for (uint64_t n = BITMARK_GENESIS_NUMBER; n < f->height &&
	    count < capacity; n++) {
		mark = f->marks[n - BITMARK_GENESIS_NUMBER];
		if (memcmp(mark, prefix.data, size) == 0 ||
		    is_shown_as(mark, prefix.data, size))
			numbers[count++] = n + 1;
	}
	pthread_rwlock_unlock(&f->lock);
	return count;
}
