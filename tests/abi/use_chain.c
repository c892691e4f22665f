/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A store with blocks of bitmarkd, questions about it, and a reservoir over it.
 */
#include "use.h"

#define BLOCKS "tests/data/chain-a.blocks"
#define BLOCKS_BYTES_MAX (4 << 20)
#define BLOCKS_MAX 12
#define DAY_S 86400

/* The blocks of the file: each has 8 bytes of length in front. */
struct blocks {
	uint8_t *file;
	struct bitmark_span block[BLOCKS_MAX + 1];
	struct bitmark_header header[BLOCKS_MAX + 1];
	uint64_t now_s;
};

static void
read_blocks(struct blocks *b)
{
	size_t size, at = 0;

	MUST_OK(bitmark_file_read(BLOCKS, BLOCKS_BYTES_MAX, &b->file, &size));
	for (size_t i = 0; i <= BLOCKS_MAX; i++) {
		size_t length = 0;

		MUST(at + 8 <= size);
		for (size_t k = 0; k < 8; k++)
			length = length << 8 | b->file[at++];
		MUST(length <= size - at);
		b->block[i].data = b->file + at;
		b->block[i].size = length;
		MUST_OK(bitmark_header_parse(b->file + at, length,
		    &b->header[i]));
		at += length;
	}
	b->now_s = b->header[BLOCKS_MAX].timestamp + DAY_S;
}

/* The digest of a block is in the header of the next one. */
static void
add_blocks(struct bitmark_chain *chain, const struct blocks *b)
{
	SIZED(prepared, prepared);
	for (size_t i = 0; i < BLOCKS_MAX; i++) {
		bitmark_chain_prepare(chain, b->block[i].data,
		    b->block[i].size);
		MUST_OK(bitmark_chain_precheck(chain, b->block[i].data,
		    b->block[i].size, b->now_s));
		MUST_OK(bitmark_chain_add(chain, b->block[i].data,
		    b->block[i].size, b->header[i + 1].previous, b->now_s));
	}
	REFUSED(prepared, bitmark_chain_prepared(chain, &prepared.s));
	MUST_OK(bitmark_chain_prepared(chain, &prepared.s));
	FILLED(prepared);
	MUST(prepared.s.used + prepared.s.refused == BLOCKS_MAX);
}

static int
count_step(void *user, const uint8_t *tx_id,
    const struct bitmark_confirmed *confirmed)
{
	++*(size_t *)user;
	MUST(tx_id != NULL && confirmed->number > 1);
	return 0;
}

/* The owner's list is filled by elements as this program knows them. */
static void
ask_owner(struct bitmark_snapshot *s, const struct bitmark_account *owner,
    const uint8_t *tx_id)
{
	struct bitmark_owned list[3];
	size_t count;
	bool found = false;

	for (uint64_t start = 0; !found; start = list[count - 1].n + 1) {
		memset(list, 0xa5, sizeof list);
		list[0].struct_size = sizeof list[0];
		MUST_OK(bitmark_snapshot_owned(s, owner, start, list, 2,
		    &count));
		MUST(count != 0);
		MUST(((unsigned char *)&list[2])[0] == 0xa5);
		for (size_t i = 0; i < count; i++) {
			MUST(list[i].struct_size == sizeof list[i]);
			found = found || memcmp(list[i].tx_id, tx_id,
			    BITMARK_TX_ID_SIZE) == 0;
		}
	}
}

/* Gives 1 when the transaction still holds its item. */
static size_t
ask_transaction(struct bitmark_snapshot *s, struct bitmark_span packed)
{
	struct bitmark_account owner;
	uint8_t id[BITMARK_TX_ID_SIZE];
	size_t steps = 0;
	bitmark_status status;

	SIZED(confirmed, confirmed);
	SIZED(owned, owned);
	bitmark_tx_id(packed.data, packed.size, id);
	REFUSED(confirmed, bitmark_snapshot_transaction(s, id, &confirmed.s));
	MUST_OK(bitmark_snapshot_transaction(s, id, &confirmed.s));
	FILLED(confirmed);
	MUST(confirmed.s.packed.size == packed.size);
	MUST_OK(bitmark_snapshot_provenance(s, id, count_step, &steps));
	MUST(steps >= 2);
	REFUSED(owned, bitmark_snapshot_ownership(s, id, &owner, &owned.s));
	status = bitmark_snapshot_ownership(s, id, &owner, &owned.s);
	if (status == BITMARK_E_NOT_FOUND)
		return 0;
	MUST_OK(status);
	FILLED(owned);
	ask_owner(s, &owner, id);
	return 1;
}

static void
ask_asset(struct bitmark_snapshot *s, const struct bitmark_record *record)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];

	SIZED(confirmed, confirmed);
	bitmark_asset_id(record->asset.fingerprint, id);
	REFUSED(confirmed, bitmark_snapshot_asset(s, id, &confirmed.s));
	MUST_OK(bitmark_snapshot_asset(s, id, &confirmed.s));
	FILLED(confirmed);
	MUST(confirmed.s.record.tag == BITMARK_RECORD_ASSET);
}

static void
ask_records(struct bitmark_snapshot *s, const struct blocks *b)
{
	/* Memory that the library works in, and bytes behind it. */
	static struct {
		struct bitmark_block_walk walk;
		unsigned char guard[GUARD];
	} w;
	size_t held = 0;

	for (size_t i = 0; i < BLOCKS_MAX; i++) {
		memset(&w, 0xa5, sizeof w);
		MUST_OK(bitmark_block_walk_start(&w.walk, bitmark_rules_8_2(),
		    b->block[i].data, b->block[i].size, BITMARK_NETWORK_TEST));
		while (w.walk.index < w.walk.header.count) {
			MUST_OK(bitmark_block_walk_next(&w.walk));
			if (w.walk.record.tag == BITMARK_RECORD_ASSET)
				ask_asset(s, &w.walk.record);
			else if (w.walk.record.tag == BITMARK_RECORD_ISSUE ||
			    w.walk.record.tag == BITMARK_RECORD_TRANSFER)
				held += ask_transaction(s, w.walk.packed);
		}
		for (size_t k = 0; k < GUARD; k++)
			MUST(w.guard[k] == 0xa5);
	}
	MUST(held > 0);
}

/* Blocks of v8.2 have no shares. */
static void
ask_shares(struct bitmark_snapshot *s, const struct blocks *b)
{
	const uint8_t *id = b->header[0].merkle;
	const struct bitmark_account nobody = { .network = 1 };
	size_t count;

	SIZED(share_total, total);
	SIZED(share_balance, balance);
	SIZED(copy, copy);
	REFUSED(total, bitmark_snapshot_share(s, id, &total.s));
	MUST(bitmark_snapshot_share(s, id, &total.s) == BITMARK_E_NOT_FOUND);
	LEFT_ALONE(total);
	REFUSED(balance, bitmark_snapshot_share_balances(s, &nobody, NULL,
	    &balance.s, 1, &count));
	MUST_OK(bitmark_snapshot_share_balances(s, &nobody, NULL, &balance.s,
	    1, &count));
	MUST(count == 0);
	LEFT_ALONE(balance);
	REFUSED(copy, bitmark_snapshot_copies(s, id, 0, &copy.s, 1, &count));
	MUST_OK(bitmark_snapshot_copies(s, id, 0, &copy.s, 1, &count));
	MUST(count == 0);
	LEFT_ALONE(copy);
}

static void
ask_snapshot(struct bitmark_snapshot *s, const struct blocks *b)
{
	uint64_t crc[4] = { 0, 0, 0, 9 };
	struct bitmark_tip tip;
	size_t count;

	SIZED(counts, counts);
	SIZED(view, view);
	bitmark_snapshot_tip(s, &tip);
	MUST(tip.number == b->header[BLOCKS_MAX - 1].number);
	MUST(memcmp(tip.digest, b->header[BLOCKS_MAX].previous,
	    sizeof tip.digest) == 0);
	MUST_OK(bitmark_snapshot_pay_nonces(s, crc, 3, &count));
	MUST(count == 3 && crc[0] == tip.crc && crc[3] == 9);
	REFUSED(counts, bitmark_snapshot_counts(s, &counts.s));
	MUST_OK(bitmark_snapshot_counts(s, &counts.s));
	FILLED(counts);
	MUST(counts.s.blocks == BLOCKS_MAX && counts.s.used_bytes > 0);
	REFUSED(view, bitmark_snapshot_view(s, &view.s));
	MUST_OK(bitmark_snapshot_view(s, &view.s));
	FILLED(view);
	MUST(view.s.height(view.s.user) == tip.number);
	ask_records(s, b);
	ask_shares(s, b);
}

static int
look_at_waiting(void *user, const struct bitmark_waiting *waiting)
{
	++*(size_t *)user;
	MUST(waiting->count == 1 && waiting->packed.size > 0);
	MUST(waiting->payments != NULL && waiting->until_s > waiting->since_s);
	return 0;
}

static void
prove(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    const struct bitmark_unit_result *unit)
{
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];
	enum bitmark_proof_result result;

	SIZED(grind_config, grind);
	memcpy(grind.s.pay_id, unit->pay_id, sizeof grind.s.pay_id);
	memcpy(grind.s.target, unit->target, sizeof grind.s.target);
	grind.s.pay_nonce = unit->pay_nonce;
	grind.s.threads = 1;
	REFUSED(grind, bitmark_grind(&grind.s, nonce));
	MUST_OK(bitmark_grind(&grind.s, nonce));
	LEFT_ALONE(grind);
	MUST_OK(bitmark_reservoir_proof(r, s, unit->pay_id, nonce,
	    sizeof nonce, &result));
	MUST(result == BITMARK_PROOF_ACCEPTED);
}

/* A payment for something that is not here waits for it. */
static void
pay(struct bitmark_reservoir *r, uint64_t now_s)
{
	const uint8_t pay_id[BITMARK_PAY_ID_SIZE] = { 1 };
	struct bitmark_payment output = { .amount = 5 };
	bool verified;

	SIZED(paid, paid);
	strcpy(output.address, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn");
	paid.s.currency = BITMARK_CURRENCY_BITCOIN;
	paid.s.output = &output;
	paid.s.count = 1;
	REFUSED(paid, bitmark_reservoir_payment(r, now_s, pay_id, &paid.s,
	    &verified));
	MUST_OK(bitmark_reservoir_payment(r, now_s, pay_id, &paid.s,
	    &verified));
	LEFT_ALONE(paid);
	MUST(!verified);
}

static void
submit(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s)
{
	struct signed_records made;
	size_t waiting = 0;

	SIZED(asset_result, asset);
	SIZED(unit_result, unit);
	SIZED(reservoir_counts, counts);
	make_records(&made);
	REFUSED(asset, bitmark_reservoir_asset(r, s, now_s, made.asset,
	    made.asset_size, &asset.s));
	MUST_OK(bitmark_reservoir_asset(r, s, now_s, made.asset,
	    made.asset_size, &asset.s));
	FILLED(asset);
	MUST(asset.s.fresh && asset.s.used == made.asset_size);
	REFUSED(unit, bitmark_reservoir_issues(r, s, now_s, made.issue,
	    made.issue_size, &unit.s));
	MUST_OK(bitmark_reservoir_issues(r, s, now_s, made.issue,
	    made.issue_size, &unit.s));
	FILLED(unit);
	MUST(unit.s.count == 1 && unit.s.relay.size == made.issue_size);
	bitmark_reservoir_each(r, look_at_waiting, &waiting);
	MUST(waiting == 1);
	prove(r, s, &unit.s);
	pay(r, now_s);
	REFUSED(counts, bitmark_reservoir_get_counts(r, &counts.s));
	MUST_OK(bitmark_reservoir_get_counts(r, &counts.s));
	FILLED(counts);
	MUST(counts.s.verified == 1 && counts.s.assets == 1 &&
	    counts.s.orphans == 1);
}

/* A backup file of no records is one that holds none. */
static void
import_nothing(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s)
{
	SIZED(import, counts);
	REFUSED(counts, bitmark_reservoir_import(r, s, now_s,
	    (const uint8_t *)"", 0, &counts.s));
	(void)!bitmark_reservoir_import(r, s, now_s, (const uint8_t *)"", 0,
	    &counts.s);
	FILLED(counts);
	MUST(counts.s.accepted == 0);
}

static void
use_reservoir(struct bitmark_chain *chain, struct bitmark_snapshot *s,
    uint64_t now_s)
{
	struct bitmark_chain_journal *table;
	struct bitmark_reservoir *r;

	SIZED(journal, journal);
	SIZED(reservoir_limits, limits);
	SIZED(reservoir_config, config);
	MUST_OK(bitmark_chain_journal_open(&table, chain));
	REFUSED(journal, bitmark_chain_journal_get(table, &journal.s));
	MUST_OK(bitmark_chain_journal_get(table, &journal.s));
	FILLED(journal);
	limits.s.orphans = 1;
	config.s.params = bitmark_chain_params_find("local");
	config.s.journal = &journal.s;
	config.s.limits = &limits.s;
	REFUSED(config, bitmark_reservoir_open(&r, &config.s, s, now_s));
	REFUSED(limits, bitmark_reservoir_open(&r, &config.s, s, now_s));
	REFUSED(journal, bitmark_reservoir_open(&r, &config.s, s, now_s));
	MUST_OK(bitmark_reservoir_open(&r, &config.s, s, now_s));
	LEFT_ALONE(config);
	LEFT_ALONE(limits);
	submit(r, s, now_s);
	use_mining(r, s, now_s);
	import_nothing(r, s, now_s);
	bitmark_reservoir_close(r);
	bitmark_chain_journal_close(table);
}

void
use_chain(const char *directory)
{
	static struct blocks b;
	struct bitmark_digest_pool *pool;
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snapshot;

	SIZED(chain_config, config);
	read_blocks(&b);
	MUST_OK(bitmark_digest_pool_new(&pool, NULL));
	config.s.path = directory;
	config.s.params = bitmark_chain_params_find("local");
	config.s.access = BITMARK_CHAIN_WRITE;
	config.s.digests = pool;
	REFUSED(config, bitmark_chain_open(&chain, &config.s));
	MUST_OK(bitmark_chain_open(&chain, &config.s));
	LEFT_ALONE(config);
	add_blocks(chain, &b);
	MUST_OK(bitmark_snapshot_open(chain, &snapshot));
	ask_snapshot(snapshot, &b);
	use_reservoir(chain, snapshot, b.now_s);
	bitmark_snapshot_close(snapshot);
	bitmark_chain_close(chain);
	bitmark_digest_pool_free(pool);
	bitmark_free(b.file);
}
