/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * request - what a command asks of the daemon, as the JSON that answer.h takes.
 */
#ifndef DAEMON_REQUEST_H
#define DAEMON_REQUEST_H

#include <jansson.h>

#include "setup.h"

/* The request of a command, argv[0], with its arguments; NULL: has
 * complained. */
json_t *request_make(const struct daemon_options *options, int argc,
    char **argv);

#endif
