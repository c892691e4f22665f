/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Miners elsewhere, by the sockets of recorderd. */
#include "../support/miners.h"

#include <bitmarkpeer/os.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* How long "nothing" is waited for, and "at once" at most: much less than the
 * interval. */
#define SILENCE_MS 300
#define AT_ONCE_MS 5000
#define GOOD UINT64_C(0x0807060504030202)
#define BAD UINT64_C(0x0807060504030201)

static struct miner one;

/* The status follows at the end of a turn. */
#define COMES_TO(field, value) \
	do { \
		struct await look = AWAIT; \
\
		while (member_status(0).field != (value)) \
			ck_assert(await_again(&look)); \
	} while (0)

/* A node with one verified transaction, and a miner with its first job. */
static struct bitmark_job
start_with_job(void)
{
	struct bitmark_job job;

	miners_start();
	one = miner_connect(ZMQ_REQ, NULL);
	miners_await(1, 1);
	miners_verify(1);
	ck_assert(miner_job(&one, &job, AWAIT_MS));
	return job;
}

START_TEST(S_05_a_job_comes_with_the_first_verified_transaction)
{
	const struct bitmark_chain_params *params =
	    bitmark_chain_params_find("local");
	struct bitmark_job job;

	miners_start();
	one = miner_connect(ZMQ_REQ, NULL);
	miners_await(1, 1);
	ck_assert(!miner_job(&one, &job, SILENCE_MS));
	miners_verify(1);
	ck_assert(miner_job(&one, &job, AT_ONCE_MS));
	ck_assert_str_eq(job.id, "0001");
	ck_assert_uint_eq(job.header.number, 2);
	ck_assert_mem_eq(job.header.previous, params->genesis_digest,
	    BITMARK_DIGEST_SIZE);
	/* Foundation, asset, issue. */
	ck_assert_uint_eq(job.header.count, 3);
	COMES_TO(jobs, 1);
	miner_close(&one);
}
END_TEST

START_TEST(what_is_found_is_stored_before_it_is_reported)
{
	const struct bitmark_job job = start_with_job();

	miner_try(&one, job.id, GOOD, true);
	COMES_TO(tip.number, 2);
	COMES_TO(submissions_accepted, 1);
	/* The reply may have been lost: the same again, without a digest. */
	miner_try(&one, job.id, GOOD, true);
	ck_assert_uint_eq(atomic_load(&miners_digests), 1);
	COMES_TO(tip.number, 2);
	miner_close(&one);
}
END_TEST

/* A transaction that has come since the job stands in the next one, which
 * follows the block and not the interval. */
START_TEST(S_05_a_job_follows_a_new_block_at_once)
{
	struct bitmark_job job = start_with_job();
	char first[5];

	snprintf(first, sizeof first, "%.4s", job.id);
	miners_verify(2);
	ck_assert(!miner_job(&one, &job, SILENCE_MS));
	miner_try(&one, first, GOOD, true);
	ck_assert(miner_job(&one, &job, AT_ONCE_MS));
	ck_assert_str_eq(job.id, "0002");
	ck_assert_uint_eq(job.header.number, 3);
	COMES_TO(jobs, 2);
	ck_assert_mem_eq(job.header.previous, member_status(0).tip.digest,
	    BITMARK_DIGEST_SIZE);
	/* The old one is stale: that takes no digest to see. */
	miner_try(&one, first, GOOD + 1, false);
	ck_assert_uint_eq(atomic_load(&miners_digests), 1);
	miner_try(&one, job.id, GOOD, true);
	ck_assert(!miner_job(&one, &job, SILENCE_MS));
	miner_close(&one);
}
END_TEST

START_TEST(a_late_miner_gets_the_job_within_the_interval)
{
	struct bitmark_job job, late;
	struct miner two;

	miners_proofing.interval_ms = SILENCE_MS;
	job = start_with_job();
	two = miner_connect(ZMQ_REQ, NULL);
	ck_assert(miner_job(&two, &late, AWAIT_MS));
	ck_assert_str_eq(job.id, late.id);
	ck_assert_mem_eq(job.header.merkle, late.header.merkle,
	    sizeof job.header.merkle);
	ck_assert_uint_ne(job.header.nonce, late.header.nonce);
	COMES_TO(jobs, 1);
	/* What has come since is in a new one then. */
	miners_verify(2);
	do
		ck_assert(miner_job(&two, &late, AWAIT_MS));
	while (strcmp(late.id, job.id) == 0);
	ck_assert_uint_eq(late.header.count, 5);
	miner_close(&two);
	miner_close(&one);
}
END_TEST

/* The rows of the table, and what a stranger may send. */
static const struct {
	const char *request, *reply;
} rows[] = {
	{ "xyzzy", "{\"job\":\"\",\"ok\":false}" },
	{ "", "{\"job\":\"\",\"ok\":false}" },
	{ "{}", "{\"job\":\"\",\"ok\":false}" },
	{ "[]", "{\"job\":\"\",\"ok\":false}" },
	{ "null", "{\"job\":\"\",\"ok\":false}" },
	{ "{\"Request\":\"block.nonce\",\"Job\":\"ffff\","
	    "\"Packed\":\"AgMEBQYHCAA=\"}",
	    "{\"job\":\"ffff\",\"ok\":false}" },
	{ "{\"Request\":\"block.nonces\",\"Job\":\"0001\","
	    "\"Packed\":\"AgMEBQYHCAA=\"}",
	    "{\"job\":\"0001\",\"ok\":false}" },
	{ "{\"Request\":\"block.nonce\",\"Job\":\"0001\"}",
	    "{\"job\":\"0001\",\"ok\":false}" },
	{ "{\"Request\":\"block.nonce\",\"Job\":\"0001\","
	    "\"Packed\":\"AgMEBQYHCA==\"}",
	    "{\"job\":\"0001\",\"ok\":false}" },
	{ "{\"Request\":\"block.nonce\",\"Job\":\"0001\","
	    "\"Packed\":\"AQMEBQYHCAA=\"}",
	    "{\"job\":\"0001\",\"ok\":false}" },
};

START_TEST(S_12_all_is_answered_once_and_changes_nothing)
{
	const struct bitmark_job job = start_with_job();
	static char huge[100000];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		miner_send(&one, rows[i].request, strlen(rows[i].request));
		miner_expect(&one, rows[i].reply);
	}
	memset(huge, '[', sizeof huge);
	miner_send(&one, huge, BITMARK_JOB_SUBMISSION_MAX);
	miner_expect(&one, "{\"job\":\"\",\"ok\":false}");
	miner_send(&one, huge, sizeof huge);
	miner_expect(&one, "{\"job\":\"\",\"ok\":false}");
	COMES_TO(submissions_refused, sizeof rows / sizeof rows[0] + 2);
	/* One of all these cost a digest. */
	ck_assert_uint_eq(atomic_load(&miners_digests), 1);
	miner_try(&one, job.id, GOOD, true);
	miner_close(&one);
}
END_TEST

START_TEST(only_the_first_of_many_frames_is_read)
{
	const struct bitmark_job job = start_with_job();

	(void)job;
	ck_assert_int_eq(zmq_send(one.submit, "x", 1, ZMQ_SNDMORE), 1);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(zmq_send(one.submit, rows[9].request,
		    strlen(rows[9].request), ZMQ_SNDMORE) > 0, 1);
	ck_assert_int_eq(zmq_send(one.submit, "y", 1, 0), 1);
	miner_expect(&one, "{\"job\":\"\",\"ok\":false}");
	ck_assert_uint_eq(atomic_load(&miners_digests), 0);
	miner_close(&one);
}
END_TEST

/* As REQ with CORRELATE sends it: what stands in front comes back. */
START_TEST(the_envelope_comes_back)
{
	static const char *const sent[] = { "abcd", "", "{}", NULL };
	char text[64];
	int size;

	miners_start();
	one = miner_connect(ZMQ_DEALER, NULL);
	/* No delimiter: no request, so there is no reply to it. */
	miner_send(&one, "stray", 5);
	for (int i = 0; sent[i] != NULL; i++)
		ck_assert_int_eq(zmq_send(one.submit, sent[i],
		    strlen(sent[i]), sent[i + 1] != NULL ? ZMQ_SNDMORE : 0),
		    (int)strlen(sent[i]));
	size = zmq_recv(one.submit, text, sizeof text, 0);
	ck_assert_int_eq(size, 4);
	ck_assert_mem_eq(text, "abcd", 4);
	ck_assert_int_eq(zmq_recv(one.submit, text, sizeof text, 0), 0);
	miner_expect(&one, "{\"job\":\"\",\"ok\":false}");
	COMES_TO(submissions_unanswered, 1);
	miner_close(&one);
}
END_TEST

#define CROWD (BITMARK_NODE_SUBMISSIONS_MAX + 4)

START_TEST(S_11_one_digest_at_a_time_and_a_few_wait)
{
	const struct bitmark_job job = start_with_job();
	struct miner crowd[CROWD];

	miners_hold();
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = miner_connect(ZMQ_REQ, NULL);
		miner_submit(&crowd[i], job.id, BAD + 256 * (unsigned)i);
	}
	/* One is with the pool, eight wait; the others have their answer. */
	COMES_TO(submissions_dropped,
	    CROWD - BITMARK_NODE_SUBMISSIONS_MAX - 1);
	COMES_TO(submissions_waiting, BITMARK_NODE_SUBMISSIONS_MAX);
	COMES_TO(submissions_refused, CROWD - BITMARK_NODE_SUBMISSIONS_MAX - 1);
	ck_assert_uint_eq(atomic_load(&miners_digests), 1);
	/* What needs none is answered all the same. */
	miner_try(&one, "ffff", GOOD, false);
	miners_release();
	for (int i = 0; i < CROWD; i++) {
		miner_expect(&crowd[i], "{\"job\":\"0001\",\"ok\":false}");
		miner_close(&crowd[i]);
	}
	ck_assert_uint_eq(atomic_load(&miners_digests),
	    BITMARK_NODE_SUBMISSIONS_MAX + 1);
	miner_try(&one, job.id, GOOD, true);
	miner_close(&one);
}
END_TEST

/* Those that waited find that the job is stale, without a digest. */
START_TEST(a_block_answers_all_that_wait_for_its_job)
{
	const struct bitmark_job job = start_with_job();
	struct miner crowd[4];
	struct await wait = AWAIT;

	miners_hold();
	miner_submit(&one, job.id, GOOD);
	while (atomic_load(&miners_digests) == 0)
		ck_assert(await_again(&wait));
	for (unsigned i = 0; i < 4; i++) {
		crowd[i] = miner_connect(ZMQ_REQ, NULL);
		/* Two have found the same. */
		miner_submit(&crowd[i], job.id, GOOD + i / 2);
	}
	COMES_TO(submissions_waiting, 4);
	miners_release();
	miner_expect(&one, "{\"job\":\"0001\",\"ok\":true}");
	for (unsigned i = 0; i < 4; i++) {
		miner_expect(&crowd[i], i < 2 ? "{\"job\":\"0001\",\"ok\":true}" :
		    "{\"job\":\"0001\",\"ok\":false}");
		miner_close(&crowd[i]);
	}
	ck_assert_uint_eq(atomic_load(&miners_digests), 1);
	miner_close(&one);
}
END_TEST

START_TEST(S_12_a_node_that_stops_answers_all_that_wait)
{
	const struct bitmark_job job = start_with_job();
	struct await wait = AWAIT;
	struct miner two = miner_connect(ZMQ_REQ, NULL);

	miners_hold();
	miner_submit(&one, job.id, BAD);
	while (atomic_load(&miners_digests) == 0)
		ck_assert(await_again(&wait));
	miner_submit(&two, job.id, BAD + 256);
	COMES_TO(submissions_waiting, 1);
	miners_release();
	member_stop(0);
	miner_expect(&one, "{\"job\":\"0001\",\"ok\":false}");
	miner_expect(&two, "{\"job\":\"0001\",\"ok\":false}");
	miner_close(&one);
	miner_close(&two);
}
END_TEST

/* One that ends in the middle costs nobody anything; it comes back. */
START_TEST(a_miner_that_is_killed_comes_back)
{
	const struct bitmark_job job = start_with_job();
	struct await wait = AWAIT;
	struct bitmark_job again;

	miners_hold();
	miner_submit(&one, job.id, BAD);
	while (atomic_load(&miners_digests) == 0)
		ck_assert(await_again(&wait));
	miner_close(&one);
	miners_await(0, 0);
	miners_release();
	one = miner_connect(ZMQ_REQ, NULL);
	miners_await(1, 1);
	miner_try(&one, job.id, GOOD, true);
	miners_verify(2);
	ck_assert(miner_job(&one, &again, AT_ONCE_MS));
	ck_assert_uint_eq(again.header.number, 3);
	miner_close(&one);
}
END_TEST

/* Its first connection looks alive still, and has the same name. */
START_TEST(S_12_a_miner_that_was_cut_off_is_answered_again)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE], key[BITMARK_PEER_KEY_SIZE];
	struct miner again;

	bitmark_peer_key_generate(NULL, public_key, key);
	miners_start();
	one = miner_connect(ZMQ_REQ, key);
	miner_try(&one, "0001", GOOD, false);
	again = miner_connect(ZMQ_REQ, key);
	miner_try(&again, "0001", GOOD, false);
	miner_close(&one);
	miner_close(&again);
}
END_TEST

#define MANY 100

START_TEST(a_hundred_miners_are_served)
{
	static struct miner many[MANY];
	struct bitmark_job job;

	miners_proofing.submissions_max = MANY;
	miners_start();
	for (int i = 0; i < MANY; i++)
		many[i] = miner_connect(ZMQ_REQ, NULL);
	miners_await(MANY, MANY);
	miners_verify(1);
	for (unsigned i = 0; i < MANY; i++) {
		ck_assert(miner_job(&many[i], &job, AWAIT_MS));
		miner_submit(&many[i], job.id, BAD + 256 * i);
	}
	for (int i = 0; i < MANY; i++)
		miner_expect(&many[i], "{\"job\":\"0001\",\"ok\":false}");
	miner_try(&many[MANY / 2], job.id, GOOD, true);
	ck_assert_uint_eq(atomic_load(&miners_digests), MANY + 1);
	for (int i = 0; i < MANY; i++)
		miner_close(&many[i]);
}
END_TEST

START_TEST(only_listed_miners_are_let_in)
{
	uint8_t keys[2 * BITMARK_PEER_KEY_SIZE];
	uint8_t key[BITMARK_PEER_KEY_SIZE], other[BITMARK_PEER_KEY_SIZE];
	struct bitmark_job job;
	struct await wait = AWAIT;
	struct miner two;

	bitmark_peer_key_generate(NULL, keys, other);
	bitmark_peer_key_generate(NULL, keys + BITMARK_PEER_KEY_SIZE, key);
	miners_proofing.miners = keys;
	miners_proofing.miner_count = 2;
	miners_proofing.interval_ms = SILENCE_MS;
	miners_start();
	two = miner_connect(ZMQ_REQ, NULL);
	miner_submit(&two, "0001", GOOD);
	while (member_status(0).miners_unlisted < 2)
		ck_assert(await_again(&wait));
	one = miner_connect(ZMQ_REQ, key);
	miners_verify(1);
	ck_assert(miner_job(&one, &job, AWAIT_MS));
	ck_assert(!miner_job(&two, &job, SILENCE_MS));
	miner_try(&one, job.id, BAD, false);
	COMES_TO(submissions_refused, 1);
	miner_close(&one);
	miner_close(&two);
}
END_TEST

START_TEST(a_client_too_many_is_kept_out)
{
	struct miner many[40];
	struct await wait = AWAIT;

	miners_proofing.clients_max = 4;
	miners_start();
	for (int i = 0; i < 40; i++)
		many[i] = miner_connect(ZMQ_REQ, NULL);
	while (member_status(0).miners_cut == 0)
		ck_assert(await_again(&wait));
	for (int i = 0; i < 40; i++)
		miner_close(&many[i]);
	miners_await(0, 0);
	one = miner_connect(ZMQ_REQ, NULL);
	miner_try(&one, "0001", GOOD, false);
	miner_close(&one);
}
END_TEST

static bitmark_status
start_status(void)
{
	const bitmark_status status = bitmark_node_start(&member[0].node,
	    &member[0].config);

	if (status == BITMARK_OK)
		member_stop(0);
	return status;
}

START_TEST(S_02_a_bad_address_is_an_error_of_the_start)
{
	static const char *const bad[] = { "127.0.0.1:1", "nonsense" };
	const char *const taken[] = { member[0].address };

	miners_proofing.publish = bad;
	miners_proofing.publish_count = 2;
	ck_assert_int_ne(start_status(), BITMARK_OK);
	miners_proofing.publish_count = 0;
	miners_proofing.submit = taken;
	ck_assert_int_eq(start_status(), BITMARK_E_NET);
	miners_proofing.submit_count = 0;
	ck_assert_int_eq(start_status(), BITMARK_OK);
	/* Without addresses nothing else is asked for. */
	miners_proofing.base = NULL;
	ck_assert_int_eq(start_status(), BITMARK_OK);
	miners_proofing.submit_count = 1;
	ck_assert_int_eq(start_status(), BITMARK_E_ARGUMENT);
	miners_proofing.struct_size = 8;
	ck_assert_int_eq(start_status(), BITMARK_E_ARGUMENT);
}
END_TEST

/* Also what is repeated, and after the silence of an interval: no heartbeat. */
START_TEST(S_01_nothing_but_jobs_is_sent_each_as_one_frame)
{
	struct bitmark_job job;

	miners_proofing.interval_ms = 10;
	(void)start_with_job();
	for (int i = 0; i < 20; i++)
		ck_assert(miner_job(&one, &job, AWAIT_MS));
	ck_assert_str_eq(job.id, "0001");
	miner_close(&one);
}
END_TEST

/* No file of this process may become larger than a page of the store. */
static void
fill_disk(bool is_full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = is_full ? 4096 : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool
is_full(const struct bitmark_node_status *status, uint64_t argument)
{
	(void)argument;
	return status->store != BITMARK_OK;
}

START_TEST(a_block_that_is_held_is_reported_when_it_is_stored)
{
	const struct bitmark_job job = start_with_job();

	fill_disk(true);
	miner_submit(&one, job.id, GOOD);
	ck_assert(member_becomes(0, is_full, 0));
	fill_disk(false);
	miner_expect(&one, "{\"job\":\"0001\",\"ok\":true}");
	COMES_TO(tip.number, 2);
	miner_close(&one);
}
END_TEST

/* The miner has done its part, and nobody knows when there is room. */
START_TEST(a_block_that_cannot_be_stored_is_reported_after_two_seconds)
{
	const struct bitmark_job job = start_with_job();
	const uint64_t begin_ms = bitmark_clock_ms();

	fill_disk(true);
	miner_try(&one, job.id, GOOD, true);
	ck_assert_uint_ge(bitmark_clock_ms() - begin_ms, 1900);
	ck_assert_uint_eq(member_status(0).tip.number, 1);
	fill_disk(false);
	COMES_TO(tip.number, 2);
	miner_close(&one);
}
END_TEST

/* Nobody to follow answers: the node stays in Resynchronise. */
START_TEST(a_node_that_is_not_normal_has_no_jobs)
{
	struct bitmark_job job;

	member_follow(0, 1);
	member_start(0);
	one = miner_connect(ZMQ_REQ, NULL);
	miners_await(1, 1);
	miner_try(&one, "0001", GOOD, false);
	ck_assert(!miner_job(&one, &job, SILENCE_MS));
	miner_close(&one);
}
END_TEST

/*
 * What nodes of bitmarkd were sent and answered.
 */

/* Put our job in the place of theirs, of four characters both. */
static char *
rename_job(const char *text, const char *theirs, const char *ours)
{
	char quoted[8], *copy = strdup(text), *at;

	snprintf(quoted, sizeof quoted, "\"%s\"", theirs);
	while ((at = strstr(copy, quoted)) != NULL && strcmp(theirs, ours) != 0)
		memcpy(at + 1, ours, strlen(ours));
	return copy;
}

static void
replay_submission(const json_t *record, const char *theirs, const char *ours)
{
	const json_t *frames = json_object_get(record, "request");
	char *reply = rename_job(field_text(record, "reply"), theirs, ours);
	size_t i;

	for (i = 0; i < json_array_size(frames); i++) {
		char *frame = rename_job(json_string_value(json_array_get(
		    frames, i)), theirs, ours);

		ck_assert_int_ge(zmq_send(one.submit, frame, strlen(frame),
		    i + 1 < json_array_size(frames) ? ZMQ_SNDMORE : 0), 0);
		free(frame);
	}
	miner_expect(&one, reply);
	free(reply);
}

/* A job with a transaction that stood in none before. */
static void
next_job(struct bitmark_job *job)
{
	static uint8_t verified;
	char before[5];

	snprintf(before, sizeof before, "%.4s", job->id);
	miners_verify(++verified);
	do
		ck_assert(miner_job(&one, job, AWAIT_MS));
	while (strcmp(job->id, before) == 0);
}

/* Where their table was erased ours is not [S-09]; all else is the same. */
static void
replay(const char *version, const struct bitmark_rules *rules)
{
	json_t *list = proofing_load(version), *record;
	struct bitmark_job ours = { .struct_size = sizeof ours },
	    theirs = { .struct_size = sizeof theirs };
	bool used = true;
	size_t i, sent = 0;

	member[0].config.rules = rules;
	miners_proofing.interval_ms = SILENCE_MS;
	miners_start();
	one = miner_connect(ZMQ_REQ, NULL);
	miners_await(1, 1);
	json_array_foreach(list, i, record) {
		const char *frame = field_text(record, "kind");

		if (strcmp(frame, "job") == 0) {
			frame = field_text(record, "frame");
			ck_assert_int_eq(bitmark_job_parse(frame,
			    strlen(frame), &theirs), BITMARK_OK);
			if (used)
				next_job(&ours);
			used = false;
		} else if (strcmp(frame, "submission") == 0 &&
		    strstr(field_text(record, "what"),
		    "after the table was erased") == NULL) {
			replay_submission(record, theirs.id, ours.id);
			used |= strstr(field_text(record, "reply"),
			    "true") != NULL;
			sent++;
		}
	}
	ck_assert_uint_gt(sent, 7);
	miner_close(&one);
	json_decref(list);
}

START_TEST(golden_submissions_are_answered_as_by_8_2)
{
	replay("8.2", bitmark_rules_8_2());
}
END_TEST

START_TEST(golden_submissions_are_answered_as_by_0_16)
{
	replay("0.16", bitmark_rules_0_16());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("proofing");
	TCase *tc = tcase_create("proofing");

	tcase_add_checked_fixture(tc, miners_setup, miners_teardown);
	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, S_05_a_job_comes_with_the_first_verified_transaction);
	tcase_add_test(tc, what_is_found_is_stored_before_it_is_reported);
	tcase_add_test(tc, S_05_a_job_follows_a_new_block_at_once);
	tcase_add_test(tc, a_late_miner_gets_the_job_within_the_interval);
	tcase_add_test(tc, S_12_all_is_answered_once_and_changes_nothing);
	tcase_add_test(tc, only_the_first_of_many_frames_is_read);
	tcase_add_test(tc, the_envelope_comes_back);
	tcase_add_test(tc, S_11_one_digest_at_a_time_and_a_few_wait);
	tcase_add_test(tc, a_block_answers_all_that_wait_for_its_job);
	tcase_add_test(tc, S_12_a_node_that_stops_answers_all_that_wait);
	tcase_add_test(tc, a_miner_that_is_killed_comes_back);
	tcase_add_test(tc, S_12_a_miner_that_was_cut_off_is_answered_again);
	tcase_add_test(tc, a_hundred_miners_are_served);
	tcase_add_test(tc, only_listed_miners_are_let_in);
	tcase_add_test(tc, a_client_too_many_is_kept_out);
	tcase_add_test(tc, S_02_a_bad_address_is_an_error_of_the_start);
	tcase_add_test(tc, S_01_nothing_but_jobs_is_sent_each_as_one_frame);
	tcase_add_test(tc, a_block_that_is_held_is_reported_when_it_is_stored);
	tcase_add_test(tc,
	    a_block_that_cannot_be_stored_is_reported_after_two_seconds);
	tcase_add_test(tc, a_node_that_is_not_normal_has_no_jobs);
	tcase_add_test(tc, golden_submissions_are_answered_as_by_8_2);
	tcase_add_test(tc, golden_submissions_are_answered_as_by_0_16);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
