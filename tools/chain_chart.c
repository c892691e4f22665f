/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain chart: the chain over time, as SVG.
 *
 * A block's time is what its miner wrote, and may be any 64-bit number. So the
 * whole time is found first and then divided into at most COLUMNS_MAX columns
 * of equal length: memory stays the same, whatever the times are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_commands.h"
#include "chain_tool.h"
#include "chain_walk.h"
#include "svg.h"

/* Sizes of the drawing, in its units. */
#define WIDTH 880
#define HEIGHT 360
#define LEFT 76
#define RIGHT 24
#define TOP 64
#define BOTTOM 48
#define PLOT_WIDTH (WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT (HEIGHT - TOP - BOTTOM)
/* Most columns, and the lines across. 120 columns of 780 units are more than
 * six wide each. */
#define COLUMNS_MAX 120
#define GRID 4
#define TEXT_MAX 128

/* One column: the sum over the blocks whose time is in it. */
struct column {
	uint64_t blocks;
	double sum;
};

/* A chart shows for each column a sum, a mean, or the sum of all until then. */
enum chart_form { CHART_SUM, CHART_MEAN, CHART_GROWTH };

struct chart;

/* A kind of chart. ${of_block} gives the value of a block; NULL: records are
 * counted instead, by add_record. */
struct chart_kind {
	const char *name, *title;
	enum chart_form form;
	double (*of_block)(const struct bitmark_header *header, size_t size);
};

struct chart {
	const struct chart_kind *kind;
	uint64_t first_s, last_s;       /* time of the oldest and the newest */
	uint64_t unit_s;                /* of a column                       */
	size_t count;
	struct column columns[COLUMNS_MAX];
};

/* --- kinds ---------------------------------------------------------------- */

static double
one(const struct bitmark_header *header, size_t size)
{
	(void)header;
	(void)size;
	return 1;
}

static double
records(const struct bitmark_header *header, size_t size)
{
	(void)size;
	return header->count;
}

static double
difficulty(const struct bitmark_header *header, size_t size)
{
	(void)size;
	return bitmark_bits_reciprocal(header->bits);
}

static double
bytes(const struct bitmark_header *header, size_t size)
{
	(void)header;
	return (double)size;
}

static const struct chart_kind kinds[] = {
	{ "blocks", "Blocks", CHART_SUM, one },
	{ "records", "Records", CHART_SUM, records },
	{ "difficulty", "Difficulty, the mean", CHART_MEAN, difficulty },
	{ "growth", "Bytes of all blocks", CHART_GROWTH, bytes },
	{ "shares", "Records that make or move shares", CHART_SUM, NULL },
};

/* --- the blocks ----------------------------------------------------------- */

/* Called with each block but genesis, which is in no store. */
typedef void (*block_fn)(struct chart *chart,
    const struct bitmark_header *header, size_t size);

/* Call ${each} with all blocks but the genesis block, which is in no store.
 * Only the headers are parsed. */
static bitmark_status
each_block(const struct chain_tool *tool, struct chart *chart, block_fn each)
{
	bitmark_status status = BITMARK_OK;
	struct bitmark_header header;
	struct bitmark_span block;
	struct bitmark_tip tip;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	for (uint64_t n = BITMARK_GENESIS_NUMBER + 1; n <= tip.number; n++) {
		status = bitmark_snapshot_block(tool->snapshot, n, &block);
		if (status == BITMARK_OK)
			status = bitmark_header_parse(block.data, block.size,
			    &header);
		if (status != BITMARK_OK)
			return status;
		each(chart, &header, block.size);
	}
	return BITMARK_OK;
}

static void
span_block(struct chart *chart, const struct bitmark_header *header,
    size_t size)
{
	(void)size;
	if (header->timestamp < chart->first_s)
		chart->first_s = header->timestamp;
	if (header->timestamp > chart->last_s)
		chart->last_s = header->timestamp;
}

/* Choose the shortest unit with which all of the time fits into COLUMNS_MAX
 * columns. The "+ 2" is for the parts of a unit at both ends. Columns begin at
 * a multiple of the unit: a day's column begins at midnight UTC. */
static void
choose_unit(struct chart *chart)
{
	static const uint64_t units[] = { 60, 600, 3600, 86400, 7 * 86400,
	    30 * 86400, 365 * 86400ULL };
	const uint64_t span = chart->last_s - chart->first_s;

	chart->unit_s = 0;
	for (size_t i = 0; chart->unit_s == 0 && i < sizeof units /
	    sizeof units[0]; i++)
		if (span / units[i] + 2 <= COLUMNS_MAX)
			chart->unit_s = units[i];
	if (chart->unit_s == 0)
		chart->unit_s = span / (COLUMNS_MAX - 2) + 1;
	chart->first_s -= chart->first_s % chart->unit_s;
	chart->count = (size_t)((chart->last_s - chart->first_s) /
	    chart->unit_s + 1);
}

/* The index is below ${count}, because choose_unit has seen the same blocks:
 * the snapshot does not change in between. */
static struct column *
column_of(struct chart *chart, uint64_t timestamp)
{
	return &chart->columns[(timestamp - chart->first_s) / chart->unit_s];
}

static void
add_block(struct chart *chart, const struct bitmark_header *header, size_t size)
{
	struct column *column = column_of(chart, header->timestamp);

	column->blocks++;
	if (chart->kind->of_block != NULL)
		column->sum += chart->kind->of_block(header, size);
}

/* A chain_record_fn: for the charts of records. */
static int
add_record(void *user, uint64_t number, const struct bitmark_block_walk *walk)
{
	const enum bitmark_record_tag tag = walk->record.tag;

	(void)number;
	if (tag == BITMARK_RECORD_SHARE || tag == BITMARK_RECORD_GRANT ||
	    tag == BITMARK_RECORD_SWAP)
		column_of(user, walk->header.timestamp)->sum++;
	return 0;
}

/* Turn sums into the values that the chart shows. */
static void
finish_columns(struct chart *chart)
{
	double all = 0;

	for (size_t i = 0; i < chart->count; i++) {
		struct column *column = &chart->columns[i];

		all += column->sum;
		if (chart->kind->form == CHART_GROWTH)
			column->sum = all;
		else if (chart->kind->form == CHART_MEAN && column->blocks > 0)
			column->sum /= (double)column->blocks;
	}
}

static bitmark_status
count_columns(const struct chain_tool *tool, struct chart *chart)
{
	bitmark_status status = each_block(tool, chart, span_block);

	/* A chain of the genesis block alone has no blocks in the store, and no
	 * time. */
	if (status != BITMARK_OK || chart->first_s > chart->last_s)
		return status;
	choose_unit(chart);
	status = each_block(tool, chart, add_block);
	if (status == BITMARK_OK && chart->kind->of_block == NULL)
		status = chain_walk(tool, BITMARK_GENESIS_NUMBER + 1,
		    add_record, chart);
	finish_columns(chart);
	return status;
}

/* --- the drawing ---------------------------------------------------------- */

/* Round up to 1, 2, 4, 8 or 10 times a power of ten, so that the lines across
 * stand at round numbers. */
static double
round_up(double most)
{
	static const double steps[] = { 1, 2, 4, 8, 10 };
	double power = 1;

	while (power * 10 < most)
		power *= 10;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (power * steps[i] >= most)
			return power * steps[i];
	return power * 10;
}

static void
value_text(double value, char text[TEXT_MAX])
{
	static const char *const units[] = { "", " k", " M", " G", " T", " P" };
	size_t i = 0;

	while (value >= 1000 && i + 1 < sizeof units / sizeof units[0]) {
		value /= 1000;
		i++;
	}
	snprintf(text, TEXT_MAX, "%.4g%s", value, units[i]);
}

static void
draw_grid(double most)
{
	char text[TEXT_MAX];

	for (int i = 0; i <= GRID; i++) {
		const double y = TOP + PLOT_HEIGHT * (1 - (double)i / GRID);

		svg_line(i == 0 ? "axis" : "grid", (struct svg_point){ LEFT, y },
		    (struct svg_point){ WIDTH - RIGHT, y });
		value_text(most * i / GRID, text);
		svg_text("soft end", (struct svg_point){ LEFT - 10, y + 5 },
		    text, strlen(text), TEXT_MAX);
	}
}

/* The date; for short columns also the time of day. */
static void
when_text(const struct chart *chart, size_t column, char text[TIME_TEXT_MAX])
{
	time_text(chart->first_s + column * chart->unit_s, text);
	if (chart->unit_s >= 86400 && strlen(text) > 10)
		text[10] = '\0';
}

static void
draw_times(const struct chart *chart)
{
	const double y = HEIGHT - BOTTOM + 24;
	char text[TIME_TEXT_MAX];

	when_text(chart, 0, text);
	svg_text("soft", (struct svg_point){ LEFT, y }, text, strlen(text),
	    TIME_TEXT_MAX);
	when_text(chart, chart->count - 1, text);
	if (chart->count > 1)
		svg_text("soft end", (struct svg_point){ WIDTH - RIGHT, y },
		    text, strlen(text), TIME_TEXT_MAX);
}

/* A column without blocks has no mean; the curve goes straight from the column
 * before it to the one behind it. */
static void
draw_curve(const struct chart *chart, double most)
{
	const double wide = (double)PLOT_WIDTH / (double)chart->count;
	bool first = true;

	svg_path_begin("curve");
	for (size_t i = 0; i < chart->count; i++) {
		const struct column *column = &chart->columns[i];

		if (column->blocks == 0 && chart->kind->form == CHART_MEAN)
			continue;
		svg_path_to((struct svg_point){ LEFT + wide * ((double)i + 0.5),
		    TOP + PLOT_HEIGHT * (1 - column->sum / most) }, first);
		first = false;
	}
	svg_path_end();
}

/* Each bar has its value as a hint, which browsers show when the mouse is over
 * it. Very narrow bars have no gap. */
static void
draw_bars(const struct chart *chart, double most)
{
	const double wide = (double)PLOT_WIDTH / (double)chart->count;
	const double gap = wide > 4 ? 1 : 0;
	char when[TIME_TEXT_MAX], hint[TIME_TEXT_MAX + TEXT_MAX];

	for (size_t i = 0; i < chart->count; i++) {
		const double value = chart->columns[i].sum;
		const double high = PLOT_HEIGHT * value / most;

		if (value <= 0)
			continue;
		when_text(chart, i, when);
		snprintf(hint, sizeof hint, "%s: %.0f", when, value);
		svg_rect("bar", (struct svg_point){ LEFT + wide * (double)i,
		    HEIGHT - BOTTOM - high }, (struct svg_point){ wide - gap,
		    high }, hint);
	}
}

/* The title, for sums with the unit, as in "Blocks a day". */
static void
title_text(const struct chart *chart, char text[TEXT_MAX])
{
	static const struct {
		uint64_t unit_s;
		const char *text;
	} names[] = { { 60, " a minute" }, { 600, " in ten minutes" },
	    { 3600, " an hour" }, { 86400, " a day" },
	    { 7 * 86400, " a week" }, { 30 * 86400, " in thirty days" },
	    { 365 * 86400ULL, " a year" } };
	const char *unit = "";

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].unit_s == chart->unit_s &&
		    chart->kind->form == CHART_SUM)
			unit = names[i].text;
	snprintf(text, TEXT_MAX, "%s%s", chart->kind->title, unit);
}

/* The largest value is found first, as it sets the scale. */
static void
draw_chart(const struct chain_tool *tool, const struct chart *chart)
{
	const char *of = tool->params->name;
	char title[TEXT_MAX];
	double most = 0;

	for (size_t i = 0; i < chart->count; i++)
		if (chart->columns[i].sum > most)
			most = chart->columns[i].sum;
	most = round_up(most);
	title_text(chart, title);
	svg_begin(WIDTH, HEIGHT, title);
	svg_text("title", (struct svg_point){ LEFT, 36 }, title, strlen(title),
	    TEXT_MAX);
	svg_text("soft end", (struct svg_point){ WIDTH - RIGHT, 36 }, of,
	    strlen(of), TEXT_MAX);
	draw_grid(most);
	if (chart->count > 0) {
		draw_times(chart);
		if (chart->kind->form == CHART_SUM)
			draw_bars(chart, most);
		else
			draw_curve(chart, most);
	}
	svg_end();
}

/* --- the command ---------------------------------------------------------- */

static int
show_chart(struct chain_tool *tool, const void *argument)
{
	struct chart chart = { .kind = argument, .first_s = UINT64_MAX };
	bitmark_status status = count_columns(tool, &chart);

	if (status != BITMARK_OK)
		return chain_failed(tool, status);
	draw_chart(tool, &chart);
	return EXIT_DONE;
}

int
chain_chart(void *options, int argc, char **argv)
{
	(void)argc;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			return chain_tool_run(options, NEED_READ, show_chart,
			    &kinds[i]);
	return usage_error("chart takes blocks, records, difficulty, growth "
	    "or shares");
}
