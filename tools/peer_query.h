/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One question to one or many nodes, once or again and again.
 */
#ifndef TOOLS_PEER_QUERY_H
#define TOOLS_PEER_QUERY_H

#include "peer.h"
#include "shared/json.h"

/* The answer of one node. */
struct peer_answer {
	bitmark_status status;
	char failure[PEER_FAILURE_MAX]; /* also of a request that may fail   */
	struct bitmark_info info;       /* info; its height also for height */
	bool has_digest;
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t round_trip_us;         /* of the request that ended last    */
	uint64_t measured_us;           /* info */
	struct peer_told *told;         /* map; the asker's                  */
};

/* A question is one request or several, one after another. */
struct peer_request {
	/* Send it; ${answer} holds what the requests before have brought. */
	bitmark_status (*start)(struct bitmark_client *client, uint64_t number,
	    const struct peer_answer *answer);
	/* Take the result of one that has ended well. */
	bitmark_status (*take)(const struct bitmark_client *client,
	    struct peer_answer *answer);
	bool may_fail;                  /* the answer is one without it, too */
	/* Is it sent once more?  NULL: never. */
	bool (*again)(const struct peer_answer *answer);
};

/* One of the questions. */
struct peer_query {
	const struct peer_request *requests;
	size_t request_count;
	/* Add what was answered to an object of --json. */
	void (*to_json)(const struct peer_answer *answer, json_t *object);
	/* For people: one node alone, the head of a table, and a row of it
	 * after the column of names. */
	void (*print)(const struct peer_target *target,
	    const struct peer_answer *answer);
	void (*print_head)(const struct peer_options *options);
	void (*print_row)(const struct peer_options *options,
	    const struct peer_answer *answer);
	uint64_t number;                /* of the block, for hash            */
	bool is_long;                   /* print takes more than a line      */
};

/* The requests of info, and how their answers are shown. */
#define PEER_INFO_REQUESTS 3
extern const struct peer_query peer_info_query;

/* Ask all targets, which have their clients, at the same time; a place in
 * ${answers} for each, which is zero but for what the requests use.  false: no
 * memory. */
bool peer_ask(const struct peer_query *query,
    const struct peer_targets *targets, struct peer_answer *answers);

/* A node and its answer as --json has them. */
json_t *peer_answer_json(const struct peer_query *query,
    const struct peer_target *target, const struct peer_answer *answer);

/* Ask what the options say and show it.  Gives an exit code. */
int peer_run_query(const struct peer_options *options,
    const struct peer_query *query);

#endif
