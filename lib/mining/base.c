/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The base records of our blocks.  Ed25519 is deterministic and nothing in them
 * is different from block to block, so the bytes are always the same; blocks
 * are told apart by the foundation id, which has the digest in it.
 */
#include <bitmarkpeer/mining.h>

#include <string.h>

#include "codec/sized.h"

/* Sign the record and append it to the base. bitmark_record_pack checks every
 * field against the rules, so nothing is checked here. ${base} is dropped by
 * bitmark_base_make when a later record fails. */
static bitmark_status
add_record(const struct bitmark_miner *m, struct bitmark_record *record,
    struct bitmark_base *base)
{
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	struct bitmark_account signer;
	size_t size;
	bitmark_status status = bitmark_record_sign(record, m->key,
	    signature);

	bitmark_private_key_account(m->key, &signer);
	if (status == BITMARK_OK)
		status = bitmark_record_pack(m->rules, record, &signer,
		    base->packed + base->size,
		    sizeof base->packed - base->size, &size);
	if (status != BITMARK_OK)
		return status;
	base->size += size;
	base->count++;
	return BITMARK_OK;
}

static bitmark_status
add_foundation(const struct bitmark_miner *m, struct bitmark_base *base)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_FOUNDATION,
		.foundation = {
			.version = BITMARK_PAYMENTS_VERSION,
			.payments = m->payments,
			.nonce = BITMARK_FOUNDATION_NONCE,
		},
	};

	bitmark_private_key_account(m->key, &r.foundation.owner);
	return add_record(m, &r, base);
}

static bitmark_status
add_base_data(const struct bitmark_miner *m, enum bitmark_currency currency,
    struct bitmark_base *base)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_BASE_DATA,
		.base_data = {
			.currency = currency,
			.address = m->payments.address[currency],
			.nonce = BITMARK_FOUNDATION_NONCE,
		},
	};

	bitmark_private_key_account(m->key, &r.base_data.owner);
	return add_record(m, &r, base);
}

/* Rules 8.2 have one base record for each currency, Bitcoin first; the order
 * decides the merkle root. */
static bitmark_status
add_pair(const struct bitmark_miner *m, struct bitmark_base *base)
{
	bitmark_status status = add_base_data(m, BITMARK_CURRENCY_BITCOIN,
	    base);

	return status == BITMARK_OK ? add_base_data(m,
	    BITMARK_CURRENCY_LITECOIN, base) : status;
}

/* The addresses come first, as bitmarkd checks them before the key. */
static bitmark_status
check_miner(const struct bitmark_miner *m)
{
	const enum bitmark_network network = m->params->network;
	bitmark_status status = bitmark_payments_check(m->rules,
	    BITMARK_PAYMENTS_VERSION, &m->payments, network);

	if (status != BITMARK_OK)
		return status;
	return m->key->network == network ? BITMARK_OK :
	    BITMARK_E_WRONG_NETWORK_PRIVATE;
}

bitmark_status
bitmark_base_make(const struct bitmark_miner *miner,
    enum bitmark_base_kind kind, struct bitmark_base *base)
{
	struct bitmark_base made = { .struct_size = sizeof made };
	struct bitmark_miner m;
	bitmark_status status = BM_IN(bitmark_miner, &m, miner);

	if (status != BITMARK_OK || !BM_FITS(bitmark_base, base))
		return BITMARK_E_ARGUMENT;
	status = check_miner(&m);
	if (status == BITMARK_OK)
		status = kind == BITMARK_BASE_PAIR ? add_pair(&m, &made) :
		    add_foundation(&m, &made);
	return status == BITMARK_OK ? BM_OUT(bitmark_base, base, &made) :
	    status;
}
