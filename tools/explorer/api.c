/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Parts that several resources share: errors, numbers of the query, ids, assets
 * and accounts.
 */
#include "explorer/api.h"

#include <string.h>

unsigned
api_fail(struct api *api, unsigned status, const char *text)
{
	api->error = text;
	return status;
}

/* "Not found" is an answer. All other errors come from the store or the
 * machine, never from the request, and may pass: they become "try later". */
unsigned
api_failed(struct api *api, bitmark_status status)
{
	switch (status) {
	case BITMARK_E_NOT_FOUND:
	case BITMARK_E_BLOCK_NOT_FOUND:
		return api_fail(api, 404, bitmark_strerror(status));
	default:                /* of an int: the machine's */
		return api_fail(api, 503, bitmark_strerror(status));
	}
}

/* A number that cannot be read is an error and is not replaced by ${preset}: a
 * client with a typing error would get the first page again and again. */
bool
api_number(struct api *api, const char *name, uint64_t preset,
    uint64_t *value)
{
	if (target_number(api->target, name, preset, value))
		return true;
	api_fail(api, 400, "not a number in the query");
	return false;
}

/* A larger count than ${max} is cut to it, as the list says where it goes on.
 * Returns 0 after an error. */
uint64_t
api_count(struct api *api, uint64_t preset, uint64_t max)
{
	uint64_t count;

	if (!api_number(api, "count", preset, &count))
		return 0;
	if (count == 0)
		api_fail(api, 400, "count is 0");
	return count < max ? count : max;
}

void
api_next(struct api *api, bool more, uint64_t next)
{
	out_key(&api->out, "next");
	if (more)
		out_number(&api->out, next);
	else
		out_null(&api->out);
}

/* --- names in the path ---------------------------------------------------- */

bool
api_id(struct api *api, uint8_t *id, size_t size)
{
	size_t decoded;

	if (bitmark_hex_decode(api->id, strlen(api->id), id, size,
	    &decoded) == BITMARK_OK && decoded == size)
		return true;
	api_fail(api, 400, "not an id");
	return false;
}

/* An account of the other network can own nothing on this chain. An empty list
 * would look like an answer, so it is an error. */
bool
api_account_of_path(struct api *api, struct bitmark_account *account)
{
	bitmark_status status = bitmark_account_from_text(api->id,
	    strlen(api->id), account);

	if (status == BITMARK_OK &&
	    account->network != api->from->params->network)
		status = BITMARK_E_WRONG_NETWORK_PUBLIC;
	if (status == BITMARK_OK)
		return true;
	api_fail(api, 400, bitmark_strerror(status));
	return false;
}

/* --- parts ---------------------------------------------------------------- */

/* The rules of 8.2 accept an issue whose asset is not registered; such an asset
 * has no name, and gets null. */
void
api_put_asset(struct api *api, const char *key,
    const uint8_t id[BITMARK_ASSET_ID_SIZE])
{
	struct bitmark_confirmed c = { .struct_size = sizeof c };

	out_key(&api->out, key);
	out_object(&api->out);
	out_key_hex(&api->out, "id", id, BITMARK_ASSET_ID_SIZE);
	out_key(&api->out, "name");
	if (bitmark_snapshot_asset(api->from->snapshot, id, &c) == BITMARK_OK)
		out_span(&api->out, c.record.asset.name);
	else
		out_null(&api->out);
	out_object_end(&api->out);
}

void
api_put_account_value(struct api *api, const struct bitmark_account *account)
{
	char text[BITMARK_ACCOUNT_TEXT_MAX];

	bitmark_account_to_text(account, text);
	out_text(&api->out, text);
}

void
api_put_account(struct api *api, const char *key,
    const struct bitmark_account *account)
{
	out_key(&api->out, key);
	api_put_account_value(api, account);
}

/* The genesis block is in no store, so its time is not known here: 0. */
uint64_t
api_block_time(struct api *api, uint64_t number)
{
	struct bitmark_header header;
	struct bitmark_span block;

	return bitmark_snapshot_block(api->from->snapshot, number, &block) ==
	    BITMARK_OK && bitmark_header_parse(block.data, block.size,
	    &header) == BITMARK_OK ? header.timestamp : 0;
}

/* The finder is behind for a while after the start and after a rollback, and
 * may have left assets out for lack of memory. Answers from it say so. */
bool
api_is_complete(struct api *api)
{
	struct finder_counts counts;
	struct bitmark_tip tip;

	finder_get_counts(api->from->finder, &counts);
	bitmark_snapshot_tip(api->from->snapshot, &tip);
	return counts.height >= tip.number && counts.left_out == 0;
}
