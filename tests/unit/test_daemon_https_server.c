/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* HTTPS on loopback: its connections, bodies and bounds.  The pages themselves
 * are in test_daemon_https.c. */
#include "../support/await.h"
#include "../support/tls_daemon_client.h"
#include "../support/tls_daemon_server.h"
#include "../support/vectors.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "https_server.h"

#if defined(WITH_openssl) && defined(WITH_libmicrohttpd)

#define LINE_SIZE 512
#define WAIT_MS 400
#define LONG_MS 60000

#define CALL "{\"id\":1,\"method\":\"X.Y\",\"params\":[]}"
#define REPLY "{\"id\":1,\"result\":null,\"error\":" \
	"\"rpc: can't find service X.Y\"}"

static struct config_network everybody;         /* ::/0 */
static struct config_networks all = { &everybody, 1 }, nobody = { NULL, 0 };

struct fixture {
	struct tls_around at;
	struct https_server *server;
};

/* No page that needs a node is asked for. */
static void
from(void *user, struct rpc_from *rpc, struct https_from *https)
{
	(void)user;
	*rpc = (struct rpc_from){ .node = NULL };
	*https = (struct https_from){ .details = &nobody, .connections = &all,
		.peers = &all };
}

static void
no_answer(void *user, struct rpc_job *job)
{
	(void)user;
	(void)job;
}

static void
setup(struct fixture *f, unsigned requests_max, uint64_t wait_ms)
{
	char *listen = f->at.address, why[RPC_WHY_MAX];
	struct https_server_config config = { .listen = &listen,
		.listen_count = 1, .pem = &f->at.pem,
		.requests_max = requests_max, .wait_ms = wait_ms,
		.from = from };

	tls_around_open(&f->at, no_answer);
	config.pool = f->at.pool;
	ck_assert_msg(https_server_open(&f->server, &config, why), "%s", why);
}

static void
teardown(struct fixture *f)
{
	rpc_pool_stop(f->at.pool);
	https_server_close(f->server);
	tls_around_free(&f->at);
}

/* The status, whether both headers were there, and the body. */
static unsigned
read_reply(struct tls_client *c, char *body, size_t size)
{
	char line[LINE_SIZE];
	unsigned status = 0, headers = 0;
	size_t length = 0;

	ck_assert(tls_client_line(c, line, sizeof line));
	ck_assert_int_eq(sscanf(line, "HTTP/1.%*c %u", &status), 1);
	for (;;) {
		ck_assert(tls_client_line(c, line, sizeof line));
		if (strcmp(line, "\r") == 0)
			break;
		headers += strcmp(line, "Content-Type: application/json\r") ==
		    0 || strcmp(line, "X-Content-Type-Options: nosniff\r") ==
		    0;
		(void)sscanf(line, "Content-Length: %zu", &length);
	}
	ck_assert_uint_eq(headers, 2);
	tls_client_read(c, body, length < size ? length : size - 1);
	return status;
}

static void
expect(struct tls_client *c, unsigned status, const char *body)
{
	char got[LINE_SIZE] = "";

	ck_assert_uint_eq(read_reply(c, got, sizeof got), status);
	ck_assert_str_eq(got, body);
}

START_TEST(requests_are_answered_one_after_another_on_a_connection)
{
	struct fixture f;
	struct tls_client c;
	char text[512];

	setup(&f, 10, LONG_MS);
	for (int version = 12; version <= 13; version++) {
		tls_client_open(&c, f.at.address, version);
		snprintf(text, sizeof text, "POST /bitmarkd/rpc HTTP/1.1\r\n"
		    "Host: a\r\nContent-Length: %zu\r\n\r\n%s", strlen(CALL),
		    CALL);
		for (int i = 0; i < 2; i++) {
			tls_client_send(&c, text);
			expect(&c, 200, REPLY "\n");
		}
		/* In two chunks. */
		snprintf(text, sizeof text, "POST /bitmarkd/rpc HTTP/1.1\r\n"
		    "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "5\r\n%.5s\r\n%zx\r\n%s\r\n0\r\n\r\n", CALL,
		    strlen(CALL) - 5, &CALL[5]);
		tls_client_send(&c, text);
		expect(&c, 200, REPLY "\n");
		tls_client_send(&c, "GET /nothing HTTP/1.1\r\nHost: a\r\n"
		    "\r\n");
		expect(&c, 404, "{\"code\":404,\"error\":\"not found\"}");
		tls_client_send(&c, "GET /bitmarkd/details HTTP/1.1\r\n"
		    "Host: a\r\n\r\n");
		expect(&c, 403, "{\"code\":403,\"error\":\"forbidden\"}");
		tls_client_send(&c, "GET /bitmarkd/rpc HTTP/1.1\r\nHost: a\r\n"
		    "Connection: close\r\n\r\n");
		expect(&c, 405,
		    "{\"code\":405,\"error\":\"method not allowed\"}");
		tls_client_expect_end(&c);
		tls_client_close(&c);
	}
	teardown(&f);
}
END_TEST

START_TEST(bad_bodies_have_a_status)
{
	static const struct {
		const char *text;
		unsigned status;
		const char *body;
	} cases[] = {
		{ "POST /bitmarkd/rpc HTTP/1.1\r\nHost: a\r\n"
		    "Content-Length: 5\r\n\r\nhello", 400,
		    "{\"code\":400,\"error\":\"bad request\"}" },
		{ "POST /bitmarkd/rpc HTTP/1.1\r\nHost: a\r\n"
		    "Content-Length: 0\r\n\r\n", 400,
		    "{\"code\":400,\"error\":\"bad request\"}" },
		{ "POST /bitmarkd/rpc HTTP/1.1\r\nHost: a\r\n"
		    "Content-Length: 4194305\r\n\r\n", 413,
		    "{\"code\":413,\"error\":\"request too large\"}" },
	};
	struct fixture f;
	struct tls_client c;

	setup(&f, 10, LONG_MS);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		tls_client_open(&c, f.at.address, 0);
		tls_client_send(&c, cases[i].text);
		expect(&c, cases[i].status, cases[i].body);
		tls_client_close(&c);
	}
	teardown(&f);
}
END_TEST

START_TEST(more_requests_than_there_is_room_for_have_a_status)
{
	struct fixture f;
	struct tls_client c;
	struct https_counts counts;

	setup(&f, 0, LONG_MS);
	tls_client_open(&c, f.at.address, 0);
	tls_client_send(&c, "GET /bitmarkd/peers HTTP/1.1\r\nHost: a\r\n\r\n");
	expect(&c, 429, "{\"code\":429,\"error\":\"Too Many Requests\"}");
	https_server_get_counts(f.server, &counts);
	ck_assert_uint_eq(counts.busy, 1);
	ck_assert_uint_eq(counts.requests, 1);
	tls_client_close(&c);
	teardown(&f);
}
END_TEST

/* A byte now and then keeps no place, neither in the handshake nor in a
 * request. */
START_TEST(slow_clients_are_cut_S_14)
{
	struct fixture f;
	struct tls_client silent = { .ssl = NULL }, half, idle;
	struct https_counts counts = { .cut = 0 };
	struct await wait = AWAIT;
	uint64_t begin_ms = bitmark_clock_ms();

	setup(&f, 10, WAIT_MS);
	silent.fd = tls_client_connect(f.at.address);
	tls_client_open(&half, f.at.address, 0);
	tls_client_send(&half, "POST /bitmarkd/rpc HTTP/1.1\r\nHost");
	tls_client_open(&idle, f.at.address, 0);
	while (counts.cut < 3) {
		https_server_tick(f.server, bitmark_clock_ms());
		https_server_get_counts(f.server, &counts);
		ck_assert(await_again(&wait));
	}
	ck_assert_uint_ge(bitmark_clock_ms() - begin_ms, WAIT_MS);
	tls_client_expect_end(&silent);
	tls_client_expect_end(&half);
	tls_client_expect_end(&idle);
	close(silent.fd);
	tls_client_close(&half);
	tls_client_close(&idle);
	while (counts.clients > 0) {
		https_server_get_counts(f.server, &counts);
		ck_assert(await_again(&wait));
	}
	teardown(&f);
}
END_TEST

/* The allowance is that of the client RPC. */
START_TEST(a_flood_is_refused)
{
	static const char body[] =
	    "{\"id\":7,\"method\":\"X.Y\",\"params\":[{\"count\":100}]}";
	struct fixture f;
	struct tls_client c[10];
	char text[512], got[LINE_SIZE];
	unsigned answered = 0;
	uint64_t begin_ms, passed_ms;

	setup(&f, 10, LONG_MS);
	snprintf(text, sizeof text, "POST /bitmarkd/rpc HTTP/1.1\r\n"
	    "Host: a\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	for (int i = 0; i < 10; i++)
		tls_client_open(&c[i], f.at.address, 0);
	begin_ms = bitmark_clock_ms();
	for (int i = 0; i < 10; i++)
		tls_client_send(&c[i], text);
	for (int i = 0; i < 10; i++) {
		memset(got, 0, sizeof got);
		ck_assert_uint_eq(read_reply(&c[i], got, sizeof got), 200);
		answered += strcmp(got, "{\"id\":7,\"result\":null,"
		    "\"error\":\"rate limiting\"}\n") != 0;
		tls_client_close(&c[i]);
	}
	/* One more for each second that the machine took for something else. */
	passed_ms = bitmark_clock_ms() - begin_ms;
	ck_assert_uint_ge(answered, 4);
	ck_assert_uint_le(answered, 4 + passed_ms / 1000);
	teardown(&f);
}
END_TEST

START_TEST(an_address_that_cannot_be_had_is_an_error_S_28)
{
	struct fixture f;
	char *listen = f.at.address, why[RPC_WHY_MAX];
	struct https_server *other;
	struct https_server_config config = { .listen = &listen,
		.listen_count = 1, .pem = &f.at.pem, .requests_max = 1,
		.wait_ms = LONG_MS, .from = from };

	setup(&f, 10, LONG_MS);
	config.pool = f.at.pool;
	ck_assert(!https_server_open(&other, &config, why));
	ck_assert_ptr_nonnull(strstr(why, "in use"));
	teardown(&f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon_https_server");
	TCase *tc = tcase_create("daemon_https_server");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc,
	    requests_are_answered_one_after_another_on_a_connection);
	tcase_add_test(tc, bad_bodies_have_a_status);
	tcase_add_test(tc,
	    more_requests_than_there_is_room_for_have_a_status);
	tcase_add_test(tc, slow_clients_are_cut_S_14);
	tcase_add_test(tc, a_flood_is_refused);
	tcase_add_test(tc, an_address_that_cannot_be_had_is_an_error_S_28);
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
