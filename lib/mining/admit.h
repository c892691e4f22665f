/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * admit - would the chain take a record in the next block, beside those that
 * are in it already?
 *
 * The records themselves were checked when they came into the reservoir: their
 * limits and signatures, which cost the most, never change.  The state does: a
 * block may have spent a link since, or two records may want the same one.
 */
#ifndef BM_MINING_ADMIT_H
#define BM_MINING_ADMIT_H

#include <bitmarkpeer/mining.h>

#include "reservoir/map.h"

enum bm_verdict {
	BM_VERDICT_TAKE,
	BM_VERDICT_NO_ASSET,
	BM_VERDICT_REFUSED,
};

/* An asset that issues of this block need. */
struct bm_needed_asset {
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	bool known;                     /* stored, or in the block already   */
	struct bitmark_span packed;     /* else: from the cache; empty: it is
	                                   not there either                  */
	size_t counted;                 /* by this bundle: its number        */
};

struct bm_admission {
	const struct bitmark_template_config *config;
	struct bitmark_reservoir *reservoir;
	struct bitmark_snapshot *snapshot;
	uint64_t height;
	struct bm_map assets;           /* asset id -> bm_needed_asset       */
	struct bm_map links;            /* link -> itself: spent in the block */
	struct bm_map spends;           /* account and share -> bm_spend     */
};

void bm_admission_init(struct bm_admission *a,
    const struct bitmark_template_config *config,
    struct bitmark_reservoir *reservoir, struct bitmark_snapshot *snapshot);
void bm_admission_fini(struct bm_admission *a);

/*
 * bm_admit_issue(a, id, record, verdict, asset):
 * Judge an issue.
 *
 *   asset   what it needs; inside
 *
 * BITMARK_OK, BITMARK_E_STORE* or BITMARK_E_NOMEM.
 */
bitmark_status bm_admit_issue(struct bm_admission *a,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bitmark_record *record,
    enum bm_verdict *verdict, struct bm_needed_asset **asset);

/* Judge any other record.  One that is to be taken counts as taken: its link is
 * spent now.  As bm_admit_issue. */
bitmark_status bm_admit_other(struct bm_admission *a,
    const struct bitmark_record *record, enum bm_verdict *verdict);

#endif
