/* bitmark-record keygen, and reading private keys. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record_tool.h"

/* A key file with comments, at most.  Bytes. */
#define KEY_FILE_MAX 4096

/* Overwrites a secret; through volatile, so that the compiler keeps it. */
static void
wipe(void *data, size_t size)
{
	volatile char *byte = data;

	while (size-- > 0)
		*byte++ = 0;
}

/* Complains with the system's reason. */
static int
file_failed(const char *path)
{
	complain("%s: %s", path, strerror(errno));
	return EXIT_STORE;
}

/* --- private keys ------------------------------------------------------------ */

/* No stdio: it would keep a copy.  Gives an exit code, having complained. */
static int
read_secret(const char *path, char text[KEY_FILE_MAX], size_t *size)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	*size = 0;
	if (fd < 0)
		return file_failed(path);
	do {
		got = read(fd, text + *size, KEY_FILE_MAX - *size);
		if (got > 0)
			*size += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		(void)file_failed(path);
	if (!is_stdin)
		close(fd);
	if (got < 0)
		return EXIT_STORE;
	return *size < KEY_FILE_MAX ? EXIT_DONE :
	    record_failed(path, BITMARK_E_PRIVATE_KEY_FILE);
}

/* The first line that is neither empty nor a comment, without blanks. */
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

static int
key_from_secret(const char *name, struct bitmark_span secret,
    struct bitmark_private_key *key)
{
	bitmark_status status = BITMARK_E_PRIVATE_KEY;

	if (secret.size > 0)
		status = bitmark_private_key_from_text(
		    (const char *)secret.data, secret.size, key);
	return status == BITMARK_OK ? EXIT_DONE : record_failed(name, status);
}

static int
read_key_file(const char *path, struct bitmark_private_key *key)
{
	char text[KEY_FILE_MAX];
	size_t size;
	int code = read_secret(path, text, &size);

	if (code == EXIT_DONE)
		code = key_from_secret(path, secret_line(text, size), key);
	wipe(text, sizeof text);
	return code;
}

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

/* --- keygen ------------------------------------------------------------------- */

/* All forms of a new key.  Secret. */
struct new_key {
	char seed[BITMARK_SECRET_TEXT_MAX];
	char private_key[BITMARK_SECRET_TEXT_MAX];
	char account[BITMARK_ACCOUNT_TEXT_MAX];
	const char *network;
};

static bitmark_status
make_key(const struct record_options *o, struct new_key *new)
{
	struct bitmark_private_key key;
	struct bitmark_account account;
	bitmark_status status = bitmark_seed_generate(o->seed_version,
	    o->network, NULL, new->seed, &key);

	if (status != BITMARK_OK)
		return status;
	bitmark_private_key_to_text(&key, new->private_key);
	bitmark_private_key_account(&key, &account);
	bitmark_account_to_text(&account, new->account);
	new->network = record_network_name(o->network);
	bitmark_private_key_wipe(&key);
	return BITMARK_OK;
}

/* The file that --key reads.  Mode 0600 from the start, and never over
 * another file: it might be the only copy of a key. */
static int
write_key_file(const char *path, const struct new_key *new)
{
	char text[2 * BITMARK_SECRET_TEXT_MAX + BITMARK_ACCOUNT_TEXT_MAX];
	int length = snprintf(text, sizeof text, "# %s %s\n%s\n",
	    new->network, new->account, new->seed);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool written;

	if (fd < 0) {
		(void)file_failed(path);
		wipe(text, sizeof text);
		return EXIT_STORE;
	}
	written = write(fd, text, (size_t)length) == length && fsync(fd) == 0;
	written = close(fd) == 0 && written;
	wipe(text, sizeof text);
	if (written)
		return EXIT_DONE;
	complain("%s: %s", path, bitmark_strerror(BITMARK_E_IO));
	(void)unlink(path);
	return EXIT_STORE;
}

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

int
record_keygen(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	struct new_key new = { .network = NULL };
	bitmark_status status;
	int code = EXIT_DONE;

	(void)argv;
	if (argc != 1)
		return usage_error("keygen takes no arguments");
	if (!o->network_given)
		return usage_error("keygen needs --network or --chain");
	status = make_key(o, &new);
	if (status != BITMARK_OK)
		code = record_failed("keygen", status);
	else if (o->output != NULL)
		code = write_key_file(o->output, &new);
	if (code == EXIT_DONE)
		code = print_key(o, &new);
	wipe(&new, sizeof new);
	return code;
}
