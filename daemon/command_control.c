/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The commands that ask and control a running daemon, through its control
 * socket.
 */
#include "shared/ask.h"
#include "commands.h"
#include "request.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/complain.h"

/* All failures of these commands except a time-out have one exit code; the
 * message says what failed. */
static int
fail(const char *what, const char *why)
{
	complain("%s: %s", what, why);
	return EXIT_FAILED;
}

/* --- text ----------------------------------------------------------------- */

/* The payments of one currency: "BTC 10000 ADDRESS, 20000 ADDRESS". */
static void
print_way(const char *currency, const json_t *list)
{
	fputs(currency, stdout);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *payment = json_array_get(list, i);

		printf("%s %s %s", i > 0 ? "," : "",
		    json_string_value(json_object_get(payment, "amount")),
		    json_string_value(json_object_get(payment, "address")));
	}
}

/* The ways to pay, one of which is enough, in one cell of a table. */
static void
print_ways(json_t *payments)
{
	const char *currency, *between = "";
	json_t *list;

	json_object_foreach(payments, currency, list) {
		fputs(between, stdout);
		print_way(currency, list);
		between = "; ";
	}
	if (json_object_size(payments) == 0)
		putchar('-');
}

/* One value for people: the items of a list with blanks between them, yes and
 * no, and a dash for nothing. */
static void
print_value(json_t *value)
{
	if (json_is_object(value))
		print_ways(value);
	else if (json_is_string(value))
		fputs(json_string_value(value), stdout);
	else if (json_is_array(value))
		for (size_t i = 0; i < json_array_size(value); i++) {
			fputs(i > 0 ? " " : "", stdout);
			print_value(json_array_get(value, i));
		}
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", stdout);
	else if (json_is_null(value))
		fputs("-", stdout);
	else
		(void)json_dumpf(value, stdout, JSON_ENCODE_ANY |
		    JSON_REAL_PRECISION(4));
}

/* A line for each object, with tabs between its values, below a line with the
 * names: easy to read for people and for awk(1). */
static void
print_rows(const json_t *rows)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i), *value;
		const char *name, *tab = "";

		if (i == 0) {
			json_object_foreach(row, name, value) {
				printf("%s%s", tab, name);
				tab = "\t";
			}
			putchar('\n');
			tab = "";
		}
		json_object_foreach(row, name, value) {
			fputs(tab, stdout);
			print_value(value);
			tab = "\t";
		}
		putchar('\n');
	}
}

/* A line for each block that was made, with its number and its digest as people
 * see it elsewhere. */
static void
print_blocks(const json_t *blocks)
{
	for (size_t i = 0; i < json_array_size(blocks); i++) {
		const json_t *block = json_array_get(blocks, i);

		printf("%" JSON_INTEGER_FORMAT "\t%s\n", json_integer_value(
		    json_object_get(block, "number")), json_string_value(
		    json_object_get(block, "digestDisplay")));
	}
}

/* Is this a list of blocks that were made? */
static bool
is_blocks(const json_t *list)
{
	return json_object_get(json_array_get(list, 0), "digestDisplay") !=
	    NULL;
}

/* A line for each payment, which a wallet of the currency opens. */
static void
print_uris(json_t *payments)
{
	const char *currency;
	json_t *list, *payment;
	size_t i;

	json_object_foreach(payments, currency, list) {
		json_array_foreach(list, i, payment) {
			printf("%-16s %s\n", "uri", json_string_value(
			    json_object_get(payment, "uri")));
		}
	}
}

/* A line for each way to pay. */
static void
print_lines(const char *name, json_t *payments)
{
	const char *currency;
	json_t *list;

	json_object_foreach(payments, currency, list) {
		printf("%-16s ", name);
		print_way(currency, list);
		putchar('\n');
	}
	print_uris(payments);
}

/* An object becomes one line for each member; lists of objects become tables.
 */
static void
print_reply(json_t *reply)
{
	const char *name;
	json_t *value;

	if (json_is_array(reply)) {
		(is_blocks(reply) ? print_blocks : print_rows)(reply);
		return;
	}
	json_object_foreach(reply, name, value) {
		if (strcmp(name, "metrics") == 0) {
			print_value(value);
		} else if (json_is_object(value) &&
		    json_object_size(value) > 0) {
			print_lines(name, value);
		} else if (strcmp(name, "blocks") == 0) {
			print_blocks(value);
		} else if (json_is_object(json_array_get(value, 0))) {
			print_rows(value);
		} else if (strcmp(name, "digest") != 0) {
			/* People see "digestDisplay" under the name "digest".
			 */
			printf("%-16s ", strcmp(name, "digestDisplay") == 0 ?
			    "digest" : name);
			print_value(value);
			putchar('\n');
		}
	}
}

/* An error goes to stderr. The rest of the reply is printed as well, because it
 * tells what was done before the error: import may have taken half of a file.
 */
static int
show(json_t *reply, bool json)
{
	const char *error = json_string_value(json_object_get(reply, "error"));
	int code = EXIT_DONE;

	if (error != NULL) {
		complain("%s", error);
		(void)json_object_del(reply, "error");
		code = json_object_del(reply, "timed_out") == 0 ?
		    EXIT_NO_CONNECTION : EXIT_FAILED;
	}
	if (code == EXIT_FAILED && json_object_size(reply) == 0)
		return code;
	if (json) {
		(void)json_dumpf(reply, stdout, JSON_COMPACT);
		putchar('\n');
	} else
		print_reply(reply);
	return code;
}

/* Ask the daemon at ${path} and print its reply; gives the exit code.
 * ${for_ever}: the daemon may take its time. */
static int
exchange(const char *path, const json_t *request, bool for_ever, bool json)
{
	const char *why;
	json_t *reply = ask_daemon(path, request, for_ever ? ASK_FOR_EVER :
	    ASK_WAIT_MS, &why);
	int code;

	if (reply == NULL)
		return fail(path, why);
	code = show(reply, json);
	json_decref(reply);
	return code;
}

/* The configuration is read only for the path of the socket. Keys are not
 * opened, as this user may not be allowed to read them. */
int
command_control(void *options, int argc, char **argv)
{
	const struct daemon_options *o = options;
	struct config *config;
	int code = setup_load(o, &config);
	json_t *request = NULL;

	if (code != EXIT_DONE)
		return code;
	if (config->control == NULL)
		code = fail(o->config, "the control socket is switched off "
		    "(control = none)");
	else if ((request = request_make(o, argc, argv)) == NULL)
		code = EXIT_FAILED;
	else
		code = exchange(config->control, request,
		    strcmp(argv[0], "wait") == 0 ||
		    strcmp(argv[0], "generate") == 0, o->json);
	json_decref(request);
	config_free(config);
	return code;
}
