/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "tls_daemon_server.h"

#ifdef WITH_openssl

#include <check.h>
#include <signal.h>

void
tls_around_open(struct tls_around *around, rpc_answer_fn answer)
{
	/* Clients that break off are no reason to end the test. */
	signal(SIGPIPE, SIG_IGN);
	loopback_free_address(around->address);
	ck_assert_ptr_null(rpc_cert_make(NULL, 0, &around->pem));
	ck_assert_ptr_null(rpc_pool_open(&around->pool, answer, NULL));
}

void
tls_around_free(struct tls_around *around)
{
	rpc_pool_free(around->pool);
	rpc_pem_free(&around->pem);
}

#endif
