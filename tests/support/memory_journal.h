/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A journal over memory, with faults on demand.
 */
#ifndef TESTS_MEMORY_JOURNAL_H
#define TESTS_MEMORY_JOURNAL_H

#include <bitmarkpeer/journal.h>

struct memory_row {
	uint8_t key[BITMARK_JOURNAL_KEY_MAX];
	size_t key_size;
	uint8_t *value;
	size_t value_size;
};

struct memory_rows {
	struct memory_row *row;         /* sorted by key */
	size_t count;
	size_t capacity;
};

struct memory_journal {
	struct memory_rows committed;
	struct memory_rows next;        /* with the change that is open */
	bool open;
	bitmark_status failed;
	unsigned commits;               /* that had something to do     */
	bool broken;                    /* every change fails           */
	unsigned commits_max;           /* then all fail; 0: never      */
	size_t room;                    /* pages that a change may take,
	                                   one for each row at least; 0:
	                                   as many as it likes          */
	size_t pages;                   /* of the change that is open   */
	unsigned puts, dels;            /* calls, also those that fail  */
	struct bitmark_journal functions;
};

void memory_journal_init(struct memory_journal *journal);
void memory_journal_fini(struct memory_journal *journal);

/* Forget the change that is open, as a crash does. */
void memory_journal_crash(struct memory_journal *journal);

#endif
