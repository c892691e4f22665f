/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Answers are lines with tabs between their columns.
 */
#include "answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer.h>

static void
print_row(void *user, const char *const *columns, size_t count)
{
	(void)user;
	for (size_t i = 0; i < count; i++)
		printf("%s%c", columns[i], i + 1 < count ? '\t' : '\n');
}

/* Moves of shares come sorted by whose or which they are: each sum is printed
 * when the next one begins. */
struct sum {
	char key[128];
	uint64_t quantity;
};

static void
print_sum(const struct sum *sum)
{
	if (sum->quantity != 0)
		printf("balance\t%s\t%" PRIu64 "\n", sum->key, sum->quantity);
}

static void
add_move(void *user, const char *const *columns, size_t count)
{
	struct sum *sum = user;

	if (count != 2)
		return;
	if (strcmp(sum->key, columns[0]) != 0) {
		print_sum(sum);
		snprintf(sum->key, sizeof sum->key, "%s", columns[0]);
		sum->quantity = 0;
	}
	sum->quantity += (uint64_t)strtoll(columns[1], NULL, 10);
}

static int
ask(struct database *database, enum statement rows, enum statement moves,
    struct value subject)
{
	struct sum sum = { .quantity = 0 };

	if (database_ask(database, rows, &subject, print_row, NULL) != 0 ||
	    (moves != STATEMENTS && database_ask(database, moves, &subject,
	    add_move, &sum) != 0))
		return -1;
	print_sum(&sum);
	return 0;
}

int
answer(struct database *database, const char *question,
    const char *text)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct value subject = { .data = text, .size = strlen(text) };
	bitmark_status status;

	if (strcmp(question, "owner") == 0)
		return ask(database, ASK_OWNER, ASK_OWNER_SHARES, subject);
	subject.data = id;
	status = bitmark_hex_decode(text, strlen(text), id, sizeof id,
	    &subject.size);
	if (status != BITMARK_OK) {
		fprintf(stderr, "indexer: %s: %s\n", text,
		    bitmark_strerror(status));
		return -1;
	}
	if (strcmp(question, "history") == 0)
		return ask(database, ASK_HISTORY, ASK_HOLDERS, subject);
	return ask(database, ASK_ASSET, STATEMENTS, subject) == 0 ?
	    ask(database, ASK_ASSET_OWNERS, STATEMENTS, subject) : -1;
}
