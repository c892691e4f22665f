/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * SQL that SQLite and PostgreSQL read in the same way.  (SQLite takes BIGINT and
 * BYTEA for what they are, and numbers parameters by their first occurrence.)
 *
 * A holding is the time that an item was with an owner: from the transaction that
 * brought it to the one that took it away.  What is owned now is a holding
 * without an end; what was owned at any block can be asked, too; and blocks can
 * be taken back, for nothing is ever overwritten.
 */
#include "statements.h"

const char tables_text[] =
    "CREATE TABLE IF NOT EXISTS chain ("
    "    id BIGINT PRIMARY KEY,"                /* 1: there is one row */
    "    name TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS block ("
    "    number BIGINT PRIMARY KEY,"
    "    digest BYTEA NOT NULL,"
    "    timestamp BIGINT NOT NULL,"            /* Unix seconds */
    "    records BIGINT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS record ("
    "    number BIGINT NOT NULL,"               /* of its block */
    "    position BIGINT NOT NULL,"             /* in the block */
    "    tx_id BYTEA NOT NULL,"
    "    kind TEXT NOT NULL,"
    "    refers BYTEA,"         /* link, share id or asset id */
    "    PRIMARY KEY (number, position));"
    "CREATE INDEX IF NOT EXISTS record_tx_id ON record (tx_id);"
    "CREATE TABLE IF NOT EXISTS asset ("
    "    asset_id BYTEA PRIMARY KEY,"
    "    number BIGINT NOT NULL,"
    "    name TEXT NOT NULL,"
    "    fingerprint TEXT NOT NULL,"
    "    metadata TEXT NOT NULL,"               /* lines: key=value */
    "    registrant TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS holding ("
    "    tx_id BYTEA PRIMARY KEY,"              /* that brought the item */
    "    item BYTEA NOT NULL,"                  /* issue or foundation id */
    "    kind TEXT NOT NULL,"                   /* bitmark, block, shares */
    "    asset_id BYTEA,"
    "    owner TEXT NOT NULL,"
    "    since BIGINT NOT NULL,"                /* block */
    "    position BIGINT NOT NULL,"             /* in it */
    "    until BIGINT);"                        /* NULL: it is there now */
    "CREATE INDEX IF NOT EXISTS holding_item ON holding (item);"
    "CREATE INDEX IF NOT EXISTS holding_asset ON holding (asset_id)"
    "    WHERE until IS NULL;"
    "CREATE INDEX IF NOT EXISTS holding_owner ON holding (owner)"
    "    WHERE until IS NULL;"
    /* Balances are sums of moves.  They are unsigned and have 64 bits, which
     * BIGINT shows as a number below zero when the highest one is set. */
    "CREATE TABLE IF NOT EXISTS share_move ("
    "    number BIGINT NOT NULL,"
    "    position BIGINT NOT NULL,"
    "    share_id BYTEA NOT NULL,"              /* the issue id */
    "    owner TEXT NOT NULL,"
    "    quantity BIGINT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS share_move_number ON share_move (number);"
    "CREATE INDEX IF NOT EXISTS share_move_owner ON share_move (owner);"
    "CREATE INDEX IF NOT EXISTS share_move_id ON share_move (share_id);";

const struct statement_text statement_texts[STATEMENTS] = {
	[PUT_BLOCK] = { "INSERT INTO block (number, digest, timestamp, records)"
	    " VALUES ($1, $2, $3, $4)", "nbnn" },
	[PUT_RECORD] = { "INSERT INTO record"
	    " (number, position, tx_id, kind, refers)"
	    " VALUES ($1, $2, $3, $4, $5)", "nnbtb" },
	/* The first registration counts. */
	[PUT_ASSET] = { "INSERT INTO asset (asset_id, number, name,"
	    " fingerprint, metadata, registrant)"
	    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
	    "bntttt" },
	/* Old blocks may repeat an issue: the first one counts. */
	[PUT_ISSUE] = { "INSERT INTO holding"
	    " (tx_id, item, kind, asset_id, owner, since, position)"
	    " VALUES ($1, $1, 'bitmark', $2, $3, $4, $5)"
	    " ON CONFLICT DO NOTHING", "bbtnn" },
	[PUT_BLOCK_OWNER] = { "INSERT INTO holding"
	    " (tx_id, item, kind, owner, since, position)"
	    " VALUES ($1, $1, 'block', $2, $3, $4)"
	    " ON CONFLICT DO NOTHING", "btnn" },
	[END_HOLDING] = { "UPDATE holding SET until = $1"
	    " WHERE tx_id = $2 AND until IS NULL", "nb" },
	[PUT_TRANSFER] = { "INSERT INTO holding"
	    " (tx_id, item, kind, asset_id, owner, since, position)"
	    " SELECT $1, item, kind, asset_id, $2, $3, $4 FROM holding"
	    " WHERE tx_id = $5 ON CONFLICT DO NOTHING", "btnnb" },
	/* A bitmark that becomes shares stays with its owner, as that. */
	[PUT_SHARES] = { "INSERT INTO holding"
	    " (tx_id, item, kind, asset_id, owner, since, position)"
	    " SELECT $1, item, 'shares', asset_id, owner, $2, $3 FROM holding"
	    " WHERE tx_id = $4 ON CONFLICT DO NOTHING", "bnnb" },
	[PUT_SHARES_MADE] = { "INSERT INTO share_move"
	    " (number, position, share_id, owner, quantity)"
	    " SELECT $1, $2, item, owner, $3 FROM holding WHERE tx_id = $4",
	    "nnnb" },
	[PUT_SHARES_MOVED] = { "INSERT INTO share_move"
	    " (number, position, share_id, owner, quantity)"
	    " VALUES ($1, $2, $3, $4, $5)", "nnbtn" },

	/* The records of the blocks that go tell which rows they have made. */
	[DROP_ASSETS] = { "DELETE FROM asset WHERE number > $1 AND asset_id IN"
	    " (SELECT refers FROM record WHERE number > $1)", "n" },
	[DROP_HOLDINGS] = { "DELETE FROM holding WHERE since > $1 AND tx_id IN"
	    " (SELECT tx_id FROM record WHERE number > $1)", "n" },
	[REOPEN_HOLDINGS] = { "UPDATE holding SET until = NULL"
	    " WHERE until > $1 AND tx_id IN"
	    " (SELECT refers FROM record WHERE number > $1)", "n" },
	[DROP_SHARES] = { "DELETE FROM share_move WHERE number > $1", "n" },
	[DROP_RECORDS] = { "DELETE FROM record WHERE number > $1", "n" },
	[DROP_BLOCKS] = { "DELETE FROM block WHERE number > $1", "n" },

	[PUT_CHAIN] = { "INSERT INTO chain (id, name) VALUES (1, $1)"
	    " ON CONFLICT DO NOTHING", "t" },
	[ASK_CHAIN] = { "SELECT name FROM chain", "" },
	[ASK_TIP] = { "SELECT number, digest FROM block"
	    " ORDER BY number DESC LIMIT 1", "" },
	[ASK_DIGEST] = { "SELECT digest FROM block WHERE number = $1", "n" },
	[ASK_OWNER] = { "SELECT kind, item, asset_id, since, tx_id FROM holding"
	    " WHERE owner = $1 AND until IS NULL ORDER BY since, position",
	    "t" },
	[ASK_OWNER_SHARES] = { "SELECT share_id, quantity FROM share_move"
	    " WHERE owner = $1 ORDER BY share_id", "t" },
	[ASK_ASSET] = { "SELECT name, fingerprint, metadata, registrant, number"
	    " FROM asset WHERE asset_id = $1", "b" },
	[ASK_ASSET_OWNERS] = { "SELECT kind, item, owner, since FROM holding"
	    " WHERE asset_id = $1 AND until IS NULL ORDER BY since, position",
	    "b" },
	[ASK_HISTORY] = { "SELECT since, until, kind, owner, tx_id FROM holding"
	    " WHERE item = $1 ORDER BY since, position", "b" },
	[ASK_HOLDERS] = { "SELECT owner, quantity FROM share_move"
	    " WHERE share_id = $1 ORDER BY owner", "b" },
};
