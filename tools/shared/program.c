/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The command line. getopt_long splits it; the messages are ours, so that they
 * are the same in all programs and with all C libraries.
 */
#include "shared/program.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/completion.h"
#include "shared/guess.h"
#include "shared/help.h"
#include "shared/process.h"

/* Most options of one program, counting help and version; an assertion checks
 * the tables. */
#define OPTIONS_MAX 40
/* Value of getopt_long for the option in row 0: above every letter. */
#define LONG_BASE 256
/* Longest name of an option that is compared with those that there are. */
#define OPTION_SHOWN 64

/* The program and the command that usage_error tells about; program_main sets
 * them. */
static struct {
	const struct program *program;
	const struct command_spec *command;
} running;

/* The options as getopt_long wants them, and which of them were given. */
struct option_table {
	size_t count;
	const struct option_spec *spec[OPTIONS_MAX];
	bool given[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1];
	char letters[2 + 2 * OPTIONS_MAX];
};

/* Outcome of parsing the options. */
enum parsed { PARSED_RUN, PARSED_HELP, PARSED_VERSION, PARSED_BAD };

/* Shows the usage of the command that runs, or none when no command was found
 * yet. */
int
usage_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	complain_list(format, list);
	va_end(list);
	if (running.command != NULL)
		help_usage(stderr, running.program, running.command);
	fprintf(stderr, "Try '%s --help'.\n", running.program->name);
	return EXIT_USAGE;
}

/* --- options -------------------------------------------------------------- */

/* Each option has a row, which is also its value for getopt_long. */
static void
add_option(struct option_table *table, const struct option_spec *spec)
{
	size_t i = table->count;
	char letter[] = { spec->letter, spec->argument != NULL ? ':' : '\0',
	    '\0' };

	assert(i < OPTIONS_MAX);
	table->spec[i] = spec;
	table->longs[i] = (struct option){ .name = spec->name,
	    .has_arg = spec->argument != NULL ? required_argument :
	    no_argument, .val = LONG_BASE + (int)i };
	if (spec->letter != 0)
		memcpy(table->letters + strlen(table->letters), letter,
		    strlen(letter) + 1);
	table->count++;
}

/* help and version are rows like others, but come last in --help. */
static void
fill_table(struct option_table *table, const struct option_spec *spec)
{
	/* With ':' in front getopt_long prints nothing itself, and tells a
	 * missing argument apart. */
	memset(table, 0, sizeof *table);
	table->letters[0] = ':';
	for (; spec->name != NULL; spec++)
		add_option(table, spec);
	add_option(table, &help_option);
	add_option(table, &version_option);
}

/* The row of the option that getopt_long gave as ${value}; table->count when it
 * is unknown. */
static size_t
row_of(const struct option_table *table, int value)
{
	size_t row = 0;

	if (value >= LONG_BASE)
		return (size_t)(value - LONG_BASE);
	while (row < table->count && (table->spec[row]->letter == 0 ||
	    table->spec[row]->letter != value))
		row++;
	return row;
}

/* Does ${text}, "--NAME" or "--NAME=VALUE", begin several names? */
static bool
is_ambiguous(const struct option_table *table, const char *text)
{
	size_t length = strcspn(text, "="), found = 0;

	if (length <= strlen("--"))
		return false;
	for (size_t i = 0; i < table->count; i++)
		found += strncmp(text + strlen("--"), table->spec[i]->name,
		    length - strlen("--")) == 0;
	return found > 1;
}

/* Complains about "--NAME" or "--NAME=VALUE", with the name that was probably
 * meant. */
static void
refuse_name(const struct option_table *table, const char *text)
{
	const char *name = text + strlen("--");
	char word[OPTION_SHOWN];
	struct guess guess;

	snprintf(word, sizeof word, "%.*s", (int)strcspn(name, "="), name);
	guess_begin(&guess, word);
	for (size_t i = 0; i < table->count; i++)
		guess_offer(&guess, table->spec[i]->name);
	(void)usage_error("the option %s is unknown%s%s%s", text,
	    guess.best != NULL ? ": did you mean --" : "",
	    guess.best != NULL ? guess.best : "",
	    guess.best != NULL ? "?" : "");
}

/* Complains about the option at which getopt_long has just stopped. */
static enum parsed
refuse_option(const struct option_table *table, int value, char **argv)
{
	const char *wrong = value == ':' ? "needs an argument" :
	    optopt >= LONG_BASE ? "takes no value" :
	    optopt == 0 && is_ambiguous(table, argv[optind - 1]) ?
	    "is ambiguous" : "is unknown";

	/* For a letter optopt is the letter: argv[optind - 1] may hold several
	 * letters, or be the word before. */
	if (optopt > 0 && optopt < LONG_BASE)
		(void)usage_error("the option -%c %s", optopt, wrong);
	else if (optopt == 0 && !is_ambiguous(table, argv[optind - 1]))
		refuse_name(table, argv[optind - 1]);
	else
		(void)usage_error("the option %s %s", argv[optind - 1], wrong);
	return PARSED_BAD;
}

/* Take all options. getopt_long moves the other words to the end, so that they
 * begin at argv[optind] afterwards. */
static enum parsed
parse_options(struct option_table *table, void *options, int argc,
    char **argv)
{
	const struct option_spec *spec;
	int value;
	size_t row;

	while ((value = getopt_long(argc, argv, table->letters, table->longs,
	    NULL)) != -1) {
		row = row_of(table, value);
		if (row == table->count)
			return refuse_option(table, value, argv);
		spec = table->spec[row];
		if (spec == &help_option)
			return PARSED_HELP;
		if (spec == &version_option)
			return PARSED_VERSION;
		if (!spec->take(spec, (char *)options + spec->offset, optarg))
			return PARSED_BAD;
		table->given[row] = true;
	}
	return PARSED_RUN;
}

/* Refuse an option that belongs to another command than ${name}. */
static bool
options_fit(const struct option_table *table, const char *name)
{
	const struct option_spec *spec;

	for (size_t i = 0; i < table->count; i++) {
		spec = table->spec[i];
		if (!table->given[i] || spec->only == NULL ||
		    strcmp(spec->only, name) == 0)
			continue;
		if (spec->only[0] == '\0')
			(void)usage_error("--%s takes no command", spec->name);
		else
			(void)usage_error("--%s is for %s only", spec->name,
			    spec->only);
		return false;
	}
	return true;
}

/* --- commands ------------------------------------------------------------- */

/* Complains about a command that there is not, and says which one is near. */
static int
refuse_command(const struct program *program, const char *name)
{
	struct guess guess;

	guess_begin(&guess, name);
	guess_offer(&guess, help_command.name);
	guess_offer(&guess, completion_command.name);
	for (const struct command_spec *c = program->commands;
	    c->name != NULL; c++)
		if (c->run != NULL)
			guess_offer(&guess, c->name);
	return usage_error("no command '%s'%s%s%s", name, GUESS_WORDS(guess));
}

/* Help for one command, or for all when ${name} is NULL. */
static int
print_help(const struct program *program, const char *name)
{
	const struct command_spec *command;

	if (name == NULL) {
		help_print(program);
		return EXIT_DONE;
	}
	command = help_find(program, name);
	if (command == NULL)
		return refuse_command(program, name);
	help_usage(stdout, program, command);
	printf("%s\n", command->help);
	return EXIT_DONE;
}

/* Complains unless there are as many arguments as the table says. */
static bool
arguments_fit(const struct command_spec *command, int count)
{
	if (count >= command->least &&
	    (command->most < 0 || count <= command->most))
		return true;
	if (command->most == 0)
		(void)usage_error("%s takes no argument", command->name);
	else if (command->most == 1)
		(void)usage_error("%s takes one argument", command->name);
	else
		(void)usage_error("%s takes %s", command->name,
		    command->arguments);
	return false;
}

/* All words are checked before anything is done. */
static int
run_command(const struct program *program, const struct option_table *table,
    void *options, int argc, char **argv)
{
	const struct command_spec *command;

	if (argc < 1 && program->run == NULL)
		return usage_error("a command is missing");
	if (!options_fit(table, argc < 1 ? "" : argv[0]))
		return EXIT_USAGE;
	if (argc < 1)
		return program->run(options);
	command = help_find(program, argv[0]);
	if (command == NULL)
		return refuse_command(program, argv[0]);
	running.command = command;
	if (!arguments_fit(command, argc - 1))
		return EXIT_USAGE;
	if (command == &help_command)
		return print_help(program, argv[1]);
	if (command == &completion_command)
		return completion_print(program, argv[1]) ? EXIT_DONE :
		    usage_error("no shell '%s': bash, zsh or fish", argv[1]);
	return command->run(options, argc, argv);
}

/* --help and --version go before everything, also before a command that is
 * wrong. */
static int
parse_and_run(const struct program *program, void *options, int argc,
    char **argv)
{
	struct option_table table;

	fill_table(&table, program->options);
	switch (parse_options(&table, options, argc, argv)) {
	case PARSED_RUN:
		return run_command(program, &table, options, argc - optind,
		    argv + optind);
	case PARSED_HELP:
		return print_help(program, NULL);
	case PARSED_VERSION:
		printf("%s %s\n", program->name, bitmark_version());
		return EXIT_DONE;
	case PARSED_BAD:
		break;
	}
	return EXIT_USAGE;
}

/* Output is flushed here and not by exit(), which could not tell the caller
 * that it failed. */
int
program_main(const struct program *program, void *options, int argc,
    char **argv)
{
	int code;

	if (!process_start())
		return program->output_failed;
	complain_as(program->name);
	running.program = program;
	code = parse_and_run(program, options, argc, argv);
	/* A full disk behind a redirection is an error too. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		/* A reader that closed its pipe, as head does, has what it
		 * wanted: that is no error. */
		if (process_pipe_is_closed(STDOUT_FILENO))
			process_end_by_pipe();
		complain("cannot write the output");
		if (code == EXIT_DONE)
			code = program->output_failed;
	}
	return code;
}
