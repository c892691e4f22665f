/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * os - the clocks by which the library counts, and files that are read with a
 * bound and replaced whole.
 *
 * Every deadline of this library is a value of bitmark_clock_ms.  The files
 * are for what a program keeps beside its store: keys, lists, backups.
 *
 * All calls may be made by any thread.
 */
#ifndef BITMARKPEER_OS_H
#define BITMARKPEER_OS_H

#include <stdio.h>

#include <bitmarkpeer/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Monotonic time: never goes back, begins anywhere.  Milliseconds. */
BITMARK_API uint64_t bitmark_clock_ms(void);

/* The same, to measure what takes less than that.  Microseconds. */
BITMARK_API uint64_t bitmark_clock_us(void);

/* Unix time; goes back when somebody sets the clock.  Milliseconds. */
BITMARK_API uint64_t bitmark_clock_wall_ms(void);

/* Unix time.  Seconds. */
BITMARK_API uint64_t bitmark_clock_wall_s(void);

/*
 * After an error of the calls below errno holds the cause that the system
 * gave; it is 0 when the cause was not the system's.
 */

/*
 * bitmark_file_read(path, max, data, size):
 * Read a whole file, a pipe or a device up to its end.
 *
 *   max     bytes that it may have
 *   data    new; owned by the caller: bitmark_free.  One byte of zero follows the
 *           last one, so that a text can be used as a string
 *   size    bytes, without that zero
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND (no such file or directory),
 * BITMARK_E_LENGTH (more than ${max} bytes), BITMARK_E_IO or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_file_read(const char *path,
    size_t max, uint8_t **data, size_t *size);

/* The same of what is open already, up to its end; it stays open. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_file_read_fd(int fd,
    size_t max, uint8_t **data, size_t *size);

/*
 * bitmark_file_create(path, mode, data, size):
 * Make a new file that holds ${data}.  A file that is there stays as it is:
 * it might be the only copy of a key.  File and directory are on the disk when
 * this returns BITMARK_OK; after an error there is no new file.
 *
 *   mode    permissions, as of open(2); never wider for a moment
 *
 * Returns BITMARK_OK, BITMARK_E_STATE (there is such a file),
 * BITMARK_E_STORE_FULL (no space, or too large for the system's limits) or
 * BITMARK_E_IO.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_file_create(
    const char *path, unsigned mode, const void *data, size_t size);

/*
 * bitmark_file_replace(path, mode, data, size):
 * Make ${path} hold ${data}: after a crash at any instant it holds either what
 * it held before or all of ${data}.  File and directory are on the disk when
 * this returns BITMARK_OK.
 *
 *   path    followed by ".tmp" is the name of the file that is written first
 *
 * Returns BITMARK_OK, BITMARK_E_STATE (${path} is no regular file, as
 * /dev/null), BITMARK_E_STORE_FULL, BITMARK_E_IO or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_file_replace(
    const char *path, unsigned mode, const void *data, size_t size);

/* As bitmark_file_replace, for what is written bit by bit. */
struct bitmark_file_writer;

/*
 * bitmark_file_writer_open(writer, path, mode):
 * Begin to write the file that will be called ${path}.
 *
 *   writer  new; ended by bitmark_file_writer_commit or
 *           bitmark_file_writer_abandon
 *
 * Returns as bitmark_file_replace.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_file_writer_open(
    struct bitmark_file_writer **writer, const char *path, unsigned mode);

/* Where to write; inside.  Do not close it. */
BITMARK_API FILE *bitmark_file_writer_stream(
    const struct bitmark_file_writer *writer);

/* Put the file in its place.  ${writer} is taken.  Returns as
 * bitmark_file_replace, also for an error of an earlier write. */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_file_writer_commit(
    struct bitmark_file_writer *writer);

/* Remove what was written; ${path} stays as it was.  ${writer} is taken; NULL
 * does nothing. */
BITMARK_API void bitmark_file_writer_abandon(
    struct bitmark_file_writer *writer);

/* Is ${path} something that must not be replaced by a file: a device, a pipe, a
 * socket or a directory? */
BITMARK_API bool bitmark_file_is_special(const char *path);

#ifdef __cplusplus
}
#endif

#endif
