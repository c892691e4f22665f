/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * explorer_world - an explorer in a process of its own, and clients of it in
 * another one, for benchmarks.
 *
 * Beside the explorer that process serves a file, which is in memory, by the
 * same library in the same way.  Failures end the program with a message.
 */
#ifndef BENCH_EXPLORER_WORLD_H
#define BENCH_EXPLORER_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLORER_TARGET_MAX 256
/* Targets that are asked for in turn. */
#define EXPLORER_TARGETS_MAX 64

/* Fork both.  Before the program has threads, or a store that is open. */
void explorer_start(void);
void explorer_stop(void);

/* Serve the store in ${directory} of the chain "local"; waits until all names
 * are known. */
void explorer_serve(const char *directory);

/* The file that is served has so many bytes. */
void explorer_set_file(size_t size);

/* Processor time of the explorer's process.  Seconds. */
double explorer_cpu_s(void);

/* Requests by a number of clients. */
struct explorer_load {
	bool file;                      /* the file; else the explorer      */
	unsigned clients;               /* at most 8                        */
	unsigned requests;              /* of each                          */
	size_t targets;
	char target[EXPLORER_TARGETS_MAX][EXPLORER_TARGET_MAX];
};

struct explorer_result {
	double median_ms;               /* of one request                   */
	size_t bytes;                   /* of the last answer's body        */
};

/* All requests, answered with 200. */
struct explorer_result explorer_ask(const struct explorer_load *load);

/* The same without end, until explorer_relieve. */
void explorer_press(const struct explorer_load *load);
void explorer_relieve(void);

#endif
