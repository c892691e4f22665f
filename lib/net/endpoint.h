/*
 * endpoint - where to connect to, in the words of libzmq.
 */
#ifndef BM_NET_ENDPOINT_H
#define BM_NET_ENDPOINT_H

#include <bitmarkpeer/connection.h>

#include "net/resolve.h"

/* "tcp://[v6]:port" with NUL. */
#define BM_ENDPOINT_SIZE (6 + BITMARK_CONNECTION_TEXT_MAX)

struct bm_endpoint {
	char name[BM_HOST_NAME_SIZE];   /* to be looked up; "": an address */
	struct bitmark_connection to;   /* with a name: only the port      */
};

/*
 * bm_endpoint_from_text(text, endpoint):
 * Read "a.b.c.d:port", "[v6]:port" or "name:port".  Does not look up the name.
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS or BITMARK_E_PORT.
 *
 * Source: bitmarkd v8.2 util/canonical.go NewConnection
 */
BITMARK_MUSTUSE bitmark_status bm_endpoint_from_text(const char *text,
    struct bm_endpoint *endpoint);

/* For libzmq, which looks up names on the one thread of all connections, and
 * is never given any. */
void bm_endpoint_to_text(const struct bitmark_connection *to,
    char text[BM_ENDPOINT_SIZE]);

#endif
