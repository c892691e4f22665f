/* bitmark-record decode: bytes to JSON. */
#include <stdlib.h>
#include <string.h>

#include "record_tool.h"

static int
set_hex(json_t *object, const char *key, const uint8_t *data, size_t size)
{
	char text[2 * BITMARK_ASSET_ID_SIZE + 1];

	bitmark_hex_encode(data, size, text);
	return json_object_set_new(object, key, json_string(text));
}

/* What can be said of a record besides its fields. */
static int
set_context(json_t *object, const struct record_options *o,
    const struct record_item *item, const uint8_t *pay_id)
{
	const struct bitmark_record *record = &item->record;
	enum bitmark_network network = o->network;
	bool known = record_network(record, &network) || o->network_given;
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];
	int bad = 0;

	bad |= json_object_set_new(object, "record",
	    json_string(bitmark_record_name(record->tag)));
	bad |= json_object_set_new(object, "tag", json_integer(record->tag));
	bad |= set_hex(object, "txId", item->id, sizeof item->id);
	if (pay_id != NULL)
		bad |= set_hex(object, "payId", pay_id, BITMARK_PAY_ID_SIZE);
	if (record->tag == BITMARK_RECORD_ASSET) {
		bitmark_asset_id(record->asset.fingerprint, asset_id);
		bad |= set_hex(object, "assetId", asset_id, sizeof asset_id);
	}
	bad |= json_object_set_new(object, "network", known ?
	    json_string(record_network_name(network)) : json_null());
	return bad;
}

json_t *
record_to_object(const struct record_options *options,
    const struct record_item *item, const uint8_t *pay_id)
{
	json_t *object = json_object(), *fields = NULL;
	char *text;
	int bad;

	if (bitmark_record_to_json(&item->record, BITMARK_JSON_SAFE, &text,
	    NULL) == BITMARK_OK)
		fields = json_from_text(text);
	bad = object == NULL || fields == NULL ||
	    set_context(object, options, item, pay_id) != 0 ||
	    json_object_update(object, fields) != 0;
	json_decref(fields);
	if (bad) {
		json_decref(object);
		object = NULL;
	}
	return object;
}

/* A text exactly as the library made it. */
static int
print_exact(const char *what, bitmark_status status, char *text)
{
	if (status != BITMARK_OK)
		return record_failed(what, status);
	puts(text);
	free(text);
	return EXIT_DONE;
}

/*
 * Records from ${first} on that are paid for together: issues that follow
 * each other, or one transfer; 0 when the first is neither.
 * Source: bitmarkd v8.2 reservoir/issues.go, reservoir/transfer.go
 */
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

/* Each record of one unit, or a single one that is in none. */
static int
print_unit(const struct record_options *o, const struct record_input *input,
    size_t first, size_t unit)
{
	uint8_t id[BITMARK_PAY_ID_SIZE];
	size_t count = unit == 0 ? 1 : unit;
	int code = EXIT_DONE;

	if (unit != 0 &&
	    unit_pay_id(input, first, unit, id) != BITMARK_OK)
		return record_failed("decode", BITMARK_E_NOMEM);
	for (size_t i = 0; code == EXIT_DONE && i < count; i++)
		code = print_json(record_to_object(o,
		    &input->items[first + i], unit == 0 ? NULL : id));
	return code;
}

static int
decode_records(const struct record_options *o,
    const struct record_input *input)
{
	int code = EXIT_DONE;
	bitmark_status status;
	size_t unit;
	char *text;

	for (size_t i = 0; code == EXIT_DONE && i < input->count; ) {
		switch (o->style) {
		case BITMARK_JSON_SAFE:
			unit = unit_size(input, i);
			code = print_unit(o, input, i, unit);
			i += unit == 0 ? 1 : unit;
			break;
		case BITMARK_JSON_8_2:
			status = bitmark_record_to_json(
			    &input->items[i++].record, o->style, &text, NULL);
			code = print_exact("decode", status, text);
			break;
		}
	}
	return code;
}

static int
decode_header(const struct record_options *o, const struct record_input *input,
    const uint8_t *digest)
{
	json_t *object;
	char *text = NULL;
	bitmark_status status = bitmark_header_to_json(&input->header, &text,
	    NULL);

	if (o->style == BITMARK_JSON_8_2 || status != BITMARK_OK)
		return print_exact("decode", status, text);
	object = json_from_text(text);
	if (object != NULL && digest != NULL)
		(void)set_hex(object, "digest", digest, BITMARK_DIGEST_SIZE);
	return print_json(object);
}

static int
decode_block(const struct record_options *o, const struct record_input *input,
    const uint8_t *digest)
{
	char *text = NULL;
	bitmark_status status = bitmark_block_to_json(bitmark_rules_decode(),
	    input->data, input->size, input->network, digest, o->style, &text,
	    NULL);

	if (o->style == BITMARK_JSON_8_2 || status != BITMARK_OK)
		return print_exact("decode", status, text);
	return print_json(json_from_text(text));
}

static int
decode_input(const struct record_options *o, const struct record_input *input)
{
	uint8_t bytes[BITMARK_DIGEST_SIZE], *digest = NULL;
	bitmark_status status;

	if (o->work && input->shape != SHAPE_RECORDS) {
		status = bitmark_digest(input->data, bytes);
		if (status != BITMARK_OK)
			return record_failed("digest", status);
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

int
record_decode(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	struct record_input input;
	int code;

	if (argc > 2)
		return usage_error("decode takes one input");
	code = record_input_load(o, o->as, argc == 2 ? argv[1] : "-", &input);
	if (code == EXIT_DONE)
		code = decode_input(o, &input);
	record_input_free(&input);
	return code;
}
