/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * chain - the store of one chain: verify, apply and roll back blocks, and
 * read what they made.
 *
 * One directory holds one chain in one LMDB environment.  One process may
 * write at a time (a lock tells who); any number may read meanwhile.  Every
 * effect of a block is committed at once: after a crash the store holds a
 * whole number of blocks.
 *
 * Caveats:
 *  - A snapshot keeps old pages from being reused: close or release it when
 *    you do not read.  Spans that it gives are inside the snapshot: valid
 *    until it is renewed, released or closed.
 *  - A chain is used by one thread at a time for writing (prepare, add,
 *    delete_down, batches, load).  Snapshots may be opened by any thread; each
 *    is used by one thread at a time.  All snapshots must be closed before the
 *    chain.
 *  - The map cannot grow while a snapshot of the same process is live.  A
 *    block for which it would have to waits up to ten seconds for snapshots to
 *    be released, then fails with BITMARK_E_STORE_FULL; it can be added again.
 *  - After a reindex, processes that have the store open go on reading the old
 *    one until they open it again.
 *  - A write beyond the limit of file sizes (RLIMIT_FSIZE) sends SIGXFSZ, which
 *    ends the process: a program that ignores it gets BITMARK_E_STORE_FULL.
 *  - Do not open one directory twice in one process, and not on a network
 *    file system.
 */
#ifndef BITMARKPEER_CHAIN_H
#define BITMARKPEER_CHAIN_H

#include <bitmarkpeer/block.h>
#include <bitmarkpeer/checkpoint.h>
#include <bitmarkpeer/digest.h>
#include <bitmarkpeer/view.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most pay nonces that a proof may be made for, under any rules. */
#define BITMARK_PAY_NONCE_COUNT 19

/* Format of the store that this library reads and writes. */
#define BITMARK_STORE_FORMAT 3

/* Room that a writer reserves beyond what a store uses when it is opened: of
 * addresses, not of memory or disk.  The map grows when that is used up.
 * Bytes.  Source: local choice. */
#if SIZE_MAX > 0xffffffff
#define BITMARK_CHAIN_MAP_BYTES ((size_t)1 << 30)
#else
#define BITMARK_CHAIN_MAP_BYTES ((size_t)1 << 26)
#endif

struct bitmark_chain;
struct bitmark_snapshot;

enum bitmark_chain_access {
	BITMARK_CHAIN_READ,             /* the store must exist              */
	BITMARK_CHAIN_WRITE,            /* takes the writer's lock; created
	                                   when there is none, with missing
	                                   directories above it              */
};

struct bitmark_chain_config {
	size_t struct_size;             /* sizeof this struct */
	const char *path;               /* directory; borrowed               */
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;      /* NULL: those that the store
	                                   remembers; of a new store
	                                   bitmark_rules_default(params)     */
	enum bitmark_chain_access access;
	struct bitmark_digest_pool *digests;    /* for bitmark_chain_add and
	                                   load; NULL: computed in place.
	                                   Must outlive the chain            */
	const struct bitmark_env *env;  /* copied; NULL: silence             */
	size_t map_bytes;               /* 0: BITMARK_CHAIN_MAP_BYTES        */
	const struct bitmark_checkpoint *checkpoint;    /* copied; NULL: none.
	                                   Not looked at for reading         */
};

/*
 * bitmark_chain_open(chain, config):
 * Open or create the store.  Unless the last writer closed it in order and nothing
 * has written to its file since, all pages of its indexes are inspected first: a
 * damaged store is not opened, and the log says what is wrong with it.  A file
 * whose first write was cut short is not a store.
 *
 * Blocks below a checkpoint stay unproven when the process ends before the
 * checkpoint is reached.  When the store is opened for writing with a
 * checkpoint that is still ahead, it goes on from them; otherwise they are
 * removed, which the log says.
 *
 *   chain    new; owned by the caller: bitmark_chain_close
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (no path, chain or access),
 * BITMARK_E_STORE_LOCKED (another writer), BITMARK_E_STORE_FORMAT,
 * BITMARK_E_STORE_CHAIN (made for another chain), BITMARK_E_STORE_RULES (its
 * blocks were verified under other rules), BITMARK_E_CHECKPOINT (the store has
 * another block of that number), BITMARK_E_NOT_FOUND
 * (BITMARK_CHAIN_READ and no store), BITMARK_E_STORE*, BITMARK_E_IO (errno has
 * the cause, and the log also names the file), or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_open(
    struct bitmark_chain **chain, const struct bitmark_chain_config *config);

BITMARK_API void bitmark_chain_close(struct bitmark_chain *chain);

/* The rules that the chain follows, whatever the configuration said.  Static.
 */
BITMARK_API const struct bitmark_rules *bitmark_chain_rules(
    const struct bitmark_chain *chain);

/*
 * bitmark_chain_discard(chain):
 * Close ${chain}, and remove its files and directories if this opening has made
 * them and there is no block: for a program that has nothing to put there.  Any
 * other chain is merely closed.
 */
BITMARK_API void bitmark_chain_discard(struct bitmark_chain *chain);

/*
 * bitmark_chain_lock_holder(path):
 * Process id of the writer of the store at ${path}, or 0 when there is none.
 */
BITMARK_API long bitmark_chain_lock_holder(const char *path);

/* The newest block. */
struct bitmark_tip {
	uint64_t number;                /* 1: only genesis        */
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint16_t version;
	uint64_t timestamp;             /* 0: only genesis        */
	uint64_t crc;
};

/*
 * bitmark_chain_precheck(chain, block, size, now_s):
 * Everything about a block that costs next to nothing: its header by itself,
 * and that it would follow the newest block (of the batch, when one is open).
 * A block that passes may still be refused by bitmark_chain_add.
 *
 * Returns BITMARK_OK, BITMARK_E_HEADER_SIZE, an error of
 * bitmark_header_check, BITMARK_E_HEADER_DIFFICULTY (bits out of range),
 * BITMARK_E_PREVIOUS, BITMARK_E_VERSION_DECREASE, BITMARK_E_HEADER_TIMESTAMP,
 * BITMARK_E_NUMBER or BITMARK_E_LENGTH (longer than BITMARK_BLOCK_MAX).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_precheck(
    struct bitmark_chain *chain, const uint8_t *block, size_t size,
    uint64_t now_s);

/* Blocks that are prepared at one time, and memory that they take.  Bytes.
 * Source: local bounds */
#define BITMARK_CHAIN_PREPARED_MAX 64
#define BITMARK_CHAIN_PREPARED_BYTES ((size_t)64 << 20)

struct bitmark_prepared {
	size_t struct_size;             /* sizeof this struct */
	size_t blocks;                  /* that wait for their turn           */
	size_t bytes;                   /* that they take                     */
	uint64_t used;                  /* by bitmark_chain_add, since opening */
	uint64_t refused;               /* for which there was no room        */
};

/*
 * bitmark_chain_prepare(chain, block, size):
 * Let all cores check the records of a block that may be added later, while
 * the caller does something else: limits, ids, signatures.  Only a hint: it
 * makes bitmark_chain_add faster, not different.
 *
 *   block    copied.  When there is no room, blocks that are further from
 *            their turn make some; else it is counted, and nothing done
 *
 * Writing thread only, as bitmark_chain_add; returns at once.
 */
BITMARK_API void bitmark_chain_prepare(struct bitmark_chain *chain,
    const uint8_t *block, size_t size);

/* Blocks that are prepared now.  Writing thread only.  Returns BITMARK_OK, or
 * BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_chain_prepared(
    const struct bitmark_chain *chain,
    struct bitmark_prepared *prepared);

/*
 * bitmark_chain_add(chain, block, size, digest, now_s):
 * Verify a block completely and store it.  Nothing is written unless all of it
 * is valid.  Durable when the call returns, or when the batch that is open is
 * committed.
 *
 *   block    at most BITMARK_BLOCK_MAX bytes; borrowed
 *   digest   the Argon2d digest of its first 100 bytes; NULL: computed here.
 *            Up to the number of the chain's checkpoint it may be the one that
 *            the header of the next block names
 *   now_s    Unix time, for the limit on timestamps
 *
 * Returns BITMARK_OK, the error that v8.2 gives (bitmark-protocol(7), block
 * checks), or one of BITMARK_E_NUMBER, BITMARK_E_OUT_OF_PLACE_BASE,
 * BITMARK_E_OUT_OF_PLACE_FOUNDATION, BITMARK_E_LINK_UNCONFIRMED,
 * BITMARK_E_DOUBLE_TRANSFER where v8.2 has none; BITMARK_E_CHECKPOINT (the
 * block has the number of the checkpoint, and the headers up to it are not
 * those: take back all after bitmark_chain_proven); BITMARK_E_LENGTH,
 * BITMARK_E_READONLY, BITMARK_E_STORE*, BITMARK_E_NOMEM, or, in a batch that
 * has failed, the error that it failed with.
 *
 * Source: bitmarkd v8.2 block/store.go StoreIncoming
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_add(
    struct bitmark_chain *chain, const uint8_t *block, size_t size,
    const uint8_t *digest, uint64_t now_s);

/*
 * bitmark_chain_batch_begin(chain), _commit(chain), _abort(chain):
 * Blocks added in between are committed together: cheaper, and readers see
 * all of them or none.  A refused block leaves the batch as it was; after
 * BITMARK_E_STORE* the batch is gone and commit returns that error.
 * Returns BITMARK_OK, BITMARK_E_STATE, BITMARK_E_READONLY or
 * BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_batch_begin(
    struct bitmark_chain *chain);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_batch_commit(
    struct bitmark_chain *chain);
BITMARK_API void bitmark_chain_batch_abort(struct bitmark_chain *chain);

/*
 * bitmark_chain_tip(chain, tip):
 * The newest block as the writer sees it: of the open batch when there is
 * one.  A chain opened for reading goes on giving the one of its opening: ask
 * a snapshot.  Writing thread only.
 */
BITMARK_API void bitmark_chain_tip(const struct bitmark_chain *chain,
    struct bitmark_tip *tip);

/*
 * bitmark_chain_proven(chain, number):
 * Number of the newest block whose digest is known to be right: that of the
 * newest one, unless a checkpoint is still ahead.  As it is committed; writing
 * thread only.  Returns BITMARK_OK or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_proven(
    struct bitmark_chain *chain, uint64_t *number);

/*
 * bitmark_chain_room(chain, map_bytes, used_bytes):
 * Size of the map, which grows by itself, and the most that the store has ever
 * used of it, which is the size of its file.  Free pages count; changes of an
 * open batch do not.  Costs nothing; writing thread only.
 */
BITMARK_API void bitmark_chain_room(const struct bitmark_chain *chain,
    size_t *map_bytes, size_t *used_bytes);

/*
 * bitmark_chain_trim(chain):
 * Give back the memory that a change of very many records has left in the
 * store's buffers; costs nothing when there was none.  Call it when there is
 * little to do: a thread that opens a snapshot meanwhile waits, for less than a
 * millisecond.  Writing thread only.
 *
 * Returns BITMARK_OK, BITMARK_E_TIMEOUT (somebody reads: try again later),
 * BITMARK_E_NOT_FOUND (the store is not at its path any more),
 * BITMARK_E_STATE (a batch or a rollback is open, or the chain was
 * opened for reading), or BITMARK_E_STORE*, BITMARK_E_IO or BITMARK_E_NOMEM,
 * after which the chain can only be closed.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_trim(
    struct bitmark_chain *chain);

/*
 * bitmark_chain_delete_down(chain, final):
 * Undo the newest blocks down to and including number ${final} (2 deletes all
 * but genesis).  The state becomes exactly that of a store that never saw them.
 * Several are removed with one commit, from the newest down: after a crash or
 * an error the remaining blocks are a complete chain.
 *
 * Returns BITMARK_OK (also when there is nothing to delete), BITMARK_E_ARGUMENT
 * (final below 2), BITMARK_E_STATE (a batch is open), BITMARK_E_READONLY,
 * BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_delete_down(
    struct bitmark_chain *chain, uint64_t final);

/*
 * Called while many blocks are worked on; nonzero stops the work.
 *
 *   number   of the block that was done
 *   done     work up to now, in units that take about the same time each, so
 *            that done / total is the part of the time that has passed
 *   total    all the work, in the same units; 0: not known
 */
typedef int (*bitmark_progress_fn)(void *user, uint64_t number,
    uint64_t done, uint64_t total);

/*
 * bitmark_chain_load(chain, fd, now_s, progress, user, refused):
 * Add the blocks of a file in bitmarkd's save-blocks format (repeated 8 byte
 * big-endian length and packed block).  Digests are computed ahead in the
 * chain's pool.  Blocks that the chain has already, byte for byte, are skipped,
 * so a load that was stopped can be repeated with the same file.  Loading stops
 * at the first error; the blocks before it are stored.
 *
 * Up to the chain's checkpoint no digest is computed, but that of the last
 * block of a file that ends below it.  When a block is refused before all are
 * proven, or the headers are not those of the checkpoint, all blocks that are
 * unproven are taken back.
 *
 *   fd        open for reading; stays open
 *   progress  NULL: none; asked, too, when a signal interrupts the reading
 *   refused   number of the block that was refused, else 0: also when it was
 *             the store or the machine that failed; may be NULL
 *
 * Returns BITMARK_OK, BITMARK_E_LENGTH (the file is cut off or a length is
 * impossible), BITMARK_E_IO (errno has the cause), BITMARK_E_STATE (a batch is
 * open), BITMARK_E_UNPROVEN (the file ends below the checkpoint: load another
 * one), BITMARK_E_STOPPED (by progress), or as bitmark_chain_add.
 *
 * Source: bitmarkd v8.2 command/bitmarkd/binary-block.go
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_load(
    struct bitmark_chain *chain, int fd, uint64_t now_s,
    bitmark_progress_fn progress, void *user, uint64_t *refused);

/*
 * bitmark_chain_reindex(config, now_s, progress, user):
 * Rebuild a store from the blocks in it, verifying each, also when its format
 * is an older one or it is damaged.  The old store is replaced at the end, by
 * one rename.  Takes the writer's lock.
 *
 *   config   rules: NULL, those of the old store; one of format 2 or before
 *            has those of 8.2
 *   now_s    not looked at: blocks of the store were accepted before
 *
 * Returns BITMARK_OK; BITMARK_E_STORE_CORRUPT when blocks are lost: those
 * before the first that cannot be read or is wrong are in the new store, the
 * old file is kept beside it as data.mdb.damaged, and the log says how many
 * there were; when there is no such block the old store is as it was.  When
 * config->rules are others than the old store followed, and refuse a block: why
 * they do, with its number in the log; the old store is as it was.  Or
 * BITMARK_E_CHECKPOINT, BITMARK_E_UNPROVEN, BITMARK_E_STOPPED (by progress), or
 * as bitmark_chain_open and bitmark_chain_load; then the old store is as it
 * was.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_chain_reindex(
    const struct bitmark_chain_config *config, uint64_t now_s,
    bitmark_progress_fn progress, void *user);

/*
 * bitmark_snapshot_open(chain, snapshot):
 * The committed state of this moment, for reading.
 *
 *   snapshot  new; owned by the caller: bitmark_snapshot_close
 *
 * Returns BITMARK_OK, BITMARK_E_STORE*, BITMARK_E_NOMEM, or BITMARK_E_TIMEOUT
 * (another process has enlarged the store while snapshots of this one are
 * live: release them).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_open(
    struct bitmark_chain *chain, struct bitmark_snapshot **snapshot);

/* Move on to the present state; cheap.  Returns as bitmark_snapshot_open; after
 * a failure only close is left. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_renew(
    struct bitmark_snapshot *snapshot);

/* Hold no pages until the next renew; nothing may be read in between. */
BITMARK_API void bitmark_snapshot_release(struct bitmark_snapshot *snapshot);

BITMARK_API void bitmark_snapshot_close(struct bitmark_snapshot *snapshot);

BITMARK_API void bitmark_snapshot_tip(struct bitmark_snapshot *snapshot,
    struct bitmark_tip *tip);

/* Number of the newest block that is proven: as bitmark_chain_proven. */
BITMARK_API uint64_t bitmark_snapshot_proven(
    const struct bitmark_snapshot *snapshot);

/*
 * bitmark_snapshot_checkpoint(snapshot, number, checkpoint):
 * The checkpoint at block ${number}.  Reads all headers up to it.
 * Returns BITMARK_OK, BITMARK_E_BLOCK_NOT_FOUND (genesis, or none yet),
 * BITMARK_E_UNPROVEN or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_checkpoint(
    struct bitmark_snapshot *snapshot, uint64_t number,
    struct bitmark_checkpoint *checkpoint);

/*
 * bitmark_snapshot_block(snapshot, number, block):
 * The packed block.  Genesis and what is not there: BITMARK_E_BLOCK_NOT_FOUND.
 * This and all queries below may also give BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_block(
    struct bitmark_snapshot *snapshot, uint64_t number,
    struct bitmark_span *block);

/* The stored digest; 0 and 1 are genesis.  BITMARK_E_BLOCK_NOT_FOUND. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_digest(
    struct bitmark_snapshot *snapshot, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE]);

/* The block's CRC; 1 is genesis.  BITMARK_E_BLOCK_NOT_FOUND. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_crc(
    struct bitmark_snapshot *snapshot, uint64_t number, uint64_t *crc);

/*
 * bitmark_snapshot_pay_nonces(snapshot, nonces, capacity, count):
 * The pay nonces that a proof may be made for, newest first, as the rules of
 * the chain have them.  BITMARK_PAY_NONCE_CRC: CRCs of the newest blocks;
 * genesis fills the rest.  BITMARK_PAY_NONCE_DIGEST: the first 8 bytes of the
 * stored digest, big endian, of the block whose number is the height with its
 * low 7 bits cleared, less 128 when that is above 255, else 1; and of those
 * 128, 256, ... before it, as long as the last number is not below 128.
 *
 *   nonces  room for ${capacity} of them
 *   count   how many were written: rules->pay_nonce_count at most
 *
 * Source: bitmarkd v8.2 blockring/ringreader.go, v0.16.0 reservoir/paynonce.go
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_pay_nonces(
    struct bitmark_snapshot *snapshot, uint64_t *nonces, size_t capacity,
    size_t *count);

/* A confirmed record. */
struct bitmark_confirmed {
	size_t struct_size;             /* sizeof this struct */
	uint64_t number;                /* of its block                       */
	size_t offset;                  /* in the block, bytes                */
	struct bitmark_span packed;     /* the record's bytes; inside.  Two
	                                   records for a foundation made of
	                                   two base records                   */
	struct bitmark_record record;   /* parsed; borrows from packed        */
};

/*
 * bitmark_snapshot_transaction(snapshot, id, confirmed):
 * The record with this transaction id; a block's base record under its
 * foundation id.  Assets are found by bitmark_snapshot_asset.
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size), BITMARK_E_NOT_FOUND or
 * BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_transaction(
    struct bitmark_snapshot *snapshot, const uint8_t id[BITMARK_TX_ID_SIZE],
    struct bitmark_confirmed *confirmed);

/* The first registration of an asset; as bitmark_snapshot_transaction. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_asset(
    struct bitmark_snapshot *snapshot,
    const uint8_t id[BITMARK_ASSET_ID_SIZE],
    struct bitmark_confirmed *confirmed);

/*
 * bitmark_snapshot_transaction_ids(snapshot, prefix, ids, capacity, count),
 * bitmark_snapshot_asset_ids(snapshot, prefix, ids, capacity, count):
 * The ids that begin with ${prefix}, in their order; ${count} were written;
 * fewer than ${capacity}: there are no more.
 *
 *   prefix  bytes; empty: all ids.  One that is longer than an id finds none
 *   ids     room for ${capacity} ids, one behind the other:
 *           BITMARK_TX_ID_SIZE or BITMARK_ASSET_ID_SIZE bytes each
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_transaction_ids(
    struct bitmark_snapshot *snapshot, struct bitmark_span prefix,
    uint8_t *ids, size_t capacity, size_t *count);
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_asset_ids(
    struct bitmark_snapshot *snapshot, struct bitmark_span prefix,
    uint8_t *ids, size_t capacity, size_t *count);

enum bitmark_item {
	BITMARK_ITEM_ASSET = 0,
	BITMARK_ITEM_BLOCK = 1,
	BITMARK_ITEM_SHARE = 2,         /* a bitmark that became shares; it
	                                   stays with the account that did it */
};

/* Something that an account owns.  Source: bitmarkd v8.2
 * ownership/ownership.go */
struct bitmark_owned {
	size_t struct_size;             /* sizeof this struct */
	uint64_t n;                     /* position in the owner's list       */
	enum bitmark_item item;
	uint8_t tx_id[BITMARK_TX_ID_SIZE];      /* last transfer, or issue    */
	uint64_t transfer_block;        /* 0: never transferred               */
	uint8_t issue_id[BITMARK_TX_ID_SIZE];   /* issue or foundation id     */
	uint64_t issue_block;
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];        /* not of a block     */
	uint64_t owned_block;           /* BITMARK_ITEM_BLOCK                 */
};

/*
 * bitmark_snapshot_owned(snapshot, account, start, items, capacity, count):
 * The items of ${account}, in order of acquisition, from position ${start}.
 * ${count} items were written; fewer than ${capacity}: there are no more.
 *
 *   items   the struct_size of the first one counts for all
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size) or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_owned(
    struct bitmark_snapshot *snapshot, const struct bitmark_account *account,
    uint64_t start, struct bitmark_owned *items, size_t capacity,
    size_t *count);

/* Next position of the account's list: what it ever acquired. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_owned_next(
    struct bitmark_snapshot *snapshot, const struct bitmark_account *account,
    uint64_t *next);

/*
 * bitmark_snapshot_ownership(snapshot, tx_id, owner, owned):
 * The owner of the item whose last transaction is ${tx_id}, and the item.
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size) or BITMARK_E_NOT_FOUND
 * (unknown, or transferred on).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_ownership(
    struct bitmark_snapshot *snapshot, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    struct bitmark_account *owner, struct bitmark_owned *owned);

/*
 * bitmark_snapshot_item(snapshot, issue_id, owned):
 * The item that began with this issue or foundation, as it is now.  Takes a
 * step for each time that it has moved on.
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size), BITMARK_E_NOT_FOUND (no
 * such id, or that of another record) or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_item(
    struct bitmark_snapshot *snapshot,
    const uint8_t issue_id[BITMARK_TX_ID_SIZE], struct bitmark_owned *owned);

/*
 * bitmark_snapshot_owned_block(snapshot, tx_id, number):
 * The block whose ownership a foundation or owner transfer carries.
 * With rules->owner_transfer_moves the one before an owner transfer carries it
 * no more.  Returns BITMARK_OK or BITMARK_E_NOT_FOUND.
 * Source: bitmarkd v8.2 pool BlockOwnerTxIndex; there the entry of an owner
 * transfer names the block that contains it [D-20]
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_owned_block(
    struct bitmark_snapshot *snapshot, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    uint64_t *number);

/*
 * bitmark_snapshot_payments(snapshot, number, packed, size):
 * The packed currency map to which fees for block ${number} go now.
 * Returns BITMARK_OK or BITMARK_E_BLOCK_NOT_FOUND.
 * Source: bitmarkd v8.2 pool BlockOwnerPayment
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_payments(
    struct bitmark_snapshot *snapshot, uint64_t number,
    uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX], size_t *size);

/* Called for each step back in time, with a record that is lent; nonzero
 * stops. */
typedef int (*bitmark_provenance_fn)(void *user,
    const uint8_t *tx_id, const struct bitmark_confirmed *confirmed);

/*
 * bitmark_snapshot_provenance(snapshot, tx_id, each, user):
 * The record ${tx_id}, what it links to, and so on to the issue (and then its
 * asset, with tx_id the asset id, when it is registered) or the foundation.  A
 * grant or a swap leads to the record that made its (first) shares.
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND or BITMARK_E_STORE*.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_provenance(
    struct bitmark_snapshot *snapshot, const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    bitmark_provenance_fn each, void *user);

struct bitmark_counts {
	size_t struct_size;             /* sizeof this struct */
	uint64_t blocks;                /* without genesis                  */
	uint64_t transactions;          /* with one foundation for a block  */
	uint64_t assets;
	uint64_t owned;                 /* items that have an owner         */
	uint64_t accounts;              /* that ever owned or held something */
	uint64_t block_owner_txs;       /* foundations and owner transfers that
	                                   carry a block: with
	                                   rules->owner_transfer_moves only the
	                                   newest of each                   */
	uint64_t map_bytes;             /* size of the map                  */
	uint64_t used_bytes;            /* of it in use                     */
	uint64_t shares;                /* times that bitmarks became shares */
	uint64_t share_holders;         /* pairs of an account and a share,
	                                   also with a balance of 0 by now  */
};

BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_snapshot_counts(
    struct bitmark_snapshot *snapshot, struct bitmark_counts *counts);

/* The view of a snapshot, up to the newest block that is proven: a peer is not
 * told of blocks that nobody has verified.  Valid as long as the snapshot. */
BITMARK_API bitmark_status bitmark_snapshot_view(struct bitmark_snapshot *snapshot,
    struct bitmark_view *view);

#ifdef __cplusplus
}
#endif

#endif
