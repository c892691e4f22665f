/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The nodes that bitmark-peer asks: from the command line, the environment
 * and a configuration of bitmarkd-c.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "shared/config.h"
#include "shared/output.h"
#include "shared/secret.h"

/* The text in front of the name of the node's chain, in the reply "invalid
 * chain" of v8.2. Source: bitmarkd v8.2 peer/listener.go */
#define EXPECT_MARK "expect: "

/* Chain of nodes that are named without one, as for bitmark-chain. */
#define CHAIN_DEFAULT "bitmark"

/* All places where a node can be named. */
struct source {
	const struct peer_options *options;
	struct config *config;   /* NULL: none */
};

/* --- finding -------------------------------------------------------------- */

/* Add a target. Its name is made printable, because it is shown on terminals.
 */
static int
add_target(struct peer_targets *targets, const char *name,
    const char *address, const uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	struct peer_target *target = &targets->list[targets->count];

	if (targets->count == PEER_NODES_MAX) {
		complain("more than %d nodes", PEER_NODES_MAX);
		return EXIT_USAGE;
	}
	targets->count++;
	target->name = printable_text(name);
	target->address = strdup(address);
	memcpy(target->key, key, BITMARK_PEER_KEY_SIZE);
	return target->name != NULL && target->address != NULL ? EXIT_DONE :
	    complain_status(name, BITMARK_E_NOMEM);
}

/* Add the node that has this name in the configuration. */
static int
add_named(const struct source *source, struct peer_targets *targets,
    const char *name)
{
	const struct config *c = source->config;

	if (c == NULL)
		return usage_error("node '%s': not KEY@HOST:PORT, and there "
		    "is no configuration with names", name);
	for (size_t i = 0; i < c->peering.connect_count; i++) {
		const struct config_peer *peer = &c->peering.connect[i];

		if (strcmp(peer->name, name) == 0)
			return add_target(targets, name, peer->address,
			    peer->key);
	}
	return usage_error("node '%s': not KEY@HOST:PORT, and no name in %s",
	    name, c->path);
}

/* Add a node that is given as KEY@HOST:PORT or as a name. */
static int
add_node(const struct source *source, struct peer_targets *targets,
    const char *node)
{
	const char *at = strchr(node, '@');
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	if (at == NULL)
		return add_named(source, targets, node);
	if (bitmark_peer_key_parse_public(node, (size_t)(at - node), key) !=
	    BITMARK_OK)
		return usage_error("node '%s': before '@' there must be a "
		    "public key of %d hex digits", node,
		    2 * BITMARK_PEER_KEY_SIZE);
	return add_target(targets, at + 1, at + 1, key);
}

/* Add all nodes of the configuration. */
static int
add_configured(const struct source *source, struct peer_targets *targets)
{
	const struct config *c = source->config;
	int code = EXIT_DONE;

	for (size_t i = 0; code == EXIT_DONE &&
	    i < c->peering.connect_count; i++)
		code = add_target(targets, c->peering.connect[i].name,
		    c->peering.connect[i].address, c->peering.connect[i].key);
	return code;
}

/* Nodes on the command line come before $BITMARK_NODE, and that before the
 * configuration. Without --all the configuration must have exactly one node:
 * the program does not guess which one is meant. */
static int
find_targets(const struct source *source, struct peer_targets *targets)
{
	const struct peer_options *o = source->options;
	const struct config *c = source->config;
	const char *node = getenv("BITMARK_NODE");
	bool configured = c != NULL && c->peering.connect_count > 0;
	int code = EXIT_DONE;

	for (size_t i = 0; code == EXIT_DONE && i < o->nodes.count; i++)
		code = add_node(source, targets, o->nodes.list[i]);
	if (o->nodes.count > 0)
		return code;
	if (configured && o->all)
		return add_configured(source, targets);
	if (node != NULL && *node != '\0')
		return add_node(source, targets, node);
	if (configured && c->peering.connect_count == 1)
		return add_configured(source, targets);
	return usage_error("no node: use --node KEY@HOST:PORT%s",
	    configured ? ", --node NAME or --all" : "");
}

/* --- opening -------------------------------------------------------------- */

/* The option comes before the configuration, and that before the default. */
static const struct bitmark_chain_params *
choose_chain(const struct source *source)
{
	if (source->options->chain != NULL)
		return source->options->chain;
	return source->config != NULL ? source->config->params :
	    bitmark_chain_params_find(CHAIN_DEFAULT);
}

/* A node with a malformed name is wrong use of the program; everything else is
 * found out when the node is asked. */
static int
open_client(const struct peer_targets *targets, struct peer_target *target,
    const struct peer_options *options, const uint8_t *private_key)
{
	struct bitmark_client_config config = {
		.struct_size = sizeof config,
		.chain = targets->chain->name,
		.address = target->address,
		.private_key = private_key,
		.timeout_ms = options->timeout_ms,
	};
	bitmark_status status;

	memcpy(config.server_key, target->key, sizeof config.server_key);
	status = bitmark_client_open(&target->client, &config);
	if (status == BITMARK_E_IP_ADDRESS || status == BITMARK_E_PORT ||
	    status == BITMARK_E_NO_PORT || status == BITMARK_E_PUBLIC_KEY)
		return usage_error("node '%s': %s", target->name,
		    bitmark_strerror(status));
	if (status != BITMARK_OK)
		return peer_failed(target, status);
	return EXIT_DONE;
}

/* A missing configuration is no failure, as nodes can be named without one. */
static int
load_config(struct source *source)
{
	const char *path = source->options->config;

	if (path == NULL)
		path = getenv("BITMARK_CONFIG");
	if (path == NULL || *path == '\0')
		return EXIT_DONE;
	return config_open(path, &source->config);
}

/* Find the nodes and the chain, without connecting. The configuration is freed
 * here, so names and addresses are copied. */
int
peer_targets_find(const struct peer_options *options,
    struct peer_targets *targets)
{
	struct source source = { .options = options };
	int code;

	*targets = (struct peer_targets){
	    .list = calloc(PEER_NODES_MAX, sizeof *targets->list) };
	if (targets->list == NULL)
		return complain_status("nodes", BITMARK_E_NOMEM);
	if (options->key != NULL)
		secret_warn(options->key);
	code = load_config(&source);
	targets->chain = choose_chain(&source);
	if (code == EXIT_DONE)
		code = find_targets(&source, targets);
	config_free(source.config);
	return code;
}

/* All clients use one key, so that the nodes see one program. The copy of the
 * key is wiped here; each client has its own. */
int
peer_targets_connect(const struct peer_options *options,
    struct peer_targets *targets)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 0 };
	bitmark_status status;
	int code = EXIT_DONE;

	if (options->key != NULL) {
		status = bitmark_peer_key_read_private(options->key, key);
		if (status != BITMARK_OK)
			return complain_status(options->key, status);
	}
	for (size_t i = 0; code == EXIT_DONE && i < targets->count; i++)
		code = open_client(targets, &targets->list[i], options,
		    options->key != NULL ? key : NULL);
	explicit_bzero(key, sizeof key);
	return code;
}

int
peer_targets_open(const struct peer_options *options,
    struct peer_targets *targets)
{
	int code = peer_targets_find(options, targets);

	return code != EXIT_DONE ? code :
	    peer_targets_connect(options, targets);
}

void
peer_targets_disconnect(struct peer_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		bitmark_client_close(targets->list[i].client);
		targets->list[i].client = NULL;
	}
}

/* Targets that were opened in part are closed as far as they were opened. */
void
peer_targets_close(struct peer_targets *targets)
{
	peer_targets_disconnect(targets);
	for (size_t i = 0; i < targets->count; i++) {
		free(targets->list[i].name);
		free(targets->list[i].address);
	}
	free(targets->list);
	*targets = (struct peer_targets){ 0 };
}

/* --- failures ------------------------------------------------------------- */

/* Find the chain that an "invalid chain" reply names as the right one, or NULL.
 * The reply may hold any text, so only the name of a known chain is accepted.
 */
static const char *
expected_chain(const char *reply)
{
	const char *mark = strstr(reply, EXPECT_MARK), *next;
	const struct bitmark_chain_params *chain;

	if (mark == NULL)
		return NULL;
	/* The reply quotes the chain that we named, which could hold the mark,
	 * too: the last mark counts. */
	while ((next = strstr(mark + 1, EXPECT_MARK)) != NULL)
		mark = next;
	chain = bitmark_chain_params_find(mark + strlen(EXPECT_MARK));
	return chain != NULL ? chain->name : NULL;
}

/* The words of the node are marked as its own; all other texts are ours. */
void
peer_failure_text(const struct peer_target *target, bitmark_status status,
    char text[PEER_FAILURE_MAX])
{
	const char *reply = target->client == NULL ? "" :
	    bitmark_client_remote_error(target->client);
	const char *chain = expected_chain(reply);

	if (status == BITMARK_E_INVALID_CHAIN && chain != NULL)
		snprintf(text, PEER_FAILURE_MAX, "the node is on another "
		    "chain: use --chain %s", chain);
	else if (status == BITMARK_E_REMOTE ||
	    status == BITMARK_E_INVALID_CHAIN)
		snprintf(text, PEER_FAILURE_MAX, "the node answered: %s",
		    reply);
	else if (status == BITMARK_E_TIMEOUT)
		snprintf(text, PEER_FAILURE_MAX, "connected, but no reply in "
		    "time");
	else
		snprintf(text, PEER_FAILURE_MAX, "%s",
		    bitmark_strerror(status));
}

/* The name in front tells which of several nodes has failed. */
int
peer_failed(const struct peer_target *target, bitmark_status status)
{
	char text[PEER_FAILURE_MAX];

	peer_failure_text(target, status, text);
	complain("%s: %s", target->name, text);
	return exit_code_of(status);
}

/* --- time ----------------------------------------------------------------- */

/* poll instead of sleep: it counts in milliseconds, and a signal ends it. */
void
peer_sleep_ms(unsigned ms)
{
	(void)poll(NULL, 0, (int)ms);
}
