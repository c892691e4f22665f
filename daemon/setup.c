/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Checks that are made before anything is started, so that a wrong
 * configuration leaves no half started node. Each message names the file and
 * the section.
 */
#include "setup.h"

#include "https_server.h"

#include <string.h>
#include <unistd.h>

#include "shared/program.h"
#include "shared/secret.h"

/* A missing option is wrong use, a missing file is not: their exit codes
 * differ. */
int
setup_load(const struct daemon_options *options, struct config **config)
{
	*config = NULL;
	if (options->config == NULL)
		return usage_error("--config FILE is missing");
	return config_open(options->config, config);
}

/* Read a pair of keys and check that they belong together. ${public_from} NULL:
 * the section may have its private key alone. */
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

/* The keys of section proofing are needed only for these sockets. */
bool
setup_has_miners(const struct config *config)
{
	return config->proofing.publish.count > 0 ||
	    config->proofing.submit.count > 0;
}

/* A section without a public key derives it from the private one, so there is
 * nothing to compare. On failure the caller wipes ${keys}. */
int
setup_keys(const struct config *config, struct daemon_keys *keys)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
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
	    &config->publishing.private_key, public_key,
	    keys->publish_key))
		return EXIT_CONFIG;
	if (setup_has_miners(config) && !read_pair(config, "proofing",
	    config->proofing.has_public_key ?
	    &config->proofing.public_key : NULL,
	    &config->proofing.private_key, public_key, keys->proof_key))
		return EXIT_CONFIG;
	return EXIT_DONE;
}

static struct bitmark_span
span_of(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text,
		text == NULL ? 0 : strlen(text) };
}

/* Both forms of base are made at the start, because the form that a block needs
 * depends on its records. */
bitmark_status
setup_bases(const struct daemon_mining *mining,
    const struct bitmark_private_key *key, struct bitmark_base *base,
    struct bitmark_base *empty)
{
	struct bitmark_miner miner = mining->miner;
	bitmark_status status;

	miner.key = key;
	base->struct_size = sizeof *base;
	empty->struct_size = sizeof *empty;
	status = bitmark_base_make(&miner, BITMARK_BASE_FOUNDATION, base);
	return status != BITMARK_OK ? status :
	    bitmark_base_make(&miner, BITMARK_BASE_PAIR, empty);
}

/* The store, which decides the rules, is not open yet; rules differ in nothing
 * that a base depends on. */
static void
begin_mining(const struct config *config, struct daemon_mining *mining)
{
	memset(mining, 0, sizeof *mining);
	mining->miner = (struct bitmark_miner){
		.struct_size = sizeof mining->miner,
		.params = config->params,
		.rules = config->rules != NULL ? config->rules :
		    bitmark_rules_default(config->params) };
	for (size_t i = 0; i < BITMARK_CURRENCY_COUNT; i++)
		mining->miner.payments.address[i] = span_of(
		    config->proofing.address[i]);
}

/* A configuration without the key is refused here; bitmarkd would end at its
 * first job [S-04]. The key is wiped at once: the bases are signed already. */
int
setup_mining(const struct config *config, struct daemon_mining *mining)
{
	struct bitmark_private_key key;
	char error[CONFIG_ERROR_MAX];
	bitmark_status status = BITMARK_OK;

	begin_mining(config, mining);
	if (config->proofing.signing_key == NULL) {
		if (!config->proofing.hash && !setup_has_miners(config))
			return EXIT_DONE;
		complain("%s: proofing: %s a signing_key", config->path,
		    config->proofing.hash ? "hash needs" :
		    "publish and submit need");
		return EXIT_CONFIG;
	}
	mining->is_possible = config_read_signing_key(config, &key, error);
	if (!mining->is_possible)
		complain("%s", error);
	else
		status = setup_bases(mining, &key, &mining->base,
		    &mining->empty);
	if (mining->is_possible)
		bitmark_private_key_account(&key, &mining->account);
	bitmark_private_key_wipe(&key);
	if (status != BITMARK_OK)
		complain("%s: proofing: %s", config->path,
		    bitmark_strerror(status));
	return mining->is_possible && status == BITMARK_OK ? EXIT_DONE :
	    EXIT_CONFIG;
}

/* Everything is borrowed from the configuration; the node copies it when it
 * starts. */
struct bitmark_node_proofing
setup_proofing(const struct config *config,
    const struct daemon_mining *mining, const struct daemon_keys *keys)
{
	return (struct bitmark_node_proofing){
		.struct_size = sizeof(struct bitmark_node_proofing),
		.base = &mining->base,
		.publish = (const char *const *)
		    config->proofing.publish.items,
		.publish_count = config->proofing.publish.count,
		.submit = (const char *const *)config->proofing.submit.items,
		.submit_count = config->proofing.submit.count,
		.private_key = keys->proof_key,
		.miners = config->proofing.miners,
		.miner_count = config->proofing.miner_count,
		.clients_max = config->proofing.miners_max,
		.submissions_max = config->proofing.submissions_max,
		.interval_ms = config->proofing.interval_ms,
	};
}

/* Read and compare certificate and key. Without addresses there is nothing to
 * do; in a build without the library the section is left out with a message. */
static bool
read_rpc(const struct config *config, const char *section,
    const struct config_rpc *server, struct rpc_pem *pem,
    uint8_t fingerprint[RPC_FINGERPRINT_SIZE])
{
	const char *path, *why;

	if (server->listen.count == 0)
		return true;
	if (!rpc_cert_is_possible() || (server == &config->https_rpc &&
	    !https_is_possible())) {
		complain("%s: %s is left out: %s", config->path, section,
		    rpc_cert_is_possible() ? HTTPS_NO_LIBRARY :
		    RPC_NO_OPENSSL);
		return true;
	}
	why = rpc_pem_read(server->certificate, server->private_key, pem,
	    &path);
	if (why != NULL) {
		complain("%s: %s: %s: %s%s", config->path, section, path, why,
		    access(path, F_OK) != 0 ?
		    ": 'bitmarkd-c gen-rpc-cert' makes one" : "");
		return false;
	}
	if (!rpc_pem_is_text(server->private_key))
		secret_warn(server->private_key);
	why = rpc_cert_check(pem, fingerprint);
	if (why != NULL)
		complain("%s: %s: %s", config->path, section, why);
	return why == NULL;
}

/* The fingerprint that is announced to the network is that of client_rpc;
 * nobody is told that of https_rpc. */
int
setup_rpc(struct config *config, struct daemon_rpc *rpc)
{
	uint8_t other[RPC_FINGERPRINT_SIZE];

	memset(rpc, 0, sizeof *rpc);
	if (!read_rpc(config, "client_rpc", &config->client_rpc, &rpc->client,
	    config->peering.fingerprint) ||
	    !read_rpc(config, "https_rpc", &config->https_rpc, &rpc->https,
	    other))
		return EXIT_CONFIG;
	config->peering.has_fingerprint |= rpc->client.certificate != NULL;
	return EXIT_DONE;
}

void
setup_rpc_free(struct daemon_rpc *rpc)
{
	rpc_pem_free(&rpc->client);
	rpc_pem_free(&rpc->https);
}
