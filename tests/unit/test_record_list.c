/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Reading records from any JSON that our programs and bitmarkd print, the
 * errors for text that is no JSON, and records that lack their second
 * signature.
 */
#include "../support/records.h"

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES bitmark_rules_decode()
#define TEXT_MAX 400000

static char fault[BITMARK_JSON_FAULT_MAX];

static bitmark_status
read_list(const char *text, struct bitmark_record_list **list)
{
	return bitmark_record_list_from_json(text, strlen(text), list, fault);
}

/* The bytes of all records of a list. */
static size_t
encode_all(struct bitmark_record_list *list, uint8_t *out, size_t capacity)
{
	size_t total = 0, size;

	for (size_t i = 0; i < bitmark_record_list_count(list); i++) {
		ck_assert_int_eq(bitmark_record_encode(
		    bitmark_record_list_get(list, i), out + total,
		    capacity - total, &size), BITMARK_OK);
		total += size;
	}
	return total;
}

/* The bytes of the hex file tests/data/cases/NAME; free(). */
static uint8_t *
case_bytes(const char *name, size_t *size)
{
	char path[256];
	size_t text_size;
	char *text;
	uint8_t *bytes;

	snprintf(path, sizeof path, "cases/%s", name);
	text = (char *)data_file(path, &text_size);
	while (text_size > 0 && text[text_size - 1] == '\n')
		text_size--;
	bytes = malloc(text_size);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(bitmark_hex_decode(text, text_size, bytes, text_size,
	    size), BITMARK_OK);
	free(text);
	return bytes;
}

/* --- what is read -------------------------------------------------------- */

/* Forms in which a record stands in the output of some program; $N is the name
 * of its kind and $R its fields, $M the same without the brace in front. */
static const char *const forms[] = {
	"$R", "[$R]", "[[], [$R]]", "\n$R\n\n",
	"{\"record\":\"$N\",\"data\":$R}",
	"{\"record\":\"$N\",\"data\":{\"record\":\"$N\",\"txId\":\"00\",$M}",
	"{\"id\":1,\"result\":{\"data\":[{\"record\":\"$N\",\"isOwner\":true,"
	    "\"txId\":\"00\",\"inBlock\":\"2\",\"data\":$R,"
	    "\"_IDENTITY\":\"first\"}]},\"error\":null}",
	"{\"record\":\"$N\",\"inBlock\":0,\"assetId\":\"00\",\"data\":$R,"
	    "\"metadata\":{\"k1\":\"v1\"}}",
	"{\"index\":1,\"txId\":\"00\",\"type\":\"$N\",\"data\":$R}",
	"{\"name\":\"$N\",\"txId\":\"00\",\"record\":$R}",
	"{\"record\":\"$N\",\"txId\":\"00\",\"network\":null,\"inBlock\":\"5\","
	    "\"offset\":99,\"size\":3,\"txIdDisplay\":\"00\",\"heldBy\":null,$M",
	"{\"event\":\"assets\",\"records\":[$R],\"whole\":true}",
	"{\"assets\":[{\"record\":\"\",\"confirmed\":false,\"data\":null},"
	    "{\"record\":\"$N\",\"confirmed\":true,\"id\":\"00\",\"data\":$R}]}",
};

static void
fill_form(const char *form, const char *name, const char *fields, char *text)
{
	for (; *form != '\0'; form++) {
		if (form[0] == '$') {
			form++;
			strcpy(text, *form == 'N' ? name :
			    *form == 'M' ? fields + 1 : fields);
			text += strlen(text);
		} else {
			*text++ = *form;
		}
	}
	*text = '\0';
}

START_TEST(every_record_is_found_in_the_output_of_every_program)
{
	static char text[TEXT_MAX];
	static uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("records"), i, v) {
		struct packed_record p = record_packed(v, RULES,
		    record_network(v));
		struct bitmark_record_list *list;

		fill_form(forms[_i], bitmark_record_name(p.record.tag),
		    field_text(v, "json"), text);
		if (strstr(field_text(v, "note"), "invalid utf-8") == NULL) {
			ck_assert_msg(read_list(text, &list) == BITMARK_OK,
			    "%s: %s", fault, text);
			ck_assert_str_eq(fault, "");
			ck_assert_uint_eq(bitmark_record_list_count(list), 1);
			ck_assert_ptr_null(bitmark_record_list_header(list));
			ck_assert_ptr_null(bitmark_record_list_get(list, 1));
			ck_assert_uint_eq(encode_all(list, packed,
			    sizeof packed), p.size);
			ck_assert_mem_eq(packed, p.data, p.size);
			bitmark_record_list_free(list);
		}
		free(p.data);
	}
}
END_TEST

START_TEST(records_come_in_the_order_of_the_text)
{
	static uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	static char text[TEXT_MAX];
	struct bitmark_record_list *list;
	size_t size, used, length = 0, at = 0;
	uint8_t *bundle = case_bytes("08-decode-of-two-records-does-not-pack/"
	    "bundle.hex", &size);

	/* As decode prints them: a line for each. */
	for (int i = 0; i < 2; i++) {
		struct bitmark_record record;
		char *json;

		ck_assert_int_eq(bitmark_record_parse(RULES, bundle + at,
		    size - at, BITMARK_NETWORK_TEST, &record, &used),
		    BITMARK_OK);
		at += used;
		ck_assert_int_eq(bitmark_record_to_json(&record, i == 0 ?
		    BITMARK_JSON_SAFE : BITMARK_JSON_8_2, &json, NULL),
		    BITMARK_OK);
		length += (size_t)sprintf(text + length, "{\"txId\":\"00\","
		    "\"payId\":\"00\",\"network\":\"test\",%s\n", json + 1);
		bitmark_free(json);
	}
	ck_assert_uint_eq(at, size);
	ck_assert_msg(read_list(text, &list) == BITMARK_OK, "%s", fault);
	ck_assert_uint_eq(bitmark_record_list_count(list), 2);
	ck_assert_uint_eq(encode_all(list, packed, sizeof packed), size);
	ck_assert_mem_eq(packed, bundle, size);
	bitmark_record_list_free(list);
	free(bundle);
}
END_TEST

START_TEST(a_block_gives_its_header_and_its_records)
{
	size_t file_size, size;
	uint8_t *file = data_file("chain-a.blocks", &file_size);
	const uint8_t *block = file + 8;
	uint8_t header[BITMARK_HEADER_SIZE], *packed;
	struct bitmark_block_walk walk;
	struct bitmark_record_list *list;
	char *text;

	size = (size_t)file[4] << 24 | (size_t)file[5] << 16 |
	    (size_t)file[6] << 8 | file[7];
	ck_assert_int_eq(bitmark_block_walk_start(&walk, RULES, block, size,
	    BITMARK_NETWORK_TEST), BITMARK_OK);
	ck_assert_int_eq(bitmark_block_to_json(&walk, NULL, BITMARK_JSON_SAFE,
	    &text, NULL), BITMARK_OK);
	ck_assert_msg(read_list(text, &list) == BITMARK_OK, "%s", fault);
	ck_assert_ptr_nonnull(bitmark_record_list_header(list));
	bitmark_header_pack(bitmark_record_list_header(list), header);
	ck_assert_mem_eq(header, block, sizeof header);
	packed = malloc(size);
	ck_assert_uint_eq(encode_all(list, packed, size), size -
	    sizeof header);
	ck_assert_mem_eq(packed, block + sizeof header, size - sizeof header);
	bitmark_record_list_free(list);
	free(packed);
	bitmark_free(text);
	free(file);
}
END_TEST

START_TEST(the_header_of_a_block_can_stand_alone)
{
	const json_t *v = json_array_get(vectors_section("header"), 0);
	struct bitmark_record_list *list;
	char *text = NULL;
	uint8_t packed[BITMARK_HEADER_SIZE];
	struct bitmark_header header;
	size_t size;
	uint8_t *bytes = field_bytes(v, "packed", &size);

	ck_assert_int_eq(bitmark_header_parse(bytes, size, &header),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_header_to_json(&header, &text, NULL),
	    BITMARK_OK);
	ck_assert_msg(read_list(text, &list) == BITMARK_OK, "%s", fault);
	ck_assert_uint_eq(bitmark_record_list_count(list), 0);
	bitmark_header_pack(bitmark_record_list_header(list), packed);
	ck_assert_mem_eq(packed, bytes, sizeof packed);
	bitmark_record_list_free(list);
	bitmark_free(text);
	free(bytes);
}
END_TEST

/* --- half signed --------------------------------------------------------- */

static const struct {
	const char *file, *member;
	enum bitmark_record_tag tag;
} halves[] = {
	{ "transfer", "transfer", BITMARK_RECORD_COUNTERSIGNED },
	{ "grant", "grant", BITMARK_RECORD_GRANT },
	{ "swap", "swap", BITMARK_RECORD_SWAP },
};

static uint8_t *
half_bytes(int i, size_t *size)
{
	char name[64];

	snprintf(name, sizeof name, "07-half-signed-hex-not-read/%s.hex",
	    halves[i].file);
	return case_bytes(name, size);
}

START_TEST(a_record_without_its_second_signature_is_read)
{
	uint8_t again[BITMARK_RECORD_PACKED_MAX];
	struct bitmark_record record;
	size_t size, used, again_size;
	uint8_t *bytes = half_bytes(_i, &size);

	ck_assert_int_eq(bitmark_record_parse(RULES, bytes, size,
	    BITMARK_NETWORK_TEST, &record, &used), BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(bitmark_record_parse_half(RULES, bytes, size,
	    BITMARK_NETWORK_TEST, &record, &used), BITMARK_OK);
	ck_assert_uint_eq(used, size);
	ck_assert_int_eq(record.tag, halves[_i].tag);
	ck_assert_uint_eq(record.signature.size, BITMARK_SIGNATURE_SIZE);
	ck_assert_uint_eq(record.countersignature.size, 0);
	ck_assert_int_eq(bitmark_record_message(&record, true, again,
	    sizeof again, &again_size), BITMARK_OK);
	ck_assert_uint_eq(again_size, size);
	ck_assert_mem_eq(again, bytes, size);
	free(bytes);
}
END_TEST

START_TEST(a_record_cut_off_anywhere_else_is_still_refused)
{
	struct bitmark_record record;
	size_t size, used;
	uint8_t *bytes = half_bytes(_i, &size), *cut;

	for (size_t k = 0; k < size; k++) {
		cut = malloc(k + 1);
		memcpy(cut, bytes, k);
		ck_assert_int_eq(bitmark_record_parse_half(RULES, cut, k,
		    BITMARK_NETWORK_TEST, &record, &used),
		    BITMARK_E_NOT_RECORD);
		/* a second signature that is cut off, too */
		free(cut);
	}
	cut = malloc(size + 3);
	memcpy(cut, bytes, size);
	memcpy(cut + size, "\x40\x01\x02", 3);
	for (size_t k = 1; k <= 3; k++)
		ck_assert_int_eq(bitmark_record_parse_half(RULES, cut,
		    size + k, BITMARK_NETWORK_TEST, &record, &used),
		    BITMARK_E_NOT_RECORD);
	free(cut);
	free(bytes);
}
END_TEST

START_TEST(the_hex_that_bitmark_cli_prints_is_read)
{
	struct bitmark_record_list *list;
	char text[2048], hex[1024];
	size_t size;
	uint8_t *bytes = half_bytes(_i, &size);

	bitmark_hex_encode(bytes, size, hex);
	snprintf(text, sizeof text, "{\n  \"identity\": \"ACCOUNT\",\n"
	    "  \"%s\": \"%s\"\n}\n", halves[_i].member, hex);
	ck_assert_msg(read_list(text, &list) == BITMARK_OK, "%s", fault);
	ck_assert_uint_eq(bitmark_record_list_count(list), 1);
	ck_assert_int_eq(bitmark_record_list_get(list, 0)->tag,
	    halves[_i].tag);
	bitmark_record_list_free(list);
	free(bytes);
}
END_TEST

/* --- faults -------------------------------------------------------------- */

#define OWNER "ec6yMcJATX6gjNwvqp8rbc4jNEasoUgbfBBGGyV5NvoJ54NXva"
#define ZEROS_16 "0000000000000000"
#define LINK ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16
#define ISSUE(kind, more) \
	"{\"record\":\"" kind "\",\"assetId\":\"" LINK LINK \
	"\",\"owner\":\"" OWNER "\"" more "}"
#define TRANSFER(more) \
	"{\"link\":\"" LINK "\",\"owner\":\"" OWNER "\"" more "}"

START_TEST(a_fault_names_the_field_and_what_is_wrong_with_it)
{
	static const struct {
		const char *text, *fault;
		bitmark_status status;
	} rows[] = {
		{ ISSUE("BitmarkIssue", ""), "nonce: missing",
		  BITMARK_E_JSON },
		{ ISSUE("BitmarkIssue", ",\"nonce\":-1"),
		  "nonce: must be a whole number from 0 to 2^64 - 1",
		  BITMARK_E_JSON },
		{ ISSUE("BitmarkIssue", ",\"nonce\":1.0"),
		  "nonce: must be a whole number from 0 to 2^64 - 1",
		  BITMARK_E_JSON },
		{ ISSUE("BitmarkIssue", ",\"nonce\":18446744073709551616"),
		  "nonce: must be a whole number from 0 to 2^64 - 1",
		  BITMARK_E_JSON },
		{ ISSUE("BitmarkIssue", ",\"nonce\":\"0x10\""),
		  "nonce: must be a whole number from 0 to 2^64 - 1",
		  BITMARK_E_JSON },
		{ ISSUE("BitmarkIssue", ",\"nonce\":1,\"comment\":\"x\""),
		  "comment: unknown field", BITMARK_E_JSON },
		{ ISSUE("BitmarkIssue", ",\"nonce\":1,\"signature\":5"),
		  "signature: must be text", BITMARK_E_JSON },
		{ ISSUE("BitmarkIssue", ",\"nonce\":1,\"signature\":\"5\""),
		  "signature: not hexadecimal", BITMARK_E_HEX },
		{ ISSUE("BitmarkIssue", ",\"nonce\":1,\"tag\":4"),
		  "tag: is not that of \"record\"", BITMARK_E_JSON },
		{ "{\"record\":\"AssetData\",\"data\":"
		  ISSUE("BitmarkIssue", ",\"nonce\":1") "}",
		  "record: is not the kind that the object around it names",
		  BITMARK_E_JSON },
		{ ISSUE("BitmarkPart", ""), "record: no such kind: AssetData,"
		  " BitmarkIssue, BitmarkTransferUnratified, "
		  "BitmarkTransferCountersigned, ...", BITMARK_E_JSON },
		{ "{\"assetId\":\"00\",\"owner\":\"" OWNER "\",\"nonce\":1}",
		  "assetId: must have 128 hex digits",
		  BITMARK_E_NOT_ASSET_ID },
		{ "{\"link\":\"00\",\"owner\":\"" OWNER "\"}",
		  "link: must have 64 hex digits", BITMARK_E_NOT_LINK },
		{ "{\"link\":\"" LINK "\",\"owner\":\"" OWNER "x\"}",
		  "owner: not public key", BITMARK_E_NOT_PUBLIC_KEY },
		{ "{\"link\":\"" LINK "\",\"owner\":7}", "owner: must be text",
		  BITMARK_E_JSON },
		{ TRANSFER(",\"escrow\":\"BTC\""),
		  "escrow: must be an object, or null", BITMARK_E_JSON },
		{ TRANSFER(",\"escrow\":{\"currency\":\"BTC\","
		  "\"address\":\"a\"}"), "escrow.amount: missing",
		  BITMARK_E_JSON },
		{ TRANSFER(",\"escrow\":{\"currency\":\"XRP\","
		  "\"address\":\"a\",\"amount\":1}"),
		  "escrow.currency: no such currency", BITMARK_E_CURRENCY },
		{ TRANSFER(",\"escrow\":{\"currency\":\"BTC\","
		  "\"address\":\"a\",\"amount\":1,\"more\":1}"),
		  "escrow.more: unknown field", BITMARK_E_JSON },
		{ TRANSFER(",\"Escrow\":null"), "Escrow: unknown field",
		  BITMARK_E_JSON },
		{ TRANSFER(",\"version\":1,\"payments\":{\"BTC\":\"a\","
		  "\"bitcoin\":\"a\"}"),
		  "payments.bitcoin: a second address of this currency",
		  BITMARK_E_JSON },
		{ TRANSFER(",\"version\":1,\"payments\":{\"XRP\":\"a\"}"),
		  "payments.XRP: no such currency", BITMARK_E_JSON },
		{ TRANSFER(",\"payments\":{}"), "version: missing",
		  BITMARK_E_JSON },
		{ TRANSFER(",\"e\\u001b[31m\\n\":1"),
		  "e?[31m?: unknown field", BITMARK_E_JSON },
		{ TRANSFER("") "\n\n{", "line 3: string or '}' expected near "
		  "end of file", BITMARK_E_JSON },
		{ "{\"lnik\":1,\"lnik\":2}",
		  "line 1: duplicate object key near '\"lnik\"'",
		  BITMARK_E_JSON },
		{ "[" TRANSFER("") "," TRANSFER(",\"more\":1") "]",
		  "record 2: more: unknown field", BITMARK_E_JSON },
		{ "{\"transfer\":\"xyz\"}",
		  "transfer: must be an object or hexadecimal",
		  BITMARK_E_HEX },
		{ "{\"transfer\":\"05\"}", "transfer: not transaction pack",
		  BITMARK_E_NOT_RECORD },
		{ "{\"lnik\":1}", "no record: neither a kind (\"record\") nor "
		  "the fields of one", BITMARK_E_JSON },
		{ "", "no record: neither a kind (\"record\") nor the fields "
		  "of one", BITMARK_E_JSON },
		{ "{\"previousBlock\":\"\",\"merkleRoot\":\"\"}",
		  "version: missing", BITMARK_E_JSON },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bitmark_record_list *list;
		bitmark_status status = read_list(rows[i].text, &list);

		ck_assert_msg(status == rows[i].status &&
		    strcmp(fault, rows[i].fault) == 0, "%s\n%s, should be %s",
		    rows[i].text, fault, rows[i].fault);
		ck_assert_ptr_null(list);
		ck_assert_int_eq(bitmark_record_list_from_json(rows[i].text,
		    strlen(rows[i].text), &list, NULL), rows[i].status);
	}
}
END_TEST

START_TEST(freeing_no_list_does_nothing)
{
	bitmark_record_list_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record list");
	TCase *tc = tcase_create("record list");

	vectors_keep("vectors.json");
	tcase_add_loop_test(tc,
	    every_record_is_found_in_the_output_of_every_program, 0,
	    sizeof forms / sizeof forms[0]);
	tcase_add_test(tc, records_come_in_the_order_of_the_text);
	tcase_add_test(tc, a_block_gives_its_header_and_its_records);
	tcase_add_test(tc, the_header_of_a_block_can_stand_alone);
	tcase_add_loop_test(tc, a_record_without_its_second_signature_is_read,
	    0, 3);
	tcase_add_loop_test(tc,
	    a_record_cut_off_anywhere_else_is_still_refused, 0, 3);
	tcase_add_loop_test(tc, the_hex_that_bitmark_cli_prints_is_read, 0, 3);
	tcase_add_test(tc, a_fault_names_the_field_and_what_is_wrong_with_it);
	tcase_add_test(tc, freeing_no_list_does_nothing);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
