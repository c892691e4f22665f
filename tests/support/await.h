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
 * A test that passes goes on as soon as it is so; the bound is there for a
 * test that would otherwise hang, and is too long to matter on a machine that
 * is busy.  No other file of tests/ sleeps.
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
