/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Initialising libsodium, and random bytes. */
#include "os/random.h"

#include <sodium.h>
#include <stdlib.h>

void
bm_sodium_ready(void)
{
	/* Fails only where the system has no working mutex.  Keys made
	 * without it could be guessed, and no caller can go on without
	 * random bytes, so the process ends. */
	if (sodium_init() < 0)
		abort();
}

void
bm_random(const struct bitmark_env *env, uint8_t *out, size_t size)
{
	if (env != NULL && env->random != NULL) {
		env->random(env->user, out, size);
		return;
	}
	bm_sodium_ready();
	randombytes_buf(out, size);
}
