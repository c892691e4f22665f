/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * admission - which clients are connected to the listener, and which may be.
 *
 * A client is known by the descriptor of its connection, which the monitor of
 * the socket tells.  It waits until its handshake is done and it is admitted;
 * those who wait take no place of the others.  A sender (all clients on one
 * host) can have a share of all places.
 *
 * libzmq keeps the frames of a message until the last has come, and bounds
 * neither their number nor their bytes.  The table knows what came by each
 * connection and what of it was handed to us; the rest is held by libzmq, and
 * a client that lets that grow too large is cut off, too.
 *
 * A client has some time to prove itself.  That is its own time only: what it
 * waits for us, because a thousand others do the same, does not count, or each
 * of a crowd would be cut off in the middle, come back, and cost the work of
 * another handshake.
 *
 * A client too many is cut off: its connection is shut down, and libzmq
 * finds it closed by the other side.  What the monitor tells comes late: a
 * descriptor may be another one by then.  It is shut down only when both its
 * addresses are those of a client.
 *
 * Used by one thread.
 */
#ifndef BM_NET_ADMISSION_H
#define BM_NET_ADMISSION_H

#include <bitmarkpeer/connection.h>

#include "net/curve.h"

/* Numbers of senders begin here. */
#define BM_ADMISSION_SENDERS (UINT64_C(1) << 63)
/* How long a client may take to prove itself: of its own time, and in all.
 * Source: local bounds. */
#define BM_ADMISSION_HANDSHAKE_MS 10000
#define BM_ADMISSION_HANDSHAKE_MAX_MS 120000
/* Time that each client has for itself, before it makes room for others when
 * there are too many. */
#define BM_ADMISSION_CHANCE_MS 1000
/* A sender's share of the places, and what it can have of a few. */
#define BM_ADMISSION_SHARE 2
#define BM_ADMISSION_SHARE_MIN 16

/* Bytes that libzmq may hold of one client, and of all.  A message that is good
 * for anything has one large frame; others may wait behind it. */
#define BM_ADMISSION_HELD_MAX ((size_t)3 * BM_NET_FRAME_MAX)
#define BM_ADMISSION_HELD_TOTAL_MAX ((size_t)256 * 1024 * 1024)

/* The number of a sender: its IPv4 address, or the network of its IPv6 address,
 * for a host is given a whole network.  As 16 bytes, or as text; what is not an
 * address is one sender. */
uint64_t bm_sender(const uint8_t address[16]);
uint64_t bm_sender_from_text(const char *text);

struct bm_admission;

/*
 * bm_admission_new(admission, places, bound, bound_count):
 *
 *   admission  new; owned by the caller: bm_admission_free
 *   places     for clients that are admitted; as many more may wait
 *   bound      addresses that they connect to; borrowed until
 *              bm_admission_free
 *
 * Returns BITMARK_OK or BITMARK_E_NOMEM.
 */
bitmark_status bm_admission_new(struct bm_admission **admission,
    unsigned places, const struct bitmark_connection *bound,
    size_t bound_count);

void bm_admission_free(struct bm_admission *admission);

/* A connection was accepted.  When it is one too many, of all or of its sender,
 * one that waits is cut off: the one that has waited longest of those that have
 * not begun their handshake, or have had their chance; else the new one, because
 * all others wait for us. */
void bm_admission_accept(struct bm_admission *admission, int fd, uint64_t now_ms);

/* It is gone. */
void bm_admission_leave(struct bm_admission *admission, int fd);

/* A client of this sender has proved itself.  Returns whether there is a
 * place, which it has then. */
bool bm_admission_admit(struct bm_admission *admission, uint64_t sender,
    uint64_t now_ms);

/* A frame of ${size} bytes has been received from a client. */
void bm_admission_deliver(struct bm_admission *admission, int fd, size_t size);

/* Look at the clients, and cut off those that let libzmq hold too much (of all
 * together, the largest of the sender that has most), or whose time for a
 * handshake is over.  To be called several times a second.  Where the system
 * does not tell what came by a connection (other than Linux 4.1), nothing is
 * held, and only libzmq's own limit cuts handshakes. */
void bm_admission_look(struct bm_admission *admission, uint64_t now_ms);

/* Clients that were cut off or not let in, since the start, by the reason. */
struct bm_admission_cuts {
	uint64_t room;                  /* too many, of all or of one sender */
	uint64_t handshake;             /* it took too long                  */
	uint64_t held;                  /* too many bytes of open messages   */
};

struct bm_admission_cuts bm_admission_cuts(
    const struct bm_admission *admission);

/* Connections, also of those who wait. */
unsigned bm_admission_count(const struct bm_admission *admission);

#endif
