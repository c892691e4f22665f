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
#include <sys/stat.h>

#include <bitmarkpeer/os.h>

#include "shared/complain.h"

/* Longest file that is read.  Bytes.  Source: local bound. */
#define FILE_SIZE_MAX (1024 * 1024)

#define END_LINE "\n" CONFIG_END_KEY " = yes\n"

/* Longest part of a path that an error text repeats. */
#define ERROR_PATH_MAX 512
/* Longest message behind "path:line: ". */
#define ERROR_MESSAGE_MAX (CONFIG_ERROR_MAX - ERROR_PATH_MAX - 16)

/* libconfuse's error function gets no argument of ours: what it reads and
 * where it writes, while a file is parsed. */
static _Thread_local struct {
	const char *path;
	char *error;
} parsing;

/* The last message counts: while it reads free-form sections libconfuse
 * complains of keys that it then takes. */
static void
on_error(cfg_t *cfg, const char *format, va_list arguments)
{
	char message[ERROR_MESSAGE_MAX];

	vsnprintf(message, sizeof message, format, arguments);
	snprintf(parsing.error, CONFIG_ERROR_MAX, "%.*s:%d: %s",
	    ERROR_PATH_MAX, parsing.path, cfg->line, message);
}

/* "path: message" for what no line is to blame for; gives false. */
static bool
fail(char error[CONFIG_ERROR_MAX], const char *path, const char *message)
{
	snprintf(error, CONFIG_ERROR_MAX, "%.*s: %s", ERROR_PATH_MAX, path,
	    message);
	return false;
}

/* The whole file and END_LINE as one text; NULL: said why. */
static char *
read_text(const char *path, char error[CONFIG_ERROR_MAX])
{
	uint8_t *data;
	size_t size;
	bitmark_status status = bitmark_file_read(path, FILE_SIZE_MAX, &data,
	    &size);
	const char *wrong = NULL;
	char *text = NULL;

	if (status == BITMARK_E_LENGTH)
		wrong = "too long for a configuration";
	else if (status != BITMARK_OK)
		wrong = errno != 0 ? strerror(errno) :
		    bitmark_strerror(status);
	else if (memchr(data, '\0', size) != NULL)
		wrong = "not a text file";
	else if ((text = malloc(size + sizeof END_LINE)) == NULL)
		wrong = bitmark_strerror(BITMARK_E_NOMEM);
	if (wrong != NULL)
		fail(error, path, wrong);
	if (text != NULL) {
		memcpy(text, data, size);
		memcpy(text + size, END_LINE, sizeof END_LINE);
	}
	if (data != NULL)               /* it may hold a private key */
		explicit_bzero(data, size);
	free(data);
	return text;
}

/* The comment that begins at ${text}, as spaces; gives its end, or NULL. */
static char *
blank_comment(char *text)
{
	bool lines = text[0] == '/' && text[1] == '*';
	char *end = lines ? strstr(text + 2, "*/") : strchr(text, '\n');

	if (end != NULL && lines)
		end += 2;
	for (; text < end; text++) {
		if (*text != '\n')
			*text = ' ';
	}
	return end;
}

/* The end of the quoted text that begins at ${text}, or NULL. */
static char *
skip_quoted(char *text)
{
	char quote = *text++;

	while (*text != quote) {
		text += *text == '\\' && text[1] != '\0' ? 2 : 1;
		if (*text == '\0')
			return NULL;
	}
	return text + 1;
}

/*
 * Turn comments into spaces: libconfuse 3.3 loses count of the lines at each,
 * and takes them only between options.  Gives NULL, or where a comment or
 * quoted text begins that is never closed.
 */
static const char *
blank_comments(char *text)
{
	while (*text != '\0') {
		char *next = text + 1;

		if (*text == '"' || *text == '\'')
			next = skip_quoted(text);
		else if (*text == '#' || (*text == '/' &&
		    (text[1] == '/' || text[1] == '*')))
			next = blank_comment(text);
		if (next == NULL)
			return text;
		text = next;
	}
	return NULL;
}

/* The line of ${text} in which ${place} is. */
static int
line_of(const char *text, const char *place)
{
	int line = 1;

	for (; text < place; text++)
		line += *text == '\n';
	return line;
}

/* Parse the text: ${cfg} holds checked values when the result is true. */
static bool
parse(cfg_t *cfg, const char *path, char *text, char error[CONFIG_ERROR_MAX])
{
	const char *open = blank_comments(text);
	int result;

	if (open != NULL) {
		snprintf(error, CONFIG_ERROR_MAX,
		    "%.*s:%d: what begins here is not closed: %.2s",
		    ERROR_PATH_MAX, path, line_of(text, open), open);
		return false;
	}
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

bool
config_load(const char *path, struct config **out,
    char error[CONFIG_ERROR_MAX])
{
	struct config *config = calloc(1, sizeof *config);
	cfg_t *cfg = config_new_parser();
	char *text = NULL;
	bool good = false;

	*out = NULL;
	if (config != NULL)
		config->path = strdup(path);
	if (config == NULL || config->path == NULL || cfg == NULL) {
		fail(error, path, bitmark_strerror(BITMARK_E_NOMEM));
		goto free_all;
	}
	text = read_text(path, error);
	if (text == NULL || !parse(cfg, path, text, error))
		goto free_all;
	good = config_take(cfg, config) ||
	    fail(error, path, bitmark_strerror(BITMARK_E_NOMEM));
free_all:
	if (text != NULL)               /* it may hold a private key */
		explicit_bzero(text, strlen(text));
	free(text);
	if (cfg != NULL)
		cfg_free(cfg);
	if (good)
		*out = config;
	else
		config_free(config);
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
	return read_key(from, bitmark_peer_key_read_private, key, error);
}

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
