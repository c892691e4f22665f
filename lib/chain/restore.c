/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A backup becomes a store: it is written beside the one that is there, opened
 * and looked through, and takes its place by one rename.  Until then the old
 * store, or that there is none, stays; what a crash leaves behind is removed by
 * the next attempt.
 */
#include <bitmarkpeer/backup.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain/build.h"
#include "chain/env.h"
#include "chain/lock.h"
#include "chain/place.h"
#include "codec/log.h"
#include "codec/sized.h"
#include "os/file.h"

#define BUILD_DIRECTORY "restore"
#define BUILD_MODE 0755
/* As LMDB makes it; see env.c. */
#define FILE_MODE 0644
/* Bytes. */
#define PIECE_SIZE 65536

struct restore {
	const struct bitmark_chain_config *config;
	int fd;                         /* the backup                        */
	bitmark_progress_fn progress;   /* NULL: none                        */
	void *user;
	uint64_t done, total;           /* bytes, of both passes; 0: unknown */
};

static bitmark_status
report(const struct restore *r)
{
	return r->progress != NULL && r->progress(r->user, 0, r->done,
	    r->total) != 0 ? BITMARK_E_STOPPED : BITMARK_OK;
}

/* --- a copy beside the store ---------------------------------------------- */

static bitmark_status
write_piece(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno != EINTR)
			return bm_store_status(errno);
		if (written > 0) {
			data += written;
			size -= (size_t)written;
		}
	}
	return BITMARK_OK;
}

/* Reading from a pipe may wait for ever; a signal interrupts it, and the caller
 * is then asked whether to continue. */
static bitmark_status
copy_in(struct restore *r, int to)
{
	uint8_t piece[PIECE_SIZE];
	bitmark_status status = BITMARK_OK;
	ssize_t size;

	while (status == BITMARK_OK &&
	    (size = read(r->fd, piece, sizeof piece)) != 0) {
		if (size > 0) {
			status = write_piece(to, piece, (size_t)size);
			r->done += (uint64_t)size;
		} else if (errno != EINTR)
			return BITMARK_E_IO;
		if (status == BITMARK_OK)
			status = report(r);
	}
	return status;
}

static bitmark_status
make_copy(struct restore *r, const char *build)
{
	char *path = bm_store_path(build, BM_STORE_DATA_FILE);
	bitmark_status status;
	int fd;

	if (path == NULL)
		return BITMARK_E_NOMEM;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	free(path);
	if (fd < 0)
		return bm_store_status(errno);
	status = copy_in(r, fd);
	/* Some file systems tell only here that there is no room. */
	if (close(fd) != 0 && status == BITMARK_OK)
		status = bm_store_status(errno);
	return status;
}

/* --- is it good? ---------------------------------------------------------- */

/* bitmark_write_fn.  The blocks go nowhere. */
static int
pass_over(void *user, const void *data, size_t size)
{
	struct restore *r = user;

	(void)data;
	r->done += size;
	return report(r) != BITMARK_OK;
}

/* Each block is compared with its CRC. */
static bitmark_status
check_blocks(struct restore *r, struct bitmark_chain *chain)
{
	struct bitmark_snapshot *snapshot;
	bitmark_status status = bitmark_snapshot_open(chain, &snapshot);

	if (status != BITMARK_OK)
		return status;
	status = bitmark_snapshot_save(snapshot, pass_over, r);
	bitmark_snapshot_close(snapshot);
	/* Only pass_over makes it so. */
	return status == BITMARK_E_IO ? BITMARK_E_STOPPED : status;
}

/* Opening the copy compares format, chain, rules and all pages of the indexes.
 * A file that never was a store is a damaged backup here. */
static bitmark_status
check(struct restore *r, const char *build)
{
	struct bitmark_chain_config copy = *r->config;
	struct bitmark_chain *chain;
	bitmark_status status;

	copy.path = build;
	copy.access = BITMARK_CHAIN_READ;
	status = bitmark_chain_open(&chain, &copy);
	if (status != BITMARK_OK)
		return bm_promised(status);
	status = check_blocks(r, chain);
	bitmark_chain_close(chain);
	return status;
}

/* --- the place ------------------------------------------------------------ */

/* A store without a block has nothing to lose.  One that cannot be read may
 * have. */
static bitmark_status
check_empty(const struct bitmark_chain_config *config)
{
	struct bitmark_chain_config there = *config;
	struct bitmark_chain *chain;
	struct bitmark_tip tip;
	bitmark_status status;

	there.access = BITMARK_CHAIN_READ;
	there.rules = NULL;
	status = bitmark_chain_open(&chain, &there);
	if (status == BITMARK_E_NOT_FOUND)
		return BITMARK_OK;
	if (status != BITMARK_OK)
		return BITMARK_E_STATE;
	bitmark_chain_tip(chain, &tip);
	bitmark_chain_close(chain);
	return tip.number == BITMARK_GENESIS_NUMBER ? BITMARK_OK :
	    BITMARK_E_STATE;
}

static bitmark_status
build_and_install(struct restore *r, const char *build)
{
	bitmark_status status = bm_build_remove(build);

	if (status == BITMARK_OK && mkdir(build, BUILD_MODE) != 0)
		status = bm_store_status(errno);
	if (status == BITMARK_OK)
		status = make_copy(r, build);
	if (status == BITMARK_OK)
		status = check(r, build);
	return status == BITMARK_OK ?
	    bm_build_install(build, r->config->path) : status;
}

/* With the writer's lock held. */
static bitmark_status
restore_locked(struct restore *r, enum bitmark_restore mode)
{
	char *build = bm_store_path(r->config->path, BUILD_DIRECTORY);
	bitmark_status status = mode == BITMARK_RESTORE_REPLACE ? BITMARK_OK :
	    check_empty(r->config), removed;
	int cause;

	if (build == NULL)
		return BITMARK_E_NOMEM;
	if (status == BITMARK_OK)
		status = build_and_install(r, build);
	cause = errno;
	removed = bm_build_remove(build);
	free(build);
	if (status == BITMARK_OK)
		return removed;
	errno = cause;
	return status;
}

/* The lock file and the directories that were made stay only if there is a
 * store. */
static void
leave_place(const char *path, size_t made_from)
{
	char *directory = strdup(path);

	if (directory == NULL || made_from == 0) {
		free(directory);
		return;
	}
	(void)bm_build_remove_file(path, BM_STORE_READERS_FILE);
	(void)bm_build_remove_file(path, BM_STORE_LOCK_FILE);
	bm_place_remove(directory, made_from);
	free(directory);
}

static bitmark_status
restore_to_place(struct restore *r, enum bitmark_restore mode)
{
	const struct bitmark_chain_config *config = r->config;
	size_t made_from = 0;
	bitmark_status status = bm_file_failed(config->env, config->path, "",
	    bm_place_make(config->path, &made_from));
	struct bm_lock lock = { .fd = -1 };
	int cause;

	if (status == BITMARK_OK)
		status = bm_file_failed(config->env, config->path,
		    BM_STORE_LOCK_FILE, bm_lock_take(config->path, &lock));
	if (status == BITMARK_OK)
		status = restore_locked(r, mode);
	cause = errno;
	if (status != BITMARK_OK)
		leave_place(config->path, made_from);
	bm_lock_drop(&lock);
	errno = cause;
	return status;
}

bitmark_status
bitmark_chain_restore(const struct bitmark_chain_config *config, int fd,
    enum bitmark_restore mode, bitmark_progress_fn progress, void *user)
{
	struct bitmark_chain_config own = { .struct_size = sizeof own };
	struct restore r = { .config = &own, .fd = fd, .progress = progress,
		.user = user };
	struct stat st;

	if (BM_IN(bitmark_chain_config, &own, config) != BITMARK_OK ||
	    own.path == NULL || own.params == NULL)
		return BITMARK_E_ARGUMENT;
	/* The blocks are nearly all of the file. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		r.total = 2 * (uint64_t)st.st_size;
	return restore_to_place(&r, mode);
}
