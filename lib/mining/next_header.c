/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The next header is made so that bitmark_chain_precheck takes it: each line
 * here is the other side of one check there.
 */
#include "mining/next_header.h"

#include <string.h>

/* Bitmarkd writes its own version even above a block of a higher version; such
 * a block is refused everywhere [S-08]. Here the version never goes down, and a
 * version that this library cannot check gives an error instead of a block. */
static bitmark_status
next_version(const struct bitmark_rules *rules, const struct bitmark_tip *tip,
    uint16_t *version)
{
	*version = rules->header_version > tip->version ?
	    rules->header_version : tip->version;
	return *version <= BITMARK_TEMPLATE_VERSION_MAX ? BITMARK_OK :
	    BITMARK_E_HEADER_VERSION;
}

static uint64_t
allowed_step_back(const struct bitmark_rules *rules, uint16_t version)
{
	if (version <= 1)
		return rules->header_back_v1_s;
	return version == 2 ? rules->header_back_v2_s :
	    rules->header_back_later_s;
}

/* The time is now, unless our clock or that of the newest block's miner is
 * wrong. A block may be a little older than the one before it and a little
 * ahead of the clocks of the nodes that check it, by the amounts in the rules
 * and not more. The last line relies on ${header}->timestamp being at least
 * ${now_s}, so the subtraction cannot wrap. */
static bitmark_status
next_timestamp(const struct bitmark_rules *rules,
    const struct bitmark_tip *tip, uint64_t now_s,
    struct bitmark_header *header)
{
	const uint64_t back = allowed_step_back(rules, header->version);
	const uint64_t earliest = tip->timestamp > back ?
	    tip->timestamp - back : 0;

	header->timestamp = now_s > earliest ? now_s : earliest;
	return header->timestamp - now_s <= rules->header_future_s ?
	    BITMARK_OK : BITMARK_E_HEADER_TIMESTAMP;
}

static bitmark_status
stored_header(struct bitmark_snapshot *s, uint64_t number,
    struct bitmark_header *header)
{
	struct bitmark_span block;
	bitmark_status status = bitmark_snapshot_block(s, number, &block);

	return status == BITMARK_OK ? bitmark_header_parse(block.data,
	    block.size, header) : status;
}

/* At a number that is a multiple of the window the difficulty changes, by the
 * time that the blocks of the window took. */
static bitmark_status
adjusted_bits(struct bitmark_snapshot *s, uint64_t number, uint64_t *bits)
{
	struct bitmark_header base, begin, end;
	uint8_t target[BITMARK_TARGET_SIZE];
	uint64_t first, last;
	double next;
	bitmark_status status;

	bitmark_difficulty_window(number, &first, &last);
	status = stored_header(s, first, &begin);
	if (status == BITMARK_OK)
		status = stored_header(s, last, &end);
	if (status == BITMARK_OK)
		status = stored_header(s, bitmark_difficulty_base(number),
		    &base);
	if (status == BITMARK_OK)
		status = bitmark_difficulty_next(bitmark_bits_reciprocal(
		    base.bits), begin.timestamp, end.timestamp, &next);
	if (status == BITMARK_OK)
		bitmark_target_from_reciprocal(next, target, bits);
	return status;
}

/* Between two adjustments all blocks have the same difficulty, so that of the
 * newest one goes on.  Blocks of older versions have no part in this: behind
 * them it begins with 1. */
static bitmark_status
next_bits(const struct bitmark_rules *rules, struct bitmark_snapshot *s,
    const struct bitmark_tip *tip, struct bitmark_header *header)
{
	struct bitmark_header newest;
	bitmark_status status;

	header->bits = BITMARK_BITS_ONE;
	if (rules->difficulty != BITMARK_DIFFICULTY_ADJUSTED ||
	    header->version < rules->difficulty_version)
		return BITMARK_OK;
	if (header->number % BITMARK_DIFFICULTY_WINDOW == 0)
		return adjusted_bits(s, header->number, &header->bits);
	if (tip->version < rules->difficulty_version)
		return BITMARK_OK;
	status = stored_header(s, tip->number, &newest);
	if (status == BITMARK_OK)
		header->bits = newest.bits;
	return status;
}

bitmark_status
bm_next_header(const struct bitmark_template_config *config,
    struct bitmark_snapshot *snapshot, struct bitmark_header *header)
{
	struct bitmark_tip tip;
	bitmark_status status;

	bitmark_snapshot_tip(snapshot, &tip);
	*header = (struct bitmark_header){ .number = tip.number + 1,
		.nonce = config->nonce };
	memcpy(header->previous, tip.digest, sizeof header->previous);
	status = next_version(config->rules, &tip, &header->version);
	if (status == BITMARK_OK)
		status = next_timestamp(config->rules, &tip, config->now_s,
		    header);
	if (status == BITMARK_OK)
		status = next_bits(config->rules, snapshot, &tip, header);
	return status;
}
