/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * listening - a listener on loopback that answers what a test can predict,
 * and raw sockets that talk to it.  Include "vectors.h", too.
 */
#ifndef TESTS_LISTENING_H
#define TESTS_LISTENING_H

#include "await.h"
#include "net/listener.h"

/* Longer than anything takes; a test that waits so long has failed. */
#define LISTENING_WAIT_MS AWAIT_MS
/* How long "no reply" is waited for. */
#define LISTENING_SILENCE_MS 300

/* The command that is answered with this many bytes. */
#define LISTENING_LARGE "large"
#define LISTENING_LARGE_SIZE 2000000u
/* The command that gets no reply. */
#define LISTENING_MUTE "mute"

extern void *listening_zmq;             /* context of the listener */
extern void *clients_zmq;               /* context of the clients  */
extern struct bm_listener *listening;

/* A fixture, and the same with a bound of connections. */
void listening_start(void);
void listening_start_max(unsigned connections_max);
void listening_stop(void);

/* A configuration that binds ${address}; ${address} is borrowed. */
struct bm_listener_config listening_config(void *zmq,
    const struct bitmark_connection *address);

/* 127.0.0.1, any free port. */
extern const struct bitmark_connection listening_anywhere;

/* Requests that were answered, and told to be sent. */
unsigned listening_answered(void);
unsigned listening_sent(void);
/* Number of the sender of the last request. */
uint64_t listening_sender(void);
/* Wait until the listener has reported ${count} replies as sent.  A client may
 * have its reply before that. */
bool listening_has_sent(unsigned count);

/* A CURVE socket of this type with a new key, connected to the listener;
 * closed by the test, or by the end of it. */
void *client_new(int type);
/* The same socket, not connected yet. */
void *client_unconnected(int type);
void client_connect(void *client);
void client_close(void *client);
/* "tcp://a.b.c.d:port" of the listener. */
#define LISTENING_ENDPOINT_SIZE (6 + BITMARK_CONNECTION_TEXT_MAX)
void listening_endpoint(char endpoint[LISTENING_ENDPOINT_SIZE]);

/* A frame of text, with more to come or not. */
void client_send(void *client, const char *text, int flags);
/* A delimiter and a request of one frame, from a DEALER. */
void client_ask(void *client, const char *text);
/* The next frame is this text. */
void client_expect(void *client, const char *text);
/* A delimiter and the reply to a request of one frame. */
void client_expect_answer(void *client, const char *text);
/* Check that no answer comes for a while. */
void client_expect_silence(void *client);

/* Wait until the listener counts so many connections. */
void expect_connections(unsigned count);
/* Wait until it has dropped so many replies. */
void expect_dropped(uint64_t count);

#endif
