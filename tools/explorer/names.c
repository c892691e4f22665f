/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The text of assets in chunks, in the order of the chain.
 *
 * A chunk has 64 groups of assets. For each pair and each triple of bytes (a
 * gram, by its hash) it has a word with a bit for each group in which the gram
 * occurs. The words of all grams of the searched text, joined by "and", leave
 * the few groups that must be looked at. A gram of assets that were taken back
 * may still have its bit: that costs a look, and nothing is missed.
 */
#include "explorer/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "explorer/fold.h"

/* Text of a chunk, which must be larger than the folded text of any asset.
 * Bytes. */
#define CHUNK_TEXT ((size_t)256 << 10)
/* Assets of a chunk, at most; most have more text than that. */
#define CHUNK_ENTRIES 8192
/* An asset belongs to the group in which its text begins. */
#define GROUPS 64
#define GROUP_TEXT (CHUNK_TEXT / GROUPS)
/* Bits of a gram's hash. Different grams may share a hash, which only costs a
 * look. */
#define GRAM_BITS 13
#define GRAMS (1u << GRAM_BITS)
/* Grams of a text that are looked up: more would not leave fewer groups. */
#define GRAMS_ASKED 48

/* Every C library that we build on has memmem, but some show it only to
 * programs that ask for more than POSIX, so it is declared here. */
void *memmem(const void *haystack, size_t haystack_size, const void *needle,
    size_t needle_size);

/* One asset. */
struct entry {
	uint32_t number, offset;
	uint32_t at;                    /* in the chunk's text: name, NUL,
	                                   metadata, NUL                    */
};

struct names_chunk {
	uint64_t first;                 /* ordinal of its first entry       */
	size_t count;
	size_t used;                    /* bytes of text                    */
	uint64_t grams[GRAMS];
	struct entry entries[CHUNK_ENTRIES];
	char text[CHUNK_TEXT];
};

void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->chunk_count; i++)
		free(names->chunks[i]);
	free(names->chunks);
}

size_t
names_bytes(const struct names *names)
{
	return names->chunk_count * sizeof(struct names_chunk) +
	    names->chunk_capacity * sizeof *names->chunks;
}

uint64_t
names_count(const struct names *names)
{
	uint64_t count = 0;

	for (size_t i = 0; i < names->chunk_count; i++)
		count += names->chunks[i]->count;
	return count;
}

/* --- grams ---------------------------------------------------------------- */

/* The hash of two or three bytes. Triples have one more bit set, so that they
 * do not share the values of pairs. */
static size_t
gram_of(const char *text, size_t size)
{
	uint32_t value = (uint32_t)(uint8_t)text[0] << 8 | (uint8_t)text[1];

	if (size == 3)
		value = 1u << 24 | value << 8 | (uint8_t)text[2];
	return value * 0x9e3779b1u >> (32 - GRAM_BITS);
}

/* The text from ${at} to the end is that of one asset. Grams across name and
 * metadata contain the NUL between them, which no searched text has. */
static void
add_grams(struct names_chunk *c, size_t at)
{
	const uint64_t group = UINT64_C(1) << at / GROUP_TEXT;

	for (size_t i = at; i + 1 < c->used; i++) {
		c->grams[gram_of(c->text + i, 2)] |= group;
		if (i + 2 < c->used)
			c->grams[gram_of(c->text + i, 3)] |= group;
	}
}

/* The grams of a text that is searched for. */
struct query {
	struct bitmark_span needle;
	size_t grams[GRAMS_ASKED];
	size_t count;
};

/* A text of one byte has no gram, so all groups are looked at then. */
static void
make_query(struct query *q, struct bitmark_span needle)
{
	const char *text = (const char *)needle.data;
	const size_t size = needle.size < 3 ? 2 : 3;

	q->needle = needle;
	q->count = 0;
	for (size_t i = 0; i + size <= needle.size && q->count < GRAMS_ASKED;
	    i++)
		q->grams[q->count++] = gram_of(text + i, size);
}

/* The groups that may contain the text. */
static uint64_t
groups_of(const struct names_chunk *c, const struct query *q)
{
	uint64_t groups = UINT64_MAX;

	for (size_t i = 0; i < q->count && groups != 0; i++)
		groups &= c->grams[q->grams[i]];
	return groups;
}

/* --- adding --------------------------------------------------------------- */

/* Free the oldest chunk; false: there is none. Moving the list of pointers
 * costs little beside the chunk itself. */
static bool
drop_oldest(struct names *names)
{
	if (names->chunk_count == 0)
		return false;
	names->left_out += names->chunks[0]->count;
	free(names->chunks[0]);
	names->chunk_count--;
	memmove(names->chunks, names->chunks + 1, names->chunk_count *
	    sizeof *names->chunks);
	return true;
}

/* Room in the list of chunks. */
static bool
grow_list(struct names *names)
{
	const size_t capacity = names->chunk_capacity > 0 ?
	    2 * names->chunk_capacity : 64;
	struct names_chunk **chunks;

	if (names->chunk_count < names->chunk_capacity)
		return true;
	chunks = realloc(names->chunks, capacity * sizeof *chunks);
	if (chunks == NULL)
		return false;
	names->chunks = chunks;
	names->chunk_capacity = capacity;
	return true;
}

/* The newest chunk, with room for ${size} bytes of text; NULL: no memory. When
 * the bound of the memory is reached the oldest chunks make room, as new assets
 * are looked for more often. */
static struct names_chunk *
chunk_for(struct names *names, size_t size)
{
	struct names_chunk *c = names->chunk_count > 0 ?
	    names->chunks[names->chunk_count - 1] : NULL;

	if (c != NULL && c->count < CHUNK_ENTRIES &&
	    CHUNK_TEXT - c->used >= size)
		return c;
	while (names_bytes(names) + sizeof *c > names->bytes_max)
		if (!drop_oldest(names))
			return NULL;
	if (!grow_list(names) || (c = malloc(sizeof *c)) == NULL)
		return NULL;
	c->first = names->next;
	c->count = c->used = 0;
	memset(c->grams, 0, sizeof c->grams);
	names->chunks[names->chunk_count++] = c;
	return c;
}

/* The text is folded straight into the chunk. chunk_for has checked FOLD_ROOM
 * for both texts, so the two NUL bytes behind them fit, too. A number or an
 * offset above 32 bits is left out instead of being cut to another one. */
void
names_add(struct names *names, const struct bitmark_asset *asset,
    uint64_t number, size_t offset)
{
	struct names_chunk *c = number <= UINT32_MAX && offset <= UINT32_MAX ?
	    chunk_for(names, FOLD_ROOM(asset->name.size) +
	    FOLD_ROOM(asset->metadata.size)) : NULL;
	struct entry *entry;

	if (c == NULL) {
		names->left_out++;
		return;
	}
	names->next++;
	entry = &c->entries[c->count++];
	*entry = (struct entry){ (uint32_t)number, (uint32_t)offset,
		(uint32_t)c->used };
	c->used += fold(asset->name, c->text + c->used);
	c->text[c->used++] = '\0';
	c->used += fold(asset->metadata, c->text + c->used);
	c->text[c->used++] = '\0';
	add_grams(c, entry->at);
}

/* Entries of blocks above ${height} are the newest ones, so they are at the end
 * of the last chunks. */
void
names_drop_above(struct names *names, uint64_t height)
{
	struct names_chunk *c;

	while (names->chunk_count > 0) {
		c = names->chunks[names->chunk_count - 1];
		while (c->count > 0 && c->entries[c->count - 1].number >
		    height) {
			c->used = c->entries[--c->count].at;
			names->next = c->first + c->count;
		}
		if (c->count > 0)
			return;
		free(c);
		names->chunk_count--;
	}
}

/* --- searching ------------------------------------------------------------ */

/* The first entry whose text begins at ${at} or behind it. */
static size_t
entry_from(const struct names_chunk *c, size_t at)
{
	size_t low = 0, high = c->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (c->entries[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Text of the first ${count} entries. */
static size_t
text_of(const struct names_chunk *c, size_t count)
{
	return count < c->count ? c->entries[count].at : c->used;
}

static bool
has(const struct names_chunk *c, size_t from, size_t to,
    struct bitmark_span needle)
{
	return memmem(c->text + text_of(c, from), text_of(c, to) -
	    text_of(c, from), needle.data, needle.size) != NULL;
}

/* Look through the entries from ${from} to before ${to}, the last one first.
 * Most groups are dismissed by one search through all of their text. */
static void
search_group(const struct names_chunk *c, struct bitmark_span needle,
    size_t from, size_t to, struct finder_places *found)
{
	if (!has(c, from, to, needle))
		return;
	for (size_t i = to; i-- > from && found->count < found->capacity;)
		if (has(c, i, i + 1, needle))
			found->places[found->count++] = (struct finder_place){
				c->first + i, c->entries[i].number,
				c->entries[i].offset };
}

/* ${work} is the amount of text that may still be looked through; returns the
 * rest of it. 0: the search ends here, and found->rest says where it can go on.
 * So a text that occurs nowhere cannot keep a thread for long. */
static size_t
search_chunk(const struct names_chunk *c, const struct query *q,
    uint64_t before, struct finder_places *found, size_t work)
{
	const uint64_t groups = groups_of(c, q);
	size_t end = before - c->first < c->count ?
	    (size_t)(before - c->first) : c->count, from, size;

	for (unsigned left = GROUPS; groups != 0 && left > 0 &&
	    found->count < found->capacity; left--, end = from) {
		from = entry_from(c, (left - 1) * GROUP_TEXT);
		if (from >= end) {
			from = end;
			continue;
		}
		if ((groups & UINT64_C(1) << (left - 1)) == 0)
			continue;
		search_group(c, q->needle, from, end, found);
		size = text_of(c, end) - text_of(c, from);
		if (size >= work) {
			found->rest = c->first + from;
			return 0;
		}
		work -= size;
	}
	return work;
}

size_t
names_find(const struct names *names, struct bitmark_span needle,
    uint64_t before, struct finder_places *found)
{
	size_t work = NAMES_WORK_MAX;
	struct query q;

	make_query(&q, needle);
	found->count = 0;
	found->rest = 0;
	for (size_t i = names->chunk_count; i-- > 0 && work > 0 &&
	    found->count < found->capacity;)
		if (names->chunks[i]->first < before)
			work = search_chunk(names->chunks[i], &q, before,
			    found, work);
	return found->count;
}
