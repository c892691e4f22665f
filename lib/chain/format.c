/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A store says in its table "meta" which format it has and which chain it is
 * of.  Both are compared before anything else is read: a store of another
 * format may have the same tables with other rows.
 */
#include "chain/format.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chain/env.h"
#include "chain/inspect.h"
#include "chain/rows.h"
#include "codec/log.h"

/* Two commits of another process between two reads of a page are rare; ten times
 * in a row they do not happen. */
#define INSPECT_ATTEMPTS 10

/* Rules with an unknown name belong to a later release: for this one the store
 * has another format. */
static bitmark_status
check_rules(const struct bm_txn *t)
{
	const struct bitmark_rules *rules;
	bitmark_status status = bm_format_rules(t, &rules);

	if (status != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;
	if (rules == NULL)
		return BITMARK_E_STORE_FORMAT;
	if (t->store->rules == NULL)
		t->store->rules = rules;
	return t->store->rules == rules ? BITMARK_OK :
	    BITMARK_E_STORE_RULES;
}

/* Is this a store of our format, chain and rules? */
static bitmark_status
check_meta(const struct bm_txn *t)
{
	const char *chain = t->store->params->name;
	struct bitmark_span name;
	uint64_t format;
	bitmark_status status = bm_get_counter(t, BM_META_FORMAT, &format);

	if (status != BITMARK_OK || format != BITMARK_STORE_FORMAT)
		return BITMARK_E_STORE_FORMAT;
	status = bm_get(t, BM_TABLE_META, BM_META_CHAIN, strlen(BM_META_CHAIN),
	    &name);
	if (status != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;
	if (name.size != strlen(chain) ||
	    memcmp(name.data, chain, name.size) != 0)
		return BITMARK_E_STORE_CHAIN;
	return check_rules(t);
}

/* Names of rules are short; a longer one is none. */
const struct bitmark_rules *
bm_format_find_rules(struct bitmark_span name)
{
	char text[16];

	if (name.size >= sizeof text)
		return NULL;
	memcpy(text, name.data, name.size);
	text[name.size] = '\0';
	return bitmark_rules_find(text);
}

bitmark_status
bm_format_rules(const struct bm_txn *t, const struct bitmark_rules **rules)
{
	struct bitmark_span name;
	bitmark_status status = bm_get(t, BM_TABLE_META, BM_META_RULES,
	    strlen(BM_META_RULES), &name);

	if (status == BITMARK_OK)
		*rules = bm_format_find_rules(name);
	return status;
}

/* LMDB keeps a row for each named table in a main table without a name. */
bitmark_status
bm_format_check_empty(const struct bm_txn *t)
{
	MDB_stat stat;
	MDB_dbi tables;
	int code = mdb_dbi_open(t->mdb, NULL, 0, &tables);

	if (code == 0)
		code = mdb_stat(t->mdb, tables, &stat);
	if (code != 0)
		return bm_store_status(code);
	return stat.ms_entries == 0 ? BITMARK_E_NOT_FOUND : BITMARK_OK;
}

/* Tables are made together, so one that is missing alone belongs to a store of
 * another format. */
static bitmark_status
open_table(struct bm_txn *t, enum bm_table table)
{
	bitmark_status status = bm_table_open(t, table, 0);

	return status == BITMARK_E_NOT_FOUND ? BITMARK_E_STORE_FORMAT : status;
}

/* The journal's table is missing until a journal is first opened. */
static bitmark_status
open_tables(struct bm_txn *t)
{
	bitmark_status status = bm_format_check_empty(t);

	if (status == BITMARK_OK)
		status = open_table(t, BM_TABLE_META);
	if (status == BITMARK_OK)
		status = check_meta(t);
	for (int i = 0; status == BITMARK_OK && i < BM_TABLE_COUNT; i++)
		status = open_table(t, (enum bm_table)i);
	if (status != BITMARK_OK)
		return status;
	status = bm_table_open(t, BM_TABLE_JOURNAL, 0);
	return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
}

/* LMDB keeps the handles of tables only when the transaction that opened them
 * is committed, also one for reading. */
static bitmark_status
keep_tables(struct bm_txn *t, bitmark_status status)
{
	if (status == BITMARK_OK)
		return bm_store_status(mdb_txn_commit(t->mdb));
	mdb_txn_abort(t->mdb);
	return status;
}

/* The pages that the transaction can come to, unless they are known to be sound. */
static bitmark_status
inspect(struct bm_store *store, const struct bm_txn *t, bool *moved)
{
	const struct bm_file_state now = bm_store_file_state(store);
	bitmark_status status;

	*moved = false;
	if (bm_file_state_equal(&now, &store->sound))
		return BITMARK_OK;
	status = bm_inspect(store, t->mdb, moved);
	store->sound = status == BITMARK_OK ? now :
	    (struct bm_file_state){ 0 };
	return status;
}

/* A transaction whose pages were inspected.  It is begun anew when another
 * process has changed the store meanwhile. */
static bitmark_status
begin_inspected(struct bm_store *store, struct bm_txn *t)
{
	bitmark_status status;
	bool moved = true;

	for (int i = 0; moved && i < INSPECT_ATTEMPTS; i++) {
		status = bm_read_begin(store, t);
		if (status != BITMARK_OK)
			return status;
		status = inspect(store, t, &moved);
		if (status == BITMARK_OK && !moved)
			return BITMARK_OK;
		bm_read_end(t);
	}
	return moved ? BITMARK_E_STORE_CORRUPT : status;
}

/* By a transaction for reading: also a process that may only read can do it,
 * and a store that is sound is not written to. */
bitmark_status
bm_format_open(struct bm_store *store)
{
	struct bm_txn t;
	bitmark_status status = begin_inspected(store, &t);

	if (status != BITMARK_OK)
		return status;
	status = keep_tables(&t, open_tables(&t));
	bm_gate_leave(&store->gate);
	return status;
}

/* bm_change_fn.  All in one transaction: a store is either whole or not there.
 */
static bitmark_status
make_tables(struct bm_txn *t, void *user)
{
	const char *name = t->store->params->name;
	const char *rules = t->store->rules->name;
	bitmark_status status = BITMARK_OK;

	(void)user;
	for (int i = 0; status == BITMARK_OK && i < BM_TABLE_COUNT; i++)
		status = bm_table_open(t, (enum bm_table)i, MDB_CREATE);
	if (status == BITMARK_OK)
		status = bm_put_counter(t, BM_META_FORMAT,
		    BITMARK_STORE_FORMAT);
	if (status == BITMARK_OK)
		status = bm_put_counter(t, BM_META_OWNER_TRANSFERS, 0);
	if (status == BITMARK_OK)
		status = bm_put(t, BM_TABLE_META, BM_META_CHAIN,
		    strlen(BM_META_CHAIN), name, strlen(name));
	if (status == BITMARK_OK)
		status = bm_put(t, BM_TABLE_META, BM_META_RULES,
		    strlen(BM_META_RULES), rules, strlen(rules));
	return status;
}

bitmark_status
bm_format_make(struct bm_store *store)
{
	if (store->rules == NULL)
		store->rules = bitmark_rules_default(store->params);
	return bm_write(store, make_tables, NULL, BM_GATE_WAIT_MS);
}

/* Handles of tables come out the same, as they are opened in the same order. */
bitmark_status
bm_format_open_again(struct bm_store *store, size_t map_size)
{
	struct bm_txn t = { .store = store };
	bitmark_status status;
	int code;

	store->lost_map_size = map_size;
	mdb_env_close(store->mdb);
	status = bm_env_open(store->path, store->access, map_size,
	    &store->mdb);
	if (status != BITMARK_OK)
		return status;
	code = mdb_txn_begin(store->mdb, NULL, MDB_RDONLY, &t.mdb);
	status = code == 0 ? keep_tables(&t, open_tables(&t)) :
	    bm_store_status(code);
	if (status != BITMARK_OK) {
		mdb_env_close(store->mdb);
		store->mdb = NULL;
	}
	return status;
}

/* bm_gate_fn. LMDB keeps the memory of its lists of pages until the environment
 * is closed. Nobody reads now, and new readers wait at the gate. After an error
 * there is no environment, and the gate lets nobody in. */
static bitmark_status
open_again(void *user)
{
	struct bm_store *store = user;
	MDB_envinfo info;
	int code = mdb_env_info(store->mdb, &info);

	return code == 0 ? bm_format_open_again(store, info.me_mapsize) :
	    bm_store_status(code);
}

/* Is the file at the path still the one that is open? The directory may have
 * been moved, or the path may be relative to a directory that the process has
 * left. */
static bool
is_found_again(const struct bm_store *store)
{
	char *path = bm_store_path(store->path, BM_STORE_DATA_FILE);
	struct stat there, open;
	int fd;
	bool same = path != NULL && stat(path, &there) == 0 &&
	    mdb_env_get_fd(store->mdb, &fd) == 0 && fstat(fd, &open) == 0 &&
	    there.st_dev == open.st_dev && there.st_ino == open.st_ino;

	free(path);
	return same;
}

/* Only when the file at the path is the one that is open: otherwise the process
 * would go on with another store, or with a new one. */
bitmark_status
bm_format_reopen(struct bm_store *store, unsigned wait_ms)
{
	bitmark_status status = store->gate.broken;

	if (status == BITMARK_OK && !is_found_again(store))
		status = BITMARK_E_NOT_FOUND;
	if (status == BITMARK_OK)
		status = bm_gate_alone(&store->gate, open_again, store,
		    wait_ms);
	bm_log(&store->env, BITMARK_LOG_DEBUG, "chain", "opened again: %s",
	    bm_log_outcome(status));
	return status;
}
