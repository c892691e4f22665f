/* bitmark-record sign and pack: JSON to bytes. */
#include <stdlib.h>
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"
#include "shared/input.h"
#include "shared/output.h"

/* Longest JSON of a record: each byte may be six characters.  Bytes. */
#define JSON_MAX (8 * BITMARK_RECORD_PACKED_MAX)

/* Digits of the smallest number that may be above 2^63 - 1. */
#define LARGE_DIGITS 19

/* Take JSON from the command line, or from the file that ${argument} names;
 * gives an exit code, having complained. */
static int
read_json_text(const char *argument, uint8_t **text, size_t *size)
{
	if (argument[0] != '{')
		return input_read(argument, INPUT_BYTES, JSON_MAX, text,
		    size);
	*size = strlen(argument);
	*text = malloc(*size + 1);
	if (*text == NULL)
		return complain_status("input", BITMARK_E_NOMEM);
	memcpy(*text, argument, *size + 1);
	return EXIT_DONE;
}

/* The digits that ${text} begins with. */
static size_t
count_digits(const char *text, size_t size)
{
	size_t n = 0;

	while (n < size && text[n] >= '0' && text[n] <= '9')
		n++;
	return n;
}

/*
 * Put large numbers into quotes.  Jansson reads signed numbers of 64 bits only,
 * and nonces are unsigned; the library takes a number and a string alike.
 * NULL: no memory; free().
 */
static char *
quote_large_numbers(const char *text, size_t size, size_t *quoted_size)
{
	char *quoted = malloc(size + 2 * (size / LARGE_DIGITS) + 1);
	bool in_string = false, large;
	size_t used = 0, n;

	for (size_t i = 0; quoted != NULL && i < size; i += n) {
		n = in_string ? 0 : count_digits(text + i, size - i);
		large = n >= LARGE_DIGITS;
		if (n == 0)
			n = text[i] == '\\' && i + 1 < size ? 2 : 1;
		if (text[i] == '"')
			in_string = !in_string;
		if (large)
			quoted[used++] = '"';
		memcpy(quoted + used, text + i, n);
		used += n;
		if (large)
			quoted[used++] = '"';
	}
	*quoted_size = used;
	return quoted;
}

/* Remove the facts that decode adds to the fields of a record. */
static char *
remove_context(const char *text, size_t size)
{
	char *quoted = quote_large_numbers(text, size, &size);
	json_t *object = quoted == NULL ? NULL :
	    json_loadb(quoted, size, JSON_ALLOW_NUL, NULL);
	const char *name;
	char *plain = NULL;

	free(quoted);
	if (json_is_object(object)) {
		name = json_string_value(json_object_get(object, "record"));
		(void)json_object_del(object, "txId");
		(void)json_object_del(object, "payId");
		(void)json_object_del(object, "network");
		/* An issue has a field of this name. */
		if (name != NULL && strcmp(name,
		    bitmark_record_name(BITMARK_RECORD_ASSET)) == 0)
			(void)json_object_del(object, "assetId");
		plain = json_dumps(object, JSON_COMPACT);
	}
	json_decref(object);
	return plain;
}

/* Read a record as sign, decode or bitmarkd print it. */
static bitmark_status
record_from_text(const char *text, size_t size,
    struct bitmark_record_owned **owned)
{
	bitmark_status status = bitmark_record_from_json(text, size, owned);
	char *plain;

	if (status != BITMARK_E_JSON)
		return status;
	plain = remove_context(text, size);
	if (plain != NULL)
		status = bitmark_record_from_json(plain, strlen(plain), owned);
	free(plain);
	return status;
}

/* Print the record as hex, or as decode would show it. */
static int
print_packed(const struct record_options *o,
    const struct bitmark_record *record)
{
	struct record_item item = { .record = *record };
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	bitmark_status status;
	size_t size;

	status = bitmark_record_encode(record, packed, sizeof packed, &size);
	if (status != BITMARK_OK)
		return complain_status("pack", status);
	if (!o->json) {
		print_hex(packed, size);
		return EXIT_DONE;
	}
	bitmark_tx_id(packed, size, item.id);
	return print_json(record_to_object(&item, o->network, NULL));
}

/* Print a record that still lacks its countersignature: it cannot be packed,
 * so it is JSON, which the second account takes to sign. */
static int
print_half_signed(const struct bitmark_record *record)
{
	char *text;
	json_t *object;
	bitmark_status status = bitmark_record_to_json(record,
	    BITMARK_JSON_SAFE, &text, NULL);

	if (status != BITMARK_OK)
		return complain_status("sign", status);
	object = json_from_text(text);
	if (object != NULL) {
		(void)json_object_set_new(object, "record",
		    json_string(bitmark_record_name(record->tag)));
		(void)json_object_del(object, "countersignature");
	}
	return print_json(object);
}

/* --- pack ----------------------------------------------------------------- */

/* Print the header as hex, or as decode would show it. */
static int
pack_header(const struct record_options *o,
    const struct bitmark_header *header)
{
	uint8_t packed[BITMARK_HEADER_SIZE];
	char *text;
	bitmark_status status;

	if (!o->json) {
		bitmark_header_pack(header, packed);
		print_hex(packed, sizeof packed);
		return EXIT_DONE;
	}
	status = bitmark_header_to_json(header, &text, NULL);
	return status == BITMARK_OK ? print_json(json_from_text(text)) :
	    complain_status("pack", status);
}

/* Packing has no place for a signature that is not there. */
static int
pack_record(const struct record_options *o, struct bitmark_record *record)
{
	if (record->signature.size == 0 ||
	    (bitmark_record_is_countersigned(record->tag) &&
	    record->countersignature.size == 0)) {
		complain("the record is not signed");
		return EXIT_BAD_DATA;
	}
	return print_packed(o, record);
}

/* A header has fields that no record has, and the other way round. */
static int
pack_text(const struct record_options *o, const char *text, size_t size)
{
	struct bitmark_record_owned *owned;
	struct bitmark_header header;
	bitmark_status status;
	int code;

	status = bitmark_header_from_json(text, size, &header);
	if (status == BITMARK_OK)
		return pack_header(o, &header);
	status = record_from_text(text, size, &owned);
	if (status != BITMARK_OK)
		return complain_status("pack", status);
	code = pack_record(o, bitmark_record_owned_get(owned));
	bitmark_record_owned_free(owned);
	return code;
}

int
record_pack(void *options, int argc, char **argv)
{
	uint8_t *text;
	size_t size;
	int code = read_json_text(argc > 1 ? argv[1] : "-", &text, &size);

	if (code != EXIT_DONE)
		return code;
	code = pack_text(options, (char *)text, size);
	free(text);
	return code;
}

/* --- sign ----------------------------------------------------------------- */

/* Is this the key of the account that signs now, as far as it is known? */
static int
check_key(const struct record_options *o, const struct bitmark_record *record,
    const struct bitmark_private_key *key)
{
	const struct bitmark_account *wanted = o->countersign ?
	    record_countersigner(record) : record_own_signer(record);
	enum bitmark_network network;
	struct bitmark_account account;
	char text[BITMARK_ACCOUNT_TEXT_MAX];

	if (record_network(record, &network) && network != key->network)
		return complain_status("sign", BITMARK_E_WRONG_NETWORK_PRIVATE);
	bitmark_private_key_account(key, &account);
	if (wanted == NULL || bitmark_account_equal(wanted, &account))
		return EXIT_DONE;
	bitmark_account_to_text(wanted, text);
	complain("%s must sign this: the key is of another account", text);
	return EXIT_BAD_DATA;
}

/* The account whose first signature the record must have. false: it is not
 * known; the key that signs now is only the second one. */
static bool
first_signer(const struct record_options *o,
    const struct record_signers *signers, const struct bitmark_record *record,
    const struct bitmark_private_key *key, struct bitmark_account *account)
{
	const struct bitmark_account *signer = record_signer(signers, record);

	if (signer != NULL) {
		*account = *signer;
		return true;
	}
	bitmark_private_key_account(key, account);
	return !o->countersign;
}

/* What was signed is checked as a node would, so that nothing leaves here that
 * nodes refuse. */
static int
check_signed(const struct record_options *o,
    const struct record_signers *signers, const struct bitmark_record *record,
    const struct bitmark_private_key *key)
{
	bool half = bitmark_record_is_countersigned(record->tag) &&
	    !o->countersign;
	struct bitmark_account signer;
	bitmark_status status;

	if (!first_signer(o, signers, record, key, &signer)) {
		complain("note: the first signature was not checked, give "
		    "--signer or --linked");
		return EXIT_DONE;
	}
	/* The first signature was made just now, so that only the missing
	 * second one can give this error. */
	status = bitmark_record_check(o->rules, record, &signer,
	    BITMARK_STRICT);
	if (half && status == BITMARK_E_SIGNATURE)
		status = BITMARK_OK;
	return status == BITMARK_OK ? EXIT_DONE :
	    complain_status("sign", status);
}

/* Sign with the key; the record borrows ${signature} from now on. */
static int
sign_record(const struct record_options *o, struct bitmark_record *record,
    const struct bitmark_private_key *key, uint8_t *signature)
{
	bitmark_status status;
	int code;

	if (o->countersign &&
	    !bitmark_record_is_countersigned(record->tag)) {
		complain("%s has no countersignature",
		    bitmark_record_name(record->tag));
		return EXIT_BAD_DATA;
	}
	code = check_key(o, record, key);
	if (code != EXIT_DONE)
		return code;
	/* The second signature is over the first one, too: it is void. */
	if (!o->countersign)
		record->countersignature = (struct bitmark_span){ NULL, 0 };
	status = o->countersign ?
	    bitmark_record_countersign(record, key, signature) :
	    bitmark_record_sign(record, key, signature);
	return status == BITMARK_OK ? EXIT_DONE :
	    complain_status("sign", status);
}

/* The linked record is read first: nothing is signed in vain. */
static int
sign_and_print(const struct record_options *o, struct bitmark_record *record,
    const struct bitmark_private_key *key)
{
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	struct record_signers signers;
	int code = record_signers_load(o, &signers);

	if (code == EXIT_DONE)
		code = sign_record(o, record, key, signature);
	if (code == EXIT_DONE)
		code = check_signed(o, &signers, record, key);
	record_signers_free(&signers);
	if (code != EXIT_DONE)
		return code;
	if (bitmark_record_is_countersigned(record->tag) && !o->countersign)
		return print_half_signed(record);
	return print_packed(o, record);
}

/* The key is read last and wiped first. */
static int
sign_text(const struct record_options *o, const char *text, size_t size)
{
	struct bitmark_record_owned *owned;
	struct bitmark_private_key key;
	bitmark_status status;
	int code;

	status = record_from_text(text, size, &owned);
	if (status != BITMARK_OK)
		return complain_status("sign", status);
	code = record_read_key(o, &key);
	if (code == EXIT_DONE)
		code = sign_and_print(o, bitmark_record_owned_get(owned),
		    &key);
	bitmark_private_key_wipe(&key);
	bitmark_record_owned_free(owned);
	return code;
}

/* Input, key and linked record may come from files; one of them may be the
 * standard input. */
int
record_sign(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	const char *argument = argc > 1 ? argv[1] : "-";
	uint8_t *text;
	size_t size;
	int code;

	if ((o->key_file == NULL) == (o->key_variable == NULL))
		return usage_error("sign needs --key or --key-env");
	code = record_check_stdin(argument, o->key_file, o->linked);
	if (code == EXIT_DONE)
		code = read_json_text(argument, &text, &size);
	if (code != EXIT_DONE)
		return code;
	code = sign_text(o, (char *)text, size);
	free(text);
	return code;
}
