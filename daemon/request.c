/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Requests for a running daemon. Most commands have no arguments. Files are
 * read here, with the rights of the person who gives the command; only a
 * backup, which may be large, is read by the daemon.
 */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/reservoir.h>

#include "shared/complain.h"
#include "shared/input.h"
#include "shared/json.h"
#include "shared/option.h"
#include "shared/secret.h"

/* The bytes that ${argument} is or names, as hex; NULL: an error was printed.
 * Hex comes before the names of files, so that no file of such a name can take
 * its place. */
static json_t *
submission(const char *argument)
{
	uint8_t *data = NULL;
	size_t size;
	json_t *hex = NULL;

	if (argument[0] != '\0' && input_hex(argument, BITMARK_BLOCK_MAX,
	    &data, &size) != BITMARK_OK && input_read_file(argument,
	    INPUT_ANY, BITMARK_BLOCK_MAX, &data, &size) != EXIT_DONE)
		return NULL;
	if (data == NULL)
		return json_string("");
	hex = json_hex(data, size);
	free(data);
	return hex;
}

/* The data is sent as hex, because the daemon may run as a user who cannot read
 * the file. */
static json_t *
submit(const char *verb, const char *argument)
{
	json_t *hex = submission(argument);

	return hex == NULL ? NULL : json_pack("{s:s, s:o}", "command", verb,
	    "hex", hex);
}

/* The daemon may run in another directory, so it gets the absolute path. */
static json_t *
import(const char *verb, const char *argument)
{
	char *path = realpath(argument, NULL);
	json_t *request = NULL;

	if (path != NULL)
		request = json_pack("{s:s, s:s}", "command", verb, "path",
		    path);
	else
		complain("%s: %s", argument, cause_text(BITMARK_E_IO));
	free(path);
	return request;
}

/* The argument is only split here. The daemon's library judges both parts, so
 * that one place decides what is valid. */
static json_t *
add_peer(const char *verb, const char *argument)
{
	const char *at = strchr(argument, '@');

	if (at != NULL)
		return json_pack("{s:s, s:s%, s:s}", "command", verb, "key",
		    argument, (size_t)(at - argument), "address", at + 1);
	complain("%s: not KEY@ADDRESS", argument);
	return NULL;
}

/* PAY-ID CURRENCY, and then ADDRESS AMOUNT for each output. */
static json_t *
payment(int argc, char **argv)
{
	json_t *list;

	if (argc % 2 == 0) {
		complain("%s: each ADDRESS needs an AMOUNT", argv[0]);
		return NULL;
	}
	list = json_array();
	for (int i = 3; i + 1 < argc; i += 2)
		json_array_append_new(list, json_pack("{s:s, s:s}", "address",
		    argv[i], "amount", argv[i + 1]));
	return json_pack("{s:s, s:s, s:s, s:o}", "command", argv[0], "pay_id",
	    argv[1], "currency", argv[2], "payments", list);
}

/* The daemon keeps the connection open until the transaction has the state, or
 * the time is over. */
static json_t *
wait_for(const struct daemon_options *o, const char *verb, const char *id)
{
	json_t *request = json_pack("{s:s, s:s, s:s}", "command", verb,
	    "tx_id", id, "for", o->wait_for == BITMARK_TX_STATUS_VERIFIED ?
	    "verified" : "confirmed");

	if (o->timeout_s <= INT64_MAX)
		(void)json_object_set_new(request, "timeout",
		    json_integer((json_int_t)o->timeout_s));
	return request;
}

/* Read a key from a file; NULL: an error was printed. The copy is wiped;
 * Jansson's copy lives until the request was sent. */
static json_t *
key_of_file(const char *path)
{
	uint8_t *text;
	size_t size;
	json_t *key;

	if (input_read_file(path, INPUT_TEXT, CONFIG_SIGNING_KEY_MAX, &text,
	    &size) != EXIT_DONE)
		return NULL;
	secret_warn(path);
	key = json_stringn((const char *)text, size);
	explicit_bzero(text, size);
	free(text);
	return key;
}

/* ${to} is an account, a key, or the name of a file with a key. The file is
 * read here, as the daemon may run as another user. */
static bool
add_owner(json_t *request, const char *to)
{
	struct bitmark_account account;
	json_t *key;

	if (bitmark_account_from_text(to, strlen(to), &account) == BITMARK_OK)
		return json_object_set_new(request, "to", json_string(to)) ==
		    0;
	key = config_is_signing_key(to) ? json_string(to) : key_of_file(to);
	return key != NULL && json_object_set_new(request, "key", key) == 0;
}

/* The daemon knows how many blocks may be asked for. */
static json_t *
generate(const struct daemon_options *o, const char *verb, const char *count)
{
	json_t *request = NULL;
	uint64_t number;

	if (number_from_text(count, &number) && number <= INT64_MAX)
		request = json_pack("{s:s, s:I}", "command", verb, "count",
		    (json_int_t)number);
	else
		complain("%s: not a number of blocks", count);
	if (request == NULL || o->to == NULL || add_owner(request, o->to))
		return request;
	json_decref(request);
	return NULL;
}

/* NULL: an error was printed. */
json_t *
request_make(const struct daemon_options *o, int argc, char **argv)
{
	const char *verb = argv[0];

	if (strcmp(verb, "submit") == 0)
		return submit(verb, argv[1]);
	if (strcmp(verb, "import") == 0)
		return import(verb, argv[1]);
	if (strcmp(verb, "add-peer") == 0)
		return add_peer(verb, argv[1]);
	if (strcmp(verb, "payment") == 0)
		return payment(argc, argv);
	if (strcmp(verb, "transaction") == 0)
		return json_pack("{s:s, s:s}", "command", verb, "tx_id",
		    argv[1]);
	if (strcmp(verb, "wait") == 0)
		return wait_for(o, verb, argv[1]);
	if (strcmp(verb, "generate") == 0)
		return generate(o, verb, argc > 1 ? argv[1] : "1");
	return json_pack("{s:s}", "command", verb);
}
