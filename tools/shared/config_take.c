/*
 * From the parser, whose values have all been checked, to plain values.
 *
 * ${nomem} collects failures of memory, so that a value can be taken in one
 * line; config_take asks once at its end.
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
static char *
copy(const char *text, bool *nomem)
{
	char *made = text != NULL ? strdup(text) : NULL;

	*nomem |= text != NULL && made == NULL;
	return made;
}

/* The path of ${file}, which is relative to ${directory} unless it is
 * absolute. */
static char *
join(const char *directory, const char *file, bool *nomem)
{
	size_t size;
	char *path;

	if (file[0] == '/' || directory == NULL)
		return copy(file, nomem);
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
		return copy(".", nomem);
	directory = copy(path, nomem);
	if (directory != NULL)
		directory[slash == path ? 1 : slash - path] = '\0';
	return directory;
}

/* Takes the texts that are not empty; see check_announce. */
static void
take_list(cfg_t *cfg, const char *name, struct config_list *list, bool *nomem)
{
	unsigned count = cfg_size(cfg, name);

	list->items = calloc(count + 1, sizeof *list->items);
	if (list->items == NULL) {
		*nomem = true;
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		const char *text = cfg_getnstr(cfg, name, i);

		if (text[0] != '\0')
			list->items[list->count++] = copy(text, nomem);
	}
}

/* A key in the configuration itself is wiped in the parser, which would free
 * its copy with the secret in it. */
static void
take_key(cfg_t *cfg, const char *name, const char *tag, const char *directory,
    struct config_key *key, bool *nomem)
{
	char *text = cfg_getstr(cfg, name);

	if (!config_starts_with(text, tag)) {
		key->file = join(directory, text, nomem);
		return;
	}
	(void)config_hex32(text + strlen(tag), key->bytes);
	explicit_bzero(text, strlen(text));
}

/* The keys were checked as texts; here they become bytes. */
static void
take_connect(cfg_t *cfg, struct config *config, bool *nomem)
{
	unsigned count = cfg_size(cfg, "connect");

	config->peering.connect = calloc(count + 1,
	    sizeof *config->peering.connect);
	if (config->peering.connect == NULL) {
		*nomem = true;
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		cfg_t *from = cfg_getnsec(cfg, "connect", i);
		struct config_peer *peer = &config->peering.connect[i];
		const char *key = cfg_getstr(from, "public_key");

		peer->name = copy(cfg_title(from), nomem);
		peer->address = copy(cfg_getstr(from, "address"), nomem);
		*nomem |= bitmark_peer_key_parse_public(key, strlen(key),
		    peer->key) != BITMARK_OK;
		config->peering.connect_count++;
	}
}

/* libconfuse gives 0 for a number that is not set, and 0 is the default of the
 * library. */
static void
take_pace(cfg_t *cfg, struct config *config)
{
	config->peering.minimum_clients =
	    (size_t)cfg_getint(cfg, "minimum_clients");
	config->peering.cycle_ms = (uint64_t)cfg_getint(cfg, "cycle_ms");
	config->peering.poll_ms = (uint64_t)cfg_getint(cfg, "poll_ms");
	config->peering.announce_first_ms =
	    (uint64_t)cfg_getint(cfg, "announce_first_ms");
	config->peering.announce_interval_ms =
	    (uint64_t)cfg_getint(cfg, "announce_interval_ms");
	config->peering.dns_refresh_ms =
	    (uint64_t)cfg_getint(cfg, "dns_refresh_ms");
}

static void
take_peering(cfg_t *cfg, struct config *config, bool *nomem)
{
	const char *directory = config->data_directory;
	const char *fingerprint = cfg_getstr(cfg, "fingerprint");

	take_list(cfg, "listen", &config->peering.listen, nomem);
	take_list(cfg, "announce", &config->peering.announce, nomem);
	take_list(cfg, "rpc_announce", &config->peering.rpc_announce, nomem);
	take_key(cfg, "public_key", CONFIG_PUBLIC_TAG, directory,
	    &config->peering.public_key, nomem);
	take_key(cfg, "private_key", CONFIG_PRIVATE_TAG, directory,
	    &config->peering.private_key, nomem);
	take_connect(cfg, config, nomem);
	config->peering.dynamic_connections =
	    cfg_getbool(cfg, "dynamic_connections") == cfg_true;
	config->peering.prefer_ipv6 = cfg_getbool(cfg, "prefer_ipv6") ==
	    cfg_true;
	config->peering.connections_max =
	    (unsigned)cfg_getint(cfg, "connections_max");
	config->peering.ahead_bytes = (size_t)cfg_getint(cfg, "ahead_bytes");
	config->peering.digest_workers =
	    (unsigned)cfg_getint(cfg, "digest_workers");
	take_pace(cfg, config);
	config->peering.has_fingerprint = fingerprint != NULL &&
	    config_hex32(fingerprint, config->peering.fingerprint);
}

/* The public key may be left out: it follows from the private one. */
static void
take_publishing(cfg_t *cfg, struct config *config, bool *nomem)
{
	const char *directory = config->data_directory;

	take_list(cfg, "broadcast", &config->publishing.broadcast, nomem);
	config->publishing.has_public_key =
	    cfg_getstr(cfg, "public_key") != NULL;
	if (config->publishing.has_public_key)
		take_key(cfg, "public_key", CONFIG_PUBLIC_TAG, directory,
		    &config->publishing.public_key, nomem);
	take_key(cfg, "private_key", CONFIG_PRIVATE_TAG, directory,
	    &config->publishing.private_key, nomem);
}

/* Counted first: libconfuse does not tell how many free keys there are. */
static void
take_levels(cfg_t *cfg, struct config *config, bool *nomem)
{
	cfg_opt_t *entry;
	unsigned count = 0;

	while (cfg_getnopt(cfg, count) != NULL)
		count++;
	config->logging.levels = calloc(count + 1,
	    sizeof *config->logging.levels);
	if (config->logging.levels == NULL) {
		*nomem = true;
		return;
	}
	for (unsigned i = 0; (entry = cfg_getnopt(cfg, i)) != NULL; i++) {
		struct config_level *level = &config->logging.levels[i];

		level->module = copy(cfg_opt_name(entry), nomem);
		(void)config_find_level(cfg_opt_getnstr(entry, 0), &level->level);
		config->logging.level_count++;
	}
}

static void
take_logging(cfg_t *cfg, struct config *config, bool *nomem)
{
	const char *destination = cfg_getstr(cfg, "destination");

	(void)config_find_level(cfg_getstr(cfg, "level"), &config->logging.level);
	if (strcmp(destination, "stderr") == 0)
		config->logging.destination = CONFIG_LOG_STDERR;
	else if (strcmp(destination, "syslog") == 0)
		config->logging.destination = CONFIG_LOG_SYSLOG;
	else {
		config->logging.destination = CONFIG_LOG_FILE;
		config->logging.file = join(config->data_directory,
		    destination, nomem);
	}
	take_levels(cfg_getsec(cfg, "levels"), config, nomem);
}

/* Source: bitmarkd v8.2 command/bitmarkd/configuration.go */
static void
take_peer_file(cfg_t *cfg, struct config *config, bool *nomem)
{
	const char *name = cfg_getstr(cfg, "peer_file");
	char made[PEER_FILE_NAME_MAX];

	snprintf(made, sizeof made, "peers-%s.json", config->params->name);
	config->peer_file = join(config->data_directory,
	    name != NULL ? name : made, nomem);
}

/* The ways by which others look at the node. */
static void
take_observing(cfg_t *cfg, struct config *config, bool *nomem)
{
	const char *control = cfg_getstr(cfg, "control");
	const char *metrics = cfg_getstr(cfg, "metrics_file");

	if (strcmp(control, "none") != 0)
		config->control = join(config->data_directory, control,
		    nomem);
	if (metrics != NULL)
		config->metrics_file = join(config->data_directory, metrics,
		    nomem);
}

/* Source: bitmarkd v8.2 announce/setup.go */
static void
take_nodes(cfg_t *cfg, struct config *config, bool *nomem)
{
	const char *nodes = cfg_getstr(cfg, "nodes");

	if (strcmp(nodes, "chain") == 0)
		nodes = config->params->nodes_domain;
	if (strcmp(nodes, "none") != 0)
		config->dns_domain = copy(nodes, nomem);
	config->dns_server = copy(cfg_getstr(cfg, "dns_server"), nomem);
}

/* The configured name wins over the chain's own [D-41]. */
static void
take_database(cfg_t *cfg, struct config *config, bool *nomem)
{
	const char *name = cfg_getstr(cfg, "name");
	char *directory = join(config->data_directory,
	    cfg_getstr(cfg, "directory"), nomem);

	config->database = join(directory,
	    name != NULL ? name : config->params->name, nomem);
	free(directory);
}

/* Every other path depends on the data directory, which depends on where the
 * file itself is: this is the order. */
bool
config_take(cfg_t *cfg, struct config *config)
{
	const char *data_directory = cfg_getstr(cfg, "data_directory");
	const char *pidfile = cfg_getstr(cfg, "pidfile");
	bool nomem = false;
	char *home = parent(config->path, &nomem);

	config->params = chain_from_text(cfg_getstr(cfg, "chain"));
	config->data_directory = strcmp(data_directory, ".") == 0 ?
	    copy(home, &nomem) : join(home, data_directory, &nomem);
	free(home);
	take_nodes(cfg, config, &nomem);
	if (pidfile != NULL)
		config->pidfile = join(config->data_directory, pidfile,
		    &nomem);
	take_peer_file(cfg, config, &nomem);
	take_observing(cfg, config, &nomem);
	take_database(cfg_getsec(cfg, "database"), config, &nomem);
	take_peering(cfg_getsec(cfg, "peering"), config, &nomem);
	take_publishing(cfg_getsec(cfg, "publishing"), config, &nomem);
	take_logging(cfg_getsec(cfg, "logging"), config, &nomem);
	return !nomem;
}
