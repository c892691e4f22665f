/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A loopback address with a port that no socket listens at, and connections to
 * one.
 */
#ifndef TESTS_LOOPBACK_H
#define TESTS_LOOPBACK_H

/* "127.0.0.1:65535" with NUL. */
#define LOOPBACK_TEXT_SIZE 16

void loopback_free_address(char text[LOOPBACK_TEXT_SIZE]);

/* A connection to "a.b.c.d:port" or "[v6]:port"; the descriptor. */
int loopback_connect(const char *address);

#endif
