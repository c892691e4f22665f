/*
 * First peers from the DNS: what the look-up thread finds enters the table of
 * peers, as if it had been announced now; and while there are too few to
 * follow, the nodes of the last answer are tried in turn.
 *
 * A record that was there before does not enter the table anew: a node that
 * the DNS goes on naming but that does not announce itself is not passed on
 * to others for ever.
 *
 * Source: bitmarkd v8.2 announce/setup.go
 */
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "codec/log.h"
#include "node/lookup.h"
#include "node/owner.h"

bitmark_status
bm_bootstrap_start(struct bm_owner *o,
    const struct bitmark_node_config *config)
{
	const struct bm_lookup_config lookup = {
		.domain = config->dns_domain,
		.server = config->dns_server,
		.refresh_ms = config->dns_refresh_ms,
		.env = config->env,
	};

	return lookup.domain == NULL ? BITMARK_OK :
	    bm_lookup_start(&o->bootstrap.lookup, &lookup);
}

void
bm_bootstrap_close(struct bm_owner *o)
{
	bm_lookup_stop(o->bootstrap.lookup);
	free(o->bootstrap.found);
	o->bootstrap = (struct bm_bootstrap){ .lookup = NULL };
}

size_t
bm_bootstrap_items(const struct bm_owner *o, zmq_pollitem_t *items)
{
	if (o->bootstrap.lookup == NULL)
		return 0;
	items[0] = (zmq_pollitem_t){ NULL, bm_lookup_fd(o->bootstrap.lookup),
	    ZMQ_POLLIN, 0 };
	return 1;
}

static bool
has(const struct bm_found *found, const struct bitmark_peer *peer)
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

/* This node's own record is refused, like any announcement of it. */
static void
enter(struct bm_owner *o, const struct bitmark_peer *peer)
{
	bitmark_status status = bm_table_add(&o->node->table, peer,
	    o->state.now.s);

	if (status != BITMARK_OK)
		bm_log(&o->node->settings.env, BITMARK_LOG_DEBUG, "dns",
		    "node not taken: %s", bitmark_strerror(status));
}

static void
publish(struct bm_owner *o)
{
	struct bitmark_node *node = o->node;

	pthread_mutex_lock(&node->status_lock);
	node->status.dns_records = o->bootstrap.found->count;
	node->status.dns_bad = o->bootstrap.found->bad;
	pthread_mutex_unlock(&node->status_lock);
}

void
bm_bootstrap_run(struct bm_owner *o)
{
	struct bm_bootstrap *b = &o->bootstrap;
	struct bm_found *found = b->lookup == NULL ? NULL :
	    bm_lookup_take(b->lookup);

	if (found == NULL)
		return;
	for (size_t i = 0; i < found->count; i++)
		if (!has(b->found, &found->peer[i])) {
			enter(o, &found->peer[i]);
			o->follow.want_neighbours = true;
		}
	free(b->found);
	b->found = found;
	b->next = 0;
	publish(o);
}

void
bm_bootstrap_offer(struct bm_owner *o)
{
	struct bm_bootstrap *b = &o->bootstrap;
	size_t registered = bm_clients_registered(o), count;

	if (b->found == NULL ||
	    registered >= BITMARK_CONNECTOR_MINIMUM_CLIENTS)
		return;
	/* Those that work are not to be pushed out by many that do not. */
	count = registered == 0 ? BITMARK_CONNECTOR_MINIMUM_CLIENTS : 1;
	for (; count > 0 && b->found->count > 0; count--) {
		bm_announcer_tell(o, &b->found->peer[b->next]);
		b->next = (b->next + 1) % b->found->count;
	}
}
