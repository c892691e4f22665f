/*
 * The kernel: Argon2d through libargon2, working in memory that is given.
 * Source: bitmarkd v8.2 blockdigest/digest.go NewDigest
 */
#include <argon2.h>
#include <string.h>

#include "digest/digest.h"

#define LANES 1

/*
 * libargon2 asks for memory through a callback that carries no pointer of
 * ours.  It calls back on the thread that called it, so that what it is to be
 * given waits here.
 */
static _Thread_local struct {
	void *memory;
	size_t size;
} offered;

/* Blocks of libargon2 must be aligned as uint64_t; a mapping is. */
static int
take_arena(uint8_t **memory, size_t size)
{
	if (offered.memory == NULL || size > offered.size)
		return ARGON2_MEMORY_ALLOCATION_ERROR;
	*memory = offered.memory;
	return ARGON2_OK;
}

/* The arena belongs to the caller of the kernel. */
static void
leave_arena(uint8_t *memory, size_t size)
{
	(void)memory;
	(void)size;
}

bitmark_status
bm_digest_argon2d(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	uint8_t text[BITMARK_DIGEST_INPUT_SIZE];
	argon2_context context = {
		.out = output,
		.outlen = BITMARK_DIGEST_OUTPUT_SIZE,
		.pwd = text,
		.pwdlen = sizeof text,
		.salt = text,
		.saltlen = sizeof text,
		.t_cost = BITMARK_DIGEST_PASSES,
		.m_cost = BITMARK_DIGEST_MEMORY_KIB,
		.lanes = LANES,
		.threads = LANES,
		.version = ARGON2_VERSION_13,
		.allocate_cbk = take_arena,
		.free_cbk = leave_arena,
		.flags = ARGON2_DEFAULT_FLAGS,
	};
	int result;

	memcpy(text, input, sizeof text);       /* the context is not const */
	offered.memory = arena;
	offered.size = arena_size;
	result = argon2_ctx(&context, Argon2_d);
	offered.memory = NULL;

	/* every parameter is constant and valid: only memory can be missing */
	return result == ARGON2_OK ? BITMARK_OK : BITMARK_E_NOMEM;
}

bitmark_status
bitmark_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	void *arena = bm_arena_map();
	bitmark_status status;

	if (arena == NULL)
		return BITMARK_E_NOMEM;
	status = bm_digest_argon2d(input, arena, BM_ARENA_SIZE, output);
	bm_arena_unmap(arena);
	return status;
}
