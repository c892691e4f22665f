/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Fork detection: find the block at which the chain of the followed client
 * parts from ours, then fetch and check its branch before ours is given up.
 *
 * Source: bitmarkd v8.2 peer/connector.go ForkDetect, which walks down block
 * by block and rolls back before it has seen anything of the new branch
 * [D-60], and does not know that genesis is common [D-15]
 */
#include "protocol/connector_impl.h"

#include <string.h>

#include "codec/log.h"

static uint64_t
our_height(const struct bitmark_connector *c)
{
	return c->view.height(c->view.user);
}

/* Ask for the digest of one block.  Token 0 means that nothing is asked; it
 * stays when the update is full, so that the next step asks. */
static void
ask_digest(struct bitmark_connector *c, uint64_t number)
{
	c->fork.asked = number;
	if (!bm_client_ask(c, c->source, BITMARK_FETCH_DIGEST, number,
	    &c->fork.token))
		c->fork.token = 0;      /* asked again by the next step */
}

/* The phase changes only when the action has a place, so that the next step
 * tries again. */
static void
roll_back(struct bitmark_connector *c)
{
	struct bitmark_connector_action *action = bm_connector_act(c,
	    BITMARK_CONNECTOR_ACT_ROLL_BACK);

	if (action == NULL)
		return;
	action->number = c->fork.low;
	c->fork.token = action->token;
	c->fork.phase = BM_FORK_ROLL_BACK;
}

/* Refuse a branch that begins deeper than the fork protection.  An attacker
 * wants so many blocks to be given up, and an honest network never needs it, so
 * a person has to decide.  The exception are blocks below a checkpoint whose
 * digests were never computed, when the client that sent them is gone: they are
 * given up. */
static void
refuse(struct bitmark_connector *c)
{
	const uint64_t proven = bm_trust_proven(c);

	if (proven < our_height(c)) {
		c->fork.low = proven;
		bm_window_start(c, proven + 1);
		roll_back(c);
		return;
	}
	c->counts.refused_forks++;
	bm_client_failed(c, c->source, BM_BLAME,
	    "its chain parts from ours deeper than the fork protection");
}

/* The search has ended: block low is the last common one.  When it is our
 * newest block, the client just has more blocks, which are fetched.  But if the
 * client was chosen because its vote named another block at that height, it
 * contradicts itself, and is blamed: otherwise it would be chosen again for
 * ever.  When low is below our newest block, our blocks above it would have to
 * be rolled back, so the branch is fetched and checked first. */
static bool
found(struct bitmark_connector *c)
{
	if (c->fork.is_tie && c->fork.low == our_height(c)) {
		bm_client_failed(c, c->source, BM_BLAME,
		    "it has our block, and told of another");
		return true;
	}
	bm_window_start(c, c->fork.low + 1);
	c->progress_ms = c->now_ms;
	if (c->fork.low == our_height(c)) {
		bm_connector_start_fetching(c);
		return true;
	}
	bm_log(&c->env, BITMARK_LOG_INFO, "connector",
	    "client %zu has another branch after block %llu", c->source,
	    (unsigned long long)c->fork.low);
	c->fork.phase = BM_FORK_BRANCH;
	return true;
}

/*
 * Ask for the digest that decides next.  The first is that of our newest block,
 * which is common in nearly all cases, and then one question was enough.  The
 * second is the lowest block that may be common: if that differs, no other has
 * to be asked for.  Then the distance between low and high is halved, so that
 * 60 blocks cost six questions where v8.2 needs sixty.
 */
static bool
search(struct bitmark_connector *c)
{
	struct bm_fork *f = &c->fork;

	if (f->token != 0)
		return false;
	/* Blocks that came meanwhile have not been compared. */
	if (!f->differs)
		f->high = our_height(c) + 1;
	if (f->low != 0 && f->high - f->low == 1)
		return found(c);
	if (f->low == 0 && f->high == f->floor) {
		refuse(c);
		return true;
	}
	if (f->high > our_height(c))
		ask_digest(c, our_height(c));
	else if (f->low == 0)
		ask_digest(c, f->floor);
	else
		ask_digest(c, f->low + (f->high - f->low) / 2);
	return false;
}

/* The genesis block is always common, since the chain's name stands for it.  So
 * in a chain that is shorter than the fork protection the search always finds a
 * common block. */
static bool
start(struct bitmark_connector *c)
{
	uint64_t height = our_height(c);
	struct bm_fork *f = &c->fork;

	f->phase = BM_FORK_SEARCH;
	if (height - BITMARK_GENESIS_NUMBER < c->fork_protection) {
		f->floor = BITMARK_GENESIS_NUMBER;
		f->low = BITMARK_GENESIS_NUMBER;
	} else {
		f->floor = height - c->fork_protection + 1;
	}
	/* Blocks up to the checkpoint are proven and are never given up. */
	if (height >= c->trust.number && f->floor < c->trust.number) {
		f->floor = c->trust.number;
		f->low = 0;
	}
	return true;
}

/* Our own chain may have changed while the question was under way, and the
 * block that was asked about may be gone.  Then the bounds of the search are
 * wrong, and it begins again. */
void
bm_fork_digest(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	struct bm_fork *f = &c->fork;
	uint8_t own[BITMARK_DIGEST_SIZE];
	bool gone = event->status == BITMARK_E_NO_CONNECTION ||
	    event->status == BITMARK_E_BUSY;

	f->token = 0;
	if (bm_client_lost_reply(c, c->source, event->status))
		return;                 /* asked again by the next step */
	if (event->status != BITMARK_OK ||
	    event->data.size != BITMARK_DIGEST_SIZE) {
		bm_client_failed(c, c->source,
		    gone ? BM_NO_BLAME : BM_BLAME, "digest not received");
		return;
	}
	if (f->asked > our_height(c) || c->view.digest(c->view.user, f->asked,
	    own) != BITMARK_OK) {
		bm_connector_give_up(c, "our chain changed");
		return;
	}
	bm_client_answered(c, c->source);
	c->progress_ms = c->now_ms;
	if (memcmp(own, event->data.data, sizeof own) == 0) {
		f->low = f->asked;
	} else {
		f->high = f->asked;
		f->differs = true;
	}
}

/*
 * Where peers vote, a branch is elected by the digest of one of its blocks, so
 * the block of that number must have this digest.  A block with another digest
 * may link as well, when its sender is on a third branch.  That sender may be
 * honest, so it is not blamed but not asked for this branch again.
 */
static bool
is_elected(struct bitmark_connector *c, uint64_t number)
{
	const struct bm_client *source = &c->client[c->source];
	struct bm_slot *slot = bm_window_slot(c, number);
	const size_t sender = slot->client;

	if (!bm_election_is_by_votes(c) || source->vote_number != number ||
	    memcmp(slot->digest, source->vote, sizeof slot->digest) == 0)
		return true;
	bm_window_clear_slot(c, slot);
	if (sender == c->source)
		bm_client_failed(c, sender, BM_BLAME,
		    "its branch is not the one that it told of");
	else
		bm_client_failed(c, sender, BM_NO_BLAME,
		    "it has another branch");
	return false;
}

/* Are all blocks of the branch received, checked and linked?  They come from
 * several clients in any order, so only here each is compared with the one
 * before it. */
static bool
is_verified(struct bitmark_connector *c, uint64_t last)
{
	for (uint64_t n = c->window.base; n <= last; n++) {
		if (bm_window_slot(c, n)->state != BM_SLOT_CHECKED ||
		    !bm_window_link(c, n) || !is_elected(c, n))
			return false;
	}
	return true;
}

/* A branch that is no longer than ours must have the smaller digest at its end;
 * ours may have changed since the election. */
static bool
is_smaller_tip(struct bitmark_connector *c, uint64_t height)
{
	uint8_t own[BITMARK_DIGEST_SIZE];

	return c->view.digest(c->view.user, height, own) == BITMARK_OK &&
	    bm_election_is_smaller(bm_window_slot(c, height)->digest, own);
}

/*
 * Fetch the branch up to one block more than we have, or, when it is as long as
 * ours, to its end; when all of it is good, give up ours.  Heights are compared
 * in each step, because our branch may grow meanwhile: the new one has to be
 * longer at that very moment.
 */
static bool
branch(struct bitmark_connector *c)
{
	uint64_t height = our_height(c), last = height + 1;

	if (height < c->fork.low || !bm_fork_is_better(c)) {
		bm_connector_give_up(c, "the other branch is not better");
		return false;
	}
	if (height - c->fork.low >= c->fork_protection) {
		refuse(c);
		return false;
	}
	if (c->client[c->source].height == height)
		last = height;
	if (!is_verified(c, last)) {
		if (c->state == BITMARK_CONNECTOR_FORK_DETECT)
			bm_window_pump(c, last);
	} else if (last > height || is_smaller_tip(c, height)) {
		roll_back(c);
	} else {
		bm_connector_give_up(c, "the other branch is not better");
	}
	return false;
}

/* A better branch is longer than ours; or equally long, when it was elected for
 * its smaller digest. */
bool
bm_fork_is_better(const struct bitmark_connector *c)
{
	const uint64_t height = our_height(c);
	const uint64_t other = c->client[c->source].height;

	return other > height || (c->fork.is_tie && other == height);
}

bool
bm_fork_is_overtaken(const struct bitmark_connector *c)
{
	return c->fork.phase == BM_FORK_SEARCH && !c->fork.differs &&
	    !bm_fork_is_better(c);
}

bool
bm_fork_run(struct bitmark_connector *c)
{
	switch (c->fork.phase) {
	case BM_FORK_START:
		return start(c);
	case BM_FORK_SEARCH:
		return search(c);
	case BM_FORK_BRANCH:
		return branch(c);
	case BM_FORK_ROLL_BACK:
		return false;
	}
	return false;
}

/* Blocks of the branch whose bytes were given up to save memory are fetched
 * again; their checked headers stay, so a peer cannot send other ones now. */
void
bm_fork_rolled_back(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	if (c->state != BITMARK_CONNECTOR_FORK_DETECT ||
	    c->fork.phase != BM_FORK_ROLL_BACK ||
	    event->token != c->fork.token) {
		c->counts.late++;
		return;
	}
	if (event->status != BITMARK_OK) {
		bm_connector_give_up(c, bitmark_strerror(event->status));
		return;
	}
	c->counts.rollbacks++;
	bm_window_want_bodies(c);
	bm_connector_start_fetching(c);
}
