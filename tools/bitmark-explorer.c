/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-explorer: a small web server over the store of a chain, for looking.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/os.h>

#include "explorer/crawler.h"
#include "explorer/host.h"
#include "explorer/news.h"
#include "explorer/server.h"
#include "explorer/store.h"
#include "shared/config.h"
#include "shared/process.h"
#include "shared/program.h"
#include "shared/stop.h"

/* Chain of a store that is named without one, as for bitmark-chain. */
#define CHAIN_DEFAULT "bitmark"
#define LISTEN_DEFAULT "127.0.0.1:2180"
/* The time between two looks at deadlines, at the store's file and at the
 * daemon. Milliseconds. */
#define TICK_MS 250
/* Other bounds.  Source: local choice. */
#define THREADS 2
#define CONNECTIONS 128
#define PER_ADDRESS 64
#define WAIT_S 20
#define ON_THE_WAY_MIB 256
#define NAMES_MIB 256

struct explorer_options {
	const char *config;             /* NULL: $BITMARK_CONFIG            */
	const char *database;           /* NULL: from the configuration     */
	const struct bitmark_chain_params *chain;
	const char *control;            /* NULL: from the configuration     */
	const char *listen;
	const char *host;               /* NULL: none but loopback's        */
	uint64_t threads, connections, per_address;
	uint64_t names;                 /* MiB                              */
	uint64_t wait;                  /* seconds                          */
};

/* Everything that lives as long as the server. */
struct explorer {
	const struct explorer_options *options;
	const struct bitmark_chain_params *params;
	char *path;                     /* of the store                     */
	char *control;                  /* socket of the daemon; NULL: none */
	const char *hosts[2];
	bool any_host;
	struct bitmark_env env;
	struct store *store;
	struct finder *finder;
	struct crawler *crawler;
	struct newsreader *news;        /* NULL: there is nobody to ask     */
	struct server *server;
};

#define ROW(letter, name, argument, help, take, member) \
	OPTION(letter, name, argument, help, take, struct explorer_options, \
	member)

static const struct option_spec options[] = {
	ROW('f', "config", "FILE", "configuration of bitmarkd-c "
	    "($BITMARK_CONFIG)", option_text, config),
	ROW('d', "database", "DIR", "the store, instead of the configured "
	    "one", option_text, database),
	ROW('C', "chain", "NAME", "bitmark, testing or local", option_chain,
	    chain),
	ROW('c', "control", "SOCKET", "control socket of the daemon, instead of "
	    "the configured one", option_text, control),
	ROW('l', "listen", "ADDRESS", "where to listen (" LISTEN_DEFAULT ")",
	    option_text, listen),
	ROW(0, "host", "NAME", "a name by which clients may ask, besides "
	    "those of loopback", option_text, host),
	ROW(0, "threads", "N", "threads that answer (2)", option_count,
	    threads),
	ROW(0, "connections", "N", "clients at one time (128)", option_count,
	    connections),
	ROW(0, "per-address", "N", "clients of one address at one time (64)",
	    option_count, per_address),
	ROW(0, "wait", "SECONDS", "for a request, and for its answer to be "
	    "taken (20)", option_count, wait),
	ROW(0, "names", "MIB", "memory for what is searched (256)",
	    option_count, names),
	{ .name = NULL },
};

static const struct command_spec commands[] = {
	{ .name = NULL },
};

/* --- the store ------------------------------------------------------------ */

/* A bitmark_log_fn: only what a person at the terminal should know. */
static void
on_log(void *user, enum bitmark_log_level level, const char *module,
    const char *line, size_t line_size)
{
	(void)user;
	if (level <= BITMARK_LOG_WARN)
		complain("%s: %.*s", module, (int)line_size, line);
}

/* Take chain and store from the configuration, unless an option names them. */
static int
use_config(struct explorer *x, const char *path)
{
	struct config *config;
	const int code = config_open(path, &config);

	if (code != EXIT_DONE)
		return code;
	x->params = config->params;
	if (x->options->database == NULL)
		x->path = strdup(config->database);
	if (config->control != NULL && x->options->control == NULL)
		x->control = strdup(config->control);
	config_free(config);
	return EXIT_DONE;
}

/* The store is found as in bitmark-chain: an option comes before the
 * configuration, and $BITMARK_CONFIG is used only when no option names a store.
 */
static int
find_store(struct explorer *x)
{
	const struct explorer_options *o = x->options;
	const char *path = o->config;
	int code = EXIT_DONE;

	if (path == NULL && o->database == NULL)
		path = getenv("BITMARK_CONFIG");
	if ((path == NULL || *path == '\0') && o->database == NULL)
		return usage_error("no store is named: use --config or "
		    "--database");
	if (path != NULL && *path != '\0')
		code = use_config(x, path);
	if (o->chain != NULL)
		x->params = o->chain;
	if (x->params == NULL)
		x->params = bitmark_chain_params_find(CHAIN_DEFAULT);
	if (code == EXIT_DONE && o->database != NULL)
		x->path = strdup(o->database);
	if (code == EXIT_DONE && o->control != NULL)
		x->control = strdup(o->control);
	if (code == EXIT_DONE && x->path == NULL)
		code = complain_status("the store", BITMARK_E_NOMEM);
	return code;
}

/* The rules come from the store itself, not from the configuration: the
 * explorer shows what is there. */
static int
open_store(struct explorer *x)
{
	const struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = x->path,
		.params = x->params,
		.access = BITMARK_CHAIN_READ,
		.env = &x->env,
	};
	bitmark_status status = store_open(&x->store, &config);

	if (status == BITMARK_E_IO)
		return complain_file(x->path, status);
	return status == BITMARK_OK ? EXIT_DONE :
	    complain_status(x->path, status);
}

/* --- serving -------------------------------------------------------------- */

static struct answer_counts
count(struct explorer *x, const struct server_counts *server)
{
	struct store_counts store;

	store_get_counts(x->store, &store);
	return (struct answer_counts){
		.clients = server->clients,
		.crowded = server->crowded,
		.requests = server->requests,
		.too_long = server->too_long,
		.wrong = server->wrong,
		.cut = server->cut,
		.refused = server->refused,
		.bytes = server->bytes,
		.opened = store.opened,
		.failed = store.failed,
	};
}

/* Called by the server's threads, several at a time. The snapshot and the
 * daemon's state belong to this request until it is answered; both never change
 * meanwhile, so all parts of one answer agree. */
static void
on_answer(void *user, const struct server_counts *server,
    const struct answer_request *request, struct answer *answer)
{
	struct explorer *x = user;
	struct bitmark_snapshot *snapshot = store_lend(x->store);
	const struct answer_counts counts = count(x, server);
	struct answer_from from = {
		.counts = &counts,
		.snapshot = snapshot,
		.params = x->params,
		.rules = store_rules(x->store),
		.finder = x->finder,
		.hosts = x->any_host ? NULL : x->hosts,
	};

	from.news = news_take(x->news, &from.news_changes);
	answer_make(&from, request, answer);
	news_drop(x->news, from.news);
	store_give_back(x->store, snapshot);
}

/* The threads that work beside those that answer. */
static int
open_threads(struct explorer *x)
{
	x->finder = finder_open(x->params, (size_t)x->options->names << 20);
	if (x->finder == NULL)
		return complain_status("names", BITMARK_E_NOMEM);
	x->crawler = crawler_open(x->store, x->finder);
	if (x->crawler == NULL)
		return complain_status("names", BITMARK_E_THREAD);
	if (x->control != NULL && !newsreader_open(&x->news, x->control,
	    x->params->name))
		return complain_status(x->control, BITMARK_E_THREAD);
	return EXIT_DONE;
}

static bool
open_server(struct explorer *x)
{
	const struct explorer_options *o = x->options;
	char why[RPC_WHY_MAX];
	const struct server_config config = {
		.listen = o->listen,
		.threads = (unsigned)o->threads,
		.connections_max = (unsigned)o->connections,
		.address_max = (unsigned)o->per_address,
		.wait_ms = o->wait * 1000,
		.bytes_max = (size_t)ON_THE_WAY_MIB << 20,
		.answer = on_answer,
		.user = x,
	};

	if (server_open(&x->server, &config, why))
		return true;
	complain("%s", why);
	return false;
}

/* Serve until a signal comes. server_close waits for all requests, so that
 * after it nothing uses the store, the finder and the news any more, and run
 * can close them. */
static int
serve(struct explorer *x)
{
	if (!open_server(x))
		return EXIT_FAILED;
	complain("block pages at http://%s/", x->options->listen);
	while (stop_signal() == 0) {
		(void)poll(NULL, 0, TICK_MS);
		server_tick(x->server, bitmark_clock_ms());
		store_tick(x->store);
		newsreader_tick(x->news, bitmark_clock_ms());
		crawler_tick(x->crawler);
	}
	server_close(x->server);
	return EXIT_DONE;
}

/* Larger numbers would be cut to others by the casts in open_server. The
 * threads can hold half of the snapshots at most, which leaves some for the
 * crawler. */
static int
check(const struct explorer_options *o)
{
	if (o->threads > STORE_LENT_MAX / 2)
		return usage_error("--threads: at most %d",
		    STORE_LENT_MAX / 2);
	if (o->connections > 10000 || o->per_address > 10000 ||
	    o->connections < o->threads)
		return usage_error("--connections and --per-address: from "
		    "--threads to 10000");
	if (o->wait > 3600)
		return usage_error("--wait: at most 3600");
	if (o->names > SIZE_MAX >> 21)
		return usage_error("--names: too large");
	return EXIT_DONE;
}

static int
run(void *values)
{
	struct explorer x = {
		.options = values,
		.env = { .log = on_log },
	};
	int code = check(values);

	x.hosts[0] = x.options->host;
	x.any_host = x.options->host == NULL &&
	    !host_is_loopback(x.options->listen);
	stop_catch(STOP_IS_CAUGHT);
	if (code == EXIT_DONE)
		code = find_store(&x);
	if (code == EXIT_DONE)
		code = open_store(&x);
	if (code == EXIT_DONE)
		code = open_threads(&x);
	if (code == EXIT_DONE)
		code = serve(&x);
	newsreader_close(x.news);
	crawler_close(x.crawler);
	finder_close(x.finder);
	store_close(x.store);
	free(x.path);
	free(x.control);
	return code;
}

static const struct program program = {
	.name = "bitmark-explorer",
	.purpose = "A chain in a browser: blocks, records, accounts and "
	    "search, and the same as JSON.",
	.options = options,
	.commands = commands,
	.run = run,
	.output_failed = EXIT_STORE,
};

int
main(int argc, char **argv)
{
	struct explorer_options values = {
		.listen = LISTEN_DEFAULT,
		.threads = THREADS,
		.connections = CONNECTIONS,
		.per_address = PER_ADDRESS,
		.names = NAMES_MIB,
		.wait = WAIT_S,
	};

	process_catch_cut_off("bitmark-explorer: the store is damaged: "
	    "its file was cut off or cannot be read\n", EXIT_STORE);
	return program_main(&program, &values, argc, argv);
}
