/*
 * JSON text with unsigned 64 bit numbers, read with Jansson.
 *
 * Jansson holds an integer as a signed 64 bit number and refuses text with a
 * larger one.  Nonces and amounts of Bitmark use all 64 bits, and v8.2 prints
 * the nonce of an issue bare, so that about half of all nonces could not be
 * read.  The text is therefore changed before Jansson sees it: a number above
 * INT64_MAX is replaced by the negative one with the same 64 bits.  Records
 * have no negative numbers, so a minus sign in the text itself is refused, and
 * the two cannot be confused.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "record/json_load.h"

/* Longest JSON text that is read.  Bytes.  Source: local choice: an asset with
 * three fields of BITMARK_FIELD_MAX bytes, all escaped, has 164 kB. */
#define JSON_TEXT_MAX 262144

/* Digits of 2^64 - 1, and of the shortest number above INT64_MAX. */
#define U64_DIGITS_MAX 20
#define U64_DIGITS_LARGE 19

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

/*
 * Write the run of digits at the start of ${text}, as it is or as the negative
 * number with the same bits.  Returns the length of the run.  A fraction or an
 * exponent behind it stays and makes a real number, which is no bm_json_u64.
 */
static size_t
fold_number(struct bm_writer *w, const char *text, size_t left)
{
	char folded[U64_DIGITS_MAX + 2];
	size_t run = 0;
	uint64_t value;

	while (run < left && is_digit(text[run]))
		run++;
	if (parse_u64(text, run, &value) && value > INT64_MAX) {
		snprintf(folded, sizeof folded, "-%" PRIu64,
		    UINT64_MAX - value + 1);
		bm_write_bytes(w, folded, strlen(folded));
	} else {
		bm_write_bytes(w, text, run);
	}
	return run;
}

/* Copy ${text} with its numbers replaced; strings are copied as they are.
 * Returns false when there is a minus sign outside of strings. */
static bool
fold_numbers(struct bm_writer *w, const char *text, size_t size)
{
	bool quoted = false;

	for (size_t i = 0; i < size;) {
		size_t run = 1;

		if (!quoted && is_digit(text[i])) {
			i += fold_number(w, text + i, size - i);
			continue;
		}
		if (!quoted && text[i] == '-')
			return false;
		if (text[i] == '"')
			quoted = !quoted;
		/* The character behind a backslash may be a quote that does
		 * not end the string. */
		else if (quoted && text[i] == '\\' && i + 1 < size)
			run = 2;
		bm_write_bytes(w, text + i, run);
		i += run;
	}
	return bm_writer_ok(w);
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

bitmark_status
bm_json_load(const char *text, size_t size, json_t **root)
{
	/* Replacing adds one byte, the minus sign, to a number that has at
	 * least U64_DIGITS_LARGE digits. */
	size_t capacity = size + size / U64_DIGITS_LARGE;
	json_error_t error;
	struct bm_writer w;
	char *folded;

	*root = NULL;
	if (size == 0 || size > JSON_TEXT_MAX)
		return BITMARK_E_JSON;
	folded = malloc(capacity);
	if (folded == NULL)
		return BITMARK_E_NOMEM;
	w = bm_writer((uint8_t *)folded, capacity);
	if (!fold_numbers(&w, text, size)) {
		free(folded);
		return BITMARK_E_JSON;
	}
	*root = json_loadb(folded, w.size,
	    JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	free(folded);
	if (*root != NULL)
		return BITMARK_OK;
	return json_error_code(&error) == json_error_out_of_memory ?
	    BITMARK_E_NOMEM : BITMARK_E_JSON;
}
