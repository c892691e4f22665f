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

/* One level up in the merkle tree: ${ids} (${count} * 32 bytes) are replaced
 * by the nodes over them.  Returns how many those are. */
size_t bm_merkle_level(uint8_t *ids, size_t count);

#endif
