/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* node - asks the daemon bitmarkd-c by its control socket. */
#ifndef NODE_H
#define NODE_H

#include <jansson.h>

/*
 * The reply to ${request}, which is taken and may be NULL (no memory).
 * NULL: it could not be had or is an error; stderr says which.  Else owned by
 * the caller: json_decref.
 */
json_t *node_ask(const char *socket_path, json_t *request);

#endif
