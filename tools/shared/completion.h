/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * completion - scripts by which a shell completes the command line of a program,
 * made from its tables.
 */
#ifndef SHARED_COMPLETION_H
#define SHARED_COMPLETION_H

#include "shared/tables.h"

/* Print the script for bash, zsh or fish to stdout.  False: ${shell} is another
 * one. */
bool completion_print(const struct program *program, const char *shell);

#endif
