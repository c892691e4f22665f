/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer mine: find nonces for the jobs of a node, ours or bitmarkd.
 *
 * The newest job is worked on, and no other.  A nonce that is found is submitted
 * once; the next of the same job only when that one was refused: another miner
 * may have emptied the node's table, or the node wants less or more than the
 * header says.  After a nonce was accepted the threads rest until the next job,
 * since bitmarkd would take more of the same job for nothing.
 *
 * Source: bitmarkd v0.16.0 command/recorderd
 */
#include <string.h>

#include "mine_hash.h"
#include "mine_show.h"
#include "peer.h"
#include "peer_commands.h"
#include "shared/secret.h"
#include "shared/stop.h"

/* A job is given up when the node has not sent it, or another one, for this
 * long. Milliseconds. Source: bitmarkd v0.16.0 command/recorderd */
#define STALE_MS 120000
/* Time between two looks for a signal, and between two lines with the rate.
 * Milliseconds. */
#define TURN_MS 500
#define RATE_MS 10000
/* A submission is sent again after this many time-outs of a request: the node
 * computes a digest before it replies. */
#define REPLY_TIMEOUTS 3
/* Nonces of a job that were found while the reply to another one is awaited;
 * further ones are dropped, as one is enough. */
#define FOUND_MAX 8

struct miner {
	const struct peer_options *o;
	struct bitmark_job_client *client;
	struct mine_hash *hash;
	struct bitmark_job job;         /* the newest                       */
	bool has_job;
	bool rests;                     /* a nonce of it was accepted       */
	bool waits;                     /* ... was submitted                */
	uint64_t job_ms;                /* when it came last                */
	uint64_t found[FOUND_MAX];
	size_t found_count;
	uint64_t rate_ms, rate_tried;   /* of the last line                 */
	struct mine_counts counts;
};

/* --- submitting ----------------------------------------------------------- */

/* The client's queue is longer than one miner can fill. A submission that does
 * not fit is lost, and another nonce will be found. */
static void
submit(struct miner *m, uint64_t nonce)
{
	char *text;
	size_t size;

	if (bitmark_job_submission(&m->job, nonce, &text, &size) !=
	    BITMARK_OK)
		return;
	m->waits = bitmark_job_client_submit(m->client, text, size) ==
	    BITMARK_OK;
	bitmark_free(text);
}

static void
take_nonce(struct miner *m, uint64_t nonce)
{
	if (!m->waits)
		submit(m, nonce);
	else if (m->found_count < FOUND_MAX)
		m->found[m->found_count++] = nonce;
}

/* The reply to an older job says nothing about this one. After a refusal the
 * next nonce that was found is submitted. */
static void
take_reply(struct miner *m, struct bitmark_span data)
{
	char id[BITMARK_JOB_TEXT_MAX + 1];
	bool ok;

	if (bitmark_job_reply_parse(data.data, data.size, id, &ok) !=
	    BITMARK_OK) {
		mine_show_event(m->o->json, "bad reply");
		id[0] = '\0';
		ok = false;
	} else {
		mine_show_reply(m->o->json, ok, id);
	}
	m->counts.accepted += ok;
	m->counts.refused += !ok;
	if (!m->has_job || (id[0] != '\0' && strcmp(id, m->job.id) != 0))
		return;
	m->waits = false;
	if (ok) {
		m->rests = true;
		m->found_count = 0;
		mine_hash_begin(m->hash, NULL);
	} else if (m->found_count > 0) {
		submit(m, m->found[--m->found_count]);
	}
}

/* --- jobs ----------------------------------------------------------------- */

/* A node repeats its job for miners that connect late, with another nonce to
 * start from, so the nonce is not compared. */
static bool
is_same(const struct miner *m, const struct bitmark_job *job)
{
	return m->has_job && strcmp(job->id, m->job.id) == 0 &&
	    memcmp(job->header.merkle, m->job.header.merkle,
	    sizeof job->header.merkle) == 0 &&
	    memcmp(job->header.previous, m->job.header.previous,
	    sizeof job->header.previous) == 0 &&
	    job->header.timestamp == m->job.header.timestamp;
}

/* A job that cannot be parsed is reported once, as the same node would send it
 * again and again. */
static void
take_job(struct miner *m, struct bitmark_span data)
{
	struct bitmark_job job = { .struct_size = sizeof job };

	if (bitmark_job_parse(data.data, data.size, &job) != BITMARK_OK) {
		if (m->counts.bad_jobs++ == 0)
			mine_show_event(m->o->json, "bad job");
		return;
	}
	m->job_ms = bitmark_clock_ms();
	if (is_same(m, &job))
		return;
	m->job = job;
	m->has_job = true;
	m->rests = m->waits = false;
	m->found_count = 0;
	mine_show_job(m->o->json, &job);
	if (m->o->any_nonce)
		submit(m, job.header.nonce + 1);
	else
		mine_hash_begin(m->hash, &job.header);
}

/* A node repeats its job from time to time. One that it has not repeated for
 * STALE_MS will not be taken any more. */
static void
drop_stale(struct miner *m, uint64_t now_ms)
{
	if (!m->has_job || now_ms - m->job_ms < STALE_MS)
		return;
	m->has_job = false;
	mine_hash_begin(m->hash, NULL);
	mine_show_event(m->o->json, "stale");
}

/* Digests are counted since the last line, so the rate is that of now. */
static void
show_rate(struct miner *m, uint64_t now_ms)
{
	struct bitmark_job_client_stats stats = { .struct_size =
	    sizeof stats };
	const uint64_t wait_ms = m->o->watch_ms != 0 ? m->o->watch_ms :
	    RATE_MS;

	if (now_ms - m->rate_ms < wait_ms)
		return;
	(void)bitmark_job_client_get_stats(m->client, &stats);
	m->counts.again = stats.again;
	m->counts.tried = mine_hash_tried(m->hash);
	mine_show_rate(m->o->json, (double)(m->counts.tried - m->rate_tried) *
	    1000 / (double)(now_ms - m->rate_ms), &m->counts);
	m->rate_ms = now_ms;
	m->rate_tried = m->counts.tried;
}

/* --- the loop ------------------------------------------------------------- */

static void
take_notice(struct miner *m, const struct bitmark_job_notice *notice)
{
	switch (notice->type) {
	case BITMARK_JOB_CONNECTED:
		mine_show_event(m->o->json, "connected");
		break;
	case BITMARK_JOB_LOST:
		mine_show_event(m->o->json, "lost");
		break;
	case BITMARK_JOB_CAME:
		take_job(m, notice->data);
		break;
	case BITMARK_JOB_REPLY:
		take_reply(m, notice->data);
		break;
	}
}

static void
work(struct miner *m)
{
	const uint64_t now_ms = bitmark_clock_ms();
	uint64_t nonce;

	drop_stale(m, now_ms);
	while (mine_hash_step(m->hash, &nonce))
		if (m->has_job && !m->rests)
			take_nonce(m, nonce);
	show_rate(m, now_ms);
}

/* A node that cannot be reached at first is an error, because it is probably a
 * mistake in the command. A node that goes away later is waited for.
 * BITMARK_E_CANCELLED means that a worker has finished a digest and woke this
 * thread. */
static int
mine(struct miner *m, const struct peer_target *target)
{
	struct bitmark_job_notice notice = { .struct_size = sizeof notice };
	const uint64_t patient_ms = bitmark_clock_ms() + m->o->timeout_ms;
	bool was_connected = false;
	bitmark_status status;

	m->rate_ms = bitmark_clock_ms();
	while (stop_signal() == 0 && !ferror(stdout)) {
		status = bitmark_job_client_next(m->client, TURN_MS, &notice);
		if (status == BITMARK_OK) {
			was_connected = true;
			take_notice(m, &notice);
			if (m->o->blocks != 0 &&
			    m->counts.accepted >= m->o->blocks)
				break;
		} else if (status == BITMARK_E_WRONG_SERVER_KEY ||
		    status == BITMARK_E_WRONG_PORT) {
			if (!was_connected)
				return peer_failed(target, status);
			peer_sleep_ms(TURN_MS);
		} else if (status != BITMARK_E_TIMEOUT &&
		    status != BITMARK_E_CANCELLED &&
		    status != BITMARK_E_HOST_NOT_FOUND) {
			return peer_failed(target, status);
		} else if (!was_connected && bitmark_clock_ms() > patient_ms) {
			return peer_failed(target, status ==
			    BITMARK_E_HOST_NOT_FOUND ? status :
			    BITMARK_E_NO_CONNECTION);
		}
		work(m);
	}
	return EXIT_DONE;
}

/* The sample configurations of both versions have submissions at the port above
 * that of the jobs. */
static bool
next_port(const char *address, char *out, size_t size)
{
	const char *colon = strrchr(address, ':');
	uint64_t port;

	return colon != NULL && number_from_text(colon + 1, &port) &&
	    port < UINT16_MAX && snprintf(out, size, "%.*s:%u",
	    (int)(colon - address), address, (unsigned)port + 1) < (int)size;
}

/* The jobs come from one address and nonces go to another. The client has a
 * copy of the key, so this one is wiped. */
static int
open_client(const struct peer_options *o, const struct peer_target *target,
    struct bitmark_job_client **client)
{
	struct bitmark_job_client_config config = {
		.struct_size = sizeof config,
		.jobs = target->address, .submit = o->submit_at,
		.reply_ms = REPLY_TIMEOUTS * o->timeout_ms,
	};
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	bitmark_status status = BITMARK_OK;
	char next[512];

	if (config.submit == NULL) {
		if (!next_port(target->address, next, sizeof next))
			return usage_error("mine needs --submit-at");
		config.submit = next;
	}
	memcpy(config.server_key, target->key, sizeof config.server_key);
	if (o->key != NULL) {
		status = bitmark_peer_key_read_private(o->key, key);
		config.private_key = key;
	}
	if (status == BITMARK_OK)
		status = bitmark_job_client_open(client, &config);
	explicit_bzero(key, sizeof key);
	return status == BITMARK_OK ? EXIT_DONE :
	    peer_failed(target, status);
}

/* The pool is freed before the client, because its threads call the client. */
static int
run(const struct peer_options *o, struct peer_targets *targets)
{
	struct miner m = { .o = o };
	struct peer_target *target = &targets->list[0];
	bitmark_status status;
	int code;

	if (targets->count != 1)
		return usage_error("mine needs one node");
	/* The address is that of the jobs, where no requests of peers are
	 * answered. */
	bitmark_client_close(target->client);
	target->client = NULL;
	code = open_client(o, target, &m.client);
	if (code != EXIT_DONE)
		return code;
	stop_catch(STOP_IS_CAUGHT);
	status = mine_hash_new(&m.hash, (unsigned)o->threads, m.client);
	code = status == BITMARK_OK ? mine(&m, target) :
	    complain_status("mine", status);
	mine_hash_free(m.hash);
	bitmark_job_client_close(m.client);
	return code;
}

int
peer_mine(void *options, int argc, char **argv)
{
	struct peer_targets targets;
	int code;

	(void)argc;
	(void)argv;
	code = peer_targets_open(options, &targets);
	if (code == EXIT_DONE)
		code = run(options, &targets);
	peer_targets_close(&targets);
	return code;
}
