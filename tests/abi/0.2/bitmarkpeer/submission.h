/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * submission - what can be sent to a node to be passed on: a block, records,
 * a proof.
 *
 * Pure functions; safe from any thread.
 */
#ifndef BITMARKPEER_SUBMISSION_H
#define BITMARKPEER_SUBMISSION_H

#include <bitmarkpeer/block.h>

#ifdef __cplusplus
extern "C" {
#endif

enum bitmark_submission {
	BITMARK_SUBMIT_BLOCK,
	BITMARK_SUBMIT_ASSETS,          /* packed assets, concatenated        */
	BITMARK_SUBMIT_ISSUES,          /* packed issues of one bundle        */
	BITMARK_SUBMIT_TRANSFER,
	BITMARK_SUBMIT_PROOF,           /* pay id and client nonce            */
};

/* The name of the message: "block" ..; static. */
BITMARK_API const char *bitmark_submission_name(enum bitmark_submission what);

/*
 * bitmark_submission_recognise(chain, data, size, what, records):
 * Find out what packed bytes are: a whole block; only assets, only issues, or
 * one transfer.  Any other bytes of the length of a pay id and a client nonce
 * are taken for a proof.
 *
 *   what     as it was, unless BITMARK_OK is returned
 *   records  how many, also of those that cannot travel together; 0 for a
 *            proof
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_RECORD (none of these) or BITMARK_E_ITEM
 * (records that cannot travel in one message).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_submission_recognise(
    const struct bitmark_chain_params *chain, const uint8_t *data,
    size_t size, enum bitmark_submission *what, size_t *records);

#ifdef __cplusplus
}
#endif

#endif
