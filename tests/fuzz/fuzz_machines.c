/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The machines of the protocol, driven by any bytes: the first byte says
 * which one; the rest is read as a list of events, or as a file of peers.
 */
#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/connector.h>
#include <bitmarkpeer/peer_file.h>

#include <stdlib.h>
#include <string.h>

#define NOW_S 1700000000u
#define OWN_HEIGHT 80
#define HEIGHT_MAX 200
#define CLIENTS 3
#define TOKENS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t left;
static uint64_t height;
static uint64_t tokens[TOKENS];
static size_t token_count;
/* A main branch, and one that parts from it halfway. */
static uint8_t header[2][HEIGHT_MAX + 1][BITMARK_HEADER_SIZE];
static uint8_t digest[2][HEIGHT_MAX + 1][BITMARK_DIGEST_SIZE];

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static uint8_t
next(void)
{
	if (left == 0)
		return 0;
	left--;
	return *input++;
}

static void
make_chains(void)
{
	for (size_t b = 0; b < 2; b++)
		for (uint64_t n = 1; n <= HEIGHT_MAX; n++) {
			struct bitmark_header h = { .version = 2, .count = 1,
			    .number = n,
			    .nonce = n > OWN_HEIGHT / 2 ? b : 0 };

			memcpy(h.previous, digest[b][n - 1],
			    sizeof h.previous);
			bitmark_header_pack(&h, header[b][n]);
			bitmark_sha3_256(header[b][n], BITMARK_HEADER_SIZE,
			    digest[b][n]);
		}
}

static const struct bitmark_rules *rules;

static uint64_t
view_height(void *user)
{
	(void)user;
	return height;
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t out[BITMARK_DIGEST_SIZE])
{
	(void)user;
	if (number > height)
		return BITMARK_E_BLOCK_NOT_FOUND;
	memcpy(out, digest[0][number], BITMARK_DIGEST_SIZE);
	return BITMARK_OK;
}

static void
keep_tokens(const struct bitmark_connector_update *update)
{
	check(update->count <= BITMARK_CONNECTOR_ACTIONS_MAX);
	for (size_t i = 0; i < update->count; i++) {
		const struct bitmark_connector_action *a = update->action[i];

		tokens[token_count++ % TOKENS] = a->token;
		check(a->client < CLIENTS + 1 || a->client == 0);
		if (a->type == BITMARK_CONNECTOR_ACT_APPLY)
			check(a->number == height + 1 &&
			    a->block.size >= BITMARK_HEADER_SIZE);
		if (a->type == BITMARK_CONNECTOR_ACT_ROLL_BACK)
			check(a->number >= 1 && a->number < height &&
			    height - a->number <
			    BITMARK_CONNECTOR_FORK_PROTECTION);
	}
}

static void
read_event(struct bitmark_connector_event *event)
{
	size_t branch = next() & 1, number = next() % (HEIGHT_MAX + 1);

	event->client = next() % (CLIENTS + 2);
	event->number = number;
	event->token = tokens[next() % TOKENS];
	event->status = next() % 4 == 3 ? -(int)next() : BITMARK_OK;
	event->data = (struct bitmark_span){ header[branch][number],
	    next() % 8 == 7 ? next() % BITMARK_HEADER_SIZE :
	    BITMARK_HEADER_SIZE };
	if (next() & 1)
		event->data = (struct bitmark_span){ digest[branch][number],
		    BITMARK_DIGEST_SIZE };
	memcpy(event->digest, digest[branch][number], sizeof event->digest);
	event->key = (struct bitmark_span){ digest[0][number], next() % 34 };
	event->vote_number = number & 1 ? number : 0;
	event->connections = (struct bitmark_span){ input,
	    left < 40 ? left : 40 };
	if (next() % 16 == 15)
		height = 1 + next() % HEIGHT_MAX;
}

static void
drive_connector(void)
{
	const uint8_t keys[CLIENTS * BITMARK_PEER_KEY_SIZE] = { 1,
	    [BITMARK_PEER_KEY_SIZE] = 2, [2 * BITMARK_PEER_KEY_SIZE] = 3 };
	const struct bitmark_view view = { sizeof view, NULL, view_height, NULL,
	    view_digest };
	struct bitmark_connector_config config = {
	    .struct_size = sizeof config, .static_keys = keys,
	    .static_count = CLIENTS, .dynamic = true, .dynamic_clients = 1,
	    .minimum_clients = 1, .ahead_bytes = next() * 100000u,
	    .view = &view, .rules = rules };
	struct bitmark_connector *c;
	uint64_t now = 0;

	height = OWN_HEIGHT;
	token_count = 0;
	memset(tokens, 0, sizeof tokens);
	check(bitmark_connector_new(&c, &config) == BITMARK_OK);
	while (left > 0) {
		struct bitmark_connector_event event = {
			.struct_size = sizeof event,
			.type = BITMARK_CONNECTOR_EV_TICK + next() %
			    BITMARK_CONNECTOR_EV_EXPIRED };

		now += (uint64_t)next() * 200;
		event.now_ms = now;
		read_event(&event);
		keep_tokens(bitmark_connector_step(c, &event));
	}
	bitmark_connector_free(c);
}

static void
drive_upstream(void)
{
	const struct bitmark_upstream_config config = {
	    .struct_size = sizeof config, .chain = "local", .rules = rules };
	static const char *const words[] = { "R", "N", "H", "B", "E", "local",
	    "block", "invalid public key" };
	struct bitmark_upstream *u;
	uint64_t now = 0, token = 0;

	check(bitmark_upstream_new(&u, &config) == BITMARK_OK);
	while (left > 0) {
		struct bitmark_span frames[6];
		const struct bitmark_upstream_update *update;
		struct bitmark_upstream_event event = {
			.struct_size = sizeof event,
			.type = BITMARK_UPSTREAM_EV_TICK + next() %
			    BITMARK_UPSTREAM_EV_CLOSE,
			.token = token, .frames = frames,
			.frame_count = next() % 7 };

		event.now_ms = now += (uint64_t)next() * 300;
		event.fetch = (struct bitmark_fetch){
		    (enum bitmark_fetch_kind)(next() & 1), next(), next() };
		event.own_height = event.fetch.number;
		for (size_t i = 0; i < 6; i++) {
			size_t w = next() % 16;

			frames[i] = w < 8 ? (struct bitmark_span){
			    (const uint8_t *)words[w], strlen(words[w]) } :
			    (struct bitmark_span){ input, left < w * 4 ?
			    left : w * 4 };
		}
		if (event.type == BITMARK_UPSTREAM_EV_PUSH)
			check(bitmark_message_new(&event.message,
			    (enum bitmark_message_priority)(next() %
			    BITMARK_MESSAGE_PRIORITIES), "block", frames, 1) ==
			    BITMARK_OK);
		update = bitmark_upstream_step(u, &event);
		bitmark_message_free(event.message);
		check(update->request_count <= BITMARK_UPSTREAM_REQUESTS_MAX);
		check(update->registered || update->height == 0);
		for (size_t i = 0; i < update->request_count; i++)
			token = update->request[i]->token;
	}
	bitmark_upstream_free(u);
}

static void
read_peer_file(void)
{
	const struct bitmark_peer own = { .key = { 1 } };
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };
	struct bitmark_announce *table;

	check(bitmark_announce_new(&table, &own, 0, rules, NULL) == BITMARK_OK);
	(void)!bitmark_peer_file_restore(table, (const char *)input, left,
	    NOW_S, &counts);
	check(bitmark_announce_count(table) +
	    bitmark_announce_candidate_count(table) <= counts.taken);
	bitmark_announce_free(table);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t kind;

	if (digest[0][1][0] == 0 && digest[0][1][1] == 0)
		make_chains();
	input = data;
	left = size;
	kind = next();
	rules = kind / 3 % 2 == 0 ? bitmark_rules_8_2() : bitmark_rules_0_16();
	switch (kind % 3) {
	case 0:
		drive_connector();
		break;
	case 1:
		drive_upstream();
		break;
	case 2:
		read_peer_file();
		break;
	}
	return 0;
}
