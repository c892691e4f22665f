/*
 * What peers and the program hand over.
 *
 * A transaction passes three points in a turn.  It is checked and kept in
 * memory by the reservoir, which adds its row to an open change of the journal;
 * the change is committed, once for all transactions of the turn; then it is
 * passed on to peers and subscribers, and the program gets its answer.  A
 * commit waits for the disk, so a turn of a hundred transactions takes the time
 * of one; and nothing is told to anybody that a crash could still undo.
 *
 * Between the first change and the commit the journal holds the store's one
 * write transaction.  Nothing here may write to the chain in that time, or it
 * would wait for itself; pushed blocks are looked at after the commit, and
 * stored by sync in the next turn.
 */
#include "node/intake.h"

#include <bitmarkpeer/os.h>

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"

#define MODULE "process"
/* Requests, bytes of them, and time of one turn, before connections are looked
 * at again.  The bytes are well below the room that the journal has for one
 * change. */
#define TURN_MAX 100
#define TURN_BYTES ((size_t)8 << 20)
#define TURN_MS 50
/* Assets of one message.  Source: local bound; bitmarkd sends those of a
 * bundle, 100 at most. */
#define ASSETS_MAX 1000

/* A message that is passed on when the turn is committed. */
struct accepted {
	STAILQ_ENTRY(accepted) entry;
	enum bitmark_request_kind kind;
	size_t size;
	uint8_t bytes[];
};

struct bm_intake {
	struct bm_intake_needs needs;
	bool changing;                  /* a change of the reservoir is open */
	STAILQ_HEAD(, accepted) accepted;
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
	STAILQ_INIT(&in->accepted);
	return BITMARK_OK;
}

void
bm_intake_free(struct bm_intake *in)
{
	free(in);
}

static const struct bitmark_env *
env(const struct bm_intake *in)
{
	return &in->needs.state->settings->env;
}

static const char *
name_of(enum bitmark_request_kind kind)
{
	switch (kind) {
	case BITMARK_REQUEST_BLOCK: return "block";
	case BITMARK_REQUEST_ASSETS: return "assets";
	case BITMARK_REQUEST_ISSUES: return "issues";
	case BITMARK_REQUEST_TRANSFER: return "transfer";
	case BITMARK_REQUEST_PROOF: return "proof";
	case BITMARK_REQUEST_RPC: return "rpc";
	case BITMARK_REQUEST_PEER: return "peer";
	case BITMARK_REQUEST_REGISTER: return "register";
	case BITMARK_REQUEST_NONE:
	case BITMARK_REQUEST_HEART:
	case BITMARK_REQUEST_UNKNOWN:
		break;
	}
	return "request";
}

/* Peers echo what this node relays, so what is known already, or confirmed
 * and gone, does not count as dropped. */
static void
note_result(struct bm_intake *in, enum bitmark_request_kind kind,
    bitmark_status status)
{
	if (status == BITMARK_OK || status == BITMARK_E_TX_EXISTS ||
	    status == BITMARK_E_NOT_FOUND)
		return;
	in->dropped++;
	bm_log(env(in), BITMARK_LOG_DEBUG, MODULE, "%s dropped: %s",
	    name_of(kind), bitmark_strerror(status));
}

uint64_t
bm_intake_dropped(const struct bm_intake *in)
{
	return in->dropped;
}

/*
 * One turn, one commit.
 */

/* Called before the first change of a turn, and not for a turn without any: a
 * journal that has missed a change is written anew by each commit. */
static void
begin_change(struct bm_intake *in)
{
	if (!in->changing)
		bitmark_reservoir_begin(in->needs.state->reservoir);
	in->changing = true;
}

/* Without memory for it the transaction stays accepted: it is sent with the
 * next rebroadcast. */
static void
pass_on_later(struct bm_intake *in, enum bitmark_request_kind kind,
    struct bitmark_span data)
{
	struct accepted *a = malloc(sizeof *a + data.size);

	if (a == NULL) {
		bm_log(env(in), BITMARK_LOG_ERROR, MODULE,
		    "%s is not relayed: %s", name_of(kind),
		    bitmark_strerror(BITMARK_E_NOMEM));
		return;
	}
	a->kind = kind;
	a->size = data.size;
	memcpy(a->bytes, data.data, data.size);
	STAILQ_INSERT_TAIL(&in->accepted, a, entry);
}

/* Pass on what was accepted in this turn; after an error of the commit it is
 * not durable, so nobody is told. */
static void
pass_on(struct bm_intake *in, bitmark_status committed)
{
	struct accepted *a;

	while ((a = STAILQ_FIRST(&in->accepted)) != NULL) {
		const struct bitmark_span data = { a->bytes, a->size };

		STAILQ_REMOVE_HEAD(&in->accepted, entry);
		note_result(in, a->kind, committed);
		if (committed == BITMARK_OK) {
			bm_log(env(in), BITMARK_LOG_DEBUG, MODULE,
			    "%s accepted", name_of(a->kind));
			bm_events_tell(in->needs.events,
			    BITMARK_MESSAGE_TRANSACTION, name_of(a->kind),
			    &data, 1);
		}
		free(a);
	}
}

/* After an error the reservoir keeps the transactions in memory and writes all
 * of them with its next change.  They are not lost, but were not acknowledged,
 * so whoever sent them may send them again. */
static bitmark_status
commit_change(struct bm_intake *in)
{
	bitmark_status status = BITMARK_OK;

	if (in->changing)
		status = bitmark_reservoir_commit(in->needs.state->reservoir);
	in->changing = false;
	pass_on(in, status);
	return status;
}

/*
 * Transactions.
 */

/* Canonical records, one after the other. */
struct joined {
	uint8_t *bytes;
	size_t size, capacity;
	bool fresh;
};

static bitmark_status
join(struct joined *j, struct bitmark_span record)
{
	if (record.size > j->capacity - j->size) {
		/* No overflow: the record was parsed from a message, and its
		 * canonical encoding is never longer than that. */
		size_t capacity = 2 * (j->capacity + record.size);
		uint8_t *bytes = realloc(j->bytes, capacity);

		if (bytes == NULL)
			return BITMARK_E_NOMEM;
		j->bytes = bytes;
		j->capacity = capacity;
	}
	memcpy(j->bytes + j->size, record.data, record.size);
	j->size += record.size;
	return BITMARK_OK;
}

static bitmark_status
take_each_asset(struct bm_state *state, struct bitmark_snapshot *snapshot,
    struct bitmark_span data, struct joined *j)
{
	bitmark_status status = BITMARK_OK;

	for (unsigned i = 0; data.size > 0 && status == BITMARK_OK; i++) {
		struct bitmark_asset_result result = {
			.struct_size = sizeof result };

		status = i == ASSETS_MAX ? BITMARK_E_TOO_MANY :
		    bitmark_reservoir_asset(state->reservoir, snapshot,
		    state->now.s, data.data, data.size, &result);
		if (status != BITMARK_OK)
			break;
		j->fresh = j->fresh || result.fresh;
		status = join(j, result.relay);
		data.data += result.used;
		data.size -= result.used;
	}
	return status;
}

/* Relayed when all are good and one is new.
 * Source: bitmarkd v8.2 peer/process.go processAssets */
static bitmark_status
take_assets(struct bm_intake *in, struct bitmark_snapshot *snapshot,
    struct bitmark_span data)
{
	struct joined j = { 0 };
	bitmark_status status = take_each_asset(in->needs.state, snapshot,
	    data, &j);

	if (status == BITMARK_OK && !j.fresh)
		status = BITMARK_E_TX_EXISTS;
	if (status == BITMARK_OK)
		pass_on_later(in, BITMARK_REQUEST_ASSETS,
		    (struct bitmark_span){ j.bytes, j.size });
	free(j.bytes);
	return status;
}

static bitmark_status
take_unit(struct bm_intake *in, struct bitmark_snapshot *snapshot,
    enum bitmark_request_kind kind, struct bitmark_span data,
    struct bitmark_unit_result *result)
{
	struct bm_state *state = in->needs.state;
	bitmark_status status = kind == BITMARK_REQUEST_ISSUES ?
	    bitmark_reservoir_issues(state->reservoir, snapshot,
	    state->now.s, data.data, data.size, result) :
	    bitmark_reservoir_transfer(state->reservoir, snapshot,
	    state->now.s, data.data, data.size, result);

	if (status == BITMARK_OK && result->duplicate)
		status = BITMARK_E_TX_EXISTS;
	if (status == BITMARK_OK)
		pass_on_later(in, kind, result->relay);
	return status;
}

static bitmark_status
take_proof(struct bm_intake *in, struct bitmark_snapshot *snapshot,
    struct bitmark_span data)
{
	enum bitmark_proof_result result;
	bitmark_status status;

	if (data.size < BITMARK_PAY_ID_SIZE)
		return BITMARK_E_NONCE;
	status = bitmark_reservoir_proof(in->needs.state->reservoir, snapshot,
	    data.data, data.data + BITMARK_PAY_ID_SIZE,
	    data.size - BITMARK_PAY_ID_SIZE, &result);
	if (status != BITMARK_OK)
		return status;
	switch (result) {
	case BITMARK_PROOF_ACCEPTED:
		pass_on_later(in, BITMARK_REQUEST_PROOF, data);
		return BITMARK_OK;
	case BITMARK_PROOF_INVALID:
		return BITMARK_E_NONCE;
	case BITMARK_PROOF_NOT_FOUND:
		break;
	}
	return BITMARK_E_NOT_FOUND;
}

/* Assets, issues, a transfer or a proof.  ${result}: of issues and a
 * transfer. */
static bitmark_status
take_transaction(struct bm_intake *in, enum bitmark_request_kind kind,
    struct bitmark_span data, struct bitmark_unit_result *result)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status = BITMARK_E_STORE;

	if (data.size == 0)
		return BITMARK_E_MISSING_PARAMETERS;
	if (!bm_sync_is_normal(in->needs.sync))
		return BITMARK_E_STATE;
	begin_change(in);
	snapshot = bm_state_snapshot(in->needs.state);
	if (snapshot == NULL)
		return status;
	if (kind == BITMARK_REQUEST_ASSETS)
		status = take_assets(in, snapshot, data);
	else if (kind == BITMARK_REQUEST_PROOF)
		status = take_proof(in, snapshot, data);
	else
		status = take_unit(in, snapshot, kind, data, result);
	bm_state_release(in->needs.state);
	return status;
}

/*
 * What peers sent.
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
	bool more;

	bm_inbox_wake(in->needs.inbox);
	bm_tasks_run(in->needs.tasks, in->needs.tasks_user);
	more = take_others(in);
	bm_tasks_answer(in->needs.tasks, commit_change(in));
	take_blocks(in);
	return more;
}

/*
 * What the program hands over.
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

bitmark_status
bm_intake_submit(struct bm_intake *in, enum bitmark_submission what,
    struct bitmark_span data, struct bitmark_unit_result *result)
{
	enum bitmark_request_kind kind = BITMARK_REQUEST_NONE;
	bitmark_status status;

	switch (what) {
	case BITMARK_SUBMIT_BLOCK:
		return queue_block(in, data);
	case BITMARK_SUBMIT_ASSETS:
		kind = BITMARK_REQUEST_ASSETS;
		break;
	case BITMARK_SUBMIT_ISSUES:
		kind = BITMARK_REQUEST_ISSUES;
		break;
	case BITMARK_SUBMIT_TRANSFER:
		kind = BITMARK_REQUEST_TRANSFER;
		break;
	case BITMARK_SUBMIT_PROOF:
		kind = BITMARK_REQUEST_PROOF;
		break;
	}
	if (kind == BITMARK_REQUEST_NONE)
		return BITMARK_E_ARGUMENT;
	status = take_transaction(in, kind, data, result);
	/* It points into the reservoir, which another thread may not read. */
	result->relay = (struct bitmark_span){ NULL, 0 };
	return status;
}

bitmark_status
bm_intake_import(struct bm_intake *in, struct bitmark_span data,
    struct bitmark_import *counts)
{
	struct bm_state *state = in->needs.state;
	struct bitmark_snapshot *snapshot;
	bitmark_status status = BITMARK_E_STORE;

	if (!bm_sync_is_normal(in->needs.sync))
		return BITMARK_E_STATE;
	begin_change(in);
	snapshot = bm_state_snapshot(state);
	if (snapshot != NULL)
		status = bitmark_reservoir_import(state->reservoir, snapshot,
		    state->now.s, data.data, data.size, counts);
	bm_state_release(state);
	return status;
}

bitmark_status
bm_intake_payment(struct bm_intake *in,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	struct bm_state *state = in->needs.state;

	begin_change(in);
	return bitmark_reservoir_payment(state->reservoir, state->now.s,
	    pay_id, paid, verified);
}
