/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The states of one connection of the client RPC. The server's thread calls a
 * step when poll reports something; a step does a bounded amount of work, so
 * that a client which sends without end does not keep the thread from others.
 */
#include "rpc_client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reads in one step, and the first room for replies in bytes. */
#define READS_MAX 4
#define OUT_FIRST 4096

/* ${fd} is taken over, also on failure. ${all_held} is the sum over all
 * clients, owned by the server; only its thread changes it. */
struct rpc_client *
rpc_client_new(struct rpc_tls *tls, int fd, const uint8_t address[16],
    size_t *all_held, uint64_t now_ms)
{
	struct rpc_client *client = calloc(1, sizeof *client);

	if (client != NULL)
		client->link = rpc_link_new(tls, fd);
	if (client == NULL || client->link == NULL) {
		close(fd);
		free(client);
		return NULL;
	}
	client->fd = fd;
	client->since_ms = now_ms;
	client->all_held = all_held;
	client->shaking = POLLIN;
	memcpy(client->address, address, sizeof client->address);
	return client;
}

/* The struct stays until its running jobs have come back: a thread of the pool
 * still has a pointer to it. */
void
rpc_client_close(struct rpc_client *client)
{
	if (client->state == RPC_CLIENT_GONE)
		return;
	rpc_link_free(client->link);
	close(client->fd);
	client->link = NULL;
	client->fd = -1;
	client->again = client->replied = client->paused = false;
	client->state = RPC_CLIENT_GONE;
}

/* Bring the sum of the bytes held for all clients up to date. */
static void
account(struct rpc_client *client)
{
	const size_t held = client->stream.capacity + client->running_size +
	    client->out_capacity;

	*client->all_held = *client->all_held - client->held + held;
	client->held = held;
}

/* The pool has no job of this client any more: rpc_server frees it only then.
 */
void
rpc_client_free(struct rpc_client *client)
{
	rpc_client_close(client);
	*client->all_held -= client->held;
	rpc_stream_free(&client->stream);
	free(client->out);
	free(client);
}

/* Read nothing more; what was asked is still answered. */
static void
end(struct rpc_client *client, enum rpc_client_end why)
{
	client->end = why;
	client->in_at = client->in_size = 0;
	client->state = RPC_CLIENT_ANSWERED;
}

/* --- in ------------------------------------------------------------------- */

/* Four bounds for one client: requests that are being answered, replies that it
 * has not taken, and its share of the memory once all clients together hold
 * much. A client beyond one of them is simply not read, and TCP makes it wait.
 */
static bool
may_read(const struct rpc_client *client)
{
	return client->state == RPC_CLIENT_SERVED &&
	    client->running + client->at_once < RPC_CLIENT_RUNNING_MAX &&
	    client->out_size - client->out_at < RPC_CLIENT_UNSENT_MAX &&
	    (*client->all_held < RPC_CLIENTS_HELD_MAX ||
	    client->held < RPC_CLIENT_HELD_SHARE);
}

/* Hand over the request that is whole. False: no memory. The job takes the text
 * over from the stream; submit returns true when it was answered at once,
 * without the pool. */
static bool
submit_request(struct rpc_client *client, uint64_t now_ms,
    rpc_submit_fn submit, void *user)
{
	struct rpc_job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return false;
	job->request = rpc_stream_take(&client->stream, &job->size);
	memcpy(job->address, client->address, sizeof job->address);
	job->client = client;
	client->running++;
	client->running_size += job->size;
	if (submit(user, job)) {
		client->at_once++;
		rpc_client_reply(client, job, now_ms);
	}
	return true;
}

/* Cut the bytes that were read into requests. */
static void
split(struct rpc_client *client, uint64_t now_ms,
    rpc_submit_fn submit, void *user)
{
	enum rpc_stream_result result;
	size_t used;

	while (client->in_at < client->in_size && may_read(client)) {
		result = rpc_stream_feed(&client->stream,
		    client->in + client->in_at,
		    client->in_size - client->in_at, &used);
		client->in_at += used;
		if (result == RPC_STREAM_MORE)
			continue;
		client->since_ms = now_ms;
		if (result != RPC_STREAM_WHOLE ||
		    !submit_request(client, now_ms, submit, user))
			end(client, RPC_END_GARBAGE);
	}
}

/* Read while there is something to read, READS_MAX times at most. */
static void
receive(struct rpc_client *client, uint64_t now_ms,
    rpc_submit_fn submit, void *user)
{
	enum rpc_tls_result result = RPC_TLS_DONE;

	for (int i = 0; i < READS_MAX && result == RPC_TLS_DONE; i++) {
		split(client, now_ms, submit, user);
		client->paused = !may_read(client);
		/* Stop when the link has nothing more in its buffer: poll will
		 * report new bytes. */
		if (client->paused ||
		    (i > 0 && !rpc_link_has_more(client->link)))
			return;
		client->in_at = 0;
		result = rpc_link_read(client->link, client->in,
		    sizeof client->in, &client->in_size);
	}
	if (result == RPC_TLS_END)
		end(client, RPC_END_CLIENT);
	else if (result == RPC_TLS_BROKEN)
		rpc_client_close(client);
	/* After a full read TLS may hold decrypted bytes that poll cannot see,
	 * so the next step must not wait for poll. */
	client->again = result == RPC_TLS_DONE;
}

/* --- out ------------------------------------------------------------------ */

/* Append a reply. False: no memory. Sent bytes at the front are dropped first,
 * so that the buffer does not grow while a client reads slowly. */
static bool
queue(struct rpc_client *client, const char *reply, size_t size)
{
	size_t capacity = client->out_capacity > 0 ? client->out_capacity :
	    OUT_FIRST;
	char *out;

	if (client->out_at > 0) {
		memmove(client->out, client->out + client->out_at,
		    client->out_size - client->out_at);
		client->out_size -= client->out_at;
		client->out_at = 0;
	}
	while (capacity < client->out_size + size)
		capacity *= 2;
	if (capacity > client->out_capacity) {
		out = realloc(client->out, capacity);
		if (out == NULL)
			return false;
		client->out = out;
		client->out_capacity = capacity;
	}
	memcpy(client->out + client->out_size, reply, size);
	client->out_size += size;
	return true;
}

/* Send what there is. RPC_TLS_WANTS_READ or _WRITE ends the loop, and poll
 * tells when it can go on. */
static void
send_out(struct rpc_client *client, uint64_t now_ms)
{
	enum rpc_tls_result result = RPC_TLS_DONE;
	size_t sent;

	while (result == RPC_TLS_DONE && client->out_at < client->out_size) {
		result = rpc_link_write(client->link,
		    client->out + client->out_at,
		    client->out_size - client->out_at, &sent);
		client->out_at += sent;
		if (sent > 0)
			client->since_ms = now_ms;
	}
	if (result == RPC_TLS_BROKEN || result == RPC_TLS_END) {
		rpc_client_close(client);
	} else if (client->out_at == client->out_size) {
		/* The room is given back at once, as most replies are short and
		 * few clients have a long one. */
		free(client->out);
		client->out = NULL;
		client->out_at = client->out_size = client->out_capacity = 0;
	}
}

/* Close in two steps. When a socket is closed with unread bytes in it, the
 * system sends a reset, and the client may lose the replies that are on their
 * way. So only our direction is shut down here, and the rest is read away for
 * RPC_CLIENT_LEAVE_MS. */
static void
leave(struct rpc_client *client, uint64_t now_ms)
{
	rpc_link_free(client->link);
	client->link = NULL;
	(void)shutdown(client->fd, SHUT_WR);
	client->since_ms = now_ms;
	client->state = RPC_CLIENT_LEAVES;
}

static void
read_away(struct rpc_client *client)
{
	ssize_t size = 1;

	for (int i = 0; i < READS_MAX && size > 0; i++)
		size = recv(client->fd, client->in, sizeof client->in,
		    MSG_DONTWAIT);
	if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
		rpc_client_close(client);
}

/* --- both ----------------------------------------------------------------- */

/* One step of the TLS handshake. OpenSSL says which direction it waits for,
 * which poll is then asked for. */
static void
shake(struct rpc_client *client, uint64_t now_ms)
{
	enum rpc_tls_result result = rpc_link_handshake(client->link);

	client->shaking = result == RPC_TLS_WANTS_WRITE ? POLLOUT : POLLIN;
	if (result == RPC_TLS_DONE) {
		client->state = RPC_CLIENT_SERVED;
		client->since_ms = now_ms;
	} else if (result == RPC_TLS_BROKEN || result == RPC_TLS_END) {
		client->end = RPC_END_HANDSHAKE;
		rpc_client_close(client);
	}
}

void
rpc_client_step(struct rpc_client *client, uint64_t now_ms,
    rpc_submit_fn submit, void *user)
{
	/* A step that only sends a reply does not try to read, which would cost
	 * a system call. */
	const bool reads = client->again || client->paused ||
	    client->state == RPC_CLIENT_SHAKES;

	client->again = false;
	if (client->state == RPC_CLIENT_SHAKES)
		shake(client, now_ms);
	if (client->state == RPC_CLIENT_SERVED && reads)
		receive(client, now_ms, submit, user);
	if (client->state == RPC_CLIENT_SERVED ||
	    client->state == RPC_CLIENT_ANSWERED)
		send_out(client, now_ms);
	if (client->state == RPC_CLIENT_ANSWERED && client->running == 0 &&
	    client->out_at == client->out_size)
		leave(client, now_ms);
	if (client->state == RPC_CLIENT_LEAVES)
		read_away(client);
	client->at_once = 0;
	client->replied = false;
	account(client);
}

/* The events to poll for. ${again} is set when bytes are waiting in our own
 * buffer, of which poll knows nothing. */
short
rpc_client_wants(struct rpc_client *client)
{
	const bool reads = may_read(client);
	short events = reads || client->state == RPC_CLIENT_LEAVES ?
	    POLLIN : 0;

	if (client->state == RPC_CLIENT_SHAKES)
		return client->shaking;
	client->again |= reads && (client->paused ||
	    client->in_at < client->in_size);
	return client->out_at < client->out_size ?
	    (short)(events | POLLOUT) : events;
}

/* A job has come back with its reply, which is copied to the client's buffer. A
 * request that gets no reply was no JSON, and the client is dropped. */
void
rpc_client_reply(struct rpc_client *client, struct rpc_job *job,
    uint64_t now_ms)
{
	client->running--;
	client->running_size -= job->size;
	client->replied = client->state != RPC_CLIENT_GONE;
	client->since_ms = now_ms;
	if (client->state == RPC_CLIENT_SERVED && job->reply == NULL)
		end(client, RPC_END_GARBAGE);
	if (job->reply != NULL && client->state != RPC_CLIENT_GONE &&
	    !queue(client, job->reply, job->reply_size))
		rpc_client_close(client);
	rpc_job_free(job);
	account(client);
}

/* The time at which the client is cut off, by its state; UINT64_MAX while a
 * request of it is being answered. */
uint64_t
rpc_client_deadline(const struct rpc_client *client, uint64_t handshake_ms,
    uint64_t idle_ms)
{
	switch (client->state) {
	case RPC_CLIENT_SHAKES:
		return client->since_ms + handshake_ms;
	case RPC_CLIENT_LEAVES:
		return client->since_ms + RPC_CLIENT_LEAVE_MS;
	case RPC_CLIENT_SERVED:
	case RPC_CLIENT_ANSWERED:
		if (client->running == 0)
			return client->since_ms + idle_ms;
		break;
	case RPC_CLIENT_GONE:
		break;
	}
	return UINT64_MAX;
}

/* The reason is kept for the counters: a client that has not taken its replies
 * is slow, any other one is idle. */
void
rpc_client_expire(struct rpc_client *client)
{
	if (client->state == RPC_CLIENT_SHAKES)
		client->end = RPC_END_HANDSHAKE;
	else if (client->state != RPC_CLIENT_LEAVES)
		client->end = client->out_at < client->out_size ?
		    RPC_END_SLOW : RPC_END_IDLE;
	rpc_client_close(client);
}
