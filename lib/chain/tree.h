/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * tree - a way through a tree of a store's file, without LMDB.
 *
 * Every page is compared with what LMDB takes for granted: its bounds, its
 * place in the tree, the order of its keys, that no other tree has it.
 */
#ifndef BM_CHAIN_TREE_H
#define BM_CHAIN_TREE_H

#include "chain/pages.h"

#define BM_FAULT_SIZE 160

enum bm_walk_way {
	BM_WALK_CHECK,                  /* ends at the first fault           */
	BM_WALK_SAVE,                   /* goes on behind it                 */
};

/* BITMARK_OK, or an error that ends the walk. */
typedef bitmark_status (*bm_node_fn)(void *user, const struct bm_node *row);

struct bm_walk {
	const struct bm_pages *pages;
	enum bm_walk_way way;
	bool integer_keys;              /* of the tree of free pages         */
	uint8_t *used;                  /* a bit for each page of the file:
	                                   those of trees; shared by walks   */
	bm_page_number last_page;       /* none is behind it                 */
	bm_node_fn row;                 /* NULL: only look                   */
	void *user;

	size_t faults;
	char fault[BM_FAULT_SIZE];      /* the first: page, and what is wrong */

	/* The walk itself. */
	uint8_t *buffer;                /* a page for each level             */
	unsigned depth;
	size_t branch_pages, leaf_pages, overflow_pages, entries;
};

/*
 * bm_tree_walk(walk, tree):
 * All rows of ${tree}, in order.  Returns BITMARK_OK, BITMARK_E_STORE_CORRUPT
 * (a fault, with BM_WALK_CHECK), BITMARK_E_NOMEM, or an error of row.
 */
bitmark_status bm_tree_walk(struct bm_walk *walk, const struct bm_tree *tree);

/* Is page ${number}, which is in the file, one of those of trees? */
bool bm_walk_is_used(const struct bm_walk *walk, bm_page_number number);

/* Bytes of the bits for the pages of a file. */
size_t bm_walk_used_size(const struct bm_pages *pages);

#endif
