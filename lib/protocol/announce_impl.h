/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * announce, inside: the table of peers, the senders it hears of them from,
 * and the candidates for a first contact.
 */
#ifndef BM_PROTOCOL_ANNOUNCE_IMPL_H
#define BM_PROTOCOL_ANNOUNCE_IMPL_H

#include <bitmarkpeer/announce.h>
#include <bitmarkpeer/rules.h>

/* One line of the table. */
struct bm_announce_entry {
	struct bitmark_peer peer;       /* its time: when it was last heard of */
	uint64_t announced;             /* time of its last announcement */
	uint64_t sender;                /* that brought it; 0: ourselves */
	bool kept;                      /* its key is in kept            */
};

/* A key that must not make room for others. */
struct bm_announce_kept {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	unsigned holds;                 /* calls of keep less release    */
};

/* The budget of one sender: a token for each announcement, and new ones as time
 * goes by. */
struct bm_announce_sender {
	uint64_t sender;                /* 0: place is free              */
	uint64_t seen_s;                /* when tokens was brought up    */
	uint64_t tokens;
};

struct bitmark_announce {
	struct bitmark_env env;
	const struct bitmark_rules *rules;
	struct bm_announce_entry **entries;     /* in the order of keys  */
	size_t count;
	size_t capacity;                /* places in entries             */
	size_t peers_max;
	bool own_listed;                /* own_key has an entry          */
	bool changed;                   /* a key came, went or moved     */
	uint8_t own_key[BITMARK_PEER_KEY_SIZE];

	struct bm_announce_kept kept[BITMARK_ANNOUNCE_KEPT_MAX];
	size_t kept_count;
	uint8_t expired[BITMARK_ANNOUNCE_KEPT_MAX][BITMARK_PEER_KEY_SIZE];
	size_t expired_count;           /* kept keys that have expired   */
	struct bm_announce_sender senders[BITMARK_ANNOUNCE_SENDERS_MAX];

	struct bitmark_peer *candidates;        /* in no order           */
	size_t candidate_count;
	size_t candidate_capacity;
	size_t candidate_next;          /* the one to be tried next      */
};

/* The rank that ${key} has, or would have; returns whether it is there. */
bool bm_announce_find(const struct bitmark_announce *announce,
    const uint8_t *key, size_t *rank);

/* Is ${key} one that must not make room for others? */
bool bm_announce_is_kept(const struct bitmark_announce *announce,
    const uint8_t *key);

/* Check what can be checked of an announcement: any stranger can send one, and
 * nothing in it is signed [D-33, D-37].
 * BITMARK_OK, BITMARK_E_PUBLIC_KEY or BITMARK_E_IP_ADDRESS. */
bitmark_status bm_announce_check(const struct bitmark_announce *announce,
    struct bitmark_span key, struct bitmark_span connections);

/* Remember a peer that was not heard of for long.  Its key is neither in the
 * table nor a candidate's.
 * BITMARK_OK, BITMARK_E_TIMESTAMP (for too long) or BITMARK_E_NOMEM. */
bitmark_status bm_announce_make_candidate(struct bitmark_announce *announce,
    const struct bitmark_peer *peer, uint64_t now_s);

/* The key was heard of: it is no candidate any more. */
void bm_announce_forget_candidate(struct bitmark_announce *announce,
    const uint8_t *key);

/*
 * bm_announce_settle_time(rules, timestamp, now_s):
 * The time an announcement counts from.  v8.2 passes future times on
 * unchanged, which keeps the dead in circulation [D-34].
 * Returns BITMARK_OK or BITMARK_E_TIMESTAMP (too far ahead, or expired).
 */
bitmark_status bm_announce_settle_time(const struct bitmark_rules *rules,
    uint64_t *timestamp, uint64_t now_s);

/* Is something of this age to be removed? */
bool bm_announce_is_expired(const struct bitmark_rules *rules,
    uint64_t timestamp, uint64_t now_s);

/* Pull a stored time that lies in the future back to now.  It was stored while
 * our clock was ahead; left as it is, no true announcement would be newer until
 * that time has come. */
void bm_announce_correct_time(uint64_t *timestamp, uint64_t now_s);

/* Is the announcement so much younger than the known one that it is worth
 * passing on?  Peers repeat themselves to all their neighbours, and each
 * repetition would otherwise go round the whole network. */
bool bm_announce_is_news(uint64_t known, uint64_t timestamp);

#endif
