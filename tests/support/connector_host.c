/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "connector_host.h"

#include <bitmarkpeer/codec.h>

#include <stdlib.h>
#include <string.h>

#define CYCLE_MS BITMARK_CONNECTOR_CYCLE_MS

struct host host;
static uint8_t keys[HOST_CLIENTS_MAX * BITMARK_PEER_KEY_SIZE];

void
host_chain_make(struct host_chain *chain, uint64_t common, uint64_t height,
    uint8_t branch)
{
	ck_assert_uint_le(height, HOST_HEIGHT_MAX);
	memset(chain, 0, sizeof *chain);
	chain->height = height;
	for (uint64_t n = 1; n <= height; n++) {
		struct bitmark_header header = { .version = 2, .count = 1,
		    .number = n, .nonce = n > common ? branch : 0 };

		memcpy(header.previous, chain->digest[n - 1],
		    sizeof header.previous);
		bitmark_header_pack(&header, chain->header[n]);
		bitmark_sha3_256(chain->header[n], BITMARK_HEADER_SIZE,
		    chain->digest[n]);
	}
}

static uint64_t
view_height(void *user)
{
	return ((struct host_chain *)user)->height;
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct host_chain *chain = user;

	if (number > chain->height)
		return BITMARK_E_BLOCK_NOT_FOUND;
	memcpy(digest, chain->digest[number], BITMARK_DIGEST_SIZE);
	return BITMARK_OK;
}

void
host_configure(size_t count, uint64_t height)
{
	memset(&host, 0, sizeof host);
	host_chain_make(&host.own, height, height, 0);
	for (size_t i = 0; i < count; i++)
		memset(keys + i * BITMARK_PEER_KEY_SIZE, (int)i + 1,
		    BITMARK_PEER_KEY_SIZE);
	host.config.static_keys = keys;
	host.config.static_count = count;
	memset(host.config.own_key, 200, sizeof host.config.own_key);
	host.config.struct_size = sizeof host.config;
	host.view = (struct bitmark_view){ sizeof host.view, &host.own,
	    view_height, NULL, view_digest };
	host.config.view = &host.view;
}

void
host_open(void)
{
	ck_assert_int_eq(bitmark_connector_new(&host.connector,
	    &host.config), BITMARK_OK);
	host_tick(0);
}

void
host_close(void)
{
	bitmark_connector_free(host.connector);
	host.connector = NULL;
}

static void
count_action(const struct bitmark_connector_action *action)
{
	switch (action->type) {
	case BITMARK_CONNECTOR_ACT_CONNECT:
		host.connects++;
		break;
	case BITMARK_CONNECTOR_ACT_RECONNECT:
		host.reconnects++;
		break;
	case BITMARK_CONNECTOR_ACT_DISCONNECT:
		break;
	case BITMARK_CONNECTOR_ACT_FETCH:
		if (action->fetch.kind == BITMARK_FETCH_DIGEST)
			host.digests++;
		else
			host.blocks++;
		break;
	case BITMARK_CONNECTOR_ACT_CHECK:
		host.checks++;
		break;
	case BITMARK_CONNECTOR_ACT_APPLY:
		host.applies++;
		break;
	case BITMARK_CONNECTOR_ACT_ROLL_BACK:
		host.rollbacks++;
		break;
	}
}

static void
note(const struct bitmark_connector_action *action)
{
	struct host_work *work = &host.work[host.work_count];

	count_action(action);
	ck_assert_uint_lt(host.work_count, HOST_WORK_MAX);
	work->action = *action;
	if (action->block.data != NULL) {
		ck_assert_uint_le(action->block.size, sizeof work->block);
		memcpy(work->block, action->block.data, action->block.size);
		work->action.block.data = NULL;
	}
	host.work_count++;
}

void
host_step(const struct bitmark_connector_event *event)
{
	struct bitmark_connector_event e = *event;

	do {
		e.now_ms = host.now_ms;
		e.struct_size = sizeof e;
		host.update = bitmark_connector_step(host.connector, &e);
		for (size_t i = 0; i < host.update->count; i++)
			note(host.update->action[i]);
		e = (struct bitmark_connector_event){
		    .type = BITMARK_CONNECTOR_EV_TICK };
	} while (host.update->deadline_ms <= host.now_ms);
}

void
host_tick(uint64_t ms)
{
	host.now_ms += ms;
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_TICK });
}

static void
tell(enum bitmark_connector_event_type type, size_t client, uint64_t number)
{
	host_step(&(struct bitmark_connector_event){ .type = type,
	    .client = client, .number = number });
}

void
host_registered(size_t client)
{
	tell(BITMARK_CONNECTOR_EV_REGISTERED, client, 0);
}

void
host_height(size_t client, uint64_t height)
{
	tell(BITMARK_CONNECTOR_EV_HEIGHT, client, height);
}

void
host_vote(size_t client, uint64_t height, const struct host_chain *chain)
{
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_HEIGHT, .client = client,
		.number = height, .vote_number = host.own.height };

	memcpy(event.digest, chain->digest[host.own.height],
	    sizeof event.digest);
	host_step(&event);
}

void
host_lost(size_t client)
{
	tell(BITMARK_CONNECTOR_EV_LOST, client, 0);
}

void
host_neighbour(uint8_t number)
{
	const uint8_t list[] = { 7, 8, 88, 127, 0, 0, number };
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(key, number, sizeof key);
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
	    .key = { key, sizeof key }, .connections = { list, sizeof list },
	});
}

void
host_all_have(struct host_chain *chain)
{
	for (size_t i = 0; i < bitmark_connector_clients(host.connector);
	    i++) {
		host.of[i] = chain;
		host_registered(i);
		host_height(i, chain->height);
	}
}

void
host_reach_highest_block(void)
{
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
}

static size_t
find(enum bitmark_connector_action_type type)
{
	size_t i = 0;

	while (i < host.work_count && host.work[i].action.type != type)
		i++;
	return i;
}

struct host_work
host_take(enum bitmark_connector_action_type type)
{
	size_t i = find(type);
	struct host_work work;

	ck_assert_msg(i < host.work_count, "no work of type %d", (int)type);
	work = host.work[i];
	memmove(host.work + i, host.work + i + 1,
	    (--host.work_count - i) * sizeof host.work[0]);
	return work;
}

size_t
host_waiting(enum bitmark_connector_action_type type)
{
	size_t count = 0;

	for (size_t i = 0; i < host.work_count; i++)
		count += host.work[i].action.type == type;
	return count;
}

static void
serve(const struct bitmark_connector_action *action,
    struct bitmark_connector_event *event)
{
	const struct host_chain *chain = host.of[action->client];
	uint64_t n = action->fetch.number;

	event->type = BITMARK_CONNECTOR_EV_FETCHED;
	event->client = action->client;
	if (chain == NULL || n > chain->height)
		event->status = BITMARK_E_BLOCK_NOT_FOUND;
	else if (action->fetch.kind == BITMARK_FETCH_DIGEST)
		event->data = (struct bitmark_span){ chain->digest[n],
		    BITMARK_DIGEST_SIZE };
	else
		event->data = (struct bitmark_span){ chain->header[n],
		    BITMARK_HEADER_SIZE };
	/* Every other block is handed over with its memory. */
	if (event->data.size == BITMARK_HEADER_SIZE && n % 2 == 0) {
		event->memory = malloc(BITMARK_HEADER_SIZE);
		ck_assert_ptr_nonnull(event->memory);
		memcpy(event->memory, event->data.data, BITMARK_HEADER_SIZE);
		event->data.data = event->memory;
	}
}

static bitmark_status
apply(const struct host_work *work)
{
	uint64_t n = work->action.number;
	struct bitmark_header header;

	ck_assert_int_eq(bitmark_header_parse(work->block,
	    sizeof work->block, &header), BITMARK_OK);
	if (n != host.own.height + 1 || header.number != n)
		return BITMARK_E_NUMBER;
	ck_assert_mem_eq(header.previous, host.own.digest[n - 1],
	    sizeof header.previous);
	memcpy(host.own.header[n], work->block, sizeof work->block);
	memcpy(host.own.digest[n], work->action.digest,
	    sizeof host.own.digest[n]);
	host.own.height = n;
	return BITMARK_OK;
}

void
host_do(const struct host_work *work)
{
	struct bitmark_connector_event event = {
		.token = work->action.token };

	switch (work->action.type) {
	case BITMARK_CONNECTOR_ACT_CONNECT:
	case BITMARK_CONNECTOR_ACT_RECONNECT:
	case BITMARK_CONNECTOR_ACT_DISCONNECT:
		return;
	case BITMARK_CONNECTOR_ACT_FETCH:
		serve(&work->action, &event);
		break;
	case BITMARK_CONNECTOR_ACT_CHECK:
		event.type = BITMARK_CONNECTOR_EV_CHECKED;
		bitmark_sha3_256(work->block, sizeof work->block,
		    event.digest);
		break;
	case BITMARK_CONNECTOR_ACT_APPLY:
		event.type = BITMARK_CONNECTOR_EV_APPLIED;
		event.status = apply(work);
		break;
	case BITMARK_CONNECTOR_ACT_ROLL_BACK:
		event.type = BITMARK_CONNECTOR_EV_ROLLED_BACK;
		host.own.height = work->action.number;
		host.rolled_back_to = work->action.number;
		break;
	}
	host_step(&event);
}

void
host_fail(const struct host_work *work, bitmark_status status)
{
	static const enum bitmark_connector_event_type types[] = {
		[BITMARK_CONNECTOR_ACT_FETCH] = BITMARK_CONNECTOR_EV_FETCHED,
		[BITMARK_CONNECTOR_ACT_CHECK] = BITMARK_CONNECTOR_EV_CHECKED,
		[BITMARK_CONNECTOR_ACT_APPLY] = BITMARK_CONNECTOR_EV_APPLIED,
		[BITMARK_CONNECTOR_ACT_ROLL_BACK] =
		    BITMARK_CONNECTOR_EV_ROLLED_BACK,
	};

	host_step(&(struct bitmark_connector_event){
	    .type = types[work->action.type], .token = work->action.token,
	    .client = work->action.client, .status = status });
}

void
host_do_all(void)
{
	while (host.work_count > 0) {
		struct host_work work = host.work[0];

		memmove(host.work, host.work + 1,
		    --host.work_count * sizeof host.work[0]);
		host_do(&work);
	}
}

enum bitmark_connector_state
host_state(void)
{
	return host.update->state;
}

struct bitmark_connector_status
host_status(void)
{
	struct bitmark_connector_status status = { .struct_size =
	    sizeof status };

	bitmark_connector_get_status(host.connector, &status);
	return status;
}
