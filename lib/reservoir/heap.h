/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * heap - which of many objects is due first.
 */
#ifndef BM_RESERVOIR_HEAP_H
#define BM_RESERVOIR_HEAP_H

#include <bitmarkpeer/base.h>

/* Part of an object that waits. */
struct bm_timer {
	uint64_t due_s;
	size_t place;                   /* in the heap, from 1; 0: not in it */
	void *of;                       /* the object                        */
};

struct bm_heap {
	struct bm_timer **timer;        /* [0] is due first */
	size_t count;
	size_t capacity;
};

void bm_heap_fini(struct bm_heap *heap);

/* Room for ${count} timers, so that bm_heap_add cannot fail.
 * BITMARK_OK or BITMARK_E_NOMEM. */
bitmark_status bm_heap_reserve(struct bm_heap *heap, size_t count);

void bm_heap_add(struct bm_heap *heap, struct bm_timer *timer,
    uint64_t due_s);
/* Remove a timer; does nothing when it is not in a heap. */
void bm_heap_remove(struct bm_heap *heap, struct bm_timer *timer);

/* The object that is due first, or NULL. */
void *bm_heap_first(const struct bm_heap *heap);
/* The same, if it is due at ${now_s}. */
void *bm_heap_due(const struct bm_heap *heap, uint64_t now_s);

#endif
