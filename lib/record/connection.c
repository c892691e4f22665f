/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Connections: text, packed entries, lists of entries.
 *
 * An IPv4 address is kept as the IPv6 address that stands for it,
 * ::ffff:a.b.c.d, because Go keeps it so and packs it so: one array of 16 bytes
 * then serves both families.
 *
 * Source: bitmarkd v8.2 util/canonical.go
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#include "codec/codec.h"
#include "record/connection.h"

/* The first byte of an entry counts the whole entry: itself, the port and the
 * address.  Bytes besides the address. */
#define ENTRY_HEAD_SIZE 3

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool
bitmark_connection_is_v4(const struct bitmark_connection *connection)
{
	return memcmp(connection->address, mapped_prefix,
	    sizeof mapped_prefix) == 0;
}

static bool
is_unspecified(const struct bitmark_connection *connection)
{
	static const uint8_t zero[16];

	if (bitmark_connection_is_v4(connection))
		return memcmp(connection->address + sizeof mapped_prefix, zero,
		    sizeof zero - sizeof mapped_prefix) == 0;
	return memcmp(connection->address, zero, sizeof zero) == 0;
}

/* 224.0.0.0/4 and ff00::/8. */
static bool
is_multicast(const struct bitmark_connection *connection)
{
	if (bitmark_connection_is_v4(connection))
		return (connection->address[sizeof mapped_prefix] & 0xf0) ==
		    0xe0;
	return connection->address[0] == 0xff;
}

bool
bitmark_connection_is_usable(const struct bitmark_connection *connection)
{
	return connection->port != 0 && !is_unspecified(connection) &&
	    !is_multicast(connection);
}

bool
bm_address_parse(const char *text, size_t size, uint8_t address[16])
{
	char literal[BM_ADDRESS_TEXT_SIZE];
	uint8_t bytes[16];

	/* inet_pton stops at a NUL, and would read only the text before it. */
	if (size >= sizeof literal || memchr(text, '\0', size) != NULL)
		return false;
	memcpy(literal, text, size);
	literal[size] = '\0';
	if (inet_pton(AF_INET, literal, bytes + sizeof mapped_prefix) == 1)
		memcpy(bytes, mapped_prefix, sizeof mapped_prefix);
	else if (inet_pton(AF_INET6, literal, bytes) != 1)
		return false;
	memcpy(address, bytes, sizeof bytes);
	return true;
}

void
bm_address_format(const struct bitmark_connection *connection,
    char text[BM_ADDRESS_TEXT_SIZE])
{
	static const uint8_t compatible_prefix[12];
	const uint8_t *a = connection->address;
	const void *v4 = a + sizeof mapped_prefix;

	if (bitmark_connection_is_v4(connection)) {
		(void)inet_ntop(AF_INET, v4, text, BM_ADDRESS_TEXT_SIZE);
	} else if (memcmp(a, compatible_prefix, sizeof compatible_prefix) == 0
	    && (a[12] != 0 || a[13] != 0)) {
		/* inet_ntop writes the last 32 bits of such an address as IPv4
		 * ("::1.2.3.4"), Go always as two groups of hex.  Texts of
		 * connections are compared with those of Go nodes. */
		snprintf(text, BM_ADDRESS_TEXT_SIZE, "::%x:%x",
		    (unsigned)(a[12] << 8 | a[13]),
		    (unsigned)(a[14] << 8 | a[15]));
	} else {
		(void)inet_ntop(AF_INET6, a, text, BM_ADDRESS_TEXT_SIZE);
	}
}

void
bitmark_connection_to_text(const struct bitmark_connection *connection,
    char text[BITMARK_CONNECTION_TEXT_MAX])
{
	char address[BM_ADDRESS_TEXT_SIZE];

	bm_address_format(connection, address);
	snprintf(text, BITMARK_CONNECTION_TEXT_MAX,
	    bitmark_connection_is_v4(connection) ? "%s:%u" : "[%s]:%u",
	    address, (unsigned)connection->port);
}

void
bitmark_connection_pack(const struct bitmark_connection *connection,
    uint8_t out[BITMARK_CONNECTION_V6_SIZE])
{
	struct bm_writer w = bm_writer(out, BITMARK_CONNECTION_V6_SIZE);

	bm_write_u8(&w, BITMARK_CONNECTION_V6_SIZE);
	bm_write_u16be(&w, connection->port);
	bm_write_bytes(&w, connection->address, sizeof connection->address);
}

/* v8.2 trusts the length of 19 and reads past the end of a list that is cut off
 * there [D-02].  Here such an entry ends the list. */
size_t
bitmark_connection_parse(const uint8_t *data, size_t size,
    struct bitmark_connection *connection)
{
	struct bm_reader r = bm_reader(data, size);
	struct bitmark_connection c;
	size_t used = bm_read_u8(&r);

	c.port = bm_read_u16be(&r);
	if (used == BITMARK_CONNECTION_V4_SIZE) {
		memcpy(c.address, mapped_prefix, sizeof mapped_prefix);
		bm_read_copy(&r, c.address + sizeof mapped_prefix,
		    BITMARK_CONNECTION_V4_SIZE - ENTRY_HEAD_SIZE);
	} else if (used == BITMARK_CONNECTION_V6_SIZE) {
		bm_read_copy(&r, c.address, sizeof c.address);
	} else {
		return 0;
	}
	if (!bm_reader_ok(&r))
		return 0;
	*connection = c;
	return used;
}

void
bitmark_connections_first(const uint8_t *data, size_t size,
    struct bitmark_connection *v4, bool *has_v4,
    struct bitmark_connection *v6, bool *has_v6)
{
	struct bitmark_connection c;
	size_t used;

	*has_v4 = *has_v6 = false;
	while (!(*has_v4 && *has_v6) &&
	    (used = bitmark_connection_parse(data, size, &c)) != 0) {
		bool *has = bitmark_connection_is_v4(&c) ? has_v4 : has_v6;

		/* The first of each family counts. */
		if (!*has)
			*(has == has_v4 ? v4 : v6) = c;
		*has = true;
		data += used;
		size -= used;
	}
}

size_t
bm_connections_whole(const uint8_t *data, size_t size)
{
	struct bitmark_connection ignored;
	size_t whole = 0, used;

	while ((used = bitmark_connection_parse(data + whole, size - whole,
	    &ignored)) != 0)
		whole += used;
	return whole;
}

size_t
bm_connections_copy(uint8_t *out, struct bitmark_span list)
{
	const size_t whole = bm_connections_whole(list.data, list.size);

	/* v8.2 stops at fewer than 7 bytes, and at a first byte that is no
	 * length: only a list that goes on with 19 and is shorter harms it. */
	if (list.size - whole >= BITMARK_CONNECTION_V4_SIZE &&
	    list.data[whole] == BITMARK_CONNECTION_V6_SIZE)
		list.size = whole;
	memcpy(out, list.data, list.size);
	return list.size;
}

bool
bitmark_connections_usable(const uint8_t *data, size_t size)
{
	struct bitmark_connection c;
	size_t used;

	if (size > BITMARK_CONNECTIONS_MAX)
		return false;
	while ((used = bitmark_connection_parse(data, size, &c)) != 0) {
		if (bitmark_connection_is_usable(&c))
			return true;
		data += used;
		size -= used;
	}
	return false;
}
