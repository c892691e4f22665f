/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * DNS servers on loopback: dnsmasq(8) with the records that a test gives it,
 * and a false server that is silent, breaks off or forges answers.
 */
#ifndef TESTS_DNS_SERVER_H
#define TESTS_DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "loopback.h"

/* The domain that dnsmasq has records of, and how long they are good. */
#define DNS_DOMAIN "nodes.localdomain"
#define DNS_TTL_S 7

/* Run dnsmasq at ${address} until dns_server_stop or the end of the test; one
 * at a time.  Long texts are given to it in several strings. */
void dns_server_start(const char *address, const char *const *records,
    size_t count);
void dns_server_stop(void);

enum false_dns {
	FALSE_DNS_SILENT,               /* takes questions, and TCP         */
	FALSE_DNS_CUT,                  /* asks for TCP, then is silent     */
	FALSE_DNS_CUT_SHORT,            /* asks for TCP, then hangs up      */
	FALSE_DNS_REFUSES,
	FALSE_DNS_BROKEN,               /* its answers break off            */
	FALSE_DNS_FORGED,               /* answers to other questions come
	                                   first, then "true"               */
};

/* One at a time, at an address of its own. */
void false_dns_start(enum false_dns kind, char address[LOOPBACK_TEXT_SIZE]);
/* Number of questions that the false server got. */
unsigned false_dns_asked(void);
void false_dns_stop(void);

#endif
