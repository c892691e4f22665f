/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The live view of a node, without a terminal.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/vectors.h"
#include "top.h"

static struct top top;

static void
teardown(void)
{
	top_fini(&top);
}

/* What the node tells after so many blocks and requests. */
static void
add(const char *mode, int height, int requests, uint64_t now_ms)
{
	top_add(&top, json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:n, "
	    "s:n, s:n, s:s}", "mode", mode, "chain", "local", "rules", "0.16",
	    "version", "1.2", "height", height, "target", 200, "requests",
	    requests, "pending", 3, "seconds_left", "blocked", "store_error",
	    "digestDisplay", "00ab"), json_array(), now_ms);
}

static void
add_peer(const char *reason, int round_trip_us)
{
	json_array_append_new(top.connections, json_pack(
	    "{s:s, s:s, s:b, s:i, s:i, s:s?}", "key", "0123456789abcdef",
	    "address", "192.0.2.1:2136", "registered", reason == NULL,
	    "height", 7, "round_trip_us", round_trip_us, "reason", reason));
}

/* Draws, and checks what holds of every view. */
static char *
draw(size_t rows, size_t columns, bool color, bool utf8)
{
	const struct top_style style = { rows, columns, color, utf8 };
	char *text = top_draw(&top, &style);
	size_t lines = 0, width = 0;

	ck_assert_ptr_nonnull(text);
	ck_assert(color || strchr(text, '\033') == NULL);
	for (const char *at = text; *at != '\0' && !color; at++) {
		width += ((unsigned char)*at & 0xc0) != 0x80;
		if (*at != '\n')
			continue;
		lines++;
		ck_assert_uint_le(width - 1, columns);
		width = 0;
	}
	ck_assert_uint_le(lines, rows);
	return text;
}

static void
expect(bool there, const char *part, char *text)
{
	ck_assert_msg((strstr(text, part) != NULL) == there, "%s: %s", part,
	    text);
	free(text);
}

START_TEST(height_and_rates_are_shown)
{
	add("Resynchronise", 40, 10, 1000);
	add("Resynchronise", 50, 110, 3000);
	expect(true, "height 50 of 200   [#####...............] 25.0 %",
	    draw(24, 80, false, false));
	expect(true, "blocks/s            5.0  #", draw(24, 80, false, false));
	expect(true, "requests/s         50.0  #",
	    draw(24, 80, false, false));
	expect(true, "requests/s         50.0  \u2588",
	    draw(24, 80, false, true));
	add("Normal", 200, 110, 4000);
	expect(true, "height 200   Normal", draw(24, 80, false, false));
}
END_TEST

/* Its counters begin at zero. */
START_TEST(a_node_that_was_started_again_has_no_rate)
{
	add("Normal", 200, 1000, 1000);
	add("Normal", 200, 5, 2000);
	expect(true, "requests/s          0.0", draw(24, 80, false, false));
}
END_TEST

START_TEST(bars_are_those_of_the_last_minute)
{
	for (int i = 0; i < 3 * TOP_SAMPLES; i++)
		add("Normal", 200, 10 * i * i, 1000 * (uint64_t)i);
	ck_assert_uint_eq(top.requests.count, TOP_SAMPLES);
	ck_assert(top.requests.value[0] < top.requests.value[1]);
	/* The newest have a place first. */
	expect(true, "requests/s       3570.0 ***#\n",
	    draw(24, 28, false, false));
}
END_TEST

START_TEST(peers_are_shown_as_far_as_there_is_room)
{
	add("Normal", 200, 0, 1000);
	for (int i = 0; i < 30; i++)
		add_peer(NULL, 1500);
	expect(true, "01234567  192.0.2.1:2136                        7"
	    "      1.50 ms", draw(24, 80, false, false));
	expect(true, "and 18 more", draw(24, 80, false, false));
	expect(false, "more", draw(60, 80, false, false));
	for (size_t rows = 0; rows < 24; rows++)
		for (size_t columns = 0; columns < 90; columns += 3)
			free(draw(rows, columns, false, true));
}
END_TEST

START_TEST(the_terminal_obeys_nothing_that_a_peer_says)
{
	add("Normal", 200, 0, 1000);
	add_peer("go\033[2Jaway", 0);
	expect(true, "go\\x1b[2Jaway", draw(24, 100, false, false));
}
END_TEST

START_TEST(colours_are_left_out_when_they_are_not_wanted)
{
	add("Normal", 200, 0, 1000);
	expect(true, "\033[32mheight 200   Normal\033[0m\n",
	    draw(24, 80, true, false));
	expect(true, "waiting               3 \033[36m#\033[0m\n",
	    draw(24, 80, true, false));
	expect(false, "\033", draw(24, 80, false, false));
}
END_TEST

START_TEST(what_is_no_terminal_gets_a_line)
{
	char *text;

	add("Normal", 200, 0, 1000);
	text = top_line(&top);
	ck_assert_str_eq(text, "height 200 of 200, Normal, peers 0, waiting 3, "
	    "blocks/s 0.0, digests/s 0.0, requests/s 0.0");
	free(text);
}
END_TEST

START_TEST(a_reply_without_anything_is_shown)
{
	expect(true, "nothing is known", draw(24, 80, false, false));
	top_add(&top, json_object(), json_array(), 1);
	free(draw(24, 80, true, true));
	free(top_line(&top));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("top");
	TCase *tc = tcase_create("view");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, height_and_rates_are_shown);
	tcase_add_test(tc, a_node_that_was_started_again_has_no_rate);
	tcase_add_test(tc, bars_are_those_of_the_last_minute);
	tcase_add_test(tc, peers_are_shown_as_far_as_there_is_room);
	tcase_add_test(tc, the_terminal_obeys_nothing_that_a_peer_says);
	tcase_add_test(tc, colours_are_left_out_when_they_are_not_wanted);
	tcase_add_test(tc, what_is_no_terminal_gets_a_line);
	tcase_add_test(tc, a_reply_without_anything_is_shown);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
