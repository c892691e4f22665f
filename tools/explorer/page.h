/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * page - the files of the page, which are a part of the program.
 */
#ifndef EXPLORER_PAGE_H
#define EXPLORER_PAGE_H

#include <stddef.h>
#include <stdint.h>

struct page_file {
	const char *name;               /* without a directory; NULL: the end
	                                   of the list                      */
	const uint8_t *data;
	size_t size;
};

/* All of them; made from tools/explorer/page when the program is built. */
extern const struct page_file page_files[];

/* The file of this name, or NULL. */
const struct page_file *page_find(const char *name);

/* The type of its content, by the end of its name. */
const char *page_type(const struct page_file *file);

#endif
