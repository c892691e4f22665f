/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * name_server - the addresses of a few hosts, by a DNS server on loopback that
 * is asked in the place of those of this machine.
 *
 * c-ares reads /etc/resolv.conf when a channel is made.  The test programs have
 * an ares_init_options of their own, which tells it this server instead while
 * it runs; otherwise it changes nothing.
 */
#ifndef TESTS_NAME_SERVER_H
#define TESTS_NAME_SERVER_H

#include <stdbool.h>

/*
 * Hosts, with the addresses that it tells:
 *
 *   four.test        127.0.0.1
 *   six.test         ::1
 *   both.test        both
 *   slow.test        127.0.0.1, but only when it has been released
 *   moves.test       127.0.0.2 the first time, then 127.0.0.1
 *   no-six.test      127.0.0.1, and an IPv6 address that nobody can send to
 *   no-four.test     ::1, and an IPv4 address that nobody can send to
 *   nowhere.test     the two that nobody can send to
 *   no-six-only.test that IPv6 address alone
 */
void name_server_start(void);
void name_server_stop(void);

/* From now on slow.test is answered. */
void name_server_release(void);

/* How often the IPv4 address of a host with a name of its list, or of
 * nobody.test, was asked for. */
unsigned name_server_asked(void);

/* Channels that c-ares was asked to make since it was started. */
unsigned name_server_channels(void);

#endif
