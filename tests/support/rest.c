/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "rest.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 8
#define REQUEST_MAX 2048
#define CHUNK 100

struct client {
	int fd;                         /* below 0: none                   */
	bool is_endless;
	char request[REQUEST_MAX];
	size_t size;
};

struct rest {
	struct played chain[2];
	enum rest_kind kind[2];
	int listener, wake[2];
	unsigned port, requests, connections;
	struct client client[CLIENTS];
	pthread_mutex_t lock;
	pthread_t thread;
};

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* Send bytes; an error is ignored, because the client may have hung up. */
static void
give(struct client *c, const char *text, size_t size)
{
	while (size > 0 && c->fd >= 0) {
		ssize_t sent = send(c->fd, text, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		text += sent;
		size -= (size_t)sent;
	}
}

static void
give_text(struct client *c, const char *text)
{
	give(c, text, strlen(text));
}

static void
hang_up(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

static void
give_head(struct client *c, long status, const char *more)
{
	char head[256];

	snprintf(head, sizeof head, "HTTP/1.1 %ld X\r\nContent-Type: "
	    "application/json\r\n%s\r\n", status, more);
	give_text(c, head);
}

static void
give_chunks(struct client *c, const char *text)
{
	for (size_t left = strlen(text), size; left > 0; left -= size) {
		char head[32];

		size = left < CHUNK ? left : CHUNK;
		snprintf(head, sizeof head, "%zx\r\n", size);
		give_text(c, head);
		give(c, text, size);
		give_text(c, "\r\n");
		text += size;
	}
	give_text(c, "0\r\n\r\n");
}

static void
give_answer(struct client *c, enum rest_kind kind, long status,
    const char *text)
{
	char length[64];

	snprintf(length, sizeof length, "Content-Length: %zu\r\n",
	    strlen(text));
	switch (kind) {
	case REST_PLAIN:
		give_head(c, status, length);
		give_text(c, text);
		break;
	case REST_CHUNKED:
		give_head(c, status, "Transfer-Encoding: chunked\r\n");
		give_chunks(c, text);
		break;
	case REST_CLOSES:
		give_head(c, status, "Connection: close\r\n");
		give_text(c, text);
		hang_up(c);
		break;
	case REST_SILENT:
		break;
	case REST_CUT:
	case REST_STOPS:
		give_head(c, status, length);
		give(c, text, strlen(text) / 2);
		if (kind == REST_CUT)
			hang_up(c);
		break;
	case REST_BUSY:
		give_head(c, 503, "Content-Length: 0\r\n");
		break;
	case REST_GARBAGE:
		give_text(c, "\x16\x03\x01garbage\r\n\r\n");
		hang_up(c);
		break;
	case REST_ENDLESS:
		give_head(c, 200, "Connection: close\r\n");
		c->is_endless = true;
		break;
	case REST_REDIRECTS:
		give_head(c, 302, "Location: /bitcoin/chaininfo.json\r\n"
		    "Content-Length: 0\r\n");
		break;
	}
}

/* "GET /bitcoin/PATH HTTP/1.1" */
static void
answer(struct rest *r, struct client *c)
{
	char *path = c->request + strlen("GET "), *text;
	char *end = strchr(path, ' ');
	const unsigned chain = strncmp(path, "/litecoin/", 10) == 0;
	long status;

	demand(end != NULL && strncmp(c->request, "GET /", 5) == 0);
	*end = '\0';
	path = strchr(path + 1, '/');
	text = played_answer(&r->chain[chain], path != NULL ? path + 1 : "",
	    &status);
	r->requests++;
	give_answer(c, r->kind[chain], status, text);
	free(text);
	c->size = 0;
}

static void
let_in(struct rest *r)
{
	int fd = accept(r->listener, NULL, NULL);

	for (size_t i = 0; i < CLIENTS; i++)
		if (r->client[i].fd < 0) {
			r->client[i] = (struct client){ .fd = fd };
			r->connections++;
			return;
		}
	close(fd);
}

static void
serve_client(struct rest *r, struct client *c)
{
	static const char more[65536];
	ssize_t got;

	if (c->is_endless) {
		if (send(c->fd, more, sizeof more, MSG_NOSIGNAL |
		    MSG_DONTWAIT) <= 0)
			hang_up(c);
		return;
	}
	got = recv(c->fd, c->request + c->size, REQUEST_MAX - 1 - c->size, 0);
	if (got <= 0) {
		hang_up(c);
		return;
	}
	c->size += (size_t)got;
	c->request[c->size] = '\0';
	if (strstr(c->request, "\r\n\r\n") != NULL)
		answer(r, c);
}

static void *
run(void *rest)
{
	struct rest *r = rest;
	struct pollfd items[CLIENTS + 2];

	for (;;) {
		for (size_t i = 0; i < CLIENTS; i++)
			items[i] = (struct pollfd){ .fd = r->client[i].fd,
			    .events = r->client[i].is_endless ? POLLOUT :
			    POLLIN };
		items[CLIENTS] = (struct pollfd){ .fd = r->listener,
		    .events = POLLIN };
		items[CLIENTS + 1] = (struct pollfd){ .fd = r->wake[0],
		    .events = POLLIN };
		demand(poll(items, CLIENTS + 2, -1) > 0);
		if (items[CLIENTS + 1].revents != 0)
			return NULL;
		pthread_mutex_lock(&r->lock);
		for (size_t i = 0; i < CLIENTS; i++)
			if (items[i].revents != 0)
				serve_client(r, &r->client[i]);
		if (items[CLIENTS].revents != 0)
			let_in(r);
		pthread_mutex_unlock(&r->lock);
	}
}

struct rest *
rest_start(uint64_t start_s)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	struct rest *r = calloc(1, sizeof *r);

	demand(r != NULL);
	played_init(&r->chain[0], "regtest", 0xb17c, start_s);
	played_init(&r->chain[1], "regtest", 0x117e, start_s);
	for (size_t i = 0; i < CLIENTS; i++)
		r->client[i].fd = -1;
	r->listener = socket(AF_INET, SOCK_STREAM, 0);
	demand(bind(r->listener, (struct sockaddr *)&address, size) == 0 &&
	    listen(r->listener, CLIENTS) == 0 && getsockname(r->listener,
	    (struct sockaddr *)&address, &size) == 0 && pipe(r->wake) == 0);
	r->port = ntohs(address.sin_port);
	pthread_mutex_init(&r->lock, NULL);
	demand(pthread_create(&r->thread, NULL, run, r) == 0);
	return r;
}

void
rest_stop(struct rest *r)
{
	demand(write(r->wake[1], "", 1) == 1);
	pthread_join(r->thread, NULL);
	for (size_t i = 0; i < CLIENTS; i++)
		if (r->client[i].fd >= 0)
			close(r->client[i].fd);
	close(r->listener);
	close(r->wake[0]);
	close(r->wake[1]);
	played_free(&r->chain[0]);
	played_free(&r->chain[1]);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

unsigned
rest_port(const struct rest *r)
{
	return r->port;
}

struct played *
rest_take(struct rest *r, unsigned chain)
{
	pthread_mutex_lock(&r->lock);
	return &r->chain[chain];
}

void
rest_give(struct rest *r)
{
	pthread_mutex_unlock(&r->lock);
}

void
rest_behave(struct rest *r, unsigned chain, enum rest_kind kind)
{
	pthread_mutex_lock(&r->lock);
	r->kind[chain] = kind;
	pthread_mutex_unlock(&r->lock);
}

unsigned
rest_requests(struct rest *r)
{
	unsigned count;

	pthread_mutex_lock(&r->lock);
	count = r->requests;
	pthread_mutex_unlock(&r->lock);
	return count;
}

unsigned
rest_connections(struct rest *r)
{
	unsigned count;

	pthread_mutex_lock(&r->lock);
	count = r->connections;
	pthread_mutex_unlock(&r->lock);
	return count;
}
