/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Taking transactions into the reservoir.
 *
 * A transaction passes three points in a turn.  It is checked and kept in
 * memory by the reservoir, which adds its row to an open change of the journal;
 * the change is committed, once for all transactions of the turn; then it is
 * passed on to peers and subscribers, and the program gets its answer.  A
 * commit waits for the disk, so a turn of a hundred transactions takes the time
 * of one; and nothing is told to anybody that a crash could still undo.
 */
#include "node/transactions.h"

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"

#define MODULE "process"
/* Assets of one message.  Source: local bound; bitmarkd sends those of a
 * bundle, 100 at most. */
#define ASSETS_MAX 1000

/* A message that is passed on when the turn is committed. */
struct bm_accepted {
	STAILQ_ENTRY(bm_accepted) entry;
	enum bitmark_request_kind kind;
	size_t size;
	uint8_t bytes[];
};

void
bm_transactions_init(struct bm_transactions *t, struct bm_state *state,
    struct bm_events *events)
{
	*t = (struct bm_transactions){ .state = state, .events = events };
	STAILQ_INIT(&t->accepted);
}

void
bm_transactions_fini(struct bm_transactions *t)
{
	struct bm_accepted *a;

	while ((a = STAILQ_FIRST(&t->accepted)) != NULL) {
		STAILQ_REMOVE_HEAD(&t->accepted, entry);
		free(a);
	}
}

static const struct bitmark_env *
env(const struct bm_transactions *t)
{
	return &t->state->settings->env;
}

const char *
bm_request_name(enum bitmark_request_kind kind)
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

/*
 * One turn, one commit.
 */

/* Called before the first change of a turn.  A turn without changes opens no
 * change of the reservoir: after a failed commit each change tries again to
 * write what the journal has missed, and an idle node would keep a full disk
 * busy with that. */
static void
begin_change(struct bm_transactions *t)
{
	if (!t->changing)
		bitmark_reservoir_begin(t->state->reservoir);
	t->changing = true;
}

/* Notes a message that is passed on after the commit.  When there is no memory
 * for the note the transaction stays accepted, and peers get it with the next
 * rebroadcast. */
static void
pass_on_later(struct bm_transactions *t, enum bitmark_request_kind kind,
    struct bitmark_span data)
{
	struct bm_accepted *a = malloc(sizeof *a + data.size);

	if (a == NULL) {
		bm_log(env(t), BITMARK_LOG_ERROR, MODULE,
		    "%s is not relayed: %s", bm_request_name(kind),
		    bitmark_strerror(BITMARK_E_NOMEM));
		return;
	}
	a->kind = kind;
	a->size = data.size;
	memcpy(a->bytes, data.data, data.size);
	STAILQ_INSERT_TAIL(&t->accepted, a, entry);
}

/* After an error of the commit the transaction is not durable, so nobody is
 * told of it. */
static void
pass_on(struct bm_transactions *t, const struct bm_accepted *a,
    bitmark_status committed)
{
	const struct bitmark_span data = { a->bytes, a->size };
	const char *name = bm_request_name(a->kind);

	if (committed != BITMARK_OK) {
		bm_log(env(t), BITMARK_LOG_DEBUG, MODULE, "%s dropped: %s",
		    name, bitmark_strerror(committed));
		return;
	}
	bm_log(env(t), BITMARK_LOG_DEBUG, MODULE, "%s accepted", name);
	bm_events_tell(t->events, BITMARK_MESSAGE_TRANSACTION, name, &data, 1);
}

/* After an error the reservoir keeps the transactions in memory and writes all
 * of them with its next change.  They are not lost, but were not acknowledged,
 * so the program that sent them may send them again. */
bitmark_status
bm_transactions_commit(struct bm_transactions *t, uint64_t *lost)
{
	bitmark_status status = BITMARK_OK;
	struct bm_accepted *a;

	if (t->changing)
		status = bitmark_reservoir_commit(t->state->reservoir);
	t->changing = false;
	*lost = 0;
	while ((a = STAILQ_FIRST(&t->accepted)) != NULL) {
		STAILQ_REMOVE_HEAD(&t->accepted, entry);
		pass_on(t, a, status);
		*lost += status != BITMARK_OK;
		free(a);
	}
	return status;
}

/*
 * Assets.
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

/* The number of assets that were taken, and those that were known, are told up
 * to the bound of the result. */
static void
note_asset(struct bitmark_unit_result *result, bool fresh)
{
	if (result->count < BITMARK_BUNDLE_MAX)
		result->known[result->count++] = !fresh;
}

static bitmark_status
take_each_asset(struct bm_state *state, struct bitmark_snapshot *snapshot,
    struct bitmark_span data, struct joined *j,
    struct bitmark_unit_result *told)
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
		note_asset(told, result.fresh);
		status = join(j, result.relay);
		data.data += result.used;
		data.size -= result.used;
	}
	return status;
}

/*
 * Assets are relayed when one of them is new, even if a later one is refused:
 * each is valid by itself and stays in the cache, and other nodes need it for
 * its issues.  bitmarkd does not relay the good ones of such a message [S-18].
 * Source: bitmarkd v8.2 peer/process.go processAssets
 */
static bitmark_status
take_assets(struct bm_transactions *t, struct bitmark_snapshot *snapshot,
    struct bitmark_span data, struct bitmark_unit_result *told)
{
	struct joined j = { 0 };
	bitmark_status status = take_each_asset(t->state, snapshot, data, &j,
	    told);

	told->duplicate = status == BITMARK_OK && !j.fresh;
	if (j.fresh)
		pass_on_later(t, BITMARK_REQUEST_ASSETS,
		    (struct bitmark_span){ j.bytes, j.size });
	else if (status == BITMARK_OK)
		status = BITMARK_E_TX_EXISTS;
	free(j.bytes);
	return status;
}

/*
 * Issues and transfers.
 */

static bitmark_status
take_unit(struct bm_transactions *t, struct bitmark_snapshot *snapshot,
    enum bitmark_request_kind kind, struct bitmark_span data,
    struct bitmark_unit_result *result)
{
	struct bm_state *state = t->state;
	bitmark_status status = kind == BITMARK_REQUEST_ISSUES ?
	    bitmark_reservoir_issues(state->reservoir, snapshot,
	    state->now.s, data.data, data.size, result) :
	    bitmark_reservoir_transfer(state->reservoir, snapshot,
	    state->now.s, data.data, data.size, result);

	if (status == BITMARK_OK && result->duplicate)
		status = BITMARK_E_TX_EXISTS;
	if (status == BITMARK_OK)
		pass_on_later(t, kind, result->relay);
	return status;
}

/*
 * Proofs, and all kinds.
 */

static bitmark_status
take_proof(struct bm_transactions *t, struct bitmark_snapshot *snapshot,
    struct bitmark_span data)
{
	enum bitmark_proof_result result;
	bitmark_status status;

	if (data.size < BITMARK_PAY_ID_SIZE)
		return BITMARK_E_NONCE;
	status = bitmark_reservoir_proof(t->state->reservoir, snapshot,
	    data.data, data.data + BITMARK_PAY_ID_SIZE,
	    data.size - BITMARK_PAY_ID_SIZE, &result);
	if (status != BITMARK_OK)
		return status;
	switch (result) {
	case BITMARK_PROOF_ACCEPTED:
		pass_on_later(t, BITMARK_REQUEST_PROOF, data);
		return BITMARK_OK;
	case BITMARK_PROOF_INVALID:
		return BITMARK_E_NONCE;
	case BITMARK_PROOF_NOT_FOUND:
		break;
	}
	return BITMARK_E_NOT_FOUND;
}

bitmark_status
bm_transactions_take(struct bm_transactions *t,
    enum bitmark_request_kind kind, struct bitmark_span data,
    struct bitmark_unit_result *result)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status = BITMARK_E_STORE;

	if (data.size == 0)
		return BITMARK_E_MISSING_PARAMETERS;
	begin_change(t);
	snapshot = bm_state_snapshot(t->state);
	if (snapshot == NULL)
		return status;
	if (kind == BITMARK_REQUEST_ASSETS)
		status = take_assets(t, snapshot, data, result);
	else if (kind == BITMARK_REQUEST_PROOF)
		status = take_proof(t, snapshot, data);
	else
		status = take_unit(t, snapshot, kind, data, result);
	bm_state_release(t->state);
	return status;
}

/*
 * Transactions that are known, and need nothing more.
 */

/* Takes the record at the start of ${data}.  A record's id is the hash of its
 * canonical encoding, which is appended to ${j}.  False: it is no record. */
static bool
identify(const struct bm_transactions *t, struct bitmark_span *data,
    struct joined *j, uint8_t tx_id[BITMARK_TX_ID_SIZE])
{
	const struct bm_settings *settings = t->state->settings;
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	struct bitmark_record record;
	size_t used, size;

	if (bitmark_record_parse(settings->rules, data->data, data->size,
	    settings->params->network, &record, &used) != BITMARK_OK ||
	    bitmark_record_encode(&record, packed, sizeof packed, &size) !=
	    BITMARK_OK ||
	    join(j, (struct bitmark_span){ packed, size }) != BITMARK_OK)
		return false;
	bitmark_tx_id(packed, size, tx_id);
	data->data += used;
	data->size -= used;
	return true;
}

/* Is the transaction paid for, or in a block? */
static bool
is_settled(const struct bm_transactions *t, struct bitmark_snapshot *snapshot,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE])
{
	enum bitmark_tx_status where;

	return bitmark_reservoir_status(t->state->reservoir, snapshot, tx_id,
	    &where) == BITMARK_OK && (where == BITMARK_TX_STATUS_VERIFIED ||
	    where == BITMARK_TX_STATUS_CONFIRMED);
}

static bool
all_settled(const struct bm_transactions *t, struct bitmark_snapshot *snapshot,
    struct bitmark_span data, struct bitmark_unit_result *r)
{
	struct joined j = { 0 };
	bool settled = true;

	for (r->count = 0; settled && data.size > 0; r->count++)
		settled = r->count < BITMARK_BUNDLE_MAX &&
		    identify(t, &data, &j, r->tx_id[r->count]) &&
		    is_settled(t, snapshot, r->tx_id[r->count]);
	if (settled)
		bitmark_pay_id(&(struct bitmark_span){ j.bytes, j.size }, 1,
		    r->pay_id);
	free(j.bytes);
	return settled;
}

bool
bm_transactions_are_settled(struct bm_transactions *t,
    struct bitmark_span data, struct bitmark_unit_result *result)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r,
		.duplicate = true, .verified = true };
	struct bitmark_snapshot *snapshot = bm_state_snapshot(t->state);
	bool settled = snapshot != NULL && all_settled(t, snapshot, data, &r);

	bm_state_release(t->state);
	if (settled)
		*result = r;
	return settled;
}

struct search {
	const uint8_t *pay_id;
	bool found;
};

/* A bitmark_waiting_fn. */
static int
find_verified(void *user, const struct bitmark_waiting *waiting)
{
	struct search *search = user;

	search->found = waiting->verified && memcmp(waiting->pay_id,
	    search->pay_id, BITMARK_PAY_ID_SIZE) == 0;
	return search->found;
}

/* Searches the whole reservoir, which has no index of verified pay ids: only a
 * program that sends a proof twice causes this. */
bool
bm_transactions_is_verified(struct bm_transactions *t,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE])
{
	struct search search = { pay_id, false };

	bitmark_reservoir_each(t->state->reservoir, find_verified, &search);
	return search.found;
}

/*
 * The rest.
 */

bitmark_status
bm_transactions_import(struct bm_transactions *t, struct bitmark_span data,
    struct bitmark_import *counts)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status = BITMARK_E_STORE;

	begin_change(t);
	snapshot = bm_state_snapshot(t->state);
	if (snapshot != NULL)
		status = bitmark_reservoir_import(t->state->reservoir,
		    snapshot, t->state->now.s, data.data, data.size, counts);
	bm_state_release(t->state);
	return status;
}

bitmark_status
bm_transactions_payment(struct bm_transactions *t,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	begin_change(t);
	return bitmark_reservoir_payment(t->state->reservoir, t->state->now.s,
	    pay_id, paid, verified);
}
