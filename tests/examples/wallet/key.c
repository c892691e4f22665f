/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * What is kept is the seed: a line of text from which the key is computed.  The
 * words of a recovery phrase are the same seed for people, on paper.
 */
#include "key.h"

#include <stdio.h>
#include <string.h>

#define KEY_FILE_MAX 1024

static int
failed(const char *what, bitmark_status status)
{
	fprintf(stderr, "wallet: %s: %s\n", what, bitmark_strerror(status));
	return -1;
}

static void
print_account(const struct bitmark_private_key *key)
{
	char text[BITMARK_ACCOUNT_TEXT_MAX];
	struct bitmark_account account;

	bitmark_private_key_account(key, &account);
	bitmark_account_to_text(&account, text);
	printf("account %s\n", text);
}

/* The seed into a file that only its owner can read. */
static int
keep(const char *path, const char *seed)
{
	char line[BITMARK_SECRET_TEXT_MAX + 1];
	const int length = snprintf(line, sizeof line, "%s\n", seed);
	const bitmark_status status = bitmark_file_create(path, 0600, line,
	    (size_t)length);

	explicit_bzero(line, sizeof line);
	return status == BITMARK_OK ? 0 : failed(path, status);
}

int
key_make(const char *path)
{
	char seed[BITMARK_SECRET_TEXT_MAX], phrase[BITMARK_PHRASE_TEXT_MAX];
	struct bitmark_private_key key;
	/* A seed of version 2 has 12 words, one of version 1 has 24. */
	bitmark_status status = bitmark_seed_generate(BITMARK_SEED_V2,
	    BITMARK_NETWORK_TEST, NULL, seed, &key);
	int result = -1;

	if (status == BITMARK_OK)
		status = bitmark_seed_to_phrase(seed, strlen(seed),
		    BITMARK_LANGUAGE_ENGLISH, 12, phrase);
	if (status != BITMARK_OK)
		(void)failed("making a key", status);
	else
		result = keep(path, seed);
	if (result == 0) {
		print_account(&key);
		printf("phrase %s\n", phrase);
	}
	explicit_bzero(seed, sizeof seed);
	explicit_bzero(phrase, sizeof phrase);
	bitmark_private_key_wipe(&key);
	return result;
}

/* A typing error is found: the words check each other. */
static int
restore(const char *path, const char *phrase)
{
	char seed[BITMARK_SECRET_TEXT_MAX];
	struct bitmark_private_key key;
	size_t wrong_word = 0;
	bitmark_status status = bitmark_seed_from_phrase(phrase,
	    strlen(phrase), seed, &wrong_word);
	int result;

	if (wrong_word != 0)
		fprintf(stderr, "wallet: word %zu is wrong\n", wrong_word);
	if (status == BITMARK_OK)
		status = bitmark_private_key_from_text(seed, strlen(seed),
		    &key);
	if (status != BITMARK_OK)
		return failed("recovery phrase", status);
	result = keep(path, seed);
	if (result == 0)
		print_account(&key);
	explicit_bzero(seed, sizeof seed);
	bitmark_private_key_wipe(&key);
	return result;
}

int
key_restore(const char *path)
{
	char phrase[BITMARK_PHRASE_TEXT_MAX + 2];
	int result;

	if (fgets(phrase, sizeof phrase, stdin) == NULL) {
		fprintf(stderr, "wallet: no phrase on the standard input\n");
		return -1;
	}
	result = restore(path, phrase);
	explicit_bzero(phrase, sizeof phrase);
	return result;
}

int
key_read(const char *path, struct bitmark_private_key *key)
{
	uint8_t *text;
	size_t size;
	bitmark_status status = bitmark_file_read(path, KEY_FILE_MAX, &text,
	    &size);

	if (status != BITMARK_OK)
		return failed(path, status);
	/* The line alone; a text that was read ends with a zero. */
	status = bitmark_private_key_from_text((const char *)text,
	    strcspn((const char *)text, "\n"), key);
	explicit_bzero(text, size);
	bitmark_free(text);
	return status == BITMARK_OK ? 0 : failed(path, status);
}
