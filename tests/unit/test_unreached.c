/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Peers that a node cannot be connected to: the log and the list of
 * connections say why.
 */
#include "../support/vectors.h"
#include "../support/members.h"
#include "../support/raw_node.h"

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/os.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec/codec.h"
#include "net/curve.h"
#include "net/dealer.h"

#define TEXT_SIZE 256

/* What the log has told of peers that are not connected. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned lines;
static enum bitmark_log_level line_level;
static char last_line[TEXT_SIZE];

static void
note_line(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	(void)user;
	(void)module;
	(void)size;
	if (strstr(line, ": not connected: ") == NULL)
		return;
	pthread_mutex_lock(&lock);
	lines++;
	line_level = level;
	(void)snprintf(last_line, sizeof last_line, "%s", line);
	pthread_mutex_unlock(&lock);
}

/* The first connection of the first member. */
struct seen {
	bool any;
	uint64_t tries, failures, failed_s;
	char reason[TEXT_SIZE], at[TEXT_SIZE];
};

static int
note_connection(void *user, const struct bitmark_node_connection *c)
{
	struct seen *seen = user;

	*seen = (struct seen){ .any = true, .tries = c->tries,
		.failures = c->failures, .failed_s = c->failed_s };
	(void)snprintf(seen->reason, sizeof seen->reason, "%s",
	    c->reason != NULL ? c->reason : "");
	(void)snprintf(seen->at, sizeof seen->at, "%s",
	    c->at != NULL ? c->at : "");
	return 1;
}

/* Wait for so many failures with this reason. */
static struct seen
see(uint64_t failures, const char *reason)
{
	struct await wait = AWAIT;
	struct seen seen = { .any = false };

	do {
		ck_assert_int_eq(bitmark_node_each_connection(member[0].node,
		    note_connection, &seen), BITMARK_OK);
		if (seen.failures >= failures &&
		    strstr(seen.reason, reason) != NULL)
			return seen;
	} while (await_again(&wait));
	ck_abort_msg("%llu failures, %s",
	    (unsigned long long)seen.failures, seen.reason);
	return seen;
}

static void
setup(void)
{
	members_setup();
	member[0].config.env.log = note_line;
}

static void
expect_one_line(enum bitmark_log_level level, const char *text)
{
	pthread_mutex_lock(&lock);
	ck_assert_uint_eq(lines, 1);
	ck_assert_int_eq(line_level, level);
	ck_assert_msg(strstr(last_line, text) != NULL, "%s", last_line);
	pthread_mutex_unlock(&lock);
}

START_TEST(a_peer_that_does_not_listen_is_told_once)
{
	struct raw_node nobody;
	struct seen seen;
	int fd;

	raw_init(&nobody, raw_ignore);
	fd = raw_tcp(&nobody);          /* bound, not listening */
	member_connect(0, nobody.public_key, nobody.address);
	member_start(0);
	seen = see(3, "connection refused");
	ck_assert_uint_ge(seen.tries, seen.failures);
	ck_assert_uint_ne(seen.failed_s, 0);
	ck_assert_str_eq(seen.at, nobody.address);
	expect_one_line(BITMARK_LOG_WARN, "connection refused");
	close(fd);
	raw_fini(&nobody);
}
END_TEST

START_TEST(a_peer_that_is_found_and_does_not_listen_is_no_warning)
{
	struct raw_node nobody;
	int fd;

	raw_init(&nobody, raw_ignore);
	fd = raw_tcp(&nobody);
	member[0].config.dynamic_connections = true;
	member_start(0);
	ck_assert_int_eq(bitmark_node_add_peer(member[0].node,
	    nobody.public_key, nobody.address), BITMARK_OK);
	(void)see(3, "connection refused");
	expect_one_line(BITMARK_LOG_INFO, nobody.address);
	close(fd);
	raw_fini(&nobody);
}
END_TEST

START_TEST(a_peer_with_another_key_is_told)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	member_start(1);
	memcpy(key, member[1].public_key, sizeof key);
	key[0] ^= 1;
	member_connect(0, key, member[1].address);
	member_start(0);
	(void)see(3, "does not have this key");
	expect_one_line(BITMARK_LOG_WARN, "does not have this key");
}
END_TEST

START_TEST(a_name_that_cannot_be_found_is_told)
{
	static const uint8_t key[BITMARK_PEER_KEY_SIZE] = { 1 };
	struct seen seen;

	member_connect(0, key, "nobody.invalid:2136");
	member_start(0);
	seen = see(2, "name cannot be found");
	ck_assert_str_eq(seen.at, "");
	expect_one_line(BITMARK_LOG_WARN,
	    "nobody.invalid:2136: not connected: the name cannot be found");
}
END_TEST

START_TEST(a_peer_that_refuses_us_is_told_with_its_words)
{
	struct raw_node other;
	struct seen seen;

	raw_init(&other, raw_answer);
	raw_reply_text(&other, "E", "incorrect chain", NULL);
	raw_start(&other);
	member_connect(0, other.public_key, other.address);
	member_start(0);
	seen = see(0, "incorrect chain");
	ck_assert_str_eq(seen.at, other.address);
	expect_one_line(BITMARK_LOG_WARN, ": not connected: incorrect chain");
	member_stop(0);
	raw_stop(&other);
	raw_fini(&other);
}
END_TEST

/* A publisher, which talks to subscribers only. */
START_TEST(the_port_of_the_publisher_is_told)
{
	char publish[LOOPBACK_TEXT_SIZE];
	const char *const list[] = { publish };

	loopback_free_address(publish);
	member[1].config.publish = list;
	member[1].config.publish_count = 1;
	member_start(1);
	member_connect(0, member[1].public_key, publish);
	member_start(0);
	(void)see(3, "another service at this port");
}
END_TEST

/*
 * Announcements of the node itself.
 */

/* A peer says that this node is there. */
static void
announce(struct bm_dealer *peer, const uint8_t *key)
{
	static const uint8_t connections[] = { 7, 8, 88, 127, 0, 0, 1 };
	uint8_t now[8];
	const struct bitmark_span parameters[] = {
		{ key, BITMARK_PEER_KEY_SIZE },
		{ connections, sizeof connections }, { now, sizeof now },
	};
	struct await wait = AWAIT;
	uint32_t id;

	bm_put_u64be(now, bitmark_clock_wall_s());
	while (bm_dealer_send(peer, "peer", parameters, 3, &id) !=
	    BITMARK_OK) {
		bm_dealer_drive(peer, bitmark_clock_ms());
		ck_assert(await_again(&wait));
	}
}

START_TEST(our_own_announcement_that_comes_back_is_no_fault)
{
	uint8_t public_key[32], private_key[32];
	struct bm_dealer_config config = { .chain = "local",
	    .address = member[0].address,
	    .server_key = member[0].public_key, .public_key = public_key,
	    .private_key = private_key };
	struct bm_dealer *peer;

	bitmark_peer_key_generate(NULL, public_key, private_key);
	config.zmq = zmq_ctx_new();
	member_load(0, 3);
	member_start(0);
	ck_assert_int_eq(bm_dealer_open(&peer, &config, bitmark_clock_ms()),
	    BITMARK_OK);
	announce(peer, member[0].public_key);
	announce(peer, public_key);
	/* The second one is taken in after the first. */
	ck_assert(member_becomes(0, member_knows, 2));
	ck_assert_uint_eq(member_status(0).dropped, 0);
	bm_dealer_close(peer);
	zmq_ctx_term(config.zmq);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("unreached");
	TCase *t = tcase_create("peers");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(t, 150);
	tcase_add_checked_fixture(t, setup, members_teardown);
	tcase_add_test(t, a_peer_that_does_not_listen_is_told_once);
	tcase_add_test(t,
	    a_peer_that_is_found_and_does_not_listen_is_no_warning);
	tcase_add_test(t, a_peer_with_another_key_is_told);
	tcase_add_test(t, a_name_that_cannot_be_found_is_told);
	tcase_add_test(t, a_peer_that_refuses_us_is_told_with_its_words);
	tcase_add_test(t, the_port_of_the_publisher_is_told);
	tcase_add_test(t, our_own_announcement_that_comes_back_is_no_fault);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
