/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Reads by the client RPC: what they cost the daemon's process, beside an echo
 * over the same TLS library that sends as many bytes and looks at nothing.
 *
 * The clients are another process, so that the processor time of this one is
 * the server's alone.  They come from many addresses, because one is allowed
 * only so many requests.
 */
#include "bench.h"

#ifdef WITH_openssl

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain_maker.h"
#include "node_maker.h"
#include "rpc_server.h"
#include "shared/thread.h"

#define ROUNDS 9
#define BAR 0.5
#define CLIENTS 16
/* Of each client in a round: below RPC_RATE_BURST. */
#define REQUESTS 150
#define REQUEST_MAX 512
#define REPLY_MAX (64 * 1024)
#define ADDRESS_SIZE 24

/* --- the clients' process ------------------------------------------------- */

/* An order: connect, and then ask; each is answered by a byte. */
struct order {
	uint16_t port;
	uint32_t first_address;         /* of the clients, host order        */
	char request[REQUEST_MAX];
};

static int to_clients[2], from_clients[2];

static void
read_all(int fd, void *data, size_t size)
{
	if (read(fd, data, size) != (ssize_t)size)
		_exit(0);
}

static void
tell(int fd)
{
	if (write(fd, "", 1) != 1)
		_exit(1);
}

static SSL *
connect_client(SSL_CTX *context, const struct order *order, unsigned i)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = from;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *ssl = SSL_new(context);

	from.sin_addr.s_addr = htonl(order->first_address + i);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(order->port);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof to) != 0 ||
	    ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
		bench_fail("a client cannot connect");
	return ssl;
}

static void
read_line(SSL *ssl)
{
	static char line[REPLY_MAX];
	int got;

	do {
		got = SSL_read(ssl, line, sizeof line);
		if (got <= 0)
			bench_fail("a reply is missing");
	} while (line[got - 1] != '\n');
}

/* All ask, then all read: the server has some work at a time. */
static void
ask(SSL **clients, const char *request)
{
	for (int r = 0; r < REQUESTS; r++) {
		for (int i = 0; i < CLIENTS; i++)
			if (SSL_write(clients[i], request,
			    (int)strlen(request)) <= 0)
				bench_fail("a request is not sent");
		for (int i = 0; i < CLIENTS; i++)
			read_line(clients[i]);
	}
}

static void
run_clients(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *clients[CLIENTS];
	struct order order;
	char go;

	for (;;) {
		read_all(to_clients[0], &order, sizeof order);
		for (unsigned i = 0; i < CLIENTS; i++)
			clients[i] = connect_client(context, &order, i);
		tell(from_clients[1]);
		read_all(to_clients[0], &go, 1);
		ask(clients, order.request);
		tell(from_clients[1]);
		for (int i = 0; i < CLIENTS; i++) {
			close(SSL_get_fd(clients[i]));
			SSL_free(clients[i]);
		}
	}
}

/* Before there are threads and a store in this one. */
static void
start_clients(void)
{
	pid_t child;

	if (pipe(to_clients) != 0 || pipe(from_clients) != 0)
		bench_fail("no pipe");
	child = fork();
	if (child < 0)
		bench_fail("no process");
	if (child == 0) {
		close(to_clients[1]);
		close(from_clients[0]);
		run_clients();
	}
	close(to_clients[0]);
	close(from_clients[1]);
}

/* --- the echo ------------------------------------------------------------- */

struct echo_client {
	SSL *ssl;                       /* NULL: gone                        */
	int fd;
};

static struct {
	SSL_CTX *context;
	int listener;
	struct echo_client clients[CLIENTS];
	_Atomic size_t reply_size;
} tls_echo;

/* As many bytes for each line, as long as there is something to read.  False: the
 * client has gone. */
static bool
echo_lines(struct echo_client *c)
{
	static char reply[REPLY_MAX], data[REPLY_MAX];
	const int size = (int)atomic_load(&tls_echo.reply_size);
	int got;

	memset(reply, 'x', (size_t)size - 1);
	reply[size - 1] = '\n';
	while ((got = SSL_read(c->ssl, data, sizeof data)) > 0)
		for (int i = 0; i < got; i++)
			if (data[i] == '\n' &&
			    SSL_write(c->ssl, reply, size) != size)
				bench_fail("the echo cannot send");
	return SSL_get_error(c->ssl, got) == SSL_ERROR_WANT_READ;
}

static void
echo_step(struct echo_client *c)
{
	if (echo_lines(c))
		return;
	ERR_clear_error();
	SSL_free(c->ssl);
	c->ssl = NULL;
	close(c->fd);
}

static void
echo_accept(void)
{
	uint8_t address[16];

	for (int i = 0; i < CLIENTS; i++) {
		struct echo_client *c = &tls_echo.clients[i];

		if (c->ssl != NULL)
			continue;
		if (rpc_accept(tls_echo.listener, &c->fd, address) != 0)
			return;
		c->ssl = SSL_new(tls_echo.context);
		if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1)
			bench_fail("no TLS for the echo");
		SSL_set_accept_state(c->ssl);
	}
}

/* OpenSSL as it is without any setting. */
static void
open_echo(const struct rpc_pem *pem)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	BIO *one = BIO_new_mem_buf(pem->certificate, -1);
	BIO *other = BIO_new_mem_buf(pem->private_key, -1);
	X509 *certificate = PEM_read_bio_X509(one, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(other, NULL, NULL, NULL);

	if (SSL_CTX_use_certificate(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(context, key) != 1)
		bench_fail("no certificate for the echo");
	X509_free(certificate);
	EVP_PKEY_free(key);
	BIO_free(one);
	BIO_free(other);
	tls_echo.context = context;
}

/* At the priority of the server's threads, on which it depends how many requests
 * wait when one of them is let run. */
static void *
run_echo(void *unused)
{
	thread_give_way();
	for (;;) {
		struct pollfd fds[1 + CLIENTS] = {
			{ tls_echo.listener, POLLIN, 0 } };

		for (int i = 0; i < CLIENTS; i++)
			fds[1 + i] = (struct pollfd){ tls_echo.clients[i].ssl
				!= NULL ? tls_echo.clients[i].fd : -1,
				POLLIN, 0 };
		if (poll(fds, 1 + CLIENTS, -1) < 0)
			continue;
		for (int i = 0; i < CLIENTS; i++)
			if (fds[1 + i].revents != 0)
				echo_step(&tls_echo.clients[i]);
		echo_accept();
	}
	return unused;
}

/* --- the node ------------------------------------------------------------- */

static struct {
	char *directory;
	struct maker_node node;
	struct rpc_from from;
	struct rpc_pool *pool;
	struct rpc_server *server;
	struct rpc_pem pem;
	uint16_t echo_port, port;
	char issue[2 * BITMARK_TX_ID_SIZE + 1];
	char owner[BITMARK_ACCOUNT_TEXT_MAX];
} world;

static void
make_chain(void)
{
	struct maker_block *block = maker_block_new();
	struct bitmark_chain *chain = maker_open(world.directory, NULL);
	struct bitmark_account owner;

	maker_asset(block);
	for (uint64_t n = 0; n < 200; n++)
		maker_issue(block, 1, n);
	maker_add(block, chain);
	bitmark_hex_encode(block->ids[2], BITMARK_TX_ID_SIZE, world.issue);
	maker_account(1, &owner);
	bitmark_account_to_text(&owner, world.owner);
	bitmark_chain_close(chain);
	free(block);
}

/* An rpc_answer_fn. */
static void
answer(void *user, struct rpc_job *job)
{
	struct rpc_from from = *(const struct rpc_from *)user;

	from.at_once = job->at_once;
	job->outcome = rpc_request_answer(&from, job->read, &job->reply,
	    &job->reply_size);
}

/* "127.0.0.1:" and a port that is free for a moment. */
static uint16_t
free_address(char text[ADDRESS_SIZE])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint16_t port;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		bench_fail("no address of loopback");
	close(fd);
	port = ntohs(address.sin_port);
	snprintf(text, ADDRESS_SIZE, "127.0.0.1:%u", (unsigned)port);
	return port;
}

static void
start_servers(void)
{
	char why[RPC_WHY_MAX], address[ADDRESS_SIZE], *listen = address;
	char echo[ADDRESS_SIZE];
	struct rpc_server_config config = { .listen = &listen,
		.listen_count = 1, .pem = &world.pem, .clients_max = 100,
		.handshake_ms = 60000, .idle_ms = 600000 };
	pthread_t thread;

	world.port = free_address(address);
	world.echo_port = free_address(echo);
	if (rpc_cert_make(NULL, 0, &world.pem) != NULL ||
	    rpc_pool_open(&world.pool, answer, &world.from) != NULL)
		bench_fail("no TLS");
	open_echo(&world.pem);
	config.pool = world.pool;
	if (!rpc_server_open(&world.server, &config, why) ||
	    !rpc_listen(echo, &tls_echo.listener, why))
		bench_fail(why);
	if (pthread_create(&thread, NULL, run_echo, NULL) != 0)
		bench_fail("no thread");
}

static void
setup(void)
{
	world.directory = maker_directory();
	make_chain();
	maker_node_init(&world.node, world.directory);
	world.node.config.standalone = true;
	world.node.config.digest = maker_digest;
	maker_node_start(&world.node);
	world.from = (struct rpc_from){
		.node = world.node.node,
		.chain = bitmark_node_chain(world.node.node),
		.params = world.node.config.params,
		.public_key = world.node.config.public_key,
	};
	start_servers();
}

/* --- figures -------------------------------------------------------------- */

enum { FOUNDATION, PROVENANCE, OWNED, INFO, STATUS, QUESTIONS };

struct question {
	char request[REQUEST_MAX];
	size_t reply_size;
};

static struct question questions[QUESTIONS];

static void
make_question(int i, const char *method, const char *arguments)
{
	struct question *q = &questions[i];
	char *reply;

	snprintf(q->request, sizeof q->request,
	    "{\"id\":1,\"method\":\"%s\",\"params\":[%s]}\n", method,
	    arguments);
	if (rpc_answer(&world.from, q->request, strlen(q->request), &reply,
	    &q->reply_size) != RPC_ANSWERED ||
	    strstr(reply, "\"error\":null") == NULL)
		bench_fail("a question has no answer");
	free(reply);
}

static void
make_questions(void)
{
	char text[REQUEST_MAX / 2];

	make_question(FOUNDATION, "BlockOwner.TxIDForBlock",
	    "{\"blockNumber\":2}");
	snprintf(text, sizeof text, "{\"txId\":\"%s\",\"count\":1}",
	    world.issue);
	make_question(PROVENANCE, "Bitmark.Provenance", text);
	snprintf(text, sizeof text, "{\"owner\":\"%s\",\"count\":1}",
	    world.owner);
	make_question(OWNED, "Owner.Bitmarks", text);
	make_question(INFO, "Node.Info", "{}");
	/* Of a transaction that nobody knows: the node looks where it could
	 * be waiting, too. */
	snprintf(text, sizeof text, "{\"txId\":\"%064d\"}", 1);
	make_question(STATUS, "Transaction.Status", text);
}

/* Requests for each second of this process's time. */
static double
ask_at(uint16_t port, const char *request)
{
	static uint32_t address = UINT32_C(0x7f010001);
	struct order order = { .port = port, .first_address = address };
	double before;
	char done;

	address += 256;
	memcpy(order.request, request, sizeof order.request);
	if (write(to_clients[1], &order, sizeof order) != sizeof order ||
	    read(from_clients[0], &done, 1) != 1)
		bench_fail("the clients are gone");
	before = bench_cpu_s();
	if (write(to_clients[1], "", 1) != 1 ||
	    read(from_clients[0], &done, 1) != 1)
		bench_fail("the clients are gone");
	return REQUESTS * CLIENTS / (bench_cpu_s() - before);
}

static double
measure_echo(void *user)
{
	const struct question *q = user;

	atomic_store(&tls_echo.reply_size, q->reply_size);
	return ask_at(world.echo_port, q->request);
}

static double
measure_reads(void *user)
{
	const struct question *q = user;

	return ask_at(world.port, q->request);
}

int
main(void)
{
	const struct bench_row rows[] = {
		{ "echo of a foundation id", measure_echo,
		    &questions[FOUNDATION], BENCH_ALONE, 0 },
		{ "BlockOwner.TxIDForBlock", measure_reads,
		    &questions[FOUNDATION], 0, BAR },
		{ "echo of a provenance", measure_echo,
		    &questions[PROVENANCE], BENCH_ALONE, 0 },
		{ "Bitmark.Provenance", measure_reads,
		    &questions[PROVENANCE], 2, BAR },
		{ "echo of an owner's list", measure_echo, &questions[OWNED],
		    BENCH_ALONE, 0 },
		{ "Owner.Bitmarks", measure_reads, &questions[OWNED], 4, BAR },
		{ "echo of a node's info", measure_echo, &questions[INFO],
		    BENCH_ALONE, 0 },
		{ "Node.Info", measure_reads, &questions[INFO], 6, BAR },
		{ "echo of a status", measure_echo, &questions[STATUS],
		    BENCH_ALONE, 0 },
		{ "Transaction.Status", measure_reads, &questions[STATUS], 8,
		    BAR },
	};
	const struct bench_table table = {
		.title = "reads by the client RPC over TLS, 16 clients",
		.unit = "replies for a second of one core",
		.better = BENCH_MORE,
		.rounds = ROUNDS,
		.rows = rows,
		.row_count = sizeof rows / sizeof rows[0],
	};
	int code;

	signal(SIGPIPE, SIG_IGN);
	start_clients();
	setup();
	make_questions();
	code = bench_run("rpc", &table, 1);
	close(to_clients[1]);
	rpc_pool_stop(world.pool);
	rpc_server_close(world.server);
	rpc_pool_free(world.pool);
	maker_node_stop(&world.node);
	maker_remove(world.directory);
	return code;
}

#else

int
main(void)
{
	return 0;
}

#endif
