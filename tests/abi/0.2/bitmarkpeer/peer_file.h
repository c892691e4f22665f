/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * peer_file - v8.2's file of known peers: a JSON list of hex items.
 *
 * Pure functions over bytes; reading and writing the file, by a new file and
 * a rename, is the caller's.
 */
#ifndef BITMARKPEER_PEER_FILE_H
#define BITMARKPEER_PEER_FILE_H

#include <bitmarkpeer/announce.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A table with no more entries is not worth a file.
 * Source: bitmarkd v8.2 announce/store.go */
#define BITMARK_PEER_FILE_ENTRIES_MIN 3
/* Largest file that is read.  Bytes.  Source: local bound; twice a full table
 * of the longest entries. */
#define BITMARK_PEER_FILE_MAX (16 * 1024 * 1024)
/* Hex of the longest item with NUL.  Bytes. */
#define BITMARK_PEER_ITEM_TEXT_MAX \
	(2 * (1 + BITMARK_PEER_KEY_SIZE + 2 + BITMARK_CONNECTIONS_MAX + 9) + 1)

/*
 * bitmark_peer_item_format(item, text, capacity):
 * Hex of: counted key, counted connections, Varint64 of the time; with NUL.
 * Returns BITMARK_OK, BITMARK_E_LENGTH (longer than any peer's) or
 * BITMARK_E_SPACE.
 *
 * Source: bitmarkd v8.2 announce/store.go; tests/data/vectors.json
 * peerItemEncode
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_peer_item_format(
    struct bitmark_announcement item, char *text, size_t capacity);

/*
 * bitmark_peer_item_parse(text, size, peer):
 * Read one item.  Bytes after the time are left alone, as in v8.2.
 *
 * Returns BITMARK_OK, BITMARK_E_HEX, BITMARK_E_LENGTH (too long),
 * BITMARK_E_NOT_PUBLIC_KEY, BITMARK_E_IP_ADDRESS (not usable) or
 * BITMARK_E_TIMESTAMP.
 *
 * Source: bitmarkd v8.2 announce/store.go, whose own check of lengths refuses
 * every ordinary list [D-32] and which ends at items cut short [D-53]
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_peer_item_parse(
    const char *text, size_t size, struct bitmark_peer *peer);

/*
 * bitmark_peer_file_format(announce, text, size):
 * The whole table, and the candidates.
 *
 *   text   owned by the caller: bitmark_free; ${size} bytes and NUL
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND (fewer entries than
 * BITMARK_PEER_FILE_ENTRIES_MIN) or BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_peer_file_format(
    const struct bitmark_announce *announce, char **text, size_t *size);

/* How many items of a file were of use. */
struct bitmark_peer_file_counts {
	size_t struct_size;             /* sizeof this struct */
	size_t taken;                   /* listed, or candidates now      */
	size_t skipped;                 /* our own, too old, or wrong     */
};

/*
 * bitmark_peer_file_restore(announce, text, size, now_s, counts):
 * Take in every item that can be used, each by bitmark_announce_restore; one
 * bad item does not spoil the others.
 *
 *   counts   overwritten, also on failure
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (struct_size), BITMARK_E_JSON (not a
 * list of strings, or cut off: what came before it was taken),
 * BITMARK_E_LENGTH (above BITMARK_PEER_FILE_MAX: nothing was) or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_peer_file_restore(
    struct bitmark_announce *announce, const char *text, size_t size,
    uint64_t now_s, struct bitmark_peer_file_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
