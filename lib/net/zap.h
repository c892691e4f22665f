/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * zap - lets clients of CURVE servers in: any key, while there is room.
 *
 * libzmq asks about each client in the middle of its handshake, by a message to
 * a fixed address inside the context; without a handler CURVE admits all.  The
 * handler is the only place at which a client can be turned away before it
 * costs more than a handshake.
 *
 * Source: ZeroMQ RFC 27; bitmarkd v8.2 zmqutil/auth.go
 */
#ifndef BM_NET_ZAP_H
#define BM_NET_ZAP_H

#include <bitmarkpeer/base.h>

/*
 * bm_zap_open(zmq, socket):
 * The handler's socket of a context; there can be one.
 *
 *   socket  new; owned by the caller: bm_zap_close.  Readable (ZMQ_POLLIN)
 *           when a client waits to be let in
 *
 * Returns BITMARK_OK, BITMARK_E_NET (the context has a handler already) or
 * as bm_net_status.
 */
bitmark_status bm_zap_open(void *zmq, void **socket);

/* Afterwards the context can have another handler at once.  NULL: nothing. */
void bm_zap_close(void *socket);

/* The frames of a request: version, number, domain, address, identity,
 * mechanism and key. */
#define BM_ZAP_FIELDS 7
/* Room for each of them; libzmq's own are shorter. */
#define BM_ZAP_FIELD_MAX 64

struct bm_zap_request {
	char field[BM_ZAP_FIELDS][BM_ZAP_FIELD_MAX + 1];
	size_t size[BM_ZAP_FIELDS];
};

/* A client that is refused tries again later. */
enum bm_zap_answer { BM_ZAP_ADMIT, BM_ZAP_REFUSE };

/* One client that waits; false: none does.  Does not block.  Every request
 * must be answered before the next is taken. */
bool bm_zap_take(void *socket, struct bm_zap_request *request);
void bm_zap_answer(void *socket, const struct bm_zap_request *request,
    enum bm_zap_answer answer);

/* The client's key, which it has proved; NULL: none.  Inside. */
const uint8_t *bm_zap_key(const struct bm_zap_request *request);
/* The client's address, without port. */
const char *bm_zap_address(const struct bm_zap_request *request);
/* The domain of the socket that it has connected to. */
const char *bm_zap_domain(const struct bm_zap_request *request);

#endif
