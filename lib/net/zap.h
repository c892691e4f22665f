/*
 * zap - lets clients of CURVE servers in: any key, while there is room.
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

enum bm_zap_answer { BM_ZAP_ADMIT, BM_ZAP_REFUSE };

/* Answer one client that waits; does not block.  Returns false when none
 * does. */
bool bm_zap_next(void *socket, enum bm_zap_answer answer);

#endif
