/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Two columns, made from the tables.  Text that does not fit into the left one
 * stands on a line of its own.
 */
#include "shared/help.h"

#include <string.h>

/* Columns of the left part of a line: most commands with their arguments fit,
 * and the help beside them stays below 80 columns. */
#define LEFT_WIDTH 28
#define LEFT_MAX 128

const struct option_spec help_option = {
	.letter = 'h', .name = "help", .help = "show this text",
};
const struct option_spec version_option = {
	.letter = 'V', .name = "version", .help = "show the version",
};
const struct command_spec help_command = {
	.name = "help", .arguments = "[COMMAND]", .most = 1,
	.help = "show this text, or how to use one command",
};
const struct command_spec completion_command = {
	.name = "completion", .arguments = "SHELL", .least = 1, .most = 1,
	.help = "print a script that completes this command line",
};

/* help and completion are commands like the others, but stand in no table. */
const struct command_spec *
help_find(const struct program *program, const char *name)
{
	const struct command_spec *command;

	if (strcmp(name, help_command.name) == 0)
		return &help_command;
	if (strcmp(name, completion_command.name) == 0)
		return &completion_command;
	for (command = program->commands; command->name != NULL; command++)
		if (command->run != NULL && strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

/* Options may stand anywhere, so the line does not list them. */
void
help_usage(FILE *out, const struct program *program,
    const struct command_spec *command)
{
	if (command == NULL)
		fprintf(out, "usage: %s [options] %s\n", program->name,
		    program->run != NULL ? "[COMMAND [ARGUMENT...]]" :
		    "COMMAND [ARGUMENT...]");
	else
		fprintf(out, "usage: %s [options] %s%s%s\n", program->name,
		    command->name, command->arguments[0] != '\0' ? " " : "",
		    command->arguments);
}

/* A left part that is too long pushes its help to the next line. */
static void
print_line(const char *left, const char *help)
{
	if (strlen(left) < LEFT_WIDTH)
		printf("  %-*s %s\n", LEFT_WIDTH, left, help);
	else
		printf("  %s\n  %-*s %s\n", left, LEFT_WIDTH, "", help);
}

/* Four blanks where an option has no letter keep the names in one column. */
static void
print_option(const struct option_spec *option)
{
	char left[LEFT_MAX];
	char letter[] = "-x, ";

	letter[1] = option->letter;
	snprintf(left, sizeof left, "%s--%s%s%s",
	    option->letter != 0 ? letter : "    ", option->name,
	    option->argument != NULL ? " " : "",
	    option->argument != NULL ? option->argument : "");
	print_line(left, option->help);
}

/* A row without a function is a heading; help and completion have none
 * either. */
static void
print_command(const struct command_spec *command)
{
	char left[LEFT_MAX];

	if (command->run == NULL && command != &help_command &&
	    command != &completion_command) {
		printf("\n%s:\n", command->name);
		return;
	}
	snprintf(left, sizeof left, "%s %s", command->name,
	    command->arguments);
	print_line(left, command->help);
}

/* Commands first: they are what a person looks for. */
void
help_print(const struct program *program)
{
	help_usage(stdout, program, NULL);
	printf("\n%s\n\nCommands:\n", program->purpose);
	print_command(&help_command);
	print_command(&completion_command);
	for (const struct command_spec *c = program->commands;
	    c->name != NULL; c++)
		print_command(c);
	puts("\nOptions, before or after the command:");
	for (const struct option_spec *o = program->options;
	    o->name != NULL; o++)
		print_option(o);
	print_option(&help_option);
	print_option(&version_option);
}
