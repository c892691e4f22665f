/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The pay nonce of bitmark-record proof. A node accepts only nonces of a few
 * blocks of its chain. Releases differ in the blocks, and in the nonce of a
 * block: its CRC in one, the beginning of its digest in the other.
 */
#include <inttypes.h>
#include <string.h>

#include "chain_tool.h"
#include "peer.h"
#include "record_tool.h"

#define PAY_NONCE_SIZE 8
/* Time for all requests to a node. Milliseconds. Source: local choice. */
#define NODE_TIMEOUT_MS 20000

/* Chain when none is named, as for the other programs. */
#define CHAIN_DEFAULT "bitmark"

const struct bitmark_chain_params *
record_chain(const struct record_options *o)
{
	return o->chain != NULL ? o->chain :
	    bitmark_chain_params_find(CHAIN_DEFAULT);
}

/* A proof follows the rules of one release: those that were named, or those of
 * the chain. */
static const struct bitmark_rules *
rules_of(const struct record_options *o)
{
	return o->rules != bitmark_rules_decode() ? o->rules :
	    bitmark_rules_default(record_chain(o));
}

/* Read the nonce as bitmarkd prints it: big endian. */
static int
from_hex(const char *text, uint64_t *nonce)
{
	uint8_t bytes[PAY_NONCE_SIZE];
	size_t size;

	if (bitmark_hex_decode(text, strlen(text), bytes, sizeof bytes,
	    &size) != BITMARK_OK || size != sizeof bytes)
		return usage_error("--pay-nonce: not %d hex digits: %s",
		    2 * PAY_NONCE_SIZE, text);
	*nonce = 0;
	for (size_t i = 0; i < sizeof bytes; i++)
		*nonce = *nonce << 8 | bytes[i];
	return EXIT_DONE;
}

/* The nonce of a block that was given as a whole. The digest costs about half a
 * second. */
static bitmark_status
of_block(const struct bitmark_rules *rules, struct bitmark_span block,
    uint64_t number, uint64_t *nonce)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	bitmark_status status;

	if (rules->pay_nonce == BITMARK_PAY_NONCE_CRC) {
		*nonce = bitmark_crc(number, block.data, block.size);
		return BITMARK_OK;
	}
	status = bitmark_digest(block.data, digest);
	if (status == BITMARK_OK)
		*nonce = bitmark_pay_nonce_of_digest(digest);
	return status;
}

/* Only some blocks give a pay nonce, so others are refused with the reason: a
 * node would refuse the proof without one. */
static int
from_block(const struct record_options *o, uint64_t *nonce)
{
	const struct bitmark_rules *rules = rules_of(o);
	struct record_input block;
	bitmark_status status;
	int code = record_input_load(o, SHAPE_BLOCK, o->block, &block);

	if (code == EXIT_DONE &&
	    !bitmark_block_has_pay_nonce(rules, block.header.number)) {
		complain("block %" PRIu64 " gives no pay nonce by the rules "
		    "of %s: only the genesis block does, and each block whose "
		    "number is a multiple of "
		    "%d", block.header.number, rules->name,
		    BITMARK_PAY_NONCE_EVERY);
		code = EXIT_BAD_DATA;
	}
	if (code == EXIT_DONE) {
		status = of_block(rules, (struct bitmark_span){ block.data,
		    block.size }, block.header.number, nonce);
		if (status != BITMARK_OK)
			code = complain_status("proof", status);
	}
	record_input_free(&block);
	return code;
}

/* --- a store -------------------------------------------------------------- */

/* The store knows its rules, so it gives the nonces of the right blocks; the
 * first one is the newest. None means that the chain is too short. */
static int
of_snapshot(struct chain_tool *tool, const void *place)
{
	uint64_t *const *nonce = place;
	size_t count = 0;
	bitmark_status status = bitmark_snapshot_pay_nonces(tool->snapshot,
	    *nonce, 1, &count);

	if (status == BITMARK_OK && count == 0)
		status = BITMARK_E_BLOCK_NOT_FOUND;
	return status == BITMARK_OK ? EXIT_DONE : chain_failed(tool, status);
}

static int
from_store(const struct record_options *o, uint64_t *nonce)
{
	const struct chain_options options = {
		.database = o->store,
		.chain = record_chain(o),
	};

	return chain_tool_run(&options, NEED_READ, of_snapshot, &nonce);
}

/* --- a node --------------------------------------------------------------- */

/* A CRC needs the whole block. The genesis block is never sent, but its CRC is
 * a parameter of the chain. */
static bitmark_status
crc_of_node(struct bitmark_client *client,
    const struct bitmark_chain_params *chain, uint64_t number, uint64_t *nonce)
{
	uint8_t *block;
	size_t size;
	bitmark_status status;

	if (number <= BITMARK_GENESIS_NUMBER) {
		*nonce = chain->genesis_crc;
		return BITMARK_OK;
	}
	status = bitmark_client_block(client, number, &block, &size);
	if (status != BITMARK_OK)
		return status;
	*nonce = bitmark_crc(number, block, size);
	bitmark_free(block);
	return BITMARK_OK;
}

/* The height tells which block's nonce the node accepts now. */
static bitmark_status
ask(const struct record_options *o, struct bitmark_client *client,
    uint64_t *nonce)
{
	const struct bitmark_rules *rules = rules_of(o);
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t height, number;
	bitmark_status status = bitmark_client_height(client, &height);

	if (status != BITMARK_OK)
		return status;
	number = bitmark_pay_nonce_block(rules, height);
	if (rules->pay_nonce == BITMARK_PAY_NONCE_CRC)
		return crc_of_node(client, record_chain(o), number, nonce);
	status = bitmark_client_digest(client, number, digest);
	if (status == BITMARK_OK)
		*nonce = bitmark_pay_nonce_of_digest(digest);
	return status;
}

/* The node is opened as bitmark-peer does it, so the forms of its name are the
 * same. */
static int
from_node(const struct record_options *o, uint64_t *nonce)
{
	const struct peer_options options = {
		.nodes = { .count = 1, .list = { o->node } },
		.chain = record_chain(o),
		.timeout_ms = NODE_TIMEOUT_MS,
	};
	struct peer_targets targets;
	int code = peer_targets_open(&options, &targets);
	bitmark_status status;

	if (code == EXIT_DONE) {
		status = ask(o, targets.list[0].client, nonce);
		if (status != BITMARK_OK)
			code = peer_failed(&targets.list[0], status);
	}
	peer_targets_close(&targets);
	return code;
}

/* Exactly one option may name the nonce. */
int
record_pay_nonce(const struct record_options *o, uint64_t *nonce)
{
	const int given = (o->pay_nonce != NULL) + (o->block != NULL) +
	    (o->store != NULL) + (o->node != NULL);

	if (given != 1)
		return usage_error("proof needs one of --pay-nonce, --block, "
		    "--store and --node");
	if (o->pay_nonce != NULL)
		return from_hex(o->pay_nonce, nonce);
	if (o->block != NULL)
		return from_block(o, nonce);
	return o->store != NULL ? from_store(o, nonce) : from_node(o, nonce);
}
