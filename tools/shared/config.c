/*
 * Reading the configuration: libconfuse reads the file and has each value
 * checked (config_check.c); then all is copied (config_take.c).
 */
#include "shared/config_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "shared/complain.h"
#include "shared/config_text.h"
#include "shared/secret.h"

/* Longest part of the control path that an error repeats. */
#define CONTROL_SHOWN 256
/* Longest message behind "path:line: ". */
#define ERROR_MESSAGE_MAX (CONFIG_ERROR_MAX - CONFIG_PATH_SHOWN - 16)

/* The file that is being parsed, and where its error goes: the function that
 * libconfuse calls for an error gets no argument of ours. */
static _Thread_local struct {
	const char *path;
	char *error;
} parsing;

/* A later message takes the place of an earlier one: while it reads the free
 * keys of logging.levels libconfuse complains of each, and then takes it. */
static void
on_error(cfg_t *cfg, const char *format, va_list arguments)
{
	char message[ERROR_MESSAGE_MAX];

	vsnprintf(message, sizeof message, format, arguments);
	snprintf(parsing.error, CONFIG_ERROR_MAX, "%.*s:%d: %s",
	    CONFIG_PATH_SHOWN, parsing.path, cfg->line, message);
}

/* "path: message" for an error that is in no single line; gives false. */
static bool
fail(char error[CONFIG_ERROR_MAX], const char *path, const char *message)
{
	snprintf(error, CONFIG_ERROR_MAX, "%.*s: %s", CONFIG_PATH_SHOWN, path,
	    message);
	return false;
}

/* Parse the text: ${cfg} holds checked values when the result is true. */
static bool
parse(cfg_t *cfg, const char *path, const char *text,
    char error[CONFIG_ERROR_MAX])
{
	int result;

	error[0] = '\0';
	parsing.path = path;
	parsing.error = error;
	cfg_set_error_function(cfg, on_error);
	result = cfg_parse_buf(cfg, text);
	if (result == CFG_SUCCESS && cfg_getbool(cfg, CONFIG_END_KEY))
		return true;
	if (result == CFG_SUCCESS || strstr(error, CONFIG_END_KEY) != NULL)
		return fail(error, path, "a section is not closed");
	if (error[0] == '\0')
		return fail(error, path, "cannot be understood");
	return false;
}

/* Some paths are limited by the system; that is known when the directory stands
 * in front of them. */
static bool
check_paths(const struct config *config, char error[CONFIG_ERROR_MAX])
{
	const size_t longest = sizeof ((struct sockaddr_un *)NULL)->sun_path -
	    1;

	if (config->control == NULL || strlen(config->control) <= longest)
		return true;
	snprintf(error, CONFIG_ERROR_MAX, "%.*s: control: \"%.*s\" is too long "
	    "for a socket: at most %zu bytes", CONFIG_PATH_SHOWN, config->path,
	    CONTROL_SHOWN, config->control, longest);
	return false;
}

/* Fill ${config}, which is all zero. */
static bool
load(cfg_t *cfg, const char *path, struct config *config,
    char error[CONFIG_ERROR_MAX])
{
	char *text = config_text_read(path, error,
	    CONFIG_ERROR_MAX);
	bool good = text != NULL && parse(cfg, path, text, error);

	if (text != NULL)               /* it may hold a private key */
		explicit_bzero(text, strlen(text));
	free(text);
	if (!good)
		return false;
	config->path = strdup(path);
	if (config->path == NULL || !config_take(cfg, config))
		return fail(error, path, bitmark_strerror(BITMARK_E_NOMEM));
	return check_paths(config, error);
}

bool
config_load(const char *path, struct config **out,
    char error[CONFIG_ERROR_MAX])
{
	struct config *config = calloc(1, sizeof *config);
	cfg_t *cfg = config_new_parser();
	bool good = config != NULL && cfg != NULL ?
	    load(cfg, path, config, error) :
	    fail(error, path, bitmark_strerror(BITMARK_E_NOMEM));

	if (cfg != NULL)
		cfg_free(cfg);
	if (!good) {
		config_free(config);
		config = NULL;
	}
	*out = config;
	return good;
}

bool
config_open(const char *path, struct config **config)
{
	char error[CONFIG_ERROR_MAX];

	if (config_load(path, config, error))
		return true;
	complain("%s", error);
	return false;
}

/* Items may be NULL when memory ran out while they were copied. */
static void
free_list(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
}

static void
free_peering(struct config *config)
{
	free_list(&config->peering.listen);
	free_list(&config->peering.announce);
	free_list(&config->peering.rpc_announce);
	free(config->peering.public_key.file);
	free(config->peering.private_key.file);
	for (size_t i = 0; i < config->peering.connect_count; i++) {
		free(config->peering.connect[i].name);
		free(config->peering.connect[i].address);
	}
	free(config->peering.connect);
}

/* Keys that stand in the configuration itself are in the struct: it is wiped.
 */
void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	free_peering(config);
	free_list(&config->publishing.broadcast);
	free(config->publishing.public_key.file);
	free(config->publishing.private_key.file);
	for (size_t i = 0; i < config->logging.level_count; i++)
		free(config->logging.levels[i].module);
	free(config->logging.levels);
	free(config->logging.file);
	free(config->database);
	free(config->pidfile);
	free(config->control);
	free(config->metrics_file);
	free(config->peer_file);
	free(config->dns_domain);
	free(config->dns_server);
	free(config->data_directory);
	free(config->path);
	explicit_bzero(config, sizeof *config);
	free(config);
}

/* From the file that the configuration names, or from the configuration. */
static bool
read_key(const struct config_key *from,
    bitmark_status (*read)(const char *path, uint8_t *key), uint8_t *key,
    char error[CONFIG_ERROR_MAX])
{
	bitmark_status status = BITMARK_OK;

	if (from->file == NULL)
		memcpy(key, from->bytes, sizeof from->bytes);
	else
		status = read(from->file, key);
	return status == BITMARK_OK ||
	    fail(error, from->file, bitmark_strerror(status));
}

bool
config_read_public_key(const struct config_key *from,
    uint8_t key[BITMARK_PEER_KEY_SIZE], char error[CONFIG_ERROR_MAX])
{
	return read_key(from, bitmark_peer_key_read_public, key, error);
}

bool
config_read_private_key(const struct config_key *from,
    uint8_t key[BITMARK_PEER_KEY_SIZE], char error[CONFIG_ERROR_MAX])
{
	if (from->file != NULL)
		secret_warn(from->file);
	return read_key(from, bitmark_peer_key_read_private, key, error);
}

/* The library would make the directory of a store that is not there, and with
 * it a chain that begins anew. */
bool
config_has_directory(const struct config *config,
    char error[CONFIG_ERROR_MAX])
{
	struct stat stat_of;

	if (stat(config->data_directory, &stat_of) != 0)
		return fail(error, config->data_directory, strerror(errno));
	if (!S_ISDIR(stat_of.st_mode))
		return fail(error, config->data_directory,
		    strerror(ENOTDIR));
	return true;
}
