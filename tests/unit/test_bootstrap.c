/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * First peers from the DNS: whole nodes on loopback that know nothing but a
 * domain, of which dnsmasq has the records.
 */
#include "../support/dns_server.h"
#include "../support/members.h"

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/os.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/curve.h"
#include "net/resolver.h"
#include "net/txt.h"
#include "node/bootstrap.h"
#include "node/lookup.h"

/* Age at which v8.2 drops an entry. */
#define EXPIRY_S (bitmark_rules_8_2()->announce_expiry_s)

#define HEIGHT 12
/* Instead of five minutes and more. */
#define REFRESH_MS 200
/* Much less than an unanswered question takes.  Milliseconds. */
#define STOP_MS (BM_RESOLVER_WAIT_MS * 3 / 4)
#define DEAD 9
#define MANY 40
#define RECORD_MAX 512

static char server[LOOPBACK_TEXT_SIZE];
static char *records[BM_TXT_RECORDS_MAX];
static size_t record_count;

static void
add_text(const char *text)
{
	records[record_count++] = strdup(text);
}

static void
remove_records(void)
{
	while (record_count > 0)
		free(records[--record_count]);
}

static void
setup(void)
{
	members_setup();
	loopback_free_address(server);
	for (int i = 0; i < 2; i++) {
		member[i].config.dynamic_connections = true;
		member[i].config.minimum_clients = 1;
	}
	member[1].config.dns_domain = DNS_DOMAIN;
	member[1].config.dns_server = server;
	member[1].config.dns_refresh_ms = REFRESH_MS;
}

static void
teardown(void)
{
	members_teardown();
	dns_server_stop();
	false_dns_stop();
	remove_records();
}

/* The record of a node; ${address} is "host:port". */
static void
add_node(const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *address)
{
	struct bitmark_dns_txt record = { .has_v4 = true, .rpc_port = 2130 };
	char text[RECORD_MAX];

	memcpy(record.public_key, key, sizeof record.public_key);
	ck_assert_int_eq(bitmark_connection_from_text(address,
	    strlen(address), &record.v4), BITMARK_OK);
	record.peer_port = record.v4.port;
	ck_assert_int_eq(bitmark_dns_txt_format(&record, text, sizeof text),
	    BITMARK_OK);
	add_text(text);
}

static void
add_member(int i)
{
	add_node(member[i].public_key, member[i].address);
}

/* A node that nobody can reach; gives its key. */
static const uint8_t *
add_dead(void)
{
	static uint8_t key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];

	bitmark_peer_key_generate(NULL, key, private_key);
	add_node(key, "127.0.0.1:1");
	return key;
}

static void
serve(void)
{
	dns_server_stop();
	dns_server_start(server, (const char *const *)records, record_count);
}

static bool
has_records(const struct bitmark_node_status *s, uint64_t count)
{
	return s->dns_records == count;
}

static void
expect_joined(void)
{
	ck_assert(member_becomes(1, member_in_step, HEIGHT));
	ck_assert(member_becomes(1, member_has_peers, 1));
	/* It has registered, and so the first knows it, too. */
	ck_assert(member_becomes(0, member_has_peers, 1));
}

/* Everything that is wrong with a record. */
static const char *const bad_records[] = {
	"v=spf1 -all",
	"",
	"bitmark=v4 a=127.0.0.1 c=2136 r=2130 f=%s p=%s",
	"bitmark=v3 a=127.0.0.1; c=2136 r=2130 f=%s p=%s",
	"bitmark=v3 a=127.0.0.1 c=0 r=2130 f=%s p=%s",
	"bitmark=v3 a=127.0.0.1 c=2136 f=%s p=%s",
	"bitmark=v3 a=0.0.0.0 c=2136 r=2130 f=%s p=%s",
	("bitmark=v3 a=127.0.0.1 c=2136 r=2130 f=%s p=0%.0s"
	    "000000000000000000000000000000000000000000000000000000000000000"),
};
#define BAD_RECORDS (sizeof bad_records / sizeof bad_records[0])

static void
add_bad(size_t i)
{
	char digits[2 * 32 + 1], text[RECORD_MAX];

	memset(digits, '5', sizeof digits - 1);
	digits[sizeof digits - 1] = '\0';
	snprintf(text, sizeof text, bad_records[i], digits, digits);
	add_text(text);
}

START_TEST(a_node_that_knows_only_a_domain_joins_D_48)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };

	for (size_t i = 0; i < BAD_RECORDS; i++)
		add_bad(i);
	add_member(1);
	add_member(0);
	serve();
	member_load(0, HEIGHT);
	member_start(0);
	member_start(1);
	expect_joined();
	status = member_status(1);
	ck_assert_uint_eq(status.dns_records, 2);
	ck_assert_uint_eq(status.dns_bad, BAD_RECORDS);
	ck_assert_uint_eq(status.known, 2);
	ck_assert_uint_eq(member_status(0).dns_records, 0);
}
END_TEST

/* The record names an IPv6 address, too, where nobody listens. */
START_TEST(a_node_with_an_address_that_does_not_work_is_found)
{
	struct bitmark_dns_txt record = { .has_v4 = true, .has_v6 = true,
	    .rpc_port = 2130, .v6 = { .address = { [15] = 1 } } };
	char text[RECORD_MAX];

	memcpy(record.public_key, member[0].public_key,
	    sizeof record.public_key);
	ck_assert_int_eq(bitmark_connection_from_text(member[0].address,
	    strlen(member[0].address), &record.v4), BITMARK_OK);
	record.peer_port = record.v6.port = record.v4.port;
	ck_assert_int_eq(bitmark_dns_txt_format(&record, text, sizeof text),
	    BITMARK_OK);
	add_text(text);
	serve();
	member[1].config.prefer_ipv6 = true;
	member_load(0, HEIGHT);
	member_start(0);
	member_start(1);
	expect_joined();
}
END_TEST

/* Look-ups that the log calls failed: those of the domain without a count of
 * what was found. */
static atomic_uint failures;

static void
count_failures(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	(void)user;
	(void)size;
	if (strcmp(module, "dns") == 0 && level != BITMARK_LOG_INFO &&
	    strncmp(line, DNS_DOMAIN ": ", sizeof DNS_DOMAIN + 1) == 0)
		atomic_fetch_add(&failures, 1);
}

static bool
has_failed(const struct bitmark_node_status *status, uint64_t count)
{
	(void)status;
	return atomic_load(&failures) >= count;
}

/* A node starts whatever is wrong with the DNS.  Here no server answers at
 * first. */
START_TEST(a_server_that_comes_later_is_found_D_48)
{
	add_member(0);
	member_load(0, HEIGHT);
	member_start(0);
	atomic_store(&failures, 0);
	member[1].config.env.log = count_failures;
	member_start(1);
	ck_assert(member_becomes(1, has_failed, 3));
	ck_assert_uint_eq(member_status(1).known, 1);
	serve();
	expect_joined();
}
END_TEST

START_TEST(a_record_that_is_changed_is_found_while_the_node_runs)
{
	(void)add_dead();
	add_bad(0);
	serve();
	member_load(0, HEIGHT);
	member_start(0);
	member_start(1);
	ck_assert(member_becomes(1, has_records, 1));
	ck_assert_uint_eq(member_status(1).dns_bad, 1);
	ck_assert(member_becomes(1, member_knows, 2));
	remove_records();
	add_member(0);
	serve();
	expect_joined();
	ck_assert_uint_eq(member_status(1).dns_bad, 0);
	/* The dead one is in the table until it expires. */
	ck_assert_uint_eq(member_status(1).known, 3);
}
END_TEST

/* Would a node with these records be connected to the first member? */
static bool
is_neighbour(void)
{
	struct bitmark_neighbour list[BITMARK_NEIGHBOURS_MAX];
	struct bitmark_announce *announce;
	struct bitmark_peer own = { .connections_size = 7 };
	size_t count;
	bool found = false;

	memcpy(own.key, member[1].public_key, sizeof own.key);
	ck_assert_int_eq(bitmark_announce_new(&announce, &own, 0, NULL, NULL),
	    BITMARK_OK);
	for (size_t i = 0; i < record_count; i++) {
		struct bitmark_dns_txt record;
		uint8_t packed[BITMARK_CONNECTION_V6_SIZE];

		ck_assert_int_eq(bitmark_dns_txt_parse(records[i],
		    strlen(records[i]), &record), BITMARK_OK);
		bitmark_connection_pack(&record.v4, packed);
		ck_assert_int_eq(bitmark_announce_add(announce, 0,
		    (struct bitmark_announcement){ { record.public_key, 32 },
		    { packed, sizeof packed }, 0 }, 1000, NULL, NULL),
		    BITMARK_OK);
	}
	count = bitmark_announce_neighbours(announce, list,
	    BITMARK_NEIGHBOURS_MAX);
	for (size_t i = 0; i < count; i++)
		found = found || memcmp(list[i].peer.key,
		    member[0].public_key, 32) == 0;
	bitmark_announce_free(announce);
	return found;
}

/* A node that nobody can reach, ${steps} keys behind that of the second
 * member.  Keys are big-endian numbers on a ring. */
static void
add_dead_at(int steps)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	int carry = steps;

	memcpy(key, member[1].public_key, sizeof key);
	for (size_t i = sizeof key; i-- > 0;) {
		carry += key[i];
		key[i] = (uint8_t)(carry & 0xff);
		carry = carry < 0 ? -1 : carry > 0xff;
	}
	add_node(key, "127.0.0.1:1");
}

/* Three nodes are nearer in one direction and all others in the other one, so
 * the live one has the fourth place of the ring, which no neighbour has. */
START_TEST(one_live_node_among_many_dead_ones_is_found)
{
	for (int i = 1; i <= DEAD; i++)
		add_dead_at(i <= 3 ? i : 3 - i);
	add_member(0);
	ck_assert(!is_neighbour());
	serve();
	member_load(0, HEIGHT);
	member_start(0);
	member_start(1);
	expect_joined();
	ck_assert_uint_eq(member_status(1).known, DEAD + 2);
}
END_TEST

/* More than a datagram carries. */
START_TEST(a_long_list_is_taken_whole)
{
	for (int i = 0; i < MANY; i++)
		(void)add_dead();
	serve();
	member_start(1);
	ck_assert(member_becomes(1, has_records, MANY));
	ck_assert(member_becomes(1, member_knows, MANY + 1));
}
END_TEST

/* The C library would wait for the second of these for ever. */
START_TEST(a_node_stops_while_the_server_is_silent)
{
	static const enum false_dns kind[] = { FALSE_DNS_SILENT,
	    FALSE_DNS_CUT };
	struct await wait = AWAIT;
	uint64_t begin_ms;

	false_dns_start(kind[_i], server);
	member_start(1);
	while (false_dns_asked() == 0)
		ck_assert(await_again(&wait));
	begin_ms = bitmark_clock_ms();
	member_stop(1);
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, STOP_MS);
	ck_assert_uint_eq(false_dns_asked(), 1);
}
END_TEST

START_TEST(a_domain_that_cannot_exist_is_refused_at_the_start)
{
	static const struct {
		const char *domain, *server;
		bitmark_status status;
	} row[] = {
		{ "", NULL, BITMARK_E_ARGUMENT },
		{ "a..b", NULL, BITMARK_E_ARGUMENT },
		{ DNS_DOMAIN, "localhost:53", BITMARK_E_IP_ADDRESS },
		{ DNS_DOMAIN, "127.0.0.1:0", BITMARK_E_PORT },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		member[1].config.dns_domain = row[i].domain;
		member[1].config.dns_server = row[i].server;
		ck_assert_int_eq(bitmark_node_start(&member[1].node,
		    &member[1].config), row[i].status);
		ck_assert_ptr_null(member[1].node);
	}
}
END_TEST

/* Step until there is a list. */
static struct bm_found *
next_list(struct bm_lookup *lookup)
{
	zmq_pollitem_t items[BM_LOOKUP_ITEMS];
	struct bm_found *found;
	uint64_t now_ms;

	while ((found = bm_lookup_step(lookup, bitmark_clock_ms())) == NULL) {
		const uint64_t due_ms = bm_lookup_deadline(lookup);

		now_ms = bitmark_clock_ms();
		(void)zmq_poll(items, (int)bm_lookup_items(lookup, items),
		    due_ms <= now_ms ? 0 : (long)(due_ms - now_ms));
	}
	return found;
}

START_TEST(a_list_comes_once_for_each_answer)
{
	const struct bm_lookup_config config = { .domain = DNS_DOMAIN,
	    .server = server, .refresh_ms = 10 * AWAIT_MS };
	zmq_pollitem_t items[BM_LOOKUP_ITEMS];
	struct bm_lookup *lookup;
	struct bm_found *found;
	uint64_t now_ms;

	(void)add_dead();
	serve();
	ck_assert_int_eq(bm_lookup_new(&lookup, &config), BITMARK_OK);
	found = next_list(lookup);
	ck_assert_uint_eq(found->count, 1);
	ck_assert_uint_eq(found->bad, 0);
	free(found);
	now_ms = bitmark_clock_ms();
	ck_assert_uint_eq(bm_lookup_items(lookup, items), 0);
	ck_assert_uint_gt(bm_lookup_deadline(lookup),
	    now_ms + 9 * AWAIT_MS);
	ck_assert_ptr_null(bm_lookup_step(lookup, now_ms));
	/* When it is time, it asks again; a server on this machine may have
	 * answered before the same step looks. */
	found = bm_lookup_step(lookup, now_ms + 10 * AWAIT_MS);
	if (found == NULL) {
		ck_assert_uint_ge(bm_lookup_items(lookup, items), 1);
		found = next_list(lookup);
	}
	ck_assert_uint_eq(found->count, 1);
	free(found);
	bm_lookup_free(lookup);
}
END_TEST

START_TEST(a_look_up_is_repeated_neither_often_nor_rarely)
{
	const uint64_t first = BITMARK_NODE_DNS_RETRY_FIRST_MS;

	ck_assert_uint_eq(bm_lookup_retry_ms(1, 0), first);
	ck_assert_uint_eq(bm_lookup_retry_ms(2, 0), 2 * first);
	ck_assert_uint_eq(bm_lookup_retry_ms(5, 0), 16 * first);
	ck_assert_uint_eq(bm_lookup_retry_ms(4000000000u, 0),
	    BITMARK_NODE_DNS_RETRY_MAX_MS);
	ck_assert_uint_eq(bm_lookup_retry_ms(5, 3), 3);
	ck_assert_uint_eq(bm_lookup_refresh_ms(0, 0),
	    BITMARK_NODE_DNS_REFRESH_MIN_MS);
	ck_assert_uint_eq(bm_lookup_refresh_ms(600, 0), 600000);
	ck_assert_uint_eq(bm_lookup_refresh_ms(UINT32_MAX, 0),
	    BITMARK_NODE_DNS_REFRESH_MAX_MS);
	ck_assert_uint_eq(bm_lookup_refresh_ms(600, 5), 5);
	/* A deadline does not overflow. */
	ck_assert_uint_eq(bm_lookup_refresh_ms(600, UINT64_MAX), INT32_MAX);
}
END_TEST

/*
 * The part alone, with a clock of ours.
 */
static struct bm_settings settings;
static struct bm_now now;
static struct bm_table table;
static struct bm_bootstrap *bootstrap;

/* After the next answer, of ${wanted} records, ${count} are in the table;
 * returns whether one of them is new. */
static bool
expect_table(size_t wanted, size_t count)
{
	struct await wait = AWAIT;
	struct bm_bootstrap_counts before, after;
	bool news = false;

	bm_bootstrap_counts(bootstrap, &before);
	do {
		ck_assert(await_again(&wait));
		now.ms = bitmark_clock_ms();
		news = bm_bootstrap_run(bootstrap) || news;
		bm_bootstrap_counts(bootstrap, &after);
	} while (after.answers == before.answers || after.good != wanted);
	ck_assert_uint_eq(bm_table_count(&table), count);
	return news;
}

START_TEST(a_peer_that_only_the_dns_names_expires)
{
	const struct bm_bootstrap_needs needs = { &settings, &now, &table };

	ck_assert_int_eq(bm_table_init(&table, &settings.own, NULL, &settings.env),
	    BITMARK_OK);
	now.s = 1000000;
	(void)add_dead();
	serve();
	ck_assert_int_eq(bm_bootstrap_new(&bootstrap, &needs,
	    &member[1].config), BITMARK_OK);
	ck_assert(expect_table(1, 1));
	ck_assert_uint_eq(bitmark_announce_at(table.announce, 0)->timestamp,
	    now.s);
	now.s += EXPIRY_S;
	ck_assert_uint_eq(bitmark_announce_expire(table.announce, now.s), 1);
	ck_assert(!expect_table(1, 0));
	(void)add_dead();
	serve();
	ck_assert(expect_table(2, 1));
	bm_bootstrap_free(bootstrap);
	bm_table_fini(&table);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("bootstrap");
	TCase *tc = tcase_create("nodes");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_node_that_knows_only_a_domain_joins_D_48);
	tcase_add_test(tc,
	    a_node_with_an_address_that_does_not_work_is_found);
	tcase_add_test(tc, a_server_that_comes_later_is_found_D_48);
	tcase_add_test(tc,
	    a_record_that_is_changed_is_found_while_the_node_runs);
	tcase_add_test(tc,
	    one_live_node_among_many_dead_ones_is_found);
	tcase_add_test(tc, a_long_list_is_taken_whole);
	tcase_add_loop_test(tc, a_node_stops_while_the_server_is_silent, 0,
	    2);
	tcase_add_test(tc,
	    a_domain_that_cannot_exist_is_refused_at_the_start);
	tcase_add_test(tc, a_list_comes_once_for_each_answer);
	tcase_add_test(tc, a_look_up_is_repeated_neither_often_nor_rarely);
	tcase_add_test(tc, a_peer_that_only_the_dns_names_expires);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
