/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Records under the rules of 0.16, against what bitmarkd v0.16.0 gave. */
#include "../support/records.h"

#include <bitmarkpeer/block.h>

#include <stdlib.h>
#include <string.h>

#define RULES bitmark_rules_0_16()

/* One entry of "records". */
struct entry {
	const char *name;
	enum bitmark_network network;
	struct bitmark_span packed;
	struct bitmark_account signer;
	struct bitmark_record record;   /* borrows from packed */
	uint8_t *bytes;
};

static struct bitmark_account
packed_account(const json_t *v, const char *key)
{
	struct bitmark_account account;
	size_t size;
	uint8_t *bytes = field_bytes(v, key, &size);

	ck_assert_int_eq(bitmark_account_parse(bytes, size, &account),
	    BITMARK_OK);
	free(bytes);
	return account;
}

static struct entry
entry(const json_t *v)
{
	struct entry e = { .name = field_text(v, "name") };
	size_t used;

	e.network = json_is_true(json_object_get(v, "testnet")) ?
	    BITMARK_NETWORK_TEST : BITMARK_NETWORK_LIVE;
	e.bytes = field_bytes(v, "packed", &e.packed.size);
	e.packed.data = e.bytes;
	e.signer = packed_account(v, "signer");
	ck_assert_msg(bitmark_record_parse(RULES, e.packed.data, e.packed.size,
	    e.network, &e.record, &used) == BITMARK_OK, "%s", e.name);
	ck_assert_uint_eq(used, e.packed.size);
	return e;
}

static const json_t *
list_of(json_t **root, const char *section)
{
	const json_t *list;

	*root = vectors_load("0.16/vectors.json");
	list = json_object_get(*root, section);
	ck_assert_uint_gt(json_array_size(list), 0);
	return list;
}

static void
assert_bytes(struct bitmark_span bytes, const json_t *v, const char *key)
{
	assert_hex(bytes.data, bytes.size, field_text(v, key),
	    field_text(v, "name"));
}

static void
assert_message(const struct entry *e, bool counter, const json_t *v,
    const char *key)
{
	uint8_t message[BITMARK_RECORD_PACKED_MAX];
	struct bitmark_span bytes = { message, 0 };

	ck_assert_int_eq(bitmark_record_message(&e->record, counter, message,
	    sizeof message, &bytes.size), BITMARK_OK);
	assert_bytes(bytes, v, key);
}

START_TEST(messages_signatures_and_ids_are_those_of_0_16)
{
	json_t *root;
	const json_t *list = list_of(&root, "records"), *v;
	size_t i;

	json_array_foreach(list, i, v) {
		struct entry e = entry(v);
		uint8_t tx_id[BITMARK_TX_ID_SIZE], pay_id[BITMARK_PAY_ID_SIZE];

		ck_assert_str_eq(bitmark_record_name(e.record.tag),
		    field_text(v, "recordName"));
		assert_message(&e, false, v, "unsigned");
		assert_bytes(e.record.signature, v, "signature");
		if (bitmark_record_is_countersigned(e.record.tag)) {
			assert_message(&e, true, v, "counterMessage");
			assert_bytes(e.record.countersignature, v,
			    "countersignature");
		}
		assert_encodes(&e.record, e.packed.data, e.packed.size,
		    e.name);
		bitmark_tx_id(e.packed.data, e.packed.size, tx_id);
		assert_hex(tx_id, sizeof tx_id, field_text(v, "txId"), e.name);
		bitmark_pay_id(&e.packed, 1, pay_id);
		assert_hex(pay_id, sizeof pay_id, field_text(v, "payId"),
		    e.name);
		free(e.bytes);
	}
	json_decref(root);
}
END_TEST

START_TEST(records_of_0_16_pass_their_check_and_are_packed_again)
{
	json_t *root;
	const json_t *list = list_of(&root, "records"), *v;
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	size_t i;

	json_array_foreach(list, i, v) {
		struct entry e = entry(v);
		struct bitmark_span out = { packed, 0 };

		ck_assert_msg(bitmark_record_check(RULES, &e.record, &e.signer,
		    BITMARK_CONSENSUS) == BITMARK_OK, "%s", e.name);
		ck_assert_int_eq(bitmark_record_pack(RULES, &e.record,
		    &e.signer, packed, sizeof packed, &out.size), BITMARK_OK);
		assert_bytes(out, v, "packed");
		free(e.bytes);
	}
	json_decref(root);
}
END_TEST

/* A share record names no account, so it is good for either network. */
START_TEST(a_record_of_the_other_network_has_the_error_of_0_16)
{
	json_t *root;
	const json_t *list = list_of(&root, "records"), *v;
	size_t i;

	json_array_foreach(list, i, v) {
		struct entry e = entry(v);
		struct bitmark_record record;
		size_t used;

		assert_error(bitmark_record_parse(RULES, e.packed.data,
		    e.packed.size, e.network == BITMARK_NETWORK_TEST ?
		    BITMARK_NETWORK_LIVE : BITMARK_NETWORK_TEST, &record,
		    &used), field_text(v, "wrongNetworkError"), e.name);
		free(e.bytes);
	}
	json_decref(root);
}
END_TEST

static const char *
packed_of(const json_t *records, const char *name)
{
	const json_t *v;
	size_t i;

	json_array_foreach(records, i, v)
		if (strcmp(field_text(v, "name"), name) == 0)
			return field_text(v, "packed");
	ck_abort_msg("no record %s", name);
}

static const char *
error_at(const json_t *ranges, size_t size)
{
	const json_t *v;
	size_t i;

	json_array_foreach(ranges, i, v)
		if (size >= field_number(v, "from") &&
		    size <= field_number(v, "to"))
			return field_text(v, "error");
	return NULL;
}

START_TEST(a_record_cut_off_anywhere_has_the_error_of_0_16)
{
	json_t *root;
	const json_t *list = list_of(&root, "unpackTruncated"), *v;
	const json_t *records = json_object_get(root, "records");
	size_t i;

	json_array_foreach(list, i, v) {
		const char *name = field_text(v, "name");
		const char *hex = packed_of(records, name);
		uint8_t bytes[BITMARK_RECORD_PACKED_MAX];
		size_t size;

		ck_assert_int_eq(bitmark_hex_decode(hex, strlen(hex), bytes,
		    sizeof bytes, &size), BITMARK_OK);
		for (size_t k = 0; k <= size; k++) {
			uint8_t *cut = malloc(k + 1);
			struct bitmark_record record;
			size_t used;

			/* Its own memory, so that a tool sees a read beyond. */
			memcpy(cut, bytes, k);
			assert_error(bitmark_record_parse(RULES, cut, k,
			    BITMARK_NETWORK_TEST, &record, &used),
			    error_at(json_object_get(v, "ranges"), k), name);
			free(cut);
		}
	}
	json_decref(root);
}
END_TEST

static void
assert_address(const json_t *v, const char *key, enum bitmark_currency currency,
    enum bitmark_network network)
{
	const char *address = field_text(v, "address");

	assert_error(bitmark_address_check(RULES, currency,
	    (struct bitmark_span){ (const uint8_t *)address, strlen(address) },
	    network), field_text(v, key), address);
}

START_TEST(every_version_byte_of_an_address_is_judged_as_by_0_16)
{
	json_t *root;
	const json_t *list = list_of(&root, "litecoinAddresses"), *v;
	size_t i;

	ck_assert_uint_eq(json_array_size(list), 256);
	json_array_foreach(list, i, v) {
		assert_address(v, "LTC/live", BITMARK_CURRENCY_LITECOIN,
		    BITMARK_NETWORK_LIVE);
		assert_address(v, "LTC/test", BITMARK_CURRENCY_LITECOIN,
		    BITMARK_NETWORK_TEST);
		assert_address(v, "BTC/live", BITMARK_CURRENCY_BITCOIN,
		    BITMARK_NETWORK_LIVE);
		assert_address(v, "BTC/test", BITMARK_CURRENCY_BITCOIN,
		    BITMARK_NETWORK_TEST);
	}
	json_decref(root);
}
END_TEST

/* The private key of Go is the seed and the public key, one behind the other. */
static void
assert_key(const struct bitmark_private_key *key, const json_t *v)
{
	char account[BITMARK_ACCOUNT_TEXT_MAX];
	struct bitmark_account owner;
	size_t size;
	uint8_t *private_key = field_bytes(v, "private", &size);

	ck_assert_uint_eq(size, 64);
	ck_assert_mem_eq(key->seed, private_key, 32);
	bitmark_private_key_account(key, &owner);
	ck_assert_mem_eq(owner.key, private_key + 32, 32);
	bitmark_account_to_text(&owner, account);
	ck_assert_str_eq(account, field_text(v, "account"));
	free(private_key);
}

static void
phrase_of(const json_t *v, char *text, size_t capacity)
{
	const json_t *words = json_object_get(v, "phrase"), *word;
	size_t i, used = 0;

	json_array_foreach(words, i, word)
		used += (size_t)snprintf(text + used, capacity - used, "%s%s",
		    i == 0 ? "" : " ", json_string_value(word));
}

START_TEST(a_seed_or_its_phrase_gives_the_key_of_0_16)
{
	json_t *root;
	const json_t *list = list_of(&root, "seeds"), *v;
	size_t i;

	json_array_foreach(list, i, v) {
		const char *seed = field_text(v, "seed");
		char phrase[BITMARK_PHRASE_TEXT_MAX];
		char text[BITMARK_SECRET_TEXT_MAX];
		struct bitmark_private_key key;

		ck_assert_int_eq(bitmark_private_key_from_text(seed,
		    strlen(seed), &key), BITMARK_OK);
		assert_key(&key, v);
		phrase_of(v, phrase, sizeof phrase);
		ck_assert_int_eq(bitmark_private_key_from_text(phrase,
		    strlen(phrase), &key), BITMARK_OK);
		assert_key(&key, v);
		ck_assert_int_eq(bitmark_seed_from_phrase(phrase,
		    strlen(phrase), text, NULL), BITMARK_OK);
		ck_assert_str_eq(text, seed);
	}
	json_decref(root);
}
END_TEST

/* --- JSON ---------------------------------------------------------------------- */

/* ${file} has the member ${key} with exactly this text. */
static void
assert_in_file(const char *file, const char *key, const char *text)
{
	char *member = malloc(strlen(text) + 32);

	sprintf(member, "\"%s\":%s", key, text);
	ck_assert_msg(strstr(file, member) != NULL, "%s", member);
	free(member);
}

static char *
file_text(const char *name)
{
	size_t size;
	char *text = (char *)data_file(name, &size);

	text[size] = '\0';
	return text;
}

static void
assert_comes_back(const struct bitmark_record *record, const char *json,
    struct bitmark_span packed)
{
	struct bitmark_record_owned *owned;

	ck_assert_msg(bitmark_record_from_json(json, strlen(json), &owned) ==
	    BITMARK_OK, "%s", json);
	ck_assert_int_eq(bitmark_record_owned_get(owned)->tag, record->tag);
	assert_encodes(bitmark_record_owned_get(owned), packed.data,
	    packed.size, json);
	bitmark_record_owned_free(owned);
}

START_TEST(json_is_byte_for_byte_that_of_0_16_and_comes_back)
{
	json_t *root;
	const json_t *list = list_of(&root, "records"), *v;
	char *file = file_text("0.16/vectors.json");
	size_t i;

	json_array_foreach(list, i, v) {
		struct entry e = entry(v);
		char *text;

		ck_assert_int_eq(bitmark_record_to_json(&e.record,
		    BITMARK_JSON_0_16, &text, NULL), BITMARK_OK);
		assert_in_file(file, "json", text);
		assert_comes_back(&e.record, text, e.packed);
		bitmark_free(text);
		free(e.bytes);
	}
	free(file);
	json_decref(root);
}
END_TEST

/* The blocks of a file as save-blocks writes it; size 0 at its end. */
static struct bitmark_span
next_block(struct bitmark_span *file)
{
	struct bitmark_span block = { NULL, 0 };

	if (file->size < 8)
		return block;
	for (int i = 0; i < 8; i++)
		block.size = block.size << 8 | file->data[i];
	block.data = file->data + 8;
	file->data += 8 + block.size;
	file->size -= 8 + block.size;
	return block;
}

START_TEST(blocks_of_0_16_are_read_and_printed_as_by_go)
{
	char *golden = file_text("0.16/chain-g.json"), *text;
	struct bitmark_span file, block;
	uint8_t *bytes = data_file("0.16/chain-g.blocks", &file.size);
	struct bitmark_block_walk w;
	size_t records = 0;

	for (file.data = bytes; (block = next_block(&file)).size != 0;) {
		ck_assert_int_eq(bitmark_block_walk_start(&w, RULES, block.data,
		    block.size, BITMARK_NETWORK_TEST), BITMARK_OK);
		ck_assert_int_eq(bitmark_header_to_json(&w.header, &text,
		    NULL), BITMARK_OK);
		assert_in_file(golden, "header", text);
		bitmark_free(text);
		for (; w.index < w.header.count; records++) {
			ck_assert_int_eq(bitmark_block_walk_next(&w),
			    BITMARK_OK);
			ck_assert_int_eq(bitmark_record_to_json(&w.record,
			    BITMARK_JSON_0_16, &text, NULL), BITMARK_OK);
			assert_in_file(golden, "record", text);
			assert_comes_back(&w.record, text, w.packed);
			bitmark_free(text);
		}
	}
	ck_assert_uint_gt(records, 200);
	free(bytes);
	free(golden);
}
END_TEST

static void
assert_kind(const char *json, enum bitmark_record_tag tag)
{
	struct bitmark_record_owned *owned;

	ck_assert_msg(bitmark_record_from_json(json, strlen(json), &owned) ==
	    BITMARK_OK, "%s", json);
	ck_assert_int_eq(bitmark_record_owned_get(owned)->tag, tag);
	bitmark_record_owned_free(owned);
}

#define LINK "\"000102030405060708090a0b0c0d0e0f" \
	"000102030405060708090a0b0c0d0e0f\""

START_TEST(a_share_record_has_two_names_and_numbers_two_forms)
{
	assert_kind("{\"record\":\"ShareBalance\",\"link\":" LINK
	    ",\"quantity\":\"7\"}", BITMARK_RECORD_SHARE);
	assert_kind("{\"record\":\"BitmarkShare\",\"link\":" LINK
	    ",\"quantity\":7}", BITMARK_RECORD_SHARE);
}
END_TEST

/* --- cases: blocks that 0.16 refused, by one of their records ---------------- */

/* The account that signs, where the record itself names it. */
static const struct bitmark_account *
signer_of(const struct bitmark_record *record)
{
	switch ((int)record->tag) {
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_ASSET:
	case BITMARK_RECORD_ISSUE:
	case BITMARK_RECORD_FOUNDATION:
		return bitmark_record_owner(record);
	case BITMARK_RECORD_GRANT:
		return &record->grant.owner;
	case BITMARK_RECORD_SWAP:
		return &record->swap.owner_one;
	}
	return NULL;
}

/* All that can be said of a block's records without a chain. */
static bitmark_status
judge_records(const struct bitmark_rules *rules, struct bitmark_span block,
    enum bitmark_network network)
{
	struct bitmark_block_walk w;
	bitmark_status status = bitmark_block_walk_start(&w, rules, block.data,
	    block.size, network);

	if (status == BITMARK_OK)
		status = bitmark_header_check(rules, &w.header,
		    UINT64_C(1800000000));
	while (status == BITMARK_OK && w.index < w.header.count) {
		const struct bitmark_account *signer;

		status = bitmark_block_walk_next(&w);
		if (status != BITMARK_OK)
			break;
		signer = signer_of(&w.record);
		if (signer != NULL)
			status = bitmark_record_check(rules, &w.record, signer,
			    BITMARK_CONSENSUS);
	}
	return status;
}

/* These are refused for something else that Go looks at first. */
static bool
is_of_the_chain(const char *error)
{
	return error != NULL && (strcmp(error, "height out of sequence") == 0 ||
	    strcmp(error, "previous block digest does not match") == 0);
}

START_TEST(a_block_that_its_records_spoil_has_the_error_of_0_16)
{
	json_t *root = vectors_load("0.16/cases.json"), *v;
	size_t i, refused = 0;

	json_array_foreach(json_object_get(root, "blocks"), i, v) {
		struct bitmark_span block;
		uint8_t *bytes = field_bytes(v, "packed", &block.size);
		const char *error = field_text(v, "error");
		bitmark_status status;

		block.data = bytes;
		status = judge_records(RULES, block, BITMARK_NETWORK_TEST);
		if (status != BITMARK_OK && !is_of_the_chain(error) &&
		    field_text(v, "panic") == NULL) {
			assert_error(status, error, field_text(v, "name"));
			refused++;
		}
		free(bytes);
	}
	ck_assert_uint_ge(refused, 60);
	json_decref(root);
}
END_TEST

static bitmark_status
status_of_case(const json_t *root, const struct bitmark_rules *rules,
    const char *name)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(root, "blocks"), i, v) {
		struct bitmark_span block;
		uint8_t *bytes;
		bitmark_status status;

		if (strcmp(field_text(v, "name"), name) != 0)
			continue;
		bytes = field_bytes(v, "packed", &block.size);
		block.data = bytes;
		status = judge_records(rules, block, BITMARK_NETWORK_TEST);
		free(bytes);
		return status;
	}
	ck_abort_msg("no case %s", name);
}

START_TEST(s_plus_l_is_for_v8_2_alone_and_keys_of_order_1_are_for_both)
{
	static const char *const accepted[] = {
		"accepted-issue of the key of order 1",
		"accepted-issue of the key of order 1 in its second encoding",
		"accepted-issue of the key of order 1 with the sign bit",
	};
	static const char s_plus_l[] = "issue with signature S + L";
	json_t *root = vectors_load("0.16/cases.json");

	ck_assert_int_eq(status_of_case(root, RULES, s_plus_l),
	    BITMARK_E_SIGNATURE);
	ck_assert_int_eq(status_of_case(root, bitmark_rules_8_2(), s_plus_l),
	    BITMARK_OK);
	for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
		ck_assert_int_eq(status_of_case(root, RULES, accepted[i]),
		    BITMARK_OK);
		ck_assert_int_eq(status_of_case(root, bitmark_rules_8_2(),
		    accepted[i]), BITMARK_OK);
	}
	json_decref(root);
}
END_TEST

START_TEST(v8_2_refuses_what_came_later)
{
	json_t *root = vectors_load("0.16/cases.json");
	const struct bitmark_rules *old = bitmark_rules_8_2();

	ck_assert_int_eq(status_of_case(root, old, "accepted-share"),
	    BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(status_of_case(root, old, "accepted-grant"),
	    BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(status_of_case(root, old, "accepted-swap"),
	    BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(status_of_case(root, old,
	    "accepted-asset with empty name"), BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(status_of_case(root, old,
	    "accepted-foundation with Litecoin version byte 58"),
	    BITMARK_E_LITECOIN_ADDRESS);
	json_decref(root);
}
END_TEST

/* Only a countersignature of an owner transfer is without a limit in v8.2. */
START_TEST(a_long_countersignature_of_an_owner_transfer_is_refused_by_0_16)
{
	struct bitmark_record record = sample_record(
	    BITMARK_RECORD_OWNER_TRANSFER, BITMARK_NETWORK_TEST), parsed;
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	static uint8_t counter[BITMARK_SIGNATURE_MAX + 1];
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	struct bitmark_account signer = test_account(1, BITMARK_NETWORK_TEST);
	size_t size, used;

	sign_sample(&record, BITMARK_NETWORK_TEST, signatures);
	record.countersignature = (struct bitmark_span){
		counter, sizeof counter
	};
	ck_assert_int_eq(bitmark_record_check(bitmark_rules_8_2(), &record,
	    &signer, BITMARK_CONSENSUS), BITMARK_E_SIGNATURE);
	ck_assert_int_eq(bitmark_record_check(RULES, &record, &signer,
	    BITMARK_CONSENSUS), BITMARK_E_SIGNATURE_LONG);
	ck_assert_int_eq(bitmark_record_encode(&record, packed, sizeof packed,
	    &size), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_parse(RULES, packed, size,
	    BITMARK_NETWORK_TEST, &parsed, &used), BITMARK_E_SIGNATURE_LONG);
	ck_assert_int_eq(bitmark_record_parse(bitmark_rules_8_2(), packed, size,
	    BITMARK_NETWORK_TEST, &parsed, &used), BITMARK_OK);
}
END_TEST

/* A half signed record has no limits to hide behind. */
START_TEST(limits_hold_for_half_signed_records_too)
{
	struct bitmark_record record = sample_record(BITMARK_RECORD_GRANT,
	    BITMARK_NETWORK_TEST), parsed;
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	size_t size, used;

	record.grant.quantity = 0;
	sign_sample(&record, BITMARK_NETWORK_TEST, signatures);
	ck_assert_int_eq(bitmark_record_message(&record, true, packed,
	    sizeof packed, &size), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_parse_half(RULES, packed, size,
	    BITMARK_NETWORK_TEST, &parsed, &used), BITMARK_E_SHARE_QUANTITY);
	ck_assert_int_eq(bitmark_record_parse(RULES, packed, size,
	    BITMARK_NETWORK_TEST, &parsed, &used), BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(bitmark_record_parse_half(bitmark_rules_decode(),
	    packed, size, BITMARK_NETWORK_TEST, &parsed, &used), BITMARK_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record 0.16");
	TCase *tc = tcase_create("vectors");

	vectors_keep("0.16/cases.json");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, messages_signatures_and_ids_are_those_of_0_16);
	tcase_add_test(tc,
	    records_of_0_16_pass_their_check_and_are_packed_again);
	tcase_add_test(tc,
	    a_record_of_the_other_network_has_the_error_of_0_16);
	tcase_add_test(tc, a_record_cut_off_anywhere_has_the_error_of_0_16);
	tcase_add_test(tc,
	    every_version_byte_of_an_address_is_judged_as_by_0_16);
	tcase_add_test(tc, a_seed_or_its_phrase_gives_the_key_of_0_16);
	tcase_add_test(tc, json_is_byte_for_byte_that_of_0_16_and_comes_back);
	tcase_add_test(tc, blocks_of_0_16_are_read_and_printed_as_by_go);
	tcase_add_test(tc,
	    a_share_record_has_two_names_and_numbers_two_forms);
	tcase_add_test(tc,
	    a_block_that_its_records_spoil_has_the_error_of_0_16);
	tcase_add_test(tc,
	    s_plus_l_is_for_v8_2_alone_and_keys_of_order_1_are_for_both);
	tcase_add_test(tc, v8_2_refuses_what_came_later);
	tcase_add_test(tc,
	    a_long_countersignature_of_an_owner_transfer_is_refused_by_0_16);
	tcase_add_test(tc, limits_hold_for_half_signed_records_too);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
