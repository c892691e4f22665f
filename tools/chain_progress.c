/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The progress of work that goes through many blocks. */
#include <inttypes.h>

#include "chain_tool.h"

#define MS_PER_S 1000.0

void
chain_progress_begin(struct chain_progress *progress, const char *verb)
{
	*progress = (struct chain_progress){
		.verb = verb,
		.start_ms = bitmark_clock_ms(),
	};
	progress_begin(&progress->line);
}

/* Blocks differ in size, so that the time that is left is taken from the share
 * of the work that is done; ${total} is 0 when nobody knows it. */
static void
draw(struct chain_progress *p, uint64_t done, uint64_t total)
{
	double seconds = (double)(bitmark_clock_ms() - p->start_ms) / MS_PER_S;
	double share = total > 0 ? (double)done / (double)total : 0;
	double blocks = (double)(p->last - p->first + 1);
	char text[2 * PROGRESS_TEXT_MAX], pace[PROGRESS_TEXT_MAX];
	char percent[16] = "";

	progress_pace_text(seconds > 0 ? blocks / seconds : 0, share > 0 ?
	    (uint64_t)(seconds / share - seconds) : PROGRESS_LEFT_UNKNOWN,
	    pace);
	if (share > 0)
		snprintf(percent, sizeof percent, ", %.0f %%", 100 * share);
	snprintf(text, sizeof text, "%s: block %" PRIu64 "%s%s", p->verb,
	    p->last, percent, pace);
	progress_draw(&p->line, text);
}

/* The library calls this after each block: it is also where a signal is
 * noticed. */
int
chain_progress_step(void *progress, uint64_t number, uint64_t done,
    uint64_t total)
{
	struct chain_progress *p = progress;

	if (p->first == 0)
		p->first = number;
	p->last = number;
	if (progress_is_due(&p->line))
		draw(p, done, total);
	return stop_signal() != 0;
}

void
chain_progress_end(struct chain_progress *progress)
{
	progress_end(&progress->line);
}

/* Ends a dump also when a signal came: a long one must be possible to stop. */
int
chain_write_stream(void *stream, const void *data, size_t size)
{
	return stop_signal() != 0 || fwrite(data, 1, size, stream) != size;
}
