/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The table of clients, by descriptor.  The system gives the lowest descriptor
 * that is free, so the table is about as long as there are connections, and can
 * be walked through for each of them: counts are computed, not kept up.
 */
#include "net/admission.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "codec/codec.h"
#include "net/address.h"
#include "net/bind.h"
#include "net/wire.h"
#include "record/connection.h"

/* A client that is connected for so long has done its handshake: libzmq cuts
 * off the others.  So it does not wait any more, even if its admission was
 * missed. */
#define WAIT_MAX_MS (BM_ADMISSION_HANDSHAKE_MAX_MS + 2000)
/* Time between two looks that counts, at most: this thread may have been kept
 * from looking. */
#define LOOK_MAX_MS 500
/* Descriptors that the table has room for at first. */
#define ROOM_MIN 64

struct client {
	bool present;
	bool admitted;                  /* else it waits                     */
	bool done;                      /* its handshake: admitted for sure  */
	bool cut;                       /* or its descriptor is another one  */
	uint64_t sender;
	uint64_t number;                /* of all that were accepted         */
	uint64_t since_ms;
	uint64_t own_ms;                /* that it has let us wait           */
	struct bitmark_connection from; /* its address                       */
	uint64_t delivered;             /* bytes, as they came by the wire   */
	size_t held;                    /* by libzmq, at the last look       */
};

struct bm_admission {
	unsigned places;
	unsigned share;
	const struct bitmark_connection *bound;
	size_t bound_count;
	struct client *client;          /* by descriptor                     */
	size_t room;
	unsigned count;
	uint64_t accepted;
	bool moved;                     /* a handshake ended since the last
	                                   look                              */
	uint64_t looked_ms;
	struct bm_admission_cuts cuts;
};

/* --- senders -------------------------------------------------------------- */

/* The number is made of the upper half of an IPv6 address, which is its
 * network, or the lower half of a v4-mapped one, which holds the IPv4 address.
 * The highest bit keeps it apart from numbers that others give, and from 0. */
uint64_t
bm_sender(const uint8_t address[16])
{
	struct bitmark_connection c = { .port = 0 };

	memcpy(c.address, address, sizeof c.address);
	return BM_ADMISSION_SENDERS | bm_get_u64be(address +
	    (bitmark_connection_is_v4(&c) ? 8 : 0));
}

uint64_t
bm_sender_from_text(const char *text)
{
	uint8_t address[16] = { 0 };

	/* Text that is no address leaves all zero: one sender. */
	if (text != NULL)
		(void)bm_address_parse(text, strlen(text), address);
	return bm_sender(address);
}

/* --- addresses ------------------------------------------------------------ */

/* The client at the other end of ${fd}; false: the descriptor is closed, or is
 * not a connection to one of our addresses. */
static bool
client_of(const struct bm_admission *c, int fd, struct bitmark_connection *from)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof address;

	return bm_bind_accepted(c->bound, c->bound_count, fd) &&
	    getpeername(fd, (struct sockaddr *)&address, &size) == 0 &&
	    bm_address_from_socket(&address, from);
}

/*
 * Is ${fd} still the connection that it was?  libzmq's thread may have closed
 * it long ago, and the system may have given the number to a file or to another
 * connection.  Same addresses at both ends prove that it is the same one.  It
 * may still change between this question and a shutdown, but then only to a new
 * connection of the very same client and port.
 */
static bool
is_still(const struct bm_admission *c, int fd)
{
	const struct bitmark_connection *before = &c->client[fd].from;
	struct bitmark_connection now;

	return client_of(c, fd, &now) && now.port == before->port &&
	    memcmp(now.address, before->address, sizeof now.address) == 0;
}

/* --- clients -------------------------------------------------------------- */

bitmark_status
bm_admission_new(struct bm_admission **admission, unsigned places,
    const struct bitmark_connection *bound, size_t bound_count)
{
	struct bm_admission *c = calloc(1, sizeof *c);

	*admission = c;
	if (c == NULL)
		return BITMARK_E_NOMEM;
	c->places = places;
	c->share = places / BM_ADMISSION_SHARE;
	if (c->share < BM_ADMISSION_SHARE_MIN)
		c->share = BM_ADMISSION_SHARE_MIN;
	c->bound = bound;
	c->bound_count = bound_count;
	return BITMARK_OK;
}

void
bm_admission_free(struct bm_admission *admission)
{
	if (admission == NULL)
		return;
	free(admission->client);
	free(admission);
}

static bool
make_room(struct bm_admission *c, int fd)
{
	const size_t room = fd < ROOM_MIN / 2 ? ROOM_MIN : (size_t)fd * 2;
	struct client *grown;

	if ((size_t)fd < c->room)
		return true;
	grown = realloc(c->client, room * sizeof *grown);
	if (grown == NULL)
		return false;
	memset(grown + c->room, 0, (room - c->room) * sizeof *grown);
	c->client = grown;
	c->room = room;
	return true;
}

static bool
waits(const struct client *e, uint64_t now_ms)
{
	return !e->admitted && !e->done && now_ms - e->since_ms < WAIT_MAX_MS;
}

/* Shut a connection down.  Not close: the descriptor belongs to libzmq, which
 * reads the end of the connection and closes it itself. */
static void
cut(struct bm_admission *c, int fd)
{
	if (is_still(c, fd))
		(void)shutdown(fd, SHUT_RDWR);
	c->client[fd].cut = true;
}

static unsigned
count_sender(const struct bm_admission *c, uint64_t sender)
{
	unsigned count = 0;

	for (size_t i = 0; i < c->room; i++) {
		const struct client *e = &c->client[i];

		count += e->present && !e->cut && e->sender == sender;
	}
	return count;
}

/* How many clients wait for their handshake, or how many do not. */
static unsigned
count_waiting(const struct bm_admission *c, bool waiting, uint64_t now_ms)
{
	unsigned count = 0;

	for (size_t i = 0; i < c->room; i++) {
		const struct client *e = &c->client[i];

		count += e->present && !e->cut && waits(e, now_ms) == waiting;
	}
	return count;
}

/* Can this client be cut off without loss? One that has sent its HELLO waits
 * for us, and libzmq's thread may be working on it right now. */
static bool
is_idle(int fd, const struct client *e)
{
	struct bm_wire_counts counts;

	return e->own_ms >= BM_ADMISSION_CHANCE_MS ||
	    !bm_wire_count(fd, &counts) || counts.received < BM_WIRE_HELLO;
}

/* The idle client that has waited longest, among all or among those of one
 * sender; -1: there is none. */
static int
longest_idle(const struct bm_admission *c, const uint64_t *sender,
    uint64_t now_ms)
{
	int found = -1;

	for (size_t i = 0; i < c->room; i++) {
		const struct client *e = &c->client[i];

		if (!e->present || e->cut || !waits(e, now_ms) ||
		    (sender != NULL && e->sender != *sender))
			continue;
		if ((found < 0 || e->number < c->client[found].number) &&
		    is_idle((int)i, e))
			found = (int)i;
	}
	return found;
}

/* Cut off an idle client, or else the one that has just come. */
static void
make_place(struct bm_admission *c, const uint64_t *sender, int newest,
    uint64_t now_ms)
{
	const int idle = longest_idle(c, sender, now_ms);

	cut(c, idle >= 0 ? idle : newest);
	c->cuts.room++;
}

void
bm_admission_accept(struct bm_admission *c, int fd, uint64_t now_ms)
{
	struct client *e;

	if (fd < 0 || !make_room(c, fd))
		return;
	bm_admission_leave(c, fd);
	/* Without clients no look was made, so the time is counted from now. */
	if (c->count == 0)
		c->looked_ms = now_ms;
	e = &c->client[fd];
	*e = (struct client){ .present = true, .number = c->accepted++,
		.since_ms = now_ms };
	c->count++;
	/* A client that cannot be found is gone already: libzmq's report of it
	 * comes late, and the report of its end will follow. */
	e->cut = !client_of(c, fd, &e->from);
	e->sender = bm_sender(e->from.address);
	if (e->cut)
		return;
	if (count_sender(c, e->sender) > c->share)
		make_place(c, &e->sender, fd, now_ms);
	else if (count_waiting(c, true, now_ms) >
	    (c->places > c->share ? c->places : c->share))
		make_place(c, NULL, fd, now_ms);
}

void
bm_admission_leave(struct bm_admission *c, int fd)
{
	if (fd < 0 || (size_t)fd >= c->room || !c->client[fd].present)
		return;
	c->client[fd].present = false;
	c->count--;
}

/* libzmq's request names an address without port, so it is not known which of a
 * sender's clients has done its handshake.  The newest most likely has, and a
 * mistake only confuses two clients of one host. */
bool
bm_admission_admit(struct bm_admission *c, uint64_t sender, uint64_t now_ms)
{
	struct client *newest = NULL;

	if (count_waiting(c, false, now_ms) >= c->places) {
		c->cuts.room++;
		return false;
	}
	c->moved = true;
	for (size_t i = 0; i < c->room; i++) {
		struct client *e = &c->client[i];

		if (e->present && !e->cut && e->sender == sender &&
		    waits(e, now_ms) && (newest == NULL ||
		    e->number > newest->number))
			newest = e;
	}
	if (newest != NULL)
		newest->admitted = true;
	return true;
}

/* --- what libzmq holds ---------------------------------------------------- */

void
bm_admission_deliver(struct bm_admission *c, int fd, size_t size)
{
	if (fd < 0 || (size_t)fd >= c->room)
		return;
	c->client[fd].delivered += bm_wire_frame(size);
}

/* Bytes count for the sender, so that many connections with little each are no
 * way around the bound. */
static size_t
held_of_sender(const struct bm_admission *c, uint64_t sender)
{
	size_t held = 0;

	for (size_t i = 0; i < c->room; i++) {
		const struct client *e = &c->client[i];

		if (e->present && !e->cut && e->sender == sender)
			held += e->held;
	}
	return held;
}

/* The largest client of the sender that lets libzmq hold most; some client
 * holds something. */
static int
heaviest(const struct bm_admission *c)
{
	size_t most = 0;
	int found = -1;

	for (size_t i = 0; i < c->room; i++) {
		const struct client *e = &c->client[i];
		size_t held;

		if (!e->present || e->cut || e->held == 0)
			continue;
		held = held_of_sender(c, e->sender);
		if (found < 0 || held > most || (held == most &&
		    e->held > c->client[found].held)) {
			most = held;
			found = (int)i;
		}
	}
	return found;
}

/*
 * A client lets us wait when libzmq has read all that it sent, and while we do
 * nothing for others either: as long as handshakes of others come to their end,
 * this one may stand behind them in a queue, here or at the client's own host.
 * The bytes that the client has acknowledged tell for certain whether its own
 * handshake is done.
 */
static void
look_at_handshake(struct bm_admission *c, int fd, uint64_t elapsed_ms)
{
	struct client *e = &c->client[fd];
	struct bm_wire_counts counts;

	if (e->done || !bm_wire_count(fd, &counts))
		return;
	e->done = counts.acked >= BM_WIRE_READY;
	if (e->done || c->moved || counts.unread > 0)
		return;
	e->own_ms += elapsed_ms;
	if (e->own_ms < BM_ADMISSION_HANDSHAKE_MS)
		return;
	cut(c, fd);
	c->cuts.handshake++;
}

static void
look_at_handshakes(struct bm_admission *c, uint64_t now_ms)
{
	uint64_t elapsed_ms = now_ms - c->looked_ms;

	if (elapsed_ms > LOOK_MAX_MS)
		elapsed_ms = LOOK_MAX_MS;
	c->looked_ms = now_ms;
	for (size_t i = 0; i < c->room; i++)
		if (c->client[i].present && !c->client[i].cut)
			look_at_handshake(c, (int)i, elapsed_ms);
	c->moved = false;
}

static void
look_at_held(struct bm_admission *c)
{
	size_t total = 0;

	for (size_t i = 0; i < c->room; i++) {
		struct client *e = &c->client[i];

		if (!e->present || e->cut)
			continue;
		e->held = bm_wire_held((int)i, &e->delivered);
		if (e->held > BM_ADMISSION_HELD_MAX) {
			cut(c, (int)i);
			c->cuts.held++;
		} else
			total += e->held;
	}
	while (total > BM_ADMISSION_HELD_TOTAL_MAX) {
		const int fd = heaviest(c);

		total -= c->client[fd].held;
		cut(c, fd);
		c->cuts.held++;
	}
}

void
bm_admission_look(struct bm_admission *c, uint64_t now_ms)
{
	look_at_handshakes(c, now_ms);
	look_at_held(c);
}

struct bm_admission_cuts
bm_admission_cuts(const struct bm_admission *c)
{
	return c->cuts;
}

unsigned
bm_admission_count(const struct bm_admission *c)
{
	return c->count;
}
