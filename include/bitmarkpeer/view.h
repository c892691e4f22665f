/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * view - the few things that answering a peer needs to know of a chain, as
 * functions.  Protocol code can be used with it over an array, or over another
 * store.
 */
#ifndef BITMARKPEER_VIEW_H
#define BITMARKPEER_VIEW_H

#include <bitmarkpeer/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * block and digest return BITMARK_OK or BITMARK_E_BLOCK_NOT_FOUND; every other
 * error is taken as not found.  Spans stay
 * valid until the caller is done with the reply that is made of them.
 * bitmark_snapshot_view (bitmarkpeer/chain.h) makes the view of a store.
 */
struct bitmark_view {
	size_t struct_size;             /* sizeof this struct */
	void *user;
	uint64_t (*height)(void *user);
	bitmark_status (*block)(void *user, uint64_t number,
	    struct bitmark_span *block);
	bitmark_status (*digest)(void *user, uint64_t number,
	    uint8_t digest[BITMARK_DIGEST_SIZE]);
};

#ifdef __cplusplus
}
#endif

#endif
