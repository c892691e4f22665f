/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The pages of the HTTPS server, in a table, and the checks that each request
 * passes in this order: the page exists, the method is right, the client may
 * see it, and not too many are in progress. Facts about the node come from
 * Node.Info, and the pages put them into another form.
 */
#include "https.h"
#include "https_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bitmarkpeer/node.h>

#include "report.h"
#include "rpc_json.h"
#include "rpc_stream.h"
#include "shared/json.h"

/* Entries of the page of peers.  Source: bitmarkd v8.2 rpc/handler.go */
#define PEERS_DEFAULT 10
#define PEERS_MAX 100

#define KEY_DIGITS (2 * BITMARK_PEER_KEY_SIZE)
/* "2006-01-02T15:04:05Z" with NUL, and room for years that no clock has. */
#define TIME_TEXT_MAX 40

/* The page as JSON, owned by the caller; NULL: no memory. */
typedef json_t *(*page_fn)(const struct https_from *from, const char *query);

struct page {
	const char *path, *method;
	/* Makes a page as JSON, which the caller owns; NULL: no memory. */
	page_fn make;                   /* NULL: the RPC                     */
	size_t allow;                   /* where in https_from the clients
	                                   are that may see it; 0: all       */
};

static json_t *details_page(const struct https_from *from, const char *query);
static json_t *connections_page(const struct https_from *from,
    const char *query);
static json_t *peers_page(const struct https_from *from, const char *query);

#define ALLOW(member) offsetof(struct https_from, member)

static const struct page pages[] = {
	{ "/bitmarkd/rpc", "POST", NULL, 0 },
	{ "/bitmarkd/details", "GET", details_page, ALLOW(details) },
	{ "/bitmarkd/connections", "GET", connections_page,
	    ALLOW(connections) },
	{ "/bitmarkd/peers", "GET", peers_page, ALLOW(peers) },
};

/* --- checks --------------------------------------------------------------- */

static const struct page *
find_page(const struct rpc_text *path)
{
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (strlen(pages[i].path) == path->size &&
		    memcmp(pages[i].path, path->data, path->size) == 0)
			return &pages[i];
	return NULL;
}

/* 200, and *${page} is the page; or another status. */
static unsigned
choose_page(const char *target, const struct page **page)
{
	struct https_path path = { 0 };
	unsigned status = 400;

	*page = NULL;
	if (target[0] == '/' && https_path_read(&path, target)) {
		*page = find_page(&path.path);
		status = path.moved ? 301 : *page == NULL ? 404 : 200;
	}
	https_path_free(&path);
	return status;
}

/* Is the address in the network? Whole bytes are compared first, then the bits
 * of the byte that the border goes through. */
static bool
is_in(const struct config_network *network, const uint8_t address[16])
{
	const unsigned whole = network->bits / 8, rest = network->bits % 8;

	return memcmp(network->address, address, whole) == 0 && (rest == 0 ||
	    (network->address[whole] ^ address[whole]) >> (8 - rest) == 0);
}

/* page->allow is the offset of the page's list in struct https_from; offset 0
 * stands for "everybody". */
static bool
is_allowed(const struct https_from *from, const struct page *page,
    const uint8_t address[16])
{
	const struct config_networks *list;

	if (page->allow == 0)
		return true;
	memcpy(&list, (const char *)from + page->allow, sizeof list);
	for (size_t i = 0; i < list->count; i++)
		if (is_in(&list->items[i], address))
			return true;
	return false;
}

unsigned
https_check(const struct https_from *from,
    const struct https_request *request)
{
	const struct page *page;
	const unsigned status = choose_page(request->target, &page);

	if (status != 200)
		return status;
	if (strcmp(page->method, request->method) != 0)
		return 405;
	if (!is_allowed(from, page, request->address))
		return 403;
	return from->requests > from->requests_max ? 429 : 200;
}

/* The texts are bitmarkd's; those of 400 and 413 are ours. */
void
https_error(unsigned status, struct https_reply *reply)
{
	static const struct {
		unsigned status;
		const char *text;
	} texts[] = { { 400, "bad request" }, { 403, "forbidden" },
		{ 404, "not found" }, { 405, "method not allowed" },
		{ 413, "request too large" }, { 429, "Too Many Requests" },
		{ 500, "internal server error" } };
	char body[96];
	size_t i = 0;

	while (texts[i].status != status &&
	    i + 1 < sizeof texts / sizeof texts[0])
		i++;
	snprintf(body, sizeof body, "{\"code\":%u,\"error\":\"%s\"}",
	    texts[i].status, texts[i].text);
	reply->status = texts[i].status;
	reply->body = strdup(body);
	reply->size = strlen(body);
}

/* Text in a page.  Source: Go net/http server.go htmlReplacer */
static void
add_html(struct rpc_text *page, const char *text)
{
	static const struct {
		char c;
		const char *name;
	} names[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&#34;" }, { '\'', "&#39;" } };

	for (; *text != '\0'; text++) {
		size_t i = 0;

		while (i < sizeof names / sizeof names[0] &&
		    names[i].c != *text)
			i++;
		if (i < sizeof names / sizeof names[0])
			rpc_text_add_string(page, names[i].name);
		else
			rpc_text_add(page, text, 1);
	}
}

/* Send the client on.  Only a reader of pages is shown the link. */
static void
redirect(const struct https_request *request, struct https_reply *reply)
{
	struct rpc_text link = { 0 }, body = { 0 };
	struct https_path path;

	if (https_path_read(&path, request->target))
		https_path_link(&link, &path, request->target);
	https_path_free(&path);
	rpc_text_add(&body, "", 0);
	if (strcmp(request->method, "GET") == 0 && link.data != NULL) {
		rpc_text_add_string(&body, "<a href=\"");
		add_html(&body, link.data);
		rpc_text_add_string(&body, "\">Moved Permanently</a>.\n\n");
	}
	reply->status = 301;
	reply->location = link.data;
	reply->body = body.data;
	reply->size = body.size;
}

void
https_refuse(const struct https_request *request, unsigned status,
    struct https_reply *reply)
{
	if (status == 301)
		redirect(request, reply);
	else
		https_error(status, reply);
}

/* --- the RPC -------------------------------------------------------------- */

/* Only the first value of the body is answered, and the reply is one value.
 * bitmarkd puts an error of its own behind that of a method that it does not
 * know. */
static void
answer_rpc(const struct https_from *from, const struct https_request *request,
    struct https_reply *reply)
{
	struct rpc_stream stream = { .text = NULL };
	enum rpc_outcome outcome = RPC_GARBAGE;
	size_t used;

	if (rpc_stream_feed(&stream, request->body, request->body_size,
	    &used) == RPC_STREAM_WHOLE)
		outcome = rpc_answer(from->rpc, stream.text, stream.size,
		    &reply->body, &reply->size);
	rpc_stream_free(&stream);
	reply->status = 200;
	if (outcome == RPC_GARBAGE || outcome == RPC_NO_MEMORY)
		https_error(outcome == RPC_GARBAGE ? 400 : 500, reply);
}

/* --- pages ---------------------------------------------------------------- */

static json_t *
number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* Ask our own RPC for the result of Node.Info; NULL: no memory. */
static json_t *
node_info(const struct https_from *from)
{
	static const char request[] =
	    "{\"id\":0,\"method\":\"Node.Info\",\"params\":[{}]}";
	char *text;
	size_t size;
	json_t *reply, *info = NULL;

	if (rpc_answer(from->rpc, request, strlen(request), &text, &size) !=
	    RPC_ANSWERED)
		return NULL;
	reply = json_loadb(text, size, 0, NULL);
	free(text);
	info = json_incref(json_object_get(reply, "result"));
	json_decref(reply);
	return info;
}

/* Find the best height among the nodes that this one is connected to. */
static int
see_height(void *user, const struct bitmark_node_connection *connection)
{
	uint64_t *best = user;

	if (connection->connected && connection->height > *best)
		*best = connection->height;
	return 0;
}

/* Members whose form differs from that of Node.Info. ${is_old}: the form of
 * v8.2. */
static json_t *
counts_of(const struct https_from *from, const json_t *info, bool is_old)
{
	json_t *block = json_object_get(info, "block");
	uint64_t remote = 0;
	json_t *count;

	if (bitmark_node_each_connection(from->rpc->node, see_height,
	    &remote) != BITMARK_OK)
		remote = 0;
	count = json_pack("{s:O?,s:o}", "local", is_old ?
	    json_object_get(info, "blocks") : json_object_get(block,
	    "height"), "remote", number(remote));
	return is_old ? count : json_pack("{s:o,s:O?}", "count", count, "hash",
	    json_object_get(block, "hash"));
}

/* json_object_set with a NULL value fails and does nothing, so a page without
 * memory has fewer members; json_object_set takes a reference of its own. */
static json_t *
details_page(const struct https_from *from, const char *query)
{
	static const char *const same[] = { "transactionCounters",
		"difficulty", "hashrate", "version", "uptime", "publicKey" };
	struct bitmark_node_status s = { .struct_size = sizeof s };
	const bool is_old = from->rpc->form == RPC_FORM_8_2;
	json_t *info = node_info(from), *page = json_object();

	(void)query;
	bitmark_node_get_status(from->rpc->node, &s);
	json_object_set(page, "chain", json_object_get(info, "chain"));
	json_object_set(page, "mode", json_object_get(info, "mode"));
	json_object_set_new(page, is_old ? "blocks" : "block",
	    counts_of(from, info, is_old));
	json_object_set_new(page, "rpcs", number(from->requests +
	    (is_old ? from->rpc->connections : 0)));
	json_object_set_new(page, "peers", json_pack("{s:o,s:o}", "incoming",
	    number(s.connections), "outgoing", number(s.peers)));
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		json_object_set(page, same[i], json_object_get(info,
		    same[i]));
	json_decref(info);
	return page;
}

static int
add_connection(void *user, const struct bitmark_node_connection *connection)
{
	char address[BITMARK_CONNECTION_TEXT_MAX + sizeof "tcp://"];
	json_t *list = user;

	if (!connection->connected)
		return 0;
	snprintf(address, sizeof address, "tcp://%s", connection->at != NULL ?
	    connection->at : connection->address);
	json_array_append_new(list, json_pack("{s:s,s:o}", "address", address,
	    "server", json_hex(connection->key, sizeof connection->key)));
	return 0;
}

static json_t *
connections_page(const struct https_from *from, const char *query)
{
	json_t *list = json_array();

	(void)query;
	if (bitmark_node_each_connection(from->rpc->node, add_connection,
	    list) != BITMARK_OK) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:o}", "connectedTo", list);
}

/* Find the value of a name in the query, up to the next "&"; false: there is
 * none. */
static bool
find_value(const char *query, const char *name, const char **value,
    size_t *size)
{
	const size_t name_size = strlen(name);

	while (*query != '\0') {
		const size_t all = strcspn(query, "&");

		if (all > name_size && query[name_size] == '=' &&
		    strncmp(query, name, name_size) == 0) {
			*value = query + name_size + 1;
			*size = all - name_size - 1;
			return true;
		}
		query += all + (query[all] == '&');
	}
	return false;
}

/* A count that is no number, or beyond the bounds, is treated as missing, as in
 * bitmarkd. Three digits cannot overflow. */
static size_t
count_of(const char *query)
{
	const char *value;
	size_t size, count = 0;

	if (!find_value(query, "count", &value, &size) || size > 3)
		return PEERS_DEFAULT;
	for (size_t i = 0; i < size; i++) {
		if (value[i] < '0' || value[i] > '9')
			return PEERS_DEFAULT;
		count = 10 * count + (size_t)(value[i] - '0');
	}
	return count >= 1 && count <= PEERS_MAX ? count : PEERS_DEFAULT;
}

static json_t *
peer_entry(const struct bitmark_peer *peer)
{
	char text[TIME_TEXT_MAX] = "";
	time_t seconds = (time_t)peer->timestamp;
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		(void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_pack("{s:o,s:o,s:s}", "publicKey", json_hex(peer->key,
	    sizeof peer->key), "listeners", report_addresses(peer),
	    "timestamp", text);
}

/* Peers above the given key, which need not be known any more. In bitmarkd the
 * list ends at an unknown key or begins anew [S-17]. */
static json_t *
peers_page(const struct https_from *from, const char *query)
{
	uint8_t after[BITMARK_PEER_KEY_SIZE];
	const size_t most = count_of(query);
	json_t *page = json_array();
	struct bitmark_peer *peers;
	const char *value;
	size_t count, size, key_size;
	bool has_key = find_value(query, "public_key", &value, &size) &&
	    size == KEY_DIGITS && bitmark_hex_decode(value, size, after,
	    sizeof after, &key_size) == BITMARK_OK;

	if (bitmark_node_peers(from->rpc->node, &peers, &count) !=
	    BITMARK_OK) {
		json_decref(page);
		return NULL;
	}
	for (size_t i = 0; i < count && json_array_size(page) < most; i++)
		if (!has_key || memcmp(peers[i].key, after, sizeof after) > 0)
			json_array_append_new(page, peer_entry(&peers[i]));
	bitmark_free(peers);
	return page;
}

/* --- the whole ------------------------------------------------------------ */

static void
write_page(json_t *page, struct https_reply *reply)
{
	struct rpc_text text = { 0 };

	if (page != NULL)
		rpc_json_write(&text, page);
	if (page == NULL || text.failed) {
		free(text.data);
		https_error(500, reply);
	} else {
		reply->status = 200;
		reply->body = text.data;
		reply->size = text.size;
	}
	json_decref(page);
}

void
https_answer(const struct https_from *from,
    const struct https_request *request, struct https_reply *reply)
{
	const struct page *page;
	const unsigned status = https_check(from, request);
	const char *query = strchr(request->target, '?');

	*reply = (struct https_reply){ .status = status };
	(void)choose_page(request->target, &page);
	if (status != 200)
		https_refuse(request, status, reply);
	else if (page->make == NULL)
		answer_rpc(from, request, reply);
	else
		write_page(page->make(from, query != NULL ? query + 1 : ""),
		    reply);
}
