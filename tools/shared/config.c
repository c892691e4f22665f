/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A configuration is read in three steps: the text becomes a tree
 * (config_parse.c), the tree is checked against the table of keys
 * (config_check.c), and its values are copied into a struct config
 * (config_take.c). Checks that involve several keys come last, here.
 */
#include "shared/config_impl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <bitmarkpeer/os.h>

#include "shared/complain.h"
#include "shared/secret.h"

/* Longest part of the control path that an error repeats. Bytes. */
#define CONTROL_SHOWN 256
/* Longest file that is read.  Bytes.  Source: local bound. */
#define FILE_SIZE_MAX (1024 * 1024)

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* "path: message" for an error that is in no single line; gives false. */
static bool
fail(char error[CONFIG_ERROR_MAX], const char *path, const char *message)
{
	snprintf(error, CONFIG_ERROR_MAX, "%.*s: %s", CONFIG_PATH_SHOWN, path,
	    message);
	return false;
}

/* A socket's path has a bound of its own, about 100 bytes. It is checked here
 * and not with the other values, because the directory is put in front of the
 * path only after those checks. */
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

/* Two mistakes that involve several keys. auto_verify is refused on a chain
 * that others share: transfers that nobody has paid for would get into the
 * blocks of this node. */
static bool
check_chain(const struct config *config, char error[CONFIG_ERROR_MAX])
{
	const char *wrong = config_payment_wrong(config);

	if (wrong != NULL)
		return fail(error, config->path, wrong);
	if (!config->payment.auto_verify ||
	    strcmp(config->params->name, "local") == 0)
		return true;
	return fail(error, config->path, "payment: auto_verify is for the "
	    "chain local only: on other chains transactions must be paid for");
}

/* Is this a configuration of bitmarkd itself? Its mistakes ("no such option")
 * would puzzle the owner, so the error says what the file is and how it can be
 * converted. Looked for only after the file could not be read. */
static bool
is_foreign(const char *text, const struct config_report *report)
{
	static const char *const marks[] = { "--", "local ", "return ", "M.",
		".set", ".include", "reservoir_file" };
	unsigned line = 1;

	for (const char *at = text; at != NULL; line++) {
		at += strspn(at, " \t");
		for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
			if (config_starts_with(at, marks[i]))
				return !config_fail(report, line, "this is a "
				    "configuration for bitmarkd itself; "
				    "'bitmarkd-c init --from FILE DIR' "
				    "converts it");
		at = strchr(at, '\n');
		at = at != NULL ? at + 1 : NULL;
	}
	return false;
}

/* Fill ${config}, which is all zero, from the text. On failure it is filled in
 * part, and config_free takes that. */
static bool
load(const char *text, const struct config_report *report,
    struct config *config)
{
	struct config_entry *root;
	bool good = config_tree_parse(text, report, &root) &&
	    config_check(root, report);

	if (!good)
		(void)is_foreign(text, report);
	config->path = strdup(report->path);
	if (good && (config->path == NULL || !config_take(root, config)))
		good = config_fail(report, 0, "%s",
		    bitmark_strerror(BITMARK_E_NOMEM));
	config_tree_free(root);
	return good && check_paths(config, report->text) &&
	    check_chain(config, report->text);
}

/* Drop a byte order mark, which editors of other systems put in front. The text
 * is moved, so that the caller can free the pointer that it has. */
static char *
without_mark(char *text)
{
	const size_t size = strlen(BYTE_ORDER_MARK);

	if (config_starts_with(text, BYTE_ORDER_MARK))
		memmove(text, text + size, strlen(text) - size + 1);
	return text;
}

/* The file as a text, owned by the caller, who wipes it: it may hold a private
 * key. */
static char *
read_text(const char *path, char error[CONFIG_ERROR_MAX])
{
	uint8_t *data;
	size_t size;
	bitmark_status status = bitmark_file_read(path, FILE_SIZE_MAX, &data,
	    &size);

	if (status == BITMARK_E_LENGTH)
		(void)fail(error, path, "too long for a configuration");
	else if (status != BITMARK_OK)
		(void)fail(error, path, cause_text(status));
	else if (memchr(data, '\0', size) == NULL)
		return without_mark((char *)data);
	else
		(void)fail(error, path, "not a text file");
	if (data != NULL)
		explicit_bzero(data, size);
	bitmark_free(data);
	return NULL;
}

/* The text of a file for 'bitmarkd-c init --from', which has a parser of its
 * own but needs the same care with files. */
char *
config_text(const char *path)
{
	char error[CONFIG_ERROR_MAX];
	char *text = read_text(path, error);

	if (text == NULL)
		complain("%s", error);
	return text;
}

/* A configuration may hold a private key: no copy of it stays in freed
 * memory. */
void
config_text_free(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	bitmark_free(text);
}

/* Check a text that is in no file yet. The values are taken, too, because some
 * limits are known only then. */
bool
config_text_check(const char *text, const char *name)
{
	char error[CONFIG_ERROR_MAX];
	const struct config_report report = { name, error, sizeof error };
	struct config *config = calloc(1, sizeof *config);
	bool good = config != NULL ? load(text, &report, config) :
	    fail(error, name, bitmark_strerror(BITMARK_E_NOMEM));

	if (!good)
		complain("%s", error);
	config_free(config);
	return good;
}

/* Text and tree are wiped and freed in every case: the configuration holds
 * copies. */
bool
config_load(const char *path, struct config **out,
    char error[CONFIG_ERROR_MAX])
{
	const struct config_report report = { path, error, CONFIG_ERROR_MAX };
	struct config *config = calloc(1, sizeof *config);
	char *text = read_text(path, error);
	bool good = text != NULL && config != NULL &&
	    load(text, &report, config);

	if (text != NULL && config == NULL)
		(void)fail(error, path, bitmark_strerror(BITMARK_E_NOMEM));
	config_text_free(text);
	if (!good) {
		config_free(config);
		config = NULL;
	}
	*out = config;
	return good;
}

/* One exit code for everything that can be wrong with a configuration, so
 * that scripts need not know why. */
int
config_open(const char *path, struct config **config)
{
	char error[CONFIG_ERROR_MAX];

	if (config_load(path, config, error))
		return EXIT_DONE;
	complain("%s", error);
	return EXIT_CONFIG;
}

/* An item is NULL when memory ran out while the list was copied; free takes
 * that. */
void
config_free_list(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
}

/* A configuration may have been filled in part only: a member that was not
 * reached is NULL or 0. */
static void
free_peering(struct config *config)
{
	config_free_list(&config->peering.listen);
	config_free_list(&config->peering.announce);
	config_free_list(&config->peering.rpc_announce);
	free(config->peering.public_key.file);
	free(config->peering.private_key.file);
	for (size_t i = 0; i < config->peering.connect_count; i++) {
		free(config->peering.connect[i].name);
		free(config->peering.connect[i].address);
	}
	free(config->peering.connect);
}

/* The struct holds private keys that stand in the configuration itself, so it
 * is wiped before it is freed. */
void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	free_peering(config);
	config_free_rpc(config);
	config_free_list(&config->publishing.broadcast);
	free(config->publishing.public_key.file);
	free(config->publishing.private_key.file);
	for (size_t i = 0; i < config->logging.level_count; i++)
		free(config->logging.levels[i].module);
	free(config->logging.levels);
	free(config->logging.file);
	config_free_proofing(config);
	config_free_payment(config);
	free(config->database);
	free(config->pidfile);
	free(config->control);
	free(config->control_group);
	config_free_list(&config->metrics.listen);
	config_free_list(&config->metrics.files);
	free(config->peer_file);
	free(config->dns_domain);
	free(config->dns_server);
	free(config->data_directory);
	free(config->path);
	explicit_bzero(config, sizeof *config);
	free(config);
}

/* The key comes from the file that the configuration names, or stands in the
 * configuration itself. */
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

/* Everybody may read a public key, so the mode of its file does not matter. */
bool
config_read_public_key(const struct config_key *from,
    uint8_t key[BITMARK_PEER_KEY_SIZE], char error[CONFIG_ERROR_MAX])
{
	return read_key(from, bitmark_peer_key_read_public, key, error);
}

/* A key in the configuration is as secret as one in a file of its own. */
bool
config_read_private_key(const struct config_key *from,
    uint8_t key[BITMARK_PEER_KEY_SIZE], char error[CONFIG_ERROR_MAX])
{
	secret_warn(from->file != NULL ? from->file : from->holder);
	return read_key(from, bitmark_peer_key_read_private, key, error);
}

/*
 * The key that signs blocks.
 */

/* Variant byte, seed, public key.  Source: bitmarkd v8.2 account/private.go */
#define PACKED_KEY_SIZE 65
#define PACKED_IS_PUBLIC 1
#define PACKED_IS_TEST 2
#define PACKED_ALGORITHM_SHIFT 4

bool
config_is_signing_key(const char *text)
{
	return strncmp(text, CONFIG_PRIVATE_TAG,
	    strlen(CONFIG_PRIVATE_TAG)) == 0 || strncmp(text,
	    CONFIG_SEED_TAG, strlen(CONFIG_SEED_TAG)) == 0;
}

/* "PRIVATE:" and the hex of a packed private account. It has the public key in
 * it, too; one that does not match the seed is refused, because such a file was
 * damaged or put together by hand. The bytes are wiped, and the caller wipes
 * ${key}. */
static bitmark_status
packed_key(struct bitmark_span hex, struct bitmark_private_key *key)
{
	uint8_t packed[PACKED_KEY_SIZE];
	size_t size;
	bitmark_status status = bitmark_hex_decode((const char *)hex.data,
	    hex.size, packed, sizeof packed, &size);

	if (status == BITMARK_OK && (size != sizeof packed ||
	    (packed[0] & PACKED_IS_PUBLIC) != 0 ||
	    packed[0] >> PACKED_ALGORITHM_SHIFT != BITMARK_KEY_ED25519))
		status = BITMARK_E_PRIVATE_KEY;
	if (status == BITMARK_OK) {
		bitmark_private_key_from_seed((packed[0] & PACKED_IS_TEST) !=
		    0 ? BITMARK_NETWORK_TEST : BITMARK_NETWORK_LIVE,
		    packed + 1, key);
		if (memcmp(key->public_key, packed + 1 + sizeof key->seed,
		    sizeof key->public_key) != 0)
			status = BITMARK_E_PRIVATE_KEY;
	}
	explicit_bzero(packed, sizeof packed);
	return status;
}

/* Drop white space at both ends, and lines in front that begin with "#", of
 * which keygen writes one. */
static struct bitmark_span
trim_key(struct bitmark_span text)
{
	while (text.size > 0 && (text.data[0] == '#' ||
	    isspace(text.data[0]))) {
		const uint8_t *end = text.data[0] == '#' ?
		    memchr(text.data, '\n', text.size) : text.data;

		if (end == NULL)
			return (struct bitmark_span){ NULL, 0 };
		text.size -= (size_t)(end + 1 - text.data);
		text.data = end + 1;
	}
	while (text.size > 0 && isspace(text.data[text.size - 1]))
		text.size--;
	return text;
}

bitmark_status
config_signing_key(struct bitmark_span text, struct bitmark_private_key *key)
{
	const size_t tag = strlen(CONFIG_PRIVATE_TAG);

	text = trim_key(text);
	if (text.size > tag && memcmp(text.data, CONFIG_PRIVATE_TAG, tag) ==
	    0)
		return packed_key((struct bitmark_span){ text.data + tag,
		    text.size - tag }, key);
	return bitmark_private_key_from_text((const char *)text.data,
	    text.size, key);
}

bool
config_read_signing_key(const struct config *config,
    struct bitmark_private_key *key, char error[CONFIG_ERROR_MAX])
{
	const char *from = config->proofing.signing_key;
	struct bitmark_span text = { (const uint8_t *)from, strlen(from) };
	uint8_t *data = NULL;
	bitmark_status status = BITMARK_OK;

	memset(key, 0, sizeof *key);
	if (!config_is_signing_key(from)) {
		secret_warn(from);
		status = bitmark_file_read(from, CONFIG_SIGNING_KEY_MAX, &data,
		    &text.size);
		text.data = data;
	} else {
		secret_warn(config->path);
	}
	if (status == BITMARK_OK)
		status = config_signing_key(text, key);
	if (data != NULL)
		explicit_bzero(data, text.size);
	bitmark_free(data);
	return status == BITMARK_OK || fail(error, config_is_signing_key(
	    from) ? config->path : from, status == BITMARK_E_IO ?
	    cause_text(status) : "invalid proof signing key");
}

/* The data directory must exist. Without this check the library would make a
 * store in a directory that was mistyped, and the chain would silently begin
 * anew. */
bool
config_has_directory(const struct config *config,
    char error[CONFIG_ERROR_MAX])
{
	struct stat stat_of;

	if (stat(config->data_directory, &stat_of) != 0)
		return fail(error, config->data_directory,
		    cause_text(BITMARK_E_IO));
	if (!S_ISDIR(stat_of.st_mode))
		return fail(error, config->data_directory,
		    strerror(ENOTDIR));
	return true;
}
