/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* statements - the tables of the index, and every statement that is used. */
#ifndef STATEMENTS_H
#define STATEMENTS_H

enum statement {
	/* what a block brings */
	PUT_BLOCK,
	PUT_RECORD,
	PUT_ASSET,
	PUT_ISSUE,
	PUT_BLOCK_OWNER,
	END_HOLDING,
	PUT_TRANSFER,
	PUT_SHARES,
	PUT_SHARES_MADE,
	PUT_SHARES_MOVED,
	/* taking blocks back */
	DROP_ASSETS,
	DROP_HOLDINGS,
	REOPEN_HOLDINGS,
	DROP_SHARES,
	DROP_RECORDS,
	DROP_BLOCKS,
	/* questions */
	PUT_CHAIN,
	ASK_CHAIN,
	ASK_TIP,
	ASK_DIGEST,
	ASK_OWNER,
	ASK_OWNER_SHARES,
	ASK_ASSET,
	ASK_ASSET_OWNERS,
	ASK_HISTORY,
	ASK_HOLDERS,
	STATEMENTS
};

/* Most parameters of a statement. */
#define PARAMETERS_MAX 7

/* The parameters are $1, $2, ... in the order in which they first occur.  Their
 * types: n number, b bytes, t text. */
struct statement_text {
	const char *text;
	const char *types;
};

extern const struct statement_text statement_texts[STATEMENTS];

/* Makes the tables where they are missing. */
extern const char tables_text[];

#endif
