/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Answers of the DNS, compared with the answer before.
 *
 * Only peers that are new in an answer enter the table, with the time of now.
 * An old one is in the table already, or it has expired because it does not
 * announce itself any more; entering it again would make it immortal.
 */
#include "node/bootstrap.h"

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "node/lookup.h"

struct bm_bootstrap {
	struct bm_bootstrap_needs needs;
	struct bm_lookup *lookup;       /* NULL: no domain                 */
	uint64_t answers;
	struct bm_found *found;         /* the last one; NULL: none yet    */
	size_t next;                    /* of them, to be tried            */
};

bitmark_status
bm_bootstrap_new(struct bm_bootstrap **bootstrap,
    const struct bm_bootstrap_needs *needs,
    const struct bitmark_node_config *config)
{
	const struct bm_lookup_config lookup = {
		.domain = config->standalone ? NULL : config->dns_domain,
		.server = config->dns_server,
		.refresh_ms = config->dns_refresh_ms,
		.env = config->env,
	};
	struct bm_bootstrap *b = calloc(1, sizeof *b);

	*bootstrap = b;
	if (b == NULL)
		return BITMARK_E_NOMEM;
	b->needs = *needs;
	return lookup.domain == NULL ? BITMARK_OK :
	    bm_lookup_new(&b->lookup, &lookup);
}

void
bm_bootstrap_free(struct bm_bootstrap *b)
{
	if (b == NULL)
		return;
	bm_lookup_free(b->lookup);
	free(b->found);
	free(b);
}

size_t
bm_bootstrap_items(const struct bm_bootstrap *b, zmq_pollitem_t *items)
{
	return b->lookup == NULL ? 0 : bm_lookup_items(b->lookup, items);
}

uint64_t
bm_bootstrap_deadline(const struct bm_bootstrap *b)
{
	return b->lookup == NULL ? UINT64_MAX :
	    bm_lookup_deadline(b->lookup);
}

/* The same key at another address is another peer here: a node that has moved
 * must be entered with its new address. */
static bool
has_peer(const struct bm_found *found, const struct bitmark_peer *peer)
{
	for (size_t i = 0; found != NULL && i < found->count; i++) {
		const struct bitmark_peer *known = &found->peer[i];

		if (memcmp(known->key, peer->key, sizeof peer->key) == 0 &&
		    known->connections_size == peer->connections_size &&
		    memcmp(known->connections, peer->connections,
		    peer->connections_size) == 0)
			return true;
	}
	return false;
}

/* The table refuses this node's own record, like any announcement of it. */
static void
enter_found(struct bm_bootstrap *b, const struct bitmark_peer *peer)
{
	bitmark_status status = bm_table_add(b->needs.table, peer,
	    b->needs.now->s);

	if (status != BITMARK_OK)
		bm_log(&b->needs.settings->env, BITMARK_LOG_DEBUG, "dns",
		    "peer skipped: %s", bitmark_strerror(status));
}

bool
bm_bootstrap_run(struct bm_bootstrap *b)
{
	struct bm_found *found = b->lookup == NULL ? NULL :
	    bm_lookup_step(b->lookup, b->needs.now->ms);
	bool news = false;

	if (found == NULL)
		return false;
	for (size_t i = 0; i < found->count; i++)
		if (!has_peer(b->found, &found->peer[i])) {
			enter_found(b, &found->peer[i]);
			news = true;
		}
	free(b->found);
	b->found = found;
	b->answers++;
	b->next = 0;
	return news;
}

/* In turn, because the first records of a list may all be of dead nodes. */
const struct bitmark_peer *
bm_bootstrap_next(struct bm_bootstrap *b)
{
	size_t at = b->next;

	if (b->found == NULL || b->found->count == 0)
		return NULL;
	b->next = (at + 1) % b->found->count;
	return &b->found->peer[at];
}

void
bm_bootstrap_counts(const struct bm_bootstrap *b,
    struct bm_bootstrap_counts *counts)
{
	*counts = (struct bm_bootstrap_counts){ .answers = b->answers };
	if (b->found != NULL) {
		counts->good = b->found->count;
		counts->bad = b->found->bad;
	}
}
