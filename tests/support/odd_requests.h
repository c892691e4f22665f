/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The odd requests of tests/data/hostile-cases.json, and the replies that
 * they must get.
 */
#ifndef TESTS_ODD_REQUESTS_H
#define TESTS_ODD_REQUESTS_H

#include <bitmarkpeer/account.h>

#include <jansson.h>

/* Cases of the file; those of several steps are several messages. */
#define ODD_CASES 360
#define ODD_FRAMES_MAX 128

/* The facts about a node on which the messages and their replies depend. */
struct odd_node {
	const char *version;
	bool normal;
	uint64_t height;
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	uint64_t now_s;
};

struct odd_request {
	const json_t *case_;
	size_t step;                    /* of the case, from 0              */
	size_t count;
	struct bitmark_span frame[ODD_FRAMES_MAX];
};

/* Called for each message, in order; borrowed during the call. */
typedef void (*odd_fn)(const struct odd_request *request);

/* Call ${fn} for all messages of all cases; ${node} may change meanwhile. */
void odd_each(const struct odd_node *node, odd_fn fn);

/* The frame after the chain is this word. */
bool odd_is(const struct odd_request *request, const char *command);

/* The reply is exactly the one that the case demands of the node; of R only
 * what does not depend on the peers that the node knows. */
void odd_check_reply(const struct odd_request *request,
    const struct odd_node *node, const struct bitmark_span *reply,
    size_t count);

#endif
