/*
 * The window: blocks asked for ahead from several clients, checked in any
 * order, stored in order.  Its memory is bounded: a block that was asked for
 * counts as the largest possible until it is there.
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

/* Give up the bytes of a block; its header and digest stay. */
static void
drop_body(struct bitmark_connector *c, struct bm_slot *slot)
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
	drop_body(c, slot);
	if (slot->state == BM_SLOT_ASKED)
		c->window.asked--;
	slot->state = BM_SLOT_EMPTY;
	slot->client = BM_NOBODY;
	slot->token = 0;
	slot->second = BM_NOBODY;
	slot->second_token = 0;
}

/* ${client} does not send the block.  When two were asked, the other one
 * becomes the first; else the block is wanted again. */
static void
ask_no_more(struct bitmark_connector *c, struct bm_slot *slot, size_t client)
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

static void
clear(struct bitmark_connector *c, struct bm_slot *slot)
{
	reset(c, slot);
	slot->known = false;
}

void
bm_window_clear(struct bitmark_connector *c)
{
	for (size_t i = 0; i < BITMARK_CONNECTOR_WINDOW; i++)
		clear(c, &c->window.slot[i]);
}

void
bm_window_start(struct bitmark_connector *c, uint64_t base)
{
	bm_window_clear(c);
	c->window.base = base;
	c->window.last = base - 1;
}

/* Blocks that have come from the client stay: their headers are checked,
 * however they came.  Only its number is erased, for the slot may soon be
 * another's. */
void
bm_window_forget_client(struct bitmark_connector *c, size_t client)
{
	for (size_t i = 0; i < BITMARK_CONNECTOR_WINDOW; i++) {
		struct bm_slot *slot = &c->window.slot[i];

		if (slot->client != client && slot->second != client)
			continue;
		if (slot->state == BM_SLOT_ASKED)
			ask_no_more(c, slot, client);
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

/* Have the header of a block checked, which costs an Argon2 digest, unless it
 * is known already that the block does not follow.  False: stop, because the
 * update is full or the state has changed. */
static bool
check(struct bitmark_connector *c, struct bm_slot *slot, uint64_t number)
{
	const enum bitmark_connector_state state = c->state;
	struct bitmark_connector_action *action;

	if (is_known_before(c, number) && !bm_window_link(c, number))
		return c->state == state;
	action = bm_connector_act(c, BITMARK_CONNECTOR_ACT_CHECK);
	if (action == NULL)
		return false;
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

	w->last = last < end ? last : end;
	ask_others(c);
	for (uint64_t n = w->base; n <= w->last; n++)
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

/* Two requests for one block have two tokens; the second counts in ASKED only,
 * where the token of other work stands in the same place as the first. */
static bool
is_waited_for(const struct bm_slot *slot, uint64_t token)
{
	return slot->token == token || (slot->state == BM_SLOT_ASKED &&
	    slot->second_token == token);
}

/* The slot in ${state} that waits for the event.  NULL: none does any more, and
 * the event counts as late.  Slots that wait for nothing have token 0. */
static struct bm_slot *
waiting(struct bitmark_connector *c, enum bm_slot_state state,
    const struct bitmark_connector_event *event, uint64_t *number)
{
	for (uint64_t i = 0; event->token != 0 &&
	    i < BITMARK_CONNECTOR_WINDOW; i++) {
		struct bm_slot *slot;

		*number = c->window.base + i;
		slot = bm_window_slot(c, *number);
		if (slot->state == state && is_waited_for(slot, event->token))
			return slot;
	}
	c->counts.late++;
	return NULL;
}

/* Is this block ${number} at all, and the one whose header is known? */
static bitmark_status
judge(const struct bm_slot *slot, struct bitmark_span block, uint64_t number)
{
	struct bitmark_header header;
	bitmark_status status = bitmark_header_parse(block.data, block.size,
	    &header);

	if (status != BITMARK_OK)
		return status;
	if (block.size > BITMARK_BLOCK_MAX)
		return BITMARK_E_LENGTH;
	if (header.number != number)
		return BITMARK_E_NUMBER;
	return slot->known && memcmp(slot->header, block.data,
	    sizeof slot->header) != 0 ? BITMARK_E_PREVIOUS : BITMARK_OK;
}

/* Keep the bytes: take the memory of the event if the host has handed it over,
 * else copy it.  A known header was compared by judge, so the block need not be
 * checked a second time. */
static void
hold(struct bitmark_connector *c, struct bm_slot *slot,
    struct bitmark_span block)
{
	uint8_t *memory = c->memory;

	if (memory == NULL) {
		memory = malloc(block.size);
		if (memory == NULL) {
			bm_connector_give_up(c,
			    bitmark_strerror(BITMARK_E_NOMEM));
			return;
		}
		memcpy(memory, block.data, block.size);
	}
	c->memory = NULL;
	memcpy(slot->header, memory, sizeof slot->header);
	slot->block = memory;
	slot->size = block.size;
	slot->state = slot->known ? BM_SLOT_CHECKED : BM_SLOT_HELD;
	slot->second = BM_NOBODY;
	slot->second_token = 0;
	c->window.asked--;
	c->window.bytes += block.size;
	c->window.came_ms = c->now_ms;
	c->progress_ms = c->now_ms;
}

/* Is the client to blame for what came?  Not for a lost connection or a full
 * queue; nor for another block than expected, if it is not the followed client:
 * it may be on another branch, and honest. */
static enum bm_blame
blame_for(const struct bitmark_connector *c, size_t client,
    bitmark_status status)
{
	if (status == BITMARK_E_NO_CONNECTION || status == BITMARK_E_BUSY)
		return BM_NO_BLAME;
	if (status == BITMARK_E_PREVIOUS && client != c->source)
		return BM_NO_BLAME;
	return BM_BLAME;
}

/* The client is read before ask_no_more, which may give the slot to another. */
void
bm_window_fetched(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	uint64_t number;
	struct bm_slot *slot = waiting(c, BM_SLOT_ASKED, event, &number);
	bitmark_status status = event->status;
	size_t client;

	if (slot == NULL)
		return;
	client = slot->token == event->token ? slot->client : slot->second;
	if (status == BITMARK_OK)
		status = judge(slot, event->data, number);
	if (status == BITMARK_OK) {
		bm_client_answered(c, client);
		slot->client = client;
		hold(c, slot, event->data);
		return;
	}
	ask_no_more(c, slot, client);
	if (!bm_client_lost_reply(c, client, status))
		bm_client_failed(c, client, blame_for(c, client, status),
		    bitmark_strerror(status));
}

/* Refuse the block in ${slot}.  When the machine failed, not the block, nobody
 * is blamed and the cycle begins again. */
static void
refuse(struct bitmark_connector *c, struct bm_slot *slot,
    bitmark_status status)
{
	size_t client = slot->client;

	if (!bm_connector_is_bad_data(status)) {
		bm_connector_give_up(c, bitmark_strerror(status));
		return;
	}
	clear(c, slot);
	bm_client_failed(c, client, BM_BLAME, bitmark_strerror(status));
}

/* A time ahead of our clock is treated apart, because then the clock may be the
 * one that is wrong.  Bytes of a branch are given up when memory is half full:
 * its headers and digests are enough to compare it with ours. */
void
bm_window_checked(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	uint64_t number;
	struct bm_slot *slot = waiting(c, BM_SLOT_CHECKING, event, &number);

	if (slot == NULL)
		return;
	if (event->status == BITMARK_E_HEADER_TIMESTAMP) {
		const size_t client = slot->client;

		clear(c, slot);
		bm_client_lies_ahead(c, client);
		return;
	}
	if (event->status != BITMARK_OK) {
		refuse(c, slot, event->status);
		return;
	}
	slot->state = BM_SLOT_CHECKED;
	memcpy(slot->digest, event->digest, sizeof slot->digest);
	c->progress_ms = c->now_ms;
	if (bm_window_is_branch(c) && c->window.bytes > c->ahead_bytes / 2)
		drop_body(c, slot);
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
		clear(c, slot);
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

/* Bring the window up to date with the store, which others change, too: blocks
 * that were pushed to us need not be stored again.  False: the store has become
 * shorter, and the window has no beginning any more. */
static bool
align(struct bitmark_connector *c)
{
	uint64_t height = c->view.height(c->view.user);
	struct bm_window *w = &c->window;

	if (height + 1 < w->base) {
		bm_connector_give_up(c, "our chain became shorter");
		return false;
	}
	while (w->base <= height) {
		clear(c, bm_window_slot(c, w->base++));
		c->stored_any = true;
	}
	return true;
}

static void
apply(struct bitmark_connector *c)
{
	struct bm_slot *slot = bm_window_slot(c, c->window.base);
	struct bitmark_connector_action *action = bm_connector_act(c,
	    BITMARK_CONNECTOR_ACT_APPLY);

	if (action == NULL)
		return;
	action->number = c->window.base;
	action->block = (struct bitmark_span){ slot->block, slot->size };
	memcpy(action->digest, slot->digest, sizeof action->digest);
	slot->token = action->token;
	slot->state = BM_SLOT_APPLYING;
}

bool
bm_window_is_applying(const struct bitmark_connector *c)
{
	const struct bm_window *w = &c->window;

	return w->slot[w->base % BITMARK_CONNECTOR_WINDOW].state ==
	    BM_SLOT_APPLYING;
}

void
bm_window_applied(struct bitmark_connector *c,
    const struct bitmark_connector_event *event)
{
	uint64_t number;
	struct bm_slot *slot = waiting(c, BM_SLOT_APPLYING, event, &number);

	if (slot == NULL)
		return;
	c->progress_ms = c->now_ms;
	if (event->status == BITMARK_OK) {
		clear(c, slot);
		c->window.base++;
		c->stored_any = true;
		c->counts.applied++;
	} else if (c->view.height(c->view.user) >= number) {
		clear(c, slot);         /* a pushed block was faster */
	} else {
		refuse(c, slot, event->status);
	}
}

/* Store the first block when it is there, one at a time and in order; ask for
 * more ahead.  When the first block does not link, the slot is empty again and
 * the function begins anew, unless that has ended the state. */
bool
bm_window_fetch(struct bitmark_connector *c)
{
	struct bm_window *w = &c->window;
	uint64_t height = c->client[c->source].height, last =
	    height < c->cycle_last ? height : c->cycle_last;

	if (!bm_window_is_applying(c)) {
		if (!align(c))
			return false;
		if (w->base > last)
			return true;
		if (bm_window_slot(c, w->base)->state == BM_SLOT_CHECKED) {
			if (!bm_window_link(c, w->base))
				return c->state ==
				    BITMARK_CONNECTOR_FETCH_BLOCKS &&
				    bm_window_fetch(c);
			apply(c);
		}
	}
	bm_window_pump(c, last);
	return false;
}
