/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The commands of bitmark-record, as struct command_spec wants them.
 */
#ifndef TOOLS_RECORD_COMMANDS_H
#define TOOLS_RECORD_COMMANDS_H

int record_decode(void *options, int argc, char **argv);
int record_verify(void *options, int argc, char **argv);
int record_account(void *options, int argc, char **argv);
int record_address(void *options, int argc, char **argv);
int record_keygen(void *options, int argc, char **argv);
int record_sign(void *options, int argc, char **argv);
int record_pack(void *options, int argc, char **argv);
int record_proof(void *options, int argc, char **argv);
int record_fingerprint(void *options, int argc, char **argv);
int record_sign_message(void *options, int argc, char **argv);
int record_verify_message(void *options, int argc, char **argv);

#endif
