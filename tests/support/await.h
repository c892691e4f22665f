/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Waiting for something that offers no descriptor and no condition variable
 * to wait on, like the status of a node:
 *
 *	struct await wait = AWAIT;
 *
 *	while (!is_so())
 *		ck_assert(await_again(&wait));
 *
 * A test goes on as soon as the condition holds.  The bound only ends a test
 * that would otherwise hang, and is so long that a busy machine does not reach
 * it.  No other file of tests/ sleeps, except the benchmarks'.
 */
#ifndef TESTS_AWAIT_H
#define TESTS_AWAIT_H

#include <stdbool.h>
#include <stdint.h>

/* The bound, for waits that take a time-out.  Milliseconds. */
#define AWAIT_MS 120000

struct await {
	uint64_t until_ms;              /* 0: not begun                      */
	unsigned nap_ms;
};

#define AWAIT { 0, 1 }

/* Pause for a moment before the next look; false: the bound has passed. */
bool await_again(struct await *wait);

#endif
