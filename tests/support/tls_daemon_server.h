/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Around each TLS server of the daemon: an address of loopback, a certificate
 * that was made for the test, and the workers that answer.
 */
#ifndef TESTS_TLS_DAEMON_SERVER_H
#define TESTS_TLS_DAEMON_SERVER_H

#include "loopback.h"

#include "rpc_cert.h"
#include "rpc_pool.h"

struct tls_around {
	char address[LOOPBACK_TEXT_SIZE];
	struct rpc_pem pem;
	struct rpc_pool *pool;
};

/* Before the server is opened; requests are answered by ${answer}. */
void tls_around_open(struct tls_around *around, rpc_answer_fn answer);

/* When the pool was stopped and the server closed, in this order. */
void tls_around_free(struct tls_around *around);

#endif
