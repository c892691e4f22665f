/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "recorded_daemon_node.h"

#include <bitmarkpeer/os.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "await.h"

/* More than any recorded chain has. */
#define BLOCKS_MAX 32
/* After all recorded blocks.  Unix seconds. */
#define RECORDED_NOW UINT64_C(2000000000)

static struct {
	struct bitmark_span packed;
	uint8_t digest[BITMARK_DIGEST_SIZE];
} blocks[BLOCKS_MAX];
static uint64_t top;                    /* number of the last one */

/* A digest function: it takes the digest of a header from the header of the
 * next recorded block, so that it costs no time. */
static bitmark_status
known_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)arena;
	(void)arena_size;
	memset(output, 0xff, BITMARK_DIGEST_OUTPUT_SIZE);
	for (uint64_t n = GOLDEN_FIRST; n <= top; n++)
		if (memcmp(blocks[n].packed.data, input,
		    BITMARK_DIGEST_INPUT_SIZE) == 0)
			memcpy(output, blocks[n].digest,
			    BITMARK_DIGEST_SIZE);
	return BITMARK_OK;
}

static void
read_blocks(const uint8_t *file, size_t size)
{
	top = GOLDEN_FIRST - 1;
	for (size_t at = 0; at < size;) {
		size_t length = 0;

		for (int i = 0; i < 8; i++)
			length = length << 8 | file[at++];
		ck_assert_uint_lt(top + 1, BLOCKS_MAX);
		blocks[++top].packed = (struct bitmark_span){ file + at,
			length };
		at += length;
	}
}

/* The digest of the last block is in no header; zeros meet every target. */
static void
find_digests(void)
{
	for (uint64_t n = GOLDEN_FIRST; n < top; n++) {
		struct bitmark_header next;

		ck_assert_int_eq(bitmark_header_parse(
		    blocks[n + 1].packed.data, blocks[n + 1].packed.size,
		    &next), BITMARK_OK);
		memcpy(blocks[n].digest, next.previous,
		    sizeof next.previous);
	}
	memset(blocks[top].digest, 0, BITMARK_DIGEST_SIZE);
}

void
recorded_open(struct recorded *r, const char *release)
{
	char name[64];
	size_t size;

	*r = (struct recorded){ .release = release };
	snprintf(name, sizeof name, "services/state-cli-%s.blocks", release);
	r->file = data_file(name, &size);
	read_blocks(r->file, size);
	find_digests();
}

static void
stop(struct recorded *r)
{
	bitmark_node_stop(r->node);
	r->node = NULL;
	if (r->directory != NULL)
		store_remove(r->directory);
	r->directory = NULL;
}

void
recorded_close(struct recorded *r)
{
	stop(r);
	free(r->file);
}

static bool
is_new(const struct recorded *r)
{
	return strcmp(r->release, "0.16") == 0;
}

static void
load(const struct recorded *r, uint64_t height)
{
	struct bitmark_digest_config pool_config = {
		.struct_size = sizeof pool_config, .workers = 1,
		.digest = known_digest };
	struct bitmark_chain_config config;
	struct bitmark_digest_pool *pool;
	struct bitmark_chain *chain;

	ck_assert_int_eq(bitmark_digest_pool_new(&pool, &pool_config),
	    BITMARK_OK);
	config = store_config(r->directory, BITMARK_CHAIN_WRITE, pool);
	config.rules = is_new(r) ? bitmark_rules_0_16() :
	    bitmark_rules_8_2();
	ck_assert_int_eq(bitmark_chain_open(&chain, &config), BITMARK_OK);
	for (uint64_t n = GOLDEN_FIRST; n <= height; n++)
		ck_assert_int_eq(bitmark_chain_add(chain,
		    blocks[n].packed.data, blocks[n].packed.size, NULL,
		    RECORDED_NOW), BITMARK_OK);
	bitmark_chain_close(chain);
	bitmark_digest_pool_free(pool);
}

static struct bitmark_node_status
status_of(const struct recorded *r)
{
	struct bitmark_node_status s = { .struct_size = sizeof s };

	bitmark_node_get_status(r->node, &s);
	return s;
}

static void
configure(struct recorded *r, struct bitmark_node_config *config)
{
	static const char *const announce[] = { "127.0.0.1:32130" };
	static const uint8_t fingerprint[32] = "fingerprint";

	*config = (struct bitmark_node_config){ .struct_size =
	    sizeof *config };
	bitmark_peer_key_generate(NULL, config->public_key,
	    config->private_key);
	memcpy(r->public_key, config->public_key, sizeof r->public_key);
	config->database = r->directory;
	config->publish = &r->publish;
	config->publish_count = r->publish != NULL;
	config->params = bitmark_chain_params_find("local");
	config->digest_workers = 1;
	config->digest = known_digest;
	config->standalone = strcmp(r->mode, "Normal") == 0;
	config->auto_verify = config->standalone && is_new(r);
	config->minimum_clients = 1;    /* not in step without them */
	config->dynamic_connections = true;
	config->rpc_announce = announce;
	config->rpc_announce_count = 1;
	config->rpc_fingerprint = fingerprint;
}

void
recorded_start(struct recorded *r, const char *mode, uint64_t height)
{
	struct bitmark_node_config config;
	struct await wait = AWAIT;

	stop(r);
	snprintf(r->mode, sizeof r->mode, "%s", mode);
	r->height = height;
	r->directory = store_directory();
	load(r, height);
	configure(r, &config);
	ck_assert_int_eq(bitmark_node_start(&r->node, &config), BITMARK_OK);
	while (config.standalone &&
	    status_of(r).mode != BITMARK_MODE_NORMAL)
		ck_assert(await_again(&wait));
	r->from = (struct rpc_from){
		.node = r->node,
		.chain = bitmark_node_chain(r->node),
		.params = config.params,
		.start_ms = bitmark_clock_ms(),
		.connections = 1,
		.form = is_new(r) ? RPC_FORM_0_16 : RPC_FORM_8_2,
		.read_only = strstr(mode, "read_only") != NULL,
	};
}

void
recorded_go_to(struct recorded *r, uint64_t height)
{
	while (r->height < height) {
		struct await wait = AWAIT;

		r->height++;
		ck_assert_int_eq(bitmark_node_submit(r->node,
		    BITMARK_SUBMIT_BLOCK, blocks[r->height].packed.data,
		    blocks[r->height].packed.size, NULL), BITMARK_OK);
		while (status_of(r).tip.number != r->height)
			ck_assert(await_again(&wait));
	}
}

char *
recorded_ask(const struct recorded *r, const char *request, size_t size)
{
	size_t reply_size;
	char *reply;
	enum rpc_outcome outcome = rpc_answer(&r->from, request, size, &reply,
	    &reply_size);

	ck_assert_int_ne(outcome, RPC_NO_MEMORY);
	ck_assert((reply == NULL) == (outcome == RPC_GARBAGE));
	if (reply != NULL)
		ck_assert_uint_eq(reply_size, strlen(reply));
	return reply;
}
