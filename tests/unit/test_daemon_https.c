/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * HTTPS against what nodes of both releases of bitmarkd answered: status and
 * body are compared, but for what differs from run to run, and for one JSON
 * value in each answer where bitmarkd gives two.
 */
#include "../support/recorded_daemon_node.h"

#include <stdlib.h>
#include <string.h>

#include "https.h"

#define BODY_MAX 8192

static const uint8_t loopback[16] = { [10] = 0xff, [11] = 0xff, 127, 0, 0,
	1 };

static struct config_network local = { .address = { [10] = 0xff, [11] = 0xff,
	127 }, .bits = 96 + 8 };
static struct config_networks allowed = { &local, 1 };

static struct https_from
from_of(const struct rpc_from *rpc)
{
	return (struct https_from){ rpc, &allowed, &allowed, &allowed, 1, 4 };
}

static unsigned
ask(const struct https_from *from, const char *method, const char *target,
    const char *body, char answer[BODY_MAX])
{
	struct https_request request = { .method = method, .target = target,
		.body = body, .body_size = strlen(body) };
	struct https_reply reply;

	memcpy(request.address, loopback, sizeof loopback);
	https_answer(from, &request, &reply);
	ck_assert_ptr_nonnull(reply.body);
	ck_assert_uint_lt(reply.size, BODY_MAX);
	ck_assert_uint_eq(strlen(reply.body), reply.size);
	strcpy(answer, reply.body);
	free(reply.body);
	return reply.status;
}

/* What Go 1.19's ServeMux did with the same targets. */
START_TEST(paths_are_read_as_go_reads_them)
{
	static const struct {
		const char *target;
		unsigned status;
		const char *location;
	} rows[] = {
		{ "/bitmarkd/p%65ers", 405, NULL },
		{ "/%62itmarkd%2Fpeers?count=1", 405, NULL },
		{ "//bitmarkd/peers?count=1&x", 301,
		    "/bitmarkd/peers?count=1&x" },
		{ "/bitmarkd/./peers", 301, "/bitmarkd/peers" },
		{ "/x/../bitmarkd/%2e%2e/..//a%20b/?", 301, "/a%20b/" },
		{ "/..", 301, "/" }, { "/a/.", 301, "/a" },
		{ "/!('[]<>\"&", 404, NULL },
		{ "/./!('[]<>\"&", 301, "/%21%28%27%5B%5D%3C%3E%22&" },
		{ "/bitmarkd/peers%00", 404, NULL },
		{ "/bitmarkd/peers/", 404, NULL },
		{ "/%zz", 400, NULL }, { "/bitmarkd/peers%4", 400, NULL },
		{ "", 400, NULL }, { "bitmarkd/peers", 400, NULL },
	};
	const struct rpc_from rpc = { .form = RPC_FORM_0_16 };
	const struct https_from from = from_of(&rpc);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct https_request request = { .method = "POST",
			.target = rows[i].target, .body = "" };
		struct https_reply reply;

		https_answer(&from, &request, &reply);
		ck_assert_msg(reply.status == rows[i].status, "%s: %u",
		    rows[i].target, reply.status);
		ck_assert_ptr_nonnull(reply.body);
		ck_assert((reply.location == NULL) ==
		    (rows[i].location == NULL));
		if (reply.location != NULL)
			ck_assert_str_eq(reply.location, rows[i].location);
		ck_assert(reply.location == NULL || reply.size == 0);
		free(reply.location);
		free(reply.body);
	}
}
END_TEST

START_TEST(a_reader_of_pages_is_shown_where_a_page_is)
{
	const struct rpc_from rpc = { .form = RPC_FORM_0_16 };
	const struct https_from from = from_of(&rpc);
	struct https_request request = { .method = "GET",
		.target = "//bitmarkd/peers?a&b", .body = "" };
	struct https_reply reply;

	https_answer(&from, &request, &reply);
	ck_assert_str_eq(reply.body, "<a href=\"/bitmarkd/peers?a&amp;b\">"
	    "Moved Permanently</a>.\n\n");
	ck_assert_uint_eq(reply.size, strlen(reply.body));
	free(reply.location);
	free(reply.body);
}
END_TEST

/* --- recorded exchanges --------------------------------------------------- */

/* Values that depend on the run, and on the peers that the original had, become
 * nothing. */
static void
mask(char *text)
{
	static const char *const keys[] = { "\"uptime\":", "\"publicKey\":",
		"\"remote\":", "\"incoming\":", "\"outgoing\":",
		"\"pending\":", "\"verified\":", "\"rpcs\":", "\"peers\":",
		"\"success\":", "\"failed\":" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		char *at = strstr(text, keys[i]);
		size_t size;

		if (at == NULL)
			continue;
		at += strlen(keys[i]);
		size = *at == '{' ? 0 : strcspn(at, ",}");
		memmove(at, at + size, strlen(at + size) + 1);
	}
}

/* The request line and the body of a raw request; a chunked body is put
 * together. */
static void
read_raw(const char *raw, char method[16], char target[256],
    char body[BODY_MAX])
{
	const char *at = strstr(raw, "\r\n\r\n") + 4;

	ck_assert_int_eq(sscanf(raw, "%15s %255s", method, target), 2);
	body[0] = '\0';
	if (strstr(raw, "chunked") == NULL) {
		strcpy(body, at);
		return;
	}
	for (size_t size; (size = strtoul(at, NULL, 16)) > 0;) {
		at = strstr(at, "\r\n") + 2;
		strncat(body, at, size);
		at += size + 2;
	}
}

/* The pages that show peers which only the original had. */
static bool
shows_peers(const char *what)
{
	return strstr(what, "/peers") != NULL ||
	    strstr(what, "/connections") != NULL ||
	    strstr(what, "rpc: list") != NULL;
}

/* A call that is not known, or whose arguments cannot be read, has one error
 * here; a body that is no JSON has a status of its own. */
static void
expect(const json_t *record, unsigned status, char *got)
{
	static const char second[] =
	    "{\"code\":500,\"error\":\"internal server error\"}";
	const char *what = field_text(record, "what");
	unsigned wanted_status = (unsigned)strtoul(strchr(field_text(record,
	    "status"), ' '), NULL, 10);
	char wanted[BODY_MAX];
	size_t size;

	strcpy(wanted, field_text(json_object_get(record, "body"), "text"));
	if (strcmp(wanted, second) == 0) {
		wanted_status = 400;
		strcpy(wanted, "{\"code\":400,\"error\":\"bad request\"}");
	}
	size = strlen(wanted);
	if (size > strlen(second) && wanted[0] == '{' && strcmp(wanted + size -
	    strlen(second), second) == 0)
		wanted[size - strlen(second)] = '\0';
	if (strstr(wanted, "HTTP/1.1") != NULL)
		*strstr(wanted, "HTTP/1.1") = '\0';
	ck_assert_msg(status == wanted_status, "%s: %u", what, status);
	if (wanted[0] == '\0' || (shows_peers(what) && status == 200))
		return;         /* HEAD has no body */
	mask(wanted);
	mask(got);
	/* Texts of decoding errors are those of the decoder. */
	if (strstr(wanted, "json: cannot unmarshal") != NULL)
		ck_assert_ptr_nonnull(strstr(got,
		    "\"result\":null,\"error\":\""));
	else
		ck_assert_msg(strcmp(wanted, got) == 0, "%s:\n%s\n%s", what,
		    wanted, got);
}

static void
replay_record(struct recorded *on, const json_t *record)
{
	char method[16], target[256], body[BODY_MAX], got[BODY_MAX];
	const char *mode = field_text(record, "mode");
	const char *height = strstr(mode, "height ");
	bool normal = strncmp(mode, "Normal", 6) == 0;
	struct https_from from;

	if (on->node == NULL || strncmp(on->mode, mode, 6) != 0)
		recorded_start(on, normal ? "Normal" : "Resynchronise", 1);
	recorded_go_to(on, height != NULL ? strtoul(height + 7, NULL, 10) :
	    1);
	read_raw(field_text(json_object_get(record, "request"), "text"),
	    method, target, body);
	from = from_of(&on->from);
	expect(record, ask(&from, method, target, body, got), got);
}

static void
replay(const char *release, const char *name)
{
	struct recorded on;
	size_t size, count = 0;
	char *file = (char *)data_file(name, &size), *at = file, *end;

	recorded_open(&on, release);
	for (; at < file + size; at = end + 1, count++) {
		json_t *record;

		end = memchr(at, '\n', (size_t)(file + size - at));
		ck_assert_ptr_nonnull(end);
		record = json_loadb(at, (size_t)(end - at), 0, NULL);
		ck_assert_ptr_nonnull(record);
		replay_record(&on, record);
		json_decref(record);
	}
	ck_assert_uint_ge(count, 30);
	recorded_close(&on);
	free(file);
}

START_TEST(requests_are_answered_as_by_0_16)
{
	replay("0.16", "services/https-0.16.jsonl");
}
END_TEST

START_TEST(requests_are_answered_as_by_8_2)
{
	replay("8.2", "services/https-8.2.jsonl");
}
END_TEST

/* --- what was not recorded ------------------------------------------------ */

START_TEST(pages_are_for_those_that_are_allowed_S_16)
{
	static const struct {
		const char *network;
		struct config_network value;
		bool is_in;
	} cases[] = {
		{ "127.0.0.1", { { [10] = 0xff, [11] = 0xff, 127, 0, 0, 1 },
		    128 }, true },
		{ "127.0.0.0/31", { { [10] = 0xff, [11] = 0xff, 127, 0, 0, 0 },
		    127 }, true },
		{ "127.0.0.2/31", { { [10] = 0xff, [11] = 0xff, 127, 0, 0, 2 },
		    127 }, false },
		{ "::/0", { { 0 }, 0 }, true },
		{ "::1", { { [15] = 1 }, 128 }, false },
	};
	struct recorded on;
	struct config_network one;
	struct config_networks list = { &one, 1 };
	struct https_from from;
	char got[BODY_MAX];

	recorded_open(&on, "0.16");
	recorded_start(&on, "Normal", 1);
	from = from_of(&on.from);
	from.peers = &list;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		one = cases[i].value;
		ck_assert_msg(ask(&from, "GET", "/bitmarkd/peers", "", got) ==
		    (cases[i].is_in ? 200 : 403), "%s", cases[i].network);
	}
	ck_assert_str_eq(got, "{\"code\":403,\"error\":\"forbidden\"}");
	/* The method is looked at first, and the limit last. */
	ck_assert_uint_eq(ask(&from, "POST", "/bitmarkd/peers", "", got),
	    405);
	from.requests = from.requests_max + 1;
	ck_assert_uint_eq(ask(&from, "GET", "/bitmarkd/peers", "", got), 403);
	ck_assert_uint_eq(ask(&from, "GET", "/bitmarkd/details", "", got),
	    429);
	ck_assert_str_eq(got, "{\"code\":429,\"error\":\"Too Many Requests\"}");
	ck_assert_uint_eq(ask(&from, "POST", "/bitmarkd/rpc", "{}", got), 429);
	recorded_close(&on);
}
END_TEST

/* In bitmarkd a key that has expired ends the list. */
START_TEST(peers_go_on_after_any_key_S_17)
{
	struct recorded on;
	struct https_from from;
	char got[BODY_MAX], target[256];
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	size_t entries = 0;

	recorded_open(&on, "0.16");
	recorded_start(&on, "Normal", 1);
	from = from_of(&on.from);
	for (unsigned i = 1; i <= 12; i++) {
		memset(key, (int)(16 * i), sizeof key);
		ck_assert_int_eq(bitmark_node_add_peer(on.node, key,
		    "127.0.0.1:2136"), BITMARK_OK);
	}
	ck_assert_uint_eq(ask(&from, "GET", "/bitmarkd/peers", "", got), 200);
	for (const char *at = got; (at = strstr(at, "publicKey")) != NULL;
	    at++)
		entries++;
	ck_assert_uint_eq(entries, 10);
	/* Between two keys. */
	snprintf(target, sizeof target, "/bitmarkd/peers?count=1&public_key="
	    "b5%062d", 0);
	ck_assert_uint_eq(ask(&from, "GET", target, "", got), 200);
	ck_assert_int_eq(strncmp(got, "[{\"publicKey\":\"c0c0", 19), 0);
	ck_assert_ptr_nonnull(strstr(got, "\"listeners\":[\"127.0.0.1:2136\"],"
	    "\"timestamp\":\"20"));
	ck_assert_ptr_nonnull(strstr(got, "Z\"}]"));
	recorded_close(&on);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon_https");
	TCase *tc = tcase_create("daemon_https");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, paths_are_read_as_go_reads_them);
	tcase_add_test(tc, a_reader_of_pages_is_shown_where_a_page_is);
	tcase_add_test(tc, requests_are_answered_as_by_0_16);
	tcase_add_test(tc, requests_are_answered_as_by_8_2);
	tcase_add_test(tc, pages_are_for_those_that_are_allowed_S_16);
	tcase_add_test(tc, peers_go_on_after_any_key_S_17);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
