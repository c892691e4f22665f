/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* bitmark-record sign and pack: JSON to bytes. */
#include <stdlib.h>
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"
#include "shared/input.h"
#include "shared/output.h"

/* Read records: JSON as sign, decode or bitmarkd print it, or hex, which may
 * lack the second signature. ${list} is the caller's, and NULL on failure. */
static int
list_from_argument(const struct record_options *o, const char *argument,
    struct bitmark_record_list **list)
{
	static const char form[] = "{\"transfer\":\"%s\"}";
	char fault[BITMARK_JSON_FAULT_MAX];
	bitmark_status status = BITMARK_E_NOMEM;
	uint8_t *data;
	char *hex = NULL, *text = NULL;
	size_t size;
	bool json;
	int code = record_text_read(o, argument, &data, &size, &json);

	*list = NULL;
	if (code != EXIT_DONE)
		return code;
	fault[0] = '\0';
	if (size == 0) {
		status = BITMARK_E_MISSING_PARAMETERS;
		snprintf(fault, sizeof fault, "there is nothing to read");
	} else if (json) {
		status = bitmark_record_list_from_json((char *)data, size,
		    list, fault);
	} else if ((hex = malloc(2 * size + 1)) != NULL &&
	    (text = malloc(2 * size + sizeof form)) != NULL) {
		/* bitmark-cli prints a half signed record as hex inside JSON;
		 * the library reads that form, so hex is put into it. */
		bitmark_hex_encode(data, size, hex);
		snprintf(text, 2 * size + sizeof form, form, hex);
		status = bitmark_record_list_from_json(text, strlen(text),
		    list, fault);
		/* The member "transfer" is not the user's. */
		if (status != BITMARK_OK)
			snprintf(fault, sizeof fault, "neither JSON nor the "
			    "bytes of a record: %s", bitmark_strerror(status));
	}
	free(text);
	free(hex);
	free(data);
	if (status != BITMARK_OK)
		complain("%s: %s", argument[0] == '-' ? "input" : "record",
		    fault[0] != '\0' ? fault : bitmark_strerror(status));
	return status == BITMARK_OK ? EXIT_DONE : exit_code_of(status);
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
	item.packed = (struct bitmark_span){ packed, size };
	return print_json(record_to_object(&item, o->network, NULL));
}

/* Print a record that still lacks its countersignature. Its hex ends where the
 * second signature would begin, which is the form in which bitmark-cli hands it
 * to the second account. */
static int
print_half_signed(const struct record_options *o,
    const struct bitmark_record *record)
{
	const struct record_item item = { .record = *record };
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	bitmark_status status;
	size_t size;

	if (o->json)
		return print_json(record_to_object(&item, o->network, NULL));
	status = bitmark_record_message(record, true, packed, sizeof packed,
	    &size);
	if (status != BITMARK_OK)
		return complain_status("sign", status);
	print_hex(packed, size);
	return EXIT_DONE;
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

/* A packed record has no way to say that a signature is missing, so a record
 * without one is refused. */
static int
check_whole(struct bitmark_record_list *list)
{
	for (size_t i = 0; i < bitmark_record_list_count(list); i++) {
		const struct bitmark_record *record =
		    bitmark_record_list_get(list, i);

		if (record->signature.size == 0 ||
		    record_is_half_signed(record)) {
			complain("the record is not signed");
			return EXIT_BAD_DATA;
		}
	}
	return EXIT_DONE;
}

/* Print all records as one line of hex: a bundle, or a block when there is a
 * header. */
static int
print_bundle(struct bitmark_record_list *list)
{
	const struct bitmark_header *header = bitmark_record_list_header(list);
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	char text[2 * BITMARK_RECORD_PACKED_MAX + 1];
	bitmark_status status;
	size_t size;

	if (header != NULL) {
		bitmark_header_pack(header, packed);
		bitmark_hex_encode(packed, BITMARK_HEADER_SIZE, text);
		fputs(text, stdout);
	}
	for (size_t i = 0; i < bitmark_record_list_count(list); i++) {
		status = bitmark_record_encode(bitmark_record_list_get(list,
		    i), packed, sizeof packed, &size);
		if (status != BITMARK_OK)
			return complain_status("pack", status);
		bitmark_hex_encode(packed, size, text);
		fputs(text, stdout);
	}
	putchar('\n');
	return EXIT_DONE;
}

static int
pack_list(const struct record_options *o, struct bitmark_record_list *list)
{
	const struct bitmark_header *header = bitmark_record_list_header(list);
	int code = check_whole(list);

	if (code != EXIT_DONE)
		return code;
	if (header != NULL && bitmark_record_list_count(list) == 0)
		return pack_header(o, header);
	if (!o->json)
		return print_bundle(list);
	for (size_t i = 0; code == EXIT_DONE &&
	    i < bitmark_record_list_count(list); i++)
		code = print_packed(o, bitmark_record_list_get(list, i));
	return code;
}

int
record_pack(void *options, int argc, char **argv)
{
	struct bitmark_record_list *list;
	int code = list_from_argument(options, argc > 1 ? argv[1] : "-",
	    &list);

	if (code == EXIT_DONE)
		code = pack_list(options, list);
	bitmark_record_list_free(list);
	return code;
}

/* --- sign ----------------------------------------------------------------- */

/* Does the key belong to the account that must sign? The check is made only as
 * far as that account is known. */
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

/* The account that must have made the first signature. False: it is not known,
 * as the key in hand makes only the second signature. */
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

/* BITMARK_E_SIGNATURE of half a record can only mean the missing second
 * signature, as the first one was made just now. */
static bitmark_status
check_by(const struct bitmark_rules *rules, const struct bitmark_record *record,
    const struct bitmark_account *signer, bool half)
{
	bitmark_status status = bitmark_record_check(rules, record, signer,
	    BITMARK_STRICT);

	return half && status == BITMARK_E_SIGNATURE ? BITMARK_OK : status;
}

/* Tell the user when some releases accept the record and others do not. */
static void
note_releases(const struct bitmark_rules *const *releases, size_t count,
    unsigned accepted)
{
	char names[RECORD_RELEASES_TEXT_MAX];

	if (accepted == (1u << count) - 1)
		return;
	record_releases_text(releases, count, accepted, names);
	complain("note: only nodes of %s accept this record", names);
}

/* Check the record as a node would. A node that refuses a record does not say
 * so, so a wallet would wait for a block that never comes. Half a record is
 * checked as far as it goes. */
static int
check_signed(const struct record_options *o,
    const struct record_signers *signers, const struct bitmark_record *record,
    const struct bitmark_private_key *key)
{
	bool half = bitmark_record_is_countersigned(record->tag) &&
	    !o->countersign;
	const struct bitmark_rules *releases[RECORD_RELEASES_MAX];
	const size_t count = record_releases(o, releases);
	struct bitmark_account signer;
	bitmark_status status = BITMARK_OK;
	unsigned accepted = 0;

	if (!first_signer(o, signers, record, key, &signer)) {
		complain("note: the first signature was not checked, give "
		    "--signer or --linked");
		return EXIT_DONE;
	}
	for (size_t i = 0; i < count; i++) {
		status = check_by(releases[i], record, &signer, half);
		if (status == BITMARK_OK)
			accepted |= 1u << i;
	}
	if (accepted == 0)
		return complain_status("sign", status);
	note_releases(releases, count, accepted);
	return EXIT_DONE;
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
	/* The second signature covers the first one, which is made anew here:
	 * an old second signature is dropped. */
	if (!o->countersign)
		record->countersignature = (struct bitmark_span){ NULL, 0 };
	status = o->countersign ?
	    bitmark_record_countersign(record, key, signature) :
	    bitmark_record_sign(record, key, signature);
	return status == BITMARK_OK ? EXIT_DONE :
	    complain_status("sign", status);
}

/* The linked record is read before signing, so that a mistake in it is found
 * first. */
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
		return print_half_signed(o, record);
	return print_packed(o, record);
}

/* One key signs all records, each of which prints a line. */
static int
sign_list(const struct record_options *o, struct bitmark_record_list *list)
{
	struct bitmark_private_key key;
	int code = record_read_key(o, &key, NULL);

	if (code == EXIT_DONE && bitmark_record_list_count(list) == 0)
		code = complain_status("sign", BITMARK_E_NOT_RECORD);
	for (size_t i = 0; code == EXIT_DONE &&
	    i < bitmark_record_list_count(list); i++)
		code = sign_and_print(o, bitmark_record_list_get(list, i),
		    &key);
	bitmark_private_key_wipe(&key);
	return code;
}

/* Exactly one source of the key must be given. */
int
record_sign(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	const char *argument = argc > 1 ? argv[1] : "-";
	struct bitmark_record_list *list = NULL;
	int code;

	if ((o->key_file == NULL) == (o->key_variable == NULL))
		return usage_error("sign needs --key or --key-env");
	code = record_check_stdin(argument, o->key_file, o->linked);
	if (code == EXIT_DONE)
		code = list_from_argument(o, argument, &list);
	if (code == EXIT_DONE)
		code = sign_list(o, list);
	bitmark_record_list_free(list);
	return code;
}
