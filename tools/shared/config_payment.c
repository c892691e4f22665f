/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Section payment: where payments are looked for.
 *
 * Names are those of bitmarkd where it has them.
 * Source: bitmarkd v8.2 payment/setup.go
 */
#include "shared/config_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bounds and defaults. Source: local choice. At least one confirmation is asked
 * for, because a payment that is in no block can be taken back at once. */
#define CONFIRMATIONS_MIN 1
#define CONFIRMATIONS_LIMIT 100
#define CONFIRMATIONS_DEFAULT 3
#define INTERVAL_MS_MIN 100
#define INTERVAL_MS_LIMIT (24 * 60 * 60 * 1000)
#define INTERVAL_MS_DEFAULT 30000
#define URL_LIMIT 1024
/* "payments-CHAIN.txt" with NUL. */
#define POSITION_NAME_MAX (BITMARK_CHAIN_NAME_MAX + 16)

/* Paths are appended to the URL, so it must not have a query or a fragment. */
static const char *
check_url(struct config_trial *t)
{
	const char *host = config_starts_with(t->value, "http://") ?
	    t->value + strlen("http://") :
	    config_starts_with(t->value, "https://") ?
	    t->value + strlen("https://") : NULL;

	if (host == NULL)
		return "does not begin with http:// or https://";
	if (host[0] == '\0' || host[0] == '/')
		return "has no host";
	if (strlen(t->value) > URL_LIMIT)
		return "is too long";
	for (const char *c = host; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == '?' || *c == '#')
			return "is no URL that a path can follow";
	return NULL;
}

/* The names of the chains as Bitcoin's and Litecoin's daemons write them. */
static const char *
check_network(struct config_trial *t)
{
	static const char *const names[] = { "main", "test", "testnet4",
		"signet", "regtest" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(t->value, names[i]) == 0)
			return NULL;
	return "no such chain: main, test, testnet4, signet or regtest";
}

static const struct config_key_spec source_keys[] = {
	{ .name = "url", .check = check_url, .is_needed = true },
	{ .name = "chain", .check = check_network },
	{ .name = NULL },
};

const struct config_key_spec config_payment_keys[] = {
	{ .name = "auto_verify", .check = config_value_flag },
	{ .name = "bitcoin", .kind = KEY_SECTION, .keys = source_keys },
	{ .name = "litecoin", .kind = KEY_SECTION, .keys = source_keys },
	{ .name = "payment_confirmations", .check = config_value_range,
	    .minimum = CONFIRMATIONS_MIN, .maximum = CONFIRMATIONS_LIMIT },
	{ .name = "interval_ms", .check = config_value_range,
	    .minimum = INTERVAL_MS_MIN, .maximum = INTERVAL_MS_LIMIT },
	{ .name = "position_file", .check = config_value_text },
	{ .name = NULL },
};

/* Slashes at the end are dropped, since each path that is appended begins with
 * one. */
static char *
copy_url(const char *url, bool *nomem)
{
	char *made = config_copy(url, nomem);
	size_t size = strlen(url);

	while (made != NULL && size > 0 && made[size - 1] == '/')
		made[--size] = '\0';
	return made;
}

static const char *
network_of(const struct bitmark_chain_params *params)
{
	return strcmp(params->name, "local") == 0 ? "regtest" :
	    params->network == BITMARK_NETWORK_LIVE ? "main" : "test";
}

static void
take_source(const struct config_entry *section,
    const struct bitmark_chain_params *params,
    struct config_payment_source *source, bool *nomem)
{
	const char *url = config_text_of(section, "url", NULL);

	if (url == NULL)
		return;
	source->url = copy_url(url, nomem);
	source->chain = config_copy(config_text_of(section, "chain",
	    network_of(params)), nomem);
}

void
config_take_payment(const struct config_entry *section,
    struct config *config, bool *nomem)
{
	char made[POSITION_NAME_MAX];

	config->payment.auto_verify = config_is_asked_for(section,
	    "auto_verify");
	config->payment.confirmations = (unsigned)config_number_of(section,
	    "payment_confirmations");
	if (config->payment.confirmations == 0)
		config->payment.confirmations = CONFIRMATIONS_DEFAULT;
	config->payment.interval_ms = config_number_of(section,
	    "interval_ms");
	if (config->payment.interval_ms == 0)
		config->payment.interval_ms = INTERVAL_MS_DEFAULT;
	take_source(config_section_of(section, "bitcoin"), config->params,
	    &config->payment.source[BITMARK_CURRENCY_BITCOIN], nomem);
	take_source(config_section_of(section, "litecoin"), config->params,
	    &config->payment.source[BITMARK_CURRENCY_LITECOIN], nomem);
	snprintf(made, sizeof made, "payments-%s.txt", config->params->name);
	config->payment.position_file = config_join(config->data_directory,
	    config_text_of(section, "position_file", made), nomem);
}

void
config_free_payment(struct config *config)
{
	for (size_t i = 0; i < BITMARK_CURRENCY_COUNT; i++) {
		free(config->payment.source[i].url);
		free(config->payment.source[i].chain);
	}
	free(config->payment.position_file);
}

/* Coins of a test chain cost nothing, so they must not pay on the live chain;
 * and tests must not cost live coins. Returns the text of the error, or NULL.
 */
const char *
config_payment_wrong(const struct config *config)
{
	const char *wanted = network_of(config->params);

	for (size_t i = 0; i < BITMARK_CURRENCY_COUNT; i++) {
		const char *chain = config->payment.source[i].chain;

		if (chain == NULL || strcmp(chain, wanted) == 0 ||
		    (strcmp(wanted, "test") == 0 &&
		    (strcmp(chain, "testnet4") == 0 ||
		    strcmp(chain, "signet") == 0)))
			continue;
		return "payment: the chain of bitcoin or litecoin does not "
		    "fit this node's chain: bitmark needs main, testing needs "
		    "test, testnet4 or signet, and local needs regtest";
	}
	return NULL;
}
