/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain load-blocks, delete-down and reindex: the commands that change
 * the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "chain_commands.h"
#include "chain_tool.h"

int
chain_tell_tip(const struct chain_tool *tool, const char *verb, uint64_t blocks,
    const struct bitmark_tip *tip)
{
	char display[2 * BITMARK_DIGEST_SIZE + 1];

	if (tool->options->json)
		return print_json(json_pack("{s:o, s:o, s:o, s:o}",
		    strcmp(verb, "backed up") == 0 ? "backedUp" : verb,
		    json_number(blocks), "height", json_number(tip->number),
		    "digest", json_hex(tip->digest, sizeof tip->digest),
		    "digestDisplay", json_hex_reversed(tip->digest,
		    sizeof tip->digest)));
	bitmark_hex_encode_reversed(tip->digest, sizeof tip->digest, display);
	printf("%s %" PRIu64 " blocks, height %" PRIu64 ", digest %s\n", verb,
	    blocks, tip->number, display);
	return EXIT_DONE;
}

/* --- load-blocks ---------------------------------------------------------- */

/* A file of blocks that is open. */
struct input {
	const char *path;
	int fd;
};

/* A file that breaks off has no block that was refused; its place is told by
 * the last block that was stored. */
static int
tell_refused(const char *path, const struct bitmark_tip *before,
    const struct bitmark_tip *after, uint64_t refused, bitmark_status status)
{
	if (refused == 0)
		complain("%s: after block %" PRIu64 ": %s", path,
		    after->number, bitmark_strerror(status));
	else
		complain("%s: block %" PRIu64 " was refused: %s", path, refused,
		    bitmark_strerror(status));
	if (refused != 0 && refused <= before->number)
		complain("the store has a different block %" PRIu64, refused);
	return exit_code_of(status);
}

/* All blocks of the file were good, but it ends before the checkpoint, so that
 * the digests are not proven yet. */
static int
tell_unproven(const struct chain_tool *tool, const struct bitmark_tip *tip)
{
	uint64_t proven;
	bitmark_status status = bitmark_chain_proven(tool->chain, &proven);

	if (status != BITMARK_OK)
		return chain_failed(tool, status);
	complain("the file ends at block %" PRIu64 ", before the checkpoint at "
	    "%" PRIu64 ": blocks since %" PRIu64 " are not proven; load a "
	    "longer file with the same checkpoint, or they will be taken back",
	    tip->number, tool->checkpoint.number, proven + 1);
	return exit_code_of(BITMARK_E_UNPROVEN);
}

/* A store that is full or damaged is no fault of the file. */
static bool
is_about_store(bitmark_status status)
{
	return status <= BITMARK_E_STORE && status >= BITMARK_E_IO;
}

/* The blocks before a refused one stay in the store and are counted. */
static int
load_from(struct chain_tool *tool, const void *argument)
{
	const struct input *input = argument;
	struct chain_progress progress;
	struct bitmark_tip before, after;
	uint64_t refused = 0;
	bitmark_status status;
	int code, cause;

	bitmark_chain_tip(tool->chain, &before);
	chain_progress_begin(&progress, "loading");
	status = bitmark_chain_load(tool->chain, input->fd,
	    bitmark_clock_wall_s(), chain_progress_step, &progress, &refused);
	cause = errno;
	chain_progress_end(&progress);
	bitmark_chain_tip(tool->chain, &after);
	/* Unproven blocks that were there before may have been taken back. */
	code = chain_tell_tip(tool, "loaded", after.number > before.number ?
	    after.number - before.number : 0, &after);
	if (status == BITMARK_OK)
		return code;
	if (status == BITMARK_E_UNPROVEN)
		return tell_unproven(tool, &after);
	/* A store that was made for a file that cannot be used is removed
	 * again; one that could not be written may be of use later. */
	if (status > BITMARK_E_STORE || status == BITMARK_E_IO) {
		bitmark_chain_discard(tool->chain);
		tool->chain = NULL;
	}
	errno = cause;
	if (status == BITMARK_E_IO)
		return complain_file(input->path, status);
	return tell_refused(is_about_store(status) ? tool->path : input->path,
	    &before, &after, refused, status);
}

/* The file is opened before the store, so that a wrong name makes no store. */
int
chain_load_blocks(void *options, int argc, char **argv)
{
	bool is_stdin = strcmp(argv[1], "-") == 0;
	struct input input = {
		.path = is_stdin ? "standard input" : argv[1],
		.fd = is_stdin ? STDIN_FILENO : open(argv[1],
		    O_RDONLY | O_CLOEXEC),
	};
	int code;

	(void)argc;
	if (input.fd < 0)
		return complain_file(argv[1], BITMARK_E_IO);
	/* After a signal the blocks that were added so far are committed. */
	stop_catch(STOP_STAYS_IGNORED);
	code = chain_tool_run(options, NEED_CREATE, load_from, &input);
	stop_release();
	if (!is_stdin)
		close(input.fd);
	return code;
}

/* --- delete-down, reindex ------------------------------------------------- */

/* Without --yes only the numbers are told, so that a person sees which blocks
 * would go. */
static int
delete_down(struct chain_tool *tool, const void *argument)
{
	const uint64_t final = *(const uint64_t *)argument;
	struct bitmark_tip before, after;
	bitmark_status status;

	bitmark_chain_tip(tool->chain, &before);
	if (!tool->options->yes && final <= before.number)
		return usage_error("this deletes blocks %" PRIu64 " to %"
		    PRIu64 ": repeat it with --yes", final, before.number);
	status = bitmark_chain_delete_down(tool->chain, final);
	if (status != BITMARK_OK)
		return chain_failed(tool, status);
	bitmark_chain_tip(tool->chain, &after);
	return chain_tell_tip(tool, "deleted", before.number - after.number,
	    &after);
}

/* Block 1 is the genesis block and in no store. */
int
chain_delete_down(void *options, int argc, char **argv)
{
	uint64_t final;

	(void)argc;
	if (!number_from_text(argv[1], &final) ||
	    final <= BITMARK_GENESIS_NUMBER)
		return usage_error("delete-down takes a block number, 2 or "
		    "above");
	return chain_tool_run(options, NEED_WRITE, delete_down, &final);
}

/* The library makes a new store beside the old one and puts it in its place at
 * the end, so a signal leaves the old store as it was. "Rebuild it", which the
 * usual message for a damaged store advises, would be no help here. */
static int
reindex(struct chain_tool *tool, const void *argument)
{
	struct chain_progress progress;
	struct bitmark_chain_config config = { .struct_size = sizeof config };
	bitmark_status status;
	int code = chain_tool_start_pool(tool);

	(void)argument;
	if (code != EXIT_DONE)
		return code;
	config = chain_tool_config(tool, BITMARK_CHAIN_WRITE);
	stop_catch(STOP_STAYS_IGNORED);
	chain_progress_begin(&progress, "reindexing");
	status = bitmark_chain_reindex(&config, bitmark_clock_wall_s(),
	    chain_progress_step, &progress);
	chain_progress_end(&progress);
	stop_release();
	if (status == BITMARK_E_STORE_CORRUPT)
		complain("%s: the store is damaged: not all of its blocks "
		    "could be saved", tool->path);
	else if (status != BITMARK_OK)
		return chain_failed(tool, status);
	return exit_code_of(status);
}

/* The new store is opened as any other reader would open it. */
static int
tell_reindexed(struct chain_tool *tool, const void *argument)
{
	struct bitmark_tip tip;

	(void)argument;
	bitmark_snapshot_tip(tool->snapshot, &tip);
	return chain_tell_tip(tool, "reindexed",
	    tip.number - BITMARK_GENESIS_NUMBER, &tip);
}

/* The old store may be damaged, so nothing of it is opened here; the new one is
 * opened at the end to tell what is in it. */
int
chain_reindex(void *options, int argc, char **argv)
{
	int code = chain_tool_run(options, NEED_PATH, reindex, NULL);

	(void)argc;
	(void)argv;
	return code != EXIT_DONE ? code :
	    chain_tool_run(options, NEED_READ, tell_reindexed, NULL);
}
