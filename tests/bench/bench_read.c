/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Reads: what N, I, H and B cost at a whole node, beside an echo that does
 * nothing but send as many bytes; and how long a client waits for its answer
 * while the node is idle, and while it synchronises.
 */
#include <bitmarkpeer/node.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "chain_maker.h"
#include "digest/digest.h"
#include "echo.h"
#include "net/bind.h"
#include "readers.h"

#define RATE_ROUNDS 15
#define LATENCY_ROUNDS 7
#define RATE_BAR 0.8                    /* of the echo                       */
#define LATENCY_BAR 0.5                 /* at most twice the idle one        */
#define RATE_S 0.05                     /* of one figure                     */
#define LATENCY_S 0.5
#define TIMES_MAX 100000                /* round trips in that time, at most */

/* The chain of all: a small block, a big one, and one more. */
#define SMALL_NUMBER 2
#define BIG_NUMBER 3
#define SHORT_HEIGHT 4
#define BIG_ISSUES 4190                 /* 700 KB */
/* The chain to synchronise is longer than there is time for. */
#define LONG_HEIGHT 8000
#define PATIENCE_S 20
#define CORES_MAX 64

enum { HEIGHT, INFO, DIGEST, SMALL_BLOCK, BIG_BLOCK, QUESTIONS };

static struct question questions[QUESTIONS] = {
	[HEIGHT] = { .command = "N" },
	[INFO] = { .command = "I" },
	[DIGEST] = { .command = "H", .number = SMALL_NUMBER },
	[SMALL_BLOCK] = { .command = "B", .number = SMALL_NUMBER },
	[BIG_BLOCK] = { .command = "B", .number = BIG_NUMBER },
};

/* A node at a free port of the loopback, its store, and its clients. */
struct served {
	char *directory;
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	struct bitmark_connection address;
	struct bitmark_node *node;
	struct readers *readers;
};

static struct {
	struct served idle;             /* has the short chain */
	struct served source;           /* has the long one    */
	struct echo *echo;
	struct readers *echo_readers;
} world;

/* --- nodes ---------------------------------------------------------------------- */

/* The work of Argon2d, for blocks that were made without. */
static bitmark_status
argon2d_then_maker(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE],
    void *arena, size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	bitmark_status status = bm_digest_argon2d(input, arena, arena_size,
	    output);

	if (status == BITMARK_OK)
		status = maker_digest(input, arena, arena_size, output);
	return status;
}

static void
free_address(struct bitmark_connection *address)
{
	const struct bitmark_connection want = { .address = {
	    [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } };
	int fd;

	maker_must(bm_bind_tcp(&want, &fd, address), "port");
	close(fd);
}

/* ${follow}: whom it synchronises with; NULL: nobody. */
static void
start(struct served *s, bitmark_digest_fn digest,
    const struct served *follow, size_t readers)
{
	char own[BITMARK_CONNECTION_TEXT_MAX];
	char address[BITMARK_CONNECTION_TEXT_MAX];
	const char *const listen = own;
	struct bitmark_node_peer peer = {
		.struct_size = sizeof peer,
		.address = address,
	};
	struct bitmark_node_config config = {
		.struct_size = sizeof config,
		.database = s->directory,
		.params = bitmark_chain_params_find("local"),
		.listen = &listen,
		.listen_count = 1,
		.connect = &peer,
		.digest = digest,
		.cycle_ms = 200,
	};

	bitmark_peer_key_generate(NULL, config.public_key,
	    config.private_key);
	memcpy(s->key, config.public_key, sizeof s->key);
	if (follow != NULL) {
		memcpy(peer.key, follow->key, sizeof peer.key);
		bitmark_connection_to_text(&follow->address, address);
		config.connect_count = 1;
	}
	free_address(&s->address);
	bitmark_connection_to_text(&s->address, own);
	maker_must(bitmark_node_start(&s->node, &config), "node");
	s->readers = readers_new(s->key, &s->address, readers);
}

static void
stop(struct served *s)
{
	readers_free(s->readers);
	bitmark_node_stop(s->node);
	maker_remove(s->directory);
}

static struct bitmark_node_status
status_of(const struct served *s)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };

	bitmark_node_get_status(s->node, &status);
	return status;
}

/* --- requests per second ---------------------------------------------------------- */

struct rate {
	size_t question;
	size_t clients;
};

static double
echo_rate(void *user)
{
	const struct rate *r = user;
	const struct question *q = &questions[r->question];

	echo_size(world.echo, q->reply_size);
	return readers_rate(world.echo_readers, q, r->clients, RATE_S);
}

static double
node_rate(void *user)
{
	const struct rate *r = user;

	return readers_rate(world.idle.readers, &questions[r->question],
	    r->clients, RATE_S);
}

/* The same in microseconds of processor time for each request, of all
 * threads. */

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static double
cost(double (*rate)(void *user), void *user)
{
	const double cpu = cpu_us(), start = bench_now_s();
	const double per_s = rate(user);

	return (cpu_us() - cpu) / (per_s * (bench_now_s() - start));
}

static double
echo_cpu(void *user)
{
	return cost(echo_rate, user);
}

static double
node_cpu(void *user)
{
	return cost(node_rate, user);
}

/* --- how long a client waits --------------------------------------------------------- */

/* The server that is asked. */
enum asked {
	ASKED_IDLE,                     /* a node that does nothing else    */
	ASKED_ECHO,                     /* the echo, while threads compute  */
	ASKED_SYNCHRONISING,
};

/* Two rows of a table are of the same times: whichever comes first in a round
 * takes them. */
struct latency {
	size_t question, count;         /* asked in turn                    */
	enum asked asked;
	bool taken;
	double p50, p99;                /* microseconds                     */
};

static int
ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
take_times(struct latency *l, struct readers *readers)
{
	static double us[TIMES_MAX];
	struct question asked[QUESTIONS];
	size_t count;

	memcpy(asked, questions, sizeof asked);
	/* The height in I grows, and the echo has one size for all. */
	for (size_t i = 0; i < QUESTIONS; i++)
		asked[i].reply_size = 0;
	count = readers_times(readers, &asked[l->question], l->count,
	    LATENCY_S, us, TIMES_MAX);
	qsort(us, count, sizeof *us, ascending);
	l->p50 = us[count / 2];
	l->p99 = us[count * 99 / 100];
}

/* Takes all of a core that others leave, as a digest does, and no memory. */
static void *
compute(void *computing)
{
	if (nice(BITMARK_DIGEST_NICE) == -1)
		bench_fail("no niceness");
	while (atomic_load((atomic_bool *)computing))
		;
	return NULL;
}

static void
take_times_of_echo(struct latency *l)
{
	const long all = sysconf(_SC_NPROCESSORS_ONLN);
	const long cores = all < CORES_MAX ? all : CORES_MAX;
	pthread_t thread[CORES_MAX];
	atomic_bool computing = true;

	for (long i = 0; i < cores; i++)
		if (pthread_create(&thread[i], NULL, compute,
		    &computing) != 0)
			bench_fail("no thread");
	echo_size(world.echo, questions[l->question].reply_size);
	take_times(l, world.echo_readers);
	atomic_store(&computing, false);
	for (long i = 0; i < cores; i++)
		pthread_join(thread[i], NULL);
}

static void
copy_store(const char *from, const char *to)
{
	char path[512], bytes[1 << 16];
	FILE *in, *out;
	size_t size;

	snprintf(path, sizeof path, "%s/data.mdb", from);
	in = fopen(path, "rb");
	snprintf(path, sizeof path, "%s/data.mdb", to);
	out = fopen(path, "wb");
	if (in == NULL || out == NULL)
		bench_fail(path);
	while ((size = fread(bytes, 1, sizeof bytes, in)) != 0)
		if (fwrite(bytes, 1, size, out) != size)
			bench_fail(path);
	if (fclose(in) != 0 || fclose(out) != 0)
		bench_fail(path);
}

static void
wait_for_first_block(const struct served *s)
{
	const double until = bench_now_s() + PATIENCE_S;

	while (status_of(s).tip.number <= SHORT_HEIGHT) {
		if (bench_now_s() > until)
			bench_fail("the node does not synchronise");
		bench_nap(0.001);
	}
}

/* A new node with the short chain follows the one with the long one. */
static void
take_times_synchronising(struct latency *l)
{
	struct served s = { .directory = maker_directory() };

	copy_store(world.idle.directory, s.directory);
	start(&s, argon2d_then_maker, &world.source, 1);
	wait_for_first_block(&s);
	take_times(l, s.readers);
	if (status_of(&s).tip.number == LONG_HEIGHT)
		bench_fail("the chain is too short");
	stop(&s);
}

static void
take_once(struct latency *l)
{
	if (!l->taken && l->asked == ASKED_IDLE)
		take_times(l, world.idle.readers);
	else if (!l->taken && l->asked == ASKED_ECHO)
		take_times_of_echo(l);
	else if (!l->taken)
		take_times_synchronising(l);
	l->taken = !l->taken;
}

static double
p50(void *user)
{
	struct latency *l = user;

	take_once(l);
	return l->p50;
}

static double
p99(void *user)
{
	struct latency *l = user;

	take_once(l);
	return l->p99;
}

/* --- the world ---------------------------------------------------------------------- */

/* A block of ${issues} issues, other ones in each. */
static void
add_block(struct bitmark_chain *chain, struct maker_block *block,
    uint64_t issues)
{
	static uint64_t nonce;

	maker_block_clear(block);
	for (uint64_t i = 1; i <= issues; i++)
		maker_issue(block, i, ++nonce);
	maker_add(block, chain);
}

/* Make the store, or make it longer. */
static void
make_chain(const char *directory, uint64_t height)
{
	struct bitmark_chain *chain = maker_open(directory, NULL);
	struct maker_block *block = maker_block_new();
	struct bitmark_tip tip;

	maker_must(bitmark_chain_batch_begin(chain), "batch");
	bitmark_chain_tip(chain, &tip);
	while (tip.number++ < height)
		add_block(chain, block, tip.number == BIG_NUMBER ?
		    BIG_ISSUES : 1);
	maker_must(bitmark_chain_batch_commit(chain), "batch");
	free(block);
	bitmark_chain_close(chain);
}

static void
make_world(void)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	struct bitmark_connection address;

	world.idle.directory = maker_directory();
	make_chain(world.idle.directory, SHORT_HEIGHT);
	world.source.directory = maker_directory();
	copy_store(world.idle.directory, world.source.directory);
	make_chain(world.source.directory, LONG_HEIGHT);
	start(&world.idle, maker_digest, NULL, READERS_MAX);
	start(&world.source, maker_digest, NULL, 1);
	world.echo = echo_start(key, &address);
	world.echo_readers = readers_new(key, &address, READERS_MAX);
	for (size_t i = 0; i < QUESTIONS; i++)
		readers_try(world.idle.readers, &questions[i]);
	printf("sizes of replies: N %zu, I %zu, H %zu, B %zu and %zu\n",
	    questions[HEIGHT].reply_size, questions[INFO].reply_size,
	    questions[DIGEST].reply_size, questions[SMALL_BLOCK].reply_size,
	    questions[BIG_BLOCK].reply_size);
}

static void
end_world(void)
{
	readers_free(world.echo_readers);
	echo_stop(world.echo);
	stop(&world.idle);
	stop(&world.source);
}

#define RATE_ROWS(rate, unit) { \
	{ "echo, as N", echo_##unit, &(rate)[HEIGHT], BENCH_ALONE, 0 }, \
	{ "N", node_##unit, &(rate)[HEIGHT], 0, RATE_BAR }, \
	{ "echo, as I", echo_##unit, &(rate)[INFO], BENCH_ALONE, 0 }, \
	{ "I", node_##unit, &(rate)[INFO], 2, RATE_BAR }, \
	{ "echo, as H", echo_##unit, &(rate)[DIGEST], BENCH_ALONE, 0 }, \
	{ "H", node_##unit, &(rate)[DIGEST], 4, RATE_BAR }, \
	{ "echo, as B of a small block", echo_##unit, &(rate)[SMALL_BLOCK], \
	    BENCH_ALONE, 0 }, \
	{ "B of a small block", node_##unit, &(rate)[SMALL_BLOCK], 6, \
	    RATE_BAR }, \
	{ "echo, as B of 700 KB", echo_##unit, &(rate)[BIG_BLOCK], \
	    BENCH_ALONE, 0 }, \
	{ "B of 700 KB", node_##unit, &(rate)[BIG_BLOCK], 8, RATE_BAR }, \
}
#define RATE_ROW_COUNT (2 * QUESTIONS)

#define RATES(clients) { \
	{ HEIGHT, clients }, { INFO, clients }, { DIGEST, clients }, \
	{ SMALL_BLOCK, clients }, { BIG_BLOCK, clients }, \
}

#define LATENCY_ROWS(latency) { \
	{ "idle, p50", p50, &(latency)[0], BENCH_ALONE, 0 }, \
	{ "idle, p99", p99, &(latency)[0], BENCH_ALONE, 0 }, \
	{ "echo while threads compute, p50", p50, &(latency)[1], 0, 0 }, \
	{ "echo while threads compute, p99", p99, &(latency)[1], 1, 0 }, \
	{ "synchronising, p50", p50, &(latency)[2], 0, 0 }, \
	{ "synchronising, p99", p99, &(latency)[2], 1, LATENCY_BAR }, \
}
#define LATENCY_ROW_COUNT 6

#define LATENCIES(question, count) { \
	{ question, count, ASKED_IDLE, false, 0, 0 }, \
	{ question, count, ASKED_ECHO, false, 0, 0 }, \
	{ question, count, ASKED_SYNCHRONISING, false, 0, 0 }, \
}

int
main(void)
{
	static struct rate one[] = RATES(1), eight[] = RATES(8),
	    many[] = RATES(READERS_MAX);
	static struct latency small[] = LATENCIES(HEIGHT, BIG_BLOCK),
	    big[] = LATENCIES(BIG_BLOCK, 1);
	const struct bench_row one_rows[] = RATE_ROWS(one, rate),
	    eight_rows[] = RATE_ROWS(eight, rate),
	    many_rows[] = RATE_ROWS(many, rate),
	    cpu_rows[] = RATE_ROWS(eight, cpu),
	    small_rows[] = LATENCY_ROWS(small), big_rows[] = LATENCY_ROWS(big);
	const struct bench_table tables[] = {
		{ "reads, 1 client", "requests/s", BENCH_MORE, RATE_ROUNDS,
		    one_rows, RATE_ROW_COUNT, NULL },
		{ "reads, 8 clients", "requests/s", BENCH_MORE, RATE_ROUNDS,
		    eight_rows, RATE_ROW_COUNT, NULL },
		{ "reads, 64 clients", "requests/s", BENCH_MORE, RATE_ROUNDS,
		    many_rows, RATE_ROW_COUNT, NULL },
		{ "processor time, 8 clients", "us/request", BENCH_LESS,
		    RATE_ROUNDS, cpu_rows, RATE_ROW_COUNT, "Of clients and "
		    "server together: also true of a machine that has other "
		    "work." },
		{ "N, I, H and B of a small block in turn, 1 client", "us",
		    BENCH_LESS, LATENCY_ROUNDS, small_rows, LATENCY_ROW_COUNT,
		    NULL },
		{ "B of 700 KB, 1 client", "us", BENCH_LESS, LATENCY_ROUNDS,
		    big_rows, LATENCY_ROW_COUNT, "The node synchronises with "
		    "another one of the same process.  The bar is twice the "
		    "idle time; the echo\ntells what the machine itself takes "
		    "from who shares busy cores." },
	};
	int result;

	make_world();
	result = bench_run("read", tables, sizeof tables / sizeof *tables);
	end_world();
	return result;
}
