/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * phrase_words - the word lists of recovery phrases.
 */
#ifndef BM_PHRASE_WORDS_H
#define BM_PHRASE_WORDS_H

/* Words of each list, and the bits that one of them stands for. */
#define BM_WORDS_COUNT 2048
#define BM_WORD_BITS 11

/* Rows of words, each with a blank behind it. */
#define BM_ENGLISH_ROW 8
extern const char *const bm_words_english[];

/* Rows of words of so many bytes, one behind the other. */
#define BM_CHINESE_ROW 32
#define BM_CHINESE_WORD_SIZE 3
extern const char *const bm_words_chinese_traditional[];
extern const char *const bm_words_chinese_simplified[];

#endif
