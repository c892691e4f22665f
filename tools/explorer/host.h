/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * host - by which name a client asks.
 *
 * A page of somebody else can give its own name the address 127.0.0.1, and then
 * read what this server answers: the browser takes both for one site.  Such
 * requests carry that name in their Host header.
 */
#ifndef EXPLORER_HOST_H
#define EXPLORER_HOST_H

#include <stdbool.h>

/* May a client ask by this name?  ${host} is the header, with a port or
 * without; ${names} ends with NULL.  Names of loopback are known in any case.
 * ${names} NULL: every name is. */
bool host_is_known(const char *host, const char *const *names);

/* Does this address, "127.0.0.1:2180" or "[::1]:2180", stand for this machine
 * alone? */
bool host_is_loopback(const char *address);

#endif
