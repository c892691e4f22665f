/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Argon2d of one shape: one lane, BITMARK_DIGEST_PASSES passes, version 0x13,
 * the same bytes as password and as salt, a tag of 32 bytes.
 * Source: RFC 9106, 3.2 and 3.3; bitmarkd v8.2 blockdigest/digest.go NewDigest
 */
#include <sodium.h>
#include <string.h>

#include "codec/codec.h"
#include "digest/digest.h"
#include "digest/kernel.h"

#define LANES 1
#define VERSION 0x13
#define TYPE_D 0
#define HASH_SIZE 64                    /* of the longest BLAKE2b */
#define BLOCK_SIZE 1024

static void
write_u32le(struct bm_writer *w, uint32_t value)
{
	bm_write_u16le(w, (uint16_t)value);
	bm_write_u16le(w, (uint16_t)(value >> 16));
}

/* BLAKE2b without a key.  It cannot fail for the two sizes that are used here,
 * 32 and 64, so that libsodium's result is ignored. */
static void
blake2b(uint8_t *out, size_t size, const uint8_t *data, size_t data_size)
{
	(void)crypto_generichash_blake2b(out, size, data, data_size, NULL, 0);
}

/* H0 of RFC 9106: all parameters, then password and salt, which are both the
 * input.  It depends on the memory size, so that tests with a small memory give
 * other digests. */
static void
hash_parameters(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], uint32_t kib,
    uint8_t out[HASH_SIZE])
{
	uint8_t buffer[10 * 4 + 2 * BITMARK_DIGEST_INPUT_SIZE];
	struct bm_writer w = bm_writer(buffer, sizeof buffer);

	write_u32le(&w, LANES);
	write_u32le(&w, BITMARK_DIGEST_OUTPUT_SIZE);
	write_u32le(&w, kib);
	write_u32le(&w, BITMARK_DIGEST_PASSES);
	write_u32le(&w, VERSION);
	write_u32le(&w, TYPE_D);
	for (unsigned i = 0; i < 2; i++) {
		write_u32le(&w, BITMARK_DIGEST_INPUT_SIZE);
		bm_write_bytes(&w, input, BITMARK_DIGEST_INPUT_SIZE);
	}
	write_u32le(&w, 0);             /* no secret           */
	write_u32le(&w, 0);             /* no associated data  */
	blake2b(out, HASH_SIZE, buffer, w.size);
}

/*
 * The block at ${at}, 0 or 1: the hash H' of RFC 9106, 3.3, 1024 bytes long.
 * H' is a chain of hashes of 64 bytes.  The first half of each is output, so
 * that nobody can follow the chain from the output alone; the last one is
 * output as a whole.
 */
static void
first_block(const uint8_t h0[HASH_SIZE], uint32_t at, struct bm_block *block)
{
	uint8_t buffer[4 + HASH_SIZE + 8], hash[HASH_SIZE];
	struct bm_writer w = bm_writer(buffer, sizeof buffer);
	uint8_t bytes[BLOCK_SIZE];
	struct bm_reader r = bm_reader(bytes, sizeof bytes);

	write_u32le(&w, BLOCK_SIZE);
	bm_write_bytes(&w, h0, HASH_SIZE);
	write_u32le(&w, at);
	write_u32le(&w, 0);             /* the lane */
	blake2b(hash, sizeof hash, buffer, w.size);
	for (size_t i = 0; i + HASH_SIZE < sizeof bytes; i += HASH_SIZE / 2) {
		memcpy(&bytes[i], hash, HASH_SIZE / 2);
		memcpy(buffer, hash, sizeof hash);
		blake2b(hash, sizeof hash, buffer, sizeof hash);
	}
	memcpy(&bytes[sizeof bytes - HASH_SIZE], hash, HASH_SIZE);
	for (unsigned i = 0; i < BM_BLOCK_WORDS; i++)
		block->word[i] = bm_read_u64le(&r);
}

/* The tag: H' of the last block, where an output of up to 64 bytes is a single
 * hash.  With one lane the last block is the XOR of the last column that the
 * RFC asks for. */
static void
hash_last_block(const struct bm_block *block,
    uint8_t out[BITMARK_DIGEST_OUTPUT_SIZE])
{
	uint8_t buffer[4 + BLOCK_SIZE];
	struct bm_writer w = bm_writer(buffer, sizeof buffer);

	write_u32le(&w, BITMARK_DIGEST_OUTPUT_SIZE);
	for (unsigned i = 0; i < BM_BLOCK_WORDS; i++)
		bm_write_u64le(&w, block->word[i]);
	blake2b(out, BITMARK_DIGEST_OUTPUT_SIZE, buffer, w.size);
}

void
bm_argon2d(const struct bm_kernel *kernel, const struct bm_argon2d *tasks,
    unsigned count, uint32_t kib)
{
	struct bm_block *arenas[BM_DIGEST_TURNS] = { NULL };
	uint8_t h0[HASH_SIZE];

	for (unsigned i = 0; i < count; i++) {
		arenas[i] = tasks[i].arena;
		hash_parameters(tasks[i].input, kib, h0);
		first_block(h0, 0, &arenas[i][0]);
		first_block(h0, 1, &arenas[i][1]);
	}
	kernel->fill(arenas, count, kib);
	for (unsigned i = 0; i < count; i++)
		hash_last_block(&arenas[i][kib - 1], tasks[i].output);
}

bitmark_status
bm_digest_argon2d(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	const struct bm_argon2d task = { input, arena, output };

	if (arena_size < BM_ARENA_SIZE)
		return BITMARK_E_NOMEM;
	bm_argon2d(bm_kernel_best(), &task, 1, BITMARK_DIGEST_MEMORY_KIB);
	return BITMARK_OK;
}

bitmark_status
bm_digest_here(bitmark_digest_fn digest,
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	void *arena = bm_arena_map();
	bitmark_status status;

	if (arena == NULL)
		return BITMARK_E_NOMEM;
	status = digest(input, arena, BM_ARENA_SIZE, output);
	bm_arena_unmap(arena);
	return status;
}

bitmark_status
bitmark_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	return bm_digest_here(bm_digest_argon2d, input, output);
}
