/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * no_threads - a system that has no room for another thread.
 */
#ifndef TEST_NO_THREADS_H
#define TEST_NO_THREADS_H

#include <stdbool.h>

/* While set, pthread_create fails with EAGAIN in this program.  A limit of the
 * process would do it, too, but the sanitizers end the program when they cannot
 * make room for a thread of their own. */
void refuse_threads(bool refused);

#endif
