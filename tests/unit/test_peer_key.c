/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Key pairs of peers and their files. */
#include <bitmarkpeer/account.h>
#include <bitmarkpeer/codec.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/vectors.h"

#define PATH_ROOM 128

/* A directory of its own for each test. */
static char dir[] = "/tmp/bitmark-test-XXXXXX";
static char public_path[PATH_ROOM], private_path[PATH_ROOM];

static const uint8_t public_key[BITMARK_PEER_KEY_SIZE] = { 0xab, 1, 2 };
static const uint8_t private_key[BITMARK_PEER_KEY_SIZE] = { 0xcd, 3, 4 };

/* 63 hex digits. */
#define DIGITS_63 \
	"123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
setup(void)
{
	memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(public_path, PATH_ROOM, "%s/a.public", dir);
	snprintf(private_path, PATH_ROOM, "%s/a.private", dir);
}

static void
teardown(void)
{
	unlink(public_path);
	unlink(private_path);
	ck_assert_int_eq(rmdir(dir), 0);        /* nothing else was left */
}

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
assert_file(const char *path, const char *text, mode_t mode)
{
	char got[256];
	struct stat st;
	FILE *f = fopen(path, "r");
	size_t size;

	ck_assert_ptr_nonnull(f);
	size = fread(got, 1, sizeof got - 1, f);
	got[size] = '\0';
	fclose(f);
	ck_assert_str_eq(got, text);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, mode);
}

static bool
exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* ---- pairs ---- */

static void
counting(void *user, uint8_t *out, size_t size)
{
	uint8_t *next = user;

	while (size-- > 0)
		*out++ = (*next)++;
}

START_TEST(the_public_key_belongs_to_the_private_key)
{
	/* Source: RFC 7748 6.1, Alice */
	static const char secret[] = "77076d0a7318a57d3c16c17251b26645"
	    "df4c2f87ebc0992ab177fba51db92c2a";
	uint8_t key[BITMARK_PEER_KEY_SIZE], out[BITMARK_PEER_KEY_SIZE];
	size_t size;

	ck_assert_int_eq(bitmark_hex_decode(secret, strlen(secret), key,
	    sizeof key, &size), BITMARK_OK);
	bitmark_peer_key_public(key, out);
	assert_hex(out, sizeof out, "8520f0098930a754748b7ddcb43ef75a"
	    "0dbf3a0d26381af4eba4a98eaa9b4e6a", "public key");
}
END_TEST

START_TEST(a_generated_pair_comes_from_the_random_source_given)
{
	uint8_t next = 0, pub[BITMARK_PEER_KEY_SIZE],
	    priv[BITMARK_PEER_KEY_SIZE], want[BITMARK_PEER_KEY_SIZE];
	struct bitmark_env env = { .user = &next, .random = counting };

	bitmark_peer_key_generate(&env, pub, priv);
	for (uint8_t i = 0; i < sizeof priv; i++)
		ck_assert_uint_eq(priv[i], i);
	bitmark_peer_key_public(priv, want);
	ck_assert_mem_eq(pub, want, sizeof want);
}
END_TEST

START_TEST(generated_pairs_differ)
{
	uint8_t pub[2][BITMARK_PEER_KEY_SIZE], priv[2][BITMARK_PEER_KEY_SIZE];

	bitmark_peer_key_generate(NULL, pub[0], priv[0]);
	bitmark_peer_key_generate(NULL, pub[1], priv[1]);
	ck_assert_mem_ne(pub[0], pub[1], sizeof pub[0]);
	ck_assert_mem_ne(priv[0], priv[1], sizeof priv[0]);
}
END_TEST

/* ---- text ---- */

START_TEST(a_public_key_text_may_have_tag_space_and_either_case)
{
	static const char *good[] = {
		"a" DIGITS_63, "A" DIGITS_63, "PUBLIC:a" DIGITS_63,
		"PUBLIC:a" DIGITS_63 "\n", " \t\r\n\v\fa" DIGITS_63 " \n",
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		uint8_t key[BITMARK_PEER_KEY_SIZE];

		ck_assert_int_eq(bitmark_peer_key_parse_public(good[i],
		    strlen(good[i]), key), BITMARK_OK);
		assert_hex(key, sizeof key, "a" DIGITS_63, good[i]);
	}
}
END_TEST

START_TEST(other_public_key_texts_are_refused)
{
	static const char *bad[] = {
		"", " ", "PUBLIC:", DIGITS_63, "ab" DIGITS_63,
		"g" DIGITS_63, "PRIVATE:a" DIGITS_63, "public:a" DIGITS_63,
		"PUBLIC: a" DIGITS_63, "PUBLIC:PUBLIC:a" DIGITS_63,
		"a" DIGITS_63 " 0",
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		uint8_t key[BITMARK_PEER_KEY_SIZE] = { 77 };

		ck_assert_msg(bitmark_peer_key_parse_public(bad[i],
		    strlen(bad[i]), key) == BITMARK_E_PUBLIC_KEY, "%s",
		    bad[i]);
		ck_assert_uint_eq(key[0], 77);
	}
}
END_TEST

/* ---- files ---- */

START_TEST(written_files_have_the_content_and_mode_of_v8_2)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	umask(022);
	ck_assert_int_eq(bitmark_peer_key_write(public_path, private_path,
	    public_key, private_key), BITMARK_OK);
	assert_file(public_path, "PUBLIC:ab0102"
	    "0000000000000000000000000000000000000000000000000000000000\n",
	    0644);
	assert_file(private_path, "PRIVATE:cd0304"
	    "0000000000000000000000000000000000000000000000000000000000\n",
	    0600);
	ck_assert_int_eq(bitmark_peer_key_read_public(public_path, key),
	    BITMARK_OK);
	ck_assert_mem_eq(key, public_key, sizeof key);
	ck_assert_int_eq(bitmark_peer_key_read_private(private_path, key),
	    BITMARK_OK);
	ck_assert_mem_eq(key, private_key, sizeof key);
}
END_TEST

START_TEST(no_file_is_written_when_one_exists)
{
	const char *there = _i == 0 ? public_path : private_path;
	const char *other = _i == 0 ? private_path : public_path;

	put_file(there, "precious");
	ck_assert_int_eq(bitmark_peer_key_write(public_path, private_path,
	    public_key, private_key), BITMARK_E_KEY_FILE_EXISTS);
	assert_file(there, "precious", 0644);
	ck_assert(!exists(other));
}
END_TEST

START_TEST(no_file_is_left_when_both_have_one_name)
{
	ck_assert_int_eq(bitmark_peer_key_write(public_path, public_path,
	    public_key, private_key), BITMARK_E_KEY_FILE_EXISTS);
	ck_assert(!exists(public_path));
}
END_TEST

START_TEST(no_file_is_left_when_one_cannot_be_made)
{
	char nowhere[PATH_ROOM];

	snprintf(nowhere, sizeof nowhere, "%s/missing/a", dir);
	ck_assert_int_eq(bitmark_peer_key_write(public_path, nowhere,
	    public_key, private_key), BITMARK_E_IO);
	ck_assert(!exists(public_path));
	ck_assert_int_eq(bitmark_peer_key_write(nowhere, private_path,
	    public_key, private_key), BITMARK_E_IO);
	ck_assert(!exists(private_path));
}
END_TEST

START_TEST(no_file_is_left_when_the_disk_is_full)
{
	/* the public file has 72 bytes, the private one 73 */
	struct rlimit old, limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = (struct rlimit){ (rlim_t)_i, old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(bitmark_peer_key_write(public_path, private_path,
	    public_key, private_key), BITMARK_E_IO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert(!exists(public_path));
	ck_assert(!exists(private_path));
}
END_TEST

START_TEST(a_missing_file_is_not_found)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	char below[PATH_ROOM + 2];

	ck_assert_int_eq(bitmark_peer_key_read_public(public_path, key),
	    BITMARK_E_KEY_FILE_NOT_FOUND);
	ck_assert_int_eq(bitmark_peer_key_read_private(private_path, key),
	    BITMARK_E_KEY_FILE_NOT_FOUND);
	put_file(public_path, "");
	snprintf(below, sizeof below, "%s/x", public_path);
	ck_assert_int_eq(bitmark_peer_key_read_public(below, key),
	    BITMARK_E_KEY_FILE_NOT_FOUND);
}
END_TEST

START_TEST(a_directory_cannot_be_read)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	ck_assert_int_eq(bitmark_peer_key_read_public(dir, key),
	    BITMARK_E_IO);
}
END_TEST

START_TEST(files_that_hold_no_key_or_the_other_one_are_refused)
{
	static const char *bad_public[] = {
		"", "\n", "a" DIGITS_63, "PRIVATE:a" DIGITS_63 "\n",
		"PUBLIC:" DIGITS_63, "PUBLIC:x" DIGITS_63,
		"PUBLIC:aa" DIGITS_63, "PUBLIC:aaa" DIGITS_63,
	};
	static const char *bad_private[] = {
		"", "\n", "a" DIGITS_63, "PUBLIC:a" DIGITS_63 "\n",
		"PRIVATE:" DIGITS_63, "PRIVATE:x" DIGITS_63,
	};
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 77 };

	for (size_t i = 0; i < sizeof bad_public / sizeof *bad_public; i++) {
		put_file(public_path, bad_public[i]);
		ck_assert_int_eq(bitmark_peer_key_read_public(public_path,
		    key), BITMARK_E_PUBLIC_KEY_FILE);
	}
	for (size_t i = 0; i < sizeof bad_private / sizeof *bad_private; i++) {
		put_file(private_path, bad_private[i]);
		ck_assert_int_eq(bitmark_peer_key_read_private(private_path,
		    key), BITMARK_E_PRIVATE_KEY_FILE);
	}
	ck_assert_uint_eq(key[0], 77);
}
END_TEST

START_TEST(a_key_file_may_have_1024_bytes_and_no_more)
{
	char text[1027];
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(text, '\n', sizeof text);
	memcpy(text, "PUBLIC:a" DIGITS_63, 71);
	text[1024 + _i] = '\0';
	put_file(public_path, text);
	ck_assert_int_eq(bitmark_peer_key_read_public(public_path, key),
	    _i == 0 ? BITMARK_OK : BITMARK_E_PUBLIC_KEY_FILE);
}
END_TEST

static void
add_files(Suite *suite)
{
	TCase *tc = tcase_create("files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, written_files_have_the_content_and_mode_of_v8_2);
	tcase_add_loop_test(tc, no_file_is_written_when_one_exists, 0, 2);
	tcase_add_test(tc, no_file_is_left_when_both_have_one_name);
	tcase_add_test(tc, no_file_is_left_when_one_cannot_be_made);
	tcase_add_loop_test(tc, no_file_is_left_when_the_disk_is_full, 0, 73);
	tcase_add_test(tc, a_missing_file_is_not_found);
	tcase_add_test(tc, a_directory_cannot_be_read);
	tcase_add_test(tc,
	    files_that_hold_no_key_or_the_other_one_are_refused);
	tcase_add_loop_test(tc, a_key_file_may_have_1024_bytes_and_no_more, 0,
	    3);
	suite_add_tcase(suite, tc);
}

int
main(void)
{
	Suite *suite = suite_create("peer key");
	TCase *tc = tcase_create("pairs and text");

	tcase_add_test(tc, the_public_key_belongs_to_the_private_key);
	tcase_add_test(tc,
	    a_generated_pair_comes_from_the_random_source_given);
	tcase_add_test(tc, generated_pairs_differ);
	tcase_add_test(tc,
	    a_public_key_text_may_have_tag_space_and_either_case);
	tcase_add_test(tc, other_public_key_texts_are_refused);
	suite_add_tcase(suite, tc);
	add_files(suite);
	return run_suite(suite);
}
