/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * record, as its siblings in lib/ see it.
 */
#ifndef BM_RECORD_H
#define BM_RECORD_H

#include <bitmarkpeer/record.h>

#include "codec/codec.h"

/* Is ${tag} one of the records, 1 to 10? */
bool bm_record_tag_known(enum bitmark_record_tag tag);

/* Write the tag and all fields before the signature, canonically.  The tag must
 * be known. */
void bm_record_write_fields(struct bm_writer *w,
    const struct bitmark_record *record);

/* The account that countersigns: the new owner, the recipient or the second
 * owner.  NULL for records without a countersignature.  Inside. */
const struct bitmark_account *bm_record_countersigner(
    const struct bitmark_record *record);

/* Are the signatures too long, has the record no owner (the zero account), are
 * its fields beyond their limits: as bitmark_record_check, for what can be said
 * without its signer. */
bitmark_status bm_record_check_sizes(const struct bitmark_rules *rules,
    const struct bitmark_record *record);
bitmark_status bm_record_check_owners(const struct bitmark_record *record);
bitmark_status bm_record_check_fields(const struct bitmark_rules *rules,
    const struct bitmark_record *record, enum bitmark_network network);

/* Sizes, characters and quantities of a record, checked in this order.
 * Source: bitmarkd v0.16.0 transactionrecord/pack.go check */
bitmark_status bm_record_check_limits(const struct bitmark_rules *rules,
    const struct bitmark_record *record, enum bitmark_network network);

/* One level up in the merkle tree: ${ids} (${count} * 32 bytes) are replaced
 * by the nodes over them.  Returns how many those are. */
size_t bm_merkle_level(uint8_t *ids, size_t count);

#endif
