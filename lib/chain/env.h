/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * env - the directory of a store: LMDB's environment in it, and what LMDB's codes
 * mean.
 *
 * LMDB's codes and errno do not leave lib/chain: bm_store_status translates
 * them, and every caller of LMDB uses it.
 */
#ifndef BM_CHAIN_ENV_H
#define BM_CHAIN_ENV_H

#include <bitmarkpeer/chain.h>

#include <lmdb.h>

/* File names in the directory of a store. */
#define BM_STORE_DATA_FILE "data.mdb"           /* LMDB's choice */
#define BM_STORE_READERS_FILE "lock.mdb"        /* LMDB's choice */

/* Named tables that an environment may have.  Source: local choice; more than
 * are needed. */
#define BM_ENV_TABLES_MAX 16

/* BITMARK_E_NOT_FOUND: no such row, or no such file.  BITMARK_E_IO: errno has
 * the cause. */
bitmark_status bm_store_status(int code);

/* Log the cause of BITMARK_E_IO, which is in errno and stays there, with the
 * file; ${name} "": the directory itself.  Gives ${status}. */
bitmark_status bm_file_failed(const struct bitmark_env *env,
    const char *directory, const char *name, bitmark_status status);

/* The code of a change or commit that failed with ${code}: LMDB reports a full
 * disk as EIO, which this tells apart. */
int bm_write_code(MDB_env *mdb, int code);

/* For callers that expect every row, and records that were verified once: any
 * failure but the machine's means that the store is damaged. */
bitmark_status bm_store_error(bitmark_status status);

/* A row that another row promises: not found becomes damage. */
bitmark_status bm_promised(bitmark_status status);

/* Path of a file in the directory; owned by the caller: free().  NULL: no
 * memory. */
char *bm_store_path(const char *directory, const char *name);

/*
 * bm_env_open(path, access, map_size, mdb):
 * Open the LMDB environment in a directory that exists, whatever is in it: no
 * format is checked and no lock is taken.
 *
 *   map_size  bytes; 0: as the file says
 *   mdb       new; owned by the caller: mdb_env_close
 */
bitmark_status bm_env_open(const char *path, enum bitmark_chain_access access,
    size_t map_size, MDB_env **mdb);

#endif
