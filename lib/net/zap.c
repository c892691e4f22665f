#include "net/zap.h"

#include <errno.h>
#include <string.h>

#include <zmq.h>

#include "net/curve.h"

/* Source: ZeroMQ RFC 27 */
#define ZAP_ADDRESS "inproc://zeromq.zap.01"

/* Frames of a request: version, request id, and what does not matter here. */
#define REQUEST_VERSION 0
#define REQUEST_ID 1
/* Room for either; libzmq's own are of 3 and 1 bytes. */
#define FIELD_MAX 16

/* The two fields that are repeated in the reply. */
struct zap_request {
	char field[2][FIELD_MAX];
	size_t size[2];
};

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

/* False: nothing was there.  Requests come from libzmq alone. */
static bool
read_request(void *socket, struct zap_request *request)
{
	char ignored[1];

	memset(request, 0, sizeof *request);
	for (size_t i = REQUEST_VERSION; i <= REQUEST_ID; i++) {
		int size = receive(socket, request->field[i], FIELD_MAX);

		if (size < 0)
			return false;
		request->size[i] =
		    size > FIELD_MAX ? FIELD_MAX : (size_t)size;
		if (!more(socket))
			return true;
	}
	do {
		if (receive(socket, ignored, sizeof ignored) < 0)
			break;
	} while (more(socket));
	return true;
}

static void
send_field(void *socket, const void *field, size_t size, int flags)
{
	while (zmq_send(socket, field, size, ZMQ_DONTWAIT | flags) < 0 &&
	    errno == EINTR)
		;
}

bool
bm_zap_next(void *socket, enum bm_zap_answer answer)
{
	const char *code = answer == BM_ZAP_ADMIT ? "200" : "400";
	const char *text = answer == BM_ZAP_ADMIT ? "OK" : "no room";
	struct zap_request request;

	if (!read_request(socket, &request))
		return false;
	for (size_t i = REQUEST_VERSION; i <= REQUEST_ID; i++)
		send_field(socket, request.field[i], request.size[i],
		    ZMQ_SNDMORE);
	send_field(socket, code, strlen(code), ZMQ_SNDMORE);
	send_field(socket, text, strlen(text), ZMQ_SNDMORE);
	send_field(socket, "", 0, ZMQ_SNDMORE);         /* user id  */
	send_field(socket, "", 0, 0);                   /* metadata */
	return true;
}
