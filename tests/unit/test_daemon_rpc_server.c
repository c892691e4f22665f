/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The client RPC over TLS, on loopback: replies to well-behaved clients, and
 * the bounds on what strangers can use up. */
#include "../support/await.h"
#include "../support/tls_daemon_client.h"
#include "../support/tls_daemon_server.h"
#include "../support/vectors.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "rpc_server.h"

#ifdef WITH_openssl

#define LINE_MAX_SIZE 512
#define SHORT_REPLY 64
#define LONG_REPLY (1024 * 1024)
/* Times for those that are to pass. */
#define SHORT_MS 300
#define LONG_MS 60000

/* Requests with "slow" in them wait for the gate. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool gate_is_open;

static void
open_gate(bool open)
{
	pthread_mutex_lock(&lock);
	gate_is_open = open;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* Is it among the first bytes? */
static bool
has(const char *request, size_t size, const char *word)
{
	char head[32];

	snprintf(head, sizeof head, "%.*s", (int)(size < sizeof head ? size :
	    sizeof head - 1), request);
	return strstr(head, word) != NULL;
}

/* In place of the node: the reply is the beginning of the request, or another
 * if a word in it says so. */
static void
answer(void *user, struct rpc_job *job)
{
	const char *request = job->request;
	size_t size = job->size;
	size_t length = size < SHORT_REPLY ? size : SHORT_REPLY;

	(void)user;
	job->outcome = RPC_ANSWERED;
	if (has(request, size, "fails"))
		job->outcome = RPC_NO_MEMORY;
	if (has(request, size, "garbage"))
		job->outcome = RPC_GARBAGE;
	if (has(request, size, "later") && job->at_once)
		job->outcome = RPC_WOULD_WAIT;
	if (job->outcome != RPC_ANSWERED)
		return;
	pthread_mutex_lock(&lock);
	while (has(request, size, "slow") && !gate_is_open)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	if (has(request, size, "long"))
		length = LONG_REPLY;
	job->reply = malloc(length + 2);
	ck_assert_ptr_nonnull(job->reply);
	memset(job->reply, 'x', length);
	memcpy(job->reply, request, size < length ? size : length);
	memcpy(job->reply + length, "\n", 2);
	job->reply_size = length + 1;
}

struct fixture {
	struct tls_around at;
	struct rpc_server *server;
};

static void
setup(struct fixture *f, unsigned clients_max, uint64_t handshake_ms,
    uint64_t idle_ms)
{
	char *listen = f->at.address, why[RPC_WHY_MAX];
	struct rpc_server_config config = { .listen = &listen,
		.listen_count = 1, .pem = &f->at.pem,
		.clients_max = clients_max, .handshake_ms = handshake_ms,
		.idle_ms = idle_ms };

	gate_is_open = false;
	tls_around_open(&f->at, answer);
	config.pool = f->at.pool;
	ck_assert_msg(rpc_server_open(&f->server, &config, why), "%s", why);
}

static void
teardown(struct fixture *f)
{
	open_gate(true);
	rpc_pool_stop(f->at.pool);
	rpc_server_close(f->server);
	tls_around_free(&f->at);
}

static struct rpc_server_counts
counts(struct fixture *f)
{
	struct rpc_server_counts c;

	rpc_server_get_counts(f->server, &c);
	return c;
}

static void
await_ended(struct fixture *f, enum rpc_client_end why, uint64_t count)
{
	struct await wait = AWAIT;

	while (counts(f).ended[why] < count)
		ck_assert(await_again(&wait));
	ck_assert_uint_eq(counts(f).ended[why], count);
}

static void
expect_line(struct tls_client *c, const char *text)
{
	char line[LINE_MAX_SIZE];

	ck_assert(tls_client_line(c, line, sizeof line));
	ck_assert_str_eq(line, text);
}

/* Others are served as if nothing had happened. */
static void
expect_service(struct fixture *f)
{
	struct tls_client c;

	tls_client_open(&c, f->at.address, 0);
	tls_client_send(&c, "{\"id\":1}");
	expect_line(&c, "{\"id\":1}");
	tls_client_close(&c);
}

/* --- what clients get ----------------------------------------------------- */

START_TEST(requests_are_answered_under_both_versions_of_tls)
{
	struct fixture f;
	struct tls_client c;

	setup(&f, 10, LONG_MS, LONG_MS);
	for (int version = 12; version <= 13; version++) {
		tls_client_open(&c, f.at.address, version);
		tls_client_send(&c, "{\"id\":1}");
		expect_line(&c, "{\"id\":1}");
		tls_client_send(&c, " \r\n{\"id\"");
		tls_client_send(&c, ":2}\n");
		expect_line(&c, "{\"id\":2}");
		tls_client_close(&c);
	}
	await_ended(&f, RPC_END_CLIENT, 2);
	teardown(&f);
}
END_TEST

/* As the goroutines of bitmarkd: the order is that of completion. */
START_TEST(replies_come_when_they_are_ready)
{
	struct fixture f;
	struct tls_client c;

	setup(&f, 10, LONG_MS, LONG_MS);
	tls_client_open(&c, f.at.address, 0);
	tls_client_send(&c, "{\"slow\":1}{\"id\":2}{\"id\":3}");
	expect_line(&c, "{\"id\":2}");
	expect_line(&c, "{\"id\":3}");
	open_gate(true);
	expect_line(&c, "{\"slow\":1}");
	tls_client_close(&c);
	teardown(&f);
}
END_TEST

#define INFO "{\"id\":3,\"method\":\"Node.Info\",\"params\":[{}]}"

/* The workers are all at work, and more is asked than one step answers. */
START_TEST(quick_requests_wait_for_no_worker)
{
	struct fixture f;
	struct tls_client c;
	char text[2 * RPC_CLIENT_RUNNING_MAX * sizeof INFO] = "";

	setup(&f, 10, LONG_MS, LONG_MS);
	tls_client_open(&c, f.at.address, 0);
	tls_client_send(&c, "{\"slow\":1}{\"slow\":2}");
	for (int i = 0; i < 2 * RPC_CLIENT_RUNNING_MAX; i++)
		strcat(text, INFO);
	tls_client_send(&c, text);
	for (int i = 0; i < 2 * RPC_CLIENT_RUNNING_MAX; i++)
		expect_line(&c, INFO);
	open_gate(true);
	tls_client_close(&c);
	teardown(&f);
}
END_TEST

#define LATER "{\"later\":1,\"method\":\"Node.Info\",\"params\":[{}]}"

/* It is answered by a worker, and counts as one request. */
START_TEST(a_quick_request_that_would_wait_goes_to_a_worker)
{
	struct rpc_pool_counts counts;
	struct fixture f;
	struct tls_client c;

	setup(&f, 10, LONG_MS, LONG_MS);
	tls_client_open(&c, f.at.address, 0);
	tls_client_send(&c, LATER);
	expect_line(&c, LATER);
	rpc_pool_get_counts(f.at.pool, &counts);
	ck_assert_uint_eq(counts.requests, 1);
	tls_client_close(&c);
	teardown(&f);
}
END_TEST

START_TEST(a_client_that_sends_no_more_has_its_replies)
{
	struct fixture f;
	struct tls_client c;

	setup(&f, 10, LONG_MS, LONG_MS);
	tls_client_open(&c, f.at.address, 0);
	tls_client_send(&c, "{\"slow\":1}{\"id\":");
	tls_client_finish(&c);
	open_gate(true);
	expect_line(&c, "{\"slow\":1}");
	tls_client_expect_end(&c);
	tls_client_close(&c);
	await_ended(&f, RPC_END_CLIENT, 1);
	teardown(&f);
}
END_TEST

START_TEST(all_addresses_are_those_of_both_families)
{
	struct fixture f;
	struct tls_client c;
	char address[32], *all = address, why[RPC_WHY_MAX];
	struct rpc_server *other;
	struct rpc_server_config config = { .listen = &all,
		.listen_count = 1, .pem = &f.at.pem, .clients_max = 9,
		.handshake_ms = LONG_MS, .idle_ms = LONG_MS };

	setup(&f, 10, LONG_MS, LONG_MS);
	config.pool = f.at.pool;
	for (int i = 0; i < 2; i++) {
		char free_address[LOOPBACK_TEXT_SIZE];

		loopback_free_address(free_address);
		snprintf(address, sizeof address, "%s%s", i == 0 ? "*" : "",
		    strchr(free_address, ':'));
		ck_assert_msg(rpc_server_open(&other, &config, why), "%s",
		    why);
		tls_client_open(&c, free_address, 0);
		tls_client_send(&c, "{\"id\":4}");
		expect_line(&c, "{\"id\":4}");
		tls_client_close(&c);
		snprintf(address, sizeof address, "[::1]%s",
		    strchr(free_address, ':'));
		tls_client_open(&c, address, 0);
		tls_client_send(&c, "{\"id\":6}");
		expect_line(&c, "{\"id\":6}");
		tls_client_close(&c);
		rpc_server_close(other);
	}
	teardown(&f);
}
END_TEST

/* --- what strangers cost -------------------------------------------------- */

START_TEST(garbage_ends_a_connection_after_its_replies)
{
	static const char *const cases[] = { "{\"id\":1}@@@", "{\"id\":1}[]",
		"{\"id\":1}{\"garbage\":1}", "{\"id\":1}{\"fails\":1}",
		"{\"id\":1}{\"a\"}" };
	const size_t count = sizeof cases / sizeof cases[0];
	struct fixture f;
	struct tls_client c;

	setup(&f, 10, LONG_MS, LONG_MS);
	for (size_t i = 0; i < count; i++) {
		tls_client_open(&c, f.at.address, 0);
		tls_client_send(&c, cases[i]);
		expect_line(&c, "{\"id\":1}");
		tls_client_expect_end(&c);
		tls_client_close(&c);
	}
	await_ended(&f, RPC_END_GARBAGE, count);
	expect_service(&f);
	teardown(&f);
}
END_TEST

START_TEST(huge_and_deep_requests_end_a_connection)
{
	static char text[RPC_REQUEST_MAX + 16];
	struct fixture f;
	struct tls_client c;

	setup(&f, 10, LONG_MS, LONG_MS);
	memset(text, 'x', sizeof text - 1);
	memcpy(text, "{\"", 2);
	for (int i = 0; i < 2; i++) {
		tls_client_open(&c, f.at.address, 0);
		tls_client_send(&c, text);
		tls_client_expect_end(&c);
		tls_client_close(&c);
		memset(text, '[', RPC_DEPTH_MAX + 8);
		memcpy(text, "{\"a\":", 5);
		text[RPC_DEPTH_MAX + 8] = '\0';
	}
	await_ended(&f, RPC_END_GARBAGE, 2);
	expect_service(&f);
	teardown(&f);
}
END_TEST

START_TEST(clients_that_break_off_cost_nothing)
{
	static const char plain[] = "GET / HTTP/1.1\r\n\r\n";
	struct fixture f;
	struct tls_client c = { .ssl = NULL };

	setup(&f, 10, LONG_MS, LONG_MS);
	/* No TLS at all. */
	c.fd = tls_client_connect(f.at.address);
	ck_assert_int_eq(write(c.fd, plain, sizeof plain - 1),
	    sizeof plain - 1);
	tls_client_expect_end(&c);
	close(c.fd);
	/* In the middle of a handshake, and of a request. */
	close(tls_client_connect(f.at.address));
	tls_client_open(&c, f.at.address, 0);
	tls_client_send(&c, "{\"id\":");
	tls_client_close(&c);
	/* While its request is answered. */
	tls_client_open(&c, f.at.address, 0);
	tls_client_send(&c, "{\"slow\":1}{\"slow\":2}{\"slow\":3}");
	tls_client_close(&c);
	open_gate(true);
	await_ended(&f, RPC_END_HANDSHAKE, 2);
	await_ended(&f, RPC_END_CLIENT, 2);
	expect_service(&f);
	teardown(&f);
}
END_TEST

/* In bitmarkd 50 silent sockets lock everybody out for ever. */
START_TEST(silent_clients_are_cut_S_14)
{
	struct fixture f;
	struct tls_client silent[5], c = { .ssl = NULL };
	struct await wait = AWAIT;
	uint64_t begin_ms;

	setup(&f, 5, SHORT_MS, LONG_MS);
	begin_ms = bitmark_clock_ms();
	for (int i = 0; i < 5; i++) {
		silent[i] = (struct tls_client){ .ssl = NULL };
		silent[i].fd = tls_client_connect(f.at.address);
	}
	/* There is no room: closed at once. */
	c.fd = tls_client_connect(f.at.address);
	tls_client_expect_end(&c);
	close(c.fd);
	while (counts(&f).cut_room < 1)
		ck_assert(await_again(&wait));
	for (int i = 0; i < 5; i++)
		tls_client_expect_end(&silent[i]);
	ck_assert_uint_ge(bitmark_clock_ms() - begin_ms, SHORT_MS);
	await_ended(&f, RPC_END_HANDSHAKE, 5);
	expect_service(&f);
	for (int i = 0; i < 5; i++)
		close(silent[i].fd);
	teardown(&f);
}
END_TEST

/* A byte now and then is no request: it keeps no place. */
START_TEST(idle_clients_are_cut_and_those_that_wait_are_not_S_14)
{
	struct fixture f;
	struct tls_client idle, half, waiting;

	setup(&f, 10, LONG_MS, SHORT_MS);
	tls_client_open(&waiting, f.at.address, 0);
	tls_client_send(&waiting, "{\"slow\":1}");
	tls_client_open(&idle, f.at.address, 0);
	tls_client_open(&half, f.at.address, 0);
	tls_client_send(&half, "{\"id\":1}{\"id");
	expect_line(&half, "{\"id\":1}");
	tls_client_send(&half, "\"");
	tls_client_expect_end(&idle);
	tls_client_expect_end(&half);
	await_ended(&f, RPC_END_IDLE, 2);
	open_gate(true);
	expect_line(&waiting, "{\"slow\":1}");
	tls_client_close(&idle);
	tls_client_close(&half);
	tls_client_close(&waiting);
	teardown(&f);
}
END_TEST

/* ${count} requests of ${size} bytes, NUL behind them. */
static char *
many_requests(const char *word, size_t count, size_t size)
{
	char *text = malloc(count * size + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', count * size);
	for (size_t i = 0; i < count; i++) {
		char head[64];
		int used = snprintf(head, sizeof head, "{\"%s\":%zu}", word,
		    i);

		memcpy(text + i * size, head, (size_t)used);
	}
	text[count * size] = '\0';
	return text;
}

START_TEST(no_more_is_read_of_a_client_with_open_requests_S_14)
{
	const size_t count = 90, size = 65536;
	char *text = many_requests("slow", count, size);
	char line[LINE_MAX_SIZE];
	struct fixture f;
	struct tls_client c;
	size_t sent;

	setup(&f, 10, LONG_MS, LONG_MS);
	tls_client_open(&c, f.at.address, 0);
	sent = tls_client_push(&c, text, count * size);
	ck_assert_uint_ge(sent, RPC_CLIENT_RUNNING_MAX * size / 2);
	ck_assert_uint_lt(sent, count * size);
	open_gate(true);
	tls_client_send(&c, text + sent);
	for (size_t i = 0; i < count; i++)
		ck_assert(tls_client_line(&c, line, sizeof line));
	tls_client_close(&c);
	free(text);
	teardown(&f);
}
END_TEST

/* Requests that do not end: 80 MB of them would be kept. */
START_TEST(clients_together_make_the_server_keep_a_bounded_size_S_14)
{
	const size_t size = RPC_REQUEST_MAX - 1024, clients = 20;
	char *text = malloc(size + 1);
	struct tls_client c[20];
	struct await wait = AWAIT;
	struct fixture f;

	memset(text, 'x', size);
	memcpy(text, "{\"", 2);
	text[size] = '\0';
	setup(&f, 30, LONG_MS, LONG_MS);
	for (size_t i = 0; i < clients; i++) {
		tls_client_open(&c[i], f.at.address, 0);
		(void)tls_client_push(&c[i], text, size);
	}
	while (counts(&f).held < RPC_CLIENTS_HELD_MAX)
		ck_assert(await_again(&wait));
	for (size_t i = 0; i < clients; i++)
		expect_service(&f);
	/* Buffers grow to twice their size. */
	ck_assert_uint_le(counts(&f).held, RPC_CLIENTS_HELD_MAX +
	    2 * RPC_REQUEST_MAX);
	for (size_t i = 0; i < clients; i++)
		tls_client_close(&c[i]);
	while (counts(&f).held != 0)
		ck_assert(await_again(&wait));
	free(text);
	teardown(&f);
}
END_TEST

START_TEST(a_client_that_takes_no_replies_is_cut_S_14)
{
	char *text = many_requests("long", 40, 16);
	struct fixture f;
	struct tls_client c;

	setup(&f, 10, LONG_MS, SHORT_MS);
	tls_client_open(&c, f.at.address, 0);
	(void)tls_client_push(&c, text, strlen(text));
	await_ended(&f, RPC_END_SLOW, 1);
	tls_client_close(&c);
	free(text);
	teardown(&f);
}
END_TEST

/* Two requests for 100 items at once, two more within two seconds; and no
 * client waits for another. */
START_TEST(a_flood_is_slowed_down_and_then_refused)
{
	struct rpc_pool_counts c;
	char line[LINE_MAX_SIZE];
	struct fixture f;
	struct tls_client flood;
	unsigned refused = 0, answered = 0;
	uint64_t begin_ms, passed_ms;

	setup(&f, 10, LONG_MS, LONG_MS);
	tls_client_open(&flood, f.at.address, 0);
	begin_ms = bitmark_clock_ms();
	for (int i = 0; i < 10; i++)
		tls_client_send(&flood,
		    "{\"id\":\"x\",\"params\":[{\"count\":100}]}");
	for (int i = 0; i < 10; i++) {
		ck_assert(tls_client_line(&flood, line, sizeof line));
		if (strcmp(line, "{\"id\":\"x\",\"result\":null,"
		    "\"error\":\"rate limiting\"}") == 0)
			refused++;
		else
			answered++;
	}
	/* One more for each second that the machine took for something else. */
	passed_ms = bitmark_clock_ms() - begin_ms;
	ck_assert_uint_ge(passed_ms, 1900);
	ck_assert_uint_ge(answered, 4);
	ck_assert_uint_le(answered, 4 + passed_ms / 1000);
	rpc_pool_get_counts(f.at.pool, &c);
	ck_assert_uint_eq(c.requests, answered);
	ck_assert_uint_ge(c.delayed, 1);
	ck_assert_uint_eq(c.refused, refused);
	tls_client_close(&flood);
	teardown(&f);
}
END_TEST

/* --- the server ----------------------------------------------------------- */

START_TEST(a_request_that_fails_ends_its_connection_alone_S_27)
{
	struct fixture f;
	struct tls_client c, other;

	setup(&f, 10, LONG_MS, LONG_MS);
	tls_client_open(&other, f.at.address, 0);
	tls_client_open(&c, f.at.address, 0);
	tls_client_send(&c, "{\"fails\":1}");
	tls_client_expect_end(&c);
	tls_client_send(&other, "{\"id\":1}");
	expect_line(&other, "{\"id\":1}");
	tls_client_close(&c);
	tls_client_close(&other);
	teardown(&f);
}
END_TEST

/* bitmarkd v8.2 runs on without it. */
START_TEST(an_address_that_cannot_be_had_is_an_error_S_28)
{
	struct fixture f;
	char *listen[2], why[RPC_WHY_MAX], free_address[LOOPBACK_TEXT_SIZE];
	struct rpc_server *other;
	struct rpc_server_config config = { .listen = listen,
		.listen_count = 2, .pem = &f.at.pem, .clients_max = 9 };

	setup(&f, 10, LONG_MS, LONG_MS);
	loopback_free_address(free_address);
	config.pool = f.at.pool;
	listen[0] = free_address;
	listen[1] = f.at.address;
	ck_assert(!rpc_server_open(&other, &config, why));
	ck_assert_ptr_null(other);
	ck_assert_ptr_nonnull(strstr(why, f.at.address));
	ck_assert_ptr_nonnull(strstr(why, "in use"));
	/* The first one is free again. */
	config.listen_count = 1;
	ck_assert_msg(rpc_server_open(&other, &config, why), "%s", why);
	rpc_server_close(other);
	teardown(&f);
}
END_TEST

/* Requests that wait for tokens are not waited for. */
START_TEST(the_end_is_quick)
{
	struct fixture f;
	struct tls_client c;
	char line[LINE_MAX_SIZE];
	uint64_t begin_ms;

	setup(&f, 10, LONG_MS, LONG_MS);
	tls_client_open(&c, f.at.address, 0);
	for (int i = 0; i < 4; i++)
		tls_client_send(&c, "{\"params\":[{\"count\":100}]}");
	ck_assert(tls_client_line(&c, line, sizeof line));
	begin_ms = bitmark_clock_ms();
	teardown(&f);
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, 900);
	while (tls_client_line(&c, line, sizeof line))
		;
	tls_client_close(&c);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon_rpc_server");
	TCase *tc = tcase_create("daemon_rpc_server");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, requests_are_answered_under_both_versions_of_tls);
	tcase_add_test(tc, replies_come_when_they_are_ready);
	tcase_add_test(tc, quick_requests_wait_for_no_worker);
	tcase_add_test(tc,
	    a_quick_request_that_would_wait_goes_to_a_worker);
	tcase_add_test(tc, a_client_that_sends_no_more_has_its_replies);
	tcase_add_test(tc, all_addresses_are_those_of_both_families);
	tcase_add_test(tc, garbage_ends_a_connection_after_its_replies);
	tcase_add_test(tc, huge_and_deep_requests_end_a_connection);
	tcase_add_test(tc, clients_that_break_off_cost_nothing);
	tcase_add_test(tc, silent_clients_are_cut_S_14);
	tcase_add_test(tc,
	    idle_clients_are_cut_and_those_that_wait_are_not_S_14);
	tcase_add_test(tc, no_more_is_read_of_a_client_with_open_requests_S_14);
	tcase_add_test(tc,
	    clients_together_make_the_server_keep_a_bounded_size_S_14);
	tcase_add_test(tc, a_client_that_takes_no_replies_is_cut_S_14);
	tcase_add_test(tc, a_flood_is_slowed_down_and_then_refused);
	tcase_add_test(tc, a_request_that_fails_ends_its_connection_alone_S_27);
	tcase_add_test(tc, an_address_that_cannot_be_had_is_an_error_S_28);
	tcase_add_test(tc, the_end_is_quick);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

#else

/* There is no server. */
int
main(void)
{
	return 0;
}

#endif
