/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain provenance --dot and --svg: each step with its kind, its
 * asset's name or its account, its block and that block's time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chain_draw.h"
#include "dot.h"
#include "svg.h"

/* Sizes of the SVG, in its units. */
#define WIDTH 720
#define MARGIN 40
#define STEP 76
#define RADIUS 11
/* Characters that have room in one line. */
#define NAME_MOST 68
#define LINE_MAX 256

/* The store finds the steps from the newest to the oldest and keeps no list of
 * them; the SVG needs their number first, so it counts them in a walk of its
 * own. */
struct drawing {
	const struct chain_tool *tool;
	size_t count, done;             /* steps, and those that are drawn   */
	char newer[2 * BITMARK_ASSET_ID_SIZE + 1];      /* id of the last one */
};

static size_t
id_size(const struct bitmark_confirmed *c)
{
	return c->record.tag == BITMARK_RECORD_ASSET ? BITMARK_ASSET_ID_SIZE :
	    BITMARK_TX_ID_SIZE;
}

/* The colour of a step, as in the explorer. */
static const char *
class_of(enum bitmark_record_tag tag)
{
	switch (tag) {
	case BITMARK_RECORD_ASSET:
		return "mark asset";
	case BITMARK_RECORD_ISSUE:
		return "mark issue";
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return "mark transfer";
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		return "mark share";
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
	case BITMARK_RECORD_OWNER_TRANSFER:
		break;
	}
	return "mark";
}

/* The name of an asset, or the account that has the item by this record (a
 * share stays with the account that made it). An account's text is put into
 * ${room}. */
static struct bitmark_span
who(const struct bitmark_confirmed *c, char room[BITMARK_ACCOUNT_TEXT_MAX])
{
	const struct bitmark_account *owner = bitmark_record_owner(&c->record);

	if (c->record.tag == BITMARK_RECORD_ASSET)
		return c->record.asset.name;
	room[0] = '\0';
	if (owner != NULL)
		bitmark_account_to_text(owner, room);
	return (struct bitmark_span){ (const uint8_t *)room, strlen(room) };
}

/* "block 5, 2018-12-17 03:56:40 UTC" */
static void
place_text(const struct chain_tool *tool, uint64_t number, char text[LINE_MAX])
{
	struct bitmark_header header;
	struct bitmark_span block;
	char when[TIME_TEXT_MAX];

	if (bitmark_snapshot_block(tool->snapshot, number, &block) !=
	    BITMARK_OK || bitmark_header_parse(block.data, block.size,
	    &header) != BITMARK_OK) {
		snprintf(text, LINE_MAX, "block %" PRIu64, number);
		return;
	}
	time_text(header.timestamp, when);
	snprintf(text, LINE_MAX, "block %" PRIu64 ", %s", number, when);
}

/* --- dot ------------------------------------------------------------------ */

/* Print a node, and an arrow to the step that came after it in time. */
static int
dot_step(void *user, const uint8_t *id, const struct bitmark_confirmed *c)
{
	struct drawing *d = user;
	char text[2 * BITMARK_ASSET_ID_SIZE + 1], place[LINE_MAX];
	char room[BITMARK_ACCOUNT_TEXT_MAX];
	struct bitmark_span name = who(c, room);

	chain_id_to_text(d->tool->options, id, id_size(c), text);
	place_text(d->tool, c->number, place);
	printf("\t\"%s\" [label=\"%s\\n", text,
	    bitmark_record_name(c->record.tag));
	dot_text((const char *)name.data, name.size);
	printf("\\n%s\"%s]\n", place, c->record.tag == BITMARK_RECORD_ASSET ?
	    " style=\"filled,rounded\"" : "");
	if (d->newer[0] != '\0')
		printf("\t\"%s\" -> \"%s\"\n", text, d->newer);
	memcpy(d->newer, text, sizeof text);
	return ferror(stdout);
}

static bitmark_status
draw_dot(struct drawing *d, const uint8_t *id)
{
	bitmark_status status;

	puts("digraph provenance {\n\trankdir=LR\n"
	    "\tnode [shape=box style=rounded fontname=\"sans-serif\" "
	    "fillcolor=\"#fbefcf\"]");
	status = bitmark_snapshot_provenance(d->tool->snapshot, id, dot_step,
	    d);
	puts("}");
	return status;
}

/* --- SVG ------------------------------------------------------------------ */

static int
count_step(void *user, const uint8_t *id, const struct bitmark_confirmed *c)
{
	struct drawing *d = user;

	(void)id;
	(void)c;
	d->count++;
	return 0;
}

/* The oldest step stands at the top, although it comes last. */
static int
svg_step(void *user, const uint8_t *id, const struct bitmark_confirmed *c)
{
	struct drawing *d = user;
	const double y = MARGIN + STEP * (double)(d->count - 1 - d->done);
	const struct svg_point at = { MARGIN, y };
	const double x = MARGIN + 3 * RADIUS;
	char text[2 * BITMARK_ASSET_ID_SIZE + 1], place[LINE_MAX];
	char room[BITMARK_ACCOUNT_TEXT_MAX];
	struct bitmark_span name = who(c, room);
	const char *kind = bitmark_record_name(c->record.tag);

	chain_id_to_text(d->tool->options, id, id_size(c), text);
	place_text(d->tool, c->number, place);
	if (d->done++ > 0)
		svg_line("line", (struct svg_point){ MARGIN, y + RADIUS },
		    (struct svg_point){ MARGIN, y + STEP - RADIUS });
	svg_circle(class_of(c->record.tag), at, RADIUS);
	svg_text("head", (struct svg_point){ x, y - 4 }, kind, strlen(kind),
	    NAME_MOST);
	svg_text("soft end", (struct svg_point){ WIDTH - MARGIN, y - 4 },
	    place, strlen(place), NAME_MOST);
	svg_text("", (struct svg_point){ x, y + 15 },
	    (const char *)name.data, name.size, NAME_MOST);
	svg_text("soft mono", (struct svg_point){ x, y + 32 }, text,
	    strlen(text), NAME_MOST);
	return ferror(stdout);
}

/* The steps are counted first, because the height stands at the beginning of an
 * SVG. */
static bitmark_status
draw_svg(struct drawing *d, const uint8_t *id)
{
	bitmark_status status = bitmark_snapshot_provenance(
	    d->tool->snapshot, id, count_step, d);

	if (status != BITMARK_OK)
		return status;
	svg_begin(WIDTH, 2 * MARGIN + STEP * (double)(d->count - 1) + 20,
	    "Provenance");
	status = bitmark_snapshot_provenance(d->tool->snapshot, id, svg_step,
	    d);
	svg_end();
	return status;
}

int
chain_draw_provenance(const struct chain_tool *tool,
    const uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct drawing drawing = { .tool = tool };
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	char text[2 * BITMARK_TX_ID_SIZE + 1];
	bitmark_status status = bitmark_snapshot_transaction(tool->snapshot,
	    id, &c);

	/* An unknown id gives an error instead of an empty drawing. */
	if (status == BITMARK_OK)
		status = tool->options->dot ? draw_dot(&drawing, id) :
		    draw_svg(&drawing, id);
	if (status == BITMARK_OK)
		return EXIT_DONE;
	chain_id_to_text(tool->options, id, BITMARK_TX_ID_SIZE, text);
	return complain_status(text, status);
}
