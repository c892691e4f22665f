/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Finding and opening the store of bitmark-chain. Options come before the
 * configuration, and $BITMARK_CONFIG is used only when no option names a store.
 */
#include <stdlib.h>
#include <string.h>

#include "chain_tool.h"
#include "shared/config.h"
#include "shared/store.h"

/* Chain of a store that is named without one, as for bitmark-peer. */
#define CHAIN_DEFAULT "bitmark"
/* More threads than any machine can use. Each one has memory of its own, so a
 * typing error in the option would fill the machine. */
#define WORKERS_MAX 1024

/* A bitmark_log_fn: only what a person at the terminal should know. */
static void
on_log(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t line_size)
{
	(void)user;
	if (level <= BITMARK_LOG_WARN)
		complain("%s: %.*s", module, (int)line_size, line);
}

/* Add to the status the option or the process that can help. */
int
chain_failed(const struct chain_tool *tool, bitmark_status status)
{
	char text[STORE_TEXT_MAX];
	long pid = 0;

	if (status == BITMARK_E_STORE_LOCKED)
		pid = bitmark_chain_lock_holder(tool->path);
	if (status == BITMARK_E_STORE_CHAIN)
		complain("%s: %s: not '%s', see --chain", tool->path,
		    bitmark_strerror(status), tool->params->name);
	else if (status == BITMARK_E_STORE_RULES && tool->rules != NULL)
		complain("%s", store_rules_text(tool->path, tool->params,
		    tool->rules, text));
	else if (status == BITMARK_E_NOT_FOUND && tool->chain == NULL)
		complain("%s: there is no store", tool->path);
	else if (status == BITMARK_E_IO)
		return complain_file(tool->path, status);
	else if (pid != 0)
		complain("%s: %s: process %ld", tool->path,
		    bitmark_strerror(status), pid);
	else
		complain("%s: %s", tool->path, bitmark_strerror(status));
	return exit_code_of(status);
}

/* Take chain, rules and store from the configuration, unless an option names them. */
static int
use_config(struct chain_tool *tool, const char *path)
{
	struct config *config;
	const int code = config_open(path, &config);

	if (code != EXIT_DONE)
		return code;
	tool->params = config->params;
	tool->rules = config->rules;
	if (tool->checkpoint.number == 0)
		tool->checkpoint = config->checkpoint;
	if (tool->options->database == NULL)
		tool->path = strdup(config->database);
	config_free(config);
	return EXIT_DONE;
}

/* Set path, params and rules of the tool; gives an exit code. */
static int
find_store(struct chain_tool *tool)
{
	const struct chain_options *o = tool->options;
	const char *path = o->config;
	int code = EXIT_DONE;

	/* The configuration of $BITMARK_CONFIG may be of another chain than a
	 * store that an option names, so it is ignored then. */
	if (path == NULL && o->database == NULL)
		path = getenv("BITMARK_CONFIG");
	if ((path == NULL || *path == '\0') && o->database == NULL)
		return usage_error("no store is named: use --config or "
		    "--database");
	if (path != NULL && *path != '\0')
		code = use_config(tool, path);
	if (o->chain != NULL)
		tool->params = o->chain;
	/* The configured rules are for the configured store; another store may
	 * follow others. */
	if (o->rules != NULL || o->database != NULL)
		tool->rules = o->rules;
	if (tool->params == NULL)
		tool->params = bitmark_chain_params_find(CHAIN_DEFAULT);
	if (code == EXIT_DONE && o->database != NULL)
		tool->path = strdup(o->database);
	if (code == EXIT_DONE && tool->path == NULL)
		code = complain_status("the store", BITMARK_E_NOMEM);
	return code;
}

struct bitmark_chain_config
chain_tool_config(const struct chain_tool *tool,
    enum bitmark_chain_access access)
{
	return (struct bitmark_chain_config){
		.struct_size = sizeof(struct bitmark_chain_config),
		.path = tool->path,
		.params = tool->params,
		.rules = tool->rules,
		.access = access,
		.digests = tool->pool,
		.env = &tool->env,
		.checkpoint = tool->checkpoint.number != 0 ?
		    &tool->checkpoint : NULL,
	};
}

/* Only commands that compute digests start threads; the others start faster
 * without. The threads give way to nobody, because the digests are what the
 * user waits for; nice(1) is there for those who do not. */
int
chain_tool_start_pool(struct chain_tool *tool)
{
	struct bitmark_digest_config config = {
		.struct_size = sizeof config, .nice = -1 };
	bitmark_status status;

	if (tool->options->workers > WORKERS_MAX)
		return usage_error("--workers: at most %d", WORKERS_MAX);
	config.workers = (unsigned)tool->options->workers;
	status = bitmark_digest_pool_new(&tool->pool, &config);
	return status == BITMARK_OK ? EXIT_DONE :
	    complain_status("the digest workers", status);
}

/* The snapshot keeps one moment of the chain until the command ends. */
static bitmark_status
open_for_reading(struct chain_tool *tool)
{
	struct bitmark_chain_config config = chain_tool_config(tool,
	    BITMARK_CHAIN_READ);
	bitmark_status status = bitmark_chain_open(&tool->chain, &config);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_open(tool->chain, &tool->snapshot);
	return status;
}

/* The lock of the store keeps a running node and this tool apart: opening fails
 * while the node has it. */
static bitmark_status
open_for_writing(struct chain_tool *tool, enum chain_need need)
{
	struct bitmark_chain_config config = chain_tool_config(tool,
	    BITMARK_CHAIN_READ);
	bitmark_status status = BITMARK_OK;

	/* Opening for writing would make a store that is not there. */
	if (need == NEED_WRITE) {
		status = bitmark_chain_open(&tool->chain, &config);
		if (status != BITMARK_OK)
			return status;
		bitmark_chain_close(tool->chain);
		tool->chain = NULL;
	}
	config.access = BITMARK_CHAIN_WRITE;
	return bitmark_chain_open(&tool->chain, &config);
}

/* A command that only reads makes no store: a mistyped path is an error. */
static bitmark_status
open_for(struct chain_tool *tool, enum chain_need need)
{
	switch (need) {
	case NEED_PATH:
		break;
	case NEED_READ:
		return open_for_reading(tool);
	case NEED_WRITE:
	case NEED_CREATE:
		return open_for_writing(tool, need);
	}
	return BITMARK_OK;
}

/* Everything that was opened is closed here, however the command ends; closing
 * NULL does nothing. */
int
chain_tool_run(const struct chain_options *options, enum chain_need need,
    int (*work)(struct chain_tool *tool, const void *argument),
    const void *argument)
{
	struct chain_tool tool = {
		.options = options,
		.checkpoint = options->checkpoint,
		.env = { .log = on_log },
	};
	int code = find_store(&tool);
	bitmark_status status;

	if (code == EXIT_DONE && need == NEED_CREATE)
		code = chain_tool_start_pool(&tool);
	if (code == EXIT_DONE) {
		status = open_for(&tool, need);
		code = status == BITMARK_OK ? work(&tool, argument) :
		    chain_failed(&tool, status);
	}
	bitmark_snapshot_close(tool.snapshot);
	bitmark_chain_close(tool.chain);
	bitmark_digest_pool_free(tool.pool);
	free(tool.path);
	return code;
}
