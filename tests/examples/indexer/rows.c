/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node verifies what it gives, so no rule of the chain is looked at here; but
 * anybody can write a record, so each text may hold any bytes and each number
 * any value.
 */
#include "rows.h"

#include <stdio.h>
#include <string.h>

/* Code points that take the place of bytes that are no text have 3 bytes. */
#define TEXT_MAX (3 * BITMARK_FIELD_MAX + 1)

/* The record that is being added. */
struct step {
	struct database *database;
	const struct bitmark_record *record;
	int64_t number;                         /* of the block */
	int64_t position;
	uint8_t tx_id[BITMARK_TX_ID_SIZE];
};

static struct value
number(int64_t n)
{
	return (struct value){ .number = n };
}

static struct value
bytes(const void *data, size_t size)
{
	return (struct value){ .data = data, .size = size };
}

static struct value
text(const char *s)
{
	return bytes(s, strlen(s));
}

static const char *
account_text(const struct bitmark_account *account,
    char out[BITMARK_ACCOUNT_TEXT_MAX])
{
	bitmark_account_to_text(account, out);
	return out;
}

/* --- texts that anybody can write ------------------------------------------------ */

/* Databases want UTF-8 without a byte of zero.  What is not gets U+FFFD; the
 * zeros between keys and values of metadata become '=' and line ends. */
static const char *
clean_text(struct bitmark_span field, bool is_metadata, char out[TEXT_MAX])
{
	size_t at = 0, used = 0;
	bool is_key = true;

	while (at < field.size) {
		const size_t begin = at;
		const uint32_t c = bitmark_utf8_next(field, &at);

		if (c == 0 && is_metadata) {
			out[used++] = is_key ? '=' : '\n';
			is_key = !is_key;
		} else if (c == 0 || c == BITMARK_UTF8_INVALID) {
			memcpy(out + used, "\xef\xbf\xbd", 3);
			used += 3;
		} else {
			memcpy(out + used, field.data + begin, at - begin);
			used += at - begin;
		}
	}
	out[used] = '\0';
	return out;
}

static int
add_asset(const struct step *s, const uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	const struct bitmark_asset *asset = &s->record->asset;
	char name[TEXT_MAX], fingerprint[TEXT_MAX], metadata[TEXT_MAX];
	char registrant[BITMARK_ACCOUNT_TEXT_MAX];
	const struct value values[] = {
		bytes(id, BITMARK_ASSET_ID_SIZE), number(s->number),
		text(clean_text(asset->name, false, name)),
		text(clean_text(asset->fingerprint, false, fingerprint)),
		text(clean_text(asset->metadata, true, metadata)),
		text(account_text(&asset->registrant, registrant)),
	};

	return database_run(s->database, PUT_ASSET, values);
}

/* --- who owns what ---------------------------------------------------------------- */

static int
add_issue(const struct step *s)
{
	const struct bitmark_issue *issue = &s->record->issue;
	char owner[BITMARK_ACCOUNT_TEXT_MAX];
	const struct value values[] = {
		bytes(s->tx_id, sizeof s->tx_id),
		bytes(issue->asset_id, sizeof issue->asset_id),
		text(account_text(&issue->owner, owner)),
		number(s->number), number(s->position),
	};

	return database_run(s->database, PUT_ISSUE, values);
}

/* Blocks are owned, too, by an id of their own. */
static int
add_block_owner(const struct step *s)
{
	char owner[BITMARK_ACCOUNT_TEXT_MAX];
	const struct value values[] = {
		bytes(s->tx_id, sizeof s->tx_id),
		text(account_text(bitmark_record_owner(s->record), owner)),
		number(s->number), number(s->position),
	};

	return database_run(s->database, PUT_BLOCK_OWNER, values);
}

static int
end_holding(const struct step *s, struct value link)
{
	const struct value values[] = { number(s->number), link };

	return database_run(s->database, END_HOLDING, values);
}

static int
add_transfer(const struct step *s, struct value link)
{
	char owner[BITMARK_ACCOUNT_TEXT_MAX];
	const struct value values[] = {
		bytes(s->tx_id, sizeof s->tx_id),
		text(account_text(bitmark_record_owner(s->record), owner)),
		number(s->number), number(s->position), link,
	};

	return end_holding(s, link) == 0 ?
	    database_run(s->database, PUT_TRANSFER, values) : -1;
}

static int
add_shares(const struct step *s, struct value link)
{
	const struct value holding[] = {
		bytes(s->tx_id, sizeof s->tx_id), number(s->number),
		number(s->position), link,
	};
	const struct value made[] = {
		number(s->number), number(s->position),
		number((int64_t)s->record->share.quantity), link,
	};

	if (end_holding(s, link) != 0 ||
	    database_run(s->database, PUT_SHARES, holding) != 0)
		return -1;
	return database_run(s->database, PUT_SHARES_MADE, made);
}

/* Shares that ${from} has no more and ${to} has.  Numbers are unsigned and wrap
 * around, here as in the balances of the chain. */
static int
move_shares(const struct step *s, const uint8_t share_id[BITMARK_TX_ID_SIZE],
    uint64_t quantity, const struct bitmark_account *from,
    const struct bitmark_account *to)
{
	char account[BITMARK_ACCOUNT_TEXT_MAX];
	struct value values[] = {
		number(s->number), number(s->position),
		bytes(share_id, BITMARK_TX_ID_SIZE),
		text(account_text(from, account)),
		number((int64_t)(0 - quantity)),
	};

	if (database_run(s->database, PUT_SHARES_MOVED, values) != 0)
		return -1;
	values[3] = text(account_text(to, account));
	values[4] = number((int64_t)quantity);
	return database_run(s->database, PUT_SHARES_MOVED, values);
}

static int
add_grant(const struct step *s)
{
	const struct bitmark_grant *grant = &s->record->grant;

	return move_shares(s, grant->share_id, grant->quantity, &grant->owner,
	    &grant->recipient);
}

static int
add_swap(const struct step *s)
{
	const struct bitmark_swap *swap = &s->record->swap;

	return move_shares(s, swap->share_id_one, swap->quantity_one,
	    &swap->owner_one, &swap->owner_two) == 0 ?
	    move_shares(s, swap->share_id_two, swap->quantity_two,
	    &swap->owner_two, &swap->owner_one) : -1;
}

/* --- records and blocks --------------------------------------------------------------- */

static int
add_record_row(const struct step *s, struct value refers)
{
	const struct value values[] = {
		number(s->number), number(s->position),
		bytes(s->tx_id, sizeof s->tx_id),
		text(bitmark_record_name(s->record->tag)), refers,
	};

	return database_run(s->database, PUT_RECORD, values);
}

/* What the record is about.  ${asset_id} is room for that of an asset. */
static struct value
refers_to(const struct bitmark_record *record,
    uint8_t asset_id[BITMARK_ASSET_ID_SIZE])
{
	const uint8_t *link = bitmark_record_link(record);

	if (link != NULL)
		return bytes(link, BITMARK_TX_ID_SIZE);
	switch (record->tag) {
	case BITMARK_RECORD_ASSET:
		bitmark_asset_id(record->asset.fingerprint, asset_id);
		return bytes(asset_id, BITMARK_ASSET_ID_SIZE);
	case BITMARK_RECORD_ISSUE:
		return bytes(record->issue.asset_id, BITMARK_ASSET_ID_SIZE);
	case BITMARK_RECORD_GRANT:
		return bytes(record->grant.share_id, BITMARK_TX_ID_SIZE);
	case BITMARK_RECORD_SWAP:
		return bytes(record->swap.share_id_one, BITMARK_TX_ID_SIZE);
	default:
		return bytes(NULL, 0);
	}
}

/* A block begins with the record of its owner; old ones with two. */
static int
add_record(const struct step *s)
{
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];
	const struct value refers = refers_to(s->record, asset_id);

	if (add_record_row(s, refers) != 0)
		return -1;
	switch (s->record->tag) {
	case BITMARK_RECORD_ASSET:
		return add_asset(s, asset_id);
	case BITMARK_RECORD_ISSUE:
		return add_issue(s);
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
		return add_transfer(s, refers);
	case BITMARK_RECORD_SHARE:
		return add_shares(s, refers);
	case BITMARK_RECORD_GRANT:
		return add_grant(s);
	case BITMARK_RECORD_SWAP:
		return add_swap(s);
	default:
		return s->position == 0 ? add_block_owner(s) : 0;
	}
}

static int
add_records(struct step *s, struct bitmark_block_walk *walk,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	bitmark_status status = BITMARK_OK;

	s->record = &walk->record;
	while (walk->index < walk->header.count) {
		s->position = (int64_t)walk->index;
		status = bitmark_block_walk_next(walk);
		if (status != BITMARK_OK)
			break;
		/* The owner's record counts by the block that it is in. */
		if (s->position == 0)
			bitmark_foundation_id(digest, walk->header.number,
			    s->tx_id);
		else
			bitmark_tx_id(walk->packed.data, walk->packed.size,
			    s->tx_id);
		if (add_record(s) != 0)
			return -1;
	}
	if (status != BITMARK_OK)
		fprintf(stderr, "indexer: block %lld: %s\n",
		    (long long)s->number, bitmark_strerror(status));
	return status == BITMARK_OK ? 0 : -1;
}

int
rows_add(struct database *database, const uint8_t *data, size_t size,
    const uint8_t digest[BITMARK_DIGEST_SIZE],
    const struct bitmark_chain_params *params)
{
	struct step s = { .database = database };
	struct bitmark_block_walk walk;
	/* The records of all releases. */
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), data, size, params->network);
	struct value values[4];

	if (status != BITMARK_OK) {
		fprintf(stderr, "indexer: a block: %s\n",
		    bitmark_strerror(status));
		return -1;
	}
	s.number = (int64_t)walk.header.number;
	values[0] = number(s.number);
	values[1] = bytes(digest, BITMARK_DIGEST_SIZE);
	values[2] = number((int64_t)walk.header.timestamp);
	values[3] = number(walk.header.count);
	return database_run(database, PUT_BLOCK, values) == 0 ?
	    add_records(&s, &walk, digest) : -1;
}

/* Their records go last but one: the statements before look into them. */
int
rows_take_back(struct database *database, uint64_t block)
{
	const struct value values[] = { number((int64_t)block) };

	for (enum statement i = DROP_ASSETS; i <= DROP_BLOCKS; i++)
		if (database_run(database, i, values) != 0)
			return -1;
	return 0;
}
