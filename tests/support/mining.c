/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "mining.h"

#include <bitmarkpeer/codec.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *
proofing_load(const char *version)
{
	json_t *list = json_array();
	char name[64], *text, *line, *end;
	json_error_t error;
	size_t size;

	snprintf(name, sizeof name, "services/proofing-%s.jsonl", version);
	text = (char *)data_file(name, &size);
	text[size] = '\0';
	for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		json_t *record = json_loadb(line, (size_t)(end - line), 0,
		    &error);

		ck_assert_msg(record != NULL, "%s: %s", name, error.text);
		json_array_append_new(list, record);
	}
	free(text);
	return list;
}

struct bitmark_private_key
services_key(const char *name)
{
	struct bitmark_private_key key;
	char text[64];
	uint8_t seed[crypto_hash_sha256_BYTES];

	snprintf(text, sizeof text, "services/%s", name);
	crypto_hash_sha256(seed, (const uint8_t *)text, strlen(text));
	bitmark_private_key_from_seed(BITMARK_NETWORK_TEST, seed, &key);
	return key;
}

static struct bitmark_span
span(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text,
		text == NULL ? 0 : strlen(text) };
}

struct bitmark_miner
services_miner(const struct bitmark_private_key *key, const char *bitcoin,
    const char *litecoin)
{
	struct bitmark_miner miner = {
		.struct_size = sizeof miner,
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_0_16(),
		.key = key,
	};

	miner.payments.address[BITMARK_CURRENCY_BITCOIN] = span(bitcoin);
	miner.payments.address[BITMARK_CURRENCY_LITECOIN] = span(litecoin);
	return miner;
}

struct bitmark_base
mining_base(enum bitmark_base_kind kind)
{
	const struct bitmark_private_key key = services_key("miner");
	const struct bitmark_miner miner = services_miner(&key,
	    MINING_ADDRESS, MINING_ADDRESS);
	struct bitmark_base base = { .struct_size = sizeof base };

	ck_assert_int_eq(bitmark_base_make(&miner, kind, &base), BITMARK_OK);
	return base;
}

struct bitmark_base
base_of_block(struct bitmark_span block)
{
	struct bitmark_base base = { .struct_size = sizeof base, .count = 1 };
	struct bitmark_block_walk walk;

	ck_assert_int_eq(bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), block.data, block.size,
	    BITMARK_NETWORK_TEST), BITMARK_OK);
	ck_assert_int_eq(bitmark_block_walk_next(&walk), BITMARK_OK);
	ck_assert_uint_le(walk.packed.size, sizeof base.packed);
	base.size = walk.packed.size;
	memcpy(base.packed, walk.packed.data, base.size);
	return base;
}

struct bitmark_template_config
template_config(const struct bitmark_base *base)
{
	return (struct bitmark_template_config){
		.struct_size = sizeof(struct bitmark_template_config),
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_8_2(),
		.base = base,
		.now_s = rx.now_s,
		.nonce = 1,
	};
}

struct bitmark_template *
template_now(const struct bitmark_template_config *config,
    bitmark_status *status)
{
	struct bitmark_template *t;

	*status = bitmark_template_new(&t, config, rx.r, rx.snap);
	ck_assert((t != NULL) == (*status == BITMARK_OK));
	return t;
}

/* The first record is the base. */
static size_t
walk_block(const struct bitmark_template *t, template_record_fn each,
    void *user)
{
	struct bitmark_block_walk w;
	uint8_t *block;
	size_t size;

	ck_assert_int_eq(bitmark_template_block(t, 0, &block, &size),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_block_walk_start(&w, rx.rules, block, size,
	    BITMARK_NETWORK_TEST), BITMARK_OK);
	ck_assert_int_eq(bitmark_block_walk_next(&w), BITMARK_OK);
	while (w.index < w.header.count) {
		const uint8_t *id = bitmark_template_ids(t) +
		    w.index * BITMARK_TX_ID_SIZE;

		ck_assert_int_eq(bitmark_block_walk_next(&w), BITMARK_OK);
		each(user, &w, id);
	}
	bitmark_free(block);
	return (size_t)w.header.count - 1;
}

size_t
template_each(template_record_fn each, void *user)
{
	const struct bitmark_base base = mining_base(BITMARK_BASE_FOUNDATION);
	struct bitmark_template_config config = template_config(&base);
	bitmark_status status;
	struct bitmark_template *t;
	size_t count = 0;

	config.rules = rx.rules;
	t = template_now(&config, &status);
	if (t != NULL)
		count = walk_block(t, each, user);
	else
		ck_assert_int_eq(status, BITMARK_E_NOT_FOUND);
	bitmark_template_free(t);
	return count;
}

struct bitmark_template_counts
template_counts(const struct bitmark_template *t)
{
	struct bitmark_template_counts counts = { .struct_size =
	    sizeof counts };

	ck_assert_int_eq(bitmark_template_get_counts(t, &counts), BITMARK_OK);
	return counts;
}

/* A digest of zeros meets every target, and a batch that is given up leaves the
 * store as it was. */
bitmark_status
template_offer(const struct bitmark_template *t)
{
	static const uint8_t digest[BITMARK_DIGEST_SIZE];
	uint8_t *block;
	size_t size;
	bitmark_status status;

	ck_assert(bitmark_template_found(t, digest));
	ck_assert_int_eq(bitmark_template_block(t, 7, &block, &size),
	    BITMARK_OK);
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(bitmark_chain_batch_begin(rx.chain), BITMARK_OK);
	status = bitmark_chain_add(rx.chain, block, size, digest, rx.now_s);
	bitmark_chain_batch_abort(rx.chain);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	bitmark_free(block);
	return status;
}
