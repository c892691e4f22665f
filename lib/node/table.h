/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * table - the peers that the node has heard of, behind a lock.
 *
 * Both threads of a node use it: the serving thread enters peers that register
 * and names one of them to the next, the owner thread does the rest.  The lock
 * is held for a look-up or a change in memory, never across a call that waits.
 */
#ifndef BM_NODE_TABLE_H
#define BM_NODE_TABLE_H

#include <bitmarkpeer/announce.h>

#include <pthread.h>

/* Numbers of senders, by which bitmark_announce_admit tells apart who
 * announces: those of our upstreams begin here, those of the listener's
 * clients at BM_LISTENER_SENDERS.  0 is this node itself. */
#define BM_TABLE_UPSTREAMS 1

struct bm_table {
	pthread_mutex_t lock;
	struct bitmark_announce *announce;
};

/* ${own}: the entry of this node.  BITMARK_OK or BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_table_init(struct bm_table *table,
    const struct bitmark_peer *own, const struct bitmark_rules *rules,
    const struct bitmark_env *env);
/* Free the table; does nothing when ${table} is all zero. */
void bm_table_fini(struct bm_table *table);

/* For any of the bitmark_announce_* functions, and as few as possible of them:
 * the other thread waits. */
struct bitmark_announce *bm_table_lock(struct bm_table *table);
void bm_table_unlock(struct bm_table *table);

/*
 * bm_table_hear(table, sender, announcement, now_s, relay):
 * Enter what a stranger said of a peer, if ${sender} may say something more.
 *
 *   announcement  its timestamp becomes the one that is stored
 *   relay         as of bitmark_announce_add; may be NULL
 *
 * Returns as bitmark_announce_admit and bitmark_announce_add.
 */
BITMARK_MUSTUSE bitmark_status bm_table_hear(struct bm_table *table,
    uint64_t sender, struct bitmark_announcement *announcement,
    uint64_t now_s, bool *relay);

/* As bitmark_announce_admit: may ${sender} say something more? */
BITMARK_MUSTUSE bitmark_status bm_table_admit(struct bm_table *table,
    uint64_t sender, uint64_t now_s);

/* Enter a peer that we were not told of by a stranger, with the time ${now_s}.
 * As bitmark_announce_add. */
BITMARK_MUSTUSE bitmark_status bm_table_add(struct bm_table *table,
    const struct bitmark_peer *peer, uint64_t now_s);

/* How many it holds. */
size_t bm_table_count(struct bm_table *table);

#endif
