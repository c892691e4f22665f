/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Runs a fuzz target over its corpus with any compiler: the files of
 * tests/fuzz/corpus/NAME, every prefix of the small ones, and inputs made by
 * a seeded generator.  The name is taken from the program's own.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Inputs whose every prefix is tried too.  Bytes. */
#define PREFIXES_MAX 400
#define RANDOM_INPUTS 2000

/* Exact allocations, so that a sanitizer sees a read past the end. */
static void
try_input(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size != 0 ? size : 1);

	if (exact == NULL)
		abort();
	if (size != 0)
		memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static size_t
try_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t size;

	if (f == NULL)
		return 0;
	size = fread(data, 1, sizeof data, f);
	fclose(f);
	try_input(data, size);
	for (size_t n = 0; size <= PREFIXES_MAX && n < size; n++)
		try_input(data, n);
	return 1;
}

int
main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "replay_");
	uint64_t x = 88172645463325252u;
	size_t files = 0;
	char path[1024];
	struct dirent *entry;
	DIR *dir;

	(void)argc;
	if (name == NULL)
		return 2;
	snprintf(path, sizeof path, "tests/fuzz/corpus/%s",
	    name + strlen("replay_"));
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char file[2048];

		snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			files += try_file(file);
	}
	if (dir != NULL)
		closedir(dir);
	for (int i = 0; i < RANDOM_INPUTS; i++) {
		uint8_t input[256];
		size_t size = (size_t)(i % (int)sizeof input);

		for (size_t k = 0; k < size; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			input[k] = (uint8_t)(x % 3 == 0 ? x >> 40 & 15 :
			    x >> 40);
		}
		try_input(input, size);
	}
	printf("%s: %zu files and %d made inputs\n", name, files,
	    RANDOM_INPUTS);
	return 0;
}
