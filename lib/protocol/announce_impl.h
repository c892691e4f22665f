/*
 * announce, inside: the table of peers, the senders it hears of them from,
 * and the candidates for a first contact.
 */
#ifndef BM_PROTOCOL_ANNOUNCE_IMPL_H
#define BM_PROTOCOL_ANNOUNCE_IMPL_H

#include <bitmarkpeer/announce.h>

/* One line of the table. */
struct bm_announce_entry {
	struct bitmark_peer peer;
	uint64_t sender;                /* who brought it; 0: ourselves  */
	bool kept;                      /* its key is in kept            */
};

/* A key that must not make room for others. */
struct bm_announce_kept {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	unsigned holds;                 /* calls of keep less release    */
};

/* What one sender may still say. */
struct bm_announce_sender {
	uint64_t sender;                /* 0: place is free              */
	uint64_t seen_s;                /* when tokens was brought up    */
	uint64_t tokens;
};

struct bitmark_announce {
	struct bitmark_env env;
	struct bm_announce_entry **entries;     /* in the order of keys  */
	size_t count;
	size_t capacity;                /* places in entries             */
	size_t peers_max;
	bool own_listed;                /* own_key has an entry          */
	bool changed;                   /* a key came, went or moved     */
	uint8_t own_key[BITMARK_PEER_KEY_SIZE];

	struct bm_announce_kept kept[BITMARK_ANNOUNCE_KEPT_MAX];
	size_t kept_count;
	struct bm_announce_sender senders[BITMARK_ANNOUNCE_SENDERS_MAX];

	struct bitmark_peer *candidates;        /* in no order           */
	size_t candidate_count;
	size_t candidate_capacity;
	size_t candidate_next;          /* whose turn it is              */
};

/* The rank that ${key} has, or would have; returns whether it is there. */
bool bm_announce_find(const struct bitmark_announce *announce,
    const uint8_t *key, size_t *rank);

/* Is ${key} one that must not make room for others? */
bool bm_announce_is_kept(const struct bitmark_announce *announce,
    const uint8_t *key);

/* What everybody can say is checked as if everybody lied [D-33, D-37]:
 * BITMARK_OK, BITMARK_E_PUBLIC_KEY or BITMARK_E_IP_ADDRESS. */
bitmark_status bm_announce_check(const struct bitmark_announce *announce,
    struct bitmark_span key, struct bitmark_span connections);

/* Not heard of for long; its key is neither in the table nor a candidate's.
 * BITMARK_OK, BITMARK_E_TIMESTAMP (for too long) or BITMARK_E_NOMEM. */
bitmark_status bm_announce_make_candidate(struct bitmark_announce *announce,
    const struct bitmark_peer *peer, uint64_t now_s);

/* The key was heard of: it is no candidate any more. */
void bm_announce_forget_candidate(struct bitmark_announce *announce,
    const uint8_t *key);

/*
 * bm_announce_settle_time(timestamp, now_s):
 * The time an announcement counts from.  v8.2 passes future times on
 * unchanged, which keeps the dead in circulation [D-34].
 * Returns BITMARK_OK or BITMARK_E_TIMESTAMP (too far ahead, or expired).
 */
bitmark_status bm_announce_settle_time(uint64_t *timestamp, uint64_t now_s);

/* Is something of this age to be removed? */
bool bm_announce_is_expired(uint64_t timestamp, uint64_t now_s);

/* What was stored while our clock was ahead counts from now on: else nothing
 * that is true would be newer. */
void bm_announce_correct_time(uint64_t *timestamp, uint64_t now_s);

/* Younger than what is known by so much that it is worth passing on? */
bool bm_announce_is_news(uint64_t known, uint64_t timestamp);

#endif
