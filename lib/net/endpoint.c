/*
 * Endpoints from text.
 */
#include "net/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "record/connection_impl.h"

/* Longest host name.  Source: RFC 1035 2.3.4, as text without the root dot */
#define HOST_NAME_LENGTH_MAX 253

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
static const char number_characters[] = "0123456789.";

/*
 * Could it be a host name?  Digits and dots alone are an address that was
 * mistyped: resolvers would guess what it means.  Nothing else may reach
 * libzmq, whose endpoints have a syntax of their own.
 */
static bool
is_name(const char *text, size_t size)
{
	return size > 0 && size <= HOST_NAME_LENGTH_MAX &&
	    strspn(text, name_characters) == size &&
	    strspn(text, number_characters) < size;
}

static bitmark_status
from_name(const char *text, char endpoint[BM_ENDPOINT_SIZE])
{
	const char *colon = strrchr(text, ':');
	size_t size = colon == NULL ? 0 : (size_t)(colon - text);
	uint16_t port;

	if (!is_name(text, size))
		return BITMARK_E_IP_ADDRESS;
	if (!bm_port_parse(colon + 1, strlen(colon + 1), &port))
		return BITMARK_E_PORT;
	(void)snprintf(endpoint, BM_ENDPOINT_SIZE, "tcp://%.*s:%u", (int)size,
	    text, (unsigned)port);
	return BITMARK_OK;
}

bitmark_status
bm_endpoint_from_text(const char *text, char endpoint[BM_ENDPOINT_SIZE],
    bool *v6)
{
	char canonical[BITMARK_CONNECTION_TEXT_MAX];
	struct bitmark_connection connection;
	bitmark_status status;

	status = bitmark_connection_from_text(text, strlen(text), &connection);
	if (status == BITMARK_E_IP_ADDRESS) {
		*v6 = false;
		return from_name(text, endpoint);
	}
	if (status != BITMARK_OK)
		return status;
	*v6 = !bitmark_connection_is_v4(&connection);
	bitmark_connection_to_text(&connection, canonical);
	(void)snprintf(endpoint, BM_ENDPOINT_SIZE, "tcp://%s", canonical);
	return BITMARK_OK;
}
