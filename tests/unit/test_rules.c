/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The constant tables of chains and rules. */
#include "../support/vectors.h"

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/rules.h>

#include <stdlib.h>
#include <string.h>

START_TEST(every_chain_has_the_genesis_block_of_v8_2)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("genesis"), i, v) {
		const char *name = field_text(v, "chain");
		const struct bitmark_chain_params *chain =
		    bitmark_chain_params_find(name);
		char crc[17];

		ck_assert_ptr_nonnull(chain);
		ck_assert_str_eq(chain->name, name);
		assert_hex(chain->genesis, chain->genesis_size,
		    field_text(v, "genesisBlock"), name);
		assert_hex(chain->genesis_digest, 32,
		    field_text(v, "genesisDigest"), name);
		snprintf(crc, sizeof crc, "%016llx",
		    (unsigned long long)chain->genesis_crc);
		ck_assert_str_eq(crc, field_text(v, "crc"));
		ck_assert_str_eq(crc, field_text(v, "payNonce"));
	}
}
END_TEST

START_TEST(genesis_crc_is_the_crc_of_the_genesis_block)
{
	static const char *const names[] = { "bitmark", "testing", "local" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct bitmark_chain_params *chain =
		    bitmark_chain_params_find(names[i]);

		ck_assert_uint_eq(chain->genesis_crc, bitmark_crc(1,
		    chain->genesis, chain->genesis_size));
	}
}
END_TEST

START_TEST(chains_have_their_network_and_domain)
{
	const struct bitmark_chain_params *live, *test, *local;

	live = bitmark_chain_params_find("bitmark");
	test = bitmark_chain_params_find("testing");
	local = bitmark_chain_params_find("local");
	ck_assert_int_eq(live->network, BITMARK_NETWORK_LIVE);
	ck_assert_int_eq(test->network, BITMARK_NETWORK_TEST);
	ck_assert_int_eq(local->network, BITMARK_NETWORK_TEST);
	ck_assert_str_eq(live->nodes_domain, "nodes.live.bitmark.com");
	ck_assert_str_eq(test->nodes_domain, "nodes.test.bitmark.com");
	ck_assert_str_eq(local->nodes_domain, "nodes.localdomain");
}
END_TEST

START_TEST(chain_names_are_compared_as_exact_bytes)
{
	ck_assert_ptr_null(bitmark_chain_params_find(""));
	ck_assert_ptr_null(bitmark_chain_params_find("Bitmark"));
	ck_assert_ptr_null(bitmark_chain_params_find("bitmark "));
	ck_assert_ptr_null(bitmark_chain_params_find("bitmar"));
	ck_assert_ptr_null(bitmark_chain_params_find("live"));
}
END_TEST

START_TEST(no_chain_name_is_longer_than_the_bound)
{
	ck_assert_uint_eq(strlen(bitmark_chain_params_find("bitmark")->name),
	    BITMARK_CHAIN_NAME_MAX);
	ck_assert_uint_eq(strlen(bitmark_chain_params_find("testing")->name),
	    BITMARK_CHAIN_NAME_MAX);
}
END_TEST

START_TEST(rules_8_2_have_the_limits_of_v8_2)
{
	const struct bitmark_rules *r = bitmark_rules_8_2();

	ck_assert_str_eq(r->name, "8.2");
	ck_assert_uint_eq(r->record_tag_max, 7);
	ck_assert(!r->asset_name_optional);
	ck_assert(!r->litecoin_test_58);
	ck_assert_uint_eq(r->header_version_max, 5);
	ck_assert_uint_eq(r->header_count_min, 2);
	ck_assert_uint_eq(r->header_count_max, 10000);
	ck_assert_uint_eq(r->header_future_s, 5 * 60);
	ck_assert_uint_eq(r->header_back_v1_s, 4 * 60 * 60);
	ck_assert_uint_eq(r->header_back_v2_s, 10 * 60);
	ck_assert_uint_eq(r->header_back_later_s, 0);
	ck_assert_uint_eq(r->difficulty_bits_min, 0x00ccccccccccccccu);
	ck_assert_uint_eq(r->difficulty_bits_max, 0x00ffffffffffffffu);
}
END_TEST

START_TEST(decode_rules_accept_whatever_rules_8_2_accept)
{
	const struct bitmark_rules *r = bitmark_rules_8_2();
	const struct bitmark_rules *d = bitmark_rules_decode();

	ck_assert_uint_ge(d->record_tag_max, r->record_tag_max);
	ck_assert(d->asset_name_optional && d->litecoin_test_58);
	ck_assert_uint_ge(d->header_version_max, r->header_version_max);
	ck_assert_uint_le(d->header_count_min, r->header_count_min);
	ck_assert_uint_ge(d->header_count_max, r->header_count_max);
	ck_assert_uint_ge(d->header_future_s, r->header_future_s);
	ck_assert_uint_ge(d->header_back_v1_s, r->header_back_v1_s);
	ck_assert_uint_ge(d->header_back_v2_s, r->header_back_v2_s);
	ck_assert_uint_ge(d->header_back_later_s, r->header_back_later_s);
	ck_assert_uint_le(d->difficulty_bits_min, r->difficulty_bits_min);
	ck_assert_uint_ge(d->difficulty_bits_max, r->difficulty_bits_max);
}
END_TEST

START_TEST(rules_of_a_release_are_found_by_its_name)
{
	ck_assert_ptr_eq(bitmark_rules_find("8.2"), bitmark_rules_8_2());
	ck_assert_ptr_null(bitmark_rules_find("8"));
	ck_assert_ptr_null(bitmark_rules_find(""));
}
END_TEST

START_TEST(releases_are_listed_from_the_oldest_to_the_newest)
{
	ck_assert_ptr_eq(bitmark_rules_at(0), bitmark_rules_8_2());
	ck_assert_ptr_eq(bitmark_rules_at(1), bitmark_rules_0_16());
	ck_assert_ptr_null(bitmark_rules_at(2));
	ck_assert_ptr_null(bitmark_rules_at(SIZE_MAX));
}
END_TEST

START_TEST(decode_rules_are_no_release)
{
	ck_assert_ptr_null(
	    bitmark_rules_find(bitmark_rules_decode()->name));
}
END_TEST

START_TEST(decode_rules_know_the_records_of_0_16)
{
	ck_assert_uint_eq(bitmark_rules_decode()->record_tag_max, 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rules");
	TCase *tc = tcase_create("rules");

	vectors_keep("vectors.json");
	tcase_add_test(tc, every_chain_has_the_genesis_block_of_v8_2);
	tcase_add_test(tc, genesis_crc_is_the_crc_of_the_genesis_block);
	tcase_add_test(tc, chains_have_their_network_and_domain);
	tcase_add_test(tc, chain_names_are_compared_as_exact_bytes);
	tcase_add_test(tc, no_chain_name_is_longer_than_the_bound);
	tcase_add_test(tc, rules_8_2_have_the_limits_of_v8_2);
	tcase_add_test(tc, decode_rules_accept_whatever_rules_8_2_accept);
	tcase_add_test(tc, rules_of_a_release_are_found_by_its_name);
	tcase_add_test(tc,
	    releases_are_listed_from_the_oldest_to_the_newest);
	tcase_add_test(tc, decode_rules_are_no_release);
	tcase_add_test(tc, decode_rules_know_the_records_of_0_16);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
