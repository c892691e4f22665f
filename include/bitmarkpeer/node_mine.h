/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * node_mine - blocks of a node's own.  It finds them on its digest workers
 * while it is Normal; a block that is found is stored and relayed as any other
 * one.  Blocks of peers come first.
 *
 * The calls are for the threads that may make those of node.h which wait, and
 * return BITMARK_E_STOPPED and BITMARK_E_NOMEM, too.
 */
#ifndef BITMARKPEER_NODE_MINE_H
#define BITMARKPEER_NODE_MINE_H

#include <bitmarkpeer/mining.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bitmark_node;

/* Blocks that one order may ask for, unless it has no end.
 * Source: local bound. */
#define BITMARK_MINE_MAX 1000

struct bitmark_mine {
	size_t struct_size;             /* sizeof this struct               */
	const struct bitmark_base *base;        /* copied, as the next      */
	const struct bitmark_base *empty;       /* of a block when nothing
	                                   waits; NULL: then none is made   */
	uint64_t count;                 /* UINT64_MAX: for ever, whenever no
	                                   other order is worked on; 0 ends
	                                   that                             */
	unsigned workers;               /* digests at a time; 0: as many as
	                                   keep all digest workers busy     */
};

/*
 * bitmark_node_mine(node, mine):
 * Order blocks to be made; returns at once.  An order without end replaces an
 * earlier one without end.  The blocks of an order have its base, so each order
 * may be for another account.
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size, no base),
 * BITMARK_E_COUNT (more than BITMARK_MINE_MAX), BITMARK_E_BUSY (another order
 * is worked on) or BITMARK_E_STATE (the mode is not Normal; an order without
 * end waits until it is).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_mine(
    struct bitmark_node *node, const struct bitmark_mine *mine);

struct bitmark_mined {
	size_t struct_size;             /* sizeof this struct               */
	uint64_t left;                  /* blocks of the order              */
	uint64_t count;                 /* ... that were found              */
	uint64_t found;                 /* blocks, since the start          */
	uint64_t refused;               /* ... that the chain did not take  */
	uint64_t tried;                 /* digests                          */
	bitmark_status status;          /* why there is no work now, as of
	                                   bitmark_template_new, or why the last
	                                   block was not taken              */
	bitmark_status order;           /* why the order has ended before its
	                                   last block; BITMARK_OK: it has not */
};

/* An order with an end is given up after so many failures in a row: blocks that
 * the chain has not taken, or none that could be made for another reason than
 * that nothing waits.  Source: local choice */
#define BITMARK_MINE_FAILURES_MAX 3

/* A block that was found.  A plain value. */
struct bitmark_mined_block {
	uint64_t number;
	uint8_t digest[BITMARK_DIGEST_SIZE];    /* stored order             */
};

/* How far the order is, and its first ${capacity} blocks.  Returns BITMARK_OK,
 * or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_node_mined(
    struct bitmark_node *node, struct bitmark_mined *mined,
    struct bitmark_mined_block *blocks, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
