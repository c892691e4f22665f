/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * grind - the work by which a free issue is proven instead of paid for.
 */
#ifndef BITMARKPEER_GRIND_H
#define BITMARKPEER_GRIND_H

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of the client nonce that is found. */
#define BITMARK_GRIND_NONCE_SIZE 8

struct bitmark_grind_config {
	size_t struct_size;             /* sizeof this struct */
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];
	uint64_t pay_nonce;
	uint8_t target[BITMARK_TARGET_SIZE];
	unsigned threads;               /* 0: one for each core               */
	/* Called by the calling thread ten times a second; nonzero cancels.
	 * NULL: none. */
	int (*progress)(void *user, uint64_t tries);
	void *user;
};

/*
 * bitmark_grind(grind, nonce):
 * Find a client nonce that proves a bundle.  Returns when it is found: on the
 * live network this takes millions of tries.
 *
 * Returns BITMARK_OK, BITMARK_E_STOPPED (by progress), BITMARK_E_NOMEM or
 * BITMARK_E_THREAD.
 * Thread rule: needs no reservoir; any thread.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_grind(
    const struct bitmark_grind_config *grind,
    uint8_t nonce[BITMARK_GRIND_NONCE_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
