/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-peer info, height, hash: for each of them what is asked, and how the
 * answer looks as JSON, alone, and as a row of a table.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer_commands.h"
#include "peer_query.h"
#include "shared/output.h"

#define DIGEST_TEXT_MAX (2 * BITMARK_DIGEST_SIZE + 1)
/* Hex digits kept at each end of a shortened digest. */
#define DIGEST_SHORT 8

/* --- info ----------------------------------------------------------------- */

static bitmark_status
start_info(struct bitmark_client *client, uint64_t number,
    const struct peer_answer *answer)
{
	(void)number;
	(void)answer;
	return bitmark_client_start_info(client);
}

static bitmark_status
take_info(const struct bitmark_client *client, struct peer_answer *answer)
{
	answer->info.struct_size = sizeof answer->info;
	return bitmark_client_get_info(client, &answer->info);
}

static bitmark_status
start_height(struct bitmark_client *client, uint64_t number,
    const struct peer_answer *answer)
{
	(void)number;
	(void)answer;
	return bitmark_client_start_height(client);
}

/* Only the time of this request is of interest, not its answer. */
static bitmark_status
take_time(const struct bitmark_client *client, struct peer_answer *answer)
{
	(void)client;
	answer->measured_us = answer->round_trip_us;
	return BITMARK_OK;
}

static bitmark_status
start_top_digest(struct bitmark_client *client, uint64_t number,
    const struct peer_answer *answer)
{
	(void)number;
	return bitmark_client_start_digest(client, answer->info.height);
}

static bitmark_status
take_digest(const struct bitmark_client *client, struct peer_answer *answer)
{
	bitmark_status status = bitmark_client_get_digest(client,
	    answer->digest);

	answer->has_digest = status == BITMARK_OK;
	return status;
}

/* Three requests: the node itself, how fast it answers, and its newest digest.
 * The second one is what is measured, because the first had to connect. The
 * third may fail: the row is shown without the digest then. */
static const struct peer_request info_requests[PEER_INFO_REQUESTS] = {
	{ start_info, take_info, false, NULL },
	{ start_height, take_time, false, NULL },
	{ start_top_digest, take_digest, true, NULL },
};

static const char *
mode_name(const struct peer_answer *answer)
{
	return answer->info.normal ? "Normal" : "Resynchronise";
}

/* Both ends of a digest are kept: the zeros in front are the same for many
 * digests. */
static void
digest_text(const struct peer_answer *answer, bool wide,
    char text[DIGEST_TEXT_MAX])
{
	char whole[DIGEST_TEXT_MAX];

	bitmark_hex_encode_reversed(answer->digest, BITMARK_DIGEST_SIZE,
	    whole);
	if (!answer->has_digest)
		snprintf(text, DIGEST_TEXT_MAX, "-");
	else if (wide)
		memcpy(text, whole, sizeof whole);
	else
		snprintf(text, DIGEST_TEXT_MAX, "%.*s..%s", DIGEST_SHORT,
		    whole, whole + sizeof whole - 1 - DIGEST_SHORT);
}

/* Programs use the stored order, and people the reversed one, which bitmarkd
 * shows. */
static void
json_add_digest(const struct peer_answer *answer, json_t *object)
{
	if (!answer->has_digest)
		return;
	json_object_set_new(object, "digest",
	    json_hex(answer->digest, BITMARK_DIGEST_SIZE));
	json_object_set_new(object, "digestDisplay",
	    json_hex_reversed(answer->digest, BITMARK_DIGEST_SIZE));
}

static void
info_to_json(const struct peer_answer *answer, json_t *object)
{
	json_t *version = json_string(answer->info.version);
	char *printable;

	/* A version that is not UTF-8 cannot be a string of JSON: its bytes
	 * are escaped as for people. */
	if (version == NULL) {
		printable = printable_text(answer->info.version);
		version = json_string(printable != NULL ? printable : "");
		free(printable);
	}
	json_object_set_new(object, "version", version);
	json_object_set_new(object, "chain", json_string(answer->info.chain));
	json_object_set_new(object, "normal",
	    json_boolean(answer->info.normal));
	json_object_set_new(object, "height",
	    json_number(answer->info.height));
	json_add_digest(answer, object);
	json_object_set_new(object, "roundTripUs",
	    json_integer((json_int_t)answer->measured_us));
}

/* Version and chain are texts of the node, so they are escaped. */
static void
print_info(const struct peer_target *target, const struct peer_answer *answer)
{
	char digest[DIGEST_TEXT_MAX], key[2 * BITMARK_PEER_KEY_SIZE + 1];

	bitmark_hex_encode(target->key, sizeof target->key, key);
	digest_text(answer, true, digest);
	printf("address     %s\npublic key  %s\nversion     ",
	    target->address, key);
	print_text(stdout, answer->info.version,
	    strlen(answer->info.version));
	printf("\nchain       ");
	print_text(stdout, answer->info.chain, strlen(answer->info.chain));
	printf("\nmode        %s\nheight      %" PRIu64 "\n"
	    "top digest  %s\nround trip  %.3f ms\n", mode_name(answer),
	    answer->info.height, digest,
	    (double)answer->measured_us / 1000);
}

/* The columns of print_info_row. */
static void
print_info_head(const struct peer_options *options)
{
	printf("%-10s %-8s %-13s %8s  %-*s  %s\n", "VERSION", "CHAIN",
	    "MODE", "HEIGHT", options->wide ? DIGEST_TEXT_MAX - 1 :
	    2 * DIGEST_SHORT + 2, "TOP DIGEST", "ROUND TRIP");
}

static void
print_info_row(const struct peer_options *options,
    const struct peer_answer *answer)
{
	char digest[DIGEST_TEXT_MAX];
	char *version = printable_text(answer->info.version);

	digest_text(answer, options->wide, digest);
	printf("%-10s ", version != NULL ? version : "");
	free(version);
	/* A node answers only on our chain, so another name is a fault of the
	 * node: "?" stands for it, whatever it is. */
	printf("%-8s ", bitmark_chain_params_find(answer->info.chain) != NULL ?
	    answer->info.chain : "?");
	printf("%-13s %8" PRIu64 "  %-*s  %.3f ms\n", mode_name(answer),
	    answer->info.height, options->wide ? DIGEST_TEXT_MAX - 1 :
	    2 * DIGEST_SHORT + 2, digest,
	    (double)answer->measured_us / 1000);
}

const struct peer_query peer_info_query = { info_requests, PEER_INFO_REQUESTS,
	info_to_json, print_info, print_info_head, print_info_row, 0, true };

/* --- height --------------------------------------------------------------- */

/* A request of its own, whose reply is much smaller than the information. */
static bitmark_status
take_height(const struct bitmark_client *client, struct peer_answer *answer)
{
	return bitmark_client_get_height(client, &answer->info.height);
}

static const struct peer_request height_request = { start_height, take_height,
	false, NULL };

static void
height_to_json(const struct peer_answer *answer, json_t *object)
{
	json_object_set_new(object, "height",
	    json_number(answer->info.height));
}

static void
print_height(const struct peer_target *target, const struct peer_answer *answer)
{
	(void)target;
	printf("%" PRIu64 "\n", answer->info.height);
}

static void
print_height_head(const struct peer_options *options)
{
	(void)options;
	puts("HEIGHT");
}

static void
print_height_row(const struct peer_options *options,
    const struct peer_answer *answer)
{
	(void)options;
	print_height(NULL, answer);
}

/* --- hash ----------------------------------------------------------------- */

static bitmark_status
start_hash(struct bitmark_client *client, uint64_t number,
    const struct peer_answer *answer)
{
	(void)answer;
	return bitmark_client_start_digest(client, number);
}

static const struct peer_request hash_request = { start_hash, take_digest,
	false, NULL };

static void
print_hash(const struct peer_target *target, const struct peer_answer *answer)
{
	char digest[DIGEST_TEXT_MAX];

	(void)target;
	digest_text(answer, true, digest);
	puts(digest);
}

static void
print_hash_head(const struct peer_options *options)
{
	(void)options;
	puts("DIGEST");
}

static void
print_hash_row(const struct peer_options *options,
    const struct peer_answer *answer)
{
	(void)options;
	print_hash(NULL, answer);
}

/* --- the commands --------------------------------------------------------- */

/* The three commands differ in what they ask for and how they print it, which
 * is in their query. */
int
peer_info(void *options, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return peer_run_query(options, &peer_info_query);
}

int
peer_height(void *options, int argc, char **argv)
{
	static const struct peer_query query = { &height_request, 1,
		height_to_json, print_height, print_height_head,
		print_height_row, 0, false };

	(void)argc;
	(void)argv;
	return peer_run_query(options, &query);
}

int
peer_hash(void *options, int argc, char **argv)
{
	struct peer_query query = { &hash_request, 1, json_add_digest,
		print_hash, print_hash_head, print_hash_row, 0, false };

	(void)argc;
	if (!number_from_text(argv[1], &query.number) ||
	    query.number < BITMARK_GENESIS_NUMBER)
		return usage_error("hash takes the number of a block");
	return peer_run_query(options, &query);
}
