/*
 * What the command-line tools share: exit codes, options, input, output.
 */
#ifndef SHARED_PROGRAM_H
#define SHARED_PROGRAM_H

#include <bitmarkpeer.h>

#include <jansson.h>
#include <stdio.h>

/* Exit codes of all tools; documented in each man page. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,                /* none of the below              */
	EXIT_USAGE = 2,
	EXIT_NO_CONNECTION = 3,         /* includes time-outs             */
	EXIT_WRONG_KEY = 4,
	EXIT_WRONG_CHAIN = 5,
	EXIT_REMOTE = 6,                /* the node answered with an error*/
	EXIT_NOT_FOUND = 7,
	EXIT_BAD_DATA = 8,              /* bytes, text or files are wrong */
	EXIT_STORE = 9,                 /* the local store or file system */
};

/* The exit code that tells of a status. */
int exit_code_of(bitmark_status status);

/* "tool: message" to stderr. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One option, one line of --help, one entry of the man page. */
struct option_spec {
	char letter;                    /* 0: long form only              */
	const char *name;
	const char *argument;           /* NULL: a flag                   */
	const char *help;
};

/* One subcommand. */
struct command_spec {
	const char *name;
	const char *arguments;          /* "HASH...", "" for none         */
	const char *help;
	int (*run)(void *options, int argc, char **argv);       /* exit code;
	                                   argv[0] is the subcommand      */
};

struct tool_spec {
	const char *name;
	const char *purpose;            /* one sentence                   */
	const struct option_spec *options;      /* ends with name NULL    */
	const struct command_spec *commands;    /* ends with name NULL    */
	/* Take one option; false: bad argument (already complained). */
	bool (*take)(void *options, const char *name, const char *argument);
};

/*
 * The whole main of a tool: options may stand before and after the
 * subcommand; --help and --version are added here, "help COMMAND" too.
 */
int tool_main(const struct tool_spec *tool, void *options, int argc,
    char **argv);

/* Complains about wrong use of the running subcommand; gives EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whole decimal number, nothing around it. */
bool number_from_text(const char *text, uint64_t *value);

/*
 * Bytes named on the command line: "-" is stdin, "@FILE" or an existing file
 * is that file, anything else hex digits.  Contents of files that are hex
 * text (white space allowed) are decoded unless raw is set.  At most
 * size_max bytes.  Gives an exit code, having complained.  ${data} is owned by
 * the caller: free().
 */
int read_input(const char *argument, bool raw, size_t size_max,
    uint8_t **data, size_t *size);

/* Print one JSON value and a newline to stdout; frees it.  Gives an exit code;
 * that stdout cannot be written to is left to tool_main to tell. */
int print_json(json_t *value);

/* A JSON text of the library as a value, NULL when out of memory. */
json_t *json_from_text(char *text);     /* taken: freed */

/*
 * Text of somebody else, for people: UTF-8 as it is, but control characters
 * and bytes that are not UTF-8 as \xNN, so that a terminal obeys none of it.
 */
void print_text(FILE *out, const void *text, size_t size);

/* The same as a string; NULL when out of memory.  free(). */
char *printable_text(const char *text);

#endif
