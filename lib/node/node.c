/* Starting and stopping a node: put the parts together, take them apart. */
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "net/endpoint.h"
#include "net/resolve.h"
#include "node/owner.h"

/* One list of peers may serve all nodes that are in it.
 * Source: bitmarkd v8.2 peer/connector.go, of the text */
static bool
is_own(const struct bitmark_node *node, const struct bitmark_node_peer *peer)
{
	if (memcmp(peer->key, node->public_key, sizeof peer->key) != 0)
		return false;
	bm_log(&node->env, BITMARK_LOG_WARN, "sync",
	    "%s: connecting to self forbidden", peer->address);
	return true;
}

/* A name is not looked up: who is not there now may be there later. */
static bitmark_status
check_address(const char *address)
{
	struct bm_endpoint endpoint;

	return address == NULL ? BITMARK_E_IP_ADDRESS :
	    bm_endpoint_from_text(address, &endpoint);
}

static bitmark_status
copy_peers(struct bitmark_node *node, const struct bitmark_node_config *config)
{
	node->peers = calloc(config->connect_count + 1, sizeof *node->peers);
	if (node->peers == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < config->connect_count; i++) {
		struct bm_node_peer *peer = &node->peers[node->peer_count];
		bitmark_status status = check_address(
		    config->connect[i].address);

		if (status != BITMARK_OK)
			return status;
		if (is_own(node, &config->connect[i]))
			continue;
		memcpy(peer->key, config->connect[i].key, sizeof peer->key);
		peer->address = strdup(config->connect[i].address);
		if (peer->address == NULL)
			return BITMARK_E_NOMEM;
		node->peer_count++;
	}
	return BITMARK_OK;
}

/* Whom to talk to, and how often; after copy_peers. */
static void
copy_habits(struct bitmark_node *node,
    const struct bitmark_node_config *config)
{
	node->dynamic_connections = config->dynamic_connections;
	node->prefer_ipv6 = config->prefer_ipv6;
	node->minimum_clients = config->minimum_clients;
	/* Who names one or two nodes to follow wants them followed, even if
	 * those are all there is and one of them is down. */
	if (node->minimum_clients == 0 && node->peer_count != 0 &&
	    node->peer_count < BITMARK_CONNECTOR_MINIMUM_CLIENTS)
		node->minimum_clients = 1;
	node->cycle_ms = config->cycle_ms;
	node->poll_ms = config->poll_ms;
	node->announce_first_ms = config->announce_first_ms;
	node->announce_interval_ms = config->announce_interval_ms;
	node->rebroadcast_ms = config->rebroadcast_ms != 0 ?
	    config->rebroadcast_ms : BITMARK_REBROADCAST_S * 1000ull;
}

static bitmark_status
copy_config(struct bitmark_node *node,
    const struct bitmark_node_config *config)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	bitmark_status status;

	bitmark_peer_key_public(config->private_key, public_key);
	if (memcmp(public_key, config->public_key, sizeof public_key) != 0)
		return BITMARK_E_PUBLIC_KEY;
	node->env = config->env;
	node->params = config->params;
	node->rules = config->rules != NULL ? config->rules :
	    bitmark_rules_8_2();
	memcpy(node->public_key, config->public_key, sizeof node->public_key);
	memcpy(node->private_key, config->private_key,
	    sizeof node->private_key);
	node->ahead_bytes = config->ahead_bytes != 0 ? config->ahead_bytes :
	    BITMARK_NODE_AHEAD_BYTES;
	node->version = strdup(config->version != NULL ? config->version :
	    BITMARK_VERSION);
	if (node->version == NULL)
		return BITMARK_E_NOMEM;
	node->event = config->event;
	node->events_from = config->events_from;
	if (config->peer_file != NULL) {
		node->peer_file = strdup(config->peer_file);
		if (node->peer_file == NULL)
			return BITMARK_E_NOMEM;
	}
	status = copy_peers(node, config);
	if (status == BITMARK_OK)
		copy_habits(node, config);
	return status;
}

/* Addresses as they are announced. */
static bitmark_status
pack_addresses(const char *const *address, size_t count, uint8_t *packed,
    size_t capacity, size_t *size)
{
	*size = 0;
	for (size_t i = 0; i < count; i++) {
		struct bitmark_connection connection;
		bitmark_status status = address[i] == NULL ?
		    BITMARK_E_IP_ADDRESS : bitmark_connection_from_text(
		    address[i], strlen(address[i]), &connection);

		if (status != BITMARK_OK)
			return status;
		if (!bitmark_connection_is_usable(&connection))
			return BITMARK_E_IP_ADDRESS;
		if (*size + BITMARK_CONNECTION_V6_SIZE > capacity)
			return BITMARK_E_LENGTH;
		bitmark_connection_pack(&connection, packed + *size);
		*size += BITMARK_CONNECTION_V6_SIZE;
	}
	return BITMARK_OK;
}

/* What this node tells others of itself. */
static bitmark_status
own_entry(const struct bitmark_node_config *config, struct bitmark_peer *own)
{
	memset(own, 0, sizeof *own);
	memcpy(own->key, config->public_key, sizeof own->key);
	own->timestamp = (uint64_t)time(NULL);
	return pack_addresses(config->announce, config->announce_count,
	    own->connections, sizeof own->connections,
	    &own->connections_size);
}

/* ... and of the service beside it. */
static bitmark_status
copy_rpc(struct bitmark_node *node, const struct bitmark_node_config *config)
{
	struct bitmark_rpc *rpc = &node->rpc;

	if (config->rpc_announce_count == 0)
		return BITMARK_OK;
	if (config->rpc_fingerprint == NULL)
		return BITMARK_E_FINGERPRINT;
	memcpy(rpc->fingerprint, config->rpc_fingerprint,
	    sizeof rpc->fingerprint);
	return pack_addresses(config->rpc_announce,
	    config->rpc_announce_count, rpc->connections,
	    sizeof rpc->connections, &rpc->connections_size);
}

static bitmark_status
open_store(struct bitmark_node *node,
    const struct bitmark_node_config *config)
{
	struct bitmark_digest_config digests = {
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
	bitmark_status status;

	status = bitmark_digest_pool_new(&node->digests, &digests);
	if (status != BITMARK_OK)
		return status;
	chain.digests = node->digests;
	status = bitmark_chain_open(&node->chain, &chain);
	if (status != BITMARK_OK)
		return status;
	bitmark_chain_tip(node->chain, &node->status.tip);
	node->status.target = node->status.tip.number;
	node->status.mode = BITMARK_MODE_RESYNCHRONISE;
	return bitmark_snapshot_open(node->chain, &node->snapshot);
}

static bitmark_status
prepare_dispatch(struct bitmark_node *node,
    const struct bitmark_node_config *config)
{
	struct bitmark_dispatch_node *d = &node->dispatch;
	bitmark_status status = own_entry(config, &d->own);

	if (status != BITMARK_OK)
		return status;
	d->params = node->params;
	d->version = node->version;
	d->random_peer = bm_node_random_peer;
	d->user = node;
	bitmark_snapshot_view(node->snapshot, &d->view);
	bitmark_snapshot_release(node->snapshot);
	return bitmark_announce_new(&node->announce, &d->own, 0, &node->env);
}

bitmark_status
bm_node_resolve(const struct bitmark_node *node, const char *module,
    const char *text, struct bitmark_connection *connection)
{
	bitmark_status status = bm_resolve(text, connection);

	if (status != BITMARK_OK)
		bm_log(&node->env, BITMARK_LOG_ERROR, module, "%s: %s",
		    text != NULL ? text : "NULL", bitmark_strerror(status));
	return status;
}

static bitmark_status
listen_on(struct bitmark_node *node, const struct bitmark_node_config *config)
{
	struct bm_listener_config listener = {
		.zmq = node->zmq,
		.connections_max = config->connections_max != 0 ?
		    config->connections_max : BITMARK_NODE_CONNECTIONS_MAX,
		.answer = bm_node_answer,
		.sent = bm_node_sent,
		.user = node,
		.env = node->env,
	};
	struct bitmark_connection *bind;
	bitmark_status status = BITMARK_OK;

	if (config->listen_count == 0)
		return BITMARK_OK;
	bind = calloc(config->listen_count, sizeof *bind);
	if (bind == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < config->listen_count && status == BITMARK_OK;
	    i++)
		status = bm_node_resolve(node, "listener", config->listen[i],
		    &bind[i]);
	listener.bind = bind;
	listener.bind_count = config->listen_count;
	memcpy(listener.private_key, node->private_key,
	    sizeof listener.private_key);
	if (status == BITMARK_OK)
		status = bm_listener_start(&node->listener, &listener);
	free(bind);
	return status;
}

/* A thread that leaves signals to the program's own threads; but reading what
 * is missing in the store's file is its own matter. */
static bitmark_status
start_thread(struct bitmark_node *node)
{
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&node->thread, NULL, bm_owner_run, node->owner);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed)
		return BITMARK_E_THREAD;
	node->thread_started = true;
	return BITMARK_OK;
}

/*
 * Begin what a context begins with its first socket: its threads, and the
 * descriptors they need.  When there are none, libzmq ends the process; later
 * strangers may have taken them all.
 */
static bitmark_status
begin_context(void *zmq)
{
	void *socket = zmq_socket(zmq, ZMQ_DEALER);

	if (socket == NULL)
		return BITMARK_E_NET;
	(void)zmq_close(socket);
	return BITMARK_OK;
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
	pthread_mutex_init(&node->peers_lock, NULL);
	pthread_mutex_init(&node->status_lock, NULL);
	status = copy_config(node, config);
	if (status == BITMARK_OK)
		status = copy_rpc(node, config);
	if (status == BITMARK_OK)
		status = open_store(node, config);
	if (status == BITMARK_OK)
		status = prepare_dispatch(node, config);
	if (status == BITMARK_OK)
		status = bm_inbox_new(&node->inbox);
	if (status == BITMARK_OK)
		status = bm_calls_new(&node->calls);
	if (status == BITMARK_OK)
		status = bm_owner_new(&node->owner, node);
	if (status == BITMARK_OK)
		status = bm_bootstrap_start(node->owner, config);
	if (status == BITMARK_OK) {
		node->zmq = zmq_ctx_new();
		node->zmq_peers = zmq_ctx_new();
		status = node->zmq == NULL ? BITMARK_E_NET :
		    begin_context(node->zmq_peers);
	}
	if (status == BITMARK_OK) {
		bm_owner_begin(node->owner);
		status = listen_on(node, config);
	}
	if (status == BITMARK_OK)
		status = bm_bus_open(node, config);
	if (status == BITMARK_OK)
		status = start_thread(node);
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
	if (node->thread_started) {
		bm_owner_stop(node->owner);
		pthread_join(node->thread, NULL);
	}
	bm_listener_stop(node->listener);
	bm_publisher_stop(node->publisher);
	/* Sockets and snapshots before what they belong to. */
	bm_owner_close(node->owner);
	bm_inbox_free(node->inbox);
	bm_calls_free(node->calls);
	end_context(node->zmq);
	end_context(node->zmq_peers);
	bitmark_announce_free(node->announce);
	bitmark_snapshot_close(node->snapshot);
	bitmark_chain_close(node->chain);
	/* The pool before what it reports to. */
	bitmark_digest_pool_free(node->digests);
	bm_owner_free(node->owner);
	for (size_t i = 0; i < node->peer_count; i++)
		free(node->peers[i].address);
	free(node->peers);
	free(node->peer_file);
	free(node->version);
	sodium_memzero(node->private_key,
	    sizeof node->private_key);
	pthread_mutex_destroy(&node->status_lock);
	pthread_mutex_destroy(&node->peers_lock);
	free(node);
}
