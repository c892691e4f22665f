/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A table of clients with a place for each, and one poll for all of them.  A
 * client is in one of three states: its request is being received; it is whole,
 * and its answer waits for a change of the node; or the reply is being sent.
 *
 * The daemon has no thread for this: its only one looks after signals, metrics
 * and the log, too.  So no call on a client's descriptor may wait, and a client
 * that is slow, silent or hostile costs its place for some seconds, nothing
 * else.  Only an answer itself may take as long as storing a block does.
 */
#include "control.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "shared/complain.h"

#include "answer.h"

#define MS_PER_S 1000
/* Clients that wait to be accepted. */
#define BACKLOG 8
/* The pause before the next accept when the process has no descriptor left.
 * Milliseconds. */
#define ACCEPT_PAUSE_MS 100
/* The first room for a request. Bytes. */
#define REQUEST_FIRST 4096
/* Modes of the socket. Until they are set the daemon's umask keeps other users
 * out. */
#define CONTROL_MODE 0600
#define CONTROL_GROUP_MODE 0660

/* A connection: first its request is received, then its reply is sent.  What
 * poll brings of a client in between is its end. */
struct client {
	int fd;                         /* -1: this place is free          */
	uint64_t end_ms;                /* then it is given up             */
	char *request;                  /* what came of it so far          */
	size_t size, capacity;
	struct answer_wait wait;        /* waits: the reply does           */
	char *reply;                    /* NULL: there is none yet         */
	size_t reply_size, sent;
};

struct control {
	struct answer_from from;
	struct sockaddr_un address;
	int listener;
	uint64_t accept_ms;             /* not before that                 */
	struct client clients[CONTROL_CLIENTS_MAX];
};

/* --- one client ----------------------------------------------------------- */

/* Close the connection and free its place. */
static void
hang_up(struct client *client)
{
	close(client->fd);
	free(client->request);
	free(client->reply);
	*client = (struct client){ .fd = -1 };
}

/* Send as much as the client takes now, and hang up when all is sent or the
 * client is gone. */
static void
send_reply(struct client *client)
{
	ssize_t sent = send(client->fd, client->reply + client->sent,
	    client->reply_size - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent > 0)
		client->sent += (size_t)sent;
	if (client->sent == client->reply_size ||
	    (sent < 0 && errno != EAGAIN && errno != EINTR))
		hang_up(client);
}

/* Clients that wait for a transaction keep their place; the loop asks for them
 * at each turn. */
static size_t
count_waits(const struct control *c)
{
	size_t count = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		count += c->clients[i].wait.waits;
	return count;
}

/* The request is complete: make the reply and send what goes out at once. For a
 * client that waits, this is called again at each change of the node and asks
 * the node anew; nothing is kept in between. */
static void
answer_client(const struct control *c, struct client *client)
{
	const struct bitmark_span request = { (uint8_t *)client->request,
		client->size };
	json_t *reply = answer_request(&c->from, request, &client->wait);

	/* The count includes this client. */
	if (client->wait.waits && count_waits(c) > CONTROL_WAITS_MAX) {
		client->wait.waits = false;
		reply = json_pack("{s:s}", "error", "too many wait already");
	}
	client->end_ms = client->wait.end_ms;
	if (client->wait.waits)
		return;
	client->reply = json_dumps(reply, JSON_COMPACT);
	json_decref(reply);
	if (client->reply == NULL) {
		hang_up(client);
		return;
	}
	client->reply_size = strlen(client->reply);
	/* The client's time to take the reply begins now, however long the
	 * answer took. */
	client->end_ms = bitmark_clock_ms() + CONTROL_WAIT_S * MS_PER_S;
	send_reply(client);
}

/* Room for more of a request; false: it is too long, or there is no memory. */
static bool
make_room(struct client *client)
{
	size_t capacity = client->capacity == 0 ? REQUEST_FIRST :
	    2 * client->capacity;
	char *larger;

	if (client->size < client->capacity)
		return true;
	if (client->size >= ANSWER_REQUEST_MAX)
		return false;
	larger = realloc(client->request, capacity);
	if (larger == NULL)
		return false;
	client->request = larger;
	client->capacity = capacity;
	return true;
}

/* Take the bytes that are there, and answer at the end of the line. A request
 * is one line, so a client need not close its side to show that it is complete.
 */
static void
receive(const struct control *c, struct client *client)
{
	ssize_t got;

	if (!make_room(client)) {
		hang_up(client);
		return;
	}
	got = recv(client->fd, client->request + client->size,
	    client->capacity - client->size, MSG_DONTWAIT);
	if (got > 0)
		client->size += (size_t)got;
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		hang_up(client);
	if (got > 0 && client->request[client->size - 1] == '\n')
		answer_client(c, client);
}

/* --- all of them ---------------------------------------------------------- */

/* A place for a new client, or NULL: then it waits in the backlog. */
static struct client *
free_place(struct control *c)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].fd < 0)
			return &c->clients[i];
	return NULL;
}

/* Accept the client that has waited longest, if there is a place. */
static void
let_in(struct control *c)
{
	struct client *client = free_place(c);

	if (client == NULL)
		return;
	client->fd = accept(c->listener, NULL, NULL);
	client->end_ms = bitmark_clock_ms() + CONTROL_WAIT_S * MS_PER_S;
	/* The listener stays readable when a descriptor could not be had:
	 * without a pause this would be tried as often as the machine can. */
	if (client->fd < 0)
		c->accept_ms = bitmark_clock_ms() + ACCEPT_PAUSE_MS;
}

/* Move ${ms} to the earlier time. */
static void
earlier(uint64_t *ms, uint64_t other_ms)
{
	if (other_ms < *ms)
		*ms = other_ms;
}

/* Places of the items behind those of the clients. */
enum { ITEM_LISTENER = CONTROL_CLIENTS_MAX, ITEM_NODE, ITEMS };

/* The client's time is over: one that waits for the node gets a reply that says
 * so, any other one is hung up. */
static void
end_client(const struct control *c, struct client *client)
{
	if (client->wait.waits)
		answer_client(c, client);
	else
		hang_up(client);
}

/* Fill in the items to poll: the clients by their places, then the others.
 * Returns when to wake up, ${until_ms} at the latest. */
static uint64_t
watch(struct control *c, struct pollfd items[ITEMS], uint64_t now_ms,
    uint64_t until_ms)
{
	bool is_open = free_place(c) != NULL && c->accept_ms <= now_ms;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client *client = &c->clients[i];

		if (client->fd >= 0 && client->end_ms <= now_ms)
			end_client(c, client);
		if (client->fd >= 0)
			earlier(&until_ms, client->end_ms);
		/* poll ignores negative descriptors. */
		items[i] = (struct pollfd){ .fd = client->fd,
		    .events = client->reply != NULL ? POLLOUT : POLLIN };
	}
	items[ITEM_LISTENER] = (struct pollfd){ .events = POLLIN,
	    .fd = is_open ? c->listener : -1 };
	items[ITEM_NODE] = (struct pollfd){ .events = POLLIN,
	    .fd = count_waits(c) > 0 ? bitmark_node_fd(c->from.node) : -1 };
	if (!is_open && c->accept_ms > now_ms)
		earlier(&until_ms, c->accept_ms);
	return until_ms;
}

/* Do what poll says about a client. */
static void
serve_client(const struct control *c, struct client *client)
{
	if (client->reply != NULL)
		send_reply(client);
	else if (client->wait.waits)
		hang_up(client);
	else
		receive(c, client);
}

/* The node's mark is cleared before the waiting clients are answered, so that a
 * change meanwhile sets it again and is not lost. */
static void
look_again(struct control *c)
{
	bitmark_node_clear(c->from.node);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].wait.waits)
			answer_client(c, &c->clients[i]);
}

/* A poll that fails, for instance by a signal, leaves the events as they were.
 */
static void
forget_events(struct pollfd *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		items[i].revents = 0;
}

/* One wait, and what it brings. A client whose time is over is hung up before
 * the wait, so that its place can be taken. */
void
control_serve(struct control *c, uint64_t wait_ms, struct pollfd *extra,
    size_t extra_count)
{
	struct pollfd items[ITEMS + CONTROL_EXTRA_MAX];
	const size_t extra_size = extra_count * sizeof extra[0];
	const uint64_t now_ms = bitmark_clock_ms();

	if (c == NULL) {
		if (poll(extra, (nfds_t)extra_count, (int)wait_ms) <= 0)
			forget_events(extra, extra_count);
		return;
	}
	/* The places of the table and of the items agree: a client that comes
	 * below gets a place whose item had no descriptor, and is polled the
	 * next time. */
	wait_ms = watch(c, items, now_ms, now_ms + wait_ms) - now_ms;
	memcpy(items + ITEMS, extra, extra_size);
	if (poll(items, (nfds_t)(ITEMS + extra_count), (int)wait_ms) <= 0)
		forget_events(items, ITEMS + extra_count);
	memcpy(extra, items + ITEMS, extra_size);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (items[i].revents != 0)
			serve_client(c, &c->clients[i]);
	if (items[ITEM_NODE].revents != 0)
		look_again(c);
	if (items[ITEM_LISTENER].revents != 0)
		let_in(c);
}

/* --- the socket ----------------------------------------------------------- */

/* Does no process listen at this socket any more? A killed daemon leaves the
 * file behind, and connecting is then refused. Any other failure, such as a
 * full backlog, means that a daemon lives. */
static bool
is_left(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	bool left = fd >= 0 && connect(fd, (const struct sockaddr *)address,
	    sizeof *address) != 0 && errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return left;
}

/* A socket that was left behind is removed. That of a running daemon is not: a
 * daemon of another chain may use the same directory. */
static bool
clear_path(const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT;
	if (S_ISSOCK(st.st_mode) && is_left(address))
		return unlink(address->sun_path) == 0;
	errno = S_ISSOCK(st.st_mode) ? EADDRINUSE : EEXIST;
	return false;
}

/* The group, if there is one, may use the socket as the owner may. On failure
 * errno says why. */
static bool
open_to(const char *path, const char *group)
{
	const struct group *entry;

	if (group == NULL)
		return chmod(path, CONTROL_MODE) == 0;
	errno = 0;
	entry = getgrnam(group);
	if (entry == NULL) {
		errno = errno != 0 ? errno : EINVAL;
		return false;
	}
	return chown(path, (uid_t)-1, entry->gr_gid) == 0 &&
	    chmod(path, CONTROL_GROUP_MODE) == 0;
}

/* On failure errno says why. Between bind and chmod the umask keeps other users
 * out, and nobody can connect before listen. */
static bool
bind_to(struct control *c, const char *group)
{
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	return c->listener >= 0 && clear_path(&c->address) &&
	    bind(c->listener, (const struct sockaddr *)&c->address,
	    sizeof c->address) == 0 &&
	    open_to(c->address.sun_path, group) &&
	    listen(c->listener, BACKLOG) == 0;
}

/* The caller prints the text of errno before another call can change it. */
const char *
control_open(struct control **control, const char *path, const char *group,
    const struct answer_from *from)
{
	struct control *c = calloc(1, sizeof *c);
	const char *why;

	*control = NULL;
	if (c == NULL)
		return strerror(ENOMEM);
	c->from = *from;
	c->listener = -1;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		c->clients[i].fd = -1;
	c->address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof c->address.sun_path) {
		free(c);
		return strerror(ENAMETOOLONG);
	}
	memcpy(c->address.sun_path, path, strlen(path) + 1);
	if (bind_to(c, group)) {
		*control = c;
		return NULL;
	}
	why = cause_text(BITMARK_E_IO);
	if (c->listener >= 0)
		close(c->listener);
	free(c);
	return why;
}

/* The path is removed first: a client that comes now finds no daemon, and need
 * not wait for one that is stopping. */
void
control_close(struct control *c)
{
	if (c == NULL)
		return;
	(void)unlink(c->address.sun_path);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].fd >= 0)
			hang_up(&c->clients[i]);
	close(c->listener);
	free(c);
}
