/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * svg - drawings on the standard output, written as they are made.
 *
 * A drawing is light or dark as the reader's screen is.  Texts of strangers are
 * escaped: nothing in them is markup, or a character that XML does not have.
 */
#ifndef TOOLS_SVG_H
#define TOOLS_SVG_H

#include <stdbool.h>
#include <stddef.h>

struct svg_point {
	double x, y;
};

/* The first part; ${title} is what the drawing shows, in a word or two. */
void svg_begin(double width, double height, const char *title);
void svg_end(void);

/*
 * Classes: "line", "axis", "grid"; "mark" with the kind "asset", "issue",
 * "transfer", "share", "block"; "head", "soft", "mono" for texts, with "end" or
 * "middle" for where they stand.
 */
void svg_line(const char *class_names, struct svg_point from,
    struct svg_point to);
void svg_circle(const char *class_names, struct svg_point middle,
    double radius);

/* ${from} is the corner at the top left; ${hint} is shown when a pointer rests
 * there, NULL: nothing. */
void svg_rect(const char *class_names, struct svg_point from,
    struct svg_point size, const char *hint);

/* ${text} has ${size} bytes, of which what has no room is cut off: at most ${most}
 * characters are drawn. */
void svg_text(const char *class_names, struct svg_point at, const char *text,
    size_t size, size_t most);

/* A line through many points: begin, a point after the other, end. */
void svg_path_begin(const char *class_names);
void svg_path_to(struct svg_point to, bool first);
void svg_path_end(void);

#endif
