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
/* Mistakes in a word of so many letters: one for every three, two at most. */
#define LETTERS_PER_MISTAKE 3
#define MISTAKES_MAX 2

/* The standard library has none. */
static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Row i of the table tells how far the first i letters of ${a} are from the
 * beginnings of ${b}. */
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

/* The first of several that are equally near is kept: tables begin with what
 * is used most. */
void
guess_offer(struct guess *guess, const char *candidate)
{
	const size_t d = distance(guess->word, candidate);

	if (d >= guess->distance)
		return;
	guess->distance = d;
	guess->best = candidate;
}
