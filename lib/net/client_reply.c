/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Replies of nodes, checked.
 * Source: bitmark-protocol(7), COMMANDS; bitmarkd v8.2 peer/upstream/setup.go
 */
#include "net/client_reply.h"

#include <stdio.h>

#include "codec/codec.h"
#include "record/json_load.h"

/* Every reply has the command and one result. */
#define REPLY_FRAMES 2
/* Frames of a reply to R: command, chain, key, connections, time. */
#define PEER_FRAMES 5
/* Longest I that is read.  Bytes.  Source: local bound; nodes send about 60 */
#define INFO_TEXT_MAX 65536
/* "\xNN" */
#define ESCAPE_SIZE 4

static bool
is_text(struct bitmark_span span, const char *text)
{
	return span.size == strlen(text) &&
	    memcmp(span.data, text, span.size) == 0;
}

static bool
starts_with(struct bitmark_span span, const char *text)
{
	return span.size >= strlen(text) &&
	    memcmp(span.data, text, strlen(text)) == 0;
}

/* Control characters, among them those of 8 bits that terminals obey, and
 * marks that reverse the direction of what follows. */
static bool
is_printable(uint32_t rune)
{
	return rune != BITMARK_UTF8_INVALID && rune >= 0x20 &&
	    !(rune >= 0x7f && rune < 0xa0) &&
	    !(rune >= 0x2028 && rune <= 0x202e) &&
	    !(rune >= 0x2066 && rune <= 0x2069);
}

/* Bytes that are not shown as they are: "\xNN" for each, as Go quotes them. */
static void
escape(struct bm_writer *w, const uint8_t *data, size_t size)
{
	char text[ESCAPE_SIZE + 1];

	for (size_t i = 0; i < size; i++) {
		(void)snprintf(text, sizeof text, "\\x%02x", data[i]);
		bm_write_bytes(w, text, ESCAPE_SIZE);
	}
}

/* After a character that does not fit the writer stays as it is, so the text is
 * cut between characters. */
static void
make_printable(struct bitmark_span raw, char text[BM_REMOTE_ERROR_SIZE])
{
	struct bm_writer w = bm_writer((uint8_t *)text,
	    BM_REMOTE_ERROR_SIZE - 1);
	size_t end = 0;

	for (size_t at = 0; at < raw.size && bm_writer_ok(&w);) {
		size_t from = at;
		uint32_t rune = bitmark_utf8_next(raw, &at);

		end = w.size;
		if (is_printable(rune))
			bm_write_bytes(&w, raw.data + from, at - from);
		else
			escape(&w, raw.data + from, at - from);
	}
	text[bm_writer_ok(&w) ? w.size : end] = '\0';
}

/* Source: bitmark-protocol(7), COMMANDS, Questions */
static bitmark_status
remote_error(struct bitmark_span text)
{
	if (is_text(text, bitmark_strerror(BITMARK_E_BLOCK_NOT_FOUND)))
		return BITMARK_E_BLOCK_NOT_FOUND;
	if (is_text(text, bitmark_strerror(BITMARK_E_INCORRECT_CHAIN)) ||
	    starts_with(text, bitmark_strerror(BITMARK_E_INVALID_CHAIN)))
		return BITMARK_E_INVALID_CHAIN;
	return BITMARK_E_REMOTE;
}

bitmark_status
bm_reply_check(const struct bitmark_span *frames, size_t count,
    const char *command, struct bitmark_span *payload,
    char error[BM_REMOTE_ERROR_SIZE])
{
	if (count != REPLY_FRAMES)
		return BITMARK_E_PEER_RESPONSE;
	if (is_text(frames[0], command)) {
		*payload = frames[1];
		return BITMARK_OK;
	}
	if (!is_text(frames[0], "E"))
		return BITMARK_E_PEER_RESPONSE;
	make_printable(frames[1], error);
	return remote_error(frames[1]);
}

/* Results of a fixed size must have exactly that: a longer one comes from a node
 * that speaks another protocol. */
bitmark_status
bm_reply_height(struct bitmark_span payload, uint64_t *height)
{
	if (payload.size != sizeof *height)
		return BITMARK_E_PEER_RESPONSE;
	*height = bm_get_u64be(payload.data);
	return BITMARK_OK;
}

bitmark_status
bm_reply_digest(struct bitmark_span payload,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	if (payload.size != BITMARK_DIGEST_SIZE)
		return BITMARK_E_PEER_RESPONSE;
	memcpy(digest, payload.data, BITMARK_DIGEST_SIZE);
	return BITMARK_OK;
}

/* Later releases may send more frames, or a longer time. */
bitmark_status
bm_reply_peer(const struct bitmark_span *frames, size_t count,
    const char *chain, struct bitmark_peer *peer)
{
	if (count < PEER_FRAMES || !is_text(frames[0], "R") ||
	    !is_text(frames[1], chain) ||
	    frames[2].size != sizeof peer->key ||
	    frames[3].size > sizeof peer->connections ||
	    frames[4].size < sizeof peer->timestamp)
		return BITMARK_E_PEER_RESPONSE;
	memcpy(peer->key, frames[2].data, sizeof peer->key);
	if (frames[3].size > 0)
		memcpy(peer->connections, frames[3].data, frames[3].size);
	peer->connections_size = frames[3].size;
	peer->timestamp = bm_get_u64be(frames[4].data);
	return BITMARK_OK;
}

/* As much of a text as fits, cut between characters. */
static void
copy_cut(const json_t *value, char *out, size_t capacity)
{
	struct bitmark_span text = { (const uint8_t *)json_string_value(value),
	    json_string_length(value) };
	size_t end = 0;

	for (size_t at = 0; at < text.size;) {
		(void)bitmark_utf8_next(text, &at);
		if (at >= capacity)
			break;
		end = at;
	}
	if (end > 0)
		memcpy(out, text.data, end);
	out[end] = '\0';
}

/* A chain name that does not fit is no chain of ours; a version that does not is
 * only shown, and is cut. */
static bool
read_info(const json_t *root, struct bitmark_info *info)
{
	const json_t *version = json_object_get(root, "version");
	const json_t *chain = json_object_get(root, "chain");
	const json_t *normal = json_object_get(root, "normal");
	const json_t *height = json_object_get(root, "height");

	if (!json_is_string(version) || !json_is_string(chain) ||
	    !json_is_boolean(normal) || !bm_json_u64(height, &info->height) ||
	    json_string_length(chain) >= sizeof info->chain)
		return false;
	/* Jansson's numbers are signed. */
	if (json_is_integer(height) && json_integer_value(height) < 0)
		return false;
	copy_cut(version, info->version, sizeof info->version);
	copy_cut(chain, info->chain, sizeof info->chain);
	info->normal = json_is_true(normal);
	return true;
}

/* The JSON is a stranger's: its size is bounded, and a name that comes twice is
 * refused, because readers disagree about which of the two counts. */
bitmark_status
bm_reply_info(struct bitmark_span payload, struct bitmark_info *info)
{
	struct bitmark_info read = { .struct_size = sizeof read, .height = 0 };
	json_error_t error;
	json_t *root;
	bool ok;

	if (payload.size == 0 || payload.size > INFO_TEXT_MAX)
		return BITMARK_E_PEER_RESPONSE;
	root = json_loadb((const char *)payload.data, payload.size,
	    JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return json_error_code(&error) == json_error_out_of_memory ?
		    BITMARK_E_NOMEM : BITMARK_E_PEER_RESPONSE;
	ok = read_info(root, &read);
	json_decref(root);
	if (!ok)
		return BITMARK_E_PEER_RESPONSE;
	*info = read;
	return BITMARK_OK;
}
