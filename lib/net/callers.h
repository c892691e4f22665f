/*
 * callers - who is connected to the listener, and who may be.
 *
 * A caller is known by the descriptor of its connection, which the monitor of
 * the socket tells.  It waits until its handshake is done and it is admitted;
 * those who wait take no place of the others.  A sender (all callers on one
 * host) can have a share of all places.
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

/* Numbers of senders begin here. */
#define BM_CALLERS_SENDERS (UINT64_C(1) << 63)
/* A sender's share of the places, and what it can have of a few. */
#define BM_CALLERS_SHARE 4
#define BM_CALLERS_SHARE_MIN 16

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

/* A connection was accepted.  One that is too many is cut off: this one when
 * its sender has its share already, else the one that has waited longest. */
void bm_callers_accept(struct bm_callers *callers, int fd, uint64_t now_ms);

/* It is gone. */
void bm_callers_leave(struct bm_callers *callers, int fd);

/* A caller of this sender has proved itself.  Returns whether there is a
 * place, which it has then. */
bool bm_callers_admit(struct bm_callers *callers, uint64_t sender,
    uint64_t now_ms);

/* Connections, also of those who wait. */
unsigned bm_callers_count(const struct bm_callers *callers);

#endif
