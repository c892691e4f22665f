/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Peers come before clients: how long a peer waits for N while nobody asks the
 * client RPC anything, and while strangers flood it.  Their own work has the
 * lowest priority, as it would be another machine's.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "chain_maker.h"
#include "node_maker.h"
#include "readers.h"

#ifdef WITH_openssl

#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "rpc_server.h"

#define ROUNDS 7
#define BAR 0.5                         /* at most twice the idle one        */
#define SECONDS 0.5                     /* of one figure                     */
#define TIMES_MAX 100000
#define STRANGERS 4
#define LOWEST_PRIORITY 19
#define CLIENTS_MAX 50

static struct {
	char address[NODE_MAKER_ADDRESS_SIZE];  /* of the RPC */
	atomic_bool floods, ends;
	SSL_CTX *context;
	struct rpc_from from;
	struct readers *readers;
} world;

static void
must(bool holds, const char *what)
{
	if (!holds)
		maker_must(BITMARK_E_STATE, what);
}

/* --- strangers ------------------------------------------------------------ */

static int
dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port =
		htons((uint16_t)atoi(strchr(world.address, ':') + 1)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A handshake, and what follows it; then the connection is dropped. */
static void
attack(int fd, const char *text)
{
	SSL *ssl = SSL_new(world.context);
	char reply[4096];

	if (SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1 &&
	    SSL_write(ssl, text, (int)strlen(text)) > 0)
		(void)SSL_read(ssl, reply, sizeof reply);
	SSL_free(ssl);
}

static void *
stranger(void *user)
{
	static const char *const texts[] = { "{\"id\":1,\"method\":"
		"\"Node.Info\",\"params\":[{}]}{\"id\":2,\"method\":\"X.Y\"}",
		"[[[[[[", "{\"id\":1,\"method\":\"Owner.Bitmarks\",\"params\":"
		"[{\"count\":100}]}", "{\"id\":1,\"method\":\"Node.List\","
		"\"params\":[{\"count\":-1}]}" };
	const struct timeval limit = { .tv_sec = 1 };

	(void)user;
	(void)setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY);
	for (unsigned i = 0; !atomic_load(&world.ends); i++) {
		int fd = atomic_load(&world.floods) ? dial() : -1;

		if (fd < 0) {
			bench_nap(0.01);
			continue;
		}
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
		    sizeof limit);
		if (i % 5 == 4)
			(void)send(fd, "GET / HTTP/1.1\r\n", 16, MSG_NOSIGNAL);
		else
			attack(fd, texts[i % 5]);
		close(fd);
	}
	return NULL;
}

/* --- figures -------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* ${user}: whether there is a flood. */
static double
p99_us(void *user)
{
	static const struct question height = { .command = "N" };
	static double us[TIMES_MAX];
	size_t count;

	atomic_store(&world.floods, user != NULL);
	bench_nap(0.1);
	count = readers_times(world.readers, &height, 1, SECONDS, us,
	    TIMES_MAX);
	atomic_store(&world.floods, false);
	must(count > 0, "no reply");
	qsort(us, count, sizeof us[0], compare);
	return us[count * 99 / 100];
}

static enum rpc_outcome
answer(void *user, const char *request, size_t size, char **reply,
    size_t *reply_size)
{
	return rpc_answer(user, request, size, reply, reply_size);
}

static struct rpc_server *
start_rpc(const struct maker_node *node, struct rpc_pool **pool,
    struct rpc_pem *pem)
{
	struct maker_node n;
	struct rpc_server *server;
	char why[RPC_WHY_MAX], *listen = world.address;
	struct rpc_server_config config = { .listen = &listen,
		.listen_count = 1, .pem = pem, .clients_max = CLIENTS_MAX,
		.handshake_ms = RPC_HANDSHAKE_MS, .idle_ms = 60000 };

	world.from = (struct rpc_from){ .node = node->node,
		.chain = bitmark_node_chain(node->node),
		.params = bitmark_chain_params_find("local"),
		.public_key = node->config.public_key };
	maker_node_init(&n, NULL);
	memcpy(world.address, n.address, sizeof world.address);
	must(rpc_cert_make(NULL, 0, pem) == NULL, "certificate");
	must(rpc_pool_open(pool, answer, &world.from) == NULL, "pool");
	config.pool = *pool;
	must(rpc_server_open(&server, &config, why), "server");
	return server;
}

static void
start_readers(const struct maker_node *node)
{
	struct bitmark_connection address;

	maker_must(bitmark_connection_from_text(node->address,
	    strlen(node->address), &address), "address");
	world.readers = readers_new(node->config.public_key, &address, 1);
}

int
main(void)
{
	static const struct bench_row rows[] = {
		{ "idle", p99_us, NULL, BENCH_ALONE, 0 },
		{ "flood of the client RPC", p99_us, &world, 0, BAR },
	};
	const struct bench_table table = {
		.title = "the 99th percentile of N for a peer",
		.unit = "us",
		.better = BENCH_LESS,
		.rounds = ROUNDS,
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
	};
	char *directory = maker_directory();
	pthread_t threads[STRANGERS];
	struct rpc_server_counts counts;
	struct rpc_server *server;
	struct maker_node node;
	struct rpc_pool *pool;
	struct rpc_pem pem;
	int result;

	signal(SIGPIPE, SIG_IGN);
	maker_node_init(&node, directory);
	maker_node_start(&node);
	server = start_rpc(&node, &pool, &pem);
	start_readers(&node);
	world.context = SSL_CTX_new(TLS_client_method());
	for (int i = 0; i < STRANGERS; i++)
		must(pthread_create(&threads[i], NULL, stranger, NULL) == 0,
		    "thread");
	result = bench_run("flood", &table, 1);
	atomic_store(&world.ends, true);
	for (int i = 0; i < STRANGERS; i++)
		pthread_join(threads[i], NULL);
	rpc_server_get_counts(server, &counts);
	printf("connections of strangers in all rounds: %llu\n",
	    (unsigned long long)counts.accepted);
	rpc_pool_stop(pool);
	rpc_server_close(server);
	rpc_pool_free(pool);
	readers_free(world.readers);
	maker_node_stop(&node);
	maker_remove(directory);
	rpc_pem_free(&pem);
	SSL_CTX_free(world.context);
	return result;
}

#else

int
main(void)
{
	puts("client RPC: this build has no OpenSSL");
	return 0;
}

#endif
