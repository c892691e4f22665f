/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unix time at the beginning. */
#define WALL_S UINT64_C(1700000000)
#define PORT_BASE 10000
#define FRAMES_MAX 8
/* Connecting is tried again so often. */
#define ATTEMPT_MS 1000
#define SLOW_MS 70000
#define BOAST 1000000
#define NO_WORK UINT64_C(0xbad)

enum happening {
	CONNECT,                        /* a session tries to connect       */
	LOST,                           /* a session lost its connection    */
	REQUEST,                        /* arrives at a server              */
	REPLY,                          /* arrives at a session             */
	SESSION_TICK,
	CONNECTOR,                      /* an event for a connector         */
	CONNECTOR_TICK,
	ANNOUNCE,                       /* the announcer's cycle            */
};

struct event {
	uint64_t at_ms, order;
	enum happening what;
	size_t node, client;            /* whose session                    */
	unsigned life, generation;
	uint64_t token;
	struct bitmark_connector_event connector;
	size_t count;
	struct bitmark_span frame[FRAMES_MAX];
	uint8_t *bytes;                 /* of all spans                     */
};

struct block {
	uint8_t header[BITMARK_HEADER_SIZE + 1];        /* and one too many */
	uint8_t digest[BITMARK_DIGEST_SIZE];
};

struct world world;
static struct block blocks[WORLD_BLOCKS_MAX];
static size_t block_count;
static struct event **heap;
static size_t heap_count, heap_capacity;
static uint64_t order, random_state;

uint64_t
world_random(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void
random_bytes(void *user, uint8_t *out, size_t size)
{
	(void)user;
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)world_random(256);
}

/* --- what happens when ---------------------------------------------------- */

static bool
sooner(const struct event *a, const struct event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms :
	    a->order < b->order;
}

static void
schedule(struct event *e, uint64_t delay)
{
	size_t i = heap_count++;

	e->at_ms = world.now_ms + delay;
	e->order = ++order;
	if (heap_count > heap_capacity) {
		heap_capacity = heap_capacity * 2 + 64;
		heap = realloc(heap, heap_capacity * sizeof *heap);
		assert(heap != NULL);
	}
	for (; i > 0 && sooner(e, heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = e;
}

static struct event *
next_event(void)
{
	struct event *first = heap[0], *e = heap[--heap_count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < heap_count) {
		if (child + 1 < heap_count &&
		    sooner(heap[child + 1], heap[child]))
			child++;
		if (!sooner(heap[child], e))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = e;
	return first;
}

static struct event *
new_event(enum happening what, size_t node, size_t client)
{
	struct event *e = calloc(1, sizeof *e);

	assert(e != NULL);
	e->what = what;
	e->node = node;
	e->client = client;
	e->life = world.node[node].life;
	if (client < WORLD_CLIENTS_MAX)
		e->generation = world.node[node].session[client].generation;
	return e;
}

static void
free_event(struct event *e)
{
	free(e->bytes);
	free(e);
}

static void
set_frames(struct event *e, const struct bitmark_span *frames, size_t count)
{
	size_t size = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		size += frames[i].size;
	e->bytes = malloc(size + 1);
	assert(e->bytes != NULL && count <= FRAMES_MAX);
	e->count = count;
	for (size_t i = 0; i < count; i++) {
		e->frame[i] = (struct bitmark_span){ e->bytes + at,
		    frames[i].size };
		if (frames[i].size != 0)
			memcpy(e->bytes + at, frames[i].data, frames[i].size);
		at += frames[i].size;
	}
}

static uint64_t
travel_time(void)
{
	return 1 + world_random(world.delay_ms);
}

static bool
is_lost(void)
{
	return world_random(1000) < world.loss;
}

/* --- blocks ------------------------------------------------------------------ */

static const struct block *
block_at(const struct sim_node *n, uint64_t number)
{
	return &blocks[n->chain[number]];
}

static size_t
new_block(uint64_t number, const uint8_t *previous)
{
	struct block *b = &blocks[block_count];
	struct bitmark_header header = {
		.version = 2, .count = 1, .number = number,
		.timestamp = WALL_S, .nonce = block_count + (1u << 20),
	};

	assert(block_count < WORLD_BLOCKS_MAX);
	memcpy(header.previous, previous, sizeof header.previous);
	bitmark_header_pack(&header, b->header);
	bitmark_sha3_256(b->header, BITMARK_HEADER_SIZE, b->digest);
	return block_count++;
}

static uint64_t
view_height(void *user)
{
	return ((struct sim_node *)user)->height;
}

static bitmark_status
view_block(void *user, uint64_t number, struct bitmark_span *block)
{
	struct sim_node *n = user;

	if (number < 2 || number > n->height)
		return BITMARK_E_BLOCK_NOT_FOUND;
	*block = (struct bitmark_span){ block_at(n, number)->header,
	    BITMARK_HEADER_SIZE };
	return BITMARK_OK;
}

static bitmark_status
view_digest(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct sim_node *n = user;

	if (number > n->height)
		return BITMARK_E_BLOCK_NOT_FOUND;
	memcpy(digest, block_at(n, number < 1 ? 1 : number)->digest,
	    BITMARK_DIGEST_SIZE);
	return BITMARK_OK;
}

/* Store a packed block that follows the tip. */
static bitmark_status
append(struct sim_node *n, struct bitmark_span block)
{
	struct bitmark_header header;

	if (bitmark_header_parse(block.data, block.size, &header) !=
	    BITMARK_OK)
		return BITMARK_E_HEADER_SIZE;
	if (header.number != n->height + 1 || n->height == WORLD_HEIGHT_MAX)
		return BITMARK_E_NUMBER;
	if (memcmp(header.previous, block_at(n, n->height)->digest,
	    sizeof header.previous) != 0)
		return BITMARK_E_PREVIOUS;
	if (block.size != BITMARK_HEADER_SIZE)
		return BITMARK_E_MERKLE;
	for (size_t i = 0; i < block_count; i++)
		if (memcmp(blocks[i].header, block.data, block.size) == 0) {
			n->chain[++n->height] = i;
			n->returns += n->left[i];
			return BITMARK_OK;
		}
	return BITMARK_E_MERKLE;
}

/* --- connector and sessions ------------------------------------------------- */

static void
tell_connector(size_t node, const struct bitmark_connector_event *event,
    uint64_t delay)
{
	struct event *e = new_event(CONNECTOR, node, SIZE_MAX);
	const struct bitmark_span spans[] = { event->key, event->connections,
	    event->data };

	e->connector = *event;
	set_frames(e, spans, 3);
	e->connector.key = e->frame[0];
	e->connector.connections = e->frame[1];
	e->connector.data = e->frame[2];
	schedule(e, delay);
}

static void
tell(size_t node, enum bitmark_connector_event_type type, size_t client,
    uint64_t number)
{
	const struct bitmark_connector_event event = { .type = type,
	    .client = client, .number = number };

	tell_connector(node, &event, 0);
}

static void
try_to_connect(size_t node, size_t client, uint64_t delay)
{
	schedule(new_event(CONNECT, node, client), delay);
}

static void
send_requests(size_t node, size_t client,
    const struct bitmark_upstream_update *update)
{
	static const char chain[] = "local";

	for (size_t i = 0; i < update->request_count; i++) {
		const struct bitmark_upstream_request *r = update->request[i];
		struct bitmark_span frames[FRAMES_MAX] = {
			{ (const uint8_t *)chain, strlen(chain) },
			{ (const uint8_t *)r->command, strlen(r->command) },
		};
		struct event *e;

		if (is_lost())
			continue;
		e = new_event(REQUEST, node, client);
		memcpy(frames + 2, r->parameter,
		    r->count * sizeof frames[0]);
		set_frames(e, frames, r->count + 2);
		e->token = r->token;
		schedule(e, travel_time());
	}
}

static void
tell_height(size_t node, size_t client,
    const struct bitmark_upstream_update *update)
{
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_HEIGHT, .client = client,
		.number = update->height,
		.vote_number = update->vote_number };

	memcpy(event.digest, update->vote, sizeof event.digest);
	tell_connector(node, &event, 0);
}

static void
report_session(size_t node, size_t client,
    const struct bitmark_upstream_update *update)
{
	struct session *s = &world.node[node].session[client];

	if (s->registered != update->registered)
		tell(node, update->registered ?
		    BITMARK_CONNECTOR_EV_REGISTERED :
		    BITMARK_CONNECTOR_EV_LOST, client, 0);
	s->registered = update->registered;
	if (update->polled || update->vote_number != 0)
		tell_height(node, client, update);
	if (update->polled)
		bitmark_announce_heard(world.node[node].announce,
		    world.node[s->to].key, WALL_S + world.now_ms / 1000);
	if (update->has_result) {
		const struct bitmark_connector_event event = {
			.type = BITMARK_CONNECTOR_EV_FETCHED,
			.client = client, .token = update->result_token,
			.status = update->result, .data = update->data,
		};

		tell_connector(node, &event, 0);
	}
}

/* Only the last one that was scheduled counts. */
static void
schedule_tick(struct event *e, uint64_t *tick, uint64_t deadline_ms)
{
	e->token = ++*tick;
	if (deadline_ms == UINT64_MAX)
		free_event(e);
	else
		schedule(e, deadline_ms > world.now_ms ?
		    deadline_ms - world.now_ms : 0);
}

static void
step_session(size_t node, size_t client, struct bitmark_upstream_event *event)
{
	struct sim_node *n = &world.node[node];
	struct session *s = &n->session[client];
	const struct bitmark_upstream_update *update;
	uint64_t wall_s = WALL_S + world.now_ms / 1000;

	event->struct_size = sizeof *event;
	event->now_ms = world.now_ms;
	event->wall_s = wall_s;
	event->own_height = n->height;
	update = bitmark_upstream_step(s->upstream, event);
	if (update->reopen) {
		s->generation++;
		s->connected = false;
		try_to_connect(node, client, travel_time());
	}
	send_requests(node, client, update);
	if (update->has_peer)
		(void)!bitmark_announce_add(n->announce, s->to + 1,
		    bitmark_peer_announcement(&update->peer), wall_s, NULL,
		    NULL);
	report_session(node, client, update);
	schedule_tick(new_event(SESSION_TICK, node, client), &s->tick,
	    update->deadline_ms);
}

static void
step_session_plain(size_t node, size_t client,
    enum bitmark_upstream_event_type type)
{
	struct bitmark_upstream_event event = { .type = type };

	step_session(node, client, &event);
}

static void
tell_neighbours(size_t node)
{
	struct sim_node *n = &world.node[node];
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];
	size_t count = bitmark_announce_neighbours(n->announce, list,
	    BITMARK_NEIGHBOURS_MAX);
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_NEIGHBOUR };

	for (size_t i = 0; i < BITMARK_NEIGHBOURS_MAX; i++) {
		struct bitmark_peer peer;

		if (i < count)
			peer = list[i].peer;
		else if (bitmark_announce_candidate(n->announce,
		    WALL_S + world.now_ms / 1000, &peer) != BITMARK_OK)
			break;
		event.key = (struct bitmark_span){ peer.key,
		    sizeof peer.key };
		event.connections = (struct bitmark_span){ peer.connections,
		    peer.connections_size };
		tell_connector(node, &event, 0);
	}
}

static void
open_session(size_t node, const struct bitmark_connector_action *action)
{
	struct sim_node *n = &world.node[node];
	struct session *s = &n->session[action->client];

	s->to = action->client < n->static_count ?
	    n->statics[action->client] :
	    (size_t)action->address.port - PORT_BASE;
	s->generation++;
	s->connected = false;
	s->registered = false;
	step_session_plain(node, action->client, BITMARK_UPSTREAM_EV_OPEN);
	try_to_connect(node, action->client, travel_time());
}

static void
close_session(size_t node, size_t client)
{
	struct session *s = &world.node[node].session[client];

	s->to = SIZE_MAX;
	s->generation++;
	s->connected = false;
	s->registered = false;
	step_session_plain(node, client, BITMARK_UPSTREAM_EV_CLOSE);
}

static void
check_block(size_t node, const struct bitmark_connector_action *action)
{
	struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_CHECKED, .token = action->token };
	struct bitmark_header header;

	event.status = bitmark_header_parse(action->block.data,
	    action->block.size, &header);
	if (event.status == BITMARK_OK && header.nonce == NO_WORK)
		event.status = BITMARK_E_HEADER_DIFFICULTY;
	bitmark_sha3_256(action->block.data, BITMARK_HEADER_SIZE,
	    event.digest);
	tell_connector(node, &event, world_random(50));
}

static void
roll_back(struct sim_node *n, uint64_t height)
{
	assert(height >= 1 && height < n->height);
	if (n->height - height > n->deepest)
		n->deepest = n->height - height;
	n->left[n->chain[n->height]] = 1;
	n->height = height;
}

static void
act(size_t node, const struct bitmark_connector_action *action)
{
	struct bitmark_connector_event event = { .token = action->token };
	struct bitmark_upstream_event fetch = {
		.type = BITMARK_UPSTREAM_EV_FETCH, .fetch = action->fetch };

	switch (action->type) {
	case BITMARK_CONNECTOR_ACT_CONNECT:
		open_session(node, action);
		break;
	case BITMARK_CONNECTOR_ACT_DISCONNECT:
		close_session(node, action->client);
		break;
	case BITMARK_CONNECTOR_ACT_RECONNECT:
		tell_neighbours(node);
		break;
	case BITMARK_CONNECTOR_ACT_FETCH:
		step_session(node, action->client, &fetch);
		break;
	case BITMARK_CONNECTOR_ACT_CHECK:
		check_block(node, action);
		break;
	case BITMARK_CONNECTOR_ACT_APPLY:
		event.type = BITMARK_CONNECTOR_EV_APPLIED;
		event.status = append(&world.node[node], action->block);
		tell_connector(node, &event, 0);
		break;
	case BITMARK_CONNECTOR_ACT_ROLL_BACK:
		event.type = BITMARK_CONNECTOR_EV_ROLLED_BACK;
		roll_back(&world.node[node], action->number);
		tell_connector(node, &event, world_random(500));
		break;
	}
}

static void
step_connector(size_t node, struct bitmark_connector_event *event)
{
	struct sim_node *n = &world.node[node];
	const struct bitmark_connector_update *update;

	event->struct_size = sizeof *event;
	event->now_ms = world.now_ms;
	update = bitmark_connector_step(n->connector, event);
	n->normal = update->normal;
	for (size_t i = 0; i < update->count; i++)
		act(node, update->action[i]);
	schedule_tick(new_event(CONNECTOR_TICK, node, SIZE_MAX), &n->tick,
	    update->deadline_ms);
}

/* --- serving ------------------------------------------------------------------ */

static void
push(size_t node, enum bitmark_message_priority priority, const char *command,
    const struct bitmark_span *parameters, size_t count)
{
	struct sim_node *n = &world.node[node];
	struct bitmark_upstream_event event = {
		.type = BITMARK_UPSTREAM_EV_PUSH };
	bitmark_status status = bitmark_message_new(&event.message, priority,
	    command, parameters, count);

	assert(status == BITMARK_OK);
	for (size_t i = 0; i < n->session_count; i++)
		if (n->session[i].to != SIZE_MAX)
			step_session(node, i, &event);
	bitmark_message_free(event.message);
}

static void
be64(uint8_t out[8], uint64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		out[i] = (uint8_t)value;
}

static void
push_peer(size_t node, struct bitmark_span key, struct bitmark_span list,
    uint64_t timestamp)
{
	uint8_t time[8];
	const struct bitmark_span parameters[] = { key, list,
	    { time, sizeof time } };

	be64(time, timestamp);
	push(node, BITMARK_MESSAGE_ANNOUNCEMENT, "peer", parameters, 3);
}

static void
take_peer(size_t node, size_t from, const struct bitmark_request *request)
{
	struct sim_node *n = &world.node[node];
	uint64_t wall_s = WALL_S + world.now_ms / 1000, stated = 0, stored;
	bool relay;

	if (request->count < 3 || request->parameter[2].size != 8 ||
	    bitmark_announce_admit(n->announce, from + 1, wall_s) !=
	    BITMARK_OK)
		return;
	for (size_t i = 0; i < 8; i++)
		stated = stated << 8 | request->parameter[2].data[i];
	if (bitmark_announce_add(n->announce, from + 1,
	    (struct bitmark_announcement){ request->parameter[0],
	    request->parameter[1], stated }, wall_s, &relay, &stored) ==
	    BITMARK_OK && relay && request->kind == BITMARK_REQUEST_PEER)
		push_peer(node, request->parameter[0], request->parameter[1],
		    stored);
}

static void
take_request(size_t node, size_t from, const struct bitmark_request *request)
{
	struct sim_node *n = &world.node[node];

	if (request->kind == BITMARK_REQUEST_PEER ||
	    request->kind == BITMARK_REQUEST_REGISTER)
		take_peer(node, from, request);
	else if (request->kind == BITMARK_REQUEST_BLOCK && n->normal &&
	    n->temper == HONEST && request->count > 0 &&
	    append(n, request->parameter[0]) == BITMARK_OK)
		push(node, BITMARK_MESSAGE_BLOCK, "block",
		    request->parameter, 1);
}

static bitmark_status
random_peer(void *user, const uint8_t exclude[BITMARK_PEER_KEY_SIZE],
    struct bitmark_peer *peer)
{
	return bitmark_announce_random(((struct sim_node *)user)->announce,
	    exclude, peer);
}

static void
own_entry(const struct sim_node *n, struct bitmark_peer *own)
{
	struct bitmark_connection at = { { 0 },
	    (uint16_t)(PORT_BASE + (size_t)(n - world.node)) };

	at.address[10] = at.address[11] = 0xff;
	at.address[12] = 127;
	at.address[15] = 1;
	memset(own, 0, sizeof *own);
	memcpy(own->key, n->key, sizeof own->key);
	bitmark_connection_pack(&at, own->connections);
	own->connections_size = BITMARK_CONNECTION_V6_SIZE;
	own->timestamp = WALL_S + world.now_ms / 1000;
}

/* Change an honest reply into the one that a node of this temper gives. */
static void
spoil(struct sim_node *n, struct bitmark_reply *reply)
{
	static uint8_t bytes[BITMARK_HEADER_SIZE + 1];
	static const uint8_t e[] = "E", text[] = "no way";
	bool block = reply->count == 2 && reply->frame[0].data[0] == 'B';
	struct bitmark_header header;

	if (n->temper == SAYS_E) {
		reply->count = 2;
		reply->frame[0] = (struct bitmark_span){ e, 1 };
		reply->frame[1] = (struct bitmark_span){ text, 6 };
	} else if (n->temper == RUBBISH) {
		random_bytes(NULL, bytes, sizeof bytes);
		reply->count =
		    (size_t)world_random(BITMARK_REPLY_FRAMES_MAX + 1);
		for (size_t i = 0; i < reply->count; i++)
			reply->frame[i] = (struct bitmark_span){ bytes,
			    (size_t)world_random(sizeof bytes) };
	} else if (n->temper == LIES && reply->frame[0].data[0] == 'H') {
		memset(bytes, 1, BITMARK_DIGEST_SIZE);
		reply->frame[1] = (struct bitmark_span){ bytes,
		    BITMARK_DIGEST_SIZE };
	} else if ((n->temper == BOASTS || n->temper == LIES) && reply->frame[0].data[0] == 'N') {
		be64(bytes, n->height + BOAST);
		reply->frame[1] = (struct bitmark_span){ bytes, 8 };
	} else if (block && (n->temper == BAD_WORK ||
	    n->temper == BAD_CONTENT)) {
		memcpy(bytes, reply->frame[1].data, BITMARK_HEADER_SIZE);
		reply->frame[1] = (struct bitmark_span){ bytes, sizeof bytes };
		if (n->temper == BAD_CONTENT ||
		    bitmark_header_parse(bytes, sizeof bytes, &header) !=
		    BITMARK_OK)
			return;
		header.nonce = NO_WORK;
		bitmark_header_pack(&header, bytes);
	}
}

static bool
is_reachable(size_t a, size_t b)
{
	return world.node[a].up && world.node[b].up &&
	    world.node[a].side == world.node[b].side;
}

static void
serve(const struct event *e)
{
	size_t to = world.node[e->node].session[e->client].to;
	struct sim_node *n = &world.node[to];
	const struct bitmark_view view = { sizeof view, n, view_height,
	    view_block, view_digest };
	struct bitmark_dispatch_node dispatch = {
		.struct_size = sizeof dispatch,
		.params = bitmark_chain_params_find("local"),
		.version = "sim", .normal = n->normal,
		.view = &view,
		.random_peer = random_peer, .user = n,
	};
	static struct bitmark_reply reply;
	struct bitmark_request request;
	struct event *answer;

	n->served++;
	own_entry(n, &dispatch.own);
	bitmark_dispatch(&dispatch, WALL_S + world.now_ms / 1000, e->frame,
	    e->count, &reply, &request);
	spoil(n, &reply);
	if (n->temper != SILENT && !is_lost()) {
		answer = new_event(REPLY, e->node, e->client);
		set_frames(answer, reply.frame, reply.count);
		answer->token = e->token;
		schedule(answer, n->temper == SLOW ? SLOW_MS : travel_time());
	}
	take_request(to, e->node, &request);
}

/* --- life ------------------------------------------------------------------------ */

static void
tell_expired(size_t node)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	const struct bitmark_connector_event event = {
		.type = BITMARK_CONNECTOR_EV_EXPIRED,
		.key = { key, sizeof key } };

	while (bitmark_announce_take_expired(world.node[node].announce, key))
		tell_connector(node, &event, 0);
}

static void
announce_cycle(size_t node)
{
	struct sim_node *n = &world.node[node];
	struct bitmark_peer own;

	own_entry(n, &own);
	push_peer(node, (struct bitmark_span){ own.key, sizeof own.key },
	    (struct bitmark_span){ own.connections, own.connections_size },
	    own.timestamp);
	(void)bitmark_announce_expire(n->announce, own.timestamp);
	tell_expired(node);
	if (bitmark_announce_take_changed(n->announce))
		tell_neighbours(node);
	schedule(new_event(ANNOUNCE, node, SIZE_MAX),
	    BITMARK_ANNOUNCE_INTERVAL_S * 1000);
}

static void
on_connect(size_t node, size_t client)
{
	struct session *s = &world.node[node].session[client];

	if (s->connected || s->to == SIZE_MAX)
		return;
	if (s->to >= world.count || !is_reachable(node, s->to) ||
	    world.node[s->to].temper == WRONG_KEY) {
		try_to_connect(node, client, ATTEMPT_MS);
		return;
	}
	s->connected = true;
	step_session_plain(node, client, BITMARK_UPSTREAM_EV_CONNECTED);
}

static void
on_lost(size_t node, size_t client)
{
	struct session *s = &world.node[node].session[client];

	s->connected = false;
	s->generation++;
	step_session_plain(node, client, BITMARK_UPSTREAM_EV_LOST);
	try_to_connect(node, client, ATTEMPT_MS);
}

static void
on_reply(const struct event *e)
{
	struct bitmark_upstream_event event = {
		.type = BITMARK_UPSTREAM_EV_REPLY, .token = e->token,
		.frames = e->frame, .frame_count = e->count,
	};

	step_session(e->node, e->client, &event);
}

/* Is it about a connection that still exists? */
static bool
is_current(const struct event *e)
{
	const struct sim_node *n = &world.node[e->node];

	if (!n->up || n->life != e->life)
		return false;
	if (e->what == CONNECTOR_TICK)
		return e->token == n->tick;
	if (e->what == SESSION_TICK)
		return e->token == n->session[e->client].tick;
	return e->client == SIZE_MAX ||
	    n->session[e->client].generation == e->generation;
}

static void
happen(struct event *e)
{
	if (!is_current(e))
		return;
	switch (e->what) {
	case CONNECT:
		on_connect(e->node, e->client);
		break;
	case LOST:
		on_lost(e->node, e->client);
		break;
	case REQUEST:
		if (is_reachable(e->node,
		    world.node[e->node].session[e->client].to))
			serve(e);
		break;
	case REPLY:
		if (is_reachable(e->node,
		    world.node[e->node].session[e->client].to))
			on_reply(e);
		break;
	case SESSION_TICK:
		step_session_plain(e->node, e->client,
		    BITMARK_UPSTREAM_EV_TICK);
		break;
	case CONNECTOR_TICK:
		e->connector.type = BITMARK_CONNECTOR_EV_TICK;
		step_connector(e->node, &e->connector);
		break;
	case CONNECTOR:
		step_connector(e->node, &e->connector);
		break;
	case ANNOUNCE:
		announce_cycle(e->node);
		break;
	}
}

void
world_run(uint64_t ms)
{
	uint64_t end = world.now_ms + ms;

	while (heap_count > 0 && heap[0]->at_ms <= end) {
		struct event *e = next_event();

		world.now_ms = e->at_ms;
		happen(e);
		free_event(e);
	}
	world.now_ms = end;
}

bool
world_agrees(void)
{
	const struct sim_node *first = NULL;

	for (size_t i = 0; i < world.count; i++) {
		const struct sim_node *n = &world.node[i];

		if (!n->up || n->temper != HONEST)
			continue;
		if (!n->normal)
			return false;
		if (first != NULL && (n->height != first->height ||
		    n->chain[n->height] != first->chain[first->height]))
			return false;
		first = n;
	}
	return true;
}

bool
world_run_until_agreed(uint64_t ms)
{
	const uint64_t slice = 5000;

	for (uint64_t done = 0; done < ms && !world_agrees(); done += slice)
		world_run(slice);
	return world_agrees();
}

/* --- building ------------------------------------------------------------------- */

void
world_begin(uint64_t seed)
{
	static const uint8_t nothing[BITMARK_DIGEST_SIZE];

	memset(&world, 0, sizeof world);
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	order = 0;
	block_count = 0;
	(void)new_block(1, nothing);
	world.delay_ms = 200;
}

void
world_end(void)
{
	for (size_t i = 0; i < world.count; i++) {
		world_stop(i);
		bitmark_free(world.node[i].peer_file);
	}
	while (heap_count > 0)
		free_event(next_event());
	free(heap);
	heap = NULL;
	heap_capacity = 0;
}

size_t
world_add(bool dynamic, size_t minimum)
{
	struct sim_node *n = &world.node[world.count];

	assert(world.count < WORLD_NODES_MAX);
	random_bytes(NULL, n->key, sizeof n->key);
	n->rules = world.rules;
	n->dynamic = dynamic;
	n->minimum = minimum;
	n->height = 1;
	n->chain[1] = 0;
	return world.count++;
}

void
world_connect(size_t node, size_t to)
{
	struct sim_node *n = &world.node[node];

	assert(n->static_count < WORLD_CLIENTS_MAX);
	n->statics[n->static_count++] = to;
}

void
world_tell(size_t node, size_t of)
{
	struct bitmark_peer peer;

	own_entry(&world.node[of], &peer);
	(void)!bitmark_announce_add(world.node[node].announce, 0,
	    bitmark_peer_announcement(&peer), peer.timestamp, NULL, NULL);
}

static void
start_connector(struct sim_node *n)
{
	uint8_t keys[WORLD_CLIENTS_MAX * BITMARK_PEER_KEY_SIZE];
	const struct bitmark_view view = { sizeof view, n, view_height,
	    view_block, view_digest };
	struct bitmark_connector_config config = {
		.struct_size = sizeof config,
		.static_keys = keys, .static_count = n->static_count,
		.dynamic = n->dynamic, .minimum_clients = n->minimum,
		.view = &view, .rules = n->rules,
	};
	bitmark_status status;

	for (size_t i = 0; i < n->static_count; i++)
		memcpy(keys + i * BITMARK_PEER_KEY_SIZE,
		    world.node[n->statics[i]].key, BITMARK_PEER_KEY_SIZE);
	memcpy(config.own_key, n->key, sizeof config.own_key);
	status = bitmark_connector_new(&n->connector, &config);
	assert(status == BITMARK_OK);
	n->session_count = bitmark_connector_clients(n->connector);
	assert(n->session_count <= WORLD_CLIENTS_MAX);
}

static void
start_sessions(struct sim_node *n, const struct bitmark_peer *own)
{
	struct bitmark_upstream_config config = {
	    .struct_size = sizeof config, .chain = "local",
	    .rules = n->rules,
	    .own_connections = { own->connections, own->connections_size } };

	memcpy(config.own_key, n->key, sizeof config.own_key);
	for (size_t i = 0; i < n->session_count; i++) {
		bitmark_status status = bitmark_upstream_new(
		    &n->session[i].upstream, &config);

		assert(status == BITMARK_OK);
		n->session[i].to = SIZE_MAX;
		n->session[i].connected = n->session[i].registered = false;
		n->session[i].generation++;
	}
}

void
world_start(size_t node)
{
	struct sim_node *n = &world.node[node];
	const struct bitmark_env env = { .random = random_bytes };
	struct bitmark_peer own;
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };
	bitmark_status status;

	own_entry(n, &own);
	status = bitmark_announce_new(&n->announce, &own, 0, n->rules, &env);
	assert(status == BITMARK_OK);
	if (n->peer_file != NULL) {
		status = bitmark_peer_file_restore(n->announce, n->peer_file,
		    n->peer_file_size, own.timestamp, &counts);
		assert(status == BITMARK_OK);
	}
	n->up = true;
	n->normal = false;
	n->life++;
	start_connector(n);
	start_sessions(n, &own);
	tell(node, BITMARK_CONNECTOR_EV_TICK, 0, 0);
	schedule(new_event(ANNOUNCE, node, SIZE_MAX),
	    BITMARK_ANNOUNCE_FIRST_S * 1000);
	tell_neighbours(node);
}

/* Half of those who were connected notice it at once. */
static void
leave(size_t node)
{
	for (size_t i = 0; i < world.count; i++)
		for (size_t k = 0; world.node[i].up &&
		    k < world.node[i].session_count; k++)
			if (world.node[i].session[k].to == node &&
			    world.node[i].session[k].connected &&
			    world_random(2) == 0)
				schedule(new_event(LOST, i, k),
				    travel_time());
}

void
world_stop(size_t node)
{
	struct sim_node *n = &world.node[node];

	if (!n->up)
		return;
	bitmark_free(n->peer_file);
	n->peer_file = NULL;
	(void)!bitmark_peer_file_format(n->announce, &n->peer_file,
	    &n->peer_file_size);
	world_crash(node);
}

void
world_crash(size_t node)
{
	struct sim_node *n = &world.node[node];

	if (!n->up)
		return;
	n->up = false;
	n->normal = false;
	bitmark_connector_free(n->connector);
	bitmark_announce_free(n->announce);
	for (size_t i = 0; i < n->session_count; i++)
		bitmark_upstream_free(n->session[i].upstream);
	leave(node);
}

void
world_mine_alone(size_t node)
{
	struct sim_node *n = &world.node[node];
	size_t made = new_block(n->height + 1,
	    block_at(n, n->height)->digest);

	assert(n->height < WORLD_HEIGHT_MAX);
	n->chain[++n->height] = made;
}

void
world_mine(size_t node)
{
	struct sim_node *n = &world.node[node];
	struct bitmark_span block;

	world_mine_alone(node);
	block = (struct bitmark_span){ block_at(n, n->height)->header,
	    BITMARK_HEADER_SIZE };
	push(node, BITMARK_MESSAGE_BLOCK, "block", &block, 1);
}

void
world_copy_chain(size_t node, size_t of)
{
	memcpy(world.node[node].chain, world.node[of].chain,
	    sizeof world.node[node].chain);
	world.node[node].height = world.node[of].height;
}
