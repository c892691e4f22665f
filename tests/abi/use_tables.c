/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The tables of what is announced, their files, and the pool of digests.
 */
#include "use.h"

#define NOW_S UINT64_C(1545000100)
#define PEERS 9

static struct bitmark_peer
peer_number(uint8_t number)
{
	struct bitmark_peer peer = { .timestamp = NOW_S };
	struct bitmark_connection connection;

	memset(peer.key, number, sizeof peer.key);
	MUST_OK(bitmark_connection_from_text("127.0.0.1:2136", 14,
	    &connection));
	bitmark_connection_pack(&connection, peer.connections);
	peer.connections_size = BITMARK_CONNECTION_V6_SIZE;
	return peer;
}

static struct bitmark_announce *
new_table(void)
{
	struct bitmark_peer own = peer_number(1);
	struct bitmark_announce *announce;

	MUST_OK(bitmark_announce_new(&announce, &own, 0, NULL, NULL));
	return announce;
}

#define NEIGHBOURS 5            /* of many peers, by the rules of 8.2 */

/* The array has room for one neighbour less than there are. */
static void
use_neighbours(const struct bitmark_announce *announce)
{
	struct {
		struct bitmark_neighbour list[NEIGHBOURS - 1];
		unsigned char guard[GUARD];
	} found;
	size_t count;

	memset(&found, 0xa5, sizeof found);
	count = bitmark_announce_neighbours(announce, found.list,
	    NEIGHBOURS - 1);
	MUST(count == NEIGHBOURS - 1);
	MUST(found.list[0].label == BITMARK_NEIGHBOUR_N1);
	MUST(found.list[0].peer.key[0] == 2);
	for (size_t i = 0; i < GUARD; i++)
		MUST(found.guard[i] == 0xa5);
}

/* What one table has written another one reads. */
static void
use_peer_file(const struct bitmark_announce *announce)
{
	struct bitmark_announce *other = new_table();
	char *text;
	size_t size;

	SIZED(peer_file_counts, counts);
	MUST_OK(bitmark_peer_file_format(announce, &text, &size));
	REFUSED(counts, bitmark_peer_file_restore(other, text, size, NOW_S,
	    &counts.s));
	MUST_OK(bitmark_peer_file_restore(other, text, size, NOW_S,
	    &counts.s));
	FILLED(counts);
	MUST(counts.s.taken == PEERS - 1 && counts.s.skipped == 1);
	MUST(bitmark_announce_count(other) == PEERS);
	bitmark_free(text);
	bitmark_announce_free(other);
}

static void
use_announce(void)
{
	struct bitmark_announce *announce = new_table();
	struct bitmark_peer peer;
	bool relay;

	for (uint8_t i = 2; i <= PEERS; i++) {
		peer = peer_number(i);
		MUST_OK(bitmark_announce_add(announce, i,
		    bitmark_peer_announcement(&peer), NOW_S, &relay, NULL));
		MUST(relay);
	}
	MUST(bitmark_announce_count(announce) == PEERS);
	MUST(bitmark_announce_at(announce, 1)->key[0] == 2);
	use_neighbours(announce);
	use_peer_file(announce);
	bitmark_announce_free(announce);
}

static void
use_rpc_list(void)
{
	struct bitmark_peer peer = peer_number(3);
	struct bitmark_rpc_list *list;
	uint64_t next;
	char *text;
	size_t size;

	MUST_OK(bitmark_rpc_list_new(&list, 0, NULL));
	MUST_OK(bitmark_rpc_list_add(list, 1, bitmark_peer_announcement(&peer),
	    NOW_S, NULL, NULL));
	MUST(bitmark_rpc_list_at(list, 0)->connections_size ==
	    peer.connections_size);
	MUST_OK(bitmark_rpc_list_fetch(list, 0, 1, &text, &size, &next));
	MUST(strstr(text, "127.0.0.1:2136") != NULL);
	bitmark_free(text);
	bitmark_rpc_list_free(list);
}

/* The digest of the tests: the beginning of the input. */
static bitmark_status
first_bytes(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)arena;
	(void)arena_size;
	memcpy(output, input, BITMARK_DIGEST_OUTPUT_SIZE);
	return BITMARK_OK;
}

static void
count_done(struct bitmark_digest_job *job)
{
	++*(unsigned *)job->user;
}

/* A pool that is freed finishes, or stops, all of its jobs first: so the thread
 * that frees it can read what they have counted. */
static void
use_digests(void)
{
	struct bitmark_digest_pool *pool;
	uint8_t input[BITMARK_DIGEST_INPUT_SIZE] = { 7 };
	uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE];
	unsigned done = 0;

	SIZED(digest_config, config);
	SIZED(digest_job, job);
	SIZED(digest_stats, stats);
	config.s.workers = 1;
	config.s.digest = first_bytes;
	REFUSED(config, bitmark_digest_pool_new(&pool, &config.s));
	MUST_OK(bitmark_digest_pool_new(&pool, &config.s));
	LEFT_ALONE(config);
	MUST_OK(bitmark_digest_pool_run(pool, input, output));
	MUST(output[0] == 7);
	REFUSED(stats, bitmark_digest_pool_stats(pool, &stats.s));
	MUST_OK(bitmark_digest_pool_stats(pool, &stats.s));
	FILLED(stats);
	MUST(stats.s.workers == 1 && stats.s.finished == 1);
	job.s.input[1] = 8;
	job.s.done = count_done;
	job.s.user = &done;
	REFUSED(job, bitmark_digest_pool_submit(pool, &job.s));
	MUST_OK(bitmark_digest_pool_submit(pool, &job.s));
	bitmark_digest_pool_free(pool);
	LEFT_ALONE(job);
	MUST(done == 1);
	MUST(job.s.status == BITMARK_E_STOPPED || job.s.output[1] == 8);
}

void
use_tables(void)
{
	use_announce();
	use_rpc_list();
	use_digests();
}
