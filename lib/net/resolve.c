/* Names are looked up by the system.
 * Source: bitmarkd v8.2 util/canonical.go NewConnection */
#include "net/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* The trimmed part of "name:port" in front of ${colon}, as a C string. */
static bool
name_part(const char *text, const char *colon, char name[BM_HOST_NAME_SIZE])
{
	size_t size;

	while (*text == ' ')
		text++;
	while (colon > text && colon[-1] == ' ')
		colon--;
	size = (size_t)(colon - text);
	if (size == 0 || size >= BM_HOST_NAME_SIZE ||
	    memchr(text, ':', size) != NULL)
		return false;
	memcpy(name, text, size);
	name[size] = '\0';
	return true;
}

/* A literal is read in place of the name, for its port. */
static bitmark_status
port_part(const char *colon, uint16_t *port)
{
	char text[BITMARK_CONNECTION_TEXT_MAX];
	struct bitmark_connection literal;
	int size = snprintf(text, sizeof text, "127.0.0.1%s", colon);
	bitmark_status status;

	if (size < 0 || (size_t)size >= sizeof text)
		return BITMARK_E_PORT;
	status = bitmark_connection_from_text(text, (size_t)size, &literal);
	if (status == BITMARK_OK)
		*port = literal.port;
	return status;
}

static bool
set_address(const struct sockaddr *found, uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (found->sa_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, found, sizeof v4);
		memcpy(address, mapped, sizeof mapped);
		memcpy(address + sizeof mapped, &v4.sin_addr, 4);
		return true;
	}
	if (found->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, found, sizeof v6);
		memcpy(address, &v6.sin6_addr, 16);
		return true;
	}
	return false;
}

static bool
is_wanted(const struct addrinfo *item, enum bm_family wanted)
{
	switch (wanted) {
	case BM_FAMILY_ANY:
		break;
	case BM_FAMILY_V4:
		return item->ai_family == AF_INET;
	case BM_FAMILY_V6:
		return item->ai_family == AF_INET6;
	}
	return true;
}

/*
 * Of a host with addresses of both families, those of a family that this one
 * has not are of no use.  The loopback addresses do not count for the flag: so
 * not for their name, and a name with nothing else has them nevertheless.
 */
static int
look_up(const char *name, struct addrinfo **list)
{
	struct addrinfo hints = {
		.ai_flags = AI_ADDRCONFIG,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};

	if (strcasecmp(name, "localhost") != 0 &&
	    getaddrinfo(name, NULL, &hints, list) == 0)
		return 0;
	hints.ai_flags = 0;
	return getaddrinfo(name, NULL, &hints, list);
}

bitmark_status
bm_resolve_name(const char *name, enum bm_family wanted, uint8_t address[16])
{
	struct addrinfo *list, *item;
	bool found = false;

	if (look_up(name, &list) != 0)
		return BITMARK_E_IP_ADDRESS;
	for (item = list; item != NULL && !found; item = item->ai_next)
		found = is_wanted(item, wanted) &&
		    set_address(item->ai_addr, address);
	for (item = list; item != NULL && !found; item = item->ai_next)
		found = set_address(item->ai_addr, address);
	freeaddrinfo(list);
	return found ? BITMARK_OK : BITMARK_E_IP_ADDRESS;
}

bitmark_status
bm_resolve(const char *text, struct bitmark_connection *connection)
{
	const char *colon;
	struct bitmark_connection c;
	char name[BM_HOST_NAME_SIZE];
	bitmark_status status;

	if (text == NULL)
		return BITMARK_E_IP_ADDRESS;
	colon = strrchr(text, ':');
	status = bitmark_connection_from_text(text, strlen(text), connection);
	if (status != BITMARK_E_IP_ADDRESS)
		return status;
	if (colon == NULL || !name_part(text, colon, name))
		return BITMARK_E_IP_ADDRESS;
	status = port_part(colon, &c.port);
	if (status == BITMARK_OK)
		status = bm_resolve_name(name, BM_FAMILY_ANY, c.address);
	if (status == BITMARK_OK)
		*connection = c;
	return status;
}
