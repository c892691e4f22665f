/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The listener: what it refuses and survives, how it starts and stops. */
#define _GNU_SOURCE                     /* RTLD_NEXT */
#include "../support/listening.h"
#include "../support/vectors.h"

#include <bitmarkpeer/os.h>

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zmq.h>

#include "net/bind.h"

#define CONNECTIONS_MAX 3

static void
start_small(void)
{
	listening_start_max(CONNECTIONS_MAX);
}

static void
set_option(void *socket, int option, int value)
{
	ck_assert_int_eq(zmq_setsockopt(socket, option, &value, sizeof value),
	    0);
}

/* Connect from another address of the loopback. */
static void *
client_from(const char *source)
{
	char endpoint[2 * LISTENING_ENDPOINT_SIZE];
	char own[LISTENING_ENDPOINT_SIZE];
	void *client = client_unconnected(ZMQ_DEALER);

	listening_endpoint(own);
	snprintf(endpoint, sizeof endpoint, "tcp://%s:0;%s", source,
	    own + sizeof "tcp://" - 1);
	ck_assert_int_eq(zmq_connect(client, endpoint), 0);
	return client;
}

/* A connection from 127.0.0.${host} that says nothing. */
static int
bare_from(uint32_t host)
{
	struct bitmark_connection bound;
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	bm_listener_bound(listening, 0, &bound);
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(bound.port);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

START_TEST(a_client_without_curve_gets_nothing)
{
	char endpoint[LISTENING_ENDPOINT_SIZE];
	void *plain = zmq_socket(clients_zmq, ZMQ_DEALER);
	void *client = client_new(ZMQ_REQ);

	set_option(plain, ZMQ_LINGER, 0);
	listening_endpoint(endpoint);
	ck_assert_int_eq(zmq_connect(plain, endpoint), 0);
	client_ask(plain, "hello");
	client_send(client, "hello", 0);
	client_expect(client, "hello");
	client_expect_silence(plain);
	ck_assert_uint_eq(listening_answered(), 1);
	zmq_close(plain);
}
END_TEST

START_TEST(one_client_too_many_is_refused_until_another_leaves)
{
	void *client[CONNECTIONS_MAX], *refused, *next;

	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		client[i] = client_new(ZMQ_DEALER);
		client_ask(client[i], "hello");
		client_expect_answer(client[i], "hello");
	}
	refused = client_new(ZMQ_DEALER);
	client_ask(refused, "refused");
	client_expect_silence(refused);
	ck_assert_uint_eq(listening_answered(), CONNECTIONS_MAX);
	client_ask(client[0], "again");
	client_expect_answer(client[0], "again");
	client_close(refused);
	expect_connections(CONNECTIONS_MAX);
	client_close(client[1]);
	expect_connections(CONNECTIONS_MAX - 1);
	next = client_new(ZMQ_DEALER);
	client_ask(next, "next");
	client_expect_answer(next, "next");
}
END_TEST

/* How many of these were cut off. */
static unsigned
count_cut(const int *fd, unsigned count)
{
	unsigned cut = 0;
	char bytes[256];

	for (unsigned i = 0; i < count; i++) {
		ssize_t size;

		/* After the greeting comes the end. */
		while ((size = recv(fd[i], bytes, sizeof bytes,
		    MSG_DONTWAIT)) > 0)
			;
		cut += size == 0 || errno != EAGAIN;
	}
	return cut;
}

static void
expect_cut(const int *fd, unsigned count, unsigned cut)
{
	struct bm_listener_stats stats;
	struct await wait = AWAIT;

	while (count_cut(fd, count) < cut)
		ck_assert(await_again(&wait));
	/* To make room, and not because their time was over. */
	bm_listener_stats(listening, &stats);
	ck_assert_uint_eq(stats.cuts.handshake, 0);
	/* All others have been let in, so none is still to be cut. */
	expect_connections(count - cut);
	ck_assert_uint_eq(count_cut(fd, count), cut);
}

/* The time of its handshake must pass first. */
START_TEST(a_client_that_is_refused_comes_back_by_itself)
{
	void *client[CONNECTIONS_MAX], *refused;

	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		client[i] = client_new(ZMQ_DEALER);
		client_ask(client[i], "hello");
		client_expect_answer(client[i], "hello");
	}
	refused = client_new(ZMQ_DEALER);
	client_ask(refused, "let me in");
	client_expect_silence(refused);
	client_close(client[0]);
	client_expect_answer(refused, "let me in");
}
END_TEST

#define BARE (BM_ADMISSION_SHARE_MIN - CONNECTIONS_MAX)

/* At once: not only when the time for a handshake is over. */
static void
expect_places(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		void *client = client_new(ZMQ_DEALER);

		set_option(client, ZMQ_RCVTIMEO, BM_LISTENER_HANDSHAKE_MS / 2);
		client_ask(client, "hello");
		client_expect_answer(client, "hello");
	}
}

START_TEST(connections_without_a_handshake_take_no_place)
{
	int fd[BARE];

	for (int i = 0; i < BARE; i++)
		fd[i] = bare_from(1);
	expect_connections(BARE);
	expect_places(CONNECTIONS_MAX);
	for (int i = 0; i < BARE; i++)
		close(fd[i]);
}
END_TEST

START_TEST(a_host_has_a_share_of_all_connections)
{
	int fd[2 * BM_ADMISSION_SHARE_MIN];

	for (int i = 0; i < 2 * BM_ADMISSION_SHARE_MIN; i++)
		fd[i] = bare_from(2);
	expect_cut(fd, 2 * BM_ADMISSION_SHARE_MIN, BM_ADMISSION_SHARE_MIN);
	/* The clients that have waited longest are cut off. */
	ck_assert_uint_eq(count_cut(fd + BM_ADMISSION_SHARE_MIN,
	    BM_ADMISSION_SHARE_MIN), 0);
	expect_places(1);
	for (int i = 0; i < 2 * BM_ADMISSION_SHARE_MIN; i++)
		close(fd[i]);
}
END_TEST

START_TEST(the_connection_that_waited_longest_makes_room)
{
	enum { EACH = BM_ADMISSION_SHARE_MIN / 2 };
	int fd[3 * EACH];

	for (int i = 0; i < 3 * EACH; i++)
		fd[i] = bare_from(2 + (uint32_t)i / EACH);
	expect_cut(fd, 3 * EACH, EACH);
	ck_assert_uint_eq(count_cut(fd, EACH), EACH);
	expect_places(1);
	for (int i = 0; i < 3 * EACH; i++)
		close(fd[i]);
}
END_TEST

/* More than may wait for clients that do not read. */
#define UNREAD_REPLIES 1000

START_TEST(a_client_that_does_not_read_loses_its_replies_alone_D_47)
{
	struct bm_listener_stats stats;
	void *silent = client_unconnected(ZMQ_DEALER);
	void *client;

	set_option(silent, ZMQ_RCVHWM, 1);
	set_option(silent, ZMQ_RCVBUF, 4096);
	client_connect(silent);
	for (int i = 0; i < UNREAD_REPLIES; i++)
		client_ask(silent, LISTENING_LARGE);
	expect_dropped(1);
	client = client_new(ZMQ_REQ);
	for (int i = 0; i < 3; i++) {
		client_send(client, "hello", 0);
		client_expect(client, "hello");
		client_expect(client, "1");
		client_expect(client, "hello");
	}
	bm_listener_stats(listening, &stats);
	ck_assert_uint_gt(stats.requests, 3);
	ck_assert_uint_eq(stats.connections, 2);
}
END_TEST

START_TEST(clients_that_do_not_read_leave_room_for_other_hosts)
{
	uint8_t *got = malloc(LISTENING_LARGE_SIZE);
	void *silent = client_unconnected(ZMQ_DEALER);
	void *other;

	set_option(silent, ZMQ_RCVHWM, 1);
	set_option(silent, ZMQ_RCVBUF, 4096);
	client_connect(silent);
	for (int i = 0; i < UNREAD_REPLIES; i++)
		client_ask(silent, LISTENING_LARGE);
	expect_dropped(UNREAD_REPLIES / 3);
	other = client_from("127.0.0.2");
	client_ask(other, LISTENING_LARGE);
	client_expect(other, "");
	client_expect(other, LISTENING_LARGE);
	client_expect(other, "1");
	ck_assert_int_eq(zmq_recv(other, got, LISTENING_LARGE_SIZE, 0),
	    (int)LISTENING_LARGE_SIZE);
	free(got);
}
END_TEST

/* More than libzmq is given at a time, and than a socket takes. */
#define LARGE_REPLIES 100

/* One reply; is it a large one? */
static bool
take_reply(void *client, uint8_t *bytes)
{
	char name[8] = "";
	int size;

	client_expect(client, "");
	size = zmq_recv(client, name, sizeof name - 1, 0);
	ck_assert_int_gt(size, 0);
	client_expect(client, "1");
	size = zmq_recv(client, bytes, LISTENING_LARGE_SIZE, 0);
	if (strcmp(name, LISTENING_LARGE) != 0)
		return false;
	ck_assert_int_eq(size, (int)LISTENING_LARGE_SIZE);
	return true;
}

START_TEST(small_replies_overtake_large_ones_and_none_is_lost)
{
	uint8_t *bytes = malloc(LISTENING_LARGE_SIZE);
	struct bm_listener_stats stats;
	void *client = client_unconnected(ZMQ_DEALER);
	int before = 0;

	/* Replies are to wait at the listener. */
	set_option(client, ZMQ_RCVHWM, 1);
	set_option(client, ZMQ_RCVBUF, 4096);
	client_connect(client);
	for (int i = 0; i < LARGE_REPLIES; i++)
		client_ask(client, LISTENING_LARGE);
	client_ask(client, "hello");
	while (take_reply(client, bytes))
		before++;
	ck_assert_int_lt(before, LARGE_REPLIES / 2);
	for (int i = before; i < LARGE_REPLIES; i++)
		ck_assert(take_reply(client, bytes));
	bm_listener_stats(listening, &stats);
	ck_assert_uint_eq(stats.dropped, 0);
	free(bytes);
}
END_TEST

/* It takes the whole time of a handshake. */
START_TEST(a_connection_that_says_nothing_is_cut)
{
	int fd = bare_from(1);
	void *client = client_new(ZMQ_REQ);

	expect_connections(2);
	client_send(client, "hello", 0);
	client_expect(client, "hello");
	expect_connections(1);
	close(fd);
}
END_TEST

/* The library's calls of zmq_poll come here: so many fail. */
static atomic_int bad_polls;

BITMARK_API int
zmq_poll(zmq_pollitem_t *items, int count, long timeout)
{
	int (*real)(zmq_pollitem_t *, int, long);
	void *found = dlsym(RTLD_NEXT, "zmq_poll");

	memcpy(&real, &found, sizeof real);
	if (atomic_load(&bad_polls) > 0) {
		atomic_fetch_sub(&bad_polls, 1);
		errno = ENOMEM;
		return -1;
	}
	return real(items, count, timeout);
}

START_TEST(a_listener_whose_poll_fails_goes_on)
{
	void *client = client_new(ZMQ_REQ);

	client_send(client, "hello", 0);
	client_expect(client, "hello");
	client_expect(client, "1");
	client_expect(client, "hello");
	atomic_store(&bad_polls, 3);
	client_send(client, "again", 0);
	client_expect(client, "again");
	client_expect(client, "1");
	client_expect(client, "again");
}
END_TEST

START_TEST(a_lack_of_descriptors_is_counted)
{
	struct rlimit before, none;
	struct bm_listener_stats stats;
	struct await wait = AWAIT;
	void *client = client_new(ZMQ_REQ);
	int fd;

	client_send(client, "hello", 0);
	client_expect(client, "hello");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	/* The lowest one that is free shall be too high. */
	fd = dup(0);
	ck_assert_int_ge(fd, 0);
	close(fd);
	none.rlim_cur = (rlim_t)fd;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	do
		bm_listener_stats(listening, &stats);
	while (stats.exhausted == 0 && await_again(&wait));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_uint_eq(stats.exhausted, 1);
}
END_TEST

START_TEST(connections_that_go_away_are_counted_down)
{
	void *client[20];

	for (int i = 0; i < 20; i++) {
		client[i] = client_new(ZMQ_REQ);
		client_send(client[i], "hello", 0);
	}
	expect_connections(20);
	for (int i = 0; i < 20; i++)            /* some before their reply */
		client_close(client[i]);
	expect_connections(0);
}
END_TEST

/* The fixture stops the listener: within the time limit of the test. */
START_TEST(stopping_does_not_wait_for_clients)
{
	for (int i = 0; i < 50; i++) {
		void *client = client_new(ZMQ_DEALER);

		client_ask(client, LISTENING_MUTE);
		client_ask(client, "never read");
	}
	bm_listener_stop(listening);
	listening = NULL;
}
END_TEST

START_TEST(an_address_that_is_taken_is_an_error)
{
	void *zmq = zmq_ctx_new();
	struct bitmark_connection taken;
	struct bm_listener *second = listening;
	struct bm_listener_config config;

	bm_listener_bound(listening, 0, &taken);
	ck_assert_uint_ne(taken.port, 0);
	config = listening_config(zmq, &taken);
	ck_assert_int_eq(bm_listener_start(&second, &config), BITMARK_E_NET);
	ck_assert_ptr_null(second);
	zmq_ctx_term(zmq);
}
END_TEST

START_TEST(a_context_has_one_listener)
{
	struct bm_listener_config config = listening_config(listening_zmq,
	    &listening_anywhere);
	struct bm_listener *second;

	ck_assert_int_eq(bm_listener_start(&second, &config), BITMARK_E_NET);
	config.bind_count = 0;
	ck_assert_int_eq(bm_listener_start(&second, &config),
	    BITMARK_E_ARGUMENT);
}
END_TEST

START_TEST(a_stopped_listener_can_be_started_again_in_its_context)
{
	struct bm_listener_config config = listening_config(listening_zmq,
	    &listening_anywhere);
	void *client;

	bm_listener_stop(listening);
	ck_assert_int_eq(bm_listener_start(&listening, &config), BITMARK_OK);
	client = client_new(ZMQ_REQ);
	client_send(client, "hello", 0);
	client_expect(client, "hello");
}
END_TEST

/* A system without IPv6 has nothing to show here.  A port that is free for one
 * family may be in use by another program in the other one. */
START_TEST(both_address_families_can_have_one_port)
{
	struct bitmark_connection v4 = { .address = { [10] = 0xff,
	    [11] = 0xff } };
	struct bitmark_connection v6 = { .port = 0 };
	struct bitmark_connection bound, again;
	bool found = false;
	int fd[2];

	for (int i = 0; i < 50 && !found; i++) {
		if (bm_bind_tcp(&v6, &fd[0], &bound) != BITMARK_OK)
			return;
		v4.port = bound.port;
		found = bm_bind_tcp(&v4, &fd[1], &again) == BITMARK_OK;
		close(fd[0]);
	}
	ck_assert(found);
	ck_assert_uint_eq(again.port, bound.port);
	close(fd[1]);
}
END_TEST

START_TEST(a_listener_serves_all_its_addresses)
{
	void *zmq = zmq_ctx_new();
	struct bitmark_connection two[2] = { listening_anywhere,
		listening_anywhere };
	struct bm_listener_config config = listening_config(zmq, two);
	struct bm_listener *first = listening;

	two[1].address[15] = 2;         /* 127.0.0.2 */
	config.bind_count = 2;
	ck_assert_int_eq(bm_listener_start(&listening, &config), BITMARK_OK);
	for (int i = 0; i < 2; i++) {
		struct bitmark_connection bound;
		char text[BITMARK_CONNECTION_TEXT_MAX];
		char endpoint[LISTENING_ENDPOINT_SIZE];
		void *client = client_unconnected(ZMQ_REQ);

		bm_listener_bound(listening, (size_t)i, &bound);
		bitmark_connection_to_text(&bound, text);
		snprintf(endpoint, sizeof endpoint, "tcp://%s", text);
		ck_assert_int_eq(zmq_connect(client, endpoint), 0);
		client_send(client, "hello", 0);
		client_expect(client, "hello");
	}
	bm_listener_stop(listening);
	listening = first;
	zmq_ctx_term(zmq);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listener limits");
	TCase *small = tcase_create("small");
	TCase *tc = tcase_create("limits");

	tcase_add_checked_fixture(small, start_small, listening_stop);
	tcase_set_timeout(small, 120);
	tcase_add_test(small,
	    one_client_too_many_is_refused_until_another_leaves);
	tcase_add_test(small, a_client_that_is_refused_comes_back_by_itself);
	tcase_add_test(small, connections_without_a_handshake_take_no_place);
	tcase_add_test(small, a_host_has_a_share_of_all_connections);
	tcase_add_test(small, the_connection_that_waited_longest_makes_room);
	suite_add_tcase(suite, small);

	tcase_add_checked_fixture(tc, listening_start, listening_stop);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_client_without_curve_gets_nothing);
	tcase_add_test(tc,
	    a_client_that_does_not_read_loses_its_replies_alone_D_47);
	tcase_add_test(tc,
	    clients_that_do_not_read_leave_room_for_other_hosts);
	tcase_add_test(tc,
	    small_replies_overtake_large_ones_and_none_is_lost);
	tcase_add_test(tc, a_connection_that_says_nothing_is_cut);
	tcase_add_test(tc, a_listener_whose_poll_fails_goes_on);
	tcase_add_test(tc, a_lack_of_descriptors_is_counted);
	tcase_add_test(tc, connections_that_go_away_are_counted_down);
	tcase_add_test(tc, stopping_does_not_wait_for_clients);
	tcase_add_test(tc, an_address_that_is_taken_is_an_error);
	tcase_add_test(tc, a_context_has_one_listener);
	tcase_add_test(tc,
	    a_stopped_listener_can_be_started_again_in_its_context);
	tcase_add_test(tc, both_address_families_can_have_one_port);
	tcase_add_test(tc, a_listener_serves_all_its_addresses);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
