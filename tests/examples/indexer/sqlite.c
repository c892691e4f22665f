/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The index in a file of SQLite, which others may read meanwhile.
 */
#include "database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Another program may have the file locked for so long.  Milliseconds. */
#define BUSY_MS 60000
#define COLUMNS_MAX 8

struct database {
	sqlite3 *file;
	sqlite3_stmt *statements[STATEMENTS];
};

static int
failed(struct database *d)
{
	fprintf(stderr, "indexer: SQLite: %s\n", sqlite3_errmsg(d->file));
	return -1;
}

static int
execute(struct database *d, const char *sql)
{
	return sqlite3_exec(d->file, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 :
	    failed(d);
}

static int
prepare(struct database *d)
{
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(d->file, statement_texts[i].text, -1,
		    SQLITE_PREPARE_PERSISTENT, &d->statements[i], NULL) !=
		    SQLITE_OK)
			return failed(d);
	return 0;
}

struct database *
database_open(const char *where)
{
	struct database *d = calloc(1, sizeof *d);

	if (d == NULL) {
		fprintf(stderr, "indexer: out of memory\n");
		return NULL;
	}
	if (sqlite3_open(where, &d->file) != SQLITE_OK ||
	    sqlite3_busy_timeout(d->file, BUSY_MS) != SQLITE_OK)
		(void)failed(d);
	/* With a log of its own a transaction is one write, and readers see the
	 * state before it until it is whole.  After a power cut the newest ones
	 * may be missing, which are then followed again. */
	else if (execute(d, "PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536") == 0 &&
	    execute(d, tables_text) == 0 && prepare(d) == 0)
		return d;
	database_close(d);
	return NULL;
}

void
database_close(struct database *d)
{
	if (d == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(d->statements[i]);
	sqlite3_close(d->file);
	free(d);
}

/* What a writer that was killed had begun is gone with it, and one that lives is
 * seen at the first block that both add. */
int
database_lock(struct database *d)
{
	(void)d;
	return 0;
}

/* The lock is taken at once, not at the first change: two writers wait for each
 * other here, and nowhere else. */
int
database_begin(struct database *d)
{
	return execute(d, "BEGIN IMMEDIATE");
}

int
database_commit(struct database *d)
{
	return execute(d, "COMMIT");
}

/* Bytes of size 0 are no null: they need an address. */
static int
bind(sqlite3_stmt *statement, const char *types, const struct value *values)
{
	int result = SQLITE_OK;

	for (int i = 0; types[i] != '\0' && result == SQLITE_OK; i++) {
		const struct value *v = &values[i];

		if (types[i] == 'n')
			result = sqlite3_bind_int64(statement, i + 1,
			    v->number);
		else if (types[i] == 'b')
			result = sqlite3_bind_blob(statement, i + 1, v->data,
			    (int)v->size, SQLITE_STATIC);
		else
			result = sqlite3_bind_text(statement, i + 1, v->data,
			    (int)v->size, SQLITE_STATIC);
	}
	return result;
}

int
database_run(struct database *d, enum statement which,
    const struct value *values)
{
	sqlite3_stmt *statement = d->statements[which];
	int result = bind(statement, statement_texts[which].types, values);

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result != SQLITE_DONE)
		(void)failed(d);
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? 0 : -1;
}

/* Bytes as hex digits: no id has more than 64 of them. */
static const char *
column_hex(sqlite3_stmt *statement, int i, char hex[2 * 64 + 1])
{
	const uint8_t *bytes = sqlite3_column_blob(statement, i);
	const int size = sqlite3_column_bytes(statement, i);

	hex[0] = '\0';
	for (int j = 0; j < size && j < 64; j++)
		sprintf(hex + 2 * j, "%02x", bytes[j]);
	return hex;
}

/* The type is asked first: reading a column as text changes it. */
static void
give_row(sqlite3_stmt *statement, database_row_fn each, void *user)
{
	const int count = sqlite3_column_count(statement);
	char hex[COLUMNS_MAX][2 * 64 + 1];
	const char *columns[COLUMNS_MAX];

	for (int i = 0; i < count; i++) {
		const int type = sqlite3_column_type(statement, i);

		if (type == SQLITE_BLOB)
			columns[i] = column_hex(statement, i, hex[i]);
		else if (type == SQLITE_NULL)
			columns[i] = "";
		else
			columns[i] = (const char *)sqlite3_column_text(
			    statement, i);
	}
	each(user, columns, (size_t)count);
}

int
database_ask(struct database *d, enum statement which,
    const struct value *values, database_row_fn each, void *user)
{
	sqlite3_stmt *statement = d->statements[which];
	int result = bind(statement, statement_texts[which].types, values);

	if (result == SQLITE_OK)
		while ((result = sqlite3_step(statement)) == SQLITE_ROW)
			give_row(statement, each, user);
	if (result != SQLITE_DONE)
		(void)failed(d);
	sqlite3_reset(statement);
	return result == SQLITE_DONE ? 0 : -1;
}
