/*
 * commands - what bitmarkd-c does besides running: make a directory for a
 * node, make keys, print the node's DNS record, run, and ask one that runs.
 */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include "shared/config.h"

/* Exit codes; documented in bitmarkd-c(8).  The last is that of sysexits. */
enum daemon_exit {
	DAEMON_DONE = 0,
	DAEMON_FAILED = 1,
	DAEMON_USAGE = 2,
	DAEMON_CONFIG = 78,
};

/* What the command line says. */
struct daemon_options {
	const char *config;             /* NULL: not given */
	const char *chain;              /* NULL: not given */
	bool check_config;
	bool json;                      /* for commands of control */
};

/* "bitmarkd-c: message" to stderr. */
void daemon_complain(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Load the configuration that the options name, or complain.  Gives the exit
 * code. */
enum daemon_exit daemon_load(const struct daemon_options *options,
    struct daemon_config **config);

/* init DIR */
enum daemon_exit command_init(const struct daemon_options *options,
    const char *directory);

/* gen-peer-identity [DIR]; NULL: the files that the configuration names, or
 * else the current directory. */
enum daemon_exit command_gen_peer_identity(
    const struct daemon_options *options, const char *directory);

/* dns-txt */
enum daemon_exit command_dns_txt(const struct daemon_options *options);

/* status, peers, connections, reservoir, metrics, submit, import, add-peer,
 * stop: ask the daemon that runs with this configuration.  ${argument}: of
 * submit, import and add-peer. */
enum daemon_exit command_control(const struct daemon_options *options,
    const char *verb, const char *argument);

/* Everything that can be checked without running. */
enum daemon_exit command_check_config(const struct daemon_options *options);

/* Run the node until a signal ends it. */
enum daemon_exit command_run(const struct daemon_options *options);

#endif
