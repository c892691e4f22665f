/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A list of a few files, looked through from its beginning. */
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

/* A type that is not known would be guessed by the browser, which is told not
 * to. */
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
