/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * client, inside: the connection and the one call that is under way
 * (client.c), and the requests that there are (client_calls.c).
 */
#ifndef BM_NET_CLIENT_IMPL_H
#define BM_NET_CLIENT_IMPL_H

#include "net/client_reply.h"
#include "net/link.h"

enum bm_client_kind {
	BM_CLIENT_NONE,                 /* no call yet, or the last failed   */
	BM_CLIENT_INFO,
	BM_CLIENT_HEIGHT,
	BM_CLIENT_DIGEST,
	BM_CLIENT_BLOCK,
	BM_CLIENT_PEER,
	BM_CLIENT_SUBMIT,
};

/* The reply of the last call, by its kind. */
union bm_client_result {
	struct bitmark_info info;
	uint64_t height;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;      /* inside the dealer                 */
	struct bitmark_peer peer;
};

struct bitmark_client {
	struct bm_link link;
	uint64_t timeout_ms;
	char remote_error[BM_REMOTE_ERROR_SIZE];

	/* The call under way. */
	bool busy;
	enum bm_client_kind kind;       /* also of the result                */
	const char *command;
	struct bitmark_span parameter;  /* data NULL: there is none          */
	uint8_t number[8];              /* what it points to, or ...         */
	uint8_t *copy;                  /* ... this                          */
	uint64_t deadline_ms;
	bool sent;                      /* on the connection that there is   */
	uint32_t id;                    /* when sent                         */

	union bm_client_result result;
};

/*
 * bm_client_begin(client, kind, command, parameter):
 * Begin a call.
 *
 *   parameter   borrowed until the call has ended; data NULL: there is none
 *
 * Returns BITMARK_OK or BITMARK_E_STATE (a call is under way).
 */
BITMARK_MUSTUSE bitmark_status bm_client_begin(struct bitmark_client *client,
    enum bm_client_kind kind, const char *command,
    struct bitmark_span parameter);

/* Wait until the call has ended; returns what became of it. */
BITMARK_MUSTUSE bitmark_status bm_client_finish(
    struct bitmark_client *client);

#endif
