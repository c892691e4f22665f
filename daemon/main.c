/* bitmarkd-c: the command line. */
#include "commands.h"
#include "shared/process.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "bitmarkd-c"

static const struct option long_options[] = {
	{ "chain", required_argument, NULL, 'C' },
	{ "check-config", no_argument, NULL, 'n' },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: " PROGRAM " --config FILE [--check-config]\n"
    "       " PROGRAM " init DIR [--chain NAME]\n"
    "       " PROGRAM " gen-peer-identity [DIR | --config FILE]\n"
    "       " PROGRAM " dns-txt --config FILE\n"
    "       " PROGRAM " --config FILE COMMAND [--json]\n"
    "\n"
    "Runs a Bitmark node in the foreground until SIGTERM or SIGINT; SIGHUP\n"
    "opens the log file anew.\n"
    "\n"
    "  -c, --config FILE   the configuration\n"
    "  -n, --check-config  check the configuration and the keys, do not run\n"
    "      --chain NAME    for init: bitmark, testing or local (default)\n"
    "      --json          print what a running node tells as JSON\n"
    "  -h, --help          show this text\n"
    "  -V, --version       show the version\n"
    "\n"
    "  init DIR            make a directory with a configuration and keys\n"
    "  gen-peer-identity   make peer.public and peer.private\n"
    "  dns-txt             print this node's DNS TXT record\n"
    "\n"
    "Of the node that runs with this configuration, by its control socket:\n"
    "  status              mode, height, peers, transactions, connections\n"
    "  peers               the nodes that it has heard of\n"
    "  connections         the nodes that it is connected to\n"
    "  reservoir           the transactions that wait for a block\n"
    "  metrics             counters and gauges, as for Prometheus\n"
    "  submit FILE|HEX     take in and relay packed records, a proof, a block\n"
    "  import FILE         take in a backup of the reservoir of bitmarkd\n"
    "  add-peer KEY@ADDRESS  a node to connect to\n"
    "  stop                stop the node\n";

void
daemon_complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fprintf(stderr, PROGRAM ": ");
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
}

static enum daemon_exit
usage_error(const char *message)
{
	daemon_complain("%s", message);
	fprintf(stderr, "Try '" PROGRAM " --help'.\n");
	return DAEMON_USAGE;
}

enum daemon_exit
daemon_load(const struct daemon_options *options,
    struct daemon_config **config)
{
	char error[CONFIG_ERROR_MAX];

	*config = NULL;
	if (options->config == NULL)
		return usage_error("--config FILE is missing");
	if (config_load(options->config, config, error))
		return DAEMON_DONE;
	daemon_complain("%s", error);
	return DAEMON_CONFIG;
}

/* Commands of control, and whether they take an argument. */
static const struct {
	const char *verb;
	bool takes;
} control_verbs[] = {
	{ "status", false }, { "peers", false }, { "connections", false },
	{ "reservoir", false }, { "metrics", false }, { "submit", true },
	{ "import", true },
	{ "add-peer", true }, { "stop", false },
};
#define CONTROL_VERBS (sizeof control_verbs / sizeof control_verbs[0])

static enum daemon_exit
run_control(const struct daemon_options *options, int count, char **words)
{
	for (size_t i = 0; i < CONTROL_VERBS; i++) {
		if (strcmp(words[0], control_verbs[i].verb) != 0)
			continue;
		if (count != 1 + control_verbs[i].takes)
			return usage_error(control_verbs[i].takes ?
			    "this command takes one argument" :
			    "this command takes no argument");
		return command_control(options, words[0], words[1]);
	}
	return usage_error("no such command");
}

/* The command in ${words}: a verb and at most one argument. */
static enum daemon_exit
run_command(const struct daemon_options *options, int count, char **words)
{
	const char *verb = count > 0 ? words[0] : NULL;
	const char *argument = count > 1 ? words[1] : NULL;
	bool init = verb != NULL && strcmp(verb, "init") == 0;

	if (options->chain != NULL && !init)
		return usage_error("--chain is for init only");
	if (options->check_config && verb != NULL)
		return usage_error("--check-config takes no command");
	if (verb == NULL)
		return options->check_config ? command_check_config(options) :
		    command_run(options);
	if (init)
		return argument == NULL || count > 2 ?
		    usage_error("init takes a directory") :
		    command_init(options, argument);
	if (strcmp(verb, "gen-peer-identity") == 0)
		return count > 2 ?
		    usage_error("gen-peer-identity takes one directory") :
		    command_gen_peer_identity(options, argument);
	if (strcmp(verb, "dns-txt") == 0)
		return count > 1 ? usage_error("dns-txt takes no argument") :
		    command_dns_txt(options);
	return run_control(options, count, words);
}

/* What was printed must have arrived. */
static enum daemon_exit
finish_output(enum daemon_exit code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	daemon_complain("cannot write to the standard output");
	return code == DAEMON_DONE ? DAEMON_FAILED : code;
}

int
main(int argc, char **argv)
{
	struct daemon_options options = { .config = NULL };
	int letter;

	if (!process_start())
		return DAEMON_FAILED;
	while ((letter = getopt_long(argc, argv, "c:nhV", long_options,
	    NULL)) != -1) {
		switch (letter) {
		case 'C':
			options.chain = optarg;
			break;
		case 'j':
			options.json = true;
			break;
		case 'n':
			options.check_config = true;
			break;
		case 'c':
			options.config = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return (int)finish_output(DAEMON_DONE);
		case 'V':
			printf(PROGRAM " %s\n", bitmark_version());
			return (int)finish_output(DAEMON_DONE);
		default:        /* getopt_long has complained */
			fprintf(stderr, "Try '" PROGRAM " --help'.\n");
			return DAEMON_USAGE;
		}
	}
	return (int)finish_output(run_command(&options, argc - optind,
	    argv + optind));
}
