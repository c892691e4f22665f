/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A bounded number of lines in each period.
 *
 * The number of lines that were left out is logged with the next line, not by a
 * timer: a timer would wake an idle node, and the exact number of dropped
 * requests is in the status at any time.
 */
#include "node/refusals.h"

#include "codec/log.h"

#define MODULE "process"

void
bm_refusals_init(struct bm_refusals *r, const struct bitmark_env *env)
{
	*r = (struct bm_refusals){ .env = env };
}

static void
begin_period(struct bm_refusals *r, uint64_t now_ms)
{
	if (r->left_out > 0)
		bm_log(r->env, BITMARK_LOG_INFO, MODULE,
		    "%llu more were refused",
		    (unsigned long long)r->left_out);
	*r = (struct bm_refusals){ .env = r->env, .since_ms = now_ms };
}

void
bm_refusals_note(struct bm_refusals *r, uint64_t now_ms, const char *what,
    bitmark_status why)
{
	if (now_ms - r->since_ms >= BM_REFUSALS_PERIOD_MS)
		begin_period(r, now_ms);
	if (r->lines == BM_REFUSALS_LINES) {
		r->left_out++;
		return;
	}
	r->lines++;
	bm_log(r->env, BITMARK_LOG_INFO, MODULE, "%s refused: %s",
	    what, bitmark_strerror(why));
}
