/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * file - what the rooms of lib/ need of files beyond bitmarkpeer/os.h.
 */
#ifndef BM_OS_FILE_H
#define BM_OS_FILE_H

#include <bitmarkpeer/os.h>

/*
 * bm_file_read_into(path, data, capacity, size):
 * Read a file into the caller's buffer, for secrets that must not stay in
 * freed memory.  Reads ${capacity} bytes at most and does not tell whether
 * more would follow.
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND or BITMARK_E_IO, with errno.
 */
BITMARK_MUSTUSE bitmark_status bm_file_read_into(const char *path,
    uint8_t *data, size_t capacity, size_t *size);

/* Wait until a file or a directory is on the disk.  BITMARK_OK or
 * BITMARK_E_IO, with errno. */
BITMARK_MUSTUSE bitmark_status bm_file_sync(const char *path);

/* Likewise the directory that ${path} stands in: after a file was made,
 * renamed or removed there, only this makes its name durable.  Also returns
 * BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_file_sync_parent(const char *path);

/* Rename a file that is on the disk already, and sync the directory of its new
 * name.  BITMARK_OK, BITMARK_E_IO or BITMARK_E_NOMEM, with errno. */
BITMARK_MUSTUSE bitmark_status bm_file_rename(const char *from,
    const char *to);

/* A pipe whose ends wait, and are not handed to other programs: fd[0] for
 * reading.  Both are owned by the caller: close.  BITMARK_OK or BITMARK_E_IO,
 * with errno. */
BITMARK_MUSTUSE bitmark_status bm_file_pipe(int fd[2]);

#endif
