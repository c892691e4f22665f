/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A record is found by its place and parsed again each time: the indexes hold
 * no copies of what records say, so they cannot contradict them.
 */
#include "chain/read.h"

#include <string.h>

#include "chain/env.h"
#include "chain/runs.h"
#include "codec/codec.h"

/* Genesis bounds no timestamp.  Source: bitmarkd v8.2 block/setup.go */
static struct bitmark_tip
genesis_tip(const struct bitmark_chain_params *params)
{
	struct bitmark_tip tip = {
		.number = BITMARK_GENESIS_NUMBER,
		.version = 1,
		.timestamp = 0,
		.crc = params->genesis_crc,
	};

	memcpy(tip.digest, params->genesis_digest, sizeof tip.digest);
	return tip;
}

/* Number of the newest block: the last key of heights, which LMDB finds by
 * going down the right side of the tree. */
static bitmark_status
last_number(const struct bm_txn *t, uint64_t *number)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int code = mdb_cursor_open(t->mdb,
	    t->store->table[BM_TABLE_HEIGHTS], &cursor);

	if (code != 0)
		return bm_store_status(code);
	code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	mdb_cursor_close(cursor);
	if (code != 0)
		return bm_store_status(code);
	if (key.mv_size != BM_NUMBER_KEY_SIZE)
		return BITMARK_E_STORE_CORRUPT;
	*number = bm_get_u64be(key.mv_data);
	return BITMARK_OK;
}

/* A height without its block, or a block that cannot be read, cannot come from
 * a crash: both are written by one transaction. */
static bitmark_status
stored_tip(const struct bm_txn *t, uint64_t number, struct bitmark_tip *tip)
{
	struct bitmark_span block;
	struct bitmark_header header;
	struct bm_height height;
	bitmark_status status = bm_get_height(t, number, &height);

	if (status == BITMARK_OK)
		status = bm_get_block(t, number, &block);
	if (status != BITMARK_OK)
		return bm_store_error(status);
	status = bitmark_header_parse(block.data, block.size, &header);
	if (status != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;

	*tip = (struct bitmark_tip){
		.number = number,
		.version = header.version,
		.timestamp = header.timestamp,
		.crc = height.crc,
	};
	memcpy(tip->digest, height.digest, sizeof tip->digest);
	return BITMARK_OK;
}

/* A store without blocks is at genesis, which is not stored. */
bitmark_status
bm_tip(const struct bm_txn *t, struct bitmark_tip *tip)
{
	uint64_t number = 0;
	bitmark_status status = last_number(t, &number);

	if (status == BITMARK_E_NOT_FOUND) {
		*tip = genesis_tip(t->store->params);
		return BITMARK_OK;
	}
	return status == BITMARK_OK ? stored_tip(t, number, tip) : status;
}

/* The record was verified when its block was stored.  So if it cannot be read
 * now, a row is wrong or the block was damaged. */
bitmark_status
bm_record_at(const struct bm_txn *t, const struct bm_place *place,
    struct bitmark_record *record, struct bitmark_span *packed)
{
	struct bitmark_record parsed;
	struct bitmark_span block;
	size_t used;
	bitmark_status status = bm_get_block(t, place->block, &block);

	if (status != BITMARK_OK)
		return bm_store_error(status);
	if (place->offset < BITMARK_HEADER_SIZE || place->offset >= block.size)
		return BITMARK_E_STORE_CORRUPT;
	status = bitmark_record_parse(t->store->rules,
	    block.data + place->offset, block.size - (size_t)place->offset,
	    t->store->params->network, &parsed, &used);
	if (status != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;

	if (record != NULL)
		*record = parsed;
	if (packed != NULL)
		*packed = (struct bitmark_span){ block.data + place->offset,
		    used };
	return BITMARK_OK;
}

/* The owner stays who it was when a bitmark becomes shares; the linked record
 * is none that made shares, and names one. */
static bitmark_status
owner_of(const struct bm_txn *t, const struct bitmark_record *record,
    struct bitmark_account *owner)
{
	const struct bitmark_account *named = bitmark_record_owner(record);
	struct bitmark_record linked;
	struct bm_tx from;
	bitmark_status status = BITMARK_OK;

	if (record->tag == BITMARK_RECORD_SHARE) {
		status = bm_promised(bm_get_tx(t, record->share.link, &from));
		if (status == BITMARK_OK)
			status = bm_record_at(t, &from.place, &linked, NULL);
		if (status != BITMARK_OK)
			return status;
		named = bitmark_record_owner(&linked);
	}
	if (named == NULL)
		return BITMARK_E_STORE_CORRUPT;
	*owner = *named;
	return BITMARK_OK;
}

/* All records that change an owner name one; a place that leads to another kind
 * of record is wrong. */
bitmark_status
bm_owner_at(const struct bm_txn *t, const struct bm_place *place,
    struct bitmark_account *owner)
{
	struct bitmark_record record;
	bitmark_status status = bm_record_at(t, place, &record, NULL);

	return status == BITMARK_OK ? owner_of(t, &record, owner) : status;
}

bitmark_status
bm_tx_id_at(const struct bm_txn *t, const struct bm_place *place,
    uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_span packed;
	bitmark_status status = bm_record_at(t, place, NULL, &packed);

	if (status == BITMARK_OK)
		bitmark_tx_id(packed.data, packed.size, id);
	return status;
}

bitmark_status
bm_named_at(const struct bm_txn *t, const struct bm_place *place,
    struct bitmark_account named[BM_NAMED_MAX], size_t *count)
{
	struct bitmark_record record;
	bitmark_status status = bm_record_at(t, place, &record, NULL);

	*count = BM_NAMED_MAX;
	if (status != BITMARK_OK)
		return status;
	if (record.tag == BITMARK_RECORD_GRANT) {
		named[0] = record.grant.owner;
		named[1] = record.grant.recipient;
	} else if (record.tag == BITMARK_RECORD_SWAP) {
		named[0] = record.swap.owner_one;
		named[1] = record.swap.owner_two;
	} else {
		*count = 1;
		status = record.tag == BITMARK_RECORD_SHARE ?
		    owner_of(t, &record, &named[0]) : BITMARK_E_STORE_CORRUPT;
	}
	return status;
}

bool
bm_is_base(const struct bitmark_record *record)
{
	return record->tag == BITMARK_RECORD_BASE_DATA ||
	    record->tag == BITMARK_RECORD_FOUNDATION;
}

/*
 * The map of obsolete base records: both entries when there are two, else the
 * one and its Litecoin counterpart, empty (and so refused) when there is none.
 * Source: bitmarkd v8.2 block/store.go
 */
static bitmark_status
base_data_payments(const struct bm_store *store,
    const struct bitmark_record *first, const struct bitmark_record *second,
    struct bm_base *base)
{
	const enum bitmark_network network = store->params->network;
	const struct bitmark_base_data *a = &first->base_data;
	char litecoin[BITMARK_ADDRESS_TEXT_MAX + 1];
	struct bitmark_payments payments = { 0 };
	bitmark_status status = bitmark_address_check(store->rules,
	    a->currency, a->address, network);

	if (status != BITMARK_OK)
		return status;
	payments.address[a->currency] = a->address;
	if (second != NULL) {
		payments.address[second->base_data.currency] =
		    second->base_data.address;
	} else {
		if (bitmark_address_litecoin_from_bitcoin(a->address,
		    litecoin) != BITMARK_OK)
			litecoin[0] = '\0';
		payments.address[BITMARK_CURRENCY_LITECOIN] =
		    bm_span_of(litecoin);
	}
	return bitmark_payments_pack(store->rules, &payments, network,
	    base->payments, &base->payments_size);
}

static bitmark_status
foundation_payments(const struct bm_store *store,
    const struct bitmark_record *record, struct bm_base *base)
{
	const enum bitmark_network network = store->params->network;
	const struct bitmark_foundation *f = &record->foundation;
	bitmark_status status = bitmark_payments_check(store->rules,
	    f->version, &f->payments, network);

	if (status != BITMARK_OK)
		return status;
	return bitmark_payments_pack(store->rules, &f->payments, network,
	    base->payments, &base->payments_size);
}

/* A foundation is one record; the older kind of base records are one or two,
 * each for one currency. */
bitmark_status
bm_base_judge(const struct bm_store *store,
    const struct bitmark_record *first, const struct bitmark_record *second,
    struct bm_base *base)
{
	base->count = 1;
	if (first->tag == BITMARK_RECORD_FOUNDATION) {
		base->owner = first->foundation.owner;
		return foundation_payments(store, first, base);
	}
	if (first->tag != BITMARK_RECORD_BASE_DATA)
		return BITMARK_E_NO_BLOCK_OWNER;
	base->owner = first->base_data.owner;
	if (second == NULL || second->tag != BITMARK_RECORD_BASE_DATA)
		return base_data_payments(store, first, NULL, base);
	base->count = 2;
	return base_data_payments(store, first, second, base);
}

/* Only as many records are parsed as may be base records. */
bitmark_status
bm_base_read(const struct bm_store *store, struct bitmark_span block,
    struct bm_base *base)
{
	const struct bitmark_record *second = NULL;
	struct bitmark_block_walk walk;
	struct bitmark_record first;
	struct bitmark_span packed;
	bitmark_status status = bitmark_block_walk_start(&walk, store->rules,
	    block.data, block.size, store->params->network);

	if (status == BITMARK_OK)
		status = bitmark_block_walk_next(&walk);
	if (status != BITMARK_OK)
		return status;
	first = walk.record;
	packed = walk.packed;
	if (first.tag == BITMARK_RECORD_BASE_DATA &&
	    walk.index < walk.header.count &&
	    bitmark_block_walk_next(&walk) == BITMARK_OK)
		second = &walk.record;
	status = bm_base_judge(store, &first, second, base);
	if (status != BITMARK_OK)
		return status;
	if (base->count == 2)
		packed.size += walk.packed.size;
	base->packed = packed;
	return BITMARK_OK;
}
