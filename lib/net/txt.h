/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * txt - the TXT records in an answer of a DNS server.  Pure.
 *
 * c-ares has checked that the message answers our question, and has a reader of
 * TXT records; but up to 1.34 that tells no time to live, and gives up all
 * records when one is malformed.
 */
#ifndef BM_NET_TXT_H
#define BM_NET_TXT_H

#include <bitmarkpeer/base.h>

/* Longest text of a record; a node's has about 200.  Bytes, and records of an
 * answer that are read.  Source: local bounds */
#define BM_TXT_TEXT_MAX 1024
#define BM_TXT_RECORDS_MAX 500

/* One record: its strings put together, not terminated. */
typedef void (*bm_txt_fn)(void *user, const char *text, size_t size);

struct bm_txt_answer {
	uint32_t ttl_s;                 /* the shortest of all records   */
	size_t records;                 /* handed over                   */
	size_t refused;                 /* malformed, too long, too many */
};

/*
 * bm_txt_read(message, txt, user, answer):
 * Hand over each TXT record, whatever name it stands under: the server has
 * followed the aliases.
 *
 *   answer   overwritten, also on failure
 *
 * Returns BITMARK_OK, BITMARK_E_NOT_FOUND (there is none) or
 * BITMARK_E_PEER_RESPONSE (broken off: what was handed over does not count).
 *
 * Source: RFC 1035 4.1
 */
BITMARK_MUSTUSE bitmark_status bm_txt_read(struct bitmark_span message,
    bm_txt_fn txt, void *user, struct bm_txt_answer *answer);

#endif
