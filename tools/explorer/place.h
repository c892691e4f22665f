/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * place - where a record stands that the finder gives.
 */
#ifndef EXPLORER_PLACE_H
#define EXPLORER_PLACE_H

#include <stddef.h>
#include <stdint.h>

/* A record that was found. */
struct finder_place {
	uint64_t ordinal;               /* of all names, or all issues: grows
	                                   with time                        */
	uint64_t number;                /* of its block                     */
	size_t offset;                  /* in the block                     */
};

/* The results of a search, and how far it came. */
struct finder_places {
	struct finder_place *places;    /* the newest first                 */
	size_t capacity, count;
	uint64_t rest;                  /* names below this ordinal were not
	                                   looked at                        */
};

#endif
