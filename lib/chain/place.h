/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * place - the directory of a store, made when it is not there, and removed again
 * when nothing came of it.
 */
#ifndef BM_CHAIN_PLACE_H
#define BM_CHAIN_PLACE_H

#include <bitmarkpeer/base.h>

/*
 * bm_place_make(path, made_from):
 * Make the directory and those above it, durably.
 *
 *   made_from   0 before; then 0, or the length of the first that was made
 */
bitmark_status bm_place_make(const char *path, size_t *made_from);

/* Remove those that were made, from the innermost outward; one that somebody
 * else uses by now is not empty, and stays.  ${path} is cut off. */
void bm_place_remove(char *path, size_t made_from);

/* Wait until the name of the directory is on the disk. */
bitmark_status bm_place_sync(const char *directory);

#endif
