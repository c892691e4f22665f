/*
 * digest, inside: the kernel and the arena it works in.
 */
#ifndef BM_DIGEST_H
#define BM_DIGEST_H

#include <bitmarkpeer/digest.h>

/* Bytes of one arena. */
#define BM_ARENA_SIZE ((size_t)BITMARK_DIGEST_MEMORY_KIB * 1024)

/* Memory for one digest, or NULL.  Its pages are taken from the system when
 * they are first written. */
void *bm_arena_map(void);

/* NULL does nothing. */
void bm_arena_unmap(void *arena);

/* The bitmark_digest_fn of the protocol: Argon2d. */
bitmark_status bm_digest_argon2d(
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE]);

#endif
