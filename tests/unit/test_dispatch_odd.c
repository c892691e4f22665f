/* Odd requests from a file, and the replies that they must get. */
#include "../support/fake_node.h"
#include "../support/vectors.h"

#include <bitmarkpeer/codec.h>

#include <stdlib.h>
#include <string.h>

/* Longest frame of a case.  Bytes. */
#define FRAME_BYTES_MAX (9u * 1024 * 1024)

static uint8_t *storage[FAKE_FRAMES_MAX];
static size_t stored;

static void
append(uint8_t **data, size_t *size, const void *more, size_t more_size)
{
	ck_assert_uint_le(*size + more_size, FRAME_BYTES_MAX);
	*data = realloc(*data, *size + more_size + 1);
	ck_assert_ptr_nonnull(*data);
	memcpy(*data + *size, more, more_size);
	*size += more_size;
}

static void
append_hex(uint8_t **data, size_t *size, const char *hex, size_t hex_size)
{
	uint8_t *part = malloc(hex_size / 2 + 1);
	size_t part_size;

	ck_assert_ptr_nonnull(part);
	ck_assert_int_eq(bitmark_hex_decode(hex, hex_size, part,
	    hex_size / 2, &part_size), BITMARK_OK);
	append(data, size, part, part_size);
	free(part);
}

/* HEX:N, with room for all of it at once. */
static void
append_repeated(uint8_t **data, size_t *size, const char *rest)
{
	const char *colon = strchr(rest, ':');
	const size_t start = *size;
	size_t count, part;

	ck_assert_ptr_nonnull(colon);
	count = strtoul(colon + 1, NULL, 10);
	if (count == 0)
		return;
	append_hex(data, size, rest, (size_t)(colon - rest));
	part = *size - start;
	ck_assert_uint_le(start + part * count, FRAME_BYTES_MAX);
	*data = realloc(*data, start + part * count);
	ck_assert_ptr_nonnull(*data);
	for (; *size < start + part * count; *size += part)
		memcpy(*data + *size, *data + start, part);
}

static void
append_time(uint8_t **data, size_t *size, const char *offset)
{
	uint64_t now = FAKE_NOW_S + (uint64_t)strtol(offset, NULL, 10);
	uint8_t packed[8];

	for (int i = 0; i < 8; i++)
		packed[i] = (uint8_t)(now >> (56 - 8 * i));
	append(data, size, packed, sizeof packed);
}

static void
append_token(uint8_t **data, size_t *size, const char *token)
{
	if (token[0] != '@') {
		append_hex(data, size, token, strlen(token));
	} else if (strcmp(token, "@chain") == 0) {
		append(data, size, "local", 5);
	} else if (strcmp(token, "@serverkey") == 0) {
		append(data, size, fake_node.own.key, sizeof fake_node.own.key);
	} else if (strncmp(token, "@now", 4) == 0) {
		append_time(data, size, token + 4);
	} else if (strncmp(token, "@rep:", 5) == 0) {
		append_repeated(data, size, token + 5);
	} else {
		unsigned long count;

		ck_assert_msg(strncmp(token, "@rand:", 6) == 0, "%s", token);
		count = strtoul(token + 6, NULL, 10);
		for (unsigned long i = 0; i < count; i++)
			append(data, size, &(uint8_t){ (uint8_t)(i * 37 + 11) },
			    1);
	}
}

static void
keep(uint8_t *data, size_t size)
{
	storage[stored++] = data;
	frame_bytes(data, size);
}

static void
append_frame(const json_t *token)
{
	const char *word = json_string_value(token);
	uint8_t *data = malloc(1);
	size_t size = 0, i;
	json_t *part;

	ck_assert_ptr_nonnull(data);
	if (word != NULL && strncmp(word, "@times:", 7) == 0) {
		char *rest;
		unsigned long count = strtoul(word + 7, &rest, 10);

		free(data);
		for (; count > 0; count--) {
			data = malloc(1);
			append_token(&data, &size, rest + 1);
			keep(data, size);
			size = 0;
		}
		return;
	}
	if (word != NULL)
		append_token(&data, &size, word);
	else
		json_array_foreach((json_t *)(uintptr_t)token, i, part)
			append_token(&data, &size, json_string_value(part));
	keep(data, size);
}

static bool
is_error(void)
{
	return node_reply.count == 2 && node_reply.frame[0].size == 1 &&
	    node_reply.frame[0].data[0] == 'E';
}

static bool
echoes(struct bitmark_span command)
{
	return node_reply.frame[0].size == command.size && (command.size == 0 ||
	    memcmp(node_reply.frame[0].data, command.data, command.size) == 0);
}

static bool
as_expected(const char *expect)
{
	if (strcmp(expect, "error") == 0)
		return is_error();
	if (strcmp(expect, "ack") == 0)
		return echoes(node_request.command) && node_reply.count == 2 &&
		    node_reply.frame[1].size == 1 &&
		    node_reply.frame[1].data[0] == 'A';
	if (strcmp(expect, "reply") == 0)
		return is_error() || echoes(node_request.command);
	/* The transport does not let these through; they are answered. */
	ck_assert_str_eq(expect, "close_or_ignore");
	return true;
}

static void
replay_message(const json_t *case_, json_t *tokens)
{
	const char *alt = field_text(case_, "alt");
	json_t *token;
	size_t i;

	stored = 0;
	json_array_foreach(tokens, i, token)
		append_frame(token);
	ask_node();
	ck_assert_msg(as_expected(field_text(case_, "expect")) ||
	    (alt != NULL && as_expected(alt)), "%s: %s",
	    field_text(case_, "id"), field_text(case_, "note"));
	for (i = 0; i < node_reply.count; i++)
		ck_assert_uint_le(node_reply.frame[i].size, 1024);
	while (stored > 0)
		free(storage[--stored]);
}

START_TEST(odd_requests_get_the_replies_they_must_get)
{
	json_t *root = vectors_load("hostile-cases.json");
	json_t *case_, *step, *steps;
	size_t i, k, count = 0;

	fake_third_known = _i % 2 == 0;
	if (_i >= 2)
		fake_node.own.connections_size = 0;
	json_array_foreach(json_object_get(root, "cases"), i, case_) {
		steps = json_object_get(case_, "steps");
		if (steps == NULL)
			replay_message(case_, json_object_get(case_,
			    "frames"));
		else
			json_array_foreach(steps, k, step)
				replay_message(case_, step);
		count++;
	}
	ck_assert_uint_eq(count, 360);
	json_decref(root);
}
END_TEST

static TCase *
odd_case(void)
{
	TCase *tc = tcase_create("odd");

	tcase_add_checked_fixture(tc, fake_node_reset, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, odd_requests_get_the_replies_they_must_get, 0,
	    4);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("dispatch odd");

	suite_add_tcase(suite, odd_case());
	return run_suite(suite);
}
