/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * many_records STORE BLOCKS: a store of the chain local with so many blocks of
 * RECORDS records each: issues, and transfers of those of the block before.  Their
 * signatures, and the work of the blocks, are not valid: no node verifies its own
 * store.
 */
#include <stdlib.h>
#include <string.h>

#include "chain_maker.h"

#define ISSUES 2000
#define TRANSFERS 999
#define OWNERS 1000

static uint8_t links[TRANSFERS][BITMARK_TX_ID_SIZE];

/* Each owner has one key: making one costs more than a record. */
static void
add_records(struct maker_block *block, uint64_t number, void *user)
{
	size_t first;

	(void)user;
	if (number == BITMARK_GENESIS_NUMBER + 1)
		maker_asset(block);
	else
		for (uint64_t i = 0; i < TRANSFERS; i++)
			maker_transfer(block, links[i], 1, 2 + i % OWNERS);
	first = block->count;
	for (uint64_t i = 0; i < ISSUES; i++)
		maker_false_issue(block, i % OWNERS, number * ISSUES + i);
	memcpy(links, block->ids[first], sizeof links);
}

int
main(int argc, char **argv)
{
	struct bitmark_chain *chain;

	if (argc != 3)
		return 1;
	chain = maker_open_under(argv[1], NULL, bitmark_rules_0_16());
	maker_fill(chain, strtoull(argv[2], NULL, 10), add_records, NULL);
	bitmark_chain_close(chain);
	return 0;
}
