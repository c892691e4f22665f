/*
 * resolve - "host:port" to an address, with names looked up.
 */
#ifndef BM_NET_RESOLVE_H
#define BM_NET_RESOLVE_H

#include <bitmarkpeer/connection.h>

/*
 * bm_resolve(text, connection):
 * As bitmark_connection_from_text, but the host may be a name: its first
 * address is taken.  May wait for the system's resolver; any thread.
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS (also: no such name) or
 * BITMARK_E_PORT.
 *
 * Source: bitmarkd v8.2 util/canonical.go NewConnection
 */
bitmark_status bm_resolve(const char *text,
    struct bitmark_connection *connection);

#endif
