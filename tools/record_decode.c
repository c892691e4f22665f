/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-record decode: from bytes to JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"

/* Print a text of the library as it is: in these styles it is equal to that of
 * bitmarkd, byte for byte. */
static int
print_exact(const char *what, bitmark_status status, char *text)
{
	if (status != BITMARK_OK)
		return complain_status(what, status);
	puts(text);
	bitmark_free(text);
	return EXIT_DONE;
}

/* Count the records from ${first} on that are paid for together: issues that
 * follow each other, or one transfer; 0 when the first record is neither.
 * Source: bitmarkd v8.2 reservoir/issues.go, reservoir/transfer.go */
static size_t
unit_size(const struct record_input *input, size_t first)
{
	const struct bitmark_record *record = &input->items[first].record;
	size_t i = first;

	if (bitmark_record_link(record) != NULL ||
	    record->tag == BITMARK_RECORD_GRANT ||
	    record->tag == BITMARK_RECORD_SWAP)
		return 1;
	while (i < input->count &&
	    input->items[i].record.tag == BITMARK_RECORD_ISSUE)
		i++;
	return i - first;
}

/* The pay id is a hash of the packed records in their order. */
static bitmark_status
unit_pay_id(const struct record_input *input, size_t first, size_t count,
    uint8_t id[BITMARK_PAY_ID_SIZE])
{
	struct bitmark_span *packed = calloc(count, sizeof *packed);

	if (packed == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < count; i++)
		packed[i] = input->items[first + i].packed;
	bitmark_pay_id(packed, count, id);
	free(packed);
	return BITMARK_OK;
}

/* Print the records of one unit, or a single one that is in none. */
static int
print_unit(const struct record_options *o, const struct record_input *input,
    size_t first, size_t unit)
{
	uint8_t id[BITMARK_PAY_ID_SIZE];
	size_t count = unit == 0 ? 1 : unit;
	int code = EXIT_DONE;

	if (unit != 0 &&
	    unit_pay_id(input, first, unit, id) != BITMARK_OK)
		return complain_status("decode", BITMARK_E_NOMEM);
	for (size_t i = 0; code == EXIT_DONE && i < count; i++)
		code = print_json(record_to_object(
		    &input->items[first + i], o->network,
		    unit == 0 ? NULL : id));
	return code;
}

/* The styles of bitmarkd add nothing to a record, so the units matter for the
 * safe style only. */
static int
decode_records(const struct record_options *o,
    const struct record_input *input)
{
	int code = EXIT_DONE;
	bitmark_status status;
	size_t unit;
	char *text;

	for (size_t i = 0; code == EXIT_DONE && i < input->count; ) {
		switch ((enum bitmark_json_style)o->style) {
		case BITMARK_JSON_SAFE:
			unit = unit_size(input, i);
			code = print_unit(o, input, i, unit);
			i += unit == 0 ? 1 : unit;
			break;
		case BITMARK_JSON_8_2:
		case BITMARK_JSON_0_16:
			status = bitmark_record_to_json(
			    &input->items[i++].record,
			    (enum bitmark_json_style)o->style, &text, NULL);
			code = print_exact("decode", status, text);
			break;
		}
	}
	return code;
}

/* The digest is added if it was computed. */
static int
decode_header(const struct record_options *o, const struct record_input *input,
    const uint8_t *digest)
{
	json_t *object;
	char *text = NULL;
	bitmark_status status = bitmark_header_to_json(&input->header, &text,
	    NULL);

	if (o->style != BITMARK_JSON_SAFE || status != BITMARK_OK)
		return print_exact("decode", status, text);
	object = json_from_text(text);
	if (object != NULL && digest != NULL)
		(void)json_object_set_new(object, "digest",
		    json_hex(digest, BITMARK_DIGEST_SIZE));
	return print_json(object);
}

/* The library decodes the whole block, with the digest if there is one. */
static int
decode_block(const struct record_options *o, const struct record_input *input,
    const uint8_t *digest)
{
	char *text = NULL;
	struct bitmark_block_walk walk;
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), input->data, input->size, input->network);

	if (status == BITMARK_OK)
		status = bitmark_block_to_json(&walk, digest,
		    (enum bitmark_json_style)o->style, &text, NULL);
	if (o->style != BITMARK_JSON_SAFE || status != BITMARK_OK)
		return print_exact("decode", status, text);
	return print_json(json_from_text(text));
}

/* Only --work computes the digest, as it takes some tenths of a second. */
static int
decode_input(const struct record_options *o, const struct record_input *input)
{
	uint8_t bytes[BITMARK_DIGEST_SIZE], *digest = NULL;
	bitmark_status status;

	if (o->work && input->shape != SHAPE_RECORDS) {
		status = bitmark_digest(input->data, bytes);
		if (status != BITMARK_OK)
			return complain_status("digest", status);
		digest = bytes;
	}
	switch (input->shape) {
	case SHAPE_HEADER:
		return decode_header(o, input, digest);
	case SHAPE_BLOCK:
		return decode_block(o, input, digest);
	case SHAPE_RECORDS:
	case SHAPE_ANY:
		break;
	}
	return decode_records(o, input);
}

/* JSON is the only output, because lines of text could not show nested lists
 * without loss. */
int
record_decode(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	struct record_input input;
	int code = record_input_load(o, (enum record_shape)o->as,
	    argc > 1 ? argv[1] : "-", &input);

	if (code == EXIT_DONE)
		code = decode_input(o, &input);
	record_input_free(&input);
	return code;
}
