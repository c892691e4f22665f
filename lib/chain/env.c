/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The directory of a store, and the LMDB environment in it. */
#include "chain/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/log.h"

/* Transactions for reading at one time, in all processes.
 * Source: local choice */
#define READERS_MAX 1022

/* Readable by all: a chain is public.  But to read it other users need write
 * permission on LMDB's lock.mdb, where readers are registered; an administrator
 * can give it. */
#define FILE_MODE 0644

/* More than what a file system adds to a file without asking.  Bytes. */
#define PROBE_SIZE 65536

bitmark_status
bm_store_status(int code)
{
	switch (code) {
	case 0:
		return BITMARK_OK;
	case MDB_NOTFOUND:
	case ENOENT:
		return BITMARK_E_NOT_FOUND;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return BITMARK_E_STORE_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_BAD_VALSIZE:
	case MDB_INCOMPATIBLE:
		return BITMARK_E_STORE_CORRUPT;
	case MDB_VERSION_MISMATCH:
		return BITMARK_E_STORE_FORMAT;
	case ENOMEM:
		return BITMARK_E_NOMEM;
	default:                /* of an int: there are many more */
		if (code < 0)
			return BITMARK_E_STORE;
		/* All that are positive are the system's. */
		errno = code;
		return BITMARK_E_IO;
	}
}

/* The cause must outlive the cleaning up that follows. */
bitmark_status
bm_file_failed(const struct bitmark_env *env, const char *directory,
    const char *name, bitmark_status status)
{
	int cause = errno;

	if (status == BITMARK_E_IO && cause != 0)
		bm_log(env, BITMARK_LOG_ERROR, "chain", "%s%s%s: %s",
		    directory, name[0] != '\0' ? "/" : "", name,
		    strerror(cause));
	errno = cause;
	return status;
}

/*
 * LMDB says EIO also for a write that was cut short, as it is on a full disk.
 * The two are told apart by trying to add to the file: on a full disk that
 * fails with the right code.  What was added is taken away again: on a medium
 * with a bad place the file would grow with every change that fails.
 */
int
bm_write_code(MDB_env *mdb, int code)
{
	static const uint8_t more[PROBE_SIZE];
	struct stat file;
	ssize_t written;
	int fd;

	if (code != EIO || mdb_env_get_fd(mdb, &fd) != 0 ||
	    fstat(fd, &file) != 0)
		return code;
	written = pwrite(fd, more, sizeof more, file.st_size);
	if (written < 0)
		return errno;
	if (ftruncate(fd, file.st_size) != 0)
		return code;
	return (size_t)written < sizeof more ? ENOSPC : code;
}

/* The row or record was expected to exist, so not finding it means damage as
 * well. */
bitmark_status
bm_store_error(bitmark_status status)
{
	switch (status) {
	case BITMARK_OK:
	case BITMARK_E_STORE:
	case BITMARK_E_STORE_FULL:
	case BITMARK_E_IO:
	case BITMARK_E_NOMEM:
		return status;
	default:                /* of an int: all that is not the machine's */
		return BITMARK_E_STORE_CORRUPT;
	}
}

bitmark_status
bm_promised(bitmark_status status)
{
	return status == BITMARK_E_NOT_FOUND ? BITMARK_E_STORE_CORRUPT : status;
}

char *
bm_store_path(const char *directory, const char *name)
{
	size_t size = strlen(directory) + 1 + strlen(name) + 1;
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%s/%s", directory, name);
	return path;
}

/* LMDB wants an environment closed even when opening it has failed. */
bitmark_status
bm_env_open(const char *path, enum bitmark_chain_access access,
    size_t map_size, MDB_env **mdb)
{
	/* LMDB normally ties a transaction for reading to its thread, which
	 * could then have one only.  MDB_NOTLS ties it to the transaction, so
	 * that a snapshot can be handed to another thread. */
	unsigned flags = MDB_NOTLS;
	int code;

	*mdb = NULL;
	if (access == BITMARK_CHAIN_READ)
		flags |= MDB_RDONLY;
	code = mdb_env_create(mdb);
	if (code == 0)
		code = mdb_env_set_maxdbs(*mdb, BM_ENV_TABLES_MAX);
	if (code == 0)
		code = mdb_env_set_maxreaders(*mdb, READERS_MAX);
	if (code == 0 && map_size != 0)
		code = mdb_env_set_mapsize(*mdb, map_size);
	if (code == 0)
		code = mdb_env_open(*mdb, path, flags, FILE_MODE);
	if (code != 0) {
		mdb_env_close(*mdb);
		*mdb = NULL;
	}
	return bm_store_status(code);
}
