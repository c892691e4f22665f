/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer map: ask nodes of which others they have heard, then ask these,
 * and so on.
 *
 * A node answers each question with one peer that it chooses at random, so it
 * is asked until its answers repeat. Answers come from strangers: the number of
 * nodes, the questions for each, and the time for each are bounded, and a peer
 * without a usable address is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "peer_commands.h"
#include "peer_map.h"

/* Nodes that are asked at the same time. Each client has threads of its own.
 * Source: local choice. */
#define AT_ONCE 16
/* Questions for one node, at most, and the number of answers in a row without a
 * new peer after which it is asked no more. With 16 of them one of ten peers
 * was missed in fewer than one of five runs. Source: local choice. */
#define QUESTIONS_MAX 256
#define STALE_MAX 16

/* --- the question for a peer ------------------------------------------------ */

/* The time for all questions to a node begins with the first one. */
static bitmark_status
start_peer(struct bitmark_client *client, uint64_t number,
    const struct peer_answer *answer)
{
	struct peer_told *told = answer->told;

	(void)number;
	if (told->asked++ == 0)
		told->end_ms = bitmark_clock_ms() + told->timeout_ms;
	return bitmark_client_start_peer(client);
}

static bool
is_known(const struct peer_told *told, const struct bitmark_peer *peer)
{
	for (size_t i = 0; i < told->count; i++)
		if (memcmp(told->list[i].key, peer->key, sizeof peer->key) ==
		    0)
			return true;
	return false;
}

/* Remember the peer unless it was told before. The list has room for one peer
 * for each question, so it cannot overflow. */
static bitmark_status
take_peer(const struct bitmark_client *client, struct peer_answer *answer)
{
	struct peer_told *told = answer->told;
	struct bitmark_peer peer;
	bitmark_status status = bitmark_client_get_peer(client, &peer);

	if (status != BITMARK_OK)
		return status;
	told->answered++;
	told->stale++;
	if (is_known(told, &peer))
		return BITMARK_OK;
	if (told->list == NULL)
		told->list = calloc(QUESTIONS_MAX, sizeof *told->list);
	if (told->list == NULL)
		return BITMARK_E_NOMEM;
	told->list[told->count++] = peer;
	told->stale = 0;
	return BITMARK_OK;
}

static bool
ask_again(const struct peer_answer *answer)
{
	const struct peer_told *told = answer->told;

	return told->asked < QUESTIONS_MAX && told->stale < STALE_MAX &&
	    bitmark_clock_ms() < told->end_ms;
}

/* --- nodes and edges -------------------------------------------------------- */

/* The index of the node with this key; targets.count when there is none. */
static size_t
find_node(const struct map *map, const uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	size_t i = 0;

	while (i < map->targets.count && memcmp(map->targets.list[i].key, key,
	    BITMARK_PEER_KEY_SIZE) != 0)
		i++;
	return i;
}

/* The address of a peer, IPv4 before IPv6. False: it has none that can be used,
 * or its key is zero. */
static bool
address_of(const struct bitmark_peer *peer,
    char text[BITMARK_CONNECTION_TEXT_MAX])
{
	static const uint8_t zero[BITMARK_PEER_KEY_SIZE];
	struct bitmark_connection v4, v6;
	bool has_v4, has_v6;

	if (memcmp(peer->key, zero, sizeof zero) == 0 ||
	    !bitmark_connections_usable(peer->connections,
	    peer->connections_size))
		return false;
	bitmark_connections_first(peer->connections, peer->connections_size,
	    &v4, &has_v4, &v6, &has_v6);
	bitmark_connection_to_text(has_v4 ? &v4 : &v6, text);
	return has_v4 || has_v6;
}

/* begin has made room for map->capacity nodes, and the caller has compared. */
static bool
add_node(struct map *map, const struct bitmark_peer *peer, const char *address)
{
	struct peer_target *target = &map->targets.list[map->targets.count++];

	*target = (struct peer_target){ .name = strdup(address),
		.address = strdup(address) };
	memcpy(target->key, peer->key, sizeof target->key);
	return target->name != NULL && target->address != NULL;
}

static bool
add_edge(struct map *map, const struct map_edge *edge)
{
	size_t room = map->edge_room == 0 ? 64 : 2 * map->edge_room;
	struct map_edge *edges;

	if (map->edge_count == map->edge_room) {
		edges = realloc(map->edges, room * sizeof *edges);
		if (edges == NULL)
			return false;
		map->edges = edges;
		map->edge_room = room;
	}
	map->edges[map->edge_count++] = *edge;
	return true;
}

/* ${from} has told of a peer. A node that knows no other may tell of itself. */
static bool
add_told(struct map *map, size_t from, const struct bitmark_peer *peer)
{
	const struct map_edge edge = { from, find_node(map, peer->key),
		peer->timestamp };
	char address[BITMARK_CONNECTION_TEXT_MAX];

	if (edge.to == from)
		return true;
	if (edge.to == map->targets.count) {
		if (!address_of(peer, address))
			return true;
		if (map->targets.count == map->capacity) {
			map->limited = true;
			return true;
		}
		if (!add_node(map, peer, address))
			return false;
	}
	return add_edge(map, &edge);
}

/* --- the walk --------------------------------------------------------------- */

/* Ask ${count} nodes from ${first} on, all at the same time, and take in the
 * peers that they tell of. Only these nodes have clients meanwhile, which
 * bounds threads and sockets. add_told may append nodes but does not move the
 * list, so ${part} stays valid. */
static int
ask_nodes(const struct peer_options *o, struct map *map, size_t first,
    size_t count)
{
	struct peer_targets part = { map->targets.chain, count,
		map->targets.list + first };
	struct peer_told told[AT_ONCE] = { { 0 } };
	int code;
	bool enough = true;

	for (size_t i = 0; i < count; i++) {
		told[i].timeout_ms = o->timeout_ms;
		map->answers[first + i].told = &told[i];
	}
	code = peer_targets_connect(o, &part);
	if (code == EXIT_DONE)
		enough = peer_ask(map->query, &part, map->answers + first);
	peer_targets_disconnect(&part);
	for (size_t i = 0; i < count; i++) {
		struct peer_answer *answer = &map->answers[first + i];

		for (size_t j = 0; enough && j < told[i].count; j++)
			enough = add_told(map, first + i, &told[i].list[j]);
		/* The reason of a failure is kept only when a question went
		 * unanswered. */
		if (answer->status == BITMARK_OK &&
		    told[i].answered == told[i].asked)
			answer->failure[0] = '\0';
		answer->told = NULL;
		free(told[i].list);
	}
	return enough ? code : complain_status("map", BITMARK_E_NOMEM);
}

/* Nodes that are found are appended, so the loop reaches them, too. */
static int
walk(const struct peer_options *o, struct map *map)
{
	int code = EXIT_DONE;

	for (size_t at = 0, count; code == EXIT_DONE && at <
	    map->targets.count; at += count) {
		count = map->targets.count - at;
		if (count > AT_ONCE)
			count = AT_ONCE;
		code = ask_nodes(o, map, at, count);
	}
	return code;
}

/* A node that was given twice is one node. */
static void
drop_repeats(struct peer_targets *targets)
{
	struct peer_target *list = targets->list;
	size_t kept = 0, j;

	for (size_t i = 0; i < targets->count; i++) {
		for (j = 0; j < kept && memcmp(list[j].key, list[i].key,
		    BITMARK_PEER_KEY_SIZE) != 0; j++)
			;
		if (j == kept) {
			list[kept++] = list[i];
			continue;
		}
		free(list[i].name);
		free(list[i].address);
	}
	targets->count = kept;
}

/* Nodes that were given are always asked, even when there are more of them than
 * --limit. */
static int
begin(const struct peer_options *o, struct map *map)
{
	struct peer_target *list;
	int code = peer_targets_find(o, &map->targets);

	if (code != EXIT_DONE)
		return code;
	drop_repeats(&map->targets);
	map->given = map->targets.count;
	map->capacity = o->limit > map->given ? (size_t)o->limit : map->given;
	map->answers = calloc(map->capacity, sizeof *map->answers);
	list = map->capacity <= PEER_NODES_MAX ? map->targets.list :
	    realloc(map->targets.list, map->capacity * sizeof *list);
	if (list != NULL)
		map->targets.list = list;
	return map->answers != NULL && list != NULL ? EXIT_DONE :
	    complain_status("map", BITMARK_E_NOMEM);
}

/* A node that others tell of may be gone. Only the nodes that were given have
 * to answer. */
static int
exit_code(const struct map *map)
{
	int code = EXIT_DONE;

	for (size_t i = 0; i < map->given; i++)
		if (map->answers[i].status != BITMARK_OK)
			code = exit_code_of(map->answers[i].status);
	return code;
}

/* The query is that of "info" with one request more, which is repeated: the one
 * for a peer. */
int
peer_map(void *options, int argc, char **argv)
{
	const struct peer_options *o = options;
	struct peer_request requests[PEER_INFO_REQUESTS + 1];
	struct peer_query query = peer_info_query;
	struct map map = { .query = &query };
	int code;

	(void)argc;
	(void)argv;
	if (o->json && o->dot)
		return usage_error("--json and --dot exclude each other");
	if (o->watch_ms > 0 || o->count > 0)
		return usage_error("map cannot be repeated: leave out --watch "
		    "and --count");
	memcpy(requests, peer_info_query.requests,
	    PEER_INFO_REQUESTS * sizeof *requests);
	requests[PEER_INFO_REQUESTS] = (struct peer_request){ start_peer,
		take_peer, true, ask_again };
	query.requests = requests;
	query.request_count = PEER_INFO_REQUESTS + 1;
	code = begin(o, &map);
	if (code == EXIT_DONE)
		code = walk(o, &map);
	if (code == EXIT_DONE) {
		map_print(o, &map);
		code = exit_code(&map);
	}
	peer_targets_close(&map.targets);
	free(map.answers);
	free(map.edges);
	return code;
}
