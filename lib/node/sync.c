/*
 * The plain synchroniser: follow the static peers, fetch what they have and
 * we do not, verify, store.  One thread, the owner of the store; it waits in
 * one place and for nothing in particular.
 */
#include "node/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "codec/log.h"

/* Blocks, and time, that are committed together at the most. */
#define BATCH_BLOCKS 100
#define BATCH_MS 1000
/* Rest after a failure of the machine, not of a peer. */
#define MACHINE_REST_MS 10000
/* Time over which blocks per second are averaged. */
#define RATE_MS 5000

bitmark_status
bm_sync_new(struct bm_sync **sync, struct bitmark_node *node)
{
	struct bm_sync *s = calloc(1, sizeof *s);
	bitmark_status status;

	*sync = NULL;
	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->node = node;
	s->stop[0] = s->stop[1] = -1;
	s->peers = calloc(node->peer_count + 1, sizeof *s->peers);
	s->items = calloc(
	    BM_DEALER_ITEMS * node->peer_count + 2, sizeof *s->items);
	status = s->peers == NULL || s->items == NULL ? BITMARK_E_NOMEM :
	    bm_fetches_new(&s->fetches, node->digests, node->ahead_bytes);
	if (status == BITMARK_OK && pipe(s->stop) != 0)
		status = BITMARK_E_IO;
	if (status != BITMARK_OK) {
		bm_sync_free(s);
		return status;
	}
	(void)fcntl(s->stop[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(s->stop[1], F_SETFD, FD_CLOEXEC);
	*sync = s;
	return BITMARK_OK;
}

void
bm_sync_free(struct bm_sync *s)
{
	if (s == NULL)
		return;
	bm_fetches_free(s->fetches);
	for (int i = 0; i < 2; i++)
		if (s->stop[i] >= 0)
			close(s->stop[i]);
	free(s->items);
	free(s->peers);
	free(s);
}

void
bm_sync_stop(struct bm_sync *s)
{
	ssize_t written;

	do {
		written = write(s->stop[1], "", 1);
	} while (written < 0 && errno == EINTR);
}

static void
commit(struct bm_sync *s)
{
	bitmark_status status;

	if (s->batched == 0)
		return;
	s->batched = 0;
	status = bitmark_chain_batch_commit(s->node->chain);
	if (status == BITMARK_OK)
		return;
	bm_log(&s->node->env, BITMARK_LOG_ERROR, "sync",
	    "blocks could not be stored: %s", bitmark_strerror(status));
	s->rest_until = s->now + MACHINE_REST_MS;
}

/* Start fetching again behind what is stored. */
static void
restart(struct bm_sync *s)
{
	struct bitmark_tip tip;

	commit(s);
	bitmark_chain_tip(s->node->chain, &tip);
	bm_fetch_restart(s->fetches, tip.number);
}

static void
refused(struct bm_sync *s, const struct bm_fetched *block,
    bitmark_status status)
{
	struct bm_sync_peer *peer = &s->peers[block->peer];

	if (status > BITMARK_E_STORE) {
		bm_log(&s->node->env, BITMARK_LOG_WARN, "sync",
		    "%s: block %llu refused: %s", peer->address,
		    (unsigned long long)block->number,
		    bitmark_strerror(status));
		bm_sync_peer_set_aside(s, peer);
	} else {
		bm_log(&s->node->env, BITMARK_LOG_ERROR, "sync",
		    "block %llu not stored: %s",
		    (unsigned long long)block->number,
		    bitmark_strerror(status));
		s->rest_until = s->now + MACHINE_REST_MS;
	}
	restart(s);
}

static bitmark_status
add(struct bm_sync *s, const struct bm_fetched *block)
{
	bitmark_status status;

	if (s->batched == 0) {
		status = bitmark_chain_batch_begin(s->node->chain);
		if (status != BITMARK_OK)
			return status;
		s->batch_since = s->now;
		s->batched = 1;
	}
	status = bitmark_chain_add(s->node->chain, block->block, block->size,
	    block->digest, (uint64_t)time(NULL));
	if (status == BITMARK_OK)
		s->batched++;
	return status;
}

/* Store what is complete and next in order. */
static void
apply(struct bm_sync *s)
{
	struct bm_fetched block;

	while (s->now >= s->rest_until && bm_fetch_first(s->fetches, &block)) {
		bitmark_status status = add(s, &block);

		s->now = bm_net_now_ms();
		if (status != BITMARK_OK) {
			refused(s, &block, status);
			return;
		}
		bm_log(&s->node->env, BITMARK_LOG_DEBUG, "sync",
		    "block %llu verified", (unsigned long long)block.number);
		bm_fetch_drop_first(s->fetches);
		s->applied++;
		if (s->batched > BATCH_BLOCKS ||
		    s->now - s->batch_since > BATCH_MS)
			commit(s);
	}
	commit(s);
}

/* Blocks per second, averaged over the last few seconds. */
static void
measure(struct bm_sync *s)
{
	uint64_t elapsed = s->now - s->rate_since;

	if (elapsed < RATE_MS && s->rate_since != 0)
		return;
	s->rate = elapsed == 0 || s->rate_since == 0 ? 0 :
	    (double)s->applied * 1000.0 / (double)elapsed;
	s->applied = 0;
	s->rate_since = s->now;
}

static void
publish(struct bm_sync *s)
{
	struct bitmark_node_status *status = &s->node->status;
	uint64_t target = bm_sync_target(s);
	enum bitmark_mode before = status->mode, mode = before;
	struct bitmark_tip tip;

	measure(s);
	bitmark_chain_tip(s->node->chain, &tip);
	if (s->node->peer_count == 0 || (target != 0 && tip.number >= target))
		mode = BITMARK_MODE_NORMAL;
	else if (target > tip.number + 1)
		mode = BITMARK_MODE_RESYNCHRONISE;
	pthread_mutex_lock(&s->node->status_lock);
	status->mode = mode;
	status->tip = tip;
	status->target = target > tip.number ? target : tip.number;
	status->peers = bm_sync_usable(s);
	status->blocks_per_s = s->rate;
	status->seconds_left = status->target == tip.number ? 0 :
	    s->rate <= 0 ? UINT64_MAX :
	    (uint64_t)((double)(status->target - tip.number) / s->rate);
	pthread_mutex_unlock(&s->node->status_lock);
	if (mode != before)
		bm_log(&s->node->env, BITMARK_LOG_INFO, "sync", "mode: %s",
		    mode == BITMARK_MODE_NORMAL ? "Normal" : "Resynchronise");
}

static void
collect(struct bm_sync *s)
{
	bitmark_status status = bm_fetch_collect(s->fetches);

	if (status == BITMARK_OK || status == BITMARK_E_STOPPED)
		return;
	bm_log(&s->node->env, BITMARK_LOG_ERROR, "sync",
	    "a digest could not be computed: %s", bitmark_strerror(status));
	s->rest_until = s->now + MACHINE_REST_MS;
}

/* Wait for a socket, a digest, the stop, or the next deadline.
 * False: stop. */
static bool
wait(struct bm_sync *s)
{
	uint64_t deadline = bm_sync_deadline(s);
	size_t count = bm_sync_items(s, s->items);
	long timeout;

	s->items[count++] = (zmq_pollitem_t){ NULL,
	    bm_fetches_fd(s->fetches), ZMQ_POLLIN, 0 };
	s->items[count++] = (zmq_pollitem_t){ NULL, s->stop[0], ZMQ_POLLIN,
	    0 };
	s->now = bm_net_now_ms();
	timeout = deadline <= s->now ? 0 : (long)(deadline - s->now);
	(void)zmq_poll(s->items, (int)count, timeout);
	s->now = bm_net_now_ms();
	return (s->items[count - 1].revents & ZMQ_POLLIN) == 0;
}

void *
bm_sync_run(void *sync)
{
	struct bm_sync *s = sync;

	s->now = bm_net_now_ms();
	restart(s);
	bm_sync_connect(s);
	publish(s);
	while (wait(s)) {
		collect(s);
		bm_sync_receive(s);
		apply(s);
		bm_sync_send(s);
		publish(s);
	}
	commit(s);
	bm_sync_disconnect(s);
	return NULL;
}
