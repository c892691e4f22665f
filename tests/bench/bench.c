/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "bench.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 1000
#define PATH_SIZE 4096

/* The figures of one row, a figure for each round. */
struct series {
	double figure[ROUNDS_MAX];
	double ratio[ROUNDS_MAX];
};

struct spread {
	double min;
	double median;
	double max;
};

static double
clock_s(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void
bench_nap(double seconds)
{
	struct timespec pause = { .tv_sec = (time_t)seconds };

	pause.tv_nsec = (long)(1e9 * (seconds - (double)pause.tv_sec));
	nanosleep(&pause, NULL);
}

double
bench_now_s(void)
{
	return clock_s(CLOCK_MONOTONIC);
}

double
bench_cpu_s(void)
{
	return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

_Noreturn void
bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

double
bench_anonymous_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	double kib = -1;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "RssAnon: %lf", &kib) == 1)
			break;
	if (file == NULL || kib < 0)
		bench_fail("RssAnon in /proc/self/status: Linux only");
	fclose(file);
	return kib;
}

static int
ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct spread
spread_of(const double *values, unsigned count)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, count * sizeof *values);
	qsort(sorted, count, sizeof *sorted, ascending);
	return (struct spread){
		.min = sorted[0],
		.median = count % 2 != 0 ? sorted[count / 2] :
		    (sorted[count / 2 - 1] + sorted[count / 2]) / 2,
		.max = sorted[count - 1],
	};
}

static unsigned
rounds_of(const struct bench_table *table)
{
	const char *wanted = getenv("BENCH_ROUNDS");
	unsigned long rounds = wanted != NULL ?
	    strtoul(wanted, NULL, 10) : table->rounds;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		bench_fail("rounds must be 1 to 1000");
	return (unsigned)rounds;
}

static void
measure(const struct bench_table *table, unsigned rounds,
    struct series *series)
{
	const size_t count = table->row_count;

	for (unsigned round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++) {
			const size_t at = (round + i) % count;

			series[at].figure[round] =
			    table->rows[at].measure(table->rows[at].user);
		}
		for (size_t i = 0; i < count; i++) {
			const int against = table->rows[i].against;
			const double ours = series[i].figure[round];

			if (against == BENCH_ALONE)
				continue;
			series[i].ratio[round] = table->better == BENCH_MORE ?
			    ours / series[against].figure[round] :
			    series[against].figure[round] / ours;
		}
	}
}

static json_t *
spread_json(struct spread s)
{
	return json_pack("{s:f, s:f, s:f}", "min", s.min, "median", s.median,
	    "max", s.max);
}

/* Prints one row; returns it as JSON. */
static json_t *
tell_row(const struct bench_table *table, size_t at, unsigned rounds,
    const struct series *series)
{
	const struct bench_row *row = &table->rows[at];
	const struct spread f = spread_of(series[at].figure, rounds);
	json_t *json = json_pack("{s:s, s:o}", "name", row->name, "figure",
	    spread_json(f));
	struct spread r;

	printf("%-36s %10.5g %10.5g %10.5g", row->name, f.min, f.median,
	    f.max);
	if (row->against == BENCH_ALONE) {
		printf("\n");
		return json;
	}
	r = spread_of(series[at].ratio, rounds);
	printf("  %6.2f %6.2f %6.2f  x row %d", r.min, r.median, r.max,
	    row->against + 1);
	json_object_set_new(json, "against",
	    json_string(table->rows[row->against].name));
	json_object_set_new(json, "ratio", spread_json(r));
	if (row->bar > 0) {
		printf("  bar %.2f", row->bar);
		json_object_set_new(json, "bar", json_real(row->bar));
	}
	printf("\n");
	return json;
}

static json_t *
run_table(const struct bench_table *table)
{
	const unsigned rounds = rounds_of(table);
	struct series *series = calloc(table->row_count, sizeof *series);
	json_t *rows = json_array();

	if (series == NULL || table->row_count > BENCH_ROWS_MAX)
		bench_fail("no memory, or too many rows");
	measure(table, rounds, series);
	printf("\n%s: %s, %s is better, %u rounds\n", table->title,
	    table->unit, table->better == BENCH_MORE ? "more" : "less",
	    rounds);
	printf("%-36s %10s %10s %10s  %6s %6s %6s\n", "", "min", "median",
	    "max", "ratio", "median", "max");
	for (size_t i = 0; i < table->row_count; i++)
		json_array_append_new(rows, tell_row(table, i, rounds,
		    series));
	if (table->note != NULL)
		printf("%s\n", table->note);
	fflush(stdout);
	free(series);
	return json_pack("{s:s, s:s, s:s, s:i, s:o, s:s*}", "title",
	    table->title, "unit", table->unit, "better",
	    table->better == BENCH_MORE ? "more" : "less", "rounds",
	    (int)rounds, "rows", rows, "note", table->note);
}

static void
make_directory(const char *path)
{
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		bench_fail(path);
}

static void
write_json(const char *name, const json_t *json)
{
	const char *build = getenv("BITMARK_BUILD");
	char path[PATH_SIZE];

	if (build == NULL)
		build = "build";
	make_directory(build);
	snprintf(path, sizeof path, "%s/bench", build);
	make_directory(path);
	snprintf(path, sizeof path, "%s/bench/%s.json", build, name);
	if (json_dump_file(json, path, JSON_INDENT(2) |
	    JSON_REAL_PRECISION(6)) != 0)
		bench_fail(path);
	printf("\nwritten: %s\n", path);
}

int
bench_run(const char *name, const struct bench_table *tables, size_t count)
{
	json_t *list = json_array(), *json;

	printf("%s, %ld cores\n", name, sysconf(_SC_NPROCESSORS_ONLN));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, run_table(&tables[i]));
	json = json_pack("{s:s, s:i, s:o}", "name", name, "cores",
	    (int)sysconf(_SC_NPROCESSORS_ONLN), "tables", list);
	write_json(name, json);
	json_decref(json);
	return 0;
}
