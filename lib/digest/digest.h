/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * digest, inside: Argon2d, its kernels, and the arena it works in.
 */
#ifndef BM_DIGEST_H
#define BM_DIGEST_H

#include <bitmarkpeer/digest.h>

/* Bytes of one arena. */
#define BM_ARENA_SIZE ((size_t)BITMARK_DIGEST_MEMORY_KIB * 1024)
/* Digests that one core computes in turn, at most. */
#define BM_DIGEST_TURNS BITMARK_DIGEST_ARENAS_MAX

struct bm_kernel;
struct bm_workers;

/* Memory for one digest, or NULL.  Its pages are taken from the system when
 * they are first written. */
void *bm_arena_map(void);

/* NULL does nothing. */
void bm_arena_unmap(void *arena);

/* One digest by the calling thread, in an arena of its own; ${digest} computes
 * it. */
bitmark_status bm_digest_here(bitmark_digest_fn digest,
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE]);

/* The threads of a pool, for other work that must not take more cores than the
 * pool was given; inside. */
struct bm_workers *bm_digest_pool_workers(struct bitmark_digest_pool *pool);

/* One digest to be computed; all borrowed. */
struct bm_argon2d {
	const uint8_t *input;           /* BITMARK_DIGEST_INPUT_SIZE       */
	void *arena;                    /* aligned to 64; anything in it   */
	uint8_t *output;                /* BITMARK_DIGEST_OUTPUT_SIZE      */
};

/*
 * bm_argon2d(kernel, tasks, count, kib):
 * Compute ${count} (1 to BM_DIGEST_TURNS) digests in turn, each in ${kib} KiB
 * of its arena: BITMARK_DIGEST_MEMORY_KIB, or for tests any multiple of 4
 * from 8 on.
 */
void bm_argon2d(const struct bm_kernel *kernel,
    const struct bm_argon2d *tasks, unsigned count, uint32_t kib);

/* The bitmark_digest_fn of the protocol: Argon2d. */
bitmark_status bm_digest_argon2d(
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE]);

#endif
