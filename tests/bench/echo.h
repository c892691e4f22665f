/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * echo - the least that could answer a node's clients: a ROUTER over CURVE on
 * a thread of its own, with the library and the options of the listener, that
 * looks at nothing, and sends the command and bytes that are there already.
 */
#ifndef BENCH_ECHO_H
#define BENCH_ECHO_H

#include <bitmarkpeer/account.h>
#include <bitmarkpeer/connection.h>

#define ECHO_BYTES_MAX ((size_t)5 * 1000 * 1000)

struct echo;

/* At a free port of the loopback.  key and address are of the new server;
 * owned by the caller: echo_stop.  Failures end the program. */
struct echo *echo_start(uint8_t key[BITMARK_PEER_KEY_SIZE],
    struct bitmark_connection *address);
void echo_stop(struct echo *echo);

/* How long the second frame of each reply is from now on. */
void echo_size(struct echo *echo, size_t size);

#endif
