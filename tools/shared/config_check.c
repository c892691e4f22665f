/*
 * The keys of the configuration, and a check of each value, made on the tree
 * before anything is taken from it, so that an error can name the line.
 *
 * Names are those of bitmarkd where it has them.
 * Source: bitmarkd v8.2 command/bitmarkd/configuration.go getConfiguration
 */
#include "shared/config_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/guess.h"
#include "shared/option.h"

/* Addresses that fit in one announcement. */
#define ANNOUNCE_MAX (BITMARK_CONNECTIONS_MAX / BITMARK_CONNECTION_V6_SIZE)
/* "not in a..b" with NUL. */
#define RANGE_TEXT_MAX 64
/* Bounds of the limits.  Source: local choice. */
#define CONNECTIONS_LIMIT 65535
#define WORKERS_LIMIT 256
#define CLIENTS_LIMIT 25
#define NICE_LIMIT 19
#define AHEAD_BYTES_MIN (1024 * 1024)
#define AHEAD_BYTES_LIMIT 0x7fffffffL
#define PACE_MS_MIN 100
#define PACE_MS_LIMIT (24 * 60 * 60 * 1000)
/* Longest value that an error repeats.  Bytes. */
#define VALUE_SHOWN 256

/* A value under test, and room for a reason that has to be made. */
struct trial {
	const char *value;
	size_t index;                   /* among the values of its key    */
	const struct config_key_spec *key;
	char why[RANGE_TEXT_MAX];
};

/* NULL when the value is good, or why it is not. */
typedef const char *(*check_fn)(struct trial *t);

enum key_kind {
	KEY_ONE,                        /* a single value                 */
	KEY_LIST,
	KEY_SECTION,                    /* without a title                */
	KEY_TITLED,                     /* sections with different titles */
	KEY_LEVELS,                     /* a section whose keys are free  */
};

/* One key; a table of them ends with a row without a name. */
struct config_key_spec {
	const char *name;
	enum key_kind kind;
	check_fn check;
	const struct config_key_spec *keys;     /* of a section           */
	long minimum, maximum;                  /* for check_range        */
	bool is_needed;                         /* in its section         */
	bool is_secret;                         /* no error repeats it    */
};

static const char *const level_names[] = {
	[BITMARK_LOG_ERROR] = "error",
	[BITMARK_LOG_WARN] = "warn",
	[BITMARK_LOG_INFO] = "info",
	[BITMARK_LOG_DEBUG] = "debug",
};
#define LEVEL_COUNT (sizeof level_names / sizeof level_names[0])

/* Every module that writes to the log; lint compares this with the sources. */
static const char *const module_names[] = { "announcer", "chain", "client",
	"connector", "dns", "events", "listener", "main", "process",
	"progress", "publisher", "reindex", "reservoir", "serve", "sync" };
#define MODULE_COUNT (sizeof module_names / sizeof module_names[0])

/* --- values --------------------------------------------------------------- */

/* For a check by the library, which has a text for each error. */
static const char *
why_of(bitmark_status status)
{
	return status == BITMARK_OK ? NULL : bitmark_strerror(status);
}

/* An empty path would be the data directory itself. */
static const char *
check_text(struct trial *t)
{
	return t->value[0] != '\0' ? NULL : "is empty";
}

/* Chains are built into the library: a new one would need rules, too. */
static const char *
check_chain(struct trial *t)
{
	return chain_from_text(t->value) != NULL ? NULL :
	    "no such chain: bitmark, testing or local";
}

/* The names of releases, as they say them themselves. */
static const char *
check_rules(struct trial *t)
{
	return bitmark_rules_find(t->value) != NULL ? NULL :
	    "no such rules: 8.2 or 0.16";
}

/* "none" and "chain" have the form of a domain, too. */
static const char *
check_nodes(struct trial *t)
{
	return bitmark_host_name_is_valid(t->value, strlen(t->value)) ? NULL :
	    "neither \"none\" nor \"chain\" nor a domain";
}

/* A literal, or a name that is looked up later. */
static const char *
check_address(struct trial *t)
{
	struct bitmark_endpoint endpoint;

	return why_of(bitmark_endpoint_from_text(t->value, strlen(t->value),
	    &endpoint));
}

/* The address of a DNS server: its name could not be looked up without one. */
static const char *
check_literal(struct trial *t)
{
	struct bitmark_connection connection;
	const char *why = check_address(t);     /* tells a missing port */

	return why != NULL ? why : why_of(bitmark_connection_from_text(
	    t->value, strlen(t->value), &connection));
}

/* Source: bitmarkd v8.2 command/bitmarkd/configuration.go */
static const char *
check_data_directory(struct trial *t)
{
	return t->value[0] != '\0' && strcmp(t->value, "~") != 0 ? NULL :
	    "is not a valid directory";
}

/* Source: bitmarkd v8.2 command/bitmarkd/configuration.go mustNotBePaths */
static const char *
check_plain_name(struct trial *t)
{
	return t->value[0] != '\0' && strchr(t->value, '/') == NULL &&
	    strcmp(t->value, ".") != 0 && strcmp(t->value, "..") != 0 ? NULL :
	    "is not a plain name";
}

/* Other nodes take literal addresses only.  An empty text is left out: it may
 * come from a variable that is set to nothing.  Source: bitmarkd v8.2
 * peer/setup.go setAnnounce */
static const char *
check_announce(struct trial *t)
{
	struct bitmark_connection connection;
	const char *why;

	if (t->value[0] == '\0')
		return NULL;
	if (t->index >= ANNOUNCE_MAX)
		return "too many addresses";
	why = check_literal(t);
	if (why == NULL && (bitmark_connection_from_text(t->value,
	    strlen(t->value), &connection) != BITMARK_OK ||
	    !bitmark_connection_is_usable(&connection)))
		why = "cannot be reached by others";
	return why;
}

/* As other nodes are named everywhere: with or without the tag in front. */
static const char *
check_peer_key(struct trial *t)
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

/* A file, or ${tag} and 64 hex digits. */
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
static const char *
check_public_key(struct trial *t)
{
	return is_key(t->value, CONFIG_PUBLIC_TAG, CONFIG_PRIVATE_TAG) ?
	    NULL : "neither a file nor " CONFIG_PUBLIC_TAG
	    " and 64 hex digits";
}

/* Other than with most values, a key of the wrong kind is the likely mistake:
 * the tag of a public key is refused. */
static const char *
check_private_key(struct trial *t)
{
	return is_key(t->value, CONFIG_PRIVATE_TAG, CONFIG_PUBLIC_TAG) ?
	    NULL : "neither a file nor " CONFIG_PRIVATE_TAG
	    " and 64 hex digits";
}

/* Other nodes would take any 32 bytes; only the length can be checked. */
static const char *
check_fingerprint(struct trial *t)
{
	uint8_t fingerprint[32];

	return config_hex32(t->value, fingerprint) ? NULL :
	    bitmark_strerror(BITMARK_E_FINGERPRINT);
}

/* A decimal number; both limits are included. */
static const char *
check_range(struct trial *t)
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

/* Pairs of words, of which the second is true. */
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
static const char *
check_flag(struct trial *t)
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

/* The text lists all levels: there are few, and bitmarkd has two more. */
static const char *
check_level(struct trial *t)
{
	enum bitmark_log_level level;

	return config_find_level(t->value, &level) ? NULL :
	    "no such level: error, warn, info or debug";
}

/* --- keys ----------------------------------------------------------------- */

#define TEXT(n, check_) { .name = (n), .check = (check_) }
#define LIST(n, check_) { .name = (n), .kind = KEY_LIST, .check = (check_) }
#define NUMBER(n, from, to) { .name = (n), .check = check_range, \
	.minimum = (from), .maximum = (to) }
#define FLAG(n) { .name = (n), .check = check_flag }
#define SECTION(n, kind_, keys_) { .name = (n), .kind = (kind_), \
	.keys = (keys_) }
#define PACE(n) NUMBER(n, PACE_MS_MIN, PACE_MS_LIMIT)
#define SECRET(n) { .name = (n), .check = check_private_key, \
	.is_secret = true }

static const struct config_key_spec database_keys[] = {
	TEXT("directory", check_text),
	TEXT("name", check_plain_name),
	{ .name = NULL },
}, connect_keys[] = {
	{ .name = "public_key", .check = check_peer_key, .is_needed = true },
	{ .name = "address", .check = check_address, .is_needed = true },
	{ .name = NULL },
}, peering_keys[] = {
	LIST("listen", check_address),
	LIST("announce", check_announce),
	TEXT("public_key", check_public_key),
	SECRET("private_key"),
	FLAG("dynamic_connections"),
	FLAG("prefer_ipv6"),
	NUMBER("connections_max", 1, CONNECTIONS_LIMIT),
	NUMBER("ahead_bytes", AHEAD_BYTES_MIN, AHEAD_BYTES_LIMIT),
	NUMBER("digest_workers", 0, WORKERS_LIMIT),
	NUMBER("digest_nice", 0, NICE_LIMIT),
	NUMBER("minimum_clients", 1, CLIENTS_LIMIT),
	PACE("cycle_ms"),
	PACE("poll_ms"),
	PACE("announce_first_ms"),
	PACE("announce_interval_ms"),
	PACE("dns_refresh_ms"),
	LIST("rpc_announce", check_announce),
	TEXT("fingerprint", check_fingerprint),
	SECTION("connect", KEY_TITLED, connect_keys),
	{ .name = NULL },
}, publishing_keys[] = {
	LIST("broadcast", check_address),
	TEXT("public_key", check_public_key),
	SECRET("private_key"),
	{ .name = NULL },
}, level_key = {
	.check = check_level,
}, logging_keys[] = {
	TEXT("level", check_level),
	TEXT("destination", check_text),
	SECTION("levels", KEY_LEVELS, &level_key),
	{ .name = NULL },
}, all_keys[] = {
	TEXT("data_directory", check_data_directory),
	TEXT("chain", check_chain),
	TEXT("rules", check_rules),
	TEXT("nodes", check_nodes),
	TEXT("dns_server", check_literal),
	TEXT("pidfile", check_text),
	TEXT("control", check_text),
	TEXT("metrics_file", check_text),
	TEXT("peer_file", check_text),
	SECTION("database", KEY_SECTION, database_keys),
	SECTION("peering", KEY_SECTION, peering_keys),
	SECTION("publishing", KEY_SECTION, publishing_keys),
	SECTION("logging", KEY_SECTION, logging_keys),
	{ .name = NULL },
};

/* The first entry of a name decides where a list begins: a later "=" would
 * silently take its place, where a file for bitmarkd makes a list that way. */
static bool
check_repeated(const struct config_entry *section,
    const struct config_entry *entry, const struct config_key_spec *key,
    const struct config_report *report)
{
	bool is_list = key->kind == KEY_LIST;

	if ((is_list && entry->adds) ||
	    config_tree_find(section->entries, entry->name) == entry)
		return true;
	return config_fail(report, entry->line, is_list ?
	    "%s is given twice: write one list, {\"a\", \"b\"}" :
	    "%s is given twice", entry->name);
}

/* Each value is checked by itself, so that the error names its line in a long
 * list. */
static bool
check_values(const struct config_entry *entry,
    const struct config_key_spec *key, size_t index,
    const struct config_report *report)
{
	struct trial t = { .index = index, .key = key };
	const char *why;

	if (key->kind != KEY_LIST &&
	    (entry->values == NULL || entry->values->next != NULL))
		return config_fail(report, entry->line,
		    "%s: one value is wanted, not a list", entry->name);
	for (const struct config_value *v = entry->values; v != NULL;
	    v = v->next, t.index++) {
		t.value = v->text;
		why = key->check(&t);
		if (why != NULL)
			return config_fail(report, v->line,
			    "%s: \"%.*s\": %s", entry->name, VALUE_SHOWN,
			    key->is_secret ? CONFIG_PRIVATE_TAG "..." :
			    v->text, why);
	}
	return true;
}

/* Values of the same list that stand before ${entry}. */
static size_t
count_before(const struct config_entry *section,
    const struct config_entry *entry)
{
	size_t count = 0;

	for (const struct config_entry *e = section->entries; e != entry;
	    e = e->next)
		if (strcmp(e->name, entry->name) == 0)
			for (const struct config_value *v = e->values;
			    v != NULL; v = v->next)
				count++;
	return count;
}

/* A key must have a value, and a section must be one, with or without a title
 * as the table says. */
static bool
check_form(const struct config_entry *entry,
    const struct config_key_spec *key, const struct config_report *report)
{
	bool is_key = key->kind == KEY_ONE || key->kind == KEY_LIST;

	if (is_key && entry->is_section)
		return config_fail(report, entry->line,
		    "%s is no section: write '%s = ...'", entry->name,
		    entry->name);
	if (!is_key && !entry->is_section)
		return config_fail(report, entry->line,
		    "%s is a section: write '%s%s { ... }'", entry->name,
		    entry->name, key->kind == KEY_TITLED ? " NAME" : "");
	if (key->kind == KEY_TITLED && entry->title == NULL)
		return config_fail(report, entry->line,
		    "%s: the name is missing: write '%s NAME { ... }'",
		    entry->name, entry->name);
	if (key->kind != KEY_TITLED && entry->title != NULL)
		return config_fail(report, entry->line,
		    "%s takes no name, as '%s'", entry->name, entry->title);
	return true;
}

/* Two nodes of one name could not be told apart by --node NAME. */
static bool
check_title(const struct config_entry *section,
    const struct config_entry *entry, const struct config_report *report)
{
	for (const struct config_entry *e = section->entries; e != entry;
	    e = e->next)
		if (e->title != NULL && strcmp(e->name, entry->name) == 0 &&
		    strcmp(e->title, entry->title) == 0)
			return config_fail(report, entry->line,
			    "found duplicate title '%s'", entry->title);
	return true;
}

/* A level for a module that never writes would have no effect, and nobody
 * would notice. */
static bool
check_module(const struct config_entry *entry,
    const struct config_report *report)
{
	struct guess guess;

	guess_begin(&guess, entry->name);
	for (size_t i = 0; i < MODULE_COUNT; i++) {
		if (strcmp(entry->name, module_names[i]) == 0)
			return true;
		guess_offer(&guess, module_names[i]);
	}
	return config_fail(report, entry->line, "no module '%s' writes to "
	    "the log%s%s%s", entry->name, GUESS_WORDS(guess));
}

/* A module may be given twice: the last level counts. */
static bool
check_levels(const struct config_entry *section,
    const struct config_report *report)
{
	for (const struct config_entry *e = section->entries; e != NULL;
	    e = e->next)
		if (!check_form(e, &level_key, report) ||
		    !check_module(e, report) ||
		    !check_values(e, &level_key, 0, report))
			return false;
	return true;
}

/* Told with the line of the closing brace, where the key is missing. */
static bool
check_needed(const struct config_entry *section,
    const struct config_key_spec *keys, const struct config_report *report)
{
	for (const struct config_key_spec *key = keys; key->name != NULL;
	    key++)
		if (key->is_needed && config_tree_find(section->entries,
		    key->name) == NULL)
			return config_fail(report, section->end_line,
			    "%s %s: %s is missing", section->name,
			    section->title, key->name);
	return true;
}

/* The words in question are those of the same section only. */
static bool
fail_unknown(const struct config_key_spec *keys,
    const struct config_entry *entry, const struct config_report *report)
{
	struct guess guess;

	guess_begin(&guess, entry->name);
	for (; keys->name != NULL; keys++)
		guess_offer(&guess, keys->name);
	return config_fail(report, entry->line, "no such option '%s'%s%s%s",
	    entry->name, GUESS_WORDS(guess));
}

/* In the order of the file: the first mistake that a person meets is told. */
static bool
check_section(const struct config_entry *section,
    const struct config_key_spec *keys, const struct config_report *report)
{
	const struct config_key_spec *key;
	const struct config_entry *e;
	bool good = true;

	for (e = section->entries; good && e != NULL; e = e->next) {
		for (key = keys; key->name != NULL &&
		    strcmp(key->name, e->name) != 0; key++)
			;
		if (key->name == NULL)
			return fail_unknown(keys, e, report);
		good = check_form(e, key, report);
		if (!good)
			break;
		if (key->kind == KEY_LEVELS)
			good = check_levels(e, report);
		else if (e->is_section)
			good = check_title(section, e, report) &&
			    check_section(e, key->keys, report);
		else
			good = check_repeated(section, e, key, report) &&
			    check_values(e, key, count_before(section, e),
			    report);
	}
	return good && check_needed(section, keys, report);
}

/* A file without any key is good: all have defaults. */
bool
config_check(const struct config_entry *root,
    const struct config_report *report)
{
	return check_section(root, all_keys, report);
}
