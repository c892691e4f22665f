/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * generate - blocks on demand: the command generate of the control socket.
 */
#ifndef DAEMON_GENERATE_H
#define DAEMON_GENERATE_H

#include <jansson.h>

#include "answer_from.h"

/*
 * generate_blocks(from, request, wait, is_normal):
 * Order blocks, or see how far the order is.
 *
 *   request    "count": how many, or one; "to": the account that they are for,
 *              or "key": the private key that signs and owns them, as the file
 *              of a signing key has it
 *   wait       of this request
 *   is_normal  false: nothing was ordered, as the node is not Normal; there is
 *              no reply then
 *
 * Returns as answer_request.
 */
json_t *generate_blocks(const struct answer_from *from, const json_t *request,
    struct answer_wait *wait, bool *is_normal);

#endif
