/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
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
#include <bitmarkpeer/rules.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Source: bitmarkd v8.2 announce/announcer.go */
#define BITMARK_ANNOUNCE_REBROADCAST_S (7 * 60)
/* How far ahead a timestamp may lie.  Source: local bound [D-34]. */
#define BITMARK_ANNOUNCE_AHEAD_S (5 * 60)
/* Entries, at most.  Source: local bound [D-37]. */
#define BITMARK_ANNOUNCE_PEERS_MAX 10000

/* When a node announces itself: first, then again and again.
 * Source: bitmarkd v8.2 announce/announcer.go */
#define BITMARK_ANNOUNCE_FIRST_S (2 * 60)
#define BITMARK_ANNOUNCE_INTERVAL_S (11 * 60)
/* Candidates: peers of an earlier run, or expired, that are not told to others
 * but may be tried.  Their number, and the age at which they are forgotten.
 * Source: local bounds. */
#define BITMARK_ANNOUNCE_CANDIDATES_MAX 1000
#define BITMARK_ANNOUNCE_CANDIDATE_AGE_S (7 * 24 * 60 * 60)
/* Keys whose entries are kept (bitmark_announce_keep), at most.
 * Source: local bound. */
#define BITMARK_ANNOUNCE_KEPT_MAX 256
/* Bounds of one sender: so many announcements at once, and so many each
 * second.  A network of 1000 nodes needs 3 a second.  Source: local bounds
 * [D-37]. */
#define BITMARK_ANNOUNCE_SENDER_BURST 1000
#define BITMARK_ANNOUNCE_SENDER_PER_S 4
/* Senders that are told apart.  Source: local bound. */
#define BITMARK_ANNOUNCE_SENDERS_MAX 1024
/* In a full table the entries of one sender may be this part of all (1/8).  A
 * sender with more replaces only entries that it brought itself.
 * Source: local bound [D-37]. */
#define BITMARK_ANNOUNCE_SENDER_SHARE 8

struct bitmark_announce;

/* One announcement, of a peer or of a client service, as messages carry it.
 * A plain value; the spans are borrowed. */
struct bitmark_announcement {
	struct bitmark_span key;        /* the peer's public key, or the
	                                   fingerprint of the service's
	                                   certificate: 32 bytes            */
	struct bitmark_span connections;        /* packed                   */
	uint64_t timestamp;             /* Unix seconds                     */
};

/* How a peer is announced: the spans are inside ${peer}. */
BITMARK_API struct bitmark_announcement bitmark_peer_announcement(
    const struct bitmark_peer *peer);

/*
 * bitmark_announce_new(announce, own, peers_max, rules, env):
 * An empty table with this node's own entry.
 *
 *   announce  new; owned by the caller: bitmark_announce_free
 *   own       copied; connections_size 0: this node is not announced
 *   peers_max 0: BITMARK_ANNOUNCE_PEERS_MAX
 *   rules     say who is a neighbour, what a time of 0 means, and at which age
 *             an entry expires (announce_expiry_s); borrowed for as long as
 *             the table lives; NULL: bitmark_rules_8_2()
 *   env       copied; only random is used; NULL: libsodium
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_new(
    struct bitmark_announce **announce, const struct bitmark_peer *own,
    size_t peers_max, const struct bitmark_rules *rules,
    const struct bitmark_env *env);

BITMARK_API void bitmark_announce_free(struct bitmark_announce *announce);

/*
 * bitmark_announce_add(announce, sender, announcement, now_s, relay, stored):
 * Take one announcement.  When a stranger sent it, ask bitmark_announce_admit
 * first.
 *
 *   sender        any number that tells connections apart; 0: ourselves
 *   announcement  copied; refused when the key is not 32 bytes, zero or our
 *                 own, when the connections are not usable
 *                 (bitmark_connections_usable), or when the timestamp is too
 *                 far ahead or expired; a timestamp slightly ahead counts as
 *                 now, and so does 0 when the rules say so
 *                 (announce_zero_is_now): otherwise it has expired
 *   now_s         Unix time
 *   relay         set to whether the announcement should be passed on; may be
 *                 NULL
 *   stored        the timestamp that was stored and must be relayed; may be
 *                 NULL
 *
 * Returns BITMARK_OK (also when it brings nothing new),
 * BITMARK_E_PUBLIC_KEY, BITMARK_E_IP_ADDRESS, BITMARK_E_TIMESTAMP, or
 * BITMARK_E_NOMEM.
 *
 * Source: bitmarkd v8.2 announce/peer.go AddPeer
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_add(
    struct bitmark_announce *announce, uint64_t sender,
    struct bitmark_announcement announcement, uint64_t now_s, bool *relay,
    uint64_t *stored);

/*
 * bitmark_announce_admit(announce, sender, now_s):
 * May ${sender} make another announcement (peer or rpc)?  Each call that
 * returns BITMARK_OK uses up one of those that it may make.  Returns
 * BITMARK_OK, or BITMARK_E_BUSY: ignore the message and do not pass it on.
 *
 * Source: local bound [D-37]
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_admit(
    struct bitmark_announce *announce, uint64_t sender, uint64_t now_s);

/*
 * bitmark_announce_keep(announce, key), _release(announce, key):
 * Between these two calls the entry of ${key} (32 bytes), if there is one, is
 * not replaced by another in a full table: for static and for connected peers.
 * It expires like any other.  Calls nest.
 *
 * keep returns BITMARK_OK or BITMARK_E_BUSY (BITMARK_ANNOUNCE_KEPT_MAX keys).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_keep(
    struct bitmark_announce *announce,
    const uint8_t key[BITMARK_PEER_KEY_SIZE]);
BITMARK_API void bitmark_announce_release(struct bitmark_announce *announce,
    const uint8_t key[BITMARK_PEER_KEY_SIZE]);

/*
 * bitmark_announce_heard(announce, key, now_s):
 * The peer of ${key} (32 bytes) has just answered a poll.  Under rules with
 * announce_by_poll this renews the time from which its entry expires.  Nothing
 * else changes: whether an announcement of the peer is news is still judged by
 * its last announcement.
 *
 * Source: bitmarkd v0.16.0 announce, peer/upstream
 */
BITMARK_API void bitmark_announce_heard(struct bitmark_announce *announce,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], uint64_t now_s);

/*
 * bitmark_announce_take_expired(announce, key):
 * Take one of the kept keys whose entries bitmark_announce_expire has removed
 * under rules with announce_by_poll.  Tell the connector
 * (BITMARK_CONNECTOR_EV_EXPIRED), which closes the connection unless the peer
 * is static.  Returns false when there is no more; each key is given once.
 *
 * Source: bitmarkd v0.16.0 peer/connector.go
 */
BITMARK_API bool bitmark_announce_take_expired(
    struct bitmark_announce *announce, uint8_t key[BITMARK_PEER_KEY_SIZE]);

/* Did a key come, go, or move to another address since the last call? */
BITMARK_API bool bitmark_announce_take_changed(
    struct bitmark_announce *announce);

/*
 * How a neighbour was found, on the ring of keys: N1, N2 and N3 are the next
 * ones, P1 and P3 come before us, X50 is halfway round, X1 to X7 are the eighth
 * parts.
 */
enum bitmark_neighbour_label {
	BITMARK_NEIGHBOUR_N1,
	BITMARK_NEIGHBOUR_N2,
	BITMARK_NEIGHBOUR_N3,
	BITMARK_NEIGHBOUR_X25,
	BITMARK_NEIGHBOUR_X50,
	BITMARK_NEIGHBOUR_X75,
	BITMARK_NEIGHBOUR_X1,
	BITMARK_NEIGHBOUR_X2,
	BITMARK_NEIGHBOUR_X3,
	BITMARK_NEIGHBOUR_X4,
	BITMARK_NEIGHBOUR_X5,
	BITMARK_NEIGHBOUR_X6,
	BITMARK_NEIGHBOUR_X7,
	BITMARK_NEIGHBOUR_P1,
	BITMARK_NEIGHBOUR_P3,
};
#define BITMARK_NEIGHBOURS_MAX 11

/* A plain value. */
struct bitmark_neighbour {
	enum bitmark_neighbour_label label;
	struct bitmark_peer peer;
};

/* "N1" .. "X75"; static. */
BITMARK_API const char *bitmark_neighbour_name(
    enum bitmark_neighbour_label label);

/*
 * bitmark_announce_neighbours(announce, list, capacity):
 * The peers that this node should be connected to, in the order in which they
 * are tried by the release whose rules the table follows.  Returns how many
 * were written: at most ${capacity} and at most BITMARK_NEIGHBOURS_MAX.  A node
 * that is not announced counts from the place that its key would have.
 *
 * Source: bitmarkd v8.2 announce/announcer.go determineConnections, with [D-35]
 * mended; v0.16.0
 */
BITMARK_API size_t bitmark_announce_neighbours(
    const struct bitmark_announce *announce,
    struct bitmark_neighbour *list, size_t capacity);

/*
 * bitmark_announce_restore(announce, peer, now_s):
 * Take in a peer of an earlier run.  One that has not expired is added as by
 * bitmark_announce_add.  One that is up to BITMARK_ANNOUNCE_CANDIDATE_AGE_S old
 * becomes a candidate, which is neither listed nor told to others until it is
 * announced; so does one whose time lies ahead, because our clock may be
 * behind.  When there are too many candidates the oldest is forgotten.
 *
 * Returns as bitmark_announce_add.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_restore(
    struct bitmark_announce *announce, const struct bitmark_peer *peer,
    uint64_t now_s);

/*
 * bitmark_announce_candidate(announce, now_s, peer):
 * The next candidate in turn, of the last run or expired: for a node that has
 * too few neighbours.
 * Returns BITMARK_OK or BITMARK_E_NOT_FOUND.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_announce_candidate(
    struct bitmark_announce *announce, uint64_t now_s,
    struct bitmark_peer *peer);

BITMARK_API size_t bitmark_announce_candidate_count(
    const struct bitmark_announce *announce);

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

/* Remove the entries whose time is announce_expiry_s old or older, except our
 * own; their peers become candidates.  Returns how many were removed. */
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
