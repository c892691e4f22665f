/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * DNS TXT records of nodes, by which a node finds its first peers.
 *
 * A record is a line of words, each one letter, '=' and a value:
 *
 *   bitmark=v3 a=192.0.2.1;[2001:db8::1] c=2136 r=2130 f=<hex> p=<hex>
 *
 * Anybody can put anything into the DNS, so that every word is checked, and a
 * record with one bad word is refused as a whole.
 *
 * Source: bitmarkd v8.2 announce/tagparsing.go
 */
#include <stdio.h>

#include "codec/codec.h"
#include "record/connection.h"

/* First word; both versions are read, version 3 is written. */
#define TAG_V2 "bitmark=v2"
#define TAG_V3 "bitmark=v3"

/* Hex digits of a key or fingerprint, with NUL. */
#define HEX_TEXT_SIZE (2 * 32 + 1)
/* "v4;v6" with NUL. */
#define ADDRESSES_TEXT_SIZE (2 * BM_ADDRESS_TEXT_SIZE + 2)

/* The words that must occur once. */
static const char once[] = { 'a', 'c', 'r', 'f', 'p' };

/* Take the text up to ${separator} or the end from the front of ${rest}.  After
 * the last part the data of ${rest} is NULL, which tells "a;" (an empty part is
 * left) from "a" (none is). */
static struct bitmark_span
next_part(struct bitmark_span *rest, char separator)
{
	struct bitmark_span part = *rest;
	const uint8_t *end = rest->size == 0 ? NULL :
	    memchr(rest->data, separator, rest->size);

	if (end == NULL) {
		*rest = (struct bitmark_span){ NULL, 0 };
		return part;
	}
	part.size = (size_t)(end - part.data);
	rest->data = end + 1;
	rest->size -= part.size + 1;
	return part;
}

/* Read one address, IPv6 with or without brackets.  A second one of the same
 * family replaces the first, as in v8.2. */
static bitmark_status
parse_address(struct bitmark_span text, struct bitmark_dns_txt *record)
{
	struct bitmark_connection c = { .port = 0 };

	if (text.size >= 2 && text.data[0] == '[' &&
	    text.data[text.size - 1] == ']') {
		text.data++;
		text.size -= 2;
	}
	if (text.size == 0 || !bm_address_parse((const char *)text.data,
	    text.size, c.address))
		return BITMARK_E_IP_ADDRESS;
	if (bitmark_connection_is_v4(&c)) {
		record->v4 = c;
		record->has_v4 = true;
	} else {
		record->v6 = c;
		record->has_v6 = true;
	}
	return BITMARK_OK;
}

/* Read the addresses between semicolons.  An empty one makes v8.2 panic; here
 * it is an error. */
static bitmark_status
parse_addresses(struct bitmark_span list, struct bitmark_dns_txt *record)
{
	bitmark_status status;

	do {
		status = parse_address(next_part(&list, ';'), record);
	} while (status == BITMARK_OK && list.data != NULL);
	return status;
}

static bitmark_status
parse_port(struct bitmark_span text, uint16_t *port)
{
	return bm_port_parse((const char *)text.data, text.size, port) ?
	    BITMARK_OK : BITMARK_E_PORT;
}

/* ${counts}: how often each word of once[] has occurred. */
static bitmark_status
parse_word(struct bitmark_span word, struct bitmark_dns_txt *record,
    unsigned counts[sizeof once])
{
	struct bitmark_span value;
	uint16_t unused;

	if (word.size < 3 || word.data[1] != '=')
		return BITMARK_E_DNS_TXT;
	value = (struct bitmark_span){ word.data + 2, word.size - 2 };
	for (size_t i = 0; i < sizeof once; i++)
		counts[i] += word.data[0] == once[i];
	switch (word.data[0]) {
	case 'a':
		return parse_addresses(value, record);
	case 'c':
		return parse_port(value, &record->peer_port);
	case 'r':
		return parse_port(value, &record->rpc_port);
	case 's':                       /* subscribe port of old nodes */
		return parse_port(value, &unused);
	case 'f':
		return bm_span_hex(value, record->fingerprint, 32) ?
		    BITMARK_OK : BITMARK_E_FINGERPRINT;
	case 'p':
		return bm_span_hex(value, record->public_key, 32) ?
		    BITMARK_OK : BITMARK_E_PUBLIC_KEY;
	default:
		return BITMARK_E_DNS_TXT;
	}
}

bitmark_status
bitmark_dns_txt_parse(const char *text, size_t size,
    struct bitmark_dns_txt *record)
{
	struct bitmark_dns_txt parsed = { 0 };
	unsigned counts[sizeof once] = { 0 };
	struct bitmark_span rest, word;

	rest = bm_span_trim((struct bitmark_span){
	    (const uint8_t *)text, size });
	word = next_part(&rest, ' ');
	if (!bm_span_is(word, TAG_V2) && !bm_span_is(word, TAG_V3))
		return BITMARK_E_DNS_TXT;
	while (rest.size > 0) {
		bitmark_status status;

		word = next_part(&rest, ' ');
		if (word.size == 0)
			continue;
		status = parse_word(word, &parsed, counts);
		if (status != BITMARK_OK)
			return status;
	}
	for (size_t i = 0; i < sizeof once; i++)
		if (counts[i] != 1)
			return BITMARK_E_DNS_TXT;
	/* The port may stand in front of the addresses or behind them. */
	parsed.v4.port = parsed.has_v4 ? parsed.peer_port : 0;
	parsed.v6.port = parsed.has_v6 ? parsed.peer_port : 0;
	*record = parsed;
	return BITMARK_OK;
}

/* "v4", "[v6]" or "v4;[v6]".
 * Source: bitmarkd v8.2 command/bitmarkd/commands.go dnsTXT */
static void
format_addresses(const struct bitmark_dns_txt *record,
    char text[ADDRESSES_TEXT_SIZE])
{
	char v4[BM_ADDRESS_TEXT_SIZE] = "", v6[BM_ADDRESS_TEXT_SIZE] = "";

	if (record->has_v4)
		bm_address_format(&record->v4, v4);
	if (record->has_v6)
		bm_address_format(&record->v6, v6);
	snprintf(text, ADDRESSES_TEXT_SIZE, "%s%s%s%s%s", v4,
	    record->has_v4 && record->has_v6 ? ";" : "",
	    record->has_v6 ? "[" : "", v6, record->has_v6 ? "]" : "");
}

bitmark_status
bitmark_dns_txt_format(const struct bitmark_dns_txt *record, char *text,
    size_t capacity)
{
	/* Two addresses, two ports and 128 hex digits stay below 300 bytes. */
	char line[512], addresses[ADDRESSES_TEXT_SIZE];
	char fingerprint[HEX_TEXT_SIZE], public_key[HEX_TEXT_SIZE];
	size_t size;

	if ((!record->has_v4 && !record->has_v6) ||
	    record->peer_port == 0 || record->rpc_port == 0)
		return BITMARK_E_ARGUMENT;
	format_addresses(record, addresses);
	bitmark_hex_encode(record->fingerprint, 32, fingerprint);
	bitmark_hex_encode(record->public_key, 32, public_key);
	size = (size_t)snprintf(line, sizeof line,
	    TAG_V3 " a=%s c=%u r=%u f=%s p=%s", addresses,
	    (unsigned)record->peer_port, (unsigned)record->rpc_port,
	    fingerprint, public_key) + 1;
	if (size > capacity)
		return BITMARK_E_SPACE;
	memcpy(text, line, size);
	return BITMARK_OK;
}
