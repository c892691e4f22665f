/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer block: blocks as a node sends them, one at a time, so that a
 * range of any length needs the memory of one block.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block_print.h"
#include "peer_commands.h"
#include "peer.h"

/* Nodes do not send block 1, which is in every program.  They are asked for its
 * digest: the answer shows that the node is there, and on this chain. */
static bitmark_status
show_genesis(const struct peer_targets *targets, enum block_form form)
{
	const struct bitmark_chain_params *chain = targets->chain;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	bitmark_status status = bitmark_client_digest(targets->list[0].client,
	    BITMARK_GENESIS_NUMBER, digest);

	if (status != BITMARK_OK)
		return status;
	if (memcmp(digest, chain->genesis_digest, sizeof digest) != 0)
		return BITMARK_E_INCORRECT_CHAIN;
	return print_block(chain, chain->genesis, chain->genesis_size,
	    chain->genesis_digest, form);
}

/* The digest is asked for only where it is shown: an old node computes it
 * anew. */
static bitmark_status
show_fetched(const struct peer_targets *targets, uint64_t number,
    enum block_form form)
{
	struct bitmark_client *client = targets->list[0].client;
	bool decoded = form == BLOCK_TEXT || form == BLOCK_JSON;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
	uint8_t *block;
	size_t size;
	bitmark_status status = bitmark_client_block(client, number, &block,
	    &size);

	if (status != BITMARK_OK)
		return status;
	status = bitmark_header_parse(block, size, &header);
	/* The node may have sent another block than the one that was asked
	 * for. */
	if (status == BITMARK_OK && header.number != number)
		status = BITMARK_E_NUMBER;
	if (status == BITMARK_OK && decoded)
		status = bitmark_client_digest(client, number, digest);
	if (status == BITMARK_OK)
		status = print_block(targets->chain, block, size,
		    decoded ? digest : NULL, form);
	bitmark_free(block);
	return status;
}

/* Flushed after each block, so that a reader of a pipe sees it at once. */
static int
show_range(const struct peer_targets *targets,
    const struct block_range *range, enum block_form form)
{
	bitmark_status status;
	uint64_t number;

	for (number = range->first;; number++) {
		if (form == BLOCK_TEXT && number > range->first)
			putchar('\n');
		status = number == BITMARK_GENESIS_NUMBER ?
		    show_genesis(targets, form) :
		    show_fetched(targets, number, form);
		if (status != BITMARK_OK || fflush(stdout) != 0 ||
		    number == range->last)
			break;
	}
	/* When the output cannot be written the node is not to blame;
	 * program_main tells of it. */
	if (status == BITMARK_OK || ferror(stdout))
		return EXIT_DONE;
	/* The blocks before this one were shown. */
	if (range->first != range->last)
		complain("at block %" PRIu64, number);
	return peer_failed(&targets->list[0], status);
}

/* "tip" is asked for once: the range does not grow while it is shown. */
static int
show_blocks(const struct peer_targets *targets, struct block_range *range,
    enum block_form form)
{
	const struct peer_target *target = &targets->list[0];
	bitmark_status status;

	if (targets->count != 1)
		return usage_error("block asks one node");
	if (range->tip) {
		status = bitmark_client_height(target->client, &range->first);
		if (status != BITMARK_OK)
			return peer_failed(target, status);
		range->last = range->first;
	}
	return show_range(targets, range, form);
}

/* A wrong argument is told before any node is asked. */
int
peer_block(void *options, int argc, char **argv)
{
	const struct peer_options *o = options;
	struct peer_targets targets;
	struct block_range range;
	enum block_form form;
	int code;

	(void)argc;
	if (!block_range_from_text(argv[1], &range))
		return usage_error("block takes N, N-M or tip; blocks count "
		    "from 1");
	if (o->watch_ms > 0 || o->count > 0)
		return usage_error("block cannot be repeated: leave out "
		    "--watch and --count");
	code = block_form_choose(o->json, o->raw, o->hex, &form);
	if (code != EXIT_DONE)
		return code;
	code = peer_targets_open(o, &targets);
	if (code == EXIT_DONE)
		code = show_blocks(&targets, &range, form);
	peer_targets_close(&targets);
	return code;
}
