/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks that bitmarkd v0.16.0 made are read whole under its rules; under the
 * rules of v8.2 the first of them is valid and the second is not.
 */
#include "../support/chains.h"
#include "../support/vectors.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 8

struct vector {
	json_t *root;
	const json_t *json;
	uint8_t *packed, *digest;
	size_t size, digest_size;
};

static struct vector
vector(int i)
{
	struct vector v = { .root = vectors_load("blocks-0.16.json") };

	v.json = json_array_get(json_object_get(v.root, "blocks"), (size_t)i);
	v.packed = field_bytes(v.json, "packed", &v.size);
	v.digest = field_bytes(v.json, "digest", &v.digest_size);
	ck_assert_uint_eq(v.digest_size, BITMARK_DIGEST_SIZE);
	return v;
}

static void
vector_free(struct vector *v)
{
	free(v->packed);
	free(v->digest);
	json_decref(v->root);
}

START_TEST(records_and_merkle_root_of_0_16_are_read)
{
	struct vector v = vector(_i);
	const json_t *names = json_object_get(v.json, "records");
	uint8_t ids[RECORDS_MAX][BITMARK_TX_ID_SIZE], root[BITMARK_DIGEST_SIZE];
	struct bitmark_block_walk walk;

	ck_assert_int_eq(bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), v.packed, v.size, BITMARK_NETWORK_TEST),
	    BITMARK_OK);
	ck_assert_uint_eq(walk.header.version, 5);
	ck_assert_uint_eq(walk.header.count, json_array_size(names));
	for (size_t k = 0; k < walk.header.count; k++) {
		ck_assert_int_eq(bitmark_block_walk_next(&walk), BITMARK_OK);
		ck_assert_str_eq(bitmark_record_name(walk.record.tag),
		    json_string_value(json_array_get(names, k)));
		bitmark_tx_id(walk.packed.data, walk.packed.size, ids[k]);
	}
	if (field_text(v.json, "lastTxId") != NULL)
		assert_hex(ids[walk.header.count - 1], BITMARK_TX_ID_SIZE,
		    field_text(v.json, "lastTxId"), "share record");
	bitmark_merkle_root(&ids[0][0], walk.header.count, root);
	ck_assert_mem_eq(root, walk.header.merkle, sizeof root);
	vector_free(&v);
}
END_TEST

/* A share record does not name its signer: it is the owner of the issue that is
 * turned into shares. */
START_TEST(signatures_of_0_16_are_verified)
{
	struct vector v = vector(_i);
	struct bitmark_account issuer = { 0 };
	struct bitmark_block_walk walk;
	struct vector first = vector(0);

	ck_assert_int_eq(bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), first.packed, first.size,
	    BITMARK_NETWORK_TEST), BITMARK_OK);
	while (walk.index < walk.header.count)
		ck_assert_int_eq(bitmark_block_walk_next(&walk), BITMARK_OK);
	issuer = *bitmark_record_owner(&walk.record);
	ck_assert_int_eq(bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), v.packed, v.size, BITMARK_NETWORK_TEST),
	    BITMARK_OK);
	while (walk.index < walk.header.count) {
		const struct bitmark_account *signer;

		ck_assert_int_eq(bitmark_block_walk_next(&walk), BITMARK_OK);
		signer = bitmark_record_owner(&walk.record);
		ck_assert_int_eq(bitmark_record_check(bitmark_rules_decode(),
		    &walk.record, signer != NULL ? signer : &issuer,
		    BITMARK_STRICT), BITMARK_OK);
	}
	vector_free(&first);
	vector_free(&v);
}
END_TEST

START_TEST(digests_of_0_16_meet_their_target)
{
	struct vector v = vector(_i);
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;

	ck_assert_int_eq(bitmark_digest(v.packed, digest), BITMARK_OK);
	ck_assert_mem_eq(digest, v.digest, sizeof digest);
	ck_assert_int_eq(bitmark_header_parse(v.packed, v.size, &header),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_header_check_work(bitmark_rules_8_2(),
	    &header, digest), BITMARK_OK);
	vector_free(&v);
}
END_TEST

START_TEST(a_chain_of_v8_2_takes_the_first_and_refuses_the_second)
{
	char *directory = store_directory();
	struct bitmark_chain *chain = store_open(directory);
	struct vector two = vector(0), three = vector(1);
	struct bitmark_header header;
	struct bitmark_tip tip;

	ck_assert_int_eq(bitmark_header_parse(three.packed, three.size,
	    &header), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_add(chain, two.packed, two.size,
	    two.digest, header.timestamp), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_add(chain, three.packed, three.size,
	    three.digest, header.timestamp), BITMARK_E_NOT_RECORD);
	bitmark_chain_tip(chain, &tip);
	ck_assert_uint_eq(tip.number, 2);
	bitmark_chain_close(chain);
	store_remove(directory);
	vector_free(&two);
	vector_free(&three);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("blocks of 0.16");
	TCase *tc = tcase_create("blocks of 0.16");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, records_and_merkle_root_of_0_16_are_read, 0, 2);
	tcase_add_loop_test(tc, signatures_of_0_16_are_verified, 0, 2);
	tcase_add_loop_test(tc, digests_of_0_16_meet_their_target, 0, 2);
	tcase_add_test(tc,
	    a_chain_of_v8_2_takes_the_first_and_refuses_the_second);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
