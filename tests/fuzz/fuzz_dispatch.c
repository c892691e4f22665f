/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Requests of any frames, and what they make of the table of peers.
 *
 * The first byte says what the node knows.  Then each frame is a byte with
 * its length and its bytes; a length above LENGTH_MAX stands for the name of
 * the chain.
 */
#include <bitmarkpeer/dispatch.h>

#include <stdlib.h>
#include <string.h>

#define NOW_S 1700000000u
#define HEIGHT 5u
#define FRAMES_MAX 16
#define LENGTH_MAX 250

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
counted_random(void *user, uint8_t *out, size_t size)
{
	uint8_t *next = user;

	for (size_t i = 0; i < size; i++)
		out[i] = (*next)++;
}

static uint64_t
view_height(void *user)
{
	(void)user;
	return HEIGHT;
}

static bitmark_status
view_block(void *user, uint64_t number, struct bitmark_span *block)
{
	static const uint8_t bytes[] = "block";

	(void)user;
	*block = (struct bitmark_span){ bytes, sizeof bytes };
	return number <= HEIGHT ? BITMARK_OK : BITMARK_E_BLOCK_NOT_FOUND;
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	(void)user;
	memset(digest, 1, BITMARK_DIGEST_SIZE);
	return number <= HEIGHT ? BITMARK_OK : BITMARK_E_BLOCK_NOT_FOUND;
}

static bitmark_status
random_peer(void *user, const uint8_t exclude[BITMARK_PEER_KEY_SIZE],
    struct bitmark_peer *peer)
{
	return bitmark_announce_random(user, exclude, peer);
}

static size_t
split(const uint8_t *data, size_t size, struct bitmark_span *frames)
{
	size_t count = 0;

	while (size > 0 && count < FRAMES_MAX) {
		size_t length = *data++;

		size--;
		if (length > LENGTH_MAX) {
			frames[count++] = (struct bitmark_span){
				(const uint8_t *)"local", 5 };
			continue;
		}
		if (length > size)
			length = size;
		frames[count++] = (struct bitmark_span){ data, length };
		data += length;
		size -= length;
	}
	return count;
}

/* Every byte of the reply is there, and a reply is never long. */
static void
check_reply(const struct bitmark_reply *reply)
{
	static uint8_t copy[1024];

	check(reply->count >= 2 && reply->count <= BITMARK_REPLY_FRAMES_MAX);
	for (size_t i = 0; i < reply->count; i++) {
		check(reply->frame[i].size <= sizeof copy);
		if (reply->frame[i].size != 0)
			memcpy(copy, reply->frame[i].data,
			    reply->frame[i].size);
	}
}

/* A request that is handed on has passed the checks that need no clock. */
static void
process(const struct bitmark_request *request,
    struct bitmark_announce *announce)
{
	bitmark_status status;
	uint64_t timestamp = 0;

	check(request->count <= 3);
	if (request->kind != BITMARK_REQUEST_REGISTER &&
	    request->kind != BITMARK_REQUEST_PEER)
		return;
	check(request->count == 3 && request->parameter[2].size == 8);
	for (size_t i = 0; i < 8; i++)
		timestamp = timestamp << 8 | request->parameter[2].data[i];
	status = bitmark_announce_add(announce, 0,
	    (struct bitmark_announcement){ request->parameter[0],
	    request->parameter[1], timestamp }, NOW_S, NULL, NULL);
	check(status != BITMARK_E_IP_ADDRESS);
	check(bitmark_announce_count(announce) <= 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t entry[] = { 7, 0x08, 0x58, 127, 0, 0, 1 };
	struct bitmark_span frames[FRAMES_MAX];
	struct bitmark_announce *announce;
	uint8_t next = 0;
	const struct bitmark_env env = { .user = &next,
		.random = counted_random };
	const struct bitmark_view view = { sizeof view, NULL, view_height,
	    view_block, view_digest };
	struct bitmark_dispatch_node node = {
		.struct_size = sizeof node,
		.params = bitmark_chain_params_find("local"),
		.version = "fuzz",
		.view = &view,
		.random_peer = random_peer,
	};
	size_t count;

	if (size == 0)
		return 0;
	memset(node.own.key, 9, sizeof node.own.key);
	if (data[0] & 1) {
		memcpy(node.own.connections, entry, sizeof entry);
		node.own.connections_size = sizeof entry;
	}
	if (bitmark_announce_new(&announce, &node.own, 3, data[0] & 2 ?
	    bitmark_rules_0_16() : bitmark_rules_8_2(), &env) != BITMARK_OK)
		return 0;
	node.user = announce;
	count = split(data + 1, size - 1, frames);
	for (int i = 0; i < 2; i++) {   /* again, with what was stored */
		struct bitmark_reply reply;
		struct bitmark_request request;

		check(bitmark_dispatch(&node, NOW_S, frames, count, &reply,
		    &request) == BITMARK_OK);
		check_reply(&reply);
		process(&request, announce);
	}
	bitmark_announce_free(announce);
	return 0;
}
