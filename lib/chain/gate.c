/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Two conditions over one mutex: the thread that wants to change the map waits
 * for "idle", and readers that come meanwhile wait for "changed".  Both waits
 * have an end, because either may be waiting for the other's thread.
 */
#include "chain/gate.h"

#include "os/clock.h"

/* How long a reader waits for a change of the map. */
#define POLITE_MS 20

bitmark_status
bm_gate_init(struct bm_gate *gate)
{
	if (bm_clock_cond_init(&gate->idle) != BITMARK_OK)
		return BITMARK_E_NOMEM;
	if (bm_clock_cond_init(&gate->changed) != BITMARK_OK)
		goto destroy_idle;
	if (pthread_mutex_init(&gate->mutex, NULL) != 0)
		goto destroy_changed;
	gate->readers = 0;
	gate->wanted = false;
	gate->broken = BITMARK_OK;
	return BITMARK_OK;

destroy_changed:
	pthread_cond_destroy(&gate->changed);
destroy_idle:
	pthread_cond_destroy(&gate->idle);
	return BITMARK_E_NOMEM;
}

void
bm_gate_fini(struct bm_gate *gate)
{
	pthread_mutex_destroy(&gate->mutex);
	pthread_cond_destroy(&gate->changed);
	pthread_cond_destroy(&gate->idle);
}

/* New readers yield to a thread that waits to resize the map, which would never
 * find it unused when somebody always reads.  They do so for POLITE_MS at most:
 * this thread may hold the very read that the resize waits for. */
static void
let_change(struct bm_gate *gate)
{
	const struct timespec until = bm_clock_deadline(POLITE_MS);
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

/* Several threads may wait for idle: the writing thread, and readers that have
 * found that another process made the map larger. */
void
bm_gate_leave(struct bm_gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	if (--gate->readers == 0)
		pthread_cond_broadcast(&gate->idle);
	pthread_mutex_unlock(&gate->mutex);
}

/* The change is made with the mutex held, so that no reader can enter in the
 * middle of it.  Without time to wait, readers are not asked to yield. */
bitmark_status
bm_gate_alone(struct bm_gate *gate, bm_gate_fn change, void *user,
    unsigned wait_ms)
{
	struct timespec until = bm_clock_deadline(wait_ms);
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

bitmark_status
bm_gate_mend(struct bm_gate *gate, bm_gate_fn mend, void *user)
{
	bitmark_status status;

	pthread_mutex_lock(&gate->mutex);
	if (gate->broken != BITMARK_OK)
		gate->broken = mend(user);
	status = gate->broken;
	pthread_mutex_unlock(&gate->mutex);
	return status;
}
