/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Golden data for the tests: JSON files of tests/data, loaded with jansson,
 * and small helpers that fail the running check(1) test when a field is not
 * as it should be.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <bitmarkpeer/base.h>

#include <check.h>
#include <jansson.h>

/* The file tests/data/NAME as JSON; the directory is $BITMARK_TEST_DATA or
 * tests/data below the working directory.  json_decref when done. */
json_t *vectors_load(const char *name);

/* Load the file now, for all tests of this process and for those that check(1)
 * runs in a child of it, which would each parse it again: vectors_load() gives
 * it then.  Called by main, at most VECTORS_KEPT_MAX times; the tests do not
 * change what they get. */
#define VECTORS_KEPT_MAX 4
void vectors_keep(const char *name);

/* The list SECTION of tests/data/vectors.json; loaded once for the process. */
json_t *vectors_section(const char *section);

/* A text field; NULL when it is missing or null. */
const char *field_text(const json_t *object, const char *key);

/* A hex field as bytes, malloc'ed (never NULL); fails when missing. */
uint8_t *field_bytes(const json_t *object, const char *key, size_t *size);

/* A number, written as a number or as decimal text. */
uint64_t field_number(const json_t *object, const char *key);

/* The whole file tests/data/NAME, malloc'ed. */
uint8_t *data_file(const char *name, size_t *size);

/* SIZE bytes are equal to the hex text, with a readable failure. */
void assert_hex(const uint8_t *data, size_t size, const char *hex,
    const char *what);

/* The status has the text that v8.2 gives ("error" of a vector; NULL: none). */
void assert_error(bitmark_status status, const char *text, const char *what);

/* Run one suite and give the exit code. */
int run_suite(Suite *suite);

#endif
