/*
 * Headers as Go prints them: counts are numbers, 64 bit numbers are decimal
 * text, difficulty and nonce are the hex of their bytes in the header.
 * Source: bitmarkd v8.2 blockrecord/header.go Header
 */
#include "record/header_json.h"

#include "record/json_load.h"

/* Go prints these two as the bytes that stand in the header, so that the hex
 * of difficulty 1 begins with its lowest byte: "ffffffffffffff00". */
static void
write_le_hex(struct bm_json *j, const char *key, uint64_t value)
{
	uint8_t bytes[8];
	struct bm_writer w = bm_writer(bytes, sizeof bytes);

	bm_write_u64le(&w, value);
	bm_json_hex(j, key, bytes, sizeof bytes);
}

void
bm_header_json(struct bm_json *j, const char *key,
    const struct bitmark_header *header)
{
	bm_json_object(j, key);
	bm_json_number(j, "version", header->version);
	bm_json_number(j, "transactionCount", header->count);
	bm_json_number_text(j, "number", header->number);
	bm_json_hex(j, "previousBlock", header->previous,
	    sizeof header->previous);
	bm_json_hex(j, "merkleRoot", header->merkle, sizeof header->merkle);
	bm_json_number_text(j, "timestamp", header->timestamp);
	write_le_hex(j, "difficulty", header->bits);
	write_le_hex(j, "nonce", header->nonce);
	bm_json_object_end(j);
}

bitmark_status
bitmark_header_to_json(const struct bitmark_header *header, char **text,
    size_t *size)
{
	struct bm_json j = { 0 };

	bm_header_json(&j, NULL, header);
	return bm_json_take(&j, text, size);
}

/* Read a number of at most ${maximum}, written as a number or as text. */
static bitmark_status
read_number(const json_t *object, const char *key, uint64_t maximum,
    uint64_t *value)
{
	if (!bm_json_u64(json_object_get(object, key), value) ||
	    *value > maximum)
		return BITMARK_E_JSON;
	return BITMARK_OK;
}

/* Read the hex of exactly ${size} bytes. */
static bitmark_status
read_hex(const json_t *object, const char *key, uint8_t *out, size_t size)
{
	const json_t *field = json_object_get(object, key);
	size_t used;

	if (!json_is_string(field))
		return BITMARK_E_JSON;
	if (bitmark_hex_decode(json_string_value(field),
	    json_string_length(field), out, size, &used) != BITMARK_OK ||
	    used != size)
		return BITMARK_E_HEX;
	return BITMARK_OK;
}

static bitmark_status
read_le_hex(const json_t *object, const char *key, uint64_t *value)
{
	uint8_t bytes[8];
	bitmark_status status = read_hex(object, key, bytes, sizeof bytes);
	struct bm_reader r = bm_reader(bytes, sizeof bytes);

	if (status == BITMARK_OK)
		*value = bm_read_u64le(&r);
	return status;
}

/* Keep the first error of a list of calls. */
static void
note(bitmark_status *status, bitmark_status result)
{
	if (*status == BITMARK_OK)
		*status = result;
}

static bitmark_status
read_header(const json_t *o, struct bitmark_header *h)
{
	bitmark_status status = BITMARK_OK;
	uint64_t version = 0, count = 0;

	note(&status, read_number(o, "version", UINT16_MAX, &version));
	note(&status, read_number(o, "transactionCount", UINT16_MAX, &count));
	note(&status, read_number(o, "number", UINT64_MAX, &h->number));
	note(&status, read_hex(o, "previousBlock", h->previous,
	    sizeof h->previous));
	note(&status, read_hex(o, "merkleRoot", h->merkle, sizeof h->merkle));
	note(&status, read_number(o, "timestamp", UINT64_MAX, &h->timestamp));
	note(&status, read_le_hex(o, "difficulty", &h->bits));
	note(&status, read_le_hex(o, "nonce", &h->nonce));
	h->version = (uint16_t)version;
	h->count = (uint16_t)count;
	return status;
}

bitmark_status
bitmark_header_from_json(const char *text, size_t size,
    struct bitmark_header *header)
{
	struct bitmark_header h = { 0 };
	json_t *object;
	bitmark_status status = bm_json_load(text, size, &object);

	if (status != BITMARK_OK)
		return status;
	status = read_header(object, &h);
	json_decref(object);
	if (status == BITMARK_OK)
		*header = h;
	return status;
}
