/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A queue of events, each in one piece of memory with the bytes that it points
 * to.  The owner thread alone uses it, so it has no lock.
 *
 * The bytes must be copied: a fetched block lies in a frame that libzmq frees
 * when the next reply is received, but the connector gets the event only when
 * its current step is done.
 */
#include "node/reports.h"

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"

void
bm_reports_init(struct bm_reports *r, const struct bitmark_env *env)
{
	STAILQ_INIT(&r->list);
	r->env = *env;
}

void
bm_reports_fini(struct bm_reports *r)
{
	struct bm_report *report;

	while ((report = bm_reports_take(r)) != NULL) {
		free(report->event.memory);
		free(report);
	}
}

/* Make the span point to its copy at ${to}; gives the place behind it. */
static uint8_t *
copy_span(struct bitmark_span *span, uint8_t *to)
{
	if (span->size != 0)
		memcpy(to, span->data, span->size);
	span->data = to;
	return to + span->size;
}

static bool
has_block(const struct bitmark_connector_event *event)
{
	return event->type == BITMARK_CONNECTOR_EV_FETCHED &&
	    event->data.size > BITMARK_DIGEST_SIZE;
}

/* A block is copied into memory of its own, which the connector takes over.  So
 * it is copied only once between the socket and the connector. */
static struct bm_report *
new_report(const struct bitmark_connector_event *event)
{
	const size_t beside = has_block(event) ? event->data.size : 0;
	struct bm_report *report = malloc(sizeof *report + event->key.size +
	    event->connections.size + event->data.size - beside);
	uint8_t *to;

	if (report == NULL)
		return NULL;
	report->event = *event;
	to = copy_span(&report->event.key, report->bytes);
	to = copy_span(&report->event.connections, to);
	if (beside != 0) {
		to = report->event.memory = malloc(beside);
		if (to == NULL) {
			free(report);
			return NULL;
		}
	}
	(void)copy_span(&report->event.data, to);
	return report;
}

void
bm_reports_put(struct bm_reports *r,
    const struct bitmark_connector_event *event)
{
	struct bm_report *report = new_report(event);

	if (report == NULL)
		bm_log(&r->env, BITMARK_LOG_ERROR, "sync",
		    "an event is lost: %s",
		    bitmark_strerror(BITMARK_E_NOMEM));
	else
		STAILQ_INSERT_TAIL(&r->list, report, entry);
}

static void
put_peer(struct bm_reports *r, const struct bitmark_peer *peer, bool is_filler)
{
	bm_reports_put(r, &(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_NEIGHBOUR,
	    .key = { peer->key, sizeof peer->key },
	    .connections = { peer->connections, peer->connections_size },
	    .is_filler = is_filler });
}

void
bm_reports_put_neighbour(struct bm_reports *r, const struct bitmark_peer *peer)
{
	put_peer(r, peer, false);
}

void
bm_reports_put_filler(struct bm_reports *r, const struct bitmark_peer *peer)
{
	put_peer(r, peer, true);
}

struct bm_report *
bm_reports_take(struct bm_reports *r)
{
	struct bm_report *report = STAILQ_FIRST(&r->list);

	if (report != NULL)
		STAILQ_REMOVE_HEAD(&r->list, entry);
	return report;
}
