/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The files of the page, compiled into the program. They are few, so the list
 * is searched from its beginning.
 */
#include "explorer/page.h"

#include <string.h>

const struct page_file *
page_find(const char *name)
{
	for (const struct page_file *f = page_files; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* The type by the end of the name. Browsers are told not to guess types, so one
 * that is missing here would be shown as a download. */
const char *
page_type(const struct page_file *file)
{
	static const struct {
		const char *end, *type;
	} types[] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".ico", "image/x-icon" },
		{ ".json", "application/json" },
	};
	const char *end = strrchr(file->name, '.');

	for (size_t i = 0; end != NULL &&
	    i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].end, end) == 0)
			return types[i].type;
	return "application/octet-stream";
}
