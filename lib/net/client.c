/*
 * Requests to one node, each with a deadline.
 * Source: bitmark-protocol(7), TRANSPORT, COMMANDS
 */
#include <bitmarkpeer/client.h>
#include <bitmarkpeer/os.h>
#include <bitmarkpeer/rules.h>

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "codec/sized.h"
#include "net/client_reply.h"
#include "net/curve.h"
#include "net/dealer.h"

struct bitmark_client {
	void *zmq;
	struct bm_dealer *dealer;
	struct bitmark_env env;
	uint64_t timeout_ms;
	char remote_error[BM_REMOTE_ERROR_SIZE];
};

/* One request until it has its reply. */
struct request {
	const char *command;
	const struct bitmark_span *parameters;
	size_t count;
	uint64_t deadline_ms;
	bool sent;                      /* on the connection that there is */
	uint32_t id;                    /* when sent                       */
};

static bitmark_status
open_dealer(struct bitmark_client *c,
    const struct bitmark_client_config *config)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	struct bm_dealer_config dealer = {
		.zmq = c->zmq, .chain = config->chain,
		.address = config->address, .server_key = config->server_key,
		.public_key = public_key, .private_key = private_key,
		.linger_ms = 0, .env = &c->env,
	};
	bitmark_status status;

	if (config->private_key == NULL) {
		bitmark_peer_key_generate(&c->env, public_key, private_key);
	} else {
		memcpy(private_key, config->private_key, sizeof private_key);
		bitmark_peer_key_public(private_key, public_key);
	}
	status = bm_dealer_open(&c->dealer, &dealer, bitmark_clock_ms());
	sodium_memzero(private_key, sizeof private_key);
	return status;
}

static bitmark_status
check(const struct bitmark_client_config *config)
{
	static const uint8_t no_key[BITMARK_PEER_KEY_SIZE];

	if (config->chain == NULL ||
	    bitmark_chain_params_find(config->chain) == NULL)
		return BITMARK_E_INVALID_CHAIN;
	if (config->address == NULL)
		return BITMARK_E_IP_ADDRESS;
	if (memcmp(config->server_key, no_key, sizeof no_key) == 0)
		return BITMARK_E_PUBLIC_KEY;
	return BITMARK_OK;
}

bitmark_status
bitmark_client_open(struct bitmark_client **client,
    const struct bitmark_client_config *config)
{
	struct bitmark_client_config own = { .struct_size = sizeof own };
	struct bitmark_client *c;
	bitmark_status status = BM_IN(bitmark_client_config, &own, config);

	*client = NULL;
	if (status == BITMARK_OK)
		status = check(&own);
	if (status != BITMARK_OK)
		return status;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return BITMARK_E_NOMEM;
	if (own.env != NULL)
		c->env = *own.env;
	c->timeout_ms = own.timeout_ms != 0 ? own.timeout_ms :
	    BITMARK_CLIENT_TIMEOUT_MS;
	c->zmq = zmq_ctx_new();
	status = c->zmq == NULL ? BITMARK_E_NET : open_dealer(c, &own);
	if (status != BITMARK_OK) {
		bitmark_client_close(c);
		return status;
	}
	*client = c;
	return BITMARK_OK;
}

void
bitmark_client_close(struct bitmark_client *c)
{
	if (c == NULL)
		return;
	bm_dealer_close(c->dealer);
	while (c->zmq != NULL && zmq_ctx_term(c->zmq) != 0 && errno == EINTR)
		;
	free(c);
}

/* Wait until something happens or is due. */
static bitmark_status
wait_until(const struct bm_dealer *dealer, uint64_t deadline_ms)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	uint64_t due_ms = bm_dealer_deadline(dealer);
	uint64_t now_ms = bitmark_clock_ms();
	size_t count = bm_dealer_poll_items(dealer, items);

	if (due_ms > deadline_ms)
		due_ms = deadline_ms;
	if (due_ms <= now_ms)
		return BITMARK_OK;
	if (zmq_poll(items, (int)count, (long)(due_ms - now_ms)) < 0 &&
	    errno != EINTR)
		return bm_net_status(errno) == BITMARK_E_NOMEM ?
		    BITMARK_E_NOMEM : BITMARK_E_NET;
	return BITMARK_OK;
}

/* The reply to ${request} if it is there; others are late, for requests that
 * were given up or sent again. */
static bitmark_status
receive(struct bm_dealer *dealer, const struct request *request,
    struct bm_dealer_reply *reply)
{
	bitmark_status status;

	do {
		status = bm_dealer_receive(dealer, reply);
	} while (status == BITMARK_OK &&
	    (!request->sent || reply->id != request->id));
	return status;
}

/*
 * Do what can be done now.  BITMARK_E_NOT_FOUND: there is no reply yet.  Any
 * other status ends the call.
 */
static bitmark_status
advance(struct bm_dealer *dealer, struct request *request,
    struct bm_dealer_reply *reply)
{
	bitmark_status status;

	bm_dealer_drive(dealer, bitmark_clock_ms());
	status = receive(dealer, request, reply);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	if (bm_dealer_is_refused(dealer))
		return BITMARK_E_WRONG_SERVER_KEY;
	if (bm_dealer_state(dealer) != BM_DEALER_CONNECTED)
		request->sent = false;
	if (request->sent)
		return BITMARK_E_NOT_FOUND;
	status = bm_dealer_send(dealer, request->command, request->parameters,
	    request->count, &request->id);
	request->sent = status == BITMARK_OK;
	return request->sent || status == BITMARK_E_NO_CONNECTION ?
	    BITMARK_E_NOT_FOUND : status;
}

static bitmark_status
exchange(struct bm_dealer *dealer, struct request *request,
    struct bm_dealer_reply *reply)
{
	bitmark_status status;

	for (;;) {
		status = advance(dealer, request, reply);
		if (status != BITMARK_E_NOT_FOUND)
			return status;
		if (bitmark_clock_ms() >= request->deadline_ms)
			return request->sent || bm_dealer_is_reached(dealer) ?
			    BITMARK_E_TIMEOUT : BITMARK_E_NO_CONNECTION;
		status = wait_until(dealer, request->deadline_ms);
		if (status != BITMARK_OK)
			return status;
	}
}

/*
 * Send a request and wait for its reply, whose second frame is ${payload}:
 * inside, until the next call.
 */
static bitmark_status
call(struct bitmark_client *c, const char *command,
    const struct bitmark_span *parameters, size_t count,
    struct bitmark_span *payload)
{
	uint64_t now_ms = bitmark_clock_ms();
	struct request request = { command, parameters, count,
	    now_ms + c->timeout_ms, false, 0 };
	struct bm_dealer_reply reply;
	bitmark_status status;

	c->remote_error[0] = '\0';
	/* Nothing was done about a loss between two calls. */
	bm_dealer_drive(c->dealer, now_ms);
	if (bm_dealer_state(c->dealer) == BM_DEALER_LOST)
		(void)bm_dealer_reopen(c->dealer, now_ms);
	status = exchange(c->dealer, &request, &reply);
	if (status == BITMARK_OK)
		return bm_reply_check(reply.frame, reply.count, command,
		    payload, c->remote_error);
	/* The next call begins anew.
	 * Source: bitmarkd v8.2 zmqutil/client.go Reconnect */
	bm_dealer_disconnect(c->dealer);
	bm_log(&c->env, BITMARK_LOG_DEBUG, "client", "%s: %s", command,
	    bitmark_strerror(status));
	return status;
}

/* A request for the block or digest of ${number}. */
static bitmark_status
call_number(struct bitmark_client *c, const char *command, uint64_t number,
    struct bitmark_span *payload)
{
	uint8_t packed[sizeof number];
	struct bitmark_span parameter = { packed, sizeof packed };

	bm_put_u64be(packed, number);
	return call(c, command, &parameter, 1, payload);
}

bitmark_status
bitmark_client_info(struct bitmark_client *c, struct bitmark_info *info)
{
	struct bitmark_info read = { .struct_size = sizeof read };
	struct bitmark_span payload;
	bitmark_status status;

	if (!BM_FITS(bitmark_info, info))
		return BITMARK_E_ARGUMENT;
	status = call(c, "I", NULL, 0, &payload);
	if (status == BITMARK_OK)
		status = bm_reply_info(payload, &read);
	return status != BITMARK_OK ? status :
	    BM_OUT(bitmark_info, info, &read);
}

bitmark_status
bitmark_client_height(struct bitmark_client *c, uint64_t *height)
{
	struct bitmark_span payload;
	bitmark_status status = call(c, "N", NULL, 0, &payload);

	return status != BITMARK_OK ? status :
	    bm_reply_height(payload, height);
}

bitmark_status
bitmark_client_digest(struct bitmark_client *c, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_span payload;
	bitmark_status status = call_number(c, "H", number, &payload);

	return status != BITMARK_OK ? status :
	    bm_reply_digest(payload, digest);
}

bitmark_status
bitmark_client_block(struct bitmark_client *c, uint64_t number,
    uint8_t **block, size_t *size)
{
	struct bitmark_span payload;
	bitmark_status status = call_number(c, "B", number, &payload);
	uint8_t *copy;

	*block = NULL;
	if (status != BITMARK_OK)
		return status;
	copy = malloc(payload.size + 1);        /* never of size 0 */
	if (copy == NULL)
		return BITMARK_E_NOMEM;
	if (payload.size > 0)
		memcpy(copy, payload.data, payload.size);
	*block = copy;
	*size = payload.size;
	return BITMARK_OK;
}

bitmark_status
bitmark_client_submit(struct bitmark_client *c, enum bitmark_submission what,
    const uint8_t *data, size_t size)
{
	struct bitmark_span parameter = { data, size }, payload;
	const char *command = bitmark_submission_name(what);

	/* A larger frame would cost the connection.
	 * Source: bitmark-protocol(7), Socket options */
	if (command[0] == '\0' || size == 0 || size > BITMARK_BLOCK_MAX)
		return BITMARK_E_ARGUMENT;
	return call(c, command, &parameter, 1, &payload);
}

const char *
bitmark_client_remote_error(const struct bitmark_client *c)
{
	return c->remote_error;
}
