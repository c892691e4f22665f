/*
 * answer - the reply to one request of the control socket: a function of the
 * request and the node's state, which knows no socket.
 */
#ifndef DAEMON_ANSWER_H
#define DAEMON_ANSWER_H

#include <bitmarkpeer/node.h>

#include <jansson.h>

#include "payment_watch.h"
#include "services.h"
#include "setup.h"

/* Longest request: the largest block in hex, and what is around it.  Bytes. */
#define ANSWER_REQUEST_MAX (2 * BITMARK_BLOCK_MAX + 1024)

/* A request whose answer may have to wait.  All zero at first; what is learnt
 * in one call serves the next one. */
struct answer_wait {
	bool waits;                     /* there is no answer yet: ask again
	                                   after a change of the node, and at
	                                   end_ms at the latest               */
	uint64_t end_ms;                /* by bitmark_clock_ms; 0: not known  */
	bool known;                     /* the transaction was found once     */
};

/* Everything that answers are made from; borrowed. */
struct answer_from {
	struct bitmark_node *node;
	const struct bitmark_chain_params *params;
	const struct daemon_mining *mining;
	const struct payment_watch *watch;      /* NULL: none */
	struct services *services;      /* NULL: none */
};

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
