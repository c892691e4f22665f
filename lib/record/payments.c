/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Currency maps: for each currency its number and its address.
 *
 * Maps are packed in ascending order, and read in any order with repetitions,
 * as in v8.2.  Blocks may hold such maps; their signatures are checked over
 * the map that is packed anew [D-30].
 *
 * Source: bitmarkd v8.2 currency/mapped.go
 */
#include <bitmarkpeer/currency.h>

#include "codec/codec.h"

/* Shortest buffer that is looked at, and limits of a packed address.  Bytes.
 * Source: bitmarkd v8.2 currency/mapped.go UnpackMap */
#define PACKED_MIN 2
#define PACKED_ADDRESS_MIN 1
#define PACKED_ADDRESS_MAX 255

static bitmark_status
read_entry(const struct bitmark_rules *rules, struct bm_reader *r,
    enum bitmark_network network, struct bitmark_payments *payments)
{
	enum bitmark_currency currency;
	struct bitmark_span address;
	uint64_t number = bm_read_varint(r);
	bitmark_status status;

	if (!bm_reader_ok(r) || number == BITMARK_CURRENCY_NOTHING)
		return BITMARK_E_CURRENCY;
	status = bitmark_currency_from_number(number, &currency);
	if (status != BITMARK_OK)
		return status;
	/* v8.2 does not check that the address is all there, and reads past
	 * the end of the map when it is cut off. */
	address = bm_read_counted(r, PACKED_ADDRESS_MIN, PACKED_ADDRESS_MAX);
	if (!bm_reader_ok(r))
		return BITMARK_E_COUNT;
	status = bitmark_address_check(rules, currency, address, network);
	if (status == BITMARK_OK)
		payments->address[currency] = address;
	return status;
}

bitmark_status
bitmark_payments_parse(const struct bitmark_rules *rules, const uint8_t *data,
    size_t size, enum bitmark_network network,
    struct bitmark_payments *payments)
{
	struct bitmark_payments map = { 0 };
	struct bm_reader r = bm_reader(data, size);

	if (size < PACKED_MIN)
		return BITMARK_E_BUFFER;
	while (r.left > 0) {
		bitmark_status status = read_entry(rules, &r, network, &map);

		if (status != BITMARK_OK)
			return status;
	}
	*payments = map;
	return BITMARK_OK;
}

bitmark_status
bitmark_payments_pack(const struct bitmark_rules *rules,
    const struct bitmark_payments *payments, enum bitmark_network network,
    uint8_t out[BITMARK_PAYMENTS_PACKED_MAX], size_t *size)
{
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	struct bm_writer w = bm_writer(packed, sizeof packed);
	bool complete =
	    payments->address[BITMARK_CURRENCY_NOTHING].data == NULL;

	/* Errors of addresses come before that of an entry that cannot be
	 * packed, as in v8.2, which notices such an entry only when it counts
	 * the packed ones. */
	for (unsigned i = BITMARK_CURRENCY_NOTHING + 1;
	    i < BITMARK_CURRENCY_COUNT; i++) {
		struct bitmark_span address = payments->address[i];
		bitmark_status status;

		if (address.data == NULL)
			continue;
		if (address.size == 0) {
			complete = false;
			continue;
		}
		status = bitmark_address_check(rules, (enum bitmark_currency)i,
		    address, network);
		if (status != BITMARK_OK)
			return status;
		bm_write_varint(&w, i);
		bm_write_counted(&w, address.data, address.size);
	}
	if (!complete)
		return BITMARK_E_CURRENCY;
	memcpy(out, packed, w.size);
	*size = w.size;
	return BITMARK_OK;
}

bitmark_status
bitmark_payments_check(const struct bitmark_rules *rules, uint64_t version,
    const struct bitmark_payments *payments, enum bitmark_network network)
{
	/* Version 1, the only one, demands an address of each currency and
	 * none of "Nothing". */
	bool exact = payments->address[BITMARK_CURRENCY_NOTHING].data == NULL;

	if (version != BITMARK_PAYMENTS_VERSION)
		return BITMARK_E_PAYMENT_VERSION;
	for (unsigned i = BITMARK_CURRENCY_NOTHING + 1;
	    i < BITMARK_CURRENCY_COUNT; i++) {
		bitmark_status status;

		if (payments->address[i].data == NULL) {
			exact = false;
			continue;
		}
		status = bitmark_address_check(rules, (enum bitmark_currency)i,
		    payments->address[i], network);
		if (status != BITMARK_OK)
			return status;
	}
	return exact ? BITMARK_OK : BITMARK_E_CURRENCY_ADDRESS;
}
