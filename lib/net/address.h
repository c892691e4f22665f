/*
 * address - addresses as the system's sockets have them.
 */
#ifndef BM_NET_ADDRESS_H
#define BM_NET_ADDRESS_H

#include <bitmarkpeer/connection.h>

#include <sys/socket.h>

/* Gives the size of what was filled in. */
socklen_t bm_address_to_socket(const struct bitmark_connection *connection,
    struct sockaddr_storage *address);

/* False: it is neither IPv4 nor IPv6.  The port may be 0. */
bool bm_address_from_socket(const struct sockaddr_storage *address,
    struct bitmark_connection *connection);

#endif
