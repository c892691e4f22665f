/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Refusing new threads, in place of the C library. */
#define _GNU_SOURCE
#include "no_threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *),
    void *);

static atomic_bool refused_now;

void
refuse_threads(bool refused)
{
	atomic_store(&refused_now, refused);
}

/* The program's own definition stands before the C library's, which is found
 * by dlsym (the one of a sanitizer, if there is one). */
int
pthread_create(pthread_t *id, const pthread_attr_t *attributes,
    void *(*run)(void *), void *user)
{
	union {
		void *found;
		create_fn *call;
	} next;

	if (atomic_load(&refused_now))
		return EAGAIN;
	next.found = dlsym(RTLD_NEXT, "pthread_create");
	return next.call(id, attributes, run, user);
}
