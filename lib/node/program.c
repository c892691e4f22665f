/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The calls of the program that runs a node.
 *
 * Chain and reservoir belong to the owner thread and have no lock.  So a call
 * does not touch them: it packs its arguments into a struct on its stack, hands
 * that to the owner as a task, and waits.  The owner runs the task between two
 * other pieces of work, which takes as long as storing a block may take.  What
 * only looks is run by the program's thread itself, while the owner waits for
 * something to do or stores a block (tasks.h).
 *
 * Each call has such a struct, and a function that unpacks it, which runs on
 * the owner thread.  Pointers of the program are used in that function only,
 * while the program's thread waits; nothing is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"
#include "node/node.h"

struct submit {
	enum bitmark_submission what;
	struct bitmark_span data;
	struct bitmark_unit_result *result;
};

static bitmark_status
submit(void *owner, void *argument)
{
	const struct submit *s = argument;

	return bm_intake_submit(((struct bm_owner *)owner)->intake, s->what,
	    s->data, s->result);
}

bitmark_status
bitmark_node_submit(struct bitmark_node *node, enum bitmark_submission what,
    const uint8_t *data, size_t size, struct bitmark_unit_result *result)
{
	struct bitmark_unit_result told = { .struct_size = sizeof told };
	struct submit s = { what, { data, size }, &told };
	bitmark_status status;

	if (result != NULL && !BM_FITS(bitmark_unit_result, result))
		return BITMARK_E_ARGUMENT;
	status = bm_tasks_do(node->tasks, BM_TASK_CHANGES, submit, &s);
	if (result != NULL)
		(void)BM_OUT(bitmark_unit_result, result, &told);
	return status;
}

struct import {
	struct bitmark_span data;
	struct bitmark_import *counts;
};

static bitmark_status
import(void *owner, void *argument)
{
	const struct import *i = argument;

	return bm_intake_import(((struct bm_owner *)owner)->intake, i->data,
	    i->counts);
}

bitmark_status
bitmark_node_import(struct bitmark_node *node, const uint8_t *data,
    size_t size, struct bitmark_import *counts)
{
	struct bitmark_import told = { .struct_size = sizeof told };
	struct import i = { { data, size }, &told };
	bitmark_status status;

	if (counts != NULL && !BM_FITS(bitmark_import, counts))
		return BITMARK_E_ARGUMENT;
	status = bm_tasks_do(node->tasks, BM_TASK_CHANGES, import, &i);
	if (counts != NULL)
		(void)BM_OUT(bitmark_import, counts, &told);
	return status;
}

struct payment {
	const uint8_t *pay_id;
	const struct bitmark_paid *paid;
	bool *verified;
};

static bitmark_status
pay(void *owner, void *argument)
{
	const struct payment *p = argument;

	return bm_intake_payment(((struct bm_owner *)owner)->intake,
	    p->pay_id, p->paid, p->verified);
}

bitmark_status
bitmark_node_payment(struct bitmark_node *node,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified)
{
	struct payment p = { pay_id, paid, verified };

	return bm_tasks_do(node->tasks, BM_TASK_CHANGES, pay, &p);
}

struct each_waiting {
	bitmark_waiting_fn each;
	void *user;
};

static bitmark_status
each_waiting(void *owner, void *argument)
{
	const struct each_waiting *e = argument;

	bitmark_reservoir_each(((struct bm_owner *)owner)->state.reservoir,
	    e->each, e->user);
	return BITMARK_OK;
}

bitmark_status
bitmark_node_each_waiting(struct bitmark_node *node, bitmark_waiting_fn each,
    void *user)
{
	struct each_waiting e = { each, user };

	return bm_tasks_do(node->tasks, BM_TASK_READS, each_waiting, &e);
}

static bitmark_status
counts(void *owner, void *argument)
{
	return bitmark_reservoir_get_counts(
	    ((struct bm_owner *)owner)->state.reservoir, argument);
}

bitmark_status
bitmark_node_counts(struct bitmark_node *node,
    struct bitmark_reservoir_counts *out)
{
	return bm_tasks_do(node->tasks, BM_TASK_READS, counts, out);
}

static bitmark_status
mine(void *owner, void *argument)
{
	return bm_miner_order(((struct bm_owner *)owner)->miner, argument);
}

bitmark_status
bitmark_node_mine(struct bitmark_node *node, const struct bitmark_mine *order)
{
	struct bitmark_mine m;

	if (BM_IN(bitmark_mine, &m, order) != BITMARK_OK || m.base == NULL ||
	    !BM_FITS(bitmark_base, m.base) ||
	    (m.empty != NULL && !BM_FITS(bitmark_base, m.empty)))
		return BITMARK_E_ARGUMENT;
	return bm_tasks_do(node->tasks, BM_TASK_READS, mine, &m);
}

struct mined {
	struct bitmark_mined *mined;
	struct bitmark_mined_block *blocks;
	size_t capacity;
};

static bitmark_status
mined(void *owner, void *argument)
{
	const struct mined *m = argument;

	bm_miner_tell(((struct bm_owner *)owner)->miner, m->mined, m->blocks,
	    m->capacity);
	return BITMARK_OK;
}

bitmark_status
bitmark_node_mined(struct bitmark_node *node, struct bitmark_mined *out,
    struct bitmark_mined_block *blocks, size_t capacity)
{
	struct mined m = { out, blocks, capacity };

	if (!BM_FITS(bitmark_mined, out))
		return BITMARK_E_ARGUMENT;
	return bm_tasks_do(node->tasks, BM_TASK_READS, mined, &m);
}

struct each_connection {
	bitmark_node_connection_fn each;
	void *user;
};

static bitmark_status
each_connection(void *owner, void *argument)
{
	const struct each_connection *e = argument;

	bm_upstreams_each(((struct bm_owner *)owner)->upstreams, e->each,
	    e->user);
	return BITMARK_OK;
}

bitmark_status
bitmark_node_each_connection(struct bitmark_node *node,
    bitmark_node_connection_fn each, void *user)
{
	struct each_connection e = { each, user };

	return bm_tasks_do(node->tasks, BM_TASK_READS, each_connection, &e);
}

static bitmark_status
add_peer(void *owner, void *argument)
{
	return bm_peers_add(((struct bm_owner *)owner)->peers, argument);
}

/* The address is parsed on the program's own thread, so a bad one does not wait
 * for the owner.  The table of peers is not in the journal, so the task needs
 * no commit (BM_TASK_READS). */
bitmark_status
bitmark_node_add_peer(struct bitmark_node *node,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *address)
{
	struct bitmark_peer peer = {
		.connections_size = BITMARK_CONNECTION_V6_SIZE };
	struct bitmark_connection connection;
	struct bitmark_endpoint endpoint;
	/* This parser has an error for a missing port.  It accepts host names,
	 * which are refused below. */
	bitmark_status status = bitmark_endpoint_from_text(address,
	    strlen(address), &endpoint);

	if (status == BITMARK_OK)
		status = bitmark_connection_from_text(address,
		    strlen(address), &connection);
	if (status != BITMARK_OK)
		return status;
	if (!bitmark_connection_is_usable(&connection))
		return BITMARK_E_IP_ADDRESS;
	memcpy(peer.key, key, sizeof peer.key);
	bitmark_connection_pack(&connection, peer.connections);
	return bm_tasks_do(node->tasks, BM_TASK_READS, add_peer, &peer);
}

struct rpcs {
	uint64_t start;
	size_t count;
	char **text;
	size_t *size;
	uint64_t *next;
};

static bitmark_status
rpcs(void *owner, void *argument)
{
	const struct rpcs *r = argument;

	return bitmark_rpc_list_fetch(
	    bm_peers_rpcs(((struct bm_owner *)owner)->peers), r->start,
	    r->count, r->text, r->size, r->next);
}

bitmark_status
bitmark_node_rpcs(struct bitmark_node *node, uint64_t start, size_t count,
    char **text, size_t *size, uint64_t *next)
{
	struct rpcs r = { start, count, text, size, next };

	return bm_tasks_do(node->tasks, BM_TASK_LOOKS, rpcs, &r);
}

/*
 * Calls that do not need the owner, and wait for nothing.
 */

/* The lock is held while the table is copied, so that all entries are of the
 * same moment.  This node's own entry is among them when it is announced. */
bitmark_status
bitmark_node_peers(struct bitmark_node *node, struct bitmark_peer **peers,
    size_t *count)
{
	struct bitmark_announce *announce = bm_table_lock(&node->table);
	size_t n = bitmark_announce_count(announce);

	*peers = malloc((n + 1) * sizeof **peers);
	for (size_t i = 0; i < n && *peers != NULL; i++)
		(*peers)[i] = *bitmark_announce_at(announce, i);
	bm_table_unlock(&node->table);
	*count = *peers == NULL ? 0 : n;
	return *peers == NULL ? BITMARK_E_NOMEM : BITMARK_OK;
}

bitmark_status
bitmark_node_get_status(struct bitmark_node *node,
    struct bitmark_node_status *status)
{
	struct bitmark_node_status now = { .struct_size = sizeof now };

	bm_status_get(node->owner->status, &now);
	return BM_OUT(bitmark_node_status, status, &now);
}
