/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Difficulty, issue proofs and Merkle roots against the golden vectors. */
#include <bitmarkpeer/block.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../support/vectors.h"

static uint64_t
number_of(const uint8_t bytes[8])
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* A 64 bit number written as 16 hex digits. */
static uint64_t
field_hex64(const json_t *object, const char *key)
{
	size_t size;
	uint8_t *bytes = field_bytes(object, key, &size);
	uint64_t value;

	ck_assert_uint_eq(size, 8);
	value = number_of(bytes);
	free(bytes);
	return value;
}

static double
double_of(uint64_t ieee)
{
	double value;

	memcpy(&value, &ieee, sizeof value);
	return value;
}

static uint64_t
ieee_of(double value)
{
	uint64_t ieee;

	memcpy(&ieee, &value, sizeof ieee);
	return ieee;
}

START_TEST(bits_expand_to_the_target_of_the_reference)
{
	json_t *list = vectors_section("difficultySetBits"), *v;
	uint8_t target[BITMARK_TARGET_SIZE];
	size_t i;

	json_array_foreach(list, i, v) {
		uint64_t bits = field_hex64(v, "setBits");
		bitmark_status status = bitmark_target_from_bits(bits, target);

		if (field_text(v, "panic") != NULL) {
			ck_assert_int_eq(status, BITMARK_E_HEADER_DIFFICULTY);
			continue;
		}
		ck_assert_int_eq(status, BITMARK_OK);
		assert_hex(target, sizeof target, field_text(v, "target"),
		    field_text(v, "setBits"));
	}
}
END_TEST

START_TEST(bits_give_the_reciprocal_rounded_to_the_nearest_double_D_46)
{
	json_t *list = vectors_section("difficultySetBits"), *v;
	size_t i;

	json_array_foreach(list, i, v) {
		double value = bitmark_bits_reciprocal(
		    field_hex64(v, "setBits"));

		if (field_text(v, "panic") != NULL)
			ck_assert_uint_eq(ieee_of(value), ieee_of(0.0));
		else
			ck_assert_uint_eq(ieee_of(value),
			    field_hex64(v, "reciprocalIEEE"));
	}
}
END_TEST

START_TEST(bits_without_a_target_leave_the_output_as_it_was_D_04)
{
	uint8_t target[BITMARK_TARGET_SIZE], before[BITMARK_TARGET_SIZE];

	memset(target, 0x5a, sizeof target);
	memset(before, 0x5a, sizeof before);
	ck_assert_int_eq(bitmark_target_from_bits(
	    UINT64_C(0xc000000000000000), target),
	    BITMARK_E_HEADER_DIFFICULTY);
	ck_assert_mem_eq(target, before, sizeof target);
}
END_TEST

START_TEST(a_reciprocal_gives_target_and_bits_of_the_reference)
{
	json_t *list = vectors_section("difficultySetReciprocal"), *v;
	uint8_t target[BITMARK_TARGET_SIZE];
	uint64_t bits;
	size_t i;

	json_array_foreach(list, i, v) {
		bitmark_target_from_reciprocal(
		    double_of(field_hex64(v, "ieee")), target, &bits);
		assert_hex(target, sizeof target, field_text(v, "target"),
		    field_text(v, "ieee"));
		ck_assert_uint_eq(bits, field_hex64(v, "bits"));
		ck_assert_uint_eq(ieee_of(bitmark_bits_reciprocal(bits)),
		    field_hex64(v, "reciprocalIEEE"));
	}
}
END_TEST

static void
assert_easiest(double reciprocal)
{
	uint8_t target[BITMARK_TARGET_SIZE], one[BITMARK_TARGET_SIZE];
	uint64_t bits;

	ck_assert_int_eq(bitmark_target_from_bits(BITMARK_BITS_ONE, one),
	    BITMARK_OK);
	bitmark_target_from_reciprocal(reciprocal, target, &bits);
	ck_assert_mem_eq(target, one, sizeof one);
	ck_assert_uint_eq(bits, BITMARK_BITS_ONE);
}

START_TEST(a_difficulty_below_one_or_nan_counts_as_one)
{
	assert_easiest(double_of(UINT64_C(0x7ff8000000000000)));  /* NaN */
	assert_easiest(double_of(UINT64_C(0xfff0000000000000)));  /* -inf */
	assert_easiest(double_of(UINT64_C(0x3fefffffffffffff)));
	assert_easiest(double_of(1));                       /* subnormal */
	assert_easiest(-2.0);
	assert_easiest(1.0);
}
END_TEST

START_TEST(a_reciprocal_beyond_all_targets_gives_target_zero)
{
	static const uint8_t zero[BITMARK_TARGET_SIZE];
	uint8_t target[BITMARK_TARGET_SIZE];
	uint64_t bits;
	static const uint64_t large[] = {
		UINT64_C(0x7ff0000000000000),   /* infinity       */
		UINT64_C(0x7fefffffffffffff),   /* largest double */
		UINT64_C(0x4f70000000000000),   /* 2^248          */
	};

	for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
		bitmark_target_from_reciprocal(double_of(large[i]), target,
		    &bits);
		ck_assert_mem_eq(target, zero, sizeof zero);
		ck_assert_uint_eq(bits, UINT64_C(0xbf00000000000000));
	}
}
END_TEST

/* 2^247 divides difficulty 1 into 1.99...: the last target above zero. */
START_TEST(the_hardest_target_is_one)
{
	uint8_t target[BITMARK_TARGET_SIZE];

	bitmark_target_from_reciprocal(
	    double_of(UINT64_C(0x4f60000000000000)), target, NULL);
	assert_hex(target, sizeof target, "00000000000000000000000000000000"
	    "00000000000000000000000000000001", "2^247");
}
END_TEST

/*
 * Quotients whose fraction is so near to one that 256 significant bits round
 * up to the next integer.
 * Source: exact rational arithmetic, done apart from this code
 */
START_TEST(the_quotient_is_rounded_up_at_its_256th_bit)
{
	static const struct {
		uint64_t ieee;
		const char *target;
	} cases[] = {
		{ UINT64_C(0x3ff2899be9ac1e48),
		    "00dcf5045e3e005ec57b499d57155825"
		    "6b0e9da8c483c90b1fa0fce7ca12fdbb" },
		{ UINT64_C(0x3ff80364494fa826),
		    "00aa928f97ad7abcd0d9b3129731749c"
		    "162d99b5a2902e8b9423888d66e7ae11" },
		{ UINT64_C(0x402726452de42058),
		    "00161dfb3eff74345b18540afdfa930e"
		    "cfa2fbf9fff6469b77da676cb3bc2065" },
		{ UINT64_C(0x40122dfc220b2792),
		    "003853a816f0e9ddce33cfeac94393cd"
		    "93eb2f3402ad35f33b5bd3c7b6cd5c49" },
	};
	uint8_t target[BITMARK_TARGET_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bitmark_target_from_reciprocal(double_of(cases[i].ieee),
		    target, NULL);
		assert_hex(target, sizeof target, cases[i].target, "rounded");
	}
}
END_TEST

/*
 * Quotients that lie just above the middle of two doubles: only what is left
 * after 62 bits says so.
 * Source: exact rational arithmetic, done apart from this code
 */
START_TEST(a_reciprocal_just_above_the_middle_is_rounded_up)
{
	static const struct {
		uint64_t bits, ieee;
	} cases[] = {
		{ UINT64_C(0x002cf0ceca687df7), UINT64_C(0x3ffb38a8049510b5) },
		{ UINT64_C(0x00dfb0561745ef79), UINT64_C(0x3ff113e6a761cbe1) },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_uint_eq(ieee_of(bitmark_bits_reciprocal(
		    cases[i].bits)), cases[i].ieee);
}
END_TEST

/* Source: bitmarkd v0.16.0 difficulty, values between two adjustments */
START_TEST(bits_and_value_are_two_forms_of_one_difficulty)
{
	static const struct {
		double value;
		uint64_t bits;
	} cases[] = {
		{ 1, UINT64_C(0x00ffffffffffffff) },
		{ 2, UINT64_C(0x01ffffffffffffff) },
		{ 4, UINT64_C(0x02ffffffffffffff) },
		{ 3.999333444425929, UINT64_C(0x01000aec33e1f671) },
		{ 3.086022888003086, UINT64_C(0x014bd194237fa89e) },
		{ 1.0000416684028501, UINT64_C(0x00fffa89e60f04c4) },
		{ 1.9999166701387443, UINT64_C(0x000002bb0cf87d99) },
		{ 1.6000000000000001, UINT64_C(0x003ffffffffffffa) },
		{ 10000, UINT64_C(0x0da36e2eb1c432c9) },
		{ 39993.334444259293, UINT64_C(0x0fa38013fe2b5b34) },
		{ 10000.416684028502, UINT64_C(0x0da369b55eaa68a8) },
		{ 2500.0260419379365, UINT64_C(0x0ba36d105cfdc053) },
		{ 2500, UINT64_C(0x0ba36e2eb1c432c9) },
		{ 1580.0437186575798, UINT64_C(0x0a4bd194237fa8ac) },
	};
	uint8_t target[BITMARK_TARGET_SIZE];
	uint64_t bits;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bitmark_target_from_reciprocal(cases[i].value, target, &bits);
		ck_assert_uint_eq(bits, cases[i].bits);
		ck_assert_uint_eq(ieee_of(bitmark_bits_reciprocal(bits)),
		    ieee_of(cases[i].value));
	}
}
END_TEST

START_TEST(bundles_of_issues_have_the_difficulty_of_the_reference)
{
	json_t *list = vectors_section("scaledDifficulty"), *v;
	uint8_t target[BITMARK_TARGET_SIZE];
	uint64_t bits;
	size_t i;

	json_array_foreach(list, i, v) {
		bool live = strcmp(field_text(v, "chain"), "bitmark") == 0;
		double value = bitmark_issue_difficulty(
		    live ? BITMARK_NETWORK_LIVE : BITMARK_NETWORK_TEST,
		    (size_t)field_number(v, "count"));

		ck_assert_uint_eq(ieee_of(value),
		    field_hex64(v, "reciprocalIEEE"));
		bitmark_target_from_reciprocal(value, target, &bits);
		assert_hex(target, sizeof target, field_text(v, "target"),
		    field_text(v, "chain"));
		ck_assert_uint_eq(bits, field_hex64(v, "bits"));
	}
}
END_TEST

START_TEST(a_proof_is_accepted_exactly_when_the_reference_accepts_it)
{
	json_t *list = vectors_section("tryProof"), *v;
	size_t i;

	json_array_foreach(list, i, v) {
		size_t size, nonce_size;
		uint8_t *pay_id = field_bytes(v, "payId", &size);
		uint8_t *nonce = field_bytes(v, "clientNonce", &nonce_size);
		uint8_t *target = field_bytes(v, "target", &size);
		bool accept = bitmark_proof_check(pay_id,
		    field_hex64(v, "payNonce"), nonce, nonce_size, target);

		ck_assert_int_eq(accept,
		    json_is_true(json_object_get(v, "accept")));
		free(pay_id);
		free(nonce);
		free(target);
	}
}
END_TEST

/* The digest of each vector as the target: the limit itself is a proof, one
 * less is not. */
START_TEST(a_proof_may_be_equal_to_the_target)
{
	json_t *v = json_array_get(vectors_section("tryProof"), 1);
	size_t size, nonce_size;
	uint8_t *pay_id = field_bytes(v, "payId", &size);
	uint8_t *nonce = field_bytes(v, "clientNonce", &nonce_size);
	uint8_t *target = field_bytes(v, "digest", &size);
	uint64_t pay_nonce = field_hex64(v, "payNonce");

	ck_assert(bitmark_proof_check(pay_id, pay_nonce, nonce, nonce_size,
	    target));
	ck_assert_uint_ne(target[BITMARK_TARGET_SIZE - 1], 0);
	target[BITMARK_TARGET_SIZE - 1]--;
	ck_assert(!bitmark_proof_check(pay_id, pay_nonce, nonce, nonce_size,
	    target));
	free(pay_id);
	free(nonce);
	free(target);
}
END_TEST

/* Leaf i of a merkle vector: SHA3-256(seed || i little endian). */
static uint8_t *
leaves(const json_t *v, size_t count)
{
	uint8_t *ids = malloc(count * BITMARK_TX_ID_SIZE + 1);
	size_t seed_size;
	uint8_t *seed = field_bytes(v, "seed", &seed_size);
	uint8_t message[64] = { 0 };

	ck_assert_ptr_nonnull(ids);
	ck_assert_uint_eq(seed_size, 32);
	memcpy(message, seed, seed_size);
	for (size_t i = 0; i < count; i++) {
		for (size_t b = 0; b < 8; b++)
			message[seed_size + b] =
			    (uint8_t)((uint64_t)i >> 8 * b);
		bitmark_sha3_256(message, seed_size + 8,
		    ids + i * BITMARK_TX_ID_SIZE);
	}
	free(seed);
	return ids;
}

START_TEST(pay_nonces_of_0_16_are_those_of_rounded_blocks)
{
	json_t *root = vectors_load("0.16/difficulty.json"), *v;
	const struct bitmark_rules *rules = bitmark_rules_0_16();
	const json_t *blocks = json_object_get(root, "blocks");
	size_t i, size;

	json_array_foreach(json_object_get(root, "afterDelete"), i, v) {
		uint64_t number = bitmark_pay_nonce_block(rules,
		    field_number(v, "height"));
		uint8_t *digest;

		ck_assert_uint_eq(number, field_number(v, "payNonceBlock"));
		ck_assert(bitmark_block_has_pay_nonce(rules, number));
		if (number == BITMARK_GENESIS_NUMBER)
			continue;
		digest = field_bytes(json_array_get(blocks,
		    (size_t)number - 2), "digest", &size);
		ck_assert_uint_eq(bitmark_pay_nonce_of_digest(digest),
		    field_hex64(v, "payNonce"));
		free(digest);
	}
	json_decref(root);
	ck_assert(!bitmark_block_has_pay_nonce(rules, 0));
	ck_assert(!bitmark_block_has_pay_nonce(rules, 127));
	ck_assert_uint_eq(bitmark_pay_nonce_block(rules, 257), 128);
	ck_assert_uint_eq(bitmark_pay_nonce_block(bitmark_rules_8_2(), 257),
	    257);
	ck_assert(bitmark_block_has_pay_nonce(bitmark_rules_8_2(), 127));
}
END_TEST

START_TEST(merkle_roots_are_those_of_the_reference)
{
	json_t *list = vectors_section("merkle"), *v;
	uint8_t root[BITMARK_DIGEST_SIZE];
	size_t i;

	json_array_foreach(list, i, v) {
		size_t count = (size_t)field_number(v, "count");
		uint8_t *ids = leaves(v, count);

		bitmark_merkle_root(ids, count, root);
		assert_hex(root, sizeof root, field_text(v, "root"), "root");
		free(ids);
	}
}
END_TEST

START_TEST(the_merkle_root_of_no_ids_is_zero)
{
	static const uint8_t zero[BITMARK_DIGEST_SIZE];
	uint8_t root[BITMARK_DIGEST_SIZE];

	memset(root, 1, sizeof root);
	bitmark_merkle_root(NULL, 0, root);
	ck_assert_mem_eq(root, zero, sizeof zero);
}
END_TEST

START_TEST(foundation_ids_are_those_of_the_reference)
{
	json_t *list = vectors_section("foundationTxId"), *v;
	uint8_t id[BITMARK_TX_ID_SIZE];
	size_t i, size;

	json_array_foreach(list, i, v) {
		uint8_t *digest = field_bytes(v, "digest", &size);

		bitmark_foundation_id(digest, field_number(v, "number"), id);
		assert_hex(id, sizeof id, field_text(v, "txId"), "id");
		free(digest);
	}
}
END_TEST

static json_t *
functions_of_0_16(json_t **root, const char *name)
{
	*root = vectors_load("0.16/difficulty.json");
	return json_object_get(json_object_get(*root, "functions"), name);
}

/* Decimal text of Go that reads back to the same double. */
static double
field_double(const json_t *object, const char *key)
{
	return strtod(field_text(object, key), NULL);
}

START_TEST(a_difficulty_of_0_16_gives_its_target_and_bits)
{
	json_t *root, *list = functions_of_0_16(&root, "set"), *v;
	uint8_t target[BITMARK_TARGET_SIZE];
	uint64_t bits;
	size_t i;

	ck_assert_uint_ge(json_array_size(list), 300);
	json_array_foreach(list, i, v) {
		bitmark_target_from_reciprocal(field_double(v, "set"), target,
		    &bits);
		assert_hex(target, sizeof target, field_text(v, "target"),
		    field_text(v, "set"));
		ck_assert_uint_eq(bits, field_hex64(v, "bits"));
		ck_assert_uint_eq(ieee_of(bitmark_bits_reciprocal(bits)),
		    ieee_of(field_double(v, "valueOfBits")));
		ck_assert_int_eq(bitmark_target_from_bits(bits, target),
		    BITMARK_OK);
		assert_hex(target, sizeof target,
		    field_text(v, "targetOfBits"), field_text(v, "set"));
	}
	json_decref(root);
}
END_TEST

START_TEST(bits_of_0_16_give_their_target_and_value)
{
	json_t *root, *list = functions_of_0_16(&root, "setBits"), *v;
	uint8_t target[BITMARK_TARGET_SIZE];
	size_t i;

	ck_assert_uint_ge(json_array_size(list), 200);
	json_array_foreach(list, i, v) {
		uint64_t bits = field_hex64(v, "bits");

		ck_assert_int_eq(bitmark_target_from_bits(bits, target),
		    BITMARK_OK);
		assert_hex(target, sizeof target, field_text(v, "target"),
		    field_text(v, "bits"));
		ck_assert_uint_eq(ieee_of(bitmark_bits_reciprocal(bits)),
		    ieee_of(field_double(v, "value")));
	}
	json_decref(root);
}
END_TEST

START_TEST(the_next_difficulty_is_that_of_0_16_to_the_last_bit)
{
	const uint64_t begin = 1580000000;
	json_t *root, *list = functions_of_0_16(&root, "next"), *v;
	size_t i;

	ck_assert_uint_ge(json_array_size(list), 280);
	json_array_foreach(list, i, v) {
		uint64_t span = field_number(v, "span");
		double next = 0;
		bitmark_status status = bitmark_difficulty_next(
		    field_double(v, "previous"), begin, begin + span, &next);

		/* The function of bitmarkd takes a span of 0, but the one that
		 * calls it has refused the block before. */
		if (span == 0) {
			ck_assert_int_eq(status, BITMARK_E_BLOCK_END);
			continue;
		}
		ck_assert_int_eq(status, BITMARK_OK);
		ck_assert_uint_eq(ieee_of(next),
		    ieee_of(field_double(v, "next")));
	}
	json_decref(root);
}
END_TEST

/* Two doubles are adjacent to the exact quotient or product: on machines that
 * round as IEEE 754 says, the operators of C choose the same one. */
START_TEST(the_next_difficulty_is_a_division_and_a_product_of_doubles)
{
	uint64_t random = 1;

	for (int i = 0; i < 20000; i++) {
		uint64_t span, bits;
		double previous, next;
		volatile double ratio, product;

		random = random * UINT64_C(6364136223846793005) + 1;
		span = 6001 + (random >> 33) % 89999;
		random = random * UINT64_C(6364136223846793005) + 1;
		bits = random >> 8 | (random >> 60) << 56;
		previous = bitmark_bits_reciprocal(bits);
		ratio = 24000.0 / (double)span;
		product = ratio * previous;
		ck_assert_int_eq(bitmark_difficulty_next(previous, 7, 7 + span,
		    &next), BITMARK_OK);
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 2
		ck_assert_uint_eq(ieee_of(next),
		    ieee_of(product < 1.0 ? 1.0 : product));
#else
		(void)product;
#endif
	}
}
END_TEST

/* 24000 s / 16000 s is 1.5, and 1.5 * (1 + n ulp) is 1.5 + 1.5 n ulp. */
START_TEST(a_product_in_the_middle_of_two_doubles_becomes_the_even_one)
{
	const double ulp = ldexp(1, -52);
	double next;

	ck_assert_int_eq(bitmark_difficulty_next(1 + ulp, 1, 16001, &next),
	    BITMARK_OK);
	ck_assert_uint_eq(ieee_of(next), ieee_of(1.5 + 2 * ulp));
	ck_assert_int_eq(bitmark_difficulty_next(1 + 3 * ulp, 1, 16001, &next),
	    BITMARK_OK);
	ck_assert_uint_eq(ieee_of(next), ieee_of(1.5 + 4 * ulp));
}
END_TEST

static const struct adjustment {
	uint64_t bits, span;
	double value;
	uint64_t next_bits;
} adjustments[] = {
	{ BITMARK_BITS_ONE, 1, 4, 0x02ffffffffffffff },
	{ BITMARK_BITS_ONE, 6000, 4, 0x02ffffffffffffff },
	{ BITMARK_BITS_ONE, 6001, 3.999333444425929, 0x01000aec33e1f671 },
	{ BITMARK_BITS_ONE, 7777, 3.086022888003086, 0x014bd194237fa89e },
	{ BITMARK_BITS_ONE, 23999, 1.0000416684028501, 0x00fffa89e60f04c4 },
	{ BITMARK_BITS_ONE, 24000, 1, BITMARK_BITS_ONE },
	{ BITMARK_BITS_ONE, UINT32_MAX, 1, BITMARK_BITS_ONE },
	{ 0x01ffffffffffffff, 24001, 1.9999166701387443, 0x000002bb0cf87d99 },
	{ 0x01ffffffffffffff, 30000, 1.6000000000000001, 0x003ffffffffffffa },
	{ 0x0da36e2eb1c432c9, 6001, 39993.334444259293, 0x0fa38013fe2b5b34 },
	{ 0x0da36e2eb1c432c9, 23999, 10000.416684028502, 0x0da369b55eaa68a8 },
	{ 0x0da36e2eb1c432c9, 95999, 2500.0260419379365, 0x0ba36d105cfdc053 },
	{ 0x0da36e2eb1c432c9, 96000, 2500, 0x0ba36e2eb1c432c9 },
	{ 0x0da36e2eb1c432c9, UINT64_MAX - 1, 2500, 0x0ba36e2eb1c432c9 },
	{ 0x0800000000000007, 7777, 1580.0437186575798, 0x0a4bd194237fa8ac },
};

START_TEST(bits_after_an_adjustment_are_those_that_0_16_writes)
{
	const struct adjustment *a = &adjustments[_i];
	uint8_t target[BITMARK_TARGET_SIZE];
	double next;
	uint64_t bits;

	ck_assert_int_eq(bitmark_difficulty_next(
	    bitmark_bits_reciprocal(a->bits), 1, 1 + a->span, &next),
	    BITMARK_OK);
	ck_assert_uint_eq(ieee_of(next), ieee_of(a->value));
	bitmark_target_from_reciprocal(next, target, &bits);
	ck_assert_uint_eq(bits, a->next_bits);
	ck_assert_uint_eq(ieee_of(bitmark_bits_reciprocal(bits)),
	    ieee_of(next));
}
END_TEST

START_TEST(a_window_that_ends_before_it_begins_gives_no_difficulty)
{
	double next = 7;

	ck_assert_int_eq(bitmark_difficulty_next(2, 100, 100, &next),
	    BITMARK_E_BLOCK_END);
	ck_assert_int_eq(bitmark_difficulty_next(2, 100, 99, &next),
	    BITMARK_E_BLOCK_END);
	ck_assert_int_eq(bitmark_difficulty_next(2, UINT64_MAX, 0, &next),
	    BITMARK_E_BLOCK_END);
	ck_assert(next == 7);
	ck_assert_str_eq(bitmark_strerror(BITMARK_E_BLOCK_END),
	    "block end earlier than begin");
}
END_TEST

START_TEST(a_previous_difficulty_that_no_bits_have_counts_as_one)
{
	static const double odd[] = { 0.0, -3.0, 0.5, (double)NAN };
	double next;

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		ck_assert_int_eq(bitmark_difficulty_next(odd[i], 1, 2, &next),
		    BITMARK_OK);
		ck_assert(next == 4.0);
	}
	ck_assert_int_eq(bitmark_difficulty_next((double)INFINITY, 1, 30001,
	    &next), BITMARK_OK);
	ck_assert(isinf(next));
}
END_TEST

START_TEST(windows_of_0_16)
{
	json_t *root, *list = functions_of_0_16(&root, "window"), *v;
	uint64_t begin, end;
	size_t i;

	ck_assert_uint_ge(json_array_size(list), 13);
	json_array_foreach(list, i, v) {
		bitmark_difficulty_window(field_number(v, "height"), &begin,
		    &end);
		ck_assert_uint_eq(begin, field_number(v, "begin"));
		ck_assert_uint_eq(end, field_number(v, "end"));
	}
	json_decref(root);
}
END_TEST

START_TEST(the_base_is_the_block_before_the_adjustment_or_a_window_ago)
{
	ck_assert_uint_eq(bitmark_difficulty_base(2), 3);
	ck_assert_uint_eq(bitmark_difficulty_base(200), 3);
	ck_assert_uint_eq(bitmark_difficulty_base(202), 3);
	ck_assert_uint_eq(bitmark_difficulty_base(203), 3);
	ck_assert_uint_eq(bitmark_difficulty_base(204), 4);
	ck_assert_uint_eq(bitmark_difficulty_base(399), 199);
	ck_assert_uint_eq(bitmark_difficulty_base(400), 399);
	ck_assert_uint_eq(bitmark_difficulty_base(401), 201);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("difficulty");
	TCase *tc = tcase_create("vectors");

	vectors_keep("vectors.json");
	tcase_add_test(tc, bits_expand_to_the_target_of_the_reference);
	tcase_add_test(tc,
	    bits_give_the_reciprocal_rounded_to_the_nearest_double_D_46);
	tcase_add_test(tc,
	    a_reciprocal_just_above_the_middle_is_rounded_up);
	tcase_add_test(tc,
	    bits_without_a_target_leave_the_output_as_it_was_D_04);
	tcase_add_test(tc,
	    a_reciprocal_gives_target_and_bits_of_the_reference);
	tcase_add_test(tc, a_difficulty_below_one_or_nan_counts_as_one);
	tcase_add_test(tc,
	    a_reciprocal_beyond_all_targets_gives_target_zero);
	tcase_add_test(tc, the_hardest_target_is_one);
	tcase_add_test(tc, the_quotient_is_rounded_up_at_its_256th_bit);
	tcase_add_test(tc, bits_and_value_are_two_forms_of_one_difficulty);
	tcase_add_test(tc, a_difficulty_of_0_16_gives_its_target_and_bits);
	tcase_add_test(tc, bits_of_0_16_give_their_target_and_value);
	tcase_add_test(tc,
	    the_next_difficulty_is_that_of_0_16_to_the_last_bit);
	tcase_add_test(tc,
	    the_next_difficulty_is_a_division_and_a_product_of_doubles);
	tcase_add_test(tc,
	    a_product_in_the_middle_of_two_doubles_becomes_the_even_one);
	tcase_add_loop_test(tc,
	    bits_after_an_adjustment_are_those_that_0_16_writes, 0,
	    (int)(sizeof adjustments / sizeof adjustments[0]));
	tcase_add_test(tc,
	    a_window_that_ends_before_it_begins_gives_no_difficulty);
	tcase_add_test(tc,
	    a_previous_difficulty_that_no_bits_have_counts_as_one);
	tcase_add_test(tc, windows_of_0_16);
	tcase_add_test(tc,
	    the_base_is_the_block_before_the_adjustment_or_a_window_ago);
	tcase_add_test(tc,
	    bundles_of_issues_have_the_difficulty_of_the_reference);
	tcase_add_test(tc,
	    a_proof_is_accepted_exactly_when_the_reference_accepts_it);
	tcase_add_test(tc, a_proof_may_be_equal_to_the_target);
	tcase_add_test(tc, pay_nonces_of_0_16_are_those_of_rounded_blocks);
	tcase_add_test(tc, merkle_roots_are_those_of_the_reference);
	tcase_add_test(tc, the_merkle_root_of_no_ids_is_zero);
	tcase_add_test(tc, foundation_ids_are_those_of_the_reference);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
