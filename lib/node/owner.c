/* The owner thread: wait for something to happen, then have it dealt with. */
#include "node/owner.h"

#include <stdlib.h>
#include <zmq.h>

#include "codec/log.h"

/* The longest that is waited for nothing. */
#define WAIT_MAX_MS 10000

/* Places of the items that are always there; the others follow. */
enum item {
	ITEM_STOP,
	ITEM_HASHING,
	ITEM_INBOX,
	ITEM_CALLS,
	ITEM_OTHERS,
};

uint64_t
bm_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bitmark_status
bm_owner_new(struct bm_owner **owner, struct bitmark_node *node)
{
	struct bm_owner *o = calloc(1, sizeof *o);
	bitmark_status status;

	*owner = o;
	if (o == NULL)
		return BITMARK_E_NOMEM;
	o->node = node;
	o->state.settings = &node->settings;
	o->state.chain = node->chain;
	o->early_end = &o->early;
	o->told_mode = BITMARK_MODE_RESYNCHRONISE;
	bm_now_read(&o->state.now);
	status = bm_wake_init(&o->stop);
	if (status == BITMARK_OK)
		status = bm_follow_new(o);
	if (status == BITMARK_OK)
		status = bm_clients_new(o);
	if (status == BITMARK_OK)
		status = bitmark_rpc_list_new(&o->rpcs, 0);
	if (status == BITMARK_OK && node->settings.rpc.connections_size != 0)
		status = bitmark_rpc_list_set_local(o->rpcs,
		    (struct bitmark_announcement){ { node->settings.rpc.fingerprint,
		    sizeof node->settings.rpc.fingerprint },
		    { node->settings.rpc.connections,
		    node->settings.rpc.connections_size }, o->state.now.s });
	if (status == BITMARK_OK)
		status = bm_state_open(&o->state, node->settings.event !=
		    NULL ? bm_bus_transaction : NULL, o);
	if (status != BITMARK_OK)
		return status;
	o->items = calloc(ITEM_OTHERS + BM_BOOTSTRAP_ITEMS +
	    BM_PUBLISHER_ITEMS + BM_DEALER_ITEMS * o->client_count,
	    sizeof *o->items);
	return o->items == NULL ? BITMARK_E_NOMEM : BITMARK_OK;
}

void
bm_owner_close(struct bm_owner *o)
{
	if (o == NULL)
		return;
	bm_bootstrap_close(o);
	bm_clients_free(o);
	bm_state_close(&o->state);
}

void
bm_owner_free(struct bm_owner *o)
{
	if (o == NULL)
		return;
	bm_bus_drop_early(o);
	bm_follow_free(o);
	bitmark_rpc_list_free(o->rpcs);
	bm_wake_fini(&o->stop);
	free(o->items);
	free(o);
}

void
bm_owner_stop(struct bm_owner *o)
{
	bm_wake_signal(&o->stop);
}

static uint64_t
next_deadline(const struct bm_owner *o, bool busy)
{
	uint64_t deadline = o->state.now.ms + WAIT_MAX_MS;

	if (busy)
		return o->state.now.ms;
	deadline = bm_earlier(deadline, o->follow.deadline_ms);
	deadline = bm_earlier(deadline, bm_clients_deadline(o));
	deadline = bm_earlier(deadline, bm_bus_deadline(o));
	return bm_earlier(deadline, bm_announcer_deadline(o));
}

/* Wait for a socket, a digest, a request, the stop, or the next deadline;
 * not at all when there is more to do.  False: stop. */
static bool
wait(struct bm_owner *o, bool busy)
{
	uint64_t deadline = next_deadline(o, busy);
	size_t count = ITEM_OTHERS;

	o->items[ITEM_STOP] = (zmq_pollitem_t){ NULL, o->stop.fd[0],
	    ZMQ_POLLIN, 0 };
	o->items[ITEM_HASHING] = (zmq_pollitem_t){ NULL,
	    bm_hashing_fd(o->follow.hashing), ZMQ_POLLIN, 0 };
	o->items[ITEM_INBOX] = (zmq_pollitem_t){ NULL,
	    bm_inbox_fd(o->node->inbox), ZMQ_POLLIN, 0 };
	o->items[ITEM_CALLS] = (zmq_pollitem_t){ NULL,
	    bm_calls_fd(o->node->calls), ZMQ_POLLIN, 0 };
	count += bm_bus_items(o, o->items + count);
	count += bm_bootstrap_items(o, o->items + count);
	count += bm_clients_items(o, o->items + count);
	bm_now_read(&o->state.now);
	(void)zmq_poll(o->items, (int)count,
	    deadline <= o->state.now.ms ? 0 : (long)(deadline - o->state.now.ms));
	bm_now_read(&o->state.now);
	return (o->items[ITEM_STOP].revents & ZMQ_POLLIN) == 0;
}

/* Digests of blocks that were fetched have a token, of those that were pushed
 * none. */
static void
collect(struct bm_owner *o)
{
	struct bm_hashed *hashed;

	bm_hashing_wake(o->follow.hashing);
	while ((hashed = bm_hashing_take(o->follow.hashing)) != NULL) {
		if (hashed->token != 0)
			bm_follow_hashed(o, hashed);
		else
			bm_process_hashed(o, hashed);
		free(hashed);
	}
	bm_follow_run(o);
}

/* When no block came or went for a while.  Source: local choice */
#define REST_MS 60000

/* What a large change left behind is given back once nothing follows it. */
static void
rest(struct bm_owner *o)
{
	const uint64_t before = o->rest_number;
	struct bitmark_tip tip;
	bitmark_status status;

	if (o->state.now.ms < o->rest_ms)
		return;
	o->rest_ms = o->state.now.ms + REST_MS;
	bitmark_chain_tip(o->state.chain, &tip);
	o->rest_number = tip.number;
	if (tip.number != before)
		return;
	status = bitmark_chain_trim(o->state.chain);
	/* Somebody reads or blocks wait for their commit: another time. */
	if (status != BITMARK_OK && status != BITMARK_E_TIMEOUT &&
	    status != BITMARK_E_STATE)
		bm_log(&o->node->settings.env, BITMARK_LOG_WARN, "node",
		    "memory of the store is not given back: %s",
		    bitmark_strerror(status));
}

/* Everything that is there; true: there may be more. */
static bool
turn(struct bm_owner *o)
{
	bool more;

	collect(o);
	bm_clients_drive(o);
	bm_follow_run(o);
	bm_follow_hurry(o);
	bm_calls_run(o->node->calls, o);
	bm_inbox_wake(o->node->inbox);
	more = bm_process_inbox(o);
	bm_bootstrap_run(o);
	bm_announcer_run(o);
	bm_bus_drive(o);
	if (!more)
		rest(o);
	bm_status_publish(o);
	return more;
}

void
bm_owner_begin(struct bm_owner *o)
{
	bm_now_read(&o->state.now);
	bm_announcer_start(o);
	bm_follow_hurry(o);
	bm_status_publish(o);
}

static void
stopped(struct bitmark_node *node)
{
	pthread_mutex_lock(&node->status_lock);
	node->status.mode = BITMARK_MODE_STOPPED;
	pthread_mutex_unlock(&node->status_lock);
	bm_bus_mode(node, BITMARK_MODE_STOPPED);
}

void *
bm_owner_run(void *owner)
{
	struct bm_owner *o = owner;
	bool more = false;

	bm_calls_begin(o->node->calls);
	bm_bus_catch_up(o);
	bm_status_publish(o);           /* the mode, if it is another */
	while (wait(o, more))
		more = turn(o);
	bm_follow_settle(o);
	bm_announcer_save(o);
	bm_calls_end(o->node->calls);
	stopped(o->node);
	return NULL;
}
