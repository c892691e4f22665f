/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * names - the names and the metadata of assets, which are searched for a part of
 * them: a part of the finder, and guarded by its lock.
 */
#ifndef EXPLORER_NAMES_H
#define EXPLORER_NAMES_H

#include <bitmarkpeer/record.h>

#include "explorer/place.h"

/* Text that one search looks through, at most: some milliseconds.  Bytes.
 * Source: local choice */
#define NAMES_WORK_MAX ((size_t)16 << 20)

struct names_chunk;

/* All zero but for bytes_max when it begins. */
struct names {
	size_t bytes_max;
	struct names_chunk **chunks;
	size_t chunk_count, chunk_capacity;
	uint64_t next;                  /* ordinal of the next name         */
	uint64_t left_out;
};

void names_free(struct names *names);

/* One behind all others; without memory the oldest go, or this one. */
void names_add(struct names *names, const struct bitmark_asset *asset,
    uint64_t number, size_t offset);

/* Those of blocks above ${height} are gone. */
void names_drop_above(struct names *names, uint64_t height);

size_t names_bytes(const struct names *names);
uint64_t names_count(const struct names *names);

/* As finder_text; ${needle} is folded and not empty. */
size_t names_find(const struct names *names, struct bitmark_span needle,
    uint64_t before, struct finder_places *found);

#endif
