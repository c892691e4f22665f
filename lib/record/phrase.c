/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Recovery phrases: seeds as words, which people can write down.
 *
 *   24 words   264 bits: the network (00 live, 01 test) and the 32 byte secret
 *              of a seed of version 1
 *   12 words   132 bits: the secret of a seed of version 2
 *   13 words   the same and a check word: the first 7 bits of the SHA-256 of
 *              the 17 bytes of the secret
 *
 * The words are those of BIP 39, but the bits are not: there is no checksum of
 * BIP 39, and the key does not come from its hash of the text.
 *
 * Source: bitmarkd v0.16.0 account/phrase.go; bitmark-sdk-go
 * account/recovery_phrase.go; tests/data/cases/02-recovery-phrase-not-read
 */
#include "codec/codec.h"
#include "record/keys.h"
#include "record/phrase_words.h"

#include <sodium.h>

#define WORDS_V1 24
#define WORDS_V2 12
#define WORDS_V2_CHECKED (WORDS_V2 + 1)

/* The network byte and the secret of version 1, the longer one.  Bytes. */
#define BITS_SIZE (1 + BM_SEED_V1_SECRET_SIZE)
/* Bits of the check word that are used; its first four are zero. */
#define CHECK_BITS 7

/* U+3000, the blank of Chinese texts. */
#define IDEOGRAPHIC_SPACE "\xe3\x80\x80"

/* --- words --------------------------------------------------------------- */

static bool
is_ascii(struct bitmark_span text)
{
	return text.data[0] < 0x80;
}

static bool
starts_with_blank(struct bitmark_span text, size_t *size)
{
	*size = strlen(IDEOGRAPHIC_SPACE);
	if (text.size >= *size &&
	    memcmp(text.data, IDEOGRAPHIC_SPACE, *size) == 0)
		return true;
	*size = 1;
	return text.size > 0 && (text.data[0] == ' ' ||
	    (text.data[0] >= '\t' && text.data[0] <= '\r'));
}

/*
 * Take the next word from the front of ${rest}.  Returns false at its end.
 *
 * A character that is not ASCII is a word by itself, because Chinese phrases
 * are often written without blanks.
 */
static bool
next_word(struct bitmark_span *rest, struct bitmark_span *word)
{
	size_t blank, size = 0;

	while (starts_with_blank(*rest, &blank)) {
		rest->data += blank;
		rest->size -= blank;
	}
	if (rest->size == 0)
		return false;
	if (!is_ascii(*rest))
		(void)bitmark_utf8_next(*rest, &size);
	else
		while (size < rest->size && rest->data[size] > ' ' &&
		    rest->data[size] < 0x80)
			size++;
	*word = (struct bitmark_span){ rest->data, size == 0 ? 1 : size };
	rest->data += word->size;
	rest->size -= word->size;
	return true;
}

static const char *
english_at(unsigned place)
{
	const char *word = bm_words_english[place / BM_ENGLISH_ROW];

	for (unsigned i = place % BM_ENGLISH_ROW; i > 0; i--)
		word = strchr(word, ' ') + 1;
	return word;
}

static const char *
chinese_at(const char *const *list, unsigned place)
{
	return list[place / BM_CHINESE_ROW] +
	    place % BM_CHINESE_ROW * BM_CHINESE_WORD_SIZE;
}

/* Is ${word}, in either case, the one that stands at ${listed}? */
static bool
is_english(struct bitmark_span word, const char *listed)
{
	for (size_t i = 0; i < word.size; i++) {
		uint8_t c = word.data[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (c != (uint8_t)listed[i])
			return false;
	}
	return listed[word.size] == ' ';
}

static bool
is_chinese(struct bitmark_span word, const char *listed)
{
	return word.size == BM_CHINESE_WORD_SIZE &&
	    memcmp(word.data, listed, BM_CHINESE_WORD_SIZE) == 0;
}

/*
 * The place of ${word} in its list, or BM_WORDS_COUNT.  The language need not
 * be told: a character that is in both Chinese lists has one place in them.
 */
static unsigned
find_word(struct bitmark_span word)
{
	unsigned i = 0;

	while (i < BM_WORDS_COUNT && !is_english(word, english_at(i)) &&
	    !is_chinese(word, chinese_at(bm_words_chinese_traditional, i)) &&
	    !is_chinese(word, chinese_at(bm_words_chinese_simplified, i)))
		i++;
	return i;
}

static struct bitmark_span
word_at(enum bitmark_language language, unsigned place)
{
	const char *word = english_at(place);
	size_t size = (size_t)(strchr(word, ' ') - word);

	if (language != BITMARK_LANGUAGE_ENGLISH) {
		word = chinese_at(
		    language == BITMARK_LANGUAGE_CHINESE_TRADITIONAL ?
		    bm_words_chinese_traditional :
		    bm_words_chinese_simplified, place);
		size = BM_CHINESE_WORD_SIZE;
	}
	return (struct bitmark_span){ (const uint8_t *)word, size };
}

/* --- bits ---------------------------------------------------------------- */

/* Eleven bits do not end where bytes do, so they are moved one by one.  The
 * first bit of each byte and of each word is its highest one. */

static unsigned
get_bits(const uint8_t *bytes, size_t from, unsigned count)
{
	unsigned value = 0;

	for (size_t at = from; at < from + count; at++)
		value = value << 1 | (bytes[at / 8] >> (7 - at % 8) & 1u);
	return value;
}

static void
put_bits(uint8_t *bytes, size_t from, unsigned count, unsigned value)
{
	for (unsigned i = 0; i < count; i++)
		if ((value >> (count - 1 - i) & 1u) != 0)
			bytes[(from + i) / 8] |=
			    (uint8_t)(0x80 >> (from + i) % 8);
}

static unsigned
check_word(const uint8_t secret[BM_SEED_V2_SECRET_SIZE])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, secret, BM_SEED_V2_SECRET_SIZE);
	return hash[0] >> (8 - CHECK_BITS);
}

/* --- reading ------------------------------------------------------------- */

/* Read words into ${bits}, which is zero.  ${count} is the number of the word
 * that is not known, or of words. */
static bitmark_status
read_words(struct bitmark_span text, uint8_t bits[BITS_SIZE], size_t *count)
{
	struct bitmark_span word;

	for (*count = 0; next_word(&text, &word); ++*count) {
		unsigned place = find_word(word);

		if (place == BM_WORDS_COUNT) {
			++*count;
			return BITMARK_E_PHRASE_WORD;
		}
		if (*count < WORDS_V1)
			put_bits(bits, *count * BM_WORD_BITS, BM_WORD_BITS,
			    place);
	}
	return BITMARK_OK;
}

static bitmark_status
seed_from_v1_bits(const uint8_t bits[BITS_SIZE], struct bm_seed *seed)
{
	if (bits[0] > BITMARK_NETWORK_TEST)
		return BITMARK_E_PHRASE_CHECK;
	*seed = (struct bm_seed){
		.version = BITMARK_SEED_V1,
		.network = (enum bitmark_network)bits[0],
	};
	memcpy(seed->secret, bits + 1, BM_SEED_V1_SECRET_SIZE);
	return BITMARK_OK;
}

/*
 * Twelve words have no checksum, but four of their bits name the network, and
 * only two of the sixteen values do so.  bitmarkd takes the other values for
 * the live network.  Here they are refused, as in the SDKs of Bitmark, because
 * a phrase with a wrong word would silently give another account.
 */
static bitmark_status
seed_from_v2_bits(const uint8_t bits[BITS_SIZE], size_t words,
    struct bm_seed *seed)
{
	uint8_t secret[BM_SEED_V2_SECRET_SIZE];
	bitmark_status status = BITMARK_OK;

	memcpy(secret, bits, sizeof secret);
	secret[sizeof secret - 1] &= 0xf0;      /* the check word begins there */
	if (words == WORDS_V2_CHECKED &&
	    get_bits(bits, WORDS_V2 * BM_WORD_BITS, BM_WORD_BITS) !=
	    check_word(secret))
		status = BITMARK_E_PHRASE_CHECK;
	else if (!bm_seed_v2_has_network(secret))
		status = BITMARK_E_PHRASE_CHECK;
	else
		bm_seed_from_v2_secret(secret, seed);
	sodium_memzero(secret, sizeof secret);
	return status;
}

bool
bm_phrase_is_one(const char *text, size_t size)
{
	struct bitmark_span rest = { (const uint8_t *)text, size }, word;
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		if ((uint8_t)text[i] >= 0x80)
			return true;
	while (count < 2 && next_word(&rest, &word))
		count++;
	return count == 2;
}

bitmark_status
bm_phrase_parse(const char *text, size_t size, struct bm_seed *seed,
    size_t *wrong_word)
{
	struct bitmark_span phrase = { (const uint8_t *)text, size };
	uint8_t bits[BITS_SIZE] = { 0 };
	size_t words;
	bitmark_status status = read_words(phrase, bits, &words);

	if (wrong_word != NULL)
		*wrong_word = status == BITMARK_OK ? 0 : words;
	if (status == BITMARK_OK) {
		if (words == WORDS_V1)
			status = seed_from_v1_bits(bits, seed);
		else if (words == WORDS_V2 || words == WORDS_V2_CHECKED)
			status = seed_from_v2_bits(bits, words, seed);
		else
			status = BITMARK_E_PHRASE_LENGTH;
	}
	sodium_memzero(bits, sizeof bits);
	return status;
}

bitmark_status
bitmark_seed_from_phrase(const char *phrase, size_t size,
    char seed[BITMARK_SECRET_TEXT_MAX], size_t *wrong_word)
{
	struct bm_seed parsed;
	bitmark_status status = bm_phrase_parse(phrase, size, &parsed,
	    wrong_word);

	if (status != BITMARK_OK)
		return status;
	bm_seed_to_text(&parsed, seed);
	sodium_memzero(&parsed, sizeof parsed);
	return BITMARK_OK;
}

/* --- writing ------------------------------------------------------------- */

/* The bits that ${words} words stand for; false: not for so many. */
static bool
bits_of_seed(const struct bm_seed *seed, unsigned words,
    uint8_t bits[BITS_SIZE])
{
	memset(bits, 0, BITS_SIZE);
	switch (seed->version) {
	case BITMARK_SEED_V1:
		bits[0] = (uint8_t)seed->network;
		memcpy(bits + 1, seed->secret, BM_SEED_V1_SECRET_SIZE);
		return words == WORDS_V1;
	case BITMARK_SEED_V2:
		memcpy(bits, seed->secret, BM_SEED_V2_SECRET_SIZE);
		if (words == WORDS_V2_CHECKED)
			put_bits(bits, WORDS_V2 * BM_WORD_BITS, BM_WORD_BITS,
			    check_word(seed->secret));
		return words == WORDS_V2 || words == WORDS_V2_CHECKED;
	}
	return false;
}

static void
write_words(const uint8_t *bits, unsigned words,
    enum bitmark_language language, char phrase[BITMARK_PHRASE_TEXT_MAX])
{
	struct bm_writer w = bm_writer((uint8_t *)phrase,
	    BITMARK_PHRASE_TEXT_MAX);

	for (unsigned i = 0; i < words; i++) {
		struct bitmark_span word = word_at(language, get_bits(bits,
		    i * BM_WORD_BITS, BM_WORD_BITS));

		if (i > 0)
			bm_write_u8(&w, ' ');
		bm_write_bytes(&w, word.data, word.size);
	}
	bm_write_u8(&w, '\0');
}

bitmark_status
bitmark_seed_to_phrase(const char *seed, size_t size,
    enum bitmark_language language, unsigned words,
    char phrase[BITMARK_PHRASE_TEXT_MAX])
{
	struct bm_seed parsed;
	uint8_t bits[BITS_SIZE];
	bitmark_status status = bm_seed_from_text(seed, size, &parsed);

	if (status != BITMARK_OK)
		return status;
	if (words == 0)
		words = parsed.version == BITMARK_SEED_V1 ? WORDS_V1 :
		    WORDS_V2;
	if (bits_of_seed(&parsed, words, bits))
		write_words(bits, words, language, phrase);
	else
		status = BITMARK_E_ARGUMENT;
	sodium_memzero(bits, sizeof bits);
	sodium_memzero(&parsed, sizeof parsed);
	return status;
}
