/*
 * store, as the files of lib/chain see it: tables, rows and transactions.
 *
 * The tables of one LMDB environment.  Numbers in keys are big endian, so
 * that they sort; numbers in rows are Varint64.
 *
 *   meta      text                  format, chain name, counters
 *   runs      number of the first   packed blocks in a row: runs.c
 *   heights   number                digest, CRC (big endian)
 *   txs       transaction id        place, owner [, n, flags [, owned block]]
 *   assets    asset id              place
 *   accounts  packed account        owner [, next n]
 *   owned     owner, n (32 bit)     kind, place of issue [, place of the last
 *                                   transfer]
 *   payments  block number          place of the owner transfer that last
 *                                   replaced the block's payment map; no row:
 *                                   the map of the block's own base records
 *
 * What is in brackets is left out when it is what a new owner's first item has:
 * n 0, flags 0, next n 1, no transfer.
 *
 * A record is stored once, in its block; a place (block number, offset in
 * the block) points to it.  A foundation is filed under the foundation id with
 * the place of the base record, offset BITMARK_HEADER_SIZE.
 *
 * Owners are numbered in the order in which they first own something; their
 * account is the one that is named by the record at the item's last place.
 * The row of a transaction keeps its (owner, n) when the item moves on and is
 * then marked as spent: with that every block can be undone exactly from its
 * own records, and no log for undoing is kept.
 *
 * Internal statuses: BITMARK_E_NOT_FOUND for a row that is not there,
 * BITMARK_E_STORE_CORRUPT for one that cannot be.
 */
#ifndef BM_CHAIN_STORE_H
#define BM_CHAIN_STORE_H

#include <bitmarkpeer/chain.h>

#include <lmdb.h>
#include <pthread.h>

#include "chain/check.h"

enum bm_table {
	BM_TABLE_META,
	BM_TABLE_RUNS,
	BM_TABLE_HEIGHTS,
	BM_TABLE_TXS,
	BM_TABLE_ASSETS,
	BM_TABLE_ACCOUNTS,
	BM_TABLE_OWNED,
	BM_TABLE_PAYMENTS,
};
#define BM_TABLE_COUNT 8

/* Tables that are not part of the format: the journal of a reservoir. */
#define BM_TABLES_BESIDE 1

/* Names of the tables, in the order of the enum. */
extern const char *const bm_table_names[BM_TABLE_COUNT];

/* File names in the directory of a store. */
#define BM_STORE_DATA_FILE "data.mdb"           /* LMDB's choice */
#define BM_STORE_LOCK_FILE "writer.lock"

/* Keys of meta. */
#define BM_META_FORMAT "format"                 /* 64 bit number */
#define BM_META_CHAIN "chain"                   /* name          */
#define BM_META_OWNER_TRANSFERS "owner transfers"       /* count */

/*
 * A transaction of LMDB and the tables: of a snapshot, or the writer's.
 * Spans that lookups give are inside: until the next change by the writer's,
 * or the end of a snapshot's.
 */
struct bm_txn {
	MDB_txn *mdb;
	const MDB_dbi *table;           /* [BM_TABLE_COUNT]                */
	MDB_cursor **cursor;            /* the writer's, as many; or NULL  */
	bool map_full;                  /* a change did not fit in the map */
	size_t *changes;                /* of rows; NULL: not a writer's   */
};

/* Where a record is: block number (0: nowhere) and offset in the block. */
struct bm_place {
	uint64_t block;
	uint64_t offset;
};

struct bm_height {
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t crc;
};

struct bm_tx {
	struct bm_place place;
	uint64_t owner;                 /* to whom the item came ...          */
	uint64_t n;                     /* ... and its position in their list */
	bool spent;                     /* the item has moved on              */
	uint64_t owned_block;           /* foundation, owner transfer; else 0 */
};

struct bm_owner {
	uint64_t owner;
	uint64_t next;                  /* position of what comes next */
};

struct bm_item {
	enum bitmark_item kind;
	struct bm_place issue;          /* issue, or base record   */
	struct bm_place last;           /* transfer; block 0: none */
};

/* Keys of tables with more than one column. */
#define BM_OWNED_KEY_SIZE 8
#define BM_OWNER_KEY_SIZE 4             /* what it begins with */
#define BM_NUMBER_KEY_SIZE 8

/* Owners are numbered with 32 bits, and so are the items of each. */
void bm_owned_key(uint64_t owner, uint64_t n, uint8_t key[BM_OWNED_KEY_SIZE]);
uint64_t bm_owned_n(const uint8_t key[BM_OWNED_KEY_SIZE]);

/*
 * rows.c: lookups and changes.  Every lookup returns BITMARK_OK,
 * BITMARK_E_NOT_FOUND, or an error of the store.
 */
bitmark_status bm_get(const struct bm_txn *t, enum bm_table table,
    const void *key, size_t key_size, struct bitmark_span *value);
bitmark_status bm_put(struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size, const void *value, size_t value_size);
/* A row that is missing is BITMARK_E_STORE_CORRUPT. */
bitmark_status bm_del(struct bm_txn *t, enum bm_table table, const void *key,
    size_t key_size);
/* Rows of a table. */
bitmark_status bm_rows(const struct bm_txn *t, enum bm_table table,
    uint64_t *rows);

bitmark_status bm_get_height(const struct bm_txn *t, uint64_t number,
    struct bm_height *height);
bitmark_status bm_get_tx(const struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], struct bm_tx *tx);
bitmark_status bm_get_asset(const struct bm_txn *t,
    const uint8_t id[BITMARK_ASSET_ID_SIZE], struct bm_place *place);
bitmark_status bm_get_owner(const struct bm_txn *t,
    const struct bitmark_account *account, struct bm_owner *owner);
bitmark_status bm_get_item(const struct bm_txn *t, uint64_t owner, uint64_t n,
    struct bm_item *item);
bitmark_status bm_get_payments(const struct bm_txn *t, uint64_t number,
    struct bm_place *place);
/* A number in meta. */
bitmark_status bm_get_counter(const struct bm_txn *t, const char *name,
    uint64_t *value);

/* A row of owned, as a cursor gives it.  BITMARK_OK or _E_STORE_CORRUPT. */
bitmark_status bm_decode_item(struct bitmark_span value, struct bm_item *item);
bitmark_status bm_decode_tx(struct bitmark_span value, struct bm_tx *tx);
bitmark_status bm_decode_place(struct bitmark_span value,
    struct bm_place *place);
bitmark_status bm_decode_owner(struct bitmark_span value,
    struct bm_owner *owner);
bitmark_status bm_decode_height(struct bitmark_span value,
    struct bm_height *height);

bitmark_status bm_put_height(struct bm_txn *t, uint64_t number,
    const struct bm_height *height);
bitmark_status bm_put_tx(struct bm_txn *t,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_tx *tx);
bitmark_status bm_put_asset(struct bm_txn *t,
    const uint8_t id[BITMARK_ASSET_ID_SIZE], const struct bm_place *place);
bitmark_status bm_put_owner(struct bm_txn *t,
    const struct bitmark_account *account, const struct bm_owner *owner);
bitmark_status bm_put_item(struct bm_txn *t, uint64_t owner, uint64_t n,
    const struct bm_item *item);
bitmark_status bm_put_payments(struct bm_txn *t, uint64_t number,
    const struct bm_place *place);
bitmark_status bm_put_counter(struct bm_txn *t, const char *name,
    uint64_t value);

/* Tables whose key is a block number: runs, heights, payments. */
bitmark_status bm_del_number(struct bm_txn *t, enum bm_table table,
    uint64_t number);
/* The item, whose row is removed. */
bitmark_status bm_take_item(struct bm_txn *t, uint64_t owner, uint64_t n,
    struct bm_item *item);
bitmark_status bm_del_owner(struct bm_txn *t,
    const struct bitmark_account *account);

/*
 * runs.c: blocks, many to a row.
 */

/* A row of runs; inside. */
struct bm_run {
	struct bitmark_span blocks;
	const uint8_t *ends;
	size_t count;                   /* 1 at least */
};

bitmark_status bm_run_read(struct bitmark_span value, struct bm_run *run);
/* Block ${i} of the run, from 0 and below its count. */
bitmark_status bm_run_block(const struct bm_run *run, uint64_t i,
    struct bitmark_span *block);

bitmark_status bm_get_block(const struct bm_txn *t, uint64_t number,
    struct bitmark_span *block);
/* The block must be the one behind the newest ... */
bitmark_status bm_put_block(struct bm_txn *t, uint64_t number,
    struct bitmark_span block);
/* ... and the newest one. */
bitmark_status bm_del_block(struct bm_txn *t, uint64_t number);

/*
 * read.c: from rows to records.
 */

/* The newest block; genesis when there is none. */
bitmark_status bm_tip(const struct bm_txn *t,
    const struct bitmark_chain_params *params, struct bitmark_tip *tip);

/* The record at ${place}; a missing block or a record that cannot be parsed
 * is BITMARK_E_STORE_CORRUPT.  Both results are inside; either may be NULL. */
bitmark_status bm_record_at(const struct bm_txn *t,
    const struct bitmark_rules *rules, enum bitmark_network network,
    const struct bm_place *place, struct bitmark_record *record,
    struct bitmark_span *packed);

/* The row of what ${record} links to, and who came to own it by that.
 * BITMARK_E_NOT_FOUND: it is not confirmed. */
bitmark_status bm_linked(const struct bitmark_chain *chain,
    const struct bm_txn *t, const struct bitmark_record *record,
    struct bm_tx *from, struct bitmark_account *owner);

/* What the base record, or the two of them, of a block say. */
struct bm_base {
	size_t count;                   /* base records: 1 or 2             */
	struct bitmark_account owner;
	struct bitmark_span packed;     /* the records' bytes; inside       */
	uint8_t payments[BITMARK_PAYMENTS_PACKED_MAX];  /* packed map       */
	size_t payments_size;
};

/*
 * bm_base_read(rules, network, block, base):
 * Read and judge the base records of a packed block whose records can be
 * parsed.  Returns BITMARK_OK, BITMARK_E_NO_BLOCK_OWNER, or an error of
 * parsing or of the payments.
 * Source: bitmarkd v8.2 block/store.go
 */
bitmark_status bm_base_read(const struct bitmark_rules *rules,
    enum bitmark_network network, struct bitmark_span block,
    struct bm_base *base);

/*
 * env.c: the directory, its lock, and LMDB's codes.
 */

/* The one translation of LMDB's codes and errno. */
bitmark_status bm_store_status(int code);

/* The code of a change or commit, with EIO told apart from a full disk. */
int bm_write_code(MDB_env *mdb, int code);

/* Where all rows are expected and every record was verified once: any failure
 * but the machine's means that the store is damaged. */
bitmark_status bm_store_error(bitmark_status status);

/* Path of a file in the directory; owned by the caller: free().  NULL: no
 * memory. */
char *bm_store_path(const char *directory, const char *name);

/*
 * bm_env_open(path, access, mdb):
 * Open the LMDB environment in a directory that exists, whatever is in it: no
 * format is checked and no lock is taken.
 *
 *   mdb      new; owned by the caller: mdb_env_close
 */
bitmark_status bm_env_open(const char *path, enum bitmark_chain_access access,
    MDB_env **mdb);

/* The writer's lock.  fd is owned by the caller: bm_lock_drop.
 * BITMARK_OK, BITMARK_E_STORE_LOCKED, BITMARK_E_IO or BITMARK_E_NOMEM. */
bitmark_status bm_lock_take(const char *path, int *fd);
void bm_lock_drop(int fd);

/*
 * gate.c: who reads, and when the map may be changed.
 *
 * The gate counts the transactions for reading in this process, because the
 * map may be changed only when there are none.  Nothing slow is done under
 * its mutex: a reader waits neither for a block nor for the disk.
 */
struct bm_gate {
	pthread_mutex_t mutex;
	pthread_cond_t idle;            /* readers became 0            */
	pthread_cond_t changed;         /* wanted became false         */
	size_t readers;
	bool wanted;                    /* somebody waits for idle     */
	bitmark_status broken;          /* the map is gone: why        */
};

/* Longest wait for the readers of this process when the map must be resized.
 * Source: local choice; only a snapshot that somebody forgot is held longer. */
#define BM_GATE_WAIT_MS 10000

bitmark_status bm_gate_init(struct bm_gate *gate);
void bm_gate_fini(struct bm_gate *gate);
bitmark_status bm_gate_enter(struct bm_gate *gate);
void bm_gate_leave(struct bm_gate *gate);

/*
 * bm_gate_alone(gate, change, user, wait_ms):
 * Change the map once nobody reads; who comes meanwhile waits.  Returns
 * BITMARK_OK, BITMARK_E_TIMEOUT (there are readers), or the error of
 * ${change}, after which there is no map: the chain can only be closed.
 */
typedef bitmark_status (*bm_gate_fn)(void *user);

bitmark_status bm_gate_alone(struct bm_gate *gate, bm_gate_fn change,
    void *user, unsigned wait_ms);

/*
 * The chain.
 */

/* A block of the open batch; kept until it is committed, because a batch that
 * outgrows the map must be written again from its start. */
struct bm_batch_block {
	uint8_t *data;
	size_t size;
	uint8_t digest[BITMARK_DIGEST_SIZE];
};

struct bm_batch {
	bool open;
	bitmark_status failed;          /* why it is gone               */
	struct bm_txn txn;              /* while open and not failed    */
	struct bm_batch_block *blocks;
	size_t count;
	size_t capacity;
};

/*
 * ahead.c: blocks whose records are checked before their turn.  Of the
 * writing thread only.
 */
struct bm_ahead {
	struct bm_block_check *check[BITMARK_CHAIN_PREPARED_MAX];
	struct bitmark_prepared counts;
};

/* The check of this very block, when it is prepared: owned by the caller; else
 * NULL.  Others that it leaves without a turn are forgotten. */
struct bm_block_check *bm_ahead_take(struct bitmark_chain *chain,
    struct bitmark_span block, const struct bitmark_header *header);
void bm_ahead_clear(struct bitmark_chain *chain);

struct bitmark_chain {
	char *path;
	MDB_env *mdb;
	MDB_dbi table[BM_TABLE_COUNT];
	struct bitmark_chain_journal *journal;  /* if it is open; inside */
	MDB_cursor *cursor[BM_TABLE_COUNT];     /* end with their txn    */
	const struct bitmark_chain_params *params;
	const struct bitmark_rules *rules;
	enum bitmark_chain_access access;
	struct bitmark_digest_pool *digests;    /* may be NULL           */
	struct bitmark_env env;
	int lock_fd;                            /* -1: not a writer      */
	struct bm_gate gate;
	unsigned changes;                       /* that were begun       */
	size_t row_changes;                     /* of the last of them   */
	size_t row_changes_max;                 /* of those before       */
	struct bitmark_tip tip;                 /* as the writer sees it */
	struct bm_batch batch;
	struct bm_workers *workers;             /* those of digests, or own */
	struct bm_ahead ahead;
};

struct bitmark_snapshot {
	struct bitmark_chain *chain;
	struct bm_txn txn;              /* when live                */
	bool live;                      /* holds pages: may be read */
	struct bitmark_tip tip;
};

/*
 * txn.c: transactions of a chain.
 */

/* For reading, any thread; ended by bm_read_end. */
bitmark_status bm_read_begin(struct bitmark_chain *chain, struct bm_txn *t);
void bm_read_end(struct bitmark_chain *chain, struct bm_txn *t);

/* Other processes' readers that were killed would keep old pages for ever, and
 * the file would grow with every change.  Also done now and then by
 * bm_txn_begin, and before the map becomes larger. */
bitmark_status bm_forget_dead(struct bitmark_chain *chain);

/* For writing, the writing thread only; ended by one of the other two. */
bitmark_status bm_txn_begin(struct bitmark_chain *chain, struct bm_txn *t);
bitmark_status bm_txn_commit(struct bm_txn *t);
void bm_txn_abort(struct bm_txn *t);

/*
 * A part of what the writer changes; until it ends, ${whole} must not be used.
 * LMDB enters each page that it changes into a sorted array: for thousands of
 * pages, which come in no order, that takes longer than the changes.  A part
 * has an array of its own.
 */
struct bm_part {
	struct bm_txn txn;
	MDB_cursor *cursor[BM_TABLE_COUNT];
};

bitmark_status bm_part_begin(struct bm_txn *whole, struct bm_part *part);

/* Keep the changes if ${status}, which is returned, is BITMARK_OK. */
bitmark_status bm_part_end(struct bm_txn *whole, struct bm_part *part,
    bitmark_status status);

/* store.c: open the environment anew, with a map of the same size, once nobody
 * reads.  BITMARK_OK, BITMARK_E_NOT_FOUND (its file is not at the path any
 * more), or as bm_gate_alone; nothing may be being written. */
bitmark_status bm_reopen(struct bitmark_chain *chain, unsigned wait_ms);

/* Make the map larger when less than ${need} bytes are free and nobody
 * reads; if not, bm_grow will do it. */
void bm_make_room(struct bitmark_chain *chain, size_t need);

/* The map was full: make it larger.  No transaction may be open. */
bitmark_status bm_grow(struct bitmark_chain *chain);

/* Changes made in one transaction; called again when the map had to grow. */
typedef bitmark_status (*bm_change_fn)(struct bitmark_chain *chain,
    struct bm_txn *t, void *user);

/* Begin, change, commit; grow the map and do it again as needed. */
bitmark_status bm_write(struct bitmark_chain *chain, bm_change_fn change,
    void *user);

/*
 * verify.c, apply.c, undo.c: one block.
 */

/*
 * bm_verify(t, check):
 * Everything about the records of a block that would follow the newest one
 * of ${t}, and its merkle root; the header was checked before.
 * Source: bitmarkd v8.2 block/store.go StoreIncoming
 */
bitmark_status bm_verify(const struct bm_txn *t,
    struct bm_block_check *check);

/* Write all effects of a verified block, and the block.
 * Source: bitmarkd v8.2 block/store.go StoreIncoming */
bitmark_status bm_apply(const struct bitmark_chain *chain, struct bm_txn *t,
    struct bitmark_span block, const uint8_t digest[BITMARK_DIGEST_SIZE]);

/* Take back all effects of the newest blocks, from number ${first} to ${last}.
 */
bitmark_status bm_undo(const struct bitmark_chain *chain, struct bm_txn *t,
    uint64_t first, uint64_t last);

/* journal.c: copy the journal of an old store, when it has one, into a new
 * one. */
bitmark_status bm_journal_carry(MDB_txn *from, struct bitmark_chain *to);

/* The same: is a change of it begun; and its table in an environment that was
 * opened anew. */
bool bm_journal_is_changing(const struct bitmark_chain_journal *journal);
bitmark_status bm_journal_reopen(struct bitmark_chain_journal *journal,
    MDB_txn *txn);

#endif
