/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "net/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zmq.h>

#include "net/address.h"
#include "net/curve.h"

/* Connections that may wait to be accepted; the system has its own limit. */
#define BACKLOG 1024
/* REUSEADDR lets a node that was restarted bind its address at once, although
 * connections of its last run are still dying.  V6ONLY keeps "[::]" from taking
 * the IPv4 port as well, which Linux does and others do not. */
static int
set_flags(int fd, int family)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return -1;
	if (family == AF_INET6)
		return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
		    sizeof on);
	return 0;
}

/* errno tells the caller's log why an address cannot be bound, so close must
 * not overwrite it. */
bitmark_status
bm_bind_tcp(const struct bitmark_connection *want, int *fd,
    struct bitmark_connection *bound)
{
	struct sockaddr_storage address;
	struct sockaddr *any = (struct sockaddr *)&address;
	socklen_t size = bm_address_to_socket(want, &address);
	int s = socket(address.ss_family, SOCK_STREAM, 0);
	int error;

	if (s < 0)
		return BITMARK_E_NET;
	if (set_flags(s, address.ss_family) != 0 ||
	    bind(s, any, size) != 0 || listen(s, BACKLOG) != 0 ||
	    getsockname(s, any, &size) != 0 ||
	    !bm_address_from_socket(&address, bound))
		goto close_socket;
	*fd = s;
	return BITMARK_OK;

close_socket:
	error = errno;
	close(s);
	errno = error;
	return BITMARK_E_NET;
}

/*
 * libzmq is given a socket that listens already (USE_FD): one that it makes
 * itself for IPv6 takes IPv4, too, and then "0.0.0.0" and "[::]" cannot have
 * the same port.  Both options are set anew for each address; zmq_bind looks at
 * them as they are at that moment.
 */
bitmark_status
bm_bind_socket(void *socket, const struct bitmark_connection *want,
    struct bitmark_connection *bound)
{
	char address[BM_NET_ADDRESS_SIZE];
	bitmark_status status;
	int fd, error;

	status = bm_bind_tcp(want, &fd, bound);
	if (status != BITMARK_OK)
		return status;
	bm_net_address(bound, address);
	bm_net_option(socket, ZMQ_IPV6, !bitmark_connection_is_v4(bound),
	    &status);
	bm_net_option(socket, ZMQ_USE_FD, fd, &status);
	if (status != BITMARK_OK) {
		error = errno;
		close(fd);
		errno = error;
		return BITMARK_E_NET;
	}
	/* After a failure libzmq has closed fd. */
	return zmq_bind(socket, address) == 0 ? BITMARK_OK : BITMARK_E_NET;
}

/* Ports are enough to compare: one of our listening ports is never the local
 * port of a connection that this process has made itself. */
bool
bm_bind_accepted(const struct bitmark_connection *bound, size_t count, int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;
	struct bitmark_connection here;

	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
	    !bm_address_from_socket(&address, &here))
		return false;
	for (size_t i = 0; i < count; i++)
		if (bound[i].port == here.port)
			return true;
	return false;
}
