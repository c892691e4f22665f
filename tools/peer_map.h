/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A map of the network: the nodes, and who tells of whom.
 */
#ifndef TOOLS_PEER_MAP_H
#define TOOLS_PEER_MAP_H

#include "peer_query.h"

/* One node tells of another one. */
struct map_edge {
	size_t from, to;                /* places among the nodes            */
	uint64_t heard_s;               /* when the other announced itself,
	                                   Unix time                         */
};

struct peer_told {
	size_t asked, answered;         /* questions for a peer              */
	size_t stale;                   /* answers in a row with nothing new */
	uint64_t end_ms;                /* no question is asked after this   */
	unsigned timeout_ms;
	size_t count;
	struct bitmark_peer *list;      /* each one once                     */
};

/* targets and answers have the same places. */
struct map {
	const struct peer_query *query;
	struct peer_targets targets;
	struct peer_answer *answers;
	size_t capacity;                /* nodes                             */
	size_t given;                   /* on the command line: the first    */
	bool limited;                   /* there are more than --limit       */
	size_t edge_count, edge_room;
	struct map_edge *edges;
};

/* As the options say: text, JSON or dot. */
void map_print(const struct peer_options *options, const struct map *map);

#endif
