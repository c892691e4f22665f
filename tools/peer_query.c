/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One question to one or many nodes.
 *
 * Many nodes are asked at the same time, so that one that is gone does not
 * delay the others: each has a client whose calls are only started here, and
 * one poll waits for all of them.
 */
#include "peer_query.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIME_TEXT_MAX 64

/* A node that is asked, and the state of its requests. */
struct job {
	const struct peer_query *query;
	const struct peer_target *target;
	struct peer_answer *answer;
	size_t request;                 /* of the query, that is under way */
	uint64_t start_us;              /* of it                           */
	bool running;
};

/* All nodes of one round, and room for the descriptors that their clients wait
 * for. */
struct jobs {
	size_t count;
	struct job *list;
	struct pollfd *items;           /* BITMARK_CLIENT_POLL_MAX of each */
};

/* The text of a failure is made at once, because the client keeps the node's
 * words only until its next call. */
static void
end_job(struct job *job, bitmark_status status)
{
	job->running = false;
	job->answer->status = status;
	if (status != BITMARK_OK)
		peer_failure_text(job->target, status, job->answer->failure);
}

static void
start_request(struct job *job)
{
	bitmark_status status;

	job->start_us = bitmark_clock_us();
	status = job->query->requests[job->request].start(job->target->client,
	    job->query->number, job->answer);
	if (status != BITMARK_OK)
		end_job(job, status);
}

/* Take the answer of the request that has ended, and start the next one. A
 * request that may fail counts as done even then. */
static void
end_request(struct job *job, bitmark_status status)
{
	const struct peer_request *request =
	    &job->query->requests[job->request];

	job->answer->round_trip_us = bitmark_clock_us() - job->start_us;
	if (status == BITMARK_OK)
		status = request->take(job->target->client, job->answer);
	if (status != BITMARK_OK)
		peer_failure_text(job->target, status, job->answer->failure);
	else if (request->again != NULL && request->again(job->answer)) {
		start_request(job);
		return;
	}
	if (request->may_fail)
		status = BITMARK_OK;
	if (status != BITMARK_OK ||
	    ++job->request == job->query->request_count)
		end_job(job, status);
	else
		start_request(job);
}

/* Let a client go on until it has to wait. */
static void
step_job(struct job *job)
{
	while (job->running) {
		bitmark_status status =
		    bitmark_client_step(job->target->client);

		if (status == BITMARK_E_PENDING)
			return;
		end_request(job, status);
	}
}

/* The descriptors and deadlines of a client are valid until its next step, so
 * all of them are asked anew each time. A poll that fails, other than by a
 * signal, cannot be waited for: all calls are cancelled and report it. */
static void
wait_for_jobs(const struct jobs *jobs)
{
	uint64_t due_ms = UINT64_MAX, now_ms;
	size_t items = 0;

	for (size_t i = 0; i < jobs->count; i++) {
		struct bitmark_client *client = jobs->list[i].target->client;

		if (!jobs->list[i].running)
			continue;
		items += bitmark_client_poll_items(client, jobs->items + items,
		    BITMARK_CLIENT_POLL_MAX);
		if (bitmark_client_deadline_ms(client) < due_ms)
			due_ms = bitmark_client_deadline_ms(client);
	}
	now_ms = bitmark_clock_ms();
	/* The deadline is at most the time-out of a call away, so the
	 * difference fits into an int. */
	if (poll(jobs->items, (nfds_t)items, due_ms <= now_ms ? 0 :
	    (int)(due_ms - now_ms)) >= 0 || errno == EINTR)
		return;
	for (size_t i = 0; i < jobs->count; i++)
		if (jobs->list[i].running)
			bitmark_client_cancel(jobs->list[i].target->client);
}

/* Ask all nodes and wait for all. The round takes as long as its slowest node,
 * which is the time-out at most. */
static void
run_jobs(const struct jobs *jobs)
{
	size_t running;

	for (size_t i = 0; i < jobs->count; i++) {
		struct job *job = &jobs->list[i];

		job->request = 0;
		job->running = true;
		start_request(job);
	}
	for (;;) {
		running = 0;
		for (size_t i = 0; i < jobs->count; i++) {
			step_job(&jobs->list[i]);
			running += jobs->list[i].running;
		}
		if (running == 0)
			return;
		wait_for_jobs(jobs);
	}
}

/* Each line names its node, as lines of several nodes may be mixed in one file.
 */
json_t *
peer_answer_json(const struct peer_query *query,
    const struct peer_target *target, const struct peer_answer *answer)
{
	json_t *object = json_object();

	json_object_set_new(object, "node", json_string(target->name));
	json_object_set_new(object, "address",
	    json_string(target->address));
	json_object_set_new(object, "publicKey",
	    json_hex(target->key, sizeof target->key));
	if (answer->status == BITMARK_OK)
		query->to_json(answer, object);
	else
		json_object_set_new(object, "error",
		    json_string(answer->failure));
	return object;
}

/* The first column is as wide as the longest name. */
static void
print_table(const struct peer_options *o, const struct jobs *jobs)
{
	size_t width = strlen("NODE");

	for (size_t i = 0; i < jobs->count; i++)
		if (strlen(jobs->list[i].target->name) > width)
			width = strlen(jobs->list[i].target->name);
	printf("%-*s  ", (int)width, "NODE");
	jobs->list[0].query->print_head(o);
	for (size_t i = 0; i < jobs->count; i++) {
		const struct job *job = &jobs->list[i];

		printf("%-*s  ", (int)width, job->target->name);
		if (job->answer->status == BITMARK_OK)
			job->query->print_row(o, job->answer);
		else
			puts(job->answer->failure);
	}
}

/* Print one round of answers. A table shows failures in its rows; the failure
 * of a single node goes to stderr, so that a script can use the output as it
 * is. Returns the code of the last failure. */
static int
print_jobs(const struct peer_options *o, const struct jobs *jobs)
{
	bool table = o->all || jobs->count > 1;
	int code = EXIT_DONE;

	if (table && !o->json)
		print_table(o, jobs);
	for (size_t i = 0; i < jobs->count; i++) {
		const struct job *job = &jobs->list[i];
		const struct peer_answer *answer = job->answer;

		if (answer->status != BITMARK_OK)
			code = exit_code_of(answer->status);
		if (answer->status != BITMARK_OK && !table)
			complain("%s: %s", job->target->name, answer->failure);
		else if (o->json)
			(void)print_json(peer_answer_json(job->query,
			    job->target, answer));
		else if (!table)
			job->query->print(job->target, answer);
	}
	fflush(stdout);
	return code;
}

/* In a watch, a round of several lines begins with its time; local time, as a
 * person is watching. */
static void
print_time(void)
{
	char text[TIME_TEXT_MAX];
	time_t now = (time_t)bitmark_clock_wall_s();
	struct tm local;

	if (localtime_r(&now, &local) != NULL &&
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local) > 0)
		printf("-- %s\n", text);
}

/* A watch ends when its output cannot be written. */
static int
run_rounds(const struct peer_options *o, const struct jobs *jobs)
{
	bool timed = o->watch_ms > 0 && !o->json &&
	    (o->all || jobs->count > 1 || jobs->list[0].query->is_long);
	uint64_t rounds = o->watch_ms > 0 ? o->count : 1;
	int code = EXIT_DONE, failed;

	for (uint64_t i = 1;; i++) {
		for (size_t j = 0; j < jobs->count; j++)
			*jobs->list[j].answer = (struct peer_answer){ 0 };
		run_jobs(jobs);
		if (timed)
			print_time();
		failed = print_jobs(o, jobs);
		if (failed != EXIT_DONE)
			code = failed;
		if (i == rounds || ferror(stdout))
			return code;
		peer_sleep_ms(o->watch_ms);
	}
}

static void
free_jobs(struct jobs *jobs)
{
	free(jobs->items);
	free(jobs->list);
}

/* False: no memory. The caller calls free_jobs in both cases. */
static bool
make_jobs(const struct peer_query *query, const struct peer_targets *targets,
    struct peer_answer *answers, struct jobs *jobs)
{
	size_t count = targets->count;

	jobs->count = count;
	jobs->list = calloc(count, sizeof *jobs->list);
	jobs->items = calloc(count, BITMARK_CLIENT_POLL_MAX *
	    sizeof *jobs->items);
	if (jobs->list == NULL || jobs->items == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		jobs->list[i] = (struct job){ .query = query,
			.target = &targets->list[i], .answer = &answers[i] };
	return true;
}

bool
peer_ask(const struct peer_query *query, const struct peer_targets *targets,
    struct peer_answer *answers)
{
	struct jobs jobs;
	bool made = make_jobs(query, targets, answers, &jobs);

	if (made)
		run_jobs(&jobs);
	free_jobs(&jobs);
	return made;
}

/* Connections are kept from round to round, so only the first one has to make
 * them. */
static int
ask_targets(const struct peer_options *o, const struct peer_query *query,
    const struct peer_targets *targets)
{
	struct peer_answer *answers = calloc(targets->count,
	    sizeof *answers);
	struct jobs jobs = { 0 };
	int code;

	if (answers != NULL && make_jobs(query, targets, answers, &jobs))
		code = run_rounds(o, &jobs);
	else
		code = complain_status("nodes", BITMARK_E_NOMEM);
	free_jobs(&jobs);
	free(answers);
	return code;
}

int
peer_run_query(const struct peer_options *o, const struct peer_query *query)
{
	struct peer_targets targets;
	int code;

	if (o->count > 0 && o->watch_ms == 0)
		return usage_error("--count needs --watch");
	code = peer_targets_open(o, &targets);
	if (code == EXIT_DONE)
		code = ask_targets(o, query, &targets);
	peer_targets_close(&targets);
	return code;
}
