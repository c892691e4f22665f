/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * From the tree, whose values were all checked, to plain values. Defaults are
 * set here, where the values are taken.
 *
 * ${nomem} collects failures of memory, so that each value can be taken in one
 * line; config_take looks at it once at its end.
 */
#include "shared/config_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/option.h"

/* "peers-CHAIN.json" with NUL. */
#define PEER_FILE_NAME_MAX (BITMARK_CHAIN_NAME_MAX + 16)

/* A copy of a text, or of NULL. */
char *
config_copy(const char *text, bool *nomem)
{
	char *made = text != NULL ? strdup(text) : NULL;

	*nomem |= text != NULL && made == NULL;
	return made;
}

/* The path of ${file}, which is relative to ${directory} unless it is
 * absolute. */
char *
config_join(const char *directory, const char *file, bool *nomem)
{
	size_t size;
	char *path;

	if (file[0] == '/' || directory == NULL)
		return config_copy(file, nomem);
	size = strlen(directory) + strlen(file) + 2;
	path = malloc(size);
	if (path == NULL)
		*nomem = true;
	else
		snprintf(path, size, "%s/%s", directory, file);
	return path;
}

/* The directory that holds ${path}. */
static char *
parent(const char *path, bool *nomem)
{
	const char *slash = strrchr(path, '/');
	char *directory;

	if (slash == NULL)
		return config_copy(".", nomem);
	directory = config_copy(path, nomem);
	if (directory != NULL)
		directory[slash == path ? 1 : slash - path] = '\0';
	return directory;
}

/* --- values of the tree --------------------------------------------------- */

/* The section of this name; one without entries when it is not there. */
const struct config_entry *
config_section_of(const struct config_entry *root, const char *name)
{
	static const struct config_entry empty;
	const struct config_entry *section =
	    config_tree_find(root->entries, name);

	return section != NULL ? section : &empty;
}

/* The value of a key, or ${preset} when it is not there. */
const char *
config_text_of(const struct config_entry *section, const char *name,
    const char *preset)
{
	const struct config_entry *entry =
	    config_tree_find(section->entries, name);

	return entry != NULL ? entry->values->text : preset;
}

/* 0 when the key is not there: most often the library's default. */
unsigned long
config_number_of(const struct config_entry *section, const char *name)
{
	return strtoul(config_text_of(section, name, "0"), NULL, 10);
}

/* The older flags are on when they are not given. A flag that cannot be read
 * keeps that, but config_check let none through. */
bool
config_flag_of(const struct config_entry *section, const char *name)
{
	bool flag = true;

	(void)config_find_flag(config_text_of(section, name, "yes"), &flag);
	return flag;
}

/* A flag that is off when it is not given. */
bool
config_is_asked_for(const struct config_entry *section, const char *name)
{
	return config_tree_find(section->entries, name) != NULL &&
	    config_flag_of(section, name);
}

/* A list may be given in several pieces, with "+=". */
static unsigned
count_values(const struct config_entry *section, const char *name)
{
	unsigned count = 0;

	for (const struct config_entry *e = section->entries; e != NULL;
	    e = e->next)
		if (strcmp(e->name, name) == 0)
			for (const struct config_value *v = e->values;
			    v != NULL; v = v->next)
				count++;
	return count;
}

/* --- sections ------------------------------------------------------------- */

/* Take the texts of a list that are not empty; config_value_announce allows
 * empty ones. */
void
config_take_list(const struct config_entry *section, const char *name,
    struct config_list *list, bool *nomem)
{
	list->items = calloc(count_values(section, name) + 1,
	    sizeof *list->items);
	if (list->items == NULL) {
		*nomem = true;
		return;
	}
	for (const struct config_entry *e = section->entries; e != NULL;
	    e = e->next) {
		if (strcmp(e->name, name) != 0)
			continue;
		for (const struct config_value *v = e->values; v != NULL;
		    v = v->next)
			if (v->text[0] != '\0')
				list->items[list->count++] = config_copy(v->text,
				    nomem);
	}
}

/* Take the key itself, which stands behind its tag, or the path of a file that
 * has it. */
void
config_take_key(const char *text, const char *tag, const struct config *config,
    struct config_key *key, bool *nomem)
{
	key->holder = config->path;
	if (config_starts_with(text, tag))
		(void)config_hex32(text + strlen(tag), key->bytes);
	else
		key->file = config_join(config->data_directory, text, nomem);
}

/* An upper bound for what is taken out of a section. */
static unsigned
count_entries(const struct config_entry *section)
{
	unsigned count = 0;

	for (const struct config_entry *e = section->entries; e != NULL;
	    e = e->next)
		count++;
	return count;
}

/* The keys were checked as texts; here they become bytes. */
static void
take_connect(const struct config_entry *section, struct config *config,
    bool *nomem)
{
	config->peering.connect = calloc(count_entries(section) + 1,
	    sizeof *config->peering.connect);
	if (config->peering.connect == NULL) {
		*nomem = true;
		return;
	}
	for (const struct config_entry *e = section->entries; e != NULL;
	    e = e->next) {
		struct config_peer *peer =
		    &config->peering.connect[config->peering.connect_count];
		const char *key;

		if (strcmp(e->name, "connect") != 0)
			continue;
		key = config_text_of(e, "public_key", "");
		peer->name = config_copy(e->title, nomem);
		peer->address = config_copy(config_text_of(e, "address", ""), nomem);
		*nomem |= bitmark_peer_key_parse_public(key, strlen(key),
		    peer->key) != BITMARK_OK;
		config->peering.connect_count++;
	}
}

/* 0, for a key that is not given, means the library's default. */
static void
take_pace(const struct config_entry *section, struct config *config)
{
	config->peering.minimum_clients = config_number_of(section,
	    "minimum_clients");
	config->peering.cycle_ms = config_number_of(section, "cycle_ms");
	config->peering.poll_ms = config_number_of(section, "poll_ms");
	config->peering.announce_first_ms = config_number_of(section,
	    "announce_first_ms");
	config->peering.announce_interval_ms = config_number_of(section,
	    "announce_interval_ms");
	config->peering.dns_refresh_ms = config_number_of(section, "dns_refresh_ms");
}

/* Numbers were checked to fit their types, so the casts lose nothing. */
static void
take_peering(const struct config_entry *section, struct config *config,
    bool *nomem)
{

	config_take_list(section, "listen", &config->peering.listen, nomem);
	config_take_list(section, "announce", &config->peering.announce, nomem);
	config_take_list(section, "rpc_announce", &config->peering.rpc_announce,
	    nomem);
	config_take_key(config_text_of(section, "public_key", "peer.public"),
	    CONFIG_PUBLIC_TAG, config, &config->peering.public_key, nomem);
	config_take_key(config_text_of(section, "private_key", "peer.private"),
	    CONFIG_PRIVATE_TAG, config, &config->peering.private_key,
	    nomem);
	take_connect(section, config, nomem);
	config->peering.dynamic_connections = config_flag_of(section,
	    "dynamic_connections");
	config->peering.prefer_ipv6 = config_flag_of(section, "prefer_ipv6");
	config->peering.standalone = config_is_asked_for(section, "standalone");
	config->peering.connections_max = (unsigned)config_number_of(section,
	    "connections_max");
	config->peering.ahead_bytes = config_number_of(section, "ahead_bytes");
	config->peering.digest_workers = (unsigned)config_number_of(section,
	    "digest_workers");
	/* The library takes 0 for "default" and -1 for "no change of priority";
	 * in the file 0 means the latter. */
	if (config_tree_find(section->entries, "digest_nice") != NULL) {
		config->peering.digest_nice = (int)config_number_of(section,
		    "digest_nice");
		if (config->peering.digest_nice == 0)
			config->peering.digest_nice = -1;
	}
	take_pace(section, config);
	config->peering.has_fingerprint = config_hex32(config_text_of(section,
	    "fingerprint", ""), config->peering.fingerprint);
}

/* The public key may be left out: it follows from the private one. */
static void
take_publishing(const struct config_entry *section, struct config *config,
    bool *nomem)
{
	const char *public_key = config_text_of(section, "public_key", NULL);

	config_take_list(section, "broadcast", &config->publishing.broadcast, nomem);
	config->publishing.has_public_key = public_key != NULL;
	if (public_key != NULL)
		config_take_key(public_key, CONFIG_PUBLIC_TAG, config,
		    &config->publishing.public_key, nomem);
	config_take_key(config_text_of(section, "private_key", "peer.private"),
	    CONFIG_PRIVATE_TAG, config, &config->publishing.private_key,
	    nomem);
}

/* Levels are stored from the last to the first. When a module is given twice
 * its last level counts, and the log uses the first one that it finds. */
static void
take_levels(const struct config_entry *section, struct config *config,
    bool *nomem)
{
	const unsigned count = count_entries(section);
	unsigned place = count;

	config->logging.levels = calloc(count + 1,
	    sizeof *config->logging.levels);
	if (config->logging.levels == NULL) {
		*nomem = true;
		return;
	}
	config->logging.level_count = count;
	for (const struct config_entry *e = section->entries; e != NULL;
	    e = e->next) {
		struct config_level *level = &config->logging.levels[--place];

		level->module = config_copy(e->name, nomem);
		(void)config_find_level(e->values->text, &level->level);
	}
}

/* Every destination but "stderr" and "syslog" is the name of a file. */
static void
take_logging(const struct config_entry *section, struct config *config,
    bool *nomem)
{
	const char *destination = config_text_of(section, "destination", "stderr");

	(void)config_find_level(config_text_of(section, "level", "info"),
	    &config->logging.level);
	if (strcmp(destination, "stderr") == 0)
		config->logging.destination = CONFIG_LOG_STDERR;
	else if (strcmp(destination, "syslog") == 0)
		config->logging.destination = CONFIG_LOG_SYSLOG;
	else {
		config->logging.destination = CONFIG_LOG_FILE;
		config->logging.file = config_join(config->data_directory,
		    destination, nomem);
	}
	take_levels(config_section_of(section, "levels"), config, nomem);
}

/* Source: bitmarkd v8.2 command/bitmarkd/configuration.go */
static void
take_peer_file(const struct config_entry *root, struct config *config,
    bool *nomem)
{
	char made[PEER_FILE_NAME_MAX];

	snprintf(made, sizeof made, "peers-%s.json", config->params->name);
	config->peer_file = config_join(config->data_directory,
	    config_text_of(root, "peer_file", made), nomem);
}

/* A port alone gets the address of this machine alone. */
static char *
metrics_address(const char *text, bool *nomem)
{
	char address[sizeof CONFIG_LOOPBACK ":65535"];

	if (!config_is_digits(text))
		return config_copy(text, nomem);
	snprintf(address, sizeof address, CONFIG_LOOPBACK ":%s", text);
	return config_copy(address, nomem);
}

/* The list has addresses and files; metrics_file is the older name for one
 * file. */
static void
take_metrics(const struct config_entry *root, struct config *config,
    bool *nomem)
{
	struct config_list all = { NULL, 0 }, *listen = &config->metrics.listen;
	struct config_list *files = &config->metrics.files;
	const char *file = config_text_of(root, "metrics_file", NULL);

	config_take_list(root, "metrics", &all, nomem);
	listen->items = calloc(all.count + 1, sizeof *listen->items);
	files->items = calloc(all.count + 1, sizeof *files->items);
	*nomem |= listen->items == NULL || files->items == NULL;
	for (size_t i = 0; !*nomem && i < all.count; i++)
		if (config_is_address(all.items[i]))
			listen->items[listen->count++] = metrics_address(
			    all.items[i], nomem);
		else
			files->items[files->count++] = config_join(
			    config->data_directory, all.items[i], nomem);
	if (!*nomem && file != NULL)
		files->items[files->count++] = config_join(
		    config->data_directory, file, nomem);
	config_free_list(&all);
}

/* The ways by which other programs look at the node: control socket and
 * metrics. */
static void
take_observing(const struct config_entry *root, struct config *config,
    bool *nomem)
{
	const char *control = config_text_of(root, "control", "bitmarkd-c.socket");
	const char *group = config_text_of(root, "control_group", NULL);

	if (group != NULL)
		config->control_group = config_copy(group, nomem);
	if (strcmp(control, "none") != 0)
		config->control = config_join(config->data_directory, control,
		    nomem);
	take_metrics(root, config, nomem);
}

/* Source: bitmarkd v8.2 announce/setup.go */
static void
take_nodes(const struct config_entry *root, struct config *config,
    bool *nomem)
{
	const char *nodes = config_text_of(root, "nodes", "none");

	if (strcmp(nodes, "chain") == 0)
		nodes = config->params->nodes_domain;
	if (strcmp(nodes, "none") != 0)
		config->dns_domain = config_copy(nodes, nomem);
	config->dns_server = config_copy(config_text_of(root, "dns_server", NULL), nomem);
}

/* The configured name wins over the chain's own [D-41]. */
static void
take_database(const struct config_entry *section, struct config *config,
    bool *nomem)
{
	char *directory = config_join(config->data_directory,
	    config_text_of(section, "directory", "data"), nomem);

	config->database = config_join(directory,
	    config_text_of(section, "name", config->params->name), nomem);
	free(directory);
}

/* The order matters: all other paths are relative to the data directory, which
 * is relative to the directory of the file itself. */
bool
config_take(const struct config_entry *root, struct config *config)
{
	const char *data_directory = config_text_of(root, "data_directory", ".");
	const char *pidfile = config_text_of(root, "pidfile", NULL), *checkpoint;
	bool nomem = false;
	char *home = parent(config->path, &nomem);

	config->params = chain_from_text(config_text_of(root, "chain", "bitmark"));
	config->rules = bitmark_rules_find(config_text_of(root, "rules", ""));
	checkpoint = config_text_of(root, "checkpoint", "");
	if (bitmark_checkpoint_parse(checkpoint, strlen(checkpoint),
	    &config->checkpoint) != BITMARK_OK)
		config->checkpoint.number = 0;
	config->data_directory = strcmp(data_directory, ".") == 0 ?
	    config_copy(home, &nomem) : config_join(home, data_directory, &nomem);
	free(home);
	take_nodes(root, config, &nomem);
	if (pidfile != NULL)
		config->pidfile = config_join(config->data_directory, pidfile,
		    &nomem);
	take_peer_file(root, config, &nomem);
	take_observing(root, config, &nomem);
	take_database(config_section_of(root, "database"), config, &nomem);
	take_peering(config_section_of(root, "peering"), config, &nomem);
	take_publishing(config_section_of(root, "publishing"), config, &nomem);
	config_take_proofing(config_section_of(root, "proofing"), config,
	    &nomem);
	config_take_payment(config_section_of(root, "payment"), config,
	    &nomem);
	config_take_rpc(root, config, &nomem);
	take_logging(config_section_of(root, "logging"), config, &nomem);
	return !nomem;
}
