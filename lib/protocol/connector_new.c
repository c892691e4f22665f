/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * How a connector is made, and what it tells of itself.
 */
#include "protocol/connector_impl.h"

#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"

/* 0 in a configuration stands for the default, in all of these. */
static void
take_config(struct bitmark_connector *c,
    const struct bitmark_connector_config *config)
{
	if (config->env != NULL)
		c->env = *config->env;
	c->rules = config->rules;
	if (config->trusted_digest != NULL && config->proven != NULL) {
		c->trust.number = config->trusted;
		c->trust.proven = config->proven;
		memcpy(c->trust.digest, config->trusted_digest,
		    sizeof c->trust.digest);
	}
	memcpy(c->own_key, config->own_key, sizeof c->own_key);
	c->prefer_ipv6 = config->prefer_ipv6;
	c->cycle_ms = bm_or_default(config->cycle_ms,
	    BITMARK_CONNECTOR_CYCLE_MS);
	c->cycle_blocks = bm_or_default(config->cycle_blocks,
	    BITMARK_CONNECTOR_CYCLE_BLOCKS);
	c->samples_max = bm_or_default(config->samples, c->rules->samples);
	c->timeout_ms = bm_or_default(config->timeout_ms,
	    BITMARK_CONNECTOR_TIMEOUT_MS);
	c->aside_ms = bm_or_default(config->aside_ms,
	    BITMARK_CONNECTOR_ASIDE_MS);
	c->replace_ms = bm_or_default(config->replace_ms,
	    BITMARK_CONNECTOR_REPLACE_MS);
	c->ahead_bytes = (size_t)bm_or_default(config->ahead_bytes,
	    BITMARK_CONNECTOR_AHEAD_BYTES);
}

/* A configuration may name fewer nodes than the minimum: waiting for more
 * clients than there are places would be waiting for ever. */
static size_t
minimum_clients(const struct bitmark_connector *c, size_t wanted)
{
	size_t possible = c->count - c->static_count;

	for (size_t i = 0; i < c->static_count; i++)
		possible += c->client[i].used;
	return wanted < possible ? wanted : possible;
}

/* The connector and its clients are one piece of memory; its size is checked
 * for overflow before it is computed, since both counts come from a
 * configuration. */
bitmark_status
bitmark_connector_new(struct bitmark_connector **connector,
    const struct bitmark_connector_config *config)
{
	struct bitmark_connector *c;
	struct bitmark_connector_config own = { .struct_size = sizeof own };
	struct bitmark_view view = { .struct_size = sizeof view };
	uint64_t protection;
	size_t dynamic, count;

	*connector = NULL;
	if (BM_IN(bitmark_connector_config, &own, config) != BITMARK_OK ||
	    BM_IN(bitmark_view, &view, own.view) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	if (own.rules == NULL)
		own.rules = bitmark_rules_8_2();
	protection = bm_or_default(own.fork_protection,
	    BITMARK_CONNECTOR_FORK_PROTECTION);
	dynamic = !own.dynamic ? 0 : (size_t)bm_or_default(own.dynamic_clients,
	    own.rules->dynamic_clients);
	count = own.static_count + dynamic;
	if (protection > BITMARK_CONNECTOR_WINDOW)
		return BITMARK_E_ARGUMENT;
	if (count < dynamic || count > SIZE_MAX / 2 / sizeof c->client[0])
		return BITMARK_E_NOMEM;
	c = calloc(1, sizeof *c + count * sizeof c->client[0]);
	if (c == NULL)
		return BITMARK_E_NOMEM;
	take_config(c, &own);
	c->view = view;
	c->fork_protection = protection;
	c->static_count = own.static_count;
	c->count = count;
	c->source = BM_NOBODY;
	c->elected = BM_NOBODY;
	bm_client_assign_statics(c, own.static_keys);
	c->minimum = minimum_clients(c, (size_t)bm_or_default(
	    own.minimum_clients, own.rules->minimum_clients));
	*connector = c;
	return BITMARK_OK;
}

void
bitmark_connector_free(struct bitmark_connector *c)
{
	if (c == NULL)
		return;
	bm_window_clear(c);
	free(c);
}

bitmark_status
bitmark_connector_get_status(const struct bitmark_connector *c,
    struct bitmark_connector_status *status)
{
	struct bitmark_connector_status now = c->counts;

	now.state = c->state;
	now.normal = c->update.normal;
	now.few_clients = !bm_client_are_enough(c);
	now.target = bm_election_target(c);
	now.voters = c->voters;
	now.votes = c->votes;
	now.source = c->source;
	for (size_t i = 0; i < c->count; i++) {
		now.registered += c->client[i].registered;
		now.aside += c->client[i].used &&
		    c->client[i].aside_until_ms > c->now_ms;
	}
	bm_refused_tell(c, &now);
	return BM_OUT(bitmark_connector_status, status, &now);
}

size_t
bitmark_connector_clients(const struct bitmark_connector *c)
{
	return c->count;
}

const uint8_t *
bitmark_connector_client_key(const struct bitmark_connector *c, size_t client)
{
	return client < c->count && c->client[client].used ?
	    c->client[client].key : NULL;
}
