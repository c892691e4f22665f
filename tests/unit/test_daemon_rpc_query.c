/*
 * The methods of the client RPC that read the chain: recorded exchanges with
 * bitmarkd of both releases, asked again on the same blocks.  Replies are equal
 * byte for byte but for the texts of JSON errors and where we do better.
 */
#include "../support/members.h"
#include "../support/state_0_16.h"

#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/digest.h>

#include "rpc_call.h"

/* --- a node at the height of a recording ---------------------------------- */

/* Blocks that a node of a release had, and how it wrote. */
struct life {
	const char *blocks;
	const struct bitmark_rules *rules;
	enum rpc_form form;
	uint8_t *file;
	size_t size;
	uint64_t height;                /* of the store; 0: none yet        */
	bool normal;
	uint64_t told;                  /* height of the runs of bitmark-cli */
};

static struct life life;

/* The next block of the file, at *at. */
static struct bitmark_span
next_block(size_t *at)
{
	const uint8_t *p = life.file + *at;
	size_t size = 0;

	for (int i = 0; i < 8; i++)
		size = size << 8 | p[i];
	*at += 8 + size;
	ck_assert_uint_le(*at, life.size);
	return (struct bitmark_span){ p + 8, size };
}

/* Each header has the digest of the block before it, so that only the last one
 * of a file takes work. */
static void
add_blocks(struct bitmark_chain *chain, uint64_t last)
{
	struct bitmark_header header, after;

	for (size_t at = 0; at < life.size;) {
		const struct bitmark_span block = next_block(&at);
		size_t ahead = at;
		const uint8_t *digest = NULL;
		bitmark_status status;

		ck_assert_int_eq(bitmark_header_parse(block.data, block.size,
		    &header), BITMARK_OK);
		if (header.number > last)
			break;
		if (header.number <= store_height(chain))
			continue;
		if (ahead < life.size) {
			const struct bitmark_span next = next_block(&ahead);

			ck_assert_int_eq(bitmark_header_parse(next.data,
			    next.size, &after), BITMARK_OK);
			digest = after.previous;
		}
		status = bitmark_chain_add(chain, block.data, block.size,
		    digest, NOW_0_16);
		ck_assert_msg(status == BITMARK_OK, "block %d: %s",
		    (int)header.number, bitmark_strerror(status));
	}
	ck_assert_uint_eq(store_height(chain), last);
}

/* A node with a peer that never answers is not Normal. */
static void
be_at(uint64_t height, bool normal)
{
	struct bitmark_chain *chain;

	if (life.height == height && life.normal == normal)
		return;
	member_stop(0);
	chain = store_open_0_16(member[0].directory, "local", life.rules);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, height + 1),
	    BITMARK_OK);
	add_blocks(chain, height);
	bitmark_chain_close(chain);
	member[0].config.rules = life.rules;
	member[0].config.standalone = normal;
	member[0].config.auto_verify = true;
	member_start(0);
	if (normal)
		ck_assert(member_becomes(0, member_in_step, height));
	life.height = height;
	life.normal = normal;
}

static void
begin_life(const char *blocks, enum rpc_form form)
{
	life = (struct life){ .blocks = blocks, .form = form,
		.rules = form == RPC_FORM_8_2 ? bitmark_rules_8_2() :
		bitmark_rules_0_16() };
	life.file = data_file(blocks, &life.size);
	member_follow(0, 1);
}

static void
setup(void)
{
	members_setup();
}

static void
teardown(void)
{
	free(life.file);
	life.file = NULL;
	members_teardown();
}

/* --- requests ------------------------------------------------------------- */

/* The reply, with its newline; owned by the caller. */
static char *
ask(const char *request)
{
	const struct rpc_from from = {
		.node = member[0].node,
		.chain = bitmark_node_chain(member[0].node),
		.params = member[0].config.params,
		.form = life.form,
	};
	char *reply;
	size_t size;
	const enum rpc_outcome outcome = rpc_answer(&from, request,
	    strlen(request), &reply, &size);

	ck_assert_msg(outcome == RPC_ANSWERED || outcome == RPC_REFUSED,
	    "%s", request);
	ck_assert_uint_eq(size, strlen(reply));
	return reply;
}

static void
expect(const char *request, const char *wanted)
{
	char *reply = ask(request);

	ck_assert_str_eq(reply, wanted);
	free(reply);
}

/* The reply has this text in it. */
static void
expect_part(const char *request, const char *part)
{
	char *reply = ask(request);

	ck_assert_msg(strstr(reply, part) != NULL, "%.200s\nhas no %s\n%.2000s",
	    request, part, reply);
	free(reply);
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
	size_t texts;                   /* errors of Go's JSON decoder      */
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
	char *reply = ask(request);

	if (strcmp(reply, wanted) == 0)
		c->equal++;
	else if (strstr(wanted, "\"error\":\"json: ") != NULL ||
	    strstr(wanted, "\"error\":\"illegal base64") != NULL)
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
	be_at(json_is_integer(height) ? (uint64_t)json_integer_value(height) :
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
		life.told = (uint64_t)json_integer_value(height);
	for (size_t i = 0; i + 1 < json_array_size(exchange); i += 2) {
		const char *request = field_text(json_array_get(exchange, i),
		    "text");

		if (!is_query(request))
			continue;
		be_at(life.told, true);
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
	printf("%s: %zu equal, %zu texts, %zu spelled, %zu ended, %zu better\n",
	    file, counts.equal, counts.texts, counts.spelled, counts.ended,
	    counts.better);
	return counts;
}

START_TEST(replies_to_recorded_requests_are_those_of_0_16)
{
	struct counts c;

	begin_life("services/state-0.16.blocks", RPC_FORM_0_16);
	c = replay("services/rpc-0.16.jsonl", replay_exchange);
	ck_assert_uint_gt(c.equal, 100);
}
END_TEST

START_TEST(replies_to_recorded_requests_are_those_of_8_2)
{
	struct counts c;

	begin_life("services/state-8.2.blocks", RPC_FORM_8_2);
	c = replay("services/rpc-8.2.jsonl", replay_exchange);
	ck_assert_uint_gt(c.equal, 40);
}
END_TEST

START_TEST(bitmark_cli_of_0_16_gets_the_same_replies)
{
	struct counts c;

	begin_life("services/state-cli-0.16.blocks", RPC_FORM_0_16);
	c = replay("services/cli-0.16.jsonl", replay_run);
	ck_assert_uint_gt(c.equal, 10);
}
END_TEST

START_TEST(bitmark_cli_of_8_2_gets_the_same_replies)
{
	struct counts c;

	begin_life("services/state-cli-8.2.blocks", RPC_FORM_8_2);
	c = replay("services/cli-8.2.jsonl", replay_run);
	ck_assert_uint_ge(c.equal, 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon rpc query");
	TCase *tc = tcase_create("daemon rpc query");

	(void)expect;
	(void)expect_part;
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, replies_to_recorded_requests_are_those_of_0_16);
	tcase_add_test(tc, replies_to_recorded_requests_are_those_of_8_2);
	tcase_add_test(tc, bitmark_cli_of_0_16_gets_the_same_replies);
	tcase_add_test(tc, bitmark_cli_of_8_2_gets_the_same_replies);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
