/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Headers on their way through the digest pool and back to the owner.
 *
 * A finished job is put on a list by the thread that has computed it, and a
 * byte in a pipe wakes the owner from its poll.  The lock is held for the few
 * instructions that change the list.
 */
#include "node/hashing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "os/wake.h"

struct bm_hashing {
	struct bitmark_digest_pool *pool;
	struct bm_wake wake;
	pthread_mutex_t lock;           /* guards done */
	SLIST_HEAD(, bm_hashed) done;
};

bitmark_status
bm_hashing_new(struct bm_hashing **hashing, struct bitmark_digest_pool *pool)
{
	struct bm_hashing *h = calloc(1, sizeof *h);
	bitmark_status status;

	*hashing = NULL;
	if (h == NULL)
		return BITMARK_E_NOMEM;
	status = bm_wake_init(&h->wake);
	if (status != BITMARK_OK) {
		free(h);
		return status;
	}
	pthread_mutex_init(&h->lock, NULL);
	h->pool = pool;
	*hashing = h;
	return BITMARK_OK;
}

/* The pool is gone by now, so no thread can put anything on the list: all jobs
 * that were not taken are on it, also those that the pool gave back undone. */
void
bm_hashing_free(struct bm_hashing *hashing)
{
	struct bm_hashed *hashed;

	if (hashing == NULL)
		return;
	while ((hashed = bm_hashing_take(hashing)) != NULL)
		free(hashed);
	pthread_mutex_destroy(&hashing->lock);
	bm_wake_fini(&hashing->wake);
	free(hashing);
}

/* Called by a thread of the pool.  The job is the first member of bm_hashed, so
 * a pointer to one is a pointer to the other.  The wake-up comes after the
 * unlock: an owner that wakes at once finds the lock free. */
static void
finished(struct bitmark_digest_job *job)
{
	struct bm_hashed *hashed = (struct bm_hashed *)job;
	struct bm_hashing *h = hashed->hashing;

	pthread_mutex_lock(&h->lock);
	SLIST_INSERT_HEAD(&h->done, hashed, entry);
	pthread_mutex_unlock(&h->lock);
	bm_wake_signal(&h->wake);
}

/* The bytes are copied, because the pool's threads read them when the caller's
 * have gone: a reply of the dealer lives until the next one.  For a block of
 * the connector only the header is copied; the connector keeps the block. */
bitmark_status
bm_hashing_submit(struct bm_hashing *hashing, uint64_t token,
    const uint8_t *block, size_t size)
{
	struct bm_hashed *hashed;
	bitmark_status status;

	if (size < BITMARK_DIGEST_INPUT_SIZE)
		return BITMARK_E_HEADER_SIZE;
	hashed = calloc(1, sizeof *hashed + size);
	if (hashed == NULL)
		return BITMARK_E_NOMEM;
	hashed->hashing = hashing;
	hashed->token = token;
	hashed->size = size;
	memcpy(hashed->block, block, size);
	memcpy(hashed->job.input, block, sizeof hashed->job.input);
	hashed->job.struct_size = sizeof hashed->job;
	hashed->job.done = finished;
	status = bitmark_digest_pool_submit(hashing->pool, &hashed->job);
	if (status != BITMARK_OK)
		free(hashed);
	return status;
}

struct bm_hashed *
bm_hashing_take(struct bm_hashing *hashing)
{
	struct bm_hashed *hashed;

	pthread_mutex_lock(&hashing->lock);
	hashed = SLIST_FIRST(&hashing->done);
	if (hashed != NULL)
		SLIST_REMOVE_HEAD(&hashing->done, entry);
	pthread_mutex_unlock(&hashing->lock);
	return hashed;
}

int
bm_hashing_fd(const struct bm_hashing *hashing)
{
	return hashing->wake.fd[0];
}

/* The pipe is emptied before the list, not after: a job that finishes in
 * between leaves a byte behind, and at worst the owner wakes once for
 * nothing.  The other way round it might sleep over a finished job. */
void
bm_hashing_wake(struct bm_hashing *hashing)
{
	(void)bm_wake_take(&hashing->wake);
}
