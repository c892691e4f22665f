/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Any replies of a node to a follower, in any order, with hints and pauses in
 * between: what is told goes up and down one block at a time, and what lies in
 * memory has its bound.
 */
#include "net/follow.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

/* Blocks that the input can name. */
#define NUMBERS 80
#define TURNS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bm_reader input;
static struct bm_follow *follow;
static uint64_t now_ms, tip;
static bool tip_known;

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* 0 at the end. */
static uint8_t
next(void)
{
	return input.left > 0 ? bm_read_u8(&input) : 0;
}

/* Of a branch and a number, so that blocks can stand on each other. */
static void
make_digest(uint64_t number, uint8_t branch, uint8_t out[BITMARK_DIGEST_SIZE])
{
	memset(out, branch, BITMARK_DIGEST_SIZE);
	out[0] = (uint8_t)number;
	if (number == BITMARK_GENESIS_NUMBER)
		memcpy(out, bitmark_chain_params_find("local")->genesis_digest,
		    BITMARK_DIGEST_SIZE);
}

static bitmark_status
own_digest(void *user, uint64_t number, uint8_t out[BITMARK_DIGEST_SIZE])
{
	(void)user;
	if (number > NUMBERS / 2)
		return BITMARK_E_NOT_FOUND;
	make_digest(number, 0, out);
	return BITMARK_OK;
}

/* The block that is asked for, or another one, or no block. */
static void
send_block(uint64_t number, uint8_t how)
{
	uint8_t data[BITMARK_HEADER_SIZE];
	struct bitmark_header header = { .version = 2, .count = 1,
		.number = how % 16 == 15 ? next() : number };
	const size_t size = how % 16 == 14 ? next() % sizeof data :
	    sizeof data;

	make_digest(number - 1, how & 1, header.previous);
	bitmark_header_pack(&header, data);
	bm_follow_block(follow, (struct bitmark_span){ data, size }, now_ms);
}

static void
reply(enum bm_follow_phase phase, uint64_t number)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	const uint8_t how = next();

	if (how >= 250) {
		bm_follow_failed(follow, how & 1 ? BITMARK_E_TIMEOUT :
		    BITMARK_E_BLOCK_NOT_FOUND, now_ms);
	} else if (phase == BM_FOLLOW_HEIGHT) {
		bm_follow_height(follow, how == 249 ? UINT64_MAX : how == 248 ?
		    UINT64_MAX - 1 : how % NUMBERS, now_ms);
	} else if (phase == BM_FOLLOW_FETCH) {
		send_block(number, how);
	} else {
		make_digest(number, how & 1, digest);
		bm_follow_digest(follow, digest, now_ms);
	}
}

static void
take(const struct bitmark_follower_event *event)
{
	switch (event->type) {
	case BITMARK_FOLLOWER_ADDED:
		require(!tip_known || event->number == tip + 1);
		require(event->block.size >= BITMARK_HEADER_SIZE);
		tip = event->number;
		tip_known = true;
		break;
	case BITMARK_FOLLOWER_REMOVED:
		require(!tip_known || event->number == tip);
		require(event->number > BITMARK_GENESIS_NUMBER);
		tip = event->number - 1;
		tip_known = true;
		break;
	case BITMARK_FOLLOWER_NODE_FAILED:
		require(event->status != BITMARK_OK);
		break;
	case BITMARK_FOLLOWER_CURRENT:
		break;
	case BITMARK_FOLLOWER_PUBLISHER_FAILED:
	case BITMARK_FOLLOWER_NOTICE:
		abort();
	}
}

/* Tell, or ask; else let time pass, or hear something. */
static bool
turn(void)
{
	struct bitmark_follower_event event = { 0 };
	bitmark_status status = bm_follow_next(follow, &event);
	enum bm_follow_phase phase;
	uint64_t number;

	require(follow->count <= BM_FOLLOW_BATCH && follow->bytes <=
	    BM_FOLLOW_BATCH_BYTES + BITMARK_HEADER_SIZE);
	if (status == BITMARK_OK)
		take(&event);
	if (status != BITMARK_E_PENDING)
		return status == BITMARK_OK;
	phase = bm_follow_request(follow, now_ms, &number);
	if (phase != BM_FOLLOW_IDLE && phase != BM_FOLLOW_TELL)
		reply(phase, number);
	else if (next() & 1)
		bm_follow_hint(follow, next() % NUMBERS, now_ms);
	else
		now_ms = bm_follow_deadline(follow) > now_ms ?
		    bm_follow_deadline(follow) : now_ms + next();
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bitmark_follower_config config = {
		.struct_size = sizeof config, .publisher = "" };

	input = bm_reader(data, size);
	follow = calloc(1, sizeof *follow);
	if (follow == NULL)
		return 0;
	now_ms = 1000;
	tip_known = false;
	config.from = next() % (NUMBERS / 2);
	config.digest = next() & 1 ? own_digest : NULL;
	bm_follow_init(follow, bitmark_chain_params_find("local"), &config,
	    now_ms);
	for (int i = 0; i < TURNS_MAX && input.left > 0 && turn(); i++)
		;
	bm_follow_fini(follow);
	free(follow);
	return 0;
}
