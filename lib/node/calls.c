#include "node/calls.h"

#include <pthread.h>
#include <stdlib.h>

#include "os/wake.h"

/* Of the thread that waits. */
struct call {
	bm_call_fn function;
	void *argument;
	bitmark_status status;
	bool done;
	struct call *next;
};

struct bm_calls {
	struct bm_wake wake;
	pthread_mutex_t lock;           /* guards all below */
	pthread_cond_t done;
	struct call *first, **end;
	size_t inside;                  /* threads that wait, or go */
	bool begun, ended;
	pthread_t owner;                /* when begun */
};

bitmark_status
bm_calls_new(struct bm_calls **calls)
{
	struct bm_calls *c = calloc(1, sizeof *c);
	bitmark_status status;

	*calls = NULL;
	if (c == NULL)
		return BITMARK_E_NOMEM;
	status = bm_wake_init(&c->wake);
	if (status != BITMARK_OK) {
		free(c);
		return status;
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->done, NULL);
	c->end = &c->first;
	*calls = c;
	return BITMARK_OK;
}

void
bm_calls_free(struct bm_calls *calls)
{
	if (calls == NULL)
		return;
	pthread_mutex_lock(&calls->lock);
	while (calls->inside > 0)
		pthread_cond_wait(&calls->done, &calls->lock);
	pthread_mutex_unlock(&calls->lock);
	pthread_cond_destroy(&calls->done);
	pthread_mutex_destroy(&calls->lock);
	bm_wake_fini(&calls->wake);
	free(calls);
}

bitmark_status
bm_calls_make(struct bm_calls *calls, bm_call_fn function, void *argument)
{
	struct call *call = calloc(1, sizeof *call);
	bitmark_status status;

	if (call == NULL)
		return BITMARK_E_NOMEM;
	call->function = function;
	call->argument = argument;
	call->status = BITMARK_E_STOPPED;
	pthread_mutex_lock(&calls->lock);
	calls->inside++;
	if (calls->begun && pthread_equal(calls->owner, pthread_self()))
		call->status = BITMARK_E_STATE;
	else if (!calls->ended) {
		*calls->end = call;
		calls->end = &call->next;
		bm_wake_signal(&calls->wake);
		while (!call->done)
			pthread_cond_wait(&calls->done, &calls->lock);
	}
	if (--calls->inside == 0 && calls->ended)
		pthread_cond_broadcast(&calls->done);
	pthread_mutex_unlock(&calls->lock);
	status = call->status;
	free(call);
	return status;
}

/* All that wait, in their order; with the lock held. */
static struct call *
take(struct bm_calls *calls)
{
	struct call *first = calls->first;

	calls->first = NULL;
	calls->end = &calls->first;
	return first;
}

void
bm_calls_begin(struct bm_calls *calls)
{
	pthread_mutex_lock(&calls->lock);
	calls->owner = pthread_self();
	calls->begun = true;
	pthread_mutex_unlock(&calls->lock);
}

void
bm_calls_run(struct bm_calls *calls, struct bm_owner *owner)
{
	struct call *call, *next;

	if (!bm_wake_take(&calls->wake))
		return;
	/* Who has an answer may call again at once: that one comes next time,
	 * so that callers keep the owner from nothing else. */
	pthread_mutex_lock(&calls->lock);
	for (call = take(calls); call != NULL; call = next) {
		next = call->next;
		pthread_mutex_unlock(&calls->lock);
		call->status = call->function(owner, call->argument);
		pthread_mutex_lock(&calls->lock);
		call->done = true;
		pthread_cond_broadcast(&calls->done);
	}
	pthread_mutex_unlock(&calls->lock);
}

void
bm_calls_end(struct bm_calls *calls)
{
	pthread_mutex_lock(&calls->lock);
	calls->ended = true;
	for (struct call *call = take(calls); call != NULL; call = call->next)
		call->done = true;
	pthread_cond_broadcast(&calls->done);
	pthread_mutex_unlock(&calls->lock);
}

int
bm_calls_fd(const struct bm_calls *calls)
{
	return calls->wake.fd[0];
}
