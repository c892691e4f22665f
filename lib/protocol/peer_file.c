/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The file of peers, a JSON array of strings.  The strings are hex digits, so
 * the file consists of brackets, commas, quotes, blanks and digits only.
 * Reading these directly is shorter than checking what a JSON library returns.
 *
 * Source: bitmarkd v8.2 announce/store.go
 */
#include <bitmarkpeer/peer_file.h>

#include <string.h>

#include "codec/codec.h"
#include "codec/sized.h"
#include "protocol/announce_impl.h"

/* Bytes of the longest item. */
#define ITEM_MAX ((BITMARK_PEER_ITEM_TEXT_MAX - 1) / 2)

/* The packed item is written to a buffer of its own first, so that ${text} is
 * unchanged when it is too small. */
bitmark_status
bitmark_peer_item_format(struct bitmark_announcement item, char *text,
    size_t capacity)
{
	uint8_t packed[ITEM_MAX];
	struct bm_writer w = bm_writer(packed, sizeof packed);

	bm_write_counted(&w, item.key.data, item.key.size);
	bm_write_counted(&w, item.connections.data, item.connections.size);
	bm_write_varint(&w, item.timestamp);
	if (!bm_writer_ok(&w))
		return BITMARK_E_LENGTH;
	if (capacity < 2 * w.size + 1)
		return BITMARK_E_SPACE;
	bitmark_hex_encode(packed, w.size, text);
	return BITMARK_OK;
}

/* Checks the fields in v8.2's order, with v8.2's errors. */
static bitmark_status
parse_item(struct bm_reader *r, struct bitmark_peer *peer)
{
	struct bitmark_span field = bm_read_counted(r, BITMARK_PEER_KEY_SIZE,
	    BITMARK_PEER_KEY_SIZE);

	if (r->failed)
		return BITMARK_E_NOT_PUBLIC_KEY;
	memcpy(peer->key, field.data, field.size);
	field = bm_read_counted(r, 1, sizeof peer->connections);
	if (r->failed || !bitmark_connections_usable(field.data, field.size))
		return BITMARK_E_IP_ADDRESS;
	memcpy(peer->connections, field.data, field.size);
	peer->connections_size = field.size;
	peer->timestamp = bm_read_varint(r);
	return r->failed ? BITMARK_E_TIMESTAMP : BITMARK_OK;
}

bitmark_status
bitmark_peer_item_parse(const char *text, size_t size,
    struct bitmark_peer *peer)
{
	uint8_t packed[ITEM_MAX];
	struct bitmark_peer parsed;
	struct bm_reader r;
	size_t packed_size;
	bitmark_status status;

	if (size / 2 > sizeof packed)
		return BITMARK_E_LENGTH;
	status = bitmark_hex_decode(text, size, packed, sizeof packed,
	    &packed_size);
	if (status != BITMARK_OK)
		return BITMARK_E_HEX;
	r = bm_reader(packed, packed_size);
	status = parse_item(&r, &parsed);
	if (status == BITMARK_OK)
		*peer = parsed;
	return status;
}

static void
write_peer(struct bm_json *j, const struct bitmark_peer *peer)
{
	char item[BITMARK_PEER_ITEM_TEXT_MAX];

	if (bitmark_peer_item_format(bitmark_peer_announcement(peer), item,
	    sizeof item) == BITMARK_OK)         /* no entry is longer */
		bm_json_text(j, NULL, item);
}

/* The table comes first, as v8.2 writes it, then the candidates.  A file that
 * knows nothing but this node is not worth replacing an older one for. */
bitmark_status
bitmark_peer_file_format(const struct bitmark_announce *announce,
    char **text, size_t *size)
{
	size_t count = bitmark_announce_count(announce);
	struct bm_json j = { 0 };

	if (count + announce->candidate_count < BITMARK_PEER_FILE_ENTRIES_MIN)
		return BITMARK_E_NOT_FOUND;
	bm_json_array(&j, NULL);
	for (size_t i = 0; i < count; i++)
		write_peer(&j, bitmark_announce_at(announce, i));
	for (size_t i = 0; i < announce->candidate_count; i++)
		write_peer(&j, &announce->candidates[i]);
	bm_json_array_end(&j);
	j.comma = false;
	bm_json_raw(&j, NULL, "\n");
	return bm_json_take(&j, text, size);
}

/* Text that is walked through. */
struct cursor {
	const char *next;
	const char *end;
};

/* Skip blanks; is ${c} the next character?  Then it is read. */
static bool
accept(struct cursor *t, char c)
{
	while (t->next < t->end && memchr(" \t\r\n", *t->next, 4) != NULL)
		t->next++;
	if (t->next == t->end || *t->next != c)
		return false;
	t->next++;
	return true;
}

/* Read the rest of a string; false when it does not end. */
static bool
read_string(struct cursor *t, struct bitmark_span *string)
{
	const char *quote = memchr(t->next, '"', (size_t)(t->end - t->next));

	if (quote == NULL)
		return false;
	string->data = (const uint8_t *)t->next;
	string->size = (size_t)(quote - t->next);
	t->next = quote + 1;
	return true;
}

/* A bad item is counted and skipped: the file may be edited by hand, and one
 * mistake in it should not cost all other peers. */
static bitmark_status
restore_item(struct bitmark_announce *announce, struct bitmark_span item,
    uint64_t now_s, struct bitmark_peer_file_counts *counts)
{
	struct bitmark_peer peer;
	bitmark_status status = bitmark_peer_item_parse(
	    (const char *)item.data, item.size, &peer);

	if (status == BITMARK_OK)
		status = bitmark_announce_restore(announce, &peer, now_s);
	if (status == BITMARK_E_NOMEM)
		return status;
	if (status == BITMARK_OK)
		counts->taken++;
	else
		counts->skipped++;
	return BITMARK_OK;
}

static bitmark_status
restore_all(struct bitmark_announce *announce, const char *text, size_t size,
    uint64_t now_s, struct bitmark_peer_file_counts *counts)
{
	struct cursor t = { text, text + size };
	struct bitmark_span item;
	bitmark_status status;

	if (size > BITMARK_PEER_FILE_MAX)
		return BITMARK_E_LENGTH;
	if (!accept(&t, '['))
		return BITMARK_E_JSON;
	if (accept(&t, ']'))
		return BITMARK_OK;
	do {
		if (!accept(&t, '"') || !read_string(&t, &item))
			return BITMARK_E_JSON;
		status = restore_item(announce, item, now_s, counts);
		if (status != BITMARK_OK)
			return status;
	} while (accept(&t, ','));
	return accept(&t, ']') ? BITMARK_OK : BITMARK_E_JSON;
}

/* The counts are told after an error, too: much of the file may have been of
 * use. */
bitmark_status
bitmark_peer_file_restore(struct bitmark_announce *announce,
    const char *text, size_t size, uint64_t now_s,
    struct bitmark_peer_file_counts *counts)
{
	struct bitmark_peer_file_counts own = { .struct_size = sizeof own };
	bitmark_status status;

	if (!BM_FITS(bitmark_peer_file_counts, counts))
		return BITMARK_E_ARGUMENT;
	status = restore_all(announce, text, size, now_s, &own);
	(void)BM_OUT(bitmark_peer_file_counts, counts, &own);
	return status;
}
