/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The framing of the client RPC: read a request, find and call its method,
 * write the reply. The checks are in Go's order, because clients see which one
 * fails: the method is looked up before the arguments are read. Source: Go
 * net/rpc server.go readRequestHeader, net/rpc/jsonrpc server.go
 */
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

#include "rpc_call.h"
#include "rpc_json.h"

/* The highest cost of one request. Source: bitmarkd v0.16.0
 * rpc/ratelimit/limit.go */
#define COST_MAX 100
/* The highest cost of a request that is answered by the thread which brings it:
 * an item takes about 20 microseconds. Source: local choice */
#define QUICK_COST_MAX 10

static const struct rpc_method *const tables[] = {
	rpc_node_methods,
	rpc_submit_methods,
	rpc_query_methods,
};

/* A request, as far as it was read. ${method} points into read.value, which the
 * request owns. */
struct rpc_request {
	struct rpc_read read;
	const char *text;
	size_t size;                    /* of its text                      */
	bool is_one;                    /* false: there is no reply         */
	const char *method;             /* inside read.value; "" when there is
	                                   none                             */
	size_t method_size;
};

/* Read the method's name. null is a request without members, as in Go. */
static bool
read_envelope(struct rpc_request *request)
{
	const json_t *value = request->read.value, *method;

	if (value == NULL || json_is_null(value))
		return value != NULL;
	method = rpc_get(value, "method");
	if (!json_is_object(value) || (method != NULL &&
	    !json_is_string(method)))
		return false;
	if (method != NULL) {
		request->method = json_string_value(method);
		request->method_size = json_string_length(method);
	}
	return true;
}

struct rpc_request *
rpc_request_read(const char *text, size_t size)
{
	struct rpc_request *request = calloc(1, sizeof *request);

	if (request == NULL)
		return NULL;
	request->method = "";
	request->text = text;
	request->size = size;
	if (size <= RPC_REQUEST_MAX)
		rpc_json_read(text, size, &request->read);
	request->is_one = read_envelope(request);
	return request;
}

void
rpc_request_free(struct rpc_request *request)
{
	if (request == NULL)
		return;
	json_decref(request->read.value);
	free(request);
}

/*
 * Methods.
 */

/* Find a method; NULL: there is none. *${service} tells whether any method
 * begins with "Service.", because Go has an error for each case. */
static const struct rpc_method *
find_method(const struct rpc_request *request, size_t service_size, bool *service)
{
	*service = false;
	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct rpc_method *m = tables[t]; m->name != NULL;
		    m++) {
			if (strncmp(m->name, request->method,
			    service_size + 1) == 0)
				*service = true;
			if (strlen(m->name) == request->method_size &&
			    memcmp(m->name, request->method,
			    request->method_size) == 0)
				return m;
		}
	return NULL;
}

/* v8.2 lacks some methods. Where the releases spell a method differently, both
 * spellings are served. */
static bool
is_served(enum rpc_form form, const char *name)
{
	static const char *const later[] = { "Bitmark.FullProvenance",
		"Node.BlockDump", "Node.BlockDumpRange", "Node.BlockDecode" };

	if (form != RPC_FORM_8_2)
		return true;
	for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
		if (strcmp(name, later[i]) == 0)
			return false;
	return strncmp(name, "Share.", 6) != 0;
}

/* The method's name comes from the client: it may be long or have a NUL in it,
 * so it is cut at the NUL or at the end of the room. */
static void
refuse_method(struct rpc_call *call, const char *why,
    const struct rpc_request *request)
{
	call->unreadable = true;
	snprintf(call->text, sizeof call->text, "%s%s", why, request->method);
	(void)rpc_fail(call, call->text);
}

/* NULL: there is no such method, and the call has Go's error for it. */
static const struct rpc_method *
choose_method(struct rpc_call *call, const struct rpc_request *request)
{
	const char *dot = strrchr(request->method, '.');
	const struct rpc_method *method;
	bool service;

	if (dot == NULL) {
		refuse_method(call, "rpc: service/method request "
		    "ill-formed: ", request);
		return NULL;
	}
	method = find_method(request, (size_t)(dot - request->method),
	    &service);
	if (method != NULL && is_served(call->from->form, method->name))
		return method;
	if (call->from->form == RPC_FORM_8_2 &&
	    strncmp(request->method, "Share.", 6) == 0)
		service = false;
	refuse_method(call, service ? "rpc: can't find method " :
	    "rpc: can't find service ", request);
	return NULL;
}

/*
 * Calls.
 */

/* The first element of "params" is the object of arguments; ${none} stands for
 * it when it is null or missing. */
static bool
take_arguments(struct rpc_call *call, const struct rpc_request *request,
    json_t *none)
{
	const json_t *params = rpc_get(request->read.value, "params");
	json_t *first = json_array_get(params, 0);

	if (params == NULL)
		return rpc_unreadable(call,
		    "jsonrpc: request body missing params");
	if (!json_is_array(params))
		return rpc_unreadable(call, "json: cannot unmarshal %s into "
		    "Go value of type [1]interface {}", rpc_kind(params));
	call->arguments = first == NULL || json_is_null(first) ? none : first;
	return rpc_check_arguments(call);
}

/* NULL: the call has its error, or memory ran out. */
static json_t *
do_call(struct rpc_call *call, const struct rpc_request *request)
{
	const struct rpc_method *method = choose_method(call, request);
	json_t *none = json_object(), *result = NULL;

	if (method != NULL)
		call->method = method->name;
	if (method != NULL && none != NULL &&
	    take_arguments(call, request, none))
		result = method->call(call);
	json_decref(none);
	return result;
}

/* The id is repeated as it was written, without white space. "result" and
 * "error": one of them is null. */
static void
write_reply(struct rpc_text *reply, const struct rpc_request *request,
    const json_t *result, const char *error)
{
	json_t *text = NULL;

	rpc_text_add_string(reply, "{\"id\":");
	if (request->read.id.size != 0)
		rpc_json_compact(reply, request->read.id);
	else
		rpc_text_add_string(reply, "null");
	rpc_text_add_string(reply, ",\"result\":");
	if (result != NULL)
		rpc_json_write(reply, result);
	else
		rpc_text_add_string(reply, "null");
	rpc_text_add_string(reply, ",\"error\":");
	if (result == NULL) {
		text = json_string_nocheck(error);
		if (text == NULL)
			reply->failed = true;
		else
			rpc_json_write(reply, text);
		json_decref(text);
	} else {
		rpc_text_add_string(reply, "null");
	}
	rpc_text_add_string(reply, "}\n");
}

static enum rpc_outcome
answer(struct rpc_call *call, const struct rpc_request *request,
    struct rpc_text *reply)
{
	json_t *result = do_call(call, request);

	if (call->would_wait)
		return RPC_WOULD_WAIT;
	if (result == NULL && call->error == NULL)
		return RPC_NO_MEMORY;
	write_reply(reply, request, result, call->error);
	json_decref(result);
	if (reply->failed)
		return RPC_NO_MEMORY;
	return call->unreadable ? RPC_REFUSED : RPC_ANSWERED;
}

/* RPC_GARBAGE: the text was no request, and Go closes the connection without a
 * reply. */
enum rpc_outcome
rpc_request_answer(const struct rpc_from *from,
    const struct rpc_request *request, char **reply, size_t *reply_size)
{
	struct rpc_call call = { .from = from, .request = request->text };
	struct rpc_text text = { 0 };
	enum rpc_outcome outcome;

	*reply = NULL;
	*reply_size = 0;
	if (!request->is_one)
		return request->read.no_memory ? RPC_NO_MEMORY : RPC_GARBAGE;
	outcome = answer(&call, request, &text);
	if (outcome == RPC_NO_MEMORY || outcome == RPC_WOULD_WAIT) {
		free(text.data);
		return outcome;
	}
	*reply = text.data;
	*reply_size = text.size;
	return outcome;
}

enum rpc_outcome
rpc_answer(const struct rpc_from *from, const char *text, size_t size,
    char **reply, size_t *reply_size)
{
	struct rpc_request *request = rpc_request_read(text, size);
	enum rpc_outcome outcome = RPC_NO_MEMORY;

	*reply = NULL;
	*reply_size = 0;
	if (request != NULL)
		outcome = rpc_request_answer(from, request, reply, reply_size);
	rpc_request_free(request);
	return outcome;
}

/*
 * The cost of a request.
 */

/* The number of items that the arguments ask for: "count", and the lengths of
 * lists. */
static unsigned
count_items(const json_t *arguments)
{
	static const char *const lists[] = { "fingerprints", "assets",
		"issues" };
	const json_t *count = rpc_get(arguments, "count");
	json_int_t items = json_is_string(count) ?
	    atoi(json_string_value(count)) : json_integer_value(count);

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (items >= 0 && items < COST_MAX)
			items += (json_int_t)json_array_size(
			    rpc_get(arguments, lists[i]));
	return items < 1 ? 1 : items > COST_MAX ? COST_MAX : (unsigned)items;
}

/* Work that no count shows: all steps of a provenance, the records of a whole
 * block, a digest of 128 MiB, which takes as long as thousands of reads. The
 * longest request costs as much as the largest number of items. */
static unsigned
count_work(const struct rpc_request *request, const json_t *arguments)
{
	const unsigned length = (unsigned)(request->size /
	    (RPC_REQUEST_MAX / COST_MAX));

	static const struct {
		const char *method;
		unsigned cost;
	} rows[] = {
		{ "Bitmark.FullProvenance", 10 },
		{ "Node.BlockDump", 5 },
		{ "Node.BlockDumpRange", 5 },
		{ "Node.BlockDecode", 5 },
	};

	if (json_is_true(rpc_get(arguments, "digest")))
		return COST_MAX;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].method, request->method) == 0 &&
		    rows[i].cost > length)
			return rows[i].cost;
	return length;
}

/* Is this a method with a quick answer and few items? Everything else,
 * including what is no request, goes to the pool. */
static bool
is_quick(const struct rpc_request *request, unsigned cost)
{
	const char *dot = strrchr(request->method, '.');
	const struct rpc_method *method;
	bool service;

	if (dot == NULL || cost > QUICK_COST_MAX)
		return false;
	method = find_method(request, (size_t)(dot - request->method),
	    &service);
	return method != NULL && method->quick;
}

struct rpc_weight
rpc_weigh(const struct rpc_request *request)
{
	struct rpc_weight weight = { .cost = 1 };
	const json_t *arguments;
	unsigned work;

	if (!request->is_one)
		return weight;
	arguments = json_array_get(rpc_get(request->read.value, "params"), 0);
	weight.cost = count_items(arguments);
	work = count_work(request, arguments);
	if (work > weight.cost)
		weight.cost = work;
	weight.quick = is_quick(request, weight.cost);
	return weight;
}
