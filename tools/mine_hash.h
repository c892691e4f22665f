/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * mine_hash - the digests of a miner: nonces of one header at a time, on all
 * threads of a pool.
 */
#ifndef TOOLS_MINE_HASH_H
#define TOOLS_MINE_HASH_H

#include <bitmarkpeer.h>

struct mine_hash;

/*
 * mine_hash_new(hash, threads, client):
 *
 *   threads   0: one for each core
 *   client    cancelled whenever a digest is finished, so that the thread which
 *             waits for it comes to take that
 *
 * Returns BITMARK_OK or BITMARK_E_NOMEM.
 */
bitmark_status mine_hash_new(struct mine_hash **hash, unsigned threads,
    struct bitmark_job_client *client);
/* Before the client is closed. */
void mine_hash_free(struct mine_hash *hash);

/* Work on this header from now on, with the nonces that follow its own; NULL: on
 * nothing.  Digests of the one before are thrown away. */
void mine_hash_begin(struct mine_hash *hash,
    const struct bitmark_header *header);

/* Take in what is finished, and hand out more.  True: a nonce is good, and
 * there may be more of them. */
bool mine_hash_step(struct mine_hash *hash, uint64_t *nonce);

/* Digests that were computed since the start. */
uint64_t mine_hash_tried(const struct mine_hash *hash);

/* Is the digest at most the target that the header has? */
bool mine_hash_is_good(const struct bitmark_header *header,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

#endif
