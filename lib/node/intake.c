/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Taking in requests of peers, which wait in the inbox, and of the program, which
 * come as tasks.
 *
 * Nothing here may write to the chain while a change of the reservoir's journal
 * is open, because the journal then holds the store's one write transaction,
 * and would be waited for for ever.  So pushed blocks are looked at after the
 * commit, and stored by sync in the next turn.
 */
#include "node/intake.h"

#include <bitmarkpeer/os.h>

#include <stdlib.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "node/refusals.h"
#include "node/transactions.h"

#define MODULE "process"
/* Requests, bytes of them, and time of one turn, before connections are looked
 * at again.  The bytes are well below the room that the journal has for one
 * change. */
#define TURN_MAX 100
#define TURN_BYTES ((size_t)8 << 20)
#define TURN_MS 50

struct bm_intake {
	struct bm_intake_needs needs;
	struct bm_transactions transactions;
	struct bm_refusals refusals;
	uint64_t dropped;
};

bitmark_status
bm_intake_new(struct bm_intake **intake, const struct bm_intake_needs *needs)
{
	struct bm_intake *in = calloc(1, sizeof *in);

	*intake = in;
	if (in == NULL)
		return BITMARK_E_NOMEM;
	in->needs = *needs;
	bm_transactions_init(&in->transactions, needs->state, needs->events);
	bm_refusals_init(&in->refusals, &needs->state->settings->env);
	return BITMARK_OK;
}

void
bm_intake_free(struct bm_intake *in)
{
	if (in != NULL)
		bm_transactions_fini(&in->transactions);
	free(in);
}

static const struct bitmark_env *
env(const struct bm_intake *in)
{
	return &in->needs.state->settings->env;
}

/* Peers echo what this node relays, so what is known already, or confirmed
 * and gone, is not refused.  While the node is not in step it can judge
 * nothing, and drops all that peers send: that is no fault of theirs, and not
 * worth a line for each. */
static void
note_result(struct bm_intake *in, enum bitmark_request_kind kind,
    bitmark_status status)
{
	if (status == BITMARK_OK || status == BITMARK_E_TX_EXISTS ||
	    status == BITMARK_E_NOT_FOUND)
		return;
	in->dropped++;
	if (status == BITMARK_E_STATE)
		bm_log(env(in), BITMARK_LOG_DEBUG, MODULE,
		    "%s dropped: the mode is not Normal",
		    bm_request_name(kind));
	else
		bm_refusals_note(&in->refusals, in->needs.state->now.ms,
		    bm_request_name(kind), status);
}

uint64_t
bm_intake_dropped(const struct bm_intake *in)
{
	return in->dropped;
}

/* Assets, issues, a transfer or a proof.  ${result}: of issues and a
 * transfer, and whether assets are known. */
static bitmark_status
take_transaction(struct bm_intake *in, enum bitmark_request_kind kind,
    struct bitmark_span data, struct bitmark_unit_result *result)
{
	return bm_sync_is_normal(in->needs.sync) ?
	    bm_transactions_take(&in->transactions, kind, data, result) :
	    BITMARK_E_STATE;
}

/*
 * Requests of peers.
 */

static bitmark_status
take_announcement(struct bm_intake *in, const struct bm_inbox_item *item)
{
	const struct bitmark_announcement announcement = {
		item->parameter[0], item->parameter[1],
		bm_get_u64be(item->parameter[2].data) };

	return bm_peers_hear(in->needs.peers, item->kind, item->sender,
	    announcement);
}

static bitmark_status
take_item(struct bm_intake *in, const struct bm_inbox_item *item)
{
	struct bitmark_unit_result result = { .struct_size = sizeof result };

	switch (item->kind) {
	case BITMARK_REQUEST_BLOCK:
		return bm_sync_push(in->needs.sync, item->parameter[0]);
	case BITMARK_REQUEST_ASSETS:
	case BITMARK_REQUEST_ISSUES:
	case BITMARK_REQUEST_TRANSFER:
	case BITMARK_REQUEST_PROOF:
		return take_transaction(in, item->kind, item->parameter[0],
		    &result);
	case BITMARK_REQUEST_RPC:
	case BITMARK_REQUEST_PEER:
		return take_announcement(in, item);
	case BITMARK_REQUEST_NONE:
	case BITMARK_REQUEST_REGISTER:
	case BITMARK_REQUEST_HEART:
	case BITMARK_REQUEST_UNKNOWN:
		break;
	}
	return BITMARK_OK;
}

static void
finish_item(struct bm_intake *in, struct bm_inbox_item *item)
{
	note_result(in, item->kind, take_item(in, item));
	free(item);
}

/* Blocks that wait behind the one being hashed stay in the inbox, where their
 * bounds are kept. */
static void
take_blocks(struct bm_intake *in)
{
	struct bm_inbox_item *item;

	while (!bm_sync_is_pushing(in->needs.sync) && (item =
	    bm_inbox_take(in->needs.inbox, BM_INBOX_BLOCKS)) != NULL)
		finish_item(in, item);
}

/* True: the turn is over, and there may be more.  The bounds keep the owner
 * responsive: connections are served between two turns, and a flood of
 * transactions must not make this node lose its peers.  Checking signatures is
 * what takes time, so the clock is a bound, too. */
static bool
take_others(struct bm_intake *in)
{
	const uint64_t end_ms = bitmark_clock_ms() + TURN_MS;
	size_t bytes = 0;

	for (unsigned i = 0; i < TURN_MAX && bytes < TURN_BYTES &&
	    bitmark_clock_ms() < end_ms; i++) {
		struct bm_inbox_item *item = bm_inbox_take(in->needs.inbox,
		    BM_INBOX_OTHERS);

		if (item == NULL)
			return false;
		bytes += item->size;
		finish_item(in, item);
	}
	return true;
}

/* Tasks come before the inbox: their threads wait.  They are answered after the
 * commit that they share with the inbox. */
bool
bm_intake_run(struct bm_intake *in)
{
	uint64_t lost;
	bool more;

	bm_inbox_wake(in->needs.inbox);
	bm_tasks_run(in->needs.tasks);
	more = take_others(in);
	bm_tasks_answer(in->needs.tasks,
	    bm_transactions_commit(&in->transactions, &lost));
	in->dropped += lost;
	take_blocks(in);
	return more;
}

/*
 * Requests of the program.
 */

/* A block is hashed first, which takes too long for a thread to wait. */
static bitmark_status
queue_block(struct bm_intake *in, struct bitmark_span block)
{
	const struct bitmark_request request = {
		.kind = BITMARK_REQUEST_BLOCK, .count = 1,
		.parameter = { block },
	};

	return block.size == 0 ? BITMARK_E_MISSING_PARAMETERS :
	    bm_inbox_put(in->needs.inbox, 0, &request);
}

static enum bitmark_request_kind
kind_of(enum bitmark_submission what)
{
	switch (what) {
	case BITMARK_SUBMIT_BLOCK: return BITMARK_REQUEST_BLOCK;
	case BITMARK_SUBMIT_ASSETS: return BITMARK_REQUEST_ASSETS;
	case BITMARK_SUBMIT_ISSUES: return BITMARK_REQUEST_ISSUES;
	case BITMARK_SUBMIT_TRANSFER: return BITMARK_REQUEST_TRANSFER;
	case BITMARK_SUBMIT_PROOF: return BITMARK_REQUEST_PROOF;
	}
	return BITMARK_REQUEST_NONE;
}

/* To a program it is no error that a transaction is known: it asks again
 * because its first answer was lost.  A transfer that is settled has given its
 * link away itself, so that the reservoir calls it a double one. */
static bitmark_status
submit(struct bm_intake *in, enum bitmark_request_kind kind,
    struct bitmark_span data, struct bitmark_unit_result *result)
{
	bitmark_status status = take_transaction(in, kind, data, result);
	const bool is_unit = kind == BITMARK_REQUEST_ISSUES ||
	    kind == BITMARK_REQUEST_TRANSFER;

	if (status == BITMARK_E_TX_EXISTS && result->duplicate)
		return BITMARK_OK;
	if (kind == BITMARK_REQUEST_PROOF && status == BITMARK_E_NOT_FOUND &&
	    bm_transactions_is_verified(&in->transactions, data.data)) {
		result->duplicate = true;
		return BITMARK_OK;
	}
	if (is_unit && (status == BITMARK_E_TX_EXISTS ||
	    status == BITMARK_E_DOUBLE_TRANSFER) &&
	    bm_transactions_are_settled(&in->transactions, data, result)) {
		result->settled = status;
		return BITMARK_OK;
	}
	return status;
}

bitmark_status
bm_intake_submit(struct bm_intake *in, enum bitmark_submission what,
    struct bitmark_span data, struct bitmark_unit_result *result)
{
	const enum bitmark_request_kind kind = kind_of(what);
	bitmark_status status = BITMARK_E_ARGUMENT;

	if (kind == BITMARK_REQUEST_BLOCK)
		status = queue_block(in, data);
	else if (kind != BITMARK_REQUEST_NONE)
		status = submit(in, kind, data, result);
	/* It points into the reservoir, which another thread may not read. */
	result->relay = (struct bitmark_span){ NULL, 0 };
	if (status != BITMARK_OK)
		bm_log(env(in), BITMARK_LOG_INFO, MODULE,
		    "%s refused: %s", bm_request_name(kind),
		    status == BITMARK_E_STATE ? "the mode is not Normal" :
		    bitmark_strerror(status));
	return status;
}

bitmark_status
bm_intake_import(struct bm_intake *in, struct bitmark_span data,
    struct bitmark_import *counts)
{
	return bm_sync_is_normal(in->needs.sync) ?
	    bm_transactions_import(&in->transactions, data, counts) :
	    BITMARK_E_STATE;
}

bitmark_status
bm_intake_payment(struct bm_intake *in,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	return bm_transactions_payment(&in->transactions, pay_id, paid,
	    verified);
}
