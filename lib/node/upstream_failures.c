/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The reasons why connections failed: they are logged, but rarely, and shown by
 * bitmark_node_each_connection.
 */
#include "node/upstream_impl.h"

#include <stdio.h>
#include <string.h>

#include "codec/log.h"

#define MODULE "sync"

static bool
is_static(const struct bm_upstream *u)
{
	return u->client < u->needs->settings->peer_count;
}

/* The place of this key in the list of those whose failures were told; or a
 * free one, or else the one that was told longest ago. */
static struct bm_told *
place_of(const struct bm_upstream *u)
{
	struct bm_told *oldest = &u->needs->told[0];

	for (size_t i = 0; i < BM_TOLD_MAX; i++) {
		struct bm_told *told = &u->needs->told[i];

		if (told->reason[0] != '\0' && memcmp(told->key, u->key,
		    sizeof u->key) == 0)
			return told;
		if (told->reason[0] == '\0' || (oldest->reason[0] != '\0' &&
		    told->at_ms < oldest->at_ms))
			oldest = told;
	}
	oldest->reason[0] = '\0';
	return oldest;
}

/* A dynamic peer that comes back may be another client of the connector, so the
 * list of logged failures is by key and not by client. */
static bool
should_tell(const struct bm_upstream *u)
{
	struct bm_told *told = place_of(u);
	const uint64_t now_ms = u->needs->now->ms;
	const bool same = strcmp(told->reason, u->reason) == 0;

	if (told->reason[0] != '\0' && now_ms - told->at_ms <
	    (same ? BM_TOLD_AGAIN_MS : BM_TOLD_OTHER_MS))
		return false;
	told->at_ms = now_ms;
	memcpy(told->key, u->key, sizeof told->key);
	memcpy(told->reason, u->reason, sizeof told->reason);
	return true;
}

/* Failures of static peers are warnings, because the operator has named these
 * peers and can mend a mistake.  Some dynamic peers are always away, so theirs
 * have a lower level. */
static void
note_failure(struct bm_upstream *u, const char *reason)
{
	char at[BITMARK_CONNECTION_TEXT_MAX] = "";
	const struct bitmark_connection *address =
	    &bm_dealer_history(u->dealer)->address;

	(void)snprintf(u->reason, sizeof u->reason, "%s", reason);
	u->failed_s = u->needs->now->s;
	if (!should_tell(u))
		return;
	if (address->port != 0)
		bitmark_connection_to_text(address, at);
	bm_log(&u->needs->settings->env, is_static(u) ? BITMARK_LOG_WARN : BITMARK_LOG_INFO,
	    MODULE, "%s%s%s: not connected: %s", u->name,
	    at[0] != '\0' && strcmp(at, u->name) != 0 ? ", at " : "",
	    strcmp(at, u->name) != 0 ? at : "", u->reason);
}

/* Notes the failed attempts that the dealer has counted since the last look. */
void
bm_upstream_note_tries(struct bm_upstream *u)
{
	const struct bm_dealer_history *history = bm_dealer_history(u->dealer);
	const bool failed = history->failures != u->failures;

	u->failures = history->failures;
	if (failed && history->reason != NULL)
		note_failure(u, history->reason);
}

/* A node that refuses to register us says why: that its chain is another, for
 * example. */
void
bm_upstream_note_refusal(struct bm_upstream *u,
    const struct bm_dealer_reply *reply)
{
	char text[BM_REASON_SIZE] = "";
	struct bitmark_span payload;

	if (!u->registered && bm_reply_check(reply->frame, reply->count, "R",
	    &payload, text) != BITMARK_OK && text[0] != '\0')
		note_failure(u, text);
}

int
bm_upstream_show(const struct bm_upstream *u, bitmark_node_connection_fn each,
    void *user)
{
	const struct bm_dealer_history *history = bm_dealer_history(u->dealer);
	char at[BITMARK_CONNECTION_TEXT_MAX];
	struct bitmark_upstream_counters counters = {
		.struct_size = sizeof counters };
	struct bitmark_node_connection connection = {
		.address = u->name,
		.is_static = is_static(u),
		.connected = u->connected,
		.registered = u->registered,
		.height = u->height,
		.counters = &counters,
		.tries = history->tries,
		.failures = history->failures,
		.reason = u->reason[0] != '\0' ? u->reason : NULL,
		.failed_s = u->failed_s,
		.at = history->address.port != 0 ? at : NULL,
		.round_trip_us = u->round_trip_us,
	};

	bitmark_connection_to_text(&history->address, at);
	memcpy(connection.key, u->key, sizeof connection.key);
	bitmark_upstream_get_counters(u->session, &counters);
	return each(user, &connection);
}
