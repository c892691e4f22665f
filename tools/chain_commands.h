/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The commands of bitmark-chain, as struct command_spec wants them.
 */
#ifndef TOOLS_CHAIN_COMMANDS_H
#define TOOLS_CHAIN_COMMANDS_H

int chain_load_blocks(void *options, int argc, char **argv);
int chain_save_blocks(void *options, int argc, char **argv);
int chain_backup(void *options, int argc, char **argv);
int chain_restore(void *options, int argc, char **argv);
int chain_delete_down(void *options, int argc, char **argv);
int chain_reindex(void *options, int argc, char **argv);
int chain_dump(void *options, int argc, char **argv);
int chain_verify(void *options, int argc, char **argv);
int chain_info(void *options, int argc, char **argv);
int chain_checkpoint(void *options, int argc, char **argv);
int chain_block(void *options, int argc, char **argv);
int chain_shares(void *options, int argc, char **argv);
int chain_owner(void *options, int argc, char **argv);
int chain_transaction(void *options, int argc, char **argv);
int chain_provenance(void *options, int argc, char **argv);
int chain_chart(void *options, int argc, char **argv);

#endif
