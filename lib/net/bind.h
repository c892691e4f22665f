/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bind - TCP sockets that listen, made for libzmq to take over.
 */
#ifndef BM_NET_BIND_H
#define BM_NET_BIND_H

#include <bitmarkpeer/connection.h>

#include <stdbool.h>

/*
 * bm_bind_tcp(want, fd, bound):
 * Listen at ${want}; port 0: any free one.  An IPv6 socket takes IPv6 only,
 * so that "0.0.0.0" and "[::]" can have the same port on every system.
 *
 *   fd     does not block; owned by the caller: close
 *   bound  where it listens
 *
 * Returns BITMARK_OK or BITMARK_E_NET, with errno set.
 */
bitmark_status bm_bind_tcp(const struct bitmark_connection *want, int *fd,
    struct bitmark_connection *bound);

/*
 * bm_bind_socket(socket, want, bound):
 * Bind a ZeroMQ socket there: bm_bind_tcp for it.  One socket may be bound to
 * addresses of both families.
 *
 * Returns BITMARK_OK or BITMARK_E_NET, with errno set.
 */
bitmark_status bm_bind_socket(void *socket,
    const struct bitmark_connection *want, struct bitmark_connection *bound);

/*
 * bm_bind_accepted(bound, count, fd):
 * Is this descriptor, which libzmq told of some time ago, a connection to one
 * of ${count} addresses?  It may be closed by now, or another's.
 */
bool bm_bind_accepted(const struct bitmark_connection *bound, size_t count,
    int fd);

#endif
