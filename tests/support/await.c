/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "await.h"

#include <bitmarkpeer/os.h>

#include <time.h>

/* The pause grows up to this: short waits stay short, long ones cost little.
 * Milliseconds. */
#define NAP_MAX_MS 16

bool
await_again(struct await *wait)
{
	const struct timespec nap = { 0, (long)wait->nap_ms * 1000000 };

	if (wait->until_ms == 0)
		wait->until_ms = bitmark_clock_ms() + AWAIT_MS;
	if (bitmark_clock_ms() >= wait->until_ms)
		return false;
	nanosleep(&nap, NULL);
	if (wait->nap_ms < NAP_MAX_MS)
		wait->nap_ms *= 2;
	return true;
}
