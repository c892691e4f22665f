/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The directory of a store: the LMDB environment and the writer's lock.
 *
 * The lock is flock on a file of its own.  The system drops it when the process
 * ends, however it ends; a file that is merely there would outlive a crash.
 */
#include "chain/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "codec/log.h"

/* Transactions for reading at one time, in all processes.
 * Source: local choice */
#define READERS_MAX 1022

/* Readable by all: a chain is public.  But to read it other users need write
 * permission on LMDB's lock.mdb, where readers are registered; an administrator
 * can give it. */
#define FILE_MODE 0644

/* How often, and how long apart, the lock is tried; see try_lock. */
#define LOCK_ATTEMPTS 5
#define LOCK_PAUSE_NS 2000000

/* More than what a file system adds to a file without asking.  Bytes. */
#define PROBE_SIZE 65536

/* Decimal process id and newline. */
#define PID_TEXT_MAX 24

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

/*
 * The writer's lock: the lock file is locked, and holds the process id for
 * those who want to know.
 */

/* The lock file is removed only with a store that is discarded. */
static int
open_lock(const char *path, int flags)
{
	char *name = bm_store_path(path, BM_STORE_LOCK_FILE);
	int fd;

	if (name == NULL) {
		errno = ENOMEM;
		return -1;
	}
	fd = open(name, flags | O_CLOEXEC, FILE_MODE);
	free(name);
	return fd;
}

/* Is the open file still the one at the path? Discarding a store removes its
 * lock file. */
static bool
is_in_place(const char *path, int fd)
{
	char *name = bm_store_path(path, BM_STORE_LOCK_FILE);
	struct stat there, locked;
	bool same = name != NULL && stat(name, &there) == 0 &&
	    fstat(fd, &locked) == 0 && there.st_dev == locked.st_dev &&
	    there.st_ino == locked.st_ino;

	free(name);
	return same;
}

/*
 * bitmark_chain_lock_holder, in any process, takes the lock for an instant to
 * find out whether its writer lives: a writer that comes just then has to try
 * again.
 *
 * It pauses in between, and cannot wait for the event itself.  flock that waits
 * has no bound, and a writer that lives keeps the lock for days; only a signal
 * would end it, and signals are the program's.  No descriptor becomes readable
 * when a lock is dropped, so poll is of no use.  fcntl could ask who holds a
 * lock without taking it, but its locks are lost when any descriptor of the file
 * is closed, and on Linux they do not see those of flock, which earlier releases
 * take.  The pauses are 10 ms in all, and only when a store is opened that
 * another process uses.
 */
static bool
try_lock(const char *path, int fd)
{
	const struct timespec pause = { 0, LOCK_PAUSE_NS };

	for (int i = 0; i < LOCK_ATTEMPTS; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			errno = ESTALE;
			return is_in_place(path, fd);
		}
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

static bool
write_pid(int fd)
{
	char text[PID_TEXT_MAX];
	int size = snprintf(text, sizeof text, "%ld\n", (long)getpid());

	return ftruncate(fd, 0) == 0 &&
	    pwrite(fd, text, (size_t)size, 0) == size;
}

/* The descriptor is the lock: it stays open as long as the chain is. */
bitmark_status
bm_lock_take(const char *path, int *fd)
{
	bitmark_status status;
	int locked = open_lock(path, O_RDWR | O_CREAT);

	*fd = -1;
	if (locked < 0)
		return errno == ENOMEM ? BITMARK_E_NOMEM : BITMARK_E_IO;
	if (!try_lock(path, locked)) {
		status = errno == EWOULDBLOCK ? BITMARK_E_STORE_LOCKED :
		    BITMARK_E_IO;
		close(locked);
		return status;
	}
	if (!write_pid(locked)) {
		status = bm_store_status(errno);
		bm_lock_drop(locked);
		return status;
	}
	*fd = locked;
	return BITMARK_OK;
}

void
bm_lock_drop(int fd)
{
	int emptied;

	if (fd < 0)
		return;
	/* A process id that is left in the file does no harm: only the lock
	 * says whether somebody writes. */
	emptied = ftruncate(fd, 0);
	(void)emptied;
	close(fd);
}

long
bitmark_chain_lock_holder(const char *path)
{
	char text[PID_TEXT_MAX] = "";
	long pid = 0;
	int fd = open_lock(path, O_RDONLY);

	if (fd < 0)
		return 0;
	if (pread(fd, text, sizeof text - 1, 0) > 0)
		pid = strtol(text, NULL, 10);
	/* A killed writer leaves its id in the file, but the system has dropped
	 * its lock. */
	if (pid != 0 && flock(fd, LOCK_SH | LOCK_NB) == 0)
		pid = 0;
	close(fd);
	return pid;
}
