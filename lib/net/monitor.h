/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * monitor - what libzmq reports of a socket's connections.
 */
#ifndef BM_NET_MONITOR_H
#define BM_NET_MONITOR_H

#include <bitmarkpeer/base.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * bm_monitor_open(zmq, socket, events, monitor):
 *
 *   events   ZMQ_EVENT_* that are reported
 *   monitor  new, to be polled, by the thread of ${socket}; owned by the
 *            caller: bm_monitor_close, also after an error
 *
 * Reports that are not read are kept, however many: libzmq's own thread never
 * waits for the reader.  Returns BITMARK_OK, or as bm_net_status.
 */
bitmark_status bm_monitor_open(void *zmq, void *socket, int events,
    void **monitor);

/* Before ${socket} is closed; either may be NULL. */
void bm_monitor_close(void *socket, void *monitor);

/* Take one report; false: there is none.  What the value is depends on the
 * event: zmq_socket_monitor(3). */
bool bm_monitor_next(void *monitor, unsigned *event, uint32_t *value);

#endif
