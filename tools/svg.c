/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Drawings as SVG. They use only what SVG 1.1 has, so that any browser or
 * viewer shows them. The colours are those of the explorer's page, and follow a
 * dark theme.
 */
#include "svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/output.h"

static const char style[] =
    ":root{--paper:#fbfaf7;--ink:#1c2126;--soft:#5b646d;--line:#d9d5cb;--asset:#8a5a00;"
    "--issue:#0f766e;--transfer:#2456b8;--share:#7a3aa8;--block:#54595f}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#131619;--ink:#e7e8e6;--soft:#9aa5ad;"
    "--line:#3a4148;--asset:#f0c261;--issue:#5eccbc;--transfer:#8db4ff;--share:#cfa3f2;"
    "--block:#b4bbc0}}\n"
    "text{font:14px system-ui,sans-serif;fill:var(--ink)}\n"
    ".head{font-weight:600}.title{font-size:20px;font-weight:600}.soft{fill:var(--soft)}\n"
    ".mono{font-family:ui-monospace,monospace;font-size:12px}\n"
    ".end{text-anchor:end}.middle{text-anchor:middle}.paper{fill:var(--paper)}\n"
    ".line,.grid,.axis{stroke:var(--line);fill:none}.line{stroke-width:4}\n"
    ".curve{fill:none;stroke:var(--issue);stroke-width:2.5;stroke-linejoin:round}\n"
    ".bar{fill:var(--issue)}.mark{stroke:var(--paper);stroke-width:3;fill:var(--block)}\n"
    ".asset{fill:var(--asset)}.issue{fill:var(--issue)}.transfer{fill:var(--transfer)}\n"
    ".share{fill:var(--share)}\n";

/* Print at most ${most} characters, and an ellipsis when there are more. The
 * text is UTF-8 without control characters; the five characters that have a
 * meaning in XML are escaped. */
static void
put_escaped(const char *text, size_t most)
{
	size_t shown = 0;

	for (const char *c = text; *c != '\0'; c++) {
		/* Bytes of the form 10xxxxxx continue a character and are not
		 * counted. */
		if (((unsigned char)*c & 0xc0) != 0x80 && shown++ == most) {
			fputs("\xe2\x80\xa6", stdout);
			return;
		}
		switch (*c) {
		case '&':
			fputs("&amp;", stdout);
			break;
		case '<':
			fputs("&lt;", stdout);
			break;
		case '>':
			fputs("&gt;", stdout);
			break;
		case '"':
			fputs("&quot;", stdout);
			break;
		case '\'':
			fputs("&apos;", stdout);
			break;
		default:
			putchar(*c);
		}
	}
}

/* Print a text of a stranger. print_text makes it printable; but it lets U+FFFE
 * and U+FFFF through, which XML does not allow, so their three bytes become
 * "???". Without memory nothing is printed. */
static void
put_text(const char *text, size_t size, size_t most)
{
	char *printable = NULL, *c;
	size_t length;
	FILE *out = open_memstream(&printable, &length);

	if (out == NULL)
		return;
	print_text(out, text, size);
	if (fclose(out) == 0) {
		while ((c = strstr(printable, "\xef\xbf\xbe")) != NULL ||
		    (c = strstr(printable, "\xef\xbf\xbf")) != NULL)
			memcpy(c, "???", 3);
		put_escaped(printable, most);
	}
	free(printable);
}

/* The height must be known here, as it stands in the first line. */
void
svg_begin(double width, double height, const char *title)
{
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
	    "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
	    width, height, width, height);
	put_text(title, strlen(title), SIZE_MAX);
	printf("</title>\n<style>%s</style>\n", style);
	svg_rect("paper", (struct svg_point){ 0, 0 },
	    (struct svg_point){ width, height }, NULL);
}

void
svg_end(void)
{
	puts("</svg>");
}

void
svg_line(const char *class_names, struct svg_point from, struct svg_point to)
{
	printf("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
	    "y2=\"%.1f\"/>\n", class_names, from.x, from.y, to.x, to.y);
}

void
svg_circle(const char *class_names, struct svg_point middle, double radius)
{
	printf("<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n",
	    class_names, middle.x, middle.y, radius);
}

void
svg_rect(const char *class_names, struct svg_point from,
    struct svg_point size, const char *hint)
{
	printf("<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	    "height=\"%.1f\"", class_names, from.x, from.y, size.x, size.y);
	if (hint == NULL) {
		puts("/>");
		return;
	}
	fputs("><title>", stdout);
	put_text(hint, strlen(hint), SIZE_MAX);
	puts("</title></rect>");
}

void
svg_text(const char *class_names, struct svg_point at, const char *text,
    size_t size, size_t most)
{
	printf("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class_names, at.x,
	    at.y);
	put_text(text, size, most);
	puts("</text>");
}

/* A path is printed in pieces, so that a curve of any length needs no memory:
 * begin, one call of svg_path_to for each point, end. */
void
svg_path_begin(const char *class_names)
{
	printf("<path class=\"%s\" d=\"", class_names);
}

void
svg_path_to(struct svg_point to, bool first)
{
	printf("%s%.1f %.1f", first ? "M" : "L", to.x, to.y);
}

void
svg_path_end(void)
{
	puts("\"/>");
}
