/*
 * Reading private keys, from files and from the environment.  A secret is wiped
 * from every buffer that held it.
 */
#include <stdlib.h>
#include <string.h>

#include "record_tool.h"
#include "shared/input.h"
#include "shared/secret.h"

/* A key file with comments, at most.  Bytes. */
#define KEY_FILE_MAX 4000

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
