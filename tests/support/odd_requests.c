/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "odd_requests.h"

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

/* Longest frame of a case.  Bytes. */
#define FRAME_BYTES_MAX (9u * 1024 * 1024)
#define NUMBER_SIZE 8
#define REGISTER_FRAMES 5

/* One frame as it grows. */
struct frame {
	uint8_t *data;
	size_t size;
};

static void
append(struct frame *f, const void *more, size_t size)
{
	ck_assert_uint_le(f->size + size, FRAME_BYTES_MAX);
	f->data = realloc(f->data, f->size + size + 1);
	ck_assert_ptr_nonnull(f->data);
	memcpy(f->data + f->size, more, size);
	f->size += size;
}

static void
append_hex(struct frame *f, const char *hex, size_t hex_size)
{
	uint8_t *part = malloc(hex_size / 2 + 1);
	size_t part_size;

	ck_assert_ptr_nonnull(part);
	ck_assert_int_eq(bitmark_hex_decode(hex, hex_size, part,
	    hex_size / 2, &part_size), BITMARK_OK);
	append(f, part, part_size);
	free(part);
}

/* Append the bytes HEX repeated N times, after growing the frame once. */
static void
append_repeated(struct frame *f, const char *rest)
{
	const char *colon = strchr(rest, ':');
	const size_t start = f->size;
	size_t count, part;

	ck_assert_ptr_nonnull(colon);
	count = strtoul(colon + 1, NULL, 10);
	if (count == 0)
		return;
	append_hex(f, rest, (size_t)(colon - rest));
	part = f->size - start;
	ck_assert_uint_le(start + part * count, FRAME_BYTES_MAX);
	f->data = realloc(f->data, start + part * count);
	ck_assert_ptr_nonnull(f->data);
	for (; f->size < start + part * count; f->size += part)
		memcpy(f->data + f->size, f->data + start, part);
}

static void
pack_number(uint64_t number, uint8_t packed[NUMBER_SIZE])
{
	for (int i = 0; i < NUMBER_SIZE; i++)
		packed[i] = (uint8_t)(number >> (56 - 8 * i));
}

static void
append_token(struct frame *f, const struct odd_node *node, const char *token)
{
	uint8_t packed[NUMBER_SIZE];

	if (token[0] != '@') {
		append_hex(f, token, strlen(token));
	} else if (strcmp(token, "@chain") == 0) {
		append(f, "local", 5);
	} else if (strcmp(token, "@serverkey") == 0) {
		append(f, node->key, sizeof node->key);
	} else if (strncmp(token, "@now", 4) == 0) {
		pack_number(node->now_s +
		    (uint64_t)strtol(token + 4, NULL, 10), packed);
		append(f, packed, sizeof packed);
	} else if (strncmp(token, "@rep:", 5) == 0) {
		append_repeated(f, token + 5);
	} else {
		unsigned long count;

		ck_assert_msg(strncmp(token, "@rand:", 6) == 0, "%s", token);
		count = strtoul(token + 6, NULL, 10);
		for (unsigned long i = 0; i < count; i++)
			append(f, &(uint8_t){ (uint8_t)(i * 37 + 11) }, 1);
	}
}

static void
keep(struct odd_request *request, struct frame *f)
{
	ck_assert_uint_lt(request->count, ODD_FRAMES_MAX);
	request->frame[request->count++] = (struct bitmark_span){ f->data,
		f->size };
	*f = (struct frame){ NULL, 0 };
}

static void
append_frame(struct odd_request *request, const struct odd_node *node,
    json_t *token)
{
	const char *word = json_string_value(token);
	struct frame f = { NULL, 0 };
	json_t *part;
	size_t i;

	append(&f, "", 0);
	if (word != NULL && strncmp(word, "@times:", 7) == 0) {
		char *rest;
		unsigned long count = strtoul(word + 7, &rest, 10);

		free(f.data);
		f.data = NULL;
		for (; count > 0; count--) {
			append(&f, "", 0);
			append_token(&f, node, rest + 1);
			keep(request, &f);
		}
		return;
	}
	if (word != NULL)
		append_token(&f, node, word);
	else
		json_array_foreach(token, i, part)
			append_token(&f, node, json_string_value(part));
	keep(request, &f);
}

static void
each_message(const struct odd_node *node, const json_t *case_, size_t step,
    json_t *tokens, odd_fn fn)
{
	struct odd_request request = { .case_ = case_, .step = step };
	json_t *token;
	size_t i;

	json_array_foreach(tokens, i, token)
		append_frame(&request, node, token);
	fn(&request);
	while (request.count > 0)
		free((void *)(uintptr_t)request.frame[--request.count].data);
}

void
odd_each(const struct odd_node *node, odd_fn fn)
{
	json_t *root = vectors_load("hostile-cases.json");
	json_t *cases = json_object_get(root, "cases");
	json_t *case_, *steps, *step;
	size_t i, k;

	ck_assert_uint_eq(json_array_size(cases), ODD_CASES);
	json_array_foreach(cases, i, case_) {
		steps = json_object_get(case_, "steps");
		if (steps == NULL)
			each_message(node, case_, 0, json_object_get(case_,
			    "frames"), fn);
		json_array_foreach(steps, k, step)
			each_message(node, case_, k, step, fn);
	}
	json_decref(root);
}

static bool
same(struct bitmark_span a, const void *data, size_t size)
{
	return a.size == size && (size == 0 || memcmp(a.data, data, size) == 0);
}

bool
odd_is(const struct odd_request *request, const char *command)
{
	return request->count >= 2 &&
	    same(request->frame[1], command, strlen(command));
}

/* Has the reply two frames, this command and this result? */
static bool
is_reply(const struct bitmark_span *reply, size_t count,
    struct bitmark_span first, const void *data, size_t size)
{
	return count == 2 && same(reply[0], first.data, first.size) &&
	    same(reply[1], data, size);
}

static bool
is_info(const struct odd_node *node, const struct odd_request *request,
    const struct bitmark_span *reply, size_t count)
{
	char text[256];
	int size = snprintf(text, sizeof text, "{\"version\":\"%s\","
	    "\"chain\":\"local\",\"normal\":%s,\"height\":%llu}",
	    node->version, node->normal ? "true" : "false",
	    (unsigned long long)node->height);

	return is_reply(reply, count, request->frame[1], text, (size_t)size);
}

/* A reply with data.  H is asked for the digest of genesis only. */
static bool
is_answer(const struct odd_node *node, const struct odd_request *request,
    const struct bitmark_span *reply, size_t count)
{
	uint8_t height[NUMBER_SIZE];

	if (odd_is(request, "I"))
		return is_info(node, request, reply, count);
	if (odd_is(request, "H"))
		return is_reply(reply, count, request->frame[1],
		    bitmark_chain_params_find("local")->genesis_digest,
		    BITMARK_DIGEST_SIZE);
	if (odd_is(request, "R"))
		return count == REGISTER_FRAMES && same(reply[0], "R", 1) &&
		    same(reply[1], "local", 5) &&
		    reply[2].size == BITMARK_PEER_KEY_SIZE &&
		    reply[4].size == NUMBER_SIZE;
	pack_number(node->height, height);
	return odd_is(request, "N") && is_reply(reply, count,
	    request->frame[1], height, sizeof height);
}

void
odd_check_reply(const struct odd_request *request,
    const struct odd_node *node, const struct bitmark_span *reply,
    size_t count)
{
	const char *text = field_text(request->case_, "text");
	const char *expect = field_text(request->case_, "expect");
	bool good;

	if (text != NULL)
		good = is_reply(reply, count,
		    (struct bitmark_span){ (const uint8_t *)"E", 1 }, text,
		    strlen(text));
	else if (strcmp(expect, "reply") == 0)
		good = is_answer(node, request, reply, count);
	else
		good = is_reply(reply, count, request->frame[1], "A", 1);
	ck_assert_msg(good, "%s, step %zu: %s",
	    field_text(request->case_, "id"), request->step,
	    field_text(request->case_, "note"));
}
