/* Starting and stopping a node: put the parts together, take them apart. */
#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

#include "codec/log.h"
#include "node/owner.h"

static bitmark_status
open_store(struct bitmark_node *node,
    const struct bitmark_node_config *config)
{
	const struct bitmark_digest_config digests = {
		.workers = config->digest_workers,
		.digest = config->digest,
	};
	struct bitmark_chain_config chain = {
		.path = config->database,
		.params = config->params,
		.rules = config->rules,
		.access = BITMARK_CHAIN_WRITE,
		.env = &config->env,
	};
	bitmark_status status = bitmark_digest_pool_new(&node->digests,
	    &digests);

	if (status != BITMARK_OK)
		return status;
	chain.digests = node->digests;
	status = bitmark_chain_open(&node->chain, &chain);
	if (status != BITMARK_OK)
		return status;
	bitmark_chain_tip(node->chain, &node->status.tip);
	node->status.target = node->status.tip.number;
	node->status.mode = BITMARK_MODE_RESYNCHRONISE;
	return BITMARK_OK;
}

static bitmark_status
new_serve(struct bitmark_node *node)
{
	const struct bm_serve_needs needs = { &node->settings, node->chain,
		&node->table, node->inbox };

	return bm_serve_new(&node->serve, &needs);
}

/*
 * A context starts its threads, and opens the descriptors that they need, with
 * its first socket.  libzmq ends the process when there are no descriptors
 * left for them, and strangers who connect may take all of them as soon as the
 * node listens.  So the first socket is made before.
 */
static bitmark_status
begin_context(void *zmq)
{
	void *socket = zmq == NULL ? NULL : zmq_socket(zmq, ZMQ_DEALER);

	if (socket == NULL)
		return BITMARK_E_NET;
	(void)zmq_close(socket);
	return BITMARK_OK;
}

/* All that needs no other thread yet. */
static bitmark_status
make_parts(struct bitmark_node *node, const struct bitmark_node_config *config)
{
	bitmark_status status = bm_settings_copy(&node->settings, config);

	if (status == BITMARK_OK)
		status = open_store(node, config);
	if (status == BITMARK_OK)
		status = bm_table_init(&node->table, &node->settings.own,
		    &node->settings.env);
	if (status == BITMARK_OK)
		status = bm_inbox_new(&node->inbox);
	if (status == BITMARK_OK)
		status = new_serve(node);
	if (status == BITMARK_OK)
		status = bm_calls_new(&node->calls);
	if (status == BITMARK_OK)
		status = bm_owner_new(&node->owner, node);
	if (status == BITMARK_OK)
		status = bm_bootstrap_start(node->owner, config);
	return status;
}

bitmark_status
bitmark_node_start(struct bitmark_node **out,
    const struct bitmark_node_config *config)
{
	struct bitmark_node *node = calloc(1, sizeof *node);
	bitmark_status status;

	*out = NULL;
	if (node == NULL)
		return BITMARK_E_NOMEM;
	pthread_mutex_init(&node->status_lock, NULL);
	status = make_parts(node, config);
	if (status == BITMARK_OK) {
		node->zmq = zmq_ctx_new();
		node->zmq_peers = zmq_ctx_new();
		status = node->zmq == NULL ? BITMARK_E_NET :
		    begin_context(node->zmq_peers);
	}
	if (status == BITMARK_OK) {
		bm_owner_begin(node->owner);
		status = bm_serve_listen(node->serve, node->zmq,
		    config->listen, config->listen_count);
	}
	if (status == BITMARK_OK)
		status = bm_bus_open(node, config);
	if (status == BITMARK_OK)
		status = bm_thread_start(&node->thread, bm_owner_run,
		    node->owner);
	if (status != BITMARK_OK) {
		bitmark_node_stop(node);
		return status;
	}
	*out = node;
	return BITMARK_OK;
}

static void
end_context(void *zmq)
{
	while (zmq != NULL && zmq_ctx_term(zmq) != 0 && errno == EINTR)
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
	bm_publisher_stop(node->publisher);
	/* Sockets and snapshots before what they belong to. */
	bm_owner_close(node->owner);
	bm_serve_free(node->serve);
	bm_inbox_free(node->inbox);
	bm_calls_free(node->calls);
	end_context(node->zmq);
	end_context(node->zmq_peers);
	bm_table_fini(&node->table);
	bitmark_chain_close(node->chain);
	/* The pool before what it reports to. */
	bitmark_digest_pool_free(node->digests);
	bm_owner_free(node->owner);
	bm_settings_fini(&node->settings);
	pthread_mutex_destroy(&node->status_lock);
	free(node);
}
