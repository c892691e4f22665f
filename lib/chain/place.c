/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Directories that are there are as good as those that are made, whoever made
 * them. */
#include "chain/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain/env.h"
#include "os/file.h"

#define DIRECTORY_MODE 0755

/* The name of a directory is on the disk when the directory above it is.  A
 * directory that this process may not read cannot be synced, and was made by
 * somebody else: /var/lib/private is one. */
bitmark_status
bm_place_sync(const char *directory)
{
	char *parent = bm_store_path(directory, "..");
	bitmark_status status = BITMARK_E_NOMEM;

	if (parent != NULL) {
		errno = 0;
		status = bm_file_sync(parent);
		if (status == BITMARK_E_IO && errno == EACCES)
			status = BITMARK_OK;
	}
	free(parent);
	return status;
}

/* A directory that is there is as good, whoever made it; *made_from is 0, or
 * the length of the first that was made here. */
static bitmark_status
make_directory(const char *path, size_t *made_from)
{
	if (mkdir(path, DIRECTORY_MODE) != 0)
		return errno == EEXIST ? BITMARK_OK : bm_store_status(errno);
	if (*made_from == 0)
		*made_from = strlen(path);
	return bm_place_sync(path);
}

bitmark_status
bm_place_make(const char *path, size_t *made_from)
{
	char *copy = strdup(path);
	bitmark_status status = BITMARK_OK;

	if (copy == NULL)
		return BITMARK_E_NOMEM;
	for (char *end = copy; *end != '\0' && status == BITMARK_OK; end++) {
		if (*end != '/' || end == copy)
			continue;
		*end = '\0';
		status = make_directory(copy, made_from);
		*end = '/';
	}
	if (status == BITMARK_OK)
		status = make_directory(copy, made_from);
	free(copy);
	return status;
}

/* Remove the directories that were made for the store, from the innermost
 * outward. A directory that is not empty is used by somebody else and stays. */
void
bm_place_remove(char *path, size_t made_from)
{
	for (size_t end = strlen(path); made_from != 0 && end >= made_from;
	    end--) {
		if (path[end] != '/' && path[end] != '\0')
			continue;
		path[end] = '\0';
		if (rmdir(path) != 0 && errno != ENOENT)
			return;
	}
}
