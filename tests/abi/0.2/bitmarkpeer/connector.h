/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * connector - keeps a node in step with the best chain of its peers: which ones
 * to connect to, whose chain to follow, where it parts from ours, which blocks
 * to fetch, when to roll back.
 *
 * Pure: no socket, no clock, no thread.  It asks for work in its updates and
 * is told the results; every piece of work carries a token that is never used
 * twice, and a result whose token is not waited for any more is ignored.
 *
 * Upstreams are numbered: first the static ones in the order of the
 * configuration, then the dynamic slots.  In the structs such a number is the
 * member "client", because bitmarkd calls these connections clients.
 */
#ifndef BITMARKPEER_CONNECTOR_H
#define BITMARKPEER_CONNECTOR_H

#include <bitmarkpeer/connection.h>
#include <bitmarkpeer/rules.h>
#include <bitmarkpeer/upstream.h>
#include <bitmarkpeer/view.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Source of the next four: bitmarkd v8.2 and v0.16.0 peer/connector.go.  What
 * differs is in the rules: minimum_clients, dynamic_clients, samples,
 * election. */
#define BITMARK_CONNECTOR_CYCLE_MS 15000
#define BITMARK_CONNECTOR_CYCLE_BLOCKS 200
#define BITMARK_CONNECTOR_FORK_PROTECTION 60
#define BITMARK_CONNECTOR_TIMEOUT_MS 60000
/* A client that has not told its height for so long does not vote.
 * Source: bitmarkd v0.16.0 peer/upstream */
#define BITMARK_CONNECTOR_VOTE_MS 60000
/* How long a peer is set aside, that is, not followed and asked for nothing:
 * one that misled us, or that left more requests unanswered than lost replies
 * explain.  Source: local choice. */
#define BITMARK_CONNECTOR_ASIDE_MS (5 * 60 * 1000)
/* The longest time that a peer is set aside for one block that our rules
 * refuse.
 * Source: local choice. */
#define BITMARK_CONNECTOR_REFUSED_MAX_MS (60 * 60 * 1000)
/* Peers that are set aside and remembered, at most.  Source: local bound. */
#define BITMARK_CONNECTOR_ASIDE_MAX 64
/* An upstream that works is replaced by a new neighbour at most once in this
 * time.  Source: local choice, the interval of announcements [D-37]. */
#define BITMARK_CONNECTOR_REPLACE_MS (11 * 60 * 1000)
/* When no block has come for so long, those that were asked for are asked of
 * another upstream, too.  Source: local choice. */
#define BITMARK_CONNECTOR_LATE_MS (10 * 1000)
/* Bytes of blocks fetched ahead, at most.  Source: local bound. */
#define BITMARK_CONNECTOR_AHEAD_BYTES (64u * 1024 * 1024)
/* Blocks fetched ahead, at most: more than a fork that is allowed and the
 * block that makes it longer.  Source: local bound. */
#define BITMARK_CONNECTOR_WINDOW 64
/* Actions of one update. */
#define BITMARK_CONNECTOR_ACTIONS_MAX 16
/* Addresses of one upstream.  An announcement has room for about as many.
 * Source: local bound. */
#define BITMARK_CONNECTOR_ADDRESSES_MAX 8

struct bitmark_connector;

struct bitmark_connector_config {
	size_t struct_size;             /* sizeof this struct */
	const uint8_t *static_keys;     /* static_count keys, one after the
	                                   other; copied.  Our own key, and
	                                   one that comes again, is never
	                                   connected to                     */
	size_t static_count;
	uint8_t own_key[BITMARK_PEER_KEY_SIZE];
	bool dynamic;                   /* use dynamic upstreams [D-39]     */
	bool prefer_ipv6;
	/* The rest, 0: the default above, or that of the rules. */
	size_t dynamic_clients;
	size_t minimum_clients;         /* never more than there can be     */
	uint64_t cycle_ms;
	uint64_t cycle_blocks;
	uint64_t fork_protection;       /* at most BITMARK_CONNECTOR_WINDOW */
	uint64_t samples;
	uint64_t timeout_ms;            /* of an upstream that does not
	                                   connect; and, with a cycle, of work
	                                   without any progress             */
	uint64_t aside_ms;
	uint64_t replace_ms;
	size_t ahead_bytes;
	/* Our chain as its writer sees it: height and digests are used. */
	const struct bitmark_view *view;        /* copied                   */
	const struct bitmark_env *env;  /* copied; log only; NULL: silence  */
	const struct bitmark_rules *rules;      /* borrowed for as long as the
	                                   connector lives; NULL:
	                                   bitmark_rules_8_2()              */
	/*
	 * A checkpoint: blocks up to this number are taken from one client, the
	 * one that is followed, with the digests that its next headers name.
	 * The host computes none; storing the block of this number tells it
	 * whether they were right (BITMARK_E_CHECKPOINT, and our chain is
	 * shorter).  0: none.
	 */
	uint64_t trusted;
	const uint8_t *trusted_digest;  /* of that block; copied            */
	/* Our newest block that is proven; with the user of the view. */
	uint64_t (*proven)(void *user);
};

/*
 * The states: what each does, and where it goes.  "rests": nothing more before
 * the next cycle.  R: best height that a usable upstream claims; L: ours.
 *
 *   CONNECTING     not normal any more.  Enough upstreams: HIGHEST_BLOCK,
 *                  rests.  Otherwise stays, rests
 *   HIGHEST_BLOCK  an upstream with a height: FORK_DETECT.  Otherwise asks for
 *                  neighbours, stays, rests
 *   FORK_DETECT    R <= L: REBUILD.  Otherwise finds the highest common
 *                  block C: C = L: FETCH_BLOCKS.  L - C below the protection:
 *                  fetches and checks C+1 .. L+1, rolls back to C:
 *                  FETCH_BLOCKS.  Deeper, or a failure: HIGHEST_BLOCK, rests
 *   FETCH_BLOCKS   fetches, checks, applies: all blocks up to R, or
 *                  cycle_blocks of them: HIGHEST_BLOCK.  The upstream that is
 *                  followed fails: HIGHEST_BLOCK, rests
 *   REBUILD        normal.  SAMPLING, rests
 *   SAMPLING       R >= L+2, or L+1 for the eleventh time: FORK_DETECT.
 *                  Otherwise stays, rests
 *   STOPPED        not normal; nothing
 *
 *   TICK of the cycle: a state that rests runs again.  STOP: -> STOPPED.
 *   Results run FORK_DETECT and FETCH_BLOCKS on; when none comes for long they
 *   give up: HIGHEST_BLOCK, rests.
 *
 *   While there are too few upstreams neighbours are asked for once a cycle,
 *   in every state but STOPPED.
 *
 *   A node that can have no upstreams at all is normal: nobody has more.
 *
 * With BITMARK_ELECTION_VOTES R is that of an election, and three states are
 * different.  Each usable upstream that told its height within the last minute,
 * is not below L and has told a digest for one of our block numbers has a vote:
 * for our chain when the digest is ours, else for the block that it told of.
 * The largest group wins when it has votes from half of the minimum of clients
 * (3 of 5); groups of one size count together, and the smallest digest wins.
 * The highest one of the group is followed.  Its chain is better when R > L, or
 * when R = L and its digest is the smaller one, compared as a number whose last
 * stored byte weighs most: so no two nodes ever change places.
 *
 *   HIGHEST_BLOCK  better: FORK_DETECT, to which R = L is enough then.  The
 *                  same block: REBUILD.  Another block, not better: stays,
 *                  rests.  No group wins: REBUILD if most upstreams are below
 *                  L, or at L with our block, and they are enough to decide;
 *                  else CONNECTING, rests
 *   SAMPLING       too few upstreams (sampling_needs_clients): CONNECTING.
 *                  Better: FORK_DETECT at once.  No group wins, more often than
 *                  samples: FORK_DETECT, where nothing is better: REBUILD
 *   FORK_DETECT    at R = L fetches and checks C+1 .. L, and looks whether the
 *                  digest is indeed the smaller one
 *
 *   Peers that lie, but are too few to win, move nobody.  One that is followed
 *   and does not serve what it told of is set aside, and the node stays normal.
 *
 * While peers have a block that our rules refuse, and are so many that they
 * would decide, the node is not normal, whatever its state: cannot_follow in
 * bitmark_connector_status.
 *
 * Source: bitmarkd v8.2 and v0.16.0 peer/connector.go.  v8.2 rests 15 s after
 * each 200 blocks, which is skipped here.  0.16 follows the first of a group,
 * counts a vote only for the block that it was asked about, and takes each of
 * two digests for the smaller one as soon as any of its bytes is
 */
enum bitmark_connector_state {
	BITMARK_CONNECTOR_CONNECTING,
	BITMARK_CONNECTOR_HIGHEST_BLOCK,
	BITMARK_CONNECTOR_FORK_DETECT,
	BITMARK_CONNECTOR_FETCH_BLOCKS,
	BITMARK_CONNECTOR_REBUILD,
	BITMARK_CONNECTOR_SAMPLING,
	BITMARK_CONNECTOR_STOPPED,
};

/* "Connecting" .. as v8.2 names them; static. */
BITMARK_API const char *bitmark_connector_state_name(
    enum bitmark_connector_state state);

enum bitmark_connector_event_type {
	BITMARK_CONNECTOR_EV_TICK = 1,  /* the deadline has passed           */
	BITMARK_CONNECTOR_EV_NEIGHBOUR, /* key, connections: a node that we
	                                   should be connected to            */
	/* An upstream, since the last ACT_CONNECT for it: */
	BITMARK_CONNECTOR_EV_REGISTERED,
	BITMARK_CONNECTOR_EV_HEIGHT,    /* client, number; its vote, when there
	                                   is one: vote_number, digest       */
	BITMARK_CONNECTOR_EV_LOST,      /* no longer registered: what it was
	                                   asked for will not come           */
	/* Results: token, status, and what is named: */
	BITMARK_CONNECTOR_EV_FETCHED,   /* client, data                      */
	BITMARK_CONNECTOR_EV_CHECKED,   /* digest                            */
	BITMARK_CONNECTOR_EV_APPLIED,
	BITMARK_CONNECTOR_EV_ROLLED_BACK,
	BITMARK_CONNECTOR_EV_STOP,
	BITMARK_CONNECTOR_EV_EXPIRED,   /* key: a peer that was not heard of for
	                                   too long; a dynamic upstream to it
	                                   is given up                       */
};

struct bitmark_connector_event {
	size_t struct_size;             /* sizeof this struct */
	enum bitmark_connector_event_type type;
	uint64_t now_ms;                /* monotonic, never goes back        */
	size_t client;
	uint64_t number;
	uint64_t token;
	bitmark_status status;
	struct bitmark_span key;        /* spans are borrowed                */
	struct bitmark_span connections;
	struct bitmark_span data;       /* digest or block                   */
	uint8_t *memory;                /* NULL: a block is copied.  Else what
	                                   data begins at, made by malloc or by
	                                   a call of this library: taken, also
	                                   when the block is not wanted, and
	                                   given back with bitmark_free      */
	uint8_t digest[BITMARK_DIGEST_SIZE];
	bool is_filler;                 /* EV_NEIGHBOUR: not a neighbour by the
	                                   rule; it takes a place that is free
	                                   or whose peer cannot be reached, and
	                                   no other                          */
	uint64_t vote_number;           /* EV_HEIGHT: digest is that which the
	                                   peer has for the block of this
	                                   number; 0: it has not told one, and
	                                   the vote that it gave before stays */
};

enum bitmark_connector_action_type {
	BITMARK_CONNECTOR_ACT_CONNECT = 1,      /* client to key, at one of
	                                   addresses: the first of them is
	                                   preferred, any may work.  The
	                                   peer that it had before is gone.
	                                   For static ones the address is
	                                   in the host's configuration      */
	BITMARK_CONNECTOR_ACT_RECONNECT,        /* there are too few: give us
	                                   neighbours, and candidates        */
	/* Work that is to be answered by an event with the token, unless the
	 * upstream is reported as lost: */
	BITMARK_CONNECTOR_ACT_FETCH,    /* client, fetch: EV_FETCHED         */
	BITMARK_CONNECTOR_ACT_CHECK,    /* block: compute the digest of its
	                                   header unless has_digest, check
	                                   header and work: EV_CHECKED, in any
	                                   order                             */
	BITMARK_CONNECTOR_ACT_APPLY,    /* number, block, digest: verify and
	                                   store: EV_APPLIED                 */
	BITMARK_CONNECTOR_ACT_ROLL_BACK,        /* number: the newest block
	                                   that stays: EV_ROLLED_BACK        */
	BITMARK_CONNECTOR_ACT_DISCONNECT,       /* client: close its
	                                   connection; it has no peer any
	                                   more                              */
};

/* Lent: inside the connector, until the next step. */
struct bitmark_connector_action {
	enum bitmark_connector_action_type type;
	size_t client;
	uint64_t number;
	uint64_t token;
	struct bitmark_fetch fetch;     /* with the token                    */
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	struct bitmark_connection address;      /* the first of addresses    */
	struct bitmark_span block;      /* inside                            */
	uint8_t digest[BITMARK_DIGEST_SIZE];
	size_t address_count;
	const struct bitmark_connection *addresses;     /* inside            */
	bool has_digest;                /* ACT_CHECK: digest is the one that
	                                   counts                            */
};

/* Work for the host after a step, in this order.  Lent: inside the connector,
 * until the next step. */
struct bitmark_connector_update {
	size_t count;
	const struct bitmark_connector_action
	    *action[BITMARK_CONNECTOR_ACTIONS_MAX];
	/* As it is now, whether it changed or not: */
	enum bitmark_connector_state state;
	bool normal;                    /* mode: Normal; otherwise
	                                   Resynchronise, or Stopped when
	                                   that is the state                 */
	uint64_t deadline_ms;           /* send EV_TICK then; UINT64_MAX:
	                                   never.  It may be now             */
};

struct bitmark_connector_status {
	size_t struct_size;             /* sizeof this struct */
	enum bitmark_connector_state state;
	bool normal;
	bool few_clients;               /* fewer usable than the minimum     */
	size_t registered;              /* upstreams                         */
	size_t aside;                   /* upstreams that are left alone,
	                                   registered or not                 */
	uint64_t target;                /* R; 0: not known                   */
	size_t source;                  /* the one that is followed; SIZE_MAX:
	                                   none                              */
	/* Since the start: */
	uint64_t applied;               /* blocks                            */
	uint64_t rollbacks;
	uint64_t refused_forks;         /* deeper than the protection        */
	uint64_t misled;                /* times that a peer was set aside   */
	uint64_t late;                  /* results that nobody waited for    */
	/*
	 * The block that our rules refuse although peers have it.  Their
	 * senders were set aside for it, and are tried again rarely: after
	 * aside_ms, then twice as long each time, up to an hour.  All 0 while
	 * there is none, and again once our chain has a block of that number.
	 */
	uint64_t refused;               /* its number; 0: none               */
	bitmark_status refusal;         /* why                               */
	size_t refusing;                /* upstreams that were set aside for it
	                                   and are still registered          */
	uint64_t refused_target;        /* the greatest height of these      */
	uint64_t refused_retry_ms;      /* until the first of them is tried
	                                   again                             */
	bool cannot_follow;             /* these are so many that they would
	                                   decide whom to follow: the node is
	                                   not normal for that               */
	/* BITMARK_ELECTION_VOTES, at the last election: */
	size_t voters;
	size_t votes;                   /* for the chain that is followed; 0:
	                                   none had enough                   */
};

/*
 * bitmark_connector_new(connector, config):
 * A connector that has done nothing yet: step it with EV_TICK.
 *
 *   connector  new; owned by the caller: bitmark_connector_free
 *   config     copied; what view->user points to must outlive the connector
 *
 * Returns BITMARK_OK, BITMARK_E_ARGUMENT (fork_protection; a struct_size) or
 * BITMARK_E_NOMEM.
 */
BITMARK_API BITMARK_MUSTUSE bitmark_status bitmark_connector_new(
    struct bitmark_connector **connector,
    const struct bitmark_connector_config *config);

BITMARK_API void bitmark_connector_free(struct bitmark_connector *connector);

/*
 * bitmark_connector_step(connector, event):
 * Tell what happened; learn what to do.  Memory is allocated for blocks only,
 * up to ahead_bytes; when there is none the block counts as not received, and
 * the cycle begins again.
 *
 *   event    borrowed, but for memory
 *
 * Returns the update; NULL only when the event's struct_size is wrong, and
 * then nothing was done.
 */
BITMARK_API const struct bitmark_connector_update *bitmark_connector_step(
    struct bitmark_connector *connector,
    const struct bitmark_connector_event *event);

/* Returns BITMARK_OK, or BITMARK_E_ARGUMENT (struct_size). */
BITMARK_API bitmark_status bitmark_connector_get_status(
    const struct bitmark_connector *connector,
    struct bitmark_connector_status *status);

/* Upstreams in all; key of one, or NULL when it is free.  Inside. */
BITMARK_API size_t bitmark_connector_clients(
    const struct bitmark_connector *connector);
BITMARK_API const uint8_t *bitmark_connector_client_key(
    const struct bitmark_connector *connector, size_t client);

#ifdef __cplusplus
}
#endif

#endif
