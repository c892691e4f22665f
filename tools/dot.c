/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Text in a label of graphviz. Inside quotes the quote ends the text, and in
 * labels the backslash has a meaning (\N is the name of a node); entities such
 * as &lt; are replaced in every label. All three are escaped.
 */
#include "dot.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/output.h"

void
dot_text(const char *text, size_t size)
{
	char *printable = NULL;
	size_t length;
	FILE *out = open_memstream(&printable, &length);

	if (out == NULL)
		return;
	print_text(out, text, size);
	if (fclose(out) == 0)
		for (const char *c = printable; *c != '\0'; c++) {
			if (*c == '&') {
				fputs("&amp;", stdout);
				continue;
			}
			if (*c == '"' || *c == '\\')
				putchar('\\');
			putchar(*c);
		}
	free(printable);
}
