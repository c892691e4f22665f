/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A hash table with open addressing and linear probing.
 *
 * Each key has a home, the slot that its hash names, and stands in the first
 * slot from its home on that was free when it came.  The invariant: between
 * the home of a key and its slot no slot is free.  So a search may end at the
 * first free slot, and a deletion must not leave one between a key and its
 * home.
 *
 * At most half of the slots are used.  Then a search looks at two slots on
 * average, and always finds a free one at which to end.
 */
#include "reservoir/map.h"

#include "os/random.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 16

void
bm_map_init(struct bm_map *map, size_t key_size, const struct bitmark_env *env)
{
	*map = (struct bm_map){ .key_size = key_size };
	bm_random(env, (uint8_t *)map->secret, sizeof map->secret);
}

void
bm_map_fini(struct bm_map *map)
{
	free(map->slot);
	map->slot = NULL;
	map->capacity = map->count = 0;
}

/*
 * The upper half of a sum of products: 32 bit words of the key by secret 64 bit
 * coefficients.  Two keys that were chosen without the coefficients have the
 * same hash with a probability of about 2^-32, whatever they are (multilinear
 * hashing).  Strangers choose keys: with a hash that they know they could give
 * thousands of keys the same home, and each search would look at all of them.
 * Unsigned sums wrap around, which the method allows for.
 */
static size_t
home_of(const struct bm_map *map, const uint8_t *key)
{
	uint64_t sum = 0;
	uint32_t word;

	for (size_t i = 0; i < map->key_size / sizeof word; i++) {
		memcpy(&word, key + i * sizeof word, sizeof word);
		sum += map->secret[i] * word;
	}
	return (size_t)(sum >> 32) & (map->capacity - 1);
}

/* The slot of the key, or the free one where it would be. */
static size_t
slot_of(const struct bm_map *map, const uint8_t *key)
{
	size_t i = home_of(map, key);

	while (map->slot[i].key != NULL &&
	    memcmp(map->slot[i].key, key, map->key_size) != 0)
		i = (i + 1) & (map->capacity - 1);
	return i;
}

/* Keys are entered anew in a larger table, as their homes change with the
 * capacity.  The old table stays until all are there: without memory nothing
 * has changed. */
bitmark_status
bm_map_reserve(struct bm_map *map, size_t more)
{
	struct bm_map larger = *map;

	if (larger.capacity == 0)
		larger.capacity = CAPACITY_MIN;
	while (larger.capacity / 2 < map->count + more)
		larger.capacity *= 2;
	if (larger.capacity == map->capacity)
		return BITMARK_OK;
	larger.slot = calloc(larger.capacity, sizeof *larger.slot);
	if (larger.slot == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < map->capacity; i++) {
		const struct bm_map_slot *s = &map->slot[i];

		if (s->key != NULL)
			larger.slot[slot_of(&larger, s->key)] = *s;
	}
	free(map->slot);
	*map = larger;
	return BITMARK_OK;
}

void *
bm_map_find(const struct bm_map *map, const uint8_t *key)
{
	return map->capacity == 0 ? NULL :
	    map->slot[slot_of(map, key)].object;
}

void
bm_map_put(struct bm_map *map, const uint8_t *key, void *object)
{
	map->slot[slot_of(map, key)] = (struct bm_map_slot){ key, object };
	map->count++;
}

void
bm_map_del(struct bm_map *map, const uint8_t *key)
{
	const size_t mask = map->capacity - 1;
	size_t hole, i;

	if (bm_map_find(map, key) == NULL)
		return;
	hole = slot_of(map, key);
	/*
	 * Go on to the next free slot.  A key on the way whose home is at the
	 * hole or before it would not be found any more, as a search would end
	 * at the hole: it moves into the hole and leaves a new one.  A key
	 * whose home is behind the hole stays.  Distances are counted back
	 * from the slot, modulo the capacity, because a run of keys may go
	 * around the end of the table.
	 */
	for (i = (hole + 1) & mask; map->slot[i].key != NULL;
	    i = (i + 1) & mask) {
		size_t home = home_of(map, map->slot[i].key);

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		map->slot[hole] = map->slot[i];
		hole = i;
	}
	map->slot[hole] = (struct bm_map_slot){ NULL, NULL };
	map->count--;
}

void *
bm_map_next(const struct bm_map *map, size_t *at)
{
	while (*at < map->capacity) {
		const struct bm_map_slot *s = &map->slot[(*at)++];

		if (s->key != NULL)
			return s->object;
	}
	return NULL;
}
