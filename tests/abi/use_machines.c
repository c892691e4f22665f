/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The machines of the protocol: dispatch, an upstream session, the connector.
 */
#include "use.h"

#define HEIGHT 7

static uint64_t
view_height(void *user)
{
	(void)user;
	return HEIGHT;
}

static bitmark_status
view_block(void *user, uint64_t number, struct bitmark_span *block)
{
	(void)user;
	(void)number;
	*block = text_span("a block");
	return number <= HEIGHT ? BITMARK_OK : BITMARK_E_BLOCK_NOT_FOUND;
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	(void)user;
	memset(digest, (int)number, BITMARK_DIGEST_SIZE);
	return number <= HEIGHT ? BITMARK_OK : BITMARK_E_BLOCK_NOT_FOUND;
}

static void
fill_view(struct bitmark_view *view)
{
	view->height = view_height;
	view->block = view_block;
	view->digest = view_digest;
}

/* The memory that the library works in, with bytes behind it that it must
 * leave alone. */
static struct {
	struct bitmark_reply reply;
	unsigned char reply_guard[GUARD];
	struct bitmark_request request;
	unsigned char request_guard[GUARD];
} lent;

static void
use_dispatch(void)
{
	const uint8_t number[8] = { 0, 0, 0, 0, 0, 0, 0, 3 };
	struct bitmark_span frames[3];

	SIZED(view, view);
	SIZED(dispatch_node, node);
	fill_view(&view.s);
	node.s.params = bitmark_chain_params_find("local");
	node.s.version = "1.2";
	node.s.normal = true;
	node.s.view = &view.s;
	memset(&lent, 0xa5, sizeof lent);
	frames[0] = text_span("local");
	frames[1] = text_span("N");
	REFUSED(node, bitmark_dispatch(&node.s, 0, frames, 2, &lent.reply,
	    &lent.request));
	REFUSED(view, bitmark_dispatch(&node.s, 0, frames, 2, &lent.reply,
	    &lent.request));
	MUST_OK(bitmark_dispatch(&node.s, 0, frames, 2, &lent.reply,
	    &lent.request));
	MUST(lent.request.kind == BITMARK_REQUEST_NONE);
	MUST(lent.reply.count == 2 && lent.reply.frame[1].size == 8);
	MUST(lent.reply.frame[1].data[7] == HEIGHT);
	frames[1] = text_span("H");
	frames[2].data = number;
	frames[2].size = sizeof number;
	MUST_OK(bitmark_dispatch(&node.s, 0, frames, 3, &lent.reply,
	    &lent.request));
	MUST(lent.reply.frame[1].size == BITMARK_DIGEST_SIZE);
	MUST(lent.reply.frame[1].data[0] == 3);
	LEFT_ALONE(view);
	LEFT_ALONE(node);
	for (size_t i = 0; i < GUARD; i++)
		MUST(lent.reply_guard[i] == 0xa5 &&
		    lent.request_guard[i] == 0xa5);
}

/* A session as far as its registration, and a reply that it cannot use. */
static void
use_upstream(void)
{
	const struct bitmark_upstream_update *update;
	struct bitmark_upstream *upstream;
	struct bitmark_span frame = text_span("?");

	SIZED(upstream_config, config);
	SIZED(upstream_event, event);
	SIZED(upstream_counters, counters);
	config.s.chain = "local";
	memset(config.s.own_key, 1, sizeof config.s.own_key);
	REFUSED(config, bitmark_upstream_new(&upstream, &config.s));
	MUST_OK(bitmark_upstream_new(&upstream, &config.s));
	LEFT_ALONE(config);
	event.s.type = BITMARK_UPSTREAM_EV_OPEN;
	event.s.now_ms = 1000;
	event.s.struct_size = sizeof(size_t);
	MUST(bitmark_upstream_step(upstream, &event.s) == NULL);
	event.s.struct_size = sizeof event.s;
	update = bitmark_upstream_step(upstream, &event.s);
	MUST(update != NULL && update->request_count == 0);
	event.s.type = BITMARK_UPSTREAM_EV_CONNECTED;
	update = bitmark_upstream_step(upstream, &event.s);
	for (int i = 0; i < 3 && update->request_count == 0; i++) {
		event.s.type = BITMARK_UPSTREAM_EV_TICK;
		event.s.now_ms = update->deadline_ms;
		update = bitmark_upstream_step(upstream, &event.s);
	}
	MUST(update->request_count == 1);
	MUST(strcmp(update->request[0]->command, "R") == 0);
	MUST(update->request[0]->count > 0);
	event.s.type = BITMARK_UPSTREAM_EV_REPLY;
	event.s.token = update->request[0]->token;
	event.s.frames = &frame;
	event.s.frame_count = 1;
	update = bitmark_upstream_step(upstream, &event.s);
	MUST(update->reopen && !update->registered);
	LEFT_ALONE(event);
	MUST(bitmark_upstream_get_state(upstream) ==
	    BITMARK_UPSTREAM_CONNECTING);
	REFUSED(counters, bitmark_upstream_get_counters(upstream, &counters.s));
	MUST_OK(bitmark_upstream_get_counters(upstream, &counters.s));
	FILLED(counters);
	MUST(counters.s.failures == 1 && counters.s.late == 0);
	bitmark_upstream_free(upstream);
}

static const struct bitmark_connector_action *
find_action(const struct bitmark_connector_update *update,
    enum bitmark_connector_action_type type)
{
	for (size_t i = 0; update != NULL && i < update->count; i++)
		if (update->action[i]->type == type)
			return update->action[i];
	MUST(!"an action of this type");
	return NULL;
}

/* One static peer that is two blocks ahead: the connector asks it for ours. */
static void
use_connector(void)
{
	const struct bitmark_connector_update *update;
	const struct bitmark_connector_action *action;
	struct bitmark_connector *connector;
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 2 };

	SIZED(view, view);
	SIZED(connector_config, config);
	SIZED(connector_event, event);
	SIZED(connector_status, status);
	fill_view(&view.s);
	config.s.static_keys = key;
	config.s.static_count = 1;
	config.s.minimum_clients = 1;
	config.s.view = &view.s;
	REFUSED(config, bitmark_connector_new(&connector, &config.s));
	REFUSED(view, bitmark_connector_new(&connector, &config.s));
	MUST_OK(bitmark_connector_new(&connector, &config.s));
	LEFT_ALONE(config);
	event.s.type = BITMARK_CONNECTOR_EV_TICK;
	event.s.now_ms = 1000;
	event.s.struct_size = sizeof(size_t);
	MUST(bitmark_connector_step(connector, &event.s) == NULL);
	event.s.struct_size = sizeof event.s;
	update = bitmark_connector_step(connector, &event.s);
	action = find_action(update, BITMARK_CONNECTOR_ACT_CONNECT);
	MUST(action->client == 0 && memcmp(action->key, key, sizeof key) == 0);
	event.s.type = BITMARK_CONNECTOR_EV_REGISTERED;
	bitmark_connector_step(connector, &event.s);
	event.s.type = BITMARK_CONNECTOR_EV_HEIGHT;
	event.s.number = HEIGHT + 2;
	update = bitmark_connector_step(connector, &event.s);
	for (int i = 0; i < 3 && update->count == 0; i++) {
		event.s.type = BITMARK_CONNECTOR_EV_TICK;
		event.s.now_ms = update->deadline_ms;
		update = bitmark_connector_step(connector, &event.s);
	}
	action = find_action(update, BITMARK_CONNECTOR_ACT_FETCH);
	MUST(action->fetch.kind == BITMARK_FETCH_DIGEST);
	MUST(action->fetch.token == action->token);
	MUST(update->state == BITMARK_CONNECTOR_FORK_DETECT);
	LEFT_ALONE(event);
	LEFT_ALONE(view);
	REFUSED(status, bitmark_connector_get_status(connector, &status.s));
	MUST_OK(bitmark_connector_get_status(connector, &status.s));
	FILLED(status);
	MUST(status.s.target == HEIGHT + 2 && status.s.registered == 1);
	bitmark_connector_free(connector);
}

void
use_machines(void)
{
	use_dispatch();
	use_upstream();
	use_connector();
}
