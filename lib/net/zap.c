/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The handler that libzmq asks about each client (ZeroMQ RFC 27).
 *
 * It is a REP socket at an address inside the process.  libzmq's thread sends a
 * request when a client has proved its key, goes on with other clients, and
 * lets this one in when the reply comes.  A context has one handler, whatever
 * sockets it has; the domain tells which of them the client came to.
 */
#include "net/zap.h"

#include <errno.h>
#include <string.h>

#include <zmq.h>

#include "net/curve.h"

/* Source: ZeroMQ RFC 27 */
#define ZAP_ADDRESS "inproc://zeromq.zap.01"

/* Frames of a request; the first two are repeated in the reply. */
enum { VERSION, NUMBER, DOMAIN, ADDRESS, IDENTITY, MECHANISM, KEY };

bitmark_status
bm_zap_open(void *zmq, void **socket)
{
	bitmark_status status = BITMARK_OK;

	*socket = zmq_socket(zmq, ZMQ_REP);
	if (*socket == NULL)
		return bm_net_status(errno);
	bm_net_option(*socket, ZMQ_LINGER, 0, &status);
	if (status == BITMARK_OK &&
	    zmq_bind(*socket, ZAP_ADDRESS) != 0)
		status = BITMARK_E_NET;
	if (status != BITMARK_OK) {
		zmq_close(*socket);
		*socket = NULL;
	}
	return status;
}

/* A closed socket gives its address back some time later, an unbound one at
 * once. */
void
bm_zap_close(void *socket)
{
	if (socket == NULL)
		return;
	zmq_unbind(socket, ZAP_ADDRESS);
	zmq_close(socket);
}

static int
receive(void *socket, char *field, size_t capacity)
{
	int size;

	do
		size = zmq_recv(socket, field, capacity, ZMQ_DONTWAIT);
	while (size < 0 && errno == EINTR);
	return size;
}

static bool
more(void *socket)
{
	int value = 0;
	size_t size = sizeof value;

	return zmq_getsockopt(socket, ZMQ_RCVMORE, &value, &size) == 0 &&
	    value != 0;
}

/* Requests come from libzmq alone, so their frames are not checked further:
 * what is too long, as the identity may be, is cut, and frames that are not
 * known are read and thrown away, because a REP socket takes whole messages
 * only. */
bool
bm_zap_take(void *socket, struct bm_zap_request *request)
{
	char ignored[1];

	memset(request, 0, sizeof *request);
	for (size_t i = 0; i < BM_ZAP_FIELDS; i++) {
		int size = receive(socket, request->field[i],
		    BM_ZAP_FIELD_MAX);

		if (size < 0)
			return false;
		request->size[i] = size > BM_ZAP_FIELD_MAX ?
		    BM_ZAP_FIELD_MAX : (size_t)size;
		if (!more(socket))
			return true;
	}
	do {
		if (receive(socket, ignored, sizeof ignored) < 0)
			break;
	} while (more(socket));
	return true;
}

const uint8_t *
bm_zap_key(const struct bm_zap_request *request)
{
	return request->size[KEY] == BITMARK_PEER_KEY_SIZE ?
	    (const uint8_t *)request->field[KEY] : NULL;
}

const char *
bm_zap_address(const struct bm_zap_request *request)
{
	return request->field[ADDRESS];
}

static void
send_field(void *socket, const void *field, size_t size, int flags)
{
	while (zmq_send(socket, field, size, ZMQ_DONTWAIT | flags) < 0 &&
	    errno == EINTR)
		;
}

/*
 * Refuse with 300, "not now", and not with 400, "no": after that the libzmq of
 * the client gives up for good, although there may be room in a minute.  With
 * 300 the client hears nothing and connects again: libzmq 4.3 closes its
 * connection at once when this answer comes after it looked for one, else when
 * the time for the handshake is over.
 *
 * Requests that are answered late hold up nobody: libzmq goes on with others.
 */
void
bm_zap_answer(void *socket, const struct bm_zap_request *request,
    enum bm_zap_answer answer)
{
	const char *code = answer == BM_ZAP_ADMIT ? "200" : "300";
	const char *text = answer == BM_ZAP_ADMIT ? "OK" : "no room";

	for (size_t i = VERSION; i <= NUMBER; i++)
		send_field(socket, request->field[i], request->size[i],
		    ZMQ_SNDMORE);
	send_field(socket, code, strlen(code), ZMQ_SNDMORE);
	send_field(socket, text, strlen(text), ZMQ_SNDMORE);
	send_field(socket, "", 0, ZMQ_SNDMORE);         /* user id  */
	send_field(socket, "", 0, 0);                   /* metadata */
}

const char *
bm_zap_domain(const struct bm_zap_request *request)
{
	return request->field[DOMAIN];
}
