/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * https_path - the path of a request as Go's ServeMux reads it: %2f is what it
 * stands for, and a path with empty or dotted parts is sent on to the one without
 * them.
 *
 * Source: Go net/url url.go unescape, net/http server.go cleanPath
 */
#ifndef DAEMON_HTTPS_PATH_H
#define DAEMON_HTTPS_PATH_H

#include "rpc_json.h"

struct https_path {
	struct rpc_text path;           /* there may be NUL in it           */
	bool moved;                     /* it is not the one that was asked */
};

/* Read the path of ${target}, up to a "?".  False: a "%" without its two digits,
 * or no memory.  https_path_free in any case. */
bool https_path_read(struct https_path *path, const char *target);
void https_path_free(struct https_path *path);

/* Append the path as a link has it, and what is behind it in ${target}. */
void https_path_link(struct rpc_text *link, const struct https_path *path,
    const char *target);

#endif
