/*
 * Answering peers, on the listener's thread: every request is dispatched
 * against the committed state of its moment and waits for nothing.
 */
#include <time.h>

#include "codec/codec.h"
#include "codec/log.h"
#include "node/owner.h"

static uint64_t
wall_s(void)
{
	return (uint64_t)time(NULL);
}

static bool
is_normal(struct bitmark_node *node)
{
	bool normal;

	pthread_mutex_lock(&node->status_lock);
	normal = node->status.mode == BITMARK_MODE_NORMAL;
	pthread_mutex_unlock(&node->status_lock);
	return normal;
}

/* The state of this moment; a snapshot that failed is made anew. */
static bool
refresh(struct bitmark_node *node)
{
	if (node->snapshot != NULL &&
	    bitmark_snapshot_renew(node->snapshot) == BITMARK_OK)
		return true;
	bitmark_snapshot_close(node->snapshot);
	node->snapshot = NULL;
	if (bitmark_snapshot_open(node->chain, &node->snapshot) != BITMARK_OK)
		return false;
	bitmark_snapshot_view(node->snapshot, &node->dispatch.view);
	return true;
}

_Static_assert(BM_LISTENER_REQUEST_FRAMES_MAX >= BITMARK_REQUEST_FRAMES_MAX &&
    BM_LISTENER_REPLY_FRAMES_MAX >= BITMARK_REPLY_FRAMES_MAX,
    "the listener hands over what dispatch looks at, and sends what it makes");

size_t
bm_node_answer(void *user, uint64_t sender,
    const struct bitmark_span *frames, size_t count,
    struct bitmark_span reply[BM_LISTENER_REPLY_FRAMES_MAX])
{
	struct bitmark_node *node = user;

	node->sender = sender;
	if (!refresh(node)) {
		bm_log(&node->env, BITMARK_LOG_ERROR, "serve",
		    "the store cannot be read: request dropped");
		node->request.kind = BITMARK_REQUEST_NONE;
		return 0;
	}
	node->dispatch.normal = is_normal(node);
	bitmark_dispatch(&node->dispatch, wall_s(), frames, count,
	    &node->reply, &node->request);
	memcpy(reply, node->reply.frame, sizeof node->reply.frame);
	return node->reply.count;
}

bitmark_status
bm_node_random_peer(void *user, const uint8_t exclude[BITMARK_PEER_KEY_SIZE],
    struct bitmark_peer *peer)
{
	struct bitmark_node *node = user;
	bitmark_status status;

	pthread_mutex_lock(&node->peers_lock);
	status = bitmark_announce_random(node->announce, exclude, peer);
	pthread_mutex_unlock(&node->peers_lock);
	return status;
}

/* A peer told of itself: the next one may be told of it at once. */
static void
take_registration(struct bitmark_node *node,
    const struct bitmark_request *request)
{
	uint64_t now = wall_s();
	bitmark_status status;

	pthread_mutex_lock(&node->peers_lock);
	status = bitmark_announce_admit(node->announce, node->sender, now);
	if (status == BITMARK_OK)
		status = bitmark_announce_add_from(node->announce,
		    node->sender, request->parameter[0],
		    request->parameter[1],
		    bm_get_u64be(request->parameter[2].data), now, NULL,
		    NULL);
	pthread_mutex_unlock(&node->peers_lock);
	if (status != BITMARK_OK)
		bm_log(&node->env, BITMARK_LOG_DEBUG, "serve",
		    "registration ignored: %s", bitmark_strerror(status));
}

/* For the owner thread; what it cannot take is lost,
 * for nobody waits here. */
static void
hand_over(struct bitmark_node *node, const struct bitmark_request *request)
{
	bitmark_status status = bm_inbox_put(node->inbox, node->sender,
	    request);

	if (status == BITMARK_OK)
		return;
	pthread_mutex_lock(&node->status_lock);
	node->status.dropped++;
	pthread_mutex_unlock(&node->status_lock);
	bm_log(&node->env, BITMARK_LOG_DEBUG, "serve", "%.*s dropped: %s",
	    (int)request->command.size, (const char *)request->command.data,
	    bitmark_strerror(status));
}

void
bm_node_sent(void *user)
{
	struct bitmark_node *node = user;
	const struct bitmark_request *request = &node->request;

	if (node->snapshot != NULL)
		bitmark_snapshot_release(node->snapshot);
	switch (request->kind) {
	case BITMARK_REQUEST_REGISTER:
		take_registration(node, request);
		break;
	case BITMARK_REQUEST_PEER:
	case BITMARK_REQUEST_BLOCK:
	case BITMARK_REQUEST_ASSETS:
	case BITMARK_REQUEST_ISSUES:
	case BITMARK_REQUEST_TRANSFER:
	case BITMARK_REQUEST_PROOF:
	case BITMARK_REQUEST_RPC:
		hand_over(node, request);
		break;
	case BITMARK_REQUEST_NONE:
	case BITMARK_REQUEST_HEART:
	case BITMARK_REQUEST_UNKNOWN:
		break;
	}
}
