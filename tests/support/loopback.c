/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "loopback.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bitmarkpeer/connection.h>

/*
 * A free port that is only looked up may be given to another program, or to any
 * connection, before the test uses it.  So on Linux the socket stays bound,
 * without listening, until the test's process ends: the system then gives the
 * port to no other socket, while a node that sets SO_REUSEADDR, as libzmq does,
 * can still listen there.  On other systems the bound socket would keep the
 * node from listening.
 */
void
loopback_free_address(char text[LOOPBACK_TEXT_SIZE])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof address;
	const int reuse = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse,
	    sizeof reuse), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address,
	    &length), 0);
#ifndef __linux__
	close(fd);
#endif
	snprintf(text, LOOPBACK_TEXT_SIZE, "127.0.0.1:%u",
	    (unsigned)ntohs(address.sin_port));
}

int
loopback_connect(const char *address)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct bitmark_connection c;
	int fd;

	ck_assert_int_eq(bitmark_connection_from_text(address,
	    strlen(address), &c), BITMARK_OK);
	if (bitmark_connection_is_v4(&c)) {
		v4.sin_port = htons(c.port);
		memcpy(&v4.sin_addr, c.address + 12, 4);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&v4,
		    sizeof v4), 0);
	} else {
		v6.sin6_port = htons(c.port);
		memcpy(&v6.sin6_addr, c.address, 16);
		fd = socket(AF_INET6, SOCK_STREAM, 0);
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&v6,
		    sizeof v6), 0);
	}
	return fd;
}
