/*
 * The owner thread, inside: its loop (owner.c), the connections to other nodes
 * (clients.c), what the connector asks for (follow.c), what peers sent
 * (process.c), what is announced and repeated (announcer.c), first peers from
 * the DNS (bootstrap.c), what is told to everybody (bus.c), and what the
 * program asks for (ask.c).
 *
 * It is the host of machines that know no socket and no clock.  It alone
 * writes to the chain and to the reservoir, and it waits in one place.
 */
#ifndef BM_NODE_OWNER_H
#define BM_NODE_OWNER_H

#include <bitmarkpeer/connector.h>
#include <bitmarkpeer/reservoir.h>
#include <bitmarkpeer/rpc_list.h>
#include <bitmarkpeer/upstream.h>

#include "net/curve.h"
#include "net/dealer.h"
#include "node/calls.h"
#include "node/hashing.h"
#include "node/inbox.h"
#include "node/node.h"
#include "node/state.h"
#include "os/wake.h"

/* Requests of one session without a reply, at most: fetches, a height or
 * registration, a message; and a question for peers. */
#define BM_ASKED_MAX (BITMARK_UPSTREAM_FETCHES_MAX + 3)
/* Token of that question: the session does not know of it. */
#define BM_TOKEN_PEER UINT64_MAX

/* The request that a reply of the dealer belongs to. */
struct bm_asked_token {
	uint32_t id;
	uint64_t token;                 /* 0: free */
};

/* A client of the connector: the connection and the session on it. */
struct bm_node_client {
	struct bitmark_upstream *upstream;
	struct bm_dealer *dealer;       /* NULL: not connected to anybody  */
	uint8_t key[BITMARK_PEER_KEY_SIZE];
	bool kept;                      /* in the table of peers           */
	char name[BITMARK_CONNECTION_TEXT_MAX];         /* for the log     */
	bool connected;                 /* last seen state of the dealer   */
	bool registered;
	uint64_t height;                /* 0: not known                    */
	size_t room;                    /* messages that can be queued     */
	uint64_t full_ms;               /* since when too few; 0: it is not */
	uint64_t deadline_ms;
	struct bm_asked_token asked[BM_ASKED_MAX];
};

/* What the connector is to be told next. */
struct bm_told;

struct bm_follow {
	struct bitmark_connector *connector;
	struct bm_told *first, **end;   /* events that wait                */
	struct bm_hashing *hashing;
	uint64_t ahead_ms;              /* the connector's clock before ours */
	uint64_t deadline_ms;           /* by our clock                    */
	enum bitmark_connector_state state;
	bool normal;
	bool hurried_clients, hurried_heights;  /* see bm_follow_hurry     */
	bool want_neighbours;
	bool batch_open;
	unsigned batched;               /* blocks                          */
	uint64_t batch_since_ms;
	uint64_t told;                  /* newest block that the reservoir
	                                   knows of                        */
	uint64_t applied;               /* blocks since the start          */
};

/* What happened in a second, averaged over the last few. */
struct bm_rates {
	uint64_t since_ms;              /* 0: not yet measured             */
	uint64_t blocks, digests;       /* at since_ms, from the start     */
	double blocks_per_s, digests_per_s;
};

/* Blocks applied at two moments of this synchronisation. */
struct bm_pace {
	uint64_t since_ms, since;       /* since_ms 0: there is none       */
	uint64_t mid_ms, mid;
};

struct bm_announcer {
	uint64_t announce_at_ms;
	uint64_t neighbours_at_ms;
	uint64_t learn_until_ms;        /* until then we ask for peers     */
	uint64_t expire_at_ms;
	uint64_t repeat_at_ms;
	bool repeating;                 /* a rebroadcast is under way      */
	uint64_t more_at_ms;            /* then it may go on               */
};

struct bm_lookup;
struct bm_found;

/* Items to wait for. */
#define BM_BOOTSTRAP_ITEMS 1

struct bm_bootstrap {
	struct bm_lookup *lookup;       /* NULL: no domain                 */
	struct bm_found *found;         /* the last answer; NULL: none yet */
	size_t next;                    /* of them, to be tried            */
};

struct bm_early;

struct bm_owner {
	struct bitmark_node *node;
	struct bm_state state;
	struct bm_wake stop;
	zmq_pollitem_t *items;
	struct bitmark_rpc_list *rpcs;
	struct bm_node_client *clients;
	size_t client_count;
	size_t asked_peer;              /* client that was asked last      */
	struct bm_follow follow;
	uint64_t rest_number;           /* newest block at the last rest ... */
	uint64_t rest_ms;               /* ... and when the next may be     */
	struct bm_rates rates;
	struct bm_pace pace;
	struct bm_announcer announcer;
	struct bm_bootstrap bootstrap;
	bool block_hashing;             /* a block that was pushed is being
	                                   hashed                          */
	bool caught_up;                 /* the program knows all blocks that
	                                   were stored before the start    */
	enum bitmark_mode told_mode;    /* what it knows of the mode       */
	struct bm_early *early, **early_end;    /* what became of transactions
	                                   before that                     */
};

/* owner.c */

uint64_t bm_earlier(uint64_t a, uint64_t b);

/* clients.c */

BITMARK_MUSTUSE bitmark_status bm_clients_new(struct bm_owner *owner);
void bm_clients_free(struct bm_owner *owner);
/* Connect a client; whomever it had before is gone. */
void bm_clients_connect(struct bm_owner *owner, size_t client,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], const char *address);
/* Ask for a block or digest; the connector is told what came. */
void bm_clients_fetch(struct bm_owner *owner, size_t client,
    const struct bitmark_fetch *fetch);
/* Tell all nodes that we are registered with. */
void bm_clients_relay(struct bm_owner *owner,
    enum bitmark_message_priority priority, const char *command,
    const struct bitmark_span *parameters, size_t count);
/* Ask one of the nodes that we are registered with for a third one. */
void bm_clients_ask_peer(struct bm_owner *owner);
/* Nodes that we are registered with. */
size_t bm_clients_registered(const struct bm_owner *owner);
/* Can they take another message and as many as ${left}?  Who could not for a
 * while is not waited for as long as others can; without any they can. */
bool bm_clients_have_room(struct bm_owner *owner, size_t left);
/* Let all connections move on and take in what came. */
void bm_clients_drive(struct bm_owner *owner);
uint64_t bm_clients_deadline(const struct bm_owner *owner);
/* Fill in the sockets to wait for; gives their number. */
size_t bm_clients_items(const struct bm_owner *owner, zmq_pollitem_t *items);

/* follow.c */

BITMARK_MUSTUSE bitmark_status bm_follow_new(struct bm_owner *owner);
void bm_follow_free(struct bm_owner *owner);
/* Tell the connector, soon; what ${event} points to is copied. */
void bm_follow_tell(struct bm_owner *owner,
    const struct bitmark_connector_event *event);
/* Step the connector with all that it is to be told, and do what it wants. */
void bm_follow_run(struct bm_owner *owner);
/* A digest that the connector asked for. */
void bm_follow_hashed(struct bm_owner *owner, const struct bm_hashed *hashed);
/* Begin the first two cycles as soon as they have something to work on. */
void bm_follow_hurry(struct bm_owner *owner);
/* Commit what is applied and tell the reservoir: nothing is pending. */
void bm_follow_settle(struct bm_owner *owner);

/* status.c */

/* What bitmark_node_get_status tells from now on. */
void bm_status_publish(struct bm_owner *owner);

/* bus.c */

/* Tell nodes and local subscribers. */
void bm_bus_tell(struct bm_owner *owner,
    enum bitmark_message_priority priority, const char *command,
    const struct bitmark_span *parameters, size_t count);
void bm_bus_drive(struct bm_owner *owner);
uint64_t bm_bus_deadline(const struct bm_owner *owner);
size_t bm_bus_items(const struct bm_owner *owner, zmq_pollitem_t *items);
/* Tell the program. */
void bm_bus_block(struct bm_owner *owner, enum bitmark_node_event_type type,
    uint64_t number, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE]);
void bm_bus_peer(struct bm_owner *owner, const struct bm_node_client *client,
    bool registered);
void bm_bus_mode(const struct bitmark_node *node, enum bitmark_mode mode);
/* A bitmark_tx_change_fn. */
void bm_bus_transaction(void *owner, enum bitmark_tx_change change,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE]);
/* Blocks that were stored before the start, and what became of transactions
 * by them; until the node stops. */
void bm_bus_catch_up(struct bm_owner *owner);
/* Forget what was not told. */
void bm_bus_drop_early(struct bm_owner *owner);

/* roll_back.c */

/* Take away all blocks after number ${last}; what they held goes back to the
 * reservoir.  BITMARK_OK or an error of the store, with less taken away. */
BITMARK_MUSTUSE bitmark_status bm_roll_back(struct bm_owner *owner,
    uint64_t last);

/* process.c */

/* What bitmark_node_submit does. */
BITMARK_MUSTUSE bitmark_status bm_process_submit(struct bm_owner *owner,
    enum bitmark_submission what, struct bitmark_span data,
    struct bitmark_unit_result *result);

/* Process what is in the inbox; true: there may be more. */
bool bm_process_inbox(struct bm_owner *owner);
/* The digest of a block that was pushed. */
void bm_process_hashed(struct bm_owner *owner, const struct bm_hashed *hashed);

/* announcer.c */

void bm_announcer_start(struct bm_owner *owner);
/* Do what is due. */
void bm_announcer_run(struct bm_owner *owner);
uint64_t bm_announcer_deadline(const struct bm_owner *owner);
/* Write the peer file. */
void bm_announcer_save(struct bm_owner *owner);
/* Let the connector know of a peer that we could be connected to. */
void bm_announcer_tell(struct bm_owner *owner,
    const struct bitmark_peer *peer);

/* bootstrap.c */

/* Begin to look up the domain of ${config}, if it has one. */
BITMARK_MUSTUSE bitmark_status bm_bootstrap_start(struct bm_owner *owner,
    const struct bitmark_node_config *config);
void bm_bootstrap_close(struct bm_owner *owner);
/* As bm_clients_items; BM_BOOTSTRAP_ITEMS at most. */
size_t bm_bootstrap_items(const struct bm_owner *owner,
    zmq_pollitem_t *items);
/* Take in what was found. */
void bm_bootstrap_run(struct bm_owner *owner);
/* Tell the connector of a few of them, when it has too few clients. */
void bm_bootstrap_offer(struct bm_owner *owner);

#endif
