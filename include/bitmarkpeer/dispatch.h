/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * dispatch - answer one request of a peer: frames in, frames out.
 *
 * The listener of a node, a unit test, a fuzzer and a transport of your own
 * call the very same function.  No socket, no clock, no thread.
 */
#ifndef BITMARKPEER_DISPATCH_H
#define BITMARKPEER_DISPATCH_H

#include <bitmarkpeer/announce.h>
#include <bitmarkpeer/view.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longest command that is echoed; a longer one gets "invalid length".  Bytes.
 * Source: local bound, v8.2 echoes any; tests/data/hostile-cases.json txt-005,
 * txt-012 */
#define BITMARK_COMMAND_MAX 64
/* Bytes of a foreign chain name that are quoted.  Source: local bound. */
#define BITMARK_CHAIN_QUOTE_MAX 64
/* Frames that a reply has room for.  The longest one (R) has 5. */
#define BITMARK_REPLY_FRAMES_MAX 8
/* Parameters that a request has room for.  The longest ones have 3. */
#define BITMARK_REQUEST_PARAMETERS_MAX 6
/* Application frames that are looked at; more may be there. */
#define BITMARK_REQUEST_FRAMES_MAX 6
/* Longest program version in I; a longer one is cut.  Bytes. */
#define BITMARK_VERSION_TEXT_MAX 128

/* Work that a request asks of the node beyond its reply. */
enum bitmark_request_kind {
	BITMARK_REQUEST_NONE,           /* nothing: I, N, B, H, errors     */
	BITMARK_REQUEST_REGISTER,       /* parameters: key, connections,
	                                   timestamp (8 bytes big endian)  */
	BITMARK_REQUEST_BLOCK,          /* 1 parameter each                */
	BITMARK_REQUEST_ASSETS,
	BITMARK_REQUEST_ISSUES,
	BITMARK_REQUEST_TRANSFER,
	BITMARK_REQUEST_PROOF,
	BITMARK_REQUEST_RPC,            /* fingerprint, connections, time  */
	BITMARK_REQUEST_PEER,           /* key, connections, time          */
	BITMARK_REQUEST_HEART,
	BITMARK_REQUEST_UNKNOWN,        /* the command was not known       */
};

/*
 * The part of a request that the node processes after the reply was sent.
 * Parameters are borrowed from the request.  There are as many as the kind
 * needs; keys and times have exactly their size, and connections are usable.  A
 * request with too few or unusable parameters gets the same reply, but its kind
 * is BITMARK_REQUEST_NONE: there is nothing to process.
 */
struct bitmark_request {
	enum bitmark_request_kind kind;
	struct bitmark_span command;
	size_t count;
	struct bitmark_span parameter[BITMARK_REQUEST_PARAMETERS_MAX];
	uint64_t reserved[8];           /* for later releases              */
};

/*
 * A reply.  Frames point into the request, into the view, to static bytes or
 * to scratch: do not copy the struct; use it before any of them goes away.
 */
struct bitmark_reply {
	size_t count;
	struct bitmark_span frame[BITMARK_REPLY_FRAMES_MAX];
	/* The library's own: bytes that frames point to. */
	struct bitmark_peer peer;
	uint8_t scratch[1024];
	uint64_t reserved[32];          /* for later releases              */
};

/* Everything that dispatch needs to know of the node. */
struct bitmark_dispatch_node {
	size_t struct_size;             /* sizeof this struct */
	const struct bitmark_chain_params *params;
	const char *version;            /* of the program, for I; not NULL  */
	bool normal;                    /* mode is Normal                   */
	const struct bitmark_view *view;        /* borrowed                 */
	struct bitmark_peer own;        /* this node; connections may be
	                                   empty                            */
	/* A random peer that is neither this node nor the excluded one, as
	 * bitmark_announce_random; NULL: none is known. */
	bitmark_status (*random_peer)(void *user,
	    const uint8_t exclude[BITMARK_PEER_KEY_SIZE],
	    struct bitmark_peer *peer);
	void *user;
	const struct bitmark_rules *rules;      /* by which announcements are
	                                   read; NULL: bitmark_rules_default */
};

/*
 * bitmark_dispatch(node, now_s, frames, count, reply, request):
 * Answer the application frames of one request (what follows the empty
 * delimiter).  Every request gets a reply.
 *
 *   now_s    Unix seconds: the time of this node's own entry, when an R is
 *            told of it for want of a third peer; not used otherwise
 *   frames   ${count} frames; only the first BITMARK_REQUEST_FRAMES_MAX are
 *            looked at, so that fewer may be given with a larger count
 *   reply    overwritten
 *   request  overwritten
 *
 * Returns BITMARK_OK, or BITMARK_E_ARGUMENT (the struct_size of the node or of
 * its view): then there is no reply.
 *
 * Source: bitmarkd v8.2 peer/listener.go process, peer/process.go
 */
BITMARK_API bitmark_status bitmark_dispatch(const struct bitmark_dispatch_node *node,
    uint64_t now_s, const struct bitmark_span *frames, size_t count,
    struct bitmark_reply *reply, struct bitmark_request *request);

#ifdef __cplusplus
}
#endif

#endif
