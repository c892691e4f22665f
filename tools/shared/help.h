/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * help - what --help, "help COMMAND" and a wrong command line print.
 */
#ifndef SHARED_HELP_H
#define SHARED_HELP_H

#include <stdio.h>

#include "shared/tables.h"

/* Options and commands that every program has. */
extern const struct option_spec help_option, version_option;
extern const struct command_spec help_command, completion_command;

/* The command of this name, or NULL. */
const struct command_spec *help_find(const struct program *program,
    const char *name);

/* One line; ${command} NULL: of the program. */
void help_usage(FILE *out, const struct program *program,
    const struct command_spec *command);

/* All commands and options, to stdout. */
void help_print(const struct program *program);

#endif
