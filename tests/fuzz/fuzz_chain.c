/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Any bytes as the life of a chain by the rules of 0.16: records that are signed
 * well, most of them about something that exists, put into blocks that are added
 * and taken back.  After each rollback the state must be the one that the same
 * height had before, and at the end all blocks, taken back at once and added
 * again, must give what they gave.
 *
 * An input begins with 'c'.  An event: what (1 byte), and three bytes that it
 * chooses by.
 */
#include <bitmarkpeer/backup.h>
#include <bitmarkpeer/shares.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EVENT_SIZE 4
#define PARTIES 4
#define KNOWN_MAX 64
#define HEIGHT_MAX 12
#define RECORDS_MAX 24
#define BLOCK_SIZE (64 * 1024)
#define NETWORK BITMARK_NETWORK_TEST
#define NOW_S UINT64_C(2000000000)
#define VERSION 5
/* A test address of both currencies, from tests/data/chain-a.json. */
#define ADDRESS "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj"

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* --- parties -------------------------------------------------------------- */

static struct bitmark_private_key key[PARTIES];
static struct bitmark_account account[PARTIES];

static void
make_parties(void)
{
	for (size_t i = 0; i < PARTIES; i++) {
		uint8_t seed[32];

		memset(seed, (int)i + 1, sizeof seed);
		bitmark_private_key_from_seed(NETWORK, seed, &key[i]);
		bitmark_private_key_account(&key[i], &account[i]);
	}
}

static size_t
party_of(const struct bitmark_account *of)
{
	for (size_t i = 0; i < PARTIES; i++)
		if (bitmark_account_equal(&account[i], of))
			return i;
	return 0;
}

static struct bitmark_span
span(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text, strlen(text) };
}

/* --- the store ------------------------------------------------------------ */

static char directory[64];

/* Memory, where there is some: the store syncs after each block. */
static void
make_directory(void)
{
	struct stat st;
	const char *top = stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp";

	snprintf(directory, sizeof directory, "%s/fuzz-chain-XXXXXX", top);
	require(mkdtemp(directory) != NULL);
}

static void
remove_directory(void)
{
	static const char *const names[] = { "data.mdb", "lock.mdb",
		"writer.lock" };
	char path[96];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(directory);
}

static struct bitmark_chain *
open_chain(void)
{
	const struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = directory,
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_0_16(),
		.access = BITMARK_CHAIN_WRITE,
	};
	struct bitmark_chain *chain;

	require(bitmark_chain_open(&chain, &config) == BITMARK_OK);
	return chain;
}

/* Text that grows. */
struct text {
	char *data;
	size_t size, capacity;
};

/* A bitmark_write_fn. */
static int
add_text(void *user, const void *data, size_t size)
{
	struct text *t = user;

	if (t->size + size > t->capacity) {
		t->capacity = 2 * (t->size + size);
		t->data = realloc(t->data, t->capacity);
		require(t->data != NULL);
	}
	memcpy(t->data + t->size, data, size);
	t->size += size;
	return 0;
}

/* --- a life --------------------------------------------------------------- */

/* A transaction that was made at some time, whatever became of it. */
struct known {
	uint8_t id[BITMARK_TX_ID_SIZE];
	bool begins;                    /* an issue or a foundation */
};

struct block {
	uint8_t data[BLOCK_SIZE];
	size_t size;
	size_t count;
};

struct life {
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snapshot;
	struct known known[KNOWN_MAX];
	size_t known_count;
	struct block next;              /* that is being put together       */
	struct block added[HEIGHT_MAX + 1];     /* by number                */
	struct text dump[HEIGHT_MAX + 1];
	uint64_t height;
	uint64_t nonce;                 /* of the last issue                */
};

/* A digest that meets every target, and differs for each number. */
static void
digest_of(uint64_t number, uint8_t digest[BITMARK_DIGEST_SIZE])
{
	memset(digest, 0, BITMARK_DIGEST_SIZE);
	digest[0] = (uint8_t)number;
}

static void
remember(struct life *l, const uint8_t *id, bool begins)
{
	struct known *k = &l->known[l->known_count++ % KNOWN_MAX];

	memcpy(k->id, id, sizeof k->id);
	k->begins = begins;
}

static size_t
count_known(const struct life *l)
{
	return l->known_count < KNOWN_MAX ? l->known_count : KNOWN_MAX;
}

/* What is known and holds something of the kind, from ${at} on; with no such
 * thing the first that comes.  *owner holds it. */
static const uint8_t *
find_held(struct life *l, size_t at, enum bitmark_item kind, size_t *owner)
{
	const size_t count = count_known(l);

	*owner = 0;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *id = l->known[(at + i) % count].id;
		struct bitmark_owned owned = { .struct_size = sizeof owned };
		struct bitmark_account holder;

		if (bitmark_snapshot_ownership(l->snapshot, id, &holder,
		    &owned) != BITMARK_OK || owned.item != kind)
			continue;
		*owner = party_of(&holder);
		return id;
	}
	return l->known[at % (count > 0 ? count : 1)].id;
}

/* As find_held, of what became shares; their issue. */
static const uint8_t *
find_share(const struct life *l, size_t at)
{
	const size_t count = count_known(l);

	for (size_t i = 0; i < count; i++) {
		struct bitmark_share_total t = { .struct_size = sizeof t };
		const uint8_t *id = l->known[(at + i) % count].id;

		if (bitmark_snapshot_share(l->snapshot, id, &t) == BITMARK_OK)
			return id;
	}
	return l->known[at % (count > 0 ? count : 1)].id;
}

/* Sign the record and put it into the next block, when there is room. */
static void
put_record(struct life *l, struct bitmark_record *record, size_t signer,
    size_t receiver)
{
	struct block *b = &l->next;
	uint8_t first[BITMARK_SIGNATURE_SIZE], second[BITMARK_SIGNATURE_SIZE];
	uint8_t id[BITMARK_TX_ID_SIZE];
	size_t size;

	if (b->count == RECORDS_MAX)
		return;
	require(bitmark_record_sign(record, &key[signer], first) ==
	    BITMARK_OK);
	if (bitmark_record_is_countersigned(record->tag))
		require(bitmark_record_countersign(record, &key[receiver],
		    second) == BITMARK_OK);
	require(bitmark_record_encode(record, b->data + b->size,
	    sizeof b->data - b->size, &size) == BITMARK_OK);
	bitmark_tx_id(b->data + b->size, size, id);
	b->size += size;
	b->count++;
	if (record->tag != BITMARK_RECORD_FOUNDATION &&
	    record->tag != BITMARK_RECORD_ASSET)
		remember(l, id, record->tag == BITMARK_RECORD_ISSUE);
}

static void
begin_block(struct life *l)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_FOUNDATION,
		.foundation = {
			.version = BITMARK_PAYMENTS_VERSION,
			.owner = account[0],
		},
	};

	r.foundation.payments.address[BITMARK_CURRENCY_BITCOIN] = span(ADDRESS);
	r.foundation.payments.address[BITMARK_CURRENCY_LITECOIN] =
	    span(ADDRESS);
	l->next = (struct block){ .size = BITMARK_HEADER_SIZE };
	put_record(l, &r, 0, 0);
}

/* --- records -------------------------------------------------------------- */

/* Another one each time. */
static void
put_issue(struct life *l, size_t owner)
{
	struct bitmark_record asset = {
		.tag = BITMARK_RECORD_ASSET,
		.asset = {
			.name = span("name"),
			.fingerprint = span("fingerprint"),
			.registrant = account[0],
		},
	}, issue = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue = { .owner = account[owner], .nonce = l->nonce++ },
	};
	struct bitmark_confirmed found = { .struct_size = sizeof found };

	bitmark_asset_id(asset.asset.fingerprint, issue.issue.asset_id);
	if (l->next.count == 1 && bitmark_snapshot_asset(l->snapshot,
	    issue.issue.asset_id, &found) != BITMARK_OK)
		put_record(l, &asset, 0, 0);
	put_record(l, &issue, owner, owner);
}

static void
put_transfer(struct life *l, size_t at, size_t to, bool countersigned)
{
	struct bitmark_record r = {
		.tag = countersigned ? BITMARK_RECORD_COUNTERSIGNED :
		    BITMARK_RECORD_TRANSFER,
		.transfer.owner = account[to],
	};
	size_t from;

	memcpy(r.transfer.link, find_held(l, at, BITMARK_ITEM_ASSET, &from),
	    sizeof r.transfer.link);
	put_record(l, &r, from, to);
}

static void
put_owner_transfer(struct life *l, size_t at, size_t to)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_OWNER_TRANSFER,
		.owner_transfer = {
			.version = BITMARK_PAYMENTS_VERSION,
			.owner = account[to],
		},
	};
	size_t from;

	r.owner_transfer.payments.address[BITMARK_CURRENCY_BITCOIN] =
	    span(ADDRESS);
	r.owner_transfer.payments.address[BITMARK_CURRENCY_LITECOIN] =
	    span(ADDRESS);
	memcpy(r.owner_transfer.link, find_held(l, at, BITMARK_ITEM_BLOCK,
	    &from), sizeof r.owner_transfer.link);
	put_record(l, &r, from, to);
}

/* Small quantities meet often, and large ones wrap. */
static uint64_t
quantity_of(uint8_t byte)
{
	return byte == 0xff ? UINT64_MAX : byte == 0xfe ? UINT64_MAX / 2 + 1 :
	    byte + 1u;
}

static void
put_share(struct life *l, size_t at, uint8_t quantity)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_SHARE,
		.share.quantity = quantity_of(quantity),
	};
	size_t from;

	memcpy(r.share.link, find_held(l, at, BITMARK_ITEM_ASSET, &from),
	    sizeof r.share.link);
	put_record(l, &r, from, from);
}

/* Not more than the party has, when it has any: the store has the last word. */
static uint64_t
some_of(const struct life *l, const uint8_t *share, size_t party,
    uint8_t quantity)
{
	const uint64_t wanted = quantity_of(quantity);
	uint64_t balance = 0;

	require(bitmark_snapshot_share_balance(l->snapshot, &account[party],
	    share, &balance) == BITMARK_OK);
	return balance != 0 && wanted > balance ? balance : wanted;
}

static void
put_grant(struct life *l, const uint8_t *choice)
{
	const size_t from = choice[1] % PARTIES;
	const size_t to = choice[1] / PARTIES % PARTIES;
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_GRANT,
		.grant = {
			.owner = account[from],
			.recipient = account[to],
			.before_block = 2 * HEIGHT_MAX,
		},
	};

	memcpy(r.grant.share_id, find_share(l, choice[0]),
	    sizeof r.grant.share_id);
	r.grant.quantity = some_of(l, r.grant.share_id, from, choice[2]);
	put_record(l, &r, from, to);
}

static void
put_swap(struct life *l, const uint8_t *choice)
{
	const size_t one = choice[1] % PARTIES;
	const size_t two = choice[1] / PARTIES % PARTIES;
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_SWAP,
		.swap = {
			.owner_one = account[one],
			.owner_two = account[two],
			.before_block = 2 * HEIGHT_MAX,
		},
	};

	memcpy(r.swap.share_id_one, find_share(l, choice[0]),
	    sizeof r.swap.share_id_one);
	memcpy(r.swap.share_id_two, find_share(l, choice[0] + 1u +
	    choice[1] / 16u), sizeof r.swap.share_id_two);
	/* A share cannot be swapped with itself. */
	if (memcmp(r.swap.share_id_one, r.swap.share_id_two,
	    sizeof r.swap.share_id_one) == 0)
		return;
	r.swap.quantity_one = some_of(l, r.swap.share_id_one, one, choice[2]);
	r.swap.quantity_two = some_of(l, r.swap.share_id_two, two,
	    (uint8_t)(choice[2] / 2));
	put_record(l, &r, one, two);
}

/* The bytes of a record of an earlier block. */
static void
put_again(struct life *l, const uint8_t *choice)
{
	const struct block *b = &l->added[2 + choice[0] % (HEIGHT_MAX - 1)];
	struct bitmark_block_walk w;
	bitmark_status status = BITMARK_OK;

	if (b->size == 0 || l->next.count == RECORDS_MAX)
		return;
	require(bitmark_block_walk_start(&w, bitmark_rules_0_16(), b->data,
	    b->size, NETWORK) == BITMARK_OK);
	for (size_t i = 0; status == BITMARK_OK && i <= 1u + choice[1] %
	    (b->count - 1); i++)
		status = bitmark_block_walk_next(&w);
	if (status != BITMARK_OK ||
	    w.packed.size > sizeof l->next.data - l->next.size)
		return;
	memcpy(l->next.data + l->next.size, w.packed.data, w.packed.size);
	l->next.size += w.packed.size;
	l->next.count++;
}

/* --- blocks --------------------------------------------------------------- */

static void
dump(struct life *l, struct text *text)
{
	text->size = 0;
	require(bitmark_snapshot_renew(l->snapshot) == BITMARK_OK);
	require(bitmark_snapshot_dump(l->snapshot, add_text, text) ==
	    BITMARK_OK);
}

static void
require_same(struct life *l, uint64_t height)
{
	struct text now = { 0 };

	dump(l, &now);
	require(now.size == l->dump[height].size &&
	    memcmp(now.data, l->dump[height].data, now.size) == 0);
	free(now.data);
}

/* Each issue and foundation that is confirmed leads to what holds it now, and
 * that to the same item. */
static void
require_items(struct life *l)
{
	for (size_t i = 0; i < count_known(l); i++) {
		struct bitmark_owned item = { .struct_size = sizeof item };
		struct bitmark_owned held = { .struct_size = sizeof held };
		struct bitmark_account holder;
		const uint8_t *id = l->known[i].id;

		if (bitmark_snapshot_item(l->snapshot, id, &item) !=
		    BITMARK_OK)
			continue;
		require(l->known[i].begins);
		require(memcmp(item.issue_id, id, sizeof item.issue_id) == 0);
		require(bitmark_snapshot_ownership(l->snapshot, item.tx_id,
		    &holder, &held) == BITMARK_OK);
		require(memcmp(&item, &held, sizeof item) == 0);
	}
}

static void
finish_header(struct life *l)
{
	struct block *b = &l->next;
	struct bitmark_header header = {
		.version = VERSION,
		.count = (uint16_t)b->count,
		.number = l->height + 1,
		.timestamp = NOW_S - 1000 + l->height,
		.bits = BITMARK_BITS_ONE,
	};
	uint8_t ids[RECORDS_MAX * BITMARK_TX_ID_SIZE] = { 0 };
	struct bitmark_block_walk w;

	if (l->height > BITMARK_GENESIS_NUMBER)
		digest_of(l->height, header.previous);
	else
		memcpy(header.previous, bitmark_chain_params_find("local")->
		    genesis_digest, sizeof header.previous);
	bitmark_header_pack(&header, b->data);
	require(bitmark_block_walk_start(&w, bitmark_rules_0_16(), b->data,
	    b->size, NETWORK) == BITMARK_OK);
	/* A record that cannot be read ends it, and makes the block wrong. */
	for (size_t i = 0; i < b->count && bitmark_block_walk_next(&w) ==
	    BITMARK_OK; i++)
		bitmark_tx_id(w.packed.data, w.packed.size,
		    ids + i * BITMARK_TX_ID_SIZE);
	bitmark_merkle_root(ids, b->count, header.merkle);
	bitmark_header_pack(&header, b->data);
}

static bitmark_status
add(struct life *l, const struct block *b)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	digest_of(l->height + 1, digest);
	return bitmark_chain_add(l->chain, b->data, b->size, digest, NOW_S);
}

/* A block that is refused changes nothing. */
static void
end_block(struct life *l)
{
	uint8_t digest[BITMARK_DIGEST_SIZE], id[BITMARK_TX_ID_SIZE];

	if (l->next.count == 1)
		put_issue(l, 0);
	finish_header(l);
	if (l->height < HEIGHT_MAX && add(l, &l->next) == BITMARK_OK) {
		l->height++;
		l->added[l->height] = l->next;
		dump(l, &l->dump[l->height]);
		digest_of(l->height, digest);
		bitmark_foundation_id(digest, l->height, id);
		remember(l, id, true);
		require_items(l);
	} else {
		require_same(l, l->height);
	}
	begin_block(l);
}

static void
roll_back(struct life *l, uint64_t height)
{
	bitmark_snapshot_release(l->snapshot);
	require(bitmark_chain_delete_down(l->chain, height + 1) ==
	    BITMARK_OK);
	l->height = height;
	require_same(l, height);
	require_items(l);
}

/* All blocks go at once, and come again. */
static void
end_life(struct life *l)
{
	const uint64_t last = l->height;

	roll_back(l, BITMARK_GENESIS_NUMBER);
	while (l->height < last) {
		require(add(l, &l->added[l->height + 1]) == BITMARK_OK);
		l->height++;
		require_same(l, l->height);
	}
	roll_back(l, BITMARK_GENESIS_NUMBER);
}

static void
handle(struct life *l, uint8_t what, const uint8_t *choice)
{
	switch (what % 10) {
	case 0:
		put_issue(l, choice[0] % PARTIES);
		break;
	case 1:
	case 2:
		put_transfer(l, choice[0], choice[1] % PARTIES, what % 10 == 2);
		break;
	case 3:
		put_owner_transfer(l, choice[0], choice[1] % PARTIES);
		break;
	case 4:
		put_share(l, choice[0], choice[1]);
		break;
	case 5:
		put_grant(l, choice);
		break;
	case 6:
		put_swap(l, choice);
		break;
	case 7:
		put_again(l, choice);
		break;
	case 8:
		end_block(l);
		break;
	case 9:
		roll_back(l, 1 + choice[0] % l->height);
		begin_block(l);
		break;
	}
}

/* One store for all inputs: each leaves it without blocks. */
static struct life *
the_life(void)
{
	static struct life life;

	if (life.chain == NULL) {
		make_parties();
		make_directory();
		life.chain = open_chain();
		require(bitmark_snapshot_open(life.chain, &life.snapshot) ==
		    BITMARK_OK);
		life.height = BITMARK_GENESIS_NUMBER;
		dump(&life, &life.dump[life.height]);
		atexit(remove_directory);
	}
	return &life;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct life *l;

	if (size == 0 || data[0] != 'c')
		return 0;
	l = the_life();
	l->known_count = 0;
	l->nonce = 0;
	memset(l->added, 0, sizeof l->added);
	begin_block(l);
	for (size_t at = 1; size - at >= EVENT_SIZE; at += EVENT_SIZE)
		handle(l, data[at], data + at + 1);
	end_life(l);
	return 0;
}
