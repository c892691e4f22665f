/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node under requests that are meant to harm it: the odd requests of a
 * file, in both modes, and what would cost work, time or its state.
 */
#include "../support/members.h"
#include "../support/odd_requests.h"
#include "../support/reservoirs.h"
#include "../support/v82_peer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

/* Largest frame that the transport lets through. */
#define FRAME_MAX 4999967
/* Blocks that lead nowhere; a node queues 50. */
#define JUNK_BLOCKS 120
#define HEIGHT 12
#define QUEUED 5
/* Threads that ask; blocks, and peers, that come. */
#define ASKING 4
#define COMING 8
/* Place of the exponent in the bits of a header. */
#define HEADER_EXPONENT 91
/* Two transfers of one item: operations of tests/data/reservoir.json. */
#define TRANSFERS 4
#define TRANSFER 0
#define OTHER_TRANSFER 3

/*
 * libzmq 4.3.4 does not free the first frames of a message of which the rest
 * has not come when its socket is closed: that of a node that stops while it
 * is pushed to.  Called by the leak sanitizer.
 */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libzmq.so\n";
}

static struct v82_peer stranger;
static struct v82_line line;
/* Readable when the node has cut off the line. */
#define MONITOR "inproc://line"
static void *monitor;
static struct odd_node facts;

static void
setup(void)
{
	members_setup();
	v82_init(&stranger, &member_golden, 1);
	v82_start(&stranger);
}

static void
hang_up(void)
{
	zmq_close(monitor);
	v82_hang_up(&line);
}

static void
teardown(void)
{
	hang_up();
	members_teardown();
	v82_stop(&stranger);
	v82_fini(&stranger);
}

static void
dial(void)
{
	v82_dial(&line, &stranger, member[0].address, member[0].public_key);
	ck_assert_int_eq(zmq_socket_monitor(line.socket, MONITOR,
	    ZMQ_EVENT_DISCONNECTED), 0);
	monitor = zmq_socket(line.zmq, ZMQ_PAIR);
	ck_assert_int_eq(zmq_connect(monitor, MONITOR), 0);
}

static void
expect_height(uint64_t height)
{
	const struct bitmark_span ask[] = {
		{ (const uint8_t *)"local", 5 }, { (const uint8_t *)"N", 1 },
	};

	ck_assert(v82_request(&line, ask, 2, AWAIT_MS));
	v82_expect(&line, 0, "N", 1);
	ck_assert_uint_eq(line.reply.frame[1].size, 8);
	ck_assert_uint_eq(line.reply.frame[1].data[7], height);
}

/*
 * Digests that are counted.
 */

static bitmark_digest_fn golden_digest;
static atomic_uint digests;

static bitmark_status
counted_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	atomic_fetch_add(&digests, 1);
	return golden_digest(input, arena, arena_size, output);
}

static void
count_digests(void)
{
	golden_digest = member[0].config.digest;
	member[0].config.digest = counted_digest;
	atomic_store(&digests, 0);
}

/*
 * The odd requests.
 */

static bool
is_too_long(const struct odd_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		if (request->frame[i].size > FRAME_MAX)
			return true;
	return false;
}

/* Some cases have a block with proof of work that follows genesis: each of
 * them is for a node that has no other. */
static bool
is_mined(const struct odd_request *request)
{
	return strcmp(field_text(request->case_, "family"), "mined") == 0;
}

static void
start_odd(void)
{
	if (!facts.normal)
		/* It waits for a peer that is not there. */
		member_follow(0, 1);
	member_start(0);
	if (facts.normal)
		ck_assert(member_becomes(0, member_in_step, 1));
	facts.height = 1;
}

static void
start_afresh(void)
{
	struct member *m = &member[0];

	member_stop(0);
	m->config.connect_count = 0;
	store_remove(m->directory);
	m->directory = store_directory();
	m->config.database = m->directory;
	start_odd();
}

/* Messages whose content was kept, and of those sent until now that are to
 * be. */
static atomic_uint accepted;
static unsigned acceptable;

static void
count_accepted(void *user, enum bitmark_log_level level, const char *module,
    const char *text, size_t size)
{
	(void)user;
	(void)level;
	(void)module;
	(void)size;
	if (strstr(text, " accepted") != NULL)
		atomic_fetch_add(&accepted, 1);
}

static bool
all_accepted(const struct bitmark_node_status *status, uint64_t count)
{
	(void)status;
	return atomic_load(&accepted) >= count;
}

static bool
is_last_step(const struct odd_request *request)
{
	const json_t *steps = json_object_get(request->case_, "steps");

	return steps == NULL || request->step + 1 == json_array_size(steps);
}

/* Check that the node has kept what the request holds that is good, and nothing
 * else. */
static void
settle(const struct odd_request *request)
{
	const json_t *good = json_object_get(request->case_, "accepted");

	if (!is_last_step(request) || !facts.normal)
		return;
	acceptable += (unsigned)json_integer_value(good);
	ck_assert_msg(member_becomes(0, all_accepted, acceptable),
	    "%s is not kept", field_text(request->case_, "id"));
	ck_assert_msg(atomic_load(&accepted) == acceptable,
	    "%s, or the one before, is kept",
	    field_text(request->case_, "id"));
}

/* A good block is stored before what follows it is sent; of the others
 * nothing is. */
static void
settle_mined(const struct odd_request *request)
{
	if (!facts.normal)
		return;
	if (json_object_get(request->case_, "steps") == NULL) {
		ck_assert_msg(member_becomes(0, member_dropped, 1), "%s",
		    field_text(request->case_, "id"));
	} else if (request->step == 0) {
		ck_assert_msg(member_becomes(0, member_in_step, 2), "%s",
		    field_text(request->case_, "id"));
		facts.height = 2;
	}
}

/* A frame that is too long ends the connection, without a reply.  The event
 * comes before libzmq has taken the old connection from the socket: what were
 * sent in between would be lost.  So the next request has a new socket. */
static void
expect_cut(const struct odd_request *request)
{
	zmq_pollitem_t items[] = {
		{ .socket = monitor, .events = ZMQ_POLLIN },
		{ .socket = line.socket, .events = ZMQ_POLLIN },
	};

	ck_assert(!v82_request(&line, request->frame, request->count, 0));
	ck_assert_int_gt(zmq_poll(items, 2, AWAIT_MS), 0);
	ck_assert_msg((items[1].revents & ZMQ_POLLIN) == 0, "%s: a reply",
	    field_text(request->case_, "id"));
	hang_up();
	dial();
}

static void
replay(const struct odd_request *request)
{
	bool too_long = is_too_long(request);

	ck_assert_int_eq(too_long, strcmp(field_text(request->case_,
	    "expect"), "close_or_ignore") == 0);
	if (is_mined(request) && request->step == 0)
		start_afresh();
	if (too_long) {
		expect_cut(request);
	} else {
		ck_assert_msg(v82_request(&line, request->frame,
		    request->count, AWAIT_MS), "%s: no reply",
		    field_text(request->case_, "id"));
		odd_check_reply(request, &facts, line.reply.frame,
		    line.reply.count);
	}
	if (is_mined(request))
		settle_mined(request);
	settle(request);
	/* After any request the node lives, at the height it had. */
	expect_height(facts.height);
}

static void
run_odd_requests(bool normal)
{
	member[0].config.version = "odd";
	member[0].config.digest = NULL;
	member[0].config.env.log = count_accepted;
	atomic_store(&accepted, 0);
	acceptable = 0;
	facts = (struct odd_node){
		.version = "odd",
		.normal = normal,
		.now_s = (uint64_t)time(NULL),
	};
	memcpy(facts.key, member[0].public_key, sizeof facts.key);
	start_odd();
	dial();
	odd_each(&facts, replay);
}

START_TEST(a_node_that_resynchronises_survives_odd_requests_unchanged)
{
	run_odd_requests(false);
	ck_assert_int_eq(member_status(0).mode, BITMARK_MODE_RESYNCHRONISE);
	ck_assert_uint_eq(atomic_load(&accepted), 0);
	ck_assert_uint_eq(member_status(0).pending, 0);
	ck_assert_uint_eq(member_status(0).tip.number, 1);
}
END_TEST

START_TEST(a_normal_node_survives_odd_requests_and_keeps_only_what_is_good)
{
	run_odd_requests(true);
	ck_assert_int_eq(member_status(0).mode, BITMARK_MODE_NORMAL);
	ck_assert_uint_eq(member_status(0).verified, 0);
	ck_assert_uint_eq(atomic_load(&accepted), acceptable);
}
END_TEST

/*
 * Work, time and state.
 */

START_TEST(no_request_costs_a_digest_D_17)
{
	uint8_t number[8] = { 0 };
	const struct bitmark_span parameter = { number, sizeof number };

	member_load(0, member_golden.height);
	count_digests();
	member_start(0);
	dial();
	for (uint64_t n = 2; n <= member_golden.height; n++) {
		const struct golden_block *b = golden_block(&member_golden, n);

		number[7] = (uint8_t)n;
		v82_ask(&line, "H", &parameter, 1);
		v82_expect(&line, 0, "H", 1);
		v82_expect(&line, 1, b->digest, sizeof b->digest);
		v82_ask(&line, "B", &parameter, 1);
		v82_expect(&line, 1, b->data, b->size);
	}
	ck_assert_uint_eq(atomic_load(&digests), 0);
}
END_TEST

/* Known ones, such that do not follow, and such with bits that have no target
 * [D-04]. */
START_TEST(blocks_that_lead_nowhere_cost_no_digest_and_no_time_D_18_D_04)
{
	struct bitmark_span junk;
	uint8_t *copy;
	size_t size = golden_block(&member_golden, HEIGHT + 1)->size;

	member_load(0, HEIGHT);
	count_digests();
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, HEIGHT));
	dial();
	copy = malloc(size);
	ck_assert_ptr_nonnull(copy);
	for (int i = 0; i < JUNK_BLOCKS; i++) {
		const struct golden_block *b = golden_block(&member_golden,
		    i % 3 == 0 ? HEIGHT : HEIGHT + 3);

		junk = (struct bitmark_span){ b->data, b->size };
		if (i % 3 == 2) {
			memcpy(copy, golden_block(&member_golden,
			    HEIGHT + 1)->data, size);
			copy[HEADER_EXPONENT] = 0xc0;
			junk = (struct bitmark_span){ copy, size };
		}
		v82_push(&line, "block", &junk, 1);
	}
	expect_height(HEIGHT);
	/* All are dropped but the known ones, which are no loss. */
	ck_assert(member_becomes(0, member_dropped, JUNK_BLOCKS / 3 * 2));
	ck_assert_uint_eq(atomic_load(&digests), 0);
	free(copy);
	/* The next good one is stored. */
	junk = (struct bitmark_span){ golden_block(&member_golden,
	    HEIGHT + 1)->data, size };
	v82_push(&line, "block", &junk, 1);
	ck_assert(member_becomes(0, member_in_step, HEIGHT + 1));
	ck_assert_uint_eq(atomic_load(&digests), 1);
}
END_TEST

/* Digests that are not done before the gate opens. */
static atomic_bool gate;

static bitmark_status
gated_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	struct await wait = AWAIT;

	while (!atomic_load(&gate))
		ck_assert(await_again(&wait));
	return golden_digest(input, arena, arena_size, output);
}

/* A block that has left the queue may still wait for its digest to begin. */
static bool
has_queued(const struct bitmark_node_status *status, uint64_t count)
{
	return status->queued_blocks == count && status->digests_waiting == 0;
}

static bool
tells_digests(const struct bitmark_node_status *status, uint64_t unused)
{
	(void)unused;
	return status->digests_per_s > 0;
}

START_TEST(status_tells_the_queues_and_the_size_of_the_store)
{
	const struct golden_block *b = golden_block(&member_golden,
	    HEIGHT + 1);
	const struct bitmark_span block = { b->data, b->size };
	struct bitmark_node_status status = { .struct_size = sizeof status };

	member_load(0, HEIGHT);
	count_digests();
	member[0].config.digest = gated_digest;
	atomic_store(&gate, false);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, HEIGHT));
	dial();
	/* One is being hashed, the others wait for it. */
	for (int i = 0; i < QUEUED + 1; i++)
		v82_push(&line, "block", &block, 1);
	ck_assert(member_becomes(0, has_queued, QUEUED));
	status = member_status(0);
	ck_assert_uint_eq(status.queued_others, 0);
	ck_assert_uint_eq(status.digests_waiting, 0);
	ck_assert_uint_gt(status.used_bytes, 0);
	ck_assert_uint_ge(status.map_bytes,
	    status.used_bytes + BITMARK_CHAIN_MAP_BYTES / 2);
	atomic_store(&gate, true);
	ck_assert(member_becomes(0, member_in_step, HEIGHT + 1));
	ck_assert(member_becomes(0, has_queued, 0));
	ck_assert_uint_gt(member_status(0).used_bytes,
	    status.used_bytes + b->size);
	ck_assert(member_becomes(0, tells_digests, 0));
}
END_TEST

/* One frame more of a request that is sent without waiting for its reply. */
static void
send_transfer(struct v82_line *to, const uint8_t *data, size_t size)
{
	ck_assert_int_ge(zmq_send(to->socket, "local", 5, ZMQ_SNDMORE), 0);
	ck_assert_int_ge(zmq_send(to->socket, "transfer", 8, ZMQ_SNDMORE), 0);
	ck_assert_int_ge(zmq_send(to->socket, data, size, 0), 0);
}

START_TEST(two_transfers_of_one_item_that_arrive_together_D_40)
{
	struct v82_line second;
	uint8_t *data[2];
	size_t size[2];

	data[0] = operation_bytes(reservoir_operation(TRANSFERS, TRANSFER),
	    &size[0]);
	data[1] = operation_bytes(reservoir_operation(TRANSFERS,
	    OTHER_TRANSFER), &size[1]);
	member_load(0, member_golden.height);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, member_golden.height));
	dial();
	v82_dial(&second, &stranger, member[0].address,
	    member[0].public_key);
	send_transfer(&line, data[_i], size[_i]);
	send_transfer(&second, data[1 - _i], size[1 - _i]);
	ck_assert(member_becomes(0, member_dropped, 1));
	ck_assert(member_becomes(0, member_waiting, 1));
	ck_assert_uint_eq(member_status(0).dropped, 1);
	v82_hang_up(&second);
	free(data[0]);
	free(data[1]);
}
END_TEST

START_TEST(a_node_stops_while_it_is_pushed_to_D_49_D_50)
{
	const struct golden_block *b = golden_block(&member_golden,
	    HEIGHT + 1);

	member_load(0, HEIGHT);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, HEIGHT));
	dial();
	for (int i = 0; i < JUNK_BLOCKS; i++) {
		ck_assert_int_ge(zmq_send(line.socket, "local", 5,
		    ZMQ_SNDMORE), 0);
		ck_assert_int_ge(zmq_send(line.socket, "block", 5,
		    ZMQ_SNDMORE), 0);
		ck_assert_int_ge(zmq_send(line.socket, b->data, b->size, 0),
		    0);
	}
	member_stop(0);
	/* The store is whole, with or without the block. */
	member_start(0);
	ck_assert_uint_ge(member_status(0).tip.number, HEIGHT);
	ck_assert_uint_le(member_status(0).tip.number, HEIGHT + 1);
}
END_TEST

/*
 * Programs that ask from many threads, while peers come and blocks, too.  What
 * the thread sanitizer says of it counts as well.
 */

static int
count_connection(void *user, const struct bitmark_node_connection *connection)
{
	size_t *count = user;

	ck_assert_ptr_nonnull(connection->address);
	++*count;
	return 0;
}

static void *
ask_everything(void *user)
{
	struct bitmark_node *node = member[0].node;
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };
	struct bitmark_node_status status = { .struct_size = sizeof status };
	struct bitmark_peer *peers;
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	size_t count;

	(void)user;
	while (!atomic_load(&gate)) {
		bitmark_node_get_status(node, &status);
		ck_assert_uint_ge(status.tip.number, HEIGHT);
		ck_assert_int_eq(bitmark_node_peers(node, &peers, &count),
		    BITMARK_OK);
		bitmark_free(peers);
		count = 0;
		ck_assert_int_eq(bitmark_node_each_connection(node,
		    count_connection, &count), BITMARK_OK);
		ck_assert_int_eq(bitmark_node_counts(node, &counts),
		    BITMARK_OK);
		bitmark_peer_key_generate(NULL, key,
		    (uint8_t[BITMARK_PEER_KEY_SIZE]){ 0 });
		ck_assert_int_eq(bitmark_node_add_peer(node, key,
		    "127.0.0.1:9"), BITMARK_OK);
	}
	return NULL;
}

static bool
has_height(const struct bitmark_node_status *status, uint64_t height)
{
	return status->tip.number == height;
}

START_TEST(calls_from_many_threads_while_peers_come_and_go_D_36_D_51)
{
	pthread_t thread[ASKING];
	struct v82_peer peer;
	struct v82_line other;

	member_load(0, HEIGHT);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, HEIGHT));
	atomic_store(&gate, false);
	for (int i = 0; i < ASKING; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL,
		    ask_everything, NULL), 0);
	dial();
	for (uint64_t n = HEIGHT + 1; n <= HEIGHT + COMING; n++) {
		const struct golden_block *b = golden_block(&member_golden, n);
		const struct bitmark_span block = { b->data, b->size };

		v82_init(&peer, &member_golden, HEIGHT);
		v82_start(&peer);
		v82_dial(&other, &peer, member[0].address,
		    member[0].public_key);
		v82_register(&other, &peer);
		v82_push(&line, "block", &block, 1);
		ck_assert(member_becomes(0, has_height, n));
		v82_hang_up(&other);
		v82_stop(&peer);
		v82_fini(&peer);
	}
	atomic_store(&gate, true);
	for (int i = 0; i < ASKING; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_gt(member_status(0).known, COMING);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("node strain");
	TCase *tc = tcase_create("strain");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 180);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    a_node_that_resynchronises_survives_odd_requests_unchanged);
	tcase_add_test(tc,
	    a_normal_node_survives_odd_requests_and_keeps_only_what_is_good);
	tcase_add_test(tc, no_request_costs_a_digest_D_17);
	tcase_add_test(tc,
	    blocks_that_lead_nowhere_cost_no_digest_and_no_time_D_18_D_04);
	tcase_add_test(tc,
	    status_tells_the_queues_and_the_size_of_the_store);
	tcase_add_loop_test(tc,
	    two_transfers_of_one_item_that_arrive_together_D_40, 0, 2);
	tcase_add_test(tc, a_node_stops_while_it_is_pushed_to_D_49_D_50);
	tcase_add_test(tc,
	    calls_from_many_threads_while_peers_come_and_go_D_36_D_51);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
