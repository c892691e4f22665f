/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* v8.2's file of peers. */
#include "../support/vectors.h"

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/peer_file.h>

#include <stdlib.h>
#include <string.h>

/* Age at which v8.2 drops an entry. */
#define EXPIRY_S (bitmark_rules_8_2()->announce_expiry_s)

/* Shortly after the entries of the example. */
#define NOW_S UINT64_C(1545000100)

static struct bitmark_announce *table;

static void
setup(void)
{
	const uint8_t address[] = { 7, 0x08, 0x58, 127, 0, 0, 1 };
	struct bitmark_peer own = { .timestamp = NOW_S,
	    .connections_size = sizeof address };

	memset(own.key, 1, sizeof own.key);
	memcpy(own.connections, address, sizeof address);
	ck_assert_int_eq(bitmark_announce_new(&table, &own, 0, NULL, NULL),
	    BITMARK_OK);
}

static void
teardown(void)
{
	bitmark_announce_free(table);
}

static bitmark_status
restore(const char *text, size_t size,
    struct bitmark_peer_file_counts *counts)
{
	return bitmark_peer_file_restore(table, text, size, NOW_S, counts);
}

START_TEST(items_are_written_as_v8_2_writes_them)
{
	json_t *list = vectors_section("peerItemEncode");
	char text[BITMARK_PEER_ITEM_TEXT_MAX];
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		size_t key_size, list_size;
		uint8_t *key = field_bytes(v, "publicKey", &key_size);
		uint8_t *connections = field_bytes(v, "listeners",
		    &list_size);

		ck_assert_int_eq(bitmark_peer_item_format((struct bitmark_announcement){ { key,
		    key_size }, { connections, list_size }, field_number(v,
		    "timestamp") }, text, sizeof text), BITMARK_OK);
		ck_assert_str_eq(text, field_text(v, "text"));
		free(key);
		free(connections);
	}
}
END_TEST

/* Key and connections with a length each, one byte of time: in hex, with NUL. */
START_TEST(an_item_is_written_only_where_its_text_fits)
{
	static const uint8_t key[BITMARK_PEER_KEY_SIZE] = { 1 };
	static const uint8_t list[] = { 7, 8, 88, 127, 0, 0, 2 };
	const struct bitmark_announcement item = { { key, sizeof key },
	    { list, sizeof list }, 5 };
	const size_t fits = 2 * (1 + sizeof key + 1 + sizeof list + 1) + 1;
	char text[BITMARK_PEER_ITEM_TEXT_MAX] = "as it was";

	ck_assert_int_eq(bitmark_peer_item_format(item, text, fits - 1),
	    BITMARK_E_SPACE);
	ck_assert_str_eq(text, "as it was");
	ck_assert_int_eq(bitmark_peer_item_format(item, text, fits),
	    BITMARK_OK);
	ck_assert_uint_eq(strlen(text), fits - 1);
}
END_TEST

/* v8.2 refuses some proper lists because of their length [D-32], and accepts
 * some that hold no address. */
static void
check_address_item(const json_t *v, const struct bitmark_peer *peer,
    bitmark_status status)
{
	const char *error = field_text(v, "error");

	if (status == BITMARK_OK) {
		ck_assert(error == NULL ||
		    strcmp(error, "invalid IP Address") == 0);
		ck_assert(bitmark_connections_usable(peer->connections,
		    peer->connections_size));
		return;
	}
	ck_assert_int_eq(status, BITMARK_E_IP_ADDRESS);
}

START_TEST(items_are_read_or_refused_as_v8_2_means_to_D_32)
{
	json_t *list = vectors_section("peerItemDecode");
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		const char *text = field_text(v, "text");
		const char *error = field_text(v, "error");
		struct bitmark_peer peer;
		bitmark_status status = bitmark_peer_item_parse(text,
		    strlen(text), &peer);

		if (field_text(v, "panic") != NULL)
			ck_assert_int_eq(status, BITMARK_E_NOT_PUBLIC_KEY);
		else if (error != NULL && strncmp(error, "encoding/hex", 12)
		    == 0)
			ck_assert_int_eq(status, BITMARK_E_HEX);
		else if (error != NULL && strcmp(error,
		    "invalid IP Address") != 0)
			assert_error(status, error, text);
		else
			check_address_item(v, &peer, status);
		if (status == BITMARK_OK && error == NULL) {
			ck_assert_uint_eq(peer.timestamp,
			    field_number(v, "timestamp"));
			assert_hex(peer.key, sizeof peer.key,
			    field_text(v, "publicKey"), "key");
			assert_hex(peer.connections, peer.connections_size,
			    field_text(v, "listeners"), "listeners");
		}
	}
}
END_TEST

START_TEST(the_example_of_v8_2_is_restored)
{
	json_t *root = vectors_load("vectors.json");
	const char *text = json_string_value(json_object_get(root,
	    "peerFileExample"));
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };

	ck_assert_ptr_nonnull(text);
	counts.struct_size = 0;
	ck_assert_int_eq(restore(text, strlen(text), &counts),
	    BITMARK_E_ARGUMENT);
	counts.struct_size = sizeof counts;
	ck_assert_int_eq(restore(text, strlen(text), &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.taken, 2);
	ck_assert_uint_eq(counts.skipped, 0);
	ck_assert_uint_eq(bitmark_announce_count(table), 3);
	json_decref(root);
}
END_TEST

/* An item that was cut off at any place is an error, never a crash. */
START_TEST(truncated_items_are_refused_D_53)
{
	json_t *list = vectors_section("peerItemEncode");
	const char *text = field_text(json_array_get(list, 0), "text");
	size_t time = strlen(text) - 10;        /* five bytes */
	struct bitmark_peer peer;

	for (size_t size = 0; size < strlen(text); size++) {
		bitmark_status status = bitmark_peer_item_parse(text, size,
		    &peer);

		ck_assert_int_ne(status, BITMARK_OK);
		if (size % 2 == 0 && size >= time)
			ck_assert_int_eq(status, BITMARK_E_TIMESTAMP);
	}
	ck_assert_int_eq(bitmark_peer_item_parse(text, strlen(text), &peer),
	    BITMARK_OK);
}
END_TEST

static void
add(uint8_t number)
{
	const uint8_t address[] = { 7, 0x08, 0x58, 127, 0, 0, number };
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	memset(key, number, sizeof key);
	ck_assert_int_eq(bitmark_announce_add(table, 0,
	    (struct bitmark_announcement){ { key, sizeof key }, { address,
	    sizeof address }, NOW_S - number }, NOW_S, NULL, NULL),
	    BITMARK_OK);
}

START_TEST(a_list_of_two_entries_is_not_written)
{
	char *text;
	size_t size;

	add(5);
	ck_assert_int_eq(bitmark_peer_file_format(table, &text, &size),
	    BITMARK_E_NOT_FOUND);
	add(6);
	ck_assert_int_eq(bitmark_peer_file_format(table, &text, &size),
	    BITMARK_OK);
	bitmark_free(text);
}
END_TEST

/* A node that is stopped after hours without a network begins with those. */
START_TEST(candidates_are_written_too)
{
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };
	char *text;
	size_t size;

	add(5);
	add(6);
	ck_assert_uint_eq(bitmark_announce_expire(table, NOW_S +
	    EXPIRY_S), 2);
	ck_assert_int_eq(bitmark_peer_file_format(table, &text, &size),
	    BITMARK_OK);
	bitmark_announce_free(table);
	setup();
	ck_assert_int_eq(bitmark_peer_file_restore(table, text, size,
	    NOW_S + 7200, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.taken, 2);
	ck_assert_uint_eq(bitmark_announce_candidate_count(table), 2);
	bitmark_free(text);
}
END_TEST

START_TEST(a_written_list_is_json_and_restored_without_the_own_entry_D_57)
{
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };
	struct bitmark_announce *first = table;
	char *text;
	size_t size;
	json_t *root;

	for (uint8_t i = 2; i < 100; i++)
		add(i);
	ck_assert_int_eq(bitmark_peer_file_format(table, &text, &size),
	    BITMARK_OK);
	ck_assert_uint_eq(size, strlen(text));
	ck_assert_str_eq(text + size - 3, "\"]\n");
	root = json_loads(text, 0, NULL);
	ck_assert_uint_eq(json_array_size(root), 99);
	json_decref(root);
	setup();
	ck_assert_int_eq(restore(text, size, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.taken, 98);
	ck_assert_uint_eq(counts.skipped, 1);
	for (size_t i = 0; i < 99; i++)
		ck_assert_mem_eq(bitmark_announce_at(table, i)->key,
		    bitmark_announce_at(first, i)->key,
		    BITMARK_PEER_KEY_SIZE);
	bitmark_free(text);
	bitmark_announce_free(first);
}
END_TEST

START_TEST(one_bad_item_does_not_spoil_the_others)
{
	json_t *list = vectors_section("peerItemEncode");
	const char *good = field_text(json_array_get(list, 0), "text");
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };
	char text[1024];

	snprintf(text, sizeof text, " [ \"\",\"20\",\"zz\",\n\"%s\",\"\\u\"]\n",
	    good);
	ck_assert_int_eq(restore(text, strlen(text), &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.taken, 1);
	ck_assert_uint_eq(counts.skipped, 4);
}
END_TEST

START_TEST(a_file_cut_off_gives_what_came_before)
{
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };
	char *text;
	size_t size;

	for (uint8_t i = 2; i < 10; i++)
		add(i);
	ck_assert_int_eq(bitmark_peer_file_format(table, &text, &size),
	    BITMARK_OK);
	for (size_t cut = 0; cut < size - 1; cut++) {
		bitmark_announce_free(table);
		setup();
		ck_assert_int_eq(restore(text, cut, &counts),
		    BITMARK_E_JSON);
		ck_assert_uint_eq(bitmark_announce_count(table),
		    1 + counts.taken);
	}
	ck_assert_uint_eq(counts.taken, 8);
	bitmark_free(text);
}
END_TEST

START_TEST(a_file_that_is_no_list_of_strings_is_refused)
{
	static const char *const texts[] = { "", " ", "{}", "[", "[1]",
	    "[\"\" \"\"]", "[\"\",]", "null", "\"\"", "[[\"\"]]" };
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };

	ck_assert_int_eq(restore(texts[_i], strlen(texts[_i]), &counts),
	    BITMARK_E_JSON);
}
END_TEST

START_TEST(an_empty_list_is_no_error)
{
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };

	ck_assert_int_eq(restore("[ ]\n", 4, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.taken + counts.skipped, 0);
}
END_TEST

START_TEST(a_file_that_is_too_large_is_not_read)
{
	struct bitmark_peer_file_counts counts = { .struct_size = sizeof counts };

	ck_assert_int_eq(restore("[]", BITMARK_PEER_FILE_MAX + 1, &counts),
	    BITMARK_E_LENGTH);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_file");
	TCase *t = tcase_create("file");

	vectors_keep("vectors.json");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, items_are_written_as_v8_2_writes_them);
	tcase_add_test(t, an_item_is_written_only_where_its_text_fits);
	tcase_add_test(t, items_are_read_or_refused_as_v8_2_means_to_D_32);
	tcase_add_test(t, the_example_of_v8_2_is_restored);
	tcase_add_test(t, truncated_items_are_refused_D_53);
	tcase_add_test(t, a_list_of_two_entries_is_not_written);
	tcase_add_test(t, candidates_are_written_too);
	tcase_add_test(t,
	    a_written_list_is_json_and_restored_without_the_own_entry_D_57);
	tcase_add_test(t, one_bad_item_does_not_spoil_the_others);
	tcase_add_test(t, a_file_cut_off_gives_what_came_before);
	tcase_add_loop_test(t, a_file_that_is_no_list_of_strings_is_refused, 0, 10);
	tcase_add_test(t, an_empty_list_is_no_error);
	tcase_add_test(t, a_file_that_is_too_large_is_not_read);
	suite_add_tcase(s, t);
	return run_suite(s);
}
