/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * indexer - copies what a chain says into a database, follows it, and answers who
 * owns what.
 *
 * Blocks come in batches.  Each batch is one transaction of the database, with
 * the number and digest of its blocks in it: after a crash at any time the
 * database says how far it is, and following goes on from there.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer.h>

#include "answer.h"
#include "database.h"
#include "follow.h"
#include "rows.h"

/* Between two looks for a new block.  Milliseconds. */
#define LOOK_MS 1000

static volatile sig_atomic_t stopping;
static struct bitmark_client *node;

struct indexer {
	struct database *database;
	const struct bitmark_chain_params *params;
	struct follow_place place;
};

/* The functions below return 0, or -1 when stderr says why. */
static int
failed(const char *what, bitmark_status status)
{
	fprintf(stderr, "indexer: %s: %s\n", what, bitmark_strerror(status));
	return -1;
}

/* --- how far the index is ----------------------------------------------------- */

static void
take_tip(void *user, const char *const *columns, size_t count)
{
	struct indexer *ix = user;
	size_t size;

	if (count == 2 && bitmark_hex_decode(columns[1], strlen(columns[1]),
	    ix->place.digest, sizeof ix->place.digest, &size) == BITMARK_OK)
		ix->place.number = strtoull(columns[0], NULL, 10);
}

/* An empty index is where every chain begins. */
static int
read_tip(struct indexer *ix)
{
	ix->place.number = BITMARK_GENESIS_NUMBER;
	memcpy(ix->place.digest, ix->params->genesis_digest,
	    sizeof ix->place.digest);
	return database_ask(ix->database, ASK_TIP, NULL, take_tip, ix);
}

static void
take_digest(void *user, const char *const *columns, size_t count)
{
	struct follow_place *place = user;
	size_t size;

	if (count == 1 && bitmark_hex_decode(columns[0], strlen(columns[0]),
	    place->digest, sizeof place->digest, &size) == BITMARK_OK)
		place->number = 1;
}

/* A follow_digest_fn. */
static int
digest_of(void *user, uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct indexer *ix = user;
	const struct value values[] = { { .number = (int64_t)number } };
	struct follow_place found = { .number = 0 };

	if (database_ask(ix->database, ASK_DIGEST, values, take_digest,
	    &found) != 0)
		return -1;
	if (found.number == 0)
		return failed("the index", BITMARK_E_BLOCK_NOT_FOUND);
	memcpy(digest, found.digest, sizeof found.digest);
	return 0;
}

static void
compare_name(void *user, const char *const *columns, size_t count)
{
	const char **name = user;

	if (count != 1 || *name == NULL || strcmp(columns[0], *name) != 0)
		*name = NULL;
}

/* An index stays with its chain: another one would undo all of it. */
static int
mark_chain(struct indexer *ix)
{
	const char *name = ix->params->name;
	const struct value values[] = { { .data = name,
	    .size = strlen(name) } };

	if (database_begin(ix->database) != 0 ||
	    database_run(ix->database, PUT_CHAIN, values) != 0 ||
	    database_commit(ix->database) != 0 ||
	    database_ask(ix->database, ASK_CHAIN, NULL, compare_name,
	    &name) != 0)
		return -1;
	return name != NULL ? 0 :
	    failed("the index", BITMARK_E_STORE_CHAIN);
}

/* --- following ------------------------------------------------------------------ */

static int
add_batch(struct indexer *ix, const struct follow_batch *batch)
{
	const struct follow_block *last = &batch->block[batch->count - 1];

	if (database_begin(ix->database) != 0)
		return -1;
	for (size_t i = 0; i < batch->count; i++)
		if (rows_add(ix->database, batch->block[i].data,
		    batch->block[i].size, batch->block[i].digest,
		    ix->params) != 0)
			return -1;
	if (database_commit(ix->database) != 0)
		return -1;
	ix->place.number = last->number;
	memcpy(ix->place.digest, last->digest, sizeof ix->place.digest);
	printf("block %" PRIu64 "\n", last->number);
	return 0;
}

static int
take_back(struct indexer *ix, uint64_t number)
{
	if (database_begin(ix->database) != 0 ||
	    rows_take_back(ix->database, number) != 0 ||
	    database_commit(ix->database) != 0)
		return -1;
	printf("back to block %" PRIu64 "\n", number);
	return read_tip(ix);
}

/* One step; 1: there is nothing to do now, -1: the database has failed. */
static int
step(struct indexer *ix)
{
	static struct follow_batch batch;
	uint64_t back;
	int result;

	switch (follow_next(node, &ix->place, digest_of, ix, &batch, &back)) {
	case FOLLOW_BLOCKS:
		result = add_batch(ix, &batch);
		follow_free(&batch);
		return result;
	case FOLLOW_BACK:
		return take_back(ix, back);
	case FOLLOW_FAILED:             /* perhaps the node starts again */
	case FOLLOW_CURRENT:
		break;
	}
	return 1;
}

/* A batch that is being stored is finished first: stopping is looked at between
 * two, and a question to the node is broken off. */
static void
stop(int signal)
{
	(void)signal;
	stopping = 1;
	bitmark_client_cancel(node);
}

/* "once": until there is nothing to do; else until a signal comes. */
static int
follow(struct indexer *ix, bool once)
{
	int result = 0;

	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (!stopping && result >= 0) {
		result = step(ix);
		if (result == 1 && once)
			break;
		if (result == 1 && !stopping)
			poll(NULL, 0, LOOK_MS);
	}
	return result < 0 ? -1 : 0;
}

/* NODE is KEY@HOST:PORT. */
static int
open_node(const char *text, const char *chain)
{
	struct bitmark_client_config config = { .struct_size = sizeof config };
	const char *at = strchr(text, '@');
	bitmark_status status = BITMARK_E_PUBLIC_KEY;

	config.chain = chain;
	config.address = at != NULL ? at + 1 : "";
	if (at != NULL)
		status = bitmark_peer_key_parse_public(text,
		    (size_t)(at - text), config.server_key);
	if (status == BITMARK_OK)
		status = bitmark_client_open(&node, &config);
	return status == BITMARK_OK ? 0 : failed(text, status);
}

/* follow|once CHAIN NODE */
static int
command_follow(struct database *database, char **argv)
{
	struct indexer ix = { .database = database };
	int result = -1;

	ix.params = bitmark_chain_params_find(argv[1]);
	if (ix.params == NULL)
		return failed(argv[1], BITMARK_E_INVALID_CHAIN);
	if (database_lock(database) == 0 && mark_chain(&ix) == 0 && read_tip(&ix) == 0 &&
	    open_node(argv[2], argv[1]) == 0) {
		result = follow(&ix, strcmp(argv[0], "once") == 0);
		bitmark_client_close(node);
	}
	return result;
}

int
main(int argc, char **argv)
{
	const bool follows = argc == 5 && (strcmp(argv[2], "follow") == 0 ||
	    strcmp(argv[2], "once") == 0);
	const bool asks = argc == 4 && (strcmp(argv[2], "owner") == 0 ||
	    strcmp(argv[2], "asset") == 0 || strcmp(argv[2], "history") == 0);
	struct database *database;
	int result;

	if (!follows && !asks) {
		fprintf(stderr, "usage: indexer DATABASE follow|once CHAIN "
		    "KEY@HOST:PORT\n"
		    "       indexer DATABASE owner ACCOUNT\n"
		    "       indexer DATABASE asset|history ID\n");
		return 1;
	}
	database = database_open(argv[1]);
	if (database == NULL)
		return 1;
	result = follows ? command_follow(database, argv + 2) :
	    answer(database, argv[2], argv[3]);
	database_close(database);
	return result == 0 && fflush(stdout) == 0 ? 0 : 1;
}
