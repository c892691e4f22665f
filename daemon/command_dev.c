/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmarkd-c dev: a chain for a developer, in one command.  The node has no
 * peers, asks for no work and no payment, and makes a block whenever something
 * is verified.  Everything that makes it so is in its configuration, so that
 * later it can be run without this command, and looked at by all others.
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

/* The ports of init and of the client RPC.  Another node of this machine may have
 * them: then any. */
#define USUAL_PORT 2136
#define USUAL_RPC_PORT 2130

/* The test address of a key hash that is all zero, on both currencies: payments
 * to it are lost, and nobody has to make one. */
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

/* A port of the loopback that is free now: ${port}, or any for 0.  Gives 0 when
 * there is none.  The socket is closed again, so that another program could still
 * take it: the start of the node would tell. */
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

/* A key that is there already stays: it may own what a chain holds. */
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

/* Clients of bitmarkd check no name in it. */
static bool
make_certificate(const char *directory)
{
	struct daemon_options none = { .config = NULL };
	char path[PATH_TEXT_MAX], command[] = "gen-rpc-cert";
	char where[PATH_TEXT_MAX];
	char *arguments[] = { command, where, NULL };

	if (!make_path(path, directory, CERTIFICATE_NAME))
		return false;
	/* It fits, as the path of a file in it does. */
	snprintf(where, sizeof where, "%s", directory);
	return access(path, F_OK) == 0 ||
	    command_gen_rpc_cert(&none, 2, arguments) == EXIT_DONE;
}

/* The configuration comes last: with it everything is there, and an earlier
 * try that was cut off is taken up where it ended. */
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

/* Another configuration is not changed, and not run as what it is not. */
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
