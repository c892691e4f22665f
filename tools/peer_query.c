/*
 * One question to one or many nodes.
 *
 * Many nodes are asked at the same time, so that one that is gone does not hold
 * up the others.  A call of a client waits for its reply, so each node has a
 * thread of its own; the clients share nothing, and the answers are looked at
 * only after all threads have ended.  Nothing here needs a lock.
 */
#include "peer_query.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIME_TEXT_MAX 64

/* A target that is asked, and its answer.  Its thread alone writes here. */
struct job {
	const struct peer_query *query;
	const struct peer_target *target;
	struct peer_answer answer;
	pthread_t thread;
	bool started;
};

/* Runs on a thread of its own.  The text of a failure is made here: the client
 * knows it until its next call. */
static void *
run_job(void *user)
{
	struct job *job = user;
	struct peer_answer *answer = &job->answer;

	answer->status = job->query->ask(job->target->client,
	    job->query->number, answer);
	if (answer->status != BITMARK_OK)
		peer_failure_text(job->target, answer->status,
		    answer->failure);
	return NULL;
}

/* Ask all nodes, and wait for all of them: a round is as long as its slowest
 * node, which is the time-out at most. */
static void
run_jobs(struct job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		memset(&jobs[i].answer, 0, sizeof jobs[i].answer);
		jobs[i].started = count > 1 && pthread_create(
		    &jobs[i].thread, NULL, run_job, &jobs[i]) == 0;
		/* When there is no thread to be had this one asks: that is
		 * only slower. */
		if (!jobs[i].started)
			(void)run_job(&jobs[i]);
	}
	for (size_t i = 0; i < count; i++)
		if (jobs[i].started)
			pthread_join(jobs[i].thread, NULL);
}

/* Each line names its node, because lines of several nodes are mixed in a
 * file. */
static int
print_job_json(const struct job *job)
{
	json_t *object = json_object();

	json_object_set_new(object, "node", json_string(job->target->name));
	json_object_set_new(object, "address",
	    json_string(job->target->address));
	json_object_set_new(object, "publicKey",
	    json_hex(job->target->key, sizeof job->target->key));
	if (job->answer.status == BITMARK_OK)
		job->query->to_json(&job->answer, object);
	else
		json_object_set_new(object, "error",
		    json_string(job->answer.failure));
	return print_json(object);
}

/* The first column is as wide as the longest name, so that the others stand
 * below each other. */
static void
print_table(const struct peer_options *o, const struct job *jobs,
    size_t count)
{
	size_t width = strlen("NODE");

	for (size_t i = 0; i < count; i++)
		if (strlen(jobs[i].target->name) > width)
			width = strlen(jobs[i].target->name);
	printf("%-*s  ", (int)width, "NODE");
	jobs[0].query->print_head(o);
	for (size_t i = 0; i < count; i++) {
		printf("%-*s  ", (int)width, jobs[i].target->name);
		if (jobs[i].answer.status == BITMARK_OK)
			jobs[i].query->print_row(o, &jobs[i].answer);
		else
			puts(jobs[i].answer.failure);
	}
}

/* Print one round of answers.  A table has failures in its rows; a single node
 * has them on stderr, so that a script can use the output as it is.  Gives the
 * code of the last failure. */
static int
print_jobs(const struct peer_options *o, const struct job *jobs, size_t count)
{
	bool table = o->all || count > 1;
	int code = EXIT_DONE;

	if (table && !o->json)
		print_table(o, jobs, count);
	for (size_t i = 0; i < count; i++) {
		const struct peer_answer *answer = &jobs[i].answer;

		if (answer->status != BITMARK_OK)
			code = exit_code_of(answer->status);
		if (answer->status != BITMARK_OK && !table)
			complain("%s: %s", jobs[i].target->name,
			    answer->failure);
		else if (o->json)
			(void)print_job_json(&jobs[i]);
		else if (!table)
			jobs[i].query->print(jobs[i].target, answer);
	}
	fflush(stdout);
	return code;
}

/* Rounds of a watch whose answers have several lines are told apart by their
 * time, in local time: a person watches. */
static void
print_time(void)
{
	char text[TIME_TEXT_MAX];
	time_t now = time(NULL);
	struct tm local;

	if (localtime_r(&now, &local) != NULL &&
	    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local) > 0)
		printf("-- %s\n", text);
}

/* A watch ends when its output cannot be written: nobody would see it. */
static int
run_rounds(const struct peer_options *o, struct job *jobs, size_t count)
{
	bool timed = o->watch_ms > 0 && !o->json &&
	    (o->all || count > 1 || jobs[0].query->is_long);
	uint64_t rounds = o->watch_ms > 0 ? o->count : 1;
	int code = EXIT_DONE, failed;

	for (uint64_t i = 1;; i++) {
		run_jobs(jobs, count);
		if (timed)
			print_time();
		failed = print_jobs(o, jobs, count);
		if (failed != EXIT_DONE)
			code = failed;
		if (i == rounds || ferror(stdout))
			return code;
		peer_sleep_ms(o->watch_ms);
	}
}

/* The connections live as long as the watch does: only the first round has to
 * make them. */
int
peer_run_query(const struct peer_options *o, const struct peer_query *query)
{
	struct peer_targets targets;
	struct job *jobs = NULL;
	int code;

	if (o->count > 0 && o->watch_ms == 0)
		return usage_error("--count needs --watch");
	code = peer_targets_open(o, &targets);
	if (code != EXIT_DONE)
		goto close_targets;
	jobs = calloc(targets.count, sizeof *jobs);
	if (jobs == NULL) {
		code = complain_status("nodes", BITMARK_E_NOMEM);
		goto close_targets;
	}
	for (size_t i = 0; i < targets.count; i++) {
		jobs[i].query = query;
		jobs[i].target = &targets.list[i];
	}
	code = run_rounds(o, jobs, targets.count);

close_targets:
	free(jobs);
	peer_targets_close(&targets);
	return code;
}
