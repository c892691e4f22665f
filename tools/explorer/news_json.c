/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Replies of the daemon as values. The daemon may be of another release, so
 * nothing of a reply is taken for granted: a member that is missing or of
 * another type reads as 0 or as an empty text, and a transaction that cannot be
 * read is left out.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explorer/news.h"

/* A number below 0 reads as 0. */
static uint64_t
number_of(const json_t *object, const char *key)
{
	const json_int_t value = json_integer_value(json_object_get(object,
	    key));

	return value > 0 ? (uint64_t)value : 0;
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* Decode hex into memory of its own, which the item owns. The length of the
 * text bounds it. */
static bool
take_packed(const char *hex, struct news_item *item)
{
	const size_t length = strlen(hex);

	item->packed = malloc(length / 2 + 1);
	return item->packed != NULL && length > 0 && bitmark_hex_decode(hex,
	    length, item->packed, length / 2, &item->size) == BITMARK_OK;
}

/* False: the item is left out, and owns nothing. */
static bool
take_item(const json_t *json, struct news_item *item)
{
	const char *id = text_of(json, "tx_id");
	size_t size;

	*item = (struct news_item){
		.verified = strcmp(text_of(json, "status"), "Verified") == 0,
		.since_s = number_of(json, "since"),
		.until_s = number_of(json, "until"),
	};
	if (bitmark_hex_decode(id, strlen(id), item->id, sizeof item->id,
	    &size) == BITMARK_OK && size == sizeof item->id &&
	    take_packed(text_of(json, "packed"), item))
		return true;
	free(item->packed);
	return false;
}

size_t
news_add_json(struct news *news, const json_t *reservoir)
{
	const json_t *list = json_object_get(reservoir, "transactions");
	const size_t size = json_array_size(list);
	struct news_item *items = realloc(news->items,
	    (news->count + size + 1) * sizeof *items);

	if (items == NULL) {
		news->complete = false;
		return 0;
	}
	news->items = items;
	for (size_t i = 0; i < size && news->count < NEWS_ITEMS_MAX; i++)
		if (take_item(json_array_get(list, i), &items[news->count]))
			news->count++;
	return size;
}

struct news *
news_from_json(const json_t *status, const json_t *reservoir,
    const char *chain)
{
	struct news *news;

	if (strcmp(text_of(status, "chain"), chain) != 0)
		return NULL;
	news = calloc(1, sizeof *news);
	if (news == NULL)
		return NULL;
	snprintf(news->mode, sizeof news->mode, "%s", text_of(status,
	    "mode"));
	snprintf(news->version, sizeof news->version, "%s", text_of(status,
	    "version"));
	news->peers = number_of(status, "peers");
	news->pending = number_of(reservoir, "pending");
	news->verified = number_of(reservoir, "verified");
	news->complete = true;
	(void)news_add_json(news, reservoir);
	if (news->items != NULL)
		return news;
	news_free(news);
	return NULL;
}

void
news_free(struct news *news)
{
	if (news == NULL)
		return;
	for (size_t i = 0; i < news->count; i++)
		free(news->items[i].packed);
	free(news->items);
	free(news);
}

/* --- questions ------------------------------------------------------------ */

static bool
same_item(const struct news_item *a, const struct news_item *b)
{
	return memcmp(a->id, b->id, sizeof a->id) == 0 &&
	    a->verified == b->verified && a->until_s == b->until_s &&
	    a->size == b->size && memcmp(a->packed, b->packed, a->size) == 0;
}

/* ${since_s} and times of ours are not compared: they would make each state a
 * new one. */
bool
news_equal(const struct news *a, const struct news *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (strcmp(a->mode, b->mode) != 0 || a->peers != b->peers ||
	    strcmp(a->version, b->version) != 0 || a->late != b->late ||
	    a->pending != b->pending || a->verified != b->verified ||
	    a->complete != b->complete || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!same_item(&a->items[i], &b->items[i]))
			return false;
	return true;
}

const struct news_item *
news_find(const struct news *news, const uint8_t id[BITMARK_TX_ID_SIZE])
{
	for (size_t i = 0; news != NULL && i < news->count; i++)
		if (memcmp(news->items[i].id, id, BITMARK_TX_ID_SIZE) == 0)
			return &news->items[i];
	return NULL;
}
