/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "net/monitor.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

#include "codec/codec.h"
#include "net/curve.h"
#include "os/random.h"

/* Address of a monitor, up to a random number: it is free again only some time
 * after its socket was closed. */
#define PREFIX "inproc://bitmark-monitor-"
#define NUMBER_SIZE 8

/* A report's first frame: event and value, in the machine's own byte order.
 * Source: zmq_socket_monitor(3) */
#define EVENT_SIZE 2
#define VALUE_SIZE 4
/* Room for the other one, an address that is not looked at. */
#define ADDRESS_MAX 256

/*
 * libzmq publishes what happens to a socket on a PAIR socket inside the
 * context.  RCVHWM 0 lifts the bound of its queue: with a bound, a full queue
 * makes libzmq's I/O thread wait for the reader, and all other connections with
 * it.
 */
bitmark_status
bm_monitor_open(void *zmq, void *socket, int events, void **monitor)
{
	uint8_t number[NUMBER_SIZE];
	char address[sizeof PREFIX + 2 * NUMBER_SIZE];
	bitmark_status status = BITMARK_OK;

	*monitor = NULL;
	bm_random(NULL, number, sizeof number);
	memcpy(address, PREFIX, sizeof PREFIX);
	bitmark_hex_encode(number, sizeof number,
	    address + sizeof PREFIX - 1);
	if (zmq_socket_monitor(socket, address, events) != 0)
		return bm_net_status(errno);
	*monitor = zmq_socket(zmq, ZMQ_PAIR);
	if (*monitor == NULL)
		return bm_net_status(errno);
	bm_net_option(*monitor, ZMQ_RCVHWM, 0, &status);
	bm_net_option(*monitor, ZMQ_LINGER, 0, &status);
	if (status == BITMARK_OK && zmq_connect(*monitor, address) != 0)
		status = bm_net_status(errno);
	return status;
}

/* Reporting is switched off before the reader is closed: a report that cannot
 * be taken any more would keep libzmq's thread waiting for ever, with a lock
 * that closing the socket needs. */
void
bm_monitor_close(void *socket, void *monitor)
{
	if (socket != NULL)
		(void)zmq_socket_monitor(socket, NULL, 0);
	if (monitor != NULL)
		(void)zmq_close(monitor);
}

static int
receive_frame(void *monitor, void *data, size_t size)
{
	int received;

	do
		received = zmq_recv(monitor, data, size, ZMQ_DONTWAIT);
	while (received < 0 && errno == EINTR);
	return received;
}

/* A report has two frames and is sent as a whole, so when the first is there
 * the second one is, too. */
bool
bm_monitor_next(void *monitor, unsigned *event, uint32_t *value)
{
	uint8_t report[EVENT_SIZE + VALUE_SIZE], address[ADDRESS_MAX];
	uint16_t number;

	if (receive_frame(monitor, report, sizeof report) != sizeof report)
		return false;
	(void)receive_frame(monitor, address, sizeof address);
	memcpy(&number, report, EVENT_SIZE);
	memcpy(value, report + EVENT_SIZE, VALUE_SIZE);
	*event = number;
	return true;
}
