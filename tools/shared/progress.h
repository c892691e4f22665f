/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * progress - the one line on a terminal that is drawn again and again while a
 * program works.
 */
#ifndef SHARED_PROGRESS_H
#define SHARED_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* A line with NUL; what is longer is cut.  Bytes. */
#define PROGRESS_TEXT_MAX 256
/* For progress_pace_text: the time left is not known. */
#define PROGRESS_LEFT_UNKNOWN UINT64_MAX

/* Shown on stderr.  Used by one thread at a time. */
struct progress {
	bool is_terminal;               /* else nothing is drawn          */
	bool is_drawn;                  /* the line stands there          */
	uint64_t next_ms;               /* not worth drawing before       */
};

void progress_begin(struct progress *progress);

/* Is it worth while to make a new text?  At most five times a second, and only
 * on a terminal. */
bool progress_is_due(const struct progress *progress);

/* Draw the line, or take it away. */
void progress_draw(struct progress *progress, const char *text);
void progress_clear(struct progress *progress);

/* Leave what is drawn where it is, and go on below it. */
void progress_end(struct progress *progress);

/* ", 12.3 blocks/s, 4 min left": what is known of it. */
void progress_pace_text(double blocks_per_s, uint64_t seconds_left,
    char text[PROGRESS_TEXT_MAX]);

#endif
