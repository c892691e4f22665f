/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * program - the whole main of a program, driven by its tables.
 */
#ifndef SHARED_PROGRAM_H
#define SHARED_PROGRAM_H

#include "shared/complain.h"
#include "shared/option.h"

/*
 * program_main(program, options, argc, argv):
 * Take the options, which may stand before and after the command, check the
 * number of arguments, run the command, and see that all output arrived.
 *
 *   options  where the values of options go, preset with their defaults;
 *            handed to the command
 *
 * Gives the exit code.
 */
int program_main(const struct program *program, void *options, int argc,
    char **argv);

/* Complains about wrong use, and says how the command that runs is used; gives
 * EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
