/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Peers come before clients: how long a peer waits for N while nobody asks the
 * client RPC anything, and while strangers from many addresses have all of its
 * connections and want more.  They are a process of their own with the lowest
 * priority, because they stand for other machines: in this process they would keep
 * its locks, such as the one of the memory map, while they wait for a processor.
 */
#define _GNU_SOURCE             /* SCHED_IDLE */

#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
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
#define LOWEST_PRIORITY 19
/* As by default. */
#define CLIENTS_MAX 100
/* There are always some that find no place. */
#define STRANGERS (CLIENTS_MAX + 28)
#define FIRST_ADDRESS UINT32_C(0x7f020001)
#define SMALL_STACK (256 * 1024)
/* Looks at how many there are, before it is given up. */
#define LOOKS_MAX 6000
#define LOOK_S 0.01

/* Memory that both processes have. */
static struct shared {
	char address[NODE_MAKER_ADDRESS_SIZE];  /* of the RPC */
	pid_t parent;
	atomic_bool floods, ends;
} *shared;

static struct {
	SSL_CTX *context;
	struct rpc_from from;
	struct readers *readers;
	struct rpc_server *server;
	unsigned fewest;                /* connections while a figure of the
	                                   flood was taken                   */
} world;

static void
must(bool holds, const char *what)
{
	if (!holds)
		maker_must(BITMARK_E_STATE, what);
}

/* --- strangers ------------------------------------------------------------ */

/* Each has an address of its own, and so an allowance. */
static int
dial(unsigned number)
{
	const struct timeval limit = { .tv_sec = 1 };
	struct sockaddr_in from = { .sin_family = AF_INET }, to = from;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	from.sin_addr.s_addr = htonl(FIRST_ADDRESS + number);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)atoi(strchr(shared->address, ':') + 1));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A handshake, and requests for as long as they are answered. */
static void
attack(int fd, const char *text)
{
	SSL *ssl = SSL_new(world.context);
	char reply[4096];

	if (SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1)
		while (atomic_load(&shared->floods) &&
		    SSL_write(ssl, text, (int)strlen(text)) > 0 &&
		    SSL_read(ssl, reply, sizeof reply) > 0)
			;
	SSL_free(ssl);
}

/* No TLS, and a place that is kept until the server wants it back. */
static void
keep_silent(int fd)
{
	char byte;

	(void)send(fd, "\x16\x03\x01", 3, MSG_NOSIGNAL);
	while (atomic_load(&shared->floods) && recv(fd, &byte, 1, 0) != 0)
		;
}

static void *
stranger(void *user)
{
	static const char *const texts[] = { "{\"id\":1,\"method\":"
		"\"Node.Info\",\"params\":[{}]}", "{\"id\":1,\"method\":"
		"\"Owner.Bitmarks\",\"params\":[{\"count\":100}]}",
		"{\"id\":1,\"method\":\"Node.List\",\"params\":"
		"[{\"count\":-1}]}{\"id\":2,\"method\":\"X.Y\"}", "[[[[" };
	const unsigned number = *(unsigned *)user, kind = number % 5;

	while (!atomic_load(&shared->ends) && getppid() == shared->parent) {
		int fd = atomic_load(&shared->floods) ? dial(number) : -1;

		if (fd < 0) {
			bench_nap(LOOK_S);
			continue;
		}
		if (kind < 4)
			attack(fd, texts[kind]);
		else
			keep_silent(fd);
		close(fd);
	}
	return NULL;
}

static void
run_strangers(void)
{
	static unsigned numbers[STRANGERS];
	pthread_t threads[STRANGERS];
	pthread_attr_t attributes;

	world.context = SSL_CTX_new(TLS_client_method());
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, SMALL_STACK);
	for (unsigned i = 0; i < STRANGERS; i++) {
		numbers[i] = i;
		must(pthread_create(&threads[i], &attributes, stranger,
		    &numbers[i]) == 0, "thread");
	}
	pthread_attr_destroy(&attributes);
	for (int i = 0; i < STRANGERS; i++)
		pthread_join(threads[i], NULL);
	SSL_CTX_free(world.context);
}

/* Linux interrupts a thread of SCHED_IDLE for any other that wakes up; one that is
 * merely nice may finish its time slice, in which a peer would wait. */
static void
give_way(void)
{
#ifdef SCHED_IDLE
	const struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_IDLE, &none) == 0)
		return;
#endif
	(void)setpriority(PRIO_PROCESS, 0, LOWEST_PRIORITY);
}

/* Before this process has threads. */
static pid_t
start_strangers(void)
{
	pid_t child;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED, "memory");
	shared->parent = getpid();
	child = fork();
	must(child >= 0, "process");
	if (child != 0)
		return child;
	give_way();
	run_strangers();
	_exit(0);
}

static unsigned
clients_now(void)
{
	struct rpc_server_counts counts;

	rpc_server_get_counts(world.server, &counts);
	return counts.clients;
}

/* Every place is taken, or none. */
static void
set_flood(bool floods)
{
	const unsigned wanted = floods ? CLIENTS_MAX : 0;

	atomic_store(&shared->floods, floods);
	for (int i = 0; clients_now() != wanted; i++) {
		must(i < LOOKS_MAX, "the connections of strangers");
		bench_nap(LOOK_S);
	}
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
	unsigned clients;
	size_t count;

	set_flood(user != NULL);
	count = readers_times(world.readers, &height, 1, SECONDS, us,
	    TIMES_MAX);
	clients = clients_now();
	if (user != NULL && clients < world.fewest)
		world.fewest = clients;
	must(count > 0, "no reply");
	qsort(us, count, sizeof us[0], compare);
	return us[count * 99 / 100];
}

static void
answer(void *user, struct rpc_job *job)
{
	struct rpc_from from = *(const struct rpc_from *)user;

	from.at_once = job->at_once;
	job->outcome = rpc_request_answer(&from, job->read, &job->reply,
	    &job->reply_size);
}

static struct rpc_server *
start_rpc(const struct maker_node *node, struct rpc_pool **pool,
    struct rpc_pem *pem)
{
	struct maker_node n;
	struct rpc_server *server;
	char why[RPC_WHY_MAX], *listen = shared->address;
	struct rpc_server_config config = { .listen = &listen,
		.listen_count = 1, .pem = pem, .clients_max = CLIENTS_MAX,
		.handshake_ms = RPC_HANDSHAKE_MS, .idle_ms = 60000 };

	world.from = (struct rpc_from){ .node = node->node,
		.chain = bitmark_node_chain(node->node),
		.params = bitmark_chain_params_find("local"),
		.public_key = node->config.public_key };
	maker_node_init(&n, NULL);
	memcpy(shared->address, n.address, sizeof shared->address);
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
		.note = "the flood: 100 connections, as many as there may be, "
		    "of 128 strangers.",
	};
	char *directory = maker_directory();
	struct rpc_pool_counts answers;
	struct rpc_server_counts counts;
	struct maker_node node;
	struct rpc_pool *pool;
	struct rpc_pem pem;
	pid_t child;
	int result;

	signal(SIGPIPE, SIG_IGN);
	child = start_strangers();
	maker_node_init(&node, directory);
	maker_node_start(&node);
	world.fewest = CLIENTS_MAX;
	world.server = start_rpc(&node, &pool, &pem);
	start_readers(&node);
	result = bench_run("flood", &table, 1);
	atomic_store(&shared->floods, false);
	atomic_store(&shared->ends, true);
	waitpid(child, NULL, 0);
	rpc_server_get_counts(world.server, &counts);
	rpc_pool_get_counts(pool, &answers);
	printf("in all rounds: %llu connections, %llu of them more than there "
	    "may be, %llu requests answered; at the end of a figure %u "
	    "connections or more\n", (unsigned long long)counts.accepted,
	    (unsigned long long)counts.cut_room,
	    (unsigned long long)answers.requests, world.fewest);
	rpc_pool_stop(pool);
	rpc_server_close(world.server);
	rpc_pool_free(pool);
	readers_free(world.readers);
	maker_node_stop(&node);
	maker_remove(directory);
	rpc_pem_free(&pem);
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
