/* The choice of the clients that are cut off when libzmq holds too many bytes
 * for them.  The tests say themselves how many bytes were read. */
#include "../support/vectors.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/bind.h"
#include "net/admission.h"

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
	bm_admission_look(admission);
	ck_assert(!is_cut(line));
	carry(line, MB);
	bm_admission_deliver(admission, line.accepted, MB);
	bm_admission_look(admission);
	ck_assert(!is_cut(line));
	carry(line, MB);
	bm_admission_look(admission);
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
	bm_admission_look(admission);
	/* 246.5 MB: fits. */
	for (int i = 0; i < MANY; i++)
		ck_assert(!is_cut(many[i]));
	carry(many[1], 8 * MB);
	carry(many[2], 8 * MB);
	carry(many[3], 8 * MB);
	bm_admission_look(admission);
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
	bm_admission_look(admission);
	ck_assert(!is_cut(other));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	bm_admission_accept(admission, pair[0], 0);
	bm_admission_look(admission);
	ck_assert_int_eq(recv(pair[1], &byte, 1, MSG_DONTWAIT), -1);
	close(pair[0]);
	close(pair[1]);
	hang_up(line);
	hang_up(other);
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
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
