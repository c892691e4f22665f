/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * map - finds objects by a key of fixed size.
 *
 * Keys are digests, but strangers choose what is digested, and may choose the
 * pay ids of payments freely.  So the slots come from a hash with secret
 * coefficients: otherwise a stranger could make all keys fall on one slot.
 */
#ifndef BM_RESERVOIR_MAP_H
#define BM_RESERVOIR_MAP_H

#include <bitmarkpeer/base.h>

/* Largest key, a multiple of 4.  Bytes. */
#define BM_MAP_KEY_MAX 64

struct bm_map_slot {
	const uint8_t *key;             /* inside the object; NULL: free */
	void *object;
};

struct bm_map {
	struct bm_map_slot *slot;
	size_t capacity;                /* a power of two, or 0 */
	size_t count;
	size_t key_size;
	uint64_t secret[BM_MAP_KEY_MAX / 4];
};

void bm_map_init(struct bm_map *map, size_t key_size,
    const struct bitmark_env *env);
void bm_map_fini(struct bm_map *map);

/* Room for ${more} objects, so that bm_map_put cannot fail.
 * BITMARK_OK or BITMARK_E_NOMEM. */
bitmark_status bm_map_reserve(struct bm_map *map, size_t more);

/* The object with this key, or NULL. */
void *bm_map_find(const struct bm_map *map, const uint8_t *key);

/* Add an object whose key is not there; the key stays where it is. */
void bm_map_put(struct bm_map *map, const uint8_t *key, void *object);

/* Remove the object with this key, if there is one. */
void bm_map_del(struct bm_map *map, const uint8_t *key);

/* Walk: *at starts at 0; NULL at the end.  The map must not change. */
void *bm_map_next(const struct bm_map *map, size_t *at);

#endif
