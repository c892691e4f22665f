/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Any bytes as the answer of a DNS server.  The properties that must hold are
 * checked; a breach aborts.
 */
#include "net/txt.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	size_t count;
	size_t total;                   /* bytes                */
	uint8_t sum;                    /* all of them are read */
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
hear(void *user, const char *text, size_t size)
{
	struct heard *heard = user;

	require(size <= BM_TXT_TEXT_MAX);
	for (size_t i = 0; i < size; i++)
		heard->sum ^= (uint8_t)text[i];
	heard->count++;
	heard->total += size;
}

/* Only whole answers have records. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bm_txt_answer answer;
	struct heard heard = { 0 };
	bitmark_status status = bm_txt_read((struct bitmark_span){ data, size },
	    hear, &heard, &answer);

	require(heard.count == answer.records &&
	    answer.records <= BM_TXT_RECORDS_MAX);
	require(heard.total <= size);
	require(status == BITMARK_OK || status == BITMARK_E_NOT_FOUND ||
	    status == BITMARK_E_PEER_RESPONSE);
	require(status != BITMARK_OK || answer.records + answer.refused > 0);
	return 0;
}
