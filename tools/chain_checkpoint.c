/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain checkpoint: print the checkpoint of a block of this store.
 */
#include <inttypes.h>

#include "chain_commands.h"
#include "chain_tool.h"

/* The text is what --checkpoint and the configuration of another node take. */
static int
tell_checkpoint(const struct chain_tool *tool,
    const struct bitmark_checkpoint *checkpoint)
{
	char text[BITMARK_CHECKPOINT_TEXT_MAX];

	bitmark_checkpoint_format(checkpoint, text);
	if (!tool->options->json) {
		puts(text);
		return EXIT_DONE;
	}
	return print_json(json_pack("{s:o, s:o, s:o, s:o, s:s}",
	    "number", json_number(checkpoint->number),
	    "digest", json_hex(checkpoint->digest, sizeof checkpoint->digest),
	    "digestDisplay", json_hex_reversed(checkpoint->digest,
	    sizeof checkpoint->digest),
	    "headers", json_hex(checkpoint->headers,
	    sizeof checkpoint->headers),
	    "checkpoint", text));
}

/* Without a number, the newest block is meant. A checkpoint commits to all
 * headers below its block, so the store computes it from all of them. */
static int
show_checkpoint(struct chain_tool *tool, const void *argument)
{
	const uint64_t *number = argument;
	struct bitmark_checkpoint checkpoint;
	struct bitmark_tip tip;
	bitmark_status status;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	status = bitmark_snapshot_checkpoint(tool->snapshot,
	    number != NULL ? *number : tip.number, &checkpoint);
	if (status == BITMARK_OK)
		return tell_checkpoint(tool, &checkpoint);
	complain("block %" PRIu64 ": %s", number != NULL ? *number :
	    tip.number, bitmark_strerror(status));
	return exit_code_of(status);
}

int
chain_checkpoint(void *options, int argc, char **argv)
{
	uint64_t number;

	if (argc > 1 && (!number_from_text(argv[1], &number) ||
	    number <= BITMARK_GENESIS_NUMBER))
		return usage_error("checkpoint takes a block number, 2 or "
		    "above");
	return chain_tool_run(options, NEED_READ, show_checkpoint,
	    argc > 1 ? &number : NULL);
}
