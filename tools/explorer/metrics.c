/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Counters and gauges in the text format of Prometheus, one line of code for
 * each.
 */
#include "explorer/metrics.h"

#include <inttypes.h>
#include <stdio.h>

/* Longest entry: names and helps are the constants below, of which none comes
 * near it. Bytes. */
#define ENTRY_MAX 512

static void
put(struct out *out, const char *name, const char *type, const char *help,
    uint64_t value)
{
	char text[ENTRY_MAX];
	int size = snprintf(text, sizeof text, "# HELP bitmark_explorer_%s "
	    "%s\n# TYPE bitmark_explorer_%s %s\nbitmark_explorer_%s %" PRIu64
	    "\n", name, help, name, type, name, value);

	out_raw(out, text, (size_t)size);
}

void
metrics_put(struct out *out, const struct answer_from *from)
{
	static const struct answer_counts none;
	const struct answer_counts *c = from->counts != NULL ? from->counts :
	    &none;
	struct finder_counts finder;
	struct bitmark_tip tip = { 0 };

	finder_get_counts(from->finder, &finder);
	if (from->snapshot != NULL)
		bitmark_snapshot_tip(from->snapshot, &tip);
	put(out, "height", "gauge", "Newest block of the store.", tip.number);
	put(out, "daemon", "gauge", "1 when the daemon answers.",
	    from->news != NULL && !from->news->late);
	put(out, "clients", "gauge", "Connections.", c->clients);
	put(out, "crowded_total", "counter", "Connections that were refused: "
	    "their address had enough.", c->crowded);
	put(out, "requests_total", "counter", "Requests.", c->requests);
	put(out, "long_total", "counter", "Requests whose address was too "
	    "long.", c->too_long);
	put(out, "wrong_total", "counter", "Requests that were wrong "
	    "otherwise.", c->wrong);
	put(out, "cut_total", "counter", "Connections whose time was over.",
	    c->cut);
	put(out, "refused_total", "counter", "Requests for whose answers there "
	    "was no memory.", c->refused);
	put(out, "answer_bytes", "gauge", "Bytes of answers on their way.",
	    c->bytes);
	put(out, "store_opened_total", "counter", "Times that the store was "
	    "opened.", c->opened);
	put(out, "store_failed_total", "counter", "Requests for which the "
	    "store could not be read.", c->failed);
	put(out, "names", "gauge", "Assets that are found by name.",
	    finder.names);
	put(out, "issues", "gauge", "Issues that are found by their asset.",
	    finder.issues);
	put(out, "ids", "gauge", "Transactions that are found by the beginning "
	    "of their id as bitmarkd shows it.", finder.ids);
	put(out, "names_left_out_total", "counter", "Assets, issues and ids "
	    "for which there was no memory.", finder.left_out);
	put(out, "names_bytes", "gauge", "Memory of names, ids and digests.",
	    finder.bytes);
	put(out, "searches_cut_total", "counter", "Searches that ended before "
	    "they had looked through all names.", finder.cut);
	put(out, "pending", "gauge", "Transactions that wait for a block.",
	    from->news != NULL ? from->news->pending + from->news->verified :
	    0);
	put(out, "pending_shown", "gauge", "Those of them that are known here.",
	    from->news != NULL ? from->news->count : 0);
	put(out, "names_height", "gauge", "Block up to which names are known.",
	    finder.height);
}
