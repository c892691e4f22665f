/*
 * Follow a publisher: a SUB socket on the connection of a dealer.
 * Source: bitmarkd v8.2 publish/broadcaster.go
 */
#include <bitmarkpeer/os.h>
#include <bitmarkpeer/rules.h>
#include <bitmarkpeer/subscriber.h>

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "codec/sized.h"
#include "net/curve.h"
#include "net/dealer.h"

/* Frames of an event: chain, name, parameters. */
#define CHAIN_FRAME 0
#define NAME_FRAME 1
#define HEAD_FRAMES 2

_Static_assert(HEAD_FRAMES + BITMARK_EVENT_PARAMETERS_MAX <=
    BM_DEALER_FRAMES_MAX, "a dealer keeps what a notice shows");

struct bitmark_subscriber {
	void *zmq;
	struct bm_dealer *dealer;
	struct bitmark_env env;
	char chain[BITMARK_CHAIN_NAME_MAX + 1];
	uint64_t silence_ms;
	bool connected;                 /* and the caller was told so        */
	uint64_t heard_ms;              /* the last message, or CONNECTED    */
	char event[BITMARK_EVENT_NAME_MAX + 1];
};

/* --- open and close ----------------------------------------------------------- */

static bitmark_status
open_dealer(struct bitmark_subscriber *s,
    const struct bitmark_subscriber_config *config)
{
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	struct bm_dealer_config dealer = {
		.zmq = s->zmq, .chain = s->chain, .subscribe = s->chain,
		.address = config->address, .server_key = config->server_key,
		.public_key = public_key, .private_key = private_key,
		.linger_ms = 0, .env = &s->env,
	};
	bitmark_status status;

	if (config->private_key == NULL) {
		bitmark_peer_key_generate(&s->env, public_key, private_key);
	} else {
		memcpy(private_key, config->private_key, sizeof private_key);
		bitmark_peer_key_public(private_key, public_key);
	}
	status = bm_dealer_open(&s->dealer, &dealer, bitmark_clock_ms());
	sodium_memzero(private_key, sizeof private_key);
	return status;
}

static bitmark_status
check(const struct bitmark_subscriber_config *config)
{
	if (config->chain == NULL ||
	    bitmark_chain_params_find(config->chain) == NULL)
		return BITMARK_E_INVALID_CHAIN;
	if (config->address == NULL)
		return BITMARK_E_IP_ADDRESS;
	return sodium_is_zero(config->server_key,
	    sizeof config->server_key) ? BITMARK_E_PUBLIC_KEY : BITMARK_OK;
}

bitmark_status
bitmark_subscriber_open(struct bitmark_subscriber **subscriber,
    const struct bitmark_subscriber_config *config)
{
	struct bitmark_subscriber_config own = { .struct_size = sizeof own };
	struct bitmark_subscriber *s;
	bitmark_status status = BM_IN(bitmark_subscriber_config, &own, config);

	*subscriber = NULL;
	if (status == BITMARK_OK)
		status = check(&own);
	if (status != BITMARK_OK)
		return status;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return BITMARK_E_NOMEM;
	if (own.env != NULL)
		s->env = *own.env;
	memcpy(s->chain, own.chain, strlen(own.chain) + 1);
	s->silence_ms = own.silence_ms != 0 ? own.silence_ms :
	    BITMARK_SUBSCRIBER_SILENCE_MS;
	s->zmq = zmq_ctx_new();
	status = s->zmq == NULL ? BITMARK_E_NET : open_dealer(s, &own);
	if (status != BITMARK_OK) {
		bitmark_subscriber_close(s);
		return status;
	}
	*subscriber = s;
	return BITMARK_OK;
}

void
bitmark_subscriber_close(struct bitmark_subscriber *s)
{
	if (s == NULL)
		return;
	bm_dealer_close(s->dealer);
	while (s->zmq != NULL && zmq_ctx_term(s->zmq) != 0 && errno == EINTR)
		;
	free(s);
}

/* --- what happens ------------------------------------------------------------- */

static bool
is_name(struct bitmark_span frame)
{
	if (frame.size == 0 || frame.size > BITMARK_EVENT_NAME_MAX)
		return false;
	for (size_t i = 0; i < frame.size; i++)
		if (frame.data[i] <= ' ' || frame.data[i] > '~')
			return false;
	return true;
}

/* False: another chain (the socket asked for a prefix only), or no event. */
static bool
read_event(struct bitmark_subscriber *s, const struct bm_dealer_reply *message,
    struct bitmark_notice *notice)
{
	const struct bitmark_span *frame = message->frame;
	const size_t chain_size = strlen(s->chain);
	size_t count;

	if (message->count < HEAD_FRAMES ||
	    frame[CHAIN_FRAME].size != chain_size ||
	    memcmp(frame[CHAIN_FRAME].data, s->chain, chain_size) != 0 ||
	    !is_name(frame[NAME_FRAME]))
		return false;
	memcpy(s->event, frame[NAME_FRAME].data, frame[NAME_FRAME].size);
	s->event[frame[NAME_FRAME].size] = '\0';
	count = message->count - HEAD_FRAMES;
	if (count > BITMARK_EVENT_PARAMETERS_MAX)
		count = BITMARK_EVENT_PARAMETERS_MAX;
	*notice = (struct bitmark_notice){ .type = BITMARK_NOTICE_EVENT,
		.event = s->event, .count = count };
	memcpy(notice->parameter, frame + HEAD_FRAMES,
	    count * sizeof *frame);
	return true;
}

/* One message, if it is there: then ${*found} tells whether it is an event. */
static bitmark_status
receive(struct bitmark_subscriber *s, uint64_t now_ms,
    struct bitmark_notice *notice, bool *found)
{
	struct bm_dealer_reply message;
	bitmark_status status = bm_dealer_receive_event(s->dealer, &message);

	*found = false;
	if (status != BITMARK_OK)
		return status;
	s->heard_ms = now_ms;
	*found = read_event(s, &message, notice);
	return BITMARK_OK;
}

/* What became of the connection; false: nothing to tell. */
static bool
watch_connection(struct bitmark_subscriber *s, uint64_t now_ms,
    struct bitmark_notice *notice)
{
	bool is_connected;

	bm_dealer_drive(s->dealer, now_ms);
	is_connected = bm_dealer_state(s->dealer) == BM_DEALER_CONNECTED;
	*notice = (struct bitmark_notice){ .type = is_connected ?
	    BITMARK_NOTICE_CONNECTED : BITMARK_NOTICE_LOST };
	if (is_connected != s->connected) {
		s->connected = is_connected;
		s->heard_ms = now_ms;
		return true;
	}
	if (!is_connected || now_ms - s->heard_ms < s->silence_ms)
		return false;
	/* A failure leaves the dealer lost: it tries again by itself. */
	(void)bm_dealer_reopen(s->dealer, now_ms);
	s->connected = false;
	notice->type = BITMARK_NOTICE_SILENT;
	return true;
}

/*
 * What can be told now.  BITMARK_E_NOT_FOUND: nothing.  Messages that are
 * here come before the end of their connection.
 */
static bitmark_status
advance(struct bitmark_subscriber *s, uint64_t now_ms, uint64_t deadline_ms,
    struct bitmark_notice *notice)
{
	bitmark_status status = BITMARK_OK;
	bool found = false;

	while (s->connected && status == BITMARK_OK && !found) {
		status = receive(s, now_ms, notice, &found);
		now_ms = bitmark_clock_ms();
		/* A flood of what is no event does not keep the caller. */
		if (now_ms > deadline_ms)
			break;
	}
	if (found || (status != BITMARK_OK && status != BITMARK_E_NOT_FOUND))
		return status;
	if (watch_connection(s, now_ms, notice))
		return BITMARK_OK;
	if (!bm_dealer_is_refused(s->dealer))
		return BITMARK_E_NOT_FOUND;
	bm_dealer_disconnect(s->dealer);
	return BITMARK_E_WRONG_SERVER_KEY;
}

/* Until something may have changed.  BITMARK_E_TIMEOUT: a signal came. */
static bitmark_status
wait_until(struct bitmark_subscriber *s, uint64_t deadline_ms)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	const size_t count = bm_dealer_poll_items(s->dealer, items);
	const uint64_t now_ms = bitmark_clock_ms();
	uint64_t due_ms = bm_dealer_deadline(s->dealer);

	if (due_ms > deadline_ms)
		due_ms = deadline_ms;
	if (s->connected && due_ms > s->heard_ms + s->silence_ms)
		due_ms = s->heard_ms + s->silence_ms;
	if (due_ms <= now_ms)
		return BITMARK_OK;
	if (zmq_poll(items, (int)count, (long)(due_ms - now_ms)) >= 0)
		return BITMARK_OK;
	return errno == EINTR ? BITMARK_E_TIMEOUT :
	    errno == ENOMEM ? BITMARK_E_NOMEM : BITMARK_E_NET;
}

static bitmark_status
wait_for(struct bitmark_subscriber *s, unsigned timeout_ms,
    struct bitmark_notice *notice)
{
	uint64_t now_ms = bitmark_clock_ms();
	const uint64_t deadline_ms = now_ms + timeout_ms;
	bitmark_status status;

	/* After a refusal the caller decides whether to go on. */
	if (bm_dealer_deadline(s->dealer) == UINT64_MAX &&
	    bm_dealer_state(s->dealer) == BM_DEALER_LOST)
		(void)bm_dealer_reopen(s->dealer, now_ms);
	for (;;) {
		status = advance(s, now_ms, deadline_ms, notice);
		if (status != BITMARK_E_NOT_FOUND)
			return status;
		if (bitmark_clock_ms() >= deadline_ms)
			return BITMARK_E_TIMEOUT;
		status = wait_until(s, deadline_ms);
		if (status != BITMARK_OK)
			return status;
		now_ms = bitmark_clock_ms();
	}
}

bitmark_status
bitmark_subscriber_next(struct bitmark_subscriber *s, unsigned timeout_ms,
    struct bitmark_notice *notice)
{
	struct bitmark_notice told = { .struct_size = sizeof told };
	bitmark_status status;

	if (!BM_FITS(bitmark_notice, notice))
		return BITMARK_E_ARGUMENT;
	status = wait_for(s, timeout_ms, &told);
	return status != BITMARK_OK ? status :
	    BM_OUT(bitmark_notice, notice, &told);
}
