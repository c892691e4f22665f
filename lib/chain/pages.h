/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * pages - the file of a store, read without LMDB.
 *
 * LMDB trusts its file: a page number or an offset that leads outside of it
 * ends the process.  So a file that may be damaged is looked at here first, and
 * what can be saved of one that is damaged is read here.
 *
 * Source: LMDB 0.9 mdb.c (MDB_meta, MDB_db, MDB_page, MDB_node); all numbers
 * are in the order of this machine's bytes.
 */
#ifndef BM_CHAIN_PAGES_H
#define BM_CHAIN_PAGES_H

#include <bitmarkpeer/base.h>

#include <sys/types.h>

/* LMDB's page numbers and counts are of this type. */
typedef size_t bm_page_number;
#define BM_PAGE_NONE ((bm_page_number)-1)       /* root of an empty tree */

/* The pages with the roots, at the start of the file. */
#define BM_META_PAGES 2
/* A tree is not higher: LMDB's stack of a cursor. */
#define BM_TREE_DEPTH_MAX 32

/* A tree: in a meta page, or as a row of the main tree. */
struct bm_tree {
	uint32_t pad;
	uint16_t flags;
	uint16_t depth;
	bm_page_number branch_pages, leaf_pages, overflow_pages;
	size_t entries;
	bm_page_number root;
};
enum { BM_TREE_FREE, BM_TREE_MAIN };

struct bm_meta {
	uint32_t magic, version;
	void *address;
	size_t map_size;
	struct bm_tree tree[2];         /* pad of the first: the page size */
	bm_page_number last_page;
	size_t commit;                  /* LMDB's number of the transaction */
};

struct bm_pages {
	int fd;                         /* borrowed                         */
	size_t page_size;
	bm_page_number count;           /* whole pages in the file          */
};

/* A file that begins like ours.  BITMARK_OK, BITMARK_E_NOT_FOUND (it is empty,
 * or its first write was torn: nothing was ever stored),
 * BITMARK_E_STORE_CORRUPT with what is wrong in ${fault},
 * BITMARK_E_STORE_FORMAT or BITMARK_E_IO. */
bitmark_status bm_pages_open(struct bm_pages *pages, int fd,
    const char **fault);

/* The same of a file whose first page may be damaged: the page size is
 * guessed.  BITMARK_OK, or BITMARK_E_STORE_CORRUPT when neither meta page is
 * of any use. */
bitmark_status bm_pages_guess(struct bm_pages *pages, int fd);

/* Meta page ${i}; with what is wrong with it in ${fault}, or NULL. */
bitmark_status bm_pages_meta(const struct bm_pages *pages, unsigned i,
    struct bm_meta *meta, const char **fault);

/* Bytes of the file.  BITMARK_OK, BITMARK_E_STORE_CORRUPT (beyond its end) or
 * BITMARK_E_IO. */
bitmark_status bm_pages_bytes(const struct bm_pages *pages, uint64_t at,
    void *data, size_t size);

enum bm_page_kind { BM_PAGE_BRANCH = 1, BM_PAGE_LEAF = 2 };

/* A page of a tree, in the caller's buffer of page_size bytes. */
struct bm_page {
	const uint8_t *data;
	bm_page_number number;
	enum bm_page_kind kind;
	unsigned count;                 /* of nodes */
};

/* Read page ${number}; NULL, or what is wrong with it: then no node of it may be
 * looked at. */
const char *bm_pages_read(const struct bm_pages *pages,
    bm_page_number number, uint8_t *buffer, struct bm_page *page);

/* One node.  In a leaf a row, whose value lies in one piece in the file. */
struct bm_node {
	struct bitmark_span key;        /* inside the buffer                */
	bm_page_number child;           /* of a branch page                 */
	bool is_tree;                   /* the value is a struct bm_tree    */
	bm_page_number overflow;        /* first page of the value, or
	                                   BM_PAGE_NONE: it is in the leaf  */
	size_t overflow_pages;
	uint64_t at;                    /* of the value in the file         */
	size_t size;
};

/* NULL, or what is wrong with the pages of a long value. */
const char *bm_page_node(const struct bm_pages *pages,
    const struct bm_page *page, unsigned i, struct bm_node *node);

#endif
