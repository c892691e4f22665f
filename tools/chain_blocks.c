/* bitmark-chain load-blocks, save-blocks, delete-down, reindex, dump. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "chain_tool.h"

/* Added to the name of a file that is not complete yet. */
#define PART_SUFFIX ".part"

int
chain_write_stream(void *stream, const void *data, size_t size)
{
	return chain_signals_came() || fwrite(data, 1, size, stream) != size;
}

/* Where the store stands, after it was changed. */
static int
tell_tip(const struct chain_tool *tool, const char *verb, uint64_t blocks,
    const struct bitmark_tip *tip)
{
	char digest[2 * BITMARK_DIGEST_SIZE + 1], count[24], height[24];
	char display[2 * BITMARK_DIGEST_SIZE + 1];

	bitmark_hex_encode(tip->digest, sizeof tip->digest, digest);
	bitmark_hex_encode_reversed(tip->digest, sizeof tip->digest, display);
	snprintf(count, sizeof count, "%" PRIu64, blocks);
	snprintf(height, sizeof height, "%" PRIu64, tip->number);
	if (tool->options->json)
		return print_json(json_pack("{s:s, s:s, s:s, s:s}", verb,
		    count, "height", height, "digest", digest,
		    "digestDisplay", display));
	printf("%s %s blocks, height %s, digest %s\n", verb, count, height,
	    display);
	return EXIT_DONE;
}

/* --- load-blocks -------------------------------------------------------------- */

static int
tell_refused(const struct bitmark_tip *before, const struct bitmark_tip *after,
    uint64_t refused, bitmark_status status)
{
	if (refused == 0)
		complain("after block %" PRIu64 ": %s", after->number,
		    bitmark_strerror(status));
	else
		complain("block %" PRIu64 " was refused: %s", refused,
		    bitmark_strerror(status));
	if (refused != 0 && refused <= before->number)
		complain("the store already had block %" PRIu64
		    ": a file must go on with the next", before->number);
	return exit_code_of(status);
}

static int
load_from(struct chain_tool *tool, int fd)
{
	struct chain_progress progress;
	struct bitmark_tip before, after;
	uint64_t refused = 0;
	bitmark_status status;
	int code;

	bitmark_chain_tip(tool->chain, &before);
	chain_progress_begin(&progress, "loading");
	status = bitmark_chain_load(tool->chain, fd, (uint64_t)time(NULL),
	    chain_progress_step, &progress, &refused);
	chain_progress_end(&progress);
	bitmark_chain_tip(tool->chain, &after);
	code = tell_tip(tool, "loaded", after.number - before.number, &after);
	return status == BITMARK_OK ? code :
	    tell_refused(&before, &after, refused, status);
}

int
chain_load_blocks(void *options, int argc, char **argv)
{
	struct chain_tool tool;
	bool is_stdin;
	int code, fd;

	if (argc != 2)
		return usage_error("load-blocks needs a file");
	is_stdin = strcmp(argv[1], "-") == 0;
	fd = is_stdin ? STDIN_FILENO : open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		complain("%s: %s", argv[1], strerror(errno));
		return EXIT_STORE;
	}
	/* A signal ends it in order: what was added until then is stored. */
	chain_signals_hold();
	code = chain_tool_open(options, NEED_CREATE, &tool);
	if (code == EXIT_DONE)
		code = load_from(&tool, fd);
	chain_tool_close(&tool);
	chain_signals_release();
	if (!is_stdin)
		close(fd);
	return code;
}

/* --- save-blocks, dump -------------------------------------------------------- */

typedef bitmark_status (*writer_fn)(struct bitmark_snapshot *snapshot,
    bitmark_write_fn write, void *user);

/* What could not be written because a signal came goes nowhere: perhaps nobody
 * takes it, and closing would wait for that. */
static void
drop_output(FILE *out)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere < 0)
		return;
	(void)dup2(nowhere, fileno(out));
	close(nowhere);
}

static bitmark_status
write_stream(const struct chain_tool *tool, FILE *out, writer_fn writer)
{
	bitmark_status status = writer(tool->snapshot, chain_write_stream,
	    out);

	if (status == BITMARK_OK && fflush(out) != 0)
		status = BITMARK_E_IO;
	if (status == BITMARK_OK || !chain_signals_came())
		return status;
	drop_output(out);
	return BITMARK_E_STOPPED;
}

static int
write_to_stdout(const struct chain_tool *tool, writer_fn writer)
{
	bitmark_status status = write_stream(tool, stdout, writer);

	if (status == BITMARK_OK)
		return EXIT_DONE;
	if (status != BITMARK_E_IO || !ferror(stdout))
		return chain_failed(tool, status);
	complain("cannot write the output");
	return EXIT_STORE;
}

/* Complete and on disk, where there is one. */
static bitmark_status
write_named(const struct chain_tool *tool, const char *path, writer_fn writer)
{
	FILE *out = fopen(path, "wb");
	bitmark_status status;

	if (out == NULL)
		return chain_signals_came() ? BITMARK_E_STOPPED :
		    BITMARK_E_IO;
	status = write_stream(tool, out, writer);
	if (status == BITMARK_OK && fsync(fileno(out)) != 0 &&
	    errno != EINVAL)            /* a pipe or a device */
		status = BITMARK_E_IO;
	if (fclose(out) != 0 && status == BITMARK_OK)
		status = BITMARK_E_IO;
	return status;
}

/* Complete, or not there at all. */
static bitmark_status
write_part(const struct chain_tool *tool, const char *path, writer_fn writer)
{
	size_t size = strlen(path) + sizeof PART_SUFFIX;
	char *part = malloc(size);
	bitmark_status status;

	if (part == NULL)
		return BITMARK_E_NOMEM;
	snprintf(part, size, "%s%s", path, PART_SUFFIX);
	status = write_named(tool, part, writer);
	if (status == BITMARK_OK && rename(part, path) != 0)
		status = BITMARK_E_IO;
	if (status != BITMARK_OK)
		(void)unlink(part);
	free(part);
	return status;
}

/* Is there something that a file must not take the place of? */
static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static int
write_to_file(const struct chain_tool *tool, const char *path,
    writer_fn writer)
{
	bitmark_status status = is_special(path) ?
	    write_named(tool, path, writer) : write_part(tool, path, writer);

	if (status != BITMARK_OK)
		complain("%s: %s", path, bitmark_strerror(status));
	return exit_code_of(status);
}

static int
save_to(const struct chain_tool *tool, const char *path)
{
	struct bitmark_tip tip;
	int code;

	if (strcmp(path, "-") == 0)
		return write_to_stdout(tool, bitmark_snapshot_save);
	code = write_to_file(tool, path, bitmark_snapshot_save);
	if (code != EXIT_DONE)
		return code;
	bitmark_snapshot_tip(tool->snapshot, &tip);
	return tell_tip(tool, "saved", tip.number - BITMARK_GENESIS_NUMBER,
	    &tip);
}

/* A reader that does not close the store leaves it to the writer to find out
 * that it is gone: signals stop it in order, and a pipe that nobody reads is an
 * error like others. */
static int
run_writing(void *options, int (*work)(const struct chain_tool *tool,
    const char *path), const char *path)
{
	struct chain_tool tool;
	int code;

	signal(SIGPIPE, SIG_IGN);
	chain_signals_hold();
	code = chain_tool_open(options, NEED_READ, &tool);
	if (code == EXIT_DONE)
		code = work(&tool, path);
	chain_tool_close(&tool);
	chain_signals_release();
	return code;
}

int
chain_save_blocks(void *options, int argc, char **argv)
{
	if (argc != 2)
		return usage_error("save-blocks needs a file");
	if (strcmp(argv[1], "-") == 0 && isatty(STDOUT_FILENO))
		return usage_error("blocks are not for terminals: redirect "
		    "the output");
	return run_writing(options, save_to, argv[1]);
}

static int
dump_to(const struct chain_tool *tool, const char *path)
{
	(void)path;
	return write_to_stdout(tool, bitmark_snapshot_dump);
}

int
chain_dump(void *options, int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return usage_error("dump takes no arguments");
	return run_writing(options, dump_to, NULL);
}

/* --- delete-down, reindex ----------------------------------------------------- */

static int
delete_down(const struct chain_tool *tool, uint64_t final)
{
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
	return tell_tip(tool, "deleted", before.number - after.number,
	    &after);
}

int
chain_delete_down(void *options, int argc, char **argv)
{
	struct chain_tool tool;
	uint64_t final;
	int code;

	if (argc != 2 || !number_from_text(argv[1], &final) ||
	    final <= BITMARK_GENESIS_NUMBER)
		return usage_error("delete-down needs a block number, 2 or "
		    "above");
	code = chain_tool_open(options, NEED_WRITE, &tool);
	if (code == EXIT_DONE)
		code = delete_down(&tool, final);
	chain_tool_close(&tool);
	return code;
}

static int
reindex(struct chain_tool *tool)
{
	struct bitmark_chain_config config = chain_tool_config(tool,
	    BITMARK_CHAIN_WRITE);
	struct chain_progress progress;
	bitmark_status status;

	chain_signals_hold();
	chain_progress_begin(&progress, "reindexing");
	status = bitmark_chain_reindex(&config, (uint64_t)time(NULL),
	    chain_progress_step, &progress);
	chain_progress_end(&progress);
	chain_signals_release();
	return status == BITMARK_OK ? EXIT_DONE : chain_failed(tool, status);
}

static int
tell_reindexed(const struct chain_tool *tool)
{
	struct bitmark_tip tip;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	return tell_tip(tool, "reindexed",
	    tip.number - BITMARK_GENESIS_NUMBER, &tip);
}

int
chain_reindex(void *options, int argc, char **argv)
{
	struct chain_tool tool;
	int code;

	(void)argv;
	if (argc != 1)
		return usage_error("reindex takes no arguments");
	code = chain_tool_open(options, NEED_PATH, &tool);
	if (code == EXIT_DONE)
		code = chain_tool_start_pool(&tool);
	if (code == EXIT_DONE)
		code = reindex(&tool);
	chain_tool_close(&tool);
	if (code != EXIT_DONE)
		return code;
	code = chain_tool_open(options, NEED_READ, &tool);
	if (code == EXIT_DONE)
		code = tell_reindexed(&tool);
	chain_tool_close(&tool);
	return code;
}
