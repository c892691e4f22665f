/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-record keygen: make an account. Its secrets are printed or put into a
 * new file, and all other copies are wiped.
 */
#include <stdio.h>
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"

#define KEY_FILE_MODE 0600

/* All forms of a new key; all but the account are secret. */
struct new_key {
	char seed[BITMARK_SECRET_TEXT_MAX];
	char private_key[BITMARK_SECRET_TEXT_MAX];
	char phrase[BITMARK_PHRASE_TEXT_MAX];
	char account[BITMARK_ACCOUNT_TEXT_MAX];
	const char *network;
};

/* The version of the seed: the one that was asked for, or the one whose phrases
 * have the number of words that was asked for. */
static enum bitmark_seed_version
version_of(const struct record_options *o)
{
	if (o->seed_version != 0)
		return (enum bitmark_seed_version)o->seed_version;
	return o->words == 12 || o->words == 13 ? BITMARK_SEED_V2 :
	    BITMARK_SEED_V1;
}

/* The seed is what a person keeps; key, account and phrase follow from it. */
static int
make_key(const struct record_options *o, struct new_key *new)
{
	struct bitmark_private_key key;
	struct bitmark_account account;
	enum bitmark_network network = (enum bitmark_network)o->network;
	bitmark_status status = bitmark_seed_generate(version_of(o), network,
	    NULL, new->seed, &key);

	if (status != BITMARK_OK)
		return complain_status("keygen", status);
	bitmark_private_key_to_text(&key, new->private_key);
	bitmark_private_key_account(&key, &account);
	bitmark_account_to_text(&account, new->account);
	new->network = network_name(network);
	bitmark_private_key_wipe(&key);
	return record_make_phrase(o, new->seed, new->phrase);
}

/* The file has the form that --key reads. bitmark_file_create fails when the
 * file exists, so no key is ever overwritten. */
static int
write_key_file(const char *path, const struct new_key *new)
{
	char text[2 * BITMARK_SECRET_TEXT_MAX + BITMARK_ACCOUNT_TEXT_MAX];
	int length = snprintf(text, sizeof text, "# %s %s\n%s\n",
	    new->network, new->account, new->seed);
	bitmark_status status = bitmark_file_create(path, KEY_FILE_MODE, text,
	    (size_t)length);
	int code = status == BITMARK_OK ? EXIT_DONE :
	    complain_file(path, status);

	explicit_bzero(text, sizeof text);
	return code;
}

/* With --output the secrets are in the file and nowhere else. */
static int
print_key(const struct record_options *o, const struct new_key *new)
{
	bool secret = o->output == NULL;

	if (o->json)
		return print_json(secret ? json_pack("{s:s, s:s, s:s, s:s, "
		    "s:s}", "account", new->account, "network", new->network,
		    "seed", new->seed, "privateKey", new->private_key,
		    "phrase", new->phrase) :
		    json_pack("{s:s, s:s}", "account", new->account,
		    "network", new->network));
	printf("account      %s\nnetwork      %s\n", new->account,
	    new->network);
	if (secret)
		printf("seed         %s\nprivate key  %s\nphrase       %s\n",
		    new->seed, new->private_key, new->phrase);
	return EXIT_DONE;
}

/* The file is on the disk before anything is printed: an account that a person
 * has seen must be one whose key is kept. */
int
record_keygen(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	struct new_key new = { .network = NULL };
	int code;

	(void)argc;
	(void)argv;
	if (o->network == NETWORK_ANY)
		return usage_error("keygen needs --network or --chain");
	code = make_key(o, &new);
	if (code == EXIT_DONE && o->output != NULL)
		code = write_key_file(o->output, &new);
	if (code == EXIT_DONE)
		code = print_key(o, &new);
	explicit_bzero(&new, sizeof new);
	return code;
}
