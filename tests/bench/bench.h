/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bench - what all benchmarks share: rounds in which the plain baseline and
 * ours take turns, a table of figures and ratios with their spread, and the
 * same as JSON.
 *
 * A ratio is always of two figures of one round, so that what else the
 * machine does meets both sides.  Nothing here passes or fails by time.
 * Failures of the benchmark itself end the program with a message.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

/* A row that is compared with none. */
#define BENCH_ALONE (-1)
/* Rows of one table, at most. */
#define BENCH_ROWS_MAX 32

struct bench_row {
	const char *name;
	/* One round: does the work and returns its figure, in the unit of the
	 * table.  Called once for each round. */
	double (*measure)(void *user);
	void *user;
	int against;                    /* the row it is compared with, by
	                                   index, or BENCH_ALONE          */
	double bar;                     /* the least ratio wanted; 0: none */
};

enum bench_better {
	BENCH_MORE,                     /* ratio: ours / the other's */
	BENCH_LESS,                     /* ratio: the other's / ours */
};

struct bench_table {
	const char *title;
	const char *unit;               /* of each figure, e.g. "digests/s" */
	enum bench_better better;
	unsigned rounds;                /* environment BENCH_ROUNDS overrides */
	const struct bench_row *rows;   /* the baseline stands first          */
	size_t row_count;
	const char *note;               /* printed below; NULL: none          */
};

/*
 * bench_run(name, tables, count):
 * Measure and print ${count} tables, then write bench/${name}.json below the
 * directory that BITMARK_BUILD names, else below build/.  After each round
 * the rows begin with another one.
 * Returns 0, to be the exit code of main.
 */
int bench_run(const char *name, const struct bench_table *tables,
    size_t count);

/* Seconds, monotonic. */
double bench_now_s(void);

/* Pause between two looks at a node that is measured: looking all the time
 * would take the processor from it. */
void bench_nap(double seconds);

/* Processor time of all threads, seconds: what else the machine does counts
 * less than it does by the clock. */
double bench_cpu_s(void);

/* Memory that is no file's, which is what the page cache cannot give up. */
double bench_anonymous_kib(void);

/* Ends the program with a message. */
_Noreturn void bench_fail(const char *what);

#endif
