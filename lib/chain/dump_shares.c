/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Shares in a dump: each row is compared with the records that have made it. */
#include "chain/dump_impl.h"

#include <string.h>

#include "chain/env.h"
#include "chain/read.h"
#include "chain/share_query.h"

/* bm_row_fn.  The record at the place must be a share record. */
static bitmark_status
on_share(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bm_dump *d = user;
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
	bm_dump_text(d, "share");
	bm_dump_hex(d, key.data, BITMARK_TX_ID_SIZE);
	bm_dump_number(d, share.place.block);
	bm_dump_number(d, share.place.offset);
	bm_dump_number(d, share.total);
	return bm_dump_end_line(d);
}

/* The first row of a pair: it must be among the holders. */
static bitmark_status
check_pair(struct bm_dump *d, const struct bm_pair *pair)
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
	struct bm_dump *d = user;
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
	bm_dump_text(d, "balance");
	bm_dump_account(d, &account);
	bm_dump_hex(d, pair.share_id, BITMARK_TX_ID_SIZE);
	bm_dump_number(d, balance.first.block);
	bm_dump_number(d, balance.first.offset);
	if (balance.emptied)
		bm_dump_text(d, "emptied");
	else
		bm_dump_number(d, balance.balance);
	return bm_dump_end_line(d);
}

/* An account without a row never had any of the share. */
static bitmark_status
check_holders(const struct bm_dump *d)
{
	uint64_t rows;
	bitmark_status status = bm_rows(&d->s->txn, BM_TABLE_HOLDERS, &rows);

	if (status == BITMARK_OK && rows != d->pairs)
		status = BITMARK_E_STORE_CORRUPT;
	return status;
}

bitmark_status
bm_dump_shares(struct bm_dump *d)
{
	const struct bitmark_span all = { NULL, 0 };
	const struct bm_txn *t = &d->s->txn;
	bitmark_status status = bm_scan(t, BM_TABLE_SHARES, all, 0, on_share,
	    d);

	/* No key begins with these bytes, because the numbers of accounts are
	 * smaller. */
	memset(d->pair, 0xff, sizeof d->pair);
	if (status == BITMARK_OK)
		status = bm_scan(t, BM_TABLE_BALANCES, all, 0, on_balance, d);
	return status == BITMARK_OK ? check_holders(d) : status;
}
