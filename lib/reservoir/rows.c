/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The rows of the journal, how they are written and read.
 *
 *   'A' asset id   version, time of the last announcement, record
 *   'B' number     a block that is being removed from the chain
 *   'O' pay id     version, end, currency, outputs
 *   'U' pay id     version, state, how verified, client nonce, times,
 *                  alternatives, records, a byte for each: confirmed?
 *
 * Numbers are Varint64 (in a key 8 bytes, big endian), bytes are counted.  Ids
 * and links are not written: they follow from the records.  The alternatives
 * are: what must be paid was told when the unit came, and holds although the
 * blocks that it followed from may be gone.
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

#define ROW_VERSION 1

/*
 * Writing.
 */

static void
write_asset(struct bm_writer *w, const struct bm_row *row)
{
	const struct bm_asset *a = (const struct bm_asset *)row;

	bm_write_u8(w, ROW_VERSION);
	bm_write_varint(w, a->heard_s);
	bm_write_counted(w, a->packed, a->size);
}

static void
write_payment(struct bm_writer *w, const struct bitmark_payment *p)
{
	bm_write_varint(w, (uint64_t)p->currency);
	bm_write_counted(w, p->address, strlen(p->address));
	bm_write_varint(w, p->amount);
}

static void
write_orphan(struct bm_writer *w, const struct bm_row *row)
{
	const struct bm_orphan *o = (const struct bm_orphan *)row;

	bm_write_u8(w, ROW_VERSION);
	bm_write_varint(w, o->until_s);
	bm_write_varint(w, (uint64_t)o->currency);
	bm_write_varint(w, o->count);
	for (size_t i = 0; i < o->count; i++)
		write_payment(w, &o->output[i]);
}

static void
write_alternatives(struct bm_writer *w,
    const struct bitmark_alternatives *payments)
{
	bm_write_varint(w, payments->count);
	for (size_t i = 0; i < payments->count; i++) {
		const struct bitmark_alternative *a =
		    &payments->alternative[i];

		bm_write_varint(w, a->count);
		for (size_t k = 0; k < a->count; k++)
			write_payment(w, &a->segment[k]);
	}
}

static void
write_unit(struct bm_writer *w, const struct bm_row *row)
{
	const struct bm_unit *u = (const struct bm_unit *)row;

	bm_write_u8(w, ROW_VERSION);
	bm_write_u8(w, (uint8_t)u->state);
	bm_write_u8(w, (uint8_t)u->verified_by);
	bm_write_counted(w, u->nonce, u->nonce_size);
	bm_write_varint(w, u->since_s);
	bm_write_varint(w, u->until_s);
	write_alternatives(w, &u->payments);
	bm_write_counted(w, u->packed, u->size);
	for (size_t i = 0; i < u->count; i++)
		bm_write_u8(w, u->member[i].confirmed);
}

/*
 * Reading.
 */

static void
read_payment(struct bm_reader *r, struct bitmark_payment *p)
{
	struct bitmark_span address;

	p->currency = (enum bitmark_currency)bm_read_varint_clipped(r, 0,
	    BITMARK_CURRENCY_COUNT - 1);
	address = bm_read_counted(r, 0, BITMARK_ADDRESS_TEXT_MAX);
	memset(p->address, 0, sizeof p->address);
	if (address.size > 0)
		memcpy(p->address, address.data, address.size);
	p->amount = bm_read_varint(r);
}

static void
read_alternatives(struct bm_reader *r, struct bitmark_alternatives *payments)
{
	payments->count = (size_t)bm_read_varint_clipped(r, 0,
	    BITMARK_CURRENCY_COUNT - 1);
	for (size_t i = 0; i < payments->count; i++) {
		struct bitmark_alternative *a = &payments->alternative[i];

		a->count = (size_t)bm_read_varint_clipped(r, 1,
		    BITMARK_SEGMENTS_MAX);
		for (size_t k = 0; k < a->count; k++)
			read_payment(r, &a->segment[k]);
	}
}

/* The id follows from the record, and must be that of the key: otherwise the
 * asset would be found under an id that is not its own. */
static bitmark_status
load_asset(struct bitmark_reservoir *r, const uint8_t *id,
    struct bitmark_span value)
{
	struct bm_reader in = bm_reader(value.data, value.size);
	uint8_t found[BITMARK_ASSET_ID_SIZE], *copy;
	struct bitmark_record record;
	struct bitmark_span packed;
	struct bm_asset *a;
	uint64_t heard_s;
	size_t used;

	if (bm_read_u8(&in) != ROW_VERSION)
		return BITMARK_E_STORE_CORRUPT;
	heard_s = bm_read_varint(&in);
	packed = bm_read_counted(&in, 1, BITMARK_RECORD_PACKED_MAX);
	if (!bm_reader_ok(&in) || in.left != 0 ||
	    bm_parse(r, packed, &record, &used) != BITMARK_OK ||
	    used != packed.size || record.tag != BITMARK_RECORD_ASSET)
		return BITMARK_E_STORE_CORRUPT;
	bitmark_asset_id(record.asset.fingerprint, found);
	if (memcmp(found, id, sizeof found) != 0)
		return BITMARK_E_STORE_CORRUPT;

	a = bm_asset_slot(r, id);
	copy = malloc(packed.size);
	if (a != NULL && copy != NULL) {
		memcpy(copy, packed.data, packed.size);
		if (bm_asset_fill(r, a, copy, packed.size, heard_s) ==
		    BITMARK_OK)
			return BITMARK_OK;
	}
	free(copy);
	return BITMARK_E_NOMEM;
}

static bitmark_status
load_orphan(struct bitmark_reservoir *r, const uint8_t *id,
    struct bitmark_span value)
{
	struct bm_reader in = bm_reader(value.data, value.size);
	struct bitmark_payment output[BITMARK_PAID_MAX];
	struct bitmark_paid paid = {
		.struct_size = sizeof paid, .output = output,
	};
	struct bm_orphan *o;
	uint64_t until_s;
	bitmark_status status;

	if (bm_read_u8(&in) != ROW_VERSION)
		return BITMARK_E_STORE_CORRUPT;
	until_s = bm_read_varint(&in);
	paid.currency = (enum bitmark_currency)bm_read_varint_clipped(&in, 1,
	    BITMARK_CURRENCY_COUNT - 1);
	paid.count = (size_t)bm_read_varint_clipped(&in, 0, BITMARK_PAID_MAX);
	for (size_t i = 0; i < paid.count; i++)
		read_payment(&in, &output[i]);
	if (!bm_reader_ok(&in) || in.left != 0)
		return BITMARK_E_STORE_CORRUPT;
	status = bm_orphan_room(r);
	if (status != BITMARK_OK)
		return status;
	o = bm_orphan_new(id, &paid, until_s);
	if (o == NULL)
		return BITMARK_E_NOMEM;
	bm_orphan_add(r, o);
	return BITMARK_OK;
}

/* Rows come in the order of their keys, which is that of the numbers. */
static bitmark_status
load_block(struct bitmark_reservoir *r, const uint8_t *id,
    struct bitmark_span value)
{
	struct bm_removed *block = malloc(sizeof *block + value.size);

	if (block == NULL)
		return BITMARK_E_NOMEM;
	block->number = bm_get_u64be(id);
	block->size = value.size;
	memcpy(block->bytes, value.data, value.size);
	STAILQ_INSERT_TAIL(&r->removed, block, next);
	return BITMARK_OK;
}

/* The state that the members and the proof allow, whatever the row says: a row
 * that contradicts itself must not bring a unit into a state that no call could
 * have brought it into. */
static void
restore_state(struct bm_unit *u, uint8_t state, uint8_t verified_by,
    struct bitmark_span nonce)
{
	if (verified_by == BM_BY_PAYMENT ||
	    (verified_by == BM_BY_PROOF && nonce.size > 0)) {
		u->verified_by = (enum bm_verified_by)verified_by;
		u->state = BM_UNIT_VERIFIED;
	}
	if (u->verified_by == BM_BY_PROOF) {
		memcpy(u->nonce, nonce.data, nonce.size);
		u->nonce_size = nonce.size;
	}
	if (state == BM_UNIT_SETTLED && u->waiting == 0)
		u->state = BM_UNIT_SETTLED;
}

/* The rest of a row, into a unit that was made of its records.  Only then is it
 * known how many bytes must follow. */
static bitmark_status
load_members(struct bm_reader *in, struct bm_unit *u)
{
	for (size_t i = 0; i < u->count; i++) {
		u->member[i].confirmed = bm_read_u8(in) != 0;
		u->waiting -= u->member[i].confirmed;
	}
	return bm_reader_ok(in) && in->left == 0 ?
	    BITMARK_OK : BITMARK_E_STORE_CORRUPT;
}

/* Everything is checked as if a stranger had written the row: a damaged store,
 * or one of another release, must not break the maps. */
static bitmark_status
load_unit(struct bitmark_reservoir *r, const uint8_t *id,
    struct bitmark_span value)
{
	struct bm_reader in = bm_reader(value.data, value.size);
	struct bitmark_alternatives payments = { 0 };
	struct bitmark_span nonce, packed;
	uint8_t version = bm_read_u8(&in), state = bm_read_u8(&in);
	uint8_t verified_by = bm_read_u8(&in);
	uint64_t since_s, until_s;
	struct bm_unit *u;
	bitmark_status status;

	nonce = bm_read_counted(&in, 0, BITMARK_CLIENT_NONCE_MAX);
	since_s = bm_read_varint(&in);
	until_s = bm_read_varint(&in);
	read_alternatives(&in, &payments);
	packed = bm_read_counted(&in, 1, r->limits.bytes);
	if (!bm_reader_ok(&in) || version != ROW_VERSION)
		return BITMARK_E_STORE_CORRUPT;
	status = bm_unit_new(r, packed.data, packed.size, &u);
	if (status != BITMARK_OK)
		return status;
	status = load_members(&in, u);
	if (status == BITMARK_OK && (!bm_unit_is_new(r, u) ||
	    memcmp(u->pay_id, id, sizeof u->pay_id) != 0))
		status = BITMARK_E_STORE_CORRUPT;
	if (status == BITMARK_OK)
		status = bm_unit_room(r, u);
	if (status != BITMARK_OK) {
		bm_unit_free(r, u);
		return status;
	}
	u->since_s = since_s;
	u->until_s = until_s;
	u->payments = payments;
	restore_state(u, state, verified_by, nonce);
	bm_unit_add(r, u);
	return BITMARK_OK;
}

/*
 * Kinds, in the order of enum bm_row_kind.  A key of another length than its
 * kind has is no row of ours.
 */

static const struct {
	uint8_t letter;                 /* first byte of the key */
	size_t id_size;                 /* the rest of it        */
	void (*write)(struct bm_writer *w, const struct bm_row *row);
	bitmark_status (*load)(struct bitmark_reservoir *r, const uint8_t *id,
	    struct bitmark_span value);
} kinds[] = {
	{ 'A', BITMARK_ASSET_ID_SIZE, write_asset, load_asset },
	{ 'B', BM_ROW_NUMBER_SIZE, NULL, load_block },
	{ 'O', BITMARK_PAY_ID_SIZE, write_orphan, load_orphan },
	{ 'U', BITMARK_PAY_ID_SIZE, write_unit, load_unit },
};

struct bitmark_span
bm_row_key(uint8_t out[BITMARK_JOURNAL_KEY_MAX], enum bm_row_kind kind,
    const uint8_t *id)
{
	out[0] = kinds[kind].letter;
	memcpy(out + 1, id, kinds[kind].id_size);
	return (struct bitmark_span){ out, 1 + kinds[kind].id_size };
}

void
bm_row_write(struct bm_writer *w, const struct bm_row *row)
{
	kinds[row->kind].write(w, row);
}

bitmark_status
bm_row_load(struct bitmark_reservoir *r, struct bitmark_span key,
    struct bitmark_span value)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (key.size == 1 + kinds[i].id_size &&
		    key.data[0] == kinds[i].letter)
			return kinds[i].load(r, key.data + 1, value);
	return BITMARK_E_STORE_CORRUPT;
}
