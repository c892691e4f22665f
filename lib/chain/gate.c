/* Counting readers, so that the map is changed only when there are none. */
#include "chain/store.h"

#include <errno.h>
#include <time.h>

#define MS_PER_S 1000
#define NS_PER_MS 1000000L
#define NS_PER_S 1000000000L

/* How long a reader waits for a change of the map. */
#define POLITE_MS 20

bitmark_status
bm_gate_init(struct bm_gate *gate)
{
	pthread_condattr_t attr;

	if (pthread_condattr_init(&attr) != 0)
		return BITMARK_E_NOMEM;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (pthread_cond_init(&gate->idle, &attr) != 0)
		goto destroy_attr;
	if (pthread_cond_init(&gate->changed, &attr) != 0)
		goto destroy_idle;
	if (pthread_mutex_init(&gate->mutex, NULL) != 0)
		goto destroy_changed;
	pthread_condattr_destroy(&attr);
	gate->readers = 0;
	gate->wanted = false;
	gate->broken = BITMARK_OK;
	return BITMARK_OK;

destroy_changed:
	pthread_cond_destroy(&gate->changed);
destroy_idle:
	pthread_cond_destroy(&gate->idle);
destroy_attr:
	pthread_condattr_destroy(&attr);
	return BITMARK_E_NOMEM;
}

void
bm_gate_fini(struct bm_gate *gate)
{
	pthread_mutex_destroy(&gate->mutex);
	pthread_cond_destroy(&gate->changed);
	pthread_cond_destroy(&gate->idle);
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

/* Who wants the map alone has a chance even when somebody always reads.  But not
 * for long: this thread may be one of those that are waited for. */
static void
let_change(struct bm_gate *gate)
{
	const struct timespec until = deadline(POLITE_MS);
	int late = 0;

	while (gate->wanted && late == 0)
		late = pthread_cond_timedwait(&gate->changed, &gate->mutex,
		    &until);
}

bitmark_status
bm_gate_enter(struct bm_gate *gate)
{
	bitmark_status status;

	pthread_mutex_lock(&gate->mutex);
	if (gate->wanted)
		let_change(gate);
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

bitmark_status
bm_gate_alone(struct bm_gate *gate, bm_gate_fn change, void *user,
    unsigned wait_ms)
{
	struct timespec until = deadline(wait_ms);
	bitmark_status status;
	int late = 0;

	pthread_mutex_lock(&gate->mutex);
	gate->wanted = wait_ms != 0;
	while (gate->readers != 0 && wait_ms != 0 && late == 0)
		late = pthread_cond_timedwait(&gate->idle, &gate->mutex,
		    &until);
	if (gate->readers != 0) {
		status = BITMARK_E_TIMEOUT;
	} else if ((status = gate->broken) == BITMARK_OK) {
		status = change(user);
		gate->broken = status;
	}
	gate->wanted = false;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->mutex);
	return status;
}
