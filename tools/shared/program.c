/*
 * Exit codes, options and subcommands of the command-line tools.
 */
#include "shared/program.h"

#include "shared/process.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Options of one tool, with the two that every tool has. */
#define OPTIONS_MAX 40
/* Values of getopt_long for option i: above every letter. */
#define LONG_BASE 256
/* Columns of the left part of --help. */
#define HELP_WIDTH 28

static const struct option_spec common_options[] = {
	{ 'h', "help", NULL, "show this text" },
	{ 'V', "version", NULL, "show the version" },
};

/* The command that every tool has. */
static const struct command_spec help_spec = {
	.name = "help", .arguments = "[COMMAND]",
	.help = "show this text, or one command's",
};

/* What complaints are about: set once by tool_main, read by this file. */
static struct {
	const struct tool_spec *tool;
	const struct command_spec *command;
} running;

/* The options of a tool as one table, and as getopt_long wants them. */
struct option_table {
	size_t count;
	const struct option_spec *spec[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1];
	char letters[2 + 2 * OPTIONS_MAX];
};

/* What the command line said besides the tool's own options. */
enum parsed { PARSED_RUN, PARSED_HELP, PARSED_VERSION, PARSED_BAD };

int
exit_code_of(bitmark_status status)
{
	switch (status) {
	case BITMARK_OK:
		return EXIT_DONE;
	case BITMARK_E_TIMEOUT:
	case BITMARK_E_NO_CONNECTION:
	case BITMARK_E_NET:
		return EXIT_NO_CONNECTION;
	case BITMARK_E_WRONG_SERVER_KEY:
		return EXIT_WRONG_KEY;
	case BITMARK_E_INVALID_CHAIN:
	case BITMARK_E_INCORRECT_CHAIN:
	case BITMARK_E_STORE_CHAIN:
		return EXIT_WRONG_CHAIN;
	case BITMARK_E_REMOTE:
		return EXIT_REMOTE;
	case BITMARK_E_BLOCK_NOT_FOUND:
	case BITMARK_E_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case BITMARK_E_KEY_FILE_NOT_FOUND:
	case BITMARK_E_KEY_FILE_EXISTS:
	case BITMARK_E_READONLY:
		return EXIT_STORE;
	}
	/* The ranges of base.h. */
	if (status <= BITMARK_E_NOT_PUBLIC_KEY && status > BITMARK_E_STORE)
		return EXIT_BAD_DATA;
	if (status <= BITMARK_E_STORE && status >= BITMARK_E_IO)
		return EXIT_STORE;
	return EXIT_FAILED;
}

static void
complain_list(const char *format, va_list list)
{
	if (running.tool != NULL)
		fprintf(stderr, "%s: ", running.tool->name);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
}

void
complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	complain_list(format, list);
	va_end(list);
}

/* The words of a subcommand after the name of the tool. */
static void
print_usage(FILE *out, const struct command_spec *command)
{
	const char *blank = command->arguments[0] == '\0' ? "" : " ";

	fprintf(out, "usage: %s [options] %s%s%s\n", running.tool->name,
	    command->name, blank, command->arguments);
}

int
usage_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	complain_list(format, list);
	va_end(list);
	if (running.command != NULL)
		print_usage(stderr, running.command);
	if (running.tool != NULL)
		fprintf(stderr, "Try '%s --help'.\n", running.tool->name);
	return EXIT_USAGE;
}

/* --- help ------------------------------------------------------------------ */

static void
print_help_line(const char *left, const char *help)
{
	if (strlen(left) < HELP_WIDTH)
		printf("  %-*s %s\n", HELP_WIDTH, left, help);
	else
		printf("  %s\n  %-*s %s\n", left, HELP_WIDTH, "", help);
}

static void
print_option(const struct option_spec *option)
{
	char left[128];
	char letter[] = "-x, ";

	letter[1] = option->letter;
	snprintf(left, sizeof left, "%s--%s%s%s",
	    option->letter != 0 ? letter : "    ", option->name,
	    option->argument != NULL ? " " : "",
	    option->argument != NULL ? option->argument : "");
	print_help_line(left, option->help);
}

static void
print_command(const struct command_spec *command)
{
	char left[128];

	snprintf(left, sizeof left, "%s %s", command->name,
	    command->arguments);
	print_help_line(left, command->help);
}

static int
print_help(const struct tool_spec *tool, const struct option_table *table)
{
	const struct command_spec *command;

	printf("usage: %s [options] COMMAND [ARGUMENT...]\n\n%s\n\nCommands:\n",
	    tool->name, tool->purpose);
	for (command = tool->commands; command->name != NULL; command++)
		print_command(command);
	print_command(&help_spec);
	puts("\nOptions, before or after the command:");
	for (size_t i = 0; i < table->count; i++)
		print_option(table->spec[i]);
	return EXIT_DONE;
}

static int
print_version(void)
{
	printf("%s %s\n", running.tool->name, bitmark_version());
	return EXIT_DONE;
}

static const struct command_spec *
find_command(const struct tool_spec *tool, const char *name)
{
	const struct command_spec *command;

	for (command = tool->commands; command->name != NULL; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

static int
help_command(const struct tool_spec *tool, const struct option_table *table,
    int argc, char **argv)
{
	const struct command_spec *command;

	if (argc < 2)
		return print_help(tool, table);
	command = strcmp(argv[1], help_spec.name) == 0 ? &help_spec :
	    find_command(tool, argv[1]);
	if (command == NULL)
		return usage_error("no command '%s'", argv[1]);
	print_usage(stdout, command);
	printf("%s\n", command->help);
	return EXIT_DONE;
}

/* --- the command line ------------------------------------------------------- */

static void
add_option(struct option_table *table, const struct option_spec *spec)
{
	size_t i = table->count;
	char letter[] = { spec->letter, spec->argument != NULL ? ':' : '\0',
	    '\0' };

	if (i == OPTIONS_MAX)
		return;
	table->spec[i] = spec;
	table->longs[i] = (struct option){ .name = spec->name,
	    .has_arg = spec->argument != NULL ? required_argument :
	    no_argument, .val = LONG_BASE + (int)i };
	if (spec->letter != 0)
		memcpy(table->letters + strlen(table->letters), letter,
		    strlen(letter) + 1);
	table->count++;
}

static void
fill_options(struct option_table *table, const struct option_spec *spec)
{
	/* ':' first: a missing argument is told apart, nothing is printed. */
	memset(table, 0, sizeof *table);
	table->letters[0] = ':';
	for (; spec->name != NULL; spec++)
		add_option(table, spec);
	for (size_t i = 0; i < sizeof common_options / sizeof *common_options;
	    i++)
		add_option(table, &common_options[i]);
}

/* The option that getopt_long gave as ${value}, or NULL. */
static const struct option_spec *
option_of(const struct option_table *table, int value)
{
	if (value >= LONG_BASE)
		return table->spec[value - LONG_BASE];
	for (size_t i = 0; i < table->count; i++)
		if (table->spec[i]->letter != 0 &&
		    table->spec[i]->letter == value)
			return table->spec[i];
	return NULL;
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

/* Complains about the option at which getopt_long has just stopped. */
static enum parsed
refuse_option(const struct option_table *table, int value, char **argv)
{
	const char *wrong = value == ':' ? "needs an argument" :
	    optopt >= LONG_BASE ? "takes no value" :
	    optopt == 0 && is_ambiguous(table, argv[optind - 1]) ?
	    "is ambiguous" : "is unknown";

	/* Letters are told in optopt; a cluster may not be at its end. */
	if (optopt > 0 && optopt < LONG_BASE)
		(void)usage_error("the option -%c %s", optopt, wrong);
	else
		(void)usage_error("the option %s %s", argv[optind - 1], wrong);
	return PARSED_BAD;
}

/* Takes all options; what is left over stands at argv[optind]. */
static enum parsed
parse_options(const struct tool_spec *tool, const struct option_table *table,
    void *options, int argc, char **argv)
{
	const struct option_spec *spec;
	int value;

	while ((value = getopt_long(argc, argv, table->letters, table->longs,
	    NULL)) != -1) {
		spec = option_of(table, value);
		if (spec == NULL)
			return refuse_option(table, value, argv);
		if (spec == &common_options[0])
			return PARSED_HELP;
		if (spec == &common_options[1])
			return PARSED_VERSION;
		if (!tool->take(options, spec->name, optarg))
			return PARSED_BAD;
	}
	return PARSED_RUN;
}

static int
run_command(const struct tool_spec *tool, const struct option_table *table,
    void *options, int argc, char **argv)
{
	if (argc < 1)
		return usage_error("a command is missing");
	if (strcmp(argv[0], help_spec.name) == 0)
		return help_command(tool, table, argc, argv);
	running.command = find_command(tool, argv[0]);
	if (running.command == NULL)
		return usage_error("no command '%s'", argv[0]);
	return running.command->run(options, argc, argv);
}

int
tool_main(const struct tool_spec *tool, void *options, int argc, char **argv)
{
	struct option_table table;
	int code = EXIT_USAGE;

	if (!process_start())
		return EXIT_STORE;
	running.tool = tool;
	fill_options(&table, tool->options);
	switch (parse_options(tool, &table, options, argc, argv)) {
	case PARSED_RUN:
		code = run_command(tool, &table, options, argc - optind,
		    argv + optind);
		break;
	case PARSED_HELP:
		code = print_help(tool, &table);
		break;
	case PARSED_VERSION:
		code = print_version();
		break;
	case PARSED_BAD:
		break;
	}
	/* A full disk behind a redirection is an error too. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("cannot write the output");
		if (code == EXIT_DONE)
			code = EXIT_STORE;
	}
	return code;
}
