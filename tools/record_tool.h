/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The common ground of the commands of bitmark-record: options, and input that
 * has been recognised and parsed.
 */
#ifndef TOOLS_RECORD_TOOL_H
#define TOOLS_RECORD_TOOL_H

#include "record_print.h"
#include "shared/program.h"

/* Kinds of input. */
enum record_shape { SHAPE_ANY, SHAPE_RECORDS, SHAPE_HEADER, SHAPE_BLOCK };

struct record_options {
	int as;                         /* enum record_shape              */
	int network;                    /* enum bitmark_network; NETWORK_ANY:
	                                   both are tried                 */
	int style;                      /* enum bitmark_json_style        */
	int seed_version;               /* enum bitmark_seed_version; 0: what
	                                   words says, or 1               */
	int language;                   /* enum bitmark_language          */
	int words;                      /* of a recovery phrase; 0: as
	                                   bitmark_seed_to_phrase says    */
	const struct bitmark_rules *rules;      /* that are followed;
	                                   bitmark_rules_decode(): any    */
	bool json;
	bool binary;                    /* files are never hex text       */
	bool work;
	bool phrase;                    /* account: tell the secrets      */
	bool countersign;
	const char *signer;             /* text of an account, or NULL    */
	const char *linked;             /* where linked records are       */
	const char *key_file;
	const char *key_variable;       /* name in the environment        */
	const char *output;
	const char *pay_nonce;          /* hex, or NULL                   */
	const char *block;              /* whose pay nonce is meant       */
	const char *store;              /* a directory; likewise          */
	const char *node;               /* KEY@HOST:PORT; likewise        */
	const struct bitmark_chain_params *chain;       /* NULL: not named */
};

struct record_input {
	enum record_shape shape;        /* never SHAPE_ANY                */
	uint8_t *data;
	size_t size;
	struct bitmark_header header;   /* SHAPE_HEADER, SHAPE_BLOCK      */
	enum bitmark_network network;   /* SHAPE_BLOCK                    */
	struct record_item *items;      /* SHAPE_RECORDS, SHAPE_BLOCK     */
	size_t count;
	size_t capacity;
};

/*
 * Read what ${argument} names (see input_read), find out what it is (${as},
 * or SHAPE_ANY) and parse it.  Gives an exit code, having complained.
 * ${input} must be given to record_input_free in every case.
 */
int record_input_load(const struct record_options *options,
    enum record_shape as, const char *argument, struct record_input *input);

void record_input_free(struct record_input *input);

/* The releases by whose rules the options judge, the oldest first.  There are
 * fewer than this. */
#define RECORD_RELEASES_MAX 8
size_t record_releases(const struct record_options *options,
    const struct bitmark_rules *releases[RECORD_RELEASES_MAX]);

/* The names of those that ${accepted} has a bit for, as "8.2 and 0.16". */
#define RECORD_RELEASES_TEXT_MAX 128
void record_releases_text(const struct bitmark_rules *const *releases,
    size_t count, unsigned accepted, char text[RECORD_RELEASES_TEXT_MAX]);
json_t *record_releases_json(const struct bitmark_rules *const *releases,
    size_t count, unsigned accepted);

/* Read JSON or bytes, as they are; ${json} tells which.  Gives an exit code,
 * having complained; free(data). */
int record_text_read(const struct record_options *options,
    const char *argument, uint8_t **data, size_t *size, bool *json);

/* The standard input can be read once: EXIT_USAGE, having complained, when more
 * than one of these arguments name it, else EXIT_DONE.  NULL: not given. */
int record_check_stdin(const char *data, const char *first,
    const char *second);

/* The newest record before item ${before} with this id, or NULL. */
const struct record_item *record_input_find(const struct record_input *input,
    size_t before, const uint8_t id[BITMARK_TX_ID_SIZE]);

/*
 * The account whose signature a linked record demands: --signer, --linked.
 */
struct record_signers {
	bool given;                     /* account is --signer            */
	struct bitmark_account account;
	bool linked;                    /* input is --linked              */
	struct record_input input;
};

/* Gives an exit code, having complained; record_signers_free in any case. */
int record_signers_load(const struct record_options *options,
    struct record_signers *signers);

void record_signers_free(struct record_signers *signers);

/* The account that must have signed ${record}, or NULL when nobody knows.
 * Inside the record or ${signers}. */
const struct bitmark_account *record_signer(
    const struct record_signers *signers, const struct bitmark_record *record);

/*
 * record_pay_nonce(options, nonce):
 * The pay nonce that the options name: itself, or a block, store or node that
 * gives it.  Gives an exit code, having complained.
 */
int record_pay_nonce(const struct record_options *options, uint64_t *nonce);

/* The chain that is meant: the one that is named, else the default. */
const struct bitmark_chain_params *record_chain(
    const struct record_options *options);

/*
 * record_read_key(options, key, seed):
 * Read the private key that the options name.
 *
 *   seed  the seed that it comes from, or "" when that is not known; has
 *         BITMARK_SECRET_TEXT_MAX bytes; may be NULL
 *
 * Gives an exit code, having complained.  The caller wipes key and seed.
 */
int record_read_key(const struct record_options *options,
    struct bitmark_private_key *key, char *seed);

/* The recovery phrase of a seed, as the options want it; gives an exit code,
 * having complained.  The caller wipes it. */
int record_make_phrase(const struct record_options *options, const char *seed,
    char phrase[BITMARK_PHRASE_TEXT_MAX]);

#endif
