/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * wake - a pipe by which any thread wakes the one that waits in poll or
 * zmq_poll.
 */
#ifndef BM_OS_WAKE_H
#define BM_OS_WAKE_H

#include <bitmarkpeer/base.h>

struct bm_wake {
	int fd[2];                      /* wait for fd[0]; -1: not open */
};

/* BITMARK_OK or BITMARK_E_IO; then nothing is open. */
bitmark_status bm_wake_init(struct bm_wake *wake);
void bm_wake_fini(struct bm_wake *wake);

/* Any thread; never blocks. */
void bm_wake_signal(const struct bm_wake *wake);

/* Take in all signals; false: there was none. */
bool bm_wake_take(const struct bm_wake *wake);

#endif
