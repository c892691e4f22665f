/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One request in, one reply out.
 *
 * Nothing is allocated: frames of the reply point into the request, into the
 * store's map or into the reply's own scratch, whose size is proved at compile
 * time by the static assertions below.
 *
 * Source: bitmarkd v8.2 peer/listener.go process, peer/process.go
 */
#include <bitmarkpeer/dispatch.h>

#include <assert.h>

#include "codec/codec.h"
#include "codec/sized.h"
#include "protocol/quote.h"
#include "record/connection.h"

/* Frames in front of the parameters: chain and command. */
#define HEAD_FRAMES 2
/* Numbers and timestamps travel as eight bytes, big endian. */
#define NUMBER_SIZE 8
/* Sizes in an rpc message.  Source: bitmarkd v8.2 announce/rpc.go AddRPC */
#define FINGERPRINT_SIZE 32
#define RPC_CONNECTIONS_MAX 100
/* Number of the genesis block. */
#define GENESIS_NUMBER 1

/* One request being answered. */
struct call {
	const struct bitmark_dispatch_node *node;
	const struct bitmark_view *view;
	uint64_t now_s;
	const struct bitmark_span *parameter;
	size_t count;                   /* of parameters                     */
	struct bitmark_reply *reply;
	struct bitmark_request *request;
};

static void
add_frame(struct bitmark_reply *reply, const void *data, size_t size)
{
	assert(reply->count < BITMARK_REPLY_FRAMES_MAX);
	reply->frame[reply->count++] = (struct bitmark_span){ data, size };
}

/* Make an error reply: the frames "E" and a text. */
static void
fail(struct bitmark_reply *reply, const void *text, size_t size)
{
	add_frame(reply, "E", 1);
	add_frame(reply, text, size);
}

static void
fail_status(struct bitmark_reply *reply, bitmark_status status)
{
	const char *text = bitmark_strerror(status);

	fail(reply, text, strlen(text));
}

static_assert(sizeof "invalid chain: actual: \"\"  expect: " +
    BITMARK_CHAIN_QUOTE_MAX * BM_QUOTE_GROWTH + BITMARK_CHAIN_NAME_MAX <=
    sizeof ((struct bitmark_reply *)0)->scratch, "scratch is too small");

/* Say that the chain is another one.  Only the beginning of a long name is
 * quoted: a stranger must not get megabytes back for megabytes. */
static void
fail_chain(struct bitmark_reply *reply, struct bitmark_span chain,
    const char *expected)
{
	struct bm_writer w = bm_writer(reply->scratch, sizeof reply->scratch);
	struct bitmark_span part;

	if (chain.size > BITMARK_CHAIN_QUOTE_MAX)
		chain.size = BITMARK_CHAIN_QUOTE_MAX;
	part = bm_span_of("invalid chain: actual: \"");
	bm_write_bytes(&w, part.data, part.size);
	bm_quote(&w, chain);
	part = bm_span_of("\"  expect: ");
	bm_write_bytes(&w, part.data, part.size);
	part = bm_span_of(expected);
	bm_write_bytes(&w, part.data, part.size);
	assert(bm_writer_ok(&w));
	fail(reply, reply->scratch, w.size);
}

/* Most bytes that one byte of the version becomes: \ufffd. */
#define JSON_GROWTH 6

static_assert(
    sizeof "{\"version\":\"\",\"chain\":\"\",\"normal\":false,\"height\":}" +
    BITMARK_VERSION_TEXT_MAX * JSON_GROWTH +
    BITMARK_CHAIN_NAME_MAX * JSON_GROWTH +
    sizeof "18446744073709551615" <
    sizeof ((struct bitmark_reply *)0)->scratch, "scratch is too small");

static struct bitmark_span
at_most(const char *text, size_t size)
{
	return (struct bitmark_span){ (const uint8_t *)text,
		strnlen(text, size) };
}

static void
answer_info(const struct call *call)
{
	/* Never grows, thus never allocates: the room is enough for all. */
	struct bm_json json = {
		.text = (char *)call->reply->scratch,
		.capacity = sizeof call->reply->scratch,
	};
	const struct bitmark_dispatch_node *node = call->node;

	bm_json_object(&json, NULL);
	bm_json_string(&json, "version",
	    at_most(node->version, BITMARK_VERSION_TEXT_MAX));
	bm_json_string(&json, "chain",
	    at_most(node->params->name, BITMARK_CHAIN_NAME_MAX));
	bm_json_bool(&json, "normal", node->normal);
	bm_json_number(&json, "height", call->view->height(call->view->user));
	bm_json_object_end(&json);
	add_frame(call->reply, "I", 1);
	add_frame(call->reply, json.text, json.size);
}

static void
answer_height(const struct call *call)
{
	const struct bitmark_view *view = call->view;

	bm_put_u64be(call->reply->scratch, view->height(view->user));
	add_frame(call->reply, "N", 1);
	add_frame(call->reply, call->reply->scratch, NUMBER_SIZE);
}

/* The one parameter of B and H.  A number of the wrong size is answered like a
 * block that does not exist, as v8.2 does. */
static bitmark_status
block_number(const struct call *call, uint64_t *number)
{
	if (call->count != 1)
		return BITMARK_E_MISSING_PARAMETERS;
	if (call->parameter[0].size != NUMBER_SIZE)
		return BITMARK_E_BLOCK_NOT_FOUND;
	*number = bm_get_u64be(call->parameter[0].data);
	return BITMARK_OK;
}

/* The genesis block is built in and not stored, so no node can send it. */
static void
answer_block(const struct call *call)
{
	const struct bitmark_view *view = call->view;
	struct bitmark_span block;
	uint64_t number;
	bitmark_status status = block_number(call, &number);

	if (status == BITMARK_OK &&
	    (number <= GENESIS_NUMBER ||
	    view->block(view->user, number, &block) != BITMARK_OK))
		status = BITMARK_E_BLOCK_NOT_FOUND;
	if (status != BITMARK_OK) {
		fail_status(call->reply, status);
		return;
	}
	add_frame(call->reply, "B", 1);
	add_frame(call->reply, block.data, block.size);
}

/* The digest of genesis answers for 0 as well. */
static void
answer_digest(const struct call *call)
{
	const struct bitmark_view *view = call->view;
	uint8_t *digest = call->reply->scratch;
	uint64_t number;
	bitmark_status status = block_number(call, &number);

	if (status == BITMARK_OK && number <= GENESIS_NUMBER)
		memcpy(digest, call->node->params->genesis_digest,
		    BITMARK_DIGEST_SIZE);
	else if (status == BITMARK_OK &&
	    view->digest(view->user, number, digest) != BITMARK_OK)
		status = BITMARK_E_BLOCK_NOT_FOUND;
	if (status != BITMARK_OK) {
		fail_status(call->reply, status);
		return;
	}
	add_frame(call->reply, "H", 1);
	add_frame(call->reply, digest, BITMARK_DIGEST_SIZE);
}

static bool
is_peer_key(struct bitmark_span key)
{
	static const uint8_t zero[BITMARK_PEER_KEY_SIZE];

	return key.size == sizeof zero &&
	    memcmp(key.data, zero, sizeof zero) != 0;
}

/* Hand key (or fingerprint), connections and timestamp to the node.  Bytes
 * behind the last whole connection, and behind the timestamp, are cut off:
 * others would get them from us when the announcement is passed on. */
static void
request_announcement(const struct call *call, enum bitmark_request_kind kind,
    const struct bitmark_span *parameter)
{
	struct bitmark_request *request = call->request;

	request->kind = kind;
	request->count = 3;
	memcpy(request->parameter, parameter, 3 * sizeof *parameter);
	/* The list of R is only kept, others are relayed. */
	if (kind != BITMARK_REQUEST_REGISTER)
		request->parameter[1].size = bm_connections_whole(
		    parameter[1].data, parameter[1].size);
	request->parameter[2].size = NUMBER_SIZE;
}

/* Parameters of R: the chain again, key, connections, timestamp. */
enum { R_CHAIN, R_KEY, R_CONNECTIONS, R_TIMESTAMP, R_COUNT };

static_assert(HEAD_FRAMES + R_COUNT == BITMARK_REQUEST_FRAMES_MAX,
    "the longest request");

static bitmark_status
check_register(const struct call *call)
{
	if (call->count < R_COUNT)
		return BITMARK_E_MISSING_PARAMETERS;
	if (!bm_span_is(call->parameter[R_CHAIN], call->node->params->name))
		return BITMARK_E_INCORRECT_CHAIN;
	if (call->parameter[R_TIMESTAMP].size < NUMBER_SIZE)
		return BITMARK_E_TIMESTAMP;             /* [D-01] */
	if (!is_peer_key(call->parameter[R_KEY]))
		return BITMARK_E_PUBLIC_KEY;
	return BITMARK_OK;
}

/* A list of connections that may be sent back.  A longer one is cut behind its
 * last whole entry that fits. */
static struct bitmark_span
bounded_connections(struct bitmark_span list)
{
	if (list.size > BITMARK_CONNECTIONS_MAX)
		list.size = bm_connections_whole(list.data,
		    BITMARK_CONNECTIONS_MAX);
	return list;
}

/*
 * The peer that the caller is told of: a third one; when none is known, this
 * node; when this node is not announced, the caller itself.  An error here
 * would keep two nodes from ever registering with each other [D-12].
 */
static void
choose_peer(const struct call *call, struct bitmark_span *key,
    struct bitmark_span *connections, uint64_t *timestamp)
{
	const struct bitmark_dispatch_node *node = call->node;
	struct bitmark_peer *peer = &call->reply->peer;

	if (node->random_peer == NULL ||
	    node->random_peer(node->user, call->parameter[R_KEY].data,
	    peer) != BITMARK_OK) {
		*peer = node->own;
		peer->timestamp = call->now_s;
	}
	if (peer->connections_size == 0) {
		*key = call->parameter[R_KEY];
		*connections =
		    bounded_connections(call->parameter[R_CONNECTIONS]);
		*timestamp = bm_get_u64be(call->parameter[R_TIMESTAMP].data);
		return;
	}
	*key = (struct bitmark_span){ peer->key, sizeof peer->key };
	*connections = (struct bitmark_span){ peer->connections,
		peer->connections_size };
	*timestamp = peer->timestamp;
}

static void
answer_register(const struct call *call)
{
	struct bitmark_reply *reply = call->reply;
	const char *chain = call->node->params->name;
	struct bitmark_span key, connections;
	uint64_t timestamp;
	bitmark_status status = check_register(call);

	if (status != BITMARK_OK) {
		fail_status(reply, status);
		return;
	}
	choose_peer(call, &key, &connections, &timestamp);
	bm_put_u64be(reply->scratch, timestamp);
	add_frame(reply, "R", 1);
	add_frame(reply, chain, strlen(chain));
	add_frame(reply, key.data, key.size);
	add_frame(reply, connections.data, connections.size);
	add_frame(reply, reply->scratch, NUMBER_SIZE);
	connections = call->parameter[R_CONNECTIONS];
	if (bitmark_connections_usable(connections.data, connections.size))
		request_announcement(call, BITMARK_REQUEST_REGISTER,
		    call->parameter + R_KEY);
}

/* Can the parameters of peer or rpc be used?  An announcement that cannot is
 * acknowledged and forgotten [D-01, D-02]. */
static bool
is_announcement(const struct call *call, enum bitmark_request_kind kind)
{
	const struct bitmark_span *p = call->parameter;

	if (call->count < 3 || p[2].size < NUMBER_SIZE ||
	    (call->node->rules->announce_time_exact &&
	    p[2].size != NUMBER_SIZE) ||
	    !bitmark_connections_usable(p[1].data, p[1].size))
		return false;
	return kind == BITMARK_REQUEST_PEER ? is_peer_key(p[0]) :
	    p[0].size == FINGERPRINT_SIZE && p[1].size <= RPC_CONNECTIONS_MAX;
}

/* Commands that are acknowledged at once, and processed after the reply: the
 * peer must not wait while a block is verified. */
static const struct pushed {
	const char *name;
	enum bitmark_request_kind kind;
} pushed[] = {
	{ "block", BITMARK_REQUEST_BLOCK },
	{ "assets", BITMARK_REQUEST_ASSETS },
	{ "issues", BITMARK_REQUEST_ISSUES },
	{ "transfer", BITMARK_REQUEST_TRANSFER },
	{ "proof", BITMARK_REQUEST_PROOF },
	{ "rpc", BITMARK_REQUEST_RPC },
	{ "peer", BITMARK_REQUEST_PEER },
	{ "heart", BITMARK_REQUEST_HEART },
};

static enum bitmark_request_kind
kind_of(struct bitmark_span command)
{
	for (size_t i = 0; i < sizeof pushed / sizeof pushed[0]; i++)
		if (bm_span_is(command, pushed[i].name))
			return pushed[i].kind;
	return BITMARK_REQUEST_UNKNOWN;
}

/* Too few parameters leave the kind at NONE: the reply is the same, but nothing
 * is processed. */
static void
make_request(const struct call *call)
{
	struct bitmark_request *request = call->request;
	const enum bitmark_request_kind kind = kind_of(request->command);

	if (kind == BITMARK_REQUEST_UNKNOWN) {
		request->kind = kind;
	} else if (kind == BITMARK_REQUEST_PEER ||
	    kind == BITMARK_REQUEST_RPC) {
		if (is_announcement(call, kind))
			request_announcement(call, kind, call->parameter);
	} else if (call->count >= 1) {
		request->kind = kind;
		request->count = 1;
		request->parameter[0] = call->parameter[0];
	}
}

/* Answer "A": received, which says nothing of accepted.  Unknown commands get
 * it, too, because newer nodes have commands that this one does not know. */
static void
acknowledge(const struct call *call)
{
	const struct bitmark_span command = call->request->command;

	if (command.size > BITMARK_COMMAND_MAX) {
		fail_status(call->reply, BITMARK_E_LENGTH);
		return;
	}
	add_frame(call->reply, command.data, command.size);
	add_frame(call->reply, "A", 1);
	make_request(call);
}

/* Commands that are answered with data.  Only R also changes the node: it
 * enters the caller in the table of peers. */
static const struct asked {
	const char *name;
	void (*answer)(const struct call *call);
} asked[] = {
	{ "I", answer_info },
	{ "N", answer_height },
	{ "B", answer_block },
	{ "H", answer_digest },
	{ "R", answer_register },
};

static void
answer(const struct call *call)
{
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		if (bm_span_is(call->request->command, asked[i].name)) {
			asked[i].answer(call);
			return;
		}
	}
	acknowledge(call);
}

bitmark_status
bitmark_dispatch(const struct bitmark_dispatch_node *node, uint64_t now_s,
    const struct bitmark_span *frames, size_t count,
    struct bitmark_reply *reply, struct bitmark_request *request)
{
	struct bitmark_dispatch_node own = { .struct_size = sizeof own };
	struct bitmark_view view = { .struct_size = sizeof view };

	reply->count = 0;
	*request = (struct bitmark_request){ .kind = BITMARK_REQUEST_NONE };
	if (BM_IN(bitmark_dispatch_node, &own, node) != BITMARK_OK ||
	    BM_IN(bitmark_view, &view, own.view) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	if (own.rules == NULL)
		own.rules = bitmark_rules_default(own.params);
	if (count < HEAD_FRAMES) {
		fail_status(reply, BITMARK_E_PACKET_SHORT);
		return BITMARK_OK;
	}
	request->command = frames[1];
	if (!bm_span_is(frames[0], own.params->name)) {
		fail_chain(reply, frames[0], own.params->name);
		return BITMARK_OK;
	}
	answer(&(struct call){
		.node = &own,
		.view = &view,
		.now_s = now_s,
		.parameter = frames + HEAD_FRAMES,
		.count = count - HEAD_FRAMES,
		.reply = reply,
		.request = request,
	});
	return BITMARK_OK;
}
