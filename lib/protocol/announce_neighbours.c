/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The neighbours that a node connects to: places on the ring of keys, counted
 * from its own.
 *
 * Source: bitmarkd v8.2 and v0.16.0 announce/announcer.go determineConnections
 */
#include "protocol/announce_impl.h"

#include <string.h>

const char *
bitmark_neighbour_name(enum bitmark_neighbour_label label)
{
	switch (label) {
	case BITMARK_NEIGHBOUR_N1: return "N1";
	case BITMARK_NEIGHBOUR_N2: return "N2";
	case BITMARK_NEIGHBOUR_N3: return "N3";
	case BITMARK_NEIGHBOUR_X25: return "X25";
	case BITMARK_NEIGHBOUR_X50: return "X50";
	case BITMARK_NEIGHBOUR_X75: return "X75";
	case BITMARK_NEIGHBOUR_X1: return "X1";
	case BITMARK_NEIGHBOUR_X2: return "X2";
	case BITMARK_NEIGHBOUR_X3: return "X3";
	case BITMARK_NEIGHBOUR_X4: return "X4";
	case BITMARK_NEIGHBOUR_X5: return "X5";
	case BITMARK_NEIGHBOUR_X6: return "X6";
	case BITMARK_NEIGHBOUR_X7: return "X7";
	case BITMARK_NEIGHBOUR_P1: return "P1";
	case BITMARK_NEIGHBOUR_P3: return "P3";
	}
	return "?";
}

/* A place on the ring, so many steps from our own. */
struct place {
	enum bitmark_neighbour_label label;
	size_t steps;
};

static size_t
quarters(size_t ring, struct place *place)
{
	const struct place places[] = {
		{ BITMARK_NEIGHBOUR_N1, 1 },
		{ BITMARK_NEIGHBOUR_N2, 2 },
		{ BITMARK_NEIGHBOUR_N3, 3 },
		{ BITMARK_NEIGHBOUR_X25, ring / 4 },
		{ BITMARK_NEIGHBOUR_X50, ring / 2 },
		{ BITMARK_NEIGHBOUR_X75, ring / 2 + ring / 4 },
	};

	memcpy(place, places, sizeof places);
	return sizeof places / sizeof places[0];
}

/* Each fraction of the ring is rounded down by itself: with 4 to 7 nodes an
 * eighth is 0 and only 4 of the places differ.  With fewer than 4 nodes all
 * fractions would be 0, so each place is one step further than the one
 * before. */
static size_t
eighths(size_t ring, struct place *place)
{
	const size_t eighth = ring < 4 ? 1 : ring / 8;
	const size_t quarter = ring < 4 ? 2 : ring / 4;
	const size_t half = ring < 4 ? 4 : ring / 2;
	const struct place places[] = {
		{ BITMARK_NEIGHBOUR_N1, 1 },
		{ BITMARK_NEIGHBOUR_N3, 3 },
		{ BITMARK_NEIGHBOUR_X1, eighth },
		{ BITMARK_NEIGHBOUR_X2, quarter },
		{ BITMARK_NEIGHBOUR_X3, quarter + eighth },
		{ BITMARK_NEIGHBOUR_X4, half },
		{ BITMARK_NEIGHBOUR_X5, half + eighth },
		{ BITMARK_NEIGHBOUR_X6, half + quarter },
		{ BITMARK_NEIGHBOUR_X7, half + quarter + eighth },
		{ BITMARK_NEIGHBOUR_P1, ring - 1 },
		{ BITMARK_NEIGHBOUR_P3, 3 * ring - 3 },
	};

	memcpy(place, places, sizeof places);
	return sizeof places / sizeof places[0];
}

/* Is ${offset} among the first ${count} of ${sent}? */
static bool
is_sent(const size_t *sent, size_t count, size_t offset)
{
	for (size_t i = 0; i < count; i++)
		if (sent[i] == offset)
			return true;
	return false;
}

/*
 * v8.2 computes N3 but sends another entry under its name, and then skips
 * what it did not send: small networks stay unconnected [D-35].  Here each
 * place is sent once, under the label that comes first.
 */
size_t
bitmark_announce_neighbours(const struct bitmark_announce *a,
    struct bitmark_neighbour *list, size_t capacity)
{
	/* A node that is not in the table itself counts as one more entry,
	 * before the rank that its key would have. */
	const size_t ring = a->count + (a->own_listed ? 0 : 1);
	struct place place[BITMARK_NEIGHBOURS_MAX];
	const size_t places = a->rules->neighbours ==
	    BITMARK_NEIGHBOURS_EIGHTHS ? eighths(ring, place) :
	    quarters(ring, place);
	size_t sent[BITMARK_NEIGHBOURS_MAX], count = 0, own;

	(void)bm_announce_find(a, a->own_key, &own);
	for (size_t i = 0; i < places && count < capacity; i++) {
		size_t at = place[i].steps % ring, rank = (own + at) % ring;

		if (at == 0 || is_sent(sent, count, at))
			continue;
		if (!a->own_listed && rank > own)
			rank--;
		list[count].label = place[i].label;
		list[count].peer = a->entries[rank]->peer;
		sent[count++] = at;
	}
	return count;
}
