/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The peers that a node knows: which of them it is connected to, and the file
 * that keeps them.
 */
#include "../support/vectors.h"
#include "../support/members.h"

#include <bitmarkpeer/announce.h>
#include <bitmarkpeer/os.h>
#include <bitmarkpeer/peer_file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 512
/* By the rule a node connects to those at distances 1, 2, 3, 1/4, 1/2 and 3/4
 * on the ring of keys: of ten 1, 2, 3, 5 and 7.  The live one stands at 4. */
#define BEFORE 3
#define BEHIND 5

static char path[PATH_SIZE];
static struct bitmark_announce *known;

static void
setup(void)
{
	const struct bitmark_peer nobody = { .key = { 1 } };

	members_setup();
	(void)snprintf(path, sizeof path, "%s/peers.json",
	    member[0].directory);
	member[0].config.peer_file = path;
	member[0].config.dynamic_connections = true;
	ck_assert_int_eq(bitmark_announce_new(&known, &nobody, 0, NULL, NULL),
	    BITMARK_OK);
}

static void
teardown(void)
{
	(void)unlink(path);
	bitmark_announce_free(known);
	members_teardown();
}

static void
know(const uint8_t *key, const char *address)
{
	const uint64_t now_s = bitmark_clock_wall_s();
	struct bitmark_connection connection;
	uint8_t packed[BITMARK_CONNECTION_V6_SIZE];

	ck_assert_int_eq(bitmark_connection_from_text(address,
	    strlen(address), &connection), BITMARK_OK);
	bitmark_connection_pack(&connection, packed);
	ck_assert_int_eq(bitmark_announce_add(known, 0,
	    (struct bitmark_announcement){ { key, BITMARK_PEER_KEY_SIZE },
	    { packed, sizeof packed }, now_s }, now_s, NULL, NULL),
	    BITMARK_OK);
}

/* Peers that nobody reaches, with the keys that follow ${key}. */
static void
know_dead_ones(const uint8_t *key, int count)
{
	uint8_t next[BITMARK_PEER_KEY_SIZE];

	memcpy(next, key, sizeof next);
	while (count-- > 0) {
		for (size_t i = sizeof next; i-- > 0 && ++next[i] == 0;)
			continue;
		know(next, "127.0.0.1:1");
	}
}

static void
write_file(void)
{
	char *text;
	size_t size;

	ck_assert_int_eq(bitmark_peer_file_format(known, &text, &size),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_file_replace(path, 0600, text, size),
	    BITMARK_OK);
	bitmark_free(text);
}

START_TEST(a_node_that_is_no_neighbour_is_connected_to_when_there_is_a_place)
{
	know(member[1].public_key, member[1].address);
	know_dead_ones(member[0].public_key, BEFORE);
	know_dead_ones(member[1].public_key, BEHIND);
	write_file();
	member_start(1);
	member_start(0);
	ck_assert(member_becomes(0, member_has_peers, 1));
}
END_TEST

/* Is the key in the file? */
static bool
is_kept(const uint8_t *key)
{
	char hex[2 * BITMARK_PEER_KEY_SIZE + 1];
	uint8_t *text;
	char *end;
	size_t size;
	bool found;

	if (bitmark_file_read(path, BITMARK_PEER_FILE_MAX, &text, &size) !=
	    BITMARK_OK)
		return false;
	bitmark_hex_encode(key, BITMARK_PEER_KEY_SIZE, hex);
	end = malloc(size + 1);
	memcpy(end, text, size);
	end[size] = '\0';
	found = strstr(end, hex) != NULL;
	free(end);
	bitmark_free(text);
	return found;
}

START_TEST(the_file_follows_what_the_node_learns_while_it_runs)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 77 };

	/* A table with fewer entries is not worth a file. */
	know_dead_ones(member[0].public_key, BITMARK_PEER_FILE_ENTRIES_MIN);
	write_file();
	member_start(0);
	for (uint8_t i = 1; i <= 2; i++) {
		struct await wait = AWAIT;

		key[1] = i;
		ck_assert(!is_kept(key));
		ck_assert_int_eq(bitmark_node_add_peer(member[0].node, key,
		    "127.0.0.1:1"), BITMARK_OK);
		while (!is_kept(key))
			ck_assert(await_again(&wait));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("known_peers");
	TCase *t = tcase_create("peers");

	tcase_set_timeout(t, 150);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t,
	    a_node_that_is_no_neighbour_is_connected_to_when_there_is_a_place);
	tcase_add_test(t, the_file_follows_what_the_node_learns_while_it_runs);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
