/*
 * commands - what bitmarkd-c does: run, make a directory for a node, make
 * keys, print the node's DNS record, and ask a node that runs.
 */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include "setup.h"

/* The commands, as struct command_spec wants them. */
int command_init(void *options, int argc, char **argv);
int command_gen_peer_identity(void *options, int argc, char **argv);
int command_gen_rpc_cert(void *options, int argc, char **argv);
int command_dns_txt(void *options, int argc, char **argv);

/* Every command that asks the node; argv[0] says which. */
int command_control(void *options, int argc, char **argv);

/* Check everything that can be checked without running. */
int command_check_config(const struct daemon_options *options);

/* Run the node until a signal ends it. */
int command_run(const struct daemon_options *options);

#endif
