/*
 * Waiting for one job of the pool.  The waiter lives on the stack of the
 * calling thread: it is gone when that thread has seen ${finished}, so the
 * worker must not touch it after it has let go of the lock.
 */
#include <pthread.h>
#include <string.h>

#include "digest/digest.h"

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool finished;
};

/* Signals with the lock held: after it is let go the condition variable may be
 * gone. */
static void
wake(struct bitmark_digest_job *job)
{
	struct waiter *waiter = job->user;

	pthread_mutex_lock(&waiter->lock);
	waiter->finished = true;
	pthread_cond_signal(&waiter->change);
	pthread_mutex_unlock(&waiter->lock);
}

static void
wait_for(struct waiter *waiter)
{
	pthread_mutex_lock(&waiter->lock);
	while (!waiter->finished)
		pthread_cond_wait(&waiter->change, &waiter->lock);
	pthread_mutex_unlock(&waiter->lock);
}

bitmark_status
bitmark_digest_pool_run(struct bitmark_digest_pool *pool,
    const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	struct waiter waiter = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER,
	};
	struct bitmark_digest_job job = {
		.struct_size = sizeof job,
		.done = wake,
		.user = &waiter,
	};
	bitmark_status status;

	memcpy(job.input, input, sizeof job.input);
	status = bitmark_digest_pool_submit(pool, &job);
	if (status == BITMARK_OK) {
		wait_for(&waiter);
		status = job.status;
	}
	if (status == BITMARK_OK)
		memcpy(output, job.output, sizeof job.output);
	else if (status == BITMARK_E_THREAD)
		status = bm_digest_pool_compute(pool, input, output);
	pthread_cond_destroy(&waiter.change);
	pthread_mutex_destroy(&waiter.lock);
	return status;
}
