/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Fuzz target: one input as a block of a currency, and as the answers that a
 * follower gets.  Besides memory errors it looks for a payment that cannot be
 * one, and for a follower that never waits.
 */
#include "payment.h"

#include <stdlib.h>
#include <string.h>

#include "payment_json.h"

#define ANSWERS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* A payment_fn. */
static bitmark_status
look(void *user, const struct payment *p)
{
	uint64_t sum = 0;

	demand(p->paid.count > 0 && p->paid.count <= BITMARK_PAID_MAX);
	demand(strlen(p->tx_id) == PAYMENT_HASH_TEXT);
	for (size_t i = 0; i < p->paid.count; i++) {
		demand(strlen(p->paid.output[i].address) <=
		    BITMARK_ADDRESS_TEXT_MAX);
		sum |= p->paid.output[i].amount;
	}
	*(uint64_t *)user |= sum | p->pay_id[0];
	return BITMARK_OK;
}

/* What is taken as a block is a block for the second reading, too. */
static void
fuzz_block(const char *text, size_t size)
{
	struct payment_oddities odd = { 0 };
	struct payment_head head;
	uint64_t sum = 0;
	bitmark_status status = payment_each(text, size,
	    BITMARK_CURRENCY_BITCOIN, look, &sum, &odd);

	if (!payment_head_read(text, size, &head))
		return;
	demand(status == BITMARK_OK);
	demand(strlen(head.hash) == PAYMENT_HASH_TEXT);
}

/* Each line is an answer; its first byte chooses the kind. */
static void
fuzz_follow(const char *text, size_t size)
{
	uint64_t sum = 0;
	const struct payment_follow_config config = {
		.currency = BITMARK_CURRENCY_LITECOIN, .chain = "regtest",
		.confirmations = 3, .look_back_s = 1000, .interval_ms = 100,
		.place = { .hash = "00000000000000000000000000000000"
		    "000000000000000000000000000000aa", .height = size % 7 },
		.each = look, .user = &sum };
	struct payment_follow f;
	char path[PAYMENT_PATH_MAX];

	payment_follow_init(&f, &config);
	for (unsigned i = 0; i < ANSWERS_MAX && size > 0; i++) {
		const char *end = memchr(text, '\n', size);
		const size_t line = end != NULL ? (size_t)(end - text) : size;
		struct payment_answer a = { .now_ms = f.wake_ms,
			.now_s = 1796052429, .status = 200,
			.text = text, .size = line };

		if (line > 0 && text[0] == '!')
			a.status = 404;
		if (line > 0 && text[0] == '?')
			a.failure = "silent";
		demand(payment_follow_next(&f, f.wake_ms, path));
		demand(strlen(path) < sizeof path);
		payment_follow_answer(&f, &a);
		text += end != NULL ? line + 1 : line;
		size -= end != NULL ? line + 1 : line;
	}
}

/* The parsers must not read past the end: the copy has no byte more. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1);

	demand(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	fuzz_block(text, size);
	fuzz_follow(text, size);
	free(text);
	return 0;
}
