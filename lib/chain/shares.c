/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A balance is unsigned, has 64 bits and wraps around.  Records are verified
 * against what was before their block, so several of one block may together
 * take more than there is.
 *
 * Each row of a balance names the first record of its block that has changed it.
 * When that record is taken back, the row goes; those behind it in the block are
 * taken back already.  Nothing is computed backwards, and so nothing is lost
 * where the arithmetic has lost it.
 *
 * Source: bitmarkd v0.16.0 block/store.go StoreIncoming, ownership/transfer.go
 */
#include "chain/shares.h"

#include "chain/env.h"

/* The balance as a record of block ${block} reads it: of what records before it
 * have written, but not of a row that they have removed.  The old row is read
 * again then, as 0.16 does: CONSENSUS. */
static bitmark_status
read_balance(const struct bm_txn *t, const struct bm_pair *pair,
    uint64_t block, uint64_t *value)
{
	struct bm_balance balance = { .balance = 0 };
	bitmark_status status = bm_get_balance(t, pair, block, &balance);

	if (status == BITMARK_OK && balance.emptied &&
	    balance.first.block == block) {
		balance.balance = 0;
		status = bm_get_balance(t, pair, block - 1, &balance);
	}
	if (status != BITMARK_OK && status != BITMARK_E_NOT_FOUND)
		return status;
	*value = status == BITMARK_OK ? balance.balance : 0;
	return BITMARK_OK;
}

static bitmark_status
write_balance(struct bm_txn *t, const struct bm_pair *pair,
    const struct bm_place *place, struct bm_balance balance)
{
	uint8_t key[BM_HOLDER_KEY_SIZE];
	struct bm_balance newest;
	bitmark_status status = bm_get_balance(t, pair, UINT64_MAX, &newest);

	balance.first = *place;
	if (status == BITMARK_OK && newest.first.block == place->block)
		balance.first = newest.first;
	if (status == BITMARK_E_NOT_FOUND) {
		bm_holder_key(pair->share_id, pair->owner, key);
		status = bm_put(t, BM_TABLE_HOLDERS, key, sizeof key, "", 0);
	}
	return status == BITMARK_OK ? bm_put_balance(t, pair, &balance) :
	    status;
}

/* The giver's balance: 0.16 removes the row when it becomes 0. */
static bitmark_status
write_given(struct bm_txn *t, const struct bm_pair *pair,
    const struct bm_place *place, uint64_t value)
{
	return write_balance(t, pair, place, (struct bm_balance){
	    .balance = value, .emptied = value == 0 });
}

/* The receiver's balance: 0.16 keeps the row even when it wraps around to 0. */
static bitmark_status
write_received(struct bm_txn *t, const struct bm_pair *pair,
    const struct bm_place *place, uint64_t value)
{
	return write_balance(t, pair, place, (struct bm_balance){
	    .balance = value });
}

/* One half of a swap, or a grant. */
struct movement {
	struct bm_pair from, to;
	uint64_t given, received;       /* balances after it */
};

/* All balances that a record needs are read before any is written. */
static bitmark_status
read_movement(const struct bm_txn *t, struct movement *m, uint64_t block,
    uint64_t quantity)
{
	bitmark_status status = read_balance(t, &m->from, block, &m->given);

	if (status == BITMARK_OK)
		status = read_balance(t, &m->to, block, &m->received);
	m->given -= quantity;
	m->received += quantity;
	return status;
}

/* To oneself it is written twice, and what was received stays: such a balance
 * grows in 0.16, too.  CONSENSUS. */
static bitmark_status
write_movement(struct bm_txn *t, const struct movement *m,
    const struct bm_place *place)
{
	bitmark_status status = write_given(t, &m->from, place, m->given);

	return status == BITMARK_OK ?
	    write_received(t, &m->to, place, m->received) : status;
}

/* The recipient of a grant may be a new account. It gets a number, as an
 * account with its first item does, but no position. */
static bitmark_status
find_recipient(struct bm_txn *t, const struct bitmark_account *account,
    uint64_t *number)
{
	struct bm_holder holder = { 0 };
	bitmark_status status = bm_get_owner(t, account, &holder);

	if (status == BITMARK_E_NOT_FOUND) {
		status = bm_rows(t, BM_TABLE_ACCOUNTS, &holder.owner);
		if (status == BITMARK_OK && holder.owner >= UINT32_MAX)
			status = BITMARK_E_STORE_FULL;
		if (status == BITMARK_OK)
			status = bm_put_owner(t, account, &holder);
	}
	*number = holder.owner;
	return status;
}

static bitmark_status
find_owner(const struct bm_txn *t, const struct bitmark_account *account,
    uint64_t *number)
{
	struct bm_holder holder = { 0 };
	bitmark_status status = bm_promised(bm_get_owner(t, account,
	    &holder));

	*number = holder.owner;
	return status;
}

static bitmark_status
grant(struct bm_txn *t, const struct bitmark_grant *g,
    const struct bm_place *place)
{
	struct movement m = { .from.share_id = g->share_id,
		.to.share_id = g->share_id };
	bitmark_status status = find_owner(t, &g->owner, &m.from.owner);

	if (status == BITMARK_OK)
		status = find_recipient(t, &g->recipient, &m.to.owner);
	if (status == BITMARK_OK)
		status = read_movement(t, &m, place->block, g->quantity);
	return status == BITMARK_OK ? write_movement(t, &m, place) : status;
}

/* Both accounts have shares already, so both have numbers. */
static bitmark_status
find_swap(const struct bm_txn *t, const struct bitmark_swap *s,
    struct movement *one, struct movement *two)
{
	bitmark_status status = find_owner(t, &s->owner_one,
	    &one->from.owner);

	if (status == BITMARK_OK)
		status = find_owner(t, &s->owner_two, &two->from.owner);
	one->to.owner = two->from.owner;
	two->to.owner = one->from.owner;
	one->from.share_id = one->to.share_id = s->share_id_one;
	two->from.share_id = two->to.share_id = s->share_id_two;
	return status;
}

static bitmark_status
swap(struct bm_txn *t, const struct bitmark_swap *s,
    const struct bm_place *place)
{
	struct movement one, two;
	bitmark_status status = find_swap(t, s, &one, &two);

	if (status == BITMARK_OK)
		status = read_movement(t, &one, place->block,
		    s->quantity_one);
	if (status == BITMARK_OK)
		status = read_movement(t, &two, place->block,
		    s->quantity_two);
	if (status == BITMARK_OK)
		status = write_movement(t, &one, place);
	return status == BITMARK_OK ? write_movement(t, &two, place) : status;
}

bitmark_status
bm_shares_move(struct bm_txn *t, const struct bitmark_record *record,
    const struct bm_place *place)
{
	if (record->tag == BITMARK_RECORD_GRANT)
		return grant(t, &record->grant, place);
	return record->tag == BITMARK_RECORD_SWAP ?
	    swap(t, &record->swap, place) : BITMARK_E_STORE_CORRUPT;
}

/* All shares first belong to the account that made them, whatever another
 * record has made of the same bitmark before. */
bitmark_status
bm_shares_make(struct bm_txn *t, const struct bm_pair *pair,
    uint64_t quantity, const struct bm_place *place)
{
	const struct bm_share share = { quantity, *place };
	bitmark_status status = bm_put_share(t, pair->share_id, &share);

	return status == BITMARK_OK ?
	    write_received(t, pair, place, quantity) : status;
}

/*
 * Taking back.
 */

/* bm_row_fn: one is enough. */
static bitmark_status
on_any_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	(void)key;
	(void)value;
	*(bool *)user = true;
	return BITMARK_E_SPACE;
}

bitmark_status
bm_shares_has_held(const struct bm_txn *t, uint64_t owner, bool *has_held)
{
	static const uint8_t none[BITMARK_TX_ID_SIZE];
	uint8_t from[BM_BALANCE_KEY_SIZE];
	bitmark_status status;

	*has_held = false;
	bm_balance_key(&(struct bm_pair){ owner, none }, 0, from);
	status = bm_scan(t, BM_TABLE_BALANCES,
	    (struct bitmark_span){ from, sizeof from }, BM_OWNER_KEY_SIZE,
	    on_any_row, has_held);
	return status == BITMARK_E_SPACE ? BITMARK_OK : status;
}

/* The row goes with the record that has made it; with the first row of a pair
 * the account is no holder of these shares any more. */
static bitmark_status
remove_balance(struct bm_txn *t, const struct bm_pair *pair,
    const struct bm_place *place)
{
	uint8_t key[BM_BALANCE_KEY_SIZE], holder[BM_HOLDER_KEY_SIZE];
	struct bm_balance balance;
	bitmark_status status = bm_get_balance(t, pair, UINT64_MAX, &balance);

	if (status != BITMARK_OK || !bm_same_place(&balance.first, place))
		return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
	bm_balance_key(pair, place->block, key);
	status = bm_del(t, BM_TABLE_BALANCES, key, sizeof key);
	if (status == BITMARK_OK)
		status = bm_get_balance(t, pair, UINT64_MAX, &balance);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	bm_holder_key(pair->share_id, pair->owner, holder);
	return bm_del(t, BM_TABLE_HOLDERS, holder, sizeof holder);
}

/* An account without items and without shares is the one that was added last.
 */
static bitmark_status
forget_account(struct bm_txn *t, const struct bitmark_account *account)
{
	struct bm_holder holder;
	uint64_t accounts;
	bool has_held = true;
	bitmark_status status = bm_promised(bm_get_owner(t, account,
	    &holder));

	if (status == BITMARK_OK && holder.next == 0)
		status = bm_shares_has_held(t, holder.owner, &has_held);
	if (status != BITMARK_OK || has_held)
		return status;
	status = bm_rows(t, BM_TABLE_ACCOUNTS, &accounts);
	if (status == BITMARK_OK && holder.owner + 1 != accounts)
		status = BITMARK_E_STORE_CORRUPT;
	return status == BITMARK_OK ? bm_del_owner(t, account) : status;
}

static bitmark_status
take_grant_back(struct bm_txn *t, const struct bitmark_grant *g,
    const struct bm_place *place)
{
	struct bm_pair from = { .share_id = g->share_id };
	struct bm_pair to = { .share_id = g->share_id };
	bitmark_status status = find_owner(t, &g->owner, &from.owner);

	if (status == BITMARK_OK)
		status = find_owner(t, &g->recipient, &to.owner);
	if (status == BITMARK_OK)
		status = remove_balance(t, &to, place);
	if (status == BITMARK_OK)
		status = remove_balance(t, &from, place);
	return status == BITMARK_OK ? forget_account(t, &g->recipient) :
	    status;
}

static bitmark_status
take_swap_back(struct bm_txn *t, const struct bitmark_swap *s,
    const struct bm_place *place)
{
	struct movement one, two;
	bitmark_status status = find_swap(t, s, &one, &two);
	const struct bm_pair *const pairs[] = { &two.to, &two.from, &one.to,
		&one.from };

	for (size_t i = 0; status == BITMARK_OK &&
	    i < sizeof pairs / sizeof pairs[0]; i++)
		status = remove_balance(t, pairs[i], place);
	return status;
}

bitmark_status
bm_shares_move_back(struct bm_txn *t, const struct bitmark_record *record,
    const struct bm_place *place)
{
	if (record->tag == BITMARK_RECORD_GRANT)
		return take_grant_back(t, &record->grant, place);
	return record->tag == BITMARK_RECORD_SWAP ?
	    take_swap_back(t, &record->swap, place) :
	    BITMARK_E_STORE_CORRUPT;
}

/* Several records of one block may have made the same shares: the row goes with
 * the last of them. */
bitmark_status
bm_shares_unmake(struct bm_txn *t, const struct bm_pair *pair,
    const struct bm_place *place)
{
	struct bm_share share;
	bitmark_status status = bm_get_share(t, pair->share_id, UINT64_MAX,
	    &share);

	if (status == BITMARK_OK && share.place.block == place->block)
		status = bm_del_share(t, pair->share_id, place->block);
	if (status == BITMARK_E_NOT_FOUND)
		status = BITMARK_OK;
	return status == BITMARK_OK ? remove_balance(t, pair, place) : status;
}
