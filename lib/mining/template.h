/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * template - the next block while it is put together, and afterwards.
 */
#ifndef BM_MINING_TEMPLATE_H
#define BM_MINING_TEMPLATE_H

#include <bitmarkpeer/mining.h>

struct bitmark_template {
	struct bitmark_header header;
	const struct bitmark_rules *rules;
	bool is_free;                   /* no work is asked for              */
	struct bitmark_template_counts counts;
	size_t base_size;               /* bytes at the start of packed      */
	uint8_t *ids;                   /* [records_max]                     */
	size_t records;                 /* base and assets included          */
	size_t records_max;
	uint8_t *packed;                /* all records                       */
	size_t size;
	size_t capacity;
	size_t bytes_max;               /* of packed                         */
};

/* Is there room for so many more records and bytes? */
bool bm_template_has_room(const struct bitmark_template *t, size_t records,
    size_t bytes);

/* Append a record for which there is room.  BITMARK_OK or BITMARK_E_NOMEM. */
bitmark_status bm_template_put(struct bitmark_template *t,
    struct bitmark_span packed, const uint8_t id[BITMARK_TX_ID_SIZE]);

#endif
