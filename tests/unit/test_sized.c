/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Structs that grow: programs and libraries of different releases. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "codec/sized.h"

/* One struct as three releases know it. */
struct first {
	size_t struct_size;
	uint32_t a;
	uint8_t b;
};

struct second {
	size_t struct_size;
	uint32_t a;
	uint8_t b;
	uint64_t c;
	const char *d;
};

#define FIRST BM_SIZE_TO(struct first, b)

START_TEST(members_that_an_old_program_lacks_are_taken_as_zero)
{
	struct first theirs = { .struct_size = sizeof theirs, .a = 7, .b = 8 };
	struct second ours;

	memset(&ours, 0xff, sizeof ours);
	ck_assert_int_eq(bm_sized_in(&ours, sizeof ours, &theirs, FIRST),
	    BITMARK_OK);
	ck_assert_uint_eq(ours.struct_size, sizeof ours);
	ck_assert_uint_eq(ours.a, 7);
	ck_assert_uint_eq(ours.b, 8);
	ck_assert_uint_eq(ours.c, 0);
	ck_assert_ptr_null(ours.d);
}
END_TEST

START_TEST(members_that_an_old_library_lacks_are_left_out)
{
	struct second theirs = { .struct_size = sizeof theirs, .a = 7,
	    .b = 8, .c = 9, .d = "d" };
	struct {
		struct first first;
		uint8_t guard[8];
	} ours;

	memset(&ours, 0xaa, sizeof ours);
	ck_assert_int_eq(bm_sized_in(&ours.first, sizeof ours.first, &theirs,
	    FIRST), BITMARK_OK);
	ck_assert_uint_eq(ours.first.struct_size, sizeof ours.first);
	ck_assert_uint_eq(ours.first.b, 8);
	for (size_t i = 0; i < sizeof ours.guard; i++)
		ck_assert_uint_eq(ours.guard[i], 0xaa);
}
END_TEST

START_TEST(nothing_is_written_beyond_the_size_of_an_old_program)
{
	struct second ours = { .struct_size = sizeof ours, .a = 1, .b = 2,
	    .c = 3 };
	struct {
		struct first first;
		uint8_t guard[sizeof ours];
	} theirs;

	memset(&theirs, 0xaa, sizeof theirs);
	theirs.first.struct_size = sizeof theirs.first;
	ck_assert_int_eq(bm_sized_out(&theirs.first, &ours, sizeof ours,
	    FIRST), BITMARK_OK);
	ck_assert_uint_eq(theirs.first.struct_size, sizeof theirs.first);
	ck_assert_uint_eq(theirs.first.a, 1);
	ck_assert_uint_eq(theirs.first.b, 2);
	for (size_t i = 0; i < sizeof theirs.guard; i++)
		ck_assert_uint_eq(theirs.guard[i], 0xaa);
}
END_TEST

START_TEST(members_that_an_old_library_does_not_know_become_zero)
{
	struct first ours = { .struct_size = sizeof ours, .a = 1, .b = 2 };
	struct second theirs;

	memset(&theirs, 0xff, sizeof theirs);
	theirs.struct_size = sizeof theirs;
	ck_assert_int_eq(bm_sized_out(&theirs, &ours, sizeof ours, FIRST),
	    BITMARK_OK);
	ck_assert_uint_eq(theirs.struct_size, sizeof theirs);
	ck_assert_uint_eq(theirs.a, 1);
	ck_assert_uint_eq(theirs.c, 0);
	ck_assert_ptr_null(theirs.d);
}
END_TEST

/* ${_i} below the smallest size that is accepted. */
START_TEST(a_struct_that_is_too_small_is_refused)
{
	struct first theirs = { .struct_size = (size_t)_i, .a = 1 };
	struct second ours = { .a = 5 };

	ck_assert(!bm_sized_fits(&theirs, FIRST));
	ck_assert_int_eq(bm_sized_in(&ours, sizeof ours, &theirs, FIRST),
	    BITMARK_E_ARGUMENT);
	ck_assert_uint_eq(ours.a, 5);
	ck_assert_int_eq(bm_sized_out(&theirs, &ours, sizeof ours, FIRST),
	    BITMARK_E_ARGUMENT);
	ck_assert_uint_eq(theirs.a, 1);
}
END_TEST

START_TEST(no_struct_is_refused)
{
	struct first ours = { .a = 1 };

	ck_assert(!bm_sized_fits(NULL, FIRST));
	ck_assert_int_eq(bm_sized_in(&ours, sizeof ours, NULL, FIRST),
	    BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bm_sized_out(NULL, &ours, sizeof ours, FIRST),
	    BITMARK_E_ARGUMENT);
}
END_TEST

START_TEST(elements_are_as_far_apart_as_the_first_one_says)
{
	struct second array[3] = { { .struct_size = sizeof array[0] } };

	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_eq(bm_sized_at(array, i), &array[i]);
}
END_TEST

START_TEST(the_two_forms_of_the_version_agree)
{
	uint32_t number = bitmark_version_number();
	char text[32];

	snprintf(text, sizeof text, "%u.%u.%u", (unsigned)(number >> 16),
	    (unsigned)(number >> 8 & 0xff), (unsigned)(number & 0xff));
	ck_assert_str_eq(text, bitmark_version());
	ck_assert_uint_eq(number, BITMARK_VERSION_NUMBER);
	ck_assert_str_eq(bitmark_version(), BITMARK_VERSION);
}
END_TEST

START_TEST(freeing_nothing_does_nothing)
{
	bitmark_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sized");
	TCase *tc = tcase_create("sized");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, members_that_an_old_program_lacks_are_taken_as_zero);
	tcase_add_test(tc, members_that_an_old_library_lacks_are_left_out);
	tcase_add_test(tc, nothing_is_written_beyond_the_size_of_an_old_program);
	tcase_add_test(tc, members_that_an_old_library_does_not_know_become_zero);
	tcase_add_loop_test(tc, a_struct_that_is_too_small_is_refused, 0,
	    (int)FIRST);
	tcase_add_test(tc, no_struct_is_refused);
	tcase_add_test(tc, elements_are_as_far_apart_as_the_first_one_says);
	tcase_add_test(tc, the_two_forms_of_the_version_agree);
	tcase_add_test(tc, freeing_nothing_does_nothing);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
