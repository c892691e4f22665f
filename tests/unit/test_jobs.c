/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Jobs and submissions: what nodes of bitmarkd published, what they were sent,
 * and what they answered.
 */
#include "../support/mining.h"

#include "mining/job_json.h"
#include "mining/template.h"

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/digest.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE64_MAX 1024

/* Published by a node. */
static json_t *
job_object(const json_t *record)
{
	json_error_t error;
	json_t *object = json_loads(field_text(record, "frame"), 0, &error);

	ck_assert_msg(object != NULL, "%s", error.text);
	return object;
}

/* A member whose key 8.2 and 0.16 write in different case. */
static json_t *
either(const json_t *object, const char *upper, const char *lower)
{
	json_t *value = json_object_get(object, upper);

	return value != NULL ? value : json_object_get(object, lower);
}

/* The base of a job is in base64: of the block that came of it, in hex. */
static struct bitmark_base
golden_base(const json_t *list)
{
	struct bitmark_base base;
	const json_t *record;
	uint8_t *block = NULL;
	size_t i, size;

	json_array_foreach(list, i, record)
		if (block == NULL &&
		    strcmp(field_text(record, "kind"), "block") == 0)
			block = field_bytes(record, "packed", &size);
	ck_assert_ptr_nonnull(block);
	base = base_of_block((struct bitmark_span){ block, size });
	free(block);
	return base;
}

/* What such a node had when it published the job, but for the records behind
 * the base, which are not published. */
static struct bitmark_template *
template_of(const json_t *record, const struct bitmark_base *base,
    bool is_free)
{
	struct bitmark_template *t = calloc(1, sizeof *t);
	json_t *job = job_object(record), *ids, *id;
	size_t i, size;
	uint8_t *header = field_bytes(record, "headerBytes", &size);

	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(bitmark_header_parse(header, size, &t->header),
	    BITMARK_OK);
	free(header);
	t->rules = bitmark_rules_8_2();
	t->is_free = is_free;
	ids = either(job, "TxIds", "txIds");
	t->records = t->records_max = json_array_size(ids);
	t->ids = malloc(t->records * BITMARK_TX_ID_SIZE);
	json_array_foreach(ids, i, id)
		ck_assert_int_eq(bitmark_hex_decode(json_string_value(id),
		    64, t->ids + i * BITMARK_TX_ID_SIZE, BITMARK_TX_ID_SIZE,
		    &size), BITMARK_OK);
	t->packed = malloc(base->size);
	memcpy(t->packed, base->packed, base->size);
	t->base_size = t->size = t->capacity = base->size;
	json_decref(job);
	return t;
}

/* Every golden job of a version. */
static void
each_job(const char *version, void (*check)(const json_t *record,
    const struct bitmark_base *base))
{
	json_t *list = proofing_load(version);
	const struct bitmark_base base = golden_base(list);
	const json_t *record;
	size_t i, jobs = 0;

	json_array_foreach(list, i, record)
		if (strcmp(field_text(record, "kind"), "job") == 0) {
			check(record, &base);
			jobs++;
		}
	ck_assert_uint_gt(jobs, 1);
	json_decref(list);
}

/* The message is written in the form of 0.16. */
static void
check_message(const json_t *record, const struct bitmark_base *base)
{
	struct bitmark_template *t = template_of(record, base, true);
	char *text;
	size_t size;
	json_t *job = job_object(record);
	unsigned number;

	ck_assert_int_eq(sscanf(json_string_value(either(job, "Job", "job")),
	    "%x", &number), 1);
	ck_assert_int_eq(bm_job_write(t, (uint16_t)number, t->header.nonce,
	    &text, &size), BITMARK_OK);
	ck_assert_uint_eq(size, strlen(text));
	ck_assert_str_eq(text, field_text(record, "frame"));
	bitmark_free(text);
	bitmark_template_free(t);
	json_decref(job);
}

START_TEST(a_job_of_bitmarkd_is_written_again)
{
	each_job("0.16", check_message);
}
END_TEST

static void
check_job(const json_t *record, const struct bitmark_base *base)
{
	const char *frame = field_text(record, "frame");
	struct bitmark_template *t = template_of(record, base, true);
	struct bitmark_job job = { .struct_size = sizeof job };
	uint8_t header[BITMARK_HEADER_SIZE], id[BITMARK_TX_ID_SIZE];
	uint8_t root[BITMARK_DIGEST_SIZE];
	json_t *object = job_object(record);

	ck_assert_int_eq(bitmark_job_parse(frame, strlen(frame), &job),
	    BITMARK_OK);
	ck_assert_str_eq(job.id, json_string_value(either(object, "Job",
	    "job")));
	bitmark_header_pack(&job.header, header);
	assert_hex(header, sizeof header, field_text(record, "headerBytes"),
	    "header");
	/* The first id is that of the base; the root is that of all. */
	bitmark_tx_id(base->packed, base->size, id);
	ck_assert_mem_eq(id, t->ids, sizeof id);
	ck_assert_uint_eq(t->records, job.header.count);
	bitmark_merkle_root(t->ids, t->records, root);
	ck_assert_mem_eq(root, job.header.merkle, sizeof root);
	bitmark_template_free(t);
	json_decref(object);
}

START_TEST(a_miner_reads_the_jobs_of_both_versions)
{
	each_job("8.2", check_job);
	each_job("0.16", check_job);
}
END_TEST

/*
 * Replay.
 */

struct replay {
	struct bitmark_jobs *jobs;
	struct bitmark_base base;
	bool is_free;
};

/* Decide as a node does.  On a chain without work nothing is computed. */
static void
decide(struct replay *r, struct bitmark_attempt *attempt)
{
	static const uint8_t other[BITMARK_DIGEST_SIZE] = { 1 };
	uint8_t digest[BITMARK_DIGEST_SIZE] = { 0 };

	if (attempt->state != BITMARK_ATTEMPT_UNTRIED)
		return;
	if (!r->is_free)
		ck_assert_int_eq(bitmark_digest(attempt->input, digest),
		    BITMARK_OK);
	bitmark_jobs_judge(r->jobs, attempt, digest);
	/* Its block is the newest one now. */
	if (attempt->state == BITMARK_ATTEMPT_FOUND)
		bitmark_jobs_set_top(r->jobs, other);
}

/* A submission that we answer in another way, and why. */
static bool
is_better(const char *what)
{
	/* [S-09] */
	return strcmp(what,
	    "right submission after the table was erased: ok false") == 0;
}

static void
replay_submission(struct replay *r, const json_t *record)
{
	const char *request = json_string_value(json_array_get(
	    json_object_get(record, "request"), 0));
	struct bitmark_attempt attempt = { .struct_size = sizeof attempt };
	char *text;
	size_t size;

	(void)bitmark_jobs_submit(r->jobs, request, strlen(request),
	    &attempt);
	/* The table of the node was erased before this one. */
	if (is_better(field_text(record, "what"))) {
		ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_UNTRIED);
		return;
	}
	decide(r, &attempt);
	ck_assert_int_eq(bitmark_job_reply(&attempt, &text, &size),
	    BITMARK_OK);
	ck_assert_msg(strcmp(text, field_text(record, "reply")) == 0,
	    "%s: %s, should be %s", field_text(record, "what"), text,
	    field_text(record, "reply"));
	ck_assert_uint_eq(size, strlen(text));
	bitmark_free(text);
}

/* A job for a block follows the one that was found before it. */
static void
replay_job(struct replay *r, const json_t *record)
{
	struct bitmark_template *t = template_of(record, &r->base,
	    r->is_free);
	char *text;
	size_t size;

	bitmark_jobs_set_top(r->jobs, t->header.previous);
	bitmark_jobs_add(r->jobs, t);
	ck_assert_int_eq(bitmark_jobs_message(r->jobs, t->header.nonce, &text,
	    &size), BITMARK_OK);
	if (strcmp(field_text(record, "version"), "0.16") == 0)
		ck_assert_str_eq(text, field_text(record, "frame"));
	bitmark_free(text);
}

/* A node that was started again begins with job 1. */
static bool
begins_anew(const json_t *record)
{
	json_t *job = job_object(record);
	const json_t *name = either(job, "Job", "job");
	const bool first = strcmp(json_string_value(name), "0001") == 0;

	json_decref(job);
	return first;
}

static void
replay(const char *version, bool is_free)
{
	json_t *list = proofing_load(version);
	struct replay r = { .base = golden_base(list), .is_free = is_free };
	const json_t *record;
	size_t i;

	json_array_foreach(list, i, record) {
		const char *kind = field_text(record, "kind");

		if (strcmp(kind, "job") == 0 && begins_anew(record)) {
			bitmark_jobs_free(r.jobs);
			ck_assert_int_eq(bitmark_jobs_new(&r.jobs),
			    BITMARK_OK);
		}
		if (strcmp(kind, "job") == 0)
			replay_job(&r, record);
		else if (strcmp(kind, "submission") == 0)
			replay_submission(&r, record);
	}
	bitmark_jobs_free(r.jobs);
	json_decref(list);
}

/* Here two digests are computed: a good one, and one that is none. */
START_TEST(submissions_are_answered_as_by_8_2)
{
	replay("8.2", false);
}
END_TEST

START_TEST(submissions_are_answered_as_by_0_16)
{
	replay("0.16", true);
}
END_TEST

/*
 * The table.
 */

static struct bitmark_jobs *jobs;
static struct bitmark_attempt attempt;

static void
setup(void)
{
	ck_assert_int_eq(bitmark_jobs_new(&jobs), BITMARK_OK);
	attempt.struct_size = sizeof attempt;
}

static void
teardown(void)
{
	bitmark_jobs_free(jobs);
}

/* A job that follows the block with this digest byte. */
static void
add_hard_job(uint8_t previous, uint64_t bits)
{
	struct bitmark_template *t = calloc(1, sizeof *t);

	ck_assert_ptr_nonnull(t);
	t->rules = bitmark_rules_8_2();
	t->header.version = 2;
	t->header.bits = bits;
	t->header.previous[0] = previous;
	bitmark_jobs_add(jobs, t);
}

static void
add_job(uint8_t previous)
{
	add_hard_job(previous, BITMARK_BITS_ONE);
}

static void
set_top(uint8_t first)
{
	const uint8_t digest[BITMARK_DIGEST_SIZE] = { first };

	bitmark_jobs_set_top(jobs, digest);
}

/* Nonce 1 of a job, by a request in this form. */
static enum bitmark_attempt_state
submit_as(const char *format, const char *name)
{
	char text[512];
	int size = snprintf(text, sizeof text, format, name);

	(void)bitmark_jobs_submit(jobs, text, (size_t)size, &attempt);
	return attempt.state;
}

static enum bitmark_attempt_state
submit(const char *name)
{
	return submit_as("{\"Request\":\"block.nonce\",\"Job\":\"%s\","
	    "\"Packed\":\"AQAAAAAAAAA=\"}", name);
}

static void
judge(uint8_t last)
{
	uint8_t digest[BITMARK_DIGEST_SIZE] = { 0 };

	digest[BITMARK_DIGEST_SIZE - 1] = last;
	bitmark_jobs_judge(jobs, &attempt, digest);
}

START_TEST(S_09_an_unknown_request_changes_nothing)
{
	add_job(1);
	ck_assert_int_eq(submit_as("{\"request\":\"block.other\",\"job\":"
	    "\"%s\",\"packed\":\"AQAAAAAAAAA=\"}", "0001"),
	    BITMARK_ATTEMPT_REFUSED);
	ck_assert_str_eq(attempt.job, "0001");
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_UNTRIED);
	ck_assert_uint_eq(attempt.nonce, 1);
}
END_TEST

/* Eight more zero bits for the second one: the digest has just those of the
 * first. */
START_TEST(S_08_each_job_is_judged_by_its_own_difficulty)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];

	memset(digest, 0xff, sizeof digest);
	digest[BITMARK_DIGEST_SIZE - 1] = 0;
	digest[BITMARK_DIGEST_SIZE - 2] = 0x7f;
	add_job(1);
	add_hard_job(1, BITMARK_BITS_ONE + (UINT64_C(8) << 56));
	ck_assert_int_eq(submit("0002"), BITMARK_ATTEMPT_UNTRIED);
	bitmark_jobs_judge(jobs, &attempt, digest);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_REFUSED);
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_UNTRIED);
	bitmark_jobs_judge(jobs, &attempt, digest);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_FOUND);
}
END_TEST

START_TEST(S_10_a_table_keeps_the_newest_32_jobs)
{
	for (int i = 0; i < BITMARK_JOBS_MAX + 1; i++)
		add_job(1);
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_REFUSED);
	ck_assert_int_eq(submit("0002"), BITMARK_ATTEMPT_UNTRIED);
	ck_assert_int_eq(submit("0021"), BITMARK_ATTEMPT_UNTRIED);
	ck_assert_int_eq(submit("0022"), BITMARK_ATTEMPT_REFUSED);
	/* Only the text that was published names a job. */
	ck_assert_int_eq(submit("21"), BITMARK_ATTEMPT_REFUSED);
	ck_assert_int_eq(submit("000A"), BITMARK_ATTEMPT_REFUSED);
	ck_assert_int_eq(submit("000a"), BITMARK_ATTEMPT_UNTRIED);
}
END_TEST

START_TEST(job_numbers_wrap_through_0)
{
	char *text;
	size_t size;

	for (int i = 0; i < 65536; i++)
		add_job(1);
	ck_assert_int_eq(submit("0000"), BITMARK_ATTEMPT_UNTRIED);
	ck_assert_int_eq(submit("ffff"), BITMARK_ATTEMPT_UNTRIED);
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_REFUSED);
	ck_assert_int_eq(bitmark_jobs_message(jobs, 1, &text, &size),
	    BITMARK_OK);
	ck_assert_int_eq(strncmp(text, "{\"job\":\"0000\",", 14), 0);
	bitmark_free(text);
}
END_TEST

START_TEST(S_11_a_nonce_that_was_tried_costs_no_digest)
{
	add_job(1);
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_UNTRIED);
	judge(0xff);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_REFUSED);
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_REFUSED);
	ck_assert(attempt.known);
	/* Of another job it was not tried. */
	add_job(1);
	ck_assert_int_eq(submit("0002"), BITMARK_ATTEMPT_UNTRIED);
}
END_TEST

START_TEST(a_nonce_that_waits_twice_is_computed_once)
{
	struct bitmark_attempt first;

	add_job(1);
	submit("0001");
	first = attempt;
	submit("0001");
	bitmark_jobs_judge(jobs, &first, (const uint8_t[32]){ 0 });
	ck_assert_int_eq(first.state, BITMARK_ATTEMPT_FOUND);
	bitmark_jobs_look(jobs, &attempt);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_FOUND);
	ck_assert(attempt.known && !first.known);
}
END_TEST

START_TEST(a_submission_whose_reply_was_lost_is_answered_again)
{
	add_job(1);
	set_top(1);
	submit("0001");
	judge(0);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_FOUND);
	set_top(2);
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_FOUND);
	ck_assert(attempt.known);
	/* Another nonce of the same job is stale. */
	ck_assert_int_eq(submit_as("{\"Request\":\"block.nonce\",\"Job\":"
	    "\"%s\",\"Packed\":\"AgAAAAAAAAA=\"}", "0001"),
	    BITMARK_ATTEMPT_REFUSED);
}
END_TEST

START_TEST(a_stale_job_costs_no_digest)
{
	add_job(1);
	set_top(1);
	ck_assert_ptr_nonnull(bitmark_jobs_newest(jobs));
	submit("0001");
	set_top(2);
	ck_assert_ptr_null(bitmark_jobs_newest(jobs));
	bitmark_jobs_look(jobs, &attempt);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_REFUSED);
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_REFUSED);
	ck_assert(!attempt.known);
}
END_TEST

START_TEST(a_job_that_goes_while_a_digest_is_computed_is_refused)
{
	add_job(1);
	submit("0001");
	bitmark_jobs_clear(jobs);
	judge(0);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_REFUSED);
	add_job(1);
	set_top(1);
	ck_assert_int_eq(submit("0002"), BITMARK_ATTEMPT_UNTRIED);
	set_top(2);
	judge(0);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_REFUSED);
}
END_TEST

START_TEST(no_nonce_is_good_for_a_block_that_the_chain_refused)
{
	add_job(1);
	submit("0001");
	judge(0);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_FOUND);
	bitmark_jobs_refuse(jobs, &attempt);
	ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_REFUSED);
	ck_assert_int_eq(submit("0001"), BITMARK_ATTEMPT_REFUSED);
	ck_assert_ptr_null(bitmark_jobs_newest(jobs));
}
END_TEST

START_TEST(keys_have_any_case_and_the_last_one_counts)
{
	add_job(1);
	ck_assert_int_eq(submit_as("{\"JOB\":\"nonsense\",\"rEQUEST\":"
	    "\"block.nonce\",\"unknown\":[1e400000000000000000000],"
	    "\"job\":\"%s\",\"PACKED\":\"AQAAAAAA\\nAAA=\"}", "0001"),
	    BITMARK_ATTEMPT_REFUSED);      /* 1e4.. is no number anywhere */
	ck_assert_int_eq(submit_as("{\"JOB\":\"nonsense\",\"rEQUEST\":"
	    "\"block.nonce\",\"unknown\":[123456789012345678901234567890],"
	    "\"job\":\"%s\",\"PACKED\":\"AQAAAAAA\\nAAA=\"}", "0001"),
	    BITMARK_ATTEMPT_UNTRIED);
}
END_TEST

START_TEST(whatever_is_sent_gets_a_reply)
{
	static const char *const requests[] = { "", "x", "null", "[]", "{",
		"{\"job\":null}", "{\"Job\":{}}", "{\"Job\":\"0001\"}",
		"{\"Request\":\"block.nonce\",\"Job\":\"0001\",\"Packed\":"
		"\"AQAAAAAAAAA\"}", "{\"Request\":\"block.nonce\",\"Job\":"
		"\"0001\",\"Packed\":\"AQAAAAAAAA==AA==\"}",
		"{\"Request\":\"BLOCK.NONCE\",\"Job\":\"0001\",\"Packed\":"
		"\"AQAAAAAAAAA=\"}" };
	char long_one[BITMARK_JOB_SUBMISSION_MAX + 1];
	char *text;
	size_t size;

	add_job(1);
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		ck_assert_int_ne(bitmark_jobs_submit(jobs, requests[i],
		    strlen(requests[i]), &attempt), BITMARK_OK);
		ck_assert_int_eq(attempt.state, BITMARK_ATTEMPT_REFUSED);
		ck_assert_int_eq(bitmark_job_reply(&attempt, &text, &size),
		    BITMARK_OK);
		ck_assert_ptr_nonnull(strstr(text, "\"ok\":false}"));
		bitmark_free(text);
	}
	memset(long_one, ' ', sizeof long_one);
	ck_assert_int_eq(bitmark_jobs_submit(jobs, long_one, sizeof long_one,
	    &attempt), BITMARK_E_LENGTH);
	attempt.struct_size = 1;
	ck_assert_int_eq(bitmark_jobs_submit(jobs, "{}", 2, &attempt),
	    BITMARK_E_ARGUMENT);
	attempt.struct_size = sizeof attempt;
}
END_TEST

START_TEST(a_name_that_is_too_long_names_no_job)
{
	char name[BITMARK_JOB_TEXT_MAX + 2];

	memset(name, 'a', sizeof name);
	name[BITMARK_JOB_TEXT_MAX] = '\0';
	submit(name);
	ck_assert_uint_eq(attempt.job_size, BITMARK_JOB_TEXT_MAX);
	name[BITMARK_JOB_TEXT_MAX] = 'a';
	name[BITMARK_JOB_TEXT_MAX + 1] = '\0';
	submit(name);
	ck_assert_uint_eq(attempt.job_size, 0);
}
END_TEST

/*
 * The miner's side.
 */

START_TEST(a_submission_is_that_of_recorderd)
{
	struct bitmark_job job = { .struct_size = sizeof job, .id = "0001" };
	char *text;
	size_t size;

	ck_assert_int_eq(bitmark_job_submission(&job,
	    UINT64_C(0x0807060504030201), &text, &size), BITMARK_OK);
	ck_assert_str_eq(text, "{\"Request\":\"block.nonce\",\"Job\":"
	    "\"0001\",\"Packed\":\"AQIDBAUGBwg=\"}");
	bitmark_free(text);
}
END_TEST

START_TEST(replies_are_read)
{
	char id[BITMARK_JOB_TEXT_MAX + 1];
	bool ok;

	ck_assert_int_eq(bitmark_job_reply_parse("{\"job\":\"0001\",\"ok\":"
	    "true}", 24, id, &ok), BITMARK_OK);
	ck_assert(ok);
	ck_assert_str_eq(id, "0001");
	ck_assert_int_eq(bitmark_job_reply_parse("{\"Job\":\"\",\"OK\":"
	    "false}", 21, id, &ok), BITMARK_OK);
	ck_assert(!ok);
	ck_assert_int_eq(bitmark_job_reply_parse("{\"job\":\"0001\"}", 14, id,
	    &ok), BITMARK_E_JSON);
	ck_assert_int_eq(bitmark_job_reply_parse("true", 4, id, &ok),
	    BITMARK_E_JSON);
}
END_TEST

/* [S-01] */
START_TEST(a_job_without_a_part_of_its_header_is_none)
{
	static const char whole[] = "{\"job\":\"1\",\"header\":{\"version\":5,"
	    "\"transactionCount\":2,\"number\":\"2\",\"previousBlock\":"
	    "\"00112233445566778899aabbccddeeff00112233445566778899aabbccdd"
	    "eeff\",\"merkleRoot\":\"00112233445566778899aabbccddeeff001122"
	    "33445566778899aabbccddeeff\",\"timestamp\":\"3\",\"difficulty\":"
	    "\"ffffffffffffff00\",\"nonce\":\"0100000000000000\"}}";
	struct bitmark_job job = { .struct_size = sizeof job };
	char part[sizeof whole];

	ck_assert_int_eq(bitmark_job_parse(whole, sizeof whole - 1, &job),
	    BITMARK_OK);
	ck_assert_uint_eq(job.header.bits, BITMARK_BITS_ONE);
	/* Each key in turn is another one. */
	for (const char *key = whole; (key = strchr(key + 1, ':')) != NULL;) {
		memcpy(part, whole, sizeof whole);
		part[key - 2 - whole] = '_';
		ck_assert_int_ne(bitmark_job_parse(part, sizeof part - 1,
		    &job), BITMARK_OK);
	}
	for (size_t size = 0; size < sizeof whole - 1; size++)
		ck_assert_int_ne(bitmark_job_parse(whole, size, &job),
		    BITMARK_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("jobs");
	TCase *tc = tcase_create("golden"), *table = tcase_create("table");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_job_of_bitmarkd_is_written_again);
	tcase_add_test(tc, a_miner_reads_the_jobs_of_both_versions);
	tcase_add_test(tc, submissions_are_answered_as_by_8_2);
	tcase_add_test(tc, submissions_are_answered_as_by_0_16);
	tcase_add_test(tc, a_submission_is_that_of_recorderd);
	tcase_add_test(tc, replies_are_read);
	tcase_add_test(tc, a_job_without_a_part_of_its_header_is_none);
	suite_add_tcase(suite, tc);

	tcase_add_checked_fixture(table, setup, teardown);
	tcase_add_test(table, S_09_an_unknown_request_changes_nothing);
	tcase_add_test(table, S_08_each_job_is_judged_by_its_own_difficulty);
	tcase_add_test(table, S_10_a_table_keeps_the_newest_32_jobs);
	tcase_add_test(table, job_numbers_wrap_through_0);
	tcase_add_test(table, S_11_a_nonce_that_was_tried_costs_no_digest);
	tcase_add_test(table, a_nonce_that_waits_twice_is_computed_once);
	tcase_add_test(table,
	    a_submission_whose_reply_was_lost_is_answered_again);
	tcase_add_test(table, a_stale_job_costs_no_digest);
	tcase_add_test(table,
	    a_job_that_goes_while_a_digest_is_computed_is_refused);
	tcase_add_test(table,
	    no_nonce_is_good_for_a_block_that_the_chain_refused);
	tcase_add_test(table, keys_have_any_case_and_the_last_one_counts);
	tcase_add_test(table, whatever_is_sent_gets_a_reply);
	tcase_add_test(table, a_name_that_is_too_long_names_no_job);
	suite_add_tcase(suite, table);
	return run_suite(suite);
}
