/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Verifying big blocks: the signatures of 3000 records as libsodium checks
 * them one after the other, beside ours with all that belongs to it; and what
 * such a block costs from its bytes to the disk, beside its digest alone.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "chain/chain.h"
#include "chain/verify.h"
#include "chain_maker.h"
#include "digest/digest.h"

#define RECORDS 3000
#define CORES_MAX 64
#define CHECK_ROUNDS 15
#define BLOCK_ROUNDS 7
/* A block may cost so much more than its digest. */
#define BLOCK_BAR (1 / 1.3)
#define VERIFY_BAR 0.9                  /* of libsodium times cores */

/* Argon2d, for which no nonce need be found. */
static bitmark_status
easy_argon2d(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	bitmark_status status = bm_digest_argon2d(input, arena, arena_size,
	    output);

	memset(output + BITMARK_DIGEST_OUTPUT_SIZE - MAKER_DIGEST_ZEROS, 0,
	    MAKER_DIGEST_ZEROS);
	return status;
}

/* The store has a block of issues; each other block may follow it. */
static struct {
	size_t cores;
	char *directory;
	struct bitmark_digest_pool *digests;
	struct bitmark_chain *chain;
	struct maker_block *issues;     /* others than those in the store */
	struct maker_block *transfers;
} world;

/* --- signatures alone ------------------------------------------------------- */

struct message {
	uint8_t bytes[BITMARK_RECORD_PACKED_MAX / 16];
	size_t size;
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	uint8_t key[crypto_sign_PUBLICKEYBYTES];
};

static struct message messages[RECORDS];

/* Take the messages that the issues sign. */
static void
take_messages(void)
{
	struct bitmark_block_walk walk;
	struct bitmark_record *r = &walk.record;

	maker_must(bitmark_block_walk_start(&walk, bitmark_rules_8_2(),
	    world.issues->data, world.issues->size, BITMARK_NETWORK_TEST),
	    "walk");
	for (size_t i = 0; i < RECORDS; i++) {
		struct message *m = &messages[i];

		maker_must(bitmark_block_walk_next(&walk), "walk");
		maker_must(bitmark_record_message(r, false, m->bytes,
		    sizeof m->bytes, &m->size), "message");
		memcpy(m->signature, r->signature.data, sizeof m->signature);
		memcpy(m->key, bitmark_record_owner(r)->key, sizeof m->key);
	}
}

static size_t thread_count;

static void *
plain_loop(void *user)
{
	for (size_t i = (size_t)user; i < RECORDS; i += thread_count) {
		const struct message *m = &messages[i];

		if (crypto_sign_verify_detached(m->signature, m->bytes,
		    m->size, m->key) != 0)
			bench_fail("a signature");
	}
	return NULL;
}

static double
plain_rate(void *user)
{
	const double start = bench_now_s();
	pthread_t threads[CORES_MAX];

	thread_count = *(const size_t *)user;
	for (size_t i = 1; i < thread_count; i++)
		if (pthread_create(&threads[i], NULL, plain_loop,
		    (void *)i) != 0)
			bench_fail("no thread");
	plain_loop((void *)0);
	for (size_t i = 1; i < thread_count; i++)
		pthread_join(threads[i], NULL);
	return RECORDS / (bench_now_s() - start);
}

/* Reading, ids, merkle root, signers, limits, signatures. */
static double
our_rate(void *user)
{
	const struct maker_block *block = user;
	const double start = bench_now_s();
	struct bm_checked_block *check;
	struct bitmark_header header;
	struct bm_txn t;
	double seconds;

	maker_must(bitmark_header_parse(block->data, block->size, &header),
	    "header");
	maker_must(bm_check_new(&check, &world.chain->store, &header,
	    (struct bitmark_span){ block->data, block->size },
	    BM_CHECK_BORROW), "check");
	maker_must(bm_read_begin(&world.chain->store, &t), "read");
	maker_must(bm_verify(&t, check), "verify");
	bm_read_end(&t);
	bm_check_free(check);
	seconds = bench_now_s() - start;
	return RECORDS / seconds;
}

/* The same in microseconds of processor time for each record, of all threads:
 * what else the machine does counts less. */

static double
plain_cpu(void *user)
{
	const double start = bench_cpu_s();

	plain_rate(user);
	return (bench_cpu_s() - start) * 1e6 / RECORDS;
}

static double
our_cpu(void *user)
{
	const double start = bench_cpu_s();

	our_rate(user);
	return (bench_cpu_s() - start) * 1e6 / RECORDS;
}

/* --- a whole block ------------------------------------------------------------ */

static double
digest_alone(void *user)
{
	const struct maker_block *block = user;
	const double start = bench_now_s();
	uint8_t digest[BITMARK_DIGEST_SIZE];

	maker_must(bitmark_digest_pool_run(world.digests, block->data,
	    digest), "digest");
	return (bench_now_s() - start) * 1e3;
}

/* The digest, and then one signature after the other. */
static double
one_after_the_other(void *user)
{
	const double digest_ms = digest_alone(user);
	static size_t one = 1;

	return digest_ms + 1e3 * RECORDS / plain_rate(&one);
}

static double
add_block(void *user)
{
	const struct maker_block *block = user;
	const double start = bench_now_s();
	double seconds;

	maker_must(bitmark_chain_add(world.chain, block->data, block->size,
	    NULL, MAKER_NOW), "add");
	seconds = bench_now_s() - start;
	maker_must(bitmark_chain_delete_down(world.chain, 3), "delete");
	return seconds * 1e3;
}

/* Digest and signatures come before, as while synchronising: what is left. */
static double
add_prepared(void *user)
{
	const struct maker_block *block = user;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	double start, seconds;

	bitmark_chain_prepare(world.chain, block->data, block->size);
	maker_must(bitmark_digest_pool_run(world.digests, block->data,
	    digest), "digest");
	start = bench_now_s();
	maker_must(bitmark_chain_add(world.chain, block->data, block->size,
	    digest, MAKER_NOW), "add");
	seconds = bench_now_s() - start;
	maker_must(bitmark_chain_delete_down(world.chain, 3), "delete");
	return seconds * 1e3;
}

/* --- the world ------------------------------------------------------------------ */

static void
make_world(void)
{
	const struct bitmark_digest_config digests = {
		.struct_size = sizeof digests,
		.digest = easy_argon2d,
		.arena_idle_ms = 3600000,
	};
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct maker_block *first = maker_block_new();
	struct bitmark_tip tip;

	world.cores = cores < 1 ? 1 : cores > CORES_MAX ? CORES_MAX :
	    (size_t)cores;
	world.directory = maker_directory();
	maker_must(bitmark_digest_pool_new(&world.digests, &digests), "pool");
	world.chain = maker_open(world.directory, world.digests);
	world.issues = maker_block_new();
	world.transfers = maker_block_new();
	for (uint64_t i = 1; i < RECORDS; i++)
		maker_issue(first, i, 1);
	maker_add(first, world.chain);
	for (uint64_t i = 1; i < RECORDS; i++) {
		maker_issue(world.issues, i, 2);
		maker_transfer(world.transfers, first->ids[i], i, i + 1);
	}
	bitmark_chain_tip(world.chain, &tip);
	maker_finish(world.issues, &tip);
	maker_finish(world.transfers, &tip);
	take_messages();
	free(first);
}

int
main(void)
{
	static size_t one = 1;
	int result;

	if (sodium_init() < 0)
		bench_fail("libsodium");
	make_world();

	const double bar = VERIFY_BAR * (double)world.cores;
	const struct bench_row rates[] = {
		{ "libsodium alone, one core", plain_rate, &one,
		    BENCH_ALONE, 0 },
		{ "libsodium alone, all cores", plain_rate, &world.cores,
		    0, 0 },
		{ "ours, issues", our_rate, world.issues, 0, bar },
		{ "ours, transfers", our_rate, world.transfers, 0, bar },
	};
	const struct bench_row costs[] = {
		{ "libsodium alone", plain_cpu, &one, BENCH_ALONE, 0 },
		{ "ours, issues", our_cpu, world.issues, 0, VERIFY_BAR },
		{ "ours, transfers", our_cpu, world.transfers, 0,
		    VERIFY_BAR },
	};
	const struct bench_row blocks[] = {
		{ "its digest alone", digest_alone, world.issues,
		    BENCH_ALONE, 0 },
		{ "plain: digest, then signatures", one_after_the_other,
		    world.issues, 0, 0 },
		{ "block of issues, all of it", add_block, world.issues,
		    0, BLOCK_BAR },
		{ "block of transfers, all of it", add_block,
		    world.transfers, 0, BLOCK_BAR },
		{ "issues, when prepared", add_prepared, world.issues, 0, 0 },
		{ "transfers, when prepared", add_prepared, world.transfers,
		    0, 0 },
	};
	const struct bench_table tables[] = { {
		.title = "records of a block of 3000",
		.unit = "records/s",
		.better = BENCH_MORE,
		.rounds = CHECK_ROUNDS,
		.rows = rates,
		.row_count = sizeof rates / sizeof *rates,
		.note = "Ours reads, hashes and looks up as well, and makes "
		    "the merkle root.  The bar is 0.9 of each core.",
	}, {
		.title = "the same in processor time",
		.unit = "us/record",
		.better = BENCH_LESS,
		.rounds = CHECK_ROUNDS,
		.rows = costs,
		.row_count = sizeof costs / sizeof *costs,
		.note = "Of all threads together: also true of a machine "
		    "that has other work.",
	}, {
		.title = "a block of 3000 transactions",
		.unit = "ms",
		.better = BENCH_LESS,
		.rounds = BLOCK_ROUNDS,
		.rows = blocks,
		.row_count = sizeof blocks / sizeof *blocks,
		.note = "Up to the commit.  The bar is 1.3 digests.  "
		    "\"when prepared\" is what is left when it is its turn.",
	} };
	result = bench_run("verify", tables, sizeof tables / sizeof *tables);
	bitmark_chain_close(world.chain);
	bitmark_digest_pool_free(world.digests);
	maker_remove(world.directory);
	free(world.issues);
	free(world.transfers);
	return result;
}
