/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The explorer's index of names in memory: its results are compared with those
 * of a plain search. */
#include "../support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explorer/names.h"
#include "explorer/postings.h"

#define ASSETS 60000
#define NAME_MAX_HERE 64

static char (*text)[NAME_MAX_HERE];

static struct bitmark_span
span_of(const char *t)
{
	return (struct bitmark_span){ (const uint8_t *)t, strlen(t) };
}

static void
add(struct names *names, uint64_t i)
{
	const struct bitmark_asset asset = { .name = span_of(text[i]),
		.metadata = { (const uint8_t *)"artist\0None", 11 } };

	names_add(names, &asset, 2 + i / 3, (size_t)i % 3);
}

/* Names with rare parts here and there. */
static void
fill(struct names *names)
{
	text = calloc(ASSETS, sizeof *text);
	for (uint64_t i = 0; i < ASSETS; i++) {
		snprintf(text[i], NAME_MAX_HERE, "painting %llu of %s",
		    (unsigned long long)(i * 7919 % 1000003),
		    i % 9973 == 17 ? "a q~zone" : "a series");
		add(names, i);
	}
}

/* All pages of a search are what a plain one finds, the newest first. */
static void
assert_finds(const struct names *names, const char *needle, uint64_t count)
{
	struct finder_place places[7];
	struct finder_places found = { .places = places, .capacity = 7 };
	uint64_t before = UINT64_MAX, i = count;

	for (;;) {
		(void)names_find(names, span_of(needle), before, &found);
		for (size_t k = 0; k < found.count; k++) {
			while (i-- > 0 && strstr(text[i], needle) == NULL)
				;
			ck_assert_uint_eq(places[k].ordinal, i);
			ck_assert_uint_eq(places[k].number, 2 + i / 3);
			ck_assert_uint_eq(places[k].offset, i % 3);
			before = i;
		}
		if (found.count < found.capacity) {
			if (found.rest == 0)
				break;
			before = found.rest;
		}
	}
	while (i-- > 0)
		ck_assert_ptr_null(strstr(text[i], needle));
}

START_TEST(a_part_of_a_name_is_found_wherever_it_is)
{
	static const char *const needles[] = { "~", "q~", "q~z", "~zone", "777",
		"painting 79", "12345", "no such name", "g 99", "eries pain" };
	struct names names = { .bytes_max = (size_t)64 << 20 };

	fill(&names);
	ck_assert_uint_eq(names_count(&names), ASSETS);
	for (size_t i = 0; i < sizeof needles / sizeof needles[0]; i++)
		assert_finds(&names, needles[i], ASSETS);
	/* Taken back, and filled again with others. */
	names_drop_above(&names, 2 + 30000 / 3 - 1);
	ck_assert_uint_eq(names_count(&names), 30000);
	for (size_t i = 0; i < sizeof needles / sizeof needles[0]; i++)
		assert_finds(&names, needles[i], 30000);
	for (uint64_t i = 30000; i < ASSETS; i++) {
		snprintf(text[i], NAME_MAX_HERE, "another %llu",
		    (unsigned long long)i);
		add(&names, i);
	}
	for (size_t i = 0; i < sizeof needles / sizeof needles[0]; i++)
		assert_finds(&names, needles[i], ASSETS);
	assert_finds(&names, "other 4", ASSETS);
	names_free(&names);
	free(text);
}
END_TEST

/* Texts that leave no group out are the worst: the search ends, and says
 * where. */
START_TEST(a_search_has_an_end)
{
	static char name[2000];
	struct names names = { .bytes_max = (size_t)256 << 20 };
	const struct bitmark_asset asset = { .name = { (uint8_t *)name,
		sizeof name } };
	struct finder_place places[2];
	struct finder_places found = { .places = places, .capacity = 2 };
	uint64_t before = UINT64_MAX;
	const uint64_t count = 3 * NAMES_WORK_MAX / sizeof name;
	int searches = 0;

	for (size_t i = 0; i < sizeof name; i++)
		name[i] = "abab cbc"[i % 8];
	for (uint64_t i = 0; i < count; i++)
		names_add(&names, &asset, 2 + i, 0);
	/* Each three of its letters are in all names, the whole in none. */
	do {
		ck_assert_uint_eq(names_find(&names, span_of("ababab"),
		    before, &found), 0);
		ck_assert_uint_lt(found.rest, before);
		before = found.rest;
		searches++;
	} while (before != 0);
	ck_assert_int_ge(searches, 3);
	ck_assert_int_le(searches, 4);
	names_free(&names);
}
END_TEST

START_TEST(names_keep_their_bound)
{
	struct names names = { .bytes_max = (size_t)1 << 20 };

	fill(&names);
	ck_assert_uint_le(names_bytes(&names), names.bytes_max);
	ck_assert_uint_gt(names.left_out, 0);
	ck_assert_uint_eq(names.left_out + names_count(&names), ASSETS);
	names_free(&names);
	free(text);
}
END_TEST

static void
make_key(uint64_t i, uint8_t key[POSTINGS_KEY_SIZE])
{
	const uint32_t value = (uint32_t)(i % 5000 * 2654435761u);

	memcpy(key, &value, sizeof value);
}

/* The places of key ${k} are those of every 5000th one, the newest first. */
static void
assert_places(const struct postings *p, uint64_t k, uint64_t from,
    uint64_t count)
{
	struct finder_place places[100];
	uint8_t key[POSTINGS_KEY_SIZE];
	uint64_t i = count - 1 - (count - 1 + 5000 - k) % 5000;
	size_t found;

	make_key(k, key);
	found = postings_find(p, key, UINT64_MAX, places, 100);
	for (size_t n = 0; n < found; n++, i -= 5000) {
		ck_assert_uint_eq(places[n].ordinal, i);
		ck_assert_uint_eq(places[n].number, 2 + i);
	}
	ck_assert(found == 100 || i < from || i > count);
	if (found < 2)
		return;
	found = postings_find(p, key, places[0].ordinal, places + 1, 1);
	ck_assert_uint_eq(found, 1);
	ck_assert_uint_eq(places[1].ordinal, places[0].ordinal - 5000);
}

START_TEST(places_are_found_dropped_and_bounded)
{
	struct postings p = { .bytes_max = (size_t)2 << 20 };
	uint8_t key[POSTINGS_KEY_SIZE];

	for (uint64_t i = 0; i < 100000; i++) {
		make_key(i, key);
		postings_add(&p, key, 2 + i, (size_t)i);
	}
	ck_assert_uint_eq(p.count, 100000);
	for (uint64_t k = 0; k < 5000; k += 271)
		assert_places(&p, k, 0, 100000);
	postings_drop_above(&p, 2 + 54321 - 1);
	ck_assert_uint_eq(p.count, 54321);
	for (uint64_t k = 0; k < 5000; k += 271)
		assert_places(&p, k, 0, 54321);
	for (uint64_t i = 54321; i < 400000; i++) {
		make_key(i, key);
		postings_add(&p, key, 2 + i, (size_t)i);
	}
	ck_assert_uint_le(postings_bytes(&p), p.bytes_max);
	ck_assert_uint_eq(p.count + p.left_out, 400000);
	for (uint64_t k = 0; k < 5000; k += 271)
		assert_places(&p, k, p.left_out, 400000);
	postings_drop_above(&p, 1);
	ck_assert_uint_eq(p.count, 0);
	postings_free(&p);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explorer finder");
	TCase *tc = tcase_create("memory");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_part_of_a_name_is_found_wherever_it_is);
	tcase_add_test(tc, a_search_has_an_end);
	tcase_add_test(tc, names_keep_their_bound);
	tcase_add_test(tc, places_are_found_dropped_and_bounded);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
