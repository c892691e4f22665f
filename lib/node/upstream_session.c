/* The session of one connection: tell it what happened, and do what it wants. */
#include "node/upstreams_impl.h"

#include <string.h>

#include "codec/log.h"
#include "protocol/upstream.h"

#define MODULE "sync"

static const struct bitmark_env *
env(const struct bm_upstreams *us)
{
	return &us->needs.settings->env;
}

static size_t
number_of(const struct bm_upstreams *us, const struct bm_upstream *u)
{
	return (size_t)(u - us->upstream);
}

static void
report(struct bm_upstreams *us, const struct bm_upstream *u,
    enum bitmark_connector_event_type type, uint64_t number)
{
	bm_reports_put(us->needs.reports, &(struct bitmark_connector_event){
	    .type = type, .client = number_of(us, u), .number = number });
}

static void
reopen(struct bm_upstreams *us, struct bm_upstream *u)
{
	u->connected = false;
	/* Requests of the old connection will get no reply. */
	memset(u->asked, 0, sizeof u->asked);
	/* After an error the dealer has no socket, and bm_dealer_drive tries
	 * again. */
	if (u->dealer != NULL)
		(void)bm_dealer_reopen(u->dealer, us->needs.now->ms);
}

bool
bm_upstream_send(struct bm_upstream *u,
    const struct bitmark_upstream_request *request)
{
	struct bm_asked *place = NULL;

	for (size_t i = 0; i < BM_ASKED_MAX && place == NULL; i++)
		if (u->asked[i].token == 0)
			place = &u->asked[i];
	if (place == NULL || u->dealer == NULL)
		return false;
	if (bm_dealer_send(u->dealer, request->command, request->parameter,
	    request->count, &place->id) != BITMARK_OK)
		return false;
	place->token = request->token;
	return true;
}

static void
enter_peer(struct bm_upstreams *us, const struct bm_upstream *u,
    const struct bitmark_peer *peer)
{
	struct bitmark_announcement announcement = {
		{ peer->key, sizeof peer->key },
		{ peer->connections, peer->connections_size },
		peer->timestamp };
	bitmark_status status = bm_table_hear(us->needs.table,
	    BM_TABLE_UPSTREAMS + number_of(us, u), &announcement,
	    us->needs.now->s, NULL);

	if (status != BITMARK_OK)
		bm_log(env(us), BITMARK_LOG_DEBUG, MODULE,
		    "%s: peer ignored: %s", u->name,
		    bitmark_strerror(status));
}

static void
note_state(struct bm_upstreams *us, struct bm_upstream *u,
    const struct bitmark_upstream_update *update)
{
	if (u->registered != update->registered) {
		report(us, u, update->registered ?
		    BITMARK_CONNECTOR_EV_REGISTERED :
		    BITMARK_CONNECTOR_EV_LOST, 0);
		bm_events_peer(us->needs.events, u->key, u->name,
		    update->registered);
		bm_log(env(us), BITMARK_LOG_INFO, MODULE, "%s: %s", u->name,
		    update->registered ? "registered" :
		    "registration lost");
	}
	if (update->polled)
		report(us, u, BITMARK_CONNECTOR_EV_HEIGHT, update->height);
	u->registered = update->registered;
	u->height = update->height;
	u->room = update->room;
	u->deadline_ms = update->deadline_ms;
}

/* The result is reported before the connection that it came on is closed: the
 * connector takes no result of a client after it is told of its loss. */
static void
do_update(struct bm_upstreams *us, struct bm_upstream *u,
    const struct bitmark_upstream_update *update, bool *failed)
{
	if (update->has_result)
		bm_reports_put(us->needs.reports,
		    &(struct bitmark_connector_event){
		    .type = BITMARK_CONNECTOR_EV_FETCHED,
		    .client = number_of(us, u),
		    .token = update->result_token,
		    .status = update->result, .data = update->data });
	if (update->has_peer)
		enter_peer(us, u, &update->peer);
	if (update->reopen)
		reopen(us, u);
	for (size_t i = 0; i < update->request_count && !update->reopen; i++)
		if (!bm_upstream_send(u, &update->request[i]))
			*failed = true;
	note_state(us, u, update);
}

void
bm_upstream_step(struct bm_upstreams *us, struct bm_upstream *u,
    const struct bitmark_upstream_event *what)
{
	struct bitmark_upstream_event event = *what;
	struct bitmark_upstream_update update;
	bool failed = false;

	event.now_ms = us->needs.now->ms;
	event.wall_s = us->needs.now->s;
	bitmark_upstream_step(u->session, &event, &update);
	do_update(us, u, &update, &failed);
	if (!failed)
		return;
	reopen(us, u);
	event.type = BITMARK_UPSTREAM_EV_LOST;
	bitmark_upstream_step(u->session, &event, &update);
	do_update(us, u, &update, &failed);
}

void
bm_upstream_note(struct bm_upstreams *us, struct bm_upstream *u,
    enum bitmark_upstream_event_type type)
{
	bm_upstream_step(us, u, &(struct bitmark_upstream_event){ .type = type });
}

/* The token of the request that has this reply; it is free then. */
static uint64_t
token_of(struct bm_upstream *u, uint32_t id)
{
	for (size_t i = 0; i < BM_ASKED_MAX; i++)
		if (u->asked[i].token != 0 && u->asked[i].id == id) {
			uint64_t token = u->asked[i].token;

			u->asked[i].token = 0;
			return token;
		}
	return 0;
}

void
bm_upstream_reply(struct bm_upstreams *us, struct bm_upstream *u,
    const struct bm_dealer_reply *reply)
{
	struct bitmark_upstream_update update = { 0 };
	const struct bitmark_upstream_event event = {
		.type = BITMARK_UPSTREAM_EV_REPLY, .frames = reply->frame,
		.frame_count = reply->count, .token = token_of(u, reply->id),
	};

	if (event.token != BM_TOKEN_PEER)
		bm_upstream_step(us, u, &event);
	else if (bm_upstream_check_register(u->session, &event, &update) ==
	    BITMARK_OK && update.has_peer)
		enter_peer(us, u, &update.peer);
}
