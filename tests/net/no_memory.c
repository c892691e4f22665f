/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One allocation of a program fails: a library that is loaded before all others
 * (LD_PRELOAD), and takes the place of malloc and its siblings for the program
 * and for every library that it uses.
 *
 * NO_MEMORY_AT=N     the N-th allocation, counted from 1, gives NULL
 * NO_MEMORY_COUNT=F  the number of allocations is written to this file at exit
 *
 * Threads share the count, so that which call it is can differ from run to run
 * of a program that has several.
 *
 * Not counted are allocations that libzmq makes for itself: it ends the process
 * with abort() when one of them fails, and so does the C++ library that it
 * uses; it does so, too, when the loader has no memory for its threads.
 * libpgm, which it starts, asks for the number of a protocol, and the system's
 * library (glibc 2.36) does not survive a lack of memory there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netdb.h>

/* For what the loader itself allocates while the real functions are looked up;
 * it is never given back. */
#define EARLY_SIZE 65536
#define ALIGNMENT 16

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static int (*real_getprotobyname_r)(const char *, struct protoent *, char *,
    size_t, struct protoent **);

static char early[EARLY_SIZE] __attribute__((aligned(ALIGNMENT)));
static size_t early_used;

static atomic_long count;
static long fails_at;
static _Thread_local int is_resting;    /* while getprotobyname_r runs */

static void *
take_early(size_t size)
{
	char *memory = early + early_used;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > sizeof early - early_used)
		return NULL;
	early_used += size;
	return memory;
}

static int
is_early(const void *memory)
{
	return (const char *)memory >= early &&
	    (const char *)memory < early + sizeof early;
}

/* Counts from here on: what the loader does before is the same in each run. */
__attribute__((constructor)) static void
begin(void)
{
	const char *at = getenv("NO_MEMORY_AT");

	real_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	real_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	real_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	real_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	real_getprotobyname_r = (int (*)(const char *, struct protoent *,
	    char *, size_t, struct protoent **))dlsym(RTLD_NEXT,
	    "getprotobyname_r");
	fails_at = at != NULL ? atol(at) : 0;
	count = 0;
}

__attribute__((destructor)) static void
end(void)
{
	const char *path = getenv("NO_MEMORY_COUNT");
	char text[32];
	ssize_t written;
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	snprintf(text, sizeof text, "%ld\n", (long)count);
	written = write(fd, text, strlen(text));
	(void)written;
	close(fd);
}

/* The files of libraries that end the process themselves. */
static int
is_spared(void *caller)
{
	static const char *const files[] = { "libzmq", "libpgm", "libstdc++",
		"/ld-" };
	Dl_info info;

	if (is_resting || dladdr(caller, &info) == 0 ||
	    info.dli_fname == NULL)
		return is_resting;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (strstr(info.dli_fname, files[i]) != NULL)
			return 1;
	return 0;
}

static int
fails(void *caller)
{
	if (is_spared(caller))
		return 0;
	if (atomic_fetch_add(&count, 1) + 1 != fails_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	if (real_malloc == NULL)
		return take_early(size);
	return fails(__builtin_return_address(0)) ? NULL : real_malloc(size);
}

/* Early memory was never used before, so it is zero. */
void *
calloc(size_t items, size_t size)
{
	if (real_calloc == NULL)
		return take_early(items * size);
	return fails(__builtin_return_address(0)) ? NULL :
	    real_calloc(items, size);
}

void *
realloc(void *memory, size_t size)
{
	size_t left;
	void *moved;

	if (real_realloc != NULL && !is_early(memory))
		return fails(__builtin_return_address(0)) ? NULL :
		    real_realloc(memory, size);
	moved = malloc(size);
	left = is_early(memory) ? (size_t)(early + sizeof early -
	    (char *)memory) : 0;
	if (moved != NULL && left > 0)
		memcpy(moved, memory, size < left ? size : left);
	return moved;
}

void
free(void *memory)
{
	if (real_free != NULL && !is_early(memory))
		real_free(memory);
}

int
getprotobyname_r(const char *name, struct protoent *result, char *buffer,
    size_t size, struct protoent **found)
{
	int error;

	is_resting = 1;
	error = real_getprotobyname_r(name, result, buffer, size, found);
	is_resting = 0;
	return error;
}
