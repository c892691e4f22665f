/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Keys, time limits and sizes of sockets, and libzmq's errors in our words.
 * Source: bitmarkd v8.2 zmqutil/socket.go, zmqutil/client.go
 */
#include "net/curve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <zmq.h>

/* A dead peer is noticed after five probes, a minute apart. */
#define KEEPALIVE_PROBES 5
#define KEEPALIVE_IDLE_S 60
#define KEEPALIVE_INTERVAL_S 60

void
bm_net_address(const struct bitmark_connection *connection,
    char text[BM_NET_ADDRESS_SIZE])
{
	char address[BITMARK_CONNECTION_TEXT_MAX];

	bitmark_connection_to_text(connection, address);
	(void)snprintf(text, BM_NET_ADDRESS_SIZE, "tcp://%s", address);
}

/* libzmq has errors of its own among those of the system; none of either leaves
 * this room as a number. */
bitmark_status
bm_net_status(int error)
{
	switch (error) {
	case 0:
		return BITMARK_OK;
	case ENOMEM:
		return BITMARK_E_NOMEM;
	case EAGAIN:
	case ETIMEDOUT:
		return BITMARK_E_TIMEOUT;
	case EHOSTUNREACH:
	case ENOTCONN:
	case ECONNREFUSED:
		return BITMARK_E_NO_CONNECTION;
	case ETERM:
		return BITMARK_E_STOPPED;
	case EINVAL:
		return BITMARK_E_ARGUMENT;
	default:
		return BITMARK_E_NET;
	}
}

void
bm_net_option_bytes(void *socket, int option, const void *value, size_t size,
    bitmark_status *status)
{
	if (*status == BITMARK_OK &&
	    zmq_setsockopt(socket, option, value, size) != 0)
		*status = bm_net_status(errno);
}

void
bm_net_option(void *socket, int option, int value, bitmark_status *status)
{
	bm_net_option_bytes(socket, option, &value, sizeof value, status);
}

/* An affinity is a set of bits, one for each I/O thread that may have the
 * socket's connections.  A set without a thread that exists is an error. */
static void
set_io_thread(void *socket, unsigned thread, bitmark_status *status)
{
	const uint64_t affinity = UINT64_C(1) << thread;

	bm_net_option_bytes(socket, ZMQ_AFFINITY, &affinity, sizeof affinity,
	    status);
}

/*
 * Options of all CURVE sockets.  IMMEDIATE: messages are queued only for
 * connections that are made, so that nothing is sent to a node that comes back
 * an hour later.  MAXMSGSIZE bounds each frame, not a message, and costs a
 * client that exceeds it the connection.  Heartbeats stay off, as v8.2 has
 * them:  TCP's own probes find a dead peer.
 */
static void
common_options(void *socket, bitmark_status *status)
{
	const int64_t frame_max = BM_NET_FRAME_MAX;

	bm_net_option(socket, ZMQ_IMMEDIATE, 1, status);
	bm_net_option(socket, ZMQ_LINGER, BM_NET_LINGER_MS, status);
	bm_net_option(socket, ZMQ_TCP_KEEPALIVE, 1, status);
	bm_net_option(socket, ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_PROBES, status);
	bm_net_option(socket, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S,
	    status);
	bm_net_option(socket, ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL_S,
	    status);
	bm_net_option_bytes(socket, ZMQ_MAXMSGSIZE, &frame_max,
	    sizeof frame_max, status);
}

bitmark_status
bm_curve_server(void *zmq, void *socket,
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE], const char *domain)
{
	const int threads = zmq_ctx_get(zmq, ZMQ_IO_THREADS);
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	bitmark_status status = BITMARK_OK;

	bitmark_peer_key_public(private_key, public_key);
	common_options(socket, &status);
	set_io_thread(socket, threads >= BM_NET_IO_THREADS ?
	    BM_NET_IO_THREADS - 1 : 0, &status);
	bm_net_option(socket, ZMQ_CURVE_SERVER, 1, &status);
	bm_net_option_bytes(socket, ZMQ_CURVE_SECRETKEY, private_key,
	    BITMARK_PEER_KEY_SIZE, &status);
	bm_net_option_bytes(socket, ZMQ_ROUTING_ID, public_key,
	    BITMARK_PEER_KEY_SIZE, &status);
	bm_net_option_bytes(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain),
	    &status);
	return status;
}

bitmark_status
bm_curve_client(void *socket, const uint8_t server_key[BITMARK_PEER_KEY_SIZE],
    const uint8_t public_key[BITMARK_PEER_KEY_SIZE],
    const uint8_t private_key[BITMARK_PEER_KEY_SIZE])
{
	bitmark_status status = BITMARK_OK;

	common_options(socket, &status);
	set_io_thread(socket, 0, &status);
	bm_net_option_bytes(socket, ZMQ_CURVE_SERVERKEY, server_key,
	    BITMARK_PEER_KEY_SIZE, &status);
	bm_net_option_bytes(socket, ZMQ_CURVE_PUBLICKEY, public_key,
	    BITMARK_PEER_KEY_SIZE, &status);
	bm_net_option_bytes(socket, ZMQ_CURVE_SECRETKEY, private_key,
	    BITMARK_PEER_KEY_SIZE, &status);
	return status;
}
