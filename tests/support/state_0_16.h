/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The state that 0.16 had after the same blocks, compared with that of a store.
 */
#ifndef TESTS_STATE_0_16_H
#define TESTS_STATE_0_16_H

#include <bitmarkpeer/shares.h>

#include "stores.h"

/* A date after all blocks of tests/data/0.16.  Unix seconds. */
#define NOW_0_16 UINT64_C(2000000000)

/* A new store for writing, of chain NAME; NULL: rules of its own. */
struct bitmark_chain *store_open_0_16(const char *directory, const char *name,
    const struct bitmark_rules *rules);

/* Add golden blocks from the one after the tip to number LAST. */
void store_add_0_16(struct bitmark_chain *chain,
    const struct golden_chain *golden, uint64_t last);

/* Make the open store one of chain NAME.  Blocks that were made for a private
 * chain have no proof of work, so they are only accepted on such a chain. */
void store_rename(struct bitmark_chain *chain, const char *name);

/* Height, tip, counts, shares and difficulty are those of the JSON; what it
 * does not have is not compared. */
void assert_state(struct bitmark_chain *chain, const json_t *state);

/* Totals and balances alone: of all accounts that hold any. */
void assert_shares(struct bitmark_snapshot *s, const json_t *shares);

/* The lists of these accounts: "account", "items", "nextCount". */
void assert_owners(struct bitmark_snapshot *s, const json_t *owners);

/* The same items, in whatever order and at whatever positions: 0.16 does not
 * find those again when it rolls back. */
void assert_owned_items(struct bitmark_snapshot *s, const json_t *owners);

/* The dump of what is committed, with NUL; malloc'ed. */
char *chain_dump(struct bitmark_chain *chain);

#endif
