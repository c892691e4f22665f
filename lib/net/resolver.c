/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A question and its c-ares channel. */
#include "net/resolver.h"

/* The older calls, which releases from 1.18 on have. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "net/address.h"

_Static_assert(BM_RESOLVER_ITEMS == ARES_GETSOCK_MAXNUM,
    "c-ares tells of all descriptors that there is room for");

/* Port of the addresses that are compared: any, for nothing is sent there. */
#define ANY_PORT "9"

struct bm_resolver {
	ares_channel channel;           /* NULL: nobody is asked           */
	uint64_t until_ms;
	bitmark_status status;          /* BITMARK_E_PENDING: no answer yet   */

	enum bm_family wanted;
	struct bm_addresses found;      /* all with port ANY_PORT         */

	uint8_t *message;
	size_t message_size;
};

/*
 * c-ares wants to be initialised once, before there are threads, and its call
 * for that is not thread safe.  A library cannot know when threads begin: so
 * the loader makes the call, before main.  It is never undone: c-ares holds
 * nothing, and another part of the program may be using it.
 */
__attribute__((constructor)) static void
init_ares(void)
{
	(void)ares_library_init(ARES_LIB_INIT_ALL);
}

static bitmark_status
status_of(int error)
{
	switch (error) {
	case ARES_SUCCESS:
		return BITMARK_OK;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
		return BITMARK_E_NOT_FOUND;
	case ARES_ETIMEOUT:
	case ARES_ECANCELLED:           /* by step, which is out of time */
		return BITMARK_E_TIMEOUT;
	case ARES_EBADRESP:
		return BITMARK_E_PEER_RESPONSE;
	case ARES_ENOMEM:
		return BITMARK_E_NOMEM;
	default:
		/* c-ares 1.18 does not tell a server that refuses, or fails,
		 * from one that is not there. */
		return BITMARK_E_NO_CONNECTION;
	}
}

/* --- hosts ---------------------------------------------------------------- */

/* c-ares calls this once for each question, also from ares_cancel and
 * ares_destroy; the list is ours to free in any case. */
static void
on_host(void *resolver, int error, int timeouts, struct ares_addrinfo *info)
{
	struct bm_resolver *r = resolver;
	struct ares_addrinfo_node *node = info == NULL ? NULL : info->nodes;

	(void)timeouts;
	for (; node != NULL; node = node->ai_next) {
		struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
		struct bitmark_connection c;

		if ((size_t)node->ai_addrlen <= sizeof address)
			memcpy(&address, node->ai_addr, node->ai_addrlen);
		if (bm_address_from_socket(&address, &c))
			bm_addresses_add(&r->found, &c);
	}
	ares_freeaddrinfo(info);
	r->status = status_of(error);
	if (r->status == BITMARK_OK && r->found.count == 0)
		r->status = BITMARK_E_NOT_FOUND;
	bm_addresses_sort(&r->found, r->wanted);
}

/* Is it this name, or one below it?  A dot may end either. */
static bool
is_at_or_below(const char *name, const char *top)
{
	const size_t top_size = strlen(top);
	size_t size = strlen(name);

	if (size > 0 && name[size - 1] == '.')
		size--;
	return size >= top_size &&
	    strncasecmp(name + size - top_size, top, top_size) == 0 &&
	    (size == top_size || name[size - top_size - 1] == '.');
}

/* Names that no resolver is to be asked for.  True: here is the answer. */
static bool
know_already(struct bm_resolver *r, const char *name)
{
	static const struct bitmark_connection loopback[] = {
		{ .address = { [10] = 0xff, [11] = 0xff, [12] = 127,
		    [15] = 1 }, .port = 9 },
		{ .address = { [15] = 1 }, .port = 9 },
	};

	if (is_at_or_below(name, "localhost")) {
		bm_addresses_add(&r->found, &loopback[0]);
		bm_addresses_add(&r->found, &loopback[1]);
		bm_addresses_sort(&r->found, r->wanted);
		r->status = BITMARK_OK;
	} else if (is_at_or_below(name, "invalid"))
		r->status = BITMARK_E_NOT_FOUND;
	return r->status != BITMARK_E_PENDING;
}

/* --- TXT records ---------------------------------------------------------- */

/* The message belongs to c-ares and is gone after the call, so it is copied. */
static void
on_txt(void *resolver, int error, int timeouts, unsigned char *message,
    int size)
{
	struct bm_resolver *r = resolver;

	(void)timeouts;
	r->status = status_of(error);
	if (r->status != BITMARK_OK)
		return;
	r->message_size = (size_t)size;
	r->message = malloc(r->message_size);
	if (r->message == NULL)
		r->status = BITMARK_E_NOMEM;
	else
		memcpy(r->message, message, r->message_size);
}

/* --- questions ------------------------------------------------------------ */

/* Options that are given here are not overruled by /etc/resolv.conf. */
static bitmark_status
open_channel(struct bm_resolver *r, const struct bitmark_connection *server)
{
	struct ares_options options = {
		.flags = ARES_FLAG_EDNS,
		.timeout = BM_RESOLVER_WAIT_MS,
		.tries = BM_RESOLVER_ROUNDS,
		.ednspsz = BM_RESOLVER_UDP_MAX,
	};
	char text[BITMARK_CONNECTION_TEXT_MAX];
	int error = ares_init_options(&r->channel, &options, ARES_OPT_FLAGS |
	    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ);

	if (error != ARES_SUCCESS) {
		r->channel = NULL;
		return status_of(error);
	}
	if (server == NULL)
		return BITMARK_OK;
	bitmark_connection_to_text(server, text);
	return status_of(ares_set_servers_ports_csv(r->channel, text));
}

/* A channel that cannot be opened is an answer, too: the caller has one way to
 * be told of failures. */
static bitmark_status
new_resolver(struct bm_resolver **resolver)
{
	struct bm_resolver *r = calloc(1, sizeof *r);

	*resolver = r;
	if (r == NULL)
		return BITMARK_E_NOMEM;
	r->status = BITMARK_E_PENDING;
	r->until_ms = bitmark_clock_ms() + BM_RESOLVER_MAX_MS;
	return BITMARK_OK;
}

bitmark_status
bm_resolver_ask_host(struct bm_resolver **resolver, const char *name,
    enum bm_family wanted)
{
	/* c-ares would sort by preferences that are not ours. */
	const struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT | ARES_AI_NUMERICSERV,
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
	};
	struct bm_resolver *r;
	bitmark_status status = new_resolver(resolver);

	if (status != BITMARK_OK)
		return status;
	r = *resolver;
	r->wanted = wanted;
	if (know_already(r, name))
		return BITMARK_OK;
	status = open_channel(r, NULL);
	if (status == BITMARK_OK)
		ares_getaddrinfo(r->channel, name, ANY_PORT, &hints, on_host,
		    r);
	else
		r->status = status;
	return BITMARK_OK;
}

bitmark_status
bm_resolver_ask_txt(struct bm_resolver **resolver, const char *domain,
    const struct bitmark_connection *server)
{
	struct bm_resolver *r;
	bitmark_status status = new_resolver(resolver);

	if (status != BITMARK_OK)
		return status;
	r = *resolver;
	status = open_channel(r, server);
	if (status == BITMARK_OK)
		ares_query(r->channel, domain, ns_c_in, ns_t_txt, on_txt, r);
	else
		r->status = status;
	return BITMARK_OK;
}

/* ares_destroy calls on_host or on_txt when the question is still open. */
void
bm_resolver_free(struct bm_resolver *r)
{
	if (r == NULL)
		return;
	if (r->channel != NULL)
		ares_destroy(r->channel);
	free(r->message);
	free(r);
}

size_t
bm_resolver_items(const struct bm_resolver *r,
    zmq_pollitem_t items[BM_RESOLVER_ITEMS])
{
	ares_socket_t fd[BM_RESOLVER_ITEMS];
	size_t count = 0;
	unsigned wanted;

	if (r->status != BITMARK_E_PENDING)
		return 0;
	/* A bit says that socket i wants to read, the one 16 above it that it
	 * wants to write.  ARES_GETSOCK_WRITABLE would shift a signed 1 into
	 * the sign for i = 15, which C leaves undefined. */
	wanted = (unsigned)ares_getsock(r->channel, fd, BM_RESOLVER_ITEMS);
	for (unsigned i = 0; i < BM_RESOLVER_ITEMS; i++) {
		const int events = (wanted >> i & 1U ? ZMQ_POLLIN : 0) |
		    (wanted >> (i + ARES_GETSOCK_MAXNUM) & 1U ? ZMQ_POLLOUT :
		    0);

		if (events != 0)
			items[count++] = (zmq_pollitem_t){ NULL, fd[i],
			    (short)events, 0 };
	}
	return count;
}

uint64_t
bm_resolver_deadline(const struct bm_resolver *r)
{
	const uint64_t now_ms = bitmark_clock_ms();
	struct timeval wait;
	uint64_t due_ms;

	if (r->status != BITMARK_E_PENDING)
		return now_ms;
	if (ares_timeout(r->channel, NULL, &wait) == NULL)
		return r->until_ms;
	/* Rounded up: waking up a little too early would find nothing due. */
	due_ms = now_ms + (uint64_t)wait.tv_sec * 1000 +
	    (uint64_t)wait.tv_usec / 1000 + 1;
	return due_ms < r->until_ms ? due_ms : r->until_ms;
}

/*
 * The system is asked again which descriptors are ready, whatever woke the
 * caller: c-ares must not be told to write before a TCP connection is made.
 * Descriptors that c-ares closes meanwhile do no harm, for it compares them
 * with its own.  The last call is for servers that have not answered in time.
 */
bitmark_status
bm_resolver_step(struct bm_resolver *r)
{
	zmq_pollitem_t items[BM_RESOLVER_ITEMS];
	const size_t count = bm_resolver_items(r, items);

	if (r->status != BITMARK_E_PENDING)
		return r->status;
	if (zmq_poll(items, (int)count, 0) > 0)
		for (size_t i = 0; i < count; i++)
			ares_process_fd(r->channel,
			    (items[i].revents & (ZMQ_POLLIN | ZMQ_POLLERR)) !=
			    0 ? items[i].fd : ARES_SOCKET_BAD,
			    (items[i].revents & ZMQ_POLLOUT) != 0 ?
			    items[i].fd : ARES_SOCKET_BAD);
	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (r->status == BITMARK_E_PENDING && bitmark_clock_ms() >= r->until_ms)
		ares_cancel(r->channel);
	return r->status;
}

void
bm_resolver_addresses(const struct bm_resolver *r, uint16_t port,
    struct bm_addresses *addresses)
{
	*addresses = r->found;
	for (size_t i = 0; i < addresses->count; i++)
		addresses->at[i].port = port;
}

struct bitmark_span
bm_resolver_message(const struct bm_resolver *r)
{
	return (struct bitmark_span){ r->message, r->message_size };
}

/* --- waiting -------------------------------------------------------------- */

static bitmark_status
wait_for_address(const char *name, uint8_t address[16])
{
	struct bm_addresses found;
	zmq_pollitem_t items[BM_RESOLVER_ITEMS];
	struct bm_resolver *r;
	bitmark_status status = bm_resolver_ask_host(&r, name, BM_FAMILY_V4);

	if (status != BITMARK_OK)
		return status;
	while ((status = bm_resolver_step(r)) == BITMARK_E_PENDING) {
		const uint64_t due_ms = bm_resolver_deadline(r);
		const uint64_t now_ms = bitmark_clock_ms();

		(void)zmq_poll(items, (int)bm_resolver_items(r, items),
		    due_ms <= now_ms ? 0 : (long)(due_ms - now_ms));
	}
	bm_resolver_addresses(r, 0, &found);
	if (status == BITMARK_OK)
		memcpy(address, found.at[0].address,
		    sizeof found.at[0].address);
	bm_resolver_free(r);
	return status == BITMARK_E_NOT_FOUND ? BITMARK_E_HOST_NOT_FOUND : status;
}

bitmark_status
bm_resolve(const char *text, struct bitmark_connection *connection)
{
	struct bitmark_endpoint e;
	bitmark_status status = text == NULL ? BITMARK_E_IP_ADDRESS :
	    bitmark_endpoint_from_text(text, strlen(text), &e);

	if (status == BITMARK_OK && e.name[0] != '\0')
		status = wait_for_address(e.name, e.to.address);
	if (status == BITMARK_OK)
		*connection = e.to;
	return status;
}
