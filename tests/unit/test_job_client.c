/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The sockets of a miner, against a played node: jobs that come, submissions whose
 * replies are late, lost, or none at all. */
#include <bitmarkpeer/job_client.h>
#include <bitmarkpeer/os.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "../support/await.h"
#include "../support/raw_node.h"
#include "../support/vectors.h"

#define OK_REPLY "{\"job\":\"0001\",\"ok\":true}"
#define SUBMISSION "{\"Request\":\"block.nonce\"}"

/* How long a submission waits for its reply in tests that lose one. */
#define REPLY_MS 100
/* No wait that succeeds takes so long; and one for something that must not
 * come. */
#define PATIENT_MS AWAIT_MS
#define SILENCE_MS 300

static struct raw_node node;            /* takes submissions                 */
static void *zmq, *publisher;
static char jobs[RAW_ADDRESS_SIZE];
static struct bitmark_job_client *client;
static struct bitmark_job_notice notice = { .struct_size = sizeof notice };

static void
start_publisher(void)
{
	const int yes = 1, none = 0;
	char endpoint[RAW_ADDRESS_SIZE + sizeof "tcp://"];
	size_t size = sizeof endpoint;

	zmq = zmq_ctx_new();
	publisher = zmq_socket(zmq, ZMQ_PUB);
	ck_assert_int_eq(zmq_setsockopt(publisher, ZMQ_LINGER, &none,
	    sizeof none), 0);
	ck_assert_int_eq(zmq_setsockopt(publisher, ZMQ_CURVE_SERVER, &yes,
	    sizeof yes), 0);
	ck_assert_int_eq(zmq_setsockopt(publisher, ZMQ_CURVE_SECRETKEY,
	    node.private_key, sizeof node.private_key), 0);
	ck_assert_int_eq(zmq_bind(publisher, "tcp://127.0.0.1:*"), 0);
	ck_assert_int_eq(zmq_getsockopt(publisher, ZMQ_LAST_ENDPOINT, endpoint,
	    &size), 0);
	memcpy(jobs, endpoint + strlen("tcp://"), sizeof jobs);
}

static void
start(enum raw_kind kind, raw_answer_fn answer, unsigned reply_ms)
{
	struct bitmark_job_client_config config = {
		.struct_size = sizeof config, .jobs = jobs,
		.submit = node.address, .reply_ms = reply_ms,
	};

	raw_init(&node, answer);
	node.kind = kind;
	raw_reply_text(&node, OK_REPLY, NULL);
	raw_start(&node);
	start_publisher();
	memcpy(config.server_key, node.public_key, sizeof config.server_key);
	ck_assert_int_eq(bitmark_job_client_open(&client, &config),
	    BITMARK_OK);
}

static void
stop(void)
{
	bitmark_job_client_close(client);
	raw_stop(&node);
	zmq_close(publisher);
	zmq_ctx_term(zmq);
	raw_fini(&node);
}

static struct bitmark_job_client_stats
stats(void)
{
	struct bitmark_job_client_stats told = { .struct_size = sizeof told };

	ck_assert_int_eq(bitmark_job_client_get_stats(client, &told),
	    BITMARK_OK);
	return told;
}

/* The next notice that is none of the connection. */
static bitmark_status
next(unsigned timeout_ms)
{
	bitmark_status status;

	do
		status = bitmark_job_client_next(client, timeout_ms, &notice);
	while (status == BITMARK_OK && notice.type != BITMARK_JOB_CAME &&
	    notice.type != BITMARK_JOB_REPLY);
	return status;
}

static void
submit(void)
{
	ck_assert_int_eq(bitmark_job_client_submit(client, SUBMISSION,
	    strlen(SUBMISSION)), BITMARK_OK);
}

static bool
says(const char *text)
{
	return notice.data.size == strlen(text) &&
	    memcmp(notice.data.data, text, notice.data.size) == 0;
}

static void
expect_reply(void)
{
	ck_assert_int_eq(next(PATIENT_MS), BITMARK_OK);
	ck_assert_int_eq(notice.type, BITMARK_JOB_REPLY);
	ck_assert(says(OK_REPLY));
}

/* A message is lost until the subscription has arrived. */
static void
publish_until_it_comes(const char *text)
{
	struct await wait = AWAIT;

	do {
		ck_assert(await_again(&wait));
		ck_assert_int_ge(zmq_send(publisher, text, strlen(text), 0),
		    0);
	} while (next(10) != BITMARK_OK);
}

START_TEST(jobs_come_as_they_are_published)
{
	start(RAW_REP, raw_answer, 0);
	ck_assert_int_eq(bitmark_job_client_next(client, PATIENT_MS, &notice),
	    BITMARK_OK);
	ck_assert_int_eq(notice.type, BITMARK_JOB_CONNECTED);
	publish_until_it_comes("{\"job\":\"0001\"}");
	ck_assert_int_eq(notice.type, BITMARK_JOB_CAME);
	ck_assert(says("{\"job\":\"0001\"}"));
	while (next(SILENCE_MS) == BITMARK_OK)
		continue;
	/* An event of another publisher has several frames. */
	zmq_send(publisher, "local", 5, ZMQ_SNDMORE);
	zmq_send(publisher, "heart", 5, 0);
	zmq_send(publisher, "", 0, 0);
	ck_assert_int_eq(next(PATIENT_MS), BITMARK_OK);
	ck_assert_uint_eq(notice.data.size, 0);
	ck_assert_uint_eq(stats().passed_over, 1);
	stop();
}
END_TEST

/* As a REP socket of bitmarkd has it: one frame in, one out. */
START_TEST(each_submission_gets_its_reply_in_turn)
{
	start(RAW_REP, raw_answer, 0);
	for (int i = 0; i < 3; i++)
		submit();
	for (int i = 0; i < 3; i++)
		expect_reply();
	ck_assert_uint_eq(stats().waiting, 0);
	ck_assert_uint_eq(stats().sent, 3);
	ck_assert_uint_eq(stats().again, 0);
	stop();
	ck_assert_uint_eq(node.requests, 3);
}
END_TEST

static void
check_frames(struct raw_node *n, const struct raw_message *request)
{
	ck_assert_uint_eq(request->count, 1);
	ck_assert_mem_eq(request->frame[0].data, SUBMISSION,
	    strlen(SUBMISSION));
	raw_answer(n, request);
}

START_TEST(a_submission_is_one_frame_for_a_rep_socket)
{
	start(RAW_REP, check_frames, 0);
	submit();
	expect_reply();
	stop();
}
END_TEST

/* The first request gets no reply, and the second two: the late one is none to
 * the submission that follows. */
static void
answer_late(struct raw_node *n, const struct raw_message *request)
{
	static uint8_t id[4];
	struct raw_message early = *request;

	if (n->requests == 1) {
		memcpy(id, request->frame[1].data, sizeof id);
		return;
	}
	raw_answer(n, request);
	if (n->requests != 2)
		return;
	early.frame[1] = (struct bitmark_span){ id, sizeof id };
	early.frame[RAW_ENVELOPE - 1] = (struct bitmark_span){
	    (const uint8_t *)"", 0 };
	raw_answer(n, &early);
}

START_TEST(a_submission_without_a_reply_is_sent_again)
{
	start(RAW_ROUTER, answer_late, REPLY_MS);
	submit();
	expect_reply();
	ck_assert_uint_eq(stats().again, 1);
	ck_assert_int_eq(next(SILENCE_MS), BITMARK_E_TIMEOUT);
	submit();
	expect_reply();
	ck_assert_int_eq(next(SILENCE_MS), BITMARK_E_TIMEOUT);
	stop();
	ck_assert_uint_eq(node.requests, 3);
}
END_TEST

static void
die_once(struct raw_node *n, const struct raw_message *request)
{
	if (n->requests > 1) {
		raw_answer(n, request);
		return;
	}
	raw_die(n);
	raw_revive(n);
}

/* Sooner than its time, as nothing can come on a connection that is gone. */
START_TEST(a_submission_is_sent_again_on_another_connection)
{
	start(RAW_ROUTER, die_once, 0);
	submit();
	expect_reply();
	ck_assert_uint_eq(stats().again, 1);
	stop();
}
END_TEST

static void
answer_badly(struct raw_node *n, const struct raw_message *request)
{
	struct raw_message bad = *request;

	if (n->requests == 1) {
		bad.frame[bad.count++] = (struct bitmark_span){
		    (const uint8_t *)"more", 4 };
		raw_send(n, &bad);
		bad.count = 1;
		raw_send(n, &bad);
		return;
	}
	raw_answer(n, request);
}

START_TEST(replies_of_another_shape_are_passed_over)
{
	start(RAW_ROUTER, answer_badly, REPLY_MS);
	submit();
	expect_reply();
	ck_assert_uint_eq(stats().passed_over, 1);
	ck_assert_uint_eq(stats().again, 1);
	stop();
}
END_TEST

START_TEST(what_waits_for_a_reply_has_a_bound)
{
	static char large[BITMARK_JOB_SUBMIT_MAX + 1];

	start(RAW_ROUTER, raw_ignore, 0);
	ck_assert_int_eq(bitmark_job_client_submit(client, large,
	    sizeof large), BITMARK_E_LENGTH);
	for (int i = 0; i < BITMARK_JOB_SUBMISSIONS_MAX; i++)
		submit();
	ck_assert_int_eq(bitmark_job_client_submit(client, "", 0),
	    BITMARK_E_BUSY);
	ck_assert_int_eq(next(SILENCE_MS), BITMARK_E_TIMEOUT);
	ck_assert_uint_eq(stats().waiting, BITMARK_JOB_SUBMISSIONS_MAX);
	ck_assert_uint_eq(stats().sent, 1);
	stop();
}
END_TEST

static void *
cancel(void *of)
{
	bitmark_job_client_cancel(of);
	return NULL;
}

START_TEST(another_thread_ends_the_wait)
{
	pthread_t thread;
	bitmark_status status;

	start(RAW_REP, raw_answer, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, cancel, client), 0);
	do
		status = next(PATIENT_MS);
	while (status == BITMARK_OK);
	ck_assert_int_eq(status, BITMARK_E_CANCELLED);
	pthread_join(thread, NULL);
	submit();
	expect_reply();
	stop();
}
END_TEST

START_TEST(a_wrong_key_is_told)
{
	uint8_t other[2][BITMARK_PEER_KEY_SIZE];
	struct bitmark_job_client_config config = {
		.struct_size = sizeof config, .jobs = jobs,
		.submit = node.address };
	bitmark_status status;

	start(RAW_REP, raw_answer, 0);
	bitmark_job_client_close(client);
	bitmark_peer_key_generate(NULL, other[0], other[1]);
	memcpy(config.server_key, other[0], sizeof config.server_key);
	ck_assert_int_eq(bitmark_job_client_open(&client, &config),
	    BITMARK_OK);
	do
		status = next(PATIENT_MS);
	while (status == BITMARK_E_TIMEOUT);
	ck_assert_int_eq(status, BITMARK_E_WRONG_SERVER_KEY);
	stop();
}
END_TEST

START_TEST(a_configuration_that_cannot_be_is_refused)
{
	struct bitmark_job_client_config config = {
		.struct_size = sizeof config, .jobs = "127.0.0.1:1",
		.submit = "127.0.0.1:1" };
	struct bitmark_job_client *c;

	ck_assert_int_eq(bitmark_job_client_open(&c, &config),
	    BITMARK_E_PUBLIC_KEY);
	ck_assert_ptr_null(c);
	config.server_key[0] = 1;
	config.submit = "127.0.0.1";
	ck_assert_int_eq(bitmark_job_client_open(&c, &config),
	    BITMARK_E_NO_PORT);
	config.submit = NULL;
	ck_assert_int_eq(bitmark_job_client_open(&c, &config),
	    BITMARK_E_IP_ADDRESS);
	config.struct_size = 8;
	ck_assert_int_eq(bitmark_job_client_open(&c, &config),
	    BITMARK_E_ARGUMENT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("job client");
	TCase *tc = tcase_create("job client");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, jobs_come_as_they_are_published);
	tcase_add_test(tc, each_submission_gets_its_reply_in_turn);
	tcase_add_test(tc, a_submission_is_one_frame_for_a_rep_socket);
	tcase_add_test(tc, a_submission_without_a_reply_is_sent_again);
	tcase_add_test(tc, a_submission_is_sent_again_on_another_connection);
	tcase_add_test(tc, replies_of_another_shape_are_passed_over);
	tcase_add_test(tc, what_waits_for_a_reply_has_a_bound);
	tcase_add_test(tc, another_thread_ends_the_wait);
	tcase_add_test(tc, a_wrong_key_is_told);
	tcase_add_test(tc, a_configuration_that_cannot_be_is_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
