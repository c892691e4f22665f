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
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chain/env.h"
#include "chain/owned.h"
#include "chain/read.h"
#include "chain/share_query.h"
#include "codec/codec.h"

/* Longest line: an owned one, below 600. */
#define LINE_MAX_SIZE 1024

struct dump {
	struct bitmark_snapshot *s;
	bitmark_write_fn write;
	void *user;
	uint64_t lines;
	struct bitmark_account holder;  /* of the owned lines */
	uint64_t owned;                 /* owned lines        */
	uint8_t pair[BM_BALANCE_PAIR_SIZE];     /* of the last balance line */
	uint64_t pairs;
	char line[LINE_MAX_SIZE];
	size_t size;
};

/* Fields of the line that is being made.  Every one of them is bounded, so
 * that a line always fits. */

static void
put_text(struct dump *d, const char *text)
{
	size_t size = strlen(text);

	if (size + 1 > sizeof d->line - d->size)
		return;
	if (d->size != 0)
		d->line[d->size++] = ' ';
	memcpy(d->line + d->size, text, size);
	d->size += size;
}

static void
put_number(struct dump *d, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, number);
	put_text(d, text);
}

static void
put_crc(struct dump *d, uint64_t crc)
{
	char text[24];

	snprintf(text, sizeof text, "%016" PRIx64, crc);
	put_text(d, text);
}

/* At most 128 bytes; nothing here is longer. */
static void
put_hex(struct dump *d, const uint8_t *data, size_t size)
{
	char text[2 * 128 + 1];

	if (size >= sizeof text / 2)
		return;
	bitmark_hex_encode(data, size, text);
	put_text(d, text);
}

/* One call for each line: the caller may write to a pipe that is closed, and
 * then the work ends. */
static bitmark_status
end_line(struct dump *d)
{
	size_t size = d->size;

	d->line[size++] = '\n';
	d->size = 0;
	d->lines++;
	return d->write(d->user, d->line, size) == 0 ?
	    BITMARK_OK : BITMARK_E_IO;
}

static bitmark_status
dump_tip(struct dump *d)
{
	const struct bitmark_tip *tip = &d->s->tip;
	bitmark_status status;

	put_text(d, "chain");
	put_text(d, d->s->store->params->name);
	status = end_line(d);
	if (status != BITMARK_OK)
		return status;
	put_text(d, "tip");
	put_number(d, tip->number);
	put_hex(d, tip->digest, sizeof tip->digest);
	put_number(d, tip->version);
	put_number(d, tip->timestamp);
	put_crc(d, tip->crc);
	return end_line(d);
}

/* The CRC is computed again over the stored bytes. */
static bitmark_status
dump_block(struct dump *d, uint64_t number)
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
	put_text(d, "block");
	put_number(d, number);
	put_number(d, block.size);
	put_hex(d, height.digest, sizeof height.digest);
	put_crc(d, height.crc);
	return end_line(d);
}

static bitmark_status
dump_payments(struct dump *d, uint64_t number)
{
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	size_t size;
	bitmark_status status;

	status = bitmark_snapshot_payments(d->s, number, packed, &size);
	if (status != BITMARK_OK)
		return status;
	put_text(d, "payments");
	put_number(d, number);
	put_hex(d, packed, size);
	return end_line(d);
}

/* A line for every stored block. */
static bitmark_status
dump_numbers(struct dump *d,
    bitmark_status (*one)(struct dump *d, uint64_t number))
{
	bitmark_status status = BITMARK_OK;

	for (uint64_t number = BITMARK_GENESIS_NUMBER + 1;
	    status == BITMARK_OK && number <= d->s->tip.number; number++)
		status = one(d, number);
	return status;
}

static void
put_place(struct dump *d, const struct bitmark_confirmed *c)
{
	put_number(d, c->number);
	put_number(d, c->offset);
	put_number(d, c->packed.size);
}

static void
put_account(struct dump *d, const struct bitmark_account *account)
{
	uint8_t packed[BITMARK_ACCOUNT_PACKED_MAX];

	put_hex(d, packed, bitmark_account_pack(account, packed));
}

/* bm_row_fn.  The id is looked up as a user would do it, which compares the row
 * with the record and the record with its hash. */
static bitmark_status
on_tx(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct dump *d = user;
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	struct bitmark_account account;
	struct bm_tx tx;
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
	put_text(d, "tx");
	put_hex(d, key.data, key.size);
	put_place(d, &c);
	if (tx.moves_shares) {
		put_text(d, "shares");
		return end_line(d);
	}
	put_account(d, &account);
	put_number(d, tx.n);
	put_text(d, tx.spent ? "spent" : "held");
	put_number(d, tx.owned_block);
	return end_line(d);
}

/* bm_row_fn.  The record at the place has the id of the row. */
static bitmark_status
on_copy(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct dump *d = user;
	uint8_t id[BITMARK_TX_ID_SIZE];
	struct bm_copy copy;
	bitmark_status status = bm_decode_copy(key, value, &copy);

	if (status == BITMARK_OK)
		status = bm_tx_id_at(&d->s->txn, &copy.place, id);
	if (status == BITMARK_OK && memcmp(id, key.data, sizeof id) != 0)
		status = BITMARK_E_STORE_CORRUPT;
	if (status != BITMARK_OK)
		return status;
	put_text(d, "copy");
	put_hex(d, id, sizeof id);
	put_number(d, copy.place.block);
	put_number(d, copy.place.offset);
	return end_line(d);
}

/* bm_row_fn.  The place in the row is checked by looking the asset up. */
static bitmark_status
on_asset(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct dump *d = user;
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	bitmark_status status = BITMARK_E_STORE_CORRUPT;

	(void)value;
	if (key.size == BITMARK_ASSET_ID_SIZE)
		status = bm_promised(bitmark_snapshot_asset(d->s, key.data,
		    &c));
	if (status != BITMARK_OK)
		return status;
	put_text(d, "asset");
	put_hex(d, key.data, key.size);
	put_place(d, &c);
	return end_line(d);
}

/* The item's last transaction must lead back to the same place in the same
 * list, unless copies of it have given the item more than one. */
static bitmark_status
check_holder(struct dump *d, const struct bitmark_owned *owned)
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
	struct dump *d = user;
	bitmark_status status = check_holder(d, owned);

	if (status != BITMARK_OK)
		return status;
	d->owned++;
	put_text(d, "owned");
	put_account(d, &d->holder);
	put_number(d, owned->n);
	put_text(d, kinds[owned->item]);
	put_hex(d, owned->tx_id, sizeof owned->tx_id);
	put_number(d, owned->transfer_block);
	put_hex(d, owned->issue_id, sizeof owned->issue_id);
	put_number(d, owned->issue_block);
	if (owned->item == BITMARK_ITEM_BLOCK)
		put_number(d, owned->owned_block);
	else
		put_hex(d, owned->asset_id, sizeof owned->asset_id);
	return end_line(d);
}

/* bm_row_fn.  The account's items follow its line, so a list is read once. */
static bitmark_status
on_account(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct dump *d = user;
	struct bm_holder owner;
	bitmark_status status;

	if (bitmark_account_parse(key.data, key.size, &d->holder) !=
	    BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;
	status = bm_decode_owner(value, &owner);
	if (status != BITMARK_OK)
		return status;
	put_text(d, "account");
	put_account(d, &d->holder);
	put_number(d, owner.next);
	status = end_line(d);
	if (status != BITMARK_OK)
		return status;
	return bm_owned_items(d->s, &d->holder, 0, on_owned, d);
}

/* No item is in a list that nobody has. */
static bitmark_status
check_owned(const struct dump *d)
{
	uint64_t rows;
	bitmark_status status = bm_rows(&d->s->txn, BM_TABLE_OWNED, &rows);

	if (status == BITMARK_OK && rows != d->owned)
		status = BITMARK_E_STORE_CORRUPT;
	return status;
}

/* bm_row_fn.  The record at the place must be a share record. */
static bitmark_status
on_share(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct dump *d = user;
	struct bitmark_record record;
	struct bm_share share;
	bitmark_status status = bm_decode_share(key, value, &share);

	if (status == BITMARK_OK)
		status = bm_record_at(&d->s->txn, &share.place, &record,
		    NULL);
	if (status == BITMARK_OK && (record.tag != BITMARK_RECORD_SHARE ||
	    record.share.quantity != share.total))
		status = BITMARK_E_STORE_CORRUPT;
	if (status != BITMARK_OK)
		return status;
	put_text(d, "share");
	put_hex(d, key.data, BITMARK_TX_ID_SIZE);
	put_number(d, share.place.block);
	put_number(d, share.place.offset);
	put_number(d, share.total);
	return end_line(d);
}

/* The first row of a pair: it must be among the holders. */
static bitmark_status
check_pair(struct dump *d, const struct bm_pair *pair)
{
	uint8_t key[BM_HOLDER_KEY_SIZE];
	struct bitmark_span value;

	bm_holder_key(pair->share_id, pair->owner, key);
	d->pairs++;
	return bm_promised(bm_get(&d->s->txn, BM_TABLE_HOLDERS, key,
	    sizeof key, &value));
}

/* bm_row_fn.  The record at the place names the account of the row. */
static bitmark_status
on_balance(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct dump *d = user;
	struct bitmark_account account;
	struct bm_balance balance;
	struct bm_pair pair;
	bitmark_status status = bm_decode_balance(key, value, &balance);

	if (status != BITMARK_OK)
		return status;
	pair = (struct bm_pair){ bm_owner_of_key(key.data),
		key.data + BM_OWNER_KEY_SIZE };
	status = bm_share_holder(&d->s->txn, pair.owner, &balance.first,
	    &account);
	if (status == BITMARK_OK &&
	    memcmp(d->pair, key.data, sizeof d->pair) != 0)
		status = check_pair(d, &pair);
	if (status != BITMARK_OK)
		return status;
	memcpy(d->pair, key.data, sizeof d->pair);
	put_text(d, "balance");
	put_account(d, &account);
	put_hex(d, pair.share_id, BITMARK_TX_ID_SIZE);
	put_number(d, balance.first.block);
	put_number(d, balance.first.offset);
	if (balance.emptied)
		put_text(d, "emptied");
	else
		put_number(d, balance.balance);
	return end_line(d);
}

/* An account without a row never had any of the share. */
static bitmark_status
check_holders(const struct dump *d)
{
	uint64_t rows;
	bitmark_status status = bm_rows(&d->s->txn, BM_TABLE_HOLDERS, &rows);

	if (status == BITMARK_OK && rows != d->pairs)
		status = BITMARK_E_STORE_CORRUPT;
	return status;
}

static bitmark_status
dump_shares(struct dump *d)
{
	const struct bitmark_span all = { NULL, 0 };
	const struct bm_txn *t = &d->s->txn;
	bitmark_status status = bm_scan(t, BM_TABLE_SHARES, all, 0, on_share,
	    d);

	/* No key begins like this: accounts are numbered below it. */
	memset(d->pair, 0xff, sizeof d->pair);
	if (status == BITMARK_OK)
		status = bm_scan(t, BM_TABLE_BALANCES, all, 0, on_balance, d);
	return status == BITMARK_OK ? check_holders(d) : status;
}

/* The order of the tables is part of the format of the dump: see the top. */
bitmark_status
bitmark_snapshot_dump(struct bitmark_snapshot *snapshot,
    bitmark_write_fn write, void *user)
{
	const struct bm_txn *t = &snapshot->txn;
	const struct bitmark_span all = { NULL, 0 };
	struct dump d = { .s = snapshot, .write = write, .user = user };
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
		status = dump_shares(&d);
	if (status != BITMARK_OK)
		return status;
	put_text(&d, "end");
	put_number(&d, d.lines);
	return end_line(&d);
}
