/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * record - a record as JSON, in the shape that all programs print.
 */
#ifndef EXPLORER_RECORD_H
#define EXPLORER_RECORD_H

#include <bitmarkpeer/chain.h>

#include "explorer/out.h"
#include "explorer/place.h"

/* A record, and where it is. */
struct record_place {
	const struct bitmark_record *record;
	struct bitmark_span packed;
	enum bitmark_network network;
	uint64_t number;                /* of the block; 0: in none         */
	size_t offset;                  /* in the block                     */
	bool with_id;                   /* "id" in front: that of a transaction,
	                                   or of an asset                   */
};

/* The members of an object that is open: see bitmark_record_describe.  False: no
 * memory. */
bool record_members(struct out *out, const struct record_place *place);

/* The id of a record that is no asset: a base record is filed under the foundation
 * id of its block, whose digest this is. */
void record_id(const struct record_place *place, const uint8_t *digest,
    uint8_t id[BITMARK_TX_ID_SIZE]);

/* The record at a place that the finder gave; false: there is none any more. */
bool record_at(struct bitmark_snapshot *snapshot,
    enum bitmark_network network, const struct finder_place *place,
    struct bitmark_record *record, struct bitmark_span *packed);

#endif
