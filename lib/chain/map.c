/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The size of the map is a reservation of addresses, not of memory or disk, so
 * it is doubled rather than enlarged by what is needed: each enlargement needs
 * a moment in which nobody reads, and that may not come soon.
 */
#include "chain/map.h"

#include <sys/mman.h>

#include "chain/env.h"
#include "codec/log.h"

/* The map is doubled, by not more than this at a time.  Bytes.
 * Source: local choice */
#define GROW_STEP_MAX ((size_t)1 << 30)

struct map_size {
	struct bm_store *store;
	size_t size;
	bitmark_status refused;         /* the map is as it was */
};

/* Can this process map so many more bytes? The question is asked before the
 * change, because LMDB gives up the old map before it makes the new one. */
static bool
addresses_left(size_t size)
{
	void *room = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);

	return room != MAP_FAILED && munmap(room, size) == 0;
}

/*
 * bm_gate_fn.  Size 0 means to LMDB: the size that is in the file.
 *
 * LMDB has no map when the system refuses the new one, and cannot make one any
 * more: the environment is then opened again with the map that it had.
 */
static bitmark_status
change_map_size(void *user)
{
	struct map_size *wanted = user;
	struct bm_store *store = wanted->store;
	MDB_envinfo info;
	int code = mdb_env_info(store->mdb, &info);

	wanted->refused = bm_store_status(code);
	if (code != 0)
		return BITMARK_OK;
	wanted->refused = BITMARK_E_NOMEM;
	if (wanted->size > info.me_mapsize &&
	    !addresses_left(wanted->size - info.me_mapsize))
		return BITMARK_OK;
	code = mdb_env_set_mapsize(store->mdb, wanted->size);
	wanted->refused = bm_store_status(code);
	return code == 0 ? BITMARK_OK :
	    store->open_again(store, info.me_mapsize);
}

static bitmark_status
set_map_size(struct bm_store *store, size_t size, unsigned wait_ms)
{
	struct map_size wanted = { .store = store, .size = size };
	bitmark_status status = bm_gate_alone(&store->gate, change_map_size,
	    &wanted, wait_ms);

	return status == BITMARK_OK ? wanted.refused : status;
}

/* bm_gate_fn */
static bitmark_status
mend(void *user)
{
	struct bm_store *store = user;

	return store->open_again(store, store->lost_map_size);
}

/* Only lack of memory passes by itself; after any other error the file may not
 * be the one that it was. */
bitmark_status
bm_map_mend(struct bm_store *store)
{
	const bitmark_status broken = store->gate.broken;

	return broken != BITMARK_E_NOMEM || store->lost_map_size == 0 ?
	    broken : bm_gate_mend(&store->gate, mend, store);
}

bitmark_status
bm_map_follow(struct bm_store *store)
{
	return set_map_size(store, 0, BM_GATE_WAIT_MS);
}

bitmark_status
bm_map_size(const struct bm_store *store, size_t *size, size_t *used)
{
	MDB_envinfo info;
	MDB_stat stat;
	int code;

	/* LMDB would look for both in the map, and crash when it is gone. */
	if (store->gate.broken != BITMARK_OK)
		return store->gate.broken;
	code = mdb_env_info(store->mdb, &info);
	if (code == 0)
		code = mdb_env_stat(store->mdb, &stat);
	if (code == 0) {
		*size = info.me_mapsize;
		*used = (info.me_last_pgno + 1) * stat.ms_psize;
	}
	return bm_store_status(code);
}

/* The next larger size, or the same one when there is none, which a 32-bit
 * process may reach. */
static size_t
next_size(size_t size)
{
	size_t step = size < GROW_STEP_MAX ? size : GROW_STEP_MAX;

	return size <= SIZE_MAX - step ? size + step : size;
}

/* Marks of dead readers are removed first: pages that only these kept can then
 * be used again. */
static bitmark_status
resize(struct bm_store *store, size_t size, unsigned wait_ms)
{
	bitmark_status status;

	(void)bm_forget_dead(store);
	status = set_map_size(store, size, wait_ms);
	bm_log(&store->env, BITMARK_LOG_DEBUG, "chain",
	    "map of %zu bytes: %s", size, bm_log_outcome(status));
	return status;
}

void
bm_map_make_room(struct bm_store *store, size_t need)
{
	size_t size, used, wanted;

	/* LMDB refuses to change a map that is being written to. */
	if (store->writing ||
	    bm_map_size(store, &size, &used) != BITMARK_OK)
		return;
	for (wanted = size; wanted - used < need; ) {
		size_t next = next_size(wanted);

		if (next == wanted)
			return;
		wanted = next;
	}
	/* No wait here: when somebody reads, the change that needs the room
	 * will find the map full, and wait. */
	if (wanted != size)
		(void)resize(store, wanted, 0);
}

bitmark_status
bm_map_grow(struct bm_store *store, unsigned wait_ms)
{
	size_t size, used;
	bitmark_status status = bm_map_size(store, &size, &used);

	if (status != BITMARK_OK)
		return status;
	if (next_size(size) == size)
		return BITMARK_E_STORE_FULL;
	status = resize(store, next_size(size), wait_ms);
	return status == BITMARK_E_TIMEOUT ? BITMARK_E_STORE_FULL : status;
}

bitmark_status
bm_forget_dead(struct bm_store *store)
{
	int dead;

	return bm_store_status(mdb_reader_check(store->mdb, &dead));
}
