/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "chain_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/apply.h"
#include "chain/chain.h"
#include "chain/read.h"

#define PATH_SIZE 512
#define NETWORK BITMARK_NETWORK_TEST
/* Valid for both currencies on test chains; from tests/data/chain-a.json. */
#define FINGERPRINT "fingerprint of some asset"
#define ADDRESS "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj"
/* Version 1 may repeat records; later ones are verified completely. */
#define HEADER_VERSION 2
/* Blocks that are stored with one commit, as by a node that synchronises. */
#define FILL_BLOCKS 16

void
maker_must(bitmark_status status, const char *what)
{
	if (status == BITMARK_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, bitmark_strerror(status));
	exit(1);
}

bitmark_status
maker_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)arena;
	(void)arena_size;
	bitmark_sha3_256(input, BITMARK_DIGEST_INPUT_SIZE, output);
	memset(output + BITMARK_DIGEST_OUTPUT_SIZE - MAKER_DIGEST_ZEROS, 0,
	    MAKER_DIGEST_ZEROS);
	return BITMARK_OK;
}

void
maker_key(uint64_t number, struct bitmark_private_key *key)
{
	uint8_t seed[32] = "chain maker";

	memcpy(seed + sizeof seed - sizeof number, &number, sizeof number);
	bitmark_private_key_from_seed(NETWORK, seed, key);
}

void
maker_account(uint64_t number, struct bitmark_account *account)
{
	struct bitmark_private_key key;

	maker_key(number, &key);
	bitmark_private_key_account(&key, account);
}

static void
append(struct maker_block *block, const struct bitmark_record *record)
{
	uint8_t *at = block->data + block->size;
	size_t size;

	if (block->count == MAKER_RECORDS_MAX)
		maker_must(BITMARK_E_TX_COUNT, "record");
	maker_must(bitmark_record_encode(record, at,
	    sizeof block->data - block->size, &size), "record");
	bitmark_tx_id(at, size, block->ids[block->count]);
	block->size += size;
	block->count++;
}

static void
sign_and_append(struct maker_block *block, struct bitmark_record *record,
    const struct bitmark_private_key *key)
{
	uint8_t signature[BITMARK_SIGNATURE_SIZE];

	maker_must(bitmark_record_sign(record, key, signature), "sign");
	append(block, record);
}

static void
append_foundation(struct maker_block *block)
{
	const struct bitmark_span address = {
		(const uint8_t *)ADDRESS, strlen(ADDRESS)
	};
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_FOUNDATION,
		.foundation.version = BITMARK_PAYMENTS_VERSION,
	};
	struct bitmark_private_key key;

	r.foundation.payments.address[BITMARK_CURRENCY_BITCOIN] = address;
	r.foundation.payments.address[BITMARK_CURRENCY_LITECOIN] = address;
	maker_key(0, &key);
	bitmark_private_key_account(&key, &r.foundation.owner);
	sign_and_append(block, &r, &key);
}

struct maker_block *
maker_block_new(void)
{
	struct maker_block *block = calloc(1, sizeof *block);

	if (block == NULL)
		maker_must(BITMARK_E_NOMEM, "block");
	block->size = BITMARK_HEADER_SIZE;
	append_foundation(block);
	return block;
}

void
maker_block_clear(struct maker_block *block)
{
	struct bitmark_record foundation;
	size_t size;

	maker_must(bitmark_record_parse(bitmark_rules_8_2(), block->data +
	    BITMARK_HEADER_SIZE, block->size - BITMARK_HEADER_SIZE, NETWORK,
	    &foundation, &size), "foundation");
	block->size = BITMARK_HEADER_SIZE + size;
	block->count = 1;
}

/* Of the asset that maker_asset registers. */
static void
set_asset_id(uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	bitmark_sha3_512((const uint8_t *)FINGERPRINT, strlen(FINGERPRINT),
	    id);
}

void
maker_asset(struct maker_block *block)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ASSET,
		.asset = {
			.name = { (const uint8_t *)"name", strlen("name") },
			.fingerprint = { (const uint8_t *)FINGERPRINT,
			    strlen(FINGERPRINT) },
		},
	};
	struct bitmark_private_key key;

	maker_key(0, &key);
	bitmark_private_key_account(&key, &r.asset.registrant);
	sign_and_append(block, &r, &key);
}

void
maker_issue(struct maker_block *block, uint64_t owner, uint64_t nonce)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue.nonce = nonce,
	};
	struct bitmark_private_key key;

	set_asset_id(r.issue.asset_id);
	maker_key(owner, &key);
	bitmark_private_key_account(&key, &r.issue.owner);
	sign_and_append(block, &r, &key);
}

void
maker_false_account(uint64_t owner, struct bitmark_account *account)
{
	*account = (struct bitmark_account){
		.algorithm = BITMARK_KEY_ED25519,
		.network = NETWORK,
	};
	bitmark_sha3_256((const uint8_t *)&owner, sizeof owner, account->key);
}

void
maker_false_issue(struct maker_block *block, uint64_t owner, uint64_t nonce)
{
	static const uint8_t none[BITMARK_SIGNATURE_SIZE];
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue = { .asset_id = "some asset", .nonce = nonce },
		.signature = { none, sizeof none },
	};

	maker_false_account(owner, &r.issue.owner);
	append(block, &r);
}

/* The fingerprint of asset ${number}. */
static struct bitmark_span
false_fingerprint(uint64_t number, char text[32])
{
	const int size = snprintf(text, 32, "asset %llu",
	    (unsigned long long)number);

	return (struct bitmark_span){ (const uint8_t *)text, (size_t)size };
}

void
maker_false_asset(struct maker_block *block, uint64_t number)
{
	static const uint8_t none[BITMARK_SIGNATURE_SIZE];
	static const char metadata[] = "artist\0Somebody Unknown\0title";
	char fingerprint[32], name[64];
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ASSET,
		.asset = {
			.name = { (const uint8_t *)name, 0 },
			.fingerprint = false_fingerprint(number, fingerprint),
			.metadata = { (const uint8_t *)metadata,
			    sizeof metadata },
		},
		.signature = { none, sizeof none },
	};

	r.asset.name.size = (size_t)snprintf(name, sizeof name,
	    "Painting %llu of a long series", (unsigned long long)number);
	maker_false_account(0, &r.asset.registrant);
	append(block, &r);
}

void
maker_false_issue_of(struct maker_block *block, uint64_t asset,
    uint64_t owner, uint64_t nonce)
{
	static const uint8_t none[BITMARK_SIGNATURE_SIZE];
	char fingerprint[32];
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue.nonce = nonce,
		.signature = { none, sizeof none },
	};

	bitmark_asset_id(false_fingerprint(asset, fingerprint),
	    r.issue.asset_id);
	maker_false_account(owner, &r.issue.owner);
	append(block, &r);
}

void
maker_transfer(struct maker_block *block,
    const uint8_t link[BITMARK_TX_ID_SIZE], uint64_t from, uint64_t to)
{
	struct bitmark_record r = { .tag = BITMARK_RECORD_TRANSFER };
	struct bitmark_private_key key;

	memcpy(r.transfer.link, link, sizeof r.transfer.link);
	maker_account(to, &r.transfer.owner);
	maker_key(from, &key);
	sign_and_append(block, &r, &key);
}

void
maker_finish(struct maker_block *block, const struct bitmark_tip *tip)
{
	struct bitmark_header header = {
		.version = HEADER_VERSION,
		.count = (uint16_t)block->count,
		.number = tip->number + 1,
		.timestamp = MAKER_NOW,
		.bits = BITMARK_BITS_ONE,
	};
	uint8_t *ids = malloc(block->count * BITMARK_TX_ID_SIZE);

	if (ids == NULL)
		maker_must(BITMARK_E_NOMEM, "block");
	memcpy(ids, block->ids, block->count * BITMARK_TX_ID_SIZE);
	bitmark_merkle_root(ids, block->count, header.merkle);
	free(ids);
	memcpy(header.previous, tip->digest, sizeof header.previous);
	bitmark_header_pack(&header, block->data);
	maker_must(maker_digest(block->data, NULL, 0, block->digest),
	    "digest");
}

void
maker_add(struct maker_block *block, struct bitmark_chain *chain)
{
	struct bitmark_tip tip;

	bitmark_chain_tip(chain, &tip);
	maker_finish(block, &tip);
	maker_must(bitmark_chain_add(chain, block->data, block->size,
	    block->digest, MAKER_NOW), "add");
}

/* Blocks that are stored with one commit. */
struct filling {
	struct bitmark_chain *chain;
	struct maker_block *block;
	uint64_t last;
	maker_records_fn records;
	void *user;
	struct bitmark_tip tip;         /* afterwards */
};

/* Without verifying the records, whose signatures may be false. */
static bitmark_status
apply(struct bm_txn *t, const struct maker_block *block)
{
	struct bm_checked_block *read;
	struct bitmark_header header;
	bitmark_status status = bitmark_header_parse(block->data, block->size,
	    &header);

	if (status == BITMARK_OK)
		status = bm_check_new(&read, t->store, &header,
		    (struct bitmark_span){ block->data, block->size },
		    BM_CHECK_BORROW);
	if (status != BITMARK_OK)
		return status;
	bm_check_read(read);
	status = bm_apply(t, read, block->digest);
	bm_check_free(read);
	return status;
}

static bitmark_status
fill_some(struct bm_txn *t, void *user)
{
	struct filling *f = user;
	struct maker_block *block = f->block;
	bitmark_status status = BITMARK_OK;

	f->tip = f->chain->tip;
	for (int i = 0; status == BITMARK_OK && f->tip.number < f->last &&
	    i < FILL_BLOCKS; i++) {
		maker_block_clear(block);
		f->records(block, f->tip.number + 1, f->user);
		maker_finish(block, &f->tip);
		status = apply(t, block);
		if (status == BITMARK_OK)
			status = bm_tip(t, &f->tip);
	}
	return status;
}

void
maker_fill(struct bitmark_chain *chain, uint64_t count,
    maker_records_fn records, void *user)
{
	struct filling f = {
		.chain = chain,
		.block = maker_block_new(),
		.last = chain->tip.number + count,
		.records = records,
		.user = user,
	};

	/* One sync at the end is enough. */
	if (mdb_env_set_flags(chain->store.mdb, MDB_NOSYNC, 1) != 0)
		maker_must(BITMARK_E_STORE, "flags");
	while (chain->tip.number < f.last) {
		maker_must(bm_write(&chain->store, fill_some, &f,
		    BM_GATE_WAIT_MS), "fill");
		chain->tip = f.tip;
	}
	if (mdb_env_set_flags(chain->store.mdb, MDB_NOSYNC, 0) != 0 ||
	    mdb_env_sync(chain->store.mdb, 1) != 0)
		maker_must(BITMARK_E_STORE, "sync");
	free(f.block);
}

char *
maker_directory(void)
{
	const char *base = getenv("TMPDIR");
	char *directory = malloc(PATH_SIZE);

	if (directory == NULL)
		maker_must(BITMARK_E_NOMEM, "directory");
	snprintf(directory, PATH_SIZE, "%s/bitmark-bench-XXXXXX",
	    base != NULL ? base : "/tmp");
	if (mkdtemp(directory) == NULL)
		maker_must(BITMARK_E_IO, directory);
	return directory;
}

void
maker_remove(char *directory)
{
	static const char *const names[] = { "data.mdb", "lock.mdb",
	    "writer.lock" };
	char path[PATH_SIZE + 16];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
	free(directory);
}

struct bitmark_chain *
maker_open(const char *directory, struct bitmark_digest_pool *digests)
{
	return maker_open_under(directory, digests, NULL);
}

struct bitmark_chain *
maker_open_under(const char *directory, struct bitmark_digest_pool *digests,
    const struct bitmark_rules *rules)
{
	const struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = directory,
		.params = bitmark_chain_params_find("local"),
		.rules = rules,
		.access = BITMARK_CHAIN_WRITE,
		.digests = digests,
	};
	struct bitmark_chain *chain;

	maker_must(bitmark_chain_open(&chain, &config), directory);
	return chain;
}
