/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * /api/v1/pending, and a transaction that is in no block yet. Both come from
 * the daemon's last reply, not from the store.
 */
#include <string.h>

#include "explorer/api.h"
#include "explorer/news.h"
#include "explorer/record.h"

/* The record is parsed by the rules for decoding, which accept the records of
 * all versions. One that cannot be parsed is listed without its fields. */
static void
put_record(struct api *api, const struct news_item *item)
{
	struct bitmark_record record;
	size_t used;

	if (bitmark_record_parse(bitmark_rules_decode(), item->packed,
	    item->size, api->from->params->network, &record, &used) ==
	    BITMARK_OK && !record_members(&api->out, &(struct record_place){
	    .record = &record, .packed = { item->packed, item->size },
	    .network = api->from->params->network }))
		api->out.failed = true;
}

static const char *
state_of(const struct news_item *item)
{
	return item->verified ? "verified" : "pending";
}

static void
put_item(struct api *api, const struct news_item *item)
{
	struct out *out = &api->out;

	out_object(out);
	out_key_id(out, "id", item->id);
	out_key_text(out, "state", state_of(item));
	out_key_number(out, "since", item->since_s);
	out_key_number(out, "until", item->until_s);
	put_record(api, item);
	out_object_end(out);
}

/* The daemon has told all that waits, and there was room for it. Its count is
 * not compared with the list: it is of a moment before. */
static bool
is_complete(const struct news *news)
{
	return news->complete && (news->count < NEWS_ITEMS_MAX ||
	    news->pending + news->verified <= NEWS_ITEMS_MAX);
}

/* "total" counts all that wait; the list has NEWS_ITEMS_MAX of them at most. */
unsigned
api_pending(struct api *api)
{
	const struct news *news = api->from->news;
	const uint64_t count = api_count(api, API_COUNT, API_COUNT_MAX);
	uint64_t start;

	if (count == 0 || !api_number(api, "start", 0, &start))
		return 400;
	if (news == NULL)
		return api_fail(api, 503, "no daemon can be asked");
	if (start > news->count)
		start = news->count;
	out_object(&api->out);
	out_key_number(&api->out, "total", news->pending + news->verified);
	out_key(&api->out, "pending");
	out_array(&api->out);
	for (size_t i = (size_t)start; i < news->count && i - start < count; i++)
		put_item(api, &news->items[i]);
	out_array_end(&api->out);
	out_key(&api->out, "complete");
	out_bool(&api->out, is_complete(news));
	api_next(api, news->count - start > count, start + count);
	out_object_end(&api->out);
	return 200;
}

unsigned
api_waiting_transaction(struct api *api, const struct news_item *item)
{
	struct out *out = &api->out;

	out_object(out);
	out_key_id(out, "id", item->id);
	out_key_text(out, "state", state_of(item));
	out_key(out, "block");
	out_null(out);
	out_key(out, "index");
	out_null(out);
	out_key_number(out, "time", item->since_s);
	out_key(out, "record");
	out_object(out);
	put_record(api, item);
	out_object_end(out);
	out_key(out, "owner");
	out_null(out);
	out_key(out, "newest");
	out_null(out);
	out_object_end(out);
	return 200;
}
