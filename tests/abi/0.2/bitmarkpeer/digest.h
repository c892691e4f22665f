/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * digest - the block digest: Argon2d over 128 MiB of a 100 byte header.
 *
 * Knows nothing of blocks: 100 bytes in, 32 bytes out.  A pool has worker
 * threads with at most BITMARK_DIGEST_ARENAS_MAX reused arenas each, so that
 * memory is bounded by the number of workers.  A worker starts when there is
 * a job for it, and ends when it had none for a while: a pool without work
 * has neither threads nor arenas.  On Linux workers run at a niceness 10 above
 * that of the thread that made the pool: they take what other threads leave.
 *
 * A chain that is opened with a pool checks signatures on the same threads.
 */
#ifndef BITMARKPEER_DIGEST_H
#define BITMARKPEER_DIGEST_H

#include <bitmarkpeer/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Parameters.  Source: bitmarkd v8.2 blockdigest/digest.go NewDigest */
#define BITMARK_DIGEST_INPUT_SIZE 100   /* bytes: password and salt        */
#define BITMARK_DIGEST_OUTPUT_SIZE 32   /* bytes                           */
#define BITMARK_DIGEST_PASSES 4
#define BITMARK_DIGEST_MEMORY_KIB 131072

/* Arenas of one worker, each of BITMARK_DIGEST_MEMORY_KIB: when jobs wait it
 * works on two in turn, so that the memory of one is fetched meanwhile.
 * Source: local choice. */
#define BITMARK_DIGEST_ARENAS_MAX 2

struct bitmark_digest_pool;

/* Computes one digest in ${arena} (BITMARK_DIGEST_MEMORY_KIB KiB; its
 * contents are anything).  Replaceable, so that tests need no work. */
typedef bitmark_status (*bitmark_digest_fn)(
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE]);

/* Niceness of workers, above that of others: a peer that asks for a block must
 * not wait for them, and beside a program that takes all it can get they still
 * have a tenth of a core.  Source: local choice. */
#define BITMARK_DIGEST_NICE 10

struct bitmark_digest_config {
	size_t struct_size;             /* sizeof this struct */
	unsigned workers;               /* threads at most; 0: one for each
	                                   core                               */
	size_t queue_max;               /* jobs waiting; 0: 1024              */
	bitmark_digest_fn digest;       /* NULL: Argon2d                      */
	unsigned arena_idle_ms;         /* a worker without work for so long
	                                   ends, and gives back the arenas
	                                   that are not in use; 0: 10 s       */
	int nice;                       /* niceness of the workers above that
	                                   of the thread that makes the pool:
	                                   1 to 19; 0:
	                                   BITMARK_DIGEST_NICE; below: none.
	                                   On Linux only                      */
};

/*
 * One job.  The storage is the caller's and must stay until done was called.
 * Fill struct_size, input, done and user; read output and status in done.
 */
struct bitmark_digest_job {
	size_t struct_size;             /* sizeof this struct */
	uint8_t input[BITMARK_DIGEST_INPUT_SIZE];
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE];
	bitmark_status status;          /* BITMARK_OK, _E_NOMEM or _E_STOPPED */
	/* Called once, by a worker thread (or by bitmark_digest_pool_free);
	 * must not block and not call the pool: hand the job on. */
	void (*done)(struct bitmark_digest_job *job);
	void *user;
};

/*
 * bitmark_digest_pool_new(pool, config):
 * A pool without threads and arenas: they come with the jobs.
 *
 *   config   copied; NULL: defaults
 *   pool     new; owned by the caller: bitmark_digest_pool_free, after all
 *            chains that were opened with it are closed
 *
 * Returns BITMARK_OK or BITMARK_E_NOMEM.
 * Thread rule: submit, run and stats may be called from any thread.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_digest_pool_new(
    struct bitmark_digest_pool **pool,
    const struct bitmark_digest_config *config);

/* Finish jobs that run, end those that wait with BITMARK_E_STOPPED, join. */
BITMARK_API void bitmark_digest_pool_free(struct bitmark_digest_pool *pool);

/*
 * bitmark_digest_pool_submit(pool, job):
 * Queue ${job}.  Returns BITMARK_OK (done will be called once), or
 * BITMARK_E_BUSY (queue full), BITMARK_E_THREAD (there is no worker, and the
 * system allows none) or BITMARK_E_ARGUMENT (struct_size): done will not be
 * called.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_digest_pool_submit(
    struct bitmark_digest_pool *pool, struct bitmark_digest_job *job);

/*
 * bitmark_digest_pool_run(pool, input, output):
 * Queue one job and wait for it; without any worker the calling thread
 * computes it.  Returns its status, or BITMARK_E_BUSY.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_digest_pool_run(
    struct bitmark_digest_pool *pool,
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE]);

struct bitmark_digest_stats {
	size_t struct_size;             /* sizeof this struct */
	unsigned workers;               /* at most                    */
	size_t waiting;                 /* jobs in the queue          */
	uint64_t finished;              /* since the pool was made    */
	unsigned arenas;                /* held by workers now        */
};

/* Returns BITMARK_OK, or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_digest_pool_stats(struct bitmark_digest_pool *pool,
    struct bitmark_digest_stats *stats);

/*
 * bitmark_digest(input, output):
 * One digest, here and now: allocates and frees 128 MiB, takes some tenths of a
 * second.
 * Returns BITMARK_OK or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_digest(
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
