/*
 * What peers sent: blocks, transactions and announcements.  What is new is
 * relayed, in its canonical encoding; what is wrong, known, or comes while
 * the node is not in step is dropped and counted.
 *
 * Source: bitmarkd v8.2 peer/process.go
 */
#include "node/owner.h"

#include <bitmarkpeer/os.h>

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"

/* Requests, and time, of one turn, before connections are looked at again. */
#define TURN_MAX 100
#define TURN_MS 50
/* Assets of one message.  Source: local bound; bitmarkd sends those of a
 * bundle, 100 at most. */
#define ASSETS_MAX 1000

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

/* Everything comes back from those that it was relayed to: that is no loss. */
static bool
is_old(bitmark_status status)
{
	return status == BITMARK_E_TX_EXISTS || status == BITMARK_E_NOT_FOUND;
}

static void
note(struct bm_owner *o, enum bitmark_request_kind kind,
    bitmark_status status)
{
	struct bitmark_node *node = o->node;

	if (status == BITMARK_OK || is_old(status))
		return;
	pthread_mutex_lock(&node->status_lock);
	node->status.dropped++;
	pthread_mutex_unlock(&node->status_lock);
	bm_log(&node->settings.env, BITMARK_LOG_DEBUG, "process", "%s dropped: %s",
	    name_of(kind), bitmark_strerror(status));
}

/* Pass one message on. */
static void
relay(struct bm_owner *o, enum bitmark_request_kind kind,
    struct bitmark_span data)
{
	bm_log(&o->node->settings.env, BITMARK_LOG_DEBUG, "process", "%s accepted",
	    name_of(kind));
	bm_bus_tell(o, kind == BITMARK_REQUEST_BLOCK ?
	    BITMARK_MESSAGE_BLOCK : BITMARK_MESSAGE_TRANSACTION,
	    name_of(kind), &data, 1);
}

/*
 * Transactions.
 */

/* Canonical records, one after the other.  Bytes come from a peer and were
 * parsed: a canonical encoding is never longer. */
struct joined {
	uint8_t *bytes;
	size_t size, capacity;
	bool fresh;
};

static bitmark_status
join(struct joined *j, struct bitmark_span record)
{
	if (record.size > j->capacity - j->size) {
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
take_each_asset(struct bm_owner *o, struct bitmark_snapshot *snapshot,
    struct bitmark_span data, struct joined *j)
{
	bitmark_status status = BITMARK_OK, kept;

	bitmark_reservoir_begin(o->state.reservoir);
	for (unsigned i = 0; data.size > 0 && status == BITMARK_OK; i++) {
		struct bitmark_asset_result result = { .struct_size =
		    sizeof result };

		status = i == ASSETS_MAX ? BITMARK_E_TOO_MANY :
		    bitmark_reservoir_asset(o->state.reservoir, snapshot,
		    o->state.now.s, data.data, data.size, &result);
		if (status != BITMARK_OK)
			break;
		j->fresh = j->fresh || result.fresh;
		status = join(j, result.relay);
		data.data += result.used;
		data.size -= result.used;
	}
	kept = bitmark_reservoir_commit(o->state.reservoir);
	return status == BITMARK_OK ? kept : status;
}

/* Relayed when all are good and one is new.
 * Source: bitmarkd v8.2 peer/process.go processAssets */
static bitmark_status
take_assets(struct bm_owner *o, struct bitmark_snapshot *snapshot,
    struct bitmark_span data)
{
	struct joined j = { 0 };
	bitmark_status status = take_each_asset(o, snapshot, data, &j);

	if (status == BITMARK_OK && !j.fresh)
		status = BITMARK_E_TX_EXISTS;
	if (status == BITMARK_OK)
		relay(o, BITMARK_REQUEST_ASSETS,
		    (struct bitmark_span){ j.bytes, j.size });
	free(j.bytes);
	return status;
}

static bitmark_status
take_unit(struct bm_owner *o, struct bitmark_snapshot *snapshot,
    enum bitmark_request_kind kind, struct bitmark_span data,
    struct bitmark_unit_result *result)
{
	bitmark_status status = kind == BITMARK_REQUEST_ISSUES ?
	    bitmark_reservoir_issues(o->state.reservoir, snapshot, o->state.now.s,
	    data.data, data.size, result) :
	    bitmark_reservoir_transfer(o->state.reservoir, snapshot, o->state.now.s,
	    data.data, data.size, result);

	if (status == BITMARK_OK && result->duplicate)
		status = BITMARK_E_TX_EXISTS;
	if (status == BITMARK_OK)
		relay(o, kind, result->relay);
	return status;
}

static bitmark_status
take_proof(struct bm_owner *o, struct bitmark_snapshot *snapshot,
    struct bitmark_span data)
{
	enum bitmark_proof_result result;
	bitmark_status status;

	if (data.size < BITMARK_PAY_ID_SIZE)
		return BITMARK_E_NONCE;
	status = bitmark_reservoir_proof(o->state.reservoir, snapshot, data.data,
	    data.data + BITMARK_PAY_ID_SIZE, data.size - BITMARK_PAY_ID_SIZE,
	    &result);
	if (status != BITMARK_OK)
		return status;
	switch (result) {
	case BITMARK_PROOF_ACCEPTED:
		relay(o, BITMARK_REQUEST_PROOF, data);
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
take_transaction(struct bm_owner *o, enum bitmark_request_kind kind,
    struct bitmark_span data, struct bitmark_unit_result *result)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status = BITMARK_E_STORE;

	if (data.size == 0)
		return BITMARK_E_MISSING_PARAMETERS;
	if (!o->follow.normal)
		return BITMARK_E_STATE;
	snapshot = bm_state_snapshot(&o->state);
	if (snapshot == NULL)
		return status;
	if (kind == BITMARK_REQUEST_ASSETS)
		status = take_assets(o, snapshot, data);
	else if (kind == BITMARK_REQUEST_PROOF)
		status = take_proof(o, snapshot, data);
	else
		status = take_unit(o, snapshot, kind, data, result);
	bm_state_release(&o->state);
	return status;
}

/*
 * Announcements.
 */

/* The same with the time that was stored. */
static void
relay_announcement(struct bm_owner *o, const struct bm_inbox_item *item,
    uint64_t stored)
{
	uint8_t time[8];
	const struct bitmark_span parameters[] = {
		item->parameter[0], item->parameter[1],
		{ time, sizeof time },
	};

	bm_put_u64be(time, stored);
	bm_bus_tell(o, BITMARK_MESSAGE_ANNOUNCEMENT,
	    name_of(item->kind), parameters, 3);
}

static bitmark_status
take_announcement(struct bm_owner *o, const struct bm_inbox_item *item)
{
	struct bm_table *table = &o->node->table;
	const struct bm_announced a = { item->sender, item->parameter[0],
		item->parameter[1], bm_get_u64be(item->parameter[2].data) };
	const uint64_t now_s = o->state.now.s;
	uint64_t stored = 0;
	bool pass_on = false;
	bitmark_status status;

	if (item->kind == BITMARK_REQUEST_PEER)
		status = bm_table_hear(table, &a, now_s, &pass_on, &stored);
	else {
		status = bitmark_announce_admit(bm_table_lock(table),
		    a.sender, now_s);
		bm_table_unlock(table);
		if (status == BITMARK_OK)
			status = bitmark_rpc_list_add(o->rpcs, a.sender,
			    (struct bitmark_announcement){ a.key,
			    a.connections, a.timestamp }, now_s, &pass_on,
			    &stored);
	}
	if (status == BITMARK_OK && pass_on)
		relay_announcement(o, item, stored);
	return status;
}

static bitmark_status
take_other(struct bm_owner *o, const struct bm_inbox_item *item)
{
	struct bitmark_unit_result result;

	switch (item->kind) {
	case BITMARK_REQUEST_ASSETS:
	case BITMARK_REQUEST_ISSUES:
	case BITMARK_REQUEST_TRANSFER:
	case BITMARK_REQUEST_PROOF:
		return take_transaction(o, item->kind, item->parameter[0],
		    &result);
	case BITMARK_REQUEST_RPC:
	case BITMARK_REQUEST_PEER:
		return take_announcement(o, item);
	case BITMARK_REQUEST_BLOCK:
	case BITMARK_REQUEST_NONE:
	case BITMARK_REQUEST_REGISTER:
	case BITMARK_REQUEST_HEART:
	case BITMARK_REQUEST_UNKNOWN:
		break;
	}
	return BITMARK_OK;
}

/*
 * Blocks: what can follow is hashed, one at a time, so that the next one in
 * the inbox is judged by what this one has become.
 */

static bitmark_status
take_block(struct bm_owner *o, struct bitmark_span block)
{
	struct bitmark_header header;
	struct bitmark_tip tip;
	bitmark_status status;

	if (!o->follow.normal)
		return BITMARK_E_STATE;
	status = bitmark_header_parse(block.data, block.size, &header);
	if (status != BITMARK_OK)
		return status;
	bitmark_chain_tip(o->state.chain, &tip);
	if (header.number <= tip.number)
		return BITMARK_E_TX_EXISTS;
	status = bitmark_chain_precheck(o->state.chain, block.data,
	    block.size, o->state.now.s);
	if (status == BITMARK_OK)
		status = bm_hashing_submit(o->follow.hashing, 0, block.data,
		    block.size);
	o->block_hashing = status == BITMARK_OK;
	return status;
}

/* As it is stored. */
static void
relay_newest(struct bm_owner *o)
{
	struct bitmark_snapshot *snapshot = bm_state_snapshot(&o->state);
	struct bitmark_span block;
	struct bitmark_tip tip;

	if (snapshot != NULL) {
		bitmark_snapshot_tip(snapshot, &tip);
		if (bitmark_snapshot_block(snapshot, tip.number, &block) ==
		    BITMARK_OK)
			relay(o, BITMARK_REQUEST_BLOCK, block);
	}
	bm_state_release(&o->state);
}

void
bm_process_hashed(struct bm_owner *o, const struct bm_hashed *hashed)
{
	bitmark_status status = hashed->job.status;

	o->block_hashing = false;
	bm_follow_settle(o);
	if (status == BITMARK_OK)
		status = bitmark_chain_add(o->state.chain, hashed->block,
		    hashed->size, hashed->job.output, o->state.now.s);
	note(o, BITMARK_REQUEST_BLOCK, status);
	if (status != BITMARK_OK)
		return;
	bm_follow_settle(o);
	relay_newest(o);
}

bool
bm_process_inbox(struct bm_owner *o)
{
	struct bm_inbox *inbox = o->node->inbox;
	struct bm_inbox_item *item;
	uint64_t end_ms;
	bitmark_status status;

	bm_follow_settle(o);
	while (!o->block_hashing &&
	    (item = bm_inbox_take(inbox, BM_INBOX_BLOCKS)) != NULL) {
		status = take_block(o, item->parameter[0]);
		note(o, item->kind, status);
		free(item);
	}
	end_ms = bitmark_clock_ms() + TURN_MS;
	for (unsigned i = 0; i < TURN_MAX && bitmark_clock_ms() < end_ms; i++) {
		item = bm_inbox_take(inbox, BM_INBOX_OTHERS);
		if (item == NULL)
			return false;
		status = take_other(o, item);
		note(o, item->kind, status);
		free(item);
	}
	return true;
}

/* Nobody waits for a block: it is hashed first. */
static bitmark_status
queue_block(struct bm_owner *o, struct bitmark_span block)
{
	const struct bitmark_request request = {
		.kind = BITMARK_REQUEST_BLOCK, .count = 1,
		.parameter = { block },
	};

	return block.size == 0 ? BITMARK_E_MISSING_PARAMETERS :
	    bm_inbox_put(o->node->inbox, 0, &request);
}

bitmark_status
bm_process_submit(struct bm_owner *o, enum bitmark_submission what,
    struct bitmark_span data, struct bitmark_unit_result *result)
{
	struct bitmark_unit_result local = { .count = 0 };
	struct bitmark_unit_result *r = result != NULL ? result : &local;
	enum bitmark_request_kind kind = BITMARK_REQUEST_NONE;
	bitmark_status status;

	switch (what) {
	case BITMARK_SUBMIT_BLOCK:
		return queue_block(o, data);
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
	bm_follow_settle(o);
	status = take_transaction(o, kind, data, r);
	r->relay = (struct bitmark_span){ NULL, 0 };
	return status;
}
