/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Whole nodes on loopback: starting, serving, following their peers.  Digests
 * are looked up among the known ones, so that no work is needed.
 */
#include "../support/await.h"
#include "../support/loopback.h"
#include "../support/raw_node.h"
#include "../support/stores.h"

#include <bitmarkpeer/client.h>
#include <bitmarkpeer/node.h>
#include <bitmarkpeer/os.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "codec/codec.h"
#include "net/curve.h"
#include "net/dealer_impl.h"
#include "node/node.h"

#define NODES_MAX 4
#define PEERS_MAX 3
/* Instead of 15 and 30 seconds. */
#define CYCLE_MS 200
#define POLL_MS 500
/* How long a dealer's sockets are polled at a time. */
#define TURN_MS 20

/* One node of a test: its keys, address and store. */
struct member {
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	char address[LOOPBACK_TEXT_SIZE];
	const char *listen;
	char *directory;
	struct bitmark_node_peer peer[PEERS_MAX];
	struct bitmark_node_config config;
	struct bitmark_node *node;
};

static struct golden_chain golden, fork_chain;
static struct member member[NODES_MAX];

static void
setup(void)
{
	golden = golden_chain("chain-a");
	fork_chain = golden_chain("chain-a-fork");
	memset(member, 0, sizeof member);
	for (int i = 0; i < NODES_MAX; i++) {
		struct member *m = &member[i];

		bitmark_peer_key_generate(NULL, m->public_key,
		    m->private_key);
		loopback_free_address(m->address);
		m->listen = m->address;
		m->directory = store_directory();
		m->config = (struct bitmark_node_config){
			.struct_size = sizeof m->config,
			.database = m->directory,
			.params = bitmark_chain_params_find("local"),
			.listen = &m->listen,
			.listen_count = 1,
			.announce = &m->listen,
			.announce_count = 1,
			.connect = m->peer,
			.digest_workers = 2,
			.digest_nice = -1,
			.cycle_ms = CYCLE_MS,
			.poll_ms = POLL_MS,
			.digest = golden_digests(&golden, &fork_chain),
		};
		memcpy(m->config.public_key, m->public_key,
		    sizeof m->public_key);
		memcpy(m->config.private_key, m->private_key,
		    sizeof m->private_key);
	}
}

static void
teardown(void)
{
	for (int i = 0; i < NODES_MAX; i++) {
		bitmark_node_stop(member[i].node);
		store_remove(member[i].directory);
	}
	golden_chain_free(&golden);
	golden_chain_free(&fork_chain);
}

static void
load(int i, uint64_t last)
{
	struct bitmark_chain *chain = store_open(member[i].directory);

	store_add(chain, &golden, last);
	bitmark_chain_close(chain);
}

static void
connect_to(int i, const uint8_t *key, const char *address)
{
	struct member *m = &member[i];
	struct bitmark_node_peer *peer = &m->peer[m->config.connect_count++];

	peer->struct_size = sizeof *peer;
	memcpy(peer->key, key, sizeof peer->key);
	peer->address = address;
}

static void
follow(int i, int other)
{
	connect_to(i, member[other].public_key, member[other].address);
}

static bitmark_status
start(int i)
{
	return bitmark_node_start(&member[i].node, &member[i].config);
}

static struct bitmark_node_status
status_of(int i)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };

	bitmark_node_get_status(member[i].node, &status);
	return status;
}

/* Look at node ${i} until ${good} or patience ends. */
static bool
becomes(int i, bool (*good)(const struct bitmark_node_status *, uint64_t),
    uint64_t argument)
{
	struct await wait = AWAIT;

	do {
		struct bitmark_node_status status = status_of(i);

		if (good(&status, argument))
			return true;
	} while (await_again(&wait));
	return false;
}

static bool
in_step(const struct bitmark_node_status *s, uint64_t height)
{
	return s->tip.number == height && s->mode == BITMARK_MODE_NORMAL;
}

/* Blocks that the log calls refused, peers that it calls set aside, and
 * warnings of being one's own peer. */
static atomic_uint refusals, set_aside, warnings;

static void
note_refusals(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	(void)user;
	(void)level;
	(void)module;
	(void)size;
	if (strstr(line, "refused") != NULL)
		atomic_fetch_add(&refusals, 1);
	if (strstr(line, "set aside") != NULL)
		atomic_fetch_add(&set_aside, 1);
}

static bool
has_refused(const struct bitmark_node_status *s, uint64_t count)
{
	(void)s;
	return atomic_load(&refusals) >= count;
}

static bool
has_peers(const struct bitmark_node_status *s, uint64_t count)
{
	return s->peers == count;
}

static bool
has_set_aside(const struct bitmark_node_status *s, uint64_t count)
{
	(void)s;
	return atomic_load(&set_aside) >= count;
}

static bool
has_dropped(const struct bitmark_node_status *s, uint64_t count)
{
	return s->dropped >= count;
}

static struct bitmark_client *
client(int i)
{
	struct bitmark_client_config config = {
		.struct_size = sizeof config,
		.chain = "local", .address = member[i].address,
		.timeout_ms = 10000,
	};
	struct bitmark_client *c;

	memcpy(config.server_key, member[i].public_key,
	    sizeof config.server_key);
	ck_assert_int_eq(bitmark_client_open(&c, &config), BITMARK_OK);
	return c;
}

START_TEST(an_empty_node_fetches_the_chain_of_its_peer)
{
	uint8_t a[BITMARK_DIGEST_SIZE], b[BITMARK_DIGEST_SIZE];
	struct bitmark_client *c;

	load(0, golden.height);
	follow(1, 0);
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert_int_eq(start(1), BITMARK_OK);
	ck_assert(becomes(1, in_step, golden.height));
	for (int i = 0; i < 2; i++) {
		c = client(i);
		ck_assert_int_eq(bitmark_client_digest(c, golden.height,
		    i == 0 ? a : b), BITMARK_OK);
		bitmark_client_close(c);
	}
	ck_assert_mem_eq(a, b, sizeof a);
}
END_TEST

static bitmark_digest_fn golden_digest;
static atomic_uint digests;

static bitmark_status
counted_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	atomic_fetch_add(&digests, 1);
	return golden_digest(input, arena, arena_size, output);
}

/* Where a header has the lowest byte of its number. */
#define HEADER_NUMBER 4

/* Block 2 is the last one that is hashed. */
static bitmark_status
late_first_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	struct await wait = AWAIT;

	while (input[HEADER_NUMBER] == 2 &&
	    atomic_load(&digests) < golden.height - 2)
		ck_assert(await_again(&wait));
	return counted_digest(input, arena, arena_size, output);
}

static atomic_uint commits;

static void
note_commits(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	(void)user;
	(void)level;
	(void)module;
	(void)size;
	if (strncmp(line, "commit of ", 10) == 0)
		atomic_fetch_add(&commits, 1);
}

START_TEST(blocks_that_are_ready_together_are_committed_together)
{
	load(0, golden.height);
	follow(1, 0);
	golden_digest = member[1].config.digest;
	member[1].config.digest = late_first_digest;
	member[1].config.env.log = note_commits;
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert_int_eq(start(1), BITMARK_OK);
	ck_assert(becomes(1, in_step, golden.height));
	ck_assert_uint_ge(atomic_load(&commits), 1);
	ck_assert_uint_le(atomic_load(&commits), golden.height / 5);
}
END_TEST

START_TEST(a_chain_of_nodes_hands_the_blocks_on)
{
	load(0, 12);
	follow(1, 0);
	follow(2, 1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(start(i), BITMARK_OK);
	ck_assert(becomes(2, in_step, 12));
}
END_TEST

START_TEST(a_node_relies_on_what_its_store_answers)
{
	char *want, *got;

	load(0, golden.height);
	follow(1, 0);
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert_int_eq(start(1), BITMARK_OK);
	ck_assert(becomes(1, in_step, golden.height));
	for (int i = 0; i < 2; i++) {
		bitmark_node_stop(member[i].node);
		member[i].node = NULL;
	}
	want = store_dump(member[0].directory);
	got = store_dump(member[1].directory);
	ck_assert_str_eq(got, want);
	free(want);
	free(got);
}
END_TEST

START_TEST(a_node_answers_from_its_store)
{
	const struct golden_block *block = golden_block(&golden, 5);
	struct bitmark_client *c;
	struct bitmark_info info = { .struct_size = sizeof info };
	uint64_t height;
	uint8_t *data;
	size_t size;

	load(0, 7);
	member[0].config.version = "test <1>";
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert(becomes(0, in_step, 7));
	c = client(0);
	ck_assert_int_eq(bitmark_client_info(c, &info), BITMARK_OK);
	ck_assert_str_eq(info.version, "test <1>");
	ck_assert_str_eq(info.chain, "local");
	ck_assert(info.normal);
	ck_assert_uint_eq(info.height, 7);
	ck_assert_int_eq(bitmark_client_height(c, &height), BITMARK_OK);
	ck_assert_uint_eq(height, 7);
	ck_assert_int_eq(bitmark_client_block(c, 5, &data, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(size, block->size);
	ck_assert_mem_eq(data, block->data, size);
	bitmark_free(data);
	ck_assert_int_eq(bitmark_client_block(c, 8, &data, &size),
	    BITMARK_E_BLOCK_NOT_FOUND);
	bitmark_client_close(c);
}
END_TEST

START_TEST(a_submission_is_acknowledged_and_counted)
{
	struct bitmark_client *c;

	ck_assert_int_eq(start(0), BITMARK_OK);
	c = client(0);
	ck_assert_int_eq(bitmark_client_submit(c, BITMARK_SUBMIT_TRANSFER,
	    (const uint8_t *)"x", 1), BITMARK_OK);
	bitmark_client_close(c);
	ck_assert(becomes(0, has_dropped, 1));
}
END_TEST

START_TEST(a_peer_that_is_down_keeps_no_node_from_serving)
{
	struct bitmark_client *c;
	uint64_t height;

	load(0, 3);
	follow(0, 1);
	ck_assert_int_eq(start(0), BITMARK_OK);
	c = client(0);
	ck_assert_int_eq(bitmark_client_height(c, &height), BITMARK_OK);
	ck_assert_uint_eq(height, 3);
	bitmark_client_close(c);
	ck_assert_int_eq(status_of(0).mode, BITMARK_MODE_RESYNCHRONISE);
	ck_assert_uint_eq(status_of(0).peers, 0);
}
END_TEST

START_TEST(a_peer_that_comes_later_is_followed)
{
	load(1, 6);
	follow(0, 1);
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert_int_eq(start(1), BITMARK_OK);
	ck_assert(becomes(0, in_step, 6));
}
END_TEST

/* Bits of a block that are inverted. */
struct flip {
	size_t at;
	uint8_t bits;
};

static const struct flip in_merkle_root = { 50, 0x01 };
static struct flip flip;

/* A peer that claims height 9 and gives blocks with a flip. */
static void
give_bad_block(struct raw_node *node, const struct raw_message *request)
{
	const struct bitmark_span *frame = request->frame + RAW_ENVELOPE;
	uint8_t number[8];

	if (request->count <= RAW_ENVELOPE + 1)
		return;
	if (frame[1].data[0] == 'R') {
		/* It knows nobody else [D-12]. */
		raw_reply_text(node, "E", "invalid public key", NULL);
		raw_answer(node, request);
		return;
	}
	if (frame[1].data[0] == 'B') {
		const struct golden_block *good = golden_block(&golden,
		    bm_get_u64be(frame[2].data));
		uint8_t *bad = malloc(good->size);

		ck_assert_ptr_nonnull(bad);
		memcpy(bad, good->data, good->size);
		bad[flip.at] ^= flip.bits;
		raw_reply_bytes(node, "B", bad, good->size);
		raw_answer(node, request);
		free(bad);
		return;
	}
	bm_put_u64be(number, 9);
	raw_reply_bytes(node, "N", number, sizeof number);
	raw_answer(node, request);
}

START_TEST(a_peer_with_bad_blocks_is_set_aside_and_the_others_go_on)
{
	struct raw_node liar;

	flip = in_merkle_root;
	raw_init(&liar, give_bad_block);
	raw_start(&liar);
	load(1, 12);
	connect_to(0, liar.public_key, liar.address);
	follow(0, 1);
	ck_assert_int_eq(start(1), BITMARK_OK);
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert(becomes(0, in_step, 12));
	/* Still registered with it, until it goes. */
	ck_assert(becomes(0, has_peers, 2));
	raw_stop(&liar);
	ck_assert(becomes(0, has_peers, 1));
	bitmark_node_stop(member[0].node);
	member[0].node = NULL;
	raw_fini(&liar);
}
END_TEST

START_TEST(a_bad_block_alone_changes_nothing)
{
	struct raw_node liar;

	flip = in_merkle_root;
	raw_init(&liar, give_bad_block);
	raw_start(&liar);
	connect_to(0, liar.public_key, liar.address);
	member[0].config.env.log = note_refusals;
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert(becomes(0, has_refused, 1));
	ck_assert_uint_eq(status_of(0).tip.number, 1);
	bitmark_node_stop(member[0].node);
	member[0].node = NULL;
	raw_stop(&liar);
	raw_fini(&liar);
}
END_TEST

/* Faults of a header that are found without its digest, and so cheaply. */
static const struct flip cheap[] = {
	{ 1, 0x40 },                    /* version                           */
	{ 3, 0x80 },                    /* count                             */
	{ 12, 0x01 },                   /* the block before                  */
	{ 83, 0x01 },                   /* time                              */
	{ 91, 0xc0 },                   /* bits without a target             */
	{ 91, 0x01 },                   /* bits out of range                 */
};

START_TEST(a_header_that_is_wrong_by_itself_is_not_hashed_D_18_D_04)
{
	struct raw_node liar;

	flip = cheap[_i];
	raw_init(&liar, give_bad_block);
	raw_start(&liar);
	connect_to(0, liar.public_key, liar.address);
	golden_digest = member[0].config.digest;
	member[0].config.digest = counted_digest;
	member[0].config.env.log = note_refusals;
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert(becomes(0, has_set_aside, 1));
	bitmark_node_stop(member[0].node);
	member[0].node = NULL;
	ck_assert_uint_eq(atomic_load(&digests), 0);
	raw_stop(&liar);
	raw_fini(&liar);
}
END_TEST

START_TEST(a_node_stops_while_its_peer_is_silent_D_49)
{
	struct raw_node silent;
	time_t before;

	raw_init(&silent, raw_ignore);
	raw_start(&silent);
	connect_to(0, silent.public_key, silent.address);
	ck_assert_int_eq(start(0), BITMARK_OK);
	before = time(NULL);
	bitmark_node_stop(member[0].node);
	member[0].node = NULL;
	ck_assert_int_lt(time(NULL) - before, 5);
	raw_stop(&silent);
	raw_fini(&silent);
}
END_TEST

/* Gives the linger time of the first client; on the node's thread. */
static int
note_linger(void *user, const struct bitmark_node_connection *connection)
{
	size_t size = sizeof(int);

	(void)connection;
	ck_assert_int_eq(zmq_getsockopt(
	    member[0].node->owner->upstreams->upstream[0].dealer->socket,
	    ZMQ_LINGER, user, &size), 0);
	return 1;
}

START_TEST(the_last_messages_to_a_peer_are_sent_after_the_close)
{
	int linger_ms = -1;

	follow(0, 1);
	ck_assert_int_eq(start(1), BITMARK_OK);
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert(becomes(0, has_peers, 1));
	ck_assert_int_eq(bitmark_node_each_connection(member[0].node,
	    note_linger, &linger_ms), BITMARK_OK);
	ck_assert_int_eq(linger_ms, BM_NET_LINGER_MS);
}
END_TEST

/* A connection that node ${as} makes by hand. */
struct raw_caller {
	struct bm_dealer_config config;
	struct bm_dealer *dealer;
	struct bm_dealer_reply reply;   /* to the last question */
};

static struct raw_caller
call_as(int to, int as)
{
	struct raw_caller caller = { .config = {
		.zmq = zmq_ctx_new(), .chain = "local",
		.address = member[to].address,
		.server_key = member[to].public_key,
		.public_key = member[as].public_key,
		.private_key = member[as].private_key,
	} };

	ck_assert_int_eq(bm_dealer_open(&caller.dealer, &caller.config,
	    bitmark_clock_ms()), BITMARK_OK);
	return caller;
}

static void
hang_up(struct raw_caller *caller)
{
	bm_dealer_close(caller->dealer);
	ck_assert_int_eq(zmq_ctx_term(caller->config.zmq), 0);
}

/* Send one request and wait for its reply. */
static void
ask(struct raw_caller *caller, const char *command,
    const struct bitmark_span *p, size_t p_count)
{
	const uint64_t until_ms = bitmark_clock_ms() + AWAIT_MS;
	struct bm_dealer *dealer = caller->dealer;
	bool sent = false;
	uint32_t id = 0;

	caller->reply.count = 0;
	while (caller->reply.count == 0) {
		zmq_pollitem_t items[BM_DEALER_ITEMS];
		int count = (int)bm_dealer_poll_items(dealer, items);

		ck_assert_uint_lt(bitmark_clock_ms(), until_ms);
		(void)zmq_poll(items, count, TURN_MS);
		bm_dealer_drive(dealer, bitmark_clock_ms());
		if (!sent)
			sent = bm_dealer_send(dealer, command, p, p_count,
			    &id) == BITMARK_OK;
		if (bm_dealer_receive(dealer, &caller->reply) != BITMARK_OK)
			caller->reply.count = 0;
	}
	ck_assert_uint_eq(caller->reply.id, id);
}

/* Send R as node ${as}; the third peer that the reply names. */
static void
register_as(int to, int as, uint8_t third[BITMARK_PEER_KEY_SIZE])
{
	struct raw_caller caller = call_as(to, as);
	uint8_t entry[BITMARK_CONNECTION_V6_SIZE], now[8];
	struct bitmark_connection connection;
	const struct bitmark_span p[] = {
		{ (const uint8_t *)"local", 5 },
		{ member[as].public_key, BITMARK_PEER_KEY_SIZE },
		{ entry, sizeof entry }, { now, sizeof now },
	};

	ck_assert_int_eq(bitmark_connection_from_text(member[as].address,
	    strlen(member[as].address), &connection), BITMARK_OK);
	bitmark_connection_pack(&connection, entry);
	bm_put_u64be(now, (uint64_t)time(NULL));
	ask(&caller, "R", p, 4);
	ck_assert_uint_eq(caller.reply.count, 5);
	ck_assert_uint_eq(caller.reply.frame[2].size, BITMARK_PEER_KEY_SIZE);
	memcpy(third, caller.reply.frame[2].data, BITMARK_PEER_KEY_SIZE);
	hang_up(&caller);
}

/* Lines of the log about them, written by the listener's thread. */
static atomic_uint long_lines;

static void
count_long_lines(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	(void)user;
	(void)module;
	(void)size;
	if (level == BITMARK_LOG_WARN && strstr(line,
	    "commands of more than 64 bytes refused: 1") != NULL)
		atomic_fetch_add(&long_lines, 1);
}

START_TEST(commands_that_are_too_long_are_refused_counted_and_told_once)
{
	struct raw_caller caller;
	char command[BITMARK_COMMAND_MAX + 2];

	member[0].config.env.log = count_long_lines;
	ck_assert_int_eq(start(0), BITMARK_OK);
	caller = call_as(0, 1);
	memset(command, 'c', sizeof command);
	command[BITMARK_COMMAND_MAX + 1] = '\0';
	for (uint64_t i = 1; i <= 3; i++) {
		ask(&caller, command, NULL, 0);
		ck_assert_uint_eq(caller.reply.count, 2);
		ck_assert_mem_eq(caller.reply.frame[0].data, "E", 1);
		ck_assert_mem_eq(caller.reply.frame[1].data, "invalid length",
		    caller.reply.frame[1].size);
		ck_assert_uint_eq(status_of(0).long_commands, i);
	}
	command[BITMARK_COMMAND_MAX] = '\0';
	ask(&caller, command, NULL, 0);
	ck_assert_mem_eq(caller.reply.frame[1].data, "A", 1);
	hang_up(&caller);
	ck_assert_uint_eq(status_of(0).long_commands, 3);
	ck_assert_uint_eq(atomic_load(&long_lines), 1);
}
END_TEST

START_TEST(a_registered_peer_is_told_to_the_next_one)
{
	uint8_t third[BITMARK_PEER_KEY_SIZE];

	ck_assert_int_eq(start(0), BITMARK_OK);
	/* The node knows no third peer yet, and names itself [D-12]. */
	register_as(0, 1, third);
	ck_assert_mem_eq(third, member[0].public_key, sizeof third);
	register_as(0, 2, third);
	ck_assert_mem_eq(third, member[1].public_key, sizeof third);
	register_as(0, 1, third);
	ck_assert_mem_eq(third, member[2].public_key, sizeof third);
}
END_TEST

static int
count_connection(void *user, const struct bitmark_node_connection *connection)
{
	(void)connection;
	++*(int *)user;
	return 0;
}

/* Its warnings of being its own peer. */
static void
note_self(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t size)
{
	(void)user;
	(void)module;
	(void)size;
	if (level == BITMARK_LOG_WARN &&
	    strstr(line, "connecting to self forbidden") != NULL)
		atomic_fetch_add(&warnings, 1);
}

START_TEST(a_node_in_its_own_list_follows_the_others)
{
	int count = 0;

	load(1, 6);
	follow(0, 0);
	follow(0, 1);
	/* The default counts one peer: with two of three it would wait. */
	follow(0, 2);
	member[0].config.env.log = note_self;
	ck_assert_int_eq(start(1), BITMARK_OK);
	ck_assert_int_eq(start(0), BITMARK_OK);
	ck_assert_uint_eq(atomic_load(&warnings), 1);
	ck_assert(becomes(0, in_step, 6));
	ck_assert_int_eq(bitmark_node_each_connection(member[0].node,
	    count_connection, &count), BITMARK_OK);
	ck_assert_int_eq(count, 2);
}
END_TEST

START_TEST(a_node_that_lists_itself_alone_serves)
{
	struct bitmark_client *c;
	uint64_t height;
	int count = 0;

	load(0, 3);
	follow(0, 0);
	ck_assert_int_eq(start(0), BITMARK_OK);
	c = client(0);
	ck_assert_int_eq(bitmark_client_height(c, &height), BITMARK_OK);
	ck_assert_uint_eq(height, 3);
	bitmark_client_close(c);
	ck_assert_int_eq(bitmark_node_each_connection(member[0].node,
	    count_connection, &count), BITMARK_OK);
	ck_assert_int_eq(count, 0);
}
END_TEST

START_TEST(a_node_refuses_a_public_key_that_is_not_its_own)
{
	member[0].config.public_key[0] ^= 1;
	ck_assert_int_eq(start(0), BITMARK_E_PUBLIC_KEY);
}
END_TEST

START_TEST(a_node_refuses_a_store_in_use)
{
	ck_assert_int_eq(start(0), BITMARK_OK);
	member[1].config.database = member[0].directory;
	ck_assert_int_eq(start(1), BITMARK_E_STORE_LOCKED);
}
END_TEST

START_TEST(a_node_refuses_a_port_in_use)
{
	ck_assert_int_eq(start(0), BITMARK_OK);
	member[1].listen = member[0].address;
	ck_assert_int_eq(start(1), BITMARK_E_NET);
}
END_TEST

static void
limit_descriptors(rlim_t count)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = count;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(descriptors_that_are_taken_later_do_not_end_the_process)
{
	for (int more = 0; more < 8; more++) {
		void *socket;
		int lowest;

		ck_assert_int_eq(start(0), BITMARK_OK);
		lowest = dup(STDERR_FILENO);
		close(lowest);
		limit_descriptors((rlim_t)(lowest + more));
		socket = zmq_socket(member[0].node->zmq, ZMQ_DEALER);
		if (socket != NULL)
			zmq_close(socket);
		limit_descriptors(200);
		bitmark_node_stop(member[0].node);
		member[0].node = NULL;
	}
}
END_TEST

START_TEST(a_node_refuses_to_announce_what_nobody_can_reach)
{
	const char *nowhere = "0.0.0.0:2136";

	member[0].config.announce = &nowhere;
	ck_assert_int_eq(start(0), BITMARK_E_IP_ADDRESS);
}
END_TEST

/* A text that can be no address is the caller's mistake, and an error. */
START_TEST(a_node_refuses_addresses_that_are_none)
{
	static const struct {
		const char *text;
		bitmark_status status;
	} wrong[] = {
		{ NULL, BITMARK_E_IP_ADDRESS },
		{ "", BITMARK_E_IP_ADDRESS },
		{ "127.0.0.1", BITMARK_E_NO_PORT },
		{ "no where:2136", BITMARK_E_IP_ADDRESS },
		{ "127.0.0.1:0", BITMARK_E_PORT },
	};
	const char *const *text = &wrong[_i].text;
	struct bitmark_node_peer peer = { sizeof peer, { 1 }, *text };
	struct bitmark_node_config plain = member[0].config;

	plain.listen_count = 0;
	member[0].config = plain;
	member[0].config.connect = &peer;
	member[0].config.connect_count = 1;
	ck_assert_int_eq(start(0), wrong[_i].status);
	peer.struct_size = 0;
	ck_assert_int_eq(start(0), BITMARK_E_ARGUMENT);
	member[0].config = plain;
	member[0].config.listen = text;
	member[0].config.listen_count = 1;
	ck_assert_int_eq(start(0), wrong[_i].status);
	member[0].config = plain;
	member[0].config.publish = text;
	member[0].config.publish_count = 1;
	ck_assert_int_eq(start(0), wrong[_i].status);
	member[0].config = plain;
	member[0].config.announce = text;
	member[0].config.announce_count = 1;
	ck_assert_int_eq(start(0), wrong[_i].status);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("node");
	TCase *tc = tcase_create("node");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_empty_node_fetches_the_chain_of_its_peer);
	tcase_add_test(tc,
	    blocks_that_are_ready_together_are_committed_together);
	tcase_add_test(tc, a_chain_of_nodes_hands_the_blocks_on);
	tcase_add_test(tc, a_node_relies_on_what_its_store_answers);
	tcase_add_test(tc, a_node_answers_from_its_store);
	tcase_add_test(tc, a_submission_is_acknowledged_and_counted);
	tcase_add_test(tc,
	    commands_that_are_too_long_are_refused_counted_and_told_once);
	tcase_add_test(tc, a_peer_that_is_down_keeps_no_node_from_serving);
	tcase_add_test(tc, a_peer_that_comes_later_is_followed);
	tcase_add_test(tc,
	    a_peer_with_bad_blocks_is_set_aside_and_the_others_go_on);
	tcase_add_test(tc, a_bad_block_alone_changes_nothing);
	tcase_add_loop_test(tc,
	    a_header_that_is_wrong_by_itself_is_not_hashed_D_18_D_04, 0,
	    (int)(sizeof cheap / sizeof cheap[0]));
	tcase_add_test(tc, a_node_stops_while_its_peer_is_silent_D_49);
	tcase_add_test(tc, the_last_messages_to_a_peer_are_sent_after_the_close);
	tcase_add_test(tc, a_registered_peer_is_told_to_the_next_one);
	tcase_add_test(tc, a_node_in_its_own_list_follows_the_others);
	tcase_add_test(tc, a_node_that_lists_itself_alone_serves);
	tcase_add_test(tc, a_node_refuses_a_public_key_that_is_not_its_own);
	tcase_add_test(tc, a_node_refuses_a_store_in_use);
	tcase_add_test(tc, a_node_refuses_a_port_in_use);
	tcase_add_test(tc, a_node_refuses_to_announce_what_nobody_can_reach);
	tcase_add_loop_test(tc, a_node_refuses_addresses_that_are_none, 0, 5);
	tcase_add_test(tc,
	    descriptors_that_are_taken_later_do_not_end_the_process);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
