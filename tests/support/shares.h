/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A reservoir under the rules of 0.16 on blocks made for it, with two bitmarks
 * that have become shares, and all that may happen to shares that wait.
 */
#ifndef TESTS_SHARES_H
#define TESTS_SHARES_H

#include "made_blocks.h"
#include "reservoirs.h"

/* Parties. */
enum { MINER = 1, ALICE, BOB, CAROL };

#define SHARES_FINGERPRINT "what becomes shares"
#define SHARES_ITEMS 2
#define SHARES_TOTAL 1000

/* The share ids. */
extern uint8_t shares_id[SHARES_ITEMS][BITMARK_TX_ID_SIZE];
/* Of the last submission. */
extern struct bitmark_unit_result shares_result;

/* ALICE has all shares of the first item, and BOB those of the second. */
void shares_setup(void);

/* A block with the records that every block needs.  shares_confirm adds it to
 * the chain, tells the reservoir, and frees it. */
struct made_block *shares_block(void);
void shares_confirm(struct made_block *block);
/* Confirm a block with all records that are ready; returns their number. */
size_t shares_confirm_ready(void);
size_t shares_count_ready(void);

/* Records that are not signed. */
struct bitmark_record share_record(const uint8_t *link, uint64_t quantity);
struct bitmark_record grant_record(size_t item, uint64_t quantity,
    uint8_t from, uint8_t to);
/* A swap of the first item for the second. */
struct bitmark_record swap_record(uint64_t one, uint8_t from, uint64_t two,
    uint8_t to);

/* Sign and submit. */
bitmark_status shares_submit(struct bitmark_record record, uint8_t signer,
    uint8_t receiver);
/* A grant of the first item, by ALICE to BOB. */
bitmark_status shares_grant(uint64_t quantity);
void shares_grant_and_pay(uint64_t quantity);
bool shares_pay(const uint8_t *pay_id,
    const struct bitmark_alternatives *payments);

uint64_t shares_spend(uint8_t party, size_t item);
uint64_t shares_balance(uint8_t party, size_t item);

#endif
