/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-record account and address: explain a text that somebody was given.
 */
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"

/* --- account -------------------------------------------------------------- */

/* Read an account in one of three forms: its text, hex of its packed form, or
 * hex of the bare key. The last one has no network in it, so --network must be
 * given. */
static bitmark_status
parse_account(const struct record_options *o, const char *text,
    struct bitmark_account *account)
{
	uint8_t bytes[BITMARK_ACCOUNT_PACKED_MAX];
	bitmark_status status;
	size_t size;

	status = bitmark_account_from_text(text, strlen(text), account);
	if (status == BITMARK_OK || bitmark_hex_decode(text, strlen(text),
	    bytes, sizeof bytes, &size) != BITMARK_OK)
		return status;
	if (size != BITMARK_PUBLIC_KEY_SIZE || o->network == NETWORK_ANY)
		return bitmark_account_parse(bytes, size, account);
	*account = (struct bitmark_account){
		.algorithm = BITMARK_KEY_ED25519,
		.network = (uint8_t)o->network,
	};
	memcpy(account->key, bytes, size);
	return BITMARK_OK;
}

/* Print all forms of one account, with its secrets unless ${seed} is NULL. */
static int
print_account(const struct record_options *o,
    const struct bitmark_account *account, const char *seed,
    const char *phrase)
{
	const char *algorithm = account->algorithm == BITMARK_KEY_ED25519 ?
	    "ed25519" : "nothing";
	const char *network = network_name(
	    (enum bitmark_network)account->network);
	bool zero = bitmark_account_is_zero(account);
	char text[BITMARK_ACCOUNT_TEXT_MAX];
	char packed[2 * BITMARK_ACCOUNT_PACKED_MAX + 1];
	char key[2 * BITMARK_PUBLIC_KEY_SIZE + 1];
	uint8_t bytes[BITMARK_ACCOUNT_PACKED_MAX];
	json_t *object;

	bitmark_account_to_text(account, text);
	bitmark_hex_encode(bytes, bitmark_account_pack(account, bytes),
	    packed);
	bitmark_hex_encode(account->key, bitmark_account_key_size(account),
	    key);
	if (o->json) {
		object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}",
		    "account", text, "packed", packed, "publicKey", key,
		    "algorithm", algorithm, "network", network, "zero",
		    (int)zero);
		if (seed != NULL)
			json_object_update_new(object, json_pack("{s:s, s:s}",
			    "seed", seed, "phrase", phrase));
		return print_json(object);
	}
	printf("account     %s\npacked      %s\npublic key  %s\n"
	    "algorithm   %s\nnetwork     %s\nzero        %s\n", text, packed,
	    key, algorithm, network, zero ? "yes" : "no");
	if (seed != NULL)
		printf("seed        %s\nphrase      %s\n", seed, phrase);
	return EXIT_DONE;
}

/* Explain the account of --key. Its secrets are printed only with --phrase, and
 * all copies of them are wiped here. */
static int
explain_key(const struct record_options *o)
{
	char seed[BITMARK_SECRET_TEXT_MAX] = "";
	char phrase[BITMARK_PHRASE_TEXT_MAX] = "";
	struct bitmark_private_key key;
	struct bitmark_account account;
	int code = record_read_key(o, &key, seed);

	if (code == EXIT_DONE && o->phrase && seed[0] == '\0') {
		complain("a private key has no recovery phrase: only a seed "
		    "has one");
		code = EXIT_BAD_DATA;
	} else if (code == EXIT_DONE && o->phrase) {
		code = record_make_phrase(o, seed, phrase);
	}
	bitmark_private_key_account(&key, &account);
	if (code == EXIT_DONE)
		code = print_account(o, &account, o->phrase ? seed : NULL,
		    phrase);
	bitmark_private_key_wipe(&key);
	explicit_bzero(seed, sizeof seed);
	explicit_bzero(phrase, sizeof phrase);
	return code;
}

/* Each account is explained even when one before it was wrong; the exit code is
 * that of the last failure. */
int
record_account(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	const bool has_key = o->key_file != NULL || o->key_variable != NULL;
	struct bitmark_account account;
	bitmark_status status;
	int code = EXIT_DONE, one;

	if (has_key == (argc > 1) ||
	    (o->key_file != NULL && o->key_variable != NULL))
		return usage_error("account needs accounts, --key or "
		    "--key-env");
	if (has_key)
		return explain_key(o);
	if (o->phrase)
		return usage_error("--phrase needs --key or --key-env");

	for (int i = 1; i < argc; i++) {
		status = parse_account(o, argv[i], &account);
		one = status == BITMARK_OK ? print_account(o, &account, NULL, NULL) :
		    complain_status(argv[i], status);
		if (one != EXIT_DONE)
			code = one;
	}
	return code;
}

/* --- address -------------------------------------------------------------- */

/* Facts about a text as an address of one currency. */
struct address_facts {
	enum bitmark_currency currency;
	uint8_t version;
	bool live, test;
	const struct bitmark_rules *releases[RECORD_RELEASES_MAX];
	size_t release_count;
	unsigned accepted;              /* by which releases: a bit each */
};

/* Fill in the facts; false: it is no address of this currency on any network.
 * Both networks are tried, as a person with an address in hand wants to know
 * what it is. */
static bool
explain_address(const struct record_options *o, enum bitmark_currency currency,
    struct bitmark_span address, struct address_facts *facts)
{
	*facts = (struct address_facts){ .currency = currency };
	facts->release_count = record_releases(o, facts->releases);
	if (bitmark_address_version(currency, address, &facts->version) !=
	    BITMARK_OK)
		return false;
	for (size_t i = 0; i < facts->release_count; i++) {
		const struct bitmark_rules *rules = facts->releases[i];
		bool live = bitmark_address_check(rules, currency, address,
		    BITMARK_NETWORK_LIVE) == BITMARK_OK;
		bool test = bitmark_address_check(rules, currency, address,
		    BITMARK_NETWORK_TEST) == BITMARK_OK;

		facts->live |= live;
		facts->test |= test;
		facts->accepted |= (unsigned)(live || test) << i;
	}
	return facts->accepted != 0;
}

/* The same key hash as a Litecoin address, for a Bitcoin address; else NULL. */
static const char *
litecoin_form(const struct address_facts *facts, struct bitmark_span address,
    char text[BITMARK_ADDRESS_TEXT_MAX + 1])
{
	if (facts->currency != BITMARK_CURRENCY_BITCOIN ||
	    bitmark_address_litecoin_from_bitcoin(address, text) != BITMARK_OK)
		return NULL;
	return text;
}

/* "both": some version bytes mean the same on the live and the test network. */
static int
print_address(const struct record_options *o, const char *address,
    const struct address_facts *facts, const char *litecoin)
{
	const char *currency = bitmark_currency_name(facts->currency);
	const char *network = !facts->test ? "live" : !facts->live ? "test" :
	    "both";
	char names[RECORD_RELEASES_TEXT_MAX];

	if (o->json)
		return print_json(json_pack("{s:s, s:s, s:i, s:s, s:s?, s:o}",
		    "address", address, "currency", currency, "version",
		    (int)facts->version, "network", network, "litecoin",
		    litecoin, "rules", record_releases_json(facts->releases,
		    facts->release_count, facts->accepted)));
	printf("%s  %s  version %u  network %s", address, currency,
	    facts->version, network);
	if (litecoin != NULL)
		printf("  as litecoin %s", litecoin);
	if (facts->accepted != (1u << facts->release_count) - 1) {
		record_releases_text(facts->releases, facts->release_count,
		    facts->accepted, names);
		printf("  by the rules of %s only", names);
	}
	putchar('\n');
	return EXIT_DONE;
}

/* Without --network every network will do. */
static bool
is_on_network(const struct record_options *o, const struct address_facts *facts)
{
	return o->network == NETWORK_ANY ||
	    (o->network == BITMARK_NETWORK_LIVE ? facts->live : facts->test);
}

/* Print a line for each currency, since currencies share version bytes: one
 * text can be an address of several. */
static int
print_address_forms(const struct record_options *o, const char *text)
{
	struct bitmark_span address = { (const uint8_t *)text, strlen(text) };
	char litecoin[BITMARK_ADDRESS_TEXT_MAX + 1];
	struct address_facts facts;
	int code = EXIT_DONE;
	bool found = false;

	for (int c = BITMARK_CURRENCY_BITCOIN; c < BITMARK_CURRENCY_COUNT;
	    c++) {
		if (!explain_address(o, (enum bitmark_currency)c, address,
		    &facts) || !is_on_network(o, &facts))
			continue;
		found = true;
		code = print_address(o, text, &facts,
		    litecoin_form(&facts, address, litecoin));
	}
	return found ? code : complain_status(text, BITMARK_E_CURRENCY_ADDRESS);
}

int
record_address(void *options, int argc, char **argv)
{
	int code = EXIT_DONE, one;

	for (int i = 1; i < argc; i++) {
		one = print_address_forms(options, argv[i]);
		if (one != EXIT_DONE)
			code = one;
	}
	return code;
}
