/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The distance of two words is the number of letters that have to be inserted,
 * removed or replaced, where two neighbours that changed places count once.
 */
#include "shared/guess.h"

#include <string.h>

/* Longer words are not compared.  Bytes. */
#define WORD_MAX 32
#define LETTERS_PER_MISTAKE 3
/* One mistake for every three letters of a word, and two at most. */
#define MISTAKES_MAX 2

/* The standard library has none. */
static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Fill a table whose element [i][j] is the distance between the first i letters
 * of ${a} and the first j letters of ${b}; each one follows from its neighbours
 * above and to the left. The bound WORD_MAX keeps the table on the stack. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[WORD_MAX + 1][WORD_MAX + 1];
	const size_t m = strlen(a), n = strlen(b);

	if (m > WORD_MAX || n > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= m; i++)
		rows[i][0] = i;
	for (size_t j = 0; j <= n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= m; i++) {
		for (size_t j = 1; j <= n; j++) {
			size_t best = rows[i - 1][j - 1] + (a[i - 1] !=
			    b[j - 1]);

			best = smaller(best, rows[i - 1][j] + 1);
			best = smaller(best, rows[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				best = smaller(best, rows[i - 2][j - 2] + 1);
			rows[i][j] = best;
		}
	}
	return rows[m][n];
}

/* A short word has too many neighbours for two mistakes. */
void
guess_begin(struct guess *guess, const char *word)
{
	*guess = (struct guess){ .word = word, .distance = smaller(
	    strlen(word) / LETTERS_PER_MISTAKE, MISTAKES_MAX) + 1 };
}

/* When several words are equally near, the first one wins: tables begin with
 * what is used most. */
void
guess_offer(struct guess *guess, const char *candidate)
{
	const size_t d = distance(guess->word, candidate);

	if (d >= guess->distance)
		return;
	guess->distance = d;
	guess->best = candidate;
}
