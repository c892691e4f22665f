/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Recovery phrases: seeds as words, in all languages and both directions. */
#include <bitmarkpeer/account.h>
#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/vectors.h"

#define LANGUAGES 3
#define FIELD_MAX 512

/* One line of the golden file: words, phrase, seed, account, network. */
struct golden {
	char words[FIELD_MAX], phrase[FIELD_MAX], seed[FIELD_MAX];
	char account[FIELD_MAX], network[FIELD_MAX];
};

/* Line ${number} of the golden file that has ${expected} as the first field;
 * NULL: any that is no bad one. */
static bool
find_golden(unsigned number, const char *expected, struct golden *g)
{
	size_t size;
	char *text = (char *)data_file(
	    "cases/02-recovery-phrase-not-read/vectors.tsv", &size);
	bool found = false;

	text[size] = '\0';
	for (char *line = strtok(text, "\n"); line != NULL && !found;
	    line = strtok(NULL, "\n")) {
		if (line[0] == '#')
			continue;
		ck_assert_int_eq(sscanf(line, "%511[^\t]\t%511[^\t]\t%511[^\t]"
		    "\t%511[^\t]\t%511[^\t]", g->words, g->phrase, g->seed,
		    g->account, g->network), 5);
		if (expected == NULL ? strncmp(g->words, "bad", 3) != 0 :
		    strcmp(g->words, expected) == 0)
			found = number-- == 0;
	}
	free(text);
	return found;
}

static bitmark_status
seed_from(const char *phrase, char seed[BITMARK_SECRET_TEXT_MAX],
    size_t *wrong_word)
{
	return bitmark_seed_from_phrase(phrase, strlen(phrase), seed,
	    wrong_word);
}

static bitmark_status
phrase_of(const char *seed, int language, unsigned words,
    char phrase[BITMARK_PHRASE_TEXT_MAX])
{
	return bitmark_seed_to_phrase(seed, strlen(seed),
	    (enum bitmark_language)language, words, phrase);
}

START_TEST(each_golden_phrase_gives_its_account_and_seed)
{
	struct bitmark_private_key key;
	struct bitmark_account account;
	char text[BITMARK_ACCOUNT_TEXT_MAX], seed[BITMARK_SECRET_TEXT_MAX];
	struct golden g;
	size_t wrong;

	ck_assert(find_golden((unsigned)_i, NULL, &g));
	ck_assert_int_eq(bitmark_private_key_from_text(g.phrase,
	    strlen(g.phrase), &key), BITMARK_OK);
	bitmark_private_key_account(&key, &account);
	bitmark_account_to_text(&account, text);
	ck_assert_str_eq(text, g.account);
	ck_assert_int_eq(account.network, strcmp(g.network, "test") == 0 ?
	    BITMARK_NETWORK_TEST : BITMARK_NETWORK_LIVE);
	ck_assert_int_eq(seed_from(g.phrase, seed, &wrong), BITMARK_OK);
	ck_assert_uint_eq(wrong, 0);
	if (strcmp(g.seed, "-") != 0)
		ck_assert_str_eq(seed, g.seed);
}
END_TEST

START_TEST(each_golden_seed_gives_its_phrase)
{
	char phrase[BITMARK_PHRASE_TEXT_MAX], seed[BITMARK_SECRET_TEXT_MAX];
	unsigned words = 0;
	bool same = false;
	struct golden g;

	ck_assert(find_golden((unsigned)_i, NULL, &g));
	(void)sscanf(g.words, "%u", &words);            /* 0 for "zh-12" */
	ck_assert_int_eq(seed_from(g.phrase, seed, NULL), BITMARK_OK);
	for (int language = 0; language < LANGUAGES; language++) {
		ck_assert_int_eq(phrase_of(seed, language, words, phrase),
		    BITMARK_OK);
		same = same || strcmp(phrase, g.phrase) == 0;
	}
	ck_assert(same);
}
END_TEST

/* The same account in Traditional Chinese.
 * Source: bitmark-sdk-go account/account_test.go testnetAccounts,
 * livenetAccounts */
START_TEST(thirteen_chinese_words_are_those_of_the_sdk)
{
	static const struct {
		const char *seed, *phrase;
	} golden[] = {
		{ "9J87CAsHdFdoEu6N1unZk3sqhVBkVL8Z8",
		  "箱 阻 起 歸 徹 矮 問 栽 瓜 鼓 支 樂 制" },
		{ "9J87GaPq7FR9Uacdi3FUoWpP6LbEpo1Ax",
		  "薯 托 劍 景 擔 額 牢 痛 亦 軟 凱 誼 電" },
	};
	char phrase[BITMARK_PHRASE_TEXT_MAX], seed[BITMARK_SECRET_TEXT_MAX];

	ck_assert_int_eq(phrase_of(golden[_i].seed,
	    BITMARK_LANGUAGE_CHINESE_TRADITIONAL, 13, phrase), BITMARK_OK);
	ck_assert_str_eq(phrase, golden[_i].phrase);
	ck_assert_int_eq(seed_from(phrase, seed, NULL), BITMARK_OK);
	ck_assert_str_eq(seed, golden[_i].seed);
}
END_TEST

START_TEST(any_seed_comes_back_from_its_phrase_in_every_language)
{
	static const unsigned words[] = { 24, 12, 13 };
	const enum bitmark_seed_version version = _i % 3 == 0 ?
	    BITMARK_SEED_V1 : BITMARK_SEED_V2;
	const enum bitmark_network network = _i / 3 % 2 == 0 ?
	    BITMARK_NETWORK_LIVE : BITMARK_NETWORK_TEST;
	char seed[BITMARK_SECRET_TEXT_MAX], again[BITMARK_SECRET_TEXT_MAX];
	char phrase[BITMARK_PHRASE_TEXT_MAX];
	struct bitmark_private_key key, other;

	ck_assert_int_eq(bitmark_seed_generate(version, network, NULL, seed,
	    &key), BITMARK_OK);
	for (int language = 0; language < LANGUAGES; language++) {
		ck_assert_int_eq(phrase_of(seed, language, words[_i % 3],
		    phrase), BITMARK_OK);
		ck_assert_int_eq(seed_from(phrase, again, NULL), BITMARK_OK);
		ck_assert_str_eq(again, seed);
		ck_assert_int_eq(bitmark_private_key_from_text(phrase,
		    strlen(phrase), &other), BITMARK_OK);
		ck_assert_mem_eq(other.seed, key.seed, sizeof key.seed);
		ck_assert_uint_eq(other.network, network);
	}
}
END_TEST

START_TEST(blanks_and_case_do_not_matter)
{
	static const char *const same[] = {
		"  name gaze apart lamp\nlift zone believe\tsteak session "
		    "laptop   crowd hill\r\n",
		"Name GAZE apart lamp lift zone believe steak session laptop "
		    "crowd hill",
		"箱阻起归彻矮问栽瓜鼓支乐",
		"箱　阻　起　歸　徹　矮　問　栽　瓜　鼓　支　樂",
		/* Characters of both Chinese lists. */
		"箱 阻 起 歸 彻 矮 問 栽 瓜 鼓 支 乐",
	};
	char seed[BITMARK_SECRET_TEXT_MAX];

	ck_assert_int_eq(seed_from(same[_i], seed, NULL), BITMARK_OK);
	ck_assert_str_eq(seed, "9J87CAsHdFdoEu6N1unZk3sqhVBkVL8Z8");
}
END_TEST

START_TEST(a_word_that_is_not_listed_is_told_by_its_number)
{
	static const struct {
		const char *phrase;
		size_t wrong;
	} cases[] = {
		{ "namex gaze apart", 1 },
		{ "nam gaze apart", 1 },
		{ "name gaze apart lamp lift zone believe steak session "
		  "laptop crowd hil", 12 },
		{ "name gaze a", 3 },
		{ "箱 阻 起 魑魅", 4 },
		{ "name gaze \xff", 3 },
		{ "name gaze \xe7\xae", 3 },
	};
	char seed[BITMARK_SECRET_TEXT_MAX] = "same";
	struct golden g;
	size_t wrong;

	ck_assert_int_eq(seed_from(cases[_i].phrase, seed, &wrong),
	    BITMARK_E_PHRASE_WORD);
	ck_assert_uint_eq(wrong, cases[_i].wrong);
	ck_assert_str_eq(seed, "same");
	ck_assert(find_golden(0, "bad", &g));
	ck_assert_int_eq(seed_from(g.phrase, seed, &wrong),
	    BITMARK_E_PHRASE_WORD);
	ck_assert_uint_eq(wrong, 12);
}
END_TEST

/* _i: number of words. */
START_TEST(a_phrase_has_12_13_or_24_words)
{
	char phrase[8 * 64] = "", seed[BITMARK_SECRET_TEXT_MAX];
	bitmark_status status;

	for (int i = 0; i < _i; i++)
		strcat(phrase, "abandon ");
	status = seed_from(phrase, seed, NULL);
	if (_i == 12 || _i == 24)
		ck_assert_int_eq(status, BITMARK_OK);
	else if (_i == 13)
		ck_assert_int_eq(status, BITMARK_E_PHRASE_CHECK);
	else
		ck_assert_int_eq(status, BITMARK_E_PHRASE_LENGTH);
}
END_TEST

/* _i: the last word.  One in 2048 is right. */
START_TEST(the_thirteenth_word_checks_the_others)
{
	static const char *const last[] = {
		"abandon", "area", "arena", "arrow", "zoo", "hill", "argue",
	};
	char phrase[FIELD_MAX], seed[BITMARK_SECRET_TEXT_MAX];
	struct golden g;

	ck_assert(find_golden(0, "bad-checksum-13", &g));
	ck_assert_int_eq(seed_from(g.phrase, seed, NULL),
	    BITMARK_E_PHRASE_CHECK);
	snprintf(phrase, sizeof phrase, "name gaze apart lamp lift zone "
	    "believe steak session laptop crowd hill %s", last[_i]);
	ck_assert_int_eq(seed_from(phrase, seed, NULL),
	    strcmp(last[_i], "argue") == 0 ? BITMARK_OK :
	    BITMARK_E_PHRASE_CHECK);
}
END_TEST

/* _i: the pattern of the network, four bits of byte 15 of the secret. */
START_TEST(twelve_words_must_name_a_network)
{
	uint8_t data[24] = { 0x5a, 0xfe, 0x02 }, hash[BITMARK_SHA3_256_SIZE];
	char text[BITMARK_SECRET_TEXT_MAX], seed[BITMARK_SECRET_TEXT_MAX];
	char phrase[BITMARK_PHRASE_TEXT_MAX];

	data[3 + 15] = (uint8_t)(_i << 4);
	bitmark_sha3_256(data, 20, hash);
	memcpy(data + 20, hash, 4);
	ck_assert_int_eq(bitmark_base58_encode(data, sizeof data, text,
	    sizeof text), BITMARK_OK);
	ck_assert_int_eq(phrase_of(text, BITMARK_LANGUAGE_ENGLISH, 12, phrase),
	    BITMARK_OK);
	ck_assert_int_eq(seed_from(phrase, seed, NULL),
	    _i == 0 || _i == 15 ? BITMARK_OK : BITMARK_E_PHRASE_CHECK);
}
END_TEST

START_TEST(the_first_byte_of_24_words_is_a_network)
{
	/* Every word is the first one of its list but the first: it begins
	 * with the eight bits of the network. */
	static const struct {
		const char *first;
		bitmark_status status;
	} cases[] = {
		{ "abandon", BITMARK_OK },              /* 00 */
		{ "absorb", BITMARK_OK },               /* 01 */
		{ "account", BITMARK_OK },              /* 01 */
		{ "across", BITMARK_E_PHRASE_CHECK },   /* 02 */
		{ "zoo", BITMARK_E_PHRASE_CHECK },      /* ff */
	};
	char phrase[FIELD_MAX], seed[BITMARK_SECRET_TEXT_MAX];

	strcpy(phrase, cases[_i].first);
	for (int i = 1; i < 24; i++)
		strcat(phrase, " abandon");
	ck_assert_int_eq(seed_from(phrase, seed, NULL), cases[_i].status);
}
END_TEST

START_TEST(a_seed_has_only_so_many_words)
{
	static const char v1[] =
	    "5XEECt18HGBGNET1PpxLhy5CsCLG9jnmM6Q8QGF4U2yGb1DABXZsVeD";
	static const char v2[] = "SEED:9J87CAsHdFdoEu6N1unZk3sqhVBkVL8Z8";
	char phrase[BITMARK_PHRASE_TEXT_MAX];

	ck_assert_int_eq(phrase_of(v1, 0, (unsigned)_i, phrase),
	    _i == 0 || _i == 24 ? BITMARK_OK : BITMARK_E_ARGUMENT);
	ck_assert_int_eq(phrase_of(v2, 0, (unsigned)_i, phrase),
	    _i == 0 || _i == 12 || _i == 13 ? BITMARK_OK :
	    BITMARK_E_ARGUMENT);
	ck_assert_int_eq(phrase_of("nonsense", 0, 0, phrase),
	    BITMARK_E_SEED_LENGTH);
	ck_assert_int_eq(phrase_of("0", 0, 0, phrase), BITMARK_E_DECODE_SEED);
}
END_TEST

/* Keys of Bitmark's older wallets ("KIF").  Source:
 * bitmark-lib test/auth-key.test.js */
START_TEST(a_key_that_holds_the_seed_alone_is_read)
{
	static const struct {
		const char *text;
		bitmark_status status;
		enum bitmark_network network;
		const char *account;
	} cases[] = {
		{ "Zjbm1pyA1zjpy5RTeHtBqSAr2NvErTxsovkbWs1duVy8yYG9Xr",
		  BITMARK_OK, BITMARK_NETWORK_LIVE,
		  "a5fyw6MQT6C6fpCBeSVdCfT3WS8WTTM24meT3nVuHyxJF7yKes" },
		{ "dd67Uj2rsMC6cEqGoXt6UdigFcMYG9iT64y5pEodDWk8HKUXeM",
		  BITMARK_OK, BITMARK_NETWORK_TEST,
		  "dyALPzR7JSeNJybzogVXqrzsjfZos96bLurwMAHtbzjHSzk4yh" },
		/* a public key, a wrong checksum, a byte too few */
		{ "bgLwFH11Sfxxnf8NDut9A2wm8zdtZJqfSzrqfYudZWMddYghqX",
		  BITMARK_E_NOT_PRIVATE_KEY, BITMARK_NETWORK_LIVE, NULL },
		{ "Zjbm1pyA1zjpy5RTeHtBqSAr2NvErTxsovkbWs1duVy8yYG9Xs",
		  BITMARK_E_CHECKSUM, BITMARK_NETWORK_LIVE, NULL },
		{ "83kQWEJPfyxC7UayrKtFq2fnaUaYuwmzmRUm4FQCqk52DiBab",
		  BITMARK_E_KEY_LENGTH, BITMARK_NETWORK_LIVE, NULL },
	};
	struct bitmark_private_key key;
	struct bitmark_account account;
	char text[BITMARK_ACCOUNT_TEXT_MAX];

	ck_assert_int_eq(bitmark_private_key_from_text(cases[_i].text,
	    strlen(cases[_i].text), &key), cases[_i].status);
	if (cases[_i].account == NULL)
		return;
	assert_hex(key.seed, sizeof key.seed, "d7007fdf823a8d2d769f5778e6fb2d"
	    "2c0cca9a104a7d2a7171d0a2eea1f55b73", "seed");
	ck_assert_uint_eq(key.network, cases[_i].network);
	bitmark_private_key_account(&key, &account);
	bitmark_account_to_text(&account, text);
	ck_assert_str_eq(text, cases[_i].account);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("phrase");
	TCase *tc = tcase_create("phrase");

	tcase_add_loop_test(tc, each_golden_phrase_gives_its_account_and_seed,
	    0, 8);
	tcase_add_loop_test(tc, each_golden_seed_gives_its_phrase, 0, 8);
	tcase_add_loop_test(tc, thirteen_chinese_words_are_those_of_the_sdk, 0,
	    2);
	tcase_add_loop_test(tc,
	    any_seed_comes_back_from_its_phrase_in_every_language, 0, 120);
	tcase_add_loop_test(tc, blanks_and_case_do_not_matter, 0, 5);
	tcase_add_loop_test(tc,
	    a_word_that_is_not_listed_is_told_by_its_number, 0, 7);
	tcase_add_loop_test(tc, a_phrase_has_12_13_or_24_words, 0, 40);
	tcase_add_loop_test(tc, the_thirteenth_word_checks_the_others, 0, 7);
	tcase_add_loop_test(tc, twelve_words_must_name_a_network, 0, 16);
	tcase_add_loop_test(tc, the_first_byte_of_24_words_is_a_network, 0, 5);
	tcase_add_loop_test(tc, a_seed_has_only_so_many_words, 0, 30);
	tcase_add_loop_test(tc, a_key_that_holds_the_seed_alone_is_read, 0, 5);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
