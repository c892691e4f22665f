/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "miners.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_blocks.h"

struct bitmark_node_proofing miners_proofing;
atomic_uint miners_digests;

static char publish_address[LOOPBACK_TEXT_SIZE];
static char submit_address[LOOPBACK_TEXT_SIZE];
static const char *publish, *submit;
static uint8_t public_key[BITMARK_PEER_KEY_SIZE];
static uint8_t private_key[BITMARK_PEER_KEY_SIZE];
static struct bitmark_base base;
static void *context;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static bool is_held;

/* A digest function: the digest holds the nonce, so that no two are the same,
 * and its last byte, the most significant one, says whether it meets the
 * target. */
static bitmark_status
nonce_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)arena;
	(void)arena_size;
	atomic_fetch_add(&miners_digests, 1);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	memset(output, 0, BITMARK_DIGEST_OUTPUT_SIZE);
	memcpy(output, input + BITMARK_DIGEST_INPUT_SIZE - 8, 8);
	memcpy(output + 8, input + 4, 8);
	if (output[0] == MINERS_BAD)
		output[BITMARK_DIGEST_OUTPUT_SIZE - 1] = 0xff;
	return BITMARK_OK;
}

void
miners_setup(void)
{
	members_setup();
	is_held = false;
	atomic_store(&miners_digests, 0);
	context = zmq_ctx_new();
	loopback_free_address(publish_address);
	loopback_free_address(submit_address);
	publish = publish_address;
	submit = submit_address;
	bitmark_peer_key_generate(NULL, public_key, private_key);
	base = mining_base(BITMARK_BASE_FOUNDATION);
	miners_proofing = (struct bitmark_node_proofing){
		.struct_size = sizeof miners_proofing, .base = &base,
		.publish = &publish, .publish_count = 1,
		.submit = &submit, .submit_count = 1,
		.private_key = private_key,
	};
	member[0].config.proofing = &miners_proofing;
	member[0].config.digest = nonce_digest;
}

void
miners_teardown(void)
{
	miners_release();
	members_teardown();
	zmq_ctx_term(context);
}

void
miners_hold(void)
{
	pthread_mutex_lock(&gate);
	is_held = true;
}

void
miners_release(void)
{
	if (is_held)
		pthread_mutex_unlock(&gate);
	is_held = false;
}

void
miners_start(void)
{
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, BITMARK_GENESIS_NUMBER));
}

/* Finds the proof of an issue.  On a chain without blocks it is paid by work
 * alone. */
static void
prove(const struct bitmark_unit_result *unit)
{
	struct bitmark_grind_config grind = { .struct_size = sizeof grind,
		.pay_nonce = unit->pay_nonce, .threads = 1 };
	uint8_t proof[BITMARK_PAY_ID_SIZE + BITMARK_GRIND_NONCE_SIZE];

	memcpy(grind.pay_id, unit->pay_id, sizeof grind.pay_id);
	memcpy(grind.target, unit->target, sizeof grind.target);
	memcpy(proof, unit->pay_id, BITMARK_PAY_ID_SIZE);
	ck_assert_int_eq(bitmark_grind(&grind, proof + BITMARK_PAY_ID_SIZE),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_PROOF, proof, sizeof proof, NULL), BITMARK_OK);
}

static void
make_issue(struct made_block *records, const char *fingerprint)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue.owner = test_account(1, MADE_NETWORK),
	};

	bitmark_asset_id((struct bitmark_span){ (const uint8_t *)fingerprint,
	    strlen(fingerprint) }, r.issue.asset_id);
	made_record(records, &r, 1, 1);
}

void
miners_verify(uint8_t number)
{
	struct bitmark_unit_result unit = { .struct_size = sizeof unit };
	struct made_block *records = made_block(2);
	char fingerprint[32];
	size_t start;

	snprintf(fingerprint, sizeof fingerprint, "fingerprint %u", number);
	made_asset(records, 1, fingerprint);
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_ASSETS, records->data + BITMARK_HEADER_SIZE,
	    records->size - BITMARK_HEADER_SIZE, NULL), BITMARK_OK);
	start = records->size;
	make_issue(records, fingerprint);
	ck_assert_int_eq(bitmark_node_submit(member[0].node,
	    BITMARK_SUBMIT_ISSUES, records->data + start,
	    records->size - start, &unit), BITMARK_OK);
	free(records);
	prove(&unit);
}

static void *
connect_to(int type, const char *address, const uint8_t *key)
{
	uint8_t own_public[BITMARK_PEER_KEY_SIZE];
	uint8_t own_private[BITMARK_PEER_KEY_SIZE];
	const int linger = 0, timeout = AWAIT_MS;
	void *socket = zmq_socket(context, type);
	char text[LOOPBACK_TEXT_SIZE + 6];

	bitmark_peer_key_generate(NULL, own_public, own_private);
	if (key != NULL) {
		memcpy(own_private, key, sizeof own_private);
		bitmark_peer_key_public(own_private, own_public);
	}
	zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, public_key,
	    sizeof public_key);
	zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own_public,
	    sizeof own_public);
	zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own_private,
	    sizeof own_private);
	zmq_setsockopt(socket, ZMQ_ROUTING_ID, own_public, sizeof own_public);
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
	zmq_setsockopt(socket, ZMQ_RCVTIMEO, &timeout, sizeof timeout);
	if (type == ZMQ_SUB)
		zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
	snprintf(text, sizeof text, "tcp://%s", address);
	ck_assert_int_eq(zmq_connect(socket, text), 0);
	return socket;
}

struct miner
miner_connect(int submit_type, const uint8_t *key)
{
	return (struct miner){ connect_to(ZMQ_SUB, publish_address, key),
		connect_to(submit_type, submit_address, key) };
}

void
miner_close(struct miner *miner)
{
	if (miner->jobs != NULL)
		zmq_close(miner->jobs);
	if (miner->submit != NULL)
		zmq_close(miner->submit);
	*miner = (struct miner){ NULL, NULL };
}

/* [S-01]: a job is one frame of complete JSON, or recorderd ends. */
bool
miner_job(struct miner *miner, struct bitmark_job *job, int wait_ms)
{
	zmq_pollitem_t item = { miner->jobs, 0, ZMQ_POLLIN, 0 };
	zmq_msg_t message;

	if (zmq_poll(&item, 1, wait_ms) <= 0)
		return false;
	zmq_msg_init(&message);
	ck_assert_int_gt(zmq_msg_recv(&message, miner->jobs, 0), 0);
	ck_assert(!zmq_msg_more(&message));
	job->struct_size = sizeof *job;
	ck_assert_int_eq(bitmark_job_parse(zmq_msg_data(&message),
	    zmq_msg_size(&message), job), BITMARK_OK);
	zmq_msg_close(&message);
	return true;
}

void
miner_send(struct miner *miner, const void *data, size_t size)
{
	ck_assert_int_eq(zmq_send(miner->submit, data, size, 0), (int)size);
}

void
miner_submit(struct miner *miner, const char *id, uint64_t nonce)
{
	struct bitmark_job job = { .struct_size = sizeof job };
	char *text;
	size_t size;

	snprintf(job.id, sizeof job.id, "%s", id);
	ck_assert_int_eq(bitmark_job_submission(&job, nonce, &text, &size),
	    BITMARK_OK);
	miner_send(miner, text, size);
	bitmark_free(text);
}

void
miner_expect(struct miner *miner, const char *reply)
{
	char text[1024];
	const int size = zmq_recv(miner->submit, text, sizeof text - 1, 0);
	int more = 0;
	size_t more_size = sizeof more;

	ck_assert_msg(size >= 0 && size < (int)sizeof text,
	    "no reply, wanted %s", reply);
	text[size] = '\0';
	ck_assert_str_eq(text, reply);
	zmq_getsockopt(miner->submit, ZMQ_RCVMORE, &more, &more_size);
	ck_assert_int_eq(more, 0);
}

void
miner_try(struct miner *miner, const char *job, uint64_t nonce, bool ok)
{
	char reply[64];

	miner_submit(miner, job, nonce);
	snprintf(reply, sizeof reply, "{\"job\":\"%s\",\"ok\":%s}", job,
	    ok ? "true" : "false");
	miner_expect(miner, reply);
}

void
miners_await(unsigned subscribers, unsigned submitters)
{
	struct await wait = AWAIT;

	while (member_status(0).job_subscribers != subscribers ||
	    member_status(0).miners != submitters)
		ck_assert(await_again(&wait));
}
