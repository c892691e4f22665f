/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * hashing - headers that the digest pool works on for the owner thread.
 *
 * The owner submits and collects; the pool's threads only push what they have
 * finished and wake the owner through a pipe.
 */
#ifndef BM_NODE_HASHING_H
#define BM_NODE_HASHING_H

#include <bitmarkpeer/digest.h>

#include <sys/queue.h>

struct bm_hashing;

/* A header that is hashed, and what came with it. */
struct bm_hashed {
	struct bitmark_digest_job job;  /* first: found from the job; status
	                                   and output are the result        */
	struct bm_hashing *hashing;
	SLIST_ENTRY(bm_hashed) entry;   /* the list's                       */
	uint64_t token;                 /* the caller's                     */
	size_t size;
	uint8_t block[];                /* copy of what was submitted       */
};

/* BITMARK_OK, BITMARK_E_NOMEM or BITMARK_E_IO. */
BITMARK_MUSTUSE bitmark_status bm_hashing_new(struct bm_hashing **hashing,
    struct bitmark_digest_pool *pool);
/* The pool must have been freed before. */
void bm_hashing_free(struct bm_hashing *hashing);

/*
 * bm_hashing_submit(hashing, token, block, size):
 * Copy ${size} bytes, at least BITMARK_DIGEST_INPUT_SIZE, and hash the header
 * that they begin with.
 * Returns BITMARK_OK, BITMARK_E_HEADER_SIZE, BITMARK_E_BUSY or
 * BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_hashing_submit(struct bm_hashing *hashing,
    uint64_t token, const uint8_t *block, size_t size);

/* Something that is finished, owned by the caller: free(); or NULL. */
struct bm_hashed *bm_hashing_take(struct bm_hashing *hashing);

/* Readable when something has been finished, until bm_hashing_wake. */
int bm_hashing_fd(const struct bm_hashing *hashing);
void bm_hashing_wake(struct bm_hashing *hashing);

#endif
