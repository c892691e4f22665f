/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Block headers: bytes, and the checks that need nothing but the header.
 *
 * All numbers of a header are little endian, unlike most numbers of the
 * protocol.
 *
 * Source: bitmarkd v8.2 blockrecord/header.go ExtractHeader
 */
#include <bitmarkpeer/block.h>

#include "codec/codec.h"

/* The lowest number of a block that travels: block 1 is built in. */
#define NUMBER_MIN 2

bitmark_status
bitmark_header_parse(const uint8_t *data, size_t size,
    struct bitmark_header *header)
{
	struct bm_reader r = bm_reader(data, size);
	struct bitmark_header h;

	h.version = bm_read_u16le(&r);
	h.count = bm_read_u16le(&r);
	h.number = bm_read_u64le(&r);
	bm_read_copy(&r, h.previous, sizeof h.previous);
	bm_read_copy(&r, h.merkle, sizeof h.merkle);
	h.timestamp = bm_read_u64le(&r);
	h.bits = bm_read_u64le(&r);
	h.nonce = bm_read_u64le(&r);

	if (!bm_reader_ok(&r))
		return BITMARK_E_HEADER_SIZE;
	*header = h;
	return BITMARK_OK;
}

void
bitmark_header_pack(const struct bitmark_header *header,
    uint8_t out[BITMARK_HEADER_SIZE])
{
	struct bm_writer w = bm_writer(out, BITMARK_HEADER_SIZE);

	bm_write_u16le(&w, header->version);
	bm_write_u16le(&w, header->count);
	bm_write_u64le(&w, header->number);
	bm_write_bytes(&w, header->previous, sizeof header->previous);
	bm_write_bytes(&w, header->merkle, sizeof header->merkle);
	bm_write_u64le(&w, header->timestamp);
	bm_write_u64le(&w, header->bits);
	bm_write_u64le(&w, header->nonce);
}

/* The built-in genesis block breaks two of the rules below, and decoders are
 * given it too.  No other block with this shape can get into a chain: the store
 * takes only the block with the next number. */
static bool
has_genesis_shape(const struct bitmark_header *header)
{
	return header->number == BITMARK_GENESIS_NUMBER &&
	    header->count == 1 && header->version == 1;
}

static bitmark_status
check_shape(const struct bitmark_rules *rules,
    const struct bitmark_header *header)
{
	if (header->version < 1 || header->number < NUMBER_MIN)
		return BITMARK_E_HEADER_VERSION;
	if (header->version > rules->header_version_max)
		return BITMARK_E_HEADER_VERSION;
	if (header->count < rules->header_count_min ||
	    header->count > rules->header_count_max)
		return BITMARK_E_TX_COUNT;
	return BITMARK_OK;
}

bitmark_status
bitmark_header_check(const struct bitmark_rules *rules,
    const struct bitmark_header *header, uint64_t now_s)
{
	uint8_t target[BITMARK_TARGET_SIZE];
	bitmark_status status = BITMARK_OK;

	if (!has_genesis_shape(header))
		status = check_shape(rules, header);
	if (status != BITMARK_OK)
		return status;
	/* Written as a difference: now_s + header_future_s could wrap. */
	if (header->timestamp > now_s &&
	    header->timestamp - now_s > rules->header_future_s)
		return BITMARK_E_HEADER_TIMESTAMP;
	return bitmark_target_from_bits(header->bits, target);
}

bitmark_status
bitmark_header_check_work(const struct bitmark_rules *rules,
    const struct bitmark_header *header,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	uint8_t target[BITMARK_TARGET_SIZE], number[BITMARK_DIGEST_SIZE];
	bitmark_status status;

	if (header->bits < rules->difficulty_bits_min ||
	    header->bits > rules->difficulty_bits_max)
		return BITMARK_E_HEADER_DIFFICULTY;
	status = bitmark_target_from_bits(header->bits, target);
	if (status != BITMARK_OK)
		return status;

	/* A digest is a little-endian number, and a target is kept big endian.
	 * In one order, memcmp compares them as numbers. */
	for (size_t i = 0; i < sizeof number; i++)
		number[i] = digest[sizeof number - 1 - i];
	if (memcmp(number, target, sizeof number) > 0)
		return BITMARK_E_HEADER_DIFFICULTY;
	return BITMARK_OK;
}
