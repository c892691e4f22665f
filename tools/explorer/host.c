/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Host names are compared without regard to case. Names of this machine alone
 * are localhost, 127.0.0.0/8 and ::1.
 */
#include "explorer/host.h"

#include <string.h>
#include <strings.h>

/* Length of the name in front of a port; an address in brackets has colons. */
static size_t
name_length(const char *host)
{
	const char *end = strrchr(host, ':');

	if (host[0] == '[')
		end = strchr(host, ']') != NULL ? strchr(host, ']') + 1 :
		    NULL;
	return end != NULL ? (size_t)(end - host) : strlen(host);
}

static bool
is_name(const char *host, size_t size, const char *name)
{
	return strlen(name) == size && strncasecmp(host, name, size) == 0;
}

/* An address of 127.0.0.0/8 is "127." and then digits and dots only:
 * "127.example.org" is somebody's name and must not pass. */
static bool
is_loopback(const char *host, size_t size)
{
	return is_name(host, size, "localhost") ||
	    is_name(host, size, "[::1]") ||
	    (size > 4 && strncmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") == size);
}

bool
host_is_loopback(const char *address)
{
	return is_loopback(address, name_length(address));
}

/* HTTP/1.1 demands a Host header, and each browser sends it. A request without
 * one does not come from a browser, so no page can have made it, and it is
 * answered. */
bool
host_is_known(const char *host, const char *const *names)
{
	size_t size;

	if (names == NULL || host == NULL)
		return true;
	size = name_length(host);
	if (is_loopback(host, size))
		return true;
	for (; *names != NULL; names++)
		if (is_name(host, size, *names))
			return true;
	return false;
}
