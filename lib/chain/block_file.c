/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Files of blocks: an 8 byte big-endian length and a packed block, repeated,
 * from block 2 upward.
 *
 * Source: bitmarkd v8.2 command/bitmarkd/binary-block.go
 */
#include <bitmarkpeer/backup.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain/feed.h"
#include "chain/snapshot.h"
#include "chain/trust.h"
#include "codec/codec.h"
#include "codec/log.h"

#define LENGTH_SIZE 8
#define FIRST_STORED (BITMARK_GENESIS_NUMBER + 1)

/* A damaged block must not spread to other nodes, so each one is compared with
 * its CRC. */
static bitmark_status
read_sound(struct bitmark_snapshot *snapshot, uint64_t number,
    struct bitmark_span *block)
{
	uint64_t crc;
	bitmark_status status = bitmark_snapshot_block(snapshot, number,
	    block);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_crc(snapshot, number, &crc);
	if (status == BITMARK_OK &&
	    bitmark_crc(number, block->data, block->size) != crc) {
		bm_log(&snapshot->store->env, BITMARK_LOG_ERROR, "chain",
		    "block %" PRIu64 ": %s", number,
		    bitmark_strerror(BITMARK_E_CHECKSUM));
		status = BITMARK_E_STORE_CORRUPT;
	}
	return status;
}

/* The blocks are written as they are stored; bitmarkd can read the file. */
static bitmark_status
write_blocks(struct bitmark_snapshot *snapshot, uint64_t first, uint64_t last,
    bitmark_write_fn write, void *user)
{
	uint8_t length[LENGTH_SIZE];
	struct bitmark_span block;
	bitmark_status status;

	for (uint64_t number = first; number <= last; number++) {
		status = read_sound(snapshot, number, &block);
		if (status != BITMARK_OK)
			return status;
		bm_put_u64be(length, block.size);
		if (write(user, length, sizeof length) != 0 ||
		    write(user, block.data, block.size) != 0)
			return BITMARK_E_IO;
	}
	return BITMARK_OK;
}

bitmark_status
bitmark_snapshot_save(struct bitmark_snapshot *snapshot,
    bitmark_write_fn write, void *user)
{
	struct bitmark_tip tip;

	bitmark_snapshot_tip(snapshot, &tip);
	return write_blocks(snapshot, FIRST_STORED, tip.number, write, user);
}

bitmark_status
bitmark_snapshot_save_range(struct bitmark_snapshot *snapshot, uint64_t first,
    uint64_t last, bitmark_write_fn write, void *user)
{
	struct bitmark_tip tip;

	bitmark_snapshot_tip(snapshot, &tip);
	if (first < FIRST_STORED || first > last || last > tip.number)
		return BITMARK_E_BLOCK_NOT_FOUND;
	return write_blocks(snapshot, first, last, write, user);
}

/* A file that is loaded. */
struct file {
	int fd;
	int cause;                      /* errno of a read that failed  */
	const struct bm_feed *feed;
	const struct bitmark_chain *chain;
};

/* Read until there are ${size} bytes or the file ends; *${got} says which.
 * Reading from a pipe may wait for ever, so a signal interrupts it, and the
 * caller is then asked whether to continue. */
static bitmark_status
read_bytes(struct file *file, uint8_t *data, size_t size, size_t *got)
{
	bitmark_status status = BITMARK_OK;

	*got = 0;
	while (status == BITMARK_OK && *got < size) {
		ssize_t count = read(file->fd, data + *got, size - *got);

		if (count == 0)
			break;
		if (count > 0) {
			*got += (size_t)count;
			continue;
		}
		file->cause = errno;
		status = errno == EINTR ?
		    bm_feed_report(file->feed, file->chain) : BITMARK_E_IO;
	}
	return status;
}

/* The length was compared with that of the largest block before, so a file
 * cannot make this allocate more. */
static bitmark_status
read_block(struct file *file, uint64_t length, uint8_t **block)
{
	size_t size = (size_t)length, got;
	uint8_t *data = malloc(size);
	bitmark_status status;

	if (data == NULL)
		return BITMARK_E_NOMEM;
	status = read_bytes(file, data, size, &got);
	if (status == BITMARK_OK && got != size)
		status = BITMARK_E_LENGTH;
	if (status == BITMARK_OK)
		*block = data;
	else
		free(data);
	return status;
}

/* Can a block have this length? Behind an impossible length nothing in the file
 * can be trusted, since each block is found by the length of the one before. */
static bool
possible_length(uint64_t length)
{
	return length >= BITMARK_HEADER_SIZE && length <= BITMARK_BLOCK_MAX;
}

/* bm_next_block_fn of a file. The file may end only in front of a length:
 * anywhere else it was cut off. */
static bitmark_status
next_in_file(void *user, uint8_t **block, size_t *size)
{
	struct file *file = user;
	uint8_t bytes[LENGTH_SIZE];
	uint64_t length;
	bitmark_status status;
	size_t got;

	*block = NULL;
	status = read_bytes(file, bytes, sizeof bytes, &got);
	if (status != BITMARK_OK || got == 0)
		return status;
	length = bm_get_u64be(bytes);
	if (got != sizeof bytes || !possible_length(length))
		return BITMARK_E_LENGTH;
	*size = (size_t)length;
	return read_block(file, length, block);
}

/* The work of the blocks in the rest of a regular file, for progress.  Only the
 * lengths are read.  A pipe cannot be read twice: 0, not known. */
static uint64_t
work_left(int fd)
{
	uint8_t bytes[LENGTH_SIZE];
	uint64_t work = 0;
	struct stat st;
	off_t at;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	at = lseek(fd, 0, SEEK_CUR);
	while (at >= 0 && pread(fd, bytes, sizeof bytes, at) == LENGTH_SIZE) {
		const uint64_t length = bm_get_u64be(bytes);

		if (!possible_length(length))
			break;
		work += bm_work_of_block(length);
		at += (off_t)(sizeof bytes + length);
	}
	return work;
}

bitmark_status
bitmark_chain_load(struct bitmark_chain *chain, int fd, uint64_t now_s,
    bitmark_progress_fn progress, void *user, uint64_t *refused)
{
	struct bm_feed feed = {
		.next = next_in_file,
		.now_s = now_s,
		.progress = progress,
		.progress_user = user,
		.work_total = work_left(fd),
	};
	struct file file = { .fd = fd, .feed = &feed, .chain = chain };
	uint64_t number;
	bitmark_status status, undone = BITMARK_OK;

	feed.next_user = &file;
	status = bm_feed_run(&feed, chain, &number);
	if (number != 0)
		undone = bm_chain_trust_failed(chain,
		    "this is not the chain of the checkpoint");
	if (undone != BITMARK_OK)
		status = undone;
	if (refused != NULL)
		*refused = number;
	/* The blocks before were committed since then. */
	if (status == BITMARK_E_IO && file.cause != 0)
		errno = file.cause;
	return status;
}
