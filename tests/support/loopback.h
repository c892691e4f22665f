/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * An address of loopback that nobody listens at, and connections to one.
 */
#ifndef TESTS_LOOPBACK_H
#define TESTS_LOOPBACK_H

/* "127.0.0.1:65535" with NUL. */
#define LOOPBACK_TEXT_SIZE 16

void loopback_free_address(char text[LOOPBACK_TEXT_SIZE]);

/* A connection to "a.b.c.d:port" or "[v6]:port"; the descriptor. */
int loopback_connect(const char *address);

#endif
