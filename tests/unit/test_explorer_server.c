/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The explorer over sockets: requests beyond each bound are refused and
 * counted, and many clients ask while names are added and removed. */
#include "../support/golden_explorer.h"

#ifdef WITH_libmicrohttpd

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "../support/await.h"
#include "../support/loopback.h"
#include "explorer/server.h"

#define ADDRESS_MAX 6
#define CONNECTIONS_MAX 10
#define WAIT_MS 3000
#define REPLY_MAX ((size_t)1 << 20)
#define ASKERS 6
#define QUESTIONS 60

static struct server *server;
static char address[LOOPBACK_TEXT_SIZE];

static void
answer_golden(void *user, const struct server_counts *counts,
    const struct answer_request *request, struct answer *answer)
{
	struct answer_from from = from_golden();

	(void)user;
	(void)counts;
	if (bitmark_snapshot_open(g.chain, &from.snapshot) != BITMARK_OK)
		from.snapshot = NULL;
	answer_make(&from, request, answer);
	if (from.snapshot != NULL)
		bitmark_snapshot_close(from.snapshot);
}

/* More than the buffers of a socket take. */
static void
answer_large(void *user, const struct server_counts *counts,
    const struct answer_request *request, struct answer *answer)
{
	(void)user;
	(void)counts;
	(void)request;
	*answer = (struct answer){ .status = 200, .type = "text/plain",
		.size = (size_t)32 << 20 };
	answer->body = answer->owned = calloc(1, answer->size);
}

static void
open_server(struct server_config config)
{
	char why[RPC_WHY_MAX];

	loopback_free_address(address);
	config.listen = address;
	config.wait_ms = WAIT_MS;
	if (config.bytes_max == 0)
		config.bytes_max = REPLY_MAX;
	if (config.answer == NULL)
		config.answer = answer_golden;
	ck_assert_msg(server_open(&server, &config, why), "%s", why);
}

static struct server_counts
counts_now(void)
{
	struct server_counts counts;

	server_get_counts(server, &counts);
	return counts;
}

/* --- clients ------------------------------------------------------------- */

static int
connect_it(void)
{
	const struct timeval wait = { .tv_sec = AWAIT_MS / 1000 };
	const int fd = loopback_connect(address);

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	return fd;
}

static void
send_it(int fd, const char *target)
{
	static const char rest[] = " HTTP/1.1\r\nHost: localhost\r\n\r\n";

	(void)send(fd, "GET ", 4, MSG_NOSIGNAL);
	(void)send(fd, target, strlen(target), MSG_NOSIGNAL);
	(void)send(fd, rest, sizeof rest - 1, MSG_NOSIGNAL);
}

/* The status of an answer that is read whole; 0: it was hung up. */
static unsigned
read_status(int fd)
{
	char reply[65536], *body = NULL;
	size_t size = 0, length = 0;
	ssize_t got;

	while (body == NULL || size < (size_t)(body - reply) + length) {
		got = recv(fd, reply + size, sizeof reply - 1 - size, 0);
		if (got <= 0)
			return 0;
		size += (size_t)got;
		reply[size] = '\0';
		if (body == NULL && (body = strstr(reply, "\r\n\r\n")) !=
		    NULL) {
			body += 4;
			length = strtoul(strstr(reply, "Content-Length: ") +
			    16, NULL, 10);
		}
		/* A long one is not looked at further. */
		if (body != NULL && (size_t)(body - reply) + length >=
		    sizeof reply)
			break;
	}
	return (unsigned)strtoul(reply + strlen("HTTP/1.1 "), NULL, 10);
}

static unsigned
ask(const char *target)
{
	const int fd = connect_it();
	unsigned status;

	send_it(fd, target);
	status = read_status(fd);
	close(fd);
	return status;
}

/* Until the server has seen that all are gone. */
static void
await_nobody(void)
{
	struct await wait = AWAIT;

	while (counts_now().clients > 0)
		ck_assert(await_again(&wait));
}

/* --- bounds -------------------------------------------------------------- */

START_TEST(an_address_has_so_many_connections)
{
	int fd[ADDRESS_MAX + 3];
	unsigned status;

	open_golden(0);
	open_server((struct server_config){ .threads = 2,
		.connections_max = 100, .address_max = ADDRESS_MAX });
	for (int i = 0; i < ADDRESS_MAX + 3; i++) {
		fd[i] = connect_it();
		send_it(fd[i], "/api/v1/status");
		status = read_status(fd[i]);
		ck_assert_uint_eq(status, i < ADDRESS_MAX ? 200 : 0);
	}
	ck_assert_uint_eq(counts_now().crowded, 3);
	for (int i = 0; i < ADDRESS_MAX + 3; i++)
		close(fd[i]);
	await_nobody();
	ck_assert_uint_eq(ask("/api/v1/status"), 200);
	server_close(server);
	close_golden();
}
END_TEST

/* More than there may be wait in the queue, and are served when one goes. */
START_TEST(clients_beyond_the_bound_wait)
{
	int fd[CONNECTIONS_MAX + 1];
	struct pollfd silent;

	open_golden(0);
	open_server((struct server_config){ .threads = 2,
		.connections_max = CONNECTIONS_MAX, .address_max = 100 });
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		fd[i] = connect_it();
		send_it(fd[i], "/api/v1/status");
		ck_assert_uint_eq(read_status(fd[i]), 200);
	}
	ck_assert_uint_eq(counts_now().clients, CONNECTIONS_MAX);
	fd[CONNECTIONS_MAX] = connect_it();
	send_it(fd[CONNECTIONS_MAX], "/api/v1/status");
	silent = (struct pollfd){ fd[CONNECTIONS_MAX], POLLIN, 0 };
	ck_assert_int_eq(poll(&silent, 1, 200), 0);
	ck_assert_uint_eq(counts_now().clients, CONNECTIONS_MAX);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		close(fd[i]);
	ck_assert_uint_eq(read_status(fd[CONNECTIONS_MAX]), 200);
	close(fd[CONNECTIONS_MAX]);
	server_close(server);
	close_golden();
}
END_TEST

START_TEST(answers_that_nobody_takes_have_their_memory)
{
	struct await wait = AWAIT;
	int slow;

	open_server((struct server_config){ .threads = 2,
		.connections_max = 100, .address_max = 100,
		.answer = answer_large });
	slow = connect_it();
	send_it(slow, "/");
	while (counts_now().bytes == 0)
		ck_assert(await_again(&wait));
	ck_assert_uint_eq(ask("/"), 503);
	ck_assert_uint_eq(ask("/"), 503);
	ck_assert_uint_eq(counts_now().refused, 2);
	close(slow);
	while (counts_now().bytes > 0)
		ck_assert(await_again(&wait));
	ck_assert_uint_eq(ask("/"), 200);
	server_close(server);
}
END_TEST

START_TEST(requests_have_a_length_and_a_time)
{
	static char target[4000];
	struct await wait = AWAIT;
	int fd;

	open_golden(0);
	open_server((struct server_config){ .threads = 1,
		.connections_max = 100, .address_max = 100 });
	memset(target, 'a', sizeof target - 1);
	target[0] = '/';
	ck_assert_uint_eq(ask(target), 414);
	ck_assert_uint_eq(counts_now().too_long, 1);
	ck_assert_uint_eq(ask("/api/v1/block/x"), 400);
	ck_assert_uint_eq(ask("/api/v1/block/1000000"), 404);
	ck_assert_uint_eq(counts_now().wrong, 1);
	await_nobody();
	fd = connect_it();
	(void)send(fd, "GET /", 5, MSG_NOSIGNAL);
	while (counts_now().clients == 0)
		ck_assert(await_again(&wait));
	server_tick(server, bitmark_clock_ms());
	ck_assert_uint_eq(counts_now().cut, 0);
	server_tick(server, bitmark_clock_ms() + WAIT_MS + 1);
	ck_assert_uint_eq(read_status(fd), 0);
	ck_assert_uint_eq(counts_now().cut, 1);
	close(fd);
	server_close(server);
	close_golden();
}
END_TEST

/* --- many at a time ------------------------------------------------------ */

static void *
ask_much(void *user)
{
	static const char *const targets[] = { "/", "/api/v1/status",
		"/api/v1/blocks?count=100000", "/api/v1/block/7?count=100000",
		"/api/v1/search?q=series", "/api/v1/search?q=0000000000",
		"/metrics", "/api/v1/pending" };
	const size_t count = sizeof targets / sizeof targets[0];
	size_t *bad = user;

	for (size_t i = 0; i < QUESTIONS; i++) {
		const unsigned status = ask(targets[i % count]);

		*bad += status != (i % count == 7 ? 503u : 200u);
	}
	return NULL;
}

static atomic_bool looking;

/* From one branch to the other and back, a few blocks at a time. */
static void *
follow_both(void *user)
{
	struct golden *other = user;

	while (looking) {
		for (int i = 0; i < 20; i++)
			(void)finder_follow(finder, other->snap, 2);
		for (int i = 0; i < 20; i++)
			(void)finder_follow(finder, g.snap, 2);
	}
	return NULL;
}

START_TEST(many_ask_while_names_come_and_go)
{
	size_t bad[ASKERS] = { 0 };
	pthread_t asker[ASKERS], crawler;
	struct golden other;

	open_golden(0);
	other = golden_open(1);
	open_server((struct server_config){ .threads = 3,
		.connections_max = 100, .address_max = 100,
		.bytes_max = (size_t)64 << 20 });
	looking = true;
	ck_assert_int_eq(pthread_create(&crawler, NULL, follow_both, &other),
	    0);
	for (size_t i = 0; i < ASKERS; i++)
		ck_assert_int_eq(pthread_create(&asker[i], NULL, ask_much,
		    &bad[i]), 0);
	for (size_t i = 0; i < ASKERS; i++) {
		pthread_join(asker[i], NULL);
		ck_assert_uint_eq(bad[i], 0);
	}
	looking = false;
	pthread_join(crawler, NULL);
	ck_assert_uint_eq(counts_now().requests, ASKERS * QUESTIONS);
	server_close(server);
	golden_close(&other);
	close_golden();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explorer server");
	TCase *tc = tcase_create("sockets");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, golden_stores_make,
	    golden_stores_remove);
	tcase_add_test(tc, an_address_has_so_many_connections);
	tcase_add_test(tc, clients_beyond_the_bound_wait);
	tcase_add_test(tc, answers_that_nobody_takes_have_their_memory);
	tcase_add_test(tc, requests_have_a_length_and_a_time);
	tcase_add_test(tc, many_ask_while_names_come_and_go);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

#else

int
main(void)
{
	return 0;
}

#endif
