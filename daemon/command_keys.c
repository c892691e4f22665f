/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The commands init and gen-peer-identity, which make files.
 *
 * Neither overwrites a file: a lost key cannot be made again, and other nodes
 * know a node by its key. bitmark_file_create makes the file and the check in
 * one step, so not even a file that appears at the same moment is overwritten.
 */
#include "commands.h"
#include "from.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/program.h"

#define PUBLIC_NAME "peer.public"
#define PRIVATE_NAME "peer.private"
#define DEFAULT_CHAIN "local"

#define DIRECTORY_MODE 0700
/* The configuration holds no secret as long as the keys are in files of their
 * own; the umask decides who may read it. */
#define FILE_MODE 0666

/* bitcoind serves REST at port 8332, 18332 or 18443, depending on its chain,
 * and litecoind at that number plus 1000. */
#define LITECOIN_PORT_ABOVE 1000

/* A new configuration, for printf: the chain, its rules, where its nodes are
 * found, the chain twice, addresses to listen at, five limits, ports of the
 * daemons of the currencies, and the chain. */
static const char template[] =
    "# bitmarkd-c.conf - see bitmarkd-c.conf(5)\n"
    "#\n"
    "# What is commented out is the default, or an example if it says so.\n"
    "# Relative paths start at data_directory; \".\" is where this file is.\n"
    "\n"
    "#data_directory = \".\"\n"
    "\n"
    "# bitmark (live), testing or local\n"
    "chain = %s\n"
    "\n"
    "# whose rules are followed: those of bitmarkd 0.16, or of 8.2\n"
    "#rules = \"%s\"\n"
    "\n"
    "# where first nodes are found: none, chain (the domain of the chain in the\n"
    "# DNS), or another domain\n"
    "nodes = %s\n"
    "# example: a DNS server that the system does not know\n"
    "#dns_server = \"192.0.2.53:53\"\n"
    "# known nodes, from run to run\n"
    "#peer_file = \"peers-%s.json\"\n"
    "\n"
    "# example: the process id, for scripts\n"
    "#pidfile = \"bitmarkd-c.pid\"\n"
    "\n"
    "# the socket of 'bitmarkd-c --config FILE status' and the like, or none\n"
    "#control = \"bitmarkd-c.socket\"\n"
    "# example: those who may use it beside the owner\n"
    "#control_group = \"adm\"\n"
    "\n"
    "# example: for Prometheus, by HTTP and for its textfile collector\n"
    "#metrics = {\"127.0.0.1:9136\", \"bitmark.prom\"}\n"
    "\n"
    "database {\n"
    "    #directory = \"data\"\n"
    "    # the name of the chain when not set\n"
    "    #name = \"%s\"\n"
    "}\n"
    "\n"
    "peering {\n"
    "    # where other nodes reach this one\n"
    "    listen = {%s}\n"
    "\n"
    "    # example: what this node tells others of itself; behind a firewall\n"
    "    # the outer address\n"
    "    #announce = {\"192.0.2.1:2136\", \"[2001:db8::1]:2136\"}\n"
    "\n"
    "    # files, or the keys themselves: \"PUBLIC:<64 hex digits>\"\n"
    "    public_key = \"" PUBLIC_NAME "\"\n"
    "    private_key = \"" PRIVATE_NAME "\"\n"
    "\n"
    "    # limits\n"
    "    #connections_max = %d\n"
    "    #ahead_bytes = %u\n"
    "    # 0: one for each core; each takes 128 or 256 MiB while it works\n"
    "    #digest_workers = 0\n"
    "    # how far these give way to others, 0 to 19\n"
    "    #digest_nice = %d\n"
    "\n"
    "    # example: a node to follow\n"
    "    #connect friend {\n"
    "    #    public_key = \"<64 hex digits>\"\n"
    "    #    address = \"192.0.2.2:2136\"\n"
    "    #}\n"
    "}\n"
    "\n"
    "publishing {\n"
    "    # example: where local programs follow this node\n"
    "    #broadcast = {\"127.0.0.1:2135\"}\n"
    "}\n"
    "\n"
    "proofing {\n"
    "    # example: the account that owns blocks of this node; 'bitmarkd-c\n"
    "    # gen-proof-identity' makes it, and the pair below\n"
    "    #signing_key = \"proof.sign\"\n"
    "    # example: where fees are paid to\n"
    "    #payment_address {\n"
    "    #    bitcoin = \"<address>\"\n"
    "    #    litecoin = \"<address>\"\n"
    "    #}\n"
    "    # whether this node looks for blocks itself, and digests at a time;\n"
    "    # 0: as many as there is room for\n"
    "    #hash = no\n"
    "    #workers = 0\n"
    "\n"
    "    # example: where miners elsewhere get jobs, and submit what they find\n"
    "    #publish = {\"127.0.0.1:2138\"}\n"
    "    #submit = {\"127.0.0.1:2139\"}\n"
    "    # their pair\n"
    "    #public_key = \"proof.public\"\n"
    "    #private_key = \"proof.private\"\n"
    "    # example: who is let in; without this everybody is\n"
    "    #miners = {\"<64 hex digits>\"}\n"
    "    #miners_max = %d\n"
    "    # how many wait for a digest\n"
    "    #submissions_max = %d\n"
    "    # how often a job is published again; on the live chain 60000\n"
    "    #interval_ms = 15000\n"
    "}\n"
    "\n"
    "payment {\n"
    "    # example: where payments are looked for; see bitmark-payment(7)\n"
    "    #bitcoin { url = \"http://127.0.0.1:%d/rest\" }\n"
    "    #litecoin { url = \"http://127.0.0.1:%d/rest\" }\n"
    "    #payment_confirmations = 3\n"
    "    #interval_ms = 30000\n"
    "    #position_file = \"payments-%s.txt\"\n"
    "}\n"
    "\n"
    "client_rpc {\n"
    "    # example: where wallets reach this node; 'bitmarkd-c gen-rpc-cert'\n"
    "    # makes the certificate\n"
    "    #listen = {\"*:2130\"}\n"
    "    #certificate = \"rpc.crt\"\n"
    "    #private_key = \"rpc.key\"\n"
    "    #maximum_connections = 100\n"
    "    # example: where the network is told that it is\n"
    "    #announce = {\"192.0.2.1:2130\"}\n"
    "}\n"
    "\n"
    "https_rpc {\n"
    "    # example: the same over HTTPS, and pages for those who are allowed\n"
    "    #listen = {\"*:2131\"}\n"
    "    #allow {\n"
    "    #    details = {\"127.0.0.0/8\", \"::1\"}\n"
    "    #    connections = {\"127.0.0.0/8\", \"::1\"}\n"
    "    #    peers = {\"127.0.0.0/8\", \"::1\"}\n"
    "    #}\n"
    "}\n"
    "\n"
    "logging {\n"
    "    # error, warn, info or debug\n"
    "    #level = info\n"
    "    # stderr, syslog or a file\n"
    "    #destination = stderr\n"
    "    # example: other levels for single modules\n"
    "    #levels { sync = debug }\n"
    "}\n";

bool
make_path(char path[PATH_TEXT_MAX], const char *directory, const char *name)
{
	int size = snprintf(path, PATH_TEXT_MAX, "%s/%s", directory, name);

	if (size > 0 && size < PATH_TEXT_MAX)
		return true;
	complain("%s: %s", directory, strerror(ENAMETOOLONG));
	return false;
}

/* Make both files. The messages are those of v8.2, because scripts may read
 * them. ${private_key} NULL: make a new pair. Source: bitmarkd v8.2
 * command/bitmarkd/commands.go processSetupCommand */
bool
make_keys(const char *public_path, const char *private_path,
    const uint8_t *private_key)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t new_key[BITMARK_PEER_KEY_SIZE];
	bitmark_status status;

	if (private_key == NULL)
		bitmark_peer_key_generate(NULL, public_key, new_key);
	else
		bitmark_peer_key_public(private_key, public_key);
	status = bitmark_peer_key_write(public_path, private_path,
	    public_key, private_key != NULL ? private_key : new_key);
	explicit_bzero(new_key, sizeof new_key);
	if (status == BITMARK_OK) {
		printf("%s private key: \"%s\" and public key: \"%s\"\n",
		    private_key != NULL ? "copied" : "generated",
		    private_path, public_path);
		return true;
	}
	complain("cannot generate private key: \"%s\" and public key: "
	    "\"%s\"", private_path, public_path);
	complain("error generating server key pair: %s",
	    bitmark_strerror(status));
	return false;
}

bool
make_keys_in(const char *directory, const uint8_t *private_key)
{
	char public_path[PATH_TEXT_MAX], private_path[PATH_TEXT_MAX];

	return make_path(public_path, directory, PUBLIC_NAME) &&
	    make_path(private_path, directory, PRIVATE_NAME) &&
	    make_keys(public_path, private_path, private_key);
}

/* Make the keys at the places that the configuration names. */
static int
make_configured_keys(const struct config *config)
{
	if (config->peering.public_key.file == NULL ||
	    config->peering.private_key.file == NULL) {
		complain("%s: the keys are in this file itself, not in files "
		    "that could be made", config->path);
		return EXIT_CONFIG;
	}
	return make_keys(config->peering.public_key.file,
	    config->peering.private_key.file, NULL) ? EXIT_DONE : EXIT_FAILED;
}

/* A directory on the command line comes before the configuration, and that
 * before the current directory. */
int
command_gen_peer_identity(void *options, int argc, char **argv)
{
	const struct daemon_options *o = options;
	const char *directory = argc > 1 ? argv[1] : ".";
	struct config *config;
	int code;

	if (argc == 1 && o->config != NULL) {
		code = setup_load(o, &config);
		if (code == EXIT_DONE)
			code = make_configured_keys(config);
		config_free(config);
		return code;
	}
	/* An empty name is probably an unset variable of a script; "" with
	 * "/peer.public" behind it would be the root directory. */
	if (directory[0] == '\0')
		return usage_error("the name of the directory is empty");
	return make_keys_in(directory, NULL) ? EXIT_DONE : EXIT_FAILED;
}

/* The configuration for a chain; NULL: no memory. The caller frees it. */
static char *
new_config(const struct bitmark_chain_params *params)
{
	/* The chain "local" listens on this machine only, until its owner
	 * changes that. */
	bool local = strcmp(params->name, DEFAULT_CHAIN) == 0;
	int port = local ? 18443 : params->network == BITMARK_NETWORK_LIVE ?
	    8332 : 18332;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	fprintf(out, template, params->name,
	    bitmark_rules_default(params)->name, local ? "none" : "chain",
	    params->name, params->name, local ? "\"127.0.0.1:2136\"" :
	    "\"0.0.0.0:2136\", \"[::]:2136\"",
	    BITMARK_NODE_CONNECTIONS_MAX, BITMARK_NODE_AHEAD_BYTES,
	    BITMARK_DIGEST_NICE, BITMARK_NODE_MINERS_MAX,
	    BITMARK_NODE_SUBMISSIONS_MAX, port, LITECOIN_PORT_ABOVE + port,
	    params->name);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

bool
make_config(const char *path, const char *text)
{
	bitmark_status status = text == NULL ? BITMARK_E_NOMEM :
	    bitmark_file_create(path, FILE_MODE, text, strlen(text));

	if (status != BITMARK_OK)
		(void)complain_file(path, status);
	return status == BITMARK_OK;
}

/* When the keys cannot be made, the new configuration is removed again, so that
 * a second try does not fail because of the first. */
static int
make_directory(const char *directory, const char *text,
    const struct from_result *from)
{
	char path[PATH_TEXT_MAX];

	if (!make_path(path, directory, CONFIG_NAME))
		return EXIT_FAILED;
	if (mkdir(directory, DIRECTORY_MODE) != 0 && errno != EEXIST) {
		(void)complain_file(directory, BITMARK_E_IO);
		return EXIT_FAILED;
	}
	if (!make_config(path, text))
		return EXIT_FAILED;
	if (!make_keys_in(directory, from != NULL && from->has_key ?
	    from->private_key : NULL) || (from != NULL &&
	    !make_proof_files(directory, from->signing_key,
	    from->has_proof_key ? from->proof_key : NULL))) {
		unlink(path);
		return EXIT_FAILED;
	}
	printf("wrote \"%s\"\n", path);
	printf("start the node: bitmarkd-c --config %s\n", path);
	return EXIT_DONE;
}

/* Make a directory from a configuration of bitmarkd. */
static int
init_from(const char *path, const char *directory)
{
	struct from_result from;
	int code = from_read(path, &from);

	if (code == EXIT_DONE)
		code = make_directory(directory, from.text, &from);
	if (code == EXIT_DONE)
		from_tell(&from);
	from_free(&from);
	return code;
}

/* A converted configuration names its chain, so --chain beside --from could
 * only contradict it. */
int
command_init(void *options, int argc, char **argv)
{
	const struct daemon_options *o = options;
	char *text;
	int code;

	(void)argc;
	if (o->from != NULL)
		return o->chain == NULL ? init_from(o->from, argv[1]) :
		    usage_error("--chain cannot be given with --from, whose "
		    "file names the chain");
	text = new_config(o->chain != NULL ? o->chain :
	    bitmark_chain_params_find(DEFAULT_CHAIN));
	code = make_directory(argv[1], text, NULL);
	free(text);
	return code;
}
