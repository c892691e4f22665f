/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * wire - bytes of a connection as TCP carries them: what libzmq has read, and
 * what of it a frame made up that was handed over.  The rest is held by libzmq,
 * which keeps the frames of a message until the last has come, and bounds
 * neither their number nor their bytes.
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
 * Bytes that libzmq holds of a connection, when those of *${delivered} have
 * been handed over.  That is corrected when it is too much: frames of who had
 * the descriptor before may come late.  0 where the system does not tell (other
 * than Linux 4.1).
 */
size_t bm_wire_held(int fd, uint64_t *delivered);

/* Bytes that a client and a CURVE server have exchanged so far. */
struct bm_wire_counts {
	uint64_t received;              /* from the client, ...              */
	uint64_t unread;                /* ... and not read by libzmq yet    */
	uint64_t acked;                 /* of ours, that it has received     */
};

/* Does the system tell, in general? */
#ifdef __linux__
#define BM_WIRE_COUNTS true
#else
#define BM_WIRE_COUNTS false
#endif

/* Bytes that the system has taken and not sent yet, because the other side does
 * not read so fast; negative: the connection is gone.  0 where the system does
 * not tell. */
int bm_wire_unsent(int fd);

/* False: the system does not tell. */
bool bm_wire_count(int fd, struct bm_wire_counts *counts);

/* Greeting and HELLO, the least that a client must have sent before the server
 * can do anything; and greeting, WELCOME and the beginning of READY, which a
 * server sends only when the handshake is done.
 * Source: ZMTP RFC 23, greeting; CurveZMQ RFC 26, HELLO, WELCOME, READY */
#define BM_WIRE_HELLO (64 + 2 + 200)
#define BM_WIRE_READY (64 + 2 + 168 + 16)

#endif
