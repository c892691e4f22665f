/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * dump - the parts of a dump: the line that is being made, and shares.
 */
#ifndef BM_CHAIN_DUMP_IMPL_H
#define BM_CHAIN_DUMP_IMPL_H

#include <bitmarkpeer/backup.h>

#include "chain/share_rows.h"
#include "chain/snapshot.h"

/* Longest line: an owned one, below 600. */
#define BM_DUMP_LINE_SIZE 1024

struct bm_dump {
	struct bitmark_snapshot *s;
	bitmark_write_fn write;
	void *user;
	uint64_t lines;
	struct bitmark_account holder;  /* of the owned lines */
	uint64_t owned;                 /* owned lines        */
	uint8_t pair[BM_BALANCE_PAIR_SIZE];     /* of the last balance line */
	uint64_t pairs;
	char line[BM_DUMP_LINE_SIZE];
	size_t size;
};

/* Fields of the line; every one of them is bounded, so that a line always fits.
 * The second last: at most 128 bytes. */
void bm_dump_text(struct bm_dump *d, const char *text);
void bm_dump_number(struct bm_dump *d, uint64_t number);
void bm_dump_crc(struct bm_dump *d, uint64_t crc);
void bm_dump_hex(struct bm_dump *d, const uint8_t *data, size_t size);
void bm_dump_account(struct bm_dump *d,
    const struct bitmark_account *account);

/* One call of the caller's function for each line: it may write to a pipe that is
 * closed, and then the work ends. */
bitmark_status bm_dump_end_line(struct bm_dump *d);

/* Totals, then balances; both are checked. */
bitmark_status bm_dump_shares(struct bm_dump *d);

#endif
