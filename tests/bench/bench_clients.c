/*
 * Crowds of clients: 1000 that arrive at once, and one that asks small
 * questions beside many that ask for large blocks without end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
#define QUESTIONS 200

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
	unsigned greedy;                /* clients beside the small one */
	uint64_t replies;               /* large ones, in the last round */
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

static int
by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Milliseconds that 99 of 100 questions for the height take at most. */
static double
small_ms(void *user)
{
	struct large *large = user;
	void *zmq = zmq_ctx_new(), *own = zmq_ctx_new();
	struct client greedy[GREEDY] = { { .open = 0 } };
	struct bm_dealer *small = connect_to(own, large->server);
	double took[QUESTIONS], since = 0, next = bench_now_s();
	unsigned count = 0;
	bool asked = false;
	uint32_t id;

	large->replies = 0;
	for (unsigned i = 0; i < large->greedy; i++)
		greedy[i].dealer = connect_to(zmq, large->server);
	while (count < QUESTIONS) {
		struct bm_dealer_reply reply;

		for (unsigned i = 0; i < large->greedy; i++)
			be_greedy(&greedy[i], &large->replies);
		bm_dealer_drive(small, bitmark_clock_ms());
		if (!asked && bench_now_s() >= next) {
			since = bench_now_s();
			asked = bm_dealer_send(small, "N", NULL, 0, &id) ==
			    BITMARK_OK;
		}
		if (asked && bm_dealer_receive(small, &reply) == BITMARK_OK) {
			took[count++] = bench_now_s() - since;
			next = bench_now_s() + PAUSE_S;
			asked = false;
		}
		bench_nap(0.0001);
	}
	for (unsigned i = 0; i < large->greedy; i++)
		bm_dealer_close(greedy[i].dealer);
	bm_dealer_close(small);
	(void)zmq_ctx_term(zmq);
	(void)zmq_ctx_term(own);
	qsort(took, QUESTIONS, sizeof *took, by_size);
	if (getenv("BENCH_VERBOSE") != NULL)
		fprintf(stderr, "%s: median %.2f ms, p99 %.2f, worst %.2f; "
		    "%llu large replies\n", large->greedy > 0 ? "beside" : "idle",
		    took[QUESTIONS / 2] * 1e3, took[QUESTIONS * 99 / 100] * 1e3,
		    took[QUESTIONS - 1] * 1e3,
		    (unsigned long long)large->replies);
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
main(void)
{
	static struct maker_node node;
	static struct server plain, ours;
	struct bitmark_connection address;
	struct echo *echo = echo_start(plain.key, &address);
	char *directory = maker_directory();
	struct bitmark_chain *chain = maker_open(directory, NULL);
	int result;

	echo_size(echo, 8);
	bitmark_connection_to_text(&address, plain.address);
	maker_fill(chain, 1, large_block, NULL);
	bitmark_chain_close(chain);
	start_node(&ours, &node, directory);

	struct large idle = { .server = &ours };
	struct large beside = { .server = &ours, .greedy = GREEDY };
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
