/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * /api/v1/search: everything that a text can mean.
 *
 * The text is tried as a number, as an id or the beginning of one, as an
 * account and as a fingerprint; then as a part of an asset's name. The first
 * page has all exact results; later pages have names only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/shares.h>

#include "explorer/api.h"
#include "explorer/record.h"
#include "shared/option.h"

/* Results of a page when the client names no count, and the most that it gets;
 * the most ids that begin alike. Source: local choice. */
#define SEARCH_COUNT 20
#define SEARCH_MAX 100
#define ALIKE_MAX 16
/* Hex digits from which on a text may be the beginning of an id. Fewer digits
 * would match too many ids. Source: local choice. */
#define PREFIX_MIN 8
#define DETAIL_MAX 160

/* A search in progress. */
struct search {
	struct api *api;
	const char *text;
	size_t size;
	uint64_t max, count;            /* results                          */
};

/* --- results -------------------------------------------------------------- */

struct result {
	const char *kind;
	const char *id;                 /* as text: the last part of the URL */
	struct bitmark_span title;      /* empty: the id                    */
	const char *detail;
};

/* Results beyond the page are dropped. ${url} has room for the longest kind and
 * the longest id, which is an asset's. */
static void
put_result(struct search *s, const struct result *r)
{
	struct out *out = &s->api->out;
	char url[2 * BITMARK_ASSET_ID_SIZE + 32];

	if (s->count == s->max)
		return;
	s->count++;
	snprintf(url, sizeof url, "/%s/%s", r->kind, r->id);
	out_object(out);
	out_key_text(out, "kind", r->kind);
	out_key_text(out, "id", r->id);
	out_key(out, "title");
	if (r->title.size > 0)
		out_span(out, r->title);
	else
		out_text(out, r->id);
	out_key_text(out, "detail", r->detail);
	out_key_text(out, "url", url);
	out_object_end(out);
}

static void
put_block(struct search *s, uint64_t number)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	char id[24], title[32], detail[2 * BITMARK_DIGEST_SIZE + 1];

	if (bitmark_snapshot_digest(s->api->from->snapshot, number, digest) !=
	    BITMARK_OK || number < BITMARK_GENESIS_NUMBER)
		return;
	snprintf(id, sizeof id, "%" PRIu64, number);
	snprintf(title, sizeof title, "Block %s", id);
	bitmark_hex_encode_reversed(digest, sizeof digest, detail);
	put_result(s, &(struct result){ "block", id,
		{ (const uint8_t *)title, strlen(title) }, detail });
}

/* The asset with this id, when it is registered. */
static void
put_asset(struct search *s, const uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	char text[2 * BITMARK_ASSET_ID_SIZE + 1], detail[DETAIL_MAX];

	if (bitmark_snapshot_asset(s->api->from->snapshot, id, &c) !=
	    BITMARK_OK)
		return;
	bitmark_hex_encode(id, BITMARK_ASSET_ID_SIZE, text);
	snprintf(detail, sizeof detail, "Asset of block %" PRIu64, c.number);
	put_result(s, &(struct result){ "asset", text, c.record.asset.name,
		detail });
}

/* A share has the id of the issue that it was made of, so that both are
 * results. */
static void
put_share(struct search *s, const uint8_t id[BITMARK_TX_ID_SIZE],
    const char *text)
{
	struct bitmark_share_total share = { .struct_size = sizeof share };
	char detail[DETAIL_MAX];

	if (bitmark_snapshot_share(s->api->from->snapshot, id, &share) !=
	    BITMARK_OK)
		return;
	snprintf(detail, sizeof detail, "%" PRIu64 " shares since block %"
	    PRIu64, share.total, share.number);
	put_result(s, &(struct result){ "share", text, { NULL, 0 }, detail });
}

/* The transaction with this id, confirmed or waiting. */
static void
put_transaction(struct search *s, const uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	char text[2 * BITMARK_TX_ID_SIZE + 1], detail[DETAIL_MAX];

	bitmark_hex_encode(id, BITMARK_TX_ID_SIZE, text);
	if (bitmark_snapshot_transaction(s->api->from->snapshot, id, &c) ==
	    BITMARK_OK)
		snprintf(detail, sizeof detail, "%s in block %" PRIu64,
		    bitmark_record_name(c.record.tag), c.number);
	else if (news_find(s->api->from->news, id) != NULL)
		snprintf(detail, sizeof detail, "waits for a block");
	else
		return;
	put_result(s, &(struct result){ "transaction", text, { NULL, 0 },
		detail });
	put_share(s, id, text);
}

/* --- exact ---------------------------------------------------------------- */

static void
find_number(struct search *s)
{
	uint64_t number;

	if (number_from_text(s->text, &number))
		put_block(s, number);
}

/* An account of this chain is a result even when it owns nothing. */
static void
find_account(struct search *s)
{
	struct bitmark_account account;
	uint64_t next = 0;
	char detail[DETAIL_MAX];

	if (bitmark_account_from_text(s->text, s->size, &account) !=
	    BITMARK_OK || account.network != s->api->from->params->network ||
	    bitmark_snapshot_owned_next(s->api->from->snapshot, &account,
	    &next) != BITMARK_OK)
		return;
	snprintf(detail, sizeof detail, "Account that has acquired %" PRIu64
	    " items", next);
	put_result(s, &(struct result){ "account", s->text, { NULL, 0 },
		detail });
}

/* The id of an asset is the hash of its fingerprint, so the text itself may be
 * the fingerprint. */
static void
find_fingerprint(struct search *s)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];

	bitmark_asset_id((struct bitmark_span){ (const uint8_t *)s->text,
		s->size }, id);
	put_asset(s, id);
}

/* --- hex ------------------------------------------------------------------ */

/* The hex digits of a text, as whole bytes; a last digit that is alone is
 * compared as text. */
struct prefix {
	char text[2 * BITMARK_ASSET_ID_SIZE + 1];       /* in lower case */
	uint8_t bytes[BITMARK_ASSET_ID_SIZE];
	size_t size;
};

/* False: the text is not hex, or too short or too long. */
static bool
read_prefix(const struct search *s, struct prefix *prefix)
{
	const size_t even = s->size / 2 * 2;
	uint8_t odd;
	char last[3] = "00";
	size_t size;

	if (s->size < PREFIX_MIN || s->size >= sizeof prefix->text ||
	    bitmark_hex_decode(s->text, even, prefix->bytes,
	    sizeof prefix->bytes, &prefix->size) != BITMARK_OK)
		return false;
	last[0] = s->size > even ? s->text[even] : '0';
	if (bitmark_hex_decode(last, 2, &odd, 1, &size) != BITMARK_OK)
		return false;
	bitmark_hex_encode(prefix->bytes, prefix->size, prefix->text);
	if (s->size > even)
		snprintf(prefix->text + even, 2, "%x", odd >> 4);
	return true;
}

/* Does the id begin with all digits? The indexes compare whole bytes only, so a
 * last single digit is compared here. */
static bool
has_prefix(const struct prefix *prefix, const uint8_t *id, size_t size)
{
	char text[2 * BITMARK_ASSET_ID_SIZE + 1];

	bitmark_hex_encode(id, size, text);
	return strncmp(text, prefix->text, strlen(prefix->text)) == 0;
}

/* Does the id begin so where bitmarkd shows it? */
static bool
is_shown_as(const struct prefix *prefix, const uint8_t id[BITMARK_TX_ID_SIZE])
{
	char text[2 * BITMARK_TX_ID_SIZE + 1];

	bitmark_hex_encode_reversed(id, BITMARK_TX_ID_SIZE, text);
	return strncmp(text, prefix->text, strlen(prefix->text)) == 0;
}

static void
find_transactions(struct search *s, const struct prefix *prefix)
{
	uint8_t ids[ALIKE_MAX][BITMARK_TX_ID_SIZE];
	size_t count;

	if (bitmark_snapshot_transaction_ids(s->api->from->snapshot,
	    (struct bitmark_span){ prefix->bytes, prefix->size }, ids[0],
	    ALIKE_MAX, &count) != BITMARK_OK)
		return;
	for (size_t i = 0; i < count; i++)
		if (has_prefix(prefix, ids[i], sizeof ids[i]))
			put_transaction(s, ids[i]);
}

static void
find_assets(struct search *s, const struct prefix *prefix)
{
	uint8_t ids[ALIKE_MAX][BITMARK_ASSET_ID_SIZE];
	size_t count;

	if (bitmark_snapshot_asset_ids(s->api->from->snapshot,
	    (struct bitmark_span){ prefix->bytes, prefix->size }, ids[0],
	    ALIKE_MAX, &count) != BITMARK_OK)
		return;
	for (size_t i = 0; i < count; i++)
		if (has_prefix(prefix, ids[i], sizeof ids[i]))
			put_asset(s, ids[i]);
}

/* The digest itself decides, as the finder compares only its first bytes. */
static void
find_blocks(struct search *s, const struct prefix *prefix)
{
	uint64_t numbers[ALIKE_MAX];
	uint8_t digest[BITMARK_DIGEST_SIZE];
	const size_t count = finder_blocks(s->api->from->finder,
	    (struct bitmark_span){ prefix->bytes, prefix->size }, numbers,
	    ALIKE_MAX);

	for (size_t i = 0; i < count; i++) {
		if (bitmark_snapshot_digest(s->api->from->snapshot,
		    numbers[i], digest) != BITMARK_OK)
			continue;
		if (has_prefix(prefix, digest, sizeof digest) ||
		    is_shown_as(prefix, digest))
			put_block(s, numbers[i]);
	}
}

/* The id of the transaction whose record stands there; false: there is none any
 * more. */
static bool
tx_id_at(const struct search *s, const struct finder_place *place,
    uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_snapshot *snapshot = s->api->from->snapshot;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_record record;
	struct record_place at = { .record = &record,
		.number = place->number };

	if (!record_at(snapshot, s->api->from->params->network, place, &record,
	    &at.packed) || bitmark_snapshot_digest(snapshot, place->number,
	    digest) != BITMARK_OK)
		return false;
	record_id(&at, digest, id);
	return true;
}

/* Those that are written in the order in which bitmarkd shows them: the store has
 * no index for what begins alike, but the finder has.  A whole one is found without
 * it. */
static void
find_shown(struct search *s, const struct prefix *prefix)
{
	struct finder_place places[ALIKE_MAX];
	struct finder_places all = { .places = places, .capacity = ALIKE_MAX };
	uint8_t id[BITMARK_TX_ID_SIZE];

	if (prefix->size == sizeof id) {
		for (size_t i = 0; i < sizeof id; i++)
			id[i] = prefix->bytes[sizeof id - 1 - i];
		put_transaction(s, id);
		return;
	}
	(void)finder_shown_ids(s->api->from->finder, prefix->bytes, &all);
	for (size_t i = 0; i < all.count; i++)
		if (tx_id_at(s, &places[i], id) && is_shown_as(prefix, id))
			put_transaction(s, id);
}

/* The daemon's last answer may list one that has come into a block since. */
static bool
is_confirmed(const struct search *s, const uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct bitmark_confirmed c = { .struct_size = sizeof c };

	return bitmark_snapshot_transaction(s->api->from->snapshot, id, &c) ==
	    BITMARK_OK;
}

/* Transactions that wait, in either order. */
static void
find_waiting(struct search *s, const struct prefix *prefix)
{
	const struct news *news = s->api->from->news;
	const uint8_t *id;
	size_t alike = 0;

	for (size_t i = 0; news != NULL && i < news->count &&
	    alike < ALIKE_MAX; i++) {
		id = news->items[i].id;
		if ((!has_prefix(prefix, id, BITMARK_TX_ID_SIZE) &&
		    !is_shown_as(prefix, id)) || is_confirmed(s, id))
			continue;
		put_transaction(s, id);
		alike++;
	}
}

static void
find_hex(struct search *s)
{
	struct prefix prefix;

	if (!read_prefix(s, &prefix))
		return;
	find_transactions(s, &prefix);
	find_shown(s, &prefix);
	find_waiting(s, &prefix);
	find_assets(s, &prefix);
	find_blocks(s, &prefix);
}

/* --- names ---------------------------------------------------------------- */

/* The id of the asset whose record stands there; false: there is none any more. */
static bool
id_at(const struct search *s, const struct finder_place *place,
    uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	struct bitmark_record record;
	struct bitmark_span packed;

	if (!record_at(s->api->from->snapshot, s->api->from->params->network,
	    place, &record, &packed) || record.tag != BITMARK_RECORD_ASSET)
		return false;
	bitmark_asset_id(record.asset.fingerprint, id);
	return true;
}

/* Old blocks may register an asset again. The store names its first place, and
 * only that one is a result. */
static void
put_found(struct search *s, const struct finder_place *place)
{
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	uint8_t id[BITMARK_ASSET_ID_SIZE];

	if (id_at(s, place, id) && bitmark_snapshot_asset(
	    s->api->from->snapshot, id, &c) == BITMARK_OK &&
	    c.number == place->number && c.offset == place->offset)
		put_asset(s, id);
}

/* One place more than there is room for is asked for, to know whether the list
 * goes on. Returns the ordinal below which the next page begins, or 0. A search
 * that has cost enough goes on with the next page, too. */
static uint64_t
find_names(struct search *s, uint64_t before)
{
	struct finder_place places[SEARCH_MAX + 1];
	const size_t room = (size_t)(s->max - s->count);
	struct finder_places all = { .places = places, .capacity = room + 1 };
	const size_t found = finder_text(s->api->from->finder,
	    (struct bitmark_span){ (const uint8_t *)s->text, s->size },
	    before, &all);

	for (size_t i = 0; i < found && i < room; i++)
		put_found(s, &places[i]);
	if (found <= room)
		return all.rest;
	/* A page that exact results have filled goes on with the newest name. */
	return room == 0 ? places[0].ordinal + 1 : places[room - 1].ordinal;
}

/* --- the whole ------------------------------------------------------------ */

/* Drop blanks at both ends. ${out} has room for all of it, as no value is
 * longer than the target. */
static void
trim(const char *text, char out[TARGET_MAX])
{
	size_t size;

	text += strspn(text, " \t\r\n");
	snprintf(out, TARGET_MAX, "%s", text);
	for (size = strlen(out); size > 0 && strchr(" \t\r\n",
	    out[size - 1]) != NULL;)
		out[--size] = '\0';
}

static void
put_results(struct search *s, uint64_t start)
{
	uint64_t next = 0;

	out_key(&s->api->out, "results");
	out_array(&s->api->out);
	if (start == UINT64_MAX && s->size > 0) {
		find_number(s);
		find_hex(s);
		find_account(s);
		find_fingerprint(s);
	}
	if (s->size > 0)
		next = find_names(s, start);
	out_array_end(&s->api->out);
	api_next(s->api, next != 0, next);
}

unsigned
api_search(struct api *api)
{
	const char *q = target_value(api->target, "q");
	struct search s = { .api = api };
	char text[TARGET_MAX];
	uint64_t start;

	s.max = api_count(api, SEARCH_COUNT, SEARCH_MAX);
	if (s.max == 0 || !api_number(api, "start", UINT64_MAX, &start))
		return 400;
	if (q == NULL)
		return api_fail(api, 400, "q= is missing: the text to search "
		    "for");
	trim(q, text);
	s.text = text;
	s.size = strlen(text);
	out_object(&api->out);
	out_key_text(&api->out, "query", text);
	put_results(&s, start);
	out_key(&api->out, "complete");
	out_bool(&api->out, api_is_complete(api));
	out_object_end(&api->out);
	return 200;
}
