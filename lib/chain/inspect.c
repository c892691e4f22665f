/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The transaction keeps other processes from using its pages again, but not the
 * meta page that it began with: that one is read before and after the rest.
 */
#include "chain/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/env.h"
#include "chain/table.h"
#include "chain/tree.h"
#include "codec/log.h"

#define FAULT_SIZE (BM_FAULT_SIZE + 32)

/* Looks at the start of a file before it is called damaged. */
#define START_ATTEMPTS 3

/* One commit of one file. */
struct inspection {
	struct bm_pages pages;
	struct bm_meta meta;
	uint8_t *used;                  /* bits of struct bm_walk */
	bm_page_number *free;
	size_t free_count, free_capacity;
	char fault[FAULT_SIZE];
};

/* The log tells a person what is wrong; the status is for programs. */
static bitmark_status
damaged(const struct bm_store *store, const char *fault)
{
	bm_log(&store->env, BITMARK_LOG_ERROR, "chain", "%s/%s: %s",
	    store->path, BM_STORE_DATA_FILE, fault);
	return BITMARK_E_STORE_CORRUPT;
}

/*
 * The start of the file.
 */

/* A reader may look while another process writes there. */
static bitmark_status
inspect_start(const struct bm_store *store, int fd)
{
	struct bm_pages pages;
	const char *what;
	char fault[FAULT_SIZE];
	bitmark_status status;

	for (int i = 0; i < START_ATTEMPTS; i++) {
		status = bm_pages_open(&pages, fd, &what);
		if (status != BITMARK_E_STORE_CORRUPT)
			break;
	}
	if (status == BITMARK_E_NOT_FOUND &&
	    store->access == BITMARK_CHAIN_WRITE)
		return ftruncate(fd, 0) == 0 ? BITMARK_OK :
		    bm_store_status(errno);
	if (status != BITMARK_E_STORE_CORRUPT)
		return status;
	snprintf(fault, sizeof fault, "the start of the file: %s",
	    what != NULL ? what : "it is none of a store");
	return damaged(store, fault);
}

/* LMDB opens the file by itself later; nothing else has it open yet, or only to
 * read. */
bitmark_status
bm_inspect_start(const struct bm_store *store)
{
	const bool writes = store->access == BITMARK_CHAIN_WRITE;
	char *path = bm_store_path(store->path, BM_STORE_DATA_FILE);
	bitmark_status status;
	int fd;

	if (path == NULL)
		return BITMARK_E_NOMEM;
	fd = open(path, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	free(path);
	if (fd < 0 && writes && errno == ENOENT)
		return BITMARK_OK;
	status = fd < 0 ? bm_store_status(errno) : inspect_start(store, fd);
	(void)bm_file_failed(&store->env, store->path, BM_STORE_DATA_FILE,
	    status);
	if (fd >= 0)
		close(fd);
	return status;
}

/*
 * Trees.
 */

/* A fault inside a table was reported by the walk of that table. */
static bitmark_status
walk(struct inspection *in, const struct bm_tree *tree, struct bm_walk *w,
    const char *name)
{
	bitmark_status status;

	w->pages = &in->pages;
	w->used = in->used;
	w->last_page = in->meta.last_page;
	status = bm_tree_walk(w, tree);
	if (w->faults != 0)
		snprintf(in->fault, sizeof in->fault, "%s: %s", name,
		    w->fault);
	return status;
}

/* Our name for a table, or NULL. */
static const char *
name_of(struct bitmark_span key)
{
	for (int i = 0; i < BM_TABLES; i++) {
		const char *name = bm_table_name((enum bm_table)i);

		if (key.size == strlen(name) &&
		    memcmp(key.data, name, key.size) == 0)
			return name;
	}
	return NULL;
}

/* bm_node_fn of the main tree.  Tables with other orders of keys are none of
 * ours, and are never opened. */
static bitmark_status
on_table(void *user, const struct bm_node *row)
{
	struct inspection *in = user;
	struct bm_walk w = { .way = BM_WALK_CHECK };
	const char *name = name_of(row->key);
	struct bm_tree tree;
	bitmark_status status;

	if (!row->is_tree && name == NULL)
		return BITMARK_OK;
	status = bm_pages_bytes(&in->pages, row->at, &tree, sizeof tree);
	if (status != BITMARK_OK)
		return status;
	if (name != NULL && (!row->is_tree || tree.flags != 0)) {
		snprintf(in->fault, sizeof in->fault, "%s: it is no table",
		    name);
		return BITMARK_E_STORE_CORRUPT;
	}
	return tree.flags != 0 ? BITMARK_OK :
	    walk(in, &tree, &w, name != NULL ? name : "another table");
}

/*
 * Free pages: each row is a list, its length first, the highest page first.
 * LMDB gives them out for new rows.
 */

/* All free pages are kept and sorted: each list is in order, but two lists may
 * name the same page. */
static bitmark_status
keep_free(struct inspection *in, const bm_page_number *list, size_t count)
{
	bm_page_number *more;

	if (in->free_capacity - in->free_count < count) {
		in->free_capacity = 2 * in->free_capacity + count;
		more = realloc(in->free, in->free_capacity * sizeof *more);
		if (more == NULL)
			return BITMARK_E_NOMEM;
		in->free = more;
	}
	memcpy(in->free + in->free_count, list, count * sizeof *list);
	in->free_count += count;
	return BITMARK_OK;
}

/* LMDB merges these lists by their order, and would go wrong with an unsorted
 * one. */
static bool
is_list(const struct inspection *in, const bm_page_number *list, size_t words)
{
	if (words == 0 || list[0] > words - 1)
		return false;
	for (size_t i = 1; i <= list[0]; i++)
		if (list[i] < BM_META_PAGES || list[i] > in->meta.last_page ||
		    (i > 1 && list[i] >= list[i - 1]))
			return false;
	return true;
}

/* bm_node_fn of the tree of free pages. */
static bitmark_status
on_free(void *user, const struct bm_node *row)
{
	struct inspection *in = user;
	bm_page_number *list = malloc(row->size + 1);
	bitmark_status status = BITMARK_E_NOMEM;

	if (list == NULL)
		return status;
	status = bm_pages_bytes(&in->pages, row->at, list, row->size);
	if (status == BITMARK_OK && (row->size % sizeof *list != 0 ||
	    !is_list(in, list, row->size / sizeof *list))) {
		snprintf(in->fault, sizeof in->fault,
		    "free pages: a list is none");
		status = BITMARK_E_STORE_CORRUPT;
	}
	if (status == BITMARK_OK)
		status = keep_free(in, list + 1, list[0]);
	free(list);
	return status;
}

static int
compare_pages(const void *a, const void *b)
{
	const bm_page_number x = *(const bm_page_number *)a;
	const bm_page_number y = *(const bm_page_number *)b;

	return (x > y) - (x < y);
}

/* A page that is free twice, or in use, would be written over. */
static bitmark_status
check_free(struct inspection *in)
{
	const struct bm_walk w = { .used = in->used };

	if (in->free_count > 1)
		qsort(in->free, in->free_count, sizeof *in->free,
		    compare_pages);
	for (size_t i = 0; i < in->free_count; i++) {
		const bm_page_number number = in->free[i];

		/* Free pages at the end may never have been written. */
		if ((i == 0 || number != in->free[i - 1]) &&
		    (number >= in->pages.count ||
		    !bm_walk_is_used(&w, number)))
			continue;
		snprintf(in->fault, sizeof in->fault,
		    "free pages: page %zu: it is used twice", number);
		return BITMARK_E_STORE_CORRUPT;
	}
	return BITMARK_OK;
}

/* The free pages come last, when it is known which pages are in use. */
static bitmark_status
inspect_trees(struct inspection *in)
{
	struct bm_walk tables = {
		.way = BM_WALK_CHECK, .row = on_table, .user = in,
	};
	struct bm_walk free_pages = {
		.way = BM_WALK_CHECK, .row = on_free, .user = in,
		.integer_keys = true,
	};
	bitmark_status status;

	in->used = calloc(1, bm_walk_used_size(&in->pages));
	if (in->used == NULL)
		return BITMARK_E_NOMEM;
	status = walk(in, &in->meta.tree[BM_TREE_MAIN], &tables, "tables");
	if (status == BITMARK_OK)
		status = walk(in, &in->meta.tree[BM_TREE_FREE], &free_pages,
		    "free pages");
	if (status == BITMARK_OK)
		status = check_free(in);
	free(in->free);
	free(in->used);
	return status;
}

/* Is the meta page the one of this transaction?  Every second commit writes it.
 */
static bitmark_status
read_meta(struct inspection *in, size_t commit, bool *moved)
{
	const char *what;
	bitmark_status status = bm_pages_meta(&in->pages,
	    (unsigned)(commit % BM_META_PAGES), &in->meta, &what);

	*moved = in->meta.commit != commit;
	if (status != BITMARK_OK)
		snprintf(in->fault, sizeof in->fault,
		    "the start of the file: %s", what);
	return *moved ? BITMARK_OK : status;
}

bitmark_status
bm_inspect(const struct bm_store *store, MDB_txn *txn, bool *moved)
{
	struct inspection in = { .fault = "" };
	const size_t commit = mdb_txn_id(txn);
	const char *what;
	bitmark_status status;
	int fd;

	*moved = false;
	if (mdb_env_get_fd(store->mdb, &fd) != 0)
		return BITMARK_E_IO;
	status = bm_pages_open(&in.pages, fd, &what);
	/* The start was looked at before: another process is writing to it. */
	if (status == BITMARK_E_STORE_CORRUPT) {
		*moved = true;
		return BITMARK_OK;
	}
	if (status == BITMARK_OK)
		status = read_meta(&in, commit, moved);
	if (status == BITMARK_OK && !*moved) {
		status = inspect_trees(&in);
		if (status == BITMARK_E_STORE_CORRUPT)
			(void)read_meta(&in, commit, moved);
	}
	if (*moved)
		return BITMARK_OK;
	return status == BITMARK_E_STORE_CORRUPT ?
	    damaged(store, in.fault) : status;
}
