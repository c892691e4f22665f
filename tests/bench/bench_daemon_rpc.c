/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The client RPC over TLS: reads of a whole node beside an echo over the same
 * library that looks at nothing, both with their client on one core.
 */
#ifdef __linux__
#define _GNU_SOURCE                     /* the core of a process */
#include <sched.h>
#endif

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "chain_maker.h"
#include "node_maker.h"

#ifdef WITH_openssl

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>

#include "rpc_server.h"
#include "shared/thread.h"

#define ROUNDS 9
#define BAR 0.5
#define SECONDS 0.3                     /* of one figure                     */
#define BATCH 8                         /* requests under way                */
#define REPLY_MAX 4096

static const char info[] =
    "{\"id\":1,\"method\":\"Node.Info\",\"params\":[{}]}\n";
static const char status[] =
    "{\"id\":1,\"method\":\"Transaction.Status\",\"params\":[{\"txId\":"
    "\"0123456789012345678901234567890123456789012345678901234567890123\"}]}"
    "\n";

static struct {
	struct rpc_pem pem;
	struct rpc_from from;
	char reply[REPLY_MAX];          /* that the echo sends               */
	size_t reply_size;
} world;

/* One question, to the node or to the echo. */
struct asked {
	const char *request;
	SSL *ssl;
};

static void
must(bool holds, const char *what)
{
	if (!holds)
		maker_must(BITMARK_E_STATE, what);
}

/* --- the echo ------------------------------------------------------------- */

static void *
echo(void *user)
{
	SSL *ssl = user;
	char data[16384];
	int got;

	thread_give_way();              /* as the server's threads do */
	must(SSL_accept(ssl) == 1, "accept");
	while ((got = SSL_read(ssl, data, sizeof data)) > 0)
		for (int i = 0; i < got; i++)
			if (data[i] == '\n' && SSL_write(ssl, world.reply,
			    (int)world.reply_size) <= 0)
				return NULL;
	return NULL;
}

static SSL *
server_ssl(int fd)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	BIO *one = BIO_new_mem_buf(world.pem.certificate, -1);
	BIO *other = BIO_new_mem_buf(world.pem.private_key, -1);
	SSL *ssl;

	must(SSL_CTX_use_certificate(context, PEM_read_bio_X509(one, NULL,
	    NULL, NULL)) == 1 && SSL_CTX_use_PrivateKey(context,
	    PEM_read_bio_PrivateKey(other, NULL, NULL, NULL)) == 1, "pair");
	BIO_free(one);
	BIO_free(other);
	ssl = SSL_new(context);
	must(SSL_set_fd(ssl, fd) == 1, "SSL");
	return ssl;
}

static SSL *
client_ssl(int fd)
{
	SSL *ssl = SSL_new(SSL_CTX_new(TLS_client_method()));

	must(SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1, "connect");
	return ssl;
}

static int
dial(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(strchr(address, ':') + 1)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "dial");
	return fd;
}

static SSL *
start_echo(void)
{
	struct maker_node n;
	pthread_t thread;
	uint8_t from[16];
	char why[RPC_WHY_MAX];
	int fd, accepted, client;

	maker_node_init(&n, NULL);
	must(rpc_listen(n.address, &fd, why), "listen");
	client = dial(n.address);
	must(rpc_accept(fd, &accepted, from) == 0 &&
	    fcntl(accepted, F_SETFL, 0) == 0, "accept");
	must(pthread_create(&thread, NULL, echo, server_ssl(accepted)) == 0,
	    "thread");
	return client_ssl(client);
}

/* --- the node ------------------------------------------------------------- */

static enum rpc_outcome
answer(void *user, const char *request, size_t size, char **reply,
    size_t *reply_size)
{
	return rpc_answer(user, request, size, reply, reply_size);
}

static SSL *
start_rpc(struct maker_node *node, struct rpc_pool **pool,
    struct rpc_server **server)
{
	struct maker_node n;
	char why[RPC_WHY_MAX], *listen;
	struct rpc_server_config config = { .listen = &listen,
		.listen_count = 1, .pem = &world.pem, .clients_max = 4,
		.handshake_ms = 60000, .idle_ms = 600000 };

	world.from = (struct rpc_from){ .node = node->node,
		.chain = bitmark_node_chain(node->node),
		.params = bitmark_chain_params_find("local"),
		.public_key = node->config.public_key };
	maker_node_init(&n, NULL);
	listen = n.address;
	must(rpc_pool_open(pool, answer, &world.from) == NULL, "pool");
	rpc_pool_lift_limit(*pool);
	config.pool = *pool;
	must(rpc_server_open(server, &config, why), "server");
	return client_ssl(dial(n.address));
}

/* --- figures -------------------------------------------------------------- */

/* Send some requests, read as many lines. */
static void
ask_some(const struct asked *a)
{
	const int size = (int)strlen(a->request);
	char data[16384];

	for (int i = 0; i < BATCH; i++)
		must(SSL_write(a->ssl, a->request, size) == size, "send");
	for (int lines = 0; lines < BATCH;) {
		int got = SSL_read(a->ssl, data, sizeof data);

		must(got > 0, "receive");
		for (int i = 0; i < got; i++)
			lines += data[i] == '\n';
	}
}

static double
rate(void *user)
{
	const struct asked *a = user;
	const double begin = bench_now_s();
	double now = begin;
	unsigned count = 0;

	for (; now - begin < SECONDS; now = bench_now_s()) {
		ask_some(a);
		count += BATCH;
	}
	return count / (now - begin);
}

/* As long as the reply of the node. */
static double
echo_rate(void *user)
{
	const struct asked *a = user;
	char *reply;

	(void)rpc_answer(&world.from, a->request, strlen(a->request), &reply,
	    &world.reply_size);
	must(world.reply_size <= sizeof world.reply, "reply");
	memcpy(world.reply, reply, world.reply_size);
	free(reply);
	return rate(user);
}

/* All threads that are started from here on, too. */
static void
stay_on_one_core(void)
{
#ifdef __linux__
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	(void)sched_setaffinity(0, sizeof one, &one);
#endif
}

int
main(void)
{
	char *directory = maker_directory();
	struct maker_node node;
	struct rpc_pool *pool;
	struct rpc_server *server;
	SSL *ours, *plain;
	int result;

	signal(SIGPIPE, SIG_IGN);
	stay_on_one_core();
	must(rpc_cert_make(NULL, 0, &world.pem) == NULL, "certificate");
	maker_node_init(&node, directory);
	maker_node_start(&node);
	ours = start_rpc(&node, &pool, &server);
	plain = start_echo();

	struct asked asked[] = { { info, plain }, { info, ours },
		{ status, plain }, { status, ours } };
	const struct bench_row rows[] = {
		{ "echo of Node.Info", echo_rate, &asked[0], BENCH_ALONE, 0 },
		{ "Node.Info", rate, &asked[1], 0, BAR },
		{ "echo of Transaction.Status", echo_rate, &asked[2],
		    BENCH_ALONE, 0 },
		{ "Transaction.Status", rate, &asked[3], 2, BAR },
	};
	const struct bench_table table = {
		.title = "client RPC over TLS, with its client on one core",
		.unit = "replies/s",
		.better = BENCH_MORE,
		.rounds = ROUNDS,
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
		.note = "8 requests under way; the allowance of a client is "
		    "lifted.",
	};
	result = bench_run("rpc", &table, 1);
	rpc_pool_stop(pool);
	rpc_server_close(server);
	rpc_pool_free(pool);
	maker_node_stop(&node);
	maker_remove(directory);
	rpc_pem_free(&world.pem);
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
