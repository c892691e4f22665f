/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * output - text, times and bytes as all programs print them.
 */
#ifndef SHARED_OUTPUT_H
#define SHARED_OUTPUT_H

#include <stdint.h>
#include <stdio.h>

/* "2026-01-02 03:04:05 UTC" with NUL, for any year. */
#define TIME_TEXT_MAX 64

/* The text of a Unix time; that of one beyond the calendar is "time N". */
void time_text(uint64_t seconds, char text[TIME_TEXT_MAX]);

/* A line of hex to stdout. */
void print_hex(const uint8_t *data, size_t size);

/*
 * print_text(out, text, size):
 * Print the text of somebody else for people: UTF-8 as it is, but control
 * characters and bytes that are not UTF-8 as \xNN, so that a terminal obeys
 * none of it.
 */
void print_text(FILE *out, const void *text, size_t size);

/* The same as a string; free().  NULL: no memory. */
char *printable_text(const char *text);

#endif
