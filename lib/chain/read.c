/* From rows to records: the newest block, records at places, base records. */
#include "chain/store.h"
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

/* Number of the newest block: the last key of heights. */
static bitmark_status
last_number(const struct bm_txn *t, uint64_t *number)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int code = mdb_cursor_open(t->mdb, t->table[BM_TABLE_HEIGHTS],
	    &cursor);

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

bitmark_status
bm_tip(const struct bm_txn *t, const struct bitmark_chain_params *params,
    struct bitmark_tip *tip)
{
	uint64_t number = 0;
	bitmark_status status = last_number(t, &number);

	if (status == BITMARK_E_NOT_FOUND) {
		*tip = genesis_tip(params);
		return BITMARK_OK;
	}
	return status == BITMARK_OK ? stored_tip(t, number, tip) : status;
}

bitmark_status
bm_record_at(const struct bm_txn *t, const struct bitmark_rules *rules,
    enum bitmark_network network, const struct bm_place *place,
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
	status = bitmark_record_parse(rules, block.data + place->offset,
	    block.size - (size_t)place->offset, network, &parsed, &used);
	if (status != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;

	if (record != NULL)
		*record = parsed;
	if (packed != NULL)
		*packed = (struct bitmark_span){ block.data + place->offset,
		    used };
	return BITMARK_OK;
}

bitmark_status
bm_linked(const struct bitmark_chain *chain, const struct bm_txn *t,
    const struct bitmark_record *record, struct bm_tx *from,
    struct bitmark_account *owner)
{
	const struct bitmark_account *named;
	struct bitmark_record linked;
	bitmark_status status = bm_get_tx(t, bitmark_record_link(record),
	    from);

	if (status == BITMARK_OK)
		status = bm_record_at(t, chain->rules, chain->params->network,
		    &from->place, &linked, NULL);
	if (status != BITMARK_OK)
		return status;
	named = bitmark_record_owner(&linked);
	if (named == NULL)
		return BITMARK_E_STORE_CORRUPT;
	*owner = *named;
	return BITMARK_OK;
}

/*
 * The map of obsolete base records: both entries when there are two, else the
 * one and its Litecoin counterpart, empty (and so refused) when there is none.
 * Source: bitmarkd v8.2 block/store.go
 */
static bitmark_status
base_data_payments(const struct bitmark_rules *rules,
    enum bitmark_network network, const struct bitmark_record *first,
    const struct bitmark_record *second, struct bm_base *base)
{
	const struct bitmark_base_data *a = &first->base_data;
	char litecoin[BITMARK_ADDRESS_TEXT_MAX + 1];
	struct bitmark_payments payments = { 0 };
	bitmark_status status = bitmark_address_check(rules, a->currency,
	    a->address, network);

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
	return bitmark_payments_pack(rules, &payments, network,
	    base->payments, &base->payments_size);
}

static bitmark_status
foundation_payments(const struct bitmark_rules *rules,
    enum bitmark_network network, const struct bitmark_record *record,
    struct bm_base *base)
{
	const struct bitmark_foundation *f = &record->foundation;
	bitmark_status status = bitmark_payments_check(rules, f->version,
	    &f->payments, network);

	if (status != BITMARK_OK)
		return status;
	return bitmark_payments_pack(rules, &f->payments, network,
	    base->payments, &base->payments_size);
}

/* Is the next record a second base record?  Then it is left in the walk. */
static bool
next_is_base_data(struct bitmark_block_walk *walk)
{
	return walk->index < walk->header.count &&
	    bitmark_block_walk_next(walk) == BITMARK_OK &&
	    walk->record.tag == BITMARK_RECORD_BASE_DATA;
}

bitmark_status
bm_base_read(const struct bitmark_rules *rules, enum bitmark_network network,
    struct bitmark_span block, struct bm_base *base)
{
	struct bitmark_block_walk walk;
	struct bitmark_record first;
	bitmark_status status = bitmark_block_walk_start(&walk, rules,
	    block.data, block.size, network);

	if (status == BITMARK_OK)
		status = bitmark_block_walk_next(&walk);
	if (status != BITMARK_OK)
		return status;

	first = walk.record;
	base->count = 1;
	base->packed = walk.packed;
	if (first.tag == BITMARK_RECORD_FOUNDATION) {
		base->owner = first.foundation.owner;
		return foundation_payments(rules, network, &first, base);
	}
	if (first.tag != BITMARK_RECORD_BASE_DATA)
		return BITMARK_E_NO_BLOCK_OWNER;
	base->owner = first.base_data.owner;
	if (!next_is_base_data(&walk))
		return base_data_payments(rules, network, &first, NULL, base);
	base->count = 2;
	base->packed.size += walk.packed.size;
	return base_data_payments(rules, network, &first, &walk.record, base);
}
