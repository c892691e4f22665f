/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * connector, inside.
 *
 *   connector.c              states, the step, the deadline
 *   connector_new.c          creation, status
 *   connector_clients.c      the nodes that it is connected to
 *   connector_neighbours.c   which nodes become clients
 *   connector_election.c     the choice of the client to follow
 *   connector_fork.c         search for the common block, the new branch
 *   connector_window.c       the window: blocks that are asked for ahead
 *   connector_fetch.c        blocks that come for the window
 *   connector_refused.c      blocks that our rules refuse
 *   connector_trust.c        blocks below a checkpoint
 */
#ifndef BM_PROTOCOL_CONNECTOR_IMPL_H
#define BM_PROTOCOL_CONNECTOR_IMPL_H

#include <bitmarkpeer/connector.h>

/* No client. */
#define BM_NOBODY SIZE_MAX

/*
 * Credit of a client.  A single reply may get lost on a good connection, and
 * must not cost a client its place; a client that answers nothing must not be
 * asked for ever.  So each fetch that is answered adds one, each that is not
 * answered in time takes four, and one without credit is set aside.
 * Source: local choice.
 */
#define BM_CREDIT_FIRST 8u
#define BM_CREDIT_MAX 64u
#define BM_CREDIT_LOST 4u

struct bm_client {
	bool used;                      /* it has a key                    */
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	size_t address_count;           /* dynamic only                    */
	struct bitmark_connection address[BITMARK_CONNECTOR_ADDRESSES_MAX];
	bool want_connect;              /* ACT_CONNECT is due              */
	bool registered;
	uint64_t height;                /* 0: not known                    */
	uint64_t told_ms;               /* when it told its height         */
	uint64_t vote_number;           /* of the block that vote is the
	                                   digest of; 0: none              */
	uint8_t vote[BITMARK_DIGEST_SIZE];
	bool votes, agrees;             /* in the election under way: it
	                                   has a vote, for our block       */
	uint64_t refused;               /* number of its block that our rules
	                                   refuse; 0: none                 */
	bitmark_status refusal;         /* why                             */
	bool want_disconnect;           /* ACT_DISCONNECT is due           */
	uint64_t chosen;                /* order of choice: smallest first */
	uint64_t since_ms;              /* connecting, or lost, since      */
	uint64_t moves_at_ms;           /* not to another address before   */
	uint64_t aside_until_ms;
	bool ahead;                     /* it is for a block that lies
	                                   ahead of our clock              */
	size_t asked;                   /* fetches not answered            */
	unsigned credit;                /* see BM_CREDIT_MAX               */
	bool off_branch;                /* has other blocks than source    */
};

/* The key of a peer that misled us.  Keys are remembered apart from clients, so
 * that a peer does not come back at once in another slot. */
struct bm_aside {
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	uint64_t until_ms;
	uint64_t refused;               /* for this block of it; 0: not    */
	unsigned times;                 /* so often                        */
};

/*
 * A block number of the window.
 *
 *   EMPTY -> ASKED -> HELD -> CHECKING -> CHECKED -> APPLYING -> (next base)
 *
 * Each failure leads back to EMPTY.  A known slot has its checked header
 * and digest although the block itself was given up to save memory: ASKED
 * leads straight to CHECKED when the same header comes.
 */
enum bm_slot_state {
	BM_SLOT_EMPTY,
	BM_SLOT_ASKED,
	BM_SLOT_HELD,
	BM_SLOT_CHECKING,
	BM_SLOT_CHECKED,
	BM_SLOT_APPLYING,
};

struct bm_slot {
	enum bm_slot_state state;
	size_t client;                  /* that is asked, or has sent it   */
	uint64_t token;                 /* of the work under way           */
	uint64_t asked_ms;              /* ASKED: when                     */
	size_t second;                  /* ASKED: the other that is; or
	                                   BM_NOBODY                       */
	uint64_t second_token;
	uint8_t *block;
	size_t size;                    /* bytes                           */
	bool known;
	uint8_t header[BITMARK_HEADER_SIZE];    /* known, from HELD on     */
	uint8_t digest[BITMARK_DIGEST_SIZE];    /* known, CHECKED          */
};

struct bm_window {
	uint64_t base;                  /* number of the first slot        */
	uint64_t last;                  /* number of the last one wanted   */
	size_t asked;                   /* slots in ASKED                  */
	size_t bytes;                   /* of all blocks                   */
	uint64_t came_ms;               /* the last block                  */
	struct bm_slot slot[BITMARK_CONNECTOR_WINDOW];  /* number % size   */
};

/* How far FORK_DETECT has come. */
enum bm_fork_phase {
	BM_FORK_START,
	BM_FORK_SEARCH,                 /* asks for digests                */
	BM_FORK_BRANCH,                 /* fetches what is new             */
	BM_FORK_ROLL_BACK,              /* waits for the roll back         */
};

struct bm_fork {
	enum bm_fork_phase phase;
	uint64_t token;                 /* of the work under way           */
	uint64_t floor;                 /* lowest common block allowed     */
	uint64_t low;                   /* highest known as common; 0: none*/
	uint64_t high;                  /* lowest known as different; while
	                                   none is, the one after our top  */
	bool differs;                   /* a digest did                    */
	uint64_t asked;                 /* number of the digest            */
	bool is_tie;                    /* the other branch may be as long as
	                                   ours: it is the better one      */
};

/* The outcome of an election. */
struct bm_choice {
	size_t source;                  /* client to follow; BM_NOBODY     */
	bool is_better;                 /* its chain is better than ours,  */
	bool is_tie;                    /* ... although not longer         */
	bool in_step;                   /* nothing better than ours is known;
	                                   also without a source           */
};

/* A checkpoint. */
struct bm_trust {
	uint64_t number;                /* 0: none                         */
	uint64_t (*proven)(void *user);
	uint8_t digest[BITMARK_DIGEST_SIZE];
	bool has_client;                /* the key below is one            */
	uint8_t client[BITMARK_PEER_KEY_SIZE];  /* gave what is unproven   */
};

struct bitmark_connector {
	struct bitmark_env env;
	struct bitmark_view view;
	const struct bitmark_rules *rules;
	uint8_t own_key[BITMARK_PEER_KEY_SIZE];
	bool prefer_ipv6;
	size_t static_count, count;     /* clients                         */
	size_t minimum;
	uint64_t cycle_ms, cycle_blocks, fork_protection, samples_max;
	uint64_t timeout_ms, aside_ms, replace_ms;
	size_t ahead_bytes;

	enum bitmark_connector_state state;
	uint64_t now_ms;                /* of the step under way           */
	struct bitmark_connector_update update; /* of the last step        */
	struct bitmark_connector_action action[BITMARK_CONNECTOR_ACTIONS_MAX];
	uint8_t *memory;                /* likewise: of the event's data   */
	bool more;                      /* an update was full              */
	bool normal;
	uint64_t rest_until_ms;
	uint64_t neighbours_at_ms;      /* not asked for before            */
	uint64_t progress_ms;           /* the last result that was of use */
	uint64_t token;                 /* the last one used               */
	uint64_t samples;               /* cycles one block behind         */
	size_t source;                  /* client that is followed         */
	size_t elected;                 /* the source of the last election */
	uint64_t target;                /* ... its height then             */
	size_t voters, votes;           /* ... all, and for its chain      */
	uint64_t chosen;                /* the last order of choice        */
	bool replaced;                  /* a working client was, ...       */
	uint64_t replaced_ms;           /* ... and when                    */
	struct bm_aside aside[BITMARK_CONNECTOR_ASIDE_MAX];
	struct bm_fork fork;
	uint64_t cycle_last;            /* last block of this cycle        */
	bool stored_any;                /* since FETCH_BLOCKS was entered  */
	struct bm_trust trust;
	struct bm_window window;
	struct bitmark_connector_status counts; /* its counters only       */
	struct bm_client client[];
};

/* connector.c */

/* The next action of the update, cleared, with a new token; NULL: full. */
struct bitmark_connector_action *bm_connector_act(
    struct bitmark_connector *c, enum bitmark_connector_action_type type);
/* Begin the cycle again with HIGHEST_BLOCK, after a rest. */
void bm_connector_give_up(struct bitmark_connector *c, const char *why);
/* Go on with the blocks of the window. */
void bm_connector_start_fetching(struct bitmark_connector *c);
/* Is ${status} the fault of bytes, and not of the machine? */
bool bm_connector_is_bad_data(bitmark_status status);

/* connector_clients.c */

void bm_client_assign_statics(struct bitmark_connector *c,
    const uint8_t *keys);
/* The client with this key, or BM_NOBODY. */
size_t bm_client_find(const struct bitmark_connector *c, const uint8_t *key);
/* Give the place of ${client} to another node. */
void bm_client_assign(struct bitmark_connector *c, size_t client,
    const uint8_t *key);
bool bm_client_is_aside(const struct bitmark_connector *c,
    const struct bm_client *client);
/* Is this key left alone, also when no client has it now? */
bool bm_client_is_key_aside(const struct bitmark_connector *c,
    const uint8_t *key);
/* connector_neighbours.c */
void bm_client_neighbour(struct bitmark_connector *connector,
    struct bitmark_span key, struct bitmark_span connections, bool is_filler);
void bm_client_registered(struct bitmark_connector *c, size_t client);
void bm_client_height(struct bitmark_connector *c,
    const struct bitmark_connector_event *event);
void bm_client_lost(struct bitmark_connector *c, size_t client);
void bm_client_connect_wanted(struct bitmark_connector *c);
bool bm_client_is_usable(const struct bitmark_connector *c, size_t client);
/* Are there as many as a Normal node needs? */
bool bm_client_are_enough(const struct bitmark_connector *c);
/* The peer of this key was not heard of for too long: a dynamic client gives up
 * its place. */
void bm_client_expired(struct bitmark_connector *c, struct bitmark_span key);
size_t bm_client_count_usable(const struct bitmark_connector *c);
/* The usable client with the greatest height, or BM_NOBODY. */
size_t bm_client_best(const struct bitmark_connector *c);
/* The usable client on the branch to ask for ${number}, but not ${except}; or
 * BM_NOBODY. */
size_t bm_client_to_ask(const struct bitmark_connector *c, uint64_t number,
    size_t except);
/* Ask ${client} for a block or digest; false: the update is full. */
bool bm_client_ask(struct bitmark_connector *c, size_t client,
    enum bitmark_fetch_kind kind, uint64_t number, uint64_t *token);
/*
 * A client did not serve us, or ${blame} it misled us: then it is left alone.
 * When it is the one that is followed, the cycle begins again.
 */
enum bm_blame {
	BM_NO_BLAME,
	BM_BLAME,
	BM_BLAME_BLOCK,                 /* for a block that is refused, and
	                                   noted: each time for longer     */
};
void bm_client_failed(struct bitmark_connector *c, size_t client,
    enum bm_blame blame, const char *why);
/* A fetch was answered well. */
void bm_client_answered(struct bitmark_connector *c, size_t client);
/* Is ${status} that of a lost reply, and does the client's credit allow to ask
 * again? */
bool bm_client_lost_reply(struct bitmark_connector *c, size_t client,
    bitmark_status status);
/* A block of the client lies ahead of our clock: either the client lies, or our
 * clock is behind.  It is set aside, and marked for bm_client_pardon. */
void bm_client_lies_ahead(struct bitmark_connector *c, size_t client);
/* No client is left to follow.  Try those again that were set aside because of
 * our clock: when all of them look like liars, the clock is more likely
 * wrong. */
void bm_client_pardon(struct bitmark_connector *c);
/* Nothing of use has come for long: set aside all clients that owe an
 * answer. */
void bm_client_blame_debtors(struct bitmark_connector *c, const char *why);

/* connector_election.c */

bool bm_election_is_by_votes(const struct bitmark_connector *c);
/* Votes that decide. */
size_t bm_election_needed(const struct bitmark_connector *c);
struct bm_choice bm_election_choose(struct bitmark_connector *c);
/* The height that we are heading for; 0: not known. */
uint64_t bm_election_target(const struct bitmark_connector *c);
bool bm_election_is_smaller(const uint8_t a[BITMARK_DIGEST_SIZE],
    const uint8_t b[BITMARK_DIGEST_SIZE]);

/* connector_refused.c */

/* The client has a block that our rules refuse. */
void bm_refused_note(struct bitmark_connector *c, size_t client,
    uint64_t number, bitmark_status status);
void bm_refused_settle(struct bitmark_connector *c);
/* Are those clients the ones that would decide whom to follow? */
bool bm_refused_decides(const struct bitmark_connector *c);
void bm_refused_tell(const struct bitmark_connector *c,
    struct bitmark_connector_status *status);
uint64_t bm_refused_pause_ms(const struct bitmark_connector *c,
    unsigned times);

/* connector_fork.c */

/* Is the chain of the client that is followed still better than ours? */
bool bm_fork_is_better(const struct bitmark_connector *c);

/* Has our chain become as long as that of the client, by blocks from others,
 * before any digest was seen to differ?  Then there is nothing to search. */
bool bm_fork_is_overtaken(const struct bitmark_connector *c);
/* Do what can be done now; true: the state changed, go on at once. */
bool bm_fork_run(struct bitmark_connector *c);
void bm_fork_digest(struct bitmark_connector *c,
    const struct bitmark_connector_event *event);
void bm_fork_rolled_back(struct bitmark_connector *c,
    const struct bitmark_connector_event *event);

/* connector_window.c */

struct bm_slot *bm_window_slot(struct bitmark_connector *c, uint64_t number);
void bm_window_start(struct bitmark_connector *c, uint64_t base);
void bm_window_clear(struct bitmark_connector *c);
/* Forget one block, and its header. */
void bm_window_clear_slot(struct bitmark_connector *c, struct bm_slot *slot);
/* Give up the bytes of a block; its header and digest stay. */
void bm_window_drop_body(struct bitmark_connector *c, struct bm_slot *slot);
/* ${client} does not send the block.  When two were asked, the other one
 * becomes the first; else the block is wanted again. */
void bm_window_ask_no_more(struct bitmark_connector *c, struct bm_slot *slot,
    size_t client);
/* The client is gone: what it was asked for is wanted again. */
void bm_window_forget_client(struct bitmark_connector *c, size_t client);
/* Ask for blocks up to ${last}, and have checked what came. */
void bm_window_pump(struct bitmark_connector *c, uint64_t last);
/* The next time, after now, at which another client is to be asked for a block
 * that is late; UINT64_MAX: never. */
uint64_t bm_window_late_at(const struct bitmark_connector *c);
/* May blocks be given up once they are checked?  Only while a branch is
 * examined: they are fetched again after the roll back. */
bool bm_window_is_branch(const struct bitmark_connector *c);
/* Blocks that were given up are wanted again. */
void bm_window_want_bodies(struct bitmark_connector *c);
/* Does block ${number} follow the one before it, which is stored or checked?
 * When not, one of the two blocks is given up, and its client may be blamed. */
bool bm_window_link(struct bitmark_connector *c, uint64_t number);

/* connector_trust.c */

/* Is the digest of the block taken from the next header? */
bool bm_trust_covers(const struct bitmark_connector *c, uint64_t number);
/* The last block to be fetched, so that the digest of ${last} is known. */
uint64_t bm_trust_reach(const struct bitmark_connector *c, uint64_t last);
/* The client that ${number} must come from: the one that is followed.  False:
 * any will do. */
bool bm_trust_is_exclusive(const struct bitmark_connector *c,
    uint64_t number);
/* ${best}, or the client that has given us blocks which are not proven. */
size_t bm_trust_client(const struct bitmark_connector *c, size_t best);
/* Blocks of the client that is followed are stored from now on. */
void bm_trust_follow(struct bitmark_connector *c);
/* Our newest block that is proven. */
uint64_t bm_trust_proven(const struct bitmark_connector *c);

/* Where the digest of a block that is checked comes from. */
enum bm_claim {
	BM_CLAIM_NONE,                  /* compute it                      */
	BM_CLAIM_LATER,                 /* wait for the next header        */
	BM_CLAIM_HERE,
};
enum bm_claim bm_trust_claim(struct bitmark_connector *c, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE]);

/* connector_fetch.c */

void bm_window_fetched(struct bitmark_connector *c,
    const struct bitmark_connector_event *event);
void bm_window_checked(struct bitmark_connector *c,
    const struct bitmark_connector_event *event);
void bm_window_applied(struct bitmark_connector *c,
    const struct bitmark_connector_event *event);
/* FETCH_BLOCKS: do what can be done; true: all of this cycle is stored. */
bool bm_window_fetch(struct bitmark_connector *c);
/* Is a block being stored?  The host may take long for that, so no progress
 * meanwhile is not the fault of any client. */
bool bm_window_is_applying(const struct bitmark_connector *c);

#endif
