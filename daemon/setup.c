/*
 * Checks that are made before anything is started: each message names the
 * file and the section that is to blame.
 */
#include "setup.h"

#include <string.h>

#include "shared/program.h"

/* A missing option is wrong use and a missing file is not: their exit codes
 * differ. */
int
setup_load(const struct daemon_options *options, struct config **config)
{
	*config = NULL;
	if (options->config == NULL)
		return usage_error("--config FILE is missing");
	return config_open(options->config, config);
}

/* Read a pair, and check that it is one.  A publisher may have its private key
 * alone: ${public_from} is NULL then. */
static bool
read_pair(const struct config *config, const char *section,
    const struct config_key *public_from,
    const struct config_key *private_from,
    uint8_t public_key[BITMARK_PEER_KEY_SIZE],
    uint8_t private_key[BITMARK_PEER_KEY_SIZE])
{
	uint8_t derived[BITMARK_PEER_KEY_SIZE];
	char error[CONFIG_ERROR_MAX];

	if ((public_from != NULL &&
	    !config_read_public_key(public_from, public_key, error)) ||
	    !config_read_private_key(private_from, private_key, error)) {
		complain("%s", error);
		return false;
	}
	bitmark_peer_key_public(private_key, derived);
	if (public_from == NULL ||
	    memcmp(derived, public_key, sizeof derived) == 0)
		return true;
	complain("%s: %s: public_key does not belong to private_key",
	    config->path, section);
	return false;
}

/* A publisher without a public key has it from its private one, so that
 * nothing can be inconsistent there. */
int
setup_keys(const struct config *config, struct daemon_keys *keys)
{
	uint8_t publish_public[BITMARK_PEER_KEY_SIZE];
	char error[CONFIG_ERROR_MAX];

	memset(keys, 0, sizeof *keys);
	if (!config_has_directory(config, error)) {
		complain("%s", error);
		return EXIT_CONFIG;
	}
	if (!read_pair(config, "peering", &config->peering.public_key,
	    &config->peering.private_key, keys->public_key,
	    keys->private_key))
		return EXIT_CONFIG;
	if (config->publishing.broadcast.count > 0 && !read_pair(config,
	    "publishing", config->publishing.has_public_key ?
	    &config->publishing.public_key : NULL,
	    &config->publishing.private_key, publish_public,
	    keys->publish_key))
		return EXIT_CONFIG;
	return EXIT_DONE;
}
