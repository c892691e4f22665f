/*
 * Nodes that are known by the name of their host.  The resolver of the system,
 * which libzmq would ask as well, is ours.
 */
#include "../support/vectors.h"
#include "../support/members.h"
#include "../support/raw_node.h"

#include <bitmarkpeer/client.h>
#include <bitmarkpeer/os.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net/bind.h"
#include "net/curve.h"
#include "net/dealer.h"
#include "net/host.h"

/* A resolver whose servers are dead gives up after this time. */
#define SLOW_MS 15000
/* No wait that succeeds takes so long. */
#define PATIENT_MS 10000
/* Work that needs no name never takes this long. */
#define PROMPT_MS 5000
#define NAME_SIZE 64

/* --- the resolver --------------------------------------------------------- */

static const struct {
	const char *name;
	const char *address[2];
} hosts[] = {
	{ "four.test", { "127.0.0.1" } },
	{ "six.test", { "::1" } },
	{ "both.test", { "::1", "127.0.0.1" } },
	{ "four-first.test", { "127.0.0.1", "::1" } },
	{ "slow.test", { "127.0.0.1" } },
	{ "localhost", { "127.0.0.1", "::1" } },
};

/* Questions for the name of a host. */
static atomic_uint questions;
/* The family of which this machine has addresses; AF_UNSPEC: of both. */
static atomic_int configured = AF_UNSPEC;
/* Lets slow.test be answered. */
static atomic_bool released;
/* Where moves.test is when it is asked for the first time, and then. */
static const char *const moves[] = { "127.0.0.2", "127.0.0.1" };

static void
pause_a_moment(void)
{
	const struct timespec moment = { 0, 5000000 };

	nanosleep(&moment, NULL);
}

static struct addrinfo *
item_of(const char *text, struct addrinfo *next)
{
	struct {
		struct addrinfo item;
		struct sockaddr_storage address;
	} *made = calloc(1, sizeof *made);
	struct sockaddr_in *v4 = (struct sockaddr_in *)&made->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&made->address;

	made->item.ai_addr = (struct sockaddr *)&made->address;
	made->item.ai_socktype = SOCK_STREAM;
	made->item.ai_next = next;
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		made->item.ai_addrlen = sizeof *v4;
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		made->item.ai_addrlen = sizeof *v6;
	} else {
		free(made);
		return NULL;
	}
	made->item.ai_family = made->address.ss_family;
	return &made->item;
}

static void
be_slow(void)
{
	uint64_t until_ms = bitmark_clock_ms() + SLOW_MS;

	while (!atomic_load(&released) && bitmark_clock_ms() < until_ms)
		pause_a_moment();
}

static bool
is_of(const char *address, int family)
{
	return address != NULL && (family == AF_UNSPEC ||
	    (family == AF_INET6) == (strchr(address, ':') != NULL));
}

static int
ask_host(const char *name, int family, struct addrinfo **list)
{
	unsigned before = atomic_fetch_add(&questions, 1);

	if (strcmp(name, "slow.test") == 0)
		be_slow();
	if (strcmp(name, "moves.test") == 0)
		*list = item_of(moves[before == 0 ? 0 : 1], NULL);
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (strcmp(name, hosts[i].name) == 0)
			for (int j = 1; j >= 0; j--)
				if (is_of(hosts[i].address[j], family))
					*list = item_of(hosts[i].address[j],
					    *list);
	return *list != NULL ? 0 : EAI_NONAME;
}

/* Exported, so that they are libzmq's, too. */
BITMARK_API int
getaddrinfo(const char *name, const char *service,
    const struct addrinfo *hints, struct addrinfo **list)
{
	(void)service;
	*list = item_of(name, NULL);
	return *list != NULL ? 0 : ask_host(name,
	    (hints->ai_flags & AI_ADDRCONFIG) != 0 ?
	    atomic_load(&configured) : hints->ai_family, list);
}

BITMARK_API void
freeaddrinfo(struct addrinfo *list)
{
	while (list != NULL) {
		struct addrinfo *next = list->ai_next;

		free(list);
		list = next;
	}
}

/* --- one question --------------------------------------------------------- */

static bitmark_status
found(const char *name, enum bm_family wanted, struct bitmark_connection *c)
{
	struct bm_host *host;
	struct pollfd fd;
	bitmark_status status;

	c->port = 1;
	ck_assert_int_eq(bm_host_ask(&host, name, wanted), BITMARK_OK);
	fd = (struct pollfd){ .fd = bm_host_fd(host), .events = POLLIN };
	ck_assert_int_eq(poll(&fd, 1, PATIENT_MS), 1);
	status = bm_host_answer(host, c->address);
	bm_host_drop(host);
	return status;
}

START_TEST(one_of_several_addresses_has_the_wanted_family)
{
	static const struct {
		const char *name;
		enum bm_family wanted;
		bool is_v4;
	} cases[] = {
		{ "both.test", BM_FAMILY_V4, true },
		{ "both.test", BM_FAMILY_V6, false },
		{ "both.test", BM_FAMILY_ANY, false },
		{ "four-first.test", BM_FAMILY_V4, true },
		{ "four-first.test", BM_FAMILY_V6, false },
		{ "four-first.test", BM_FAMILY_ANY, true },
		{ "four.test", BM_FAMILY_V6, true },
		{ "six.test", BM_FAMILY_V4, false },
	};
	struct bitmark_connection c;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_int_eq(found(cases[i].name, cases[i].wanted, &c),
		    BITMARK_OK);
		ck_assert_msg(bitmark_connection_is_v4(&c) == cases[i].is_v4,
		    "case %zu", i);
	}
	ck_assert_int_eq(found("nobody.test", BM_FAMILY_ANY, &c),
	    BITMARK_E_IP_ADDRESS);
}
END_TEST

START_TEST(a_family_that_this_machine_has_not_is_not_taken)
{
	static const struct {
		int configured;
		const char *name;
		enum bm_family wanted;
		bool is_v4;
	} cases[] = {
		{ AF_INET6, "four-first.test", BM_FAMILY_ANY, false },
		{ AF_INET6, "four-first.test", BM_FAMILY_V4, false },
		{ AF_INET, "both.test", BM_FAMILY_V6, true },
		/* There is nothing else. */
		{ AF_INET6, "four.test", BM_FAMILY_ANY, true },
		{ AF_INET, "six.test", BM_FAMILY_V4, false },
		/* Every machine has these. */
		{ AF_INET6, "localhost", BM_FAMILY_V4, true },
		{ AF_INET, "localhost", BM_FAMILY_V6, false },
	};
	struct bitmark_connection c;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		atomic_store(&configured, cases[i].configured);
		ck_assert_int_eq(found(cases[i].name, cases[i].wanted, &c),
		    BITMARK_OK);
		ck_assert_msg(bitmark_connection_is_v4(&c) == cases[i].is_v4,
		    "case %zu", i);
	}
}
END_TEST

START_TEST(a_dropped_question_is_freed_when_its_answer_comes)
{
	uint64_t until_ms = bitmark_clock_ms() + PATIENT_MS;
	uint8_t address[16];
	struct bm_host *host;
	int fd;

	ck_assert_int_eq(bm_host_ask(&host, "slow.test", BM_FAMILY_ANY),
	    BITMARK_OK);
	ck_assert_int_eq(bm_host_answer(host, address), BITMARK_E_BUSY);
	fd = bm_host_fd(host);
	bm_host_drop(host);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
	atomic_store(&released, true);
	while (fcntl(fd, F_GETFD) != -1) {
		ck_assert_uint_lt(bitmark_clock_ms(), until_ms);
		pause_a_moment();
	}
}
END_TEST

/* --- a connection --------------------------------------------------------- */

static struct raw_node node;
static struct bm_dealer *dealer;
static void *zmq;

static void
open_dealer(const char *name, const char *port)
{
	static uint8_t public_key[32], private_key[32];
	char address[NAME_SIZE];
	struct bm_dealer_config config = { .zmq = zmq, .chain = "local",
	    .address = address, .server_key = node.public_key,
	    .public_key = public_key, .private_key = private_key };

	(void)snprintf(address, sizeof address, "%s%s", name, port);
	bitmark_peer_key_generate(NULL, public_key, private_key);
	ck_assert_int_eq(bm_dealer_open(&dealer, &config, bitmark_clock_ms()),
	    BITMARK_OK);
}

static void
start(const char *name)
{
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
	ck_assert_uint_eq(atomic_load(&questions), 2);
	stop();
}
END_TEST

START_TEST(an_unknown_name_is_a_failed_attempt)
{
	static const uint64_t pauses[] = { 100, 200, 400, 800, 1600, 1600 };
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	uint64_t now_ms = 0;

	start("nobody.test");
	for (unsigned i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
		ck_assert_int_eq(bm_dealer_state(dealer),
		    BM_DEALER_CONNECTING);
		ck_assert_uint_eq(bm_dealer_poll_items(dealer, items), 1);
		ck_assert_int_eq(zmq_poll(items, 1, PATIENT_MS), 1);
		bm_dealer_drive(dealer, now_ms);
		ck_assert_int_eq(bm_dealer_state(dealer), BM_DEALER_LOST);
		ck_assert(!bm_dealer_is_reached(dealer));
		/* Each attempt asks twice: for the address families that this
		 * machine has, and then for any. */
		ck_assert_uint_eq(atomic_load(&questions), 2 * (i + 1));
		ck_assert_uint_eq(bm_dealer_deadline(dealer) - now_ms,
		    pauses[i]);
		now_ms = bm_dealer_deadline(dealer);
		bm_dealer_drive(dealer, now_ms);
	}
	stop();
}
END_TEST

/* A socket at a free port of [::1]; false: this machine has no IPv6. */
static bool
bind_ipv6(int *fd, struct bitmark_connection *bound)
{
	const struct bitmark_connection want = { .address = { [15] = 1 } };

	return bm_bind_tcp(&want, fd, bound) == BITMARK_OK;
}

START_TEST(a_host_with_ipv6_addresses_alone_is_reached)
{
	struct bitmark_connection bound;
	char text[BITMARK_CONNECTION_TEXT_MAX];
	uint64_t until_ms = bitmark_clock_ms() + PATIENT_MS;
	struct pollfd fd = { .events = POLLIN };

	if (!bind_ipv6(&fd.fd, &bound))
		return;
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

START_TEST(a_slow_resolver_is_asked_one_question_at_a_time)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];

	start("slow.test");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(bm_dealer_reopen(dealer, bitmark_clock_ms()),
		    BITMARK_OK);
		ck_assert_int_eq(bm_dealer_state(dealer),
		    BM_DEALER_CONNECTING);
		ck_assert_uint_eq(bm_dealer_poll_items(dealer, items), 1);
		bm_dealer_disconnect(dealer);
		ck_assert_uint_eq(bm_dealer_poll_items(dealer, items), 0);
	}
	ck_assert_int_eq(bm_dealer_reopen(dealer, bitmark_clock_ms()),
	    BITMARK_OK);
	atomic_store(&released, true);
	until(BM_DEALER_CONNECTED);
	ck_assert_uint_eq(atomic_load(&questions), 1);
	stop();
}
END_TEST

START_TEST(an_answer_that_came_too_late_is_not_used_later)
{
	zmq_pollitem_t item = { .events = ZMQ_POLLIN };
	zmq_pollitem_t items[BM_DEALER_ITEMS];

	start("moves.test");
	ck_assert_uint_eq(bm_dealer_poll_items(dealer, items), 1);
	item.fd = items[0].fd;
	ck_assert_int_eq(zmq_poll(&item, 1, PATIENT_MS), 1);
	bm_dealer_disconnect(dealer);
	ck_assert_int_eq(bm_dealer_reopen(dealer, bitmark_clock_ms()),
	    BITMARK_OK);
	until(BM_DEALER_CONNECTED);
	ck_assert_uint_eq(atomic_load(&questions), 2);
	stop();
}
END_TEST

/* --- who waits ------------------------------------------------------------ */

START_TEST(a_call_to_a_slow_name_ends_at_its_deadline)
{
	struct bitmark_client_config config = { .chain = "local",
	    .address = "slow.test:2136", .timeout_ms = 200 };
	uint64_t before_ms = bitmark_clock_ms(), height;
	struct bitmark_client *client;

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
	members_setup();
	bitmark_connection_to_text(&bound, listen);
	(void)snprintf(name, sizeof name, "four-first.test%s",
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

	tcase_set_timeout(t, 60);
	tcase_add_test(t,
	    one_of_several_addresses_has_the_wanted_family);
	tcase_add_test(t, a_family_that_this_machine_has_not_is_not_taken);
	tcase_add_test(t, a_dropped_question_is_freed_when_its_answer_comes);
	tcase_add_test(t, a_name_is_looked_up_anew_for_each_attempt);
	tcase_add_test(t, an_unknown_name_is_a_failed_attempt);
	tcase_add_test(t, a_host_with_ipv6_addresses_alone_is_reached);
	tcase_add_test(t, a_slow_resolver_is_asked_one_question_at_a_time);
	tcase_add_test(t, an_answer_that_came_too_late_is_not_used_later);
	tcase_add_test(t, a_call_to_a_slow_name_ends_at_its_deadline);
	tcase_add_test(t, a_peer_with_a_slow_name_keeps_no_other_waiting);
	tcase_add_test(t, a_node_that_prefers_ipv6_prefers_it_for_names);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
