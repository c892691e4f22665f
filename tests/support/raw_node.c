/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "raw_node.h"

#include "await.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

/* A socket that was just closed gives up its port a little later. */

static void
set_option(void *socket, int option, int value)
{
	ck_assert_int_eq(zmq_setsockopt(socket, option, &value, sizeof value),
	    0);
}

void
raw_free_message(struct raw_message *message)
{
	for (size_t i = 0; i < message->count; i++)
		free((void *)(uintptr_t)message->frame[i].data);
	message->count = 0;
}

void
raw_set_v82(void *socket, int timeout_ms)
{
	const int64_t largest = 5000000;

	set_option(socket, ZMQ_IMMEDIATE, 1);
	set_option(socket, ZMQ_LINGER, 100);
	set_option(socket, ZMQ_SNDTIMEO, timeout_ms);
	set_option(socket, ZMQ_RCVTIMEO, timeout_ms);
	set_option(socket, ZMQ_TCP_KEEPALIVE, 1);
	set_option(socket, ZMQ_TCP_KEEPALIVE_CNT, 5);
	set_option(socket, ZMQ_TCP_KEEPALIVE_IDLE, 60);
	set_option(socket, ZMQ_TCP_KEEPALIVE_INTVL, 60);
	ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest,
	    sizeof largest), 0);
}

void
raw_init(struct raw_node *node, raw_answer_fn answer)
{
	memset(node, 0, sizeof *node);
	node->answer = answer;
	bitmark_peer_key_generate(NULL, node->public_key, node->private_key);
}

void
raw_fini(struct raw_node *node)
{
	raw_free_message(&node->last);
}

void
raw_revive(struct raw_node *node)
{
	char endpoint[RAW_ADDRESS_SIZE + sizeof "tcp://"];
	size_t size = sizeof endpoint;
	struct await wait = AWAIT;

	node->socket = zmq_socket(node->zmq,
	    node->kind == RAW_REP ? ZMQ_REP : ZMQ_ROUTER);
	ck_assert_ptr_nonnull(node->socket);
	set_option(node->socket, ZMQ_LINGER, 0);
	set_option(node->socket, ZMQ_IPV6, node->address[0] == '[');
	if (node->kind == RAW_REP) {
		raw_set_v82(node->socket, RAW_V82_SERVER_MS);
		ck_assert_int_eq(zmq_setsockopt(node->socket, ZMQ_ROUTING_ID,
		    node->public_key, sizeof node->public_key), 0);
	}
	if (node->kind != RAW_NO_CURVE) {
		set_option(node->socket, ZMQ_CURVE_SERVER, 1);
		ck_assert_int_eq(zmq_setsockopt(node->socket,
		    ZMQ_CURVE_SECRETKEY, node->private_key,
		    sizeof node->private_key), 0);
	}
	snprintf(endpoint, sizeof endpoint, "tcp://%s",
	    node->address[0] != '\0' ? node->address : "127.0.0.1:*");
	while (zmq_bind(node->socket, endpoint) != 0)
		ck_assert(await_again(&wait));
	ck_assert_int_eq(zmq_getsockopt(node->socket, ZMQ_LAST_ENDPOINT,
	    endpoint, &size), 0);
	memcpy(node->address, endpoint + strlen("tcp://"),
	    sizeof node->address);
}

void
raw_die(struct raw_node *node)
{
	ck_assert_int_eq(zmq_close(node->socket), 0);
	node->socket = NULL;
}

bool
raw_receive(void *socket, struct raw_message *message)
{
	zmq_msg_t part;
	uint8_t *copy;
	int more;

	do {
		zmq_msg_init(&part);
		if (zmq_msg_recv(&part, socket, 0) < 0)
			return false;
		ck_assert_uint_lt(message->count, RAW_FRAMES_MAX);
		copy = malloc(zmq_msg_size(&part) + 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, zmq_msg_data(&part), zmq_msg_size(&part));
		message->frame[message->count++] = (struct bitmark_span){
		    copy, zmq_msg_size(&part) };
		more = zmq_msg_more(&part);
		zmq_msg_close(&part);
	} while (more);
	return true;
}

static void *
run(void *arg)
{
	struct raw_node *node = arg;

	for (;;) {
		zmq_pollitem_t items[2] = {
			{ node->socket, 0, ZMQ_POLLIN, 0 },
			{ NULL, node->stop[0], ZMQ_POLLIN, 0 },
		};

		ck_assert_int_ge(zmq_poll(items, 2, -1), 0);
		if (items[1].revents != 0)
			return NULL;
		if (items[0].revents == 0)
			continue;
		raw_free_message(&node->last);
		ck_assert(raw_receive(node->socket, &node->last));
		node->requests++;
		node->answer(node, &node->last);
	}
}

void
raw_start(struct raw_node *node)
{
	node->zmq = zmq_ctx_new();
	ck_assert_ptr_nonnull(node->zmq);
	raw_revive(node);
	ck_assert_int_eq(pipe(node->stop), 0);
	ck_assert_int_eq(pthread_create(&node->thread, NULL, run, node), 0);
}

void
raw_stop(struct raw_node *node)
{
	ck_assert_int_eq(write(node->stop[1], "", 1), 1);
	pthread_join(node->thread, NULL);
	close(node->stop[0]);
	close(node->stop[1]);
	zmq_close(node->socket);
	zmq_ctx_term(node->zmq);
}

int
raw_tcp(struct raw_node *node)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof in;
	const int reuse = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	/* The node will bind the same port while connections of this socket
	 * may still be closing. */
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse,
	    sizeof reuse), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	snprintf(node->address, sizeof node->address, "127.0.0.1:%u",
	    (unsigned)ntohs(in.sin_port));
	return fd;
}

void
raw_send(struct raw_node *node, const struct raw_message *message)
{
	for (size_t i = 0; i < message->count; i++)
		ck_assert_int_ge(zmq_send(node->socket, message->frame[i].data,
		    message->frame[i].size,
		    i + 1 < message->count ? ZMQ_SNDMORE : 0), 0);
}

void
raw_answer(struct raw_node *node, const struct raw_message *request)
{
	struct raw_message message = {
		.count = node->kind == RAW_REP ? 0 : RAW_ENVELOPE,
	};

	memcpy(message.frame, request->frame,
	    message.count * sizeof message.frame[0]);
	for (size_t i = 0; i < node->reply.count; i++)
		message.frame[message.count++] = node->reply.frame[i];
	raw_send(node, &message);
}

void
raw_ignore(struct raw_node *node, const struct raw_message *request)
{
	(void)node;
	(void)request;
}

void
raw_reply_text(struct raw_node *node, const char *first, ...)
{
	va_list more;

	node->reply.count = 0;
	va_start(more, first);
	for (const char *text = first; text != NULL;
	    text = va_arg(more, const char *))
		node->reply.frame[node->reply.count++] = (struct bitmark_span){
		    (const uint8_t *)text, strlen(text) };
	va_end(more);
}

void
raw_reply_bytes(struct raw_node *node, const char *command, const void *data,
    size_t size)
{
	raw_reply_text(node, command, NULL);
	node->reply.frame[node->reply.count++] = (struct bitmark_span){ data,
	    size };
}
