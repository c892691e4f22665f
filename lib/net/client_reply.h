/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * client_reply - what a client makes of replies.  Pure functions.
 */
#ifndef BM_NET_CLIENT_REPLY_H
#define BM_NET_CLIENT_REPLY_H

#include <bitmarkpeer/client.h>

/* Printable text of an error reply with NUL; longer ones are cut.  Bytes.
 * Source: local bound */
#define BM_REMOTE_ERROR_SIZE 512

/*
 * bm_reply_check(frames, count, command, payload, error):
 * Is it a reply to ${command}?
 *
 *   payload  the second frame
 *   error    the text of an E reply
 *
 * Returns BITMARK_OK; or for an E reply BITMARK_E_BLOCK_NOT_FOUND,
 * BITMARK_E_INVALID_CHAIN or BITMARK_E_REMOTE; or BITMARK_E_PEER_RESPONSE.
 *
 * Source: bitmark-protocol(7), COMMANDS; bitmarkd v8.2 peer/upstream/setup.go
 */
BITMARK_MUSTUSE bitmark_status bm_reply_check(
    const struct bitmark_span *frames, size_t count, const char *command,
    struct bitmark_span *payload, char error[BM_REMOTE_ERROR_SIZE]);

/* The payloads of I, N and H.  BITMARK_OK, BITMARK_E_PEER_RESPONSE or
 * BITMARK_E_NOMEM. */
BITMARK_MUSTUSE bitmark_status bm_reply_info(struct bitmark_span payload,
    struct bitmark_info *info);
BITMARK_MUSTUSE bitmark_status bm_reply_height(struct bitmark_span payload,
    uint64_t *height);
BITMARK_MUSTUSE bitmark_status bm_reply_digest(struct bitmark_span payload,
    uint8_t digest[BITMARK_DIGEST_SIZE]);

/* All frames of a reply to R on ${chain}.  BITMARK_OK or BITMARK_E_PEER_RESPONSE. */
BITMARK_MUSTUSE bitmark_status bm_reply_peer(const struct bitmark_span *frames,
    size_t count, const char *chain, struct bitmark_peer *peer);

#endif
