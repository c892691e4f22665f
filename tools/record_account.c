/* bitmark-record account and address: explain a text that somebody gave one. */
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"

/* --- account -------------------------------------------------------------- */

/* Read an account as its text, as hex of its packed form, or, when the network
 * is given, as hex of the bare key. */
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

/* All forms of one account. */
static int
print_account(const struct record_options *o,
    const struct bitmark_account *account)
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

	bitmark_account_to_text(account, text);
	bitmark_hex_encode(bytes, bitmark_account_pack(account, bytes),
	    packed);
	bitmark_hex_encode(account->key, bitmark_account_key_size(account),
	    key);
	if (o->json)
		return print_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}",
		    "account", text, "packed", packed, "publicKey", key,
		    "algorithm", algorithm, "network", network,
		    "zero", (int)zero));
	printf("account     %s\npacked      %s\npublic key  %s\n"
	    "algorithm   %s\nnetwork     %s\nzero        %s\n", text, packed,
	    key, algorithm, network, zero ? "yes" : "no");
	return EXIT_DONE;
}

/* Each account is explained; the code is that of the last failure. */
int
record_account(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	struct bitmark_account account;
	bitmark_status status;
	int code = EXIT_DONE, one;

	for (int i = 1; i < argc; i++) {
		status = parse_account(o, argv[i], &account);
		one = status == BITMARK_OK ? print_account(o, &account) :
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
};

/* Fill in the facts; false: it is no address of this currency on any network.
 */
static bool
explain_address(const struct bitmark_rules *rules,
    enum bitmark_currency currency, struct bitmark_span address,
    struct address_facts *facts)
{
	facts->currency = currency;
	if (bitmark_address_version(currency, address, &facts->version) !=
	    BITMARK_OK)
		return false;
	facts->live = bitmark_address_check(rules, currency,
	    address, BITMARK_NETWORK_LIVE) == BITMARK_OK;
	facts->test = bitmark_address_check(rules, currency,
	    address, BITMARK_NETWORK_TEST) == BITMARK_OK;
	return facts->live || facts->test;
}

/* The Litecoin form of a Bitcoin address, else NULL. */
static const char *
litecoin_form(const struct address_facts *facts, struct bitmark_span address,
    char text[BITMARK_ADDRESS_TEXT_MAX + 1])
{
	if (facts->currency != BITMARK_CURRENCY_BITCOIN ||
	    bitmark_address_litecoin_from_bitcoin(address, text) != BITMARK_OK)
		return NULL;
	return text;
}

/* Version bytes of test networks are shared by currencies, as are some of both
 * networks. */
static int
print_address(const struct record_options *o, const char *address,
    const struct address_facts *facts, const char *litecoin)
{
	const char *currency = bitmark_currency_name(facts->currency);
	const char *network = !facts->test ? "live" : !facts->live ? "test" :
	    "both";

	if (o->json)
		return print_json(json_pack("{s:s, s:s, s:i, s:s, s:s?}",
		    "address", address, "currency", currency, "version",
		    (int)facts->version, "network", network, "litecoin",
		    litecoin));
	printf("%s  %s  version %u  network %s", address, currency,
	    facts->version, network);
	if (litecoin != NULL)
		printf("  as litecoin %s", litecoin);
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

/* Print a line for each currency: one text can be an address of several. */
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
		if (!explain_address(o->rules, (enum bitmark_currency)c,
		    address, &facts) || !is_on_network(o, &facts))
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
