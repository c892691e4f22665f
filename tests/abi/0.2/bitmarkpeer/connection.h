/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * connection - where a node can be reached: host and port as text, as the
 * packed entries that announcements carry, and as DNS TXT records.
 *
 * Pure functions, no name look-ups; safe from any thread.
 */
#ifndef BITMARKPEER_CONNECTION_H
#define BITMARKPEER_CONNECTION_H

#include <bitmarkpeer/account.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes of a packed entry with an IPv4 and an IPv6 (or v4-mapped) address. */
#define BITMARK_CONNECTION_V4_SIZE 7
#define BITMARK_CONNECTION_V6_SIZE 19
/* Longest list of packed entries that is accepted from a peer.  Bytes.
 * Source: local bound. */
#define BITMARK_CONNECTIONS_MAX 256
/* "[v6]:port" with NUL. */
#define BITMARK_CONNECTION_TEXT_MAX 56

/* An address and a port.  A plain value; IPv4 is kept v4-mapped. */
struct bitmark_connection {
	uint8_t address[16];            /* ::ffff:a.b.c.d for IPv4       */
	uint16_t port;                  /* 1..65535                      */
};

/* Is it IPv4 (v4-mapped counts)? */
BITMARK_API bool bitmark_connection_is_v4(
    const struct bitmark_connection *connection);

/* Has it a port and an address that a peer could be reached at (neither
 * unspecified nor multicast)? */
BITMARK_API bool bitmark_connection_is_usable(
    const struct bitmark_connection *connection);

/*
 * bitmark_connection_from_text(text, size, connection):
 * Read "a.b.c.d:port" or "[v6]:port"; blanks around host and port are
 * trimmed.  Names are not looked up.
 *
 * Returns BITMARK_OK, BITMARK_E_IP_ADDRESS or BITMARK_E_PORT (also for a port
 * that is no number, where v8.2 gives the text of Go's number parser).
 *
 * Source: bitmarkd v8.2 util/canonical.go NewConnection
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_connection_from_text(
    const char *text, size_t size, struct bitmark_connection *connection);

/* Longest name of a host, with NUL.  Source: RFC 1035 2.3.4, as text */
#define BITMARK_HOST_NAME_MAX 254

/*
 * bitmark_host_name_is_valid(text, size):
 * Can it be the name of a host or a domain: letters, digits, '-' and '_' between
 * single dots, of which one may end it?  Digits and dots alone are no name.
 */
BITMARK_API bool bitmark_host_name_is_valid(const char *text, size_t size);

/* Where a node is, as people write it.  A plain value. */
struct bitmark_endpoint {
	char name[BITMARK_HOST_NAME_MAX];       /* has to be looked up; "": to
	                                           has the address          */
	struct bitmark_connection to;   /* with a name: the port only       */
};

/*
 * bitmark_endpoint_from_text(text, size, endpoint):
 * Read "a.b.c.d:port", "[v6]:port" or "name:port"; blanks around host and port
 * are trimmed.  Names are not looked up.
 *
 * Returns as bitmark_connection_from_text; BITMARK_E_IP_ADDRESS also for what
 * can be no name, and BITMARK_E_NO_PORT when there is no port.
 *
 * Source: bitmarkd v8.2 util/canonical.go NewConnection
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_endpoint_from_text(
    const char *text, size_t size, struct bitmark_endpoint *endpoint);

/* "a.b.c.d:port" or "[v6]:port" with NUL. */
BITMARK_API void bitmark_connection_to_text(
    const struct bitmark_connection *connection,
    char text[BITMARK_CONNECTION_TEXT_MAX]);

/* The 19 byte form. */
BITMARK_API void bitmark_connection_pack(
    const struct bitmark_connection *connection,
    uint8_t out[BITMARK_CONNECTION_V6_SIZE]);

/*
 * bitmark_connection_parse(data, size, connection):
 * Read the first entry of a packed list (7 or 19 bytes).  Returns the bytes
 * used, or 0 when no complete entry starts here.
 *
 * Source: bitmarkd v8.2 util/canonical.go Unpack
 */
BITMARK_API size_t bitmark_connection_parse(const uint8_t *data, size_t size,
    struct bitmark_connection *connection);

/*
 * bitmark_connections_first(data, size, v4, has_v4, v6, has_v6):
 * The first IPv4 and the first IPv6 entry of a list; it ends at the first
 * byte that does not start a complete entry.
 *
 * Source: bitmarkd v8.2 util/canonical.go Unpack46
 */
BITMARK_API void bitmark_connections_first(const uint8_t *data, size_t size,
    struct bitmark_connection *v4, bool *has_v4,
    struct bitmark_connection *v6, bool *has_v6);

/*
 * bitmark_connections_usable(data, size):
 * Is the list at most BITMARK_CONNECTIONS_MAX bytes, with at least one
 * usable entry?
 */
BITMARK_API bool bitmark_connections_usable(const uint8_t *data, size_t size);

/* A node as others tell of it.  A plain value. */
struct bitmark_peer {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	uint8_t connections[BITMARK_CONNECTIONS_MAX];
	size_t connections_size;        /* bytes */
	uint64_t timestamp;             /* Unix seconds */
};

/* One DNS TXT record of a node. */
struct bitmark_dns_txt {
	bool has_v4, has_v6;
	struct bitmark_connection v4;   /* with the peer port */
	struct bitmark_connection v6;
	uint16_t peer_port;
	uint16_t rpc_port;
	uint8_t fingerprint[32];        /* of the RPC certificate */
	uint8_t public_key[32];         /* the peer's             */
};

/*
 * bitmark_dns_txt_parse(text, size, record):
 * Read "bitmark=v3 a=.. c=.. r=.. f=.. p=..": each of these words once, in any
 * order.  "bitmark=v2" is read in the same way; a word "s=" with a port, which
 * old nodes have, is accepted and ignored.
 *
 * Returns BITMARK_OK, BITMARK_E_DNS_TXT, BITMARK_E_IP_ADDRESS,
 * BITMARK_E_PORT, BITMARK_E_PUBLIC_KEY or BITMARK_E_FINGERPRINT.
 *
 * Source: bitmarkd v8.2 announce/tagparsing.go parseTag
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_dns_txt_parse(
    const char *text, size_t size, struct bitmark_dns_txt *record);

/*
 * bitmark_dns_txt_format(record, text, capacity):
 * Write the version 3 line with NUL.
 * Returns BITMARK_OK, BITMARK_E_SPACE, or BITMARK_E_ARGUMENT (no address, or
 * a port of 0).
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_dns_txt_format(
    const struct bitmark_dns_txt *record, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
