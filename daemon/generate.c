/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The command generate: order blocks from the node, and wait for them.
 *
 * A block belongs to the account that signs its foundation record. So the
 * private key of an account is needed to make a block for it; its name alone is
 * not enough.
 */
#include "generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/json.h"

static json_t *
error(const char *text)
{
	return json_pack("{s:s}", "error", text);
}

/* --- the answer ----------------------------------------------------------- */

/* The blocks of the order, from the first one on. */
static json_t *
list_blocks(const struct answer_from *from, size_t count)
{
	struct bitmark_mined_block *blocks = calloc(count + 1,
	    sizeof *blocks);
	struct bitmark_mined mined = { .struct_size = sizeof mined };
	json_t *list = json_array();
	char text[2 * BITMARK_DIGEST_SIZE + 1];

	if (blocks == NULL || bitmark_node_mined(from->node, &mined, blocks,
	    count) != BITMARK_OK)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		bitmark_hex_encode_reversed(blocks[i].digest,
		    sizeof blocks[i].digest, text);
		json_array_append_new(list, json_pack("{s:I, s:o, s:s}",
		    "number", (json_int_t)blocks[i].number, "digest",
		    json_hex(blocks[i].digest, sizeof blocks[i].digest),
		    "digestDisplay", text));
	}
	free(blocks);
	return list;
}

/* The chain may refuse each block of an order, which then ends with an error;
 * the blocks that were made before are reported beside it. */
static json_t *
report_end(const struct answer_from *from, const struct bitmark_mined *mined)
{
	json_t *blocks = list_blocks(from, (size_t)mined->count);
	char text[256];

	if (mined->order == BITMARK_OK)
		return blocks;
	snprintf(text, sizeof text, "given up after %" PRIu64 " blocks: the "
	    "next one was refused %d times: %s", mined->count,
	    BITMARK_MINE_FAILURES_MAX, bitmark_strerror(mined->order));
	return json_pack("{s:s, s:o}", "error", text, "blocks", blocks);
}

/* --- the order ------------------------------------------------------------ */

/* The account that owns the blocks: its signed base records. */
struct owner {
	struct bitmark_base base, empty;
};

/* The request has a private key, so the configuration needs only the payment
 * addresses. The key is wiped at once, because the bases are signed. */
static json_t *
take_key(const struct daemon_mining *mining, const json_t *text,
    struct owner *owner)
{
	struct bitmark_private_key key;
	bitmark_status status = config_signing_key((struct bitmark_span){
	    (const uint8_t *)json_string_value(text),
	    json_string_length(text) }, &key);

	if (status == BITMARK_OK)
		status = setup_bases(mining, &key, &owner->base,
		    &owner->empty);
	bitmark_private_key_wipe(&key);
	if (status == BITMARK_E_CURRENCY_ADDRESS)
		return error("the configuration has no payment_address in its "
		    "section proofing");
	return status != BITMARK_OK ? error(bitmark_strerror(status)) : NULL;
}

/* An account can be named without its key only when it is the configured one.
 */
static json_t *
take_account(const struct daemon_mining *mining, const json_t *to)
{
	char own[BITMARK_ACCOUNT_TEXT_MAX];
	struct bitmark_account account;
	char text[512];
	bitmark_status status = bitmark_account_from_text(
	    json_string_value(to), json_string_length(to), &account);

	if (status != BITMARK_OK) {
		snprintf(text, sizeof text, "neither an account nor a private "
		    "key: %s", bitmark_strerror(status));
		return error(text);
	}
	bitmark_account_to_text(&mining->account, own);
	if (strcmp(own, json_string_value(to)) == 0)
		return NULL;
	snprintf(text, sizeof text, "a block belongs to the account that signs "
	    "it, and the node signs for %s: for another account its private "
	    "key is needed", own);
	return error(text);
}

/* Returns the reply that says why blocks cannot be generated, or NULL. On the
 * live chain blocks must be found with work, on which others rely. */
static json_t *
take_owner(const struct answer_from *from, const json_t *request,
    struct owner *owner)
{
	const json_t *to = json_object_get(request, "to");
	const json_t *key = json_object_get(request, "key");

	if (from->params->network == BITMARK_NETWORK_LIVE)
		return error("blocks are generated on the chains testing and "
		    "local only");
	if (json_is_string(key))
		return take_key(from->mining, key, owner);
	if (!from->mining->is_possible)
		return error("the configuration has no signing_key in its "
		    "section proofing");
	owner->base = from->mining->base;
	owner->empty = from->mining->empty;
	return json_is_string(to) ? take_account(from->mining, to) : NULL;
}

/* The first call of a request gives the order. ${is_normal} is false when the
 * node is catching up; the caller knows the text for that. */
static json_t *
order_blocks(const struct answer_from *from, const json_t *request,
    struct answer_wait *wait, bool *is_normal)
{
	const json_t *count = json_object_get(request, "count");
	struct owner owner;
	const struct bitmark_mine mine = {
		.struct_size = sizeof mine,
		.base = &owner.base,
		.empty = &owner.empty,
		.count = json_is_integer(count) ?
		    (uint64_t)json_integer_value(count) : 1,
	};
	json_t *refused = take_owner(from, request, &owner);
	bitmark_status status;

	if (refused != NULL)
		return refused;
	if (mine.count == 0 || mine.count > BITMARK_MINE_MAX)
		return error("from 1 to 1000 blocks are generated at a time");
	status = bitmark_node_mine(from->node, &mine);
	*is_normal = status != BITMARK_E_STATE;
	if (status == BITMARK_E_BUSY)
		return error("blocks are being generated already");
	if (status != BITMARK_OK)
		return *is_normal ? error(bitmark_strerror(status)) : NULL;
	wait->end_ms = UINT64_MAX;
	wait->waits = true;
	return NULL;
}

/* The request is asked again after each change of the node, which each stored
 * block and the end of the order are. */
json_t *
generate_blocks(const struct answer_from *from, const json_t *request,
    struct answer_wait *wait, bool *is_normal)
{
	struct bitmark_mined mined = { .struct_size = sizeof mined };

	*is_normal = true;
	if (wait->end_ms == 0)
		return order_blocks(from, request, wait, is_normal);
	if (bitmark_node_mined(from->node, &mined, NULL, 0) != BITMARK_OK)
		return error(bitmark_strerror(BITMARK_E_STOPPED));
	if (mined.left == 0)
		return report_end(from, &mined);
	wait->waits = true;
	return NULL;
}
