/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The monotonic clock, the wall clock, and deadlines.
 *
 * Everything that waits uses the monotonic clock: the wall clock jumps when an
 * administrator or NTP sets it.  Only dates of the protocol come from the wall
 * clock.
 */
#include "os/clock.h"

#define MS_PER_S 1000
#define US_PER_S 1000000
#define US_PER_MS 1000
#define NS_PER_US 1000
#define NS_PER_MS 1000000
#define NS_PER_S 1000000000

static uint64_t
read_us(clockid_t clock)
{
	struct timespec now;

	/* Fails only for a clock that does not exist; POSIX has both. */
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * US_PER_S +
	    (uint64_t)now.tv_nsec / NS_PER_US;
}

uint64_t
bitmark_clock_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / US_PER_MS;
}

uint64_t
bitmark_clock_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

uint64_t
bitmark_clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / US_PER_MS;
}

uint64_t
bitmark_clock_wall_s(void)
{
	return read_us(CLOCK_REALTIME) / US_PER_S;
}

bitmark_status
bm_clock_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error != 0)
		return BITMARK_E_NOMEM;
	/* Without this the wait follows the wall clock. */
	error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (error == 0)
		error = pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
	return error == 0 ? BITMARK_OK : BITMARK_E_NOMEM;
}

struct timespec
bm_clock_deadline(uint64_t wait_ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)(wait_ms / MS_PER_S);
	at.tv_nsec += (long)(wait_ms % MS_PER_S) * NS_PER_MS;
	/* pthread_cond_timedwait refuses a second or more of nanoseconds. */
	if (at.tv_nsec >= NS_PER_S) {
		at.tv_sec++;
		at.tv_nsec -= NS_PER_S;
	}
	return at;
}
