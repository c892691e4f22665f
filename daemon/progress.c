#include "progress.h"

#include <inttypes.h>
#include <stdio.h>

#define SECONDS_PER_MINUTE 60
#define SECONDS_PER_HOUR 3600

/* A whole progress line with NUL, and the time in it. */
#define PROGRESS_TEXT_MAX 160
#define LEFT_TEXT_MAX 64

static void
format_left(uint64_t seconds, char text[LEFT_TEXT_MAX])
{
	if (seconds == UINT64_MAX)
		text[0] = '\0';
	else if (seconds < SECONDS_PER_MINUTE)
		snprintf(text, LEFT_TEXT_MAX, ", %" PRIu64 " s left", seconds);
	else if (seconds < SECONDS_PER_HOUR)
		snprintf(text, LEFT_TEXT_MAX, ", %" PRIu64 " min left",
		    seconds / SECONDS_PER_MINUTE);
	else
		snprintf(text, LEFT_TEXT_MAX, ", %" PRIu64 " h %" PRIu64
		    " min left", seconds / SECONDS_PER_HOUR,
		    seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE);
}

/* Speed and time are left out as long as they are not known. */
static void
format_behind(const struct bitmark_node_status *status,
    char text[PROGRESS_TEXT_MAX])
{
	char left[LEFT_TEXT_MAX];
	int size = snprintf(text, PROGRESS_TEXT_MAX, "height %" PRIu64
	    " of %" PRIu64, status->tip.number, status->target);

	if (status->blocks_per_s <= 0)
		return;
	format_left(status->seconds_left, left);
	snprintf(text + size, PROGRESS_TEXT_MAX - (size_t)size,
	    ", %.1f blocks/s%s", status->blocks_per_s, left);
}

/* Behind is what synchronises: single new blocks come by themselves. */
static bool
is_behind(const struct bitmark_node_status *status)
{
	return status->mode == BITMARK_MODE_RESYNCHRONISE &&
	    status->target > status->tip.number;
}

static void
tell_in_step(struct progress *progress, struct log *log,
    const struct bitmark_node_status *status)
{
	if (progress->told) {
		log_live(log, "");
		log_text(log, BITMARK_LOG_INFO, "progress",
		    "in step at height %" PRIu64, status->tip.number);
	}
	progress->behind = progress->told = false;
}

void
progress_tick(struct progress *progress, struct log *log,
    const struct bitmark_node_status *status, uint64_t now_ms)
{
	char text[PROGRESS_TEXT_MAX];

	if (!is_behind(status)) {
		tell_in_step(progress, log, status);
		return;
	}
	if (!progress->behind)
		progress->behind_ms = now_ms;
	progress->behind = true;
	if (now_ms - progress->behind_ms < PROGRESS_GRACE_MS)
		return;
	format_behind(status, text);
	if (log_is_live(log))
		log_live(log, text);
	else if (!progress->told ||
	    now_ms - progress->told_ms >= PROGRESS_LOG_MS) {
		log_text(log, BITMARK_LOG_INFO, "progress", "%s", text);
		progress->told_ms = now_ms;
	}
	progress->told = true;
}
