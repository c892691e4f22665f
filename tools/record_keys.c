/*
 * bitmark-record keygen, and reading private keys. A secret is wiped from
 * every buffer that held it, and never printed but to the standard output or
 * into a new file.
 */
#include <stdlib.h>
#include <string.h>

#include "record_tool.h"
#include "shared/input.h"
#include "shared/secret.h"

/* A key file with comments, at most.  Bytes. */
#define KEY_FILE_MAX 4000
#define KEY_FILE_MODE 0600

/* --- private keys --------------------------------------------------------- */

/* The line with the key: the first one that is neither empty nor a comment,
 * without the blanks around it. */
static struct bitmark_span
secret_line(const char *text, size_t size)
{
	const char *end = text + size, *line = text, *next;
	size_t length;

	for (; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		next = newline != NULL ? newline + 1 : end;
		length = (size_t)((newline != NULL ? newline : end) - line);
		while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
			length--;
		while (length > 0 && strchr(" \t", line[0]) != NULL) {
			line++;
			length--;
		}
		if (length > 0 && line[0] != '#')
			return (struct bitmark_span){ (const uint8_t *)line,
			    length };
	}
	return (struct bitmark_span){ NULL, 0 };
}

/* The message names the file or the variable, never the secret. */
static int
key_from_secret(const char *name, struct bitmark_span secret,
    struct bitmark_private_key *key)
{
	bitmark_status status = BITMARK_E_PRIVATE_KEY;

	if (secret.size > 0)
		status = bitmark_private_key_from_text(
		    (const char *)secret.data, secret.size, key);
	return status == BITMARK_OK ? EXIT_DONE : complain_status(name, status);
}

/* A short file is read into one piece of memory, which is wiped: nothing of the
 * key stays in memory that was freed. */
static int
read_key_file(const char *path, struct bitmark_private_key *key)
{
	uint8_t *text;
	size_t size;
	int code;

	secret_warn(path);
	code = input_read_file(path, INPUT_BYTES, KEY_FILE_MAX, &text, &size);
	if (code != EXIT_DONE)
		return code;
	code = key_from_secret(path, secret_line((char *)text, size), key);
	explicit_bzero(text, size);
	free(text);
	return code;
}

/* A variable of the environment can be seen by the same user only; a word of
 * the command line by everybody. */
int
record_read_key(const struct record_options *options,
    struct bitmark_private_key *key)
{
	const char *text;

	memset(key, 0, sizeof *key);
	if (options->key_file != NULL)
		return read_key_file(options->key_file, key);
	text = getenv(options->key_variable);
	if (text == NULL) {
		complain("the environment has no %s", options->key_variable);
		return EXIT_BAD_DATA;
	}
	return key_from_secret(options->key_variable,
	    secret_line(text, strlen(text)), key);
}

/* --- keygen --------------------------------------------------------------- */

/* All forms of a new key.  Secret. */
struct new_key {
	char seed[BITMARK_SECRET_TEXT_MAX];
	char private_key[BITMARK_SECRET_TEXT_MAX];
	char account[BITMARK_ACCOUNT_TEXT_MAX];
	const char *network;
};

/* The seed is what is kept: everything else follows from it. */
static bitmark_status
make_key(const struct record_options *o, struct new_key *new)
{
	struct bitmark_private_key key;
	struct bitmark_account account;
	enum bitmark_network network = (enum bitmark_network)o->network;
	bitmark_status status = bitmark_seed_generate(
	    (enum bitmark_seed_version)o->seed_version, network, NULL,
	    new->seed, &key);

	if (status != BITMARK_OK)
		return status;
	bitmark_private_key_to_text(&key, new->private_key);
	bitmark_private_key_account(&key, &account);
	bitmark_account_to_text(&account, new->account);
	new->network = network_name(network);
	bitmark_private_key_wipe(&key);
	return BITMARK_OK;
}

/* The file that --key reads. */
static int
write_key_file(const char *path, const struct new_key *new)
{
	char text[2 * BITMARK_SECRET_TEXT_MAX + BITMARK_ACCOUNT_TEXT_MAX];
	int length = snprintf(text, sizeof text, "# %s %s\n%s\n",
	    new->network, new->account, new->seed);
	bitmark_status status = bitmark_file_create(path, KEY_FILE_MODE, text,
	    (size_t)length);
	int code = status == BITMARK_OK ? EXIT_DONE :
	    complain_file(path, status);

	explicit_bzero(text, sizeof text);
	return code;
}

/* With --output the secrets are in the file, and nowhere else. */
static int
print_key(const struct record_options *o, const struct new_key *new)
{
	bool secret = o->output == NULL;

	if (o->json)
		return print_json(secret ? json_pack("{s:s, s:s, s:s, s:s}",
		    "account", new->account, "network", new->network,
		    "seed", new->seed, "privateKey", new->private_key) :
		    json_pack("{s:s, s:s}", "account", new->account,
		    "network", new->network));
	printf("account      %s\nnetwork      %s\n", new->account,
	    new->network);
	if (secret)
		printf("seed         %s\nprivate key  %s\n", new->seed,
		    new->private_key);
	return EXIT_DONE;
}

/* Nothing is printed before the file is on the disk: an account that is told
 * must be one whose key is kept. */
int
record_keygen(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	struct new_key new = { .network = NULL };
	bitmark_status status;
	int code = EXIT_DONE;

	(void)argc;
	(void)argv;
	if (o->network == NETWORK_ANY)
		return usage_error("keygen needs --network or --chain");
	status = make_key(o, &new);
	if (status != BITMARK_OK)
		code = complain_status("keygen", status);
	else if (o->output != NULL)
		code = write_key_file(o->output, &new);
	if (code == EXIT_DONE)
		code = print_key(o, &new);
	explicit_bzero(&new, sizeof new);
	return code;
}
