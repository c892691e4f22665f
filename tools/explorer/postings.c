/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Places of records by a key. They stand in chunks in the order of the chain.
 * Each chunk has a table from a hash of the key to the newest entry with it,
 * and each entry leads to the one before: so a chunk is searched in a few
 * steps, the oldest chunk can be dropped alone, and entries are taken back in
 * the order in which they came.
 */
#include "explorer/postings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Entries and buckets of a chunk. An index fits 16 bits, with NONE above all of
 * them. Source: local choice. */
#define CHUNK_ENTRIES 16384
#define BUCKETS 8192
/* In place of an entry: there is none.  The others are below CHUNK_ENTRIES. */
#define NONE UINT16_MAX

struct entry {
	uint32_t key, number, offset;
};

struct postings_chunk {
	uint64_t first;                 /* ordinal of its first entry       */
	size_t count;
	uint16_t newest[BUCKETS];
	uint16_t before[CHUNK_ENTRIES]; /* the next older one of the bucket */
	struct entry entries[CHUNK_ENTRIES];
};

/* Keys are only compared for equality, so the bytes are read in the order of
 * this machine. */
static uint32_t
load(const uint8_t key[POSTINGS_KEY_SIZE])
{
	uint32_t value;

	memcpy(&value, key, sizeof value);
	return value;
}

/* Ids are hashes, so any bits would do. But a person can make ids that begin
 * alike, and should not be able to choose the bucket as well without work. */
static size_t
bucket_of(uint32_t key)
{
	return (key * 0x9e3779b1u) >> 19 & (BUCKETS - 1);
}

void
postings_free(struct postings *postings)
{
	for (size_t i = 0; i < postings->chunk_count; i++)
		free(postings->chunks[i]);
	free(postings->chunks);
}

size_t
postings_bytes(const struct postings *postings)
{
	return postings->chunk_count * sizeof(struct postings_chunk) +
	    postings->chunk_capacity * sizeof *postings->chunks;
}

/* Free the oldest chunk, to make room. False: there is none. */
static bool
drop_oldest(struct postings *postings)
{
	if (postings->chunk_count == 0)
		return false;
	postings->count -= postings->chunks[0]->count;
	postings->left_out += postings->chunks[0]->count;
	free(postings->chunks[0]);
	postings->chunk_count--;
	memmove(postings->chunks, postings->chunks + 1,
	    postings->chunk_count * sizeof *postings->chunks);
	return true;
}

/* Room in the list of chunks. */
static bool
grow_list(struct postings *postings)
{
	const size_t capacity = postings->chunk_capacity > 0 ?
	    2 * postings->chunk_capacity : 64;
	struct postings_chunk **chunks;

	if (postings->chunk_count < postings->chunk_capacity)
		return true;
	chunks = realloc(postings->chunks, capacity * sizeof *chunks);
	if (chunks == NULL)
		return false;
	postings->chunks = chunks;
	postings->chunk_capacity = capacity;
	return true;
}

/* The newest chunk, with room for one more; NULL: no memory. */
static struct postings_chunk *
chunk_for(struct postings *postings)
{
	struct postings_chunk *c = postings->chunk_count > 0 ?
	    postings->chunks[postings->chunk_count - 1] : NULL;

	if (c != NULL && c->count < CHUNK_ENTRIES)
		return c;
	while (postings_bytes(postings) + sizeof *c > postings->bytes_max)
		if (!drop_oldest(postings))
			return NULL;
	if (!grow_list(postings) || (c = malloc(sizeof *c)) == NULL)
		return NULL;
	c->first = postings->next;
	c->count = 0;
	for (size_t i = 0; i < BUCKETS; i++)
		c->newest[i] = NONE;
	postings->chunks[postings->chunk_count++] = c;
	return c;
}

/* The oldest chunk makes room when the memory is used up. A number or an offset
 * above 32 bits is left out instead of being cut to another one. */
void
postings_add(struct postings *postings,
    const uint8_t key[POSTINGS_KEY_SIZE], uint64_t number, size_t offset)
{
	struct postings_chunk *c = number <= UINT32_MAX &&
	    offset <= UINT32_MAX ? chunk_for(postings) : NULL;
	uint16_t *newest;

	if (c == NULL) {
		postings->left_out++;
		return;
	}
	c->entries[c->count] = (struct entry){ load(key), (uint32_t)number,
		(uint32_t)offset };
	newest = &c->newest[bucket_of(load(key))];
	c->before[c->count] = *newest;
	*newest = (uint16_t)c->count++;
	postings->next++;
	postings->count++;
}

/* The newest entry of a chunk is also the newest of its bucket, so the bucket
 * goes back to the entry before. */
static void
drop_newest(struct postings *postings, struct postings_chunk *c)
{
	const size_t last = --c->count;

	c->newest[bucket_of(c->entries[last].key)] = c->before[last];
	postings->count--;
	postings->next = c->first + last;
}

void
postings_drop_above(struct postings *postings, uint64_t height)
{
	struct postings_chunk *c;

	while (postings->chunk_count > 0) {
		c = postings->chunks[postings->chunk_count - 1];
		while (c->count > 0 && c->entries[c->count - 1].number >
		    height)
			drop_newest(postings, c);
		if (c->count > 0)
			return;
		free(c);
		postings->chunk_count--;
	}
}

/* Keys are only a part of an id, so the caller compares the record itself. */
static size_t
find_in_chunk(const struct postings_chunk *c, uint32_t key, uint64_t before,
    struct finder_place *places, size_t capacity)
{
	size_t count = 0;

	for (uint16_t i = c->newest[bucket_of(key)]; i != NONE &&
	    count < capacity; i = c->before[i])
		if (c->entries[i].key == key && c->first + i < before)
			places[count++] = (struct finder_place){ c->first + i,
				c->entries[i].number, c->entries[i].offset };
	return count;
}

size_t
postings_find(const struct postings *postings,
    const uint8_t key[POSTINGS_KEY_SIZE], uint64_t before,
    struct finder_place *places, size_t capacity)
{
	size_t count = 0;

	for (size_t i = postings->chunk_count; i-- > 0 && count < capacity;)
		count += find_in_chunk(postings->chunks[i], load(key), before,
		    places + count, capacity - count);
	return count;
}
