/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Accounts, and which Ed25519 signatures are accepted. */
#include <bitmarkpeer/account.h>
#include <bitmarkpeer/codec.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "../support/vectors.h"

#define CHECKSUM_SIZE 4

static const struct bitmark_account unchanged = {
	.algorithm = 77, .network = 88, .key = { 99 },
};

/* The order of the base point, little endian.  Source: RFC 8032 5.1 */
static const uint8_t order_l[32] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
	0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	[31] = 0x10,
};

/* A point of order 8.  Source: tests/data/vectors.json ed25519Verify */
static const uint8_t order_8[32] = {
	0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f,
	0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
	0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
	0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
};

static void
assert_account(const struct bitmark_account *a, const json_t *want)
{
	const char *base58 = field_text(want, "base58");
	uint8_t packed[BITMARK_ACCOUNT_PACKED_MAX];
	char text[BITMARK_ACCOUNT_TEXT_MAX];
	size_t size = bitmark_account_pack(a, packed);

	assert_hex(packed, size, field_text(want, "bytes"), base58);
	assert_hex(a->key, bitmark_account_key_size(a),
	    field_text(want, "publicKey"), base58);
	bitmark_account_to_text(a, text);
	ck_assert_str_eq(text, base58);
	ck_assert_uint_eq(a->algorithm, field_number(want, "keyType"));
	ck_assert_int_eq(a->network == BITMARK_NETWORK_TEST,
	    json_is_true(json_object_get(want, "test")));
	ck_assert_int_eq(bitmark_account_is_zero(a),
	    json_is_true(json_object_get(want, "zero")));
	ck_assert_uint_eq(bitmark_account_packed_size(a), size);
}

static void
assert_parsed(bitmark_status status, const struct bitmark_account *a,
    const json_t *vector, const char *what)
{
	assert_error(status, field_text(vector, "error"), what);
	if (status == BITMARK_OK)
		assert_account(a, json_object_get(vector, "account"));
	else
		ck_assert(bitmark_account_equal(a, &unchanged));
}

/* ---- accounts ---- */

START_TEST(accounts_survive_bytes_and_text)
{
	json_t *v;
	size_t i;

	json_array_foreach(vectors_section("accounts"), i, v) {
		const char *text = field_text(v, "base58");
		struct bitmark_account a, b;
		size_t size;
		uint8_t *bytes = field_bytes(v, "bytes", &size);

		ck_assert_int_eq(bitmark_account_parse(bytes, size, &a),
		    BITMARK_OK);
		assert_account(&a, v);
		ck_assert_int_eq(bitmark_account_from_text(text, strlen(text),
		    &b), BITMARK_OK);
		ck_assert(bitmark_account_equal(&a, &b));
		free(bytes);
	}
}
END_TEST

START_TEST(packed_accounts_are_judged_as_v8_2_does)
{
	json_t *v;
	size_t i;

	json_array_foreach(vectors_section("accountFromBytes"), i, v) {
		struct bitmark_account a = unchanged;
		size_t size;
		uint8_t *bytes = field_bytes(v, "bytes", &size);

		assert_parsed(bitmark_account_parse(bytes, size, &a), &a, v,
		    field_text(v, "bytes"));
		free(bytes);
	}
}
END_TEST

START_TEST(account_texts_are_judged_as_v8_2_does)
{
	json_t *v;
	size_t i;

	json_array_foreach(vectors_section("accountFromBase58"), i, v) {
		struct bitmark_account a = unchanged;
		const char *text = field_text(v, "text");

		assert_parsed(bitmark_account_from_text(text, strlen(text),
		    &a), &a, v, text);
	}
}
END_TEST

START_TEST(accounts_that_differ_in_one_property_are_not_equal)
{
	const struct bitmark_account a = { BITMARK_KEY_ED25519,
	    BITMARK_NETWORK_TEST, { 1, 2 } };
	struct bitmark_account b = a;

	ck_assert(bitmark_account_equal(&a, &b));
	b.network = BITMARK_NETWORK_LIVE;
	ck_assert(!bitmark_account_equal(&a, &b));
	b = a;
	b.algorithm = BITMARK_KEY_NOTHING;
	ck_assert(!bitmark_account_equal(&a, &b));
	b = a;
	b.key[31] = 1;
	ck_assert(!bitmark_account_equal(&a, &b));
}
END_TEST

START_TEST(an_account_text_without_key_has_no_checksum_to_check)
{
	static const uint8_t data[1 + CHECKSUM_SIZE] = { 0x13 };
	char text[BITMARK_ACCOUNT_TEXT_MAX];
	struct bitmark_account a;

	ck_assert_int_eq(bitmark_base58_encode(data, sizeof data, text,
	    sizeof text), BITMARK_OK);
	ck_assert_int_eq(bitmark_account_from_text(text, strlen(text), &a),
	    BITMARK_E_KEY_LENGTH);
}
END_TEST

START_TEST(a_changed_character_of_an_account_text_is_noticed)
{
	static const char good[] =
	    "eHJtCFqdn7QjJZMzkQU7P8rNa6AZ2eyDBZxZRS4GgJGhhSGPoW";
	char text[sizeof good];
	struct bitmark_account a;

	for (size_t i = 0; i < sizeof good - 1; i++) {
		memcpy(text, good, sizeof good);
		text[i] = text[i] == 'z' ? '1' : 'z';
		ck_assert_int_ne(bitmark_account_from_text(text,
		    sizeof good - 1, &a), BITMARK_OK);
	}
}
END_TEST

/* ---- signatures ---- */

static bool
s_below_l(const uint8_t *signature)
{
	for (int i = 31; i >= 0; i--)
		if (signature[32 + i] != order_l[i])
			return signature[32 + i] < order_l[i];
	return false;
}

static void
check_signature(const json_t *v)
{
	const char *note = field_text(v, "note");
	bool valid = json_is_true(json_object_get(v, "valid"));
	struct bitmark_account a = { .algorithm = BITMARK_KEY_ED25519 };
	struct bitmark_span message, signature;
	size_t key_size;
	uint8_t *key = field_bytes(v, "publicKey", &key_size);
	uint8_t *m = field_bytes(v, "message", &message.size);
	uint8_t *s = field_bytes(v, "signature", &signature.size);

	message.data = m;
	signature.data = s;
	ck_assert_uint_eq(key_size, sizeof a.key);
	memcpy(a.key, key, sizeof a.key);
	ck_assert_msg(bitmark_account_verify(&a, message, signature,
	    BITMARK_CONSENSUS) ==
	    (valid ? BITMARK_OK : BITMARK_E_SIGNATURE), "%s", note);
	if (signature.size == BITMARK_SIGNATURE_SIZE)
		valid = valid && s_below_l(s);
	ck_assert_msg(bitmark_account_verify(&a, message, signature,
	    BITMARK_STRICT) ==
	    (valid ? BITMARK_OK : BITMARK_E_SIGNATURE), "strict: %s", note);
	free(key);
	free(m);
	free(s);
}

START_TEST(signatures_are_judged_as_v8_2_does_and_strictly_also_by_s)
{
	json_t *v;
	size_t i;

	json_array_foreach(vectors_section("ed25519Verify"), i, v)
		check_signature(v);
}
END_TEST

/*
 * Complete ${signature}, whose R stands, with S = h * a, for a key A = a * B +
 * T with T of order 8: S * B - h * A is then -h * T, of small order like R.
 * Returns h mod 8.
 */
static unsigned
answer(const uint8_t a[32], const uint8_t key[32], uint8_t message,
    uint8_t signature[64])
{
	crypto_hash_sha512_state state;
	uint8_t wide[64], h[32];

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, signature, 32);
	crypto_hash_sha512_update(&state, key, 32);
	crypto_hash_sha512_update(&state, &message, 1);
	crypto_hash_sha512_final(&state, wide);
	crypto_core_ed25519_scalar_reduce(h, wide);
	crypto_core_ed25519_scalar_mul(signature + 32, h, a);
	return h[0] % 8;
}

START_TEST(r_of_small_order_is_compared_as_bytes)
{
	static const uint8_t identity[32] = { 1 };
	static const uint8_t a[32] = { 0x34, 0x12, 7 };
	struct bitmark_account account = { .algorithm = BITMARK_KEY_ED25519 };
	unsigned accepted = 0;
	uint8_t sig[64];

	/* a key with a part of order 8: R = -k * torsion is right exactly
	 * where the hash gives k, _i counts */
	ck_assert_int_eq(crypto_scalarmult_ed25519_base_noclamp(account.key,
	    a), 0);
	ck_assert_int_eq(crypto_core_ed25519_add(account.key, account.key,
	    order_8), 0);
	memcpy(sig, identity, 32);
	for (int k = 0; k < _i; k++)
		ck_assert_int_eq(crypto_core_ed25519_sub(sig, sig, order_8),
		    0);
	for (unsigned m = 0; m < 100; m++) {
		uint8_t message = (uint8_t)m;
		bool right = answer(a, account.key, message, sig) ==
		    (unsigned)_i;

		ck_assert_int_eq(bitmark_account_verify(&account,
		    (struct bitmark_span){ &message, 1 },
		    (struct bitmark_span){ sig, sizeof sig },
		    BITMARK_CONSENSUS),
		    right ? BITMARK_OK : BITMARK_E_SIGNATURE);
		accepted += right;
	}
	ck_assert_uint_gt(accepted, 0);
}
END_TEST

START_TEST(keys_that_are_not_canonical_do_not_make_a_signature_valid)
{
	struct bitmark_account a = { .algorithm = BITMARK_KEY_ED25519 };
	uint8_t sig[64] = { 5 };

	/* y = 2^255 - 1 - _i, with either sign */
	for (unsigned sign = 0; sign <= 0x80; sign += 0x80) {
		memset(a.key, 0xff, sizeof a.key);
		a.key[0] = (uint8_t)(0xff - _i);
		a.key[31] = (uint8_t)(0x7f | sign);
		ck_assert_int_eq(bitmark_account_verify(&a,
		    (struct bitmark_span){ NULL, 0 },
		    (struct bitmark_span){ sig, sizeof sig },
		    BITMARK_CONSENSUS), BITMARK_E_SIGNATURE);
	}
}
END_TEST

START_TEST(a_signature_verifies_its_own_message_key_and_bytes_only)
{
	struct bitmark_private_key key;
	struct bitmark_account account;
	uint8_t sig[64], message[100];
	struct bitmark_span m = { message, (size_t)_i };
	struct bitmark_span s = { sig, sizeof sig };

	bitmark_private_key_generate(BITMARK_NETWORK_TEST, NULL, &key);
	bitmark_private_key_account(&key, &account);
	randombytes_buf(message, sizeof message);
	bitmark_private_key_sign(&key, m, sig);
	ck_assert_int_eq(bitmark_account_verify(&account, m, s,
	    BITMARK_STRICT), BITMARK_OK);
	for (size_t bit = 0; bit < 8 * sizeof sig; bit += 7) {
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(bitmark_account_verify(&account, m, s,
		    BITMARK_CONSENSUS), BITMARK_E_SIGNATURE);
		sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	account.key[3] ^= 4;
	ck_assert_int_eq(bitmark_account_verify(&account, m, s,
	    BITMARK_CONSENSUS), BITMARK_E_SIGNATURE);
}
END_TEST

START_TEST(an_account_without_algorithm_never_verifies)
{
	struct bitmark_account a = { .algorithm = BITMARK_KEY_NOTHING };
	uint8_t sig[64] = { 1 };

	/* the same bytes are valid for an Ed25519 key of order 1 */
	a.key[0] = 1;
	for (uint8_t algorithm = 0; algorithm <= 3; algorithm++) {
		a.algorithm = algorithm;
		ck_assert_int_eq(bitmark_account_verify(&a,
		    (struct bitmark_span){ NULL, 0 },
		    (struct bitmark_span){ sig, sizeof sig },
		    BITMARK_STRICT), algorithm == BITMARK_KEY_ED25519 ?
		    BITMARK_OK : BITMARK_E_SIGNATURE);
	}
}
END_TEST

static void
add_accounts(Suite *suite)
{
	TCase *tc = tcase_create("account");

	tcase_add_test(tc, accounts_survive_bytes_and_text);
	tcase_add_test(tc, packed_accounts_are_judged_as_v8_2_does);
	tcase_add_test(tc, account_texts_are_judged_as_v8_2_does);
	tcase_add_test(tc,
	    accounts_that_differ_in_one_property_are_not_equal);
	tcase_add_test(tc,
	    an_account_text_without_key_has_no_checksum_to_check);
	tcase_add_test(tc, a_changed_character_of_an_account_text_is_noticed);
	suite_add_tcase(suite, tc);
}

static void
add_signatures(Suite *suite)
{
	TCase *tc = tcase_create("signature");

	tcase_add_test(tc,
	    signatures_are_judged_as_v8_2_does_and_strictly_also_by_s);
	tcase_add_loop_test(tc, r_of_small_order_is_compared_as_bytes, 0, 8);
	tcase_add_loop_test(tc,
	    keys_that_are_not_canonical_do_not_make_a_signature_valid, 0, 21);
	tcase_add_loop_test(tc, a_signature_verifies_its_own_message_key_and_bytes_only,
	    0, 10);
	tcase_add_test(tc, an_account_without_algorithm_never_verifies);
	suite_add_tcase(suite, tc);
}

int
main(void)
{
	Suite *suite = suite_create("account");

	vectors_keep("vectors.json");
	add_accounts(suite);
	add_signatures(suite);
	return run_suite(suite);
}
