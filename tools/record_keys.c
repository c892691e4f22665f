/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Private keys from files and from the environment. Each buffer that held a
 * secret is wiped.
 */
#include <stdlib.h>
#include <string.h>

#include "record_tool.h"
#include "shared/input.h"
#include "shared/secret.h"

/* Longest file with a key and comments. Bytes. */
#define KEY_FILE_MAX 4000

/* Find the line with the key: the first one that is neither empty nor a
 * comment, without the blanks around it. The result points into ${text}. */
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

/* A person who copied a phrase from paper is told which word is wrong, and one
 * with a key of another program which lengths there are. The secret itself is
 * never printed. */
static int
complain_secret(const char *name, struct bitmark_span secret,
    bitmark_status status)
{
	char seed[BITMARK_SECRET_TEXT_MAX];
	size_t word = 0;

	if (status == BITMARK_E_PHRASE_WORD && bitmark_seed_from_phrase(
	    (const char *)secret.data, secret.size, seed, &word) == status)
		complain("%s: word %zu is %s", name, word,
		    bitmark_strerror(status));
	else if (status == BITMARK_E_KEY_LENGTH)
		complain("%s: %s: a private key has 64 bytes, or 32 in KIF, "
		    "the form of Bitmark's older wallets", name,
		    bitmark_strerror(status));
	else
		return complain_status(name, status);
	return exit_code_of(status);
}

/* Find the seed: the secret itself, or the seed that its phrase stands for. ""
 * for a private key, which was made from no seed. */
static void
find_seed(struct bitmark_span secret, char seed[BITMARK_SECRET_TEXT_MAX])
{
	const char *text = (const char *)secret.data;
	char phrase[BITMARK_PHRASE_TEXT_MAX];

	if (bitmark_seed_from_phrase(text, secret.size, seed, NULL) ==
	    BITMARK_OK)
		return;
	seed[0] = '\0';
	if (bitmark_seed_to_phrase(text, secret.size,
	    BITMARK_LANGUAGE_ENGLISH, 0, phrase) == BITMARK_OK)
		snprintf(seed, BITMARK_SECRET_TEXT_MAX, "%.*s",
		    (int)secret.size, text);
	explicit_bzero(phrase, sizeof phrase);
}

/* The library tries all forms of private keys, seeds and phrases. */
static int
key_from_secret(const char *name, struct bitmark_span secret,
    struct bitmark_private_key *key, char *seed)
{
	bitmark_status status = BITMARK_E_PRIVATE_KEY;

	if (secret.size > 0)
		status = bitmark_private_key_from_text(
		    (const char *)secret.data, secret.size, key);
	if (status != BITMARK_OK)
		return complain_secret(name, secret, status);
	if (seed != NULL)
		find_seed(secret, seed);
	return EXIT_DONE;
}

/* The file is read into one piece of memory, which is wiped before it is freed.
 */
static int
read_key_file(const char *path, struct bitmark_private_key *key, char *seed)
{
	uint8_t *text;
	size_t size;
	int code;

	secret_warn(path);
	code = input_read_file(path, INPUT_TEXT, KEY_FILE_MAX, &text, &size);
	if (code != EXIT_DONE)
		return code;
	code = key_from_secret(path, secret_line((char *)text, size), key,
	    seed);
	explicit_bzero(text, size);
	free(text);
	return code;
}

/* The key is never taken from the command line, which every user of the machine
 * can see; the environment is visible to the same user only. */
int
record_read_key(const struct record_options *options,
    struct bitmark_private_key *key, char *seed)
{
	const char *text;

	memset(key, 0, sizeof *key);
	if (options->key_file != NULL)
		return read_key_file(options->key_file, key, seed);
	text = getenv(options->key_variable);
	if (text == NULL) {
		complain("the environment has no %s", options->key_variable);
		return EXIT_BAD_DATA;
	}
	return key_from_secret(options->key_variable,
	    secret_line(text, strlen(text)), key, seed);
}

int
record_make_phrase(const struct record_options *o, const char *seed,
    char phrase[BITMARK_PHRASE_TEXT_MAX])
{
	bitmark_status status = bitmark_seed_to_phrase(seed, strlen(seed),
	    (enum bitmark_language)o->language, (unsigned)o->words, phrase);

	if (status != BITMARK_E_ARGUMENT)
		return status == BITMARK_OK ? EXIT_DONE :
		    complain_status("phrase", status);
	complain("a seed of version 1 has 24 words, one of version 2 has 12, "
	    "or 13 with a check word");
	return EXIT_BAD_DATA;
}
