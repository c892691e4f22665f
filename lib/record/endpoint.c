/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * "host:port" as text: the one place that splits it.
 * Source: bitmarkd v8.2 util/canonical.go NewConnection
 */
#include "codec/codec.h"
#include "record/connection.h"

/* Characters of a name between two dots.  Source: RFC 1035 2.3.4 */
#define LABEL_MAX 63

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/* Digits and dots alone are an address that was mistyped: some resolvers would
 * guess what "1.2.3" means. */
static bool
is_number(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] != '.' && (text[i] < '0' || text[i] > '9'))
			return false;
	return true;
}

bool
bitmark_host_name_is_valid(const char *text, size_t size)
{
	size_t label = 0;

	if (size >= BITMARK_HOST_NAME_MAX || is_number(text, size))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '.' && label == 0)
			return false;
		label = text[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MAX || (label > 0 && memchr(name_characters,
		    text[i], sizeof name_characters - 1) == NULL))
			return false;
	}
	return true;
}

/* Go's number parser takes a plus sign and any number of leading zeros.  The
 * value is compared after each digit, so that it cannot wrap. */
bool
bm_port_parse(const char *text, size_t size, uint16_t *port)
{
	uint32_t value = 0;

	if (size > 0 && text[0] == '+') {
		text++;
		size--;
	}
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint32_t)(text[i] - '0');
		if (value > UINT16_MAX)
			return false;
	}
	if (value == 0)                 /* also when there is no digit */
		return false;
	*port = (uint16_t)value;
	return true;
}

/* Take away the blanks around a part of the text. */
static struct bitmark_span
trimmed(const char *text, size_t size)
{
	while (size > 0 && text[0] == ' ') {
		text++;
		size--;
	}
	while (size > 0 && text[size - 1] == ' ')
		size--;
	return (struct bitmark_span){ (const uint8_t *)text, size };
}

/*
 * Host and port on either side of the last colon.  A host with colons must
 * stand in brackets; nothing may stand between these and the colon.
 * Source: Go net SplitHostPort
 */
static bitmark_status
split(const char *text, size_t size, struct bitmark_span *host,
    struct bitmark_span *port)
{
	size_t colon = size;
	const char *name = text;
	size_t name_size;

	/* ${colon} is the place behind the last colon, 0 when there is none. */
	while (colon > 0 && text[colon - 1] != ':')
		colon--;
	/* In "[::1]" all colons are those of the address. */
	if (size > 0 && (colon == 0 || (text[0] == '[' &&
	    text[size - 1] == ']')))
		return BITMARK_E_NO_PORT;
	if (colon == 0)
		return BITMARK_E_IP_ADDRESS;
	name_size = colon - 1;
	if (name_size >= 2 && text[0] == '[' && text[name_size - 1] == ']') {
		name++;
		name_size -= 2;
	} else if (memchr(text, ':', name_size) != NULL) {
		/* In "1:2:3" nobody can tell the port from the address. */
		return BITMARK_E_IP_ADDRESS;
	}
	if (memchr(text + colon, '[', size - colon) != NULL ||
	    memchr(text + colon, ']', size - colon) != NULL)
		return BITMARK_E_IP_ADDRESS;
	*host = trimmed(name, name_size);
	*port = trimmed(text + colon, size - colon);
	return BITMARK_OK;
}

/* The host is judged before the port.  ${e} is all zero; with BITMARK_E_PORT
 * its host is set, so that the caller knows whether it was a name. */
static bitmark_status
parse(const char *text, size_t size, struct bitmark_endpoint *e)
{
	struct bitmark_span host, port;
	const bitmark_status status = split(text, size, &host, &port);
	const char *name;

	if (status != BITMARK_OK)
		return status;
	name = (const char *)host.data;
	if (!bm_address_parse(name, host.size, e->to.address)) {
		if (!bitmark_host_name_is_valid(name, host.size))
			return BITMARK_E_IP_ADDRESS;
		memcpy(e->name, name, host.size);
	}
	return bm_port_parse((const char *)port.data, port.size,
	    &e->to.port) ? BITMARK_OK : BITMARK_E_PORT;
}

bitmark_status
bitmark_endpoint_from_text(const char *text, size_t size,
    struct bitmark_endpoint *endpoint)
{
	struct bitmark_endpoint e = { .name = "" };
	bitmark_status status = parse(text, size, &e);

	if (status == BITMARK_OK)
		*endpoint = e;
	return status;
}

bitmark_status
bitmark_connection_from_text(const char *text, size_t size,
    struct bitmark_connection *connection)
{
	struct bitmark_endpoint e = { .name = "" };
	bitmark_status status = parse(text, size, &e);

	/* A name is no address, whatever its port is; and v8.2 has one word
	 * for everything but a port that is wrong. */
	if (e.name[0] != '\0' || status == BITMARK_E_NO_PORT)
		return BITMARK_E_IP_ADDRESS;
	if (status == BITMARK_OK)
		*connection = e.to;
	return status;
}
