/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Digests per second: libargon2's argon2_hash, the way a program would call
 * it, beside ours on one core and on all; and how many the memory alone would
 * allow, if the arithmetic cost nothing.
 */
#include <bitmarkpeer/digest.h>

#include <argon2.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "digest/digest.h"

#define CORES_MAX 64
#define PLAIN_COUNT 4                   /* digests of a thread in a round */
#define OURS_COUNT 16
#define ROUNDS 7

static size_t core_count;

/* Headers that differ from each other, and from those of other rounds. */
static void
next_header(uint8_t header[BITMARK_DIGEST_INPUT_SIZE])
{
	static uint32_t number;
	const uint32_t n = __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);

	memset(header, 0x5a, BITMARK_DIGEST_INPUT_SIZE);
	memcpy(header, &n, sizeof n);
}

/* ${work} on ${count} threads at once; seconds until the last one ends. */
static double
time_threads(size_t count, void *(*work)(void *user), void *const *users)
{
	const double start = bench_now_s();
	pthread_t threads[CORES_MAX];

	for (size_t i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, work,
		    users != NULL ? users[i] : NULL) != 0)
			bench_fail("no thread");
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return bench_now_s() - start;
}

/* --- libargon2 ------------------------------------------------------------ */

static void *
plain_digests(void *user)
{
	uint8_t header[BITMARK_DIGEST_INPUT_SIZE];
	uint8_t digest[BITMARK_DIGEST_OUTPUT_SIZE];

	(void)user;
	for (unsigned i = 0; i < PLAIN_COUNT; i++) {
		next_header(header);
		if (argon2_hash(BITMARK_DIGEST_PASSES,
		    BITMARK_DIGEST_MEMORY_KIB, 1, header, sizeof header,
		    header, sizeof header, digest, sizeof digest, NULL, 0,
		    Argon2_d, ARGON2_VERSION_13) != ARGON2_OK)
			bench_fail("argon2_hash");
	}
	return NULL;
}

static double
plain_rate(void *user)
{
	const size_t threads = *(const size_t *)user;

	return (double)(threads * PLAIN_COUNT) /
	    time_threads(threads, plain_digests, NULL);
}

/* --- ours ----------------------------------------------------------------- */

static struct bitmark_digest_pool *
new_pool(size_t workers)
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config,
		.workers = (unsigned)workers,
		.arena_idle_ms = 3600000,       /* the other rows take long */
	};
	struct bitmark_digest_pool *pool;

	if (bitmark_digest_pool_new(&pool, &config) != BITMARK_OK)
		bench_fail("no pool");
	return pool;
}

/* A round of jobs, and the thread that waits for the last one. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	size_t left;
	struct bitmark_digest_job jobs[CORES_MAX * OURS_COUNT];
} batch = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.change = PTHREAD_COND_INITIALIZER,
};

static void
count_down(struct bitmark_digest_job *job)
{
	if (job->status != BITMARK_OK)
		bench_fail("a digest of the pool");
	pthread_mutex_lock(&batch.lock);
	if (--batch.left == 0)
		pthread_cond_signal(&batch.change);
	pthread_mutex_unlock(&batch.lock);
}

/* As while synchronising: enough jobs wait at any time. */
static double
pool_rate(void *user)
{
	struct bitmark_digest_pool *pool = user;
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };
	double start = bench_now_s();
	size_t count;

	bitmark_digest_pool_stats(pool, &stats);
	count = batch.left = stats.workers * OURS_COUNT;
	for (size_t i = 0; i < count; i++) {
		next_header(batch.jobs[i].input);
		batch.jobs[i].struct_size = sizeof batch.jobs[i];
		batch.jobs[i].done = count_down;
		if (bitmark_digest_pool_submit(pool, &batch.jobs[i]) !=
		    BITMARK_OK)
			bench_fail("the queue is full");
	}
	pthread_mutex_lock(&batch.lock);
	while (batch.left != 0)
		pthread_cond_wait(&batch.change, &batch.lock);
	pthread_mutex_unlock(&batch.lock);
	return (double)count / (bench_now_s() - start);
}

/* One at a time: what a new block waits for. */
static double
single_rate(void *user)
{
	uint8_t header[BITMARK_DIGEST_INPUT_SIZE];
	uint8_t digest[BITMARK_DIGEST_OUTPUT_SIZE];
	const double start = bench_now_s();

	for (unsigned i = 0; i < OURS_COUNT; i++) {
		next_header(header);
		if (bitmark_digest_pool_run(user, header, digest) !=
		    BITMARK_OK)
			bench_fail("a digest of the pool");
	}
	return OURS_COUNT / (bench_now_s() - start);
}

/* --- the memory ------------------------------------------------------------ */

/*
 * The reads and writes of one digest and nothing else: each block is made of
 * one that lies before it (chosen as Argon2 chooses, but by a number that is
 * known ahead, so that nothing waits) and, from the second pass on, of what
 * was in its place.
 */
static void *
only_memory(void *user)
{
	uint64_t (*blocks)[128] = user;
	const uint64_t count = BITMARK_DIGEST_MEMORY_KIB;
	uint64_t x = 1;

	for (unsigned pass = 0; pass < BITMARK_DIGEST_PASSES; pass++) {
		for (uint64_t i = 1; i < count; i++) {
			const uint64_t area = pass == 0 ? i : count * 3 / 4;
			const uint64_t *old;
			uint64_t back;

			x = x * 6364136223846793005U + 1442695040888963407U;
			back = (x >> 32) * (x >> 32) >> 32;
			back = 1 + (area * back >> 32);
			old = blocks[(i + count - back) % count];
			if (pass == 0)
				memcpy(blocks[i], old, sizeof blocks[i]);
			else
				for (size_t w = 0; w < 128; w++)
					blocks[i][w] ^= old[w];
		}
	}
	return NULL;
}

static double
memory_rate(void *user)
{
	static void *arenas[CORES_MAX];
	const size_t threads = *(const size_t *)user;

	for (size_t i = 0; i < threads; i++)
		if (arenas[i] == NULL) {
			arenas[i] = bm_arena_map();
			if (arenas[i] == NULL)
				bench_fail("no arena");
			only_memory(arenas[i]);
		}
	return (double)threads / time_threads(threads, only_memory, arenas);
}

int
main(void)
{
	static size_t one = 1;
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	struct bitmark_digest_pool *pool_one, *pool_all;
	int result;

	core_count = count < 1 ? 1 :
	    count > CORES_MAX ? CORES_MAX : (size_t)count;
	pool_one = new_pool(1);
	pool_all = new_pool(core_count);
	(void)pool_rate(pool_one);      /* the pages are there from now on */
	(void)pool_rate(pool_all);

	const struct bench_row rows[] = {
		{ "libargon2, one core", plain_rate, &one, BENCH_ALONE, 0 },
		{ "libargon2, all cores", plain_rate, &core_count, 0, 0 },
		{ "ours, one at a time", single_rate, pool_one, 0, 0 },
		{ "ours, one core", pool_rate, pool_one, 0, 3.0 },
		{ "ours, all cores", pool_rate, pool_all, 0, 6.0 },
		{ "memory alone, one core", memory_rate, &one, 0, 0 },
		{ "memory alone, all cores", memory_rate, &core_count, 0, 0 },
	};
	const struct bench_table table = {
		.title = "block digest (Argon2d, 4 passes over 128 MiB)",
		.unit = "digests/s",
		.better = BENCH_MORE,
		.rounds = ROUNDS,
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.note = "The bar of all cores is for two.  \"memory alone\" "
		    "is the limit of memory bandwidth.",
	};
	result = bench_run("digest", &table, 1);
	bitmark_digest_pool_free(pool_one);
	bitmark_digest_pool_free(pool_all);
	return result;
}
