/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The window: blocks that are asked for ahead, from several clients.  Its
 * memory is bounded: a block that was asked for counts as BITMARK_BLOCK_MAX
 * bytes until it has come.
 */
#include "protocol/connector_impl.h"

#include <stdlib.h>
#include <string.h>

/* The slots are a ring: the base moves on, and each number keeps its slot while
 * it is in the window, so nothing is ever moved. */
struct bm_slot *
bm_window_slot(struct bitmark_connector *c, uint64_t number)
{
	return &c->window.slot[number % BITMARK_CONNECTOR_WINDOW];
}

void
bm_window_drop_body(struct bitmark_connector *c, struct bm_slot *slot)
{
	free(slot->block);
	slot->block = NULL;
	c->window.bytes -= slot->size;
	slot->size = 0;
}

/* Want the block again, from any client.  The tokens are cleared, so that an
 * answer which is still under way counts as late. */
static void
reset(struct bitmark_connector *c, struct bm_slot *slot)
{
	bm_window_drop_body(c, slot);
	if (slot->state == BM_SLOT_ASKED)
		c->window.asked--;
	slot->state = BM_SLOT_EMPTY;
	slot->client = BM_NOBODY;
	slot->token = 0;
	slot->second = BM_NOBODY;
	slot->second_token = 0;
}

void
bm_window_ask_no_more(struct bitmark_connector *c, struct bm_slot *slot, size_t client)
{
	if (slot->second == BM_NOBODY) {
		reset(c, slot);
		return;
	}
	if (slot->client == client) {
		slot->client = slot->second;
		slot->token = slot->second_token;
	}
	slot->second = BM_NOBODY;
	slot->second_token = 0;
}

void
bm_window_clear_slot(struct bitmark_connector *c, struct bm_slot *slot)
{
	reset(c, slot);
	slot->known = false;
}

void
bm_window_clear(struct bitmark_connector *c)
{
	for (size_t i = 0; i < BITMARK_CONNECTOR_WINDOW; i++)
		bm_window_clear_slot(c, &c->window.slot[i]);
}

void
bm_window_start(struct bitmark_connector *c, uint64_t base)
{
	bm_window_clear(c);
	c->window.base = base;
	c->window.last = base - 1;
}

/* Blocks that this client has sent stay, since they are checked like any other.
 * Only the client's number is erased from their slots, because another node may
 * get the number. */
void
bm_window_forget_client(struct bitmark_connector *c, size_t client)
{
	for (size_t i = 0; i < BITMARK_CONNECTOR_WINDOW; i++) {
		struct bm_slot *slot = &c->window.slot[i];

		if (slot->client != client && slot->second != client)
			continue;
		if (slot->state == BM_SLOT_ASKED)
			bm_window_ask_no_more(c, slot, client);
		else
			slot->client = BM_NOBODY;
	}
}

bool
bm_window_is_branch(const struct bitmark_connector *c)
{
	return c->state == BITMARK_CONNECTOR_FORK_DETECT;
}

/*
 * May one more block be asked for?  Each that is under way counts as the
 * largest possible, so that replies cannot exceed the memory whatever the peers
 * send.
 *
 * The first block of the window may always be asked for: only when it has come
 * can it be stored, and the others be freed.  While a branch is examined
 * nothing is stored, so there blocks are given up once they are checked, and
 * one at a time is fetched when memory is half full.
 */
static bool
has_room(const struct bitmark_connector *c, uint64_t number)
{
	const struct bm_window *w = &c->window;
	uint64_t wanted = (uint64_t)(w->asked + 1) * BITMARK_BLOCK_MAX;

	return number == w->base || wanted + w->bytes <= c->ahead_bytes ||
	    (bm_window_is_branch(c) && w->asked == 0 &&
	    w->bytes <= c->ahead_bytes / 2);
}

/* Ask for one block; false: not now. */
static bool
ask(struct bitmark_connector *c, uint64_t number)
{
	struct bm_slot *slot = bm_window_slot(c, number);
	size_t client = bm_client_to_ask(c, number, BM_NOBODY);

	if (client == BM_NOBODY || !has_room(c, number) ||
	    !bm_client_ask(c, client, BITMARK_FETCH_BLOCK, number,
	    &slot->token))
		return false;
	slot->state = BM_SLOT_ASKED;
	slot->client = client;
	slot->asked_ms = c->now_ms;
	c->window.asked++;
	return true;
}

/* The time at which another client is to be asked for the block.  It counts
 * from the last block of any number that came: while blocks come, the
 * connection is slow, not dead, and asking twice would only make it slower. */
static uint64_t
late_at(const struct bitmark_connector *c, const struct bm_slot *slot)
{
	const uint64_t since_ms = slot->asked_ms > c->window.came_ms ?
	    slot->asked_ms : c->window.came_ms;

	return slot->state == BM_SLOT_ASKED && slot->second == BM_NOBODY ?
	    since_ms + BITMARK_CONNECTOR_LATE_MS : UINT64_MAX;
}

uint64_t
bm_window_late_at(const struct bitmark_connector *c)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < BITMARK_CONNECTOR_WINDOW; i++) {
		uint64_t at = late_at(c, &c->window.slot[i]);

		/* Overdue slots were tried in this step, and no client could be
		 * asked.  Waking up for them would only repeat that at once. */
		if (at > c->now_ms && at < first)
			first = at;
	}
	return first;
}

/* A client that answers late must not set the pace for the others: its block is
 * asked of a second client, and the answer that comes first counts. */
static void
ask_others(struct bitmark_connector *c)
{
	const struct bm_window *w = &c->window;

	for (uint64_t n = w->base; n <= w->last; n++) {
		struct bm_slot *slot = bm_window_slot(c, n);
		size_t client;

		if (late_at(c, slot) > c->now_ms)
			continue;
		client = bm_client_to_ask(c, n, slot->client);
		if (client != BM_NOBODY && bm_client_ask(c, client,
		    BITMARK_FETCH_BLOCK, n, &slot->second_token))
			slot->second = client;
	}
}

/* Is the block in front of ${number} stored, or checked? */
static bool
is_known_before(struct bitmark_connector *c, uint64_t number)
{
	return number == c->window.base || bm_window_slot(c,
	    number - 1)->state == BM_SLOT_CHECKED;
}

/* Have the header of a block checked, which costs an Argon2 digest if the next
 * header need not be trusted for it, unless it is known already that the block
 * does not follow.  False: stop, because the update is full or the state has
 * changed. */
static bool
check(struct bitmark_connector *c, struct bm_slot *slot, uint64_t number)
{
	const enum bitmark_connector_state state = c->state;
	struct bitmark_connector_action *action;
	uint8_t digest[BITMARK_DIGEST_SIZE] = { 0 };
	enum bm_claim claim;

	if (is_known_before(c, number) && !bm_window_link(c, number))
		return c->state == state;
	claim = bm_trust_claim(c, number, digest);
	if (claim == BM_CLAIM_LATER)
		return true;
	action = bm_connector_act(c, BITMARK_CONNECTOR_ACT_CHECK);
	if (action == NULL)
		return false;
	action->has_digest = claim == BM_CLAIM_HERE;
	memcpy(action->digest, digest, sizeof action->digest);
	action->number = number;
	action->block = (struct bitmark_span){ slot->block, slot->size };
	slot->token = action->token;
	slot->state = BM_SLOT_CHECKING;
	return true;
}

/* Checks come before fetches: what is here should keep the cores busy before
 * the update is full of requests. */
void
bm_window_pump(struct bitmark_connector *c, uint64_t last)
{
	struct bm_window *w = &c->window;
	uint64_t end = w->base + BITMARK_CONNECTOR_WINDOW - 1;
	uint64_t reach = bm_trust_reach(c, last);

	w->last = reach < end ? reach : end;
	ask_others(c);
	for (uint64_t n = w->base; n <= w->last && n <= last; n++)
		if (bm_window_slot(c, n)->state == BM_SLOT_HELD &&
		    !check(c, bm_window_slot(c, n), n))
			return;
	for (uint64_t n = w->base; n <= w->last; n++)
		if (bm_window_slot(c, n)->state == BM_SLOT_EMPTY &&
		    !ask(c, n))
			return;
}

void
bm_window_want_bodies(struct bitmark_connector *c)
{
	for (size_t i = 0; i < BITMARK_CONNECTOR_WINDOW; i++) {
		struct bm_slot *slot = &c->window.slot[i];

		if (slot->state == BM_SLOT_CHECKED && slot->block == NULL) {
			reset(c, slot);
			slot->known = true;
		}
	}
}

/* Digest of the block in front of ${number}; false: there is none. */
static bool
digest_before(struct bitmark_connector *c, uint64_t number,
    uint8_t digest[BITMARK_DIGEST_SIZE])
{
	if (number == c->window.base)
		return c->view.digest(c->view.user, number - 1, digest) ==
		    BITMARK_OK;
	memcpy(digest, bm_window_slot(c, number - 1)->digest,
	    BITMARK_DIGEST_SIZE);
	return true;
}

/*
 * Two blocks do not follow each other.  The block that does not come from the
 * followed client goes, without blame: its sender may be on another branch.
 * When both come from the followed client it contradicts itself, and is blamed;
 * unless the first is stored already, for it may then have come from another
 * peer.
 */
static void
unlink_blocks(struct bitmark_connector *c, uint64_t number)
{
	struct bm_slot *slot = bm_window_slot(c, number);
	struct bm_slot *before = number == c->window.base ? NULL :
	    bm_window_slot(c, number - 1);
	size_t other = BM_NOBODY;

	if (slot->client == c->source && before != NULL &&
	    before->client != c->source)
		slot = before;
	if (slot->client != c->source) {
		other = slot->client;
		bm_window_clear_slot(c, slot);
		bm_client_failed(c, other, BM_NO_BLAME,
		    "it has another branch");
	} else if (before == NULL && c->stored_any) {
		bm_connector_give_up(c, "our chain left that of the client");
	} else {
		bm_client_failed(c, c->source, BM_BLAME,
		    bitmark_strerror(BITMARK_E_PREVIOUS));
	}
}

bool
bm_window_link(struct bitmark_connector *c, uint64_t number)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
	const struct bm_slot *slot = bm_window_slot(c, number);

	if (bitmark_header_parse(slot->header, sizeof slot->header,
	    &header) == BITMARK_OK && digest_before(c, number, digest) &&
	    memcmp(header.previous, digest, sizeof digest) == 0)
		return true;
	unlink_blocks(c, number);
	return false;
}
