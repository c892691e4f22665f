/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Digests for a job, computed by a pool of the library.
 *
 * Each worker of the pool takes up to BITMARK_DIGEST_ARENAS_MAX digests, since
 * it works on two in turn to hide the latency of memory; so there are that many
 * slots for each. A slot is in one of three places: in ${idle}, with the pool,
 * or in ${done}. The pool's threads touch ${done} only, under the lock; all
 * else belongs to the miner's thread.
 */
#include "mine_hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* One digest; in one of two lists, or with the pool. */
struct slot {
	struct bitmark_digest_job job;
	struct mine_hash *of;
	uint64_t work;                  /* that it belongs to               */
	uint64_t nonce;
	struct slot *next;
};

struct mine_hash {
	struct bitmark_job_client *client;
	struct bitmark_digest_pool *pool;
	struct slot *slots, *idle;
	struct bitmark_header header;
	bool works;
	uint64_t work;                  /* number of the header             */
	uint64_t nonce;                 /* the last one                     */
	uint64_t tried;
	pthread_mutex_t lock;           /* guards done                      */
	struct slot *done;
};

/* Called by a thread of the pool. Cancelling the client's wait is allowed from
 * any thread: it wakes the miner, which then looks at the list. */
static void
on_done(struct bitmark_digest_job *job)
{
	struct slot *slot = job->user;
	struct mine_hash *h = slot->of;

	pthread_mutex_lock(&h->lock);
	slot->next = h->done;
	h->done = slot;
	pthread_mutex_unlock(&h->lock);
	bitmark_job_client_cancel(h->client);
}

/* The number of workers is asked of the pool, because 0 in its configuration
 * means one for each core. */
static bitmark_status
make_slots(struct mine_hash *h)
{
	struct bitmark_digest_stats stats = { .struct_size = sizeof stats };
	size_t count;

	(void)bitmark_digest_pool_stats(h->pool, &stats);
	count = (size_t)stats.workers * BITMARK_DIGEST_ARENAS_MAX;
	h->slots = calloc(count, sizeof *h->slots);
	if (h->slots == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		struct slot *slot = &h->slots[i];

		slot->of = h;
		slot->job.struct_size = sizeof slot->job;
		slot->job.done = on_done;
		slot->job.user = slot;
		slot->next = h->idle;
		h->idle = slot;
	}
	return BITMARK_OK;
}

/* ${hash} is set even on failure: the caller frees what was made. */
bitmark_status
mine_hash_new(struct mine_hash **hash, unsigned threads,
    struct bitmark_job_client *client)
{
	const struct bitmark_digest_config config = {
		.struct_size = sizeof config, .workers = threads };
	struct mine_hash *h = calloc(1, sizeof *h);
	bitmark_status status;

	*hash = h;
	if (h == NULL)
		return BITMARK_E_NOMEM;
	h->client = client;
	pthread_mutex_init(&h->lock, NULL);
	status = bitmark_digest_pool_new(&h->pool, &config);
	return status == BITMARK_OK ? make_slots(h) : status;
}

/* The pool is freed first: it completes its jobs, and these still use the lock
 * and the slots. */
void
mine_hash_free(struct mine_hash *h)
{
	if (h == NULL)
		return;
	bitmark_digest_pool_free(h->pool);
	pthread_mutex_destroy(&h->lock);
	free(h->slots);
	free(h);
}

/* A new number of the work makes all results that are still on their way stale;
 * nothing has to be called back from the pool. */
void
mine_hash_begin(struct mine_hash *h, const struct bitmark_header *header)
{
	h->work++;
	h->works = header != NULL;
	if (header == NULL)
		return;
	h->header = *header;
	h->nonce = header->nonce;
}

uint64_t
mine_hash_tried(const struct mine_hash *h)
{
	return h->tried;
}

/* A digest is a number with its last byte first, a target one with its first
 * byte first. */
bool
mine_hash_is_good(const struct bitmark_header *header,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	uint8_t target[BITMARK_TARGET_SIZE];

	if (bitmark_target_from_bits(header->bits, target) != BITMARK_OK)
		return false;
	for (size_t i = 0; i < sizeof target; i++) {
		const uint8_t byte = digest[BITMARK_DIGEST_SIZE - 1 - i];

		if (byte != target[i])
			return byte < target[i];
	}
	return true;
}

static struct slot *
take_done(struct mine_hash *h)
{
	struct slot *slot;

	pthread_mutex_lock(&h->lock);
	slot = h->done;
	if (slot != NULL)
		h->done = slot->next;
	pthread_mutex_unlock(&h->lock);
	return slot;
}

static void
put_idle(struct mine_hash *h, struct slot *slot)
{
	slot->next = h->idle;
	h->idle = slot;
}

/* Give nonces one after the other to idle slots. When the pool takes no more,
 * for lack of memory, the slot is put back and the next step tries again; the
 * nonce is counted only after success, so none is left out. */
static void
hand_out(struct mine_hash *h)
{
	while (h->works && h->idle != NULL) {
		struct slot *slot = h->idle;
		struct bitmark_header header = h->header;

		header.nonce = slot->nonce = h->nonce + 1;
		slot->work = h->work;
		h->idle = slot->next;
		bitmark_header_pack(&header, slot->job.input);
		if (bitmark_digest_pool_submit(h->pool, &slot->job) !=
		    BITMARK_OK) {
			put_idle(h, slot);
			return;
		}
		h->nonce++;
	}
}

/* Stop at the first good digest; the others stay in the list for the next step.
 * A stale slot is only put back. */
bool
mine_hash_step(struct mine_hash *h, uint64_t *nonce)
{
	struct slot *slot;
	bool good = false;

	while (!good && (slot = take_done(h)) != NULL) {
		if (slot->job.status == BITMARK_OK) {
			h->tried++;
			good = h->works && slot->work == h->work &&
			    mine_hash_is_good(&h->header, slot->job.output);
			*nonce = slot->nonce;
		}
		put_idle(h, slot);
	}
	hand_out(h);
	return good;
}
