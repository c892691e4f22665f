/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * rpc_tls - TLS for the servers of the client RPC, over sockets that never
 * wait.  A build without OpenSSL has none.
 */
#ifndef DAEMON_RPC_TLS_H
#define DAEMON_RPC_TLS_H

#include "rpc_cert.h"

/* The server's certificate and rules; of any thread once it is made. */
struct rpc_tls;
/* One connection; of one thread. */
struct rpc_link;

enum rpc_tls_result {
	RPC_TLS_DONE,
	RPC_TLS_WANTS_READ,             /* again when there is something to
	                                   read, or room to write            */
	RPC_TLS_WANTS_WRITE,
	RPC_TLS_END,                    /* nothing comes any more; what is
	                                   written may still arrive          */
	RPC_TLS_BROKEN,
};

/* Returns NULL, or what is wrong; static.  ${tls} is new; owned by the caller:
 * rpc_tls_free. */
const char *rpc_tls_new(const struct rpc_pem *pem, struct rpc_tls **tls);
void rpc_tls_free(struct rpc_tls *tls);

/* The server's side of a connection that was accepted.  ${fd} stays the
 * caller's.  NULL: no memory. */
struct rpc_link *rpc_link_new(struct rpc_tls *tls, int fd);

/* Says good-bye if that is possible at once.  NULL does nothing. */
void rpc_link_free(struct rpc_link *link);

enum rpc_tls_result rpc_link_handshake(struct rpc_link *link);

/* Some bytes, or why there are none. */
enum rpc_tls_result rpc_link_read(struct rpc_link *link, char *data,
    size_t size, size_t *got);
/* May there be bytes of which poll does not know? */
bool rpc_link_has_more(struct rpc_link *link);
enum rpc_tls_result rpc_link_write(struct rpc_link *link, const char *data,
    size_t size, size_t *sent);

#endif
