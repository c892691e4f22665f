/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Making a template. */
#include "mining/template.h"

#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"
#include "mining/next_header.h"
#include "mining/select.h"

/* The records of a base are told apart by parsing, because each has an id. */
static bitmark_status
put_base(struct bitmark_template *t,
    const struct bitmark_template_config *config,
    const struct bitmark_base *base)
{
	bitmark_status status = BITMARK_OK;

	t->size = t->records = 0;
	for (size_t at = 0, used; at < base->size; at += used) {
		uint8_t id[BITMARK_TX_ID_SIZE];
		struct bitmark_record record;

		status = bitmark_record_parse(config->rules,
		    base->packed + at, base->size - at,
		    config->params->network, &record, &used);
		if (status != BITMARK_OK)
			return BITMARK_E_ARGUMENT;
		bitmark_tx_id(base->packed + at, used, id);
		status = bm_template_put(t, (struct bitmark_span){
		    base->packed + at, used }, id);
		if (status != BITMARK_OK)
			return status;
	}
	t->base_size = t->size;
	return status;
}

/* Put the base and the records that wait. When none of them was taken, the
 * block gets the base for an empty block instead, or is not made at all. */
static bitmark_status
put_records(struct bitmark_template *t,
    const struct bitmark_template_config *config,
    struct bitmark_reservoir *reservoir, struct bitmark_snapshot *snapshot)
{
	bitmark_status status = put_base(t, config, config->base);
	const size_t base_records = t->records;

	if (status == BITMARK_OK)
		status = bm_select(t, config, reservoir, snapshot);
	if (status != BITMARK_OK || t->records > base_records)
		return status;
	return config->empty == NULL ? BITMARK_E_NOT_FOUND :
	    put_base(t, config, config->empty);
}

/* bitmark_merkle_root computes in place and destroys its input, so it gets a
 * copy of the ids. The cast is safe: records_max is at most header_count_max,
 * which fits the header's 16 bits. */
static bitmark_status
set_root(struct bitmark_template *t)
{
	uint8_t *ids = malloc(t->records * BITMARK_TX_ID_SIZE);

	if (ids == NULL)
		return BITMARK_E_NOMEM;
	memcpy(ids, t->ids, t->records * BITMARK_TX_ID_SIZE);
	bitmark_merkle_root(ids, t->records, t->header.merkle);
	free(ids);
	t->header.count = (uint16_t)t->records;
	return BITMARK_OK;
}

/* The rules count all records of a block; the configuration counts those behind
 * the base. A size below that of header and base means "base only" and is no
 * error. */
static bitmark_status
set_limits(struct bitmark_template *t,
    const struct bitmark_template_config *config)
{
	const size_t most = config->rules->header_count_max;
	const size_t bytes = config->bytes_max != 0 &&
	    config->bytes_max < BITMARK_BLOCK_MAX ? config->bytes_max :
	    BITMARK_BLOCK_MAX;
	const size_t least = BITMARK_HEADER_SIZE + config->base->size;

	t->records_max = config->records_max != 0 &&
	    config->records_max < most - config->base->count ?
	    config->records_max + config->base->count : most;
	t->bytes_max = (bytes > least ? bytes : least) - BITMARK_HEADER_SIZE;
	t->ids = malloc(most * BITMARK_TX_ID_SIZE);
	return t->ids == NULL ? BITMARK_E_NOMEM : BITMARK_OK;
}

static bitmark_status
fill(struct bitmark_template *t, const struct bitmark_template_config *config,
    struct bitmark_reservoir *reservoir, struct bitmark_snapshot *snapshot)
{
	bitmark_status status = bm_next_header(config, snapshot, &t->header);

	t->rules = config->rules;
	t->is_free = config->rules->private_without_work &&
	    config->params->is_private;
	t->counts.struct_size = sizeof t->counts;
	if (status == BITMARK_OK)
		status = set_limits(t, config);
	if (status == BITMARK_OK)
		status = put_records(t, config, reservoir, snapshot);
	return status == BITMARK_OK ? set_root(t) : status;
}

/* A base is used as it is: its struct has not grown yet.  One without records
 * was never made, and would give a block that no node takes. */
static bool
is_base(const struct bitmark_base *base)
{
	return BM_FITS(bitmark_base, base) && base->count != 0 &&
	    base->size != 0 && base->size <= sizeof base->packed;
}

/* Has the configuration all that is needed? */
static bool
is_complete(const struct bitmark_template_config *c)
{
	return c->params != NULL && c->rules != NULL && c->base != NULL &&
	    is_base(c->base) && (c->empty == NULL || is_base(c->empty));
}

bitmark_status
bitmark_template_new(struct bitmark_template **t,
    const struct bitmark_template_config *config,
    struct bitmark_reservoir *reservoir, struct bitmark_snapshot *snapshot)
{
	struct bitmark_template_config c;
	struct bitmark_template *made;
	bitmark_status status = BM_IN(bitmark_template_config, &c, config);

	*t = NULL;
	if (status != BITMARK_OK || !is_complete(&c))
		return BITMARK_E_ARGUMENT;
	made = calloc(1, sizeof *made);
	if (made == NULL)
		return BITMARK_E_NOMEM;
	status = fill(made, &c, reservoir, snapshot);
	if (status != BITMARK_OK) {
		bitmark_template_free(made);
		return status;
	}
	*t = made;
	return BITMARK_OK;
}
