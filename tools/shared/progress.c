/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A progress line, drawn with plain writes to stderr. One thread draws at a
 * time: the caller makes sure of that, as the daemon's log does with its lock.
 */
#include "shared/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

/* Time between two drawings. Milliseconds. */
#define REFRESH_MS 200
#define SECONDS_PER_MINUTE 60
#define SECONDS_PER_HOUR 3600
/* Back to the left edge, and clear to the right one (ECMA-48). */
#define CLEAR_LINE "\r\033[K"

/* Only a terminal can draw a line again; in a file it would be one long line.
 */
void
progress_begin(struct progress *progress)
{
	*progress = (struct progress){
		.is_terminal = isatty(STDERR_FILENO) == 1,
	};
}

/* Asked before the text is made, which may cost more than drawing. */
bool
progress_is_due(const struct progress *progress)
{
	return progress->is_terminal &&
	    bitmark_clock_ms() >= progress->next_ms;
}

/* One write, so that the line does not mix with the output of other threads.
 * When it fails nothing is lost, as the next line comes soon. */
static void
write_line(const char *text)
{
	char line[sizeof CLEAR_LINE + PROGRESS_TEXT_MAX];
	ssize_t written;

	snprintf(line, sizeof line, CLEAR_LINE "%s", text);
	written = write(STDERR_FILENO, line, strlen(line));
	(void)written;
}

/* The next time is counted from the end of this drawing, so that a slow
 * terminal is not flooded. */
void
progress_draw(struct progress *progress, const char *text)
{
	if (!progress->is_terminal)
		return;
	write_line(text);
	progress->is_drawn = true;
	progress->next_ms = bitmark_clock_ms() + REFRESH_MS;
}

/* Clear the line before anything else is written to the terminal: it would be
 * appended to the line. */
void
progress_clear(struct progress *progress)
{
	if (progress->is_drawn)
		write_line("");
	progress->is_drawn = false;
}

/* The last state of the line is left on the screen. */
void
progress_end(struct progress *progress)
{
	if (progress->is_drawn)
		fputc('\n', stderr);
	progress->is_drawn = false;
}

/* Only what is known: no speed in the first moment, no time while the end is
 * not known. */
void
progress_pace_text(double blocks_per_s, uint64_t s,
    char text[PROGRESS_TEXT_MAX])
{
	int size;

	text[0] = '\0';
	if (blocks_per_s <= 0)
		return;
	size = snprintf(text, PROGRESS_TEXT_MAX, ", %.1f blocks/s",
	    blocks_per_s);
	text += size;
	if (s == PROGRESS_LEFT_UNKNOWN)
		return;
	if (s < SECONDS_PER_MINUTE)
		snprintf(text, PROGRESS_TEXT_MAX - (size_t)size,
		    ", %" PRIu64 " s left", s);
	else if (s < SECONDS_PER_HOUR)
		snprintf(text, PROGRESS_TEXT_MAX - (size_t)size,
		    ", %" PRIu64 " min left", s / SECONDS_PER_MINUTE);
	else
		snprintf(text, PROGRESS_TEXT_MAX - (size_t)size,
		    ", %" PRIu64 " h %" PRIu64 " min left",
		    s / SECONDS_PER_HOUR,
		    s % SECONDS_PER_HOUR / SECONDS_PER_MINUTE);
}
