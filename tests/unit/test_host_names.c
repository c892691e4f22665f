/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Nodes whose addresses are given by host names, which are looked up at the DNS
 * server of name_server.h.
 */
#include "../support/vectors.h"
#include "../support/members.h"
#include "../support/name_server.h"
#include "../support/raw_node.h"

#include <bitmarkpeer/client.h>
#include <bitmarkpeer/os.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/bind.h"
#include "net/curve.h"
#include "net/dealer.h"
#include "net/resolver.h"

/* No wait that succeeds takes so long. */
#define PATIENT_MS 10000
/* Work that needs no name never takes this long. */
#define PROMPT_MS 5000
#define NAME_SIZE 64

static void
teardown(void)
{
	name_server_stop();
}

/* --- one question --------------------------------------------------------- */

/* Wait until the resolver has something to do, ${most_ms} at most. */
static void
wait_for(const struct bm_resolver *resolver, uint64_t most_ms)
{
	zmq_pollitem_t items[BM_RESOLVER_ITEMS];
	const int count = (int)bm_resolver_items(resolver, items);
	const uint64_t due_ms = bm_resolver_deadline(resolver);
	const uint64_t now_ms = bitmark_clock_ms();
	uint64_t wait_ms = due_ms <= now_ms ? 0 : due_ms - now_ms;

	(void)zmq_poll(items, count, (long)(wait_ms < most_ms ? wait_ms :
	    most_ms));
}

static bitmark_status
found(const char *name, enum bm_family wanted, struct bitmark_connection *c)
{
	struct bm_resolver *resolver;
	struct bm_addresses addresses;
	bitmark_status status;

	ck_assert_int_eq(bm_resolver_ask_host(&resolver, name, wanted),
	    BITMARK_OK);
	while ((status = bm_resolver_step(resolver)) == BITMARK_E_PENDING)
		wait_for(resolver, PATIENT_MS);
	if (status == BITMARK_OK) {
		bm_resolver_addresses(resolver, 1, &addresses);
		ck_assert_uint_gt(addresses.count, 0);
		*c = addresses.at[0];
	}
	bm_resolver_free(resolver);
	return status;
}

/* The host has this address. */
static void
expect_found(const char *name, enum bm_family wanted, const char *address)
{
	struct bitmark_connection c;
	char text[BITMARK_CONNECTION_TEXT_MAX];

	ck_assert_msg(found(name, wanted, &c) == BITMARK_OK, "%s", name);
	bitmark_connection_to_text(&c, text);
	ck_assert_msg(strcmp(text, address) == 0, "%s: %s, not %s", name,
	    text, address);
}

/* A socket at a free port of [::1]; false: this machine has no IPv6. */
static bool
bind_ipv6(int *fd, struct bitmark_connection *bound)
{
	const struct bitmark_connection want = { .address = { [15] = 1 } };

	return bm_bind_tcp(&want, fd, bound) == BITMARK_OK;
}

static bool
has_ipv6(void)
{
	struct bitmark_connection bound;
	int fd;

	if (!bind_ipv6(&fd, &bound))
		return false;
	close(fd);
	return true;
}

START_TEST(one_of_several_addresses_has_the_wanted_family)
{
	struct bitmark_connection c;

	name_server_start();
	expect_found("both.test", BM_FAMILY_V4, "127.0.0.1:1");
	expect_found("four.test", BM_FAMILY_V4, "127.0.0.1:1");
	expect_found("four.test", BM_FAMILY_V6, "127.0.0.1:1");
	expect_found("Six.Test", BM_FAMILY_V4, "[::1]:1");
	if (has_ipv6())
		expect_found("both.test", BM_FAMILY_V6, "[::1]:1");
	ck_assert_int_eq(found("nobody.test", BM_FAMILY_V4, &c),
	    BITMARK_E_NOT_FOUND);
}
END_TEST

START_TEST(an_address_that_this_machine_cannot_send_to_is_not_taken)
{
	name_server_start();
	expect_found("no-six.test", BM_FAMILY_V6, "127.0.0.1:1");
	expect_found("no-six.test", BM_FAMILY_V4, "127.0.0.1:1");
	if (has_ipv6())
		expect_found("no-four.test", BM_FAMILY_V4, "[::1]:1");
	/* There is nothing else. */
	expect_found("no-six-only.test", BM_FAMILY_V4, "[fe80::1]:1");
	expect_found("nowhere.test", BM_FAMILY_V4, "255.255.255.255:1");
	expect_found("nowhere.test", BM_FAMILY_V6, "[fe80::1]:1");
}
END_TEST

/* Neither /etc/hosts nor a server: c-ares, which reads both, is not used. */
START_TEST(localhost_is_loopback_without_asking_anybody)
{
	static const char *const names[] = { "localhost", "LocalHost",
	    "localhost.", "a.localhost", "a.b.LOCALHOST." };
	static const char *const others[] = { "nobody.invalid", "invalid",
	    "x.INVALID." };
	struct bitmark_connection c;

	name_server_start();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		expect_found(names[i], BM_FAMILY_V4, "127.0.0.1:1");
		if (has_ipv6())
			expect_found(names[i], BM_FAMILY_V6, "[::1]:1");
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		ck_assert_int_eq(found(others[i], BM_FAMILY_V4, &c),
		    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bm_resolve("localhost:7", &c), BITMARK_OK);
	ck_assert_int_eq(bm_resolve("invalid:7", &c),
	    BITMARK_E_HOST_NOT_FOUND);
	ck_assert_uint_eq(name_server_channels(), 0);
	/* These are names as any other. */
	ck_assert_int_eq(found("xlocalhost.", BM_FAMILY_V4, &c),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(found("localhost.test.", BM_FAMILY_V4, &c),
	    BITMARK_E_NOT_FOUND);
	ck_assert_uint_eq(name_server_channels(), 2);
}
END_TEST

START_TEST(a_question_that_is_freed_is_cancelled)
{
	zmq_pollitem_t items[BM_RESOLVER_ITEMS];
	struct bm_resolver *resolver;

	name_server_start();
	ck_assert_int_eq(bm_resolver_ask_host(&resolver, "slow.test",
	    BM_FAMILY_V4), BITMARK_OK);
	ck_assert_int_eq(bm_resolver_step(resolver), BITMARK_E_PENDING);
	ck_assert_uint_ge(bm_resolver_items(resolver, items), 1);
	ck_assert_int_ne(fcntl(items[0].fd, F_GETFD), -1);
	bm_resolver_free(resolver);
	ck_assert_int_eq(fcntl(items[0].fd, F_GETFD), -1);
}
END_TEST

/* It asks again and again, and then gives up. */
START_TEST(a_question_that_nobody_answers_ends)
{
	uint64_t before_ms = bitmark_clock_ms();
	struct bitmark_connection c;

	name_server_start();
	ck_assert_int_eq(found("slow.test", BM_FAMILY_V4, &c),
	    BITMARK_E_TIMEOUT);
	ck_assert_uint_ge(bitmark_clock_ms() - before_ms,
	    BM_RESOLVER_WAIT_MS);
	ck_assert_uint_le(bitmark_clock_ms() - before_ms,
	    BM_RESOLVER_MAX_MS);
	ck_assert_uint_eq(name_server_asked(), BM_RESOLVER_ROUNDS);
}
END_TEST

/* --- a connection --------------------------------------------------------- */

static struct raw_node node;
static struct bm_dealer *dealer;
static void *zmq;
static bool prefer_ipv6;

static void
open_dealer(const char *name, const char *port)
{
	static uint8_t public_key[32], private_key[32];
	char address[NAME_SIZE];
	struct bm_dealer_config config = { .zmq = zmq, .chain = "local",
	    .address = address, .prefer_ipv6 = prefer_ipv6,
	    .server_key = node.public_key,
	    .public_key = public_key, .private_key = private_key };

	(void)snprintf(address, sizeof address, "%s%s", name, port);
	bitmark_peer_key_generate(NULL, public_key, private_key);
	ck_assert_int_eq(bm_dealer_open(&dealer, &config, bitmark_clock_ms()),
	    BITMARK_OK);
}

static void
start(const char *name)
{
	name_server_start();
	raw_init(&node, raw_answer);
	raw_start(&node);
	zmq = zmq_ctx_new();
	open_dealer(name, strchr(node.address, ':'));
}

static void
stop(void)
{
	bm_dealer_close(dealer);
	zmq_ctx_term(zmq);
	raw_stop(&node);
	raw_fini(&node);
}

static void
until(enum bm_dealer_state state)
{
	uint64_t deadline_ms = bitmark_clock_ms() + PATIENT_MS;

	for (;;) {
		zmq_pollitem_t items[BM_DEALER_ITEMS];
		uint64_t due_ms, now_ms = bitmark_clock_ms();
		int count;

		bm_dealer_drive(dealer, now_ms);
		if (bm_dealer_state(dealer) == state)
			return;
		ck_assert_uint_lt(now_ms, deadline_ms);
		due_ms = bm_dealer_deadline(dealer);
		if (due_ms > deadline_ms)
			due_ms = deadline_ms;
		count = (int)bm_dealer_poll_items(dealer, items);
		(void)zmq_poll(items, count, due_ms <= now_ms ? 0 :
		    (long)(due_ms - now_ms));
	}
}

START_TEST(a_name_is_looked_up_anew_for_each_attempt)
{
	start("moves.test");
	until(BM_DEALER_LOST);
	until(BM_DEALER_CONNECTED);
	ck_assert_uint_eq(name_server_asked(), 2);
	stop();
}
END_TEST

/* Until the question of an attempt has its answer, with a clock that stands. */
static void
until_answered(uint64_t now_ms)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	int count;

	while ((count = (int)bm_dealer_poll_items(dealer, items)) > 0) {
		ck_assert_int_eq(bm_dealer_state(dealer),
		    BM_DEALER_CONNECTING);
		ck_assert_int_gt(zmq_poll(items, count, PATIENT_MS), 0);
		bm_dealer_drive(dealer, now_ms);
	}
}

START_TEST(an_unknown_name_is_a_failed_attempt)
{
	static const uint64_t pauses[] = { 100, 200, 400, 800, 1600, 1600 };
	uint64_t now_ms = 0;

	start("nobody.test");
	for (unsigned i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
		until_answered(now_ms);
		ck_assert_int_eq(bm_dealer_state(dealer), BM_DEALER_LOST);
		ck_assert(!bm_dealer_is_reached(dealer));
		ck_assert_uint_eq(name_server_asked(), i + 1);
		ck_assert_uint_eq(bm_dealer_deadline(dealer) - now_ms,
		    pauses[i]);
		now_ms = bm_dealer_deadline(dealer);
		bm_dealer_drive(dealer, now_ms);
	}
	stop();
}
END_TEST

START_TEST(a_host_with_ipv6_addresses_alone_is_reached)
{
	struct bitmark_connection bound;
	char text[BITMARK_CONNECTION_TEXT_MAX];
	uint64_t until_ms = bitmark_clock_ms() + PATIENT_MS;
	struct pollfd fd = { .events = POLLIN };

	if (!bind_ipv6(&fd.fd, &bound))
		return;
	name_server_start();
	bitmark_connection_to_text(&bound, text);
	zmq = zmq_ctx_new();
	open_dealer("six.test", strrchr(text, ':'));
	while (poll(&fd, 1, 5) == 0) {
		ck_assert_uint_lt(bitmark_clock_ms(), until_ms);
		bm_dealer_drive(dealer, bitmark_clock_ms());
	}
	bm_dealer_close(dealer);
	zmq_ctx_term(zmq);
	close(fd.fd);
}
END_TEST

/* --- addresses that do not work ------------------------------------------- */

/* Two addresses of one host, at a port that is free at both. */
static const char *const other_host[] = { "127.0.0.1", "[::1]" };

/* A node at one of them; false: this machine has no IPv6. */
static bool
start_at(int here)
{
	struct bitmark_connection bound;
	char text[BITMARK_CONNECTION_TEXT_MAX];
	int fd;

	if (!bind_ipv6(&fd, &bound))
		return false;
	close(fd);
	bitmark_connection_to_text(&bound, text);
	name_server_start();
	raw_init(&node, raw_answer);
	(void)snprintf(node.address, sizeof node.address, "%s%s",
	    other_host[here], strrchr(text, ':'));
	raw_start(&node);
	zmq = zmq_ctx_new();
	return true;
}

/* Bit 0: where the node is; bit 1: whether IPv6 is preferred. */
START_TEST(a_host_is_reached_at_whichever_of_its_addresses_works)
{
	uint64_t before_ms;

	if (!start_at(_i & 1))
		return;
	prefer_ipv6 = (_i & 2) != 0;
	before_ms = bitmark_clock_ms();
	open_dealer("both.test", strrchr(node.address, ':'));
	until(BM_DEALER_CONNECTED);
	ck_assert_uint_lt(bitmark_clock_ms() - before_ms, PROMPT_MS);
	/* The first attempt, not a later one. */
	ck_assert_uint_eq(name_server_asked(), 1);
	stop();
}
END_TEST

/* A list of addresses, as an announcement has it, is no different. */
START_TEST(a_peer_is_reached_at_whichever_of_its_addresses_works)
{
	static uint8_t public_key[32], private_key[32];
	struct bm_addresses addresses = { .count = 0 };
	struct bm_dealer_config config = { .chain = "local",
	    .addresses = &addresses, .prefer_ipv6 = (_i & 2) != 0,
	    .server_key = node.public_key, .public_key = public_key,
	    .private_key = private_key };

	if (!start_at(_i & 1))
		return;
	config.zmq = zmq;
	for (int i = 0; i < 2; i++) {
		struct bitmark_connection c;
		char text[NAME_SIZE];

		(void)snprintf(text, sizeof text, "%s%s", other_host[i],
		    strrchr(node.address, ':'));
		ck_assert_int_eq(bitmark_connection_from_text(text,
		    strlen(text), &c), BITMARK_OK);
		bm_addresses_add(&addresses, &c);
		bm_addresses_add(&addresses, &c);
	}
	ck_assert_uint_eq(addresses.count, 2);
	bitmark_peer_key_generate(NULL, public_key, private_key);
	ck_assert_int_eq(bm_dealer_open(&dealer, &config, bitmark_clock_ms()),
	    BITMARK_OK);
	until(BM_DEALER_CONNECTED);
	stop();
}
END_TEST

/* The same address with an IPv6 socket whose queue is full: the system drops
 * what comes, as a router may do with a whole family. */
#define QUEUE 8

START_TEST(an_address_that_drops_everything_holds_up_no_other)
{
	struct sockaddr_storage address;
	struct bitmark_connection c;
	char text[NAME_SIZE];
	int listener, fd[QUEUE];
	socklen_t size;
	uint64_t before_ms;

	if (!start_at(0))
		return;
	(void)snprintf(text, sizeof text, "[::1]%s",
	    strrchr(node.address, ':'));
	ck_assert_int_eq(bitmark_connection_from_text(text, strlen(text), &c),
	    BITMARK_OK);
	ck_assert_int_eq(bm_bind_tcp(&c, &listener, &c), BITMARK_OK);
	ck_assert_int_eq(listen(listener, 0), 0);
	size = bm_address_to_socket(&c, &address);
	for (int i = 0; i < QUEUE; i++) {
		fd[i] = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fd[i], (struct sockaddr *)&address, size);
	}
	prefer_ipv6 = true;
	before_ms = bitmark_clock_ms();
	open_dealer("both.test", strrchr(node.address, ':'));
	until(BM_DEALER_CONNECTED);
	ck_assert_uint_ge(bitmark_clock_ms() - before_ms, BM_DEALER_DELAY_MS);
	ck_assert_uint_lt(bitmark_clock_ms() - before_ms, PROMPT_MS);
	for (int i = 0; i < QUEUE; i++)
		close(fd[i]);
	close(listener);
	stop();
}
END_TEST

/* Somebody else has the port at one of the addresses. */
START_TEST(a_wrong_node_at_one_address_is_passed_over)
{
	struct raw_node other;

	if (!start_at(0))
		return;
	raw_init(&other, raw_answer);
	(void)snprintf(other.address, sizeof other.address, "[::1]%s",
	    strrchr(node.address, ':'));
	raw_start(&other);
	prefer_ipv6 = true;
	open_dealer("both.test", strrchr(node.address, ':'));
	until(BM_DEALER_CONNECTED);
	ck_assert_uint_eq(name_server_asked(), 1);
	ck_assert(bm_dealer_refusal(dealer) == BITMARK_OK);
	stop();
	raw_stop(&other);
	raw_fini(&other);
}
END_TEST

START_TEST(a_client_reaches_a_host_that_listens_at_one_address)
{
	char address[NAME_SIZE];
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local", .address = address, .timeout_ms = PATIENT_MS };
	struct bitmark_client *client;
	uint64_t height;

	if (!start_at(_i))
		return;
	raw_stop(&node);
	raw_reply_bytes(&node, "N", "12345678", 8);
	raw_start(&node);
	(void)snprintf(address, sizeof address, "both.test%s",
	    strrchr(node.address, ':'));
	memcpy(config.server_key, node.public_key, sizeof config.server_key);
	ck_assert_int_eq(bitmark_client_open(&client, &config), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_height(client, &height), BITMARK_OK);
	bitmark_client_close(client);
	stop();
}
END_TEST

START_TEST(a_connection_has_one_question_at_a_time)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	int fd;

	start("slow.test");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(bm_dealer_state(dealer),
		    BM_DEALER_CONNECTING);
		ck_assert_uint_eq(bm_dealer_poll_items(dealer, items), 1);
		fd = items[0].fd;
		bm_dealer_disconnect(dealer);
		ck_assert_uint_eq(bm_dealer_poll_items(dealer, items), 0);
		ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
		ck_assert_int_eq(bm_dealer_reopen(dealer, bitmark_clock_ms()),
		    BITMARK_OK);
	}
	name_server_release();
	until(BM_DEALER_CONNECTED);
	stop();
}
END_TEST

START_TEST(an_answer_that_came_too_late_is_not_used_later)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];

	start("moves.test");
	ck_assert_uint_eq(bm_dealer_poll_items(dealer, items), 1);
	ck_assert_int_eq(zmq_poll(items, 1, PATIENT_MS), 1);
	bm_dealer_disconnect(dealer);
	ck_assert_int_eq(bm_dealer_reopen(dealer, bitmark_clock_ms()),
	    BITMARK_OK);
	until(BM_DEALER_CONNECTED);
	ck_assert_uint_eq(name_server_asked(), 2);
	stop();
}
END_TEST

/* --- who waits ------------------------------------------------------------ */

START_TEST(a_call_to_a_slow_name_ends_at_its_deadline)
{
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local",
	    .address = "slow.test:2136", .timeout_ms = 200 };
	uint64_t before_ms = bitmark_clock_ms(), height;
	struct bitmark_client *client;

	name_server_start();
	config.server_key[0] = 1;
	ck_assert_int_eq(bitmark_client_open(&client, &config), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_height(client, &height),
	    BITMARK_E_NO_CONNECTION);
	bitmark_client_close(client);
	ck_assert_uint_lt(bitmark_clock_ms() - before_ms, PROMPT_MS);
}
END_TEST

START_TEST(a_peer_with_a_slow_name_keeps_no_other_waiting)
{
	static const uint8_t key[BITMARK_PEER_KEY_SIZE] = { 1 };
	uint64_t before_ms;

	name_server_start();
	members_setup();
	member_connect(0, key, "slow.test:2136");
	member_follow(0, 1);
	member_start(1);
	before_ms = bitmark_clock_ms();
	member_start(0);
	ck_assert(member_becomes(0, member_has_peers, 1));
	member_stop(0);
	ck_assert_uint_lt(bitmark_clock_ms() - before_ms, PROMPT_MS);
	members_teardown();
}
END_TEST

START_TEST(a_node_that_prefers_ipv6_prefers_it_for_names)
{
	char listen[BITMARK_CONNECTION_TEXT_MAX], name[NAME_SIZE];
	struct bitmark_connection bound;
	int fd;

	if (!bind_ipv6(&fd, &bound))
		return;
	close(fd);
	name_server_start();
	members_setup();
	bitmark_connection_to_text(&bound, listen);
	(void)snprintf(name, sizeof name, "both.test%s",
	    strrchr(listen, ':'));
	member[1].listen = listen;
	member_connect(0, member[1].public_key, name);
	member[0].config.prefer_ipv6 = true;
	member_start(1);
	member_start(0);
	ck_assert(member_becomes(0, member_has_peers, 1));
	members_teardown();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("host_names");
	TCase *t = tcase_create("names");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t,
	    one_of_several_addresses_has_the_wanted_family);
	tcase_add_test(t,
	    an_address_that_this_machine_cannot_send_to_is_not_taken);
	tcase_add_test(t, localhost_is_loopback_without_asking_anybody);
	tcase_add_test(t, a_question_that_is_freed_is_cancelled);
	tcase_add_test(t, a_question_that_nobody_answers_ends);
	tcase_add_test(t, a_name_is_looked_up_anew_for_each_attempt);
	tcase_add_test(t, an_unknown_name_is_a_failed_attempt);
	tcase_add_test(t, a_host_with_ipv6_addresses_alone_is_reached);
	tcase_add_loop_test(t,
	    a_host_is_reached_at_whichever_of_its_addresses_works, 0, 4);
	tcase_add_loop_test(t,
	    a_peer_is_reached_at_whichever_of_its_addresses_works, 0, 4);
	tcase_add_test(t, an_address_that_drops_everything_holds_up_no_other);
	tcase_add_test(t, a_wrong_node_at_one_address_is_passed_over);
	tcase_add_loop_test(t,
	    a_client_reaches_a_host_that_listens_at_one_address, 0, 2);
	tcase_add_test(t, a_connection_has_one_question_at_a_time);
	tcase_add_test(t, an_answer_that_came_too_late_is_not_used_later);
	tcase_add_test(t, a_call_to_a_slow_name_ends_at_its_deadline);
	tcase_add_test(t, a_peer_with_a_slow_name_keeps_no_other_waiting);
	tcase_add_test(t, a_node_that_prefers_ipv6_prefers_it_for_names);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
