/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Reading the waiting transactions of a daemon page by page; the daemon is
 * played by a list. */
#include "../support/golden_explorer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "../support/await.h"

/* A daemon with so many transactions. */
static struct {
	char path[100];
	int fd;
	pthread_t thread;
	size_t waiting;
	size_t largest;                 /* page that was asked for          */
	atomic_size_t told;             /* it hangs up on pages behind this */
} fake;

static json_t *
page_of(size_t start, size_t count)
{
	json_t *list = json_array();
	char id[80];

	for (size_t i = start; i < fake.waiting && i - start < count; i++) {
		snprintf(id, sizeof id, "%08x%056x", (unsigned)i, 7);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}",
		    "tx_id", id, "status", "Pending", "packed", "00"));
	}
	return json_pack("{s:I, s:I, s:o}", "pending",
	    (json_int_t)fake.waiting, "verified", (json_int_t)0,
	    "transactions", list);
}

/* NULL: none. */
static json_t *
reply_to(const json_t *request)
{
	const size_t count = (size_t)json_integer_value(json_object_get(
	    request, "packed"));
	const size_t start = (size_t)json_integer_value(json_object_get(
	    request, "start"));

	if (strcmp(text(request, "command"), "status") == 0)
		return json_pack("{s:s, s:s, s:i}", "chain", "local", "mode",
		    "Normal", "peers", 3);
	if (count > fake.largest)
		fake.largest = count;
	return start > fake.told ? NULL : page_of(start, count);
}

static void
send_reply(int fd, json_t *reply)
{
	char *line = reply != NULL ? json_dumps(reply, JSON_COMPACT) : NULL;
	const size_t size = line != NULL ? strlen(line) : 0;
	ssize_t sent = 1;

	for (size_t at = 0; at < size && sent > 0; at += (size_t)sent)
		sent = send(fd, line + at, size - at, MSG_NOSIGNAL);
	free(line);
	json_decref(reply);
}

/* One request; false: it is to end. */
static bool
serve_one(void)
{
	const int fd = accept(fake.fd, NULL, NULL);
	char line[512];
	size_t size = 0;
	ssize_t got = 1;
	json_t *request;

	if (fd < 0)
		return false;
	while (got > 0 && (size == 0 || line[size - 1] != '\n') &&
	    size < sizeof line) {
		got = recv(fd, line + size, sizeof line - size, 0);
		size += got > 0 ? (size_t)got : 0;
	}
	request = json_loadb(line, size, 0, NULL);
	if (request != NULL)
		send_reply(fd, reply_to(request));
	json_decref(request);
	close(fd);
	return true;
}

static void *
serve(void *user)
{
	(void)user;
	while (serve_one())
		;
	return NULL;
}

static void
open_fake(size_t waiting)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(fake.path, sizeof fake.path, "%s/explorer-news.%d",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp",
	    (int)getpid());
	unlink(fake.path);
	memcpy(address.sun_path, fake.path, strlen(fake.path) + 1);
	fake.waiting = waiting;
	fake.told = SIZE_MAX;
	fake.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_ge(fake.fd, 0);
	ck_assert_int_eq(bind(fake.fd, (struct sockaddr *)&address,
	    sizeof address), 0);
	ck_assert_int_eq(listen(fake.fd, 10), 0);
	ck_assert_int_eq(pthread_create(&fake.thread, NULL, serve, NULL), 0);
}

static void
close_fake(void)
{
	shutdown(fake.fd, SHUT_RDWR);
	pthread_join(fake.thread, NULL);
	close(fake.fd);
	unlink(fake.path);
}

/* With so many transactions: on a slow machine a page may come too late, and
 * the list be whole at the next time, for which the clock is put forward. */
static const struct news *
read_news_of(struct newsreader *reader, size_t count, bool late)
{
	static uint64_t hours;
	struct await wait = AWAIT;
	uint64_t changes;
	const struct news *news;

	while ((news = news_take(reader, &changes)) == NULL ||
	    news->count != count || news->late != late) {
		news_drop(reader, news);
		newsreader_tick(reader, bitmark_clock_ms() + ++hours * 3600000);
		ck_assert(await_again(&wait));
	}
	return news;
}
static const struct news *
read_news(struct newsreader *reader, size_t count)
{
	return read_news_of(reader, count, false);
}

/* Pages of the API, as a client reads them; all say whether there are more. */
static size_t
count_pages(const struct news *news, bool complete)
{
	struct answer_from from = from_golden();
	char target[64] = "/api/v1/pending?count=700";
	struct answer answer;
	json_t *json;
	size_t count = 0;

	from.news = news;
	for (;;) {
		answer_make(&from, &(struct answer_request){ .method = "GET",
			.target = target, .host = "localhost" }, &answer);
		ck_assert_uint_eq(answer.status, 200);
		json = json_loadb(answer.body, answer.size, 0, NULL);
		free(answer.owned);
		ck_assert_int_eq(number(json, "total"),
		    (json_int_t)fake.waiting);
		ck_assert_int_eq(json_is_true(json_object_get(json,
		    "complete")), complete);
		count += json_array_size(json_object_get(json, "pending"));
		if (json_is_null(json_object_get(json, "next")))
			break;
		snprintf(target, sizeof target,
		    "/api/v1/pending?count=700&start=%lld",
		    (long long)number(json, "next"));
		json_decref(json);
	}
	json_decref(json);
	return count;
}

static void
assert_waiting(size_t waiting, size_t shown)
{
	struct newsreader *reader;
	const struct news *news;

	open_golden(0);
	open_fake(waiting);
	ck_assert(newsreader_open(&reader, fake.path, "local"));
	news = read_news(reader, shown);
	ck_assert_uint_eq(count_pages(news, shown == waiting), shown);
	ck_assert_uint_le(fake.largest, NEWS_PAGE);
	for (size_t i = 0; i < shown; i += 333)
		ck_assert_uint_eq((size_t)news->items[i].id[2] << 8 |
		    news->items[i].id[3], i & 0xffff);
	news_drop(reader, news);
	newsreader_close(reader);
	close_fake();
	close_golden();
}

START_TEST(all_that_waits_is_listed)
{
	assert_waiting(0, 0);
	assert_waiting(NEWS_PAGE, NEWS_PAGE);
	assert_waiting(2 * NEWS_PAGE + 345, 2 * NEWS_PAGE + 345);
}
END_TEST

START_TEST(more_than_the_bound_is_counted)
{
	assert_waiting(NEWS_ITEMS_MAX + 10, NEWS_ITEMS_MAX);
}
END_TEST

/* Pages that the daemon does not give: a list that lacks them says so, and takes
 * the place of none that was whole a moment ago. */
START_TEST(a_part_of_the_list_is_told_from_all_of_it)
{
	const size_t all = 2 * NEWS_PAGE + 5;
	struct newsreader *reader;
	const struct news *news;

	open_golden(0);
	open_fake(all);
	fake.told = NEWS_PAGE;
	ck_assert(newsreader_open(&reader, fake.path, "local"));
	news = read_news(reader, 2 * NEWS_PAGE);
	ck_assert_uint_eq(count_pages(news, false), 2 * NEWS_PAGE);
	news_drop(reader, news);
	fake.told = SIZE_MAX;
	news = read_news(reader, all);
	ck_assert_uint_eq(count_pages(news, true), all);
	news_drop(reader, news);
	fake.told = NEWS_PAGE;
	news = read_news_of(reader, all, true);
	ck_assert_uint_eq(count_pages(news, true), all);
	news_drop(reader, news);
	newsreader_close(reader);
	close_fake();
	close_golden();
}
END_TEST

/* An id of one that waits is found by its beginning, in either order. */
START_TEST(what_waits_is_found_by_its_beginning)
{
	static const char *const begins[] = { "00000123000", "07000000" };
	struct answer_from from;
	struct newsreader *reader;
	struct answer answer;
	const struct news *news;
	char target[64];

	open_golden(0);
	open_fake(400);
	ck_assert(newsreader_open(&reader, fake.path, "local"));
	from = from_golden();
	from.news = news = read_news(reader, 400);
	for (size_t i = 0; i < 2; i++) {
		snprintf(target, sizeof target, "/api/v1/search?q=%s",
		    begins[i]);
		answer_make(&from, &(struct answer_request){ .method = "GET",
			.target = target, .host = "localhost" }, &answer);
		ck_assert_uint_eq(answer.status, 200);
		ck_assert_ptr_nonnull(strstr(answer.body, i == 0 ?
		    "\"id\":\"00000123000" : "waits for a block"));
		free(answer.owned);
	}
	news_drop(reader, news);
	newsreader_close(reader);
	close_fake();
	close_golden();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explorer news");
	TCase *tc = tcase_create("daemon");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, golden_stores_make,
	    golden_stores_remove);
	tcase_add_test(tc, all_that_waits_is_listed);
	tcase_add_test(tc, more_than_the_bound_is_counted);
	tcase_add_test(tc, a_part_of_the_list_is_told_from_all_of_it);
	tcase_add_test(tc, what_waits_is_found_by_its_beginning);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
