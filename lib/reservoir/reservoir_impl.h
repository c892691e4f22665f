/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * reservoir, as the files of this folder see it.
 *
 *   reservoir.c   opening from the journal, closing, questions
 *   asset.c       the asset cache
 *   unit.c        payment units: indexes, states, bounds
 *   unit_new.c    making them of packed records
 *   issues.c transfer.c share.c payment.c   submissions
 *   block.c       blocks that come and go
 *   keep.c        changes of the journal
 *   rows.c        its rows
 *   expire.c rebroadcast.c backup.c grind.c   as their names say
 *
 * A change is made between bm_keep_begin and bm_keep_commit.  A submission is
 * written first and enters the maps when that has succeeded; blocks and
 * expiry change the maps in any case, and what the journal has missed is
 * written before the next change.
 */
#ifndef BM_RESERVOIR_IMPL_H
#define BM_RESERVOIR_IMPL_H

#include <bitmarkpeer/reservoir.h>

#include <sys/queue.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "codec/sized.h"

#include "reservoir/heap.h"
#include "reservoir/map.h"

enum bm_row_kind { BM_ROW_ASSET, BM_ROW_BLOCK, BM_ROW_ORPHAN, BM_ROW_UNIT };

/* An object's row in the journal: keep.c.  The first member of the object. */
struct bm_row {
	enum bm_row_kind kind;
	const uint8_t *id;              /* of the object                     */
	bool listed;                    /* as stale or written               */
	uint64_t change;                /* written: by this change           */
	LIST_ENTRY(bm_row) next;
};

/* A cached asset; without record: only referred to by units. */
struct bm_asset {
	struct bm_row row;
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	size_t refs;                    /* issues of units                   */
	uint8_t *packed;                /* canonical; NULL: no record        */
	size_t size;
	bool confirmed;                 /* kept for a rollback, while needed */
	bool listed;                    /* by the walk that is going on      */
	uint64_t heard_s;               /* last announcement                 */
	uint64_t kept_s;                /* ... as it was written last        */
	struct bm_timer idle;           /* while there are no refs           */
};

/*
 *              paid, proved   all confirmed   a block gone   its time
 *   PENDING    -> VERIFIED    -> SETTLED      stay           removed
 *   VERIFIED   stay           -> SETTLED      stay           never comes
 *   SETTLED    stay           stay            -> PENDING, or removed
 *                                             VERIFIED when
 *                                             it was paid or
 *                                             proved
 */
enum bm_unit_state { BM_UNIT_PENDING, BM_UNIT_VERIFIED, BM_UNIT_SETTLED };

enum bm_verified_by { BM_BY_NOTHING, BM_BY_PROOF, BM_BY_PAYMENT };

/* The kind of a unit decides how it is verified, and for which limit of the
 * rules it counts. */
enum bm_unit_kind {
	BM_KIND_ISSUES,                 /* proof or payment                  */
	BM_KIND_FREE,                   /* issues: a proof                   */
	BM_KIND_PAID,                   /* issues: a payment                 */
	BM_KIND_OTHER,                  /* transfers: a payment              */
	BM_KIND_COUNT,
};

struct bm_unit;

struct bm_member {
	uint8_t tx_id[BITMARK_TX_ID_SIZE];
	struct bm_unit *unit;
	size_t record;                  /* of the unit, from 0; when the issue
	                                   is repeated, the first one          */
	size_t offset;                  /* in the unit's bytes */
	size_t size;
	struct bm_asset *asset;         /* issues only         */
	bool confirmed;
};

struct bm_unit {
	struct bm_row row;
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];
	enum bm_unit_state state;
	enum bm_verified_by verified_by;
	uint8_t nonce[BITMARK_CLIENT_NONCE_MAX];
	size_t nonce_size;              /* BM_BY_PROOF only                  */
	uint64_t since_s;
	uint64_t until_s;               /* not for VERIFIED                  */
	struct bm_timer timer;
	enum bm_unit_kind kind;
	enum bitmark_record_tag tag;    /* of its records                    */
	uint8_t link[BITMARK_TX_ID_SIZE];       /* transfers only            */
	/* Grants and swaps only. */
	uint64_t before_block;
	struct bm_spend {
		struct bm_holding *of;
		uint64_t quantity;
	} spend[2];
	size_t spends;
	struct bitmark_alternatives payments;
	uint8_t *packed;                /* canonical records                 */
	size_t size;
	size_t records;                 /* more than members, when an issue is
	                                   repeated                          */
	TAILQ_ENTRY(bm_unit) order;
	size_t waiting;                 /* members that are not confirmed    */
	size_t count;
	struct bm_member member[];
};

/* More than 64 bits. */
struct bm_sum {
	uint64_t low;
	uint64_t high;
};

#define BM_HOLDING_ID_SIZE BITMARK_SHA3_256_SIZE

/* The sum that waiting units take out of the balance of one account in one
 * share. */
struct bm_holding {
	uint8_t id[BM_HOLDING_ID_SIZE]; /* hash of the two                   */
	struct bitmark_account owner;
	uint8_t share_id[BITMARK_TX_ID_SIZE];
	size_t refs;                    /* spends of units                   */
	uint64_t spend;                 /* of all that wait; wraps around    */
	struct bm_sum verified;         /* of those that are verified        */
};

/* A payment whose unit has not come. */
struct bm_orphan {
	struct bm_row row;
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];
	struct bm_timer timer;
	uint64_t until_s;
	enum bitmark_currency currency;
	size_t count;
	struct bitmark_payment output[];
};

/* A block that the journal has: the reservoir may not have heard of its
 * end. */
struct bm_removed {
	STAILQ_ENTRY(bm_removed) next;  /* of a higher number                */
	uint64_t number;
	size_t size;
	uint8_t bytes[];
};

/* The change that is open, and what the journal has missed: keep.c. */
struct bm_keep {
	unsigned depth;                 /* changes that are nested           */
	uint64_t number;                /* of the newest change              */
	size_t bytes;                   /* of pages that it may take         */
	bool open;                      /* the journal has to end it         */
	bitmark_status status;          /* sticky                            */
	bool behind;                    /* rows may differ from objects, or
	                                   be among the forgotten            */
	STAILQ_HEAD(, bm_forgotten) forgotten;  /* rows that were removed    */
	LIST_HEAD(, bm_row) stale;      /* rows to be written at its end     */
	LIST_HEAD(, bm_row) written;    /* since the last one that is sure   */
	unsigned failures;              /* changes that failed, in a row     */
	uint64_t failed_s;              /* when the last one did             */
	bitmark_status failed;          /* and why                           */
};

struct bitmark_reservoir {
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;
	struct bitmark_env env;
	struct bitmark_journal journal; /* put NULL: none                    */
	struct bitmark_reservoir_limits limits;
	bitmark_tx_change_fn change;
	void *user;
	bool auto_verify;

	struct bm_map units;            /* pay id -> bm_unit                 */
	struct bm_map members;          /* tx id -> bm_member                */
	struct bm_map claims;           /* link -> bm_unit, not when SETTLED */
	struct bm_map holdings;         /* hash -> bm_holding                */
	struct bm_map assets;           /* asset id -> bm_asset              */
	struct bm_map orphans;          /* pay id -> bm_orphan               */
	struct bm_heap pending;         /* units by their end                */
	struct bm_heap settled;
	struct bm_heap idle;            /* assets that nothing refers to     */
	struct bm_heap orphan_ends;
	TAILQ_HEAD(, bm_unit) order;    /* in which units came               */
	struct bitmark_reservoir_counts counts;
	size_t pending_of[BM_KIND_COUNT];       /* transactions              */

	uint8_t *scratch;               /* bytes of results                  */
	size_t scratch_size;

	struct bm_unit *cast;           /* next to be rebroadcast            */
	enum bitmark_rebroadcast cast_kind;
	struct bm_unit *walk;           /* next of a walk that removes some  */
	STAILQ_HEAD(, bm_removed) removed;      /* from the journal, while
	                                   opening                           */

	uint64_t now_s;                 /* the latest that was handed in     */
	struct bm_keep keep;
};

/* reservoir.c */

bitmark_status bm_parse(const struct bitmark_reservoir *r,
    struct bitmark_span data, struct bitmark_record *record, size_t *used);
/* ${size} bytes of room for a result, or NULL. */
uint8_t *bm_scratch(struct bitmark_reservoir *r, size_t size);
/* Is there a confirmed transaction, asset?  BITMARK_OK or BITMARK_E_STORE*. */
bitmark_status bm_tx_confirmed(struct bitmark_snapshot *s,
    const uint8_t *tx_id, bool *confirmed);
bitmark_status bm_asset_confirmed(struct bitmark_snapshot *s,
    const uint8_t *asset_id, uint64_t *number);
/* Member [i] of a unit, as it is shown. */
struct bitmark_waiting bm_waiting_of(const struct bm_unit *u, size_t i);
/* Tell the program that a transaction has changed, and log it. */
void bm_tell(struct bitmark_reservoir *r, const struct bm_member *member,
    enum bitmark_tx_change change);

/* asset.c */

/* The slot of an asset, made when it is missing; NULL: no memory. */
struct bm_asset *bm_asset_slot(struct bitmark_reservoir *r,
    const uint8_t id[BITMARK_ASSET_ID_SIZE]);
void bm_asset_refer(struct bitmark_reservoir *r, struct bm_asset *asset);
/* Without references only an unconfirmed record stays. */
void bm_asset_release(struct bitmark_reservoir *r, struct bm_asset *asset);
/* Give the slot its record; the bytes are taken when it succeeds. */
bitmark_status bm_asset_fill(struct bitmark_reservoir *r,
    struct bm_asset *asset, uint8_t *packed, size_t size, uint64_t heard_s);
/* Remove an asset without references from the cache. */
void bm_asset_drop(struct bitmark_reservoir *r, struct bm_asset *asset);
/* The asset is (not) in a block any more. */
void bm_asset_set_confirmed(struct bitmark_reservoir *r,
    struct bm_asset *asset, bool confirmed);
/* Cached, or confirmed as ${snapshot} has it. */
bitmark_status bm_asset_check(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, const uint8_t id[BITMARK_ASSET_ID_SIZE]);
void bm_asset_free(struct bm_asset *asset);

/* unit_new.c */

bool bm_is_transfer(enum bitmark_record_tag tag);
/* The kind of a bundle, by whether all of its nonces are 0. */
enum bm_unit_kind bm_issues_kind(const struct bitmark_rules *rules,
    bool all_zero);

/*
 * bm_unit_new(r, packed, size, unit):
 * A unit of canonical records, pending, in no map.  ${packed} is copied.
 * BITMARK_OK, BITMARK_E_NOMEM, or an error of parsing.
 */
bitmark_status bm_unit_new(struct bitmark_reservoir *r, const uint8_t *packed,
    size_t size, struct bm_unit **unit);
/* Free a unit that is in no map; its assets are released. */
void bm_unit_free(struct bitmark_reservoir *r, struct bm_unit *unit);

/* unit.c */

/* Make room within the bounds, evicting settled units, and in the maps.
 * BITMARK_OK, BITMARK_E_BUSY or BITMARK_E_NOMEM. */
bitmark_status bm_unit_room(struct bitmark_reservoir *r,
    const struct bm_unit *unit);
/* Does nothing of it collide with what is in the maps? */
bool bm_unit_is_new(const struct bitmark_reservoir *r,
    const struct bm_unit *unit);
/* Into the maps; cannot fail after bm_unit_room. */
void bm_unit_add(struct bitmark_reservoir *r, struct bm_unit *unit);
/* Out of the maps, the journal and memory, with the transfers that wait for
 * it; tell ${change} for each member that waits. */
void bm_unit_remove(struct bitmark_reservoir *r, struct bm_unit *unit,
    enum bitmark_tx_change change);
/* A member was confirmed, or is not any more; the state follows. */
void bm_unit_confirm(struct bitmark_reservoir *r, struct bm_member *member,
    uint64_t now_s);
void bm_unit_return(struct bitmark_reservoir *r, struct bm_member *member,
    uint64_t now_s);
/* Could this transfer still be confirmed, perhaps after what it links to?  Do
 * the assets of these issues exist?  Are there the shares?  BITMARK_OK,
 * BITMARK_E_STORE*, or why not. */
bitmark_status bm_unit_check(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, const struct bm_unit *unit);
/* Remove a unit for what bm_unit_check gave; false: not a reason to. */
bool bm_unit_drop(struct bitmark_reservoir *r, struct bm_unit *unit,
    bitmark_status why);
/*
 * bm_unit_accept(r, unit, now_s, result):
 * The end of a submission: an orphan payment may verify it at once.  The unit
 * is taken; ${result} is completed.
 */
bitmark_status bm_unit_accept(struct bitmark_reservoir *r,
    struct bm_unit *unit, uint64_t now_s, struct bitmark_unit_result *result);
/* Verify everything in the journal that counts as paid without a payment. */
void bm_unit_verify_all(struct bitmark_reservoir *r);
/*
 * bm_unit_verify(r, unit, by, used):
 * A pending unit was paid or proved; ${used} is an orphan payment that is not
 * needed any more, or NULL.  A change of its own.
 */
bitmark_status bm_unit_verify(struct bitmark_reservoir *r,
    struct bm_unit *unit, enum bm_verified_by by, struct bm_orphan *used);
/* Fill the part of the result that is the same for all. */
void bm_unit_result(const struct bm_unit *unit,
    struct bitmark_unit_result *result);

/* issues.c, transfer.c */

enum bm_confirmed_members { BM_CONFIRMED_REFUSED, BM_CONFIRMED_ALLOWED };

bitmark_status bm_store_issues(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, uint64_t now_s, struct bitmark_span data,
    enum bm_confirmed_members allowed, struct bitmark_unit_result *result);

/* May a record of one kind link to one of the other?
 * Source: bitmarkd v8.2 reservoir/transfer.go verifyTransfer */
bool bm_transition_allowed(enum bitmark_record_tag from,
    enum bitmark_record_tag to);

/* share.c */

bool bm_is_spend(enum bitmark_record_tag tag);
/* The amounts that the unit takes, from its record; references to holdings.
 * BITMARK_OK or BITMARK_E_NOMEM. */
bitmark_status bm_spends_read(struct bitmark_reservoir *r, struct bm_unit *u,
    const struct bitmark_record *record);
void bm_spends_free(struct bitmark_reservoir *r, struct bm_unit *u);
/* The unit begins, ends to be in its state. */
void bm_spends_enter(struct bm_unit *u);
void bm_spends_leave(struct bm_unit *u);
/* BITMARK_OK, BITMARK_E_EXPIRED, BITMARK_E_SHARES or BITMARK_E_STORE*. */
bitmark_status bm_spends_check(struct bitmark_snapshot *s,
    const struct bm_unit *u);
bitmark_status bm_store_spend(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, uint64_t now_s,
    const struct bitmark_record *record, struct bitmark_unit_result *result);

/* payment.c */

/* Fees for issues whose assets are in block ${number}.
 * BITMARK_OK or BITMARK_E_STORE*.
 * Source: bitmarkd v8.2 reservoir/issues.go StoreIssues */
bitmark_status bm_payments_of_issues(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, uint64_t number, size_t count,
    struct bitmark_alternatives *payments);
/* Fees, and the escrow, of a transfer of ${owned} by ${linked}; NULL: fees.
 * Source: bitmarkd v8.2 reservoir/payment.go getPayments */
bitmark_status bm_payments_of_transfer(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, const struct bitmark_owned *owned,
    const struct bitmark_record *linked,
    struct bitmark_alternatives *payments);
/* Does the payment pay for all of one alternative? */
bool bm_orphan_pays(const struct bitmark_reservoir *r,
    const struct bm_orphan *orphan,
    const struct bitmark_alternatives *payments);
/* NULL: no memory. */
struct bm_orphan *bm_orphan_new(const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    const struct bitmark_paid *paid, uint64_t until_s);
/* Room in the map, evicting others.  BITMARK_OK or BITMARK_E_NOMEM. */
bitmark_status bm_orphan_room(struct bitmark_reservoir *r);
void bm_orphan_add(struct bitmark_reservoir *r, struct bm_orphan *orphan);
/* Out of the map and memory. */
void bm_orphan_drop(struct bitmark_reservoir *r, struct bm_orphan *orphan);

/* rebroadcast.c: messages about a unit; empty: there is none.  Inside the
 * scratch.  BITMARK_OK or BITMARK_E_NOMEM. */

/* The unit's assets that are cached and in no block. */
bitmark_status bm_unit_assets(struct bitmark_reservoir *r,
    const struct bm_unit *unit, struct bitmark_span *data);
/* The unit's pay id and client nonce. */
bitmark_status bm_unit_proof(struct bitmark_reservoir *r,
    const struct bm_unit *unit, struct bitmark_span *data);

/* block.c */

/* Blocks that went without the reservoir being told, as the journal knows. */
bitmark_status bm_hear_removed(struct bitmark_reservoir *r,
    struct bitmark_snapshot *s, uint64_t now_s);

/* rows.c */

/* Bytes of a number in a key. */
#define BM_ROW_NUMBER_SIZE 8

/* Inside ${out}; ${id} as the kind has it. */
struct bitmark_span bm_row_key(uint8_t out[BITMARK_JOURNAL_KEY_MAX],
    enum bm_row_kind kind, const uint8_t *id);
/* The value of the object's row. */
void bm_row_write(struct bm_writer *w, const struct bm_row *row);
/* Read one row into the maps.  BITMARK_OK, BITMARK_E_NOMEM, or what is wrong
 * with the row. */
bitmark_status bm_row_load(struct bitmark_reservoir *r,
    struct bitmark_span key, struct bitmark_span value);

/* keep.c */

/* Begin a change; they nest, and the outermost commit counts. */
void bm_keep_begin(struct bitmark_reservoir *r);
/* End it, also when it has failed with ${status}, as evictions are kept in any
 * case.  Returns ${status}, or else the error of the journal. */
bitmark_status bm_keep_commit(struct bitmark_reservoir *r,
    bitmark_status status);
/* Write the row of an object. */
void bm_keep(struct bitmark_reservoir *r, struct bm_row *row);
/* The object is not what its row says any more: write it at the end of the
 * change, once: a block may confirm a hundred issues of one unit. */
void bm_keep_later(struct bitmark_reservoir *r, struct bm_row *row);
/* The object is going to be freed. */
void bm_keep_no_more(struct bm_row *row);
void bm_keep_block(struct bitmark_reservoir *r, uint64_t number,
    struct bitmark_span block);
/* Remove the row of an object; of a block. */
void bm_forget(struct bitmark_reservoir *r, const struct bm_row *row);
void bm_forget_block(struct bitmark_reservoir *r, uint64_t number);
/* Read all rows into the maps; bad ones are left out.  BITMARK_OK,
 * BITMARK_E_NOMEM, or an error of the journal. */
bitmark_status bm_keep_load(struct bitmark_reservoir *r);
/* Free the keys of rows that were removed by changes before ${change}. */
void bm_keep_free_forgotten(struct bitmark_reservoir *r, uint64_t change);

#endif
