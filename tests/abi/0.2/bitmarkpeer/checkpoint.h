/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * checkpoint - a chain as somebody knows it who has verified it.
 */
#ifndef BITMARKPEER_CHECKPOINT_H
#define BITMARKPEER_CHECKPOINT_H

#include <bitmarkpeer/block.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A checkpoint: a chain as somebody knows it who has verified it.  Blocks up to
 * its number are taken over without the Argon2d digests of their headers: each
 * digest is the one that the next header names, and at the checkpoint the hash
 * of all headers proves that these are the headers, and so the digests, of that
 * chain.  Everything else about them is checked as always.
 *
 * A checkpoint is as good as the node that it comes from.  A plain value, which
 * will not grow.
 */
struct bitmark_checkpoint {
	uint64_t number;                /* of its newest block, 2 or above  */
	uint8_t digest[BITMARK_DIGEST_SIZE];    /* of that block            */
	/* SHA3-256 over the packed headers, BITMARK_HEADER_SIZE bytes each, of
	 * blocks 2 to number, one behind the other. */
	uint8_t headers[BITMARK_SHA3_256_SIZE];
};

/* Longest text of a checkpoint, with NUL: number:digest:headers, the number
 * decimal, the others hex in stored order.  Bytes. */
#define BITMARK_CHECKPOINT_TEXT_MAX (20 + 2 * (1 + 64) + 1)

/*
 * bitmark_checkpoint_parse(text, size, checkpoint):
 * Read what bitmark_checkpoint_format writes, with white space around it.
 * Returns BITMARK_OK or BITMARK_E_CHECKPOINT_TEXT.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_checkpoint_parse(
    const char *text, size_t size, struct bitmark_checkpoint *checkpoint);

BITMARK_API void bitmark_checkpoint_format(
    const struct bitmark_checkpoint *checkpoint,
    char text[BITMARK_CHECKPOINT_TEXT_MAX]);

#ifdef __cplusplus
}
#endif

#endif
