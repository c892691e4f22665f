/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The cost of large numbers: 100 000 pending transactions beside 1000,
 * 10 000 known peers beside 1000; and the memory of a node that has nothing to
 * do, on a long chain and with all of these.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bitmarkpeer/announce.h>

#include "bench.h"
#include "chain_maker.h"
#include "node_maker.h"

#define FEW 1000
#define MANY_PENDING 99000              /* and those that are added */
#define MANY_PEERS 10000
#define BLOCKS 100000
#define ROUNDS 7

#define IDLE_BAR_MIB 16.0
/* Until a node that was started has nothing more to do. */
#define SETTLE_S 2

/* Calls in a round of what takes little. */
#define CALLS 16384

/* --- pending transactions --------------------------------------------------- */

#define BUNDLE_BYTES ((size_t)BITMARK_BUNDLE_MAX * 256)

struct pending {
	char *directory;
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snapshot;
	struct bitmark_chain_journal *journal;
	struct bitmark_reservoir *reservoir;
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];
	uint64_t nonce;                 /* of the next issue */
	uint8_t tx_id[CALLS][BITMARK_TX_ID_SIZE];       /* the newest ones,
	                                   by nonce          */
};

static void
open_reservoir(struct pending *p)
{
	struct bitmark_journal journal = { .struct_size = sizeof journal };
	struct bitmark_reservoir_config config = {
		.struct_size = sizeof config,
		.params = bitmark_chain_params_find("local"),
		.journal = &journal,
	};

	maker_must(bitmark_chain_journal_open(&p->journal, p->chain),
	    "journal");
	bitmark_chain_journal_get(p->journal, &journal);
	maker_must(bitmark_snapshot_renew(p->snapshot), "renew");
	maker_must(bitmark_reservoir_open(&p->reservoir, &config, p->snapshot,
	    MAKER_NOW), "reservoir");
	bitmark_snapshot_release(p->snapshot);
	bitmark_chain_journal_make_room(p->journal);
}

static void
close_reservoir(struct pending *p)
{
	bitmark_reservoir_close(p->reservoir);
	bitmark_chain_journal_close(p->journal);
}

static void
add_asset(struct pending *p)
{
	static const char name[] = "name", fingerprint[] = "crowd";
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ASSET,
		.asset = {
			.name = { (const uint8_t *)name, strlen(name) },
			.fingerprint = { (const uint8_t *)fingerprint,
			    strlen(fingerprint) },
		},
	};
	struct bitmark_private_key key;
	struct bitmark_asset_result result = { .struct_size = sizeof result };
	size_t size;

	maker_key(1, &key);
	bitmark_private_key_account(&key, &r.asset.registrant);
	maker_must(bitmark_record_sign(&r, &key, signature), "sign");
	maker_must(bitmark_record_encode(&r, packed, sizeof packed, &size),
	    "encode");
	maker_must(bitmark_snapshot_renew(p->snapshot), "renew");
	maker_must(bitmark_reservoir_asset(p->reservoir, p->snapshot,
	    MAKER_NOW, packed, size, &result), "asset");
	bitmark_snapshot_release(p->snapshot);
	memcpy(p->asset_id, result.asset_id, sizeof p->asset_id);
}

/* The next 100 issues; gives their size. */
static size_t
make_bundle(struct pending *p, uint8_t data[BUNDLE_BYTES])
{
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	struct bitmark_private_key key;
	size_t total = 0;

	maker_key(1, &key);
	for (unsigned i = 0; i < BITMARK_BUNDLE_MAX; i++) {
		struct bitmark_record r = {
			.tag = BITMARK_RECORD_ISSUE,
			.issue.nonce = p->nonce++,
		};
		size_t size;

		memcpy(r.issue.asset_id, p->asset_id, sizeof p->asset_id);
		bitmark_private_key_account(&key, &r.issue.owner);
		maker_must(bitmark_record_sign(&r, &key, signature), "sign");
		maker_must(bitmark_record_encode(&r, data + total,
		    BUNDLE_BYTES - total, &size), "encode");
		total += size;
	}
	return total;
}

/* Processor time in microseconds for each transaction. */
static double
add_us(void *user)
{
	static uint8_t data[BUNDLE_BYTES];
	static struct bitmark_unit_result result = { .struct_size =
	    sizeof result };
	struct pending *p = user;
	const size_t size = make_bundle(p, data);
	const double start = bench_cpu_s();
	double seconds;

	maker_must(bitmark_snapshot_renew(p->snapshot), "renew");
	maker_must(bitmark_reservoir_issues(p->reservoir, p->snapshot,
	    MAKER_NOW, data, size, &result), "issues");
	bitmark_snapshot_release(p->snapshot);
	bitmark_chain_journal_make_room(p->journal);
	seconds = bench_cpu_s() - start;
	for (uint64_t i = 0; i < BITMARK_BUNDLE_MAX; i++)
		memcpy(p->tx_id[(p->nonce - BITMARK_BUNDLE_MAX + i) % CALLS],
		    result.tx_id[i], BITMARK_TX_ID_SIZE);
	return seconds * 1e6 / BITMARK_BUNDLE_MAX;
}

static double
status_us(void *user)
{
	struct pending *p = user;
	const uint64_t known = p->nonce < CALLS ? p->nonce : CALLS;
	enum bitmark_tx_status status;
	double start;

	maker_must(bitmark_snapshot_renew(p->snapshot), "renew");
	start = bench_cpu_s();
	for (unsigned i = 0; i < CALLS; i++) {
		maker_must(bitmark_reservoir_status(p->reservoir, p->snapshot,
		    p->tx_id[(i * UINT64_C(2654435761)) % known], &status),
		    "status");
		if (status != BITMARK_TX_STATUS_PENDING)
			bench_fail("not pending");
	}
	bitmark_snapshot_release(p->snapshot);
	return (bench_cpu_s() - start) * 1e6 / CALLS;
}

static double
expire_us(void *user)
{
	struct pending *p = user;
	const double start = bench_cpu_s();

	for (unsigned i = 0; i < CALLS; i++)
		maker_must(bitmark_reservoir_expire(p->reservoir, MAKER_NOW),
		    "expire");
	return (bench_cpu_s() - start) * 1e6 / CALLS;
}

/* All of the journal, for each transaction. */
static double
reopen_us(void *user)
{
	struct pending *p = user;
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };
	double start;

	close_reservoir(p);
	start = bench_cpu_s();
	open_reservoir(p);
	bitmark_reservoir_get_counts(p->reservoir, &counts);
	return (bench_cpu_s() - start) * 1e6 / (double)counts.pending;
}

static void
init_pending(struct pending *p, size_t count)
{
	p->directory = maker_directory();
	p->chain = maker_open(p->directory, NULL);
	maker_must(bitmark_snapshot_open(p->chain, &p->snapshot), "snapshot");
	bitmark_snapshot_release(p->snapshot);
	open_reservoir(p);
	add_asset(p);
	for (size_t i = 0; i < count; i += BITMARK_BUNDLE_MAX)
		(void)add_us(p);
}

/* The store stays. */
static void
close_pending(struct pending *p)
{
	close_reservoir(p);
	bitmark_snapshot_close(p->snapshot);
	bitmark_chain_close(p->chain);
}

/* --- peers ---------------------------------------------------------------------- */

struct peers {
	struct bitmark_announce *announce;
	uint64_t count;
	uint64_t next;                  /* to be heard of again */
};

static void
peer_key(uint64_t number, uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	bitmark_sha3_256((const uint8_t *)&number, sizeof number, key);
}

static void
hear_of(struct peers *p, uint64_t number)
{
	/* One address, 93.184.216.34:2136, as it is announced. */
	static const char address[] = "93.184.216.34:2136";
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	uint8_t packed[BITMARK_CONNECTION_V6_SIZE];
	struct bitmark_connection connection;

	maker_must(bitmark_connection_from_text(address, strlen(address),
	    &connection), address);
	bitmark_connection_pack(&connection, packed);
	peer_key(number, key);
	maker_must(bitmark_announce_add(p->announce, 0,
	    (struct bitmark_announcement){ { key, sizeof key }, { packed,
	    sizeof packed }, MAKER_NOW }, MAKER_NOW, NULL, NULL), "peer");
}

static double
hear_us(void *user)
{
	struct peers *p = user;
	const double start = bench_cpu_s();

	for (unsigned i = 0; i < CALLS; i++) {
		p->next = (p->next * 7 + 1) % p->count;
		hear_of(p, p->next);
	}
	return (bench_cpu_s() - start) * 1e6 / CALLS;
}

static double
random_us(void *user)
{
	static const uint8_t nobody[BITMARK_PEER_KEY_SIZE];
	struct peers *p = user;
	struct bitmark_peer peer;
	const double start = bench_cpu_s();

	for (unsigned i = 0; i < CALLS; i++)
		maker_must(bitmark_announce_random(p->announce, nobody,
		    &peer), "random");
	return (bench_cpu_s() - start) * 1e6 / CALLS;
}

static double
neighbours_us(void *user)
{
	struct peers *p = user;
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];
	const double start = bench_cpu_s();

	for (unsigned i = 0; i < CALLS; i++)
		if (bitmark_announce_neighbours(p->announce, list,
		    BITMARK_NEIGHBOURS_MAX) == 0)
			bench_fail("no neighbours");
	return (bench_cpu_s() - start) * 1e6 / CALLS;
}

static void
init_peers(struct peers *p, uint64_t count)
{
	struct bitmark_peer own = { .timestamp = MAKER_NOW };

	peer_key(UINT64_MAX, own.key);
	maker_must(bitmark_announce_new(&p->announce, &own,
	    (size_t)count + 1, NULL, NULL), "announce");
	p->count = count;
	for (uint64_t i = 0; i < count; i++)
		hear_of(p, i);
}

/* --- an idle node ------------------------------------------------------------------ */

static const char *program;

/* In a process of its own: run a node and say what it takes. */
static int
be_idle(const char *directory, unsigned long peers)
{
	static struct maker_node n;

	maker_node_init(&n, directory);
	maker_node_start(&n);
	for (uint64_t i = 1; i <= peers; i++) {
		uint8_t key[BITMARK_PEER_KEY_SIZE];

		peer_key(i, key);
		maker_must(bitmark_node_add_peer(n.node, key,
		    "93.184.216.34:2136"), "peer");
	}
	bench_nap(SETTLE_S);
	printf("%.0f\n", bench_anonymous_kib());
	maker_node_stop(&n);
	return 0;
}

struct idle {
	const char *directory;
	unsigned long peers;
};

static double
idle_mib(void *user)
{
	const struct idle *idle = user;
	char command[1024];
	double kib;
	FILE *child;

	snprintf(command, sizeof command, "'%s' --idle '%s' %lu", program,
	    idle->directory, idle->peers);
	child = popen(command, "r");
	if (child == NULL || fscanf(child, "%lf", &kib) != 1 ||
	    pclose(child) != 0)
		bench_fail(command);
	return kib / 1024;
}

static double
idle_bar(void *user)
{
	(void)user;
	return IDLE_BAR_MIB;
}

static void
only_base(struct maker_block *block, uint64_t number, void *user)
{
	(void)block;
	(void)number;
	(void)user;
}

static char *
long_chain(void)
{
	char *directory = maker_directory();
	struct bitmark_chain *chain = maker_open(directory, NULL);

	maker_fill(chain, BLOCKS, only_base, NULL);
	bitmark_chain_close(chain);
	return directory;
}

/* --- the tables ---------------------------------------------------------------------- */

int
main(int argc, char **argv)
{
	static struct pending few, many;
	static struct peers few_peers, many_peers;
	int result;

	program = argv[0];
	if (argc == 4 && strcmp(argv[1], "--idle") == 0)
		return be_idle(argv[2], strtoul(argv[3], NULL, 10));

	init_pending(&few, FEW);
	init_pending(&many, MANY_PENDING);
	init_peers(&few_peers, FEW);
	init_peers(&many_peers, MANY_PEERS);

	const struct bench_row pending[] = {
		{ "adding one, 1000", add_us, &few, BENCH_ALONE, 0 },
		{ "adding one, 100 000", add_us, &many, 0, 0.6 },
		{ "status of one, 1000", status_us, &few, BENCH_ALONE, 0 },
		{ "status of one, 100 000", status_us, &many, 2, 0 },
		{ "expiring none, 1000", expire_us, &few, BENCH_ALONE, 0 },
		{ "expiring none, 100 000", expire_us, &many, 4, 0.6 },
		{ "each at a start, 1000", reopen_us, &few, BENCH_ALONE, 0 },
		{ "each at a start, 100 000", reopen_us, &many, 6, 0.6 },
	};
	const struct bench_row peers[] = {
		{ "hearing of one, 1000", hear_us, &few_peers,
		    BENCH_ALONE, 0 },
		{ "hearing of one, 10 000", hear_us, &many_peers, 0, 0.75 },
		{ "a random one, 1000", random_us, &few_peers,
		    BENCH_ALONE, 0 },
		{ "a random one, 10 000", random_us, &many_peers, 2, 0.75 },
		{ "neighbours, 1000", neighbours_us, &few_peers,
		    BENCH_ALONE, 0 },
		{ "neighbours, 10 000", neighbours_us, &many_peers, 4, 0.75 },
	};
	const struct bench_table tables[] = { {
		.title = "pending transactions",
		.unit = "us of processor time",
		.better = BENCH_LESS,
		.rounds = ROUNDS,
		.rows = pending,
		.row_count = sizeof pending / sizeof *pending,
		.note = "Added in bundles of 100, signatures and the journal "
		    "included.  The bar is that of log n.\nA status is found "
		    "in a hash table: what grows is what the caches miss.",
	}, {
		.title = "known peers",
		.unit = "us of processor time",
		.better = BENCH_LESS,
		.rounds = ROUNDS,
		.rows = peers,
		.row_count = sizeof peers / sizeof *peers,
		.note = "The bar is that of log n.",
	} };
	result = bench_run("crowd", tables, sizeof tables / sizeof *tables);
	close_pending(&few);
	close_pending(&many);

	char *chain = long_chain();
	struct idle idle[] = {
		{ few.directory, 0 }, { chain, 0 }, { many.directory, 0 },
		{ chain, MANY_PEERS - 1 },
	};
	const struct bench_row rows[] = {
		{ "the bar", idle_bar, NULL, BENCH_ALONE, 0 },
		{ "1000 pending transactions", idle_mib, &idle[0], 0, 1 },
		{ "100 000 blocks", idle_mib, &idle[1], 0, 1 },
		{ "100 000 pending transactions", idle_mib, &idle[2], 0, 0 },
		{ "100 000 blocks, 10 000 peers", idle_mib, &idle[3], 0, 0 },
	};
	const struct bench_table memory = {
		.title = "memory of an idle node beyond the page cache",
		.unit = "MiB",
		.better = BENCH_LESS,
		.rounds = 1,
		.rows = rows,
		.row_count = sizeof rows / sizeof *rows,
	};
	if (result == 0)
		result = bench_run("idle", &memory, 1);
	maker_remove(few.directory);
	maker_remove(many.directory);
	maker_remove(chain);
	bitmark_announce_free(few_peers.announce);
	bitmark_announce_free(many_peers.announce);
	return result;
}
