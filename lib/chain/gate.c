/* Counting readers, so that the map is changed only when there are none. */
#include "chain/store.h"

#include <errno.h>
#include <time.h>

#define MS_PER_S 1000
#define NS_PER_MS 1000000L
#define NS_PER_S 1000000000L

bitmark_status
bm_gate_init(struct bm_gate *gate)
{
	pthread_condattr_t attr;
	int code = pthread_condattr_init(&attr);

	if (code != 0)
		return BITMARK_E_NOMEM;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	code = pthread_cond_init(&gate->idle, &attr);
	pthread_condattr_destroy(&attr);
	if (code != 0)
		return BITMARK_E_NOMEM;
	if (pthread_mutex_init(&gate->mutex, NULL) != 0) {
		pthread_cond_destroy(&gate->idle);
		return BITMARK_E_NOMEM;
	}
	gate->readers = 0;
	gate->broken = BITMARK_OK;
	return BITMARK_OK;
}

void
bm_gate_fini(struct bm_gate *gate)
{
	pthread_mutex_destroy(&gate->mutex);
	pthread_cond_destroy(&gate->idle);
}

bitmark_status
bm_gate_enter(struct bm_gate *gate)
{
	bitmark_status status;

	pthread_mutex_lock(&gate->mutex);
	status = gate->broken;
	if (status == BITMARK_OK)
		gate->readers++;
	pthread_mutex_unlock(&gate->mutex);
	return status;
}

void
bm_gate_leave(struct bm_gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	if (--gate->readers == 0)
		pthread_cond_broadcast(&gate->idle);
	pthread_mutex_unlock(&gate->mutex);
}

static struct timespec
deadline(unsigned wait_ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += wait_ms / MS_PER_S;
	at.tv_nsec += (long)(wait_ms % MS_PER_S) * NS_PER_MS;
	if (at.tv_nsec >= NS_PER_S) {
		at.tv_sec++;
		at.tv_nsec -= NS_PER_S;
	}
	return at;
}

bitmark_status
bm_gate_alone(struct bm_gate *gate, bm_gate_fn change, void *user,
    unsigned wait_ms)
{
	struct timespec until = deadline(wait_ms);
	bitmark_status status;
	int late = 0;

	pthread_mutex_lock(&gate->mutex);
	while (gate->readers != 0 && wait_ms != 0 && late == 0)
		late = pthread_cond_timedwait(&gate->idle, &gate->mutex,
		    &until);
	if (gate->readers != 0) {
		status = BITMARK_E_TIMEOUT;
	} else if ((status = gate->broken) == BITMARK_OK) {
		status = change(user);
		gate->broken = status;
	}
	pthread_mutex_unlock(&gate->mutex);
	return status;
}
