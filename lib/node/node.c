/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Starting and stopping a node: put the parts together, take them apart.
 *
 * The thread that starts a node makes all parts and takes the first steps of
 * the owner's, so that errors are returned and the status is true from the
 * beginning; then it starts the thread that goes on with them.  Stopping joins
 * that thread before anything is freed, so no part is ever used by two.
 */
#include "codec/sized.h"
#include "node/node.h"

#include <errno.h>
#include <stdlib.h>

#include "net/curve.h"

static bitmark_status
open_store(struct bitmark_node *node,
    const struct bitmark_node_config *config)
{
	const struct bitmark_digest_config digests = {
		.struct_size = sizeof digests,
		.workers = config->digest_workers,
		.digest = config->digest,
		.nice = config->digest_nice,
	};
	struct bitmark_chain_config chain = {
		.struct_size = sizeof chain,
		.path = config->database,
		.params = config->params,
		.rules = config->rules,
		.access = BITMARK_CHAIN_WRITE,
		.env = &config->env,
		.checkpoint = config->checkpoint,
	};
	bitmark_status status = bitmark_digest_pool_new(&node->digests,
	    &digests);

	if (status != BITMARK_OK)
		return status;
	chain.digests = node->digests;
	status = bitmark_chain_open(&node->chain, &chain);
	if (status == BITMARK_OK)
		bm_settings_follow(&node->settings, config,
		    bitmark_chain_rules(node->chain));
	return status;
}

/*
 * A libzmq context starts its threads, and opens the descriptors that they
 * need, when its first socket is made.  libzmq aborts the process when it has no
 * descriptor left for them, and strangers who connect may use up all
 * descriptors as soon as the node listens.  So a socket is made and closed
 * here, before the node listens.
 */
static bitmark_status
open_context(struct bitmark_node *node)
{
	void *socket = NULL;

	node->zmq = zmq_ctx_new();
	if (node->zmq != NULL && zmq_ctx_set(node->zmq, ZMQ_IO_THREADS,
	    BM_NET_IO_THREADS) == 0)
		socket = zmq_socket(node->zmq, ZMQ_DEALER);
	if (socket == NULL)
		return BITMARK_E_NET;
	(void)zmq_close(socket);
	return BITMARK_OK;
}

static bitmark_status
new_serve(struct bitmark_node *node)
{
	const struct bm_serve_needs needs = { &node->settings, node->chain,
		&node->table, node->inbox };

	return bm_serve_new(&node->serve, &needs);
}

static bitmark_status
new_owner(struct bitmark_node *node, const struct bitmark_node_config *config)
{
	const struct bm_owner_needs needs = {
		.settings = &node->settings, .zmq = node->zmq,
		.digests = node->digests, .chain = node->chain,
		.table = &node->table, .inbox = node->inbox,
		.tasks = node->tasks, .serve = node->serve };

	return bm_owner_new(&node->owner, &needs, config);
}

/* Binds the sockets for miners.  The owner thread polls them, so they must
 * exist before it starts. */
static bitmark_status
open_proofing(struct bm_owner *owner,
    const struct bitmark_node_proofing *config)
{
	struct bitmark_node_proofing own;

	if (config == NULL)
		return BITMARK_OK;
	if (BM_IN(bitmark_node_proofing, &own, config) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	bm_submissions_set_max(owner->submissions, own.submissions_max);
	return bm_jobs_open(owner->jobs, &own);
}

/* Makes all parts of a node; its threads are started later. */
static bitmark_status
new_node_parts(struct bitmark_node *node, const struct bitmark_node_config *config)
{
	bitmark_status status = bm_settings_copy(&node->settings, config);

	if (status == BITMARK_OK)
		status = open_store(node, config);
	if (status == BITMARK_OK)
		status = open_context(node);
	if (status == BITMARK_OK)
		status = bm_table_init(&node->table, &node->settings.own,
		    node->settings.rules, &node->settings.env);
	if (status == BITMARK_OK)
		status = bm_inbox_new(&node->inbox);
	if (status == BITMARK_OK)
		status = bm_tasks_new(&node->tasks);
	if (status == BITMARK_OK)
		status = new_serve(node);
	return status == BITMARK_OK ? new_owner(node, config) : status;
}

bitmark_status
bitmark_node_start(struct bitmark_node **out,
    const struct bitmark_node_config *config)
{
	struct bitmark_node_config own = { .struct_size = sizeof own };
	struct bitmark_node *node;
	bitmark_status status;

	*out = NULL;
	if (BM_IN(bitmark_node_config, &own, config) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	config = &own;
	node = calloc(1, sizeof *node);
	if (node == NULL)
		return BITMARK_E_NOMEM;
	status = new_node_parts(node, config);
	if (status == BITMARK_OK) {
		bm_owner_begin(node->owner);
		status = bm_serve_listen(node->serve, node->zmq,
		    config->listen, config->listen_count);
	}
	if (status == BITMARK_OK)
		status = bm_events_publish(node->owner->events, node->zmq,
		    config);
	if (status == BITMARK_OK)
		status = open_proofing(node->owner, config->proofing);
	if (status == BITMARK_OK)
		status = bm_thread_start(&node->thread, bm_owner_run,
		    node->owner);
	if (status != BITMARK_OK) {
		int cause = errno;

		bitmark_node_stop(node);
		errno = cause;
		return status;
	}
	*out = node;
	return BITMARK_OK;
}

/* zmq_ctx_term waits until the last messages of all sockets are sent, or the
 * linger time of the sockets is over. */
static void
close_context(struct bitmark_node *node)
{
	while (node->zmq != NULL && zmq_ctx_term(node->zmq) != 0 &&
	    errno == EINTR)
		continue;
}

void
bitmark_node_stop(struct bitmark_node *node)
{
	if (node == NULL)
		return;
	if (node->thread.started)
		bm_owner_stop(node->owner);
	bm_thread_join(&node->thread);
	bm_serve_stop(node->serve);
	/* Sockets are closed before their context, and snapshots before the
	 * chain that they read. */
	bm_owner_close(node->owner);
	bm_serve_free(node->serve);
	bm_inbox_free(node->inbox);
	bm_tasks_free(node->tasks);
	close_context(node);
	bm_table_fini(&node->table);
	bitmark_chain_close(node->chain);
	/* A job of the pool that ends now still reports to the owner's part. */
	bitmark_digest_pool_free(node->digests);
	bm_owner_free(node->owner);
	bm_settings_fini(&node->settings);
	free(node);
}
