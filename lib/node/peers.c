/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The peers that this node knows, and those that it should be connected to.
 *
 * The table of peers is ordered by key.  A node connects to those that stand
 * at certain distances from it, its neighbours, so that the network hangs
 * together without anybody knowing all of it.  Whenever the table changes, the
 * neighbours are reported to the connector, which decides what to do.
 *
 * When the neighbours are too few, there are two more sources: candidates of
 * the last run, from the file, and the records of a domain.
 *
 * Connections that are still free are given to all known peers in turn.
 * Otherwise a node would lose touch when few others know it, or when its key
 * makes it the neighbour of no other node.
 */
#include "node/peers.h"

#include <bitmarkpeer/rpc_list.h>

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "node/peers_file.h"

#define MODULE "announcer"
/* Known peers that are reported in one cycle to fill free connections. */
#define FILLERS 3
/* Peers of the last run that are reported while there are too few. */
#define CANDIDATES 3
/* For so long after the start this node asks for peers even when it has enough
 * clients. */
#define LEARN_MS (BITMARK_ANNOUNCE_FIRST_S * 1000u)

struct bm_peers {
	struct bm_peers_needs needs;
	struct bm_peers_file file;
	struct bitmark_rpc_list *rpcs;
	uint64_t announce_at_ms;
	uint64_t look_at_ms;            /* for neighbours, the next time   */
	uint64_t learn_until_ms;
	uint64_t fill_at_ms;
	size_t filler;                  /* rank of the next one            */
	bool wanted;                    /* by the connector, or there are
	                                   new ones from the DNS           */
};

static const struct bitmark_env *
env(const struct bm_peers *p)
{
	return &p->needs.settings->env;
}

static uint64_t
now_ms(const struct bm_peers *p)
{
	return p->needs.now->ms;
}

bitmark_status
bm_peers_new(struct bm_peers **peers, const struct bm_peers_needs *needs)
{
	const struct bitmark_rpc *rpc = &needs->settings->rpc;
	struct bm_peers *p = calloc(1, sizeof *p);
	bitmark_status status;

	*peers = p;
	if (p == NULL)
		return BITMARK_E_NOMEM;
	p->needs = *needs;
	p->file = (struct bm_peers_file){ .settings = needs->settings,
	    .now = needs->now, .table = needs->table };
	status = bitmark_rpc_list_new(&p->rpcs, 0,
	    needs->settings->rules);
	if (status == BITMARK_OK && rpc->connections_size != 0)
		status = bitmark_rpc_list_set_local(p->rpcs,
		    (struct bitmark_announcement){
		    { rpc->fingerprint, sizeof rpc->fingerprint },
		    { rpc->connections, rpc->connections_size },
		    needs->now->s });
	return status;
}

void
bm_peers_free(struct bm_peers *p)
{
	if (p == NULL)
		return;
	bitmark_rpc_list_free(p->rpcs);
	free(p);
}

void
bm_peers_save(struct bm_peers *p)
{
	bm_peers_file_save(&p->file);
}

/*
 * Neighbours.
 */

/* Report peers of the DNS records, in turn.  A node without any registration
 * needs as many as the rules ask for.  Otherwise one at a time is reported,
 * because it may take the place of a client that works and not answer
 * itself. */
static void
report_found(struct bm_peers *p)
{
	size_t registered = bm_upstreams_registered(p->needs.upstreams);
	const size_t enough = p->needs.settings->rules->minimum_clients;
	size_t count = registered == 0 ? enough : 1;

	if (registered >= enough)
		return;
	for (; count > 0; count--) {
		const struct bitmark_peer *peer = bm_bootstrap_next(
		    p->needs.bootstrap);

		if (peer != NULL)
			bm_reports_put_neighbour(p->needs.reports, peer);
	}
}

/* Report the peers that this node should be connected to; and when the
 * connector has too few clients, also some of the last run and of the DNS. */
static void
report_neighbours(struct bm_peers *p, bool too_few)
{
	struct bitmark_announce *table = bm_table_lock(p->needs.table);
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];
	struct bitmark_peer candidate[CANDIDATES];
	size_t candidates = 0;
	size_t count = bitmark_announce_neighbours(table, list,
	    BITMARK_NEIGHBOURS_MAX);

	while (too_few && candidates < CANDIDATES &&
	    bitmark_announce_candidate(table, p->needs.now->s,
	    &candidate[candidates]) == BITMARK_OK)
		candidates++;
	bm_table_unlock(p->needs.table);
	for (size_t i = 0; i < count; i++)
		bm_reports_put_neighbour(p->needs.reports, &list[i].peer);
	for (size_t i = 0; i < candidates; i++)
		bm_reports_put_neighbour(p->needs.reports, &candidate[i]);
	if (too_few)
		report_found(p);
}

/* Report a few of all known peers, in turn.  The connector connects to them
 * only where it has a free place: a peer that works is not given up for
 * them. */
static void
report_fillers(struct bm_peers *p)
{
	struct bitmark_peer filler[FILLERS];
	struct bitmark_announce *table;
	size_t known, count = 0;

	if (!p->needs.settings->dynamic_connections ||
	    now_ms(p) < p->fill_at_ms)
		return;
	p->fill_at_ms = now_ms(p) + p->needs.settings->cycle_ms;
	if (bm_upstreams_registered(p->needs.upstreams) >=
	    p->needs.settings->dynamic_clients)
		return;
	table = bm_table_lock(p->needs.table);
	known = bitmark_announce_count(table);
	for (; count < known && count < FILLERS; count++) {
		p->filler = (p->filler + 1) % known;
		filler[count] = *bitmark_announce_at(table, p->filler);
	}
	bm_table_unlock(p->needs.table);
	for (size_t i = 0; i < count; i++)
		bm_reports_put_filler(p->needs.reports, &filler[i]);
}

/*
 * The connector asks for neighbours when it has too few clients.  But a node
 * that follows one static peer should find the others, too, and be found by
 * them.  Announcements alone would tell of them only after minutes, so the node
 * asks a peer once a cycle: for LEARN_MS after the start, and whenever it has
 * too few clients.
 */
static bool
should_look(struct bm_peers *p)
{
	const struct bm_settings *settings = p->needs.settings;
	bool wanted = p->wanted;

	p->wanted = false;
	if (!settings->dynamic_connections || now_ms(p) < p->look_at_ms)
		return wanted;
	p->look_at_ms = now_ms(p) + settings->cycle_ms;
	if (now_ms(p) >= p->learn_until_ms &&
	    bm_upstreams_registered(p->needs.upstreams) >=
	    p->needs.settings->rules->minimum_clients)
		return wanted;
	bm_upstreams_ask_peer(p->needs.upstreams);
	return true;
}

void
bm_peers_want(struct bm_peers *p)
{
	p->wanted = true;
}

bitmark_status
bm_peers_add(struct bm_peers *p, const struct bitmark_peer *peer)
{
	bitmark_status status = bm_table_add(p->needs.table, peer,
	    p->needs.now->s);

	if (status == BITMARK_OK)
		bm_reports_put_neighbour(p->needs.reports, peer);
	return status;
}

/*
 * Announcements.
 */

static void
announce(struct bm_peers *p, const char *command,
    struct bitmark_announcement a)
{
	uint8_t time[8];
	const struct bitmark_span parameters[] = {
		a.key, a.connections, { time, sizeof time },
	};

	bm_put_u64be(time, a.timestamp);
	bm_events_tell(p->needs.events, BITMARK_MESSAGE_ANNOUNCEMENT,
	    command, parameters, 3);
}

/* A node that others cannot reach, behind NAT for example, is configured
 * without addresses to announce; it does not announce itself. */
static void
announce_own(struct bm_peers *p)
{
	const struct bitmark_peer *own = &p->needs.settings->own;
	const struct bitmark_rpc *rpc = &p->needs.settings->rpc;

	if (rpc->connections_size != 0)
		announce(p, "rpc", (struct bitmark_announcement){
		    { rpc->fingerprint, sizeof rpc->fingerprint },
		    { rpc->connections, rpc->connections_size },
		    p->needs.now->s });
	if (own->connections_size != 0)
		announce(p, "peer", (struct bitmark_announcement){
		    { own->key, sizeof own->key },
		    { own->connections, own->connections_size },
		    p->needs.now->s });
}

static bool
is_own(struct bitmark_span key, const uint8_t *own, size_t size)
{
	return key.size == size && memcmp(key.data, own, size) == 0;
}

/* Peers also pass our own announcement on to us.  It tells nothing new, so it
 * is ignored; the peer did nothing wrong, so that is no error. */
bitmark_status
bm_peers_hear(struct bm_peers *p, enum bitmark_request_kind kind,
    uint64_t sender, struct bitmark_announcement a)
{
	const struct bm_settings *settings = p->needs.settings;
	const uint64_t now_s = p->needs.now->s;
	bool relay = false;
	bitmark_status status;

	if (kind == BITMARK_REQUEST_PEER ? is_own(a.key, settings->own.key,
	    sizeof settings->own.key) : settings->rpc.connections_size != 0 &&
	    is_own(a.key, settings->rpc.fingerprint,
	    sizeof settings->rpc.fingerprint))
		return BITMARK_OK;
	if (kind == BITMARK_REQUEST_PEER)
		status = bm_table_hear(p->needs.table, sender, &a, now_s,
		    &relay);
	else
		status = bm_table_admit(p->needs.table, sender, now_s);
	if (status == BITMARK_OK && kind != BITMARK_REQUEST_PEER)
		status = bitmark_rpc_list_add(p->rpcs, sender, a, now_s,
		    &relay, &a.timestamp);
	if (status == BITMARK_OK && relay)
		announce(p, kind == BITMARK_REQUEST_PEER ? "peer" : "rpc", a);
	return status;
}

/* The list of client RPCs and the table expire at the pace of announcements:
 * an entry that was not announced again for many intervals is removed.  It may
 * have been a neighbour, so the neighbours are reported anew. */
static void
expire_peers(struct bm_peers *p)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	struct bitmark_announce *table;
	size_t expired;
	bool changed;

	(void)bitmark_rpc_list_expire(p->rpcs, p->needs.now->s);
	table = bm_table_lock(p->needs.table);
	expired = bitmark_announce_expire(table, p->needs.now->s);
	while (bitmark_announce_take_expired(table, key))
		bm_reports_put(p->needs.reports,
		    &(struct bitmark_connector_event){
		    .type = BITMARK_CONNECTOR_EV_EXPIRED,
		    .key = { key, sizeof key } });
	changed = bitmark_announce_take_changed(table);
	bm_table_unlock(p->needs.table);
	bm_log(env(p), BITMARK_LOG_DEBUG, MODULE,
	    "announced; %zu peers expired", expired);
	if (changed)
		report_neighbours(p, false);
}

const struct bitmark_rpc_list *
bm_peers_rpcs(const struct bm_peers *p)
{
	return p->rpcs;
}

/*
 * The loop.
 */

void
bm_peers_begin(struct bm_peers *p)
{
	bm_peers_file_begin(&p->file);
	p->announce_at_ms = now_ms(p) + p->needs.settings->announce_first_ms;
	p->learn_until_ms = now_ms(p) + LEARN_MS;
	/* Neighbours are reported now; the first fillers come a cycle later, so
	 * that neighbours get the places first. */
	p->fill_at_ms = now_ms(p) + p->needs.settings->cycle_ms;
	report_neighbours(p, false);
}

void
bm_peers_run(struct bm_peers *p)
{
	if (bm_bootstrap_run(p->needs.bootstrap))
		p->wanted = true;
	if (should_look(p))
		report_neighbours(p, true);
	report_fillers(p);
	bm_peers_file_run(&p->file);
	if (now_ms(p) < p->announce_at_ms)
		return;
	p->announce_at_ms = now_ms(p) +
	    p->needs.settings->announce_interval_ms;
	announce_own(p);
	expire_peers(p);
}

/* bm_peers_want only sets a flag.  A deadline that has come already makes the
 * owner start the turn that looks for neighbours without waiting. */
uint64_t
bm_peers_deadline(const struct bm_peers *p)
{
	uint64_t due_ms = p->announce_at_ms;

	if (p->wanted)
		return now_ms(p);
	if (p->needs.settings->dynamic_connections)
		due_ms = bm_earlier(due_ms, bm_earlier(p->look_at_ms,
		    p->fill_at_ms));
	return p->needs.settings->peer_file != NULL ?
	    bm_earlier(due_ms, p->file.compare_at_ms) : due_ms;
}
