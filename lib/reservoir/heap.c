/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A binary heap in an array: the timer at [i] is due no later than those at
 * [2 i + 1] and [2 i + 2], its children, so that [0] is due first.  Adding and
 * removing move timers along one path between the root and a leaf, which is as
 * long as the logarithm of their number.
 *
 * Each timer knows its place in the array.  So any of them can be removed
 * without a search: transactions leave for other reasons than their end.
 */
#include "reservoir/heap.h"

#include <stdlib.h>

#define CAPACITY_MIN 16

void
bm_heap_fini(struct bm_heap *heap)
{
	free(heap->timer);
	*heap = (struct bm_heap){ 0 };
}

bitmark_status
bm_heap_reserve(struct bm_heap *heap, size_t count)
{
	size_t capacity = heap->capacity != 0 ? heap->capacity : CAPACITY_MIN;
	struct bm_timer **timer;

	while (capacity < count)
		capacity *= 2;
	if (capacity == heap->capacity)
		return BITMARK_OK;
	timer = realloc(heap->timer, capacity * sizeof(struct bm_timer *));
	if (timer == NULL)
		return BITMARK_E_NOMEM;
	heap->timer = timer;
	heap->capacity = capacity;
	return BITMARK_OK;
}

/* The only place that writes to the array: array and places agree. */
static void
set(struct bm_heap *heap, size_t i, struct bm_timer *timer)
{
	heap->timer[i] = timer;
	timer->place = i + 1;
}

/* [i] is free.  Parents that are due later than the timer move down into it,
 * until the timer fits. */
static void
sift_up(struct bm_heap *heap, size_t i, struct bm_timer *timer)
{
	while (i > 0 && heap->timer[(i - 1) / 2]->due_s > timer->due_s) {
		set(heap, i, heap->timer[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	set(heap, i, timer);
}

/* The same in the other direction: the earlier one of two children moves up, as
 * it becomes the parent of the other. */
static void
sift_down(struct bm_heap *heap, size_t i, struct bm_timer *timer)
{
	for (size_t child; (child = 2 * i + 1) < heap->count; i = child) {
		if (child + 1 < heap->count && heap->timer[child + 1]->due_s <
		    heap->timer[child]->due_s)
			child++;
		if (heap->timer[child]->due_s >= timer->due_s)
			break;
		set(heap, i, heap->timer[child]);
	}
	set(heap, i, timer);
}

/* Needs room: bm_heap_reserve.  A transaction whose row is written already must
 * not fail to enter its heap for want of memory. */
void
bm_heap_add(struct bm_heap *heap, struct bm_timer *timer, uint64_t due_s)
{
	timer->due_s = due_s;
	sift_up(heap, heap->count++, timer);
}

/* The last timer of the array takes the place of the removed one, so that the
 * array stays without gaps.  It comes from another branch, and may be due
 * earlier than its new parent or later than its new children: it moves in the
 * one direction that is needed. */
void
bm_heap_remove(struct bm_heap *heap, struct bm_timer *timer)
{
	struct bm_timer *last;
	size_t i = timer->place - 1;

	if (timer->place == 0)
		return;
	timer->place = 0;
	last = heap->timer[--heap->count];
	if (last == timer)
		return;
	if (i > 0 && heap->timer[(i - 1) / 2]->due_s > last->due_s)
		sift_up(heap, i, last);
	else
		sift_down(heap, i, last);
}

void *
bm_heap_first(const struct bm_heap *heap)
{
	return heap->count == 0 ? NULL : heap->timer[0]->of;
}

void *
bm_heap_due(const struct bm_heap *heap, uint64_t now_s)
{
	return heap->count == 0 || heap->timer[0]->due_s > now_s ? NULL :
	    heap->timer[0]->of;
}
