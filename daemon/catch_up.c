/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Progress while the node is behind. Whether it is behind, and since when, is
 * kept from tick to tick, so that a node which catches up within a second says
 * nothing.
 */
#include "catch_up.h"

#include <inttypes.h>
#include <stdio.h>

#include "shared/progress.h"

/* A node is behind while it synchronises. In mode Normal the target may be
 * above the tip for a moment, too: single new blocks come by themselves. */
static bool
is_behind(const struct bitmark_node_status *status)
{
	return status->mode == BITMARK_MODE_RESYNCHRONISE &&
	    status->blocked == BITMARK_OK && status->target > status->tip.number;
}

/* Logged once, and only if it was logged before that the node is behind. */
static void
tell_in_step(struct catch_up *c, struct log *log,
    const struct bitmark_node_status *status)
{
	if (c->told) {
		log_live(log, "");
		log_text(log, BITMARK_LOG_INFO, "progress",
		    "in step at height %" PRIu64, status->tip.number);
	}
	c->behind = c->told = false;
}

/* On a terminal the line is drawn anew at each tick; a log gets a line now and
 * then. */
static void
tell_behind(struct catch_up *c, struct log *log,
    const struct bitmark_node_status *status, uint64_t now_ms)
{
	char pace[PROGRESS_TEXT_MAX], text[2 * PROGRESS_TEXT_MAX];

	progress_pace_text(status->blocks_per_s, status->seconds_left, pace);
	snprintf(text, sizeof text, "height %" PRIu64 " of %" PRIu64 "%s",
	    status->tip.number, status->target, pace);
	if (log_is_live(log)) {
		log_live(log, text);
	} else if (!c->told || now_ms - c->told_ms >= CATCH_UP_LOG_MS) {
		log_text(log, BITMARK_LOG_INFO, "progress", "%s", text);
		c->told_ms = now_ms;
	}
	c->told = true;
}

/* A node that is blocked has its own messages, so the line is only cleared
 * then. */
void
catch_up_tick(struct catch_up *c, struct log *log,
    const struct bitmark_node_status *status, uint64_t now_ms)
{
	if (!is_behind(status)) {
		if (status->blocked != BITMARK_OK)
			log_live(log, "");
		else
			tell_in_step(c, log, status);
		return;
	}
	if (!c->behind)
		c->behind_ms = now_ms;
	c->behind = true;
	if (now_ms - c->behind_ms >= CATCH_UP_GRACE_MS)
		tell_behind(c, log, status, now_ms);
}
