/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * shares - queries of a snapshot for the holders of shares, and for transaction
 * ids that a chain has more than once.
 */
#ifndef BITMARKPEER_SHARES_H
#define BITMARKPEER_SHARES_H

#include <bitmarkpeer/chain.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Shares.  A bitmark that is turned into shares gives them its issue id: the
 * share id.  The quantities are the chain's own: bitmarkd counts them in 64
 * bits that wrap around, and a total does not change when they do.
 * Source: bitmarkd v0.16.0 block/store.go
 */
struct bitmark_share_total {
	size_t struct_size;             /* sizeof this struct */
	uint64_t total;                 /* when the bitmark became shares     */
	uint8_t tx_id[BITMARK_TX_ID_SIZE];      /* of the record that did it  */
	uint64_t number;                /* of its block                       */
	size_t offset;                  /* in the block, bytes                */
};

/* The shares of a bitmark.  Returns BITMARK_OK, BITMARK_E_ARGUMENT
 * (struct_size), BITMARK_E_STORE*, or BITMARK_E_NOT_FOUND: no bitmark with this
 * issue id has become shares. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_share(
    struct bitmark_snapshot *snapshot,
    const uint8_t share_id[BITMARK_TX_ID_SIZE],
    struct bitmark_share_total *total);

/* How many an account holds; 0 also when the shares are not known. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_share_balance(
    struct bitmark_snapshot *snapshot, const struct bitmark_account *account,
    const uint8_t share_id[BITMARK_TX_ID_SIZE], uint64_t *balance);

struct bitmark_share_balance {
	size_t struct_size;             /* sizeof this struct */
	struct bitmark_account account;
	uint8_t share_id[BITMARK_TX_ID_SIZE];
	uint64_t balance;               /* never 0                            */
	uint64_t since;                 /* block that made it what it is      */
};

/*
 * bitmark_snapshot_share_balances(snapshot, account, after, items, capacity,
 * count):
 * All shares that ${account} holds, in the order of their ids; ${count} items
 * were written; fewer than ${capacity}: there are no more.
 *
 *   after   a share id: from the next one on; NULL: from the first
 *   items   the struct_size of the first one counts for all
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size) or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_share_balances(
    struct bitmark_snapshot *snapshot, const struct bitmark_account *account,
    const uint8_t *after, struct bitmark_share_balance *items,
    size_t capacity, size_t *count);

/* All who hold a share, in the order in which the chain first knew them; as
 * bitmark_snapshot_share_balances.
 * 
 *   after   an account: from the next one on; BITMARK_E_NOT_FOUND when the chain
 *           does not know it; NULL: from the first */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_share_holders(
    struct bitmark_snapshot *snapshot,
    const uint8_t share_id[BITMARK_TX_ID_SIZE],
    const struct bitmark_account *after, struct bitmark_share_balance *items,
    size_t capacity, size_t *count);

/* One more place of a transaction id. */
struct bitmark_copy {
	size_t struct_size;             /* sizeof this struct */
	uint64_t number;                /* of the block                       */
	size_t offset;                  /* in the block, bytes                */
};

/*
 * bitmark_snapshot_copies(snapshot, id, start, items, capacity, count):
 * Where else this transaction id stands, behind the place that
 * bitmark_snapshot_transaction gives, in their order, without the first
 * ${start} of them: 0.16 confirms the same grant or swap again and again, and
 * blocks of version 1 may repeat an issue.  ${count} were written; fewer than
 * ${capacity}: there are no more.
 *
 *   items   the struct_size of the first one counts for all
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size) or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_copies(
    struct bitmark_snapshot *snapshot, const uint8_t id[BITMARK_TX_ID_SIZE],
    uint64_t start, struct bitmark_copy *items, size_t capacity,
    size_t *count);

#ifdef __cplusplus
}
#endif

#endif
