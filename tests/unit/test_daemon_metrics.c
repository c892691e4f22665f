/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The text of the metrics, beside the page that documents them and the dashboard
 * that shows them; and the server of the text. */
#include <check.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "metrics.h"
#include "../support/await.h"
#include "../support/loopback.h"
#include "../support/vectors.h"

#define PAGE "man/bitmarkd-c-metrics.7"
#define DASHBOARD "daemon/dist/grafana.json"
#define FILE_MAX (512 * 1024)
#define LINE_MAX_SIZE 512

static char *text;
static struct metrics_values values;

/* Everything that a node can have. */
static void
setup(void)
{
	values = (struct metrics_values){ .chain = "local", .start_s = 1796064107,
		.node.rules = bitmark_rules_8_2(), .node.tip.number = 7,
		.node.blocks_per_s = 0.1 };
	values.payment[BITMARK_CURRENCY_BITCOIN] =
	    (struct payment_watch_status){ .is_on = true, .height = 5 };
	values.payment[BITMARK_CURRENCY_LITECOIN] =
	    (struct payment_watch_status){ .is_on = true, .tip = 6 };
	text = metrics_text(&values);
	ck_assert_ptr_nonnull(text);
}

static void
teardown(void)
{
	free(text);
}

static char *
read_file(const char *path)
{
	char *data = calloc(1, FILE_MAX);
	FILE *file = fopen(path, "r");
	size_t size;

	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_ptr_nonnull(data);
	size = fread(data, 1, FILE_MAX - 1, file);
	ck_assert_uint_lt(size, FILE_MAX - 1);
	fclose(file);
	return data;
}

/* The end of the name of a metric. */
static size_t
name_size(const char *name)
{
	size_t size = 0;

	while (islower((unsigned char)name[size]) || name[size] == '_' ||
	    isdigit((unsigned char)name[size]))
		size++;
	return size;
}

static unsigned
count_of(const char *in, const char *what)
{
	unsigned count = 0;

	for (const char *at = in; (at = strstr(at, what)) != NULL; at++)
		count++;
	return count;
}

/* "# HELP name help\n# TYPE name type\nname{labels} value\n"; the pieces of the
 * first two lines. */
struct family {
	char name[LINE_MAX_SIZE], help[LINE_MAX_SIZE], type[LINE_MAX_SIZE];
};

static const char *
next_family(const char *at, struct family *f)
{
	char again[LINE_MAX_SIZE];

	at = strstr(at, "# HELP ");
	if (at == NULL)
		return NULL;
	ck_assert_int_eq(sscanf(at, "# HELP %511s %511[^\n]\n# TYPE %511s %511s",
	    f->name, f->help, again, f->type), 4);
	ck_assert_str_eq(f->name, again);
	return at + 1;
}

START_TEST(each_value_follows_its_help_and_its_type)
{
	struct family f;
	char wanted[2 * LINE_MAX_SIZE];
	unsigned families = 0;

	for (const char *at = text; (at = next_family(at, &f)) != NULL;
	    families++) {
		const size_t size = strlen(f.name);
		const bool total = size > 6 &&
		    strcmp(&f.name[size - 6], "_total") == 0;

		ck_assert_str_eq(f.type, total ? "counter" : "gauge");
		ck_assert(islower((unsigned char)f.help[0]) == 0 &&
		    f.help[strlen(f.help) - 1] == '.');
		snprintf(wanted, sizeof wanted, "\n%s{chain=\"local\"", f.name);
		ck_assert_msg(strstr(text, wanted) != NULL, "%s", f.name);
		/* Once: a second one would be refused by who reads it. */
		snprintf(wanted, sizeof wanted, "# TYPE %s ", f.name);
		ck_assert_uint_eq(count_of(text, wanted), 1);
	}
	ck_assert_uint_gt(families, 70);
	ck_assert_uint_eq(count_of(text, "# TYPE "), families);
}
END_TEST

START_TEST(values_are_written_so_that_they_read_back_the_same)
{
	const char *const lines[] = {
		"\nbitmark_height{chain=\"local\"} 7\n",
		"\nbitmark_start_time_seconds{chain=\"local\"} 1796064107\n",
		"\nbitmark_blocks_per_second{chain=\"local\"} "
		    "0.10000000000000001\n",
		"\nbitmark_build_info{chain=\"local\",rules=\"8.2\","
		    "version=\"" BITMARK_VERSION "\"} 1\n",
		"\nbitmark_payment_block{chain=\"local\","
		    "currency=\"bitcoin\"} 5\n",
		"\nbitmark_payment_tip{chain=\"local\","
		    "currency=\"litecoin\"} 6\n",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		ck_assert_msg(strstr(text, lines[i]) != NULL, "%s", lines[i]);
}
END_TEST

START_TEST(payments_that_are_not_looked_for_are_left_out)
{
	char *without;

	values.payment[BITMARK_CURRENCY_BITCOIN].is_on = false;
	values.payment[BITMARK_CURRENCY_LITECOIN].is_on = false;
	without = metrics_text(&values);
	ck_assert_ptr_nonnull(without);
	ck_assert_ptr_null(strstr(without, "bitmark_payment"));
	free(without);
}
END_TEST

/* The same names, types and helps, and no others. */
START_TEST(the_page_has_each_metric_word_for_word)
{
	char *page = read_file(PAGE), wanted[4 * LINE_MAX_SIZE];
	struct family f;
	unsigned families = 0;

	for (const char *at = text; (at = next_family(at, &f)) != NULL;
	    families++) {
		snprintf(wanted, sizeof wanted, "\n.It Cm %s Pq %s\n%s\n",
		    f.name, f.type, f.help);
		ck_assert_msg(strstr(page, wanted) != NULL,
		    "%s does not say: %s", PAGE, wanted);
	}
	ck_assert_uint_eq(count_of(page, "\n.It Cm bitmark_"), families);
	free(page);
}
END_TEST

/* Every word of the dashboard that could be the name of one. */
START_TEST(the_dashboard_shows_metrics_that_there_are)
{
	char *dashboard = read_file(DASHBOARD), wanted[LINE_MAX_SIZE];
	unsigned found = 0;

	for (const char *at = dashboard;
	    (at = strstr(at, "bitmark_")) != NULL; found++) {
		const size_t size = name_size(at);

		snprintf(wanted, sizeof wanted, "# TYPE %.*s ", (int)size, at);
		ck_assert_msg(strstr(text, wanted) != NULL,
		    "%s shows what there is not: %.*s", DASHBOARD, (int)size,
		    at);
		at += size;
	}
	ck_assert_uint_gt(found, 20);
	free(dashboard);
}
END_TEST

/* --- the server ------------------------------------------------------------- */

#define WAIT_MS 400
#define LONG_MS 60000

static char address[LOOPBACK_TEXT_SIZE];
static struct metrics_http *server;
static bool is_stopping;

static char *
a_text(void *user)
{
	(void)user;
	return is_stopping ? NULL : strdup("a 1\n");
}

static void
serve(uint64_t wait_ms)
{
	char *listen = address, why[RPC_WHY_MAX];
	const struct metrics_http_config config = { .listen = &listen,
		.listen_count = 1, .wait_ms = wait_ms, .text = a_text };

	signal(SIGPIPE, SIG_IGN);
	loopback_free_address(address);
	ck_assert_msg(metrics_http_open(&server, &config, why), "%s", why);
}

static void
send_text(int fd, const char *request)
{
	ck_assert_int_eq(write(fd, request, strlen(request)),
	    (ssize_t)strlen(request));
}

/* All that comes until ${end} of it, or the end; NUL behind it. */
static void
read_until(int fd, const char *end, char *got, size_t size)
{
	size_t used = 0;
	ssize_t count;

	got[0] = '\0';
	while (strstr(got, end) == NULL && used + 1 < size &&
	    (count = read(fd, &got[used], size - 1 - used)) > 0)
		got[used += (size_t)count] = '\0';
}

static void
expect(int fd, const char *status, const char *header, const char *body)
{
	char got[4096];

	read_until(fd, body, got, sizeof got);
	ck_assert_msg(strncmp(got, status, strlen(status)) == 0, "%s", got);
	ck_assert_msg(strstr(got, header) != NULL, "%s", got);
	ck_assert_msg(strstr(got, body) != NULL, "%s", got);
}

START_TEST(one_page_is_served_by_one_method)
{
	struct metrics_http_counts c;
	int fd;

	if (!metrics_http_is_possible())
		return;
	serve(LONG_MS);
	fd = loopback_connect(address);
	send_text(fd, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	expect(fd, "HTTP/1.1 200 ", "\r\nContent-Type: text/plain; "
	    "version=0.0.4; charset=utf-8\r\n", "\r\n\r\na 1\n");
	/* The same connection. */
	send_text(fd, "GET /metrics?a=b HTTP/1.1\r\nHost: a\r\n\r\n");
	expect(fd, "HTTP/1.1 200 ", "", "\r\n\r\na 1\n");
	send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	expect(fd, "HTTP/1.1 404 ", "", "not found: see /metrics\n");
	send_text(fd, "POST /metrics HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 3\r\n\r\nabc");
	expect(fd, "HTTP/1.1 405 ", "\r\nAllow: GET\r\n",
	    "method not allowed: use GET\n");
	is_stopping = true;
	send_text(fd, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	expect(fd, "HTTP/1.1 503 ", "", "the node stops");
	metrics_http_get_counts(server, &c);
	ck_assert_uint_eq(c.clients, 1);
	ck_assert_uint_eq(c.requests, 5);
	ck_assert_uint_eq(c.refused, 2);
	ck_assert_uint_eq(c.cut, 0);
	close(fd);
	metrics_http_close(server);
}
END_TEST

/* Bytes that keep coming do not make the time begin anew. */
START_TEST(a_client_that_is_too_slow_is_cut_off)
{
	struct await wait = AWAIT;
	struct metrics_http_counts c;
	int fd;

	if (!metrics_http_is_possible())
		return;
	serve(WAIT_MS);
	fd = loopback_connect(address);
	send_text(fd, "GET /metrics HTTP/1.1\r\nHost: a\r\nX: ");
	do {
		ck_assert(await_again(&wait));
		(void)!write(fd, "x", 1);
		metrics_http_tick(server, bitmark_clock_ms());
		metrics_http_get_counts(server, &c);
	} while (c.cut == 0 || c.clients > 0);
	ck_assert_uint_eq(c.requests, 0);
	close(fd);
	metrics_http_close(server);
}
END_TEST

START_TEST(a_head_that_is_too_long_is_refused)
{
	char line[LINE_MAX_SIZE], got[4096];
	int fd;

	if (!metrics_http_is_possible())
		return;
	serve(LONG_MS);
	fd = loopback_connect(address);
	send_text(fd, "GET /metrics HTTP/1.1\r\nHost: a\r\n");
	snprintf(line, sizeof line, "X-%0500d: a\r\n", 0);
	/* The library may hang up before the last of them. */
	for (int i = 0; i < 64; i++)
		(void)!write(fd, line, strlen(line));
	read_until(fd, "\r\n", got, sizeof got);
	ck_assert_msg(got[0] == '\0' || strstr(got, " 431 ") != NULL ||
	    strstr(got, " 413 ") != NULL, "%s", got);
	close(fd);
	metrics_http_close(server);
}
END_TEST

/* Those that are too many wait; they are served when the others have gone. */
START_TEST(more_connections_than_there_are_places_for_wait)
{
	int fds[METRICS_HTTP_CONNECTIONS_MAX], last;
	struct await wait = AWAIT;
	struct metrics_http_counts c;

	if (!metrics_http_is_possible())
		return;
	serve(LONG_MS);
	for (int i = 0; i < METRICS_HTTP_CONNECTIONS_MAX; i++)
		fds[i] = loopback_connect(address);
	do {
		metrics_http_get_counts(server, &c);
	} while (c.clients < METRICS_HTTP_CONNECTIONS_MAX &&
	    await_again(&wait));
	last = loopback_connect(address);
	send_text(last, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	metrics_http_get_counts(server, &c);
	ck_assert_uint_eq(c.clients, METRICS_HTTP_CONNECTIONS_MAX);
	ck_assert_uint_eq(c.requests, 0);
	for (int i = 0; i < METRICS_HTTP_CONNECTIONS_MAX; i++)
		close(fds[i]);
	expect(last, "HTTP/1.1 200 ", "", "\r\n\r\na 1\n");
	close(last);
	metrics_http_close(server);
}
END_TEST

START_TEST(an_address_that_is_taken_is_named)
{
	char *listen[] = { address, address }, why[RPC_WHY_MAX];
	const struct metrics_http_config config = { .listen = listen,
		.listen_count = 2, .wait_ms = LONG_MS, .text = a_text };

	if (!metrics_http_is_possible())
		return;
	loopback_free_address(address);
	ck_assert(!metrics_http_open(&server, &config, why));
	ck_assert_ptr_null(server);
	ck_assert_ptr_nonnull(strstr(why, address));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("text"), *http = tcase_create("http");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_value_follows_its_help_and_its_type);
	tcase_add_test(tc, values_are_written_so_that_they_read_back_the_same);
	tcase_add_test(tc, payments_that_are_not_looked_for_are_left_out);
	tcase_add_test(tc, the_page_has_each_metric_word_for_word);
	tcase_add_test(tc, the_dashboard_shows_metrics_that_there_are);
	suite_add_tcase(suite, tc);
	tcase_add_test(http, one_page_is_served_by_one_method);
	tcase_add_test(http, a_client_that_is_too_slow_is_cut_off);
	tcase_add_test(http, a_head_that_is_too_long_is_refused);
	tcase_add_test(http, more_connections_than_there_are_places_for_wait);
	tcase_add_test(http, an_address_that_is_taken_is_named);
	suite_add_tcase(suite, http);
	return run_suite(suite);
}
