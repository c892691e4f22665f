/*
 * Endpoints from text.
 */
#include "net/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "record/connection.h"

/* Longest host name.  Source: RFC 1035 2.3.4, as text without the root dot */
#define HOST_NAME_LENGTH_MAX 253

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
static const char number_characters[] = "0123456789.";

/*
 * Could it be a host name?  Digits and dots alone are an address that was
 * mistyped: resolvers would guess what it means.
 */
static bool
is_name(const char *text, size_t size)
{
	return size > 0 && size <= HOST_NAME_LENGTH_MAX &&
	    strspn(text, name_characters) == size &&
	    strspn(text, number_characters) < size;
}

static bitmark_status
from_name(const char *text, struct bm_endpoint *endpoint)
{
	const char *colon = strrchr(text, ':');
	size_t size = colon == NULL ? 0 : (size_t)(colon - text);

	if (!is_name(text, size))
		return BITMARK_E_IP_ADDRESS;
	if (!bm_port_parse(colon + 1, strlen(colon + 1), &endpoint->to.port))
		return BITMARK_E_PORT;
	memcpy(endpoint->name, text, size);
	endpoint->name[size] = '\0';
	return BITMARK_OK;
}

bitmark_status
bm_endpoint_from_text(const char *text, struct bm_endpoint *endpoint)
{
	bitmark_status status = bitmark_connection_from_text(text,
	    strlen(text), &endpoint->to);

	endpoint->name[0] = '\0';
	return status == BITMARK_E_IP_ADDRESS ? from_name(text, endpoint) :
	    status;
}

void
bm_endpoint_to_text(const struct bitmark_connection *to,
    char text[BM_ENDPOINT_SIZE])
{
	char address[BITMARK_CONNECTION_TEXT_MAX];

	bitmark_connection_to_text(to, address);
	(void)snprintf(text, BM_ENDPOINT_SIZE, "tcp://%s", address);
}
