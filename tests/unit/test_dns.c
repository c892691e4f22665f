/*
 * TXT records from the DNS: messages, the system's list of servers, a real
 * server on loopback, and one that misbehaves.
 */
#include "../support/dns_server.h"

#include <bitmarkpeer/os.h>

#include "../support/vectors.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codec/codec.h"
#include "net/curve.h"
#include "net/dns.h"

/* A bounded wait may take so much longer on a busy machine.  Milliseconds. */
#define SLACK_MS 3000
#define STOP_AFTER_MS 200
/* More than one datagram carries, and more than is read. */
#define MANY 40
#define TOO_MANY (BM_DNS_RECORDS_MAX + 7)

/* The records that were handed over. */
static struct {
	size_t count;
	size_t size;                    /* of the last one */
	char last[BM_DNS_TEXT_MAX + 1];
	size_t total;
} got;

static char address[LOOPBACK_TEXT_SIZE];
static int stop[2];

static void
setup(void)
{
	memset(&got, 0, sizeof got);
	loopback_free_address(address);
	ck_assert_int_eq(pipe(stop), 0);
}

static void
teardown(void)
{
	dns_server_stop();
	false_dns_stop();
	close(stop[0]);
	close(stop[1]);
}

static void
take(void *user, const char *text, size_t size)
{
	ck_assert_ptr_eq(user, &got);
	ck_assert_uint_le(size, BM_DNS_TEXT_MAX);
	got.count++;
	got.total += size;
	got.size = size;
	memcpy(got.last, text, size);
	got.last[size] = '\0';
}

static bitmark_status
look_up(const char *domain, struct bm_dns_answer *answer)
{
	struct bm_dns_server server;

	ck_assert_int_eq(bm_dns_server_from_text(address, &server),
	    BITMARK_OK);
	return bm_dns_look_up(domain, &server, stop[0], take, &got, answer);
}

/* A question and an answer to it, which a test completes. */
static struct {
	uint8_t query[BM_DNS_QUERY_MAX];
	size_t query_size;
	uint8_t bytes[4096];
	struct bm_writer w;
} message;

static void
begin_answer(uint16_t flags, uint16_t count)
{
	size_t question;

	ck_assert_int_eq(bm_dns_query("a.bc", 0x1234, message.query,
	    &message.query_size), BITMARK_OK);
	question = message.query_size - 12 - 11;
	message.w = bm_writer(message.bytes, sizeof message.bytes);
	bm_write_u16be(&message.w, 0x1234);
	bm_write_u16be(&message.w, flags);
	bm_write_u16be(&message.w, 1);
	bm_write_u16be(&message.w, count);
	bm_write_u16be(&message.w, 0);
	bm_write_u16be(&message.w, 0);
	bm_write_bytes(&message.w, message.query + 12, question);
}

static void
add_record(uint16_t type, uint32_t ttl, const void *data, size_t size)
{
	bm_write_u16be(&message.w, 0xc00c);
	bm_write_u16be(&message.w, type);
	bm_write_u16be(&message.w, 1);
	bm_write_u16be(&message.w, (uint16_t)(ttl >> 16));
	bm_write_u16be(&message.w, (uint16_t)ttl);
	bm_write_u16be(&message.w, (uint16_t)size);
	bm_write_bytes(&message.w, data, size);
}

static bitmark_status
read_answer(struct bm_dns_answer *answer)
{
	return bm_dns_read((struct bitmark_span){ message.query,
	    message.query_size }, (struct bitmark_span){ message.bytes,
	    message.w.size }, take, &got, answer);
}

START_TEST(a_question_is_as_rfc_1035_and_6891_say)
{
	uint8_t query[BM_DNS_QUERY_MAX];
	size_t size;

	ck_assert_int_eq(bm_dns_query("nodes.test.", 0xabcd, query, &size),
	    BITMARK_OK);
	assert_hex(query, size, "abcd01000001000000000001"
	    "056e6f6465730474657374000010000100002904d0000000000000",
	    "question");
}
END_TEST

START_TEST(domains_that_cannot_be_are_refused)
{
	static const char *const bad[] = { "", ".", "..", "a..b", ".a",
	    "a..", "0123456789012345678901234567890123456789012345678901234"
	    "567890123.b" };
	char name[BM_DNS_NAME_MAX + 3];
	uint8_t query[BM_DNS_QUERY_MAX];
	size_t size = 1;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_int_eq(bm_dns_query(bad[i], 1, query, &size),
		    BITMARK_E_ARGUMENT);
	for (size_t i = 0; i < sizeof name; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	name[BM_DNS_NAME_MAX] = '\0';
	ck_assert_int_eq(bm_dns_query(name, 1, query, &size), BITMARK_OK);
	ck_assert_uint_eq(size, BM_DNS_QUERY_MAX);
	name[BM_DNS_NAME_MAX] = '.';
	name[BM_DNS_NAME_MAX + 1] = '\0';
	ck_assert_int_eq(bm_dns_query(name, 1, query, &size), BITMARK_OK);
	name[BM_DNS_NAME_MAX + 1] = 'a';
	name[BM_DNS_NAME_MAX + 2] = '\0';
	ck_assert_int_eq(bm_dns_query(name, 1, query, &size),
	    BITMARK_E_ARGUMENT);
}
END_TEST

START_TEST(strings_are_put_together_and_other_records_passed_over)
{
	struct bm_dns_answer answer;

	begin_answer(0x8180, 4);
	add_record(5, 1, "\1x\0", 3);
	add_record(16, 300, "\3abc\0\2de", 8);
	add_record(16, 200, "", 0);
	add_record(1, 2, "\1\2\3\4", 4);
	ck_assert_int_eq(read_answer(&answer), BITMARK_OK);
	ck_assert_uint_eq(answer.records, 2);
	ck_assert_uint_eq(answer.refused, 0);
	ck_assert_uint_eq(answer.ttl_s, 200);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(got.total, 5);
}
END_TEST

START_TEST(a_record_that_is_malformed_or_too_long_is_counted_and_passed_over)
{
	static uint8_t longest[BM_DNS_TEXT_MAX + 8];
	struct bm_dns_answer answer;
	size_t at = 0;

	begin_answer(0x8180, 4);
	add_record(16, 0x80000000, "\4abc", 4);
	for (size_t left = BM_DNS_TEXT_MAX; left > 0;) {
		uint8_t size = left > 255 ? 255 : (uint8_t)left;

		longest[at++] = size;
		memset(longest + at, 'x', size);
		at += size;
		left -= size;
	}
	add_record(16, 9, longest, at);
	longest[at++] = 1;
	longest[at++] = 'y';
	add_record(16, 9, longest, at);
	add_record(16, 9, "\2ok", 3);
	ck_assert_int_eq(read_answer(&answer), BITMARK_OK);
	ck_assert_uint_eq(answer.records, 2);
	ck_assert_uint_eq(answer.refused, 2);
	ck_assert_uint_eq(answer.ttl_s, 0);
	ck_assert_uint_eq(got.total, BM_DNS_TEXT_MAX + 2);
	ck_assert_str_eq(got.last, "ok");
}
END_TEST

START_TEST(an_answer_cut_off_anywhere_is_refused)
{
	struct bm_dns_answer answer;
	size_t whole;

	begin_answer(0x8180, 2);
	add_record(16, 5, "\3abc", 4);
	add_record(16, 5, "\3def", 4);
	whole = message.w.size;
	ck_assert_int_eq(read_answer(&answer), BITMARK_OK);
	for (size_t size = 0; size < whole; size++) {
		message.w.size = size;
		ck_assert_int_eq(read_answer(&answer),
		    BITMARK_E_PEER_RESPONSE);
	}
}
END_TEST

START_TEST(the_errors_of_a_server_have_different_statuses)
{
	static const struct {
		uint16_t flags;
		bitmark_status status;
	} row[] = {
		{ 0x8180, BITMARK_E_NOT_FOUND },        /* no such record */
		{ 0x8183, BITMARK_E_NOT_FOUND },        /* no such name   */
		{ 0x8182, BITMARK_E_NET },              /* server failed  */
		{ 0x8185, BITMARK_E_NET },              /* refused        */
		{ 0x0100, BITMARK_E_PEER_RESPONSE },    /* a question     */
		{ 0x8980, BITMARK_E_PEER_RESPONSE },    /* another kind   */
	};
	struct bm_dns_answer answer;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		begin_answer(row[i].flags, 0);
		ck_assert_int_eq(read_answer(&answer), row[i].status);
	}
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

/* The file of the system, with what may stand in it. */
START_TEST(servers_are_read_from_the_system)
{
	char path[] = "/tmp/resolv-XXXXXX";
	struct bm_dns_server list[BM_DNS_SERVERS_MAX];
	const struct sockaddr_in *v4 = (void *)&list[0].address;
	const struct sockaddr_in6 *v6 = (void *)&list[1].address;
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	fputs("# nameserver 192.0.2.9\nsearch example.org\n"
	    "nameserver not-an-address\nnameservers 192.0.2.8\n"
	    "nameserver 192.0.2.1 # first\nnameserver\n"
	    "nameserver\t2001:db8::1\noptions edns0\n"
	    "nameserver 192.0.2.3\r\nnameserver 192.0.2.4\n", file);
	fclose(file);
	ck_assert_uint_eq(bm_dns_servers(path, list), BM_DNS_SERVERS_MAX);
	ck_assert_int_eq(v4->sin_family, AF_INET);
	ck_assert_int_eq(ntohs(v4->sin_port), 53);
	ck_assert_uint_eq(ntohl(v4->sin_addr.s_addr), 0xc0000201);
	ck_assert_int_eq(v6->sin6_family, AF_INET6);
	ck_assert_int_eq(ntohs(v6->sin6_port), 53);
	v4 = (void *)&list[2].address;
	ck_assert_uint_eq(ntohl(v4->sin_addr.s_addr), 0xc0000203);
	unlink(path);
	ck_assert_uint_eq(bm_dns_servers(path, list), 1);
	v4 = (void *)&list[0].address;
	ck_assert_uint_eq(ntohl(v4->sin_addr.s_addr), INADDR_LOOPBACK);
}
END_TEST

START_TEST(a_server_is_an_address_and_a_port)
{
	struct bm_dns_server server;
	const struct sockaddr_in6 *v6 = (void *)&server.address;

	ck_assert_int_eq(bm_dns_server_from_text("[::1]:5353", &server),
	    BITMARK_OK);
	ck_assert_int_eq(v6->sin6_family, AF_INET6);
	ck_assert_int_eq(ntohs(v6->sin6_port), 5353);
	ck_assert_int_eq(bm_dns_server_from_text("name:53", &server),
	    BITMARK_E_IP_ADDRESS);
	ck_assert_int_eq(bm_dns_server_from_text("127.0.0.1:0", &server),
	    BITMARK_E_PORT);
}
END_TEST

START_TEST(a_real_server_gives_its_records)
{
	const char *const records[] = { "one", "a=1;2 b", "" };
	struct bm_dns_answer answer;

	dns_server_start(address, records, 3);
	ck_assert_int_eq(look_up(DNS_DOMAIN, &answer), BITMARK_OK);
	ck_assert_uint_eq(answer.records, 3);
	ck_assert_uint_eq(answer.ttl_s, DNS_TTL_S);
	ck_assert_uint_eq(got.count, 3);
	ck_assert_uint_eq(got.total, strlen("one") + strlen("a=1;2 b"));
	ck_assert_int_eq(look_up("Nodes.LocalDomain.", &answer), BITMARK_OK);
	ck_assert_uint_eq(answer.records, 3);
}
END_TEST

START_TEST(a_real_server_says_that_there_is_nothing)
{
	const char *const records[] = { "one" };
	struct bm_dns_answer answer;

	dns_server_start(address, records, 1);
	ck_assert_int_eq(look_up("nobody.localdomain", &answer),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(look_up("not-its-business.test", &answer),
	    BITMARK_E_NET);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

/* Texts of this size, all different, from a real server. */
static void
look_up_many(size_t count, size_t size, struct bm_dns_answer *answer)
{
	char **records = calloc(count, sizeof *records);

	for (size_t i = 0; i < count; i++) {
		records[i] = malloc(size + 1);
		memset(records[i], 'x', size);
		snprintf(records[i], size + 1, "%zu ", i);
		records[i][strlen(records[i])] = 'x';
		records[i][size] = '\0';
	}
	dns_server_start(address, (const char *const *)records, count);
	ck_assert_int_eq(look_up(DNS_DOMAIN, answer), BITMARK_OK);
	for (size_t i = 0; i < count; i++)
		free(records[i]);
	free(records);
}

/* Four strings each; in all more than a datagram: by TCP. */
START_TEST(an_answer_that_is_cut_is_asked_for_again_by_tcp)
{
	const size_t size = 700;
	struct bm_dns_answer answer;

	ck_assert_uint_gt(MANY * size, BM_DNS_UDP_MAX);
	look_up_many(MANY, size, &answer);
	ck_assert_uint_eq(answer.records, MANY);
	ck_assert_uint_eq(got.count, MANY);
	ck_assert_uint_eq(got.total, MANY * size);
}
END_TEST

START_TEST(more_records_than_the_bound_are_counted_and_passed_over)
{
	struct bm_dns_answer answer;

	look_up_many(TOO_MANY, 20, &answer);
	ck_assert_uint_eq(answer.records, BM_DNS_RECORDS_MAX);
	ck_assert_uint_eq(answer.refused, TOO_MANY - BM_DNS_RECORDS_MAX);
	ck_assert_uint_eq(got.count, BM_DNS_RECORDS_MAX);
}
END_TEST

START_TEST(without_a_server_the_question_ends_at_its_bound)
{
	struct bm_dns_answer answer;

	ck_assert_int_eq(look_up(DNS_DOMAIN, &answer),
	    BITMARK_E_NO_CONNECTION);
}
END_TEST

/* The end of a question to a server that misbehaves, the longest wait for it,
 * and how often it is asked. */
static const struct misbehaviour {
	enum false_dns kind;
	bitmark_status status;
	uint64_t waits_ms;
	unsigned asked;
} misbehaviours[] = {
	{ FALSE_DNS_SILENT, BITMARK_E_TIMEOUT,
	    BM_DNS_ROUNDS * BM_DNS_WAIT_MS, BM_DNS_ROUNDS },
	{ FALSE_DNS_CUT, BITMARK_E_TIMEOUT,
	    BM_DNS_ROUNDS * BM_DNS_WAIT_MS, BM_DNS_ROUNDS },
	{ FALSE_DNS_CUT_SHORT, BITMARK_E_NO_CONNECTION, 0, BM_DNS_ROUNDS },
	{ FALSE_DNS_REFUSES, BITMARK_E_NET, 0, BM_DNS_ROUNDS },
	{ FALSE_DNS_BROKEN, BITMARK_E_PEER_RESPONSE, 0, BM_DNS_ROUNDS },
	{ FALSE_DNS_FORGED, BITMARK_OK, 0, 1 },
};
#define MISBEHAVIOURS \
	((int)(sizeof misbehaviours / sizeof misbehaviours[0]))

START_TEST(a_server_that_misbehaves_is_waited_for_no_longer_than_the_bound)
{
	const struct misbehaviour *m = &misbehaviours[_i];
	struct bm_dns_answer answer;
	uint64_t begin_ms, took_ms;

	false_dns_start(m->kind, address);
	begin_ms = bitmark_clock_ms();
	ck_assert_int_eq(look_up(DNS_DOMAIN, &answer), m->status);
	took_ms = bitmark_clock_ms() - begin_ms;
	ck_assert_uint_ge(took_ms, m->waits_ms);
	ck_assert_uint_le(took_ms, m->waits_ms + SLACK_MS);
	ck_assert_uint_eq(false_dns_asked(), m->asked);
	ck_assert_uint_eq(got.count, m->status == BITMARK_OK);
	if (m->status == BITMARK_OK)
		ck_assert_str_eq(got.last, "true");
}
END_TEST

/* Some time after the question has come, which by TCP is answered at once. */
static void *
write_a_byte(void *unused)
{
	const struct timespec pause = { 0, STOP_AFTER_MS * 1000000 };

	do
		nanosleep(&pause, NULL);
	while (false_dns_asked() == 0);
	nanosleep(&pause, NULL);
	ck_assert_int_eq(write(stop[1], "", 1), 1);
	return unused;
}

/* By UDP and by TCP. */
START_TEST(a_byte_in_the_stop_pipe_ends_the_wait)
{
	struct bm_dns_answer answer;
	pthread_t thread;
	uint64_t begin_ms = bitmark_clock_ms();

	false_dns_start(_i == 0 ? FALSE_DNS_SILENT : FALSE_DNS_CUT, address);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_a_byte, NULL),
	    0);
	ck_assert_int_eq(look_up(DNS_DOMAIN, &answer), BITMARK_E_STOPPED);
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, BM_DNS_WAIT_MS);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(false_dns_asked(), 1);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dns");
	TCase *messages = tcase_create("messages");
	TCase *servers = tcase_create("servers");

	tcase_add_checked_fixture(messages, setup, teardown);
	tcase_add_test(messages, a_question_is_as_rfc_1035_and_6891_say);
	tcase_add_test(messages, domains_that_cannot_be_are_refused);
	tcase_add_test(messages,
	    strings_are_put_together_and_other_records_passed_over);
	tcase_add_test(messages,
	    a_record_that_is_malformed_or_too_long_is_counted_and_passed_over);
	tcase_add_test(messages, an_answer_cut_off_anywhere_is_refused);
	tcase_add_test(messages,
	    the_errors_of_a_server_have_different_statuses);
	tcase_add_test(messages, servers_are_read_from_the_system);
	tcase_add_test(messages, a_server_is_an_address_and_a_port);
	suite_add_tcase(suite, messages);

	tcase_set_timeout(servers, 60);
	tcase_add_checked_fixture(servers, setup, teardown);
	tcase_add_test(servers, a_real_server_gives_its_records);
	tcase_add_test(servers, a_real_server_says_that_there_is_nothing);
	tcase_add_test(servers,
	    an_answer_that_is_cut_is_asked_for_again_by_tcp);
	tcase_add_test(servers,
	    more_records_than_the_bound_are_counted_and_passed_over);
	tcase_add_test(servers, without_a_server_the_question_ends_at_its_bound);
	tcase_add_loop_test(servers,
	    a_server_that_misbehaves_is_waited_for_no_longer_than_the_bound,
	    0, MISBEHAVIOURS);
	tcase_add_loop_test(servers, a_byte_in_the_stop_pipe_ends_the_wait, 0,
	    2);
	suite_add_tcase(suite, servers);
	return run_suite(suite);
}
