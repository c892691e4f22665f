/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "vectors.h"

#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
data_path(const char *name, char *path, size_t size)
{
	const char *dir = getenv("BITMARK_TEST_DATA");

	snprintf(path, size, "%s/%s", dir != NULL ? dir : "tests/data", name);
}

/* The whole file and room for a NUL, or NULL. */
static uint8_t *
read_data(const char *name, size_t *size)
{
	char path[1024];
	uint8_t *data = NULL;
	long end = -1;
	FILE *f;

	data_path(name, path, sizeof path);
	f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0)
		end = ftell(f);
	rewind(f);
	if (end >= 0)
		data = malloc((size_t)end + 1);
	*size = (size_t)end;
	if (data != NULL && fread(data, 1, *size, f) != *size) {
		free(data);
		data = NULL;
	}
	fclose(f);
	return data;
}

/*
 * Jansson knows signed numbers only: a bare number that does not fit becomes
 * decimal text, which field_number reads too.  ${out} holds 2 * ${size} + 1.
 */
static size_t
quote_large_numbers(const char *text, size_t size, char *out)
{
	static const char largest[] = "9223372036854775807";
	const size_t digits = sizeof largest - 1;
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0, run; i < size; i += run) {
		bool large;

		run = strspn(text + i, "0123456789");
		large = !quoted && (run > digits || (run == digits &&
		    strncmp(text + i, largest, digits) > 0));
		if (text[i] == '"')
			quoted = !quoted;
		if (run == 0)
			run = quoted && text[i] == '\\' ? 2 : 1;
		if (large)
			out[n++] = '"';
		memcpy(out + n, text + i, run);
		n += run;
		if (large)
			out[n++] = '"';
	}
	return n;
}

/* Files of vectors_keep. */
static struct {
	const char *name;
	json_t *root;
} kept[VECTORS_KEPT_MAX];
static size_t kept_count;

static json_t *
find_kept(const char *name)
{
	for (size_t i = 0; i < kept_count; i++)
		if (strcmp(kept[i].name, name) == 0)
			return json_incref(kept[i].root);
	return NULL;
}

/* NULL, with a line that tells it, when that fails.  No assertion: those of
 * check(1) are for tests, and main calls this before they run. */
static json_t *
parse_file(const char *name)
{
	size_t size;
	char *text = (char *)read_data(name, &size);
	char *quoted = text != NULL ? malloc(2 * size + 1) : NULL;
	json_error_t error = { .text = "the file cannot be read" };
	json_t *root = NULL;

	if (quoted != NULL) {
		text[size] = '\0';
		size = quote_large_numbers(text, size, quoted);
		root = json_loadb(quoted, size, JSON_ALLOW_NUL, &error);
	}
	if (root == NULL)
		fprintf(stderr, "%s:%d: %s\n", name, error.line, error.text);
	free(quoted);
	free(text);
	return root;
}

json_t *
vectors_load(const char *name)
{
	json_t *root = find_kept(name);

	if (root == NULL)
		root = parse_file(name);
	ck_assert_msg(root != NULL, "no vectors in %s", name);
	return root;
}

/* Never freed: a child that freed its copy at its end would first be given each
 * page of it by the system. */
void
vectors_keep(const char *name)
{
	json_t *root = parse_file(name);

	if (root == NULL || kept_count == VECTORS_KEPT_MAX)
		abort();
	kept[kept_count].name = name;
	kept[kept_count++].root = root;
}

json_t *
vectors_section(const char *section)
{
	static json_t *root;    /* test process only; freed at its end */
	json_t *list;

	if (root == NULL)
		root = vectors_load("vectors.json");
	list = json_object_get(root, section);
	ck_assert_msg(json_is_array(list) && json_array_size(list) > 0,
	    "no section %s", section);
	return list;
}

const char *
field_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

uint8_t *
field_bytes(const json_t *object, const char *key, size_t *size)
{
	const char *hex = field_text(object, key);
	uint8_t *bytes;

	ck_assert_msg(hex != NULL, "no field %s", key);
	bytes = malloc(strlen(hex) / 2 + 1);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(bitmark_hex_decode(hex, strlen(hex), bytes,
	    strlen(hex) / 2, size), BITMARK_OK);
	return bytes;
}

uint64_t
field_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_integer(value))
		return (uint64_t)json_integer_value(value);
	ck_assert_msg(json_is_string(value), "no number %s", key);
	return strtoull(json_string_value(value), NULL, 10);
}

uint8_t *
data_file(const char *name, size_t *size)
{
	uint8_t *data = read_data(name, size);

	ck_assert_msg(data != NULL, "tests/data/%s cannot be read", name);
	return data;
}

void
assert_hex(const uint8_t *data, size_t size, const char *hex, const char *what)
{
	char *text = malloc(2 * size + 1);

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(hex != NULL, "%s: nothing to compare with", what);
	bitmark_hex_encode(data, size, text);
	ck_assert_msg(strcmp(text, hex) == 0, "%s: is %s, should be %s", what,
	    text, hex);
	free(text);
}

void
assert_error(bitmark_status status, const char *text, const char *what)
{
	if (text == NULL)
		ck_assert_msg(status == BITMARK_OK, "%s: %s, should succeed",
		    what, bitmark_strerror(status));
	else
		ck_assert_msg(strcmp(bitmark_strerror(status), text) == 0,
		    "%s: %s, should be %s", what, bitmark_strerror(status),
		    text);
}

int
run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
