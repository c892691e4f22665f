#include "net/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zmq.h>

#include "net/curve.h"

/* Connections that may wait to be accepted; the system has its own limit. */
#define BACKLOG 1024
/* Where the IPv4 address stands in a v4-mapped one. */
#define MAPPED_SIZE 12

/* Either kind of address. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t
to_address(const struct bitmark_connection *from, union address *to)
{
	memset(to, 0, sizeof *to);
	if (bitmark_connection_is_v4(from)) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons(from->port);
		memcpy(&to->v4.sin_addr, from->address + MAPPED_SIZE, 4);
		return sizeof to->v4;
	}
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = htons(from->port);
	memcpy(&to->v6.sin6_addr, from->address, 16);
	return sizeof to->v6;
}

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

bitmark_status
bm_bind_tcp(const struct bitmark_connection *want, int *fd,
    struct bitmark_connection *bound)
{
	union address address;
	socklen_t size = to_address(want, &address);
	int s = socket(address.any.sa_family, SOCK_STREAM, 0);
	int error;

	if (s < 0)
		return BITMARK_E_NET;
	if (set_flags(s, address.any.sa_family) != 0 ||
	    bind(s, &address.any, size) != 0 || listen(s, BACKLOG) != 0 ||
	    getsockname(s, &address.any, &size) != 0)
		goto close_socket;
	*bound = *want;
	bound->port = ntohs(address.any.sa_family == AF_INET6 ?
	    address.v6.sin6_port : address.v4.sin_port);
	*fd = s;
	return BITMARK_OK;

close_socket:
	error = errno;
	close(s);
	errno = error;
	return BITMARK_E_NET;
}

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

bool
bm_bind_accepted(const struct bitmark_connection *bound, size_t count, int fd)
{
	union address here;
	socklen_t size = sizeof here;
	uint16_t port;

	if (getsockname(fd, &here.any, &size) != 0 ||
	    (here.any.sa_family != AF_INET && here.any.sa_family != AF_INET6))
		return false;
	port = ntohs(here.any.sa_family == AF_INET6 ? here.v6.sin6_port :
	    here.v4.sin_port);
	for (size_t i = 0; i < count; i++)
		if (bound[i].port == port)
			return true;
	return false;
}
