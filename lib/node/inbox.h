/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * inbox - what peers sent and the owner thread has to process: copies, those of
 * one sender in the order of arrival, never more than the bounds allow.
 *
 * The listener's thread puts, the owner's takes.  Nothing here waits for
 * anything but a lock that is held for a few instructions.
 */
#ifndef BM_NODE_INBOX_H
#define BM_NODE_INBOX_H

#include <bitmarkpeer/dispatch.h>

#include <sys/queue.h>

/* Blocks, and other requests, that may wait.
 * Source: bitmarkd v8.2 messagebus/queue.go; local bound */
#define BM_INBOX_BLOCKS_MAX 50
#define BM_INBOX_OTHERS_MAX 1000
/* Their bytes.  Source: local bounds. */
#define BM_INBOX_BLOCK_BYTES_MAX ((size_t)64 << 20)
#define BM_INBOX_OTHER_BYTES_MAX ((size_t)16 << 20)

/* Blocks do not wait behind the rest, nor the rest behind blocks. */
enum bm_inbox_queue {
	BM_INBOX_BLOCKS,
	BM_INBOX_OTHERS,
};
#define BM_INBOX_QUEUES 2

struct bm_inbox_item {
	TAILQ_ENTRY(bm_inbox_item) entry;       /* the inbox's */
	enum bitmark_request_kind kind;
	uint64_t sender;
	size_t count;
	struct bitmark_span parameter[3];       /* into bytes */
	size_t size;
	uint8_t bytes[];
};

struct bm_inbox;

/* BITMARK_OK, BITMARK_E_NOMEM or BITMARK_E_IO. */
BITMARK_MUSTUSE bitmark_status bm_inbox_new(struct bm_inbox **inbox);
void bm_inbox_free(struct bm_inbox *inbox);

/*
 * bm_inbox_put(inbox, sender, request):
 * Copy a request and wake the owner.  When there is no place the sender that
 * holds most loses its newest item, unless it is this one.
 * Returns BITMARK_OK, BITMARK_E_BUSY (no place) or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_inbox_put(struct bm_inbox *inbox,
    uint64_t sender, const struct bitmark_request *request);

/* The oldest item, of blocks one of each sender in turn, because each costs a
 * digest; owned by the caller: free(); NULL: there is none. */
struct bm_inbox_item *bm_inbox_take(struct bm_inbox *inbox,
    enum bm_inbox_queue queue);

/* Items of ${queue} that wait.  Any thread. */
size_t bm_inbox_count(struct bm_inbox *inbox, enum bm_inbox_queue queue);

/* Items that were taken and made way for others.  Any thread. */
uint64_t bm_inbox_lost(struct bm_inbox *inbox);

/* Readable after a put, until bm_inbox_wake. */
int bm_inbox_fd(const struct bm_inbox *inbox);
void bm_inbox_wake(struct bm_inbox *inbox);

#endif
