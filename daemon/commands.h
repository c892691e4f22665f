/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * commands - what bitmarkd-c does: run, make a directory for a node, make
 * keys, print the node's DNS record, and ask a node that runs.
 */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include "setup.h"

/* Longest path of a file that is made, with NUL. */
#define PATH_TEXT_MAX 4096
/* The configuration in a directory that was made. */
#define CONFIG_NAME "bitmarkd-c.conf"

/* The commands, as struct command_spec wants them. */
int command_init(void *options, int argc, char **argv);
int command_gen_peer_identity(void *options, int argc, char **argv);
int command_gen_proof_identity(void *options, int argc, char **argv);
int command_gen_rpc_cert(void *options, int argc, char **argv);
int command_dns_txt(void *options, int argc, char **argv);
int command_dev(void *options, int argc, char **argv);

int command_top(void *options, int argc, char **argv);

/* Every command that asks the node; argv[0] says which. */
int command_control(void *options, int argc, char **argv);

/* Check everything that can be checked without running. */
int command_check_config(const struct daemon_options *options);

/* Run the node until a signal ends it. */
int command_run(const struct daemon_options *options);

/*
 * Parts of the commands that make a directory, command_keys.c.  Each complains of
 * what is wrong, and overwrites nothing.
 */

/* The path of ${name} in ${directory}; false: it is too long. */
bool make_path(char path[PATH_TEXT_MAX], const char *directory,
    const char *name);
/* A pair of peer keys, under the names that a new configuration has;
 * ${private_key} NULL: a new one. */
bool make_keys_in(const char *directory, const uint8_t *private_key);
/* The same under other names. */
bool make_keys(const char *public_path, const char *private_path,
    const uint8_t *private_key);
/* A new file for a configuration; ${text} NULL: there was no memory. */
bool make_config(const char *path, const char *text);

/*
 * Likewise, command_proof.c.
 */

/* A new key that signs blocks. */
bool make_signing_key(const char *path, enum bitmark_network network);
/* Copies of a signing key and of the key of the sockets for miners, under the
 * names that a new configuration has; NULL: none. */
bool make_proof_files(const char *directory, const char *signing_key,
    const uint8_t *private_key);

#endif
