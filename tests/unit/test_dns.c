/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * TXT records from the DNS: messages, a real server on loopback, and one that
 * misbehaves.
 */
#include "../support/dns_server.h"

#include <bitmarkpeer/os.h>

#include "../support/vectors.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "net/resolver.h"
#include "net/txt.h"

/* A bounded wait may take so much longer on a busy machine.  Milliseconds. */
#define SLACK_MS 3000
/* How long a server that says nothing is waited for: each round takes twice as
 * long as the one before. */
#define SILENCE_MS (3 * BM_RESOLVER_WAIT_MS)
/* More than one datagram carries, and more than is read. */
#define MANY 40
#define TOO_MANY (BM_TXT_RECORDS_MAX + 7)

/* The records that were handed over. */
static struct {
	size_t count;
	size_t size;                    /* of the last one */
	char last[BM_TXT_TEXT_MAX + 1];
	size_t total;
} got;

static char address[LOOPBACK_TEXT_SIZE];

static void
setup(void)
{
	memset(&got, 0, sizeof got);
	loopback_free_address(address);
}

static void
teardown(void)
{
	dns_server_stop();
	false_dns_stop();
}

static void
take(void *user, const char *text, size_t size)
{
	ck_assert_ptr_eq(user, &got);
	ck_assert_uint_le(size, BM_TXT_TEXT_MAX);
	got.count++;
	got.total += size;
	got.size = size;
	memcpy(got.last, text, size);
	got.last[size] = '\0';
}

static struct bm_resolver *
ask(const char *domain)
{
	struct bitmark_connection server;
	struct bm_resolver *resolver;

	ck_assert_int_eq(bitmark_connection_from_text(address,
	    strlen(address), &server), BITMARK_OK);
	ck_assert_int_eq(bm_resolver_ask_txt(&resolver, domain, &server),
	    BITMARK_OK);
	return resolver;
}

/* Do what can be done, then wait for more. */
static bitmark_status
step(struct bm_resolver *resolver)
{
	zmq_pollitem_t items[BM_RESOLVER_ITEMS];
	const bitmark_status status = bm_resolver_step(resolver);
	uint64_t due_ms, now_ms = bitmark_clock_ms();

	if (status != BITMARK_E_PENDING)
		return status;
	due_ms = bm_resolver_deadline(resolver);
	ck_assert_uint_le(due_ms, now_ms + BM_RESOLVER_MAX_MS);
	(void)zmq_poll(items, (int)bm_resolver_items(resolver, items),
	    due_ms <= now_ms ? 0 : (long)(due_ms - now_ms));
	return status;
}

static bitmark_status
look_up(const char *domain, struct bm_txt_answer *answer)
{
	struct bm_resolver *resolver = ask(domain);
	bitmark_status status;

	while ((status = step(resolver)) == BITMARK_E_PENDING)
		continue;
	if (status == BITMARK_OK)
		status = bm_txt_read(bm_resolver_message(resolver), take,
		    &got, answer);
	bm_resolver_free(resolver);
	return status;
}

/* An answer, which a test completes. */
static struct {
	uint8_t bytes[4096];
	struct bm_writer w;
} message;

/* To the question for a.bc. */
static void
begin_answer(uint16_t count)
{
	static const uint8_t question[] = { 1, 'a', 2, 'b', 'c', 0, 0, 16, 0,
	    1 };

	message.w = bm_writer(message.bytes, sizeof message.bytes);
	bm_write_u16be(&message.w, 0x1234);
	bm_write_u16be(&message.w, 0x8180);
	bm_write_u16be(&message.w, 1);
	bm_write_u16be(&message.w, count);
	bm_write_u16be(&message.w, 0);
	bm_write_u16be(&message.w, 0);
	bm_write_bytes(&message.w, question, sizeof question);
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
read_answer(struct bm_txt_answer *answer)
{
	return bm_txt_read((struct bitmark_span){ message.bytes,
	    message.w.size }, take, &got, answer);
}

START_TEST(strings_are_put_together_and_other_records_passed_over)
{
	struct bm_txt_answer answer;

	begin_answer(4);
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
	static uint8_t longest[BM_TXT_TEXT_MAX + 8];
	struct bm_txt_answer answer;
	size_t at = 0;

	begin_answer(4);
	add_record(16, 0x80000000, "\4abc", 4);
	for (size_t left = BM_TXT_TEXT_MAX; left > 0;) {
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
	ck_assert_uint_eq(got.total, BM_TXT_TEXT_MAX + 2);
	ck_assert_str_eq(got.last, "ok");
}
END_TEST

START_TEST(an_answer_cut_off_anywhere_is_refused)
{
	struct bm_txt_answer answer;
	size_t whole;

	begin_answer(2);
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

START_TEST(an_answer_without_such_records_is_told_apart)
{
	struct bm_txt_answer answer;

	begin_answer(0);
	ck_assert_int_eq(read_answer(&answer), BITMARK_E_NOT_FOUND);
	begin_answer(1);
	add_record(1, 2, "\1\2\3\4", 4);
	ck_assert_int_eq(read_answer(&answer), BITMARK_E_NOT_FOUND);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(a_real_server_gives_its_records)
{
	const char *const records[] = { "one", "a=1;2 b", "" };
	struct bm_txt_answer answer;

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
	struct bm_txt_answer answer;

	dns_server_start(address, records, 1);
	ck_assert_int_eq(look_up("nobody.localdomain", &answer),
	    BITMARK_E_NOT_FOUND);
	/* It refuses. */
	ck_assert_int_eq(look_up("not-its-business.test", &answer),
	    BITMARK_E_NO_CONNECTION);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

/* Texts of this size, all different, from a real server. */
static void
look_up_many(size_t count, size_t size, struct bm_txt_answer *answer)
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
	struct bm_txt_answer answer;

	ck_assert_uint_gt(MANY * size, BM_RESOLVER_UDP_MAX);
	look_up_many(MANY, size, &answer);
	ck_assert_uint_eq(answer.records, MANY);
	ck_assert_uint_eq(got.count, MANY);
	ck_assert_uint_eq(got.total, MANY * size);
}
END_TEST

START_TEST(more_records_than_the_bound_are_counted_and_passed_over)
{
	struct bm_txt_answer answer;

	look_up_many(TOO_MANY, 20, &answer);
	ck_assert_uint_eq(answer.records, BM_TXT_RECORDS_MAX);
	ck_assert_uint_eq(answer.refused, TOO_MANY - BM_TXT_RECORDS_MAX);
	ck_assert_uint_eq(got.count, BM_TXT_RECORDS_MAX);
}
END_TEST

START_TEST(without_a_server_the_question_ends_at_its_bound)
{
	struct bm_txt_answer answer;

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
	{ FALSE_DNS_SILENT, BITMARK_E_TIMEOUT, SILENCE_MS,
	    BM_RESOLVER_ROUNDS },
	{ FALSE_DNS_CUT, BITMARK_E_TIMEOUT, BM_RESOLVER_WAIT_MS, 1 },
	{ FALSE_DNS_CUT_SHORT, BITMARK_E_NO_CONNECTION, 0, 1 },
	{ FALSE_DNS_REFUSES, BITMARK_E_NO_CONNECTION, 0, BM_RESOLVER_ROUNDS },
	{ FALSE_DNS_BROKEN, BITMARK_E_PEER_RESPONSE, 0, 1 },
	{ FALSE_DNS_FORGED, BITMARK_OK, 0, 1 },
};
#define MISBEHAVIOURS \
	((int)(sizeof misbehaviours / sizeof misbehaviours[0]))

START_TEST(a_server_that_misbehaves_is_waited_for_no_longer_than_the_bound)
{
	const struct misbehaviour *m = &misbehaviours[_i];
	struct bm_txt_answer answer;
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

/* By UDP and by TCP. */
START_TEST(a_question_can_be_given_up_at_any_time)
{
	zmq_pollitem_t items[BM_RESOLVER_ITEMS];
	struct bm_resolver *resolver;
	uint64_t begin_ms = bitmark_clock_ms();
	size_t count;

	false_dns_start(_i == 0 ? FALSE_DNS_SILENT : FALSE_DNS_CUT, address);
	resolver = ask(DNS_DOMAIN);
	while (false_dns_asked() == 0 || (_i != 0 &&
	    bm_resolver_items(resolver, items) < 2))
		ck_assert_int_eq(step(resolver), BITMARK_E_PENDING);
	count = bm_resolver_items(resolver, items);
	ck_assert_uint_ge(count, 1);
	bm_resolver_free(resolver);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(fcntl(items[i].fd, F_GETFD), -1);
	ck_assert_uint_lt(bitmark_clock_ms() - begin_ms, SILENCE_MS);
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
	tcase_add_test(messages,
	    strings_are_put_together_and_other_records_passed_over);
	tcase_add_test(messages,
	    a_record_that_is_malformed_or_too_long_is_counted_and_passed_over);
	tcase_add_test(messages, an_answer_cut_off_anywhere_is_refused);
	tcase_add_test(messages,
	    an_answer_without_such_records_is_told_apart);
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
	tcase_add_loop_test(servers, a_question_can_be_given_up_at_any_time,
	    0, 2);
	suite_add_tcase(suite, servers);
	return run_suite(suite);
}
