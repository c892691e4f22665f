/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Everything in a page is compared with the page's bounds before it is used.
 * Offsets are 16 bit, so that no sum here can overflow.
 */
#include "chain/pages.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0xBEEFC0DEu
#define VERSION 1

/* Offsets in a page have 16 bits, and LMDB allows no more than this. */
#define PAGE_SIZE_MIN 512
#define PAGE_SIZE_MAX 32768

/* Larger maps than this do not exist: the number is damaged.  Bytes. */
#define MAP_SIZE_MAX ((uint64_t)1 << 46)

#define KEY_SIZE_MAX 511
#define VALUE_SIZE_MAX 0xffffffffu

/* Flags of pages, trees and nodes. */
#define PAGE_OVERFLOW 0x04
#define PAGE_META 0x08
#define TREE_INTEGER_KEYS 0x08
#define NODE_BIG 0x01
#define NODE_TREE 0x02

/* The beginning of each page. */
struct page_header {
	bm_page_number number;
	uint16_t pad, flags;
	union {
		struct {
			uint16_t lower, upper;  /* bounds of what is free */
		} free;
		uint32_t pages;                 /* of a long value        */
	} as;
};
#define HEADER_SIZE sizeof(struct page_header)
#define POINTER_SIZE sizeof(uint16_t)

/* The beginning of each node: 32 bits of the size of its value, flags, and the
 * size of the key.  In a branch page the first three are the child. */
struct node_header {
	uint16_t size[2];
	uint16_t flags;
	uint16_t key_size;
};

/* With pread and not by a map: a place that the medium cannot read is an error
 * then, and no SIGBUS. */
bitmark_status
bm_pages_bytes(const struct bm_pages *pages, uint64_t at, void *data,
    size_t size)
{
	ssize_t got = pread(pages->fd, data, size, (off_t)at);

	if (got < 0)
		return BITMARK_E_IO;
	return (size_t)got == size ? BITMARK_OK : BITMARK_E_STORE_CORRUPT;
}

/*
 * The start of the file.
 */

/* A meta page as it stands in the file. */
struct meta_page {
	struct page_header header;
	struct bm_meta meta;
};

/* A power of two, so that pages of the file are pages of memory. */
static bool
is_page_size(uint32_t size)
{
	return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX &&
	    (size & (size - 1)) == 0;
}

/* An empty tree has no root and no levels. */
static const char *
tree_fault(const struct bm_tree *tree, uint16_t flags)
{
	if (tree->flags != flags)
		return "the flags of a tree are none";
	if ((tree->root == BM_PAGE_NONE) != (tree->depth == 0) ||
	    tree->depth >= BM_TREE_DEPTH_MAX)
		return "a tree has no such depth";
	return NULL;
}

/* Commits write the two meta pages in turn; even commits write the first one.
 */
static const char *
meta_fault(const struct meta_page *page, unsigned i, size_t page_size)
{
	const struct bm_meta *m = &page->meta;
	const uint64_t map_size = m->map_size;
	const char *fault;

	if (m->magic != MAGIC || page->header.flags != PAGE_META ||
	    page->header.number != i)
		return "it is no meta page";
	if (m->version != VERSION)
		return "it has another version";
	if (m->tree[BM_TREE_FREE].pad != page_size)
		return "its page size is none";
	if (map_size > MAP_SIZE_MAX ||
	    m->last_page >= map_size / page_size ||
	    m->last_page < BM_META_PAGES - 1)
		return "the size of the map cannot be";
	if (m->commit != 0 && m->commit % BM_META_PAGES != i)
		return "it is not of this transaction";
	fault = tree_fault(&m->tree[BM_TREE_FREE], TREE_INTEGER_KEYS);
	return fault != NULL ? fault : tree_fault(&m->tree[BM_TREE_MAIN], 0);
}

static bitmark_status
read_meta(const struct bm_pages *pages, unsigned i, struct meta_page *page)
{
	return bm_pages_bytes(pages, (uint64_t)i * pages->page_size, page,
	    sizeof *page);
}

/* Contents of a page that is not sound are given, too: salvage tells by them. */
bitmark_status
bm_pages_meta(const struct bm_pages *pages, unsigned i, struct bm_meta *meta,
    const char **fault)
{
	struct meta_page page;
	bitmark_status status = read_meta(pages, i, &page);

	*fault = status == BITMARK_OK ?
	    meta_fault(&page, i, pages->page_size) : "it is not there";
	*meta = page.meta;
	return status != BITMARK_OK || *fault == NULL ? status :
	    BITMARK_E_STORE_CORRUPT;
}

static bool
is_zero(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] != 0)
			return false;
	return true;
}

/*
 * LMDB makes a file by one write of both meta pages, of commit 0.  A crash may
 * leave any part of it; what is missing is not there or zero.  The part that is
 * there must be of such a page: any other short file is none of ours.
 */
static bool
is_torn(const uint8_t *data, size_t size)
{
	struct meta_page page = { .meta = { .magic = 0 } };
	const struct meta_page whole = {
		.header = { .flags = PAGE_META },
		.meta = { .magic = MAGIC, .version = VERSION },
	};
	uint8_t known[offsetof(struct meta_page, meta.address)];
	size_t same = 0;

	memcpy(known, &whole, sizeof known);
	memcpy(&page, data, size < sizeof page ? size : sizeof page);
	while (same < size && same < sizeof known && data[same] == known[same])
		same++;
	return page.meta.commit == 0 && (same == sizeof known ||
	    is_zero(data + same, size - same));
}

/* Is the file no longer than what the first write makes, without a second page
 * that is whole? */
static bitmark_status
check_first_write(const struct bm_pages *pages, uint64_t size)
{
	uint8_t start[sizeof(struct meta_page)];
	struct meta_page second;
	const size_t there = size < sizeof start ? (size_t)size : sizeof start;
	bitmark_status status;

	if (size > (uint64_t)BM_META_PAGES * PAGE_SIZE_MAX)
		return BITMARK_OK;
	status = bm_pages_bytes(pages, 0, start, there);
	if (status != BITMARK_OK || !is_torn(start, there))
		return status;
	memcpy(&second, start, there);
	if (there == sizeof start &&
	    is_page_size(second.meta.tree[BM_TREE_FREE].pad)) {
		uint64_t at = second.meta.tree[BM_TREE_FREE].pad;

		if (size > BM_META_PAGES * at || (bm_pages_bytes(pages, at,
		    &second, sizeof second) == BITMARK_OK &&
		    meta_fault(&second, 1, (size_t)at) == NULL))
			return BITMARK_OK;
	}
	return BITMARK_E_NOT_FOUND;
}

/* A version that both pages have is that of another LMDB. */
static bool
is_other_version(const struct bm_pages *pages)
{
	struct meta_page first, second;

	return read_meta(pages, 0, &first) == BITMARK_OK &&
	    read_meta(pages, 1, &second) == BITMARK_OK &&
	    first.meta.magic == MAGIC && second.meta.magic == MAGIC &&
	    first.meta.version != VERSION &&
	    first.meta.version == second.meta.version;
}

/* LMDB takes the page size from the first page, and so both must be right. */
bitmark_status
bm_pages_open(struct bm_pages *pages, int fd, const char **fault)
{
	struct bm_meta meta[BM_META_PAGES];
	struct meta_page page;
	struct stat file;
	bitmark_status status;

	*pages = (struct bm_pages){ .fd = fd };
	*fault = NULL;
	if (fstat(fd, &file) != 0)
		return BITMARK_E_IO;
	status = check_first_write(pages, (uint64_t)file.st_size);
	if (status != BITMARK_OK)
		return status;
	*fault = "it is not there";
	status = read_meta(pages, 0, &page);
	if (status != BITMARK_OK)
		return status;
	*fault = "its page size is none";
	pages->page_size = page.meta.tree[BM_TREE_FREE].pad;
	if (page.meta.magic != MAGIC || !is_page_size((uint32_t)
	    pages->page_size))
		return BITMARK_E_STORE_CORRUPT;
	pages->count = (bm_page_number)((uint64_t)file.st_size /
	    pages->page_size);
	if (is_other_version(pages))
		return BITMARK_E_STORE_FORMAT;
	for (unsigned i = 0; status == BITMARK_OK && i < BM_META_PAGES; i++)
		status = bm_pages_meta(pages, i, &meta[i], fault);
	if (status != BITMARK_OK)
		return status;
	/* LMDB takes the newer of two commits that follow each other. */
	if (meta[0].commit != meta[1].commit &&
	    meta[0].commit + 1 != meta[1].commit &&
	    meta[1].commit + 1 != meta[0].commit) {
		*fault = "its two commits do not follow each other";
		return BITMARK_E_STORE_CORRUPT;
	}
	return BITMARK_OK;
}

/* The right size is the one at which a meta page is found that names it. */
bitmark_status
bm_pages_guess(struct bm_pages *pages, int fd)
{
	struct bm_meta meta;
	struct stat file;
	const char *fault;

	*pages = (struct bm_pages){ .fd = fd };
	if (fstat(fd, &file) != 0)
		return BITMARK_E_IO;
	for (size_t size = PAGE_SIZE_MIN; size <= PAGE_SIZE_MAX; size *= 2) {
		pages->page_size = size;
		pages->count = (bm_page_number)((uint64_t)file.st_size / size);
		for (unsigned i = 0; i < BM_META_PAGES; i++)
			if (bm_pages_meta(pages, i, &meta, &fault) ==
			    BITMARK_OK)
				return BITMARK_OK;
	}
	/* Neither is whole: the size that LMDB takes for new files. */
	pages->page_size = (size_t)sysconf(_SC_PAGESIZE);
	pages->count = (bm_page_number)((uint64_t)file.st_size /
	    pages->page_size);
	return is_page_size((uint32_t)pages->page_size) ? BITMARK_OK :
	    BITMARK_E_STORE_CORRUPT;
}

/*
 * Pages of trees.
 */

/* The header is copied, like everything that is read of a page: a damaged
 * offset may not be aligned for a number of its size. */
static struct page_header
header_of(const uint8_t *data)
{
	struct page_header header;

	memcpy(&header, data, sizeof header);
	return header;
}

/* Pointers to the nodes follow the header, in the order of their keys. */
static size_t
node_at(const uint8_t *page, unsigned i)
{
	uint16_t at;

	memcpy(&at, page + HEADER_SIZE + i * POINTER_SIZE, sizeof at);
	return at;
}

static struct node_header
node_header(const uint8_t *page, size_t at)
{
	struct node_header node;

	memcpy(&node, page + at, sizeof node);
	return node;
}

/* The 32 bits stand with the lower half first on machines that store the lower
 * byte first, and the other way round on the rest: so they are a number. */
static uint32_t
value_size(const struct node_header *node)
{
	uint32_t size;

	memcpy(&size, node->size, sizeof size);
	return size;
}

/* A value that has pages of its own leaves their number in the node. */
static size_t
bytes_in_leaf(const struct node_header *node)
{
	return (node->flags & NODE_BIG) != 0 ? sizeof(bm_page_number) :
	    value_size(node);
}

/* Bytes of a node, which LMDB makes even; more than a page when it cannot be
 * one. */
static size_t
node_bytes(const struct node_header *node, enum bm_page_kind kind)
{
	size_t size = sizeof *node + node->key_size;

	if (kind == BM_PAGE_LEAF) {
		size_t value = bytes_in_leaf(node);

		size += value < PAGE_SIZE_MAX ? value : PAGE_SIZE_MAX;
	}
	return size + size % 2;
}

/* Nodes begin at even places.  A leaf has rows and, in the main tree, tables;
 * LMDB has more kinds, for tables that we do not make. */
static const char *
node_fault(const uint8_t *page, size_t page_size, size_t at,
    enum bm_page_kind kind)
{
	struct node_header node;

	if (at % 2 != 0 || at + sizeof node > page_size)
		return "a node is outside of it";
	node = node_header(page, at);
	if (node.key_size > KEY_SIZE_MAX ||
	    at + node_bytes(&node, kind) > page_size)
		return "a node goes on outside of it";
	if (kind == BM_PAGE_BRANCH)
		return NULL;
	if ((node.flags & ~(NODE_BIG | NODE_TREE)) != 0 ||
	    node.flags == (NODE_BIG | NODE_TREE) || node.key_size == 0)
		return "a node is none of a leaf";
	if (node.flags == NODE_TREE && value_size(&node) !=
	    sizeof(struct bm_tree))
		return "a tree has another size";
	return NULL;
}

/* Nodes stand without gaps from the end of what is free to the end of the page,
 * in any order. */
static const char *
nodes_fault(const uint8_t *page, size_t page_size, enum bm_page_kind kind)
{
	const struct page_header header = header_of(page);
	const size_t lower = header.as.free.lower, upper = header.as.free.upper;
	size_t used = 0;

	if (lower < HEADER_SIZE + POINTER_SIZE || lower % POINTER_SIZE != 0 ||
	    lower > upper || upper > page_size)
		return "its bounds cannot be";
	for (unsigned i = 0; HEADER_SIZE + i * POINTER_SIZE < lower; i++) {
		const size_t at = node_at(page, i);
		const char *fault = at < upper ? "a node is outside of it" :
		    node_fault(page, page_size, at, kind);
		struct node_header node;

		if (fault != NULL)
			return fault;
		node = node_header(page, at);
		used += node_bytes(&node, kind);
	}
	return used == page_size - upper ? NULL : "its nodes overlap";
}

/* The header first: pages of other kinds have something else in it. */
const char *
bm_pages_read(const struct bm_pages *pages, bm_page_number number,
    uint8_t *buffer, struct bm_page *page)
{
	struct page_header header;

	if (number < BM_META_PAGES || number >= pages->count)
		return "it is not in the file";
	if (bm_pages_bytes(pages, (uint64_t)number * pages->page_size, buffer,
	    pages->page_size) != BITMARK_OK)
		return "it cannot be read";
	header = header_of(buffer);
	if (header.number != number)
		return "it has another number";
	if (header.flags != BM_PAGE_BRANCH && header.flags != BM_PAGE_LEAF)
		return "it is no page of a tree";
	*page = (struct bm_page){
		.data = buffer,
		.number = number,
		.kind = (enum bm_page_kind)header.flags,
		.count = (unsigned)((header.as.free.lower - HEADER_SIZE) /
		    POINTER_SIZE),
	};
	return nodes_fault(buffer, pages->page_size, page->kind);
}

/* Pages of a long value: as many as it needs, or more when it was longer. */
static const char *
overflow_fault(const struct bm_pages *pages, struct bm_node *node)
{
	const size_t needed = (HEADER_SIZE - 1 + node->size) /
	    pages->page_size + 1;
	struct page_header header;

	if (node->overflow < BM_META_PAGES || node->overflow >= pages->count)
		return "a long value is not in the file";
	if (bm_pages_bytes(pages, (uint64_t)node->overflow * pages->page_size,
	    &header, sizeof header) != BITMARK_OK)
		return "a long value cannot be read";
	node->overflow_pages = header.as.pages;
	if (header.number != node->overflow || header.flags != PAGE_OVERFLOW ||
	    node->overflow_pages < needed ||
	    node->overflow_pages > pages->count - node->overflow)
		return "a long value is not where it should be";
	node->at = (uint64_t)node->overflow * pages->page_size + HEADER_SIZE;
	return NULL;
}

/* The child of a branch page has 48 bits, or 32 where a size has no more. */
static bm_page_number
child_of(const struct node_header *node)
{
	uint64_t child = value_size(node);

#if SIZE_MAX > 0xffffffff
	child |= (uint64_t)node->flags << 32;
#endif
	return (bm_page_number)child;
}

/* bm_pages_read has checked the page, so the node is inside of it. */
const char *
bm_page_node(const struct bm_pages *pages, const struct bm_page *page,
    unsigned i, struct bm_node *node)
{
	const size_t at = node_at(page->data, i);
	const struct node_header header = node_header(page->data, at);
	const size_t value = at + sizeof header + header.key_size;

	*node = (struct bm_node){
		.key = { page->data + at + sizeof header, header.key_size },
		.overflow = BM_PAGE_NONE,
	};
	if (page->kind == BM_PAGE_BRANCH) {
		node->child = child_of(&header);
		return NULL;
	}
	node->is_tree = header.flags == NODE_TREE;
	node->size = value_size(&header);
	node->at = (uint64_t)page->number * pages->page_size + value;
	if (header.flags != NODE_BIG)
		return NULL;
	memcpy(&node->overflow, page->data + value, sizeof node->overflow);
	return overflow_fault(pages, node);
}
