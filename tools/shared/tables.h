/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * tables - the form in which a program describes its command line.  One table
 * of options and one of commands drive parsing, --help and the checks of
 * arguments; lint compares the manual page with what --help prints.
 */
#ifndef SHARED_TABLES_H
#define SHARED_TABLES_H

#include <stdbool.h>
#include <stddef.h>

struct option_spec;

/* Put the value ${text} in its ${place}; false: has complained.  See
 * shared/option.h. */
typedef bool (*option_fn)(const struct option_spec *option, void *place,
    const char *text);

/* One of the words that an option takes. */
struct word {
	const char *text;
	int value;
};

/* One option, one line of --help, one entry of the manual page. */
struct option_spec {
	char letter;                    /* 0: long form only              */
	const char *name;               /* NULL: end of the table         */
	const char *argument;           /* NULL: a flag                   */
	const char *help;
	option_fn take;
	size_t offset;                  /* of the place in the options    */
	const struct word *words;       /* for option_word                */
	const char *only;               /* the one command that it is for,
	                                   "" for none; NULL: any         */
};

#define OPTION(letter_, name_, argument_, help_, take_, type, member) \
	{ .letter = (letter_), .name = (name_), .argument = (argument_), \
	.help = (help_), .take = (take_), .offset = offsetof(type, member) }

/* One command. */
struct command_spec {
	const char *name;               /* NULL: end of the table         */
	const char *arguments;          /* "HASH...", "" for none         */
	int least, most;                /* arguments; most < 0: any number*/
	const char *help;
	int (*run)(void *options, int argc, char **argv);       /* gives the
	                                   exit code; argv[0] is the command;
	                                   NULL: name is a heading of --help */
};

struct program {
	const char *name;
	const char *purpose;            /* sentences                      */
	const struct option_spec *options;
	const struct command_spec *commands;
	int (*run)(void *options);      /* without a command; NULL: one is
	                                   needed                         */
	int output_failed;              /* exit code when the output could
	                                   not be written                 */
};

#endif
