/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * answer - the reply to one request of the control socket: a function of the
 * request and the node's state, which knows no socket.
 */
#ifndef DAEMON_ANSWER_H
#define DAEMON_ANSWER_H

#include <bitmarkpeer/node.h>

#include <jansson.h>

#include "answer_from.h"

/* Longest request: the largest block in hex, and what is around it.  Bytes. */
#define ANSWER_REQUEST_MAX (2 * BITMARK_BLOCK_MAX + 1024)

/*
 * answer_request(from, request, wait):
 * Do what ${request}, a JSON object with "command" and its arguments, asks
 * for.  Waits itself no longer than storing a block may take.
 *
 *   wait   of this request
 *
 * Returns a JSON value, or an object with "error": text and what was done
 * before it; owned by the caller.  NULL: no memory, or wait->waits.
 */
json_t *answer_request(const struct answer_from *from,
    struct bitmark_span request, struct answer_wait *wait);

#endif
