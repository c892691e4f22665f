/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-record proof: search for the client nonce that pays for a bundle of
 * issues with work.
 */
#include <inttypes.h>
#include <string.h>

#include "record_commands.h"
#include "record_tool.h"
#include "shared/progress.h"

#define PAY_NONCE_SIZE 8
/* Values that a byte can have. */
#define BYTE_VALUES 256.0

struct tries {
	struct progress line;
	double expected;                /* on average */
};

/* The number of tries that are needed on average: 1 / (target / 2^256). The
 * target is read from its last byte on, as a fraction in base 256. */
static double
expected_tries(const uint8_t target[BITMARK_TARGET_SIZE])
{
	double share = 0;

	for (size_t i = BITMARK_TARGET_SIZE; i-- > 0;)
		share = (share + target[i]) / BYTE_VALUES;
	return share > 0 ? 1 / share : 0;
}

/* The library calls this up to ten times a second. 0: go on. */
static int
on_progress(void *user, uint64_t count)
{
	struct tries *tries = user;
	char text[PROGRESS_TEXT_MAX];

	if (progress_is_due(&tries->line)) {
		snprintf(text, sizeof text,
		    "%" PRIu64 " tries, about %.0f expected", count,
		    tries->expected);
		progress_draw(&tries->line, text);
	}
	return 0;
}

/* Find what a node would refuse before any work is done: a bundle has different
 * issues of one network, and at most BITMARK_BUNDLE_MAX of them, which also
 * bounds ${packed}. */
static int
check_bundle(const struct record_input *input, enum bitmark_network *network,
    uint8_t pay_id[BITMARK_PAY_ID_SIZE])
{
	struct bitmark_span packed[BITMARK_BUNDLE_MAX];
	bitmark_status status = input->count <= BITMARK_BUNDLE_MAX ?
	    BITMARK_OK : BITMARK_E_TOO_MANY;
	enum bitmark_network other;

	for (size_t i = 0; status == BITMARK_OK && i < input->count; i++) {
		const struct bitmark_record *r = &input->items[i].record;

		packed[i] = input->items[i].packed;
		if (r->tag != BITMARK_RECORD_ISSUE)
			status = BITMARK_E_NOT_ISSUE;
		else if (!record_network(r, i == 0 ? network : &other))
			status = BITMARK_E_OWNER;
		else if (i > 0 && other != *network)
			status = BITMARK_E_WRONG_NETWORK_PUBLIC;
		else if (record_input_find(input, i, input->items[i].id) !=
		    NULL)
			status = BITMARK_E_TX_EXISTS;
	}
	if (status == BITMARK_OK)
		bitmark_pay_id(packed, input->count, pay_id);
	return status == BITMARK_OK ? EXIT_DONE :
	    complain_status("proof", status);
}

/* A node takes the pay id with the nonce behind it; JSON has everything that
 * went into them. */
static int
print_proof(const struct record_options *o,
    const struct bitmark_grind_config *grind,
    const uint8_t nonce[BITMARK_GRIND_NONCE_SIZE], double difficulty)
{
	char pay_id[2 * BITMARK_PAY_ID_SIZE + 1];
	char client[2 * BITMARK_GRIND_NONCE_SIZE + 1];
	char pay_nonce[2 * PAY_NONCE_SIZE + 1];
	char target[2 * BITMARK_TARGET_SIZE + 1];

	bitmark_hex_encode(grind->pay_id, sizeof grind->pay_id, pay_id);
	bitmark_hex_encode(nonce, BITMARK_GRIND_NONCE_SIZE, client);
	bitmark_hex_encode(grind->target, sizeof grind->target, target);
	snprintf(pay_nonce, sizeof pay_nonce, "%016" PRIx64,
	    grind->pay_nonce);
	if (!o->json) {
		printf("%s%s\n", pay_id, client);
		return EXIT_DONE;
	}
	return print_json(json_pack("{s:s, s:s, s:s, s:f, s:s}", "payId",
	    pay_id, "payNonce", pay_nonce, "clientNonce", client,
	    "difficulty", difficulty, "target", target));
}

/* The difficulty follows from the network and the number of issues, in the same
 * way as in a node. */
static int
grind_bundle(const struct record_options *o, const struct record_input *input,
    uint64_t pay_nonce)
{
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];
	struct tries tries;
	struct bitmark_grind_config grind = { .struct_size = sizeof grind,
	    .pay_nonce = pay_nonce,
		.progress = on_progress, .user = &tries };
	enum bitmark_network network;
	bitmark_status status;
	double difficulty;
	int code = check_bundle(input, &network, grind.pay_id);

	if (code == EXIT_DONE && o->chain != NULL &&
	    o->chain->network != network)
		code = complain_status("proof", BITMARK_E_WRONG_NETWORK_PUBLIC);
	if (code != EXIT_DONE)
		return code;
	difficulty = bitmark_issue_difficulty(network, input->count);
	bitmark_target_from_reciprocal(difficulty, grind.target, NULL);
	tries.expected = expected_tries(grind.target);
	progress_begin(&tries.line);
	status = bitmark_grind(&grind, nonce);
	progress_end(&tries.line);
	return status == BITMARK_OK ?
	    print_proof(o, &grind, nonce, difficulty) :
	    complain_status("proof", status);
}

/* Everything is read before the search, which may take minutes. */
int
record_proof(void *options, int argc, char **argv)
{
	const struct record_options *o = options;
	const char *argument = argc > 1 ? argv[1] : "-";
	struct record_input input;
	uint64_t pay_nonce = 0;
	int code;

	code = record_check_stdin(argument, o->block, NULL);
	if (code == EXIT_DONE)
		code = record_pay_nonce(o, &pay_nonce);
	if (code != EXIT_DONE)
		return code;
	code = record_input_load(o, SHAPE_RECORDS, argument, &input);
	if (code == EXIT_DONE)
		code = grind_bundle(o, &input, pay_nonce);
	record_input_free(&input);
	return code;
}
