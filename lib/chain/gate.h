/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * gate - counts the transactions for reading in this process.
 *
 * LMDB can give its map another size, or another file, only while this process
 * reads nothing: a span that a reader holds points into the map, which moves.
 * So each reader passes the gate, and a change of the map waits until nobody is
 * inside.
 *
 * Nothing slow is done under the gate's mutex but that change itself: a reader
 * waits neither for a block nor for the disk.
 */
#ifndef BM_CHAIN_GATE_H
#define BM_CHAIN_GATE_H

#include <bitmarkpeer/base.h>

#include <pthread.h>

struct bm_gate {
	pthread_mutex_t mutex;
	pthread_cond_t idle;            /* readers became 0            */
	pthread_cond_t changed;         /* wanted became false         */
	size_t readers;
	bool wanted;                    /* a change waits for idle     */
	bitmark_status broken;          /* the map is gone: why        */
};

/* Longest wait for the readers of this process when the map must be resized.
 * Source: local choice; only a forgotten snapshot is held longer. */
#define BM_GATE_WAIT_MS 10000

bitmark_status bm_gate_init(struct bm_gate *gate);
void bm_gate_fini(struct bm_gate *gate);

/* Any thread.  Enter returns BITMARK_OK or why there is no map. */
bitmark_status bm_gate_enter(struct bm_gate *gate);
void bm_gate_leave(struct bm_gate *gate);

/*
 * bm_gate_alone(gate, change, user, wait_ms):
 * Call ${change} once nobody reads; new readers wait meanwhile.  Returns
 * BITMARK_OK, BITMARK_E_TIMEOUT (there are readers), or the error of
 * ${change}, after which there is no map.
 */
typedef bitmark_status (*bm_gate_fn)(void *user);

bitmark_status bm_gate_alone(struct bm_gate *gate, bm_gate_fn change,
    void *user, unsigned wait_ms);

/* Call ${mend} if there is no map, and so nobody reads.  Returns BITMARK_OK when
 * there is one then, or why not. */
bitmark_status bm_gate_mend(struct bm_gate *gate, bm_gate_fn mend, void *user);

#endif
