/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Reading files with a bound, and making and replacing them whole.
 *
 * A file is replaced by writing a new one beside it, syncing it, and renaming
 * it over the old one.  Rename is atomic, so a reader, and a start after a
 * crash, finds either the old content or the new, never a part of it.  The
 * order matters: a rename before the sync could survive a crash that the
 * content does not.
 */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room that reading a file begins with.  Bytes. */
#define READ_FIRST 4096

#define TEMPORARY_SUFFIX ".tmp"

struct bitmark_file_writer {
	char *path, *temporary;
	FILE *stream;
};

/* The status for errno after a failed write, fsync or rename. */
static bitmark_status
write_error(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return BITMARK_E_STORE_FULL;
	case ENOMEM:
		return BITMARK_E_NOMEM;
	default:
		return BITMARK_E_IO;
	}
}

/* Cleaning up after an error must not hide its cause, which the caller reads
 * from errno. */
static void
close_quietly(int fd)
{
	int before = errno;

	close(fd);
	errno = before;
}

static void
unlink_quietly(const char *path)
{
	int before = errno;

	(void)unlink(path);
	errno = before;
}

static int
open_to_read(const char *path, bitmark_status *status)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*status = BITMARK_OK;
	if (fd < 0)
		*status = errno == ENOENT || errno == ENOTDIR ?
		    BITMARK_E_NOT_FOUND : BITMARK_E_IO;
	return fd;
}

/* Read until the end or until ${capacity} bytes are there.  One read may give
 * fewer bytes than asked: from a pipe, or when a signal comes. */
static bitmark_status
read_all(int fd, uint8_t *data, size_t capacity, size_t *size)
{
	while (*size < capacity) {
		ssize_t n = read(fd, data + *size, capacity - *size);

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return BITMARK_E_IO;
		if (n > 0)
			*size += (size_t)n;
	}
	return BITMARK_OK;
}

bitmark_status
bm_file_read_into(const char *path, uint8_t *data, size_t capacity,
    size_t *size)
{
	bitmark_status status;
	int fd = open_to_read(path, &status);

	if (fd < 0)
		return status;
	*size = 0;
	status = read_all(fd, data, capacity, size);
	close_quietly(fd);
	return status;
}

/* Double the room, up to ${max} and two bytes more: one that shows that the
 * file is too long, and one for the zero behind its end. */
static bitmark_status
grow(uint8_t **data, size_t *capacity, size_t max)
{
	size_t larger = *capacity == 0 ? READ_FIRST : *capacity * 2;
	uint8_t *moved;

	if (larger > max + 2)
		larger = max + 2;
	moved = realloc(*data, larger);
	if (moved == NULL)
		return BITMARK_E_NOMEM;
	*data = moved;
	*capacity = larger;
	return BITMARK_OK;
}

/* The size that stat tells is not used: the file may grow meanwhile, and a
 * pipe or a file of /proc has none. */
static bitmark_status
read_bounded(int fd, size_t max, uint8_t **data, size_t *size)
{
	bitmark_status status = BITMARK_OK;
	size_t capacity = 0;

	do {
		status = grow(data, &capacity, max);
		if (status == BITMARK_OK)
			status = read_all(fd, *data, capacity - 1, size);
	} while (status == BITMARK_OK && *size == capacity - 1 &&
	    *size <= max);
	/* No system call failed, so errno must not show an older error. */
	if (status == BITMARK_OK && *size > max) {
		errno = 0;
		status = BITMARK_E_LENGTH;
	}
	return status;
}

bitmark_status
bitmark_file_read_fd(int fd, size_t max, uint8_t **data, size_t *size)
{
	bitmark_status status;

	*data = NULL;
	*size = 0;
	/* grow() adds two to the bound, which must not wrap. */
	if (max > SIZE_MAX - 2)
		max = SIZE_MAX - 2;
	status = read_bounded(fd, max, data, size);
	if (status == BITMARK_OK) {
		(*data)[*size] = 0;
		return BITMARK_OK;
	}
	free(*data);
	*data = NULL;
	*size = 0;
	return status;
}

/* fsync needs a descriptor, but not one that may write: a directory can only be
 * opened for reading. */
bitmark_status
bitmark_file_read(const char *path, size_t max, uint8_t **data, size_t *size)
{
	bitmark_status status;
	int fd = open_to_read(path, &status);

	*data = NULL;
	*size = 0;
	if (fd < 0)
		return status;
	status = bitmark_file_read_fd(fd, max, data, size);
	close_quietly(fd);
	return status;
}

bitmark_status
bm_file_sync(const char *path)
{
	bitmark_status status = BITMARK_OK;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return BITMARK_E_IO;
	if (fsync(fd) != 0)
		status = BITMARK_E_IO;
	close_quietly(fd);
	return status;
}

bitmark_status
bm_file_sync_parent(const char *path)
{
	/* "file" stands in ".", "/file" in "/", "a/file" in "a". */
	const char *slash = strrchr(path, '/');
	char *parent = slash == NULL ? strdup(".") :
	    strndup(path, slash == path ? 1 : (size_t)(slash - path));
	bitmark_status status;

	if (parent == NULL)
		return BITMARK_E_NOMEM;
	status = bm_file_sync(parent);
	free(parent);
	return status;
}

bitmark_status
bm_file_rename(const char *from, const char *to)
{
	if (rename(from, to) != 0)
		return write_error();
	return bm_file_sync_parent(to);
}

bitmark_status
bm_file_pipe(int fd[2])
{
	if (pipe(fd) != 0)
		return BITMARK_E_IO;
	(void)fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	return BITMARK_OK;
}

/* Renaming a file over /dev/null or a socket would remove that from the system.
 * stat follows symbolic links, so a link to a regular file is not special. */
bool
bitmark_file_is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static bitmark_status
write_all(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return write_error();
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return fsync(fd) == 0 ? BITMARK_OK : write_error();
}

bitmark_status
bitmark_file_create(const char *path, unsigned mode, const void *data,
    size_t size)
{
	/* O_EXCL: when two programs make the same file at the same time only
	 * one may succeed.  A test for the file before open could pass in
	 * both. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    (mode_t)mode);
	bitmark_status status;

	if (fd < 0)
		return errno == EEXIST ? BITMARK_E_STATE : write_error();
	status = write_all(fd, data, size);
	if (status != BITMARK_OK)
		close_quietly(fd);
	else if (close(fd) != 0)
		status = write_error();
	if (status == BITMARK_OK)
		status = bm_file_sync_parent(path);
	if (status != BITMARK_OK)
		unlink_quietly(path);
	return status;
}

static void
free_writer(struct bitmark_file_writer *w)
{
	free(w->path);
	free(w->temporary);
	free(w);
}

static bitmark_status
open_temporary(struct bitmark_file_writer *w, unsigned mode)
{
	int fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    (mode_t)mode);

	if (fd < 0)
		return write_error();
	w->stream = fdopen(fd, "w");
	if (w->stream != NULL)
		return BITMARK_OK;
	close_quietly(fd);
	unlink_quietly(w->temporary);
	return BITMARK_E_NOMEM;
}

bitmark_status
bitmark_file_writer_open(struct bitmark_file_writer **writer,
    const char *path, unsigned mode)
{
	size_t size = strlen(path) + sizeof TEMPORARY_SUFFIX;
	struct bitmark_file_writer *w;
	bitmark_status status = BITMARK_E_NOMEM;

	*writer = NULL;
	errno = 0;
	if (bitmark_file_is_special(path))
		return BITMARK_E_STATE;
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return BITMARK_E_NOMEM;
	w->path = strdup(path);
	w->temporary = malloc(size);
	if (w->path != NULL && w->temporary != NULL) {
		snprintf(w->temporary, size, "%s" TEMPORARY_SUFFIX, path);
		status = open_temporary(w, mode);
	}
	if (status != BITMARK_OK)
		free_writer(w);
	else
		*writer = w;
	return status;
}

FILE *
bitmark_file_writer_stream(const struct bitmark_file_writer *writer)
{
	return writer->stream;
}

/*
 * Bring the stream's content to the disk and close it.
 *
 * The stream buffers, so a full disk may show itself only in fflush or fclose.
 * A write that failed earlier, inside a call of the user's, has left its trace
 * in the stream's error flag, and its cause in errno if nothing failed since.
 */
static bitmark_status
finish_stream(FILE *stream)
{
	bool failed = ferror(stream) != 0;
	int cause = errno;

	errno = 0;
	if (fflush(stream) != 0 || fsync(fileno(stream)) != 0) {
		failed = true;
		cause = errno;
	}
	if (fclose(stream) != 0 && !failed) {
		failed = true;
		cause = errno;
	}
	errno = failed ? cause : 0;
	return failed ? write_error() : BITMARK_OK;
}

bitmark_status
bitmark_file_writer_commit(struct bitmark_file_writer *w)
{
	bitmark_status status = finish_stream(w->stream);

	if (status == BITMARK_OK && rename(w->temporary, w->path) != 0)
		status = write_error();
	if (status != BITMARK_OK)
		unlink_quietly(w->temporary);
	else
		status = bm_file_sync_parent(w->path);
	free_writer(w);
	return status;
}

void
bitmark_file_writer_abandon(struct bitmark_file_writer *w)
{
	if (w == NULL)
		return;
	(void)fclose(w->stream);
	unlink_quietly(w->temporary);
	free_writer(w);
}

bitmark_status
bitmark_file_replace(const char *path, unsigned mode, const void *data,
    size_t size)
{
	struct bitmark_file_writer *w;
	bitmark_status status = bitmark_file_writer_open(&w, path, mode);

	if (status != BITMARK_OK)
		return status;
	/* A write that falls short sets the stream's error flag, which commit
	 * looks at. */
	(void)fwrite(data, 1, size, w->stream);
	return bitmark_file_writer_commit(w);
}
