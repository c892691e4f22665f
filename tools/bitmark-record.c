/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-record: look at records, blocks, accounts and addresses; sign and
 * prove.
 *
 * Everything is computed from the bytes that are given. Only "proof" may open a
 * store or ask a node, when an option names one; so keys can stay on a machine
 * without a network. The tables below drive parsing, --help and the checks of
 * arguments.
 */
#include "record_commands.h"
#include "record_tool.h"

/* --- values of options ---------------------------------------------------- */

/* The words of an option, in the order in which --help shows them. */
static const struct word networks[] = {
	{ "live", BITMARK_NETWORK_LIVE },
	{ "test", BITMARK_NETWORK_TEST },
	{ NULL, 0 },
};

static const struct word shapes[] = {
	{ "record", SHAPE_RECORDS },
	{ "header", SHAPE_HEADER },
	{ "block", SHAPE_BLOCK },
	{ NULL, 0 },
};

static const struct word styles[] = {
	{ "safe", BITMARK_JSON_SAFE },
	{ "8.2", BITMARK_JSON_8_2 },
	{ "0.16", BITMARK_JSON_0_16 },
	{ NULL, 0 },
};

static const struct word languages[] = {
	{ "english", BITMARK_LANGUAGE_ENGLISH },
	{ "traditional", BITMARK_LANGUAGE_CHINESE_TRADITIONAL },
	{ "simplified", BITMARK_LANGUAGE_CHINESE_SIMPLIFIED },
	{ NULL, 0 },
};

static const struct word phrase_words[] = {
	{ "12", 12 },
	{ "13", 13 },
	{ "24", 24 },
	{ NULL, 0 },
};

static const struct word seed_versions[] = {
	{ "1", BITMARK_SEED_V1 },
	{ "2", BITMARK_SEED_V2 },
	{ NULL, 0 },
};

/* An option_fn that sets two options, the chain and its network; so ${place} is
 * the whole struct. */
static bool
take_chain(const struct option_spec *option, void *place, const char *text)
{
	struct record_options *o = place;

	if (!option_chain(option, &o->chain, text))
		return false;
	o->network = (int)o->chain->network;
	return true;
}

/* --- tables --------------------------------------------------------------- */

/* Rows for options of this program, and for those that take one of some words.
 */
#define ROW(letter, name, argument, help, take, member) \
	OPTION(letter, name, argument, help, take, struct record_options, \
	member)
#define WORD(letter_, name_, argument_, help_, words_, member) \
	{ .letter = (letter_), .name = (name_), .argument = (argument_), \
	.help = (help_), .take = option_word, .words = (words_), \
	.offset = offsetof(struct record_options, member) }

static const struct option_spec option_specs[] = {
	ROW('j', "json", NULL, "print JSON (decode always does)",
	    option_flag, json),
	WORD('n', "network", "live|test",
	    "network of accounts; else both are tried", networks, network),
	{ .letter = 'C', .name = "chain", .argument = "NAME",
	    .help = "the network of this chain; proof: of the store or node",
	    .take = take_chain, .offset = 0 },
	WORD('a', "as", "KIND", "input is: record, header or block", shapes,
	    as),
	ROW('b', "binary", NULL, "input files are bytes, never hex text",
	    option_flag, binary),
	WORD('s', "style", "safe|8.2|0.16", "decode: large numbers as text, or as "
	    "bitmarkd prints", styles, style),
	ROW('w', "work", NULL, "compute block digests (half a second each)",
	    option_flag, work),
	ROW('r', "rules", "8.2|0.16|any", "whose rules verify, sign, "
	    "address and proof follow (any)", option_rules_any, rules),
	ROW('S', "signer", "ACCOUNT", "owner of the linked record, who must "
	    "have signed", option_text, signer),
	ROW('l', "linked", "DATA", "the linked records, instead of --signer",
	    option_text, linked),
	ROW('k', "key", "FILE", "file with a seed, phrase or private key",
	    option_text, key_file),
	ROW('K', "key-env", "VARIABLE", "the same, from the environment",
	    option_text, key_variable),
	ROW(0, "countersign", NULL, "sign: add the second signature",
	    option_flag, countersign),
	ROW('o', "output", "FILE", "keygen: secrets to a new file, mode 0600",
	    option_text, output),
	WORD('v', "seed-version", "1|2", "keygen: form of the seed (1)",
	    seed_versions, seed_version),
	ROW(0, "phrase", NULL, "account: print the secrets of the key, too",
	    option_flag, phrase),
	WORD('L', "language", "LANGUAGE", "phrases in english, traditional or "
	    "simplified", languages, language),
	WORD('W', "words", "12|13|24", "words of a phrase; 12 and 13 are of "
	    "version 2", phrase_words, words),
	ROW(0, "pay-nonce", "HEX", "proof: the pay nonce, 16 hex digits",
	    option_text, pay_nonce),
	ROW(0, "block", "DATA", "proof: the pay nonce of this block",
	    option_text, block),
	ROW(0, "store", "DIR", "proof: the pay nonce of this store",
	    option_text, store),
	ROW(0, "node", "KEY@HOST:PORT", "proof: the pay nonce of this node",
	    option_text, node),
	{ .name = NULL },
};

static const struct command_spec commands[] = {
	{ "decode", "[DATA]", 0, 1, "records, a header or a block as JSON",
	    record_decode },
	{ "verify", "[DATA]", 0, 1,
	    "check signatures, merkle root, proof of work", record_verify },
	{ "pack", "[JSON]", 0, 1,
	    "a signed record or a header from JSON to hex", record_pack },
	{ "sign", "--key FILE|--key-env VARIABLE [JSON]", 0, 1,
	    "sign a record, print it as hex", record_sign },
	{ "keygen", "--network live|test|--chain NAME", 0, 0,
	    "make a new account", record_keygen },
	{ "account", "ACCOUNT...|--key FILE", 0, -1,
	    "explain accounts, text or hex, or that of a key",
	    record_account },
	{ "address", "ADDRESS...", 1, -1, "explain payment addresses",
	    record_address },
	{ "proof", "--pay-nonce HEX|--block DATA|--store DIR|--node NODE "
	    "[DATA]", 0, 1,
	    "pay for issues with work: find a client nonce", record_proof },
	{ "fingerprint", "FILE", 1, 1,
	    "print the fingerprint of a file, for its asset",
	    record_fingerprint },
	{ "sign-message", "--key FILE|--key-env VARIABLE [TEXT]", 0, 1,
	    "sign a text, @FILE or the standard input",
	    record_sign_message },
	{ "verify-message", "--signer ACCOUNT SIGNATURE [TEXT]", 1, 2,
	    "check such a signature", record_verify_message },
	{ .name = NULL },
};

static const struct program program = {
	.name = "bitmark-record",
	.purpose = "Decode, verify, sign and pack Bitmark records.  DATA and "
	    "JSON are hex or JSON\ntext, a file, @FILE, or - (and nothing) "
	    "for the standard input.",
	.options = option_specs,
	.commands = commands,
	.output_failed = EXIT_STORE,
};

int
main(int argc, char **argv)
{
	struct record_options options = {
		.network = NETWORK_ANY,
		.as = SHAPE_ANY,
		.style = BITMARK_JSON_SAFE,
		.rules = bitmark_rules_decode(),
	};

	return program_main(&program, &options, argc, argv);
}
