/*
 * What is told to everybody: to all nodes that we are registered with, to
 * local subscribers, and to the program that runs the node.
 *
 * Source: bitmarkd v8.2 messagebus, publish/broadcaster.go
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "codec/log.h"

#include <bitmarkpeer/os.h>

#include "node/owner.h"

/* Before a block that cannot be read is tried again. */
#define RETRY_MS 1000

bitmark_status
bm_bus_open(struct bitmark_node *node, const struct bitmark_node_config *config)
{
	const struct bm_settings *settings = &node->settings;
	struct bm_publisher_config publisher = {
		.chain = settings->params->name,
		.bind_count = config->publish_count,
		.connections_max = settings->connections_max,
		.env = settings->env,
	};
	struct bitmark_connection *bind;
	bitmark_status status;

	if (config->publish_count == 0)
		return BITMARK_OK;
	status = bm_settings_resolve(settings, "publisher", config->publish,
	    config->publish_count, &bind);
	publisher.bind = bind;
	memcpy(publisher.private_key, config->publish_private_key != NULL ?
	    config->publish_private_key : config->private_key,
	    sizeof publisher.private_key);
	if (status == BITMARK_OK)
		status = bm_publisher_start(&node->publisher, &publisher,
		    bitmark_clock_ms());
	explicit_bzero(publisher.private_key, sizeof publisher.private_key);
	free(bind);
	return status;
}

void
bm_bus_tell(struct bm_owner *o, enum bitmark_message_priority priority,
    const char *command, const struct bitmark_span *parameters, size_t count)
{
	bm_clients_relay(o, priority, command, parameters, count);
	if (o->node->publisher == NULL)
		return;
	/* The publisher counts what is lost. */
	(void)bm_publisher_publish(o->node->publisher, command, parameters,
	    count, o->state.now.ms);
}

void
bm_bus_drive(struct bm_owner *o)
{
	if (o->node->publisher != NULL)
		bm_publisher_drive(o->node->publisher, o->state.now.ms);
}

uint64_t
bm_bus_deadline(const struct bm_owner *o)
{
	return o->node->publisher == NULL ? UINT64_MAX :
	    bm_publisher_deadline(o->node->publisher);
}

size_t
bm_bus_items(const struct bm_owner *o, zmq_pollitem_t *items)
{
	if (o->node->publisher == NULL)
		return 0;
	bm_publisher_poll_items(o->node->publisher, items);
	return BM_PUBLISHER_ITEMS;
}

/*
 * Events.
 */

static void
emit(const struct bitmark_node *node, const struct bitmark_node_event *event)
{
	if (node->settings.event != NULL)
		node->settings.event(node->settings.env.user, event);
}

void
bm_bus_block(struct bm_owner *o, enum bitmark_node_event_type type,
    uint64_t number, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_node_event event = {
		.type = type, .number = number, .block = block,
	};

	memcpy(event.digest, digest, sizeof event.digest);
	emit(o->node, &event);
}

void
bm_bus_peer(struct bm_owner *o, const struct bm_node_client *client,
    bool registered)
{
	struct bitmark_node_event event = {
		.type = registered ? BITMARK_NODE_PEER_UP :
		    BITMARK_NODE_PEER_DOWN,
		.address = client->name,
	};

	memcpy(event.key, client->key, sizeof event.key);
	emit(o->node, &event);
}

void
bm_bus_mode(const struct bitmark_node *node, enum bitmark_mode mode)
{
	emit(node, &(struct bitmark_node_event){
	    .type = BITMARK_NODE_MODE_CHANGED, .mode = mode });
}

/* An event that must wait for the blocks before it. */
struct bm_early {
	struct bm_early *next;
	struct bitmark_node_event event;
};

static void
keep_early(struct bm_owner *o, const struct bitmark_node_event *event)
{
	struct bm_early *early = malloc(sizeof *early);

	if (early == NULL) {
		bm_log(&o->node->settings.env, BITMARK_LOG_ERROR, "bus",
		    "an event is lost: %s",
		    bitmark_strerror(BITMARK_E_NOMEM));
		return;
	}
	*early = (struct bm_early){ NULL, *event };
	*o->early_end = early;
	o->early_end = &early->next;
}

void
bm_bus_transaction(void *owner, enum bitmark_tx_change change,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE])
{
	struct bm_owner *o = owner;
	struct bitmark_node_event event = {
		.type = BITMARK_NODE_TRANSACTION, .change = change,
	};

	memcpy(event.tx_id, tx_id, sizeof event.tx_id);
	memcpy(event.pay_id, pay_id, sizeof event.pay_id);
	if (o->caught_up)
		emit(o->node, &event);
	else
		keep_early(o, &event);
}

/* A block that is stored; true: it is there. */
static bool
tell_stored(struct bm_owner *o, uint64_t number)
{
	struct bitmark_snapshot *snapshot = bm_state_snapshot(&o->state);
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;
	bool found = snapshot != NULL &&
	    bitmark_snapshot_block(snapshot, number, &block) == BITMARK_OK &&
	    bitmark_snapshot_digest(snapshot, number, digest) == BITMARK_OK;

	if (found)
		bm_bus_block(o, BITMARK_NODE_BLOCK_ADDED, number, block,
		    digest);
	bm_state_release(&o->state);
	return found;
}

static bool
is_stopping(const struct bm_owner *o, int wait_ms)
{
	struct pollfd stop = { o->stop.fd[0], POLLIN, 0 };

	return poll(&stop, 1, wait_ms) > 0;
}

/* False: the node stops before all are told. */
static bool
tell_all_stored(struct bm_owner *o, uint64_t number)
{
	bool good = true;

	while (number <= o->follow.told) {
		if (is_stopping(o, good ? 0 : RETRY_MS))
			return false;
		if (tell_stored(o, number)) {
			number++;
			good = true;
			continue;
		}
		if (good)
			bm_log(&o->node->settings.env, BITMARK_LOG_ERROR, "bus",
			    "block %llu cannot be read",
			    (unsigned long long)number);
		good = false;
	}
	return true;
}

void
bm_bus_catch_up(struct bm_owner *o)
{
	const struct bitmark_node *node = o->node;
	uint64_t number = node->settings.events_from;

	/* The genesis block is never stored. */
	if (node->settings.event != NULL && number != 0 &&
	    !tell_all_stored(o, number < 2 ? 2 : number))
		return;
	o->caught_up = true;
	for (const struct bm_early *e = o->early; e != NULL; e = e->next)
		emit(node, &e->event);
	bm_bus_drop_early(o);
}

void
bm_bus_drop_early(struct bm_owner *o)
{
	struct bm_early *early;

	while ((early = o->early) != NULL) {
		o->early = early->next;
		free(early);
	}
	o->early_end = &o->early;
}
