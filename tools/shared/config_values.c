/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Checks of single values. A value may have the right form and still be of no
 * use, such as the name of a file that does not exist: that is found where the
 * file is opened, with the cause that the system gives.
 */
#include "shared/config_values.h"

#include <grp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/option.h"

/* Addresses that fit in one announcement. */
#define ANNOUNCE_MAX (BITMARK_CONNECTIONS_MAX / BITMARK_CONNECTION_V6_SIZE)
/* Room for a literal address with a port, which has 53 bytes at most; a longer
 * text is cut and then is not valid. Bytes. */
#define LITERAL_TEXT_MAX 64

static const char *const level_names[] = {
	[BITMARK_LOG_ERROR] = "error",
	[BITMARK_LOG_WARN] = "warn",
	[BITMARK_LOG_INFO] = "info",
	[BITMARK_LOG_DEBUG] = "debug",
};
#define LEVEL_COUNT (sizeof level_names / sizeof level_names[0])

/* The library has a text for each error. */
static const char *
why_of(bitmark_status status)
{
	return status == BITMARK_OK ? NULL : bitmark_strerror(status);
}

/* An empty path would name the data directory itself. */
const char *
config_value_text(struct config_trial *t)
{
	return t->value[0] != '\0' ? NULL : "is empty";
}

/* Chains are built into the library: a new one would need rules, too. */
const char *
config_value_chain(struct config_trial *t)
{
	return chain_from_text(t->value) != NULL ? NULL :
	    "no such chain: bitmark, testing or local";
}

/* As bitmark-chain checkpoint prints it. */
const char *
config_value_checkpoint(struct config_trial *t)
{
	struct bitmark_checkpoint checkpoint;

	return why_of(bitmark_checkpoint_parse(t->value, strlen(t->value),
	    &checkpoint));
}

/* Rules are named after the release of bitmarkd that follows them. */
const char *
config_value_rules(struct config_trial *t)
{
	return bitmark_rules_find(t->value) != NULL ? NULL :
	    "no such rules: 8.2 or 0.16";
}

/* "none" and "chain" have the form of a domain, too, so they pass. */
const char *
config_value_nodes(struct config_trial *t)
{
	return bitmark_host_name_is_valid(t->value, strlen(t->value)) ? NULL :
	    "neither \"none\" nor \"chain\" nor a domain";
}

/* The group must exist already: with a mistyped name nobody could use the
 * control socket. */
const char *
config_value_group(struct config_trial *t)
{
	return getgrnam(t->value) != NULL ? NULL :
	    "no such group on this system";
}

/* A literal, or a name that is looked up later. */
const char *
config_value_address(struct config_trial *t)
{
	struct bitmark_endpoint endpoint;

	return why_of(bitmark_endpoint_from_text(t->value, strlen(t->value),
	    &endpoint));
}

/* The address must be a literal, because no name can be looked up before there
 * is a DNS server. */
const char *
config_value_literal(struct config_trial *t)
{
	struct bitmark_connection connection;
	const char *why = config_value_address(t);     /* tells a missing port */

	return why != NULL ? why : why_of(bitmark_connection_from_text(
	    t->value, strlen(t->value), &connection));
}

/* An address of this machine, or all of them, as ":port" (v8.2) or "*:port"
 * (0.16). */
const char *
config_value_listen(struct config_trial *t)
{
	char all[LITERAL_TEXT_MAX] = "[::]";
	struct config_trial literal = *t;
	const char *rest = t->value + (t->value[0] == '*');

	if (rest[0] != ':')
		return config_value_literal(t);
	strncat(all, rest, sizeof all - sizeof "[::]");
	literal.value = all;
	return config_value_literal(&literal);
}

bool
config_is_digits(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* A text is an address when it is a port, or ends with a colon and a port. A
 * file whose name looks like that can be given with a "/" in it. */
bool
config_is_address(const char *text)
{
	const char *colon = strrchr(text, ':');

	return strchr(text, '/') == NULL &&
	    config_is_digits(colon != NULL ? colon + 1 : text);
}

/* A port alone is on this machine only: config_take_metrics puts its address in
 * front. */
const char *
config_value_metrics(struct config_trial *t)
{
	char text[LITERAL_TEXT_MAX];
	struct config_trial port = *t;

	if (!config_is_address(t->value))
		return config_value_text(t);
	if (!config_is_digits(t->value))
		return config_value_listen(t);
	snprintf(text, sizeof text, CONFIG_LOOPBACK ":%s", t->value);
	port.value = text;
	return config_value_literal(&port);
}

/* Source: bitmarkd v8.2 command/bitmarkd/configuration.go */
const char *
config_value_data_directory(struct config_trial *t)
{
	return t->value[0] != '\0' && strcmp(t->value, "~") != 0 ? NULL :
	    "is not a valid directory";
}

/* Source: bitmarkd v8.2 command/bitmarkd/configuration.go mustNotBePaths */
const char *
config_value_plain_name(struct config_trial *t)
{
	return t->value[0] != '\0' && strchr(t->value, '/') == NULL &&
	    strcmp(t->value, ".") != 0 && strcmp(t->value, "..") != 0 ? NULL :
	    "is not a plain name";
}

/* Other nodes take literal addresses only.  An empty text is left out: it may
 * come from a variable that is set to nothing.  Source: bitmarkd v8.2
 * peer/setup.go setAnnounce */
const char *
config_value_announce(struct config_trial *t)
{
	struct bitmark_connection connection;
	const char *why;

	if (t->value[0] == '\0')
		return NULL;
	if (t->index >= ANNOUNCE_MAX)
		return "too many addresses";
	why = config_value_literal(t);
	if (why == NULL && (bitmark_connection_from_text(t->value,
	    strlen(t->value), &connection) != BITMARK_OK ||
	    !bitmark_connection_is_usable(&connection)))
		why = "cannot be reached by others";
	return why;
}

/* Keys of other nodes are written with or without their tag. */
const char *
config_value_peer_key(struct config_trial *t)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	return why_of(bitmark_peer_key_parse_public(t->value,
	    strlen(t->value), key));
}

/* Tags are compared with their case, as bitmarkd does. */
bool
config_starts_with(const char *text, const char *tag)
{
	return strncmp(text, tag, strlen(tag)) == 0;
}

bool
config_hex32(const char *text, uint8_t out[32])
{
	size_t size;

	return bitmark_hex_decode(text, strlen(text), out, 32, &size) ==
	    BITMARK_OK && size == 32;
}

/* The value is a file, or ${tag} and 64 hex digits. One with the tag of the
 * other kind is refused: taking it for the name of a file would only say "no
 * such file". */
static bool
is_key(const char *value, const char *tag, const char *other)
{
	uint8_t key[32];
	bool good;

	if (!config_starts_with(value, tag))
		return value[0] != '\0' && !config_starts_with(value, other);
	good = config_hex32(value + strlen(tag), key);
	explicit_bzero(key, sizeof key);
	return good;
}

/* The key of this node: a file, or the key itself. */
const char *
config_value_public_key(struct config_trial *t)
{
	return is_key(t->value, CONFIG_PUBLIC_TAG, CONFIG_PRIVATE_TAG) ?
	    NULL : "neither a file nor " CONFIG_PUBLIC_TAG
	    " and 64 hex digits";
}

/* Other than with most values, a key of the wrong kind is the likely mistake:
 * the tag of a public key is refused. */
const char *
config_value_private_key(struct config_trial *t)
{
	return is_key(t->value, CONFIG_PRIVATE_TAG, CONFIG_PUBLIC_TAG) ?
	    NULL : "neither a file nor " CONFIG_PRIVATE_TAG
	    " and 64 hex digits";
}

/* Any 32 bytes make a fingerprint, so only the length can be checked. */
const char *
config_value_fingerprint(struct config_trial *t)
{
	uint8_t fingerprint[32];

	return config_hex32(t->value, fingerprint) ? NULL :
	    bitmark_strerror(BITMARK_E_FINGERPRINT);
}

/* A decimal number; both limits are included. */
const char *
config_value_range(struct config_trial *t)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(t->value, &end, 10);
	if (end == t->value || *end != '\0')
		return "not a number";
	if (errno == 0 && number >= t->key->minimum &&
	    number <= t->key->maximum)
		return NULL;
	snprintf(t->why, sizeof t->why, "not in %ld..%ld", t->key->minimum,
	    t->key->maximum);
	return t->why;
}

/* The words come in pairs, of which the second is true. */
bool
config_find_flag(const char *text, bool *flag)
{
	static const char *const words[] = { "no", "yes", "false", "true",
	    "off", "on" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*flag = i % 2 != 0;
			return true;
		}
	}
	return false;
}

/* The words are those of libucl and of the parser that was used before. */
const char *
config_value_flag(struct config_trial *t)
{
	bool flag;

	return config_find_flag(t->value, &flag) ? NULL :
	    "neither yes nor no";
}

/* In lower case only, as the pages write them. */
bool
config_find_level(const char *text, enum bitmark_log_level *level)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*level = (enum bitmark_log_level)i;
			return true;
		}
	}
	return false;
}

/* The error lists all levels; bitmarkd has two more, which this node does not.
 */
const char *
config_value_level(struct config_trial *t)
{
	enum bitmark_log_level level;

	return config_find_level(t->value, &level) ? NULL :
	    "no such level: error, warn, info or debug";
}
