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

/* A request, as far as it was read. ${method} and ${params} are parts of
 * read.value, which the request owns. */
struct rpc_request {
	struct rpc_read read;
	const char *text;
	size_t size;                    /* of its text                      */
	bool is_one;                    /* false: there is no reply         */
	const char *method;             /* inside read.value; "" when there is
	                                   none                             */
	size_t method_size;
	const json_t *params;           /* NULL: none                       */
};

/* The method's name; false: it is no text, which no later member mends. A null
 * behind it changes nothing. */
static bool
read_method(struct rpc_request *request, const json_t *value)
{
	if (json_is_string(value)) {
		request->method = json_string_value(value);
		request->method_size = json_string_length(value);
	}
	return json_is_string(value) || json_is_null(value);
}

/* Read the members that a request has. null is a request without any, as in
 * Go. */
static bool
read_envelope(struct rpc_request *request)
{
	json_t *value = request->read.value;

	if (value == NULL || json_is_null(value))
		return value != NULL;
	if (!json_is_object(value))
		return false;
	for (void *at = json_object_iter(value); at != NULL;
	    at = json_object_iter_next(value, at)) {
		const char *key = json_object_iter_key(at);
		const json_t *member = json_object_iter_value(at);

		if (rpc_json_is(key, "params"))
			request->params = json_is_null(member) ? NULL : member;
		else if (rpc_json_is(key, "method") &&
		    !read_method(request, member))
			return false;
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

/* The dot between the names of service and method; NULL: there is none. */
static const char *
last_dot(const struct rpc_request *request)
{
	size_t at = request->method_size;

	while (at > 0 && request->method[at - 1] != '.')
		at--;
	return at > 0 ? request->method + at - 1 : NULL;
}

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

/* The method's name comes from the client: it may have a NUL in it, and is cut at
 * the end of the room. */
static void
refuse_method(struct rpc_call *call, const char *why,
    const struct rpc_request *request)
{
	const size_t before = strlen(why), room = sizeof call->text - before;
	size_t size = request->method_size;

	/* No character is cut in two. */
	if (size > room)
		for (size = room; ((uint8_t)request->method[size] & 0xc0) ==
		    0x80;)
			size--;
	call->unreadable = true;
	memcpy(call->text, why, before);
	memcpy(call->text + before, request->method, size);
	call->error = call->text;
	call->error_size = before + size;
}

/* NULL: there is no such method, and the call has Go's error for it. */
static const struct rpc_method *
choose_method(struct rpc_call *call, const struct rpc_request *request)
{
	const char *dot = last_dot(request);
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

/* The first element of "params" is the object of arguments; there are none when
 * it is null or missing. */
static bool
take_arguments(struct rpc_call *call, const struct rpc_request *request)
{
	const json_t *params = request->params;
	json_t *first = json_array_get(params, 0);

	if (params == NULL)
		return rpc_unreadable(call,
		    "jsonrpc: request body missing params");
	if (!json_is_array(params))
		return rpc_unreadable(call, "json: cannot unmarshal %s into "
		    "Go value of type [1]interface {}", rpc_kind(params));
	return first == NULL || json_is_null(first) ||
	    rpc_read_arguments(call, first);
}

/* NULL: the call has its error, or memory ran out. */
static json_t *
do_call(struct rpc_call *call, const struct rpc_request *request)
{
	const struct rpc_method *method = choose_method(call, request);
	json_t *result = NULL;

	if (method == NULL)
		return NULL;
	call->method = method->name;
	call->arguments = json_object();
	if (call->arguments != NULL && take_arguments(call, request))
		result = method->call(call);
	json_decref(call->arguments);
	return result;
}

/* The id is repeated as it was written, without white space. "result" and
 * "error": one of them is null. */
static void
write_reply(struct rpc_text *reply, const struct rpc_request *request,
    const json_t *result, const struct rpc_call *call)
{
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
	if (result == NULL)
		rpc_text_add_quoted(reply, call->error, call->error_size);
	else
		rpc_text_add_string(reply, "null");
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
	write_reply(reply, request, result, call);
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
	const char *dot = last_dot(request);
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
	arguments = json_array_get(request->params, 0);
	weight.cost = count_items(arguments);
	work = count_work(request, arguments);
	if (work > weight.cost)
		weight.cost = work;
	weight.quick = is_quick(request, weight.cost);
	return weight;
}
