/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A transfer names neither its asset nor the account that signs it; both follow
 * from the record that it links to. So the filter remembers the ids of records
 * that concern the asset, and of those that the account owns: a transfer that
 * links to one of them is chosen, too.
 */
#include "peer_filter.h"

#include <stdlib.h>
#include <string.h>

/* Ids in one half of the memory. When the new half is full it becomes the old
 * one, and the ids of the old one are forgotten; so at least IDS_MAX of the
 * newest ids are known, and the memory has a bound: two tables of 16 MiB for
 * each kind. */
#define IDS_MAX (UINT32_C(1) << 18)
/* Places of a table. Half of them stay empty, so that a search ends soon. */
#define PLACES (2 * IDS_MAX)

/* Two hash tables with open addressing. An id of zeros marks an empty place; no
 * record has it, as ids are hashes. */
struct ids {
	uint8_t (*place[2])[BITMARK_TX_ID_SIZE];        /* new, old          */
	size_t count;                                   /* in the new half   */
};

struct peer_filter {
	const char *events;             /* names with commas; NULL: all      */
	bool has_account, has_asset;
	struct bitmark_account account;
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];
	struct ids owned;               /* by the account                    */
	struct ids of_asset;
};

/* --- ids ------------------------------------------------------------------- */

/* The place of an id, or the empty one where it would be. Ids are hashes, so
 * their first bytes serve as the index. */
static uint8_t *
find_place(uint8_t (*place)[BITMARK_TX_ID_SIZE],
    const uint8_t id[BITMARK_TX_ID_SIZE])
{
	static const uint8_t empty[BITMARK_TX_ID_SIZE];
	uint32_t at;

	memcpy(&at, id, sizeof at);
	for (at %= PLACES; memcmp(place[at], id, BITMARK_TX_ID_SIZE) != 0 &&
	    memcmp(place[at], empty, sizeof empty) != 0; )
		at = (at + 1) % PLACES;
	return place[at];
}

static bool
has_id(const struct ids *ids, const uint8_t id[BITMARK_TX_ID_SIZE])
{
	for (int half = 0; half < 2; half++)
		if (ids->place[half] != NULL &&
		    memcmp(find_place(ids->place[half], id), id,
		    BITMARK_TX_ID_SIZE) == 0)
			return true;
	return false;
}

/* Without memory the id is not remembered; records that link to it are not
 * shown then. */
static void
add_id(struct ids *ids, const uint8_t id[BITMARK_TX_ID_SIZE])
{
	if (has_id(ids, id))
		return;
	if (ids->count == IDS_MAX) {
		free(ids->place[1]);
		ids->place[1] = ids->place[0];
		ids->place[0] = NULL;
		ids->count = 0;
	}
	if (ids->place[0] == NULL)
		ids->place[0] = calloc(PLACES, sizeof *ids->place[0]);
	if (ids->place[0] == NULL)
		return;
	memcpy(find_place(ids->place[0], id), id, BITMARK_TX_ID_SIZE);
	ids->count++;
}

static void
free_ids(struct ids *ids)
{
	free(ids->place[0]);
	free(ids->place[1]);
}

/* --- what is asked for ------------------------------------------------------ */

/* Is ${name} one of the names in ${list}? */
static bool
is_listed(const char *list, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = list; ; at++) {
		const size_t size = strcspn(at, ",");

		if (size == length && memcmp(at, name, length) == 0)
			return true;
		at += size;
		if (*at == '\0')
			return false;
	}
}

/* A misspelt name would silently show nothing, so the names are checked. */
static bool
check_events(const char *list)
{
	static const char names[] = "block,assets,issues,transfer,proof,rpc,"
	    "peer,heart,removed,gap,current,connected,lost,silent";
	char name[BITMARK_EVENT_NAME_MAX + 1];

	for (const char *at = list; ; at++) {
		const size_t size = strcspn(at, ",");

		if (size < sizeof name) {
			memcpy(name, at, size);
			name[size] = '\0';
		}
		if (size >= sizeof name || !is_listed(names, name)) {
			complain("--event: not a list of names out of %s: %s",
			    names, list);
			return false;
		}
		at += size;
		if (*at == '\0')
			return true;
	}
}

static bool
take_account(struct peer_filter *f, const char *text)
{
	bitmark_status status = bitmark_account_from_text(text, strlen(text),
	    &f->account);

	f->has_account = true;
	if (status != BITMARK_OK)
		complain("--account: %s: %s", bitmark_strerror(status), text);
	return status == BITMARK_OK;
}

static bool
take_asset(struct peer_filter *f, const char *text)
{
	size_t size;

	f->has_asset = true;
	if (bitmark_hex_decode(text, strlen(text), f->asset_id,
	    sizeof f->asset_id, &size) == BITMARK_OK &&
	    size == sizeof f->asset_id)
		return true;
	complain("--asset: an asset id has %d hex digits: %s",
	    2 * BITMARK_ASSET_ID_SIZE, text);
	return false;
}

/* NULL: an error was printed. The texts of the options are borrowed. */
struct peer_filter *
peer_filter_new(const struct peer_options *o)
{
	struct peer_filter *f = calloc(1, sizeof *f);

	if (f == NULL) {
		(void)complain_status("subscribe", BITMARK_E_NOMEM);
		return NULL;
	}
	f->events = o->events;
	if ((o->events != NULL && !check_events(o->events)) ||
	    (o->account != NULL && !take_account(f, o->account)) ||
	    (o->asset != NULL && !take_asset(f, o->asset))) {
		peer_filter_free(f);
		return NULL;
	}
	return f;
}

void
peer_filter_free(struct peer_filter *f)
{
	if (f == NULL)
		return;
	free_ids(&f->owned);
	free_ids(&f->of_asset);
	free(f);
}

/* --- what is shown ---------------------------------------------------------- */

/* A program that wants blocks must also learn which ones were removed or
 * missed, so "block" includes these. */
bool
peer_filter_event(const struct peer_filter *f, const char *name)
{
	return f->events == NULL || is_listed(f->events, name) ||
	    ((strcmp(name, "removed") == 0 || strcmp(name, "gap") == 0) &&
	    is_listed(f->events, "block"));
}

bool
peer_filter_chooses(const struct peer_filter *f)
{
	return f->has_account || f->has_asset;
}

/* A record that links to an item of the account was signed by the account. */
static bool
concerns_account(struct peer_filter *f, const struct bitmark_record *r,
    const uint8_t *tx_id)
{
	const struct bitmark_account *mine = &f->account;
	const struct bitmark_account *owner = bitmark_record_owner(r);
	const uint8_t *link = bitmark_record_link(r);

	if (r->tag == BITMARK_RECORD_GRANT)
		return bitmark_account_equal(&r->grant.owner, mine) ||
		    bitmark_account_equal(&r->grant.recipient, mine);
	if (r->tag == BITMARK_RECORD_SWAP)
		return bitmark_account_equal(&r->swap.owner_one, mine) ||
		    bitmark_account_equal(&r->swap.owner_two, mine);
	if (owner != NULL && bitmark_account_equal(owner, mine)) {
		add_id(&f->owned, tx_id);
		return true;
	}
	return link != NULL && has_id(&f->owned, link);
}

/* A share has the id of the issue that it was made of, so the ids of issues
 * serve for grants and swaps, too. */
static bool
concerns_asset(struct peer_filter *f, const struct bitmark_record *r,
    const uint8_t *tx_id)
{
	const uint8_t *link = bitmark_record_link(r);
	uint8_t asset_id[BITMARK_ASSET_ID_SIZE];

	if (r->tag == BITMARK_RECORD_ASSET) {
		bitmark_asset_id(r->asset.fingerprint, asset_id);
		return memcmp(asset_id, f->asset_id, sizeof asset_id) == 0;
	}
	if (r->tag == BITMARK_RECORD_GRANT)
		return has_id(&f->of_asset, r->grant.share_id);
	if (r->tag == BITMARK_RECORD_SWAP)
		return has_id(&f->of_asset, r->swap.share_id_one) ||
		    has_id(&f->of_asset, r->swap.share_id_two);
	if ((r->tag == BITMARK_RECORD_ISSUE && memcmp(r->issue.asset_id,
	    f->asset_id, sizeof f->asset_id) == 0) ||
	    (link != NULL && has_id(&f->of_asset, link))) {
		add_id(&f->of_asset, tx_id);
		return true;
	}
	return false;
}

/* Both are called in any case and not only as far as needed, because both
 * remember ids. */
bool
peer_filter_record(struct peer_filter *f, const struct bitmark_record *record,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE])
{
	const bool of_account = !f->has_account ||
	    concerns_account(f, record, tx_id);
	const bool of_asset = !f->has_asset ||
	    concerns_asset(f, record, tx_id);

	return of_account && of_asset;
}
