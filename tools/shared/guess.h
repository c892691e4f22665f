/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * guess - the word that was probably meant by one that was mistyped.
 */
#ifndef SHARED_GUESS_H
#define SHARED_GUESS_H

#include <stddef.h>

struct guess {
	const char *word;               /* as typed; borrowed             */
	const char *best;               /* NULL: nothing is near; borrowed*/
	size_t distance;                /* of the best one                */
};

void guess_begin(struct guess *guess, const char *word);

/* A word that would be right. */
void guess_offer(struct guess *guess, const char *candidate);

/* Three texts for "%s%s%s" behind a message: ": did you mean ", the word, "?". */
#define GUESS_WORDS(g) \
	(g).best != NULL ? ": did you mean '" : "", \
	(g).best != NULL ? (g).best : "", (g).best != NULL ? "'?" : ""

#endif
