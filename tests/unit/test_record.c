/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Records against golden data: parse, encode, sign, check, ids. */
#include "../support/records.h"

#include <bitmarkpeer/codec.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RULES bitmark_rules_8_2()

static struct bitmark_private_key
seed_key(const json_t *v, const char *key)
{
	struct bitmark_private_key private_key;
	size_t size;
	uint8_t *seed = field_bytes(v, key, &size);

	ck_assert_uint_eq(size, 32);
	bitmark_private_key_from_seed(record_network(v), seed, &private_key);
	free(seed);
	return private_key;
}

static struct packed_record
vector_record(const json_t *v)
{
	return record_packed(v, RULES, record_network(v));
}

START_TEST(asset_ids_are_those_of_v8_2)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("assetId"), i, v) {
		struct bitmark_span fingerprint;
		uint8_t id[BITMARK_ASSET_ID_SIZE];
		const json_t *text = json_object_get(v, "fingerprint");

		fingerprint.data = (const uint8_t *)json_string_value(text);
		fingerprint.size = json_string_length(text);
		bitmark_asset_id(fingerprint, id);
		assert_hex(id, sizeof id, field_text(v, "assetId"), "assetId");
	}
}
END_TEST

START_TEST(pay_ids_are_those_of_v8_2)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("payId"), i, v) {
		struct bitmark_span joined;
		uint8_t id[BITMARK_PAY_ID_SIZE];
		uint8_t *bytes = field_bytes(v, "packedJoined", &joined.size);

		joined.data = bytes;
		bitmark_pay_id(&joined, 1, id);
		assert_hex(id, sizeof id, field_text(v, "payId"), "payId");
		free(bytes);
	}
}
END_TEST

START_TEST(a_pay_id_does_not_depend_on_where_records_are_cut)
{
	static const uint8_t bytes[] = "several records in a row";
	uint8_t whole[BITMARK_PAY_ID_SIZE], parts[BITMARK_PAY_ID_SIZE];

	bitmark_pay_id(&(struct bitmark_span){ bytes, sizeof bytes }, 1,
	    whole);
	for (size_t cut = 0; cut <= sizeof bytes; cut++) {
		struct bitmark_span packed[] = {
			{ bytes, cut }, { bytes + cut, sizeof bytes - cut },
		};

		bitmark_pay_id(packed, 2, parts);
		ck_assert_mem_eq(parts, whole, sizeof whole);
	}
}
END_TEST

START_TEST(every_record_parses_and_encodes_to_the_same_bytes)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("records"), i, v) {
		struct packed_record p = vector_record(v);
		uint8_t id[BITMARK_TX_ID_SIZE];

		ck_assert_uint_eq(p.record.tag, field_number(v, "tag"));
		ck_assert_str_eq(bitmark_record_name(p.record.tag),
		    field_text(v, "name"));
		assert_encodes(&p.record, p.data, p.size,
		    field_text(v, "note"));
		bitmark_tx_id(p.data, p.size, id);
		assert_hex(id, sizeof id, field_text(v, "txId"), "txId");
		free(p.data);
	}
}
END_TEST

START_TEST(signed_messages_are_those_of_v8_2)
{
	uint8_t message[BITMARK_RECORD_PACKED_MAX];
	const json_t *v;
	size_t i, size;

	json_array_foreach(vectors_section("records"), i, v) {
		const char *counter = field_text(v, "counterMessage");
		struct packed_record p = vector_record(v);

		ck_assert_int_eq(bitmark_record_message(&p.record, false,
		    message, sizeof message, &size), BITMARK_OK);
		assert_hex(message, size, field_text(v, "unsigned"), "message");
		ck_assert_int_eq(bitmark_record_is_countersigned(p.record.tag),
		    counter != NULL);
		if (counter != NULL) {
			ck_assert_int_eq(bitmark_record_message(&p.record,
			    true, message, sizeof message, &size), BITMARK_OK);
			assert_hex(message, size, counter, "counterMessage");
		} else {
			ck_assert_int_eq(bitmark_record_message(&p.record,
			    true, message, sizeof message, &size),
			    BITMARK_E_ARGUMENT);
		}
		free(p.data);
	}
}
END_TEST

/* As v8.2 packs: what it accepts in a block. */
static bitmark_status
pack_as_consensus(const struct bitmark_record *record,
    const struct bitmark_account *signer, uint8_t *out, size_t capacity,
    size_t *size)
{
	bitmark_status status = bitmark_record_check(RULES, record, signer,
	    BITMARK_CONSENSUS);

	return status == BITMARK_OK ? bitmark_record_encode(record, out,
	    capacity, size) : status;
}

START_TEST(signing_gives_the_signatures_of_v8_2_and_packs_to_its_bytes)
{
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	const json_t *v;
	size_t i, size;

	json_array_foreach(vectors_section("records"), i, v) {
		uint8_t signature[BITMARK_SIGNATURE_SIZE];
		uint8_t counter[BITMARK_SIGNATURE_SIZE];
		struct packed_record p = vector_record(v);
		struct bitmark_private_key key = seed_key(v, "signerSeed");
		struct bitmark_account signer = record_account(v, "signer");

		p.record.signature.size = p.record.countersignature.size = 0;
		ck_assert_int_eq(bitmark_record_sign(&p.record, &key,
		    signature), BITMARK_OK);
		assert_hex(signature, sizeof signature,
		    field_text(v, "signature"), "signature");
		if (bitmark_record_is_countersigned(p.record.tag)) {
			key = seed_key(v, "counterSignerSeed");
			ck_assert_int_eq(bitmark_record_countersign(&p.record,
			    &key, counter), BITMARK_OK);
			assert_hex(counter, sizeof counter,
			    field_text(v, "countersignature"), "counter");
		}
		ck_assert_int_eq(pack_as_consensus(&p.record, &signer, packed,
		    sizeof packed, &size), BITMARK_OK);
		assert_hex(packed, size, field_text(v, "packed"), "packed");
		free(p.data);
	}
}
END_TEST

START_TEST(records_of_the_other_network_are_refused_as_v8_2_does)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("records"), i, v) {
		enum bitmark_network other =
		    record_network(v) == BITMARK_NETWORK_LIVE ?
		    BITMARK_NETWORK_TEST : BITMARK_NETWORK_LIVE;
		struct bitmark_record record;
		size_t size, used;
		uint8_t *data = field_bytes(v, "packed", &size);

		assert_error(bitmark_record_parse(RULES, data, size, other,
		    &record, &used), field_text(v, "wrongNetworkError"),
		    field_text(v, "note"));
		free(data);
	}
}
END_TEST

/* v8.2 has other texts for some cut records; here all are the same. */
START_TEST(every_truncated_record_is_not_transaction_pack)
{
	const json_t *v, *range;
	size_t i, n;

	json_array_foreach(vectors_section("unpackTruncated"), i, v) {
		struct bitmark_record record;
		size_t size, used;
		uint8_t *data = field_bytes(v, "packed", &size);

		json_array_foreach(json_object_get(v, "ranges"), n, range) {
			size_t k = (size_t)json_integer_value(
			    json_array_get(range, 0));
			size_t to = (size_t)json_integer_value(
			    json_array_get(range, 1));

			ck_assert_uint_lt(to, size);
			for (; k <= to; k++) {
				uint8_t *cut = malloc(k + 1);

				memcpy(cut, data, k);
				ck_assert_int_eq(bitmark_record_parse(RULES,
				    cut, k, record_network(v), &record, &used),
				    BITMARK_E_NOT_RECORD);
				free(cut);
			}
		}
		free(data);
	}
}
END_TEST

/* The expected error of parsing; of one entry any refusal is right. */
static void
assert_refused(const json_t *v, bitmark_status status)
{
	const char *note = field_text(v, "note");

	if (strcmp(note, "foundation map entry longer than the map") == 0)
		ck_assert_int_ne(status, BITMARK_OK);
	else
		assert_error(status, field_text(v, "unpackError"), note);
}

static void
assert_judged(const json_t *v, const struct bitmark_record *record,
    const uint8_t *data, size_t used)
{
	struct bitmark_account signer = record_account(v, "packWith");
	const char *note = field_text(v, "note");
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	size_t size = 0;
	bitmark_status status = pack_as_consensus(record, &signer, packed,
	    sizeof packed, &size);

	assert_error(status, field_text(v, "packError"), note);
	ck_assert_int_eq(bitmark_record_check(RULES, record, &signer,
	    BITMARK_CONSENSUS), status);
	if (status == BITMARK_OK)
		ck_assert_msg((size == used &&
		    memcmp(packed, data, used) == 0) ==
		    json_is_true(json_object_get(v, "samePacking")),
		    "%s: samePacking", note);
}

START_TEST(records_are_judged_as_v8_2_judges_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("validate"), i, v) {
		struct bitmark_record record;
		size_t size, used = 0;
		uint8_t *data = field_bytes(v, "packed", &size);
		bitmark_status status = bitmark_record_parse(RULES, data, size,
		    record_network(v), &record, &used);

		assert_refused(v, status);
		if (status == BITMARK_OK) {
			ck_assert_uint_eq(used, field_number(v, "count"));
			assert_judged(v, &record, data, used);
		}
		free(data);
	}
}
END_TEST

START_TEST(signatures_above_the_group_order_pass_in_blocks_only)
{
	unsigned found = 0;
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("validate"), i, v) {
		struct bitmark_account signer;
		struct packed_record p;

		if (strcmp(field_text(v, "note"),
		    "issue with S + L in the signature") != 0)
			continue;
		found++;
		p = vector_record(v);
		signer = record_account(v, "packWith");
		ck_assert_int_eq(bitmark_record_check(RULES, &p.record,
		    &signer, BITMARK_CONSENSUS), BITMARK_OK);
		ck_assert_int_eq(bitmark_record_check(RULES, &p.record,
		    &signer, BITMARK_STRICT), BITMARK_E_SIGNATURE);
		free(p.data);
	}
	ck_assert_uint_gt(found, 0);
}
END_TEST

static void
assert_accepts_file(const char *name, const struct bitmark_rules *by)
{
	json_t *list = vectors_load(name);
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		struct bitmark_account signer = record_account(v, "signer");
		struct packed_record p = record_packed(v, by,
		    BITMARK_NETWORK_TEST);
		uint8_t id[BITMARK_TX_ID_SIZE];

		ck_assert_uint_eq(p.record.tag, field_number(v, "tag"));
		ck_assert_int_eq(bitmark_record_check(by, &p.record, &signer,
		    BITMARK_STRICT), BITMARK_OK);
		assert_encodes(&p.record, p.data, p.size, name);
		bitmark_tx_id(p.data, p.size, id);
		assert_hex(id, sizeof id, field_text(v, "txId"), "txId");
		free(p.data);
	}
	json_decref(list);
}

START_TEST(hand_made_records_of_v8_2_are_accepted)
{
	assert_accepts_file("records-8.2.json", RULES);
}
END_TEST

START_TEST(shares_and_nameless_assets_of_v0_16_are_accepted_by_its_rules)
{
	assert_accepts_file("records-0.16.json", bitmark_rules_decode());
}
END_TEST

START_TEST(shares_and_nameless_assets_of_v0_16_are_unknown_to_v8_2)
{
	json_t *list = vectors_load("records-0.16.json");
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		struct bitmark_record record;
		size_t size, used;
		uint8_t *data = field_bytes(v, "packed", &size);

		ck_assert_int_eq(bitmark_record_parse(RULES, data, size,
		    BITMARK_NETWORK_TEST, &record, &used),
		    BITMARK_E_NOT_RECORD);
		free(data);
	}
	json_decref(list);
}
END_TEST

START_TEST(small_broken_records_give_the_errors_of_v8_2)
{
	static const struct {
		const char *bytes;
		size_t size;
		bitmark_status status;
	} rows[] = {
		{ "", 0, BITMARK_E_NOT_RECORD },
		{ "\x00", 1, BITMARK_E_NOT_RECORD },
		{ "\x08", 1, BITMARK_E_NOT_RECORD },
		{ "\x02", 1, BITMARK_E_NOT_RECORD },
		{ "\x02\x05" "ABC", 5, BITMARK_E_NOT_RECORD },
		{ "\x06\x00", 2, BITMARK_E_CURRENCY_ADDRESS },
		{ "\x06\x02", 2, BITMARK_E_CURRENCY_ADDRESS },
		{ "\x06\x01", 2, BITMARK_E_NOT_RECORD },
		{ "\x06\x01\x01\x41", 4, BITMARK_E_BUFFER },
		{ "\x06\x01\x03\x00\x01\x41", 6, BITMARK_E_CURRENCY },
		{ "\x06\x01\x03\x01\x00\x41", 6, BITMARK_E_COUNT },
		{ "\x01\x03", 2, BITMARK_E_CURRENCY },
		{ "\x03\x01\x41", 3, BITMARK_E_NOT_ASSET_ID },
		{ "\x04\x01\x41", 3, BITMARK_E_NOT_LINK },
		{ "\x02\x01n\x01" "f\x00\x01\x12", 8,
		    BITMARK_E_NOT_PUBLIC_KEY },
		{ "\x02\x01n\x01" "f\x00\x02\x23\x01", 9, BITMARK_E_KEY_TYPE },
		{ "\x02\x01n\x01" "f\x00\x01\x13", 8, BITMARK_E_KEY_LENGTH },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bitmark_record record;
		size_t used;

		ck_assert_msg(bitmark_record_parse(RULES,
		    (const uint8_t *)rows[i].bytes, rows[i].size,
		    BITMARK_NETWORK_TEST, &record, &used) == rows[i].status,
		    "row %zu", i);
	}
}
END_TEST

/* Longer than one piece that is read, and read from where the file stands. */
#define FILE_SIZE 200000

START_TEST(a_fingerprint_is_the_hash_of_all_that_can_be_read)
{
	static uint8_t bytes[FILE_SIZE];
	uint8_t hash[BITMARK_SHA3_512_SIZE];
	char text[BITMARK_FINGERPRINT_TEXT_SIZE];
	char want[BITMARK_FINGERPRINT_TEXT_SIZE] = "01";
	FILE *file = tmpfile();

	for (size_t i = 0; i < FILE_SIZE; i++)
		bytes[i] = (uint8_t)(i * i / 7);
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, FILE_SIZE, file), FILE_SIZE);
	ck_assert_int_eq(fflush(file), 0);
	ck_assert_int_eq(lseek(fileno(file), 1, SEEK_SET), 1);
	ck_assert_int_eq(bitmark_fingerprint_read(fileno(file), text),
	    BITMARK_OK);
	bitmark_sha3_512(bytes + 1, FILE_SIZE - 1, hash);
	bitmark_hex_encode(hash, sizeof hash, want + 2);
	ck_assert_str_eq(text, want);
	fclose(file);
	ck_assert_int_eq(bitmark_fingerprint_read(-1, text), BITMARK_E_IO);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record");
	TCase *tc = tcase_create("golden");

	vectors_keep("vectors.json");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, asset_ids_are_those_of_v8_2);
	tcase_add_test(tc, pay_ids_are_those_of_v8_2);
	tcase_add_test(tc, a_pay_id_does_not_depend_on_where_records_are_cut);
	tcase_add_test(tc, every_record_parses_and_encodes_to_the_same_bytes);
	tcase_add_test(tc, signed_messages_are_those_of_v8_2);
	tcase_add_test(tc,
	    signing_gives_the_signatures_of_v8_2_and_packs_to_its_bytes);
	tcase_add_test(tc,
	    records_of_the_other_network_are_refused_as_v8_2_does);
	tcase_add_test(tc, every_truncated_record_is_not_transaction_pack);
	tcase_add_test(tc, records_are_judged_as_v8_2_judges_them);
	tcase_add_test(tc,
	    signatures_above_the_group_order_pass_in_blocks_only);
	tcase_add_test(tc, hand_made_records_of_v8_2_are_accepted);
	tcase_add_test(tc,
	    shares_and_nameless_assets_of_v0_16_are_accepted_by_its_rules);
	tcase_add_test(tc,
	    shares_and_nameless_assets_of_v0_16_are_unknown_to_v8_2);
	tcase_add_test(tc, small_broken_records_give_the_errors_of_v8_2);
	tcase_add_test(tc,
	    a_fingerprint_is_the_hash_of_all_that_can_be_read);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
