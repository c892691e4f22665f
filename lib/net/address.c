#include "net/address.h"

#include <netinet/in.h>
#include <string.h>

/* Place of an IPv4 address in the v4-mapped form that a connection has. */
#define MAPPED_SIZE 12

/* Structs are copied, not cast: a compiler may assume that an object which was
 * written as one type is not read as another. */
socklen_t
bm_address_to_socket(const struct bitmark_connection *connection,
    struct sockaddr_storage *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memset(address, 0, sizeof *address);
	if (bitmark_connection_is_v4(connection)) {
		v4.sin_port = htons(connection->port);
		memcpy(&v4.sin_addr, connection->address + MAPPED_SIZE,
		    sizeof v4.sin_addr);
		memcpy(address, &v4, sizeof v4);
		return sizeof v4;
	}
	v6.sin6_port = htons(connection->port);
	memcpy(&v6.sin6_addr, connection->address, sizeof v6.sin6_addr);
	memcpy(address, &v6, sizeof v6);
	return sizeof v6;
}

bool
bm_address_from_socket(const struct sockaddr_storage *address,
    struct bitmark_connection *connection)
{
	struct bitmark_connection c = { .address = { [10] = 0xff,
	    [11] = 0xff } };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->ss_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		memcpy(c.address + MAPPED_SIZE, &v4.sin_addr,
		    sizeof v4.sin_addr);
		c.port = ntohs(v4.sin_port);
	} else if (address->ss_family == AF_INET6) {
		memcpy(&v6, address, sizeof v6);
		memcpy(c.address, &v6.sin6_addr, sizeof v6.sin6_addr);
		c.port = ntohs(v6.sin6_port);
	} else
		return false;
	*connection = c;
	return true;
}
