/* An open hash table with linear probing, at most half full. */
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
 * Sum of 32 bit words by 64 bit coefficients, its upper half: two keys that
 * were chosen without the coefficients collide by chance only.
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
	/* Whoever was pushed past the hole moves into it. */
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
