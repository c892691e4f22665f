/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * JSON values that several programs make. Each function gives NULL when there
 * is no memory; json_pack and print_json then fail as a whole.
 */
#include "shared/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <bitmarkpeer/codec.h>

#include "shared/complain.h"

#define NUMBER_TEXT_MAX 24

/* One line for each value, so that a reader of a pipe can take lines. */
int
print_json(json_t *value)
{
	int code = EXIT_DONE;

	/* Texts of strangers may hold sequences that a terminal obeys. JSON
	 * escapes control characters of seven bits; escaping all that is not
	 * ASCII catches those of eight bits, too. */
	if (value != NULL && json_dumpf(value, stdout, JSON_COMPACT |
	    JSON_ENSURE_ASCII | JSON_ENCODE_ANY) == 0) {
		putchar('\n');
	} else if (ferror(stdout)) {
		code = EXIT_STORE;      /* program_main says so */
	} else {
		complain("cannot write JSON");
		code = EXIT_FAILED;
	}
	json_decref(value);
	return code;
}

/* The library gives JSON as text, so that its headers need no type of Jansson.
 * ${text} is taken over. */
json_t *
json_from_text(char *text)
{
	json_t *value = NULL;

	if (text != NULL)
		value = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_ANY,
		    NULL);
	bitmark_free(text);
	return value;
}

/* As text, because readers in JavaScript lose digits above 2^53. */
json_t *
json_number(uint64_t number)
{
	char text[NUMBER_TEXT_MAX];

	snprintf(text, sizeof text, "%" PRIu64, number);
	return json_string(text);
}

/* The text is made and given back here, whatever its length. */
static json_t *
hex_string(void (*encode)(const uint8_t *data, size_t size, char *text),
    const uint8_t *data, size_t size)
{
	char *text = malloc(2 * size + 1);
	json_t *value = NULL;

	if (text != NULL) {
		encode(data, size, text);
		value = json_string(text);
	}
	free(text);
	return value;
}

/* Hex in the order in which the bytes are stored and sent. */
json_t *
json_hex(const uint8_t *data, size_t size)
{
	return hex_string(bitmark_hex_encode, data, size);
}

/* Hex from the last byte on, as bitmarkd shows digests: the zeros of the proof
 * of work come first then. */
json_t *
json_hex_reversed(const uint8_t *data, size_t size)
{
	return hex_string(bitmark_hex_encode_reversed, data, size);
}
