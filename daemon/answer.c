/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Answers to requests: a table of commands, and a function for each that takes
 * its arguments out of the request, calls the library and makes the reply.
 * Nothing here knows how a request came.
 */
#include "answer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/os.h>

#include "exporter.h"
#include "generate.h"
#include "payment_report.h"
#include "report.h"
#include "shared/json.h"
#include "shared/option.h"

/* The longest backup file that is read.  Bytes. */
#define IMPORT_MAX (256 * 1024 * 1024)

/* Everything that answers are made from. */
struct context {
	struct bitmark_node *node;
	const struct bitmark_chain_params *params;
	const struct daemon_mining *mining;
	const struct payment_watch *watch;
	struct services *services;
	struct exporter *exporter;
	struct answer_wait *wait;
};

/* The reply that says why nothing was done. */
static json_t *
error(const char *text)
{
	return json_pack("{s:s}", "error", text);
}

/* A report that could not be made: the node is stopping and answers nothing
 * more. */
static json_t *
or_error(json_t *value)
{
	return value != NULL ? value :
	    error(bitmark_strerror(BITMARK_E_STOPPED));
}

/* A node that is catching up takes in nothing that it would have to judge by
 * the newest state. The text says how far it is and what to do. */
static json_t *
not_normal(const struct context *c)
{
	struct bitmark_node_status s = { .struct_size = sizeof s };
	char text[BITMARK_NODE_BLOCKED_MAX + 64];
	char blocked[BITMARK_NODE_BLOCKED_MAX];

	bitmark_node_get_status(c->node, &s);
	if (s.blocked != BITMARK_OK) {
		snprintf(text, sizeof text,
		    "the mode is not Normal: the node %s",
		    bitmark_node_blocked_text(&s, blocked));
		return error(text);
	}
	snprintf(text, sizeof text, "the mode is not Normal: the node is at "
	    "block %" PRIu64 " of %" PRIu64 ", with %u peers; %s",
	    s.tip.number, s.target > s.tip.number ? s.target : s.tip.number,
	    s.peers, s.peers > 0 ? "try again when 'status' says Normal" :
	    "see 'connections', and give it peers to follow with add-peer or "
	    "in its configuration");
	return error(text);
}

/* In a submission BITMARK_E_STATE means one thing only: the node is not Normal.
 */
static json_t *
refuse(const struct context *c, bitmark_status status)
{
	return status == BITMARK_E_STATE ? not_normal(c) :
	    error(bitmark_strerror(status));
}

/* The kind of ${data} is found here and not named by the client: a person has a
 * file and need not know the commands of the protocol. */
static json_t *
submit_bytes(const struct context *c, const uint8_t *data, size_t size)
{
	struct bitmark_unit_result result = { .struct_size = sizeof result };
	enum bitmark_submission what;
	size_t records;
	json_t *reply;
	bitmark_status status = bitmark_submission_recognise(c->params, data,
	    size, &what, &records);

	if (status == BITMARK_OK)
		status = bitmark_node_submit(c->node, what, data, size,
		    &result);
	if (status != BITMARK_OK)
		return refuse(c, status);
	reply = json_pack("{s:s, s:I, s:I}", "submitted",
	    bitmark_submission_name(what), "records", (json_int_t)records,
	    "bytes", (json_int_t)size);
	if (what == BITMARK_SUBMIT_ISSUES || what == BITMARK_SUBMIT_TRANSFER)
		json_object_update_new(reply, report_unit(what, &result));
	else if (what == BITMARK_SUBMIT_ASSETS ||
	    what == BITMARK_SUBMIT_PROOF)
		json_object_set_new(reply, "duplicate",
		    json_boolean(result.duplicate));
	return reply;
}

/* "hex": packed records, a proof or a block. */
static json_t *
submit(const struct context *c, const json_t *request)
{
	const json_t *hex = json_object_get(request, "hex");
	size_t length = json_string_length(hex), size;
	uint8_t *data = malloc(length / 2 + 1);
	json_t *reply;

	if (data == NULL)
		return error(bitmark_strerror(BITMARK_E_NOMEM));
	if (length == 0 || bitmark_hex_decode(json_string_value(hex), length,
	    data, length / 2, &size) != BITMARK_OK)
		reply = error(bitmark_strerror(BITMARK_E_HEX));
	else
		reply = submit_bytes(c, data, size);
	free(data);
	return reply;
}

/* "key" and "address" */
static json_t *
add_peer(const struct context *c, const json_t *request)
{
	const json_t *key = json_object_get(request, "key");
	const char *address = json_string_value(json_object_get(request,
	    "address"));
	uint8_t bytes[BITMARK_PEER_KEY_SIZE];
	bitmark_status status;

	if (address == NULL)
		return error(bitmark_strerror(BITMARK_E_IP_ADDRESS));
	if (!json_is_string(key) || bitmark_peer_key_parse_public(
	    json_string_value(key), json_string_length(key), bytes) !=
	    BITMARK_OK)
		return error(bitmark_strerror(BITMARK_E_PUBLIC_KEY));
	status = bitmark_node_add_peer(c->node, bytes, address);
	if (status != BITMARK_OK)
		return error(bitmark_strerror(status));
	return json_pack("{s:s}", "added", address);
}

/* "path" of a backup file. The daemon reads it, as it may be too large for a
 * request. */
static json_t *
import(const struct context *c, const json_t *request)
{
	const char *path = json_string_value(json_object_get(request,
	    "path"));
	struct bitmark_import counts = { .struct_size = sizeof counts };
	bitmark_status status = BITMARK_E_IO;
	json_t *reply = json_object();
	uint8_t *data = NULL;
	size_t size;

	/* Opening a FIFO would wait for somebody to write to it. */
	if (path != NULL && !bitmark_file_is_special(path))
		status = bitmark_file_read(path, IMPORT_MAX, &data, &size);
	if (status == BITMARK_OK)
		status = bitmark_node_import(c->node, data, size, &counts);
	bitmark_free(data);
	if (status != BITMARK_OK)
		json_object_update_new(reply, refuse(c, status));
	/* The items before the end of a file that is cut off were taken in:
	 * they are counted beside the error. */
	if (status == BITMARK_OK || counts.accepted + counts.refused > 0)
		json_object_update_new(reply, json_pack("{s:I, s:I}",
		    "accepted", (json_int_t)counts.accepted, "refused",
		    (json_int_t)counts.refused));
	return reply;
}

/* --- payments ------------------------------------------------------------- */

/* Take hex of exactly ${size} bytes. */
static bool
take_hex(const json_t *request, const char *name, uint8_t *out, size_t size)
{
	const json_t *hex = json_object_get(request, name);
	size_t decoded;

	return json_is_string(hex) && bitmark_hex_decode(
	    json_string_value(hex), json_string_length(hex), out, size,
	    &decoded) == BITMARK_OK && decoded == size;
}

/* The rules decide which addresses are valid. */
static const struct bitmark_rules *
rules_of(const struct context *c)
{
	struct bitmark_node_status s = { .struct_size = sizeof s };

	bitmark_node_get_status(c->node, &s);
	return s.rules;
}

/* An address with a typing error would pay nobody, so it is checked. */
static bitmark_status
take_payment(const struct context *c, enum bitmark_currency currency,
    const json_t *json, struct bitmark_payment *payment)
{
	const json_t *address = json_object_get(json, "address");
	const json_t *amount = json_object_get(json, "amount");
	struct bitmark_span text = {
		(const uint8_t *)json_string_value(address),
		json_string_length(address) };

	if (text.size == 0 || text.size >= sizeof payment->address ||
	    bitmark_address_check(rules_of(c), currency, text,
	    c->params->network) != BITMARK_OK)
		return BITMARK_E_CURRENCY_ADDRESS;
	*payment = (struct bitmark_payment){ .currency = currency };
	memcpy(payment->address, text.data, text.size);
	return json_is_string(amount) && number_from_text(
	    json_string_value(amount), &payment->amount) ? BITMARK_OK :
	    BITMARK_E_COUNT;
}

/* "currency", and "payments": a list of objects with "address" and "amount", a
 * text, as submit tells them. */
static bitmark_status
take_paid(const struct context *c, const json_t *request,
    struct bitmark_payment *output, struct bitmark_paid *paid)
{
	const json_t *currency = json_object_get(request, "currency");
	const json_t *list = json_object_get(request, "payments");
	bitmark_status status = BITMARK_E_CURRENCY;

	if (json_is_string(currency))
		status = bitmark_currency_from_text(
		    json_string_value(currency), json_string_length(currency),
		    &paid->currency);
	paid->output = output;
	paid->count = json_array_size(list);
	if (status == BITMARK_OK && (paid->count == 0 ||
	    paid->count > BITMARK_PAID_MAX))
		status = BITMARK_E_COUNT;
	for (size_t i = 0; status == BITMARK_OK && i < paid->count; i++)
		status = take_payment(c, paid->currency,
		    json_array_get(list, i), &output[i]);
	return status;
}

/* "pay_id", and the members of take_paid. The node believes the client: whoever
 * may open the socket is trusted to have seen the payment. */
static json_t *
pay(const struct context *c, const json_t *request)
{
	struct bitmark_payment output[BITMARK_PAID_MAX];
	struct bitmark_paid paid = { .struct_size = sizeof paid };
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];
	bool verified = false;
	bitmark_status status;

	if (!take_hex(request, "pay_id", pay_id, sizeof pay_id))
		return error("a pay id has 96 hex digits");
	status = take_paid(c, request, output, &paid);
	if (status == BITMARK_OK)
		status = bitmark_node_payment(c->node, pay_id, &paid,
		    &verified);
	return status != BITMARK_OK ? error(bitmark_strerror(status)) :
	    json_pack("{s:o, s:b}", "pay_id", json_hex(pay_id, sizeof pay_id),
	    "verified", verified);
}

/* --- where a transaction is ----------------------------------------------- */

/* "tx_id"; NULL: found, else the reply that says why not. */
static json_t *
look_up(const struct context *c, const json_t *request,
    uint8_t tx_id[BITMARK_TX_ID_SIZE], struct bitmark_tx_place *place)
{
	bitmark_status status;

	*place = (struct bitmark_tx_place){ .struct_size = sizeof *place };
	if (!take_hex(request, "tx_id", tx_id, BITMARK_TX_ID_SIZE))
		return error("a transaction id has 64 hex digits");
	status = bitmark_node_transaction(c->node, tx_id, place);
	return status == BITMARK_OK ? NULL : error(bitmark_strerror(status));
}

/* Looked up once; "wait" is for programs that want to hear of a change. */
static json_t *
find_transaction(const struct context *c, const json_t *request)
{
	uint8_t tx_id[BITMARK_TX_ID_SIZE];
	struct bitmark_tx_place place;
	json_t *failed = look_up(c, request, tx_id, &place);

	return failed != NULL ? failed : or_error(report_place(tx_id, &place));
}

/* An error, together with the present state of the transaction. */
static json_t *
end_wait(const uint8_t tx_id[BITMARK_TX_ID_SIZE],
    const struct bitmark_tx_place *place, const char *text, bool timed_out)
{
	json_t *reply = error(text);

	json_object_update_new(reply, report_place(tx_id, place));
	if (timed_out)
		json_object_set_new(reply, "timed_out", json_true());
	return reply;
}

/* When the wait ends; "timeout": seconds, or nothing for ever. */
static uint64_t
end_of_wait(const json_t *request)
{
	const json_t *timeout = json_object_get(request, "timeout");
	const uint64_t now_ms = bitmark_clock_ms();
	const uint64_t seconds = (uint64_t)json_integer_value(timeout);

	return !json_is_integer(timeout) || json_integer_value(timeout) < 0 ||
	    seconds > (UINT64_MAX - now_ms) / 1000 ? UINT64_MAX :
	    now_ms + 1000 * seconds;
}

/* "tx_id", "for": "verified" or, without it, confirmed; and see end_of_wait. A
 * transaction that was known and is gone will not come back by itself; one that
 * was never known may still come. */
static json_t *
wait_for_transaction(const struct context *c, const json_t *request)
{
	const char *wanted = json_string_value(json_object_get(request,
	    "for"));
	uint8_t tx_id[BITMARK_TX_ID_SIZE];
	struct bitmark_tx_place place;
	json_t *failed = look_up(c, request, tx_id, &place);

	if (failed != NULL)
		return failed;
	if (c->wait->end_ms == 0)
		c->wait->end_ms = end_of_wait(request);
	if (place.status == BITMARK_TX_STATUS_CONFIRMED ||
	    (place.status == BITMARK_TX_STATUS_VERIFIED && wanted != NULL &&
	    strcmp(wanted, "verified") == 0))
		return or_error(report_place(tx_id, &place));
	if (c->wait->known && place.status == BITMARK_TX_STATUS_UNKNOWN)
		return end_wait(tx_id, &place, "the transaction is gone: it "
		    "has expired, or another one took its place", false);
	if (bitmark_clock_ms() >= c->wait->end_ms)
		return end_wait(tx_id, &place, "the time is over", true);
	c->wait->known = place.status != BITMARK_TX_STATUS_UNKNOWN;
	c->wait->waits = true;
	return NULL;
}

/* --- blocks of our own ---------------------------------------------------- */

/* The first call gives the order; the reply comes after the last block. */
static json_t *
generate(const struct context *c, const json_t *request)
{
	const struct answer_from from = { c->node, c->params, c->mining,
		c->watch, c->services, c->exporter };
	bool is_normal;
	json_t *reply = generate_blocks(&from, request, c->wait, &is_normal);

	return is_normal ? reply : not_normal(c);
}

/* --- telling -------------------------------------------------------------- */

/* The text of the metrics file, in a string. */
static json_t *
tell_metrics(const struct context *c, const json_t *request)
{
	char *text = exporter_text(c->exporter);
	json_t *reply = text != NULL ? json_pack("{s:s}", "metrics", text) :
	    NULL;

	(void)request;
	free(text);
	return or_error(reply);
}

/* These questions have no arguments, so the request is not looked at. */
static json_t *
tell_status(const struct context *c, const json_t *request)
{
	struct services_counts services;
	json_t *status;

	(void)request;
	services_get_counts(c->services, &services);
	status = report_status(c->node, c->params->name, &services);
	payment_report(status, c->watch);
	return or_error(status);
}

/* Peers that the node has heard of, which need not be connected. */
static json_t *
tell_peers(const struct context *c, const json_t *request)
{
	(void)request;
	return or_error(report_peers(c->node));
}

/* Connections that this node has opened, or is trying to open. */
static json_t *
tell_connections(const struct context *c, const json_t *request)
{
	(void)request;
	return or_error(report_connections(c->node));
}

/* A member that is a number above 0; 0: there is none. */
static size_t
count_of(const json_t *request, const char *name)
{
	const json_int_t value = json_integer_value(json_object_get(request,
	    name));

	return value > 0 ? (size_t)value : 0;
}

/* "packed": the number of transactions to list, with their bytes; without it
 * all are listed, without bytes. "start": the number of the oldest to pass over. */
static json_t *
tell_reservoir(const struct context *c, const json_t *request)
{
	return or_error(report_reservoir(c->node, count_of(request, "start"),
	    count_of(request, "packed")));
}

/* A signal to ourselves, so that there is one way to stop. The reply is sent
 * before the main loop looks for the signal. */
static json_t *
stop(const struct context *c, const json_t *request)
{
	(void)c;
	(void)request;
	(void)raise(SIGTERM);
	return json_pack("{s:b}", "stopping", 1);
}

static const struct {
	const char *command;
	json_t *(*answer)(const struct context *c, const json_t *request);
} answers[] = {
	{ "status", tell_status },
	{ "peers", tell_peers },
	{ "connections", tell_connections },
	{ "reservoir", tell_reservoir },
	{ "metrics", tell_metrics },
	{ "submit", submit },
	{ "import", import },
	{ "payment", pay },
	{ "transaction", find_transaction },
	{ "wait", wait_for_transaction },
	{ "generate", generate },
	{ "add-peer", add_peer },
	{ "stop", stop },
};

/* A request without "command", or with one that is not a text, is not valid. */
static json_t *
answer_object(const struct context *c, const json_t *request)
{
	const char *command = json_string_value(json_object_get(request,
	    "command"));

	if (command == NULL)
		return error("no command");
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		if (strcmp(command, answers[i].command) == 0)
			return answers[i].answer(c, request);
	return error("no such command");
}

/* An unknown command is an error of the client, which may be of a later
 * version: the connection stays open. */
json_t *
answer_request(const struct answer_from *from, struct bitmark_span text,
    struct answer_wait *wait)
{
	const struct context c = { from->node, from->params, from->mining,
		from->watch, from->services, from->exporter, wait };
	json_t *request = json_loadb((const char *)text.data, text.size, 0,
	    NULL);
	json_t *reply;

	wait->waits = false;
	reply = request == NULL ? error("the request is not JSON") :
	    answer_object(&c, request);

	json_decref(request);
	return reply;
}
