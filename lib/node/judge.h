/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * judge - what can be said of a fetched block before the chain sees it: its
 * header, and then its digest.  Whatever is refused is noted, so that a node
 * which is blocked by it knows why.
 *
 * The owner thread's.
 */
#ifndef BM_NODE_JUDGE_H
#define BM_NODE_JUDGE_H

#include "node/blocked.h"
#include "node/hashing.h"
#include "node/state.h"

struct bm_judge {
	const struct bm_state *state;
	struct bm_blocked blocked;      /* by the last refusal             */
};

/*
 * bm_judge_header(judge, block, header):
 * Everything that a header tells before it is hashed [D-18].  Whether it
 * follows the block before is the connector's to know.
 *
 *   header  filled in
 *
 * Returns BITMARK_OK or an error of bitmark_header_parse, bitmark_header_check
 * or bitmark_header_check_work.
 */
BITMARK_MUSTUSE bitmark_status bm_judge_header(struct bm_judge *judge,
    struct bitmark_span block, struct bitmark_header *header);

/* The rest of it: does the digest show enough work?  Returns likewise, or why
 * there is no digest. */
BITMARK_MUSTUSE bitmark_status bm_judge_digest(struct bm_judge *judge,
    const struct bm_hashed *hashed);

/* Only that: has a block with this digest enough work?  Nothing is noted.
 * Returns BITMARK_OK or an error of bitmark_header_check_work. */
BITMARK_MUSTUSE bitmark_status bm_judge_work(const struct bm_judge *judge,
    const struct bitmark_header *header,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* The block was refused, or could not be stored: log and remember it. */
void bm_judge_refused(struct bm_judge *judge, struct bitmark_span block,
    uint64_t number, bitmark_status status);

#endif
