/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* bitmark-chain save-blocks, backup, dump: what goes out of a store. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "block_print.h"
#include "chain_commands.h"
#include "chain_tool.h"

/* A chain is for everybody to read, as far as the umask allows. */
#define FILE_MODE 0666

/* No exit code: the program ends by SIGPIPE once the store is closed. */
#define ENDED_BY_PIPE (-1)
#define FIRST_STORED (BITMARK_GENESIS_NUMBER + 1)

/* A writer, what it writes, and where to. */
struct output {
	bitmark_status (*writer)(const struct chain_tool *tool,
	    const struct output *output, bitmark_write_fn write, void *user);
	const char *path;               /* "-": stdout                       */
	const char *verb;               /* "saved"                           */
	uint64_t first, last;           /* blocks; last 0: up to the newest  */
};

/*
 * After a signal the rest of the output goes to /dev/null.  When nobody reads
 * a pipe any more, and its buffer is full, closing the stream would write
 * what stdio still holds and wait for ever.
 */
static void
drop_output(FILE *out)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere < 0)
		return;
	(void)dup2(nowhere, fileno(out));
	close(nowhere);
}

/* After BITMARK_E_IO errno has the cause. */
static bitmark_status
write_stream(const struct chain_tool *tool, FILE *out, const struct output *output)
{
	bitmark_status status = output->writer(tool, output,
	    chain_write_stream, out);

	if (status == BITMARK_OK && fflush(out) != 0)
		status = BITMARK_E_IO;
	if (status == BITMARK_OK || stop_signal() == 0)
		return status;
	drop_output(out);
	return BITMARK_E_STOPPED;
}

/* For a pipe or a redirection; the shell has opened it. */
static int
write_to_stdout(const struct chain_tool *tool, const struct output *output)
{
	bitmark_status status = write_stream(tool, stdout, output);

	/* program_main tells of output that cannot be written. */
	if (status == BITMARK_OK || (status == BITMARK_E_IO && ferror(stdout)))
		return EXIT_DONE;
	return chain_failed(tool, status);
}

/* A pipe or a device is written to as it is. */
static bitmark_status
write_to_special(const struct chain_tool *tool, const struct output *output)
{
	FILE *out = fopen(output->path, "wb");
	bitmark_status status;

	/* Opening a FIFO waits for its reader, and ends with a signal. */
	if (out == NULL)
		return stop_signal() != 0 ? BITMARK_E_STOPPED : BITMARK_E_IO;
	status = write_stream(tool, out, output);
	if (fclose(out) != 0 && status == BITMARK_OK)
		status = BITMARK_E_IO;
	return status;
}

/* Complete and on the disk under its name, or not there at all. */
static bitmark_status
write_to_file(const struct chain_tool *tool, const struct output *output)
{
	struct bitmark_file_writer *file;
	bitmark_status status = bitmark_file_writer_open(&file, output->path,
	    FILE_MODE);
	FILE *out;

	if (status != BITMARK_OK)
		return status;
	out = bitmark_file_writer_stream(file);
	status = write_stream(tool, out, output);
	/* Committing a stream whose write failed tells the cause, too. */
	if (status == BITMARK_OK || (status == BITMARK_E_IO && ferror(out)))
		return bitmark_file_writer_commit(file);
	bitmark_file_writer_abandon(file);
	return status;
}

/* The snapshot is one moment of the chain, whatever the daemon adds meanwhile.
 */
static int
write_out(struct chain_tool *tool, const void *argument)
{
	struct output output = *(const struct output *)argument;
	bitmark_status status;
	struct bitmark_tip tip;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	if (output.last == 0)
		output.last = tip.number;
	if (output.last > tip.number)
		return complain_status("the last block",
		    BITMARK_E_BLOCK_NOT_FOUND);
	if (strcmp(output.path, "-") == 0)
		return write_to_stdout(tool, &output);
	status = bitmark_file_is_special(output.path) ?
	    write_to_special(tool, &output) : write_to_file(tool, &output);
	if (status == BITMARK_E_IO && errno == EPIPE)
		return ENDED_BY_PIPE;
	if (status == BITMARK_E_STOPPED)
		return complain_status(output.path, status);
	if (status != BITMARK_OK)
		return complain_file(output.path, status);
	return chain_tell_tip(tool, output.verb, output.last + 1 -
	    output.first, &tip);
}

/*
 * A reader that dies without closing the store stays in its table of readers
 * until the writer finds out that the process is gone, and keeps old pages
 * from being used again.  So signals end the work in order, and so does a pipe
 * that nobody reads: SIGPIPE comes only when the store is closed, here or in
 * program_main.
 */
static int
run_writing(void *options, const struct output *output)
{
	int code;

	signal(SIGPIPE, SIG_IGN);
	stop_catch(STOP_STAYS_IGNORED);
	code = chain_tool_run(options, NEED_READ, write_out, output);
	stop_release();
	if (code == ENDED_BY_PIPE)
		process_end_by_pipe();
	return code == ENDED_BY_PIPE ? EXIT_STORE : code;
}

/* --- save-blocks ---------------------------------------------------------- */

static bitmark_status
write_blocks(const struct chain_tool *tool, const struct output *output,
    bitmark_write_fn write, void *user)
{
	/* A chain with genesis alone has none, which is no range. */
	if (output->last < output->first)
		return BITMARK_OK;
	return bitmark_snapshot_save_range(tool->snapshot, output->first,
	    output->last, write, user);
}

/* A terminal would take the bytes of blocks for its commands. */
int
chain_save_blocks(void *options, int argc, char **argv)
{
	struct output output = { .writer = write_blocks, .verb = "saved",
		.path = argv[argc - 1], .first = FIRST_STORED };
	struct block_range range;

	if (argc > 2) {
		if (!block_range_from_text(argv[1], &range) || range.tip ||
		    range.first < FIRST_STORED)
			return usage_error("save-blocks takes N or N-M, 2 or "
			    "above, in front of the file");
		output.first = range.first;
		output.last = range.last;
	}
	if (strcmp(output.path, "-") == 0 && isatty(STDOUT_FILENO))
		return usage_error("blocks are not for terminals: redirect "
		    "the output");
	return run_writing(options, &output);
}

/* --- backup --------------------------------------------------------------- */

/* The backup is of its own moment: the snapshot, which has told the height, need
 * keep no pages meanwhile. */
static bitmark_status
write_backup(const struct chain_tool *tool, const struct output *output,
    bitmark_write_fn write, void *user)
{
	(void)output;
	bitmark_snapshot_release(tool->snapshot);
	return bitmark_chain_backup(tool->chain, write, user);
}

int
chain_backup(void *options, int argc, char **argv)
{
	const struct output output = { .writer = write_backup,
		.verb = "backed up", .path = argv[1], .first = FIRST_STORED };

	(void)argc;
	if (strcmp(output.path, "-") == 0 && isatty(STDOUT_FILENO))
		return usage_error("a backup is not for terminals: redirect "
		    "the output");
	return run_writing(options, &output);
}

/* --- dump ----------------------------------------------------------------- */

static bitmark_status
write_dump(const struct chain_tool *tool, const struct output *output,
    bitmark_write_fn write, void *user)
{
	(void)output;
	return bitmark_snapshot_dump(tool->snapshot, write, user);
}

/* Goes to stdout alone, so that two dumps can be compared by cmp or a hash: it is
 * for diff(1) and the like. */
int
chain_dump(void *options, int argc, char **argv)
{
	const struct output output = { .writer = write_dump, .path = "-" };

	(void)argc;
	(void)argv;
	return run_writing(options, &output);
}
