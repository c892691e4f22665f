/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Orders go to both processes by pipes, and each is answered.  The clients are
 * plain sockets that stay open: a library for HTTP would be measured, too.
 */
#include "explorer_world.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "explorer/answer.h"
#include "explorer/crawler.h"
#include "explorer/server.h"
#include "explorer/store.h"

#define CLIENTS_MAX 8
#define PATH_TEXT_MAX 256
#define ADDRESS_SIZE 32
#define REPLY_MAX ((size_t)32 << 20)
#define TIMES_MAX 100000

/* A process, and the pipes to it and from it. */
struct child {
	pid_t pid;
	int to, from;
};

static struct child server, clients;
static uint16_t port[2];                /* of the explorer, and of the file */

static void
put(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		ssize_t done = write(fd, at, size);

		if (done <= 0)
			_exit(0);
		at += done;
		size -= (size_t)done;
	}
}

/* The end of the parent is that of its children. */
static void
get(int fd, void *data, size_t size)
{
	char *at = data;

	while (size > 0) {
		ssize_t done = read(fd, at, size);

		if (done <= 0)
			_exit(0);
		at += done;
		size -= (size_t)done;
	}
}

static void
start(struct child *child, void (*run)(int in, int out))
{
	int in[2], out[2];

	if (pipe(in) != 0 || pipe(out) != 0 || (child->pid = fork()) < 0)
		bench_fail("no process");
	if (child->pid == 0) {
		close(in[1]);
		close(out[0]);
		run(in[0], out[1]);
		_exit(0);
	}
	close(in[0]);
	close(out[1]);
	child->to = in[1];
	child->from = out[0];
}

/* --- the explorer's process ------------------------------------------------- */

enum server_what { SERVE, SET_FILE, TELL_CPU };

struct server_order {
	enum server_what what;
	char directory[PATH_TEXT_MAX];
	size_t size;
	uint16_t port[2];
};

static struct {
	struct store *store;
	struct finder *finder;
	struct crawler *crawler;
	struct server *server[2];
	char *file;
	size_t file_size;
} served;

static void
answer_explorer(void *user, const struct server_counts *counts,
    const struct answer_request *request, struct answer *answer)
{
	struct bitmark_snapshot *snapshot = store_lend(served.store);
	const struct answer_from from = {
		.snapshot = snapshot,
		.params = bitmark_chain_params_find("local"),
		.rules = store_rules(served.store),
		.finder = served.finder,
	};

	(void)user;
	(void)counts;
	answer_make(&from, request, answer);
	store_give_back(served.store, snapshot);
}

static void
answer_file(void *user, const struct server_counts *counts,
    const struct answer_request *request, struct answer *answer)
{
	(void)user;
	(void)counts;
	(void)request;
	*answer = (struct answer){ .status = 200, .type = "application/json",
		.body = served.file, .size = served.file_size };
}

/* One thread: the bar is for one core. */
static void
open_server(int i, uint16_t at)
{
	char listen[ADDRESS_SIZE], why[RPC_WHY_MAX];
	const struct server_config config = {
		.listen = listen,
		.threads = 1,
		.connections_max = 100,
		.address_max = 100,
		.wait_ms = 600000,
		.bytes_max = (size_t)1 << 30,
		.answer = i == 0 ? answer_explorer : answer_file,
	};

	snprintf(listen, sizeof listen, "127.0.0.1:%u", (unsigned)at);
	if (!server_open(&served.server[i], &config, why))
		bench_fail(why);
}

static void
wait_for_names(void)
{
	struct bitmark_snapshot *snapshot = store_lend(served.store);
	struct finder_counts counts;
	struct bitmark_tip tip;

	bitmark_snapshot_tip(snapshot, &tip);
	store_give_back(served.store, snapshot);
	do {
		bench_nap(0.01);
		crawler_tick(served.crawler);
		finder_get_counts(served.finder, &counts);
	} while (counts.height < tip.number);
}

static void
serve(const struct server_order *order)
{
	const struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = order->directory,
		.params = bitmark_chain_params_find("local"),
		.access = BITMARK_CHAIN_READ,
	};

	if (store_open(&served.store, &config) != BITMARK_OK)
		bench_fail("the explorer's store");
	served.finder = finder_open(config.params, (size_t)1 << 30);
	served.crawler = crawler_open(served.store, served.finder);
	if (served.crawler == NULL)
		bench_fail("no memory");
	wait_for_names();
	open_server(0, order->port[0]);
	open_server(1, order->port[1]);
}

static void
run_server(int in, int out)
{
	static struct server_order order;       /* its path stays           */
	double cpu_s;

	for (;;) {
		get(in, &order, sizeof order);
		if (order.what == SERVE)
			serve(&order);
		if (order.what == SET_FILE) {
			served.file = realloc(served.file, order.size + 1);
			if (served.file == NULL)
				bench_fail("no memory");
			memset(served.file, 'x', order.size);
			served.file_size = order.size;
		}
		cpu_s = bench_cpu_s();
		put(out, &cpu_s, sizeof cpu_s);
	}
}

/* --- the clients' process --------------------------------------------------- */

struct client_order {
	bool press;                     /* until another byte comes         */
	uint16_t port;
	struct explorer_load load;
};

static int
connect_client(uint16_t to)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(to) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
	    sizeof address) != 0)
		bench_fail("a client cannot connect");
	return fd;
}

static void
send_request(int fd, const char *target)
{
	char text[EXPLORER_TARGET_MAX + 64];
	int size = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n"
	    "Host: localhost\r\n\r\n", target);

	if (write(fd, text, (size_t)size) != size)
		bench_fail("a request is not sent");
}

/* Size of the head with its empty line, and of the body behind it; 0: it is not
 * whole yet. */
static size_t
read_head(const char *reply, size_t size, size_t *body)
{
	const char *end = size > 4 ? strstr(reply, "\r\n\r\n") : NULL;
	const char *length;

	if (end == NULL)
		return 0;
	length = strstr(reply, "Content-Length: ");
	if (strncmp(reply, "HTTP/1.1 200", 12) != 0 || length == NULL ||
	    length > end)
		bench_fail(reply);
	*body = strtoul(length + strlen("Content-Length: "), NULL, 10);
	return (size_t)(end - reply) + 4;
}

/* One answer; gives the bytes of its body. */
static size_t
read_answer(int fd)
{
	static char reply[REPLY_MAX + 1];
	size_t size = 0, head = 0, body = 0;
	ssize_t got;

	do {
		got = read(fd, reply + size, REPLY_MAX - size);
		if (got <= 0)
			bench_fail("an answer is missing");
		size += (size_t)got;
		reply[size] = '\0';
		if (head == 0)
			head = read_head(reply, size, &body);
	} while (head == 0 || size < head + body);
	return body;
}

static int
order_of_times(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* All ask, then all read: the server has some work at a time. */
static void
ask_round(const int *fds, const struct explorer_load *load, size_t *next,
    struct explorer_result *result, double *ms)
{
	const double start_s = bench_now_s();

	for (unsigned i = 0; i < load->clients; i++)
		send_request(fds[i], load->target[(*next)++ % load->targets]);
	for (unsigned i = 0; i < load->clients; i++)
		result->bytes = read_answer(fds[i]);
	*ms = (bench_now_s() - start_s) * 1e3 / load->clients;
}

static bool
is_told(int in)
{
	struct pollfd order = { in, POLLIN, 0 };

	return poll(&order, 1, 0) != 0;
}

static void
obey(int in, const struct client_order *order, struct explorer_result *result)
{
	static double ms[TIMES_MAX];
	const struct explorer_load *load = &order->load;
	int fds[CLIENTS_MAX];
	size_t next = 0, count = 0;

	for (unsigned i = 0; i < load->clients; i++)
		fds[i] = connect_client(order->port);
	while (order->press ? !is_told(in) : count < load->requests)
		ask_round(fds, load, &next, result,
		    &ms[count++ % TIMES_MAX]);
	if (count > TIMES_MAX)
		count = TIMES_MAX;
	qsort(ms, count, sizeof *ms, order_of_times);
	result->median_ms = ms[count / 2];
	for (unsigned i = 0; i < load->clients; i++)
		close(fds[i]);
}

static void
run_clients(int in, int out)
{
	static struct client_order order;
	char byte;

	for (;;) {
		struct explorer_result result = { 0 };

		get(in, &order, sizeof order);
		obey(in, &order, &result);
		if (order.press)
			get(in, &byte, 1);
		put(out, &result, sizeof result);
	}
}

/* --- orders ----------------------------------------------------------------- */

void
explorer_start(void)
{
	signal(SIGPIPE, SIG_IGN);
	start(&server, run_server);
	start(&clients, run_clients);
}

void
explorer_stop(void)
{
	kill(server.pid, SIGKILL);
	kill(clients.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	waitpid(clients.pid, NULL, 0);
}

static double
order_server(const struct server_order *order)
{
	double cpu_s;

	put(server.to, order, sizeof *order);
	get(server.from, &cpu_s, sizeof cpu_s);
	return cpu_s;
}

static uint16_t
free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		bench_fail("no address of loopback");
	close(fd);
	return ntohs(address.sin_port);
}

void
explorer_serve(const char *directory)
{
	struct server_order order = { .what = SERVE };

	port[0] = free_port();
	do
		port[1] = free_port();
	while (port[1] == port[0]);
	memcpy(order.port, port, sizeof port);
	snprintf(order.directory, sizeof order.directory, "%s", directory);
	(void)order_server(&order);
}

void
explorer_set_file(size_t size)
{
	const struct server_order order = { .what = SET_FILE, .size = size };

	(void)order_server(&order);
}

double
explorer_cpu_s(void)
{
	const struct server_order order = { .what = TELL_CPU };

	return order_server(&order);
}

static void
order_clients(const struct explorer_load *load, bool press)
{
	static struct client_order order;

	order.press = press;
	order.port = port[load->file];
	order.load = *load;
	put(clients.to, &order, sizeof order);
}

struct explorer_result
explorer_ask(const struct explorer_load *load)
{
	struct explorer_result result;

	order_clients(load, false);
	get(clients.from, &result, sizeof result);
	return result;
}

void
explorer_press(const struct explorer_load *load)
{
	order_clients(load, true);
}

void
explorer_relieve(void)
{
	struct explorer_result result;

	put(clients.to, "", 1);
	get(clients.from, &result, sizeof result);
}
