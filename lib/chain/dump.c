/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The state of a chain as text that can be compared: one fact to a line,
 * fields separated by one space, and nothing in it that depends on how the
 * store came to this state.
 *
 *   chain NAME
 *   tip NUMBER DIGEST VERSION TIMESTAMP CRC
 *   block NUMBER SIZE DIGEST CRC
 *   tx TXID BLOCK OFFSET SIZE ACCOUNT N held|spent OWNEDBLOCK
 *   tx TXID BLOCK OFFSET SIZE shares
 *   copy TXID BLOCK OFFSET
 *   asset ASSETID BLOCK OFFSET SIZE
 *   payments NUMBER MAP
 *   account ACCOUNT NEXT
 *   owned ACCOUNT N asset TXID TRANSFERBLOCK ISSUEID ISSUEBLOCK ASSETID
 *   owned ACCOUNT N block TXID TRANSFERBLOCK ISSUEID ISSUEBLOCK OWNEDBLOCK
 *   owned ACCOUNT N share TXID TRANSFERBLOCK ISSUEID ISSUEBLOCK ASSETID
 *   share SHAREID BLOCK OFFSET TOTAL
 *   balance ACCOUNT SHAREID BLOCK OFFSET BALANCE
 *   end LINES
 *
 * Kinds of lines come in this order; within a kind they are sorted by the
 * first field, bytes or number.  The owned lines of an account follow its
 * account line, sorted by N.  Balances are sorted by when their account was
 * first known, then by share and block.
 *
 * Numbers are decimal; ids, digests, packed accounts and packed maps are hex
 * in stored order; a CRC is 16 hex digits.  A tx line is a transaction with
 * the place of its record, to whom the item came by it and as which position
 * of their list, and whether it is still held so or was transferred on; a
 * block's base record stands under its foundation id.  A grant or swap moves
 * shares, and no item.  A copy is one more place of a transaction.  OWNEDBLOCK
 * of a tx is the block whose ownership it carries, else 0.  payments is what
 * the map of the block is now.  A share line is a record that made shares of a
 * bitmark, of which one block may have several: the last counts.  A balance is
 * what an account held after a block that has changed it; the offset is that of
 * the first record in the block which did so, and "emptied" is 0 without a row
 * in 0.16.  LINES counts the lines before the last.
 *
 * Every block is compared with its CRC, every index with the record that it
 * leads to and every list with the transactions that made it: a dump that
 * succeeds is also a check of the store.
 */
#include "chain/dump_impl.h"

#include <string.h>

#include "chain/env.h"
#include "chain/owned.h"
#include "chain/read.h"

static bitmark_status
dump_tip(struct bm_dump *d)
{
	const struct bitmark_tip *tip = &d->s->tip;
	bitmark_status status;

	bm_dump_text(d, "chain");
	bm_dump_text(d, d->s->store->params->name);
	status = bm_dump_end_line(d);
	if (status != BITMARK_OK)
		return status;
	bm_dump_text(d, "tip");
	bm_dump_number(d, tip->number);
	bm_dump_hex(d, tip->digest, sizeof tip->digest);
	bm_dump_number(d, tip->version);
	bm_dump_number(d, tip->timestamp);
	bm_dump_crc(d, tip->crc);
	return bm_dump_end_line(d);
}

/* The CRC is computed again over the stored bytes. */
static bitmark_status
dump_block(struct bm_dump *d, uint64_t number)
{
	struct bitmark_span block;
	struct bm_height height;
	bitmark_status status;

	status = bitmark_snapshot_block(d->s, number, &block);
	if (status == BITMARK_OK)
		status = bm_promised(bm_get_height(&d->s->txn, number,
		    &height));
	if (status != BITMARK_OK)
		return status;
	if (height.crc != bitmark_crc(number, block.data, block.size))
		return BITMARK_E_STORE_CORRUPT;
	bm_dump_text(d, "block");
	bm_dump_number(d, number);
	bm_dump_number(d, block.size);
	bm_dump_hex(d, height.digest, sizeof height.digest);
	bm_dump_crc(d, height.crc);
	return bm_dump_end_line(d);
}

static bitmark_status
dump_payments(struct bm_dump *d, uint64_t number)
{
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	size_t size;
	bitmark_status status;

	status = bitmark_snapshot_payments(d->s, number, packed, &size);
	if (status != BITMARK_OK)
		return status;
	bm_dump_text(d, "payments");
	bm_dump_number(d, number);
	bm_dump_hex(d, packed, size);
	return bm_dump_end_line(d);
}

/* A line for every stored block. */
static bitmark_status
dump_numbers(struct bm_dump *d,
    bitmark_status (*one)(struct bm_dump *d, uint64_t number))
{
	bitmark_status status = BITMARK_OK;

	for (uint64_t number = BITMARK_GENESIS_NUMBER + 1;
	    status == BITMARK_OK && number <= d->s->tip.number; number++)
		status = one(d, number);
	return status;
}

static void
put_place(struct bm_dump *d, const struct bitmark_confirmed *c)
{
	bm_dump_number(d, c->number);
	bm_dump_number(d, c->offset);
	bm_dump_number(d, c->packed.size);
}

/* bm_row_fn.  The id is looked up as a user would do it, which compares the row
 * with the record and the record with its hash. */
static bitmark_status
on_tx(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bm_dump *d = user;
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	struct bitmark_account account;
	struct bm_tx tx = { .spent = false };
	bitmark_status status = BITMARK_E_STORE_CORRUPT;

	if (key.size == BITMARK_TX_ID_SIZE)
		status = bm_decode_tx(value, &tx);
	if (status == BITMARK_OK)
		status = bm_promised(bitmark_snapshot_transaction(d->s,
		    key.data, &c));
	if (status == BITMARK_OK && !tx.moves_shares)
		status = bm_tx_holder(d->s, &tx, &account);
	if (status != BITMARK_OK)
		return status;
	bm_dump_text(d, "tx");
	bm_dump_hex(d, key.data, key.size);
	put_place(d, &c);
	if (tx.moves_shares) {
		bm_dump_text(d, "shares");
		return bm_dump_end_line(d);
	}
	bm_dump_account(d, &account);
	bm_dump_number(d, tx.n);
	bm_dump_text(d, tx.spent ? "spent" : "held");
	bm_dump_number(d, tx.owned_block);
	return bm_dump_end_line(d);
}

/* bm_row_fn.  The record at the place has the id of the row. */
static bitmark_status
on_copy(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bm_dump *d = user;
	uint8_t id[BITMARK_TX_ID_SIZE];
	struct bm_copy copy;
	bitmark_status status = bm_decode_copy(key, value, &copy);

	if (status == BITMARK_OK)
		status = bm_tx_id_at(&d->s->txn, &copy.place, id);
	if (status == BITMARK_OK && memcmp(id, key.data, sizeof id) != 0)
		status = BITMARK_E_STORE_CORRUPT;
	if (status != BITMARK_OK)
		return status;
	bm_dump_text(d, "copy");
	bm_dump_hex(d, id, sizeof id);
	bm_dump_number(d, copy.place.block);
	bm_dump_number(d, copy.place.offset);
	return bm_dump_end_line(d);
}

/* bm_row_fn.  The place in the row is checked by looking the asset up. */
static bitmark_status
on_asset(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bm_dump *d = user;
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	bitmark_status status = BITMARK_E_STORE_CORRUPT;

	(void)value;
	if (key.size == BITMARK_ASSET_ID_SIZE)
		status = bm_promised(bitmark_snapshot_asset(d->s, key.data,
		    &c));
	if (status != BITMARK_OK)
		return status;
	bm_dump_text(d, "asset");
	bm_dump_hex(d, key.data, key.size);
	put_place(d, &c);
	return bm_dump_end_line(d);
}

/* The item's last transaction must lead back to the same place in the same
 * list, unless copies of it have given the item more than one. */
static bitmark_status
check_holder(struct bm_dump *d, const struct bitmark_owned *owned)
{
	struct bitmark_account holder;
	struct bitmark_owned found = { .struct_size = sizeof found };
	struct bm_tx tx;
	bitmark_status status;

	status = bm_promised(bm_get_tx(&d->s->txn, owned->tx_id, &tx));
	if (status != BITMARK_OK || tx.copied)
		return status;
	status = bm_promised(bitmark_snapshot_ownership(d->s, owned->tx_id,
	    &holder, &found));
	if (status == BITMARK_OK && (found.n != owned->n ||
	    !bitmark_account_equal(&holder, &d->holder)))
		status = BITMARK_E_STORE_CORRUPT;
	return status;
}

static bitmark_status
on_owned(void *user, const struct bitmark_owned *owned)
{
	static const char *const kinds[] = {
		[BITMARK_ITEM_ASSET] = "asset",
		[BITMARK_ITEM_BLOCK] = "block",
		[BITMARK_ITEM_SHARE] = "share",
	};
	struct bm_dump *d = user;
	bitmark_status status = check_holder(d, owned);

	if (status != BITMARK_OK)
		return status;
	d->owned++;
	bm_dump_text(d, "owned");
	bm_dump_account(d, &d->holder);
	bm_dump_number(d, owned->n);
	bm_dump_text(d, kinds[owned->item]);
	bm_dump_hex(d, owned->tx_id, sizeof owned->tx_id);
	bm_dump_number(d, owned->transfer_block);
	bm_dump_hex(d, owned->issue_id, sizeof owned->issue_id);
	bm_dump_number(d, owned->issue_block);
	if (owned->item == BITMARK_ITEM_BLOCK)
		bm_dump_number(d, owned->owned_block);
	else
		bm_dump_hex(d, owned->asset_id, sizeof owned->asset_id);
	return bm_dump_end_line(d);
}

/* bm_row_fn.  The account's items follow its line, so a list is read once. */
static bitmark_status
on_account(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bm_dump *d = user;
	struct bm_holder owner;
	bitmark_status status;

	if (bitmark_account_parse(key.data, key.size, &d->holder) !=
	    BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;
	status = bm_decode_owner(value, &owner);
	if (status != BITMARK_OK)
		return status;
	bm_dump_text(d, "account");
	bm_dump_account(d, &d->holder);
	bm_dump_number(d, owner.next);
	status = bm_dump_end_line(d);
	if (status != BITMARK_OK)
		return status;
	return bm_owned_items(d->s, &d->holder, 0, on_owned, d);
}

/* No item may be in a list whose owner does not exist. */
static bitmark_status
check_owned(const struct bm_dump *d)
{
	uint64_t rows;
	bitmark_status status = bm_rows(&d->s->txn, BM_TABLE_OWNED, &rows);

	if (status == BITMARK_OK && rows != d->owned)
		status = BITMARK_E_STORE_CORRUPT;
	return status;
}

/* The order of the tables is part of the format of the dump: see the top. */
bitmark_status
bitmark_snapshot_dump(struct bitmark_snapshot *snapshot,
    bitmark_write_fn write, void *user)
{
	const struct bm_txn *t = &snapshot->txn;
	const struct bitmark_span all = { NULL, 0 };
	struct bm_dump d = { .s = snapshot, .write = write, .user = user };
	bitmark_status status = dump_tip(&d);

	if (status == BITMARK_OK)
		status = dump_numbers(&d, dump_block);
	if (status == BITMARK_OK)
		status = bm_scan(t, BM_TABLE_TXS, all, 0, on_tx, &d);
	if (status == BITMARK_OK)
		status = bm_scan(t, BM_TABLE_COPIES, all, 0, on_copy, &d);
	if (status == BITMARK_OK)
		status = bm_scan(t, BM_TABLE_ASSETS, all, 0, on_asset, &d);
	if (status == BITMARK_OK)
		status = dump_numbers(&d, dump_payments);
	if (status == BITMARK_OK)
		status = bm_scan(t, BM_TABLE_ACCOUNTS, all, 0, on_account,
		    &d);
	if (status == BITMARK_OK)
		status = check_owned(&d);
	if (status == BITMARK_OK)
		status = bm_dump_shares(&d);
	if (status != BITMARK_OK)
		return status;
	bm_dump_text(&d, "end");
	bm_dump_number(&d, d.lines);
	return bm_dump_end_line(&d);
}
