/* bitmark-record: look at records, blocks, accounts and addresses; sign and
 * prove. */
#include <string.h>

#include "record_tool.h"

static const struct option_spec option_specs[] = {
	{ 'j', "json", NULL, "print JSON (decode always does)" },
	{ 'n', "network", "live|test",
	    "network of accounts; else both are tried" },
	{ 'C', "chain", "NAME", "the network of this chain" },
	{ 'a', "as", "KIND", "input is: record, header or block" },
	{ 'b', "binary", NULL, "input files are bytes, never hex text" },
	{ 's', "style", "safe|8.2",
	    "decode: large numbers as text, or as bitmarkd prints" },
	{ 'w', "work", NULL, "compute block digests (half a second each)" },
	{ 'r', "rules", "8.2|any", "verify, sign, address: whose rules (8.2)" },
	{ 'S', "signer", "ACCOUNT",
	    "owner of the linked record, who must have signed" },
	{ 'l', "linked", "DATA", "the linked records, instead of --signer" },
	{ 'k', "key", "FILE", "sign: file with a seed or private key" },
	{ 'K', "key-env", "VARIABLE", "sign: take it from the environment" },
	{ 0, "countersign", NULL, "sign: as the second to sign" },
	{ 'o', "output", "FILE", "keygen: secrets to a new file, mode 0600" },
	{ 'v', "seed-version", "1|2", "keygen: form of the seed (1)" },
	{ 0, "pay-nonce", "HEX", "proof: the pay nonce, 16 hex digits" },
	{ 0, "block", "DATA", "proof: the pay nonce of this block" },
	{ 0, NULL, NULL, NULL },
};

static const struct command_spec commands[] = {
	{ "decode", "[DATA]", "records, a header or a block as JSON",
	    record_decode },
	{ "verify", "[DATA]", "check signatures, merkle root, proof of work",
	    record_verify },
	{ "pack", "[JSON]", "a signed record or a header from JSON to hex",
	    record_pack },
	{ "sign", "--key FILE|--key-env VARIABLE [JSON]",
	    "sign a record, print it as hex", record_sign },
	{ "keygen", "--network live|test|--chain NAME", "make a new account",
	    record_keygen },
	{ "account", "ACCOUNT...", "explain accounts, text or hex",
	    record_account },
	{ "address", "ADDRESS...", "explain payment addresses",
	    record_address },
	{ "proof", "--pay-nonce HEX|--block DATA [DATA]",
	    "pay for issues with work: find a client nonce", record_proof },
	{ NULL, NULL, NULL, NULL },
};

/* A value of an option that is one of a few words. */
struct word {
	const char *text;
	int value;
};

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
	{ NULL, 0 },
};

static const struct word seed_versions[] = {
	{ "1", BITMARK_SEED_V1 },
	{ "2", BITMARK_SEED_V2 },
	{ NULL, 0 },
};

static bool
take_word(const struct word *words, const char *name, const char *text,
    int *value)
{
	for (; words->text != NULL; words++) {
		if (strcmp(words->text, text) == 0) {
			*value = words->value;
			return true;
		}
	}
	complain("--%s: not possible: %s", name, text);
	return false;
}

static bool
take_network(struct record_options *o, const char *name, const char *text)
{
	const struct bitmark_chain_params *params;
	int value;

	if (strcmp(name, "chain") == 0) {
		params = bitmark_chain_params_find(text);
		if (params == NULL) {
			complain("no chain is called '%s'", text);
			return false;
		}
		value = params->network;
	} else if (!take_word(networks, name, text, &value)) {
		return false;
	}
	o->network = (enum bitmark_network)value;
	o->network_given = true;
	return true;
}

static bool
take_rules(struct record_options *o, const char *text)
{
	const struct bitmark_rules *rules = strcmp(text, "any") == 0 ?
	    bitmark_rules_decode() : bitmark_rules_find(text);

	if (rules == NULL) {
		complain("no rules are called '%s'", text);
		return false;
	}
	o->rules = rules;
	return true;
}

/* Options with one of a few words. */
static bool
take_choice(struct record_options *o, const char *name, const char *argument)
{
	int value;

	if (strcmp(name, "as") == 0) {
		if (!take_word(shapes, name, argument, &value))
			return false;
		o->as = (enum record_shape)value;
	} else if (strcmp(name, "style") == 0) {
		if (!take_word(styles, name, argument, &value))
			return false;
		o->style = (enum bitmark_json_style)value;
	} else {
		if (!take_word(seed_versions, name, argument, &value))
			return false;
		o->seed_version = (enum bitmark_seed_version)value;
	}
	return true;
}

static bool
take(void *options, const char *name, const char *argument)
{
	struct record_options *o = options;

	if (strcmp(name, "json") == 0)
		o->json = true;
	else if (strcmp(name, "binary") == 0)
		o->binary = true;
	else if (strcmp(name, "work") == 0)
		o->work = true;
	else if (strcmp(name, "countersign") == 0)
		o->countersign = true;
	else if (strcmp(name, "signer") == 0)
		o->signer = argument;
	else if (strcmp(name, "linked") == 0)
		o->linked = argument;
	else if (strcmp(name, "key") == 0)
		o->key_file = argument;
	else if (strcmp(name, "key-env") == 0)
		o->key_variable = argument;
	else if (strcmp(name, "output") == 0)
		o->output = argument;
	else if (strcmp(name, "pay-nonce") == 0)
		o->pay_nonce = argument;
	else if (strcmp(name, "block") == 0)
		o->block = argument;
	else if (strcmp(name, "rules") == 0)
		return take_rules(o, argument);
	else if (strcmp(name, "network") == 0 || strcmp(name, "chain") == 0)
		return take_network(o, name, argument);
	else
		return take_choice(o, name, argument);
	return true;
}

static const struct tool_spec tool = {
	.name = "bitmark-record",
	.purpose = "Decode, verify, sign and pack Bitmark records.  DATA and "
	    "JSON are hex or JSON\ntext, a file, @FILE, or - (and nothing) "
	    "for the standard input.",
	.options = option_specs,
	.commands = commands,
	.take = take,
};

int
main(int argc, char **argv)
{
	struct record_options options = {
		.as = SHAPE_ANY,
		.style = BITMARK_JSON_SAFE,
		.rules = bitmark_rules_8_2(),
		.seed_version = BITMARK_SEED_V1,
	};

	return tool_main(&tool, &options, argc, argv);
}
