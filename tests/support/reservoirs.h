/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A reservoir on a golden chain, mostly chain A, over a memory journal, with a
 * clock that the test sets, and the operations of tests/data/reservoir.json.
 */
#ifndef TESTS_RESERVOIRS_H
#define TESTS_RESERVOIRS_H

#include <bitmarkpeer/reservoir.h>

#include "memory_journal.h"
#include "stores.h"

/* When each scenario begins.  Unix seconds, after all golden blocks. */
#define RESERVOIR_START CHAIN_NOW

/* How long transactions wait in the fixture's reservoir. */
#define RESERVOIR_LIFE_S (bitmark_rules_8_2()->pending_life_s)
#define RESERVOIR_ASSET_LIFE_S (bitmark_rules_8_2()->asset_life_s)

struct reservoir_fixture {
	char *directory;
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snap;
	struct memory_journal journal;
	const struct bitmark_rules *rules;      /* of the reservoir */
	struct bitmark_reservoir_limits limits;
	bool auto_verify;
	struct bitmark_reservoir *r;
	uint64_t now_s;
	/* How often each change was told. */
	unsigned told[BITMARK_TX_EXPIRED + 1];
};

/* The one fixture; checked: a store of its own for each test. */
extern struct reservoir_fixture rx;
void reservoir_setup(void);
/* The same on another golden chain, or on genesis alone (NULL). */
void reservoir_setup_on(const char *chain, const struct bitmark_rules *rules);
void reservoir_teardown(void);

/* Open the reservoir again, from its journal. */
void reservoir_reopen(void);
/* The same after setting rx.limits, rx.rules or rx.auto_verify, and with an
 * empty journal. */
void reservoir_restart(void);

/* The scenarios; loaded once for the process. */
const json_t *reservoir_scenario(size_t i);
#define RESERVOIR_SCENARIOS 9

/*
 * Do one operation, and compare with what v8.2 did; or, when DIFFERENT is not
 * NULL, with that: the text of an error, "ok", a status, or the numbers of
 * pending and verified transactions.
 */
void reservoir_step(const json_t *operation, const char *different,
    const char *what);

/* Operation I of a scenario by its number in the name ("6-blocks": 6). */
const json_t *reservoir_operation(unsigned scenario, size_t i);

/* Bytes of the field "packed", one record or a list, concatenated. */
uint8_t *operation_bytes(const json_t *operation, size_t *size);

/* Submit the bytes of an operation; the result of the call. */
bitmark_status submit_transfer(const json_t *operation,
    struct bitmark_unit_result *result);
bitmark_status submit_issues(const json_t *operation,
    struct bitmark_unit_result *result);
bitmark_status submit_asset(const json_t *operation,
    struct bitmark_asset_result *result);
bitmark_status submit_payment(const json_t *operation, bool *verified);
bitmark_status submit_proof(const json_t *operation,
    enum bitmark_proof_result *result);
/* Add the block of an operation and tell the reservoir, or not. */
void submit_block(const json_t *operation);
void add_block_unheard(const json_t *operation);
/* Owned by the caller. */
struct bitmark_span copy_newest_block(void);
/* Roll the newest block back and tell the reservoir, or not. */
void remove_block(void);
void remove_block_unheard(void);

/* Do the submissions among operations FIRST to LAST of a scenario; all must be
 * accepted. */
void submit_operations(unsigned scenario, size_t first, size_t last);

/* Status of the transaction with this hex id, as text. */
const char *status_text(const char *tx_id);

enum bitmark_tx_status status_of(const uint8_t *tx_id);
struct bitmark_reservoir_counts counts_now(void);

#endif
