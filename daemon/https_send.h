/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * https_send - a reply, handed to libmicrohttpd.
 */
#ifndef DAEMON_HTTPS_SEND_H
#define DAEMON_HTTPS_SEND_H

#include <microhttpd.h>

#include "https.h"

/* ${reply}->body is taken; MHD_NO: the connection is to be closed. */
enum MHD_Result https_send(struct MHD_Connection *connection,
    struct https_reply *reply);

#endif
