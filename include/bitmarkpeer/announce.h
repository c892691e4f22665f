/*
 * announce - the ordered table of all peers a node has heard of.
 *
 * Pure: no I/O, no clock, no thread; the random source is handed in.
 * Announcements are hearsay: nothing here proves that a peer exists.
 */
#ifndef BITMARKPEER_ANNOUNCE_H
#define BITMARKPEER_ANNOUNCE_H

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/connection.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Source: bitmarkd v8.2 announce/announcer.go */
#define BITMARK_ANNOUNCE_REBROADCAST_S (7 * 60)
#define BITMARK_ANNOUNCE_EXPIRY_S (55 * 60)
/* How far ahead a timestamp may lie.  Source: local bound [D-34]. */
#define BITMARK_ANNOUNCE_AHEAD_S (5 * 60)
/* Entries, at most.  Source: local bound [D-37]. */
#define BITMARK_ANNOUNCE_PEERS_MAX 10000

struct bitmark_announce;

/* A plain value. */
struct bitmark_peer {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	uint8_t connections[BITMARK_CONNECTIONS_MAX];
	size_t connections_size;        /* bytes */
	uint64_t timestamp;             /* Unix seconds */
};

/*
 * bitmark_announce_new(announce, own, peers_max, env):
 * An empty table with this node's own entry.
 *
 *   announce  new; owned by the caller: bitmark_announce_free
 *   own       copied; connections_size 0: this node is not announced
 *   peers_max 0: BITMARK_ANNOUNCE_PEERS_MAX
 *   env       copied; only random is used; NULL: libsodium
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_new(
    struct bitmark_announce **announce, const struct bitmark_peer *own,
    size_t peers_max, const struct bitmark_env *env);

BITMARK_API void bitmark_announce_free(struct bitmark_announce *announce);

/*
 * bitmark_announce_add(announce, key, connections, timestamp, now_s, relay,
 *     stored):
 * Take one announcement.
 *
 *   key          32 bytes, not zero, not our own; else refused
 *   connections  a usable packed list (bitmark_connections_usable)
 *   timestamp    Unix seconds; 0 or slightly ahead counts as now
 *   relay        set to whether the announcement should be passed on; may be
 *                NULL
 *   stored       the timestamp that was stored and must be relayed; may be
 *                NULL
 *
 * Returns BITMARK_OK (also when it brings nothing new),
 * BITMARK_E_PUBLIC_KEY, BITMARK_E_IP_ADDRESS, BITMARK_E_TIMESTAMP (too far
 * ahead, or expired), or BITMARK_E_NOMEM.
 *
 * Source: bitmarkd v8.2 announce/peer.go AddPeer; PROTOCOL 11.3
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_add(
    struct bitmark_announce *announce, struct bitmark_span key,
    struct bitmark_span connections, uint64_t timestamp, uint64_t now_s,
    bool *relay, uint64_t *stored);

/*
 * bitmark_announce_random(announce, exclude, peer):
 * A peer chosen uniformly among all that are neither our own nor ${exclude}
 * (32 bytes).  Returns BITMARK_OK or BITMARK_E_NOT_FOUND.
 *
 * Source: bitmarkd v8.2 announce/peer.go GetRandom, with [D-12] mended
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_random(
    struct bitmark_announce *announce,
    const uint8_t exclude[BITMARK_PEER_KEY_SIZE], struct bitmark_peer *peer);

/* Remove what was last heard of BITMARK_ANNOUNCE_EXPIRY_S ago or earlier,
 * but never our own entry; returns how many. */
BITMARK_API size_t bitmark_announce_expire(struct bitmark_announce *announce,
    uint64_t now_s);

/* Entries, our own included when it is announced. */
BITMARK_API size_t bitmark_announce_count(
    const struct bitmark_announce *announce);

/* The entry of this rank (0-based, in the order of keys), or NULL.  Inside,
 * until the table changes. */
BITMARK_API const struct bitmark_peer *bitmark_announce_at(
    const struct bitmark_announce *announce, size_t rank);

#ifdef __cplusplus
}
#endif

#endif
