/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The choice of the clients that are cut off: when libzmq holds too many bytes
 * for them, when their handshake takes too long, and when there are too many.
 * The tests say themselves how many bytes were read, and what time it is. */
#include "../support/await.h"
#include "../support/vectors.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/bind.h"
#include "net/admission.h"
#include "net/wire.h"

#define PLACES 1000
#define MB ((size_t)1000000)

static struct bm_admission *admission;
static struct bitmark_connection bound;
static int listening = -1;

static void
setup(void)
{
	const struct bitmark_connection want = { .address = {
	    [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } };

	ck_assert_int_eq(bm_bind_tcp(&want, &listening, &bound), BITMARK_OK);
	ck_assert_int_eq(bm_admission_new(&admission, PLACES, &bound, 1),
	    BITMARK_OK);
}

static void
teardown(void)
{
	bm_admission_free(admission);
	close(listening);
}

/* Both ends of a connection from 127.0.0.${host}. */
struct line {
	int client;
	int accepted;
};

static struct line
call_from(uint32_t host)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct line line = { .client = socket(AF_INET, SOCK_STREAM, 0) };

	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(bound.port);
	ck_assert_int_eq(bind(line.client, (struct sockaddr *)&own,
	    sizeof own), 0);
	ck_assert_int_eq(connect(line.client, (struct sockaddr *)&to,
	    sizeof to), 0);
	line.accepted = accept(listening, NULL, NULL);
	ck_assert_int_ge(line.accepted, 0);
	bm_admission_accept(admission, line.accepted, 0);
	return line;
}

static void
carry(struct line line, size_t size)
{
	static uint8_t bytes[50000];

	for (size_t done = 0; done < size; done += sizeof bytes) {
		ck_assert_int_eq(send(line.client, bytes, sizeof bytes, 0),
		    (int)sizeof bytes);
		ck_assert_int_eq(recv(line.accepted, bytes, sizeof bytes,
		    MSG_WAITALL), (int)sizeof bytes);
	}
}

/* As much as a client sends before the server can do anything. */
static void
carry_hello(struct line line)
{
	static uint8_t bytes[BM_WIRE_HELLO];

	ck_assert_int_eq(send(line.client, bytes, sizeof bytes, 0),
	    (int)sizeof bytes);
	ck_assert_int_eq(recv(line.accepted, bytes, sizeof bytes,
	    MSG_WAITALL), (int)sizeof bytes);
}

static bool
is_cut(struct line line)
{
	char byte;

	return recv(line.client, &byte, 1, MSG_DONTWAIT) == 0;
}

static void
hang_up(struct line line)
{
	close(line.client);
	close(line.accepted);
}

START_TEST(one_client_can_have_three_frames)
{
	struct line line = call_from(1);

	carry(line, 3 * BM_NET_FRAME_MAX);
	bm_admission_look(admission, 0);
	ck_assert(!is_cut(line));
	carry(line, MB);
	bm_admission_deliver(admission, line.accepted, MB);
	bm_admission_look(admission, 0);
	ck_assert(!is_cut(line));
	carry(line, MB);
	bm_admission_look(admission, 0);
	ck_assert(is_cut(line));
	hang_up(line);
}
END_TEST

START_TEST(the_bytes_of_all_clients_are_bounded_and_the_largest_is_cut)
{
	enum { MANY = 60 };
	struct line many[MANY], honest = call_from(3);
	unsigned cut = 0;

	carry(honest, 5 * MB);
	for (int i = 0; i < MANY; i++) {
		many[i] = call_from(2);
		carry(many[i], i == 7 ? 5 * MB : 4 * MB);
	}
	carry(many[0], MB / 2);
	bm_admission_look(admission, 0);
	/* 246.5 MB: fits. */
	for (int i = 0; i < MANY; i++)
		ck_assert(!is_cut(many[i]));
	carry(many[1], 8 * MB);
	carry(many[2], 8 * MB);
	carry(many[3], 8 * MB);
	bm_admission_look(admission, 0);
	/* 270.5 MB: one of 12 is enough. */
	for (int i = 0; i < MANY; i++)
		cut += is_cut(many[i]);
	ck_assert_uint_eq(cut, 1);
	ck_assert(is_cut(many[1]) || is_cut(many[2]) || is_cut(many[3]));
	ck_assert(!is_cut(honest));
	for (int i = 0; i < MANY; i++)
		hang_up(many[i]);
	hang_up(honest);
}
END_TEST

/* A descriptor that was closed and is another connection's, or a file's,
 * before we are told. */
START_TEST(a_descriptor_that_was_used_again_is_left_alone)
{
	struct line line = call_from(1), other;
	int pair[2];
	char byte;

	carry(line, 4 * BM_NET_FRAME_MAX);
	other = call_from(1);
	bm_admission_leave(admission, other.accepted);
	ck_assert_int_eq(dup2(other.accepted, line.accepted), line.accepted);
	carry(other, 4 * BM_NET_FRAME_MAX);
	bm_admission_look(admission, 0);
	ck_assert(!is_cut(other));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	bm_admission_accept(admission, pair[0], 0);
	bm_admission_look(admission, 0);
	ck_assert_int_eq(recv(pair[1], &byte, 1, MSG_DONTWAIT), -1);
	close(pair[0]);
	close(pair[1]);
	hang_up(line);
	hang_up(other);
}
END_TEST

/* --- handshakes ----------------------------------------------------------- */

/* Looks up to this time; with others that are admitted meanwhile, or not. */
static uint64_t
look_until(uint64_t from_ms, uint64_t until_ms, bool others)
{
	for (; from_ms < until_ms; from_ms += 200) {
		if (others)
			ck_assert(bm_admission_admit(admission, 1, from_ms));
		bm_admission_look(admission, from_ms);
	}
	return from_ms;
}

START_TEST(a_client_that_lets_us_wait_is_cut_when_its_time_is_over)
{
	struct line line = call_from(1);
	uint64_t now_ms;

	now_ms = look_until(0, BM_ADMISSION_HANDSHAKE_MS, false);
	ck_assert(!is_cut(line));
	(void)look_until(now_ms, now_ms + 400, false);
	ck_assert(is_cut(line));
	ck_assert_uint_eq(bm_admission_cuts(admission).handshake, 1);
	hang_up(line);
}
END_TEST

START_TEST(time_that_a_client_waits_for_us_is_not_its_own)
{
	struct line asked = call_from(1), silent = call_from(2);
	const uint64_t long_ms = 3 * BM_ADMISSION_HANDSHAKE_MS;
	uint64_t now_ms;

	/* Others come to their end meanwhile: both may stand behind them. */
	now_ms = look_until(0, long_ms, true);
	ck_assert(!is_cut(asked));
	ck_assert(!is_cut(silent));
	/* Bytes of the first one are still to be read. */
	ck_assert_int_eq(send(asked.client, "x", 1, 0), 1);
	(void)look_until(now_ms, now_ms + long_ms, false);
	ck_assert(!is_cut(asked));
	ck_assert(is_cut(silent));
	hang_up(asked);
	hang_up(silent);
}
END_TEST

START_TEST(a_client_whose_handshake_is_done_may_say_nothing)
{
	static uint8_t bytes[BM_WIRE_READY];
	struct line line = call_from(1);
	struct bm_wire_counts counts = { .acked = 0 };
	struct await wait = AWAIT;

	ck_assert_int_eq(send(line.accepted, bytes, sizeof bytes, 0),
	    (int)sizeof bytes);
	while (bm_wire_count(line.accepted, &counts) &&
	    counts.acked < sizeof bytes)
		ck_assert(await_again(&wait));
	(void)look_until(0, 3 * BM_ADMISSION_HANDSHAKE_MS, false);
	ck_assert_int_eq(recv(line.client, bytes, sizeof bytes, 0),
	    (int)sizeof bytes);
	ck_assert(!is_cut(line));
	hang_up(line);
}
END_TEST

/* One more than the share of a host: those in the middle of a handshake stay,
 * for the work on them would have been in vain. */
START_TEST(a_crowd_is_let_in_in_turn)
{
	enum { SHARE = PLACES / BM_ADMISSION_SHARE };
	static struct line line[SHARE];
	struct line idle, late;

	idle = call_from(1);
	for (int i = 0; i < SHARE - 1; i++) {
		line[i] = call_from(1);
		carry_hello(line[i]);
	}
	late = call_from(1);
	ck_assert(is_cut(idle));
	carry_hello(late);
	ck_assert(!is_cut(late));
	hang_up(idle);
	idle = call_from(1);
	ck_assert(is_cut(idle));
	for (int i = 0; i < SHARE - 1; i++) {
		ck_assert(!is_cut(line[i]));
		hang_up(line[i]);
	}
	ck_assert(!is_cut(late));
	ck_assert_uint_eq(bm_admission_cuts(admission).room, 2);
	hang_up(idle);
	hang_up(late);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listener admission");
	TCase *tc = tcase_create("held");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, one_client_can_have_three_frames);
	tcase_add_test(tc,
	    the_bytes_of_all_clients_are_bounded_and_the_largest_is_cut);
	tcase_add_test(tc, a_descriptor_that_was_used_again_is_left_alone);
	tcase_add_test(tc,
	    a_client_that_lets_us_wait_is_cut_when_its_time_is_over);
	tcase_add_test(tc, time_that_a_client_waits_for_us_is_not_its_own);
	tcase_add_test(tc, a_client_whose_handshake_is_done_may_say_nothing);
	tcase_add_test(tc, a_crowd_is_let_in_in_turn);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
