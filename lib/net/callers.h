/*
 * callers - who is connected to the listener, and who may be.
 *
 * A caller is known by the descriptor of its connection, which the monitor of
 * the socket tells.  It waits until its handshake is done and it is admitted;
 * those who wait take no place of the others.  A sender (all callers on one
 * host) can have a share of all places.
 *
 * libzmq keeps the frames of a message until the last has come, and bounds
 * neither their number nor their bytes.  The table knows what came by each
 * connection and what of it was handed to us; the rest is held by libzmq, and
 * who lets that grow too large is cut off, too.
 *
 * Whoever is too many is cut off: the connection is shut down, and libzmq
 * finds it closed by the other side.  What the monitor tells comes late: a
 * descriptor may be another one by then.  It is shut down only when both its
 * addresses are those of a caller.
 *
 * Used by one thread.
 */
#ifndef BM_NET_CALLERS_H
#define BM_NET_CALLERS_H

#include <bitmarkpeer/connection.h>

#include "net/curve.h"

/* Numbers of senders begin here. */
#define BM_CALLERS_SENDERS (UINT64_C(1) << 63)
/* A sender's share of the places, and what it can have of a few. */
#define BM_CALLERS_SHARE 2
#define BM_CALLERS_SHARE_MIN 16

/* What libzmq may hold of one caller, and of all: bytes.  A message that is
 * good for anything has one large frame; others may wait behind it. */
#define BM_CALLERS_HELD_MAX ((size_t)3 * BM_NET_FRAME_MAX)
#define BM_CALLERS_HELD_TOTAL_MAX ((size_t)256 * 1024 * 1024)

/* An IPv4 address, or the network of an IPv6 address, for whoever has one of
 * its addresses has all of them.  As 16 bytes, or as text; what is not an
 * address is one sender. */
uint64_t bm_sender(const uint8_t address[16]);
uint64_t bm_sender_from_text(const char *text);

struct bm_callers;

/*
 * bm_callers_new(callers, places, bound, bound_count):
 *
 *   callers  new; owned by the caller: bm_callers_free
 *   places   for those who are admitted; as many more may wait
 *   bound    addresses that are called; borrowed until bm_callers_free
 *
 * Returns BITMARK_OK or BITMARK_E_NOMEM.
 */
bitmark_status bm_callers_new(struct bm_callers **callers, unsigned places,
    const struct bitmark_connection *bound, size_t bound_count);

void bm_callers_free(struct bm_callers *callers);

/* A connection was accepted.  When it is one too many, of all or of its sender,
 * the one that has waited longest is cut off, for a handshake is quickly done;
 * of a sender whose share is all admitted, this one. */
void bm_callers_accept(struct bm_callers *callers, int fd, uint64_t now_ms);

/* It is gone. */
void bm_callers_leave(struct bm_callers *callers, int fd);

/* A caller of this sender has proved itself.  Returns whether there is a
 * place, which it has then. */
bool bm_callers_admit(struct bm_callers *callers, uint64_t sender,
    uint64_t now_ms);

/* A frame of ${size} bytes has been received from a caller. */
void bm_callers_deliver(struct bm_callers *callers, int fd, size_t size);

/* Look at what libzmq holds, and cut off who lets it hold too much: of all
 * together, the largest of the sender who has most.  To be called several
 * times a second.  Where the system does not tell what came by a connection
 * (other than Linux 4.1), nothing is held. */
void bm_callers_look(struct bm_callers *callers);

/* Connections, also of those who wait. */
unsigned bm_callers_count(const struct bm_callers *callers);

#endif
