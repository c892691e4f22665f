/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain restore: a store from a file of backup.
 *
 * A store that is there is asked about first, so that a person sees what would
 * go; the library looks again, under the lock of the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "chain_commands.h"
#include "chain_tool.h"

/* A backup that is open. */
struct backup {
	const char *path;
	int fd;
};

/* bitmark_progress_fn.  Only a signal ends it: the time is that of copying a
 * file. */
static int
asked_to_stop(void *user, uint64_t number, uint64_t done, uint64_t total)
{
	(void)user;
	(void)number;
	(void)done;
	(void)total;
	return stop_signal() != 0;
}

/* Without --yes the blocks are told that would be lost. */
static int
tell_store(const struct chain_tool *tool)
{
	struct bitmark_chain_config config = chain_tool_config(tool,
	    BITMARK_CHAIN_READ);
	struct bitmark_chain *chain;
	struct bitmark_tip tip;

	config.rules = NULL;
	if (bitmark_chain_open(&chain, &config) != BITMARK_OK)
		return usage_error("%s has a store that cannot be read: "
		    "repeat it with --yes to replace it", tool->path);
	bitmark_chain_tip(chain, &tip);
	bitmark_chain_close(chain);
	return usage_error("this replaces a store with blocks up to %" PRIu64
	    ": repeat it with --yes", tip.number);
}

/* Is it the backup that is wrong, and not the place for it? */
static bool
blames_backup(bitmark_status status)
{
	return status == BITMARK_E_STORE_FORMAT ||
	    status == BITMARK_E_STORE_CHAIN ||
	    status == BITMARK_E_STORE_RULES ||
	    status == BITMARK_E_STORE_CORRUPT;
}

/* --yes lets the backup replace a store that has blocks; without it such a
 * store is an error. Messages name the backup or the store, whichever is to
 * blame. */
static int
restore(struct chain_tool *tool, const void *argument)
{
	const struct backup *backup = argument;
	const struct bitmark_chain_config config = chain_tool_config(tool,
	    BITMARK_CHAIN_WRITE);
	bitmark_status status = bitmark_chain_restore(&config, backup->fd,
	    tool->options->yes ? BITMARK_RESTORE_REPLACE :
	    BITMARK_RESTORE_EMPTY, asked_to_stop, NULL);

	if (status == BITMARK_OK)
		return EXIT_DONE;
	if (status == BITMARK_E_STATE)
		return tell_store(tool);
	if (!blames_backup(status))
		return chain_failed(tool, status);
	complain("%s: %s", backup->path, status == BITMARK_E_STORE_CORRUPT ?
	    "is no backup of a store, or damaged" : bitmark_strerror(status));
	return exit_code_of(status);
}

/* The new store, opened as any other reader would open it. */
static int
tell_restored(struct chain_tool *tool, const void *argument)
{
	struct bitmark_tip tip;

	(void)argument;
	bitmark_snapshot_tip(tool->snapshot, &tip);
	return chain_tell_tip(tool, "restored",
	    tip.number - BITMARK_GENESIS_NUMBER, &tip);
}

/* The file is opened before the store is touched. A signal stops the work
 * between two pages, and the old store stays. */
int
chain_restore(void *options, int argc, char **argv)
{
	const bool is_stdin = strcmp(argv[1], "-") == 0;
	const struct backup backup = {
		.path = is_stdin ? "standard input" : argv[1],
		.fd = is_stdin ? STDIN_FILENO : open(argv[1],
		    O_RDONLY | O_CLOEXEC),
	};
	int code;

	(void)argc;
	if (backup.fd < 0)
		return complain_file(argv[1], BITMARK_E_IO);
	stop_catch(STOP_STAYS_IGNORED);
	code = chain_tool_run(options, NEED_PATH, restore, &backup);
	stop_release();
	if (!is_stdin)
		close(backup.fd);
	return code != EXIT_DONE ? code :
	    chain_tool_run(options, NEED_READ, tell_restored, NULL);
}
