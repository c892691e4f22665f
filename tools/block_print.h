/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks on the command line: naming them and showing them.
 */
#ifndef TOOLS_BLOCK_PRINT_H
#define TOOLS_BLOCK_PRINT_H

#include <bitmarkpeer.h>

#include "shared/program.h"

/* "N", "N-M" or "tip". */
struct block_range {
	bool tip;
	uint64_t first, last;           /* both included; unless tip */
};

/* false: none of the three forms, number 0, or M below N. */
bool block_range_from_text(const char *text, struct block_range *range);

enum block_form {
	BLOCK_TEXT,                     /* for people                        */
	BLOCK_JSON,                     /* one line, bitmark_block_to_json   */
	BLOCK_JSON_8_2,                 /* the same in the style of a        */
	BLOCK_JSON_0_16,                /* ... release, in its own escapes   */
	BLOCK_RAW,                      /* packed bytes, nothing else        */
	BLOCK_HEX,                      /* one line of hex                   */
};

/* The one that the options ask for.  Gives an exit code, having complained of
 * more than one, and of bytes for a terminal. */
int block_form_choose(bool json, bool raw, bool hex, enum block_form *form);

/*
 * Show one packed block on stdout.  ${digest} may be NULL when it is not
 * known.  Nothing is verified; a block that cannot be walked through gives
 * the error of bitmark_record_parse, text up to there is already out.
 */
bitmark_status print_block(const struct bitmark_chain_params *chain,
    const uint8_t *block, size_t size, const uint8_t *digest,
    enum block_form form);

#endif
