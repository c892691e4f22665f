/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The present difficulty is not stored: it is a function of the headers before
 * it, and so it is right after a crash, after any rollback, and for a reader.
 *
 * A node of 0.16 keeps it in memory, and computes it from another block when it
 * starts or rolls back.  On a chain whose difficulties were checked that block
 * has the same one.
 */
#include "chain/current.h"

#include "chain/env.h"
#include "chain/runs.h"

/* The difficulty of a chain without blocks. */
#define DIFFICULTY_ONE 1.0

static bitmark_status
read_header(const struct bm_txn *t, uint64_t number,
    struct bitmark_header *header)
{
	struct bitmark_span block;
	bitmark_status status = bm_get_block(t, number, &block);

	if (status == BITMARK_OK)
		status = bitmark_header_parse(block.data, block.size, header);
	return bm_store_error(status);
}

bitmark_status
bm_current_adjusted(const struct bm_txn *t, uint64_t number, double *value)
{
	struct bitmark_header begin, end = { 0 }, base = { 0 };
	uint64_t first, last;
	bitmark_status status;

	bitmark_difficulty_window(number, &first, &last);
	status = read_header(t, first, &begin);
	if (status == BITMARK_OK)
		status = read_header(t, last, &end);
	if (status == BITMARK_OK)
		status = read_header(t, bitmark_difficulty_base(number),
		    &base);
	return status == BITMARK_OK ? bitmark_difficulty_next(
	    bitmark_bits_reciprocal(base.bits), begin.timestamp,
	    end.timestamp, value) : status;
}

/* Versions never decrease: when the block of the last adjustment has too low a
 * one, all before it have. */
bitmark_status
bm_current_at(const struct bm_txn *t, const struct bitmark_tip *tip,
    double *value)
{
	const struct bitmark_rules *rules = t->store->rules;
	const uint64_t number = tip->number -
	    tip->number % BITMARK_DIFFICULTY_WINDOW;
	struct bitmark_header header;
	bitmark_status status;

	*value = DIFFICULTY_ONE;
	if (rules->difficulty != BITMARK_DIFFICULTY_ADJUSTED || number == 0)
		return BITMARK_OK;
	status = read_header(t, number, &header);
	if (status != BITMARK_OK ||
	    header.version < rules->difficulty_version)
		return status;
	return bm_store_error(bm_current_adjusted(t, number, value));
}
