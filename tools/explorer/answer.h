/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * answer - what is answered to a request: the page, and the JSON below /api/v1.
 *
 * A function of the request, a snapshot of the store, and what is known of the
 * daemon; it knows no socket.
 */
#ifndef EXPLORER_ANSWER_H
#define EXPLORER_ANSWER_H

#include "explorer/from.h"

/* Longest ETag with its quotes and NUL.  Bytes. */
#define ANSWER_TAG_MAX 96
/* Largest answer: a full block of the shortest records, as JSON.  Bytes.
 * Source: local bound. */
#define ANSWER_MAX ((size_t)64 << 20)

/* Texts are borrowed; NULL: the header was not sent. */
struct answer_request {
	const char *method;
	const char *target;             /* path, and what is behind a "?"   */
	const char *host;
	const char *if_none_match;
};

struct answer {
	unsigned status;
	const char *type;               /* of the content; static           */
	char tag[ANSWER_TAG_MAX];       /* ""; none                         */
	const char *body;
	size_t size;
	char *owned;                    /* the body, when it is to be freed by
	                                   the caller; else NULL            */
};

/* Always gives an answer.  Any thread, with a snapshot of its own. */
void answer_make(const struct answer_from *from,
    const struct answer_request *request, struct answer *answer);

/* The answer of a status that is an error; ${text} static. */
void answer_error(unsigned status, const char *text, struct answer *answer);

#endif
