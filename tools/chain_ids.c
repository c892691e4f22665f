/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Ids on the command line and in the output. */
#include <string.h>

#include "chain_tool.h"

/* Ids as the options want them: stored, or reversed as bitmarkd shows them.
 * Asset ids are never reversed. */
void
chain_id_to_text(const struct chain_options *o, const uint8_t *id, size_t size,
    char *text)
{
	if (o->display && size == BITMARK_TX_ID_SIZE)
		bitmark_hex_encode_reversed(id, size, text);
	else
		bitmark_hex_encode(id, size, text);
}

/* Read an id that is stored or reversed, as the options say; *size is 0 when it
 * has neither the length of a transaction id nor that of an asset id. */
void
chain_id_from_text(const struct chain_options *o, const char *text,
    uint8_t id[BITMARK_ASSET_ID_SIZE], size_t *size)
{
	uint8_t byte;

	if (bitmark_hex_decode(text, strlen(text), id, BITMARK_ASSET_ID_SIZE,
	    size) != BITMARK_OK || (*size != BITMARK_TX_ID_SIZE &&
	    *size != BITMARK_ASSET_ID_SIZE))
		*size = 0;
	if (!o->display || *size != BITMARK_TX_ID_SIZE)
		return;
	for (size_t i = 0; i < *size / 2; i++) {
		byte = id[i];
		id[i] = id[*size - 1 - i];
		id[*size - 1 - i] = byte;
	}
}
