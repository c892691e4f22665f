/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Checking and copying the configuration of a node.
 *
 * Every mistake in the configuration is found here, before a store is opened or
 * a thread is started; only addresses that have to be looked up or bound are
 * tried later.  A zero in the configuration stands for a default.  It is filled
 * in here, so no other file knows the defaults.
 */
#include "node/settings.h"

#include <bitmarkpeer/connector.h>
#include <bitmarkpeer/os.h>

#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "codec/sized.h"
#include "net/resolver.h"

#define MS 1000u

/* All nodes of a network may share one list of peers, so a configuration may
 * name this node itself; it must not connect to itself.
 * Source: bitmarkd v8.2 peer/connector.go, of the text */
static bool
is_own(const struct bm_settings *s, const struct bitmark_node_peer *peer)
{
	if (memcmp(peer->key, s->public_key, sizeof peer->key) != 0)
		return false;
	bm_log(&s->env, BITMARK_LOG_WARN, "sync",
	    "%s: connecting to self forbidden", peer->address);
	return true;
}

/* A name is not looked up here: the peer may get an address later. */
static bitmark_status
check_address(const char *address)
{
	struct bitmark_endpoint endpoint;

	return address == NULL ? BITMARK_E_IP_ADDRESS :
	    bitmark_endpoint_from_text(address, strlen(address), &endpoint);
}

static bitmark_status
copy_text(char **copy, const char *text)
{
	*copy = text == NULL ? NULL : strdup(text);
	return text == NULL || *copy != NULL ? BITMARK_OK : BITMARK_E_NOMEM;
}

static bitmark_status
copy_peers(struct bm_settings *s, const struct bitmark_node_config *config)
{
	const size_t count = config->standalone ? 0 : config->connect_count;
	bitmark_status status = BITMARK_OK;

	s->peers = calloc(count + 1, sizeof *s->peers);
	if (s->peers == NULL)
		return BITMARK_E_NOMEM;
	for (size_t i = 0; i < count && status == BITMARK_OK; i++) {
		struct bm_static_peer *peer = &s->peers[s->peer_count];
		struct bitmark_node_peer from;

		status = BM_IN(bitmark_node_peer, &from,
		    bm_sized_at(config->connect, i));
		if (status == BITMARK_OK)
			status = check_address(from.address);
		if (status != BITMARK_OK || is_own(s, &from))
			continue;
		memcpy(peer->key, from.key, sizeof peer->key);
		status = copy_text(&peer->address, from.address);
		s->peer_count++;
	}
	return status;
}

static void
copy_numbers(struct bm_settings *s, const struct bitmark_node_config *config)
{
	if (config->checkpoint != NULL)
		s->checkpoint = *config->checkpoint;
	s->dynamic_connections = config->dynamic_connections &&
	    !config->standalone;
	s->auto_verify = config->auto_verify;
	s->prefer_ipv6 = config->prefer_ipv6;
	s->connections_max = config->connections_max != 0 ?
	    config->connections_max : BITMARK_NODE_CONNECTIONS_MAX;
	s->ahead_bytes = config->ahead_bytes != 0 ? config->ahead_bytes :
	    BITMARK_NODE_AHEAD_BYTES;
	s->cycle_ms = bm_or_default(config->cycle_ms,
	    BITMARK_CONNECTOR_CYCLE_MS);
	s->poll_ms = config->poll_ms;
	s->announce_first_ms = bm_or_default(config->announce_first_ms,
	    BITMARK_ANNOUNCE_FIRST_S * MS);
	s->announce_interval_ms = bm_or_default(config->announce_interval_ms,
	    BITMARK_ANNOUNCE_INTERVAL_S * MS);
	s->events_from = config->events_from;
}

/* Addresses as they are announced, which cannot be names. */
static bitmark_status
pack_addresses(const char *const *address, size_t count, uint8_t *packed,
    size_t capacity, size_t *size)
{
	*size = 0;
	for (size_t i = 0; i < count; i++) {
		struct bitmark_endpoint at;
		bitmark_status status = address[i] == NULL ?
		    BITMARK_E_IP_ADDRESS : bitmark_endpoint_from_text(
		    address[i], strlen(address[i]), &at);

		if (status != BITMARK_OK)
			return status;
		if (at.name[0] != '\0' || !bitmark_connection_is_usable(&at.to))
			return BITMARK_E_IP_ADDRESS;
		if (*size + BITMARK_CONNECTION_V6_SIZE > capacity)
			return BITMARK_E_LENGTH;
		bitmark_connection_pack(&at.to, packed + *size);
		*size += BITMARK_CONNECTION_V6_SIZE;
	}
	return BITMARK_OK;
}

static bitmark_status
make_own(struct bm_settings *s, const struct bitmark_node_config *config)
{
	struct bitmark_peer *own = &s->own;

	memcpy(own->key, config->public_key, sizeof own->key);
	own->timestamp = bitmark_clock_wall_s();
	return pack_addresses(config->announce, config->announce_count,
	    own->connections, sizeof own->connections,
	    &own->connections_size);
}

static bitmark_status
make_rpc(struct bm_settings *s, const struct bitmark_node_config *config)
{
	struct bitmark_rpc *rpc = &s->rpc;

	if (config->rpc_announce_count == 0)
		return BITMARK_OK;
	if (config->rpc_fingerprint == NULL)
		return BITMARK_E_FINGERPRINT;
	memcpy(rpc->fingerprint, config->rpc_fingerprint,
	    sizeof rpc->fingerprint);
	return pack_addresses(config->rpc_announce,
	    config->rpc_announce_count, rpc->connections,
	    sizeof rpc->connections, &rpc->connections_size);
}

/* The public key must belong to the private key.  Peers encrypt for the public
 * key that is announced, so otherwise no peer could connect, and CURVE gives no
 * error that tells why. */
static bitmark_status
copy_keys(struct bm_settings *s, const struct bitmark_node_config *config)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];

	bitmark_peer_key_public(config->private_key, public_key);
	if (memcmp(public_key, config->public_key, sizeof public_key) != 0)
		return BITMARK_E_PUBLIC_KEY;
	memcpy(s->public_key, config->public_key, sizeof s->public_key);
	memcpy(s->private_key, config->private_key, sizeof s->private_key);
	return BITMARK_OK;
}

bitmark_status
bm_settings_copy(struct bm_settings *s,
    const struct bitmark_node_config *config)
{
	bitmark_status status = copy_keys(s, config);

	s->env = config->env;
	s->params = config->params;
	s->event = config->event;
	if (status == BITMARK_OK)
		status = copy_text(&s->version, config->version != NULL ?
		    config->version : BITMARK_VERSION);
	if (status == BITMARK_OK)
		status = copy_text(&s->peer_file, config->peer_file);
	if (status == BITMARK_OK)
		status = copy_peers(s, config);
	if (status == BITMARK_OK)
		status = make_own(s, config);
	if (status == BITMARK_OK)
		status = make_rpc(s, config);
	if (status == BITMARK_OK)
		copy_numbers(s, config);
	return status;
}

/* One client is enough when fewer peers are configured than the rules ask for:
 * these peers may be the whole network, so the default minimum would never be
 * reached. */
void
bm_settings_follow(struct bm_settings *s,
    const struct bitmark_node_config *config,
    const struct bitmark_rules *rules)
{
	const bool few = s->peer_count != 0 &&
	    s->peer_count < rules->minimum_clients;

	s->rules = rules;
	s->dynamic_clients = rules->dynamic_clients;
	s->minimum_clients = config->minimum_clients != 0 ?
	    config->minimum_clients : few ? 1 : rules->minimum_clients;
	s->rebroadcast_ms = bm_or_default(config->rebroadcast_ms,
	    rules->rebroadcast_s * MS);
}

/* explicit_bzero, because a compiler may leave out a memset of memory that is
 * freed next. */
void
bm_settings_fini(struct bm_settings *s)
{
	for (size_t i = 0; i < s->peer_count; i++)
		free(s->peers[i].address);
	free(s->peers);
	free(s->peer_file);
	free(s->version);
	explicit_bzero(s->private_key, sizeof s->private_key);
}

bitmark_status
bm_settings_resolve(const struct bm_settings *s, const char *module,
    const char *const *text, size_t count, struct bitmark_connection **bind)
{
	struct bitmark_connection *found = calloc(count, sizeof *found);
	bitmark_status status = found == NULL ? BITMARK_E_NOMEM : BITMARK_OK;

	for (size_t i = 0; i < count && status == BITMARK_OK; i++) {
		status = bm_resolve(text[i], &found[i]);
		if (status != BITMARK_OK)
			bm_log(&s->env, BITMARK_LOG_ERROR, module, "%s: %s",
			    text[i] != NULL ? text[i] : "NULL",
			    bitmark_strerror(status));
	}
	if (status != BITMARK_OK) {
		free(found);
		found = NULL;
	}
	*bind = found;
	return status;
}
