/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * use - what the parts of the program share that stands for a program of an
 * earlier release.  It is compiled with other headers than the library that it
 * is linked with: see growth.sh.
 */
#ifndef ABI_USE_H
#define ABI_USE_H

#include <bitmarkpeer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that the headers have at the end of each struct and the library does
 * not know; 0: the headers are those of a release. */
#ifndef ABI_LATER
#define ABI_LATER 0
#endif

/* Bytes behind a struct that nobody else may touch. */
#define GUARD 96

#define MUST(condition) \
	must(condition, #condition, __FILE__, __LINE__)
#define MUST_OK(call) \
	must_ok(call, #call, __FILE__, __LINE__)

/*
 * Declare ${variable}, whose member s is a struct bitmark_${name}: all 0 but
 * its struct_size, and members that the library does not know, which are not.
 */
#define SIZED(name, variable) \
	struct { \
		struct bitmark_##name s; \
		unsigned char guard[GUARD]; \
	} variable; \
	sized_init(&variable, sizeof variable.s)

/* A call is refused when ${variable} is smaller than it was at first. */
#define REFUSED(variable, call) \
	do { \
		variable.s.struct_size = sizeof(size_t); \
		MUST((call) == BITMARK_E_ARGUMENT); \
		variable.s.struct_size = sizeof variable.s; \
	} while (0)

/* The library was given ${variable} to read: all of it is as it was that the
 * library does not know. */
#define LEFT_ALONE(variable) \
	sized_check(&variable, sizeof variable.s, 0xff, #variable, \
	    __FILE__, __LINE__)

/* The library has filled ${variable}: what it does not know is 0. */
#define FILLED(variable) \
	sized_check(&variable, sizeof variable.s, 0, #variable, \
	    __FILE__, __LINE__)

void must(bool condition, const char *text, const char *file, int line);
void must_ok(bitmark_status status, const char *text, const char *file,
    int line);
void sized_init(void *all, size_t size);
void sized_check(const void *all, size_t size, unsigned char later,
    const char *name, const char *file, int line);

/* A span of a text, without its NUL. */
struct bitmark_span text_span(const char *text);

/* A packed asset, and an issue of it, signed by a new key. */
struct signed_records {
	uint8_t asset[BITMARK_RECORD_PACKED_MAX];
	size_t asset_size;
	uint8_t issue[BITMARK_RECORD_PACKED_MAX];
	size_t issue_size;
};
void make_records(struct signed_records *made);

/* The base of a block by a new key. */
void make_base(enum bitmark_base_kind kind, struct bitmark_base *base);

/* The parts of the program: each ends the program when something is wrong. */
void use_values(void);
void use_tables(void);
void use_machines(void);
void use_chain(const char *directory);
void use_node(const char *directory);
/* One asset and one issue wait, verified. */
void use_mining(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s);

#endif
