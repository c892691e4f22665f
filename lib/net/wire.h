/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * wire - counts the bytes of a TCP connection that libzmq holds.
 *
 * libzmq keeps the frames of a message until the last one has come, and bounds
 * neither their number nor their bytes.  So a stranger could fill the memory
 * with one message.  The kernel tells how many bytes libzmq has read from a
 * connection; without the bytes of the frames that libzmq has handed over, the
 * rest is what it holds.
 */
#ifndef BM_NET_WIRE_H
#define BM_NET_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a frame of ${size} bytes, with what CURVE and ZMTP put around it. */
size_t bm_wire_frame(size_t size);

/*
 * bm_wire_held(fd, delivered):
 * Bytes that libzmq holds of a connection, after it has handed over
 * *${delivered} bytes.  *${delivered} is lowered when it is more than was read:
 * late frames of an earlier connection with the same descriptor may have been
 * counted.  0 where the system does not tell (before Linux 4.1, or no Linux).
 */
size_t bm_wire_held(int fd, uint64_t *delivered);

/* Bytes that a client and a CURVE server have exchanged so far. */
struct bm_wire_counts {
	uint64_t received;              /* from the client, ...              */
	uint64_t unread;                /* ... and not read by libzmq yet    */
	uint64_t acked;                 /* of ours, that it has received     */
};

/* Does this system have these counts at all? */
#ifdef __linux__
#define BM_WIRE_COUNTS true
#else
#define BM_WIRE_COUNTS false
#endif

/* Bytes that the system has taken and not sent yet, because the other side does
 * not read so fast; negative: the connection is gone.  0 where the system does
 * not tell. */
int bm_wire_unsent(int fd);

/* False when the system does not tell, or the connection is gone. */
bool bm_wire_count(int fd, struct bm_wire_counts *counts);

/* Greeting and HELLO, the least that a client must have sent before the server
 * can do anything; and greeting, WELCOME and the beginning of READY, which a
 * server sends only when the handshake is done.
 * Source: ZMTP RFC 23, greeting; CurveZMQ RFC 26, HELLO, WELCOME, READY */
#define BM_WIRE_HELLO (64 + 2 + 200)
#define BM_WIRE_READY (64 + 2 + 168 + 16)

#endif
