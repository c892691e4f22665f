/*
 * rpc - the client RPC of bitmarkd: JSON-RPC 1.0, as its wallets and scripts
 * speak it.  A function of one request and the node's state, which knows no
 * socket.
 *
 * Source: bitmarkd v8.2 and v0.16.0 rpc/
 */
#ifndef DAEMON_RPC_H
#define DAEMON_RPC_H

#include <bitmarkpeer/node.h>

/* Longest request.  Bytes.  Source: local bound: 100 assets at their limits are
 * 2 MiB. */
#define RPC_REQUEST_MAX (4 * 1024 * 1024)
/* Arrays and objects within each other in a request, at most.  Source: local
 * bound. */
#define RPC_DEPTH_MAX 32
/* Values in a request, at most.  Source: local bound: 100 assets and 100 issues
 * have about 1500; each takes up to 100 bytes of memory. */
#define RPC_VALUES_MAX 20000

/* Whose way of writing numbers a reply follows, where the two releases differ. */
enum rpc_form {
	RPC_FORM_0_16,
	RPC_FORM_8_2,
};

/* Everything that answers are made from; borrowed. */
struct rpc_from {
	struct bitmark_node *node;
	struct bitmark_chain *chain;    /* the node's store, for reading    */
	const struct bitmark_chain_params *params;
	const uint8_t *public_key;      /* of the node, BITMARK_PEER_KEY_SIZE
	                                   bytes                            */
	uint64_t start_ms;              /* of the daemon, by bitmark_clock_ms */
	unsigned connections;           /* clients that are served now      */
	enum rpc_form form;
	bool read_only;                 /* nothing is taken in              */
};

enum rpc_outcome {
	RPC_ANSWERED,           /* the reply is a result or an error        */
	RPC_REFUSED,            /* the reply is an error of the call itself:
	                           no such method, arguments that cannot be
	                           read                                     */
	RPC_GARBAGE,            /* no JSON: there is no reply               */
	RPC_NO_MEMORY,          /* there is no reply                        */
};

/*
 * rpc_answer(from, request, size, reply, reply_size):
 * Do what ${request}, one JSON value, asks for.  Waits no longer than storing a
 * block may take.  Any thread, several at a time.
 *
 *   reply       one line of JSON with its newline, and NUL; owned by the
 *               caller: free
 *   reply_size  bytes without NUL
 */
enum rpc_outcome rpc_answer(const struct rpc_from *from, const char *request,
    size_t size, char **reply, size_t *reply_size);

/* Cost of the request, for the allowance of a client: the items that it asks for,
 * at least 1.  The request need not be well-formed. */
unsigned rpc_cost(const char *request, size_t size);

#endif
