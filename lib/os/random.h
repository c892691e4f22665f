/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * random - random bytes, and the initialisation of libsodium.
 */
#ifndef BM_OS_RANDOM_H
#define BM_OS_RANDOM_H

#include <bitmarkpeer/base.h>

/* Make libsodium ready; cheap when it already is, safe from any thread. */
void bm_sodium_ready(void);

/* Fill ${out} from ${env}, or from libsodium when env or its random is NULL.
 */
void bm_random(const struct bitmark_env *env, uint8_t *out, size_t size);

#endif
