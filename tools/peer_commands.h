/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The commands of bitmark-peer, as struct command_spec wants them.
 */
#ifndef TOOLS_PEER_COMMANDS_H
#define TOOLS_PEER_COMMANDS_H

int peer_info(void *options, int argc, char **argv);
int peer_height(void *options, int argc, char **argv);
int peer_hash(void *options, int argc, char **argv);
int peer_block(void *options, int argc, char **argv);
int peer_ping(void *options, int argc, char **argv);
int peer_submit(void *options, int argc, char **argv);
int peer_check(void *options, int argc, char **argv);
int peer_subscribe(void *options, int argc, char **argv);
int peer_map(void *options, int argc, char **argv);
int peer_mine(void *options, int argc, char **argv);

#endif
