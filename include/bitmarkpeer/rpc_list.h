/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_list - the client services that nodes announce, in order of arrival.
 *
 * Pure: no I/O, no clock, no thread.  Announcements are hearsay, as those of
 * peers are; what one sender may say is limited by bitmark_announce_admit.
 */
#ifndef BITMARKPEER_RPC_LIST_H
#define BITMARKPEER_RPC_LIST_H

#include <bitmarkpeer/announce.h>

#ifdef __cplusplus
extern "C" {
#endif

/* SHA3-256 of a DER certificate.  Bytes. */
#define BITMARK_RPC_FINGERPRINT_SIZE 32
/* Packed connections of a service, at most.  Bytes.
 * Source: bitmarkd v8.2 announce/rpc.go AddRPC */
#define BITMARK_RPC_CONNECTIONS_MAX 100
/* Entries, at most.  Source: local bound [D-37]. */
#define BITMARK_RPC_LIST_MAX 1000

struct bitmark_rpc_list;

/* A plain value. */
struct bitmark_rpc {
	uint8_t fingerprint[BITMARK_RPC_FINGERPRINT_SIZE];
	uint8_t connections[BITMARK_RPC_CONNECTIONS_MAX];
	size_t connections_size;        /* bytes                           */
	uint64_t timestamp;             /* Unix seconds                    */
	bool local;                     /* this node's own: never expires  */
};

/*
 * bitmark_rpc_list_new(list, max, rules):
 * An empty list.
 *
 *   list   new; owned by the caller: bitmark_rpc_list_free
 *   max    entries at most; 0: BITMARK_RPC_LIST_MAX
 *   rules  as for bitmark_announce_new
 *
 * Returns BITMARK_OK or BITMARK_E_NOMEM.  All memory is taken here.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_rpc_list_new(
    struct bitmark_rpc_list **list, size_t max,
    const struct bitmark_rules *rules);

BITMARK_API void bitmark_rpc_list_free(struct bitmark_rpc_list *list);

/*
 * bitmark_rpc_list_set_local(list, own):
 * Enter this node's own service, once; or change where it is.
 *
 *   own    copied
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS, BITMARK_E_FINGERPRINT (another
 * one was entered before, or not BITMARK_RPC_FINGERPRINT_SIZE bytes).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_rpc_list_set_local(
    struct bitmark_rpc_list *list, struct bitmark_announcement own);

/*
 * bitmark_rpc_list_add(list, sender, announcement, now_s, relay, stored):
 * Take one announcement; parameters as for bitmark_announce_add.  A full list
 * gives up its oldest entry.  A sender that has 1/BITMARK_ANNOUNCE_SENDER_SHARE
 * of the entries of a full list replaces only entries that it brought itself
 * [D-37].
 *
 * Returns BITMARK_OK (also when it brings nothing new),
 * BITMARK_E_FINGERPRINT (its length, or it is our own), BITMARK_E_IP_ADDRESS
 * or BITMARK_E_TIMESTAMP.
 *
 * Source: bitmarkd v8.2 announce/rpc.go AddRPC, with [D-38] mended
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_rpc_list_add(
    struct bitmark_rpc_list *list, uint64_t sender,
    struct bitmark_announcement announcement, uint64_t now_s, bool *relay,
    uint64_t *stored);

/* Remove the entries whose time is announce_expiry_s old or older; returns how
 * many.  The last entry moves to each free place, as in v8.2. */
BITMARK_API size_t bitmark_rpc_list_expire(struct bitmark_rpc_list *list,
    uint64_t now_s);

BITMARK_API size_t bitmark_rpc_list_count(const struct bitmark_rpc_list *list);

/* Entry ${index} (0-based), or NULL.  Inside, until the list changes. */
BITMARK_API const struct bitmark_rpc *bitmark_rpc_list_at(
    const struct bitmark_rpc_list *list, size_t index);

/*
 * bitmark_rpc_list_fetch(list, start, count, text, size, next):
 * Up to ${count} entries from ${start} as v8.2 answers Node.List:
 * [{"fingerprint":hex,"connections":["ip:port",..]},..]
 *
 *   text   owned by the caller: bitmark_free; with NUL, which ${size} leaves out
 *   next   where to go on; 0 when ${start} is beyond the end
 *
 * Returns BITMARK_OK, BITMARK_E_COUNT (count 0) or BITMARK_E_NOMEM.
 *
 * Source: bitmarkd v8.2 announce/rpc.go FetchRPCs
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_rpc_list_fetch(
    const struct bitmark_rpc_list *list, uint64_t start, size_t count,
    char **text, size_t *size, uint64_t *next);

#ifdef __cplusplus
}
#endif

#endif
