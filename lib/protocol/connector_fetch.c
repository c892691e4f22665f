/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The blocks of the window: they are held, checked in any order, and stored
 * in order.
 */
#include "protocol/connector_impl.h"

#include <stdlib.h>
#include <string.h>

/* Does ${slot} wait for ${token}?  Two clients may be asked for one block, with
 * two tokens.  second_token is only valid in ASKED; in other states token is
 * that of a check or of storing. */
static bool
is_waited_for(const struct bm_slot *slot, uint64_t token)
{
	return slot->token == token || (slot->state == BM_SLOT_ASKED &&
	    slot->second_token == token);
}

/* The slot in ${state} that waits for the event; NULL when the event came late.
 * Slots that wait for nothing have token 0, which no event has. */
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

/* Is the block ${number}, and, if its header is known, the same block? */
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

/* Is the client to blame for the result of a fetch?  It is not for a lost
 * connection or a full queue.  It is not for another block than expected
 * either, unless it is the followed client: others may honestly be on another
 * branch. */
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

/* A fetch of a block has ended.  The client is read before ask_no_more, which
 * may give the slot to the second client. */
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
	bm_window_ask_no_more(c, slot, client);
	if (!bm_client_lost_reply(c, client, status))
		bm_client_failed(c, client, blame_for(c, client, status),
		    bitmark_strerror(status));
}

/* Refuse the block in ${slot}.  When the status is an error of this machine,
 * such as a full disk, no client is blamed and the cycle begins again. */
static void
refuse(struct bitmark_connector *c, struct bm_slot *slot, uint64_t number,
    bitmark_status status)
{
	size_t client = slot->client;

	if (!bm_connector_is_bad_data(status)) {
		bm_connector_give_up(c, bitmark_strerror(status));
		return;
	}
	bm_window_clear_slot(c, slot);
	bm_refused_note(c, client, number, status);
}

/* A block was checked.  A block time ahead of our clock is treated apart,
 * because our clock may be the one that is wrong.  The bytes of a branch's
 * block are given up when memory is half full: its header and digest are enough
 * to compare the branch with ours. */
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

		bm_window_clear_slot(c, slot);
		bm_client_lies_ahead(c, client);
		return;
	}
	if (event->status != BITMARK_OK) {
		refuse(c, slot, number, event->status);
		return;
	}
	slot->state = BM_SLOT_CHECKED;
	memcpy(slot->digest, event->digest, sizeof slot->digest);
	c->progress_ms = c->now_ms;
	if (bm_window_is_branch(c) && c->window.bytes > c->ahead_bytes / 2)
		bm_window_drop_body(c, slot);
}

/* Moves the window on to the store's height: pushed blocks may have been stored
 * since the last step.  False: the store has become shorter than the window's
 * base, so the window is of no use. */
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
		bm_window_clear_slot(c, bm_window_slot(c, w->base++));
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
		bm_window_clear_slot(c, slot);
		c->window.base++;
		c->stored_any = true;
		c->counts.applied++;
	} else if (c->view.height(c->view.user) >= number) {
		bm_window_clear_slot(c, slot);         /* a pushed block was faster */
	} else {
		refuse(c, slot, number, event->status);
	}
}

/* Stores the first block of the window when it is checked, one at a time and in
 * order, and asks for blocks ahead.  When the first block does not link to the
 * chain, its slot is emptied and the loop begins again, unless that has ended
 * the state. */
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
