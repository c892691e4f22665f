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
/* How long a client may take to prove itself.  Source: local bound. */
#define BM_ADMISSION_HANDSHAKE_MS 10000
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
 * the one that has waited longest is cut off, for a handshake is quickly done;
 * of a sender whose share is all admitted, this one. */
void bm_admission_accept(struct bm_admission *admission, int fd, uint64_t now_ms);

/* It is gone. */
void bm_admission_leave(struct bm_admission *admission, int fd);

/* A client of this sender has proved itself.  Returns whether there is a
 * place, which it has then. */
bool bm_admission_admit(struct bm_admission *admission, uint64_t sender,
    uint64_t now_ms);

/* A frame of ${size} bytes has been received from a client. */
void bm_admission_deliver(struct bm_admission *admission, int fd, size_t size);

/* Look at what libzmq holds, and cut off who lets it hold too much: of all
 * together, the largest of the sender who has most.  To be called several
 * times a second.  Where the system does not tell what came by a connection
 * (other than Linux 4.1), nothing is held. */
void bm_admission_look(struct bm_admission *admission);

/* Connections, also of those who wait. */
unsigned bm_admission_count(const struct bm_admission *admission);

#endif
