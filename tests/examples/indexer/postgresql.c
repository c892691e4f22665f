/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The index in a database of PostgreSQL.
 *
 * A statement that is sent alone costs the way to the server and back.  Inside a
 * transaction they are sent one after the other without waiting (the "pipeline
 * mode" of libpq), and the results are read every few hundred statements: few
 * enough that neither side fills the buffers of the other and waits for ever.
 */
#include "database.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNREAD_MAX 400
#define COLUMNS_MAX 8

/* Types of parameters and columns.  Source: PostgreSQL, catalog/pg_type.dat */
#define TYPE_BYTEA 17
#define TYPE_INT8 20
#define TYPE_TEXT 25

struct database {
	PGconn *connection;
	int unread;                     /* statements without a result yet */
};

static int
failed(const char *text)
{
	fprintf(stderr, "indexer: PostgreSQL: %s", text);
	return -1;
}

/* What is told about tables that are there already is of no use. */
static void
ignore(void *user, const char *message)
{
	(void)user;
	(void)message;
}

/* --- opening ------------------------------------------------------------------------ */

static void
statement_name(enum statement statement, char name[16])
{
	snprintf(name, 16, "s%d", (int)statement);
}

/* ${result} is freed. */
static int
check(PGresult *result)
{
	const ExecStatusType status = PQresultStatus(result);
	int value = 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		value = failed(PQresultErrorMessage(result));
	PQclear(result);
	return value;
}

static int
prepare(struct database *d)
{
	for (int i = 0; i < STATEMENTS; i++) {
		const char *types = statement_texts[i].types;
		const int count = (int)strlen(types);
		Oid oids[PARAMETERS_MAX];
		char name[16];

		for (int j = 0; j < count; j++)
			oids[j] = types[j] == 'n' ? TYPE_INT8 :
			    types[j] == 'b' ? TYPE_BYTEA : TYPE_TEXT;
		statement_name((enum statement)i, name);
		if (check(PQprepare(d->connection, name,
		    statement_texts[i].text, count, oids)) != 0)
			return -1;
	}
	return 0;
}

struct database *
database_open(const char *where)
{
	struct database *d = calloc(1, sizeof *d);

	if (d == NULL) {
		(void)failed("out of memory\n");
		return NULL;
	}
	d->connection = PQconnectdb(where);
	PQsetNoticeProcessor(d->connection, ignore, NULL);
	if (PQstatus(d->connection) != CONNECTION_OK)
		(void)failed(PQerrorMessage(d->connection));
	else if (check(PQexec(d->connection, tables_text)) == 0 &&
	    prepare(d) == 0)
		return d;
	database_close(d);
	return NULL;
}

void
database_close(struct database *d)
{
	if (d == NULL)
		return;
	PQfinish(d->connection);
	free(d);
}

/* The server may go on for a moment with what a writer has sent that was killed:
 * how far the index is can only be read after that. */
int
database_lock(struct database *d)
{
	return check(PQexec(d->connection, "SELECT pg_advisory_lock("
	    "hashtext('indexer ' || current_schema()))"));
}

/* --- statements ----------------------------------------------------------------------- */

/* Parameters as libpq takes them: all in binary form. */
struct parameters {
	int count;
	const char *values[PARAMETERS_MAX];
	int sizes[PARAMETERS_MAX];
	int formats[PARAMETERS_MAX];
	uint8_t numbers[PARAMETERS_MAX][8];     /* big endian */
};

static void
set_parameters(const char *types, const struct value *values,
    struct parameters *p)
{
	p->count = (int)strlen(types);
	for (int i = 0; i < p->count; i++) {
		uint64_t number = (uint64_t)values[i].number;

		p->formats[i] = 1;
		p->values[i] = values[i].data;
		p->sizes[i] = (int)values[i].size;
		if (types[i] != 'n')
			continue;
		for (int byte = 7; byte >= 0; byte--, number >>= 8)
			p->numbers[i][byte] = (uint8_t)number;
		p->values[i] = (const char *)p->numbers[i];
		p->sizes[i] = 8;
	}
}

/* Read what the server has answered to all that was sent.  After each answer
 * libpq gives a NULL; two of them mean that the server is gone. */
static int
read_answers(struct database *d)
{
	bool done = false, was_null = false;
	int value = 0;

	if (PQpipelineSync(d->connection) != 1)
		return failed(PQerrorMessage(d->connection));
	while (!done) {
		PGresult *result = PQgetResult(d->connection);

		if (result == NULL && was_null)
			return failed(PQerrorMessage(d->connection));
		was_null = result == NULL;
		if (was_null)
			continue;
		done = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
		/* After an error the others are not executed: told once. */
		if (done || value != 0)
			PQclear(result);
		else
			value = check(result);
	}
	d->unread = 0;
	return value;
}

static int
send(struct database *d, int sent)
{
	if (sent != 1)
		return failed(PQerrorMessage(d->connection));
	return ++d->unread < UNREAD_MAX ? 0 : read_answers(d);
}

static int
send_text(struct database *d, const char *sql)
{
	return send(d, PQsendQueryParams(d->connection, sql, 0, NULL, NULL,
	    NULL, NULL, 0));
}

int
database_begin(struct database *d)
{
	if (PQenterPipelineMode(d->connection) != 1)
		return failed(PQerrorMessage(d->connection));
	return send_text(d, "BEGIN");
}

int
database_commit(struct database *d)
{
	if (send_text(d, "COMMIT") != 0 || read_answers(d) != 0)
		return -1;
	return PQexitPipelineMode(d->connection) == 1 ? 0 :
	    failed(PQerrorMessage(d->connection));
}

/* libpq copies the parameters. */
int
database_run(struct database *d, enum statement statement,
    const struct value *values)
{
	struct parameters p;
	char name[16];

	statement_name(statement, name);
	set_parameters(statement_texts[statement].types, values, &p);
	return send(d, PQsendQueryPrepared(d->connection, name, p.count,
	    p.values, p.sizes, p.formats, 0));
}

/* Bytes come as \x and hex digits. */
static void
give_row(const PGresult *result, int row, database_row_fn each, void *user)
{
	const int count = PQnfields(result);
	const char *columns[COLUMNS_MAX];

	for (int i = 0; i < count; i++) {
		columns[i] = PQgetvalue(result, row, i);
		if (PQftype(result, i) == TYPE_BYTEA && columns[i][0] == '\\')
			columns[i] += 2;
	}
	each(user, columns, (size_t)count);
}

int
database_ask(struct database *d, enum statement statement,
    const struct value *values, database_row_fn each, void *user)
{
	struct parameters p;
	PGresult *result;
	char name[16];

	statement_name(statement, name);
	set_parameters(statement_texts[statement].types, values, &p);
	result = PQexecPrepared(d->connection, name, p.count, p.values,
	    p.sizes, p.formats, 0);
	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		for (int row = 0; row < PQntuples(result); row++)
			give_row(result, row, each, user);
	return check(result);
}
