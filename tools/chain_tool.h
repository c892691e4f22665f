/*
 * What the parts of bitmark-chain share: options, the open store, progress.
 */
#ifndef TOOLS_CHAIN_TOOL_H
#define TOOLS_CHAIN_TOOL_H

#include "shared/program.h"

struct chain_options {
	const char *config;             /* NULL: $BITMARK_CONFIG           */
	const char *database;           /* NULL: from the configuration    */
	const char *chain;              /* NULL: from the configuration    */
	bool json, raw, hex;
	bool yes;
	bool quick;
	bool display;
	uint64_t start, count;          /* count 0: no limit               */
	uint64_t workers;               /* 0: one for each core            */
};

/* A store that is open. */
struct chain_tool {
	const struct chain_options *options;
	char *path;
	const struct bitmark_chain_params *params;
	struct bitmark_digest_pool *pool;       /* NULL: not needed        */
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snapshot;      /* for reading only        */
	struct bitmark_env env;         /* logs to stderr                  */
};

/* What a command needs. */
enum chain_need {
	NEED_PATH,                      /* where the store is, no more     */
	NEED_READ,                      /* a snapshot                      */
	NEED_WRITE,                     /* the store must exist            */
	NEED_CREATE,                    /* ... or is made                  */
};

/*
 * Find the store by the options and open it.  Gives an exit code, having
 * complained.  ${tool} must be given to chain_tool_close in every case.
 */
int chain_tool_open(const struct chain_options *options, enum chain_need need,
    struct chain_tool *tool);

void chain_tool_close(struct chain_tool *tool);

/* Start the workers that compute digests; gives an exit code. */
int chain_tool_start_pool(struct chain_tool *tool);

/* The configuration of the library for this store. */
struct bitmark_chain_config chain_tool_config(const struct chain_tool *tool,
    enum bitmark_chain_access access);

/* Complains about a status; for BITMARK_E_STORE_LOCKED also says which
 * process it is.  Gives the exit code. */
int chain_failed(const struct chain_tool *tool, bitmark_status status);

/* A line on the terminal that is overwritten as blocks go by. */
struct chain_progress {
	const char *what;               /* "loading"                       */
	bool shown;                     /* stderr is a terminal            */
	double start_s;
	double next_s;                  /* when to write again             */
	uint64_t first;                 /* number of the first block, or 0 */
	uint64_t last;                  /* number of the newest            */
};

void chain_progress_begin(struct chain_progress *progress, const char *what);

/* A bitmark_progress_fn; ${progress} is a struct chain_progress.  Stops the
 * work when chain_signals_came. */
int chain_progress_step(void *progress, uint64_t number, uint64_t done,
    uint64_t total);

void chain_progress_end(struct chain_progress *progress);

/*
 * Work that has to clean up holds SIGINT and SIGTERM back: it asks between two
 * blocks whether one came, and stops.  A call in which it waits for a pipe ends
 * early.  Release forgets those that came: they were heeded.
 */
void chain_signals_hold(void);
bool chain_signals_came(void);
void chain_signals_release(void);

/* A bitmark_write_fn; ${stream} is a FILE.  Stops when chain_signals_came. */
int chain_write_stream(void *stream, const void *data, size_t size);

/* The subcommands. */
int chain_load_blocks(void *options, int argc, char **argv);
int chain_save_blocks(void *options, int argc, char **argv);
int chain_delete_down(void *options, int argc, char **argv);
int chain_reindex(void *options, int argc, char **argv);
int chain_dump(void *options, int argc, char **argv);
int chain_verify(void *options, int argc, char **argv);
int chain_info(void *options, int argc, char **argv);
int chain_block(void *options, int argc, char **argv);
int chain_owner(void *options, int argc, char **argv);
int chain_transaction(void *options, int argc, char **argv);
int chain_provenance(void *options, int argc, char **argv);

#endif
