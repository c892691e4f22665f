/*
 * The nodes that bitmark-peer asks: from the command line, the environment
 * and a configuration of bitmarkd-c.
 */
#include "shared/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

/* What v8.2 puts before its own chain in an "invalid chain" reply.
 * Source: bitmarkd v8.2 peer/listener.go */
#define EXPECT_MARK "expect: "

/* Everything that names nodes. */
struct source {
	const struct peer_options *options;
	struct daemon_config *config;   /* NULL: none */
};

/* --- finding ---------------------------------------------------------------- */

/* Room for one more target, with its copies of name and address. */
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
	if (target->name == NULL || target->address == NULL) {
		complain("%s", bitmark_strerror(BITMARK_E_NOMEM));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* A name of the configuration. */
static int
add_named(const struct source *source, struct peer_targets *targets,
    const char *name)
{
	const struct daemon_config *c = source->config;

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

/* KEY@HOST:PORT or a name. */
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

static int
add_configured(const struct source *source, struct peer_targets *targets)
{
	const struct daemon_config *c = source->config;
	int code = EXIT_DONE;

	for (size_t i = 0; code == EXIT_DONE &&
	    i < c->peering.connect_count; i++)
		code = add_target(targets, c->peering.connect[i].name,
		    c->peering.connect[i].address, c->peering.connect[i].key);
	return code;
}

/*
 * Nodes given win over BITMARK_NODE, and that over the configuration, of
 * which only --all takes more than one.
 */
static int
find_targets(const struct source *source, struct peer_targets *targets)
{
	const struct peer_options *o = source->options;
	const struct daemon_config *c = source->config;
	const char *node = getenv("BITMARK_NODE");
	bool configured = c != NULL && c->peering.connect_count > 0;
	int code = EXIT_DONE;

	for (size_t i = 0; code == EXIT_DONE && i < o->node_count; i++)
		code = add_node(source, targets, o->nodes[i]);
	if (o->node_count > 0)
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

/* --- opening ---------------------------------------------------------------- */

static int
find_chain(const struct source *source, struct peer_targets *targets)
{
	const char *name = source->options->chain;

	if (name == NULL && source->config != NULL) {
		targets->chain = source->config->params;
		return EXIT_DONE;
	}
	if (name == NULL)
		name = "bitmark";
	targets->chain = bitmark_chain_params_find(name);
	if (targets->chain == NULL)
		return usage_error("no chain '%s': use bitmark, testing or "
		    "local", name);
	return EXIT_DONE;
}

static int
open_client(const struct peer_targets *targets, struct peer_target *target,
    const struct peer_options *options, const uint8_t *private_key)
{
	struct bitmark_client_config config = {
		.chain = targets->chain->name,
		.address = target->address,
		.private_key = private_key,
		.timeout_ms = options->timeout_ms,
	};
	bitmark_status status;

	memcpy(config.server_key, target->key, sizeof config.server_key);
	status = bitmark_client_open(&target->client, &config);
	if (status == BITMARK_E_IP_ADDRESS || status == BITMARK_E_PORT ||
	    status == BITMARK_E_PUBLIC_KEY)
		return usage_error("node '%s': %s", target->name,
		    bitmark_strerror(status));
	if (status != BITMARK_OK)
		return peer_failed(target, status);
	return EXIT_DONE;
}

static int
open_clients(struct peer_targets *targets, const struct peer_options *options)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 0 };
	bitmark_status status;
	int code = EXIT_DONE;

	if (options->key != NULL) {
		status = bitmark_peer_key_read_private(options->key, key);
		if (status != BITMARK_OK) {
			complain("%s: %s", options->key,
			    bitmark_strerror(status));
			return exit_code_of(status);
		}
	}
	for (size_t i = 0; code == EXIT_DONE && i < targets->count; i++)
		code = open_client(targets, &targets->list[i], options,
		    options->key != NULL ? key : NULL);
	explicit_bzero(key, sizeof key);
	return code;
}

static int
load_config(struct source *source)
{
	char error[CONFIG_ERROR_MAX];
	const char *path = source->options->config;

	if (path == NULL)
		path = getenv("BITMARK_CONFIG");
	if (path == NULL || *path == '\0')
		return EXIT_DONE;
	/* A file that cannot be read is another failure than a wrong one. */
	if (access(path, R_OK) != 0) {
		complain("%s: %s", path, strerror(errno));
		return EXIT_STORE;
	}
	if (!config_load(path, &source->config, error)) {
		complain("%s", error);
		return EXIT_BAD_DATA;
	}
	return EXIT_DONE;
}

int
peer_targets_open(const struct peer_options *options,
    struct peer_targets *targets)
{
	struct source source = { .options = options };
	int code;

	*targets = (struct peer_targets){
	    .list = calloc(PEER_NODES_MAX, sizeof *targets->list) };
	if (targets->list == NULL) {
		complain("%s", bitmark_strerror(BITMARK_E_NOMEM));
		return EXIT_FAILED;
	}
	code = load_config(&source);
	if (code == EXIT_DONE)
		code = find_chain(&source, targets);
	if (code == EXIT_DONE)
		code = find_targets(&source, targets);
	if (code == EXIT_DONE)
		code = open_clients(targets, options);
	config_free(source.config);
	return code;
}

void
peer_targets_close(struct peer_targets *targets)
{
	for (size_t i = 0; i < targets->count; i++) {
		bitmark_client_close(targets->list[i].client);
		free(targets->list[i].name);
		free(targets->list[i].address);
	}
	free(targets->list);
	*targets = (struct peer_targets){ 0 };
}

/* --- failures --------------------------------------------------------------- */

/* The chain that an "invalid chain" reply says is right, or NULL.  Only names
 * that are known: the rest of the text may be anything. */
static const char *
expected_chain(const char *reply)
{
	const char *mark = strstr(reply, EXPECT_MARK), *next;
	const struct bitmark_chain_params *chain;

	if (mark == NULL)
		return NULL;
	/* Our own name is quoted before it: the last mark counts. */
	while ((next = strstr(mark + 1, EXPECT_MARK)) != NULL)
		mark = next;
	chain = bitmark_chain_params_find(mark + strlen(EXPECT_MARK));
	return chain != NULL ? chain->name : NULL;
}

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

int
peer_failed(const struct peer_target *target, bitmark_status status)
{
	char text[PEER_FAILURE_MAX];

	peer_failure_text(target, status, text);
	complain("%s: %s", target->name, text);
	return exit_code_of(status);
}

/* --- time ------------------------------------------------------------------- */

uint64_t
peer_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

bool
peer_sleep_ms(unsigned ms)
{
	struct timespec time = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	return nanosleep(&time, NULL) == 0;
}
