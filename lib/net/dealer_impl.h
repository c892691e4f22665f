/* The dealer, for dealer.c (the connection) and dealer_frames.c (messages). */
#ifndef BM_NET_DEALER_IMPL_H
#define BM_NET_DEALER_IMPL_H

#include <bitmarkpeer/rules.h>

#include "net/dealer.h"
#include "net/resolver.h"

/* Frames in front of the chain or of the reply: the id and an empty one. */
#define BM_DEALER_ENVELOPE 2

struct bm_dealer {
	void *zmq;
	struct bitmark_env env;
	char chain[BITMARK_CHAIN_NAME_MAX + 1];
	struct bitmark_endpoint endpoint;
	enum bm_family family;          /* that a name is asked for          */
	bool subscribes;                /* a SUB socket, for this prefix:    */
	char prefix[BITMARK_CHAIN_NAME_MAX + 1];
	uint8_t server_key[BITMARK_PEER_KEY_SIZE];
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	int linger_ms;

	struct bm_resolver *resolver;   /* CONNECTING: the question for the
	                                   name; NULL: none is open          */
	void *socket;                   /* both NULL when not open           */
	void *monitor;

	int fd;                         /* of the connection; -1: not known  */
	uint64_t delivered;             /* bytes of it that were taken       */
	uint64_t look_ms;               /* when it is looked at again        */

	enum bm_dealer_state state;
	uint64_t due_ms;                /* end of the attempt, or of the
	                                   pause; UINT64_MAX: neither        */
	uint64_t pause_ms;              /* of the next loss                  */
	uint64_t since_ms;              /* CONNECTED: since then             */
	unsigned refusals;              /* in a row                          */
	bool reached;                   /* the last TCP connect succeeded    */
	bool silent;                    /* handshake ran out of time         */

	uint32_t first_id;              /* of this socket                    */
	uint32_t next_id;

	zmq_msg_t held[BM_DEALER_ENVELOPE + BM_DEALER_FRAMES_MAX];
	size_t held_count;              /* frames of the reply handed out    */
};

/* dealer.c: the connection is of no use any more. */
void bm_dealer_lose(struct bm_dealer *dealer, uint64_t now_ms);

/* dealer_frames.c: free the reply that was handed out. */
void bm_dealer_release(struct bm_dealer *dealer);

#endif
