/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Completion scripts for three shells, each printed in one walk over the tables
 * of the program. Texts of the tables stand in single quotes in all of them;
 * characters that the shell reads inside single quotes are escaped where they
 * are printed.
 */
#include "shared/completion.h"

#include <stdio.h>
#include <string.h>

#include "shared/help.h"
#include "shared/option.h"

/* Longest list of words of one option, with NUL; the tables have fewer than 100
 * bytes of them. Bytes. */
#define WORDS_MAX 256

/* --- the tables ----------------------------------------------------------- */

typedef void (*command_fn)(const struct command_spec *command);
typedef void (*option_row_fn)(const struct option_spec *option);

/* Headings of the help are rows without a function and are skipped. */
static void
each_command(const struct program *program, command_fn each)
{
	each(&help_command);
	each(&completion_command);
	for (const struct command_spec *c = program->commands;
	    c->name != NULL; c++)
		if (c->run != NULL)
			each(c);
}

static void
each_option(const struct program *program, option_row_fn each)
{
	for (const struct option_spec *o = program->options;
	    o->name != NULL; o++)
		each(o);
	each(&help_option);
	each(&version_option);
}

/* The words that an option takes, with a blank between them; "": any text. */
static const char *
words_of(const struct option_spec *option, char text[WORDS_MAX])
{
	size_t size = 0;

	if (option->take == option_chain)
		return "bitmark testing local";
	if (option->take == option_rules)
		return "8.2 0.16";
	if (option->take == option_rules_any)
		return "8.2 0.16 any";
	text[0] = '\0';
	for (const struct word *w = option->words; w != NULL &&
	    w->text != NULL && size < WORDS_MAX; w++)
		size += (size_t)snprintf(text + size, WORDS_MAX - size,
		    "%s%s", size == 0 ? "" : " ", w->text);
	return text;
}

/* Does ${argument} describe the name of a file? The tables write such values as
 * FILE or DIR. */
static bool
takes_file(const char *argument)
{
	return strstr(argument, "FILE") != NULL ||
	    strstr(argument, "DIR") != NULL;
}

/* The name of a function for the program: letters, digits and underscores. */
static void
print_function(const struct program *program)
{
	putchar('_');
	for (const char *at = program->name; *at != '\0'; at++)
		putchar(*at == '-' ? '_' : *at);
}

/* --- bash ----------------------------------------------------------------- */

static void
bash_command(const struct command_spec *command)
{
	printf("%s ", command->name);
}

static void
bash_option(const struct option_spec *option)
{
	if (option->letter != 0)
		printf("-%c ", option->letter);
	printf("--%s ", option->name);
}

/* For an option with a value: the words or files that bash offers for it. */
static void
bash_value(const struct option_spec *option)
{
	char text[WORDS_MAX];
	const char *words = words_of(option, text);

	if (option->argument == NULL)
		return;
	printf("\t");
	if (option->letter != 0)
		printf("-%c|", option->letter);
	printf("--%s) ", option->name);
	if (words[0] != '\0')
		printf("words='%s'", words);
	else
		printf("%s", takes_file(option->argument) ? "files=yes" : ":");
	puts(" ;;");
}

/* Commands whose arguments are files; the caller closes the list. */
static void
bash_files(const struct command_spec *command)
{
	if (takes_file(command->arguments))
		printf("%s|", command->name);
}

/* The first word that is the name of a command is the command, as options may
 * stand before it. */
static void
print_bash(const struct program *program)
{
	printf("# bash completion of %s\n", program->name);
	print_function(program);
	puts("()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	    "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	    "\tlocal i command= words= files=");
	printf("\tlocal commands='");
	each_command(program, bash_command);
	printf("'\n\tlocal options='");
	each_option(program, bash_option);
	puts("'\n\tCOMPREPLY=()\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\t[[ -z $command && \" $commands\" == *\" ${COMP_WORDS[i]} \"* ]] &&\n"
	    "\t\t    command=${COMP_WORDS[i]}\n"
	    "\tdone\n"
	    "\tcase $prev in");
	each_option(program, bash_value);
	printf("\t*)\n"
	    "\t\tcase $cur in -*) words=$options ;; *)\n"
	    "\t\t\tcase $command in\n"
	    "\t\t\t'') words=$commands ;;\n"
	    "\t\t\thelp) words=$commands ;;\n"
	    "\t\t\t%s) words='bash zsh fish' ;;\n\t\t\t",
	    completion_command.name);
	each_command(program, bash_files);
	puts("-) files=yes ;;\n\t\t\tesac\n"
	    "\t\tesac\n\tesac\n"
	    "\tif [[ -n $files ]]; then\n"
	    "\t\tcompopt -o filenames 2>/dev/null\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	    "\telse\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	    "\tfi\n}");
	printf("complete -F ");
	print_function(program);
	printf(" %s\n", program->name);
}

/* --- zsh ------------------------------------------------------------------ */

/* Inside the single quotes _arguments itself reads brackets, colons and
 * backslashes, so these are escaped for it. */
static void
zsh_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			printf("'\\'");
		else if (strchr("[]:\\", *text) != NULL)
			putchar('\\');
		putchar(*text);
	}
}

static void
zsh_command(const struct command_spec *command)
{
	printf("\t\t'%s:", command->name);
	zsh_text(command->help);
	puts("'");
}

static void
zsh_option(const struct option_spec *option)
{
	char text[WORDS_MAX];
	const char *words = words_of(option, text);

	if (option->letter != 0)
		printf("\t\t'(-%c --%s)'{-%c,--%s}'[", option->letter,
		    option->name, option->letter, option->name);
	else
		printf("\t\t'--%s[", option->name);
	zsh_text(option->help);
	putchar(']');
	if (option->argument != NULL) {
		putchar(':');
		zsh_text(option->argument);
		putchar(':');
		if (words[0] != '\0')
			printf("(%s)", words);
		else if (takes_file(option->argument))
			printf("_files");
	}
	puts("'");
}

static void
zsh_files(const struct command_spec *command)
{
	if (takes_file(command->arguments))
		printf("%s|", command->name);
}

static void
print_zsh(const struct program *program)
{
	printf("#compdef %s\n", program->name);
	print_function(program);
	puts("()\n{\n"
	    "\tlocal state line\n"
	    "\tlocal -a commands options\n"
	    "\tcommands=(");
	each_command(program, zsh_command);
	puts("\t)\n\toptions=(");
	each_option(program, zsh_option);
	puts("\t)\n"
	    "\t_arguments -C $options '1: :->command' '*: :->argument'\n"
	    "\tcase $state in\n"
	    "\tcommand) _describe command commands ;;\n"
	    "\targument)\n"
	    "\t\tcase $line[1] in\n"
	    "\t\thelp) _describe command commands ;;");
	printf("\t\t%s) _values shell bash zsh fish ;;\n\t\t",
	    completion_command.name);
	each_command(program, zsh_files);
	puts("-) _files ;;\n\t\tesac ;;\n\tesac\n}");
	print_function(program);
	puts(" \"$@\"");
}

/* --- fish ----------------------------------------------------------------- */

/* The program whose script is printed: each line of fish begins with it. */
static const char *fish_name;

static void
fish_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static void
fish_command(const struct command_spec *command)
{
	printf("complete -c %s -n __fish_use_subcommand -a %s -d '",
	    fish_name, command->name);
	fish_text(command->help);
	puts("'");
	if (takes_file(command->arguments))
		printf("complete -c %s -n '__fish_seen_subcommand_from %s' "
		    "-F\n", fish_name, command->name);
}

static void
fish_option(const struct option_spec *option)
{
	char text[WORDS_MAX];
	const char *words = words_of(option, text);

	printf("complete -c %s", fish_name);
	if (option->letter != 0)
		printf(" -s %c", option->letter);
	printf(" -l %s", option->name);
	if (option->argument != NULL && words[0] != '\0')
		printf(" -x -a '%s'", words);
	else if (option->argument != NULL)
		printf("%s", takes_file(option->argument) ? " -r -F" : " -x");
	printf(" -d '");
	fish_text(option->help);
	puts("'");
}

static void
print_fish(const struct program *program)
{
	fish_name = program->name;
	printf("# fish completion of %s\ncomplete -c %s -f\n", program->name,
	    program->name);
	each_command(program, fish_command);
	each_option(program, fish_option);
	printf("complete -c %s -n '__fish_seen_subcommand_from %s' "
	    "-a 'bash zsh fish'\n", fish_name, completion_command.name);
}

bool
completion_print(const struct program *program, const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		print_bash(program);
	else if (strcmp(shell, "zsh") == 0)
		print_zsh(program);
	else if (strcmp(shell, "fish") == 0)
		print_fish(program);
	else
		return false;
	return true;
}
