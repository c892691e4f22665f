/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * router - a ROUTER socket that serves its clients as a REP socket would, and
 * is never blocked by one of them.
 *
 * A message is the ROUTER's number of the client, what the client has put in
 * front of the delimiter (REQ_CORRELATE puts an id there), the delimiter, and
 * the frames of the application.  All up to the delimiter goes back with the
 * reply.  Used by one thread.
 */
#ifndef BM_NET_ROUTER_H
#define BM_NET_ROUTER_H

#include <sys/queue.h>

#include <zmq.h>

#include "net/admission.h"

/* Frames of an envelope without its delimiter; messages with more are
 * dropped.  Source: local bound; clients send none or one. */
#define BM_ROUTER_ENVELOPE_MAX 8
/* Bytes of these frames together, likewise: they are sent back uncounted.
 * Source: local bound; clients send none or 4. */
#define BM_ROUTER_ENVELOPE_BYTES_MAX 256
/* Application frames of a request that are kept.
 * Source: bitmark-protocol(7), COMMANDS */
#define BM_ROUTER_FRAMES_MAX 6

/* The envelope, up to and including the delimiter; then the beginning of what
 * was asked. */
struct bm_request {
	zmq_msg_t envelope[1 + BM_ROUTER_ENVELOPE_MAX + 1];
	size_t envelope_count;
	size_t envelope_bytes;          /* of the client's           */
	int fd;                         /* of its connection         */
	zmq_msg_t frame[BM_ROUTER_FRAMES_MAX];
	size_t frame_count;             /* kept                      */
	size_t count;                   /* received                  */
	bool delimited;                 /* the delimiter was met     */
	bool refused;                   /* the envelope is too large */
	STAILQ_ENTRY(bm_request) next;  /* of the owner's list       */
};

/* NULL: no memory, or nothing to free. */
struct bm_request *bm_request_new(void);
void bm_request_free(struct bm_request *request);
/* Close its parts; it can be received into again. */
void bm_request_clear(struct bm_request *request);

/* Can it be answered?  Others have no delimiter, too large an envelope, or no
 * frame, and a REP socket drops them. */
bool bm_request_is_whole(const struct bm_request *request);

/* How long a client may take to prove itself, if only libzmq counts. */
#define BM_ROUTER_HANDSHAKE_MS BM_ADMISSION_HANDSHAKE_MS

/*
 * bm_router_open(zmq, private_key, domain, waiting_replies, router):
 * A socket to be bound, with a CURVE server's options.
 *
 *   waiting_replies  for one client; more are not sent
 *   router           new; NULL: there is none.  Owned by the caller: zmq_close,
 *                    also after an error
 *
 * Returns BITMARK_OK, or as bm_net_status.
 */
bitmark_status bm_router_open(void *zmq,
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE], const char *domain,
    int waiting_replies, void **router);

/* Receive all parts of one message into a request that is clear; false: there
 * was none.  ${admission} is told of them. */
bool bm_router_receive(void *router, struct bm_admission *admission,
    struct bm_request *request);

/* Send the request's envelope with these frames, which are taken in any case.
 * False: it is dropped, because the client is gone or does not read its
 * replies. */
bool bm_router_send(void *router, struct bm_request *request,
    zmq_msg_t *frames, size_t count);

#endif
