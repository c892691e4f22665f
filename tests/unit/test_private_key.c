/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Private keys and seeds. */
#include <bitmarkpeer/account.h>
#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <string.h>

#include "../support/vectors.h"

#define CHECKSUM_SIZE 4

/* 0, 1, 2, ...: a random source that can be foreseen. */
static void
counting(void *user, uint8_t *out, size_t size)
{
	uint8_t *next = user;

	while (size-- > 0)
		*out++ = (*next)++;
}

/* Base58 of ${size} bytes, checksum appended unless ${spoil}. */
static void
checked_text(const uint8_t *data, size_t size, bool spoil,
    char text[BITMARK_SECRET_TEXT_MAX])
{
	uint8_t bytes[96], hash[BITMARK_SHA3_256_SIZE];

	ck_assert_uint_le(size + CHECKSUM_SIZE, sizeof bytes);
	memcpy(bytes, data, size);
	bitmark_sha3_256(data, size, hash);
	memcpy(bytes + size, hash, CHECKSUM_SIZE);
	if (spoil)
		bytes[size] ^= 1;
	ck_assert_int_eq(bitmark_base58_encode(bytes, size + CHECKSUM_SIZE,
	    text, BITMARK_SECRET_TEXT_MAX), BITMARK_OK);
}

/* ---- private keys ---- */

/* Source: bitmarkd v8.2 account/private_test.go testPrivateKey */
static const char private_text[] =
    "AaTfRXLmV59eCFGzBkkzYa1QbuXQBZCiAvjNdnHUaXCFJCyMCxMar6c3Qqaa1mzSPCqPK9Xg"
    "pkDHcTSCTyAnMnKCHSA2Hz";
static const char private_seed[] =
    "95b5a80b4cdbe61c0f3f72cc152d4a4f29bcfd39c9a67e2c7bc6e0e14ec7c7ba";
static const char private_public[] =
    "55b2988817f7eaec37741b82447163caaa5a9db2b6f0ce722626338e5e3fd7f7";

static bitmark_status
key_from(const char *text, struct bitmark_private_key *key)
{
	return bitmark_private_key_from_text(text, strlen(text), key);
}

START_TEST(a_private_key_text_gives_both_halves_and_back)
{
	struct bitmark_private_key key;
	char text[BITMARK_SECRET_TEXT_MAX];

	ck_assert_int_eq(key_from(private_text, &key), BITMARK_OK);
	assert_hex(key.seed, sizeof key.seed, private_seed, "seed");
	assert_hex(key.public_key, sizeof key.public_key, private_public,
	    "public");
	ck_assert_uint_eq(key.network, BITMARK_NETWORK_LIVE);
	bitmark_private_key_to_text(&key, text);
	ck_assert_str_eq(text, private_text);
}
END_TEST

START_TEST(generated_keys_survive_text)
{
	enum bitmark_network network = _i == 0 ? BITMARK_NETWORK_LIVE :
	    BITMARK_NETWORK_TEST;
	struct bitmark_private_key key, again;
	char text[BITMARK_SECRET_TEXT_MAX];

	bitmark_private_key_generate(network, NULL, &key);
	bitmark_private_key_to_text(&key, text);
	ck_assert_int_eq(key_from(text, &again), BITMARK_OK);
	ck_assert_uint_eq(again.network, network);
	ck_assert_mem_eq(again.seed, key.seed, sizeof key.seed);
	ck_assert_mem_eq(again.public_key, key.public_key,
	    sizeof key.public_key);
}
END_TEST

START_TEST(bad_private_key_texts_have_the_errors_of_v8_2)
{
	static const struct {
		const char *text;
		bitmark_status status;
	} cases[] = {
		{ "", BITMARK_E_DECODE_PRIVATE_KEY },
		{ "3gLJjLSociTmf4kgL3ztUK;tgADFvg9yjXt1jFbEx9KgpEEAFn",
		  BITMARK_E_DECODE_PRIVATE_KEY },
		{ "ZxbhGmFUuwUd9XPFoRjPg77T1h29urd2e85pryntETtXCFS3FZ",
		  BITMARK_E_CHECKSUM },
		{ "3iNEz7VJ29DyFeiXGu9gSCUg4K6ykynfPYeyST1AWAti72mpvLd",
		  BITMARK_E_KEY_TYPE },
		{ "anF8SWxSRY5vnN3Bbyz9buRYW1hfCAAZxfbv8Fw9SFXaktvLCj",
		  BITMARK_E_NOT_PRIVATE_KEY },
		/* a Nothing key is one for v8.2, but it cannot sign */
		{ "1TG8a64QJ", BITMARK_E_KEY_TYPE },
	};
	struct bitmark_private_key key = { .network = 77 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(key_from(cases[i].text, &key) ==
		    cases[i].status, "%s", cases[i].text);
	ck_assert_uint_eq(key.network, 77);
}
END_TEST

START_TEST(a_private_key_of_another_length_is_refused)
{
	uint8_t data[1 + 72] = { 0x10 };
	struct bitmark_private_key key;
	char text[BITMARK_SECRET_TEXT_MAX];
	bool seed;

	/* _i: key bytes; with header and checksum 24 and 40 are seeds */
	seed = _i + 5 == 24 || _i + 5 == 40;
	checked_text(data, 1 + (size_t)_i, false, text);
	/* 64: both halves, which do not fit; 32: the seed alone */
	ck_assert_int_eq(key_from(text, &key),
	    _i == 64 ? BITMARK_E_PRIVATE_KEY : _i == 32 ? BITMARK_OK :
	    seed ? BITMARK_E_SEED_HEADER : BITMARK_E_KEY_LENGTH);
}
END_TEST

START_TEST(a_public_half_of_another_key_is_refused)
{
	struct bitmark_private_key key;
	char text[BITMARK_SECRET_TEXT_MAX];

	bitmark_private_key_generate(BITMARK_NETWORK_TEST, NULL, &key);
	key.public_key[31] ^= 1;
	bitmark_private_key_to_text(&key, text);
	ck_assert_int_eq(key_from(text, &key), BITMARK_E_PRIVATE_KEY);
}
END_TEST

START_TEST(keys_come_from_the_random_source_given)
{
	uint8_t next = 0, want[32];
	struct bitmark_env env = { .user = &next, .random = counting };
	struct bitmark_private_key key;

	for (uint8_t i = 0; i < sizeof want; i++)
		want[i] = i;
	bitmark_private_key_generate(BITMARK_NETWORK_LIVE, &env, &key);
	ck_assert_mem_eq(key.seed, want, sizeof want);
}
END_TEST

START_TEST(a_wiped_key_is_all_zero)
{
	struct bitmark_private_key key, zero;

	memset(&zero, 0, sizeof zero);
	bitmark_private_key_generate(BITMARK_NETWORK_TEST, NULL, &key);
	bitmark_private_key_wipe(&key);
	ck_assert_mem_eq(&key, &zero, sizeof key);
}
END_TEST

/* ---- seeds ---- */

/* Source: bitmarkd v8.2 account/private_test.go TestLiveSeed, TestTestSeed;
 * bitmarkd v0.16.0 account/seed_test.go validSeedTestItems */
static const struct {
	const char *seed;
	const char *account;
	const char *private_seed;
} seeds[] = {
	{ "5XEECqhR7QBkJezUJiUJBmHaSmffDfVN5atuLnQBHnvfxbsWHuBfQLw",
	  "ajsDToCYSuK9rjSKGU6pwKGHahybu3DJ42DYbXRgHxS3Yc6CFC",
	  "e6d85658b86242d45b52d9421736427ef22edda12c8790408c09ec3c9e356e75" },
	{ "5XEECtzqJYokJbDkLzPMqNEF1Eo5qfGPqhbb4pGeuj2igeEMYraCcJ1",
	  "fGcv38F4ucFwvwnepNYYDQt3eDjRaoVtLCdofMYGUENboXVQzx",
	  "83fb4107766d5fd66d0648dcafbc6e77b24d8cced42940ae3a62bb98810e189b" },
	{ "9J877LVjhr3Xxd2nGzRVRVNUZpSKJF4TH",
	  "f7nuKToBByL3jEcArZWoB9PJ8MVmGPjrYkW88v3Yw8p7G5Sxhy",
	  "4534075cbcfc6ada1bb6b9e53d53f72341746031d9d17a3089a117766e7cda9e" },
	{ "9J876mP7wDJ6g5P41eNMN8N3jo9fycDs2",
	  "fXXHGtCdFPuQvNhJ4nDPKCdwPxH7aSZ4842n2katZi319NsaCs",
	  "b0e77f0a27390a00e82c07d6d228999019dce17aa3fbc1958629a7a47bc1cf6d" },
};
#define SEED_COUNT ((int)(sizeof seeds / sizeof seeds[0]))

START_TEST(a_seed_gives_its_account_with_and_without_prefix)
{
	char prefixed[BITMARK_SECRET_TEXT_MAX];
	const char *texts[] = { seeds[_i].seed, prefixed };

	snprintf(prefixed, sizeof prefixed, "SEED:%s", seeds[_i].seed);
	for (size_t i = 0; i < 2; i++) {
		char text[BITMARK_ACCOUNT_TEXT_MAX];
		struct bitmark_private_key key;
		struct bitmark_account account;

		ck_assert_int_eq(key_from(texts[i], &key), BITMARK_OK);
		assert_hex(key.seed, sizeof key.seed, seeds[_i].private_seed,
		    texts[i]);
		bitmark_private_key_account(&key, &account);
		bitmark_account_to_text(&account, text);
		ck_assert_str_eq(text, seeds[_i].account);
	}
}
END_TEST

/* How "SEED:" and the base58 of ${size} bytes and a checksum are judged. */
static bitmark_status
seed_status(const uint8_t *data, size_t size, bool spoil)
{
	char base58[BITMARK_SECRET_TEXT_MAX];
	char text[BITMARK_SECRET_TEXT_MAX + 5];
	struct bitmark_private_key key;

	checked_text(data, size, spoil, base58);
	snprintf(text, sizeof text, "SEED:%s", base58);
	return key_from(text, &key);
}

START_TEST(a_seed_of_another_length_is_refused)
{
	uint8_t data[48] = { 0x5a, 0xfe, _i + 4 == 24 ? 2 : 1 };

	ck_assert_int_eq(seed_status(data, (size_t)_i, false),
	    _i + 4 == 24 || _i + 4 == 40 ? BITMARK_OK :
	    BITMARK_E_SEED_LENGTH);
}
END_TEST

START_TEST(a_seed_with_the_length_of_the_other_version_is_refused)
{
	uint8_t v1[20] = { 0x5a, 0xfe, 1 }, v2[36] = { 0x5a, 0xfe, 2 };

	ck_assert_int_eq(seed_status(v1, sizeof v1, false),
	    BITMARK_E_SEED_LENGTH);
	ck_assert_int_eq(seed_status(v2, sizeof v2, false),
	    BITMARK_E_SEED_LENGTH);
}
END_TEST

START_TEST(a_seed_of_an_unknown_version_is_refused)
{
	uint8_t data[36] = { 0x5a, 0xfe, 3 };

	ck_assert_int_eq(seed_status(data, 20, false), BITMARK_E_SEED_HEADER);
	ck_assert_int_eq(seed_status(data, 36, false), BITMARK_E_SEED_HEADER);
}
END_TEST

START_TEST(a_seed_with_a_wrong_checksum_is_refused)
{
	uint8_t v1[36] = { 0x5a, 0xfe, 1 }, v2[20] = { 0x5a, 0xfe, 2 };

	ck_assert_int_eq(seed_status(v1, sizeof v1, true),
	    BITMARK_E_CHECKSUM);
	ck_assert_int_eq(seed_status(v2, sizeof v2, true),
	    BITMARK_E_CHECKSUM);
}
END_TEST

START_TEST(a_prefix_without_base58_is_no_seed)
{
	struct bitmark_private_key key;

	ck_assert_int_eq(key_from("SEED:", &key), BITMARK_E_DECODE_SEED);
	ck_assert_int_eq(key_from("SEED:0OIl", &key), BITMARK_E_DECODE_SEED);
}
END_TEST

START_TEST(a_version_2_secret_has_132_bits)
{
	uint8_t data[20] = { 0x5a, 0xfe, 2 };

	for (uint8_t last = 0; last < 0x20; last++) {
		data[19] = last;
		ck_assert_int_eq(seed_status(data, sizeof data, false),
		    last % 16 == 0 ? BITMARK_OK : BITMARK_E_SEED_LENGTH);
	}
}
END_TEST

START_TEST(a_version_2_seed_is_live_unless_all_four_bits_are_inverted)
{
	uint8_t data[20] = { 0x5a, 0xfe, 2, 0x80, 0, 0x20 };
	struct bitmark_private_key key;
	char text[BITMARK_SECRET_TEXT_MAX];

	data[3 + 15] = (uint8_t)(_i << 4);
	checked_text(data, sizeof data, false, text);
	ck_assert_int_eq(key_from(text, &key), BITMARK_OK);
	ck_assert_uint_eq(key.network, _i == 0x5 ? BITMARK_NETWORK_TEST :
	    BITMARK_NETWORK_LIVE);
}
END_TEST

START_TEST(a_generated_seed_gives_the_key_that_came_with_it)
{
	enum bitmark_seed_version version = _i % 2 == 0 ? BITMARK_SEED_V1 :
	    BITMARK_SEED_V2;
	enum bitmark_network network = _i / 2 % 2 == 0 ?
	    BITMARK_NETWORK_LIVE : BITMARK_NETWORK_TEST;
	struct bitmark_private_key key, again;
	char text[BITMARK_SECRET_TEXT_MAX];

	ck_assert_int_eq(bitmark_seed_generate(version, network, NULL, text,
	    &key), BITMARK_OK);
	ck_assert_uint_eq(key.network, network);
	ck_assert_int_eq(key_from(text, &again), BITMARK_OK);
	ck_assert_uint_eq(again.network, network);
	ck_assert_mem_eq(again.seed, key.seed, sizeof key.seed);
}
END_TEST

START_TEST(a_generated_seed_has_the_layout_of_its_version)
{
	static const char *layout[] = {
		"5afe0101000102030405060708090a0b0c0d0e0f101112131415161718"
		    "191a1b1c1d1e1f",
		"5afe02000102030405060708090a0b0c0d0eff00",
	};
	uint8_t next = 0, data[64];
	struct bitmark_env env = { .user = &next, .random = counting };
	struct bitmark_private_key key;
	char text[BITMARK_SECRET_TEXT_MAX];
	size_t size;

	ck_assert_int_eq(bitmark_seed_generate(_i == 0 ? BITMARK_SEED_V1 :
	    BITMARK_SEED_V2, BITMARK_NETWORK_TEST, &env, text, &key),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_base58_decode(text, strlen(text), data,
	    sizeof data, &size), BITMARK_OK);
	assert_hex(data, size - CHECKSUM_SIZE, layout[_i], text);
}
END_TEST

START_TEST(a_seed_of_no_version_is_not_generated)
{
	struct bitmark_private_key key;
	char text[BITMARK_SECRET_TEXT_MAX] = "same";

	ck_assert_int_eq(bitmark_seed_generate((enum bitmark_seed_version)3,
	    BITMARK_NETWORK_TEST, NULL, text, &key), BITMARK_E_ARGUMENT);
	ck_assert_str_eq(text, "same");
}
END_TEST

static void
add_private_keys(Suite *suite)
{
	TCase *tc = tcase_create("private key");

	tcase_add_test(tc, a_private_key_text_gives_both_halves_and_back);
	tcase_add_loop_test(tc, generated_keys_survive_text, 0, 2);
	tcase_add_test(tc, bad_private_key_texts_have_the_errors_of_v8_2);
	tcase_add_loop_test(tc, a_private_key_of_another_length_is_refused, 0,
	    73);
	tcase_add_test(tc, a_public_half_of_another_key_is_refused);
	tcase_add_test(tc, keys_come_from_the_random_source_given);
	tcase_add_test(tc, a_wiped_key_is_all_zero);
	suite_add_tcase(suite, tc);
}

static void
add_seeds(Suite *suite)
{
	TCase *tc = tcase_create("seed");

	tcase_add_loop_test(tc,
	    a_seed_gives_its_account_with_and_without_prefix, 0, SEED_COUNT);
	tcase_add_loop_test(tc, a_seed_of_another_length_is_refused, 0, 48);
	tcase_add_test(tc,
	    a_seed_with_the_length_of_the_other_version_is_refused);
	tcase_add_test(tc, a_seed_of_an_unknown_version_is_refused);
	tcase_add_test(tc, a_seed_with_a_wrong_checksum_is_refused);
	tcase_add_test(tc, a_prefix_without_base58_is_no_seed);
	tcase_add_test(tc, a_version_2_secret_has_132_bits);
	tcase_add_loop_test(tc,
	    a_version_2_seed_is_live_unless_all_four_bits_are_inverted, 0,
	    16);
	tcase_add_loop_test(tc,
	    a_generated_seed_gives_the_key_that_came_with_it, 0, 40);
	tcase_add_loop_test(tc,
	    a_generated_seed_has_the_layout_of_its_version, 0, 2);
	tcase_add_test(tc, a_seed_of_no_version_is_not_generated);
	suite_add_tcase(suite, tc);
}

int
main(void)
{
	Suite *suite = suite_create("private key");

	add_private_keys(suite);
	add_seeds(suite);
	return run_suite(suite);
}
