/*
 * The neighbours that a node connects to: places on the ring of keys, counted
 * from its own.
 *
 * Source: bitmarkd v8.2 announce/announcer.go determineConnections
 */
#include "protocol/announce_impl.h"

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
	}
	return "?";
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
	/* A node that is not listed is thought of in front of its rank. */
	size_t ring = a->count + (a->own_listed ? 0 : 1);
	const size_t offset[BITMARK_NEIGHBOURS_MAX] = {
		[BITMARK_NEIGHBOUR_N1] = 1,
		[BITMARK_NEIGHBOUR_N2] = 2,
		[BITMARK_NEIGHBOUR_N3] = 3,
		[BITMARK_NEIGHBOUR_X25] = ring / 4,
		[BITMARK_NEIGHBOUR_X50] = ring / 2,
		[BITMARK_NEIGHBOUR_X75] = ring / 2 + ring / 4,
	};
	size_t sent[BITMARK_NEIGHBOURS_MAX], count = 0, own;

	(void)bm_announce_find(a, a->own_key, &own);
	for (size_t i = 0; i < BITMARK_NEIGHBOURS_MAX && count < capacity;
	    i++) {
		size_t at = offset[i] % ring, rank = (own + at) % ring;

		if (at == 0 || is_sent(sent, count, at))
			continue;
		if (!a->own_listed && rank > own)
			rank--;
		list[count].label = (enum bitmark_neighbour_label)i;
		list[count].peer = a->entries[rank]->peer;
		sent[count++] = at;
	}
	return count;
}
