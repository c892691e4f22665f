/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Listening sockets. For "all addresses" one IPv6 socket takes IPv4, too.
 */
#include "shared/rpc_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bitmarkpeer/connection.h>

/* Clients that wait to be let in.  Source: local choice. */
#define BACKLOG 64
/* Bytes that the system buffers for each direction of a connection. Its own
 * limit would grow up to 32 MiB for a client that sends ahead or does not read.
 * Source: local choice. */
#define SOCKET_ROOM (256 * 1024)

static void
never_wait(int fd)
{
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Returns 0 or an error number. An address family that the machine lacks is
 * found by socket(2). */
static int
try(const struct sockaddr *address, socklen_t size, bool both, int *fd)
{
	const int on = 1, only = !both, room = SOCKET_ROOM;
	int error;

	*fd = socket(address->sa_family, SOCK_STREAM, 0);
	if (*fd < 0)
		return errno;
	never_wait(*fd);
	(void)setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	/* Accepted connections inherit the sizes of the listening socket. */
	(void)setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	(void)setsockopt(*fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	if (address->sa_family == AF_INET6)
		(void)setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &only,
		    sizeof only);
	if (bind(*fd, address, size) == 0 && listen(*fd, BACKLOG) == 0)
		return 0;
	error = errno;
	close(*fd);
	*fd = -1;
	return error;
}

static int
try_v6(const struct bitmark_connection *c, bool both, int *fd)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_port = htons(c->port) };

	memcpy(&address.sin6_addr, c->address, sizeof address.sin6_addr);
	return try((const struct sockaddr *)&address, sizeof address, both,
	    fd);
}

static int
try_v4(const struct bitmark_connection *c, int *fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(c->port) };

	memcpy(&address.sin_addr, c->address + 12, sizeof address.sin_addr);
	return try((const struct sockaddr *)&address, sizeof address, false,
	    fd);
}

/* A machine without IPv6 has all of its addresses in IPv4. */
static int
try_all(struct bitmark_connection *c, int *fd)
{
	int error = try_v6(c, true, fd);

	return error == EAFNOSUPPORT || error == EADDRNOTAVAIL ?
	    try_v4(c, fd) : error;
}

bool
rpc_listen(const char *text, int *fd, char why[RPC_WHY_MAX])
{
	const char *port = text + (text[0] == '*');
	bool all = port[0] == ':';
	char whole[RPC_WHY_MAX];
	struct bitmark_connection c;
	int error = EINVAL;

	snprintf(whole, sizeof whole, "%s%s", all ? "[::]" : "",
	    all ? port : text);
	*fd = -1;
	if (bitmark_connection_from_text(whole, strlen(whole), &c) ==
	    BITMARK_OK)
		error = all ? try_all(&c, fd) :
		    bitmark_connection_is_v4(&c) ? try_v4(&c, fd) :
		    try_v6(&c, false, fd);
	if (error != 0)
		snprintf(why, RPC_WHY_MAX, "%.100s: %s", text,
		    strerror(error));
	return error == 0;
}

static void
read_address(const struct sockaddr_storage *from, uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from->ss_family == AF_INET6) {
		memcpy(&v6, from, sizeof v6);
		memcpy(address, &v6.sin6_addr, 16);
	} else {
		memcpy(&v4, from, sizeof v4);
		memcpy(address, mapped, sizeof mapped);
		memcpy(address + sizeof mapped, &v4.sin_addr, 4);
	}
}

/* TCP_NODELAY, as replies are short and must not wait for more data.
 * SO_KEEPALIVE finds dead clients to which nothing is sent for long, those that
 * wait for an answer; others are found by their silence. */
int
rpc_accept(int fd, int *client, uint8_t address[16])
{
	struct sockaddr_storage from = { .ss_family = AF_INET };
	socklen_t size = sizeof from;
	const int on = 1;

	*client = accept(fd, (struct sockaddr *)&from, &size);
	if (*client < 0)
		return errno;
	never_wait(*client);
	(void)setsockopt(*client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(*client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	read_address(&from, address);
	return 0;
}
