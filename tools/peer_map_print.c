/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A map of the network as text, as one object of JSON, and for graphviz.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dot.h"
#include "peer_map.h"
#include "shared/output.h"

#define KEY_TEXT_MAX (2 * BITMARK_PEER_KEY_SIZE + 1)
/* Hex digits kept at each end of a shortened key: enough to tell nodes apart,
 * and both ends are what people compare. */
#define KEY_SHORT 8

/* The key of a node, whole or shortened. Keys and not addresses name the nodes,
 * because a node may have several addresses. */
static void
key_text(const struct map *map, size_t node, bool wide,
    char text[KEY_TEXT_MAX])
{
	char whole[KEY_TEXT_MAX];

	bitmark_hex_encode(map->targets.list[node].key, BITMARK_PEER_KEY_SIZE,
	    whole);
	if (wide)
		memcpy(text, whole, sizeof whole);
	else
		snprintf(text, KEY_TEXT_MAX, "%.*s..%s", KEY_SHORT, whole,
		    whole + sizeof whole - 1 - KEY_SHORT);
}

/* Why a node that answered did not tell all that it knows, or NULL. "Not found"
 * means that it knows no other node: that is an answer and no failure. */
static const char *
untold(const struct peer_answer *answer)
{
	if (answer->status != BITMARK_OK || answer->failure[0] == '\0' ||
	    strcmp(answer->failure, bitmark_strerror(BITMARK_E_NOT_FOUND)) ==
	    0)
		return NULL;
	return answer->failure;
}

/* --- text ------------------------------------------------------------------- */

/* Addresses are of different lengths, so the width of their column is found
 * first. */
static void
print_nodes(const struct peer_options *o, const struct map *map)
{
	int key_width = o->wide ? KEY_TEXT_MAX - 1 : 2 * KEY_SHORT + 2;
	int width = (int)strlen("ADDRESS");
	char key[KEY_TEXT_MAX];

	for (size_t i = 0; i < map->targets.count; i++)
		if ((int)strlen(map->targets.list[i].name) > width)
			width = (int)strlen(map->targets.list[i].name);
	printf("%-*s  %-*s  ", key_width, "KEY", width, "ADDRESS");
	map->query->print_head(o);
	for (size_t i = 0; i < map->targets.count; i++) {
		key_text(map, i, o->wide, key);
		printf("%s  %-*s  ", key, width, map->targets.list[i].name);
		if (map->answers[i].status == BITMARK_OK)
			map->query->print_row(o, &map->answers[i]);
		else
			puts(map->answers[i].failure);
	}
}

/* An edge says who has told of whom, and when the node that was told of was
 * last heard. */
static void
print_edges(const struct peer_options *o, const struct map *map)
{
	char from[KEY_TEXT_MAX], to[KEY_TEXT_MAX], heard[TIME_TEXT_MAX];

	for (size_t i = 0; i < map->edge_count; i++) {
		key_text(map, map->edges[i].from, o->wide, from);
		key_text(map, map->edges[i].to, o->wide, to);
		time_text(map->edges[i].heard_s, heard);
		printf("%s tells of %s, heard %s\n", from, to, heard);
	}
	for (size_t i = 0; i < map->targets.count; i++) {
		key_text(map, i, o->wide, from);
		if (untold(&map->answers[i]) != NULL)
			printf("%s tells no more: %s\n", from,
			    untold(&map->answers[i]));
	}
	if (map->limited)
		printf("there are more nodes than the limit of %zu\n",
		    map->capacity);
}

/* --- JSON ------------------------------------------------------------------- */

static json_t *
node_json(const struct map *map, size_t i)
{
	json_t *object = peer_answer_json(map->query, &map->targets.list[i],
	    &map->answers[i]);

	if (untold(&map->answers[i]) != NULL)
		json_object_set_new(object, "untold",
		    json_string(untold(&map->answers[i])));
	return object;
}

static json_t *
edge_json(const struct map *map, const struct map_edge *edge)
{
	const struct peer_target *list = map->targets.list;
	json_t *object = json_object();

	json_object_set_new(object, "from", json_hex(list[edge->from].key,
	    BITMARK_PEER_KEY_SIZE));
	json_object_set_new(object, "to", json_hex(list[edge->to].key,
	    BITMARK_PEER_KEY_SIZE));
	json_object_set_new(object, "heard", json_number(edge->heard_s));
	return object;
}

static void
print_map_json(const struct map *map)
{
	json_t *object = json_object(), *nodes = json_array();
	json_t *edges = json_array();

	for (size_t i = 0; i < map->targets.count; i++)
		json_array_append_new(nodes, node_json(map, i));
	for (size_t i = 0; i < map->edge_count; i++)
		json_array_append_new(edges, edge_json(map, &map->edges[i]));
	json_object_set_new(object, "nodes", nodes);
	json_object_set_new(object, "edges", edges);
	json_object_set_new(object, "limited", json_boolean(map->limited));
	(void)print_json(object);
}

/* --- dot -------------------------------------------------------------------- */

/* Nodes are named by their whole keys, and those that do not answer are dashed.
 * All texts of nodes go through dot_text, which escapes them. */
static void
print_dot_node(const struct map *map, size_t i)
{
	const struct peer_target *target = &map->targets.list[i];
	const struct peer_answer *answer = &map->answers[i];
	char key[KEY_TEXT_MAX];

	key_text(map, i, true, key);
	printf("\t\"%s\" [label=\"", key);
	dot_text(target->name, strlen(target->name));
	printf("\\n");
	if (answer->status == BITMARK_OK) {
		dot_text(answer->info.version, strlen(answer->info.version));
		printf(" %s\\nblock %" PRIu64 "\"]\n", answer->info.normal ?
		    "Normal" : "Resynchronise", answer->info.height);
	} else {
		dot_text(answer->failure, strlen(answer->failure));
		printf("\" style=dashed]\n");
	}
}

static void
print_dot(const struct map *map)
{
	char from[KEY_TEXT_MAX], to[KEY_TEXT_MAX];

	puts("digraph network {\n\tnode [shape=box fontname=\"sans-serif\"]");
	for (size_t i = 0; i < map->targets.count; i++)
		print_dot_node(map, i);
	for (size_t i = 0; i < map->edge_count; i++) {
		key_text(map, map->edges[i].from, true, from);
		key_text(map, map->edges[i].to, true, to);
		printf("\t\"%s\" -> \"%s\"\n", from, to);
	}
	puts("}");
}

void
map_print(const struct peer_options *o, const struct map *map)
{
	if (o->json) {
		print_map_json(map);
	} else if (o->dot) {
		print_dot(map);
	} else {
		print_nodes(o, map);
		if (map->edge_count > 0)
			putchar('\n');
		print_edges(o, map);
	}
}
