/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Published events, for people and for programs. Everything in an event comes
 * from strangers: one that does not have its usual shape is shown as a number
 * of bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer_follow.h"
#include "record_print.h"
#include "shared/json.h"
#include "shared/output.h"

#define DIGEST_TEXT_MAX (2 * BITMARK_DIGEST_SIZE + 1)
/* Parameters of the events rpc and peer: fingerprint or key, connections, time.
 */
#define ANNOUNCEMENT_PARAMETERS 3
#define ANNOUNCED_KEY_SIZE 32
#define ANNOUNCED_TIME_SIZE 8
#define KEY_TEXT_MAX (2 * ANNOUNCED_KEY_SIZE + 1)

/* Print a time in UTC behind the line that it belongs to. */
static void
print_time(uint64_t seconds)
{
	char text[TIME_TEXT_MAX];

	time_text(seconds, text);
	printf("  %s", text);
}

/* --- records --------------------------------------------------------------- */

/* Take a record of a block or an event; false: the filter leaves it out. The
 * filter may learn from the record in both cases. */
static bool
choose(const struct peer_follow *f, struct bitmark_span packed,
    struct record_item *item)
{
	item->packed = packed;
	bitmark_tx_id(packed.data, packed.size, item->id);
	return !peer_filter_chooses(f->filter) ||
	    peer_filter_record(f->filter, &item->record, item->id);
}

/* Add the record to ${list}, or print it on a line when ${list} is NULL. */
static void
show_record(const struct record_item *item, int network, json_t *list)
{
	if (list != NULL) {
		json_array_append_new(list, record_to_object(item, network,
		    NULL));
		return;
	}
	fputs("  ", stdout);
	print_record(item, 0);
}

/* --- blocks --------------------------------------------------------------- */

/* Add the number and the digest, which the events of blocks have in common. */
static json_t *
block_event(const char *event, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	return json_pack("{s:s, s:o, s:o, s:o}", "event", event, "number",
	    json_number(number), "digest", json_hex(digest,
	    BITMARK_DIGEST_SIZE), "digestDisplay", json_hex_reversed(digest,
	    BITMARK_DIGEST_SIZE));
}

/* Go through the records of a block and count those that the filter chooses;
 * ${shows} tells whether they are printed, too. A block that cannot be walked
 * has none. */
static size_t
choose_records(const struct peer_follow *f, struct bitmark_span block,
    json_t *list, bool shows)
{
	struct bitmark_block_walk walk;
	struct record_item item;
	size_t count = 0;
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), block.data, block.size,
	    f->chain->network);

	while (status == BITMARK_OK && walk.index < walk.header.count) {
		status = bitmark_block_walk_next(&walk);
		if (status != BITMARK_OK)
			break;
		item.record = walk.record;
		if (!choose(f, walk.packed, &item))
			continue;
		count++;
		if (shows)
			show_record(&item, (int)f->chain->network, list);
	}
	return count;
}

/* A block that cannot be decoded is printed with the error, so that a reader
 * sees that there was one. */
static void
print_block_json(const struct peer_follow *f, struct bitmark_span block,
    json_t *object, const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	char *text = NULL;
	struct bitmark_block_walk walk;
	json_t *list, *decoded;
	bitmark_status status = bitmark_block_walk_start(&walk,
	    bitmark_rules_decode(), block.data, block.size,
	    f->chain->network);

	if (status == BITMARK_OK)
		status = bitmark_block_to_json(&walk, digest,
		    BITMARK_JSON_SAFE, &text, NULL);
	if (status != BITMARK_OK) {
		json_object_set_new(object, "error",
		    json_string(bitmark_strerror(status)));
		(void)print_json(object);
		return;
	}
	decoded = json_from_text(text);
	if (peer_filter_chooses(f->filter)) {
		list = json_array();
		(void)choose_records(f, block, list, true);
		json_object_set_new(decoded, "transactions", list);
	}
	json_object_set_new(object, "block", decoded);
	(void)print_json(object);
}

static void
print_block_text(const struct peer_follow *f, struct bitmark_span block,
    const struct bitmark_header *header,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	char display[DIGEST_TEXT_MAX];

	bitmark_hex_encode_reversed(digest, BITMARK_DIGEST_SIZE, display);
	printf("block %" PRIu64 "  %s  %u transactions", header->number,
	    display, header->count);
	print_time(header->timestamp);
	putchar('\n');
	if (peer_filter_chooses(f->filter))
		(void)choose_records(f, block, NULL, true);
}

/* The filter sees all records even when blocks are not shown: whether a later
 * record concerns the account or the asset can depend on them. */
bool
show_block(const struct peer_follow *f, struct bitmark_span block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	struct bitmark_header header;
	const bool is_chosen = !peer_filter_chooses(f->filter) ||
	    choose_records(f, block, NULL, false) > 0;

	if (!is_chosen || !peer_filter_event(f->filter, "block") ||
	    bitmark_header_parse(block.data, block.size, &header) !=
	    BITMARK_OK)
		return false;
	if (f->json)
		print_block_json(f, block, block_event("block", header.number,
		    digest), digest);
	else
		print_block_text(f, block, &header, digest);
	return true;
}

void
show_removed(const struct peer_follow *f, uint64_t number,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	char display[DIGEST_TEXT_MAX];

	if (!peer_filter_event(f->filter, "removed"))
		return;
	bitmark_hex_encode_reversed(digest, BITMARK_DIGEST_SIZE, display);
	if (f->json)
		(void)print_json(block_event("removed", number, digest));
	else
		printf("removed: block %" PRIu64 "  %s\n", number, display);
}

void
show_gap(const struct peer_follow *f, uint64_t first, uint64_t last)
{
	if (!peer_filter_event(f->filter, "gap"))
		return;
	if (f->json)
		(void)print_json(json_pack("{s:s, s:o, s:o}", "event", "gap",
		    "first", json_number(first), "last", json_number(last)));
	else if (first == last)
		printf("gap: block %" PRIu64 " missed\n", first);
	else
		printf("gap: blocks %" PRIu64 " to %" PRIu64 " missed\n",
		    first, last);
}

/* "--" marks news of the connection, which no publisher sends. */
void
show_notice(const struct peer_follow *f, const char *event)
{
	if (!peer_filter_event(f->filter, event))
		return;
	if (f->json)
		(void)print_json(json_pack("{s:s}", "event", event));
	else
		printf("-- %s\n", event);
}

void
show_current(const struct peer_follow *f, uint64_t number)
{
	if (!peer_filter_event(f->filter, "current"))
		return;
	if (f->json)
		(void)print_json(json_pack("{s:s, s:o}", "event", "current",
		    "number", json_number(number)));
	else
		printf("-- current: block %" PRIu64 "\n", number);
}

/* --- records that wait ------------------------------------------------------ */

/* Records of one event, one behind the other. */
struct records {
	size_t chosen;
	bool whole;                     /* the rest can be read, too         */
};

/* Show the records that the filter chooses, or only count them. A node that
 * issues by itself puts one byte 0 behind the last record, so that byte is no
 * error. */
static struct records
show_records(const struct peer_follow *f, struct bitmark_span data,
    json_t *list, bool shows)
{
	struct records found = { 0, true };
	struct record_item item;
	size_t used;

	for (; data.size > 1 || (data.size == 1 && data.data[0] != 0);
	    data.data += used, data.size -= used) {
		if (bitmark_record_parse(bitmark_rules_decode(), data.data,
		    data.size, f->chain->network, &item.record, &used) !=
		    BITMARK_OK) {
			found.whole = false;
			break;
		}
		if (!choose(f, (struct bitmark_span){ data.data, used },
		    &item))
			continue;
		found.chosen++;
		if (shows)
			show_record(&item, (int)f->chain->network, list);
	}
	return found;
}

/* The records of one event belong together, so they are one line of JSON. */
static bool
show_record_event(const struct peer_follow *f,
    const struct bitmark_notice *notice, bool is_wanted)
{
	json_t *list;
	struct records found = show_records(f, notice->parameter[0], NULL,
	    false);

	if (!is_wanted || (peer_filter_chooses(f->filter) &&
	    found.chosen == 0))
		return false;
	list = f->json ? json_array() : NULL;
	if (!f->json)
		puts(notice->event);
	(void)show_records(f, notice->parameter[0], list, true);
	if (f->json)
		(void)print_json(json_pack("{s:s, s:o, s:b}", "event",
		    notice->event, "records", list, "whole", found.whole));
	else if (!found.whole)
		puts("  ... and bytes that are no record");
	return true;
}

/* --- proofs and announcements --------------------------------------------- */

/* A proof is a pay id and behind it the nonce that was found. */
static void
show_proof(const struct peer_follow *f, const struct bitmark_notice *notice)
{
	const struct bitmark_span proof = notice->parameter[0];
	const uint8_t *nonce = proof.data + BITMARK_PAY_ID_SIZE;
	size_t nonce_size = proof.size - BITMARK_PAY_ID_SIZE;
	char pay_id[2 * BITMARK_PAY_ID_SIZE + 1];

	if (f->json) {
		(void)print_json(json_pack("{s:s, s:o, s:o}", "event",
		    notice->event, "payId", json_hex(proof.data,
		    BITMARK_PAY_ID_SIZE), "clientNonce", json_hex(nonce,
		    nonce_size)));
		return;
	}
	bitmark_hex_encode(proof.data, BITMARK_PAY_ID_SIZE, pay_id);
	printf("proof\n  pay id %s  nonce ", pay_id);
	print_hex(nonce, nonce_size);
}

/* Show the connections that can be read; the first one that cannot be read ends
 * the list. */
static void
show_connections(struct bitmark_span packed, json_t *list)
{
	char text[BITMARK_CONNECTION_TEXT_MAX];
	struct bitmark_connection connection;
	size_t used;

	while ((used = bitmark_connection_parse(packed.data, packed.size,
	    &connection)) > 0) {
		bitmark_connection_to_text(&connection, text);
		if (list != NULL)
			json_array_append_new(list, json_string(text));
		else
			printf("  %s", text);
		packed.data += used;
		packed.size -= used;
	}
}

/* The time is a number of seconds, big endian. is_announcement has checked the
 * sizes. */
static void
show_announcement(const struct peer_follow *f,
    const struct bitmark_notice *notice)
{
	const struct bitmark_span *parameter = notice->parameter;
	json_t *list = f->json ? json_array() : NULL;
	char key[KEY_TEXT_MAX];
	uint64_t seconds = 0;

	for (size_t i = 0; i < ANNOUNCED_TIME_SIZE; i++)
		seconds = seconds << 8 | parameter[2].data[i];
	bitmark_hex_encode(parameter[0].data, ANNOUNCED_KEY_SIZE, key);
	if (!f->json)
		printf("%s\n  %s", notice->event, key);
	show_connections(parameter[1], list);
	if (f->json) {
		(void)print_json(json_pack("{s:s, s:s, s:o, s:o}", "event",
		    notice->event, strcmp(notice->event, "rpc") == 0 ?
		    "fingerprint" : "publicKey", key, "connections", list,
		    "time", json_number(seconds)));
		return;
	}
	print_time(seconds);
	putchar('\n');
}

/* --- any ------------------------------------------------------------------ */

/* Show an event that is not known or does not have its usual shape. */
static void
show_other(const struct peer_follow *f, const struct bitmark_notice *notice)
{
	size_t bytes = 0;

	for (size_t i = 0; i < notice->count; i++)
		bytes += notice->parameter[i].size;
	if (f->json)
		(void)print_json(json_pack("{s:s, s:I, s:I}", "event",
		    notice->event, "parameters", (json_int_t)notice->count,
		    "bytes", (json_int_t)bytes));
	else
		printf("%s  (%zu parameters, %zu bytes)\n", notice->event,
		    notice->count, bytes);
}

/* A proof is known by its size alone. */
static bool
is_proof(const struct bitmark_notice *n)
{
	return strcmp(n->event, "proof") == 0 && n->count > 0 &&
	    n->parameter[0].size >= BITMARK_PAY_ID_SIZE &&
	    n->parameter[0].size <= BITMARK_PAY_ID_SIZE +
	    BITMARK_CLIENT_NONCE_MAX;
}

static bool
is_announcement(const struct bitmark_notice *n)
{
	return (strcmp(n->event, "rpc") == 0 ||
	    strcmp(n->event, "peer") == 0) &&
	    n->count >= ANNOUNCEMENT_PARAMETERS &&
	    n->parameter[0].size == ANNOUNCED_KEY_SIZE &&
	    n->parameter[2].size == ANNOUNCED_TIME_SIZE;
}

static bool
has_records(const struct bitmark_notice *n)
{
	return n->count > 0 && (strcmp(n->event, "assets") == 0 ||
	    strcmp(n->event, "issues") == 0 ||
	    strcmp(n->event, "transfer") == 0);
}

/* The subscriber has checked the event's name. Records are given to the filter
 * even when they are not shown, as in show_block. Events without records
 * concern no account and no asset, so a filter for these hides them. */
bool
show_event(const struct peer_follow *f, const struct bitmark_notice *notice)
{
	const bool is_wanted = peer_filter_event(f->filter, notice->event);

	if (has_records(notice))
		return show_record_event(f, notice, is_wanted);
	if (!is_wanted || peer_filter_chooses(f->filter))
		return false;
	if (is_proof(notice))
		show_proof(f, notice);
	else if (is_announcement(notice))
		show_announcement(f, notice);
	else
		show_other(f, notice);
	return true;
}
