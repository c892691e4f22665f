/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "memory_journal.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE 4096

static void
clear_rows(struct memory_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->row[i].value);
	free(rows->row);
	*rows = (struct memory_rows){ 0 };
}

static uint8_t *
copy_of(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, data, size);
	return copy;
}

static void
copy_rows(struct memory_rows *to, const struct memory_rows *from)
{
	clear_rows(to);
	if (from->count == 0)
		return;
	to->row = malloc(from->count * sizeof *to->row);
	ck_assert_ptr_nonnull(to->row);
	for (size_t i = 0; i < from->count; i++) {
		to->row[i] = from->row[i];
		to->row[i].value = copy_of(from->row[i].value,
		    from->row[i].value_size);
	}
	to->count = to->capacity = from->count;
}

/* Index of the first row whose key is not less. */
static size_t
place_of(const struct memory_rows *rows, struct bitmark_span key, bool *found)
{
	size_t low = 0, high = rows->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct memory_row *r = &rows->row[middle];
		size_t size = r->key_size < key.size ? r->key_size : key.size;
		int order = memcmp(r->key, key.data, size);

		if (order < 0 || (order == 0 && r->key_size < key.size))
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < rows->count && rows->row[low].key_size == key.size &&
	    memcmp(rows->row[low].key, key.data, key.size) == 0;
	return low;
}

static bitmark_status
begin(struct memory_journal *j)
{
	if (j->broken)
		j->failed = BITMARK_E_IO;
	if (j->failed == BITMARK_OK && !j->open) {
		copy_rows(&j->next, &j->committed);
		j->open = true;
		j->pages = 0;
	}
	return j->failed;
}

static bitmark_status
take_pages(struct memory_journal *j, size_t size)
{
	j->pages += 1 + size / PAGE_SIZE;
	if (j->failed == BITMARK_OK && j->room != 0 && j->pages > j->room)
		j->failed = BITMARK_E_STORE_FULL;
	return j->failed;
}

static bitmark_status
put(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct memory_journal *j = user;
	struct memory_rows *rows = &j->next;
	bool found;
	size_t at;

	j->puts++;
	if (begin(j) != BITMARK_OK || take_pages(j, value.size) != BITMARK_OK)
		return j->failed;
	at = place_of(rows, key, &found);
	if (!found) {
		if (rows->count == rows->capacity) {
			rows->capacity = 2 * rows->capacity + 1;
			rows->row = realloc(rows->row, rows->capacity *
			    sizeof *rows->row);
			ck_assert_ptr_nonnull(rows->row);
		}
		memmove(rows->row + at + 1, rows->row + at,
		    (rows->count - at) * sizeof *rows->row);
		rows->count++;
		ck_assert_uint_le(key.size, BITMARK_JOURNAL_KEY_MAX);
		memcpy(rows->row[at].key, key.data, key.size);
		rows->row[at].key_size = key.size;
	} else {
		free(rows->row[at].value);
	}
	rows->row[at].value = copy_of(value.data, value.size);
	rows->row[at].value_size = value.size;
	return BITMARK_OK;
}

static bitmark_status
del(void *user, struct bitmark_span key)
{
	struct memory_journal *j = user;
	struct memory_rows *rows = &j->next;
	bool found;
	size_t at;

	j->dels++;
	if (begin(j) != BITMARK_OK || take_pages(j, 0) != BITMARK_OK)
		return j->failed;
	at = place_of(rows, key, &found);
	if (!found)
		return BITMARK_OK;
	free(rows->row[at].value);
	memmove(rows->row + at, rows->row + at + 1,
	    (--rows->count - at) * sizeof *rows->row);
	return BITMARK_OK;
}

static bitmark_status
commit(void *user)
{
	struct memory_journal *j = user;
	bitmark_status status = j->failed;

	if (status == BITMARK_OK && j->open && j->commits_max != 0 &&
	    j->commits >= j->commits_max)
		status = BITMARK_E_STORE_FULL;
	if (status == BITMARK_OK && j->open) {
		clear_rows(&j->committed);
		j->committed = j->next;
		j->next = (struct memory_rows){ 0 };
		j->open = false;
		j->commits++;
	}
	memory_journal_crash(j);
	return status;
}

static bitmark_status
each(void *user, bitmark_journal_row_fn row, void *row_user)
{
	struct memory_journal *j = user;
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; i < j->committed.count && status == BITMARK_OK;
	    i++) {
		const struct memory_row *r = &j->committed.row[i];

		status = row(row_user,
		    (struct bitmark_span){ r->key, r->key_size },
		    (struct bitmark_span){ r->value, r->value_size });
	}
	return status;
}

void
memory_journal_init(struct memory_journal *journal)
{
	*journal = (struct memory_journal){
		.functions = {
			.struct_size = sizeof journal->functions,
			.user = journal,
			.put = put,
			.del = del,
			.commit = commit,
			.each = each,
		},
	};
}

void
memory_journal_fini(struct memory_journal *journal)
{
	clear_rows(&journal->committed);
	clear_rows(&journal->next);
}

void
memory_journal_crash(struct memory_journal *journal)
{
	clear_rows(&journal->next);
	journal->open = false;
	journal->failed = BITMARK_OK;
}
