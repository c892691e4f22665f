/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * database - runs statements in a database: SQLite (sqlite.c) or PostgreSQL
 * (postgresql.c).  Neither knows what a block is.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "statements.h"

/* A value of a statement's parameter.  Bytes and text are borrowed; data NULL is
 * the null of SQL. */
struct value {
	int64_t number;
	const void *data;
	size_t size;
};

/* A column of an answer: as text, bytes as hex digits, "" for null.  Valid
 * during the call. */
typedef void (*database_row_fn)(void *user, const char *const *columns,
    size_t count);

struct database;

/* Open, and make the tables where they are missing.  NULL, or -1 below: stderr
 * says why; after that the database is only good for closing. */
struct database *database_open(const char *where);
void database_close(struct database *database);

/* Become the only one who writes, and wait for another one to end. */
int database_lock(struct database *database);

/* Everything between these two is done, or after a crash nothing of it. */
int database_begin(struct database *database);
int database_commit(struct database *database);

/* Run a statement that gives no rows: within begin and commit.  It may be done
 * later than this call, but in its order. */
int database_run(struct database *database, enum statement statement,
    const struct value *values);

/* Ask: ${each} is called for each row. */
int database_ask(struct database *database, enum statement statement,
    const struct value *values, database_row_fn each, void *user);

#endif
