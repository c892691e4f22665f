/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Any frames as the reply to any request of a client.  The input is a list of
 * frames, each with its size in front: one byte, 255 for all that is left.
 * The properties that must hold are checked; a breach aborts.
 */
#include "net/client_reply.h"

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

#define FRAMES_MAX 8
#define ALL_THE_REST 255

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static size_t
split(const uint8_t *data, size_t size, struct bitmark_span *frames)
{
	struct bm_reader r = bm_reader(data, size);
	size_t count = 0;

	while (r.left > 0 && count < FRAMES_MAX) {
		size_t length = bm_read_u8(&r);

		if (length == ALL_THE_REST || length > r.left)
			length = r.left;
		frames[count++] = bm_read_span(&r, length);
	}
	return count;
}

/* Terminated, and harmless to a terminal. */
static void
check_error(const char error[BM_REMOTE_ERROR_SIZE])
{
	struct bitmark_span text;
	uint32_t rune;

	require(memchr(error, '\0', BM_REMOTE_ERROR_SIZE) != NULL);
	text = bm_span_of(error);
	for (size_t at = 0; at < text.size;) {
		rune = bitmark_utf8_next(text, &at);
		require(rune != BITMARK_UTF8_INVALID && rune >= 0x20);
		require(rune < 0x7f || rune >= 0xa0);
	}
}

static void
try_info(struct bitmark_span payload)
{
	struct bitmark_info info = { .struct_size = sizeof info }, before =
	    { .struct_size = sizeof before };
	bitmark_status status;

	memset(&info, 0x55, sizeof info);
	before = info;
	status = bm_reply_info(payload, &info);
	if (status != BITMARK_OK) {
		require(status == BITMARK_E_PEER_RESPONSE);
		require(memcmp(&info, &before, sizeof info) == 0);
		return;
	}
	require(memchr(info.version, '\0', sizeof info.version) != NULL);
	require(memchr(info.chain, '\0', sizeof info.chain) != NULL);
	require(info.height <= INT64_MAX ||
	    memchr(payload.data, '"', payload.size) != NULL);
}

static void
try_payloads(struct bitmark_span payload)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t height;

	try_info(payload);
	require((bm_reply_height(payload, &height) == BITMARK_OK) ==
	    (payload.size == sizeof height));
	require((bm_reply_digest(payload, digest) == BITMARK_OK) ==
	    (payload.size == sizeof digest));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const commands[] = { "I", "N", "H", "B", "block" };
	struct bitmark_span frames[FRAMES_MAX];
	size_t count = split(data, size, frames);

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		char error[BM_REMOTE_ERROR_SIZE] = "";
		struct bitmark_span payload;
		bitmark_status status = bm_reply_check(frames, count,
		    commands[i], &payload, error);

		check_error(error);
		require(status != BITMARK_OK || count == 2);
		if (status == BITMARK_OK)
			try_payloads(payload);
	}
	return 0;
}
