/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A client of a TLS server, as those of bitmarkd are: it does not look at the
 * certificate.  Waits are bounded; each failure fails the running test.
 */
#ifndef TESTS_TLS_DAEMON_CLIENT_H
#define TESTS_TLS_DAEMON_CLIENT_H

#include <stddef.h>

struct tls_client {
	int fd;
	void *context, *ssl;            /* NULL: no handshake was made */
};

/* The descriptor of a connection whose calls do not wait; see loopback.h. */
int tls_client_connect(const char *address);

/* ... with TLS; ${version} 12 or 13, 0: either. */
void tls_client_open(struct tls_client *client, const char *address,
    int version);

void tls_client_send(struct tls_client *client, const char *text);
/* Send as many bytes as the kernel takes without waiting; returns how many. */
size_t tls_client_push(struct tls_client *client, const char *data,
    size_t size);

/* The next line, without its end; false: the server has hung up. */
int tls_client_line(struct tls_client *client, char *line, size_t size);

/* Read exactly ${size} bytes, and write a NUL behind them. */
void tls_client_read(struct tls_client *client, char *data, size_t size);

/* Close the sending direction: nothing more is sent. */
void tls_client_finish(struct tls_client *client);

/* Check that the server hangs up without sending another byte. */
void tls_client_expect_end(struct tls_client *client);

void tls_client_close(struct tls_client *client);

#endif
