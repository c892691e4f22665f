/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Finding a transaction in the chain or the reservoir, and waiting for it.
 *
 * A thread that waits asks again after every change of the chain or the
 * reservoir, and sleeps in between.  Which transaction has changed is not told
 * to it: one that this node has never seen may become known by a block, and
 * asking takes a few microseconds.
 */
#include <bitmarkpeer/os.h>

#include "chain/commit.h"
#include "codec/sized.h"
#include "node/node.h"

struct question {
	const uint8_t *tx_id;
	struct bitmark_tx_place *place;
	uint64_t commit;                /* of the store, which does not have
	                                   it; 0: none was asked             */
};

static bitmark_status
find_block(struct bitmark_snapshot *snapshot, const struct question *q)
{
	struct bitmark_confirmed confirmed = { .struct_size =
	    sizeof confirmed };
	bitmark_status status = bitmark_snapshot_transaction(snapshot,
	    q->tx_id, &confirmed);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_digest(snapshot, confirmed.number,
		    q->place->digest);
	q->place->number = confirmed.number;
	return status;
}

/* Looks in the chain, by a snapshot of this thread's own: a transaction that is
 * found there needs no wait for the owner's state.  False: ask the owner's
 * state, also after an error. */
static bool
is_confirmed(const struct bitmark_node *node, struct question *q)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status;

	if (bitmark_snapshot_open(node->chain, &snapshot) != BITMARK_OK)
		return false;
	status = find_block(snapshot, q);
	if (status == BITMARK_E_NOT_FOUND)
		q->commit = bm_snapshot_commit(snapshot);
	bitmark_snapshot_close(snapshot);
	if (status == BITMARK_OK)
		q->place->status = BITMARK_TX_STATUS_CONFIRMED;
	return status == BITMARK_OK;
}

/* The snapshot is opened only when this thread has the owner's state.
 * Otherwise this thread could wait for the state while the owner waits for the
 * end of all snapshots, to enlarge LMDB's map. */
static bitmark_status
find_confirmed(const struct bm_state *state, const struct question *q)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status = bitmark_snapshot_open(state->chain, &snapshot);

	if (status == BITMARK_OK)
		status = bitmark_reservoir_status(state->reservoir, snapshot,
		    q->tx_id, &q->place->status);
	if (status == BITMARK_OK &&
	    q->place->status == BITMARK_TX_STATUS_CONFIRMED)
		status = find_block(snapshot, q);
	bitmark_snapshot_close(snapshot);
	return status;
}

/* A bm_task_fn.  The chain was searched by is_confirmed; it is searched again
 * only if there was a commit since. */
static bitmark_status
find(void *owner, void *argument)
{
	const struct bm_state *state = &((struct bm_owner *)owner)->state;
	const struct question *q = argument;
	bitmark_status status = bitmark_reservoir_status(state->reservoir,
	    NULL, q->tx_id, &q->place->status);

	if (status != BITMARK_OK ||
	    q->place->status != BITMARK_TX_STATUS_UNKNOWN ||
	    (q->commit != 0 && q->commit == bm_chain_commit(state->chain)))
		return status;
	return find_confirmed(state, q);
}

/* ${found} is cleared first: it may hold the result of an earlier call, and the
 * block may have been rolled back since. */
static bitmark_status
ask(struct bitmark_node *node, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    bool waits, struct bitmark_tx_place *place)
{
	struct question q = { tx_id, place, 0 };

	*place = (struct bitmark_tx_place){ .struct_size = sizeof *place };
	if (is_confirmed(node, &q))
		return BITMARK_OK;
	*place = (struct bitmark_tx_place){ .struct_size = sizeof *place };
	return waits ? bm_tasks_do(node->tasks, BM_TASK_LOOKS, find, &q) :
	    bm_tasks_try(node->tasks, find, &q);
}

bitmark_status
bitmark_node_transaction(struct bitmark_node *node,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], struct bitmark_tx_place *place)
{
	struct bitmark_tx_place found = { .struct_size = sizeof found };
	bitmark_status status;

	if (!BM_FITS(bitmark_tx_place, place))
		return BITMARK_E_ARGUMENT;
	status = ask(node, tx_id, true, &found);
	return status == BITMARK_OK ?
	    BM_OUT(bitmark_tx_place, place, &found) : status;
}

bitmark_status
bitmark_node_tx_status(struct bitmark_node *node,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], enum bitmark_tx_status *status)
{
	struct bitmark_tx_place found = { .struct_size = sizeof found };
	bitmark_status failed = ask(node, tx_id, true, &found);

	if (failed == BITMARK_OK)
		*status = found.status;
	return failed;
}

bitmark_status
bitmark_node_try_tx_status(struct bitmark_node *node,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], enum bitmark_tx_status *status)
{
	struct bitmark_tx_place found = { .struct_size = sizeof found };
	bitmark_status failed = ask(node, tx_id, false, &found);

	if (failed == BITMARK_OK)
		*status = found.status;
	return failed;
}

/* A transaction that was known and is not known any more will not come back: it
 * has expired, or another one took its place.  One that was never known may
 * still come, so the wait goes on. */
static bitmark_status
wait_for(struct bitmark_node *node, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    enum bitmark_tx_status wanted, uint64_t end_ms,
    struct bitmark_tx_place *found)
{
	bitmark_status status;
	bool known = false;
	uint64_t seen;

	do {
		/* The number is read before the question, so that a change
		 * after the question ends the wait that follows. */
		seen = bm_tasks_changes(node->tasks);
		status = ask(node, tx_id, true, found);
		if (status != BITMARK_OK || found->status >= wanted)
			return status;
		if (known && found->status == BITMARK_TX_STATUS_UNKNOWN)
			return BITMARK_E_NOT_FOUND;
		known = found->status != BITMARK_TX_STATUS_UNKNOWN;
		status = bm_tasks_await_change(node->tasks, seen, end_ms);
	} while (status == BITMARK_OK);
	return status;
}

/* bm_tasks_enter counts this thread as inside for the whole wait, so that
 * bitmark_node_stop does not free the node's parts while it waits. */
bitmark_status
bitmark_node_wait(struct bitmark_node *node,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], enum bitmark_tx_status wanted,
    uint64_t timeout_ms, struct bitmark_tx_place *place)
{
	const uint64_t now_ms = bitmark_clock_ms();
	struct bitmark_tx_place found = { .struct_size = sizeof found };
	bitmark_status status;

	if (!BM_FITS(bitmark_tx_place, place))
		return BITMARK_E_ARGUMENT;
	bm_tasks_enter(node->tasks);
	status = wait_for(node, tx_id, wanted, timeout_ms > UINT64_MAX -
	    now_ms ? UINT64_MAX : now_ms + timeout_ms, &found);
	bm_tasks_leave(node->tasks);
	(void)BM_OUT(bitmark_tx_place, place, &found);
	return status;
}

int
bitmark_node_fd(const struct bitmark_node *node)
{
	return bm_tasks_change_fd(node->tasks);
}

void
bitmark_node_clear(struct bitmark_node *node)
{
	bm_tasks_clear_change(node->tasks);
}
