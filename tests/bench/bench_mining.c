/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Making blocks: how long it takes to put the largest block together, beside
 * its digest; how soon a job follows a new block; and how many digests the
 * hasher of a node computes, beside the digest pool alone.
 */
#include <bitmarkpeer/job_client.h>
#include <bitmarkpeer/reservoir.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "chain_maker.h"
#include "node_maker.h"

#define ROUNDS 5
/* Issues that are in blocks already; the transfers of all but the last ones
 * wait.  Foundation and transfers make the largest block. */
#define BLOCKS 2
#define ISSUES (MAKER_RECORDS_MAX / BLOCKS)
#define TRANSFERS (MAKER_RECORDS_MAX - 1)
/* Of these, those that wait in the node that publishes jobs. */
#define WAITING 1000
#define BAR_MS 50.0
#define HASHER_S 8.0

static uint8_t ids[MAKER_RECORDS_MAX][BITMARK_TX_ID_SIZE];

/* --- what waits ----------------------------------------------------------- */

/* Half of the owners in each block; the last issue has none who transfers. */
static void
add_issues(struct maker_block *block, uint64_t number, void *user)
{
	const size_t first = (size_t)(number - 2) * ISSUES;

	(void)user;
	for (size_t i = first; i < first + ISSUES && block->count <
	    MAKER_RECORDS_MAX; i++) {
		maker_issue(block, i, 0);
		memcpy(ids[i], block->ids[block->count - 1], sizeof ids[i]);
	}
}

/* The records of one of these transfers; inside the scratch block. */
static struct bitmark_span
transfer(struct maker_block *scratch, size_t i)
{
	size_t start;

	maker_block_clear(scratch);
	start = scratch->size;
	maker_transfer(scratch, ids[i], i, i + 1);
	return (struct bitmark_span){ scratch->data + start,
		scratch->size - start };
}

static struct bitmark_base
make_base(enum bitmark_base_kind kind)
{
	static const char address[] = "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj";
	const struct bitmark_span to = { (const uint8_t *)address,
		sizeof address - 1 };
	struct bitmark_private_key key;
	struct bitmark_miner miner = { .struct_size = sizeof miner,
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_8_2(), .key = &key };
	struct bitmark_base base = { .struct_size = sizeof base };

	maker_key(0, &key);
	miner.payments.address[BITMARK_CURRENCY_BITCOIN] = to;
	miner.payments.address[BITMARK_CURRENCY_LITECOIN] = to;
	maker_must(bitmark_base_make(&miner, kind, &base), "base");
	return base;
}

/* --- a template ----------------------------------------------------------- */

static struct {
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snapshot;
	struct bitmark_reservoir *reservoir;
	struct bitmark_base base;
} world;

static void
open_world(const char *at)
{
	const struct bitmark_reservoir_config config = {
		.struct_size = sizeof config,
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_8_2(),
		.auto_verify = true,
	};
	struct bitmark_unit_result result = { .struct_size = sizeof result };
	struct maker_block *scratch = maker_block_new();

	world.base = make_base(BITMARK_BASE_FOUNDATION);
	world.chain = maker_open(at, NULL);
	maker_fill(world.chain, BLOCKS, add_issues, NULL);
	maker_must(bitmark_snapshot_open(world.chain, &world.snapshot),
	    "snapshot");
	maker_must(bitmark_reservoir_open(&world.reservoir, &config,
	    world.snapshot, MAKER_NOW), "reservoir");
	for (size_t i = 0; i < TRANSFERS; i++) {
		const struct bitmark_span packed = transfer(scratch, i);

		maker_must(bitmark_reservoir_transfer(world.reservoir,
		    world.snapshot, MAKER_NOW, packed.data, packed.size,
		    &result), "transfer");
	}
	free(scratch);
}

static void
close_world(void)
{
	bitmark_reservoir_close(world.reservoir);
	bitmark_snapshot_close(world.snapshot);
	bitmark_chain_close(world.chain);
}

static double
digest_ms(void *user)
{
	const uint8_t input[BITMARK_DIGEST_INPUT_SIZE] = { 1 };
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE];
	const double start = bench_now_s();

	(void)user;
	maker_must(bitmark_digest(input, output), "digest");
	return 1e3 * (bench_now_s() - start);
}

static double
template_ms(void *user)
{
	const struct bitmark_template_config config = {
		.struct_size = sizeof config,
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_8_2(), .base = &world.base,
		.now_s = MAKER_NOW,
	};
	struct bitmark_template *t;
	const double start = bench_now_s();
	double end;

	(void)user;
	maker_must(bitmark_template_new(&t, &config, world.reservoir,
	    world.snapshot), "template");
	end = bench_now_s();
	if (bitmark_template_header(t)->count != MAKER_RECORDS_MAX)
		bench_fail("the block is not the largest");
	bitmark_template_free(t);
	return 1e3 * (end - start);
}

/* --- a job ---------------------------------------------------------------- */

static struct {
	struct maker_node node;
	char publish[NODE_MAKER_ADDRESS_SIZE];
	char submit[NODE_MAKER_ADDRESS_SIZE];
	struct bitmark_job_client *client;
	struct maker_block *block;
	double stored_s;                /* written by the node's thread      */
	uint64_t issue;                 /* of the next block                 */
} jobs;

static void
on_event(void *user, const struct bitmark_node_event *event)
{
	double now_s = bench_now_s();

	(void)user;
	if (event->type == BITMARK_NODE_BLOCK_ADDED)
		__atomic_store(&jobs.stored_s, &now_s, __ATOMIC_RELEASE);
}

/* Wait for a job of the block with this number. */
static void
await_job(uint64_t number)
{
	struct bitmark_job_notice notice = { .struct_size = sizeof notice };
	struct bitmark_job job = { .struct_size = sizeof job };

	do
		maker_must(bitmark_job_client_next(jobs.client, 60000,
		    &notice), "job");
	while (notice.type != BITMARK_JOB_CAME || bitmark_job_parse(
	    notice.data.data, notice.data.size, &job) != BITMARK_OK ||
	    job.header.number != number);
}

static void
connect_miner(const uint8_t *public_key)
{
	struct bitmark_job_client_config config = {
		.struct_size = sizeof config, .jobs = jobs.publish,
		.submit = jobs.submit,
	};

	memcpy(config.server_key, public_key, sizeof config.server_key);
	maker_must(bitmark_job_client_open(&jobs.client, &config), "miner");
}

static void
start_jobs(const char *at)
{
	const char *publish = jobs.publish, *submit = jobs.submit;
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	const struct bitmark_node_proofing proofing = {
		.struct_size = sizeof proofing, .base = &world.base,
		.publish = &publish, .publish_count = 1, .submit = &submit,
		.submit_count = 1, .private_key = private_key,
		.interval_ms = 1000,
	};
	struct maker_block *scratch = maker_block_new();
	struct bitmark_chain *chain = maker_open(at, NULL);

	maker_fill(chain, BLOCKS, add_issues, NULL);
	bitmark_chain_close(chain);
	/* Two more free addresses. */
	maker_node_init(&jobs.node, at);
	memcpy(jobs.publish, jobs.node.address, sizeof jobs.publish);
	maker_node_init(&jobs.node, at);
	memcpy(jobs.submit, jobs.node.address, sizeof jobs.submit);
	bitmark_peer_key_generate(NULL, public_key, private_key);
	maker_node_init(&jobs.node, at);
	jobs.node.config.rules = bitmark_rules_8_2();
	jobs.node.config.digest = maker_digest;
	jobs.node.config.auto_verify = true;
	jobs.node.config.standalone = true;
	jobs.node.config.event = on_event;
	jobs.node.config.proofing = &proofing;
	maker_node_start(&jobs.node);
	for (size_t i = 0; i < WAITING; i++) {
		const struct bitmark_span packed = transfer(scratch, i);

		maker_must(bitmark_node_submit(jobs.node.node,
		    BITMARK_SUBMIT_TRANSFER, packed.data, packed.size, NULL),
		    "submit");
	}
	jobs.block = scratch;
	connect_miner(public_key);
	await_job(2 + BLOCKS);
}

/* A block that a peer could have sent.  Its asset is in the first one. */
static double
job_ms(void *user)
{
	struct bitmark_node_status s = { .struct_size = sizeof s };
	double end, stored_s;

	(void)user;
	bitmark_node_get_status(jobs.node.node, &s);
	maker_block_clear(jobs.block);
	if (jobs.issue == 0)
		maker_asset(jobs.block);
	maker_issue(jobs.block, 0, ++jobs.issue);
	maker_finish(jobs.block, &s.tip);
	maker_must(bitmark_node_submit(jobs.node.node, BITMARK_SUBMIT_BLOCK,
	    jobs.block->data, jobs.block->size, NULL), "block");
	await_job(s.tip.number + 2);
	end = bench_now_s();
	__atomic_load(&jobs.stored_s, &stored_s, __ATOMIC_ACQUIRE);
	/* The event may be told before the status is published. */
	do {
		bench_nap(0.001);
		bitmark_node_get_status(jobs.node.node, &s);
	} while (s.tip.number + 1 < BLOCKS + 2 + jobs.issue);
	return 1e3 * (end - stored_s);
}

static double
bar_ms(void *user)
{
	(void)user;
	return BAR_MS;
}

/* --- the hasher ----------------------------------------------------------- */

static struct {
	struct maker_node node;
	struct bitmark_digest_pool *pool;
	struct bitmark_digest_job job[4 * BITMARK_DIGEST_ARENAS_MAX];
	volatile bool ends;
} hasher;

/* Digests per second, from the end of one to the end of another. */
static double
rate_of(uint64_t (*count)(void))
{
	uint64_t first = count(), last;
	double begin, end;

	while (count() == first)
		bench_nap(0.001);
	begin = bench_now_s();
	first = count();
	do {
		last = count();
		while (count() == last)
			bench_nap(0.001);
		end = bench_now_s();
		last = count();
	} while (end - begin < HASHER_S);
	return (double)(last - first) / (end - begin);
}

static uint64_t
pool_count(void)
{
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };

	maker_must(bitmark_digest_pool_stats(hasher.pool, &stats), "stats");
	return stats.finished;
}

/* Each job begins anew when it is done, so that enough wait at any time. */
static void
again(struct bitmark_digest_job *job)
{
	job->input[0]++;
	if (!hasher.ends)
		maker_must(bitmark_digest_pool_submit(hasher.pool, job),
		    "again");
}

static double
pool_rate(void *user)
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config, .nice = BITMARK_DIGEST_NICE,
	};
	double rate;

	(void)user;
	hasher.ends = false;
	maker_must(bitmark_digest_pool_new(&hasher.pool, &config), "pool");
	for (size_t i = 0; i < sizeof hasher.job / sizeof hasher.job[0];
	    i++) {
		hasher.job[i] = (struct bitmark_digest_job){
			.struct_size = sizeof hasher.job[i], .done = again };
		hasher.job[i].input[1] = (uint8_t)i;
		maker_must(bitmark_digest_pool_submit(hasher.pool,
		    &hasher.job[i]), "submit");
	}
	rate = rate_of(pool_count);
	hasher.ends = true;
	bitmark_digest_pool_free(hasher.pool);
	return rate;
}

static uint64_t
node_count(void)
{
	struct bitmark_mined mined = { .struct_size = sizeof mined };

	maker_must(bitmark_node_mined(hasher.node.node, &mined, NULL, 0),
	    "mined");
	return mined.tried;
}

/* It finds some blocks, which belong to the work. */
static double
hasher_rate(void *at)
{
	const struct bitmark_base pair = make_base(BITMARK_BASE_PAIR);
	const struct bitmark_mine mine = { .struct_size = sizeof mine,
		.base = &world.base, .empty = &pair, .count = UINT64_MAX };
	double rate;

	maker_node_init(&hasher.node, at);
	hasher.node.config.rules = bitmark_rules_8_2();
	hasher.node.config.standalone = true;
	maker_node_start(&hasher.node);
	maker_must(bitmark_node_mine(hasher.node.node, &mine), "mine");
	rate = rate_of(node_count);
	maker_node_stop(&hasher.node);
	return rate;
}

/* --- all ------------------------------------------------------------------ */

int
main(void)
{
	char *at[3] = { maker_directory(), maker_directory(),
		maker_directory() };
	const struct bench_row templates[] = {
		{ "one digest", digest_ms, NULL, BENCH_ALONE, 0 },
		{ "block of 10,000 records", template_ms, NULL, 0, 5.0 },
	}, latencies[] = {
		{ "the bar", bar_ms, NULL, BENCH_ALONE, 0 },
		{ "job after a new block", job_ms, NULL, 0, 1.0 },
	}, rates[] = {
		{ "digest pool", pool_rate, NULL, BENCH_ALONE, 0 },
		{ "hasher of a node", hasher_rate, at[2], 0, 0.95 },
	};
	const struct bench_table tables[] = {
		{ "making the largest block", "ms", BENCH_LESS, ROUNDS,
		    templates, 2, NULL },
		{ "a job for miners", "ms", BENCH_LESS, ROUNDS, latencies, 2,
		    "From the block being stored until a miner has the job; "
		    "1000 transfers wait." },
		{ "looking for blocks", "digests/s", BENCH_MORE, ROUNDS,
		    rates, 2, NULL },
	};
	int result;

	open_world(at[0]);
	start_jobs(at[1]);
	result = bench_run("mining", tables, 3);
	bitmark_job_client_close(jobs.client);
	maker_node_stop(&jobs.node);
	free(jobs.block);
	close_world();
	for (size_t i = 0; i < 3; i++)
		maker_remove(at[i]);
	return result;
}
