/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bare_statements DATABASE RECORDS: the rows of so many issues, made up, in the
 * statements and transactions of the indexer, without a node, a chain or a record:
 * what the database can do at best.  Prints milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer.h>

#include "database.h"

/* As many as the indexer puts into one transaction here. */
#define BATCH 60000

/* Ids are hashes: as good as random. */
static void
make_id(uint64_t n, uint8_t id[BITMARK_TX_ID_SIZE])
{
	bitmark_sha3_256((const uint8_t *)&n, sizeof n, id);
}

static int
put(struct database *d, int64_t n)
{
	static const uint8_t asset[BITMARK_ASSET_ID_SIZE] = { 1 };
	static const char owner[] =
	    "ef8jjyKoxJCHKyLaBbyU8mfQ7XdYpLHc4NHUzj9a1pHuaKCdy4";
	uint8_t id[BITMARK_TX_ID_SIZE];
	const struct value number = { .number = 2 + n / 3000 };
	const struct value position = { .number = n % 3000 };
	const struct value tx = { .data = id, .size = sizeof id };
	const struct value asset_id = { .data = asset, .size = sizeof asset };
	const struct value record[] = { number, position, tx,
	    { .data = "BitmarkIssue", .size = 12 }, asset_id };
	const struct value issue[] = { tx, asset_id,
	    { .data = owner, .size = sizeof owner - 1 }, number, position };

	make_id((uint64_t)n, id);
	return database_run(d, PUT_RECORD, record) == 0 ?
	    database_run(d, PUT_ISSUE, issue) : -1;
}

int
main(int argc, char **argv)
{
	const int64_t count = argc == 3 ? strtoll(argv[2], NULL, 10) : 0;
	struct database *d = argc == 3 ? database_open(argv[1]) : NULL;
	const uint64_t begin_ms = bitmark_clock_ms();
	bool ok = d != NULL;

	for (int64_t n = 0; ok && n < count; n++) {
		if (n % BATCH == 0)
			ok = (n == 0 || database_commit(d) == 0) &&
			    database_begin(d) == 0;
		ok = ok && put(d, n) == 0;
	}
	ok = ok && database_commit(d) == 0;
	database_close(d);
	if (ok)
		printf("%d\n", (int)(bitmark_clock_ms() - begin_ms));
	return ok ? 0 : 1;
}
