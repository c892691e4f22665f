/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-record sign-message and verify-message: sign any text or file with
 * the key of an account.
 *
 * The signature covers the bytes as they are, as in Bitmark's SDKs. It could be
 * used as the signature of a record only if the bytes are those of a record;
 * such bytes are refused, as signing them might give something away.
 */
#include <stdlib.h>
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"
#include "shared/input.h"

/* Longest message.  Bytes. */
#define MESSAGE_MAX ((size_t)64 << 20)

/* "-" and "@FILE" name a file; any other argument is the message itself. The
 * caller frees message->data. */
static int
read_message(const char *argument, struct bitmark_span *message)
{
	uint8_t *data = NULL;
	size_t size = strlen(argument);
	int code = EXIT_DONE;

	*message = (struct bitmark_span){ NULL, 0 };
	if (strcmp(argument, "-") == 0 || argument[0] == '@') {
		code = input_read_file(argument[0] == '@' ? argument + 1 :
		    argument, INPUT_BYTES, MESSAGE_MAX, &data, &size);
	} else {
		data = (uint8_t *)strdup(argument);
		if (data == NULL)
			code = complain_status("message", BITMARK_E_NOMEM);
	}
	if (data != NULL)
		*message = (struct bitmark_span){ data, size };
	return code;
}

/* Would the signature complete a record? An account signs the bytes of a record
 * without the signature, which comes last; so a length byte and zeros are
 * appended, and the result is parsed. Without memory the answer is the safe
 * one. */
static bool
is_record(struct bitmark_span message)
{
	const size_t size = message.size + 1 + BITMARK_SIGNATURE_SIZE;
	uint8_t *whole = calloc(1, size);
	struct bitmark_record record;
	bool found = false;
	size_t used;

	if (whole == NULL)
		return true;
	if (message.size > 0)
		memcpy(whole, message.data, message.size);
	whole[message.size] = BITMARK_SIGNATURE_SIZE;
	for (int n = BITMARK_NETWORK_LIVE; n <= BITMARK_NETWORK_TEST; n++)
		found = found || (bitmark_record_parse(bitmark_rules_decode(),
		    whole, size, (enum bitmark_network)n, &record, &used) ==
		    BITMARK_OK && used == size);
	free(whole);
	return found;
}

/* The account is printed with the signature, so that the other side knows with
 * whom to check it. */
static int
sign(const struct record_options *o, const struct bitmark_private_key *key,
    struct bitmark_span message)
{
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	char account_text[BITMARK_ACCOUNT_TEXT_MAX];
	char text[2 * BITMARK_SIGNATURE_SIZE + 1];
	struct bitmark_account account;

	if (is_record(message)) {
		complain("sign-message: these bytes are a record: use 'sign'");
		return EXIT_BAD_DATA;
	}
	bitmark_private_key_sign(key, message, signature);
	bitmark_private_key_account(key, &account);
	bitmark_account_to_text(&account, account_text);
	bitmark_hex_encode(signature, sizeof signature, text);
	if (o->json)
		return print_json(json_pack("{s:s, s:s}", "account",
		    account_text, "signature", text));
	puts(text);
	return EXIT_DONE;
}

/* Exactly one source of the key must be given, and standard input can be read
 * only once. */
int
record_sign_message(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	const char *argument = argc > 1 ? argv[1] : "-";
	struct bitmark_private_key key;
	struct bitmark_span message;
	int code;

	if ((o->key_file == NULL) == (o->key_variable == NULL))
		return usage_error("sign-message needs --key or --key-env");
	code = record_check_stdin(argument, o->key_file, NULL);
	if (code != EXIT_DONE)
		return code;
	code = read_message(argument, &message);
	if (code == EXIT_DONE)
		code = record_read_key(o, &key, NULL);
	if (code == EXIT_DONE) {
		code = sign(o, &key, message);
		bitmark_private_key_wipe(&key);
	}
	free((void *)message.data);
	return code;
}

/* The exit code says the same as the text, for scripts. */
static int
tell(const struct record_options *o, bitmark_status status)
{
	const bool valid = status == BITMARK_OK;

	if (o->json)
		(void)print_json(json_pack("{s:s}", "result", valid ?
		    "valid" : "invalid"));
	else
		puts(valid ? "valid" : "invalid");
	return valid ? EXIT_DONE : EXIT_BAD_DATA;
}

/* The first argument is the signature, the second the message. */
int
record_verify_message(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	struct bitmark_account account;
	struct bitmark_span message;
	bitmark_status status;
	size_t size;
	int code;

	if (o->signer == NULL)
		return usage_error("verify-message needs --signer");
	status = bitmark_account_from_text(o->signer, strlen(o->signer),
	    &account);
	if (status != BITMARK_OK)
		return complain_status("--signer", status);
	if (bitmark_hex_decode(argv[1], strlen(argv[1]), signature,
	    sizeof signature, &size) != BITMARK_OK ||
	    size != sizeof signature) {
		complain("a signature has %d hex digits",
		    2 * BITMARK_SIGNATURE_SIZE);
		return EXIT_BAD_DATA;
	}
	code = read_message(argc > 2 ? argv[2] : "-", &message);
	if (code == EXIT_DONE)
		code = tell(o, bitmark_account_verify(&account, message,
		    (struct bitmark_span){ signature, sizeof signature },
		    BITMARK_STRICT));
	free((void *)message.data);
	return code;
}
