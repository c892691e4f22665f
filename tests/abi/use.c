/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A program that calls through the rooms of the library and looks at what comes
 * back.  growth.sh compiles it with the headers of one release and links it
 * with the library of another.
 */
#include "use.h"

void
must(bool condition, const char *text, const char *file, int line)
{
	if (condition)
		return;
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, text);
	exit(1);
}

void
must_ok(bitmark_status status, const char *text, const char *file, int line)
{
	if (status == BITMARK_OK)
		return;
	fprintf(stderr, "%s:%d: %s: %s\n", file, line, text,
	    bitmark_strerror(status));
	exit(1);
}

/* Each struct begins with its size: so the type need not be known. */
void
sized_init(void *all, size_t size)
{
	unsigned char *bytes = all;

	for (size_t i = 0; i < size; i++)
		bytes[i] = i < size - ABI_LATER ? 0 : 0xff;
	memset(bytes + size, 0xa5, GUARD);
	memcpy(bytes, &size, sizeof size);
}

void
sized_check(const void *all, size_t size, unsigned char later,
    const char *name, const char *file, int line)
{
	const unsigned char *bytes = all;
	size_t told;

	memcpy(&told, bytes, sizeof told);
	if (told != size) {
		fprintf(stderr, "%s:%d: %s: another struct_size\n", file, line,
		    name);
		exit(1);
	}
	for (size_t i = size - ABI_LATER; i < size; i++)
		if (bytes[i] != later) {
			fprintf(stderr, "%s:%d: %s: byte %zu, which the "
			    "library does not know, is %u\n", file, line, name,
			    i, bytes[i]);
			exit(1);
		}
	for (size_t i = size; i < size + GUARD; i++)
		if (bytes[i] != 0xa5) {
			fprintf(stderr, "%s:%d: %s: byte %zu, beyond its "
			    "struct_size, was changed\n", file, line, name, i);
			exit(1);
		}
}

struct bitmark_span
text_span(const char *text)
{
	struct bitmark_span span = { (const uint8_t *)text, strlen(text) };

	return span;
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: use CHAIN-DIRECTORY NODE-DIRECTORY\n");
		return 2;
	}
	MUST((bitmark_version_number() ^ BITMARK_VERSION_NUMBER) >> 8 == 0);
	use_values();
	use_tables();
	use_machines();
	use_chain(argv[1]);
	use_node(argv[2]);
	puts("all parts work");
	return 0;
}
