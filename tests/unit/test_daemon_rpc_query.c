/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The methods of the client RPC that read the chain: recorded exchanges with
 * bitmarkd of both releases, asked again on the same blocks.  Replies are equal
 * byte for byte but for the texts of JSON errors and where we do better.
 */
#include "../support/rpc_ask.h"

#include "rpc_call.h"

static enum rpc_form form;
/* The height of the last run of bitmark-cli. */
static uint64_t run_height;

static void
begin(const char *blocks, enum rpc_form release)
{
	form = release;
	life_begin(blocks, form == RPC_FORM_8_2 ? bitmark_rules_8_2() :
	    bitmark_rules_0_16());
}

/* Is it one of the methods that this is about? */
static bool
is_query(const char *request)
{
	char name[64];

	for (const struct rpc_method *m = rpc_query_methods; m->name != NULL;
	    m++) {
		snprintf(name, sizeof name, "\"%s\"", m->name);
		if (strstr(request, name) != NULL)
			return true;
	}
	return false;
}

/* --- what was recorded ---------------------------------------------------- */

struct counts {
	size_t equal;
	size_t texts;                   /* numbers that only we read         */
	size_t spelled;                 /* the other spelling of a method   */
	size_t ended;                   /* the original ended               */
	size_t better;
};

/* The recorded reply, as we make it. */
static bool
is_as_next(const char *reply, const char *wanted)
{
	const char *next = strstr(wanted, "\"next\":\"0\"");
	char *better = strdup(wanted);
	bool same;

	if (next != NULL)
		better[(size_t)(next - wanted) + strlen("\"next\":\"")] = '1';
	same = next != NULL && strstr(wanted, "\"data\":[{\"n\":\"0\"") !=
	    NULL && strcmp(reply, better) == 0;
	free(better);
	return same;
}

/* Where replies may differ. */
static void
compare(const char *request, const char *wanted, struct counts *c)
{
	char *reply = rpc_ask(request, form);

	if (strcmp(reply, wanted) == 0)
		c->equal++;
	else if (strstr(wanted, "\"error\":\"json: ") != NULL)
		c->texts++;
	else if (strstr(wanted, "can't find method BlockOwner.TxI") != NULL)
		c->spelled++;
	else if (wanted[0] == '\0' && strstr(reply, "\"result\":") != NULL)
		c->ended++;
	else if (is_as_next(reply, wanted) || (strstr(request,
	    "BlockDumpRange") != NULL && strstr(wanted, "block not found") !=
	    NULL && strstr(reply, "{\"blocks\":[{") != NULL))
		c->better++;
	else
		ck_abort_msg("%.500s\ngave   %.3000s\nwanted %.3000s",
		    request, reply, wanted);
	free(reply);
}

/* One line of a file: an exchange on a connection of its own. */
static void
replay_exchange(const json_t *line, struct counts *c)
{
	const json_t *requests = json_object_get(line, "request");
	const char *request = field_text(json_array_get(requests, 0), "text");
	const char *reply = field_text(json_object_get(line, "reply"), "text");
	const json_t *height = json_object_get(line, "height");
	const char *mode = field_text(line, "mode");

	if (json_array_size(requests) != 1 || request == NULL ||
	    !is_query(request) || strchr(request, '\n') !=
	    request + strlen(request) - 1)
		return;
	/* The waiting grants are replayed elsewhere. */
	if (strcmp(field_text(line, "what"), "balance with spends waiting") ==
	    0)
		return;
	life_at(json_is_integer(height) ? (uint64_t)json_integer_value(height) :
	    1, strcmp(mode, "Normal") == 0);
	compare(request, reply, c);
}

/* One run of bitmark-cli: requests and replies in turn. */
static void
replay_run(const json_t *line, struct counts *c)
{
	const json_t *exchange = json_object_get(line, "exchange");
	const json_t *height = json_object_get(line, "height");

	if (json_is_integer(height))
		run_height = (uint64_t)json_integer_value(height);
	for (size_t i = 0; i + 1 < json_array_size(exchange); i += 2) {
		const char *request = field_text(json_array_get(exchange, i),
		    "text");

		if (!is_query(request))
			continue;
		life_at(run_height, true);
		compare(request, field_text(json_array_get(exchange, i + 1),
		    "text"), c);
	}
}

static struct counts
replay(const char *file, void (*each)(const json_t *line, struct counts *c))
{
	struct counts counts = { 0 };
	size_t size;
	uint8_t *data = data_file(file, &size);

	for (const uint8_t *p = data, *end; p < data + size; p = end + 1) {
		json_t *line;

		end = memchr(p, '\n', size - (size_t)(p - data));
		ck_assert_ptr_nonnull(end);
		line = json_loadb((const char *)p, (size_t)(end - p),
		    JSON_ALLOW_NUL, NULL);
		ck_assert_ptr_nonnull(line);
		each(line, &counts);
		json_decref(line);
	}
	free(data);
	return counts;
}

START_TEST(replies_to_recorded_requests_are_those_of_0_16)
{
	struct counts c;

	begin("services/state-0.16.blocks", RPC_FORM_0_16);
	c = replay("services/rpc-0.16.jsonl", replay_exchange);
	ck_assert_uint_eq(c.equal, 165);
	ck_assert_uint_eq(c.texts, 13);
	ck_assert_uint_eq(c.spelled, 13);
	ck_assert_uint_eq(c.ended, 2);
	ck_assert_uint_eq(c.better, 2);
}
END_TEST

START_TEST(replies_to_recorded_requests_are_those_of_8_2)
{
	struct counts c;

	begin("services/state-8.2.blocks", RPC_FORM_8_2);
	c = replay("services/rpc-8.2.jsonl", replay_exchange);
	ck_assert_uint_eq(c.equal, 50);
	ck_assert_uint_eq(c.texts, 3);
	ck_assert_uint_eq(c.spelled, 6);
	ck_assert_uint_eq(c.ended, 1);
	ck_assert_uint_eq(c.better, 2);
}
END_TEST

START_TEST(bitmark_cli_of_0_16_gets_the_same_replies)
{
	struct counts c;

	begin("services/state-cli-0.16.blocks", RPC_FORM_0_16);
	c = replay("services/cli-0.16.jsonl", replay_run);
	ck_assert_uint_eq(c.equal, 14);
}
END_TEST

START_TEST(bitmark_cli_of_8_2_gets_the_same_replies)
{
	struct counts c;

	begin("services/state-cli-8.2.blocks", RPC_FORM_8_2);
	c = replay("services/cli-8.2.jsonl", replay_run);
	ck_assert_uint_eq(c.equal, 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon rpc query");
	TCase *tc = tcase_create("daemon rpc query");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, life_setup, life_teardown);
	tcase_add_test(tc, replies_to_recorded_requests_are_those_of_0_16);
	tcase_add_test(tc, replies_to_recorded_requests_are_those_of_8_2);
	tcase_add_test(tc, bitmark_cli_of_0_16_gets_the_same_replies);
	tcase_add_test(tc, bitmark_cli_of_8_2_gets_the_same_replies);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
