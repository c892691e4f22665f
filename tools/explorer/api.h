/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * api - the answers in JSON: a function for each resource below /api/v1.
 */
#ifndef EXPLORER_API_H
#define EXPLORER_API_H

#include "explorer/from.h"
#include "explorer/out.h"
#include "explorer/target.h"

/* Entries of a list, when the client does not say how many, and at most.
 * Source: local bounds. */
#define API_COUNT 100
#define API_COUNT_MAX 1000
#define API_BLOCKS 20
#define API_BLOCKS_MAX 100
#define API_RECORDS_MAX 3000
#define API_BITMARKS_MAX 500

/* One request in progress. */
struct api {
	const struct answer_from *from;
	const struct target *target;
	const char *id;                 /* the segment behind the name, or "" */
	struct out out;                 /* the answer                       */
	const char *error;              /* what is wrong; static            */
};

/* Each gives a status of HTTP; of an error with api->error. */
typedef unsigned (*api_fn)(struct api *api);

unsigned api_status(struct api *api);
unsigned api_blocks(struct api *api);
unsigned api_block(struct api *api);
unsigned api_transaction(struct api *api);
unsigned api_asset(struct api *api);
unsigned api_provenance(struct api *api);
unsigned api_account(struct api *api);
unsigned api_account_shares(struct api *api);
unsigned api_share(struct api *api);
unsigned api_pending(struct api *api);
unsigned api_search(struct api *api);

/* The answer of api_transaction for one that waits for a block. */
unsigned api_waiting_transaction(struct api *api,
    const struct news_item *item);

/* An error, with its text. */
unsigned api_fail(struct api *api, unsigned status, const char *text);

/* The error of a status of the library. */
unsigned api_failed(struct api *api, bitmark_status status);

/* "count", from 1 to ${max}; 0: wrong, and api_fail was called. */
uint64_t api_count(struct api *api, uint64_t preset, uint64_t max);

/* Another number of the query; false: wrong, and api_fail was called. */
bool api_number(struct api *api, const char *name, uint64_t preset,
    uint64_t *value);

/* The id of the path, in stored order, of so many bytes; false: it is none, and
 * api_fail was called. */
bool api_id(struct api *api, uint8_t *id, size_t size);

/* The account of the path; false: likewise. */
bool api_account_of_path(struct api *api, struct bitmark_account *account);

/* KEY: {"id", "name"} of an asset, whose name is null when it is not
 * registered. */
void api_put_asset(struct api *api, const char *key,
    const uint8_t id[BITMARK_ASSET_ID_SIZE]);

/* An account as a text, alone and as a member. */
void api_put_account_value(struct api *api,
    const struct bitmark_account *account);
void api_put_account(struct api *api, const char *key,
    const struct bitmark_account *account);

/* Has the finder come to the newest block, and left nothing out? */
bool api_is_complete(struct api *api);

/* Unix time of a block, by its header; 0: it is not known. */
uint64_t api_block_time(struct api *api, uint64_t number);

/* "next": where the list goes on. */
void api_next(struct api *api, bool more, uint64_t next);

#endif
