/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * target - the path and the query of a request, taken apart.
 *
 * Pure; no byte of a stranger is trusted.
 */
#ifndef EXPLORER_TARGET_H
#define EXPLORER_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest target that is looked at.  Bytes.  Source: local bound. */
#define TARGET_MAX 2048
/* Segments between slashes, and values behind the "?".  Source: local bound. */
#define TARGET_PARTS_MAX 8

struct target {
	char room[2 * TARGET_MAX];      /* the parts, decoded, each with NUL */
	size_t used;
	const char *segment[TARGET_PARTS_MAX];
	size_t segments;
	struct target_value {
		const char *name, *value;
	} value[TARGET_PARTS_MAX];
	size_t values;
};

/*
 * target_parse(text, target):
 * Take "/a/b?c=d" apart; %xx and, in the query, "+" are decoded.
 *
 *   target   points into itself: not to be copied
 *
 * false: it does not begin with "/", has more parts than there is room for, a
 * "%" without two digits, or a character of 0.
 */
bool target_parse(const char *text, struct target *target);

/* The segment, or "" when there are not so many. */
const char *target_segment(const struct target *target, size_t index);

/* The value of this name, or NULL. */
const char *target_value(const struct target *target, const char *name);

/* A decimal number: ${preset} when it is not there; false: it is no number. */
bool target_number(const struct target *target, const char *name,
    uint64_t preset, uint64_t *value);

#endif
