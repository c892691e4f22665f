/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * issues - where the issues of assets stand: a part of the finder, and guarded
 * by its lock.
 */
#ifndef EXPLORER_ISSUES_H
#define EXPLORER_ISSUES_H

#include "explorer/place.h"

struct issue_chunk;

/* All zero but for bytes_max when it begins. */
struct issues {
	size_t bytes_max;
	struct issue_chunk **chunks;
	size_t chunk_count, chunk_capacity;
	uint64_t next;                  /* ordinal of the next issue        */
	uint64_t count;
	uint64_t left_out;
};

void issues_free(struct issues *issues);

/* One behind all others; without memory the oldest go, or this one. */
void issues_add(struct issues *issues, const uint8_t *asset_id,
    uint64_t number, size_t offset);

/* Those of blocks above ${height} are gone. */
void issues_drop_above(struct issues *issues, uint64_t height);

size_t issues_bytes(const struct issues *issues);

/* As finder_issues. */
size_t issues_find(const struct issues *issues, const uint8_t *asset_id,
    uint64_t before, struct finder_place *places, size_t capacity);

#endif
