/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * proofing - the two sockets that miners use: one publishes jobs, the other
 * takes submissions and answers them.
 *
 * Both have a context of their own, with a ZAP handler of its own: so a list of
 * keys holds whether or not the node has a listener, and what miners keep
 * libzmq busy with does not slow down peers.
 *
 * It has no thread: its owner calls drive when one of the poll items has input,
 * and takes requests then.  Each request that can be answered must be, exactly
 * once: a miner of bitmarkd waits for the reply for ever [S-12].
 *
 * Used by one thread at a time.  Times are milliseconds, never going back.
 *
 * Source: bitmarkd v8.2 proof/publisher.go, proof/submission.go
 */
#ifndef BM_NET_PROOFING_H
#define BM_NET_PROOFING_H

#include "net/publisher.h"
#include "net/router.h"

/* Clients of each of the sockets, at most; half of them from one host.
 * Source: local bound */
#define BM_PROOFING_CLIENTS_MAX 256
/* Replies that wait for one client; more are dropped.  A client of ours has one
 * request under way.  Source: local bound */
#define BM_PROOFING_REPLIES_MAX 64
/* Sockets to poll, at most. */
#define BM_PROOFING_ITEMS (BM_PUBLISHER_ITEMS + 3)

struct bm_proofing_config {
	const struct bitmark_connection *publish;       /* port 0: any      */
	size_t publish_count;           /* 0: no jobs are published         */
	const struct bitmark_connection *submit;        /* port 0: any      */
	size_t submit_count;            /* 0: none are taken                */
	uint8_t private_key[BITMARK_PEER_KEY_SIZE];
	const uint8_t *miners;          /* keys that are let in, one behind
	                                   another                          */
	size_t miner_count;             /* 0: all are                       */
	unsigned clients_max;           /* at least 1                       */
	struct bitmark_env env;         /* only log is used                 */
};

struct bm_proofing;

/*
 * bm_proofing_open(proofing, config, now_ms):
 * Bind all addresses.
 *
 *   proofing  new; owned by the caller: bm_proofing_close
 *   config    copied
 *
 * Returns BITMARK_OK, BITMARK_E_NET (cannot bind) or BITMARK_E_NOMEM.
 */
BITMARK_MUSTUSE bitmark_status bm_proofing_open(struct bm_proofing **proofing,
    const struct bm_proofing_config *config, uint64_t now_ms);

/* Close and free.  Waits until the last messages are sent, for at most
 * BM_NET_LINGER_MS; then the ports are free.  NULL: nothing. */
void bm_proofing_close(struct bm_proofing *proofing);

/* The address that entry ${index} of config->publish or ->submit is bound to.
 */
void bm_proofing_published_at(const struct bm_proofing *proofing,
    size_t index, struct bitmark_connection *bound);
void bm_proofing_submitted_at(const struct bm_proofing *proofing,
    size_t index, struct bitmark_connection *bound);

/* Let miners in, and see who has gone. */
void bm_proofing_drive(struct bm_proofing *proofing, uint64_t now_ms);

/* When drive has something to do although no poll item has input. */
uint64_t bm_proofing_deadline(const struct bm_proofing *proofing);

/* Fill in what to wait for; gives the number.  The sockets stay the same until
 * close. */
size_t bm_proofing_items(const struct bm_proofing *proofing,
    zmq_pollitem_t items[BM_PROOFING_ITEMS]);

/* Publish a job, as one frame; nothing else is ever sent there [S-01]. */
void bm_proofing_publish(struct bm_proofing *proofing,
    struct bitmark_span job);

/* Take one request that is to be answered, owned by the caller:
 * bm_proofing_reply; NULL: there is none. */
struct bm_request *bm_proofing_take(struct bm_proofing *proofing);

/* Its first frame, which alone is looked at. */
struct bitmark_span bm_proofing_submission(struct bm_request *request);

/* Answer a request, which is freed. */
void bm_proofing_reply(struct bm_proofing *proofing,
    struct bm_request *request, struct bitmark_span reply);

struct bm_proofing_stats {
	unsigned subscribers;           /* of jobs, when drive was called   */
	unsigned submitters;            /* connections                      */
	uint64_t published;             /* messages                         */
	uint64_t lost;                  /* ... that reached nobody, for lack of
	                                   memory                           */
	uint64_t unanswered;            /* messages that are no request, and
	                                   replies that could not be sent   */
	uint64_t cut;                   /* clients that were cut off: there
	                                   were too many, too slow ones, or
	                                   they sent too much               */
	uint64_t unlisted;              /* ... that are not in the list     */
};

void bm_proofing_stats(const struct bm_proofing *proofing,
    struct bm_proofing_stats *stats);

#endif
