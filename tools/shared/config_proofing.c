/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Section proofing: blocks of this node, found by itself or by miners
 * elsewhere.
 *
 * Names are those of bitmarkd where it has them.  There the default names of
 * the two key files are in the wrong order [S-03].
 * Source: bitmarkd v8.2 command/bitmarkd/configuration.go
 */
#include "shared/config_impl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Bounds of the limits.  Source: local choice. */
#define WORKERS_LIMIT 256
#define MINERS_LIMIT 65535
#define SUBMISSIONS_LIMIT 1000
#define INTERVAL_MS_MIN 100
#define INTERVAL_MS_LIMIT (24 * 60 * 60 * 1000)

#define PUBLIC_NAME "proof.public"
#define PRIVATE_NAME "proof.private"

static const struct config_key_spec payment_address_keys[] = {
	{ .name = "bitcoin", .check = config_value_text, .is_needed = true },
	{ .name = "litecoin", .check = config_value_text, .is_needed = true },
	{ .name = NULL },
};

const struct config_key_spec config_proofing_keys[] = {
	{ .name = "signing_key", .check = config_value_text,
	    .is_secret = true },
	{ .name = "payment_address", .kind = KEY_SECTION,
	    .keys = payment_address_keys },
	{ .name = "hash", .check = config_value_flag },
	{ .name = "workers", .check = config_value_range,
	    .maximum = WORKERS_LIMIT },
	{ .name = "publish", .kind = KEY_LIST,
	    .check = config_value_address },
	{ .name = "submit", .kind = KEY_LIST, .check = config_value_address },
	{ .name = "public_key", .check = config_value_public_key },
	{ .name = "private_key", .check = config_value_private_key,
	    .is_secret = true },
	{ .name = "miners", .kind = KEY_LIST,
	    .check = config_value_peer_key },
	{ .name = "miners_max", .check = config_value_range, .minimum = 1,
	    .maximum = MINERS_LIMIT },
	{ .name = "submissions_max", .check = config_value_range,
	    .minimum = 1, .maximum = SUBMISSIONS_LIMIT },
	{ .name = "interval_ms", .check = config_value_range,
	    .minimum = INTERVAL_MS_MIN, .maximum = INTERVAL_MS_LIMIT },
	{ .name = NULL },
};

/* The keys were checked as texts; here they become bytes. */
static void
take_miners(const struct config_entry *section, struct config *config,
    bool *nomem)
{
	struct config_list list = { NULL, 0 };
	uint8_t *keys;

	config_take_list(section, "miners", &list, nomem);
	keys = calloc(list.count + 1, BITMARK_PEER_KEY_SIZE);
	*nomem |= keys == NULL;
	for (size_t i = 0; i < list.count && !*nomem; i++)
		*nomem |= bitmark_peer_key_parse_public(list.items[i],
		    strlen(list.items[i]),
		    keys + i * BITMARK_PEER_KEY_SIZE) != BITMARK_OK;
	config->proofing.miners = keys;
	config->proofing.miner_count = keys != NULL ? list.count : 0;
	config_free_list(&list);
}

/* The public key may be left out: it follows from the private one. */
static void
take_sockets(const struct config_entry *section, struct config *config,
    bool *nomem)
{
	const char *public_key = config_text_of(section, "public_key", NULL);

	config_take_list(section, "publish", &config->proofing.publish,
	    nomem);
	config_take_list(section, "submit", &config->proofing.submit, nomem);
	config->proofing.has_public_key = public_key != NULL;
	config_take_key(public_key != NULL ? public_key : PUBLIC_NAME,
	    CONFIG_PUBLIC_TAG, config, &config->proofing.public_key, nomem);
	config_take_key(config_text_of(section, "private_key", PRIVATE_NAME),
	    CONFIG_PRIVATE_TAG, config, &config->proofing.private_key, nomem);
	take_miners(section, config, nomem);
	config->proofing.miners_max = (unsigned)config_number_of(section,
	    "miners_max");
	config->proofing.submissions_max = (unsigned)config_number_of(section,
	    "submissions_max");
	config->proofing.interval_ms = config_number_of(section,
	    "interval_ms");
}

/* Without a signing key the node makes no blocks, and the other values have no
 * effect. */
void
config_take_proofing(const struct config_entry *section,
    struct config *config, bool *nomem)
{
	const struct config_entry *address = config_section_of(section,
	    "payment_address");
	const char *key = config_text_of(section, "signing_key", NULL);

	if (key != NULL)
		config->proofing.signing_key = config_is_signing_key(key) ?
		    config_copy(key, nomem) :
		    config_join(config->data_directory, key, nomem);
	config->proofing.address[BITMARK_CURRENCY_BITCOIN] = config_copy(
	    config_text_of(address, "bitcoin", NULL), nomem);
	config->proofing.address[BITMARK_CURRENCY_LITECOIN] = config_copy(
	    config_text_of(address, "litecoin", NULL), nomem);
	config->proofing.hash = config_is_asked_for(section, "hash");
	config->proofing.workers = (unsigned)config_number_of(section,
	    "workers");
	take_sockets(section, config, nomem);
}

void
config_free_proofing(struct config *config)
{
	char *key = config->proofing.signing_key;

	if (key != NULL)
		explicit_bzero(key, strlen(key));
	free(key);
	for (size_t i = 0; i < BITMARK_CURRENCY_COUNT; i++)
		free(config->proofing.address[i]);
	config_free_list(&config->proofing.publish);
	config_free_list(&config->proofing.submit);
	free(config->proofing.public_key.file);
	free(config->proofing.private_key.file);
	free(config->proofing.miners);
}
