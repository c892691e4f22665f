/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A backup: LMDB walks through the pages of one commit and writes those that
 * are in use, one behind the other.
 *
 * LMDB writes to a descriptor and cannot be stopped. So it writes to a pipe, on
 * a thread of its own, and this thread passes on the bytes that come out. When
 * the caller wants no more the pipe is closed, and LMDB's next write fails.
 */
#include <bitmarkpeer/backup.h>

#include <errno.h>
#include <unistd.h>

#include "chain/chain.h"
#include "chain/env.h"
#include "chain/map.h"
#include "os/file.h"
#include "os/thread.h"

/* A piece is handed on at once.  Bytes.  Source: local choice. */
#define PIECE_SIZE 65536

struct copy {
	struct bm_store *store;
	int fd;                         /* the end of the pipe to write to   */
	bitmark_status status;
	int cause;                      /* errno of BITMARK_E_IO             */
};

/* LMDB begins the transaction itself; it passes the gate like any other reader.
 * MDB_MAP_RESIZED (another process has enlarged the map) comes before anything
 * is written, so the call can be repeated. */
static bitmark_status
copy_store(struct bm_store *store, int fd)
{
	bitmark_status status;
	int code = 0;

	do {
		status = code == MDB_MAP_RESIZED ? bm_map_follow(store) :
		    store->access == BITMARK_CHAIN_READ ?
		    bm_map_mend(store) : BITMARK_OK;
		if (status == BITMARK_OK)
			status = bm_gate_enter(&store->gate);
		if (status != BITMARK_OK)
			return status;
		code = mdb_env_copyfd2(store->mdb, fd, MDB_CP_COMPACT);
		bm_gate_leave(&store->gate);
	} while (code == MDB_MAP_RESIZED);
	return bm_store_status(code);
}

/* Closing the descriptor is what tells the reader of the pipe that the copy has
 * ended. */
static void *
run(void *user)
{
	struct copy *copy = user;

	copy->status = copy_store(copy->store, copy->fd);
	copy->cause = errno;
	close(copy->fd);
	return NULL;
}

/* Pass bytes on until the end, or until ${write} wants no more. */
static bitmark_status
hand_on(int fd, bitmark_write_fn write, void *user)
{
	uint8_t piece[PIECE_SIZE];
	ssize_t size;

	while ((size = read(fd, piece, sizeof piece)) != 0) {
		if (size > 0 && write(user, piece, (size_t)size) != 0)
			return BITMARK_E_IO;
		if (size < 0 && errno != EINTR)
			return BITMARK_E_IO;
	}
	return BITMARK_OK;
}

/* A failure of the caller is reported first, since LMDB's failure follows from
 * it. */
bitmark_status
bitmark_chain_backup(struct bitmark_chain *chain, bitmark_write_fn write,
    void *user)
{
	struct copy copy = { .store = &chain->store };
	struct bm_thread thread = { .started = false };
	bitmark_status status;
	int fd[2], cause;

	if (bm_file_pipe(fd) != BITMARK_OK)
		return BITMARK_E_IO;
	copy.fd = fd[1];
	status = bm_thread_start(&thread, run, &copy);
	if (status != BITMARK_OK)
		close(fd[1]);
	else
		status = hand_on(fd[0], write, user);
	cause = errno;
	close(fd[0]);
	bm_thread_join(&thread);
	if (status == BITMARK_OK) {
		status = copy.status;
		cause = copy.cause;
	}
	errno = cause;
	return status;
}
