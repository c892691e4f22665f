/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Input of bitmark-record. Bytes say nothing about what they are, so they are
 * tried as a block, as records and as a header, on one network or both, until
 * they parse.
 */
#include <stdlib.h>
#include <string.h>

#include "record_tool.h"
#include "shared/input.h"

/* Longest JSON text. The text of a block is about three times as long as its
 * bytes. Bytes. */
#define JSON_MAX ((size_t)8 * BITMARK_BLOCK_MAX)

/* --- parsing -------------------------------------------------------------- */

/* Make room for one more item, at input->items[input->count]. Doubling keeps
 * the copies proportional to the number of records. */
static bitmark_status
grow(struct record_input *input)
{
	size_t capacity = input->capacity == 0 ? 16 : 2 * input->capacity;
	struct record_item *items;

	if (input->count < input->capacity)
		return BITMARK_OK;
	items = realloc(input->items, capacity * sizeof *items);
	if (items == NULL)
		return BITMARK_E_NOMEM;
	input->items = items;
	input->capacity = capacity;
	return BITMARK_OK;
}

/* The record borrows the bytes of the input, which live as long as the items
 * do. */
static bitmark_status
add_item(struct record_input *input, const struct bitmark_record *record,
    struct bitmark_span packed)
{
	struct record_item *item;
	bitmark_status status = grow(input);

	if (status != BITMARK_OK)
		return status;
	item = &input->items[input->count++];
	item->record = *record;
	item->packed = packed;
	bitmark_tx_id(packed.data, packed.size, item->id);
	return BITMARK_OK;
}

/* Does the error say only that the network is wrong? */
static bool
is_network_error(bitmark_status status)
{
	return status == BITMARK_E_WRONG_NETWORK_PUBLIC ||
	    status == BITMARK_E_BITCOIN_NETWORK ||
	    status == BITMARK_E_LITECOIN_NETWORK;
}

/* A function that parses something for one network. */
typedef bitmark_status (*parse_fn)(struct record_input *input, size_t offset,
    enum bitmark_network network);

/* Parse for the network that was given; without one, for the live network and
 * then for the test network. When both fail, the error that says more is
 * returned. */
static bitmark_status
parse_for_network(const struct record_options *o, parse_fn parse,
    struct record_input *input, size_t offset)
{
	bitmark_status live, test;

	if (o->network != NETWORK_ANY)
		return parse(input, offset,
		    (enum bitmark_network)o->network);
	live = parse(input, offset, BITMARK_NETWORK_LIVE);
	if (live == BITMARK_OK)
		return live;
	test = parse(input, offset, BITMARK_NETWORK_TEST);
	return test == BITMARK_OK || is_network_error(live) ? test : live;
}

/* Half signed records are accepted: commands that need both signatures ask for
 * them later. */
static bitmark_status
parse_record(struct record_input *input, size_t offset,
    enum bitmark_network network)
{
	struct bitmark_record record;
	size_t used;
	bitmark_status status = bitmark_record_parse_half(bitmark_rules_decode(),
	    input->data + offset, input->size - offset, network, &record,
	    &used);

	if (status != BITMARK_OK)
		return status;
	return add_item(input, &record,
	    (struct bitmark_span){ input->data + offset, used });
}

/* Parse one record after the other; *${offset} is the place of the error. */
static bitmark_status
parse_records(const struct record_options *o, struct record_input *input,
    size_t *offset)
{
	bitmark_status status = BITMARK_OK;

	input->shape = SHAPE_RECORDS;
	input->count = 0;
	*offset = 0;
	while (status == BITMARK_OK && *offset < input->size) {
		status = parse_for_network(o, parse_record, input, *offset);
		if (status == BITMARK_OK)
			*offset += input->items[input->count - 1].packed.size;
	}
	return status;
}

/* A block has one network, that of all its records. */
static bitmark_status
parse_block(struct record_input *input, size_t offset,
    enum bitmark_network network)
{
	struct bitmark_block_walk walk;
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), input->data + offset, input->size - offset,
	    network);

	input->shape = SHAPE_BLOCK;
	input->count = 0;
	if (status != BITMARK_OK)
		return status;
	input->header = walk.header;
	input->network = network;
	/* A header alone is a header, not a block without records. */
	if (walk.header.count == 0)
		return BITMARK_E_TX_COUNT;
	while (status == BITMARK_OK && walk.index < walk.header.count) {
		status = bitmark_block_walk_next(&walk);
		if (status == BITMARK_OK)
			status = add_item(input, &walk.record, walk.packed);
	}
	return status;
}

static bitmark_status
parse_header(struct record_input *input)
{
	input->shape = SHAPE_HEADER;
	input->count = 0;
	if (input->size != BITMARK_HEADER_SIZE)
		return BITMARK_E_HEADER_SIZE;
	return bitmark_header_parse(input->data, input->size, &input->header);
}

/* Find out what the input is. A block is tried first, because records do not
 * look by chance like a header that is followed by exactly as many records as
 * it says. A header is tried last, because a record can have its length. */
static int
recognise(const struct record_options *o, const char *name,
    struct record_input *input)
{
	bitmark_status block, records;
	size_t offset;

	block = parse_for_network(o, parse_block, input, 0);
	if (block == BITMARK_OK)
		return EXIT_DONE;
	records = parse_records(o, input, &offset);
	if (records == BITMARK_OK || parse_header(input) == BITMARK_OK)
		return EXIT_DONE;
	if (block == BITMARK_E_NOMEM || records == BITMARK_E_NOMEM)
		return complain_status(name, BITMARK_E_NOMEM);
	complain("%s: no record at byte %zu (%s), and no block (%s)", name,
	    offset, bitmark_strerror(records), bitmark_strerror(block));
	return exit_code_of(records);
}

/* The user has said what the input is, so nothing else is tried. */
static int
parse_as(const struct record_options *o, enum record_shape as,
    const char *name, struct record_input *input)
{
	bitmark_status status = BITMARK_OK;
	size_t offset = 0;

	switch (as) {
	case SHAPE_ANY:
		return recognise(o, name, input);
	case SHAPE_RECORDS:
		status = parse_records(o, input, &offset);
		break;
	case SHAPE_HEADER:
		status = parse_header(input);
		break;
	case SHAPE_BLOCK:
		status = parse_for_network(o, parse_block, input, 0);
		break;
	}
	if (status == BITMARK_OK)
		return EXIT_DONE;
	complain("%s: byte %zu: %s", name, offset, bitmark_strerror(status));
	return exit_code_of(status);
}

/* --- JSON ----------------------------------------------------------------- */

static bool
is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* UTF-8 without control characters other than those between words. */
static bool
is_text(struct bitmark_span bytes)
{
	uint32_t c = ' ';

	for (size_t at = 0; at < bytes.size && (c >= ' ' || is_space(c)) &&
	    c != BITMARK_UTF8_INVALID;)
		c = bitmark_utf8_next(bytes, &at);
	return (c >= ' ' || is_space(c)) && c != BITMARK_UTF8_INVALID;
}

/* JSON begins with a bracket, which may stand behind blanks. So may a packed
 * grant or swap of shares: its tag is a tab or a line feed, the length of the
 * share id is a blank, and the id may begin with any byte. But such a record has
 * bytes that are no text. */
static bool
is_json(const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (at < size && is_space(data[at]))
		at++;
	return at < size && (data[at] == '{' || data[at] == '[') &&
	    (at == 0 || is_text((struct bitmark_span){ data, size }));
}

/* A record that lacks only its second signature is packed in the form that
 * bitmark-cli hands to the second party. */
static bitmark_status
append_record(struct record_input *input, const struct bitmark_record *record,
    size_t capacity)
{
	size_t size = 0;
	bitmark_status status = record_is_half_signed(record) ?
	    bitmark_record_message(record, true, input->data + input->size,
	    capacity - input->size, &size) : bitmark_record_encode(record,
	    input->data + input->size, capacity - input->size, &size);

	input->size += size;
	return status;
}

/* Replace the JSON in ${input} by the bytes of its records. They are never
 * longer than their JSON, so its size and a header are enough room; the packing
 * functions check it all the same. */
static int
pack_list(const char *name, struct bitmark_record_list *list,
    struct record_input *input)
{
	const size_t capacity = input->size + BITMARK_HEADER_SIZE;
	const struct bitmark_header *header = bitmark_record_list_header(list);

	free(input->data);
	input->size = 0;
	input->data = malloc(capacity);
	if (input->data == NULL)
		return complain_status(name, BITMARK_E_NOMEM);
	if (header != NULL) {
		bitmark_header_pack(header, input->data);
		input->size = BITMARK_HEADER_SIZE;
	}
	for (size_t i = 0; i < bitmark_record_list_count(list); i++) {
		const struct bitmark_record *record =
		    bitmark_record_list_get(list, i);
		bitmark_status status;

		if (record->signature.size == 0) {
			complain("%s: the record is not signed", name);
			return EXIT_BAD_DATA;
		}
		status = append_record(input, record, capacity);
		if (status != BITMARK_OK)
			return complain_status(name, status);
	}
	return EXIT_DONE;
}

/* The fault names the member and says what is wrong with it. */
static int
pack_json(const char *name, struct record_input *input)
{
	char fault[BITMARK_JSON_FAULT_MAX];
	struct bitmark_record_list *list;
	bitmark_status status = bitmark_record_list_from_json(
	    (const char *)input->data, input->size, &list, fault);
	int code;

	if (status != BITMARK_OK) {
		complain("%s: %s", name, fault);
		return exit_code_of(status);
	}
	code = pack_list(name, list, input);
	bitmark_record_list_free(list);
	return code;
}

/* An argument that looks like JSON is JSON and not the name of a file. */
int
record_text_read(const struct record_options *options, const char *argument,
    uint8_t **data, size_t *size, bool *json)
{
	int code = EXIT_DONE;

	*json = is_json((const uint8_t *)argument, strlen(argument));
	if (*json) {
		*size = strlen(argument);
		*data = (uint8_t *)strdup(argument);
		return *data != NULL ? EXIT_DONE :
		    complain_status("input", BITMARK_E_NOMEM);
	}
	code = input_read(argument, options->binary ? INPUT_BYTES : INPUT_ANY,
	    JSON_MAX, data, size);
	*json = code == EXIT_DONE && !options->binary &&
	    is_json(*data, *size);
	return code;
}

/* An empty input is an error and not "zero records": a pipe whose first command
 * failed must not look like success. */
int
record_input_load(const struct record_options *options, enum record_shape as,
    const char *argument, struct record_input *input)
{
	/* Text on the command line may be too long for a message to repeat it.
	 */
	const char *name = strlen(argument) > 64 ||
	    is_json((const uint8_t *)argument, strlen(argument)) ? "input" :
	    argument;
	bool json;
	int code;

	*input = (struct record_input){ .shape = SHAPE_RECORDS };
	code = record_text_read(options, argument, &input->data, &input->size,
	    &json);
	if (code == EXIT_DONE && json)
		code = pack_json(name, input);
	if (code != EXIT_DONE)
		return code;
	if (input->size == 0) {
		complain("%s: there is nothing to read", name);
		return EXIT_BAD_DATA;
	}
	return parse_as(options, as, name, input);
}

static int
is_stdin(const char *argument)
{
	return argument != NULL && strcmp(argument, "-") == 0;
}

/* Standard input can be read once. The second reader would find it empty, and
 * its error would be hard to understand. */
int
record_check_stdin(const char *data, const char *first, const char *second)
{
	return is_stdin(data) + is_stdin(first) + is_stdin(second) > 1 ?
	    usage_error("only one input can come from the standard input") :
	    EXIT_DONE;
}

void
record_input_free(struct record_input *input)
{
	free(input->items);
	free(input->data);
	*input = (struct record_input){ .shape = SHAPE_RECORDS };
}

/* The search goes backwards: when two records have one id, the later one
 * counts. */
const struct record_item *
record_input_find(const struct record_input *input, size_t before,
    const uint8_t id[BITMARK_TX_ID_SIZE])
{
	while (before-- > 0)
		if (memcmp(input->items[before].id, id,
		    BITMARK_TX_ID_SIZE) == 0)
			return &input->items[before];
	return NULL;
}
