/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * curve - what all CURVE sockets of a node have in common: keys, socket
 * options, and the translation of libzmq's errors.
 *
 * Keys are raw bytes.  A socket may be used by one thread at a time.
 */
#ifndef BM_NET_CURVE_H
#define BM_NET_CURVE_H

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/connection.h>

/* Longest frame that is received; with CURVE's own 33 bytes.  Bytes.
 * Source: bitmarkd v8.2 zmqutil/socket.go, zmqutil/client.go */
#define BM_NET_FRAME_MAX 5000000
/* How long a closed socket goes on sending.
 * Source: bitmarkd v8.2 zmqutil/socket.go */
#define BM_NET_LINGER_MS 100

/* "tcp://a.b.c.d:port" or "tcp://[v6]:port" with NUL. */
#define BM_NET_ADDRESS_SIZE (6 + BITMARK_CONNECTION_TEXT_MAX)

/* An address as libzmq reads it.  libzmq would look up names, too, on the one
 * thread that serves all connections: it is never given any. */
void bm_net_address(const struct bitmark_connection *connection,
    char text[BM_NET_ADDRESS_SIZE]);

/* The status that stands for an errno of libzmq or of the system. */
bitmark_status bm_net_status(int error);

/* One integer option; sticky: does nothing unless ${*status} is BITMARK_OK,
 * and leaves there what went wrong. */
void bm_net_option(void *socket, int option, int value,
    bitmark_status *status);
/* The same for bytes. */
void bm_net_option_bytes(void *socket, int option, const void *value,
    size_t size, bitmark_status *status);

/*
 * A node has one ZeroMQ context with this number of I/O threads.  The first
 * one has the connections to other nodes, the second one those that others
 * open to this node.  So strangers who keep libzmq busy, be it only with
 * handshakes, do not slow down this node's own connections, by which it follows
 * the chain.  A context with one thread has all on that.
 */
#define BM_NET_IO_THREADS 2

/* ZAP domains: they tell the sockets of a context apart, which has one ZAP
 * handler for all of them.  The names are not seen outside.
 * Source: bitmarkd v8.2 peer/listener.go, publish/setup.go, proof/submission.go
 */
#define BM_ZAP_LISTENER "listen"
#define BM_ZAP_PUBLISHER "broadcaster"
#define BM_ZAP_SUBMIT "submit"

/*
 * bm_curve_server(zmq, socket, private_key, domain):
 * Prepare a socket that others connect to: I/O thread, keys, ZAP domain,
 * keepalive, limits.  Call it before binding.  When ${zmq} has a ZAP handler
 * (net/zap.h), it is asked about each client.  Returns BITMARK_OK, or as
 * bm_net_status.
 */
bitmark_status bm_curve_server(void *zmq, void *socket,
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE], const char *domain);

/*
 * bm_curve_client(socket, server_key, public_key, private_key):
 * Prepare a socket that connects to the node ${server_key}, as the node
 * whose keys the others are: I/O thread, keys, keepalive, limits.  Call it
 * before connecting.
 */
bitmark_status bm_curve_client(void *socket,
    const uint8_t server_key[BITMARK_PEER_KEY_SIZE],
    const uint8_t public_key[BITMARK_PEER_KEY_SIZE],
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE]);

#endif
