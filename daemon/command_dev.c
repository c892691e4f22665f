/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The command dev: a chain for a developer in one command. The node has no
 * peers, asks for neither work nor payment, and makes a block whenever
 * something is verified. All of that is in its configuration, so the chain can
 * also be run without this command, and anybody can see how it is made.
 */
#include "commands.h"
#include "rpc_cert.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/program.h"

#define SIGNING_NAME "proof.sign"
#define PUBLIC_NAME "peer.public"
#define PRIVATE_NAME "peer.private"
#define CERTIFICATE_NAME "rpc.crt"

#define DIRECTORY_MODE 0700

/* The ports of init and of the client RPC. Another node of this machine may use
 * them; then any free port is taken. */
#define USUAL_PORT 2136
#define USUAL_RPC_PORT 2130

/* The test address of a key hash of zeros, for both currencies. Payments to it
 * would be lost, but nobody has to make one. */
#define NOBODY "mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8"

/* For printf: the port. */
static const char template[] =
    "# bitmarkd-c.conf - see bitmarkd-c.conf(5); made by 'bitmarkd-c dev'\n"
    "\n"
    "chain = local\n"
    "# blocks need no proof of work by these rules\n"
    "rules = \"0.16\"\n"
    "\n"
    "peering {\n"
    "    standalone = yes\n"
    "    listen = {\"127.0.0.1:%u\"}\n"
    "    # somebody waits for each block\n"
    "    digest_nice = 0\n"
    "}\n"
    "\n"
    "payment {\n"
    "    # only free issues wait: for their proof\n"
    "    auto_verify = yes\n"
    "}\n"
    "\n"
    "proofing {\n"
    "    signing_key = \"" SIGNING_NAME "\"\n"
    "    payment_address {\n"
    "        bitcoin = " NOBODY "\n"
    "        litecoin = " NOBODY "\n"
    "    }\n"
    "    # a block whenever something is verified\n"
    "    hash = yes\n"
    "}\n";

/* The same, with the port of the client RPC, where the build has it. */
static const char rpc_template[] =
    "\n"
    "# for bitmark-cli and other clients\n"
    "client_rpc {\n"
    "    listen = {\"127.0.0.1:%u\"}\n"
    "}\n";

/* A port of the loopback that is free now: ${port}, or any for 0. Returns 0
 * when there is none. The socket is closed again, so another program could
 * still take the port; the start of the node would then fail with a message. */
static unsigned
find_port(unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		at.sin_port = 0;
	if (fd >= 0)
		close(fd);
	return ntohs(at.sin_port);
}

static unsigned
free_port(unsigned usual)
{
	const unsigned port = find_port(usual);

	return port != 0 ? port : find_port(0);
}

/* --- making --------------------------------------------------------------- */

/* An existing key is kept: it may own something on the chain. */
static bool
keep_signing_key(const char *directory)
{
	char path[PATH_TEXT_MAX];

	return make_path(path, directory, SIGNING_NAME) &&
	    (access(path, F_OK) == 0 ||
	    make_signing_key(path, BITMARK_NETWORK_TEST));
}

static bool
make_peer_keys(const char *directory)
{
	char public_path[PATH_TEXT_MAX], private_path[PATH_TEXT_MAX];

	if (!make_path(public_path, directory, PUBLIC_NAME) ||
	    !make_path(private_path, directory, PRIVATE_NAME))
		return false;
	return (access(public_path, F_OK) == 0 &&
	    access(private_path, F_OK) == 0) ||
	    make_keys_in(directory, NULL);
}

/* Clients of bitmarkd do not check the names in a certificate. */
static bool
make_certificate(const char *directory)
{
	struct daemon_options none = { .config = NULL };
	char path[PATH_TEXT_MAX], command[] = "gen-rpc-cert";
	char where[PATH_TEXT_MAX];
	char *arguments[] = { command, where, NULL };

	if (!make_path(path, directory, CERTIFICATE_NAME))
		return false;
	/* The directory fits, because the longer path of a file in it did. */
	snprintf(where, sizeof where, "%s", directory);
	return access(path, F_OK) == 0 ||
	    command_gen_rpc_cert(&none, 2, arguments) == EXIT_DONE;
}

/* The configuration is written last. When it exists everything else does, and
 * an attempt that was interrupted is continued. */
static bool
make_chain(const char *directory, const char *config)
{
	char text[sizeof template + sizeof rpc_template + 32];
	const bool has_rpc = rpc_cert_is_possible();
	int size;

	if (mkdir(directory, DIRECTORY_MODE) != 0 && errno != EEXIST) {
		(void)complain_file(directory, BITMARK_E_IO);
		return false;
	}
	size = snprintf(text, sizeof text, template, free_port(USUAL_PORT));
	if (has_rpc)
		snprintf(text + size, sizeof text - (size_t)size, rpc_template,
		    free_port(USUAL_RPC_PORT));
	return make_peer_keys(directory) && keep_signing_key(directory) &&
	    (!has_rpc || make_certificate(directory)) &&
	    make_config(config, text);
}

/* --- telling -------------------------------------------------------------- */

/* A configuration of another kind is neither changed nor run as something that
 * it is not. */
static bool
is_for_developers(const struct config *config)
{
	if (strcmp(config->params->name, "local") == 0 &&
	    config->peering.standalone && config->payment.auto_verify &&
	    config->proofing.hash)
		return true;
	complain("%s: not a developer's chain, which has chain = local, "
	    "standalone, auto_verify and hash: run it without dev",
	    config->path);
	return false;
}

/* Print what a developer needs to know next: files, addresses and commands.
 * Flushed, because the node then runs in the foreground. */
static void
print_use(const struct config *config)
{
	printf("A chain of your own: nothing is to be paid, and what is "
	    "verified gets a block at once.\n"
	    "  configuration   %s\n"
	    "  a key           %s\n", config->path,
	    config->proofing.signing_key);
	for (size_t i = 0; i < config->peering.listen.count; i++)
		printf("  listens at      %s\n",
		    config->peering.listen.items[i]);
	for (size_t i = 0; i < config->client_rpc.listen.count; i++)
		printf("  client RPC      %s\n",
		    config->client_rpc.listen.items[i]);
	printf("  submit          bitmarkd-c -c %s submit FILE|HEX\n"
	    "  wait            bitmarkd-c -c %s wait ID\n"
	    "  empty blocks    bitmarkd-c -c %s generate N\n"
	    "  stop            Ctrl-C, or bitmarkd-c -c %s stop\n"
	    "The same command starts it again, with all that it holds.\n",
	    config->path, config->path, config->path, config->path);
	(void)fflush(stdout);
}

/* The configuration is read twice: here to check what kind it is, and by
 * command_run. */
int
command_dev(void *options, int argc, char **argv)
{
	struct daemon_options o = *(const struct daemon_options *)options;
	char path[PATH_TEXT_MAX];
	struct config *config;
	int code;

	(void)argc;
	if (argv[1][0] == '\0')
		return usage_error("the name of the directory is empty");
	if (!make_path(path, argv[1], CONFIG_NAME) ||
	    (access(path, F_OK) != 0 && !make_chain(argv[1], path)))
		return EXIT_FAILED;
	o.config = path;
	code = setup_load(&o, &config);
	if (code != EXIT_DONE)
		return code;
	if (is_for_developers(config))
		print_use(config);
	else
		code = EXIT_CONFIG;
	config_free(config);
	return code == EXIT_DONE ? command_run(&o) : code;
}
