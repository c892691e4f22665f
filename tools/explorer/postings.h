/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * postings - where the records stand that have a key: a part of the finder, and
 * guarded by its lock.
 *
 * A key is the beginning of an id.  Ids that begin alike are not told apart: the
 * record itself decides.
 */
#ifndef EXPLORER_POSTINGS_H
#define EXPLORER_POSTINGS_H

#include "explorer/place.h"

/* Bytes.  With a million ids, one in four thousand has another one beside it. */
#define POSTINGS_KEY_SIZE 4

struct postings_chunk;

/* All zero but for bytes_max when it begins. */
struct postings {
	size_t bytes_max;
	struct postings_chunk **chunks;
	size_t chunk_count, chunk_capacity;
	uint64_t next;                  /* ordinal of the next one          */
	uint64_t count;
	uint64_t left_out;
};

void postings_free(struct postings *postings);

/* One behind all others; without memory the oldest go, or this one. */
void postings_add(struct postings *postings,
    const uint8_t key[POSTINGS_KEY_SIZE], uint64_t number, size_t offset);

/* Those of blocks above ${height} are gone. */
void postings_drop_above(struct postings *postings, uint64_t height);

size_t postings_bytes(const struct postings *postings);

/* Those with the key whose ordinal is below ${before}, the newest first; gives
 * how many. */
size_t postings_find(const struct postings *postings,
    const uint8_t key[POSTINGS_KEY_SIZE], uint64_t before,
    struct finder_place *places, size_t capacity);

#endif
