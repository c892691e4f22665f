/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * reservoir - transactions that are valid but not in a block yet, and the
 * assets that they need.
 *
 * A payment unit is one transfer, grant or swap, or a bundle of up to 100
 * issues in a given order.  It is pending until it is paid for or, if it
 * consists of issues, proved by work; then it is verified: ready for a block.
 * Payments and proofs name it by its pay id.
 *
 * How long things live, how many may be pending, and whether issues are paid
 * for, proved, or either, is said by struct bitmark_rules.
 *
 * Pure: no socket, no clock, no thread (bitmark_grind excepted).  Every call is
 * given the confirmed state as a snapshot, and the time; the snapshot must be
 * of the newest block.  A record that a call has accepted is durable in the
 * journal when the call returns; a call that fails has changed nothing.
 *
 * Caveats:
 *  - One thread owns a reservoir, and it is the one that changes the chain:
 *    nothing may be accepted between the commit of a block and the call of
 *    bitmark_reservoir_block_added.
 *  - Spans that a result gives are inside: valid until the next call.
 *  - The callback runs inside calls and must not call the reservoir.
 *
 * Source: bitmarkd v8.2 reservoir, asset and cache
 */
#ifndef BITMARKPEER_RESERVOIR_H
#define BITMARKPEER_RESERVOIR_H

#include <bitmarkpeer/grind.h>
#include <bitmarkpeer/journal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Issues in a bundle.  Source: bitmarkd v8.2 reservoir/issues.go */
#define BITMARK_BUNDLE_MAX 100

/* Between two calls of bitmark_reservoir_expire.
 * Source: bitmarkd v8.2 cache/setup.go */
#define BITMARK_EXPIRE_S (5 * 60)

/* Bounds, when the configuration has 0.  Source: local choice. */
#define BITMARK_RESERVOIR_ASSETS_MAX 100000
#define BITMARK_RESERVOIR_ASSET_BYTES_MAX ((size_t)64 << 20)
#define BITMARK_RESERVOIR_TRANSACTIONS_MAX 100000 /* or the sum of the limits
	                                   of the rules, when that is more    */
#define BITMARK_RESERVOIR_BYTES_MAX ((size_t)64 << 20)
#define BITMARK_RESERVOIR_ORPHANS_MAX 10000

/* Addresses that one currency transaction pays, at most.
 * Source: local bound */
#define BITMARK_PAID_MAX 64

/* Segments of an alternative: issue's block, last transfer's block, escrow. */
#define BITMARK_SEGMENTS_MAX 3

struct bitmark_reservoir;

/*
 * Payments.
 */

/* One amount to one address. */
struct bitmark_payment {
	enum bitmark_currency currency;
	char address[BITMARK_ADDRESS_TEXT_MAX + 1];
	uint64_t amount;                /* smallest unit of the currency */
};

/* The payments that one currency transaction must make: every segment. */
struct bitmark_alternative {
	size_t count;
	struct bitmark_payment segment[BITMARK_SEGMENTS_MAX];
};

/* Ways to pay for a unit, one for each currency that can be used.  count 0:
 * it cannot be paid (issues can be proved). */
struct bitmark_alternatives {
	size_t count;
	struct bitmark_alternative alternative[BITMARK_CURRENCY_COUNT - 1];
};

/* Outputs of one currency transaction that carries a pay id, summed for each
 * address. */
struct bitmark_paid {
	size_t struct_size;             /* sizeof this struct */
	enum bitmark_currency currency;
	const struct bitmark_payment *output;   /* their currency is not read */
	size_t count;                   /* at most BITMARK_PAID_MAX */
};

/*
 * Events.
 */

enum bitmark_tx_change {
	BITMARK_TX_PENDING,             /* accepted, or back from a block     */
	BITMARK_TX_VERIFIED,            /* paid or proved                     */
	BITMARK_TX_CONFIRMED,           /* in a block                         */
	BITMARK_TX_DROPPED,             /* another transaction took its place,
	                                   or what it links to is gone        */
	BITMARK_TX_EXPIRED,
};

/* A transaction has changed.  Ids are borrowed. */
typedef void (*bitmark_tx_change_fn)(void *user,
    enum bitmark_tx_change change, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE]);

/*
 * The object.
 */

/* 0: the default above. */
struct bitmark_reservoir_limits {
	size_t struct_size;             /* sizeof this struct */
	size_t assets;
	size_t asset_bytes;             /* packed                             */
	size_t transactions;
	size_t bytes;                   /* packed                             */
	size_t orphans;                 /* payments without their unit        */
};

struct bitmark_reservoir_config {
	size_t struct_size;             /* sizeof this struct */
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;      /* NULL:
	                                   bitmark_rules_default(params)      */
	const struct bitmark_journal *journal;  /* copied; NULL: memory only  */
	const struct bitmark_env *env;          /* copied; NULL: silence      */
	const struct bitmark_reservoir_limits *limits;  /* copied; NULL: the
	                                   defaults                           */
	bool auto_verify;                       /* chain local only: what waits
	                                   counts as paid at once, but for
	                                   issues that can only be proved     */
	bitmark_tx_change_fn change;            /* NULL: none                 */
	void *user;                             /* for change                 */
};

/*
 * bitmark_reservoir_open(reservoir, config, snapshot, now_s):
 * A reservoir with what its journal holds, brought up to date with the
 * confirmed state: blocks that came or went since are taken into account.
 *
 *   reservoir  new; owned by the caller: bitmark_reservoir_close
 *   config     copied; params, rules and the journal's object must outlive it
 *
 * Rows that cannot be read are dropped and logged.  Original times and verified
 * states are kept.  The callback is told what blocks have changed meanwhile.  A
 * journal that can be read but not written is no error here: its rows are
 * brought up to date when it can.
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (no params; auto_verify on another
 * chain than local), BITMARK_E_NOMEM, BITMARK_E_STATE or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_open(
    struct bitmark_reservoir **reservoir,
    const struct bitmark_reservoir_config *config,
    struct bitmark_snapshot *snapshot, uint64_t now_s);

/* Nothing is written: everything already is. */
BITMARK_API void bitmark_reservoir_close(struct bitmark_reservoir *reservoir);

/*
 * Submitting.  Bytes are packed records as they come from a peer or a wallet;
 * only their canonical encoding is kept and relayed.  All submissions also
 * return
 *   BITMARK_E_BUSY    a bound is reached: refused and counted
 *   BITMARK_E_CAPACITY  a limit of the rules is reached, by what is pending:
 *                     refused and counted
 *   BITMARK_E_STORE*, BITMARK_E_STATE   of the journal or the snapshot.  A
 *                     journal that has failed some times in a row, as on a
 *                     full disk, is left alone for up to about a minute: its
 *                     error is the answer meanwhile
 *   BITMARK_E_NOMEM
 */

struct bitmark_asset_result {
	size_t struct_size;             /* sizeof this struct                 */
	size_t used;                    /* bytes of the record                */
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];
	bool fresh;                     /* was not known: relay it            */
	bool cached;                    /* in the cache, so not confirmed     */
	struct bitmark_span relay;      /* canonical bytes; inside            */
};

/*
 * bitmark_reservoir_asset(r, snapshot, now_s, data, size, result):
 * Cache the AssetData record at the start of ${data}.  An asset that is known
 * already lives on from now.
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size), an error of
 * bitmark_record_parse or bitmark_record_check, BITMARK_E_NOT_ASSET, or
 * BITMARK_E_ASSET_EXISTS (the same fingerprint with other data).
 *
 * Source: bitmarkd v8.2 asset/asset.go Cache
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_asset(
    struct bitmark_reservoir *r, struct bitmark_snapshot *snapshot,
    uint64_t now_s, const uint8_t *data, size_t size,
    struct bitmark_asset_result *result);

/*
 * bitmark_reservoir_begin(r), bitmark_reservoir_commit(r):
 * Submissions in between are written with one commit.  Only after it are they
 * durable, and only then may they be relayed.  When the commit fails, accepted
 * records stay in memory and are written with the next change.
 *
 * Returns BITMARK_OK or an error of the journal.
 */
BITMARK_API void bitmark_reservoir_begin(struct bitmark_reservoir *r);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_commit(
    struct bitmark_reservoir *r);

/* The outcome of submitting issues or a transfer. */
struct bitmark_unit_result {
	size_t struct_size;             /* sizeof this struct */
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];
	bool duplicate;                 /* known already: do not relay        */
	bool verified;                  /* a payment had come before          */
	size_t count;                   /* transactions                       */
	uint8_t tx_id[BITMARK_BUNDLE_MAX][BITMARK_TX_ID_SIZE];
	struct bitmark_alternatives payments;   /* when known already: those
	                                   of the first time                  */
	/* Issues that can be proved; else 0. */
	uint64_t pay_nonce;
	uint64_t bits;                  /* difficulty as bitmarkd shows it    */
	uint8_t target[BITMARK_TARGET_SIZE];
	struct bitmark_span relay;      /* canonical bytes; inside            */

	/* Grants; both givers of swaps: what they have left of their shares
	 * when all that waits is subtracted.  Wraps around below 0. */
	uint64_t remaining[2];

	/* The rest is of bitmark_node_submit alone. */
	bitmark_status settled;         /* why bitmarkd refuses what is known,
	                                   and paid for or in a block       */
	bool known[BITMARK_BUNDLE_MAX]; /* assets: it was before            */
};

/*
 * bitmark_reservoir_issues(r, snapshot, now_s, data, size, result):
 * Store the bundle of issues that are concatenated in ${data}.
 *
 * Returns BITMARK_OK, an error of bitmark_record_parse or
 * bitmark_record_check, BITMARK_E_NOT_ISSUE, BITMARK_E_MISSING_PARAMETERS (no
 * bytes), BITMARK_E_TOO_MANY, BITMARK_E_ASSET_NOT_FOUND (also for issues that
 * must be paid, and are not all of one asset that a block has) or
 * BITMARK_E_TX_EXISTS (also for an issue that is in the bundle twice [D-43],
 * unless the rules allow that, or in another bundle; and for a known bundle of
 * which one is confirmed).
 *
 * Source: bitmarkd v8.2 reservoir/issues.go StoreIssues, v0.16.0 storeIssues
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_issues(
    struct bitmark_reservoir *r, struct bitmark_snapshot *snapshot,
    uint64_t now_s, const uint8_t *data, size_t size,
    struct bitmark_unit_result *result);

/*
 * bitmark_reservoir_transfer(r, snapshot, now_s, data, size, result):
 * Store the transfer, share, grant or swap (tags 4, 5, 7 to 10, as the rules
 * know them) at the start of ${data}.  Only one transfer or share of an item
 * may wait.  Grants and swaps are taken as long as each could be confirmed
 * beside what is verified: one that nobody has paid for takes nothing from
 * others.
 *
 * Returns BITMARK_OK, an error of bitmark_record_parse or bitmark_record_check,
 * BITMARK_E_MISSING_PARAMETERS, BITMARK_E_NOT_TRANSFER,
 * BITMARK_E_LINK_UNCONFIRMED, BITMARK_E_DOUBLE_TRANSFER, BITMARK_E_TX_EXISTS,
 * BITMARK_E_LINK_SELF, or BITMARK_E_CURRENCY (an escrow without a currency; or
 * no currency in which it could be paid [D-09]); BITMARK_E_NOT_CONVERTIBLE (a
 * share of something else than a bitmark); BITMARK_E_EXPIRED, BITMARK_E_SHARES
 * (too few) or BITMARK_E_SHARE_QUANTITY.
 *
 * Source: bitmarkd v8.2 reservoir/transfer.go StoreTransfer, v0.16.0
 * reservoir/sharegrant.go, reservoir/shareswap.go
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_transfer(
    struct bitmark_reservoir *r, struct bitmark_snapshot *snapshot,
    uint64_t now_s, const uint8_t *data, size_t size,
    struct bitmark_unit_result *result);

/* Source: bitmarkd v8.2 reservoir/issues.go TrackingStatus */
enum bitmark_proof_result {
	BITMARK_PROOF_ACCEPTED,         /* relay it                           */
	BITMARK_PROOF_INVALID,
	BITMARK_PROOF_NOT_FOUND,        /* nothing pending that can be proved
	                                   has this pay id                    */
};

/*
 * bitmark_reservoir_proof(r, snapshot, pay_id, nonce, nonce_size, result):
 * Prove a bundle of issues by work.
 *
 * Returns BITMARK_OK or BITMARK_E_NONCE (not 8 to 64 bytes: invalid).
 *
 * Source: bitmarkd v8.2 reservoir/issues.go TryProof
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_proof(
    struct bitmark_reservoir *r, struct bitmark_snapshot *snapshot,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE], const uint8_t *nonce,
    size_t nonce_size, enum bitmark_proof_result *result);

/*
 * bitmark_reservoir_payment(r, now_s, pay_id, paid, verified):
 * A currency transaction with ${pay_id} is confirmed.  When it pays for the
 * unit with this pay id, the unit is verified.  Otherwise the payment is kept
 * until such a unit comes; it replaces an earlier payment with the same pay id.
 * Segments with one address add up [D-28], and a unit that cannot be paid stays
 * unpaid [D-31].
 *
 *   verified   the unit is verified; may be NULL
 *
 * Returns BITMARK_OK, BITMARK_E_CURRENCY (none) or BITMARK_E_COUNT (more than
 * BITMARK_PAID_MAX outputs).
 *
 * Source: bitmarkd v8.2 reservoir/setup.go SetTransferVerified
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_payment(
    struct bitmark_reservoir *r, uint64_t now_s,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, bool *verified);

/*
 * Asking.
 */

enum bitmark_tx_status {
	BITMARK_TX_STATUS_UNKNOWN,
	BITMARK_TX_STATUS_PENDING,
	BITMARK_TX_STATUS_VERIFIED,
	BITMARK_TX_STATUS_CONFIRMED,
};

/* "Unknown", "Pending", "Verified", "Confirmed"; static. */
BITMARK_API const char *bitmark_tx_status_name(enum bitmark_tx_status status);

/*
 * bitmark_reservoir_status(r, snapshot, tx_id, status):
 * Where a transaction is.  snapshot: of the chain; NULL: the chain is not
 * asked, and what does not wait is UNKNOWN.
 * Returns BITMARK_OK or BITMARK_E_STORE*.
 * Source: bitmarkd v8.2 reservoir/setup.go TransactionStatus
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_status(
    struct bitmark_reservoir *r, struct bitmark_snapshot *snapshot,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], enum bitmark_tx_status *status);

/* One transaction that waits.  Everything is inside: valid until the next call
 * that may change the reservoir. */
struct bitmark_waiting {
	const uint8_t *tx_id;
	const uint8_t *pay_id;
	bool verified;
	size_t position;                /* in its bundle                      */
	size_t count;                   /* transactions of the unit           */
	struct bitmark_span packed;
	const struct bitmark_alternatives *payments;
	struct bitmark_span nonce;      /* client nonce; empty: not proved    */
	uint64_t since_s;               /* when it came                       */
	uint64_t until_s;               /* when it expires; 0: never          */
};

/* Nonzero stops. */
typedef int (*bitmark_waiting_fn)(void *user,
    const struct bitmark_waiting *waiting);

/* All pending and verified transactions, in the order in which they came. */
BITMARK_API void bitmark_reservoir_each(struct bitmark_reservoir *r,
    bitmark_waiting_fn each, void *user);

/*
 * bitmark_reservoir_cached(r, asset_id, packed):
 * The record of an asset that is in the cache.
 *
 *   packed  canonical bytes; inside: until the next call that may change the
 *           reservoir
 *
 * Returns BITMARK_OK or BITMARK_E_NOT_FOUND.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_cached(
    const struct bitmark_reservoir *r,
    const uint8_t asset_id[BITMARK_ASSET_ID_SIZE],
    struct bitmark_span *packed);

/*
 * bitmark_reservoir_spend(r, account, share_id):
 * How many of these shares the account gives away by grants and swaps that are
 * pending or verified.  All of bitmark_snapshot_share_balance less this is what
 * bitmarkd calls available; both wrap around.
 *
 * Source: bitmarkd v0.16.0 reservoir/sharebalance.go
 */
BITMARK_API uint64_t bitmark_reservoir_spend(const struct bitmark_reservoir *r,
    const struct bitmark_account *account,
    const uint8_t share_id[BITMARK_TX_ID_SIZE]);

struct bitmark_reservoir_counts {
	size_t struct_size;             /* sizeof this struct */
	size_t pending;                 /* transactions                       */
	size_t verified;
	size_t settled;                 /* confirmed, kept for a rollback     */
	size_t bytes;                   /* of all those, packed               */
	size_t assets;                  /* cached                             */
	size_t asset_bytes;
	size_t orphans;
	uint64_t refused;               /* because a bound was reached        */
	uint64_t evicted;               /* assets, orphans, settled           */
	uint64_t expired;               /* transactions                       */
	/* Transactions that are pending, by the kinds that the rules limit. */
	size_t free_issues;
	size_t paid_issues;
	size_t transfers;
};

/* Returns BITMARK_OK, or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_reservoir_get_counts(const struct bitmark_reservoir *r,
    struct bitmark_reservoir_counts *counts);

/*
 * Time and blocks.  These calls change the reservoir even when the journal
 * fails: then they return its error, and the rows that it lacks are written
 * before the next change.
 */

/*
 * bitmark_reservoir_expire(r, now_s):
 * Remove transactions, payments and assets whose time is over.  Verified
 * transactions stay, and so do assets that a transaction needs.
 */
BITMARK_API bitmark_status bitmark_reservoir_expire(
    struct bitmark_reservoir *r, uint64_t now_s);

/*
 * bitmark_reservoir_block_added(r, now_s, block, size):
 * A block was committed: its transactions are confirmed, those that compete
 * with them are dropped.  The rest of a bundle stays [D-23].
 */
BITMARK_API bitmark_status bitmark_reservoir_block_added(
    struct bitmark_reservoir *r, uint64_t now_s, const uint8_t *block,
    size_t size);

/*
 * bitmark_reservoir_review(r, snapshot, now_s):
 * Drop grants and swaps that blocks have made impossible: those whose before
 * block has come, which are reported as expired, and those whose shares are
 * gone.  Call it once after blocks were added or removed.
 *
 * Returns BITMARK_OK, an error of the journal, or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_review(
    struct bitmark_reservoir *r, struct bitmark_snapshot *snapshot,
    uint64_t now_s);

/*
 * bitmark_reservoir_block_going(r, blocks, count):
 * Blocks are about to be removed from the chain.  The journal keeps them until
 * bitmark_reservoir_block_removed is called for each, or the reservoir is
 * opened: so a crash between the two commits loses nothing of them.  The
 * number of a block is that of its header.
 *
 * Returns BITMARK_OK, an error of the journal (then do not remove them), or
 * of bitmark_header_parse.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_block_going(
    struct bitmark_reservoir *r, const struct bitmark_span *blocks,
    size_t count);

/*
 * bitmark_reservoir_block_removed(r, snapshot, now_s, block, size):
 * A block was rolled back.  Its assets, issues, transfers, grants and swaps
 * come back as far as they are still valid; they are verified if their proof or
 * payment was known here.  Waiting transfers that link to one that came back
 * stay, and those that link to a transaction that is gone are dropped.
 *
 *   snapshot  without the block.  After several were removed with one commit:
 *             call for the oldest first
 */
BITMARK_API bitmark_status bitmark_reservoir_block_removed(
    struct bitmark_reservoir *r, struct bitmark_snapshot *snapshot,
    uint64_t now_s, const uint8_t *block, size_t size);

/*
 * Rebroadcast.
 */

/* Names of the messages in bitmark-protocol(7). */
enum bitmark_rebroadcast {
	BITMARK_REBROADCAST_ASSETS,
	BITMARK_REBROADCAST_ISSUES,
	BITMARK_REBROADCAST_TRANSFER,
	BITMARK_REBROADCAST_PROOF,      /* pay id and client nonce            */
};

/*
 * bitmark_reservoir_rebroadcast_start(r), _next(r, kind, data):
 * The messages that tell a neighbour everything that waits here, one for each
 * call of next, so that the caller sets the pace; assets before issues before
 * proof.  Other calls may come in between.  The rules say whether pending
 * transactions are included (rebroadcast_pending), and how often to start
 * (rebroadcast_s).
 *
 *   data     inside; never empty
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND (no more) or BITMARK_E_NOMEM.
 *
 * Source: bitmarkd v8.2 reservoir/background.go
 */
BITMARK_API void bitmark_reservoir_rebroadcast_start(
    struct bitmark_reservoir *r);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_rebroadcast_next(
    struct bitmark_reservoir *r, enum bitmark_rebroadcast *kind,
    struct bitmark_span *data);

/*
 * The backup file of bitmarkd v8.2.
 */

/*
 * bitmark_reservoir_export(r, write, user):
 * Assets, pending, verified units, proofs.
 * Returns BITMARK_OK, BITMARK_E_IO (by write) or BITMARK_E_NOMEM.
 * Source: bitmarkd v8.2 reservoir/store.go saveToFile
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_export(
    struct bitmark_reservoir *r, bitmark_write_fn write, void *user);

/*
 * bitmark_reservoir_save(r, path):
 * Export into a file, mode 0600.  After a crash ${path} is the whole old file
 * or the whole new one.  Returns also BITMARK_E_STORE_FULL, and BITMARK_E_IO
 * when ${path} is not a regular file, such as a device: that is not replaced.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_save(
    struct bitmark_reservoir *r, const char *path);

struct bitmark_import {
	size_t struct_size;             /* sizeof this struct */
	size_t accepted;                /* records                            */
	size_t refused;                 /* bad or known; logged               */
};

/*
 * bitmark_reservoir_import(r, snapshot, now_s, data, size, counts):
 * Take what a backup holds through the functions above.  Unknown types are
 * skipped; a bundle of which a part is confirmed is taken.
 *
 *   counts   may be NULL
 *
 * Returns BITMARK_OK, or BITMARK_E_LENGTH (cut off; what came before stays).
 * Source: bitmarkd v8.2 reservoir/store.go LoadFromFile
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_reservoir_import(
    struct bitmark_reservoir *r, struct bitmark_snapshot *snapshot,
    uint64_t now_s, const uint8_t *data, size_t size,
    struct bitmark_import *counts);

#ifdef __cplusplus
}
#endif

#endif
