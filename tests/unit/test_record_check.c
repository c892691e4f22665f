/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Records: limits, rules, buffers; properties of all kinds and lengths. */
#include "../support/records.h"

#include <stdlib.h>
#include <string.h>

#define RULES bitmark_rules_8_2()
#define WIDE bitmark_rules_decode()

#define LIVE BITMARK_NETWORK_LIVE
#define TEST BITMARK_NETWORK_TEST

struct signed_sample {
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	struct bitmark_record record;
};

static void
make_sample(struct signed_sample *s, int tag, enum bitmark_network network)
{
	s->record = sample_record((enum bitmark_record_tag)tag, network);
	sign_sample(&s->record, network, s->signatures);
}

static bitmark_status
check_by_one(const struct bitmark_record *record)
{
	struct bitmark_account one = test_account(1, TEST);

	return bitmark_record_check(WIDE, record, &one, BITMARK_STRICT);
}

/* Signed anew, the record is refused with ${status}. */
static void
assert_check(struct bitmark_record *record, bitmark_status status)
{
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	bitmark_status is;

	sign_sample(record, TEST, signatures);
	is = check_by_one(record);
	ck_assert_msg(is == status, "%s, should be %s", bitmark_strerror(is),
	    bitmark_strerror(status));
}

static struct bitmark_span
text_of(uint8_t *buffer, size_t size)
{
	memset(buffer, 'x', size);
	return (struct bitmark_span){ buffer, size };
}

START_TEST(every_kind_packs_and_parses_on_both_networks)
{
	for (int network = LIVE; network <= TEST; network++) {
		enum bitmark_network on = (enum bitmark_network)network;
		struct bitmark_account signer = test_account(1, on);
		uint8_t packed[BITMARK_RECORD_PACKED_MAX];
		struct bitmark_record parsed;
		struct signed_sample s;
		size_t size, used;

		make_sample(&s, _i, on);
		ck_assert_int_eq(bitmark_record_pack(WIDE, &s.record, &signer,
		    packed, sizeof packed, &size), BITMARK_OK);
		ck_assert_int_eq(bitmark_record_parse(WIDE, packed, size, on,
		    &parsed, &used), BITMARK_OK);
		ck_assert_uint_eq(used, size);
		assert_encodes(&parsed, packed, size, "parsed");
	}
}
END_TEST

START_TEST(every_prefix_is_refused_and_bytes_after_it_are_ignored)
{
	struct bitmark_record record;
	uint8_t packed[1024];
	struct signed_sample s;
	size_t size, used = 0;

	make_sample(&s, _i, TEST);
	ck_assert_int_eq(bitmark_record_encode(&s.record, packed,
	    sizeof packed, &size), BITMARK_OK);
	for (size_t k = 0; k < size + 9; k++) {
		uint8_t *cut = calloc(1, k + 1);
		bitmark_status status;

		memcpy(cut, packed, k < size ? k : size);
		status = bitmark_record_parse(WIDE, cut, k, TEST, &record,
		    &used);
		ck_assert_int_eq(status,
		    k < size ? BITMARK_E_NOT_RECORD : BITMARK_OK);
		ck_assert_uint_eq(used, k < size ? 0 : size);
		free(cut);
	}
}
END_TEST

START_TEST(a_buffer_one_byte_too_small_is_left_alone)
{
	struct bitmark_account signer = test_account(1, TEST);
	uint8_t out[1024], untouched[1024];
	struct signed_sample s;
	size_t size, other = 77;

	make_sample(&s, _i, TEST);
	memset(untouched, 0xee, sizeof untouched);
	memset(out, 0xee, sizeof out);
	ck_assert_int_eq(bitmark_record_encode(&s.record, out, sizeof out,
	    &size), BITMARK_OK);
	memset(out, 0xee, sizeof out);
	for (size_t k = 0; k < size; k++) {
		ck_assert_int_eq(bitmark_record_encode(&s.record, out, k,
		    &other), BITMARK_E_SPACE);
		ck_assert_mem_eq(out, untouched, sizeof out);
	}
	ck_assert_int_eq(bitmark_record_pack(WIDE, &s.record, &signer, out,
	    size - 1, &other), BITMARK_E_SPACE);
	ck_assert_mem_eq(out, untouched, sizeof out);
	ck_assert_uint_eq(other, 77);
	ck_assert_int_eq(bitmark_record_pack(WIDE, &s.record, &signer, out,
	    size, &other), BITMARK_OK);
	ck_assert_uint_eq(other, size);
}
END_TEST

/* Only the spare bits of an account may change, and they are not kept. */
START_TEST(every_bit_of_a_signed_record_is_covered)
{
	struct bitmark_account signer = test_account(1, TEST);
	uint8_t packed[1024], flipped[1024];
	struct signed_sample s;
	size_t size, used;

	make_sample(&s, _i, TEST);
	ck_assert_int_eq(bitmark_record_encode(&s.record, packed,
	    sizeof packed, &size), BITMARK_OK);
	for (size_t bit = 0; bit < 8 * size; bit++) {
		struct bitmark_record record;

		memcpy(flipped, packed, size);
		flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (bitmark_record_parse(WIDE, flipped, size, TEST, &record,
		    &used) == BITMARK_OK && bitmark_record_check(WIDE,
		    &record, &signer, BITMARK_STRICT) == BITMARK_OK)
			assert_encodes(&record, packed, size, "flipped");
	}
}
END_TEST

/* Grants and swaps name their signer; other kinds do, where BITMARK_STRICT
 * asks for it. */
START_TEST(a_record_of_another_signer_is_refused)
{
	struct bitmark_account two = test_account(2, TEST);
	struct bitmark_account zero = { .algorithm = BITMARK_KEY_ED25519,
		.network = TEST };
	bool named = _i == BITMARK_RECORD_GRANT || _i == BITMARK_RECORD_SWAP;
	struct signed_sample s;

	make_sample(&s, _i, TEST);
	ck_assert_int_eq(bitmark_record_check(WIDE, &s.record, &two,
	    BITMARK_CONSENSUS), named ? BITMARK_E_OWNER :
	    BITMARK_E_SIGNATURE);
	named |= _i < BITMARK_RECORD_TRANSFER ||
	    _i == BITMARK_RECORD_FOUNDATION;
	ck_assert_int_eq(bitmark_record_check(WIDE, &s.record, &two,
	    BITMARK_STRICT), named ? BITMARK_E_OWNER : BITMARK_E_SIGNATURE);
	ck_assert_int_eq(bitmark_record_check(WIDE, &s.record, &zero,
	    BITMARK_STRICT), BITMARK_E_OWNER);
	ck_assert_int_eq(bitmark_record_check(WIDE, &s.record, NULL,
	    BITMARK_STRICT), BITMARK_E_OWNER);
}
END_TEST

START_TEST(an_unsigned_record_is_refused_but_has_an_encoding)
{
	struct bitmark_record record = sample_record(
	    (enum bitmark_record_tag)_i, TEST);
	uint8_t out[1024];
	size_t size, message;

	ck_assert_int_eq(check_by_one(&record), BITMARK_E_SIGNATURE);
	ck_assert_int_eq(bitmark_record_encode(&record, out, sizeof out,
	    &size), BITMARK_OK);
	ck_assert_int_eq(bitmark_record_message(&record, false, out,
	    sizeof out, &message), BITMARK_OK);
	ck_assert_uint_eq(size, message +
	    (bitmark_record_is_countersigned(record.tag) ? 2u : 1u));
}
END_TEST

START_TEST(countersigning_needs_a_signature_and_a_place_for_it)
{
	struct bitmark_private_key key = test_key(2, TEST);
	struct bitmark_record record = sample_record(
	    (enum bitmark_record_tag)_i, TEST);
	uint8_t signature[BITMARK_SIGNATURE_SIZE];

	ck_assert_int_eq(bitmark_record_countersign(&record, &key, signature),
	    bitmark_record_is_countersigned(record.tag) ? BITMARK_E_STATE :
	    BITMARK_E_ARGUMENT);
	ck_assert_ptr_null(record.countersignature.data);
}
END_TEST

START_TEST(signatures_are_at_most_1024_bytes)
{
	uint8_t bytes[BITMARK_SIGNATURE_MAX + 1];
	struct signed_sample s;

	make_sample(&s, _i, TEST);
	s.record.signature = text_of(bytes, BITMARK_SIGNATURE_MAX + 1);
	ck_assert_int_eq(check_by_one(&s.record), BITMARK_E_SIGNATURE_LONG);
	s.record.signature.size--;
	ck_assert_int_eq(check_by_one(&s.record), BITMARK_E_SIGNATURE);
	make_sample(&s, _i, TEST);
	s.record.countersignature = text_of(bytes, BITMARK_SIGNATURE_MAX + 1);
	/* v8.2 does not limit that of an owner transfer. */
	if (_i == BITMARK_RECORD_OWNER_TRANSFER)
		ck_assert_int_eq(check_by_one(&s.record), BITMARK_E_SIGNATURE);
	else if (bitmark_record_is_countersigned(s.record.tag))
		ck_assert_int_eq(check_by_one(&s.record),
		    BITMARK_E_SIGNATURE_LONG);
}
END_TEST

START_TEST(shared_fields_are_found_in_every_kind)
{
	struct bitmark_record r = sample_record((enum bitmark_record_tag)_i,
	    TEST);
	bool transfer = _i == BITMARK_RECORD_TRANSFER ||
	    _i == BITMARK_RECORD_COUNTERSIGNED ||
	    _i == BITMARK_RECORD_OWNER_TRANSFER;
	const struct bitmark_account *owner = bitmark_record_owner(&r);
	struct bitmark_account expected = test_account(transfer ? 2 : 1, TEST);

	ck_assert_int_eq(bitmark_record_link(&r) != NULL,
	    transfer || _i == BITMARK_RECORD_SHARE);
	ck_assert_int_eq(bitmark_record_escrow(&r) != NULL, transfer);
	ck_assert_int_eq(owner != NULL, _i <= BITMARK_RECORD_OWNER_TRANSFER);
	if (owner != NULL)
		ck_assert(bitmark_account_equal(owner, &expected));
	ck_assert_str_ne(bitmark_record_name(r.tag), "*unknown*");
}
END_TEST

START_TEST(an_escrow_that_is_not_there_is_not_found)
{
	struct bitmark_record r = sample_record(BITMARK_RECORD_TRANSFER,
	    TEST);

	ck_assert_ptr_nonnull(bitmark_record_escrow(&r));
	r.transfer.escrow.present = false;
	ck_assert_ptr_null(bitmark_record_escrow(&r));
	assert_check(&r, BITMARK_OK);
}
END_TEST

START_TEST(a_kind_that_is_unknown_is_refused_everywhere)
{
	static const int tags[] = { BITMARK_RECORD_NULL, 11, 8192, -1 };
	struct bitmark_private_key key = test_key(1, TEST);
	uint8_t out[64];
	size_t size;

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		struct bitmark_record r = sample_record(BITMARK_RECORD_ISSUE,
		    TEST);

		r.tag = (enum bitmark_record_tag)tags[i];
		ck_assert_str_eq(bitmark_record_name(r.tag), "*unknown*");
		ck_assert_int_eq(bitmark_record_encode(&r, out, sizeof out,
		    &size), BITMARK_E_ARGUMENT);
		ck_assert_int_eq(bitmark_record_sign(&r, &key, out),
		    BITMARK_E_ARGUMENT);
		ck_assert_int_eq(check_by_one(&r), BITMARK_E_NOT_RECORD);
	}
}
END_TEST

START_TEST(v8_2_does_not_know_shares)
{
	struct bitmark_account one = test_account(1, TEST);
	struct signed_sample s;

	for (int tag = BITMARK_RECORD_SHARE; tag <= BITMARK_RECORD_SWAP;
	    tag++) {
		make_sample(&s, tag, TEST);
		ck_assert_int_eq(bitmark_record_check(RULES, &s.record, &one,
		    BITMARK_STRICT), BITMARK_E_NOT_RECORD);
	}
}
END_TEST

START_TEST(only_an_unratified_transfer_may_destroy)
{
	struct bitmark_record r = sample_record((enum bitmark_record_tag)_i,
	    TEST);
	struct bitmark_account zero = { .algorithm = BITMARK_KEY_ED25519,
		.network = TEST };

	if (_i == BITMARK_RECORD_OWNER_TRANSFER)
		r.owner_transfer.owner = zero;
	else if (_i == BITMARK_RECORD_GRANT)
		r.grant.recipient = zero;
	else if (_i == BITMARK_RECORD_SWAP)
		r.swap.owner_two = zero;
	else
		r.transfer.owner = zero;
	assert_check(&r, _i == BITMARK_RECORD_TRANSFER ? BITMARK_OK :
	    BITMARK_E_OWNER);
}
END_TEST

START_TEST(asset_texts_have_their_limits)
{
	static uint8_t text[BITMARK_METADATA_MAX + 1];
	struct bitmark_account one = test_account(1, TEST);
	struct bitmark_record r = sample_record(BITMARK_RECORD_ASSET, TEST);

	r.asset.name = text_of(text, BITMARK_NAME_MAX);
	assert_check(&r, BITMARK_OK);
	r.asset.name = text_of(text, BITMARK_NAME_MAX + 1);
	assert_check(&r, BITMARK_E_NAME_LONG);
	r.asset.name.size = 0;
	assert_check(&r, BITMARK_OK);   /* of the rules of v0.16 */
	ck_assert_int_eq(bitmark_record_check(RULES, &r, &one,
	    BITMARK_STRICT), BITMARK_E_NAME_SHORT);
	r.asset.name.size = 1;
	r.asset.fingerprint = text_of(text, BITMARK_FINGERPRINT_MAX);
	assert_check(&r, BITMARK_OK);
	r.asset.fingerprint = text_of(text, BITMARK_FINGERPRINT_MAX + 1);
	assert_check(&r, BITMARK_E_FINGERPRINT_LONG);
	r.asset.fingerprint.size = 0;
	assert_check(&r, BITMARK_E_FINGERPRINT_SHORT);
	r.asset.fingerprint.size = 1;
	r.asset.metadata = text_of(text, BITMARK_METADATA_MAX);
	text[1] = 0;
	assert_check(&r, BITMARK_OK);
	r.asset.metadata = text_of(text, BITMARK_METADATA_MAX + 1);
	assert_check(&r, BITMARK_E_METADATA_LONG);
}
END_TEST

/* All texts of up to 6 bytes of 'x' and NUL, against the plain definition. */
START_TEST(metadata_is_pairs_without_empty_parts)
{
	struct bitmark_record r = sample_record(BITMARK_RECORD_ASSET, TEST);

	for (size_t size = 0; size <= 6; size++)
		for (unsigned bits = 0; bits < 1u << size; bits++) {
			uint8_t text[6];
			unsigned parts = 1, length = 0;
			bool empty = false;

			for (size_t i = 0; i < size; i++) {
				text[i] = bits >> i & 1 ? 'x' : 0;
				empty |= text[i] == 0 && length == 0;
				parts += text[i] == 0;
				length = text[i] == 0 ? 0 : length + 1;
			}
			empty |= length == 0;
			r.asset.metadata = (struct bitmark_span){ text, size };
			assert_check(&r, size == 0 || (!empty &&
			    parts % 2 == 0) ? BITMARK_OK :
			    BITMARK_E_METADATA_MAP);
		}
}
END_TEST

START_TEST(the_longest_asset_fits_the_named_size)
{
	static const uint8_t rune[4] = { 0xf0, 0x9f, 0x8e, 0xb5 };
	static uint8_t name[4 * BITMARK_NAME_MAX];
	static uint8_t fingerprint[4 * BITMARK_FINGERPRINT_MAX];
	static uint8_t metadata[4 * BITMARK_METADATA_MAX];
	struct bitmark_account one = test_account(1, TEST);
	struct bitmark_record r = sample_record(BITMARK_RECORD_ASSET, TEST);
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	uint8_t out[BITMARK_RECORD_PACKED_MAX];
	size_t size = 0;

	for (size_t i = 0; i < sizeof metadata; i++)
		metadata[i] = rune[i % 4];
	memcpy(name, metadata, sizeof name);
	memcpy(fingerprint, metadata, sizeof fingerprint);
	metadata[4] = 0;        /* the other three bytes count as one each */
	r.asset.name = (struct bitmark_span){ name, sizeof name };
	r.asset.fingerprint = (struct bitmark_span){
		fingerprint, sizeof fingerprint
	};
	r.asset.metadata = (struct bitmark_span){
		metadata, sizeof metadata - 3 * 4
	};
	sign_sample(&r, TEST, signatures);
	ck_assert_int_eq(bitmark_record_pack(RULES, &r, &one, out, sizeof out,
	    &size), BITMARK_OK);
	ck_assert_uint_gt(size, 12000);
}
END_TEST

START_TEST(fields_of_any_size_never_pass_the_buffer)
{
	size_t size = 4u * BITMARK_RECORD_PACKED_MAX;
	uint8_t *bytes = malloc(size);
	struct bitmark_private_key key = test_key(1, TEST);
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	struct signed_sample s;

	make_sample(&s, BITMARK_RECORD_ASSET, TEST);
	s.record.asset.metadata = text_of(bytes, size);
	ck_assert_int_eq(check_by_one(&s.record), BITMARK_E_METADATA_LONG);
	ck_assert_int_eq(bitmark_record_sign(&s.record, &key, signature),
	    BITMARK_E_SPACE);
	make_sample(&s, BITMARK_RECORD_TRANSFER, TEST);
	s.record.transfer.escrow.address = text_of(bytes, size);
	ck_assert_int_eq(check_by_one(&s.record), BITMARK_E_ADDRESS_LONG);
	make_sample(&s, BITMARK_RECORD_OWNER_TRANSFER, TEST);
	s.record.countersignature = text_of(bytes, size);
	ck_assert_int_eq(check_by_one(&s.record), BITMARK_E_SIGNATURE);
	free(bytes);
}
END_TEST

START_TEST(payments_must_be_those_of_the_version)
{
	struct bitmark_record r = sample_record(BITMARK_RECORD_FOUNDATION,
	    TEST);
	struct bitmark_span *address = r.foundation.payments.address;
	struct bitmark_span bitcoin = address[BITMARK_CURRENCY_BITCOIN];

	r.foundation.version = 0;
	assert_check(&r, BITMARK_E_PAYMENT_VERSION);
	r.foundation.version = 2;
	assert_check(&r, BITMARK_E_PAYMENT_VERSION);
	r.foundation.version = 1;
	address[BITMARK_CURRENCY_BITCOIN].data = NULL;
	assert_check(&r, BITMARK_E_CURRENCY_ADDRESS);
	address[BITMARK_CURRENCY_BITCOIN] = bitcoin;
	address[BITMARK_CURRENCY_BITCOIN].size = 0;
	assert_check(&r, BITMARK_E_BITCOIN_ADDRESS);
	address[BITMARK_CURRENCY_BITCOIN] = bitcoin;
	address[BITMARK_CURRENCY_NOTHING] = bitcoin;
	assert_check(&r, BITMARK_E_CURRENCY_ADDRESS);
}
END_TEST

START_TEST(shares_are_at_least_one)
{
	struct bitmark_record share = sample_record(BITMARK_RECORD_SHARE,
	    TEST);
	struct bitmark_record grant = sample_record(BITMARK_RECORD_GRANT,
	    TEST);
	struct bitmark_record swap = sample_record(BITMARK_RECORD_SWAP, TEST);

	share.share.quantity = 0;
	assert_check(&share, BITMARK_E_SHARE_QUANTITY);
	grant.grant.quantity = 0;
	assert_check(&grant, BITMARK_E_SHARE_QUANTITY);
	swap.swap.quantity_one = 0;
	assert_check(&swap, BITMARK_E_SHARE_QUANTITY);
	swap.swap.quantity_one = 1;
	swap.swap.quantity_two = 0;
	assert_check(&swap, BITMARK_E_SHARE_QUANTITY);
}
END_TEST

START_TEST(a_swap_is_of_two_different_shares)
{
	struct bitmark_record swap = sample_record(BITMARK_RECORD_SWAP, TEST);

	memcpy(swap.swap.share_id_two, swap.swap.share_id_one,
	    BITMARK_TX_ID_SIZE);
	assert_check(&swap, BITMARK_E_SHARE_IDS);
}
END_TEST

START_TEST(both_parties_of_a_share_movement_are_on_one_network)
{
	struct bitmark_record grant = sample_record(BITMARK_RECORD_GRANT,
	    TEST);
	struct bitmark_record swap = sample_record(BITMARK_RECORD_SWAP, TEST);

	grant.grant.recipient.network = LIVE;
	assert_check(&grant, BITMARK_E_WRONG_NETWORK_PUBLIC);
	swap.swap.owner_two.network = LIVE;
	assert_check(&swap, BITMARK_E_WRONG_NETWORK_PUBLIC);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record_check");
	TCase *tc = tcase_create("check");
	const int first = BITMARK_RECORD_BASE_DATA;
	const int end = BITMARK_RECORD_SWAP + 1;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_kind_packs_and_parses_on_both_networks,
	    first, end);
	tcase_add_loop_test(tc,
	    every_prefix_is_refused_and_bytes_after_it_are_ignored, first,
	    end);
	tcase_add_loop_test(tc, a_buffer_one_byte_too_small_is_left_alone,
	    first, end);
	tcase_add_loop_test(tc, every_bit_of_a_signed_record_is_covered,
	    first, end);
	tcase_add_loop_test(tc, a_record_of_another_signer_is_refused, first,
	    end);
	tcase_add_loop_test(tc,
	    an_unsigned_record_is_refused_but_has_an_encoding, first, end);
	tcase_add_loop_test(tc,
	    countersigning_needs_a_signature_and_a_place_for_it, first, end);
	tcase_add_loop_test(tc, signatures_are_at_most_1024_bytes, first, end);
	tcase_add_loop_test(tc, shared_fields_are_found_in_every_kind, first,
	    end);
	tcase_add_test(tc, an_escrow_that_is_not_there_is_not_found);
	tcase_add_test(tc, a_kind_that_is_unknown_is_refused_everywhere);
	tcase_add_test(tc, v8_2_does_not_know_shares);
	for (int tag = BITMARK_RECORD_TRANSFER; tag < end; tag++)
		if (tag != BITMARK_RECORD_FOUNDATION &&
		    tag != BITMARK_RECORD_SHARE)
			tcase_add_loop_test(tc,
			    only_an_unratified_transfer_may_destroy,
			    tag, tag + 1);
	tcase_add_test(tc, asset_texts_have_their_limits);
	tcase_add_test(tc, metadata_is_pairs_without_empty_parts);
	tcase_add_test(tc, the_longest_asset_fits_the_named_size);
	tcase_add_test(tc, fields_of_any_size_never_pass_the_buffer);
	tcase_add_test(tc, payments_must_be_those_of_the_version);
	tcase_add_test(tc, shares_are_at_least_one);
	tcase_add_test(tc, a_swap_is_of_two_different_shares);
	tcase_add_test(tc,
	    both_parties_of_a_share_movement_are_on_one_network);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
