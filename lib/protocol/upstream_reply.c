/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Checking replies: their frames come from a peer that may be faulty or
 * hostile, so sizes are compared before bytes are read.
 *
 * Source: bitmarkd v8.2 peer/upstream/setup.go
 */
#include "protocol/upstream_impl.h"

/* Frames of a reply to R: command, chain, key, connections, time. */
#define REGISTER_FRAMES 5
/* Frames of all other replies: command, result. */
#define REPLY_FRAMES 2
/* Numbers and times travel as eight bytes, big endian. */
#define NUMBER_SIZE 8

/* BITMARK_OK when ${command} was answered with two frames. */
bitmark_status
bm_upstream_check_reply(const struct bitmark_upstream_event *reply,
    const char *command)
{
	if (reply->frame_count != REPLY_FRAMES)
		return BITMARK_E_PEER_RESPONSE;
	if (bm_span_is(reply->frames[0], command))
		return BITMARK_OK;
	if (!bm_span_is(reply->frames[0], "E"))
		return BITMARK_E_PEER_RESPONSE;
	return bm_span_is(reply->frames[1],
	    bitmark_strerror(BITMARK_E_BLOCK_NOT_FOUND)) ?
	    BITMARK_E_BLOCK_NOT_FOUND : BITMARK_E_REMOTE;
}

/* Take the third peer of an R reply, when it fits into a table.  One that does
 * not is no reason to refuse the registration itself. */
static void
take_peer(const struct bitmark_span *frames,
    struct bitmark_upstream_update *update)
{
	if (frames[2].size != sizeof update->peer.key ||
	    frames[3].size > sizeof update->peer.connections)
		return;
	memcpy(update->peer.key, frames[2].data, frames[2].size);
	if (frames[3].size != 0)
		memcpy(update->peer.connections, frames[3].data,
		    frames[3].size);
	update->peer.connections_size = frames[3].size;
	update->peer.timestamp = bm_get_u64be(frames[4].data);
	update->has_peer = true;
}

bitmark_status
bm_upstream_check_register(const struct bitmark_upstream *u,
    const struct bitmark_upstream_event *reply,
    struct bitmark_upstream_update *update)
{
	const struct bitmark_span *frames = reply->frames;

	/* A server that knows no third peer says so by an error, and has
	 * registered us all the same [D-12]. */
	if (reply->frame_count == REPLY_FRAMES && bm_span_is(frames[0], "E"))
		return bm_span_is(frames[1],
		    bitmark_strerror(BITMARK_E_PUBLIC_KEY)) ?
		    BITMARK_OK : BITMARK_E_REMOTE;
	if (reply->frame_count < REGISTER_FRAMES ||
	    !bm_span_is(frames[0], "R") || !bm_span_is(frames[1], u->chain) ||
	    frames[4].size < NUMBER_SIZE)       /* v8.2 ends here [D-01] */
		return BITMARK_E_PEER_RESPONSE;
	take_peer(frames, update);
	return BITMARK_OK;
}

bitmark_status
bm_upstream_check_height(const struct bitmark_upstream_event *reply,
    uint64_t *height)
{
	bitmark_status status = bm_upstream_check_reply(reply, "N");

	if (status != BITMARK_OK)
		return status;
	if (reply->frames[1].size != NUMBER_SIZE)
		return BITMARK_E_PEER_RESPONSE;
	*height = bm_get_u64be(reply->frames[1].data);
	return BITMARK_OK;
}

const char *
bm_upstream_fetch_command(enum bitmark_fetch_kind kind)
{
	return kind == BITMARK_FETCH_DIGEST ? "H" : "B";
}

bitmark_status
bm_upstream_check_fetch(const struct bitmark_upstream_event *reply,
    enum bitmark_fetch_kind kind, struct bitmark_span *data)
{
	bitmark_status status = bm_upstream_check_reply(reply,
	    bm_upstream_fetch_command(kind));

	if (status != BITMARK_OK)
		return status;
	if (kind == BITMARK_FETCH_DIGEST ?
	    reply->frames[1].size != BITMARK_DIGEST_SIZE :
	    reply->frames[1].size > BITMARK_BLOCK_MAX)
		return BITMARK_E_PEER_RESPONSE;
	*data = reply->frames[1];
	return BITMARK_OK;
}
