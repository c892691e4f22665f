/*
 * endpoint - where to connect to, in the words of libzmq.
 */
#ifndef BM_NET_ENDPOINT_H
#define BM_NET_ENDPOINT_H

#include <bitmarkpeer/base.h>

/* "tcp://name:port" with NUL; names have at most 253 characters. */
#define BM_ENDPOINT_SIZE 272

/*
 * bm_endpoint_from_text(text, endpoint, v6):
 * The endpoint of "a.b.c.d:port", "[v6]:port" or "name:port".  A name is
 * looked up by libzmq when it connects, its IPv4 address only.
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS or BITMARK_E_PORT.
 *
 * Source: bitmarkd v8.2 util/canonical.go NewConnection
 */
BITMARK_MUSTUSE bitmark_status bm_endpoint_from_text(const char *text,
    char endpoint[BM_ENDPOINT_SIZE], bool *v6);

#endif
