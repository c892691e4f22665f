/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The command gen-proof-identity: make the account that owns the blocks of this
 * node, and the key pair of its sockets for miners. bitmarkd has a command of
 * this name.
 *
 * Nothing is overwritten, because the account owns what the chain pays to it.
 */
#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "shared/program.h"

#define SIGNING_NAME "proof.sign"
#define PUBLIC_NAME "proof.public"
#define PRIVATE_NAME "proof.private"

#define KEY_MODE 0600

/* Where the three files are made. */
struct places {
	char sign[PATH_TEXT_MAX];
	char public_key[PATH_TEXT_MAX];
	char private_key[PATH_TEXT_MAX];
};

/* The file has bitmarkd's form, so that both programs can read it. All copies
 * of the seed are wiped. */
bool
make_signing_key(const char *path, enum bitmark_network network)
{
	char seed[BITMARK_SECRET_TEXT_MAX];
	char text[sizeof "SEED:\n" + sizeof seed];
	struct bitmark_private_key key;
	bitmark_status status = bitmark_seed_generate(BITMARK_SEED_V2, network,
	    NULL, seed, &key);

	snprintf(text, sizeof text, "SEED:%s\n",
	    status == BITMARK_OK ? seed : "");
	if (status == BITMARK_OK)
		status = bitmark_file_create(path, KEY_MODE, text,
		    strlen(text));
	bitmark_private_key_wipe(&key);
	explicit_bzero(seed, sizeof seed);
	explicit_bzero(text, sizeof text);
	if (status != BITMARK_OK)
		(void)complain_file(path, status);
	return status == BITMARK_OK;
}

/* ${signing_key} or ${private_key} NULL: that file is not made. */
bool
make_proof_files(const char *directory, const char *signing_key,
    const uint8_t *private_key)
{
	char sign[PATH_TEXT_MAX], public_path[PATH_TEXT_MAX];
	char private_path[PATH_TEXT_MAX];
	bitmark_status status;

	if (!make_path(sign, directory, SIGNING_NAME) ||
	    !make_path(public_path, directory, PUBLIC_NAME) ||
	    !make_path(private_path, directory, PRIVATE_NAME))
		return false;
	status = signing_key == NULL ? BITMARK_OK : bitmark_file_create(sign,
	    KEY_MODE, signing_key, strlen(signing_key));
	if (status != BITMARK_OK)
		(void)complain_file(sign, status);
	return status == BITMARK_OK && (private_key == NULL ||
	    make_keys(public_path, private_path, private_key));
}

/* When the key pair cannot be made the signing key is removed again, so that a
 * second try does not fail because of the first. It was made just now and owns
 * nothing. */
static int
make_identity(const struct places *at, enum bitmark_network network)
{
	if (!make_signing_key(at->sign, network))
		return EXIT_FAILED;
	if (!make_keys(at->public_key, at->private_key, NULL)) {
		unlink(at->sign);
		return EXIT_FAILED;
	}
	printf("generated signing key: \"%s\"\n", at->sign);
	return EXIT_DONE;
}

static bool
places_in(const char *directory, struct places *at)
{
	return make_path(at->sign, directory, SIGNING_NAME) &&
	    make_path(at->public_key, directory, PUBLIC_NAME) &&
	    make_path(at->private_key, directory, PRIVATE_NAME);
}

/* Use the places that the configuration names; a name that it does not have is
 * the usual one in its data directory. */
static int
places_of(const struct config *config, struct places *at)
{
	const char *sign = config->proofing.signing_key;

	if (config->proofing.public_key.file == NULL ||
	    config->proofing.private_key.file == NULL ||
	    (sign != NULL && config_is_signing_key(sign))) {
		complain("%s: the keys are in this file itself, not in files "
		    "that could be made", config->path);
		return EXIT_CONFIG;
	}
	if (!places_in(config->data_directory, at))
		return EXIT_FAILED;
	snprintf(at->public_key, sizeof at->public_key, "%s",
	    config->proofing.public_key.file);
	snprintf(at->private_key, sizeof at->private_key, "%s",
	    config->proofing.private_key.file);
	if (sign != NULL)
		snprintf(at->sign, sizeof at->sign, "%s", sign);
	return EXIT_DONE;
}

/* A directory on the command line comes before the configuration, and that
 * before the current directory; the chain always comes from the configuration,
 * if there is one. */
int
command_gen_proof_identity(void *options, int argc, char **argv)
{
	const struct daemon_options *o = options;
	const struct bitmark_chain_params *params = o->chain != NULL ?
	    o->chain : bitmark_chain_params_find("local");
	struct config *config = NULL;
	struct places at;
	int code = EXIT_DONE;

	if (argc > 1 && argv[1][0] == '\0')
		return usage_error("the name of the directory is empty");
	if (o->config != NULL)
		code = setup_load(o, &config);
	if (code == EXIT_DONE && config != NULL)
		params = config->params;
	if (code == EXIT_DONE && (argc > 1 || config == NULL))
		code = places_in(argc > 1 ? argv[1] : ".", &at) ? EXIT_DONE :
		    EXIT_FAILED;
	else if (code == EXIT_DONE)
		code = places_of(config, &at);
	config_free(config);
	return code == EXIT_DONE ? make_identity(&at, params->network) : code;
}
