/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The library's error is a number, so it names neither the file nor the rules
 * of the store; both are found out here.
 */
#include "shared/store.h"

#include <stdio.h>

/* The rules that the store remembers; NULL: it cannot be asked. */
static const struct bitmark_rules *
remembered(const char *path, const struct bitmark_chain_params *params)
{
	const struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = path,
		.params = params,
		.access = BITMARK_CHAIN_READ,
	};
	const struct bitmark_rules *rules;
	struct bitmark_chain *chain;

	if (bitmark_chain_open(&chain, &config) != BITMARK_OK)
		return NULL;
	rules = bitmark_chain_rules(chain);
	bitmark_chain_close(chain);
	return rules;
}

/* The store is named by its path, so that the command can be given wherever the
 * configuration is. */
const char *
store_rules_text(const char *path, const struct bitmark_chain_params *params,
    const struct bitmark_rules *rules, char text[STORE_TEXT_MAX])
{
	const struct bitmark_rules *own = remembered(path, params);

	snprintf(text, STORE_TEXT_MAX, "%s: the store follows the rules of %s, "
	    "not those of %s: name those, or rebuild it with 'bitmark-chain "
	    "--chain %s --database %s --rules %s reindex'", path,
	    own != NULL ? own->name : "another release", rules->name,
	    params->name, path, rules->name);
	return text;
}
