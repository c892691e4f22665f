/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The common ground of the commands of bitmark-chain: options, the open store,
 * progress.
 */
#ifndef TOOLS_CHAIN_TOOL_H
#define TOOLS_CHAIN_TOOL_H

#include <bitmarkpeer.h>

#include "shared/json.h"
#include "shared/output.h"
#include "shared/process.h"
#include "shared/program.h"
#include "shared/progress.h"
#include "shared/stop.h"

struct chain_options {
	const char *config;             /* NULL: $BITMARK_CONFIG           */
	const char *database;           /* NULL: from the configuration    */
	const struct bitmark_chain_params *chain;       /* likewise        */
	const struct bitmark_rules *rules;      /* NULL: see the next      */
	bool json, raw, hex;
	int style;                      /* enum bitmark_json_style, for block */
	bool yes;
	bool quick;
	bool display;
	bool history;
	bool dot, svg;                  /* provenance                      */
	uint64_t start, count;          /* count 0: no limit               */
	uint64_t workers;               /* 0: one for each core            */
	struct bitmark_checkpoint checkpoint;   /* number 0: not given     */
};

/* A store that is open. */
struct chain_tool {
	const struct chain_options *options;
	char *path;
	const struct bitmark_chain_params *params;
	struct bitmark_checkpoint checkpoint;   /* number 0: none          */
	const struct bitmark_rules *rules;      /* asked for; NULL: those of the
	                                   store, or the chain's default   */
	struct bitmark_digest_pool *pool;       /* NULL: not needed        */
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snapshot;      /* for reading only        */
	struct bitmark_env env;         /* logs to stderr                  */
};

/* How far a command needs the store. */
enum chain_need {
	NEED_PATH,                      /* where the store is, no more     */
	NEED_READ,                      /* a snapshot                      */
	NEED_WRITE,                     /* the store must exist            */
	NEED_CREATE,                    /* ... or is made                  */
};

/*
 * Find the store by the options, open it for ${need}, run ${work} and close
 * it.  Gives the exit code of ${work}, or another one, having complained.
 *
 *   argument   handed to ${work}
 */
int chain_tool_run(const struct chain_options *options, enum chain_need need,
    int (*work)(struct chain_tool *tool, const void *argument),
    const void *argument);

/* Start the workers that compute digests; gives an exit code. */
int chain_tool_start_pool(struct chain_tool *tool);

/* The configuration of the library for this store. */
struct bitmark_chain_config chain_tool_config(const struct chain_tool *tool,
    enum bitmark_chain_access access);

/* Complains about a status of the store; gives the exit code. */
int chain_failed(const struct chain_tool *tool, bitmark_status status);

/* Tell how many blocks were loaded, saved, deleted ..., as ${verb} says, and
 * where the chain ends.  Gives an exit code. */
int chain_tell_tip(const struct chain_tool *tool, const char *verb,
    uint64_t blocks, const struct bitmark_tip *tip);

/* Ids as the options want them: stored, or reversed as bitmarkd shows them.
 * Asset ids are never reversed. */
void chain_id_to_text(const struct chain_options *options, const uint8_t *id,
    size_t size, char *text);
/* *size is 0 when the text is no id. */
void chain_id_from_text(const struct chain_options *options, const char *text,
    uint8_t id[BITMARK_ASSET_ID_SIZE], size_t *size);

/* Can the account own anything on this chain? */
bitmark_status chain_check_account(const struct chain_tool *tool,
    const struct bitmark_account *account);

/* How far some work with blocks has come. */
struct chain_progress {
	const char *verb;               /* "loading"                       */
	struct progress line;
	uint64_t start_ms;
	uint64_t first;                 /* number of the first block, or 0 */
	uint64_t last;                  /* number of the newest            */
};

void chain_progress_begin(struct chain_progress *progress, const char *verb);

/* A bitmark_progress_fn; ${progress} is a struct chain_progress.  Ends the
 * work when a signal asks for it. */
int chain_progress_step(void *progress, uint64_t number, uint64_t done,
    uint64_t total);

void chain_progress_end(struct chain_progress *progress);

/* A bitmark_write_fn; ${stream} is a FILE.  Ends the work likewise. */
int chain_write_stream(void *stream, const void *data, size_t size);

#endif
