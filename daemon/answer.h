/*
 * answer - the reply to one request of the control socket: a function of the
 * request and the node's state, which knows no socket.
 */
#ifndef DAEMON_ANSWER_H
#define DAEMON_ANSWER_H

#include <bitmarkpeer/node.h>

#include <jansson.h>

/* Longest request: the largest block in hex, and what is around it.  Bytes. */
#define ANSWER_REQUEST_MAX (2 * BITMARK_BLOCK_MAX + 1024)

/*
 * answer_request(node, params, request, size):
 * Do what ${request}, a JSON object with "command" and its arguments, asks
 * for.  Waits as long as storing a block may take.
 *
 * Returns a JSON value, or an object with "error": text and what was done
 * before it; owned by the caller.  NULL: no memory.
 */
json_t *answer_request(struct bitmark_node *node,
    const struct bitmark_chain_params *params, const char *request,
    size_t size);

#endif
