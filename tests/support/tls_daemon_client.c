/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A TLS client by OpenSSL, with non-blocking sockets and polls with a bound.
 * When the project is built without OpenSSL it has no TLS server to test. */
#include "tls_daemon_client.h"

#ifdef WITH_openssl

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "await.h"
#include "loopback.h"

static void
await_fd(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	ck_assert_int_eq(poll(&p, 1, AWAIT_MS), 1);
}

int
tls_client_connect(const char *address)
{
	const int fd = loopback_connect(address);

	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* Wait for what TLS waits for; false: it is over. */
static bool
await_tls(struct tls_client *client, int returned)
{
	switch (SSL_get_error(client->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
		await_fd(client->fd, POLLIN);
		return true;
	case SSL_ERROR_WANT_WRITE:
		await_fd(client->fd, POLLOUT);
		return true;
	default:
		return false;
	}
}

void
tls_client_open(struct tls_client *client, const char *address, int version)
{
	int done;

	client->fd = tls_client_connect(address);
	client->context = SSL_CTX_new(TLS_client_method());
	ck_assert_ptr_nonnull(client->context);
	SSL_CTX_set_options(client->context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(client->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (version != 0) {
		int v = version == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;

		ck_assert_int_eq(SSL_CTX_set_min_proto_version(
		    client->context, v), 1);
		ck_assert_int_eq(SSL_CTX_set_max_proto_version(
		    client->context, v), 1);
	}
	client->ssl = SSL_new(client->context);
	ck_assert_ptr_nonnull(client->ssl);
	ck_assert_int_eq(SSL_set_fd(client->ssl, client->fd), 1);
	while ((done = SSL_connect(client->ssl)) != 1)
		ck_assert(await_tls(client, done));
}

void
tls_client_send(struct tls_client *client, const char *text)
{
	size_t size = strlen(text), sent;
	int done;

	while (size > 0) {
		done = SSL_write_ex(client->ssl, text, size, &sent);
		if (done == 1) {
			text += sent;
			size -= sent;
		} else if (!await_tls(client, done)) {
			return;         /* the server has hung up */
		}
	}
}

/* The kernel takes more bytes whenever acknowledgements of the other side
 * arrive.  So its buffers only count as full when it has taken nothing for a
 * moment. */
size_t
tls_client_push(struct tls_client *client, const char *data, size_t size)
{
	struct pollfd p = { .fd = client->fd, .events = POLLOUT };
	size_t done = 0, sent;

	while (done < size) {
		if (SSL_write_ex(client->ssl, data + done, size - done,
		    &sent) == 1)
			done += sent;
		else if (poll(&p, 1, 500) != 1)
			break;
	}
	return done;
}

int
tls_client_line(struct tls_client *client, char *line, size_t size)
{
	size_t used = 0, got;
	char c;
	int done;

	for (;;) {
		done = SSL_read_ex(client->ssl, &c, 1, &got);
		if (done == 1) {
			if (c == '\n')
				break;
			if (used + 1 < size)
				line[used++] = c;
		} else if (!await_tls(client, done)) {
			line[used] = '\0';
			return 0;
		}
	}
	line[used] = '\0';
	return 1;
}

void
tls_client_read(struct tls_client *client, char *data, size_t size)
{
	size_t got;

	while (size > 0) {
		int done = SSL_read_ex(client->ssl, data, size, &got);

		if (done == 1) {
			data += got;
			size -= got;
		} else {
			ck_assert(await_tls(client, done));
		}
	}
	*data = '\0';
}

void
tls_client_finish(struct tls_client *client)
{
	(void)SSL_shutdown(client->ssl);
	ck_assert_int_eq(shutdown(client->fd, SHUT_WR), 0);
}

void
tls_client_expect_end(struct tls_client *client)
{
	char byte;
	ssize_t got;

	if (client->ssl != NULL) {
		ck_assert_int_eq(tls_client_line(client, &byte, 1), 0);
		return;
	}
	do {
		await_fd(client->fd, POLLIN);
		got = recv(client->fd, &byte, 1, 0);
	} while (got > 0);
	ck_assert(got == 0 || errno == ECONNRESET);
}

void
tls_client_close(struct tls_client *client)
{
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
	close(client->fd);
}

#endif
