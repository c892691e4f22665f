/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * readers - clients that ask a node, or an echo, as fast as it answers.
 *
 * Each client has one request under way, as a REQ socket; the more clients,
 * the more at once.  Two threads work for all of them.  Failures end the
 * program with a message.
 */
#ifndef BENCH_READERS_H
#define BENCH_READERS_H

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/connection.h>

#define READERS_MAX 64

/* One kind of request, and what comes back. */
struct question {
	const char *command;
	uint64_t number;                /* of a block; 0: no parameter      */
	size_t reply_size;              /* of the second frame, by readers_try;
	                                   0: not looked at                 */
};

struct readers;

/* ${count} clients, at most READERS_MAX, connected to the server at
 * ${address} with the key ${key}; owned by the caller: readers_free. */
struct readers *readers_new(const uint8_t key[BITMARK_PEER_KEY_SIZE],
    const struct bitmark_connection *address, size_t count);
void readers_free(struct readers *readers);

/* Ask once, and take down how long the reply is. */
void readers_try(struct readers *readers, struct question *question);

/* Replies per second to ${clients} clients. */
double readers_rate(struct readers *readers, const struct question *question,
    size_t clients, double seconds);

/* One client asks the ${count} questions in turn, for so many seconds but at
 * most ${capacity} times.  Each of ${us} becomes microseconds from question
 * to answer.  Returns how many. */
size_t readers_times(struct readers *readers, const struct question *question,
    size_t count, double seconds, double *us, size_t capacity);

#endif
