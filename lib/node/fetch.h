/*
 * fetch - blocks on their way: asked for, received, hashed, in order.
 *
 * A window of block numbers follows the tip.  Each has at most one block
 * under way; the digest pool hashes what has come, and the one that is next in
 * order is handed out.  Memory is bounded: a block that was asked for counts
 * as the largest possible until it is there.
 *
 * Used by the owner thread alone; the pool's threads only push what they have
 * finished and wake the owner through a pipe.
 */
#ifndef BM_NODE_FETCH_H
#define BM_NODE_FETCH_H

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/digest.h>

/* Block numbers in the window.  Source: local bound. */
#define BM_FETCH_WINDOW 64

struct bm_fetches;

/* A block that is complete. */
struct bm_fetched {
	uint64_t number;
	const uint8_t *block;           /* inside, until bm_fetch_drop_first */
	size_t size;
	const uint8_t *digest;
	size_t peer;                    /* who sent it */
};

bitmark_status bm_fetches_new(struct bm_fetches **fetches,
    struct bitmark_digest_pool *pool, size_t bytes_max);
/* The pool must have been freed before. */
void bm_fetches_free(struct bm_fetches *fetches);

/* Readable when bm_fetch_collect has something to do. */
int bm_fetches_fd(const struct bm_fetches *fetches);

/* Forget everything and start after block ${tip}. */
void bm_fetch_restart(struct bm_fetches *fetches, uint64_t tip);

/* The lowest number up to ${last} that should be asked for now, or 0. */
uint64_t bm_fetch_wanted(const struct bm_fetches *fetches, uint64_t last);

/* ${number} was asked of ${peer} under this request id. */
void bm_fetch_asked(struct bm_fetches *fetches, uint64_t number, size_t peer,
    uint32_t id);

/* Which number was asked of ${peer} under ${id}, or 0. */
uint64_t bm_fetch_number(const struct bm_fetches *fetches, size_t peer,
    uint32_t id);

/* What was asked of ${peer} and has not come is wanted again. */
void bm_fetch_forget_peer(struct bm_fetches *fetches, size_t peer);

/*
 * bm_fetch_received(fetches, number, block, size):
 * The block asked for has come: hash it.
 *
 * Returns BITMARK_OK, BITMARK_E_HEADER_SIZE or BITMARK_E_NUMBER (it is not
 * block ${number}: wanted again), BITMARK_E_NOMEM or BITMARK_E_BUSY.
 */
bitmark_status bm_fetch_received(struct bm_fetches *fetches, uint64_t number,
    const uint8_t *block, size_t size);

/* Take in the digests that are finished.  BITMARK_OK, or why one of them
 * could not be computed (its block is wanted again). */
bitmark_status bm_fetch_collect(struct bm_fetches *fetches);

/* The next block in order, when it is complete. */
bool bm_fetch_first(const struct bm_fetches *fetches,
    struct bm_fetched *first);

/* It was stored: go on behind it. */
void bm_fetch_drop_first(struct bm_fetches *fetches);

#endif
