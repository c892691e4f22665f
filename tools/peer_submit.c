/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer submit: hand packed records to nodes, as their neighbours do.
 *
 * The protocol acknowledges that a message came, not that it was accepted: a
 * node checks records later, and a node that catches up drops them.  The output
 * says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "peer_commands.h"
#include "shared/input.h"
#include "shared/json.h"
#include "shared/payment_uri.h"

/* The data that is submitted, and its kind. */
struct submission {
	enum bitmark_submission what;
	size_t records;                 /* 0: a proof */
	uint8_t *data;
	size_t size;
};

/* A message carries records of one kind and says which one. */
static int
recognise(const struct bitmark_chain_params *chain, struct submission *s)
{
	switch (bitmark_submission_recognise(chain, s->data, s->size, &s->what,
	    &s->records)) {
	case BITMARK_OK:
		return EXIT_DONE;
	case BITMARK_E_ITEM:
		complain("submit: %zu records cannot be sent as one: assets "
		    "together, issues together, each transfer alone",
		    s->records);
		return EXIT_BAD_DATA;
	default:
		complain("submit: no block, records or proof of chain %s",
		    chain->name);
		return EXIT_BAD_DATA;
	}
}

/* A node of 8.2 replies "received" to a record of 0.16 and then drops it. A
 * person who names the rules of the network is told so before anything is sent.
 */
static int
check_rules(const struct bitmark_rules *rules,
    const struct bitmark_chain_params *chain, const struct submission *s)
{
	bitmark_status status = BITMARK_OK;
	struct bitmark_block_walk walk;
	struct bitmark_record record;
	size_t used;

	if (s->what == BITMARK_SUBMIT_BLOCK) {
		status = bitmark_block_walk_start(&walk, rules, s->data,
		    s->size, chain->network);
		while (status == BITMARK_OK &&
		    walk.index < walk.header.count)
			status = bitmark_block_walk_next(&walk);
	} else if (s->what != BITMARK_SUBMIT_PROOF)
		for (size_t i = 0; status == BITMARK_OK && i < s->size;
		    i += used)
			status = bitmark_record_parse(rules, s->data + i,
			    s->size - i, chain->network, &record, &used);
	if (status == BITMARK_OK)
		return EXIT_DONE;
	complain("submit: %s, by the rules of %s", bitmark_strerror(status),
	    rules->name);
	return EXIT_BAD_DATA;
}

/* Read --proof PAYID NONCE, both in hex. */
static int
read_proof(char **argv, struct submission *s)
{
	size_t pay_id, nonce;
	bitmark_status status;

	s->what = BITMARK_SUBMIT_PROOF;
	s->data = malloc(BITMARK_PAY_ID_SIZE + BITMARK_CLIENT_NONCE_MAX);
	if (s->data == NULL)
		return complain_status("submit", BITMARK_E_NOMEM);
	status = bitmark_hex_decode(argv[1], strlen(argv[1]), s->data,
	    BITMARK_PAY_ID_SIZE, &pay_id);
	if (status != BITMARK_OK || pay_id != BITMARK_PAY_ID_SIZE) {
		complain("--proof: a pay id has %d hex digits",
		    2 * BITMARK_PAY_ID_SIZE);
		return EXIT_BAD_DATA;
	}
	status = bitmark_hex_decode(argv[2], strlen(argv[2]),
	    s->data + BITMARK_PAY_ID_SIZE, BITMARK_CLIENT_NONCE_MAX, &nonce);
	if (status != BITMARK_OK || nonce < BITMARK_CLIENT_NONCE_MIN) {
		complain("--proof: a nonce has %d to %d hex digits",
		    2 * BITMARK_CLIENT_NONCE_MIN,
		    2 * BITMARK_CLIENT_NONCE_MAX);
		return EXIT_BAD_DATA;
	}
	s->size = BITMARK_PAY_ID_SIZE + nonce;
	return EXIT_DONE;
}

/* A proof is two arguments; everything else is one piece of data. */
static int
read_submission(const struct peer_options *o,
    const struct bitmark_chain_params *chain, int argc, char **argv,
    struct submission *s)
{
	int code;

	if (o->proof)
		return read_proof(argv, s);
	code = input_read(argc > 1 ? argv[1] : "-",
	    o->raw ? INPUT_BYTES : INPUT_ANY, BITMARK_BLOCK_MAX, &s->data,
	    &s->size);
	if (code != EXIT_DONE)
		return code;
	if (s->size == 0)
		return complain_status("submit", BITMARK_E_BUFFER);
	code = recognise(chain, s);
	return code == EXIT_DONE && o->rules != bitmark_rules_decode() ?
	    check_rules(o->rules, chain, s) : code;
}

/* A transfer, and issues together, wait for a payment that names them. To whom it
 * goes depends on blocks that the protocol does not give by transaction, so the
 * price is told by nodes alone. False: nothing is paid. */
static bool
find_script(const struct submission *s, char script[PAYMENT_SCRIPT_TEXT])
{
	const struct bitmark_span packed = { s->data, s->size };
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];

	if (s->what != BITMARK_SUBMIT_ISSUES &&
	    s->what != BITMARK_SUBMIT_TRANSFER)
		return false;
	bitmark_pay_id(&packed, 1, pay_id);
	(void)payment_script(pay_id, script);
	return true;
}

/* The pay id is in the script, behind four digits. */
static int
print_received(const struct peer_target *target, const struct submission *s,
    const char *script)
{
	json_t *reply = json_pack("{s:s, s:s, s:I, s:I, s:b, s:n}", "node",
	    target->name, "submitted", bitmark_submission_name(s->what),
	    "records", (json_int_t)s->records, "bytes", (json_int_t)s->size,
	    "received", 1, "accepted");

	if (script != NULL) {
		json_object_set_new(reply, "pay_id", json_string(script + 4));
		json_object_set_new(reply, "pay_script", json_string(script));
	}
	return print_json(reply);
}

/* "received" is all that the protocol tells; a node never says what became of
 * the data. */
static int
submit_to(const struct peer_options *o, const struct peer_target *target,
    const struct submission *s)
{
	char script[PAYMENT_SCRIPT_TEXT];
	const bool is_paid = find_script(s, script);
	bitmark_status status = bitmark_client_submit(target->client, s->what,
	    s->data, s->size);

	if (status != BITMARK_OK)
		return peer_failed(target, status);
	if (o->json)
		return print_received(target, s, is_paid ? script : NULL);
	printf("%s: %s of %zu bytes received; received is not accepted: a "
	    "node does not tell that\n", target->name,
	    bitmark_submission_name(s->what), s->size);
	if (is_paid)
		printf("%s: pay id %s: what is to be paid, with a URI, is told "
		    "by 'bitmarkd-c reservoir' of a node\n", target->name,
		    script + 4);
	return EXIT_DONE;
}

/* A node that is catching up drops what it is sent. If it cannot be asked for
 * its mode, the submission itself will report the failure. */
static void
warn_of_mode(const struct peer_target *target)
{
	struct bitmark_info info = { .struct_size = sizeof info };

	if (bitmark_client_info(target->client, &info) == BITMARK_OK &&
	    !info.normal)
		complain("%s: its mode is not Normal, so it drops what it is "
		    "sent: submit again when 'info' says Normal",
		    target->name);
}

/* Each node gets the data, even after one has failed. Returns the code of the
 * last failure. */
static int
submit_to_all(const struct peer_options *o,
    const struct peer_targets *targets, const struct submission *s)
{
	int code = EXIT_DONE, failed;

	for (size_t i = 0; i < targets->count; i++) {
		warn_of_mode(&targets->list[i]);
		failed = submit_to(o, &targets->list[i], s);
		if (failed != EXIT_DONE)
			code = failed;
	}
	return code;
}

/* The nodes are found first, because their chain tells how to read the data. */
int
peer_submit(void *options, int argc, char **argv)
{
	const struct peer_options *o = options;
	struct submission s = { .data = NULL };
	struct peer_targets targets;
	int code;

	if (o->proof ? argc != 3 : argc > 2)
		return usage_error("submit takes one DATA, or with --proof "
		    "PAYID and NONCE");
	code = peer_targets_open(o, &targets);
	if (code == EXIT_DONE)
		code = read_submission(o, targets.chain, argc, argv, &s);
	if (code == EXIT_DONE)
		code = submit_to_all(o, &targets, &s);
	free(s.data);
	peer_targets_close(&targets);
	return code;
}
