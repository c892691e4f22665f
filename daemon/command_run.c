/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Running: the node works on threads of the library. This thread serves the
 * control socket, looks at the node four times a second, and waits for a
 * signal.
 */
#include "catch_up.h"
#include "commands.h"
#include "control.h"
#include "log.h"
#include "exporter.h"
#include "payment_start.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "shared/complain.h"
#include "shared/process.h"
#include "shared/store.h"
#include "shared/stop.h"
#include "supervisor.h"

/* Other users read nothing that the daemon writes. */
#define RUN_UMASK 077

/* Time between two looks at the node.  Milliseconds.  Source: local choice. */
#define TICK_MS 250

/* Everything of a daemon that runs. */
struct daemon {
	struct config *config;
	struct log *log;
	struct bitmark_node *node;
	struct control *control;        /* NULL: none */
	struct payment_watch *watch;    /* NULL: payments are not looked for */
	bool has_pidfile;
	struct catch_up catch_up;
	struct supervisor supervisor;
	uint64_t tick_ms;               /* when the next look is due */
	struct daemon_keys keys;
	struct daemon_mining mining;
	struct daemon_rpc rpc;
	struct services *services;      /* NULL: none */
	struct exporter *exporter;
};

/* Find everything that is wrong without touching the store or the network. */
int
command_check_config(const struct daemon_options *options)
{
	struct daemon_keys keys;
	struct daemon_mining mining;
	struct daemon_rpc rpc = { .client = { NULL, NULL } };
	struct config *config;
	int code = setup_load(options, &config);

	if (code != EXIT_DONE)
		return code;
	code = setup_keys(config, &keys);
	explicit_bzero(&keys, sizeof keys);
	if (code == EXIT_DONE)
		code = setup_mining(config, &mining);
	if (code == EXIT_DONE)
		code = setup_rpc(config, &rpc);
	setup_rpc_free(&rpc);
	if (code == EXIT_DONE)
		printf("%s: good\n", config->path);
	config_free(config);
	return code;
}

/* Each connection is a descriptor, and the soft limit is often 1024: that is
 * for programs that use select, which this one and its libraries do not.  When
 * the system refuses, the node runs with the limit that it has. */
static void
raise_file_limit(struct log *log)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_text(log, BITMARK_LOG_WARN, "main",
		    "cannot raise the limit of open files: %s",
		    cause_text(BITMARK_E_IO));
}

/* SIGHUP came, and the log has not been opened anew since then. */
static volatile sig_atomic_t hung_up;

/* Only a flag is set, because a signal handler may neither open a file nor log.
 */
static void
on_hang_up(int number)
{
	(void)number;
	hung_up = true;
}

/* Before any thread is started: those of the library block all signals, so
 * that they come to this one and end its wait. */
static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_hang_up };

	sigemptyset(&action.sa_mask);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	stop_catch(STOP_IS_CAUGHT);
}

/* A failure to start goes to the log and to the terminal, since a person there
 * may not look into the log file. */
static void
tell_failure(const struct daemon *d, const char *message)
{
	if (d->config->logging.destination != CONFIG_LOG_STDERR)
		complain("%s", message);
	log_text(d->log, BITMARK_LOG_ERROR, "main", "%s", message);
}

/* Trouble with the store names its directory, and the process that has it. */
static void
tell_start_failure(const struct daemon *d, bitmark_status status)
{
	char message[STORE_TEXT_MAX + 64];
	const char *store = d->config->database;
	char rules[STORE_TEXT_MAX];
	long pid = status == BITMARK_E_STORE_LOCKED ?
	    bitmark_chain_lock_holder(store) : 0;

	if (pid != 0)
		snprintf(message, sizeof message,
		    "cannot start: %s: %s (process %ld)", store,
		    bitmark_strerror(status), pid);
	else if (status == BITMARK_E_STORE_RULES && d->config->rules != NULL)
		snprintf(message, sizeof message, "cannot start: %s",
		    store_rules_text(store, d->config->params,
		    d->config->rules, rules));
	else if (status == BITMARK_E_IO && errno != 0)
		snprintf(message, sizeof message, "cannot start: %s: %s",
		    store, strerror(errno));
	else if (status <= BITMARK_E_STORE && status >= BITMARK_E_IO)
		snprintf(message, sizeof message, "cannot start: %s: %s",
		    store, bitmark_strerror(status));
	else
		snprintf(message, sizeof message, "cannot start: %s",
		    bitmark_strerror(status));
	tell_failure(d, message);
}

/* The library copies everything that the configuration points to. */
static bitmark_status
start_node(struct daemon *d)
{
	const struct config *config = d->config;
	size_t count = config->peering.connect_count;
	struct bitmark_node_peer *connect = calloc(count + 1, sizeof *connect);
	const struct bitmark_node_proofing proofing = setup_proofing(config,
	    &d->mining, &d->keys);
	struct bitmark_node_config node = {
		.struct_size = sizeof node,
		.database = config->database,
		.params = config->params,
		.rules = config->rules,
		.checkpoint = config->checkpoint.number != 0 ?
		    &config->checkpoint : NULL,
		.listen = (const char *const *)config->peering.listen.items,
		.listen_count = config->peering.listen.count,
		.announce =
		    (const char *const *)config->peering.announce.items,
		.announce_count = config->peering.announce.count,
		.connect = connect,
		.connect_count = count,
		.digest_workers = config->peering.digest_workers,
		.digest_nice = config->peering.digest_nice,
		.connections_max = config->peering.connections_max,
		.ahead_bytes = config->peering.ahead_bytes,
		.dynamic_connections = config->peering.dynamic_connections,
		.prefer_ipv6 = config->peering.prefer_ipv6,
		.standalone = config->peering.standalone,
		.auto_verify = config->payment.auto_verify,
		.peer_file = config->peer_file,
		.dns_domain = config->dns_domain,
		.dns_server = config->dns_server,
		.minimum_clients = config->peering.minimum_clients,
		.cycle_ms = config->peering.cycle_ms,
		.poll_ms = config->peering.poll_ms,
		.announce_first_ms = config->peering.announce_first_ms,
		.announce_interval_ms = config->peering.announce_interval_ms,
		.dns_refresh_ms = config->peering.dns_refresh_ms,
		.publish = (const char *const *)
		    config->publishing.broadcast.items,
		.publish_count = config->publishing.broadcast.count,
		.publish_private_key = d->keys.publish_key,
		.proofing = &proofing,
		.env = { .user = d->log, .log = log_line },
	};
	bitmark_status status;

	if (connect == NULL)
		return BITMARK_E_NOMEM;
	if (config->peering.has_fingerprint) {
		node.rpc_announce = (const char *const *)
		    config->peering.rpc_announce.items;
		node.rpc_announce_count = config->peering.rpc_announce.count;
		node.rpc_fingerprint = config->peering.fingerprint;
	}
	for (size_t i = 0; i < count; i++) {
		connect[i].struct_size = sizeof connect[i];
		connect[i].address = config->peering.connect[i].address;
		memcpy(connect[i].key, config->peering.connect[i].key,
		    sizeof connect[i].key);
	}
	memcpy(node.public_key, d->keys.public_key, sizeof node.public_key);
	memcpy(node.private_key, d->keys.private_key, sizeof node.private_key);
	errno = 0;
	status = bitmark_node_start(&d->node, &node);
	explicit_bzero(node.private_key, sizeof node.private_key);
	free(connect);
	return status;
}

/* The file is for scripts.  A second daemon is kept away by the lock of the
 * store, so an old file of a daemon that crashed is simply written over. */
static bool
write_pidfile(struct daemon *d)
{
	char message[CONFIG_ERROR_MAX];
	const char *path = d->config->pidfile;
	FILE *file;
	bool good;

	if (path == NULL)
		return true;
	file = fopen(path, "w");
	good = file != NULL && fprintf(file, "%ld\n", (long)getpid()) > 0;
	if (file != NULL)
		good = fclose(file) == 0 && good;
	d->has_pidfile = good;
	if (!good) {
		snprintf(message, sizeof message, "%s: %s", path,
		    cause_text(BITMARK_E_IO));
		tell_failure(d, message);
	}
	return good;
}

/* The line by which a supervisor or a script sees that the node is up. */
static void
tell_started(const struct daemon *d)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };
	char key[2 * BITMARK_PEER_KEY_SIZE + 1];

	bitmark_node_get_status(d->node, &status);
	bitmark_hex_encode(d->keys.public_key, sizeof d->keys.public_key, key);
	log_text(d->log, BITMARK_LOG_INFO, "main",
	    "started: version %s, chain %s, height %llu, public key %s",
	    bitmark_version(), d->config->params->name,
	    (unsigned long long)status.tip.number, key);
}

/* A node without its control socket still serves its peers: it runs on. */
static void
start_control(struct daemon *d)
{
	const char *why;

	if (d->config->control == NULL)
		return;
	why = control_open(&d->control, d->config->control,
	    d->config->control_group, &(struct answer_from){ d->node,
	    d->config->params, &d->mining, d->watch, d->services,
	    d->exporter });
	if (why != NULL)
		log_text(d->log, BITMARK_LOG_ERROR, "main",
		    "no control socket: %s: %s", d->config->control, why);
}

/* An address that cannot be had ends the start [S-28]. */
static bool
start_services(struct daemon *d)
{
	const struct services_config config = {
		.config = d->config,
		.rpc = &d->rpc,
		.public_key = d->config->peering.standalone ? NULL :
		    d->keys.public_key,
		.node = d->node,
		.log = d->log,
	};
	char why[RPC_WHY_MAX], message[RPC_WHY_MAX + 32];

	if (services_open(&d->services, &config, why))
		return true;
	snprintf(message, sizeof message, "cannot start: %s", why);
	tell_failure(d, message);
	return false;
}

/* The same for the exporter, and for an address in a build without the server.
 */
static bool
start_exporter(struct daemon *d)
{
	const struct exporter_config config = { d->config, d->node, d->watch,
		d->services, d->log };
	char why[RPC_WHY_MAX], message[RPC_WHY_MAX + 32];

	if (exporter_open(&d->exporter, &config, why))
		return true;
	snprintf(message, sizeof message, "cannot start: %s", why);
	tell_failure(d, message);
	return false;
}

/* The exporter comes last, as it reports the counters of all others. */
static bool
start_parts(struct daemon *d)
{
	if (!start_services(d) || !write_pidfile(d))
		return false;
	payment_start(&d->watch, d->config, d->node, d->log);
	return start_exporter(d);
}

/* An order without end: make a block whenever something waits. */
static void
start_hashing(struct daemon *d)
{
	const struct bitmark_mine mine = {
		.struct_size = sizeof mine,
		.base = &d->mining.base,
		.count = UINT64_MAX,
		.workers = d->config->proofing.workers,
	};
	bitmark_status status;

	if (!d->config->proofing.hash)
		return;
	status = bitmark_node_mine(d->node, &mine);
	log_text(d->log, status == BITMARK_OK ? BITMARK_LOG_INFO :
	    BITMARK_LOG_ERROR, "main", "making blocks: %s",
	    status == BITMARK_OK ? "whenever something waits" :
	    bitmark_strerror(status));
}

/* The control socket and the services go first, as their answers need the node;
 * the files that say "a node is running" go last. The pid file may be a device
 * such as /dev/null, which must not be removed. */
static void
close_all(struct daemon *d)
{
	control_close(d->control);
	exporter_stop(d->exporter);
	services_close(d->services);
	payment_watch_close(d->watch);
	bitmark_node_stop(d->node);
	exporter_free(d->exporter);
	if (d->has_pidfile && !bitmark_file_is_special(d->config->pidfile))
		unlink(d->config->pidfile);
}

/* Do everything that is due every TICK_MS. */
static void
look(struct daemon *d, uint64_t now_ms)
{
	struct bitmark_node_status status = { .struct_size = sizeof status };

	if (now_ms >= d->tick_ms) {
		bitmark_node_get_status(d->node, &status);
		catch_up_tick(&d->catch_up, d->log, &status, now_ms);
		supervisor_tick(&d->supervisor, &status, now_ms);
		services_tick(d->services, now_ms);
		exporter_tick(d->exporter, now_ms);
		d->tick_ms = now_ms + TICK_MS;
	}
}

/* Until a signal says to stop. A signal between the question and the wait does
 * not end the wait, and is seen at the next tick. A pipe or ppoll would close
 * that gap of a quarter of a second, which nobody notices. */
static void
loop(struct daemon *d)
{
	struct pollfd items[PAYMENT_FETCH_ITEMS];
	uint64_t now_ms, until_ms;
	size_t count;

	/* Signals are not blocked while this thread works.  So a second one
	 * ends the process even when an answer takes long, and none is lost:
	 * the handlers only set flags. */
	while (stop_signal() == 0) {
		if (hung_up) {
			hung_up = false;
			supervisor_reloading(&d->supervisor);
			log_reopen(d->log);
			supervisor_ready(&d->supervisor);
		}
		now_ms = bitmark_clock_ms();
		look(d, now_ms);
		until_ms = d->tick_ms;
		count = payment_watch_items(d->watch, items, &until_ms);
		control_serve(d->control, until_ms > now_ms ?
		    until_ms - now_ms : 0, items, count);
		payment_watch_serve(d->watch, items, count);
	}
}

/* Stopping may take long: from here on a second signal ends the process at
 * once. */
static void
stop(struct daemon *d)
{
	int number = stop_signal();

	supervisor_stopping(&d->supervisor);
	log_live(d->log, "");
	log_text(d->log, BITMARK_LOG_INFO, "main", "stopping: signal %d (%s)",
	    number, strsignal(number));
	stop_release();
	close_all(d);
	log_text(d->log, BITMARK_LOG_INFO, "main", "stopped");
}

/* However this ends, the node is stopped and its files are removed. */
static int
run(struct daemon *d)
{
	bitmark_status status;

	catch_signals();
	process_catch_cut_off("bitmarkd-c: the store is damaged: "
	    "its file was cut off or cannot be read\n", EXIT_STORE);
	raise_file_limit(d->log);
	status = start_node(d);
	if (status != BITMARK_OK) {
		tell_start_failure(d, status);
		return status == BITMARK_E_STORE_CORRUPT ? EXIT_STORE :
		    EXIT_FAILED;
	}
	if (!start_parts(d)) {
		close_all(d);
		return EXIT_FAILED;
	}
	start_control(d);
	tell_started(d);
	start_hashing(d);
	supervisor_ready(&d->supervisor);
	loop(d);
	stop(d);
	return EXIT_DONE;
}

/* The umask keeps others from reading everything that is made from here on:
 * the store, the log, the socket.  Metrics have a mode of their own. */
int
command_run(const struct daemon_options *options)
{
	struct daemon d = { .node = NULL };
	char error[CONFIG_ERROR_MAX];
	int code = setup_load(options, &d.config);

	if (code != EXIT_DONE)
		return code;
	umask(RUN_UMASK);
	supervisor_open(&d.supervisor);
	code = setup_keys(d.config, &d.keys);
	if (code == EXIT_DONE)
		code = setup_mining(d.config, &d.mining);
	if (code == EXIT_DONE)
		code = setup_rpc(d.config, &d.rpc);
	if (code == EXIT_DONE && !log_open(&d.log, d.config, error)) {
		complain("%s", error);
		code = EXIT_CONFIG;
	}
	if (code == EXIT_DONE)
		code = run(&d);
	explicit_bzero(&d.keys, sizeof d.keys);
	setup_rpc_free(&d.rpc);
	supervisor_close(&d.supervisor);
	log_close(d.log);
	config_free(d.config);
	return code;
}
