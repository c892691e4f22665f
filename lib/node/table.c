/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Locking for the table of peers.
 *
 * The table itself, in protocol/, knows no threads, and two threads of a node
 * use it.  Each call below does all of its work under one lock: between asking
 * whether a sender may announce more and entering its announcement, the other
 * thread cannot change the table.
 */
#include "node/table.h"

bitmark_status
bm_table_init(struct bm_table *t, const struct bitmark_peer *own,
    const struct bitmark_rules *rules, const struct bitmark_env *env)
{
	pthread_mutex_init(&t->lock, NULL);
	return bitmark_announce_new(&t->announce, own, 0, rules, env);
}

void
bm_table_fini(struct bm_table *t)
{
	bitmark_announce_free(t->announce);
	pthread_mutex_destroy(&t->lock);
}

/* Returns the table, and is the only way to get it: so no function of the table
 * can be called without the lock. */
struct bitmark_announce *
bm_table_lock(struct bm_table *t)
{
	pthread_mutex_lock(&t->lock);
	return t->announce;
}

void
bm_table_unlock(struct bm_table *t)
{
	pthread_mutex_unlock(&t->lock);
}

bitmark_status
bm_table_hear(struct bm_table *t, uint64_t sender,
    struct bitmark_announcement *a, uint64_t now_s, bool *relay)
{
	struct bitmark_announce *announce = bm_table_lock(t);
	bitmark_status status = bitmark_announce_admit(announce, sender,
	    now_s);

	if (status == BITMARK_OK)
		status = bitmark_announce_add(announce, sender, *a, now_s,
		    relay, &a->timestamp);
	bm_table_unlock(t);
	return status;
}

bitmark_status
bm_table_admit(struct bm_table *t, uint64_t sender, uint64_t now_s)
{
	bitmark_status status = bitmark_announce_admit(bm_table_lock(t),
	    sender, now_s);

	bm_table_unlock(t);
	return status;
}

bitmark_status
bm_table_add(struct bm_table *t, const struct bitmark_peer *peer,
    uint64_t now_s)
{
	const struct bitmark_span key = { peer->key, sizeof peer->key };
	const struct bitmark_span connections = { peer->connections,
		peer->connections_size };
	bitmark_status status = bitmark_announce_add(bm_table_lock(t), 0,
	    (struct bitmark_announcement){ key, connections, now_s }, now_s,
	    NULL, NULL);

	bm_table_unlock(t);
	return status;
}

size_t
bm_table_count(struct bm_table *t)
{
	size_t count = bitmark_announce_count(bm_table_lock(t));

	bm_table_unlock(t);
	return count;
}
