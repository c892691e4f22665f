/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A block that is put together, and the questions that a miner and the job
 * table ask of it.
 */
#include "mining/template.h"

#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"

/* Written as subtractions, which cannot overflow: the counts never exceed their
 * bounds. */
bool
bm_template_has_room(const struct bitmark_template *t, size_t records,
    size_t bytes)
{
	return records <= t->records_max - t->records &&
	    bytes <= t->bytes_max - t->size;
}

/* Doubling makes the cost of all records together proportional to their size;
 * a small block is not given the memory of a large one. */
static bitmark_status
grow(struct bitmark_template *t, size_t more)
{
	const size_t capacity = (t->size + more) * 2;
	uint8_t *grown;

	if (more <= t->capacity - t->size)
		return BITMARK_OK;
	grown = realloc(t->packed, capacity);
	if (grown == NULL)
		return BITMARK_E_NOMEM;
	t->packed = grown;
	t->capacity = capacity;
	return BITMARK_OK;
}

bitmark_status
bm_template_put(struct bitmark_template *t, struct bitmark_span packed,
    const uint8_t id[BITMARK_TX_ID_SIZE])
{
	bitmark_status status = grow(t, packed.size);

	if (status != BITMARK_OK)
		return status;
	memcpy(t->packed + t->size, packed.data, packed.size);
	memcpy(t->ids + t->records * BITMARK_TX_ID_SIZE, id,
	    BITMARK_TX_ID_SIZE);
	t->size += packed.size;
	t->records++;
	return BITMARK_OK;
}

void
bitmark_template_free(struct bitmark_template *t)
{
	if (t == NULL)
		return;
	free(t->packed);
	free(t->ids);
	free(t);
}

/*
 * Asking.
 */

const struct bitmark_header *
bitmark_template_header(const struct bitmark_template *t)
{
	return &t->header;
}

const uint8_t *
bitmark_template_ids(const struct bitmark_template *t)
{
	return t->ids;
}

struct bitmark_span
bitmark_template_base(const struct bitmark_template *t)
{
	return (struct bitmark_span){ t->packed, t->base_size };
}

bitmark_status
bitmark_template_get_counts(const struct bitmark_template *t,
    struct bitmark_template_counts *counts)
{
	return BM_OUT(bitmark_template_counts, counts, &t->counts);
}

bool
bitmark_template_is_free(const struct bitmark_template *t)
{
	return t->is_free;
}

/* The input of the digest is the packed header; only the nonce differs between
 * attempts. */
void
bitmark_template_input(const struct bitmark_template *t, uint64_t nonce,
    uint8_t input[BITMARK_HEADER_SIZE])
{
	struct bitmark_header header = t->header;

	header.nonce = nonce;
	bitmark_header_pack(&header, input);
}

bool
bitmark_template_found(const struct bitmark_template *t,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	return t->is_free || bitmark_header_check_work(t->rules, &t->header,
	    digest) == BITMARK_OK;
}

bitmark_status
bitmark_template_block(const struct bitmark_template *t, uint64_t nonce,
    uint8_t **block, size_t *size)
{
	*size = BITMARK_HEADER_SIZE + t->size;
	*block = malloc(*size);
	if (*block == NULL)
		return BITMARK_E_NOMEM;
	bitmark_template_input(t, nonce, *block);
	memcpy(*block + BITMARK_HEADER_SIZE, t->packed, t->size);
	return BITMARK_OK;
}
