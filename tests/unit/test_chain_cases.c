/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Blocks that were offered to bitmarkd v0.16.0: each is accepted or refused here
 * as it was there, with the same error; one that is refused changes nothing, and
 * one that is accepted is undone exactly. */
#include "../support/state_0_16.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct golden_chain g;

static void
setup(void)
{
	g = golden_chain("0.16/chain-g");
}

static void
teardown(void)
{
	golden_chain_free(&g);
}

/* What is refused here where a node of 0.16 ends. */
static const struct ended {
	const char *begins;             /* the text that it ends with */
	bitmark_status error;
} ended[] = {
	{ "block.Store: out of sequence block", BITMARK_E_HEIGHT },
	{ "difficulty.SetBits", BITMARK_E_HEADER_DIFFICULTY },
	{ "should not occur: &{Version", BITMARK_E_OUT_OF_PLACE_FOUNDATION },
	{ "should not occur: &{Currency", BITMARK_E_OUT_OF_PLACE_BASE },
	{ "block.OwnerOf: incorrect transaction", BITMARK_E_LINK_UNCONFIRMED },
};

static void
assert_ended(bitmark_status status, const char *panic)
{
	for (size_t i = 0; i < sizeof ended / sizeof ended[0]; i++)
		if (strncmp(panic, ended[i].begins,
		    strlen(ended[i].begins)) == 0) {
			ck_assert_int_eq(status, ended[i].error);
			return;
		}
	ck_abort_msg("%s", panic);
}

/* The chain up to that height, of the chain's name: blocks of chain g are not
 * mined, so on testing their work is not looked at, but that of the case is. */
static struct bitmark_chain *
chain_at(char **directory, const json_t *json)
{
	const char *name = field_text(json, "chain");
	const uint64_t height = field_number(json, "afterHeight");
	struct bitmark_chain *chain;

	*directory = store_directory();
	chain = store_open_0_16(*directory, "local", bitmark_rules_0_16());
	store_add_0_16(chain, &g, height);
	if (strcmp(name, "local") != 0)
		store_rename(chain, name);
	return chain;
}

static void
offer(const json_t *json)
{
	const char *error = field_text(json, "error");
	const char *panic = field_text(json, "panic");
	const json_t *after = json_object_get(json, "after");
	uint8_t digest[BITMARK_DIGEST_SIZE], *packed;
	char *directory, *before, *dump;
	struct bitmark_chain *chain = chain_at(&directory, json);
	struct bitmark_snapshot *s;
	size_t size, digest_size;
	bitmark_status status;

	memset(digest, 0xff, sizeof digest);
	if (after != NULL) {
		uint8_t *tip = field_bytes(after, "tipDigest", &digest_size);

		memcpy(digest, tip, sizeof digest);
		free(tip);
	}
	packed = field_bytes(json, "packed", &size);
	before = chain_dump(chain);
	status = bitmark_chain_add(chain, packed, size, digest, NOW_0_16);
	if (panic != NULL)
		assert_ended(status, panic);
	else if (error != NULL)
		ck_assert_msg(strcasecmp(bitmark_strerror(status), error) == 0,
		    "%s: '%s', not '%s'", field_text(json, "name"),
		    bitmark_strerror(status), error);
	else
		ck_assert_msg(status == BITMARK_OK, "%s: '%s'",
		    field_text(json, "name"), bitmark_strerror(status));
	if (after != NULL) {
		assert_state(chain, after);
		s = store_snapshot(chain);
		assert_owners(s, json_object_get(after, "ownersChanged"));
		bitmark_snapshot_close(s);
		free(chain_dump(chain));
		ck_assert_int_eq(bitmark_chain_delete_down(chain,
		    field_number(json, "afterHeight") + 1), BITMARK_OK);
	}
	dump = chain_dump(chain);
	ck_assert_msg(strcmp(dump, before) == 0, "%s: another state",
	    field_text(json, "name"));
	free(dump);
	free(before);
	free(packed);
	bitmark_chain_close(chain);
	store_remove(directory);
}

#define CASES 179

START_TEST(a_block_has_the_outcome_that_it_had)
{
	json_t *root = vectors_load("0.16/cases.json");
	const json_t *blocks = json_object_get(root, "blocks");

	ck_assert_uint_eq(json_array_size(blocks), CASES);
	offer(json_array_get(blocks, (size_t)_i));
	json_decref(root);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain cases");
	TCase *tc = tcase_create("chain cases");

	vectors_keep("0.16/chain-g.json");
	vectors_keep("0.16/cases.json");
	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_block_has_the_outcome_that_it_had, 0, CASES);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
