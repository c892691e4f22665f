/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The sockets for miners.  Jobs go out by a publisher that has no chain in
 * front and no heartbeat; submissions come by a router.
 *
 * Strangers may come here, too, unless there is a list of keys: so clients are
 * admitted as those of the listener are.
 *
 * Source: bitmarkd v8.2 proof/publisher.go, proof/submission.go
 */
#include "net/proofing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec/log.h"
#include "net/bind.h"
#include "net/monitor.h"
#include "net/zap.h"

#define MODULE "proofing"

/* Between two looks at what libzmq holds of the clients. */
#define LOOK_MS 200

struct bm_proofing {
	struct bitmark_env env;
	uint8_t *miners;                /* NULL: all are let in             */
	size_t miner_count;
	void *zmq;
	void *zap;
	struct bm_publisher *publisher;         /* NULL: no jobs            */
	void *router;                           /* NULL: no submissions     */
	void *monitor;
	struct bm_admission *admission;
	struct bitmark_connection *bound;       /* of the router            */
	uint64_t look_ms;
	uint64_t unanswered, unlisted;
};

/*
 * Start and end.
 */

static bitmark_status
open_publisher(struct bm_proofing *p, const struct bm_proofing_config *config,
    uint64_t now_ms)
{
	struct bm_publisher_config publisher = {
		.zmq = p->zmq, .chain = "", .bind = config->publish,
		.bind_count = config->publish_count,
		.connections_max = config->clients_max, .env = config->env,
	};
	bitmark_status status;

	if (config->publish_count == 0)
		return BITMARK_OK;
	memcpy(publisher.private_key, config->private_key,
	    sizeof publisher.private_key);
	status = bm_publisher_start(&p->publisher, &publisher, now_ms);
	explicit_bzero(publisher.private_key, sizeof publisher.private_key);
	return status;
}

static bitmark_status
bind_one(struct bm_proofing *p, const struct bitmark_connection *want,
    struct bitmark_connection *bound)
{
	char text[BITMARK_CONNECTION_TEXT_MAX];
	const bitmark_status status = bm_bind_socket(p->router, want, bound);

	bitmark_connection_to_text(status == BITMARK_OK ? bound : want, text);
	if (status == BITMARK_OK)
		bm_log(&p->env, BITMARK_LOG_INFO, MODULE,
		    "submissions of miners at %s", text);
	else
		bm_log(&p->env, BITMARK_LOG_ERROR, MODULE,
		    "cannot take submissions at %s: %s", text,
		    strerror(errno));
	return status;
}

/* recorderd names its connection by its key.  When its machine was cut off, the
 * old connection may look alive for minutes: without HANDOVER libzmq would not
 * read the new one, and the miner would wait for ever. */
static bitmark_status
open_router(struct bm_proofing *p, const struct bm_proofing_config *config)
{
	bitmark_status status;

	if (config->submit_count == 0)
		return BITMARK_OK;
	p->bound = calloc(config->submit_count, sizeof *p->bound);
	if (p->bound == NULL)
		return BITMARK_E_NOMEM;
	status = bm_admission_new(&p->admission, config->clients_max,
	    p->bound, config->submit_count);
	if (status == BITMARK_OK)
		status = bm_router_open(p->zmq, config->private_key,
		    BM_ZAP_SUBMIT, BM_PROOFING_REPLIES_MAX, &p->router);
	bm_net_option(p->router, ZMQ_ROUTER_HANDOVER, 1, &status);
	if (status == BITMARK_OK)
		status = bm_monitor_open(p->zmq, p->router,
		    ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED, &p->monitor);
	for (size_t i = 0; i < config->submit_count && status == BITMARK_OK;
	    i++)
		status = bind_one(p, &config->submit[i], &p->bound[i]);
	return status;
}

static bitmark_status
copy_miners(struct bm_proofing *p, const struct bm_proofing_config *config)
{
	const size_t size = config->miner_count * BITMARK_PEER_KEY_SIZE;

	if (size == 0)
		return BITMARK_OK;
	p->miners = malloc(size);
	if (p->miners == NULL)
		return BITMARK_E_NOMEM;
	memcpy(p->miners, config->miners, size);
	p->miner_count = config->miner_count;
	return BITMARK_OK;
}

/* The handler is there before the first client can come: libzmq admits every
 * client while a context has none. */
static bitmark_status
open_all(struct bm_proofing *p, const struct bm_proofing_config *config,
    uint64_t now_ms)
{
	bitmark_status status = copy_miners(p, config);

	p->zmq = zmq_ctx_new();
	if (status == BITMARK_OK)
		status = p->zmq == NULL ? BITMARK_E_NOMEM :
		    bm_zap_open(p->zmq, &p->zap);
	if (status == BITMARK_OK)
		status = open_publisher(p, config, now_ms);
	if (status == BITMARK_OK)
		status = open_router(p, config);
	return status == BITMARK_OK || status == BITMARK_E_NOMEM ? status :
	    BITMARK_E_NET;
}

bitmark_status
bm_proofing_open(struct bm_proofing **proofing,
    const struct bm_proofing_config *config, uint64_t now_ms)
{
	struct bm_proofing *p = calloc(1, sizeof *p);
	bitmark_status status;
	int cause;

	*proofing = NULL;
	if (p == NULL)
		return BITMARK_E_NOMEM;
	p->env = config->env;
	status = open_all(p, config, now_ms);
	if (status == BITMARK_OK) {
		*proofing = p;
		return status;
	}
	cause = errno;
	bm_proofing_close(p);
	errno = cause;
	return status;
}

void
bm_proofing_close(struct bm_proofing *p)
{
	if (p == NULL)
		return;
	bm_publisher_stop(p->publisher);
	bm_monitor_close(p->router, p->monitor);
	if (p->router != NULL)
		(void)zmq_close(p->router);
	bm_zap_close(p->zap);
	while (p->zmq != NULL && zmq_ctx_term(p->zmq) != 0 && errno == EINTR)
		continue;
	bm_admission_free(p->admission);
	free(p->bound);
	free(p->miners);
	free(p);
}

void
bm_proofing_published_at(const struct bm_proofing *p, size_t index,
    struct bitmark_connection *bound)
{
	bm_publisher_bound(p->publisher, index, bound);
}

void
bm_proofing_submitted_at(const struct bm_proofing *p, size_t index,
    struct bitmark_connection *bound)
{
	*bound = p->bound[index];
}

/*
 * Clients.
 */

static void
note_connections(struct bm_proofing *p, uint64_t now_ms)
{
	unsigned event;
	uint32_t fd;

	while (p->monitor != NULL &&
	    bm_monitor_next(p->monitor, &event, &fd))
		if (event == ZMQ_EVENT_ACCEPTED)
			bm_admission_accept(p->admission, (int)fd, now_ms);
		else if (event == ZMQ_EVENT_DISCONNECTED)
			bm_admission_leave(p->admission, (int)fd);
}

static bool
is_listed(const struct bm_proofing *p, const uint8_t *key)
{
	if (p->miners == NULL)
		return true;
	for (size_t i = 0; i < p->miner_count && key != NULL; i++)
		if (memcmp(p->miners + i * BITMARK_PEER_KEY_SIZE, key,
		    BITMARK_PEER_KEY_SIZE) == 0)
			return true;
	return false;
}

/* The publisher keeps to its number of clients itself. */
static bool
may_come(struct bm_proofing *p, const struct bm_zap_request *request,
    uint64_t now_ms)
{
	if (!is_listed(p, bm_zap_key(request))) {
		p->unlisted++;
		return false;
	}
	return strcmp(bm_zap_domain(request), BM_ZAP_SUBMIT) != 0 ||
	    bm_admission_admit(p->admission,
	    bm_sender_from_text(bm_zap_address(request)), now_ms);
}

/* libzmq reports a connection before it asks about it, so when all reports are
 * read the client that asks is among those noted. */
static void
admit_clients(struct bm_proofing *p, uint64_t now_ms)
{
	struct bm_zap_request request;

	note_connections(p, now_ms);
	while (bm_zap_take(p->zap, &request)) {
		note_connections(p, now_ms);
		bm_zap_answer(p->zap, &request,
		    may_come(p, &request, now_ms) ? BM_ZAP_ADMIT :
		    BM_ZAP_REFUSE);
	}
}

void
bm_proofing_drive(struct bm_proofing *p, uint64_t now_ms)
{
	admit_clients(p, now_ms);
	if (p->publisher != NULL)
		bm_publisher_drive(p->publisher, now_ms);
	if (p->admission != NULL && now_ms >= p->look_ms) {
		bm_admission_look(p->admission, now_ms);
		p->look_ms = now_ms + LOOK_MS;
	}
}

/* Nothing can be held by libzmq while there are no clients, so idle sockets do
 * not wake their owner up. */
uint64_t
bm_proofing_deadline(const struct bm_proofing *p)
{
	return p->admission == NULL || bm_admission_count(p->admission) == 0 ?
	    UINT64_MAX : p->look_ms;
}

size_t
bm_proofing_items(const struct bm_proofing *p,
    zmq_pollitem_t items[BM_PROOFING_ITEMS])
{
	size_t count = 0;

	items[count++] = (zmq_pollitem_t){ p->zap, 0, ZMQ_POLLIN, 0 };
	if (p->router != NULL) {
		items[count++] = (zmq_pollitem_t){ p->monitor, 0,
			ZMQ_POLLIN, 0 };
		items[count++] = (zmq_pollitem_t){ p->router, 0, ZMQ_POLLIN,
			0 };
	}
	if (p->publisher != NULL) {
		bm_publisher_poll_items(p->publisher, items + count);
		count += BM_PUBLISHER_ITEMS;
	}
	return count;
}

/*
 * Messages.
 */

void
bm_proofing_publish(struct bm_proofing *p, struct bitmark_span job)
{
	if (p->publisher != NULL)
		(void)bm_publisher_send(p->publisher, job);
}

/* Without memory the message stays where it is, and is tried again. */
struct bm_request *
bm_proofing_take(struct bm_proofing *p)
{
	struct bm_request *request;

	if (p->router == NULL || (request = bm_request_new()) == NULL)
		return NULL;
	while (bm_router_receive(p->router, p->admission, request)) {
		if (bm_request_is_whole(request))
			return request;
		bm_request_clear(request);
		p->unanswered++;
	}
	bm_request_free(request);
	return NULL;
}

struct bitmark_span
bm_proofing_submission(struct bm_request *request)
{
	return (struct bitmark_span){ zmq_msg_data(&request->frame[0]),
		zmq_msg_size(&request->frame[0]) };
}

void
bm_proofing_reply(struct bm_proofing *p, struct bm_request *request,
    struct bitmark_span reply)
{
	zmq_msg_t frame;
	bool sent = zmq_msg_init_size(&frame, reply.size) == 0;

	if (sent) {
		memcpy(zmq_msg_data(&frame), reply.data, reply.size);
		sent = bm_router_send(p->router, request, &frame, 1);
	}
	p->unanswered += !sent;
	bm_request_free(request);
}

void
bm_proofing_stats(const struct bm_proofing *p,
    struct bm_proofing_stats *stats)
{
	struct bm_publisher_stats publisher = { 0 };
	struct bm_admission_cuts cuts = { 0 };

	if (p->publisher != NULL)
		bm_publisher_stats(p->publisher, &publisher);
	if (p->admission != NULL)
		cuts = bm_admission_cuts(p->admission);
	*stats = (struct bm_proofing_stats){
		.subscribers = publisher.subscribed,
		.submitters = p->admission == NULL ? 0 :
		    bm_admission_count(p->admission),
		.published = publisher.published, .lost = publisher.lost,
		.unanswered = p->unanswered, .unlisted = p->unlisted,
		.cut = cuts.room + cuts.handshake + cuts.held,
	};
}
