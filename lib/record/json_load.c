/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * JSON text with unsigned 64 bit numbers, read with Jansson.
 *
 * Jansson holds an integer as a signed 64 bit number and refuses text with a
 * larger one.  Nonces and amounts of Bitmark use all 64 bits, and v8.2 prints
 * the nonce of an issue bare, so that about half of all nonces could not be
 * read.  The text is therefore changed before Jansson sees it: a number above
 * INT64_MAX is replaced by the negative one with the same 64 bits.
 *
 * Numbers that are no 64 bit number at all, those with a minus sign and those
 * that are too large, become real numbers, which bm_json_u64 refuses: so the
 * two kinds cannot be confused, and the caller can say which field is wrong.
 */
#include "record/json_load.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Digits of 2^64 - 1. */
#define U64_DIGITS_MAX 20

void
bm_fault_set(struct bm_fault *fault, bitmark_status status,
    const char *format, ...)
{
	va_list args;

	if (fault->status != BITMARK_OK)
		return;
	fault->status = status;
	if (fault->text == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(fault->text, BITMARK_JSON_FAULT_MAX, format, args);
	va_end(args);
	/* Texts of the input must not control the terminal that shows them. */
	for (char *c = fault->text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/* Read decimal digits without sign, space or leading zero.  A zero in front
 * would be another text for the same number, and is no JSON. */
static bool
parse_u64(const char *text, size_t size, uint64_t *value)
{
	uint64_t v = 0;

	if (size == 0 || size > U64_DIGITS_MAX || (size > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < size; i++) {
		uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';

		/* A character below '0' wraps to a large digit.  The second
		 * test is v * 10 + digit > UINT64_MAX without overflow. */
		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_number_character(char c)
{
	return is_digit(c) || (c != '\0' && strchr("+-.eE", c) != NULL);
}

/*
 * Write the number at the start of ${text}, changed if need be.  Returns its
 * length in ${text}.
 */
static size_t
fold_number(struct bm_writer *w, const char *text, size_t left)
{
	char folded[U64_DIGITS_MAX + 2];
	size_t size = 0, digits = 0;
	uint64_t value;

	while (size < left && is_number_character(text[size]))
		digits += is_digit(text[size++]);
	if (parse_u64(text, size, &value) && value > INT64_MAX) {
		snprintf(folded, sizeof folded, "-%" PRIu64,
		    UINT64_MAX - value + 1);
		bm_write_bytes(w, folded, strlen(folded));
		return size;
	}
	bm_write_bytes(w, text, size);
	/* An integer that is none for us: a fraction makes it a real one. */
	if ((text[0] == '-' && digits == size - 1) ||
	    (digits == size && size >= U64_DIGITS_MAX))
		bm_write_bytes(w, ".0", 2);
	return size;
}

/* Copy ${text} with its numbers changed; strings are copied as they are. */
static void
fold_numbers(struct bm_writer *w, const char *text, size_t size)
{
	bool quoted = false;
	size_t run;

	for (size_t i = 0; i < size; i += run) {
		run = 1;
		if (!quoted && (is_digit(text[i]) || text[i] == '-')) {
			run = fold_number(w, text + i, size - i);
			continue;
		}
		if (text[i] == '"')
			quoted = !quoted;
		/* The character behind a backslash may be a quote that does
		 * not end the string. */
		else if (quoted && text[i] == '\\' && i + 1 < size)
			run = 2;
		bm_write_bytes(w, text + i, run);
	}
}

bool
bm_json_u64(const json_t *value, uint64_t *number)
{
	if (json_is_integer(value)) {
		*number = (uint64_t)json_integer_value(value);
		return true;
	}
	return json_is_string(value) && parse_u64(json_string_value(value),
	    json_string_length(value), number);
}

/* The changed text; the first run measures, the second writes. */
static struct bitmark_span
fold(const char *text, size_t size, struct bm_fault *fault)
{
	struct bm_writer count = bm_writer(NULL, 0), w;
	uint8_t *folded;

	fold_numbers(&count, text, size);
	folded = malloc(count.size + 1);
	if (folded == NULL) {
		bm_fault_set(fault, BITMARK_E_NOMEM, "out of memory");
		return (struct bitmark_span){ NULL, 0 };
	}
	w = bm_writer(folded, count.size);
	fold_numbers(&w, text, size);
	return (struct bitmark_span){ folded, w.size };
}

static int
count_lines(struct bitmark_span text)
{
	int lines = 0;

	for (size_t i = 0; i < text.size; i++)
		lines += text.data[i] == '\n';
	return lines;
}

/* Read the value at ${*at} and move ${*at} behind it. */
static json_t *
load_next(struct bitmark_span text, size_t *at, struct bm_fault *fault)
{
	json_error_t error;
	json_t *value = json_loadb((const char *)text.data + *at,
	    text.size - *at, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES |
	    JSON_DISABLE_EOF_CHECK, &error);

	if (value != NULL)
		*at += (size_t)error.position;
	else if (json_error_code(&error) == json_error_out_of_memory)
		bm_fault_set(fault, BITMARK_E_NOMEM, "out of memory");
	else
		bm_fault_set(fault, BITMARK_E_JSON, "line %d: %s", error.line +
		    count_lines((struct bitmark_span){ text.data, *at }),
		    error.text);
	return value;
}

static bool
is_at_end(struct bitmark_span text, size_t at)
{
	return bm_span_trim((struct bitmark_span){ text.data + at,
	    text.size - at }).size == 0;
}

json_t *
bm_json_load(const char *text, size_t size, struct bm_fault *fault)
{
	struct bitmark_span folded;
	size_t at = 0;
	json_t *value;

	if (size > BM_JSON_RECORD_MAX) {
		bm_fault_set(fault, BITMARK_E_JSON, "longer than any record");
		return NULL;
	}
	folded = fold(text, size, fault);
	if (folded.data == NULL)
		return NULL;
	value = load_next(folded, &at, fault);
	if (value != NULL && !is_at_end(folded, at)) {
		bm_fault_set(fault, BITMARK_E_JSON,
		    "something follows the object");
		json_decref(value);
		value = NULL;
	}
	free((void *)folded.data);
	return value;
}

json_t *
bm_json_load_all(const char *text, size_t size, struct bm_fault *fault)
{
	struct bitmark_span folded = fold(text, size, fault);
	json_t *all = folded.data == NULL ? NULL : json_array();
	size_t at = 0;

	while (all != NULL && !is_at_end(folded, at)) {
		json_t *value = load_next(folded, &at, fault);

		if (value != NULL && json_array_append_new(all, value) == 0)
			continue;
		bm_fault_set(fault, BITMARK_E_NOMEM, "out of memory");
		json_decref(all);
		all = NULL;
	}
	if (all == NULL)
		bm_fault_set(fault, BITMARK_E_NOMEM, "out of memory");
	free((void *)folded.data);
	return all;
}
