/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The list of client services: an array in order of arrival.
 *
 * Source: bitmarkd v8.2 announce/rpc.go
 */
#include <bitmarkpeer/rpc_list.h>

#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "protocol/announce_impl.h"
#include "record/connection.h"

struct entry {
	struct bitmark_rpc rpc;
	uint64_t sender;                /* that brought it; 0: ourselves */
};

struct bitmark_rpc_list {
	const struct bitmark_rules *rules;
	size_t count;
	size_t max;
	struct entry entries[];
};

/* The whole array is allocated at once: later nothing can fail for want of
 * memory.  The division keeps the product from wrapping around. */
bitmark_status
bitmark_rpc_list_new(struct bitmark_rpc_list **list, size_t max,
    const struct bitmark_rules *rules)
{
	size_t places = max == 0 ? BITMARK_RPC_LIST_MAX : max;

	*list = NULL;
	if (places > SIZE_MAX / sizeof (*list)->entries[0] - 1)
		return BITMARK_E_NOMEM;
	*list = calloc(1, sizeof **list + places * sizeof (*list)->entries[0]);
	if (*list == NULL)
		return BITMARK_E_NOMEM;
	(*list)->max = places;
	(*list)->rules = rules != NULL ? rules : bitmark_rules_8_2();
	return BITMARK_OK;
}

void
bitmark_rpc_list_free(struct bitmark_rpc_list *list)
{
	free(list);
}

static struct entry *
find(struct bitmark_rpc_list *list, const uint8_t *fingerprint)
{
	for (size_t i = 0; i < list->count; i++)
		if (memcmp(list->entries[i].rpc.fingerprint, fingerprint,
		    BITMARK_RPC_FINGERPRINT_SIZE) == 0)
			return &list->entries[i];
	return NULL;
}

static struct entry *
find_local(struct bitmark_rpc_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i].rpc.local)
			return &list->entries[i];
	return NULL;
}

/* How many entries ${sender} has brought. */
static size_t
brought_by(const struct bitmark_rpc_list *list, uint64_t sender)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->entries[i].sender == sender;
	return count;
}

/*
 * The entry to give up for a new one of ${sender}: the oldest, but never our
 * own; NULL: there is none.  A sender that has its share of a full list already
 * replaces only what it brought itself: otherwise one stranger could push out
 * all services that others have announced, as in the table of peers [D-37].
 */
static struct entry *
victim_for(struct bitmark_rpc_list *list, uint64_t sender)
{
	size_t share = list->max / BITMARK_ANNOUNCE_SENDER_SHARE + 1;
	bool limited = sender != 0 && brought_by(list, sender) >= share;
	struct entry *oldest = NULL;

	for (size_t i = 0; i < list->count; i++) {
		struct entry *entry = &list->entries[i];

		if (entry->rpc.local || (limited && entry->sender != sender))
			continue;
		if (oldest == NULL ||
		    entry->rpc.timestamp < oldest->rpc.timestamp)
			oldest = entry;
	}
	return oldest;
}

/* A place at the end of the list: a new one, or that of a victim when the list
 * is full.  Entries lie without gaps, so the last one moves to the victim's
 * place.  NULL: none may be given up. */
static struct entry *
obtain(struct bitmark_rpc_list *list, uint64_t sender)
{
	struct entry *victim;

	if (list->count < list->max)
		return &list->entries[list->count++];
	victim = victim_for(list, sender);
	if (victim == NULL)
		return NULL;
	*victim = list->entries[list->count - 1];
	return &list->entries[list->count - 1];
}

static bitmark_status
check(struct bitmark_span fingerprint, struct bitmark_span connections)
{
	if (fingerprint.size != BITMARK_RPC_FINGERPRINT_SIZE)
		return BITMARK_E_FINGERPRINT;
	if (connections.size > BITMARK_RPC_CONNECTIONS_MAX ||
	    !bitmark_connections_usable(connections.data, connections.size))
		return BITMARK_E_IP_ADDRESS;
	return BITMARK_OK;
}

/* As in the table of peers: an entry that is cut off would be read past its end
 * by a v8.2 node that we tell. */
static void
set_entry(struct entry *entry, struct bitmark_span connections,
    uint64_t timestamp)
{
	entry->rpc.connections_size = bm_connections_copy(
	    entry->rpc.connections, connections);
	entry->rpc.timestamp = timestamp;
}

/* Gives the new entry, or NULL when the list is full of entries that stay: then
 * the announcement is dropped, which is no error, because it will come again. */
static struct entry *
append(struct bitmark_rpc_list *list, uint64_t sender,
    struct bitmark_span fingerprint, struct bitmark_span connections,
    uint64_t timestamp)
{
	struct entry *entry = obtain(list, sender);

	if (entry == NULL)
		return NULL;
	memcpy(entry->rpc.fingerprint, fingerprint.data,
	    sizeof entry->rpc.fingerprint);
	entry->rpc.local = false;
	entry->sender = sender;
	set_entry(entry, connections, timestamp);
	return entry;
}

/* There is one own entry, which never expires.  Another fingerprint would make
 * a second one, so it is refused. */
bitmark_status
bitmark_rpc_list_set_local(struct bitmark_rpc_list *list,
    struct bitmark_announcement own)
{
	struct entry *local = find_local(list), *entry;
	bitmark_status status = check(own.key, own.connections);

	if (status != BITMARK_OK)
		return status;
	entry = find(list, own.key.data);
	if (local != NULL && entry != local)
		return BITMARK_E_FINGERPRINT;
	if (entry == NULL)
		entry = append(list, 0, own.key, own.connections,
		    own.timestamp);
	else
		set_entry(entry, own.connections, own.timestamp);
	/* Without an own entry there is always one to give up. */
	entry->rpc.local = true;
	entry->sender = 0;
	return BITMARK_OK;
}

bitmark_status
bitmark_rpc_list_add(struct bitmark_rpc_list *list, uint64_t sender,
    struct bitmark_announcement announcement, uint64_t now_s, bool *relay,
    uint64_t *stored)
{
	const struct bitmark_span fingerprint = announcement.key;
	const struct bitmark_span connections = announcement.connections;
	uint64_t timestamp = announcement.timestamp;
	struct entry *known;
	bool news = false;
	bitmark_status status = check(fingerprint, connections);

	if (status == BITMARK_OK)
		status = bm_announce_settle_time(list->rules, &timestamp,
		    now_s);
	if (status != BITMARK_OK)
		return status;
	known = find(list, fingerprint.data);
	/* v8.2 lets others change our own entry, and counts each message as
	 * new from now on, however old it is [D-38]. */
	if (known != NULL && known->rpc.local)
		return BITMARK_E_FINGERPRINT;
	if (known == NULL) {
		news = append(list, sender, fingerprint, connections,
		    timestamp) != NULL;
	} else {
		if (bm_announce_is_news(known->rpc.timestamp, timestamp)) {
			set_entry(known, connections, timestamp);
			news = true;
		}
		timestamp = known->rpc.timestamp;
	}
	if (relay != NULL)
		*relay = news;
	if (stored != NULL)
		*stored = timestamp;
	return BITMARK_OK;
}

/* Backwards, because the last entry takes the place of one that goes: so only
 * entries that were looked at already are moved. */
size_t
bitmark_rpc_list_expire(struct bitmark_rpc_list *list, uint64_t now_s)
{
	size_t before = list->count;

	for (size_t i = list->count; i-- > 0;) {
		struct entry *entry = &list->entries[i];

		bm_announce_correct_time(&entry->rpc.timestamp, now_s);
		if (!entry->rpc.local &&
		    bm_announce_is_expired(list->rules, entry->rpc.timestamp,
		    now_s))
			*entry = list->entries[--list->count];
	}
	return before - list->count;
}

size_t
bitmark_rpc_list_count(const struct bitmark_rpc_list *list)
{
	return list->count;
}

const struct bitmark_rpc *
bitmark_rpc_list_at(const struct bitmark_rpc_list *list, size_t index)
{
	return index < list->count ? &list->entries[index].rpc : NULL;
}

static void
write_entry(struct bm_json *j, const struct bitmark_rpc *entry)
{
	size_t at = 0, used;
	struct bitmark_connection connection;
	char text[BITMARK_CONNECTION_TEXT_MAX];

	bm_json_object(j, NULL);
	bm_json_hex(j, "fingerprint", entry->fingerprint,
	    sizeof entry->fingerprint);
	bm_json_array(j, "connections");
	while ((used = bitmark_connection_parse(entry->connections + at,
	    entry->connections_size - at, &connection)) != 0) {
		bitmark_connection_to_text(&connection, text);
		bm_json_text(j, NULL, text);
		at += used;
	}
	bm_json_array_end(j);
	bm_json_object_end(j);
}

/* A page of the list.  ${next} is where the following page begins, or 0 when
 * there was nothing to give: then the client starts again. */
bitmark_status
bitmark_rpc_list_fetch(const struct bitmark_rpc_list *list, uint64_t start,
    size_t count, char **text, size_t *size, uint64_t *next)
{
	struct bm_json j = { 0 };
	size_t first = start < list->count ? (size_t)start : list->count;
	size_t left = list->count - first, taken = count < left ? count : left;
	bitmark_status status;

	if (count == 0)
		return BITMARK_E_COUNT;
	bm_json_array(&j, NULL);
	for (size_t i = 0; i < taken; i++)
		write_entry(&j, &list->entries[first + i].rpc);
	bm_json_array_end(&j);
	status = bm_json_take(&j, text, size);
	if (status == BITMARK_OK)
		*next = left == 0 ? 0 : first + taken;
	return status;
}
