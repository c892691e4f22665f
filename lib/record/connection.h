/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * connection - parts of addresses as text, and lists of packed entries, for the
 * rooms that show them to peers or read them from a configuration.
 */
#ifndef BM_RECORD_CONNECTION_H
#define BM_RECORD_CONNECTION_H

#include <bitmarkpeer/connection.h>

/* Bytes of the whole entries that ${data} begins with. */
size_t bm_connections_whole(const uint8_t *data, size_t size);
/* Copy the bytes of a list that may be passed on to other nodes: all of them,
 * padding included, except an IPv6 entry that is cut off, because a v8.2 node
 * would read past its end.  Returns how many they are. */
size_t bm_connections_copy(uint8_t *out, struct bitmark_span list);

/* Text of an address without port, with NUL.  Bytes. */
#define BM_ADDRESS_TEXT_SIZE 46

/* An IPv4 or IPv6 literal, without brackets. */
bool bm_address_parse(const char *text, size_t size, uint8_t address[16]);
/* "a.b.c.d" or "v6" as Go prints it, with NUL. */
void bm_address_format(const struct bitmark_connection *connection,
    char text[BM_ADDRESS_TEXT_SIZE]);
/* Decimal 1..65535; a '+' and leading zeros are allowed, as in Go. */
bool bm_port_parse(const char *text, size_t size, uint16_t *port);

#endif
