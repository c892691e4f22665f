/* Names are looked up by the system.
 * Source: bitmarkd v8.2 util/canonical.go NewConnection */
#include "net/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

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
	struct bitmark_endpoint e;
	bitmark_status status = text == NULL ? BITMARK_E_IP_ADDRESS :
	    bitmark_endpoint_from_text(text, strlen(text), &e);

	if (status == BITMARK_OK && e.name[0] != '\0')
		status = bm_resolve_name(e.name, BM_FAMILY_ANY,
		    e.to.address);
	if (status == BITMARK_OK)
		*connection = e.to;
	return status;
}
