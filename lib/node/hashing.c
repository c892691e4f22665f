#include "node/hashing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "os/wake.h"

struct bm_hashing {
	struct bitmark_digest_pool *pool;
	struct bitmark_chain *chain;
	struct bm_wake wake;
	pthread_mutex_t lock;           /* guards done */
	SLIST_HEAD(, bm_hashed) done;
};

bitmark_status
bm_hashing_new(struct bm_hashing **hashing, struct bitmark_digest_pool *pool,
    struct bitmark_chain *chain)
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
	h->chain = chain;
	*hashing = h;
	return BITMARK_OK;
}

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

/* By a thread of the pool: put the job on the list and wake the owner. */
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
	hashed->job.done = finished;
	status = bitmark_digest_pool_submit(hashing->pool, &hashed->job);
	if (status != BITMARK_OK)
		free(hashed);
	else if (size > BITMARK_HEADER_SIZE)
		bitmark_chain_prepare(hashing->chain, block, size);
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

void
bm_hashing_wake(struct bm_hashing *hashing)
{
	(void)bm_wake_take(&hashing->wake);
}
