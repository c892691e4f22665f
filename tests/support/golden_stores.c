/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "golden_stores.h"

#include <bitmarkpeer/record.h>

#include <stdlib.h>
#include <string.h>

static const char *const names[GOLDEN_COUNT] = { "chain-a", "chain-a-fork" };

/* Set by the fixture. */
static struct golden_chain chains[GOLDEN_COUNT];
static char *directories[GOLDEN_COUNT];

void
golden_stores_make(void)
{
	for (size_t i = 0; i < GOLDEN_COUNT; i++) {
		struct bitmark_chain *chain;

		chains[i] = golden_chain(names[i]);
		directories[i] = store_directory();
		chain = store_open(directories[i]);
		store_add(chain, &chains[i], chains[i].height);
		bitmark_chain_close(chain);
	}
}

void
golden_stores_remove(void)
{
	for (size_t i = 0; i < GOLDEN_COUNT; i++) {
		store_remove(directories[i]);
		golden_chain_free(&chains[i]);
	}
}

struct golden
golden_open(int i)
{
	struct golden g = { .of = golden_only(i) };

	g.chain = store_open_for(directories[i], BITMARK_CHAIN_READ, NULL);
	g.snap = store_snapshot(g.chain);
	return g;
}

void
golden_close(struct golden *g)
{
	bitmark_snapshot_close(g->snap);
	bitmark_chain_close(g->chain);
}

const struct golden_chain *
golden_only(int i)
{
	return &chains[i];
}

const json_t *
block_transactions(const struct golden_chain *of, size_t i)
{
	return json_object_get(block_facts(of, i).json, "transactions");
}

const json_t *
golden_transaction(const struct golden_chain *of, const char *tx_id)
{
	for (size_t i = 0; i < of->count; i++) {
		const json_t *tx;
		size_t k;

		json_array_foreach(block_transactions(of, i), k, tx)
			if (strcmp(field_text(tx, "txId"), tx_id) == 0)
				return tx;
	}
	return NULL;
}

bool
is_filed(const json_t *tx)
{
	uint64_t tag = field_number(tx, "tag");

	return tag == BITMARK_RECORD_ISSUE || tag == BITMARK_RECORD_TRANSFER ||
	    tag == BITMARK_RECORD_COUNTERSIGNED ||
	    tag == BITMARK_RECORD_OWNER_TRANSFER;
}

bool
is_first_copy(json_t *seen, const char *id)
{
	if (json_object_get(seen, id) != NULL)
		return false;
	json_object_set_new(seen, id, json_true());
	return true;
}

void
read_id(const json_t *object, const char *key, uint8_t *id, size_t size)
{
	size_t got;
	uint8_t *bytes = field_bytes(object, key, &got);

	ck_assert_uint_eq(got, size);
	memcpy(id, bytes, size);
	free(bytes);
}
