/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Chunks in the order of the chain, gone through from the newest issue to the
 * oldest: a million of them are compared in a few milliseconds. */
#include "explorer/issues.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_ISSUES 16384
#define KEY_SIZE 8

struct issue {
	uint8_t key[KEY_SIZE];          /* of the asset id                  */
	uint32_t number, offset;
};

struct issue_chunk {
	uint64_t first;                 /* ordinal of its first issue       */
	size_t count;
	struct issue issues[CHUNK_ISSUES];
};

void
issues_free(struct issues *issues)
{
	for (size_t i = 0; i < issues->chunk_count; i++)
		free(issues->chunks[i]);
	free(issues->chunks);
}

size_t
issues_bytes(const struct issues *issues)
{
	return issues->chunk_count * sizeof(struct issue_chunk) +
	    issues->chunk_capacity * sizeof *issues->chunks;
}

/* False: there is none. */
static bool
drop_oldest(struct issues *issues)
{
	if (issues->chunk_count == 0)
		return false;
	issues->count -= issues->chunks[0]->count;
	issues->left_out += issues->chunks[0]->count;
	free(issues->chunks[0]);
	issues->chunk_count--;
	memmove(issues->chunks, issues->chunks + 1, issues->chunk_count *
	    sizeof *issues->chunks);
	return true;
}

/* Room in the list of chunks. */
static bool
grow_list(struct issues *issues)
{
	const size_t capacity = issues->chunk_capacity > 0 ?
	    2 * issues->chunk_capacity : 64;
	struct issue_chunk **chunks;

	if (issues->chunk_count < issues->chunk_capacity)
		return true;
	chunks = realloc(issues->chunks, capacity * sizeof *chunks);
	if (chunks == NULL)
		return false;
	issues->chunks = chunks;
	issues->chunk_capacity = capacity;
	return true;
}

/* The newest chunk, with room for one more; NULL: no memory. */
static struct issue_chunk *
chunk_for(struct issues *issues)
{
	struct issue_chunk *c = issues->chunk_count > 0 ?
	    issues->chunks[issues->chunk_count - 1] : NULL;

	if (c != NULL && c->count < CHUNK_ISSUES)
		return c;
	while (issues_bytes(issues) + sizeof *c > issues->bytes_max)
		if (!drop_oldest(issues))
			return NULL;
	if (!grow_list(issues) || (c = malloc(sizeof *c)) == NULL)
		return NULL;
	c->first = issues->next;
	c->count = 0;
	issues->chunks[issues->chunk_count++] = c;
	return c;
}

void
issues_add(struct issues *issues, const uint8_t *asset_id, uint64_t number,
    size_t offset)
{
	struct issue_chunk *c = number <= UINT32_MAX ? chunk_for(issues) :
	    NULL;
	struct issue *issue;

	if (c == NULL) {
		issues->left_out++;
		return;
	}
	issue = &c->issues[c->count++];
	memcpy(issue->key, asset_id, KEY_SIZE);
	issue->number = (uint32_t)number;
	issue->offset = (uint32_t)offset;
	issues->next++;
	issues->count++;
}

/* Blocks are taken back from the newest down, and so are their issues. */
void
issues_drop_above(struct issues *issues, uint64_t height)
{
	struct issue_chunk *c;

	while (issues->chunk_count > 0) {
		c = issues->chunks[issues->chunk_count - 1];
		while (c->count > 0 && c->issues[c->count - 1].number >
		    height) {
			c->count--;
			issues->count--;
			issues->next = c->first + c->count;
		}
		if (c->count > 0)
			return;
		free(c);
		issues->chunk_count--;
	}
}

size_t
issues_find(const struct issues *issues, const uint8_t *asset_id,
    uint64_t before, struct finder_place *places, size_t capacity)
{
	const struct issue_chunk *c;
	size_t count = 0;

	for (size_t i = issues->chunk_count; i-- > 0;) {
		c = issues->chunks[i];
		for (size_t k = c->count; k-- > 0 && count < capacity;)
			if (c->first + k < before && memcmp(c->issues[k].key,
			    asset_id, KEY_SIZE) == 0)
				places[count++] = (struct finder_place){
					c->first + k, c->issues[k].number,
					c->issues[k].offset };
	}
	return count;
}
