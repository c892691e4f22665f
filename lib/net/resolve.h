/*
 * resolve - "host:port" to an address, with names looked up.
 */
#ifndef BM_NET_RESOLVE_H
#define BM_NET_RESOLVE_H

#include <bitmarkpeer/connection.h>

/* Which address of several is wanted. */
enum bm_family {
	BM_FAMILY_ANY,
	BM_FAMILY_V4,
	BM_FAMILY_V6,
};

/*
 * bm_resolve_name(name, wanted, address):
 * An address of a host: the first of this family, or else the first.  If there
 * are some of a family that this host has (AI_ADDRCONFIG, RFC 3493), the others
 * do not count.  May wait for the system's resolver; any thread.
 *
 *   address   IPv4 is v4-mapped
 *
 * Returns BITMARK_OK or BITMARK_E_IP_ADDRESS (no such name).
 */
bitmark_status bm_resolve_name(const char *name, enum bm_family wanted,
    uint8_t address[16]);

/*
 * bm_resolve(text, connection):
 * As bitmark_connection_from_text, but the host may be a name: its first
 * address is taken.  May wait for the system's resolver; any thread.
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS (also: no such name, or NULL) or
 * BITMARK_E_PORT.
 *
 * Source: bitmarkd v8.2 util/canonical.go NewConnection
 */
bitmark_status bm_resolve(const char *text,
    struct bitmark_connection *connection);

#endif
