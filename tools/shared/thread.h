/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * thread - the threads that a program has besides those of the library.
 */
#ifndef SHARED_THREAD_H
#define SHARED_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

/* Start a thread that no signal comes to: those are for the main one.  False:
 * the system refuses. */
bool thread_start(pthread_t *thread, void *(*run)(void *user), void *user);

/* This thread gives way to others of the process, where threads can be told
 * apart: peers come before clients. */
void thread_give_way(void);

/* A thread that gives way calls this after each piece of work.  Niceness alone is
 * not enough: Linux lets a thread finish its time slice, more than a millisecond,
 * before one of a higher priority that wakes up gets the processor. */
void thread_let_others_run(void);

/* Between these two calls threads that libraries start are such, too. */
void thread_block_signals(sigset_t *before);
void thread_restore_signals(const sigset_t *before);

#endif
