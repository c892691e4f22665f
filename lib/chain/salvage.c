/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks that can still be found in the file of a damaged store.
 *
 * Rows of blocks are first looked for by the trees of both meta pages, as far
 * as those lead; when a part of them is gone, all other pages are searched for
 * leaves that look like theirs.  Such a page may be an old one that is free by
 * now: a row that a tree leads to goes before one that was merely found.
 * Nothing here is believed: the new store verifies each block.
 */
#include "chain/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/env.h"
#include "chain/format.h"
#include "chain/journal.h"
#include "chain/rows.h"
#include "chain/runs.h"
#include "chain/tree.h"
#include "codec/codec.h"
#include "codec/log.h"

/* Blocks that one row can have: their number has 16 bits. */
#define ROW_BLOCKS_MAX 65535

/* Longer rows are none: a block, its end and their number.  Bytes. */
#define ROW_SIZE_MAX ((size_t)BITMARK_BLOCK_MAX + 64)

/* First format that says which rules it follows. */
#define FORMAT_WITH_RULES 3

/* Longest name of a chain. */
#define NAME_MAX_SIZE 32

/* A row of blocks in the file. */
struct row {
	uint64_t first;                 /* number of its first block        */
	uint64_t at;
	size_t size;
	unsigned rank;                  /* newest commit, older, no tree    */
};

struct salvage {
	struct bm_pages pages;
	int fd;
	uint8_t *used;                  /* bits of struct bm_walk           */
	unsigned rank;                  /* of rows that are found now       */

	struct row *rows;
	size_t count, capacity;
	uint64_t newest;                /* number of a block, or 0          */
	char chain[NAME_MAX_SIZE];      /* or ""                            */
	const struct bitmark_rules *rules;      /* or NULL                  */
	bool has_journal;
	struct bm_tree journal;

	uint64_t next;                  /* number of the block that is next */
	uint8_t *row;                   /* the row that it may be in        */
	uint64_t row_first;
	struct bm_run run;
};

static void
salvage_close(void *user)
{
	struct salvage *s = user;

	if (s->fd >= 0)
		close(s->fd);
	free(s->used);
	free(s->rows);
	free(s->row);
	free(s);
}

/*
 * Finding rows.
 */

/* bm_node_fn of a tree of blocks. */
static bitmark_status
on_row(void *user, const struct bm_node *node)
{
	struct salvage *s = user;

	if (node->key.size != BM_NUMBER_KEY_SIZE || node->is_tree ||
	    node->size > ROW_SIZE_MAX)
		return BITMARK_OK;
	if (s->count == s->capacity) {
		size_t capacity = 2 * s->capacity + 64;
		struct row *more = realloc(s->rows, capacity * sizeof *more);

		if (more == NULL)
			return BITMARK_E_NOMEM;
		s->rows = more;
		s->capacity = capacity;
	}
	s->rows[s->count++] = (struct row){
		.first = bm_get_u64be(node->key.data),
		.at = node->at,
		.size = node->size,
		.rank = s->rank,
	};
	return BITMARK_OK;
}

/* Walk a tree for all that is left of it.  Both meta pages lead to mostly the
 * same pages: those of the first are not walked again. */
static bitmark_status
walk(struct salvage *s, const struct bm_tree *tree, bm_node_fn row, void *user)
{
	struct bm_walk w = {
		.pages = &s->pages,
		.way = BM_WALK_SAVE,
		.used = s->used,
		.last_page = s->pages.count - 1,
		.row = row,
		.user = user,
	};

	return bm_tree_walk(&w, tree);
}

/* LMDB stores the names of tables and keys without a NUL. */
static bool
is_key(const struct bm_node *row, const char *name)
{
	return row->key.size == strlen(name) &&
	    memcmp(row->key.data, name, row->key.size) == 0;
}

/* Rows of "meta" come in the order of their names: one of format 2 or before
 * has no rules, and has followed those of 8.2. */
static void
on_rules(struct salvage *s, const struct bm_node *row)
{
	uint8_t data[NAME_MAX_SIZE];

	if (s->rules == NULL && row->size <= sizeof data &&
	    bm_pages_bytes(&s->pages, row->at, data, row->size) == BITMARK_OK)
		s->rules = is_key(row, BM_META_RULES) ?
		    bm_format_find_rules((struct bitmark_span){ data,
		    row->size }) : bm_get_u64be(data) < FORMAT_WITH_RULES ?
		    bitmark_rules_8_2() : NULL;
}

/* bm_node_fn of "meta": of which chain it is, and under which rules. */
static bitmark_status
on_meta(void *user, const struct bm_node *row)
{
	struct salvage *s = user;

	if (is_key(row, BM_META_RULES) || (is_key(row, BM_META_FORMAT) &&
	    row->size == sizeof(uint64_t)))
		on_rules(s, row);

	if (is_key(row, BM_META_CHAIN) && row->size < sizeof s->chain &&
	    bm_pages_bytes(&s->pages, row->at, s->chain, row->size) !=
	    BITMARK_OK)
		s->chain[0] = '\0';
	return BITMARK_OK;
}

/* bm_node_fn of the main tree.  How many blocks there were is told by the rows
 * of heights, which are one for each. */
static bitmark_status
on_table(void *user, const struct bm_node *row)
{
	struct salvage *s = user;
	struct bm_tree tree;

	if (!row->is_tree || bm_pages_bytes(&s->pages, row->at, &tree,
	    sizeof tree) != BITMARK_OK)
		return BITMARK_OK;
	if (is_key(row, bm_table_name(BM_TABLE_META)))
		return walk(s, &tree, on_meta, s);
	if (is_key(row, bm_table_name(BM_TABLE_RUNS)))
		return walk(s, &tree, on_row, s);
	if (is_key(row, bm_table_name(BM_TABLE_HEIGHTS)) && s->rank == 0)
		s->newest = BITMARK_GENESIS_NUMBER + tree.entries;
	if (is_key(row, bm_table_name(BM_TABLE_JOURNAL)) && !s->has_journal) {
		s->journal = tree;
		s->has_journal = true;
	}
	return BITMARK_OK;
}

/* The newer commit first; one that cannot be read has lost its trees. */
static bitmark_status
walk_commits(struct salvage *s)
{
	struct bm_meta meta[BM_META_PAGES];
	bool sound[BM_META_PAGES];
	bitmark_status status = BITMARK_OK;
	unsigned newer;

	for (unsigned i = 0; i < BM_META_PAGES; i++) {
		const char *fault;

		sound[i] = bm_pages_meta(&s->pages, i, &meta[i], &fault) ==
		    BITMARK_OK;
	}
	newer = sound[1] && (!sound[0] || meta[1].commit > meta[0].commit);
	for (unsigned i = 0; status == BITMARK_OK && i < BM_META_PAGES; i++) {
		unsigned which = i == 0 ? newer : !newer;

		s->rank = i;
		if (sound[which])
			status = walk(s, &meta[which].tree[BM_TREE_MAIN],
			    on_table, s);
	}
	/* The newest commit may have been the one that is lost. */
	if (!sound[0] || !sound[1] ||
	    meta[newer].commit - meta[!newer].commit > 1)
		s->newest = 0;
	return status;
}

/* Pages that no tree has, for rows of blocks. */
static bitmark_status
search(struct salvage *s)
{
	const struct bm_walk w = { .used = s->used };
	uint8_t *buffer = malloc(s->pages.page_size);
	bitmark_status status = BITMARK_OK;

	if (buffer == NULL)
		return BITMARK_E_NOMEM;
	s->rank = BM_META_PAGES;
	for (bm_page_number i = BM_META_PAGES;
	    status == BITMARK_OK && i < s->pages.count; i++) {
		struct bm_page page;

		if (bm_walk_is_used(&w, i) || bm_pages_read(&s->pages, i,
		    buffer, &page) != NULL || page.kind != BM_PAGE_LEAF)
			continue;
		for (unsigned n = 0; status == BITMARK_OK && n < page.count;
		    n++) {
			struct bm_node node;

			if (bm_page_node(&s->pages, &page, n, &node) == NULL)
				status = on_row(s, &node);
		}
	}
	free(buffer);
	return status;
}

/* By number; of several with one number those of the newest commit first, and of
 * equals the longer ones: a row grows while blocks are added. */
static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->size < y->size) - (x->size > y->size);
}

/* The search reads the whole file.  It is always done: a tree that has lost a
 * page does not say which rows were below it. */
static bitmark_status
find_rows(struct salvage *s)
{
	bitmark_status status;

	s->used = calloc(1, bm_walk_used_size(&s->pages));
	if (s->used == NULL)
		return BITMARK_E_NOMEM;
	status = walk_commits(s);
	if (status == BITMARK_OK)
		status = search(s);
	if (status == BITMARK_OK && s->count > 1)
		qsort(s->rows, s->count, sizeof *s->rows, compare_rows);
	return status;
}

/*
 * Reading blocks.
 */

/* Is the block of the run, by what its header says, number ${number}? */
static bool
has_block(const struct bm_run *run, uint64_t first, uint64_t number,
    struct bitmark_span *block)
{
	struct bitmark_header header;

	if (number >= first && number - first < run->count &&
	    bm_run_block(run, number - first, block) == BITMARK_OK &&
	    bitmark_header_parse(block->data, block->size, &header) ==
	    BITMARK_OK && header.number == number)
		return true;
	block->data = NULL;
	return false;
}

/* A row that cannot be read has no blocks. Only errors of the machine end the
 * work. */
static bitmark_status
read_row(struct salvage *s, const struct row *row)
{
	uint8_t *data = malloc(row->size + 1);
	bitmark_status status;

	if (data == NULL)
		return BITMARK_E_NOMEM;
	free(s->row);
	s->row = data;
	s->row_first = row->first;
	s->run.count = 0;
	status = bm_pages_bytes(&s->pages, row->at, data, row->size);
	if (status == BITMARK_OK)
		status = bm_run_read((struct bitmark_span){ data, row->size },
		    &s->run);
	if (status != BITMARK_OK)
		s->run.count = 0;
	return status == BITMARK_E_STORE_CORRUPT || status == BITMARK_E_IO ?
	    BITMARK_OK : status;
}

/* Rows before this one begin with ${number} or below it. */
static size_t
rows_up_to(const struct salvage *s, uint64_t number)
{
	size_t from = 0, to = s->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (s->rows[middle].first <= number)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Rows that begin with the same number are tried from the first on, and those
 * with lower numbers after them.  ${block} stays empty: it is in none. */
static bitmark_status
find_block(struct salvage *s, uint64_t number, struct bitmark_span *block)
{
	size_t end = rows_up_to(s, number);

	while (end > 0) {
		const uint64_t first = s->rows[end - 1].first;
		size_t begin = end;

		if (number - first > ROW_BLOCKS_MAX)
			break;
		while (begin > 0 && s->rows[begin - 1].first == first)
			begin--;
		for (size_t i = begin; i < end; i++) {
			bitmark_status status = read_row(s, &s->rows[i]);

			if (status != BITMARK_OK || has_block(&s->run, first,
			    number, block))
				return status;
		}
		end = begin;
	}
	return BITMARK_OK;
}

/* bm_next_block_fn */
static bitmark_status
salvage_next(void *user, uint8_t **block, size_t *size)
{
	struct salvage *s = user;
	struct bitmark_span found = { NULL, 0 };
	bitmark_status status = BITMARK_OK;

	*block = NULL;
	if (!has_block(&s->run, s->row_first, s->next, &found))
		status = find_block(s, s->next, &found);
	if (status != BITMARK_OK || found.data == NULL)
		return status;
	s->next++;
	return bm_source_copy(found, block, size);
}

/*
 * The journal.
 */

struct carry {
	const struct salvage *s;
	struct bitmark_journal journal;
};

/* bm_node_fn.  A row that was damaged is found out by the reservoir. */
static bitmark_status
carry_row(void *user, const struct bm_node *row)
{
	struct carry *c = user;
	uint8_t *value;
	bitmark_status status;

	if (row->size > BITMARK_BLOCK_MAX ||
	    row->key.size > BITMARK_JOURNAL_KEY_MAX)
		return BITMARK_OK;
	value = malloc(row->size + 1);
	if (value == NULL)
		return BITMARK_E_NOMEM;
	status = bm_pages_bytes(&c->s->pages, row->at, value, row->size);
	if (status == BITMARK_OK)
		status = c->journal.put(c->journal.user, row->key,
		    (struct bitmark_span){ value, row->size });
	free(value);
	return status;
}

/* Without the tree of the journal its rows are lost: they look like any others,
 * and the network has the transactions. */
static bitmark_status
salvage_carry(void *user, struct bitmark_chain *to)
{
	struct salvage *s = user;
	struct carry c = {
		.s = s,
		.journal = { .struct_size = sizeof c.journal },
	};
	struct bitmark_chain_journal *journal;
	bitmark_status status;

	if (!s->has_journal)
		return BITMARK_OK;
	status = bitmark_chain_journal_open(&journal, to);
	if (status != BITMARK_OK)
		return status;
	bitmark_chain_journal_get(journal, &c.journal);
	status = walk(s, &s->journal, carry_row, &c);
	if (status == BITMARK_OK)
		status = c.journal.commit(c.journal.user);
	bitmark_chain_journal_close(journal);
	return status;
}

/* The name of the chain may be damaged itself: only one that exists counts. */
static bitmark_status
open_file(struct salvage *s, const struct bitmark_chain_config *config)
{
	char *path = bm_store_path(config->path, BM_STORE_DATA_FILE);
	bitmark_status status;

	if (path == NULL)
		return BITMARK_E_NOMEM;
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (s->fd < 0)
		return bm_store_status(errno);
	status = bm_pages_guess(&s->pages, s->fd);
	if (status == BITMARK_OK)
		status = find_rows(s);
	if (status == BITMARK_OK && s->chain[0] != '\0' &&
	    strcmp(s->chain, config->params->name) != 0 &&
	    bitmark_chain_params_find(s->chain) != NULL)
		status = BITMARK_E_STORE_CHAIN;
	bm_log(config->env, BITMARK_LOG_DEBUG, "reindex", "%zu rows of blocks "
	    "found: %s", s->count, bm_log_outcome(status));
	return status;
}

/* The amount of work is not known, as rows may be found twice or be wrong. */
bitmark_status
bm_salvage_open(struct bm_source *source,
    const struct bitmark_chain_config *config)
{
	struct salvage *s = calloc(1, sizeof *s);
	bitmark_status status;

	if (s == NULL)
		return BITMARK_E_NOMEM;
	s->fd = -1;
	s->next = BITMARK_GENESIS_NUMBER + 1;
	status = open_file(s, config);
	if (status != BITMARK_OK) {
		salvage_close(s);
		return status;
	}
	*source = (struct bm_source){
		.user = s,
		.next = salvage_next,
		.carry = salvage_carry,
		.close = salvage_close,
		.newest = s->newest,
		.rules = s->rules,
	};
	return BITMARK_OK;
}
