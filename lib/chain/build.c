/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * LMDB's own lock file counts transactions of the data file beside it, so it
 * is removed with the old data, and once more for a reader that came between.
 * Processes that were reading keep the old data until they open it again.
 */
#include "chain/build.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/env.h"
#include "chain/lock.h"
#include "os/file.h"

/* Remove a file. A file or a directory that does not exist is no error. */
bitmark_status
bm_build_remove_file(const char *directory, const char *name)
{
	char *path = bm_store_path(directory, name);
	bitmark_status status = BITMARK_OK;

	if (path == NULL)
		return BITMARK_E_NOMEM;
	if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
		status = BITMARK_E_IO;
	free(path);
	return status;
}

/* Remove what was built, or what an earlier attempt left. */
bitmark_status
bm_build_remove(const char *build)
{
	static const char *const names[] = {
		BM_STORE_DATA_FILE, BM_STORE_READERS_FILE, BM_STORE_LOCK_FILE,
	};
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; status == BITMARK_OK &&
	    i < sizeof names / sizeof names[0]; i++)
		status = bm_build_remove_file(build, names[i]);
	if (status == BITMARK_OK && rmdir(build) != 0 && errno != ENOENT)
		status = BITMARK_E_IO;
	return status;
}

/* The second removal of the lock file is not synced: LMDB makes a lock file
 * anew when the first process after a crash opens the store. */
bitmark_status
bm_build_install(const char *build, const char *path)
{
	char *from = bm_store_path(build, BM_STORE_DATA_FILE);
	char *to = bm_store_path(path, BM_STORE_DATA_FILE);
	bitmark_status status = BITMARK_E_NOMEM;

	if (from != NULL && to != NULL)
		status = bm_file_sync(from);
	if (status == BITMARK_OK)
		status = bm_build_remove_file(path, BM_STORE_READERS_FILE);
	if (status == BITMARK_OK)
		status = bm_file_rename(from, to);
	if (status == BITMARK_OK)
		status = bm_build_remove_file(path, BM_STORE_READERS_FILE);
	free(to);
	free(from);
	return status;
}
