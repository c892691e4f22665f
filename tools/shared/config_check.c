/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The keys of the configuration: a table of them, and a check of the tree
 * against it, before anything is taken from it, so that an error can name the
 * line.
 *
 * Names are those of bitmarkd where it has them.
 * Source: bitmarkd v8.2 command/bitmarkd/configuration.go getConfiguration
 */
#include "shared/config_impl.h"

#include <string.h>

#include "shared/guess.h"

/* Bounds of numbers. Source: local choice. */
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

/* Every module that writes to the log; .ci/lint compares this list with the
 * sources. */
static const char *const module_names[] = { "announcer", "chain", "client",
	"connector", "dns", "events", "listener", "main", "payment", "process",
	"progress", "proofing", "publisher", "reindex", "reservoir", "serve",
	"sync" };
#define MODULE_COUNT (sizeof module_names / sizeof module_names[0])

#define TEXT(n, check_) { .name = (n), .check = (check_) }
#define LIST(n, check_) { .name = (n), .kind = KEY_LIST, .check = (check_) }
#define NUMBER(n, from, to) { .name = (n), .check = config_value_range, \
	.minimum = (from), .maximum = (to) }
#define FLAG(n) { .name = (n), .check = config_value_flag }
#define SECTION(n, kind_, keys_) { .name = (n), .kind = (kind_), \
	.keys = (keys_) }
#define PACE(n) NUMBER(n, PACE_MS_MIN, PACE_MS_LIMIT)
#define SECRET(n) { .name = (n), .check = config_value_private_key, \
	.is_secret = true }

static const struct config_key_spec database_keys[] = {
	TEXT("directory", config_value_text),
	TEXT("name", config_value_plain_name),
	{ .name = NULL },
}, connect_keys[] = {
	{ .name = "public_key", .check = config_value_peer_key,
	    .is_needed = true },
	{ .name = "address", .check = config_value_address,
	    .is_needed = true },
	{ .name = NULL },
}, peering_keys[] = {
	LIST("listen", config_value_address),
	LIST("announce", config_value_announce),
	TEXT("public_key", config_value_public_key),
	SECRET("private_key"),
	FLAG("dynamic_connections"),
	FLAG("prefer_ipv6"),
	FLAG("standalone"),
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
	LIST("rpc_announce", config_value_announce),
	TEXT("fingerprint", config_value_fingerprint),
	SECTION("connect", KEY_TITLED, connect_keys),
	{ .name = NULL },
}, publishing_keys[] = {
	LIST("broadcast", config_value_address),
	TEXT("public_key", config_value_public_key),
	SECRET("private_key"),
	{ .name = NULL },
}, level_key = {
	.check = config_value_level,
}, logging_keys[] = {
	TEXT("level", config_value_level),
	TEXT("destination", config_value_text),
	SECTION("levels", KEY_LEVELS, &level_key),
	{ .name = NULL },
}, all_keys[] = {
	TEXT("data_directory", config_value_data_directory),
	TEXT("chain", config_value_chain),
	TEXT("rules", config_value_rules),
	TEXT("checkpoint", config_value_checkpoint),
	TEXT("nodes", config_value_nodes),
	TEXT("dns_server", config_value_literal),
	TEXT("pidfile", config_value_text),
	TEXT("control", config_value_text),
	TEXT("control_group", config_value_group),
	LIST("metrics", config_value_metrics),
	TEXT("metrics_file", config_value_text),
	TEXT("peer_file", config_value_text),
	SECTION("database", KEY_SECTION, database_keys),
	SECTION("peering", KEY_SECTION, peering_keys),
	SECTION("publishing", KEY_SECTION, publishing_keys),
	SECTION("proofing", KEY_SECTION, config_proofing_keys),
	SECTION("payment", KEY_SECTION, config_payment_keys),
	SECTION("client_rpc", KEY_SECTION, config_client_rpc_keys),
	SECTION("https_rpc", KEY_SECTION, config_https_rpc_keys),
	SECTION("logging", KEY_SECTION, logging_keys),
	{ .name = NULL },
};

/* A key that stands twice is an error: the later value would silently replace
 * the earlier one, where bitmarkd's configuration makes a list of both. Only
 * "+=" adds to a list. */
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

/* Each value of a list has a line of its own in the tree, so that the error
 * names the right line of a long list. Secret values are never repeated in an
 * error. */
static bool
check_values(const struct config_entry *entry,
    const struct config_key_spec *key, size_t index,
    const struct config_report *report)
{
	struct config_trial t = { .index = index, .key = key };
	const char *why;

	if (key->kind != KEY_LIST &&
	    (entry->values == NULL || entry->values->next != NULL))
		return config_fail(report, entry->line,
		    "%s: one value is expected, not a list", entry->name);
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

/* The number of values that the same list has in front of ${entry}, for checks
 * that bound the whole list. */
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
		    "%s takes no name, but '%s' follows "
		    "it", entry->name, entry->title);
	return true;
}

/* Two sections with one name could not be told apart by --node NAME. */
static bool
check_title(const struct config_entry *section,
    const struct config_entry *entry, const struct config_report *report)
{
	for (const struct config_entry *e = section->entries; e != entry;
	    e = e->next)
		if (e->title != NULL && strcmp(e->name, entry->name) == 0 &&
		    strcmp(e->title, entry->title) == 0)
			return config_fail(report, entry->line,
			    "there is another section with the name "
			    "'%s'", entry->title);
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

/* A module may be given twice: its last level counts. */
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

/* The error names the line of the closing brace, which is where the key is
 * missing. */
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

/* "Did you mean" offers only the keys of the same section. */
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

/* Entries are checked in the order of the file, so that the first error told is
 * the first one that a person meets when reading it. The recursion is as deep
 * as the table of keys. */
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

/* An empty file is valid: all keys have defaults. */
bool
config_check(const struct config_entry *root,
    const struct config_report *report)
{
	return check_section(root, all_keys, report);
}
