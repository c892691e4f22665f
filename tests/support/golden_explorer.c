/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* An explorer without a socket, over a golden chain. */
#include "golden_explorer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct golden g;
struct finder *finder;
static const char *const no_names[] = { NULL };

void
open_golden(int i)
{
	g = golden_open(i);
	finder = finder_open(bitmark_chain_params_find("local"),
	    (size_t)64 << 20);
	ck_assert_ptr_nonnull(finder);
	while (finder_follow(finder, g.snap, 5))
		;
}

void
close_golden(void)
{
	finder_close(finder);
	golden_close(&g);
}

struct answer_from
from_golden(void)
{
	return (struct answer_from){
		.snapshot = g.snap,
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_chain_rules(g.chain),
		.finder = finder,
		.hosts = no_names,
	};
}

/* The answer to a GET without special headers. */
static struct answer
get(const char *target)
{
	const struct answer_from from = from_golden();
	const struct answer_request request = { .method = "GET",
		.target = target, .host = "localhost:2180" };
	struct answer answer;

	answer_make(&from, &request, &answer);
	ck_assert_ptr_nonnull(answer.body);
	return answer;
}

void
assert_status(const char *target, unsigned status)
{
	struct answer answer = get(target);

	ck_assert_msg(answer.status == status, "%s: %u, not %u: %.200s",
	    target, answer.status, status, answer.body);
	if (status != 200)
		ck_assert_str_eq(answer.tag, "");
	free(answer.owned);
}

/* The JSON of an answer with status 200. */
json_t *
get_json(const char *format, const char *id)
{
	char target[512];
	struct answer answer;
	json_t *json;

	snprintf(target, sizeof target, format, id);
	answer = get(target);
	ck_assert_msg(answer.status == 200, "%s: %u", target, answer.status);
	ck_assert_str_eq(answer.type, "application/json");
	json = json_loadb(answer.body, answer.size, JSON_ALLOW_NUL, NULL);
	ck_assert_msg(json != NULL, "%s: no JSON: %.300s", target,
	    answer.body);
	free(answer.owned);
	return json;
}

json_int_t
number(const json_t *json, const char *key)
{
	ck_assert_msg(json_is_integer(json_object_get(json, key)), "no %s",
	    key);
	return json_integer_value(json_object_get(json, key));
}

const char *
text(const json_t *json, const char *key)
{
	ck_assert_msg(json_is_string(json_object_get(json, key)), "no %s",
	    key);
	return json_string_value(json_object_get(json, key));
}
