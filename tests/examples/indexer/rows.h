/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* rows - a block as rows of the index, and back. */
#ifndef ROWS_H
#define ROWS_H

#include <bitmarkpeer.h>

#include "database.h"

/* Within database_begin and database_commit.  0, or -1: stderr says why. */
int rows_add(struct database *database, const uint8_t *data, size_t size,
    const uint8_t digest[BITMARK_DIGEST_SIZE],
    const struct bitmark_chain_params *params);

/* Take back all blocks after ${number}. */
int rows_take_back(struct database *database, uint64_t number);

#endif
