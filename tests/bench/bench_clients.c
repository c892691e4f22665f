/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Crowds of clients: 1000 that arrive at once, and one that asks small
 * questions beside many that ask for large blocks without end.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zmq.h>

#include "bench.h"
#include "chain_maker.h"
#include "echo.h"
#include "net/curve.h"
#include "net/dealer.h"
#include "node_maker.h"

#define ROUNDS 3

/* Clients that arrive at once, from so many addresses. */
#define CROWD 1000
#define HOSTS 16
/* A crowd that takes longer is stuck. */
#define CROWD_MAX_S 300

/* Clients that ask for large blocks, the requests that each has open, and the
 * size of a block. */
#define GREEDY 30
#define OPEN 100
#define BLOCK_BYTES 700000
/* Beside them one client asks small questions, so often, so many times. */
#define PAUSE_S 0.02
#define QUESTIONS 400
/* After the start of the greedy ones, which takes a while. */
#define SETTLE_S 2

struct server {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	char address[BITMARK_CONNECTION_TEXT_MAX];
};

/* --- a crowd -------------------------------------------------------------- */

static void *
crowd_socket(void *zmq, const struct server *server, unsigned number)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	void *socket = zmq_socket(zmq, ZMQ_DEALER);
	bitmark_status status = BITMARK_OK;
	char endpoint[2 * BM_NET_ADDRESS_SIZE];
	const int no_linger = 0, queue_before = 0;

	bitmark_peer_key_generate(NULL, public_key, private_key);
	if (socket == NULL || bm_curve_client(socket, server->key, public_key,
	    private_key) != BITMARK_OK)
		bench_fail("no socket");
	bm_net_option(socket, ZMQ_LINGER, no_linger, &status);
	/* Questions wait in the socket for the connection. */
	bm_net_option(socket, ZMQ_IMMEDIATE, queue_before, &status);
	(void)snprintf(endpoint, sizeof endpoint, "tcp://127.0.1.%u:0;%s",
	    1 + number % HOSTS, server->address);
	if (status != BITMARK_OK || zmq_connect(socket, endpoint) != 0)
		bench_fail("no connection");
	return socket;
}

static void
ask_height(void *socket)
{
	if (zmq_send(socket, "", 0, ZMQ_SNDMORE) < 0 ||
	    zmq_send(socket, "local", 5, ZMQ_SNDMORE) < 0 ||
	    zmq_send(socket, "N", 1, 0) < 0)
		bench_fail("a question is not sent");
}

/* Is there an answer?  It is thrown away. */
static bool
take_answer(void *socket)
{
	zmq_msg_t part;
	bool any = false, more = true;

	while (more) {
		(void)zmq_msg_init(&part);
		more = zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) >= 0;
		any = any || more;
		more = more && zmq_msg_more(&part) != 0;
		(void)zmq_msg_close(&part);
	}
	return any;
}

/* Seconds until each of the crowd has its answer. */
static double
crowd_s(void *user)
{
	const double start = bench_now_s();
	void *zmq = zmq_ctx_new(), *socket[CROWD];
	double seconds;
	unsigned left = CROWD;

	(void)zmq_ctx_set(zmq, ZMQ_MAX_SOCKETS, 2 * CROWD);
	for (unsigned i = 0; i < CROWD; i++) {
		socket[i] = crowd_socket(zmq, user, i);
		ask_height(socket[i]);
	}
	while (left > 0) {
		if (bench_now_s() - start > CROWD_MAX_S)
			bench_fail("a crowd is stuck");
		for (unsigned i = 0; i < CROWD; i++)
			if (socket[i] != NULL && take_answer(socket[i])) {
				left--;
				zmq_close(socket[i]);
				socket[i] = NULL;
			}
		bench_nap(0.005);
	}
	seconds = bench_now_s() - start;
	(void)zmq_ctx_term(zmq);
	return seconds;
}

/* --- large and small ------------------------------------------------------ */

/* A client of the bench, with its requests under way. */
struct client {
	struct bm_dealer *dealer;
	unsigned open;
};

struct large {
	const struct server *server;
	bool beside;                    /* the greedy ones */
};

static struct bm_dealer *
connect_to(void *zmq, const struct server *server)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	const struct bm_dealer_config config = { .zmq = zmq,
	    .chain = "local", .address = server->address,
	    .server_key = server->key, .public_key = public_key,
	    .private_key = private_key };
	struct bm_dealer *dealer;

	bitmark_peer_key_generate(NULL, public_key, private_key);
	maker_must(bm_dealer_open(&dealer, &config, bitmark_clock_ms()),
	    "dealer");
	while (bm_dealer_state(dealer) != BM_DEALER_CONNECTED) {
		bm_dealer_drive(dealer, bitmark_clock_ms());
		bench_nap(0.001);
	}
	return dealer;
}

/* Keep OPEN requests for the block under way. */
static void
be_greedy(struct client *c, uint64_t *replies)
{
	static const uint8_t number[8] = { [7] = 2 };
	const struct bitmark_span parameter = { number, sizeof number };
	struct bm_dealer_reply reply;
	uint32_t id;

	bm_dealer_drive(c->dealer, bitmark_clock_ms());
	while (c->open > 0 && bm_dealer_receive(c->dealer, &reply) ==
	    BITMARK_OK) {
		c->open--;
		++*replies;
	}
	while (c->open < OPEN && bm_dealer_send(c->dealer, "B", &parameter, 1,
	    &id) == BITMARK_OK)
		c->open++;
}

static const char *program;

/* In a process of its own: be many greedy clients until the end of stdin. */
static int
be_crowd(const char *address, const char *key)
{
	struct server server = { .key = { 0 } };
	struct client client[GREEDY] = { { .open = 0 } };
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN };
	void *zmq = zmq_ctx_new();
	uint64_t replies = 0;
	size_t size;

	(void)snprintf(server.address, sizeof server.address, "%s", address);
	maker_must(bitmark_hex_decode(key, strlen(key), server.key,
	    sizeof server.key, &size), "key");
	for (unsigned i = 0; i < GREEDY; i++)
		client[i].dealer = connect_to(zmq, &server);
	while (poll(&end, 1, 0) == 0) {
		for (unsigned i = 0; i < GREEDY; i++)
			be_greedy(&client[i], &replies);
		bench_nap(0.0001);
	}
	for (unsigned i = 0; i < GREEDY; i++)
		bm_dealer_close(client[i].dealer);
	(void)zmq_ctx_term(zmq);
	return 0;
}

static FILE *
start_crowd(const struct server *server)
{
	char key[2 * BITMARK_PEER_KEY_SIZE + 1], command[1024];
	FILE *crowd;

	bitmark_hex_encode(server->key, sizeof server->key, key);
	(void)snprintf(command, sizeof command, "'%s' --greedy '%s' %s",
	    program, server->address, key);
	crowd = popen(command, "w");
	if (crowd == NULL)
		bench_fail(command);
	/* Until it is at work. */
	bench_nap(SETTLE_S);
	return crowd;
}

static int
by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Seconds until the height is known. */
static double
ask_s(struct bm_dealer *small)
{
	const double since = bench_now_s();
	struct bm_dealer_reply reply;
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	uint32_t id;

	maker_must(bm_dealer_send(small, "N", NULL, 0, &id), "send");
	while (bm_dealer_receive(small, &reply) != BITMARK_OK) {
		(void)zmq_poll(items, (int)bm_dealer_poll_items(small, items),
		    1000);
		bm_dealer_drive(small, bitmark_clock_ms());
	}
	return bench_now_s() - since;
}

/* Milliseconds that 99 of 100 questions for the height take at most. */
static double
small_ms(void *user)
{
	const struct large *large = user;
	void *zmq = zmq_ctx_new();
	struct bm_dealer *small = connect_to(zmq, large->server);
	FILE *crowd = large->beside ? start_crowd(large->server) : NULL;
	double took[QUESTIONS];

	for (unsigned i = 0; i < QUESTIONS; i++) {
		took[i] = ask_s(small);
		bench_nap(PAUSE_S);
	}
	if (crowd != NULL && pclose(crowd) != 0)
		bench_fail("the crowd has failed");
	bm_dealer_close(small);
	(void)zmq_ctx_term(zmq);
	qsort(took, QUESTIONS, sizeof *took, by_size);
	return took[QUESTIONS * 99 / 100] * 1e3;
}

/* --- the tables ----------------------------------------------------------- */

static void
large_block(struct maker_block *block, uint64_t number, void *user)
{
	(void)user;
	for (uint64_t i = 0; block->size < BLOCK_BYTES; i++)
		maker_false_issue(block, number, i);
}

static void
start_node(struct server *server, struct maker_node *node,
    const char *directory)
{
	maker_node_init(node, directory);
	memcpy(server->key, node->config.public_key, sizeof server->key);
	(void)snprintf(server->address, sizeof server->address, "%s",
	    node->address);
	maker_node_start(node);
}

int
main(int argc, char **argv)
{
	static struct maker_node node;
	static struct server plain, ours;
	struct bitmark_connection address;
	struct bitmark_chain *chain;
	struct echo *echo;
	char *directory;
	int result;

	program = argv[0];
	if (argc == 4 && strcmp(argv[1], "--greedy") == 0)
		return be_crowd(argv[2], argv[3]);
	echo = echo_start(plain.key, &address);
	directory = maker_directory();
	chain = maker_open(directory, NULL);
	echo_size(echo, 8);
	bitmark_connection_to_text(&address, plain.address);
	maker_fill(chain, 1, large_block, NULL);
	bitmark_chain_close(chain);
	start_node(&ours, &node, directory);

	struct large idle = { .server = &ours };
	struct large beside = { .server = &ours, .beside = true };
	const struct bench_row crowds[] = {
		{ "a bare CURVE echo", crowd_s, &plain, BENCH_ALONE, 0 },
		{ "a node", crowd_s, &ours, 0, 1 / 1.3 },
	};
	const struct bench_row small[] = {
		{ "no other client", small_ms, &idle, BENCH_ALONE, 0 },
		{ "30 others, 100 blocks each", small_ms, &beside, 0, 0.1 },
	};
	const struct bench_table tables[] = { {
		.title = "1000 clients that arrive at once",
		.unit = "s until all have an answer",
		.better = BENCH_LESS,
		.rounds = ROUNDS,
		.rows = crowds,
		.row_count = sizeof crowds / sizeof *crowds,
		.note = "From 16 addresses, each with a handshake and one "
		    "question.",
	}, {
		.title = "a small question beside large ones",
		.unit = "ms for 99 of 100",
		.better = BENCH_LESS,
		.rounds = ROUNDS,
		.rows = small,
		.row_count = sizeof small / sizeof *small,
		.note = "The height, asked every 20 ms; the others ask for "
		    "blocks of 700 KB.",
	} };
	result = bench_run("clients", tables, sizeof tables / sizeof *tables);
	maker_node_stop(&node);
	echo_stop(echo);
	maker_remove(directory);
	return result;
}
