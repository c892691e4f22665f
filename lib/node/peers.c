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
 * Places that are left over are filled from all known peers in turn: a node
 * that no other knows, or that is nobody's neighbour by its place in the order,
 * would otherwise lose touch.
 */
#include "node/peers.h"

#include <bitmarkpeer/os.h>
#include <bitmarkpeer/peer_file.h>
#include <bitmarkpeer/rpc_list.h>

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "codec/log.h"

#define MODULE "announcer"
#define FILE_MODE 0600
/* The file of known peers is compared with the table after so many cycles; it
 * is written when a peer came, went or moved, and otherwise as often as this
 * node announces itself, for the times in it. */
#define SAVE_CYCLES 4
/* Known peers that are reported in one cycle for places that are free. */
#define FILLERS 3
/* Peers of the last run that are reported while there are too few. */
#define CANDIDATES 3
/* Source: FNV-1a, 64 bits */
#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
/* After the start this node asks for peers for so long, also when it has
 * enough clients. */
#define LEARN_MS (BITMARK_ANNOUNCE_FIRST_S * 1000u)

struct bm_peers {
	struct bm_peers_needs needs;
	struct bitmark_rpc_list *rpcs;
	uint64_t announce_at_ms;
	uint64_t look_at_ms;            /* for neighbours, the next time   */
	uint64_t learn_until_ms;
	uint64_t fill_at_ms;
	size_t filler;                  /* rank of the next one            */
	uint64_t compare_at_ms;         /* the file with the table         */
	uint64_t save_at_ms;            /* whether it differs or not       */
	uint64_t saved;                 /* sum of what was saved           */
	bool failed;                    /* the last save did               */
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

/*
 * The peer file.
 */

/* A peer file that is no regular file, as /dev/null or a pipe, is neither read
 * nor replaced: reading a pipe would wait for its writer. */
static bool
has_file(const struct bm_settings *settings)
{
	return settings->peer_file != NULL &&
	    !bitmark_file_is_special(settings->peer_file);
}

/* The first start has no file, and that is not worth a line in the log.  A file
 * that cannot be read does not keep the node from starting: it is only a
 * memory of addresses, and is written anew at the end. */
static void
restore(struct bm_peers *p)
{
	const struct bm_settings *settings = p->needs.settings;
	struct bitmark_peer_file_counts counts = {
		.struct_size = sizeof counts,
	};
	uint8_t *text;
	size_t size;
	bitmark_status status;

	if (!has_file(settings))
		return;
	status = bitmark_file_read(settings->peer_file,
	    BITMARK_PEER_FILE_MAX, &text, &size);
	if (status == BITMARK_E_NOT_FOUND)
		return;
	if (status == BITMARK_OK) {
		status = bitmark_peer_file_restore(
		    bm_table_lock(p->needs.table), (const char *)text, size,
		    p->needs.now->s, &counts);
		bm_table_unlock(p->needs.table);
		free(text);
	}
	bm_log(env(p), status == BITMARK_OK ? BITMARK_LOG_INFO :
	    BITMARK_LOG_WARN, MODULE, "%s: %zu peers taken, %zu skipped: %s",
	    settings->peer_file, counts.taken, counts.skipped,
	    bm_log_outcome(status));
}

static uint64_t
add_bytes(uint64_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * FNV_PRIME;
	return sum;
}

/* A number that changes with the keys and addresses of the table, not with the
 * times: these change with each announcement, and a file that is a few minutes
 * old is as good as a new one. */
static uint64_t
sum_up(const struct bitmark_announce *table)
{
	const size_t count = bitmark_announce_count(table);
	uint64_t sum = FNV_OFFSET;

	for (size_t i = 0; i < count; i++) {
		const struct bitmark_peer *peer = bitmark_announce_at(table, i);

		sum = add_bytes(sum, peer->key, sizeof peer->key);
		sum = add_bytes(sum, peer->connections,
		    peer->connections_size);
	}
	return sum;
}

/* A full disk is told once, not with each attempt. */
static void
tell_saved(struct bm_peers *p, bitmark_status status)
{
	if (status != BITMARK_OK && !p->failed)
		bm_log(env(p), BITMARK_LOG_ERROR, MODULE, "%s: %s",
		    p->needs.settings->peer_file, bitmark_strerror(status));
	p->failed = status != BITMARK_OK;
}

/* The text is made with the lock held and written without it: a disk may take
 * seconds, and the listener's thread needs the table to answer a registration.
 * A table without peers leaves the old file, which may still be of use. */
void
bm_peers_save(struct bm_peers *p)
{
	const struct bm_settings *settings = p->needs.settings;
	const struct bitmark_announce *table;
	char *text = NULL;
	size_t size = 0;
	uint64_t sum;
	bitmark_status status;

	if (!has_file(settings))
		return;
	table = bm_table_lock(p->needs.table);
	sum = sum_up(table);
	status = bitmark_peer_file_format(table, &text, &size);
	bm_table_unlock(p->needs.table);
	if (status == BITMARK_E_NOT_FOUND)
		return;
	if (status == BITMARK_OK)
		status = bitmark_file_replace(settings->peer_file, FILE_MODE,
		    text, size);
	free(text);
	if (status == BITMARK_OK)
		p->saved = sum;
	tell_saved(p, status);
}

/* A process that is killed, or a machine that loses its power, must not cost
 * the node what it has learnt in weeks. */
static void
save_changes(struct bm_peers *p)
{
	uint64_t sum;

	if (now_ms(p) < p->compare_at_ms)
		return;
	p->compare_at_ms = now_ms(p) + SAVE_CYCLES *
	    p->needs.settings->cycle_ms;
	if (!has_file(p->needs.settings))
		return;
	sum = sum_up(bm_table_lock(p->needs.table));
	bm_table_unlock(p->needs.table);
	if (sum == p->saved && now_ms(p) < p->save_at_ms)
		return;
	p->save_at_ms = now_ms(p) + p->needs.settings->announce_interval_ms;
	bm_peers_save(p);
}

/*
 * Neighbours.
 */

/* A few peers of the DNS, in turn.  Many when this node is registered with
 * none; otherwise one at a time, so that clients that work are not pushed out
 * by peers that do not. */
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

/* A few of all known peers, in turn.  The connector decides which of them get a
 * place, and none of them takes the place of a peer that works. */
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
 * them.  For that it must know them, and announcements travel slowly; so it
 * asks a peer, once a cycle: at first, and while it has few.
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

/* A node that is not to be found, behind NAT for example, has no addresses to
 * announce, and says nothing of itself. */
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

/* Our own announcement comes back from peers: it is known already, and no fault
 * of the peer that sends it. */
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
 * an entry that was not heard of for many intervals is gone.  Sources of
 * neighbours may have gone with it. */
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

/*
 * The loop.
 */

void
bm_peers_begin(struct bm_peers *p)
{
	restore(p);
	p->announce_at_ms = now_ms(p) + p->needs.settings->announce_first_ms;
	p->learn_until_ms = now_ms(p) + LEARN_MS;
	/* Neighbours come first. */
	p->fill_at_ms = now_ms(p) + p->needs.settings->cycle_ms;
	p->compare_at_ms = now_ms(p) + SAVE_CYCLES *
	    p->needs.settings->cycle_ms;
	p->save_at_ms = now_ms(p) + p->needs.settings->announce_interval_ms;
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
	save_changes(p);
	if (now_ms(p) < p->announce_at_ms)
		return;
	p->announce_at_ms = now_ms(p) +
	    p->needs.settings->announce_interval_ms;
	announce_own(p);
	expire_peers(p);
}

/* Neighbours that are wanted are looked for in the next turn, which is to come
 * at once. */
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
	    bm_earlier(due_ms, p->compare_at_ms) : due_ms;
}
