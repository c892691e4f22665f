/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * LMDB finds a key by the keys in branch pages: all keys below the left of two
 * neighbours are smaller than the right one's key.  So each page is given the
 * bounds of its keys, and a page that hangs at a wrong place is noticed.
 */
#include "chain/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys of a page: from ${low} on, and below ${high}.  No data: no bound. */
struct bounds {
	struct bitmark_span low, high;
};

/* One more than is needed when the count divides by 8, and never none. */
size_t
bm_walk_used_size(const struct bm_pages *pages)
{
	return (size_t)(pages->count / 8 + 1);
}

bool
bm_walk_is_used(const struct bm_walk *walk, bm_page_number number)
{
	return (walk->used[number / 8] >> number % 8 & 1) != 0;
}

/* false: another tree has one of them, or this one at another place; then none
 * of them is taken. */
static bool
take_pages(const struct bm_walk *w, bm_page_number first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bm_walk_is_used(w, first + i))
			return false;
	for (size_t i = 0; i < count; i++)
		w->used[(first + i) / 8] |= (uint8_t)(1 << (first + i) % 8);
	return true;
}

/* The first fault is kept for the report. BITMARK_OK: the walk continues behind
 * it. */
static bitmark_status
note_fault(struct bm_walk *w, bm_page_number number, const char *what)
{
	if (w->faults++ == 0)
		snprintf(w->fault, sizeof w->fault, "page %zu: %s", number,
		    what);
	return w->way == BM_WALK_SAVE ? BITMARK_OK : BITMARK_E_STORE_CORRUPT;
}

/* As LMDB orders keys: by bytes, the shorter first; or by numbers of this
 * machine.  -1, 0 or 1. */
static int
compare(const struct bm_walk *w, struct bitmark_span a, struct bitmark_span b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	size_t x, y;
	int order;

	if (w->integer_keys && a.size == sizeof x && b.size == sizeof y) {
		memcpy(&x, a.data, sizeof x);
		memcpy(&y, b.data, sizeof y);
		return (x > y) - (x < y);
	}
	order = memcmp(a.data, b.data, common);
	return order != 0 ? (order > 0) - (order < 0) :
	    (a.size > b.size) - (a.size < b.size);
}

/* The key of the first node of a branch page is not looked at: LMDB leaves it
 * empty. */
static const char *
keys_fault(const struct bm_walk *w, const struct bm_page *page,
    const struct bounds *bounds)
{
	struct bitmark_span before = bounds->low;
	int least = 0;                  /* the first key may be the bound */

	for (unsigned i = page->kind == BM_PAGE_BRANCH; i < page->count; i++) {
		struct bm_node node;

		(void)bm_page_node(w->pages, page, i, &node);
		if (node.key.size == 0 || (w->integer_keys &&
		    node.key.size != sizeof(size_t)))
			return "a key has another size";
		if (before.data != NULL &&
		    compare(w, node.key, before) < least)
			return "its keys are not in order";
		before = node.key;
		least = 1;
	}
	if (before.data != NULL && bounds->high.data != NULL &&
	    compare(w, before, bounds->high) >= 0)
		return "its keys are not in order";
	return NULL;
}

/* LMDB asserts that a branch page has two nodes; one of the tree of free pages
 * may have one. */
static const char *
page_fault(struct bm_walk *w, bm_page_number number, unsigned level,
    const struct bounds *bounds, struct bm_page *page)
{
	const char *fault;
	uint8_t *buffer = w->buffer + level * w->pages->page_size;

	if (number > w->last_page)
		return "it is behind the last one";
	fault = bm_pages_read(w->pages, number, buffer, page);
	if (fault != NULL)
		return fault;
	if ((page->kind == BM_PAGE_LEAF) != (level + 1 == w->depth))
		return "it is at another level";
	if (page->kind == BM_PAGE_BRANCH && page->count < 2 &&
	    !w->integer_keys)
		return "it has one node alone";
	fault = keys_fault(w, page, bounds);
	if (fault == NULL && !take_pages(w, number, 1))
		fault = "it is used twice";
	return fault;
}

/* The pages of long values are in no branch page, but other trees may have them
 * by mistake just as well. */
static bitmark_status
walk_leaf(struct bm_walk *w, const struct bm_page *page)
{
	bitmark_status status = BITMARK_OK;

	w->leaf_pages++;
	for (unsigned i = 0; status == BITMARK_OK && i < page->count; i++) {
		struct bm_node node;
		const char *fault = bm_page_node(w->pages, page, i, &node);

		w->entries++;
		if (fault == NULL && node.overflow != BM_PAGE_NONE &&
		    (node.overflow + node.overflow_pages - 1 > w->last_page ||
		    !take_pages(w, node.overflow, node.overflow_pages)))
			fault = "a long value is used twice";
		w->overflow_pages += node.overflow_pages;
		status = fault != NULL ? note_fault(w, page->number, fault) :
		    w->row != NULL ? w->row(w->user, &node) : BITMARK_OK;
	}
	return status;
}

/* The pages above stay in the buffer, one for each level: the bounds point into
 * them. */
static bitmark_status
walk_page(struct bm_walk *w, bm_page_number number, unsigned level,
    const struct bounds *bounds)
{
	struct bm_page page;
	const char *fault = page_fault(w, number, level, bounds, &page);
	bitmark_status status = BITMARK_OK;

	if (fault != NULL)
		return note_fault(w, number, fault);
	if (page.kind == BM_PAGE_LEAF)
		return walk_leaf(w, &page);
	w->branch_pages++;
	for (unsigned i = 0; status == BITMARK_OK && i < page.count; i++) {
		struct bounds below = *bounds;
		struct bm_node node, next;

		(void)bm_page_node(w->pages, &page, i, &node);
		if (i > 0)
			below.low = node.key;
		if (i + 1 < page.count) {
			(void)bm_page_node(w->pages, &page, i + 1, &next);
			below.high = next.key;
		}
		status = walk_page(w, node.child, level + 1, &below);
	}
	return status;
}

/* LMDB counts pages and rows of each tree, and tells them as they are. */
static bitmark_status
check_counts(struct bm_walk *w, const struct bm_tree *tree)
{
	if (w->faults == 0 && (w->branch_pages != tree->branch_pages ||
	    w->leaf_pages != tree->leaf_pages ||
	    w->overflow_pages != tree->overflow_pages ||
	    w->entries != tree->entries))
		return note_fault(w, tree->root, "the tree below it has another "
		    "number of pages or rows");
	return BITMARK_OK;
}

/* The depth that the tree claims bounds the recursion and the buffer, so a way
 * that leads in a circle ends, too. */
bitmark_status
bm_tree_walk(struct bm_walk *walk, const struct bm_tree *tree)
{
	const struct bounds none = { { NULL, 0 }, { NULL, 0 } };
	bitmark_status status = BITMARK_OK;

	walk->branch_pages = walk->leaf_pages = walk->overflow_pages = 0;
	walk->entries = 0;
	walk->depth = tree->depth;
	if ((tree->root == BM_PAGE_NONE) != (tree->depth == 0) ||
	    tree->depth >= BM_TREE_DEPTH_MAX)
		return note_fault(walk, tree->root, "no tree is so deep");
	if (tree->root != BM_PAGE_NONE) {
		walk->buffer = malloc(tree->depth * walk->pages->page_size);
		if (walk->buffer == NULL)
			return BITMARK_E_NOMEM;
		status = walk_page(walk, tree->root, 0, &none);
		free(walk->buffer);
		walk->buffer = NULL;
	}
	return status == BITMARK_OK ? check_counts(walk, tree) : status;
}
