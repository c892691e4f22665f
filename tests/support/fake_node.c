/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "fake_node.h"

#include <string.h>

#include "vectors.h"

const uint8_t fake_v4_entry[BITMARK_CONNECTION_V4_SIZE] = {
	7, 0x08, 0x58, 127, 0, 0, 1
};
const uint8_t fake_mapped_entry[BITMARK_CONNECTION_V6_SIZE] = {
	19, 0x08, 0x58, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1
};
const char fake_blocks[FAKE_HEIGHT + 1][8] = {
	"", "", "block 2", "block 3"
};

struct bitmark_dispatch_node fake_node;
struct bitmark_view fake_view;
struct bitmark_peer fake_third;
bool fake_third_known;
uint8_t fake_excluded[BITMARK_PEER_KEY_SIZE];

static struct bitmark_span frames[FAKE_FRAMES_MAX];
static size_t frame_count;
struct bitmark_reply node_reply;
struct bitmark_request node_request;

static uint64_t
view_height(void *user)
{
	(void)user;
	return FAKE_HEIGHT;
}

static bitmark_status
view_block(void *user, uint64_t number, struct bitmark_span *block)
{
	(void)user;
	if (number > FAKE_HEIGHT)
		return BITMARK_E_BLOCK_NOT_FOUND;
	*block = (struct bitmark_span){ (const uint8_t *)fake_blocks[number],
		strlen(fake_blocks[number]) };
	return BITMARK_OK;
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	(void)user;
	if (number > FAKE_HEIGHT)
		return BITMARK_E_BLOCK_NOT_FOUND;
	memset(digest, (int)number, BITMARK_DIGEST_SIZE);
	return BITMARK_OK;
}

static bitmark_status
random_peer(void *user, const uint8_t exclude[BITMARK_PEER_KEY_SIZE],
    struct bitmark_peer *peer)
{
	(void)user;
	memcpy(fake_excluded, exclude, sizeof fake_excluded);
	if (!fake_third_known)
		return BITMARK_E_NOT_FOUND;
	*peer = fake_third;
	return BITMARK_OK;
}

static struct bitmark_peer
peer_of(uint8_t fill, uint64_t timestamp)
{
	struct bitmark_peer peer = { .timestamp = timestamp };

	memset(peer.key, fill, sizeof peer.key);
	memcpy(peer.connections, fake_mapped_entry, sizeof fake_mapped_entry);
	peer.connections_size = sizeof fake_mapped_entry;
	return peer;
}

void
fake_node_reset(void)
{
	fake_third = peer_of(3, 12345);
	fake_third_known = true;
	fake_view = (struct bitmark_view){ sizeof fake_view, NULL,
	    view_height, view_block, view_digest };
	fake_node = (struct bitmark_dispatch_node){
		.struct_size = sizeof fake_node,
		.params = bitmark_chain_params_find("local"),
		.version = "zero",
		.normal = true,
		.view = &fake_view,
		.own = peer_of(9, 1),
		.random_peer = random_peer,
	};
	frame_count = 0;
}

void
frame_bytes(const void *data, size_t size)
{
	ck_assert_uint_lt(frame_count, FAKE_FRAMES_MAX);
	frames[frame_count++] = (struct bitmark_span){ data, size };
}

void
frame_text(const char *word)
{
	frame_bytes(word, strlen(word));
}

void
ask_node(void)
{
	memset(&node_reply, 0xa5, sizeof node_reply);
	memset(&node_request, 0xa5, sizeof node_request);
	bitmark_dispatch(&fake_node, FAKE_NOW_S, frames, frame_count,
	    &node_reply, &node_request);
	frame_count = 0;
	ck_assert_uint_ge(node_reply.count, 2);
	ck_assert_uint_le(node_reply.count, BITMARK_REPLY_FRAMES_MAX);
}

void
ask_for(const char *command)
{
	frame_text("local");
	frame_text(command);
}

void
assert_frame(size_t index, const void *data, size_t size)
{
	ck_assert_uint_lt(index, node_reply.count);
	ck_assert_uint_eq(node_reply.frame[index].size, size);
	if (size != 0)
		ck_assert_mem_eq(node_reply.frame[index].data, data, size);
}

void
assert_text(size_t index, const char *word)
{
	assert_frame(index, word, strlen(word));
}

void
assert_fails(const char *message)
{
	ask_node();
	ck_assert_uint_eq(node_reply.count, 2);
	assert_text(0, "E");
	assert_text(1, message);
	ck_assert_int_eq(node_request.kind, BITMARK_REQUEST_NONE);
}

void
assert_acknowledged(const char *command, enum bitmark_request_kind kind)
{
	ask_node();
	ck_assert_uint_eq(node_reply.count, 2);
	assert_text(0, command);
	assert_text(1, "A");
	ck_assert_int_eq(node_request.kind, kind);
}
