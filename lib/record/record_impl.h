/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * record_impl - the layout of each kind of record, for the four files that
 * read and write records: record_parse.c and record_encode.c for bytes,
 * record_from_json.c and record_to_json.c for JSON.
 *
 * All four walk the same table, so that the order in which fields are packed
 * and their names in JSON stand in one place and cannot drift apart.
 */
#ifndef BM_RECORD_IMPL_H
#define BM_RECORD_IMPL_H

#include "record/record.h"

/* How a field is held, packed and written as JSON.  Behind each: the type of
 * the member. */
enum bm_field_kind {
	BM_FIELD_TEXT,          /* struct bitmark_span, counted, not empty  */
	BM_FIELD_NAME,          /* the same; some rules let it be empty     */
	BM_FIELD_METADATA,      /* the same; may be empty                   */
	BM_FIELD_ACCOUNT,       /* struct bitmark_account, counted          */
	BM_FIELD_ASSET_ID,      /* uint8_t[BITMARK_ASSET_ID_SIZE], counted  */
	BM_FIELD_LINK,          /* uint8_t[BITMARK_TX_ID_SIZE], counted     */
	BM_FIELD_NUMBER,        /* uint64_t, a varint; text in JSON         */
	BM_FIELD_ISSUE_NONCE,   /* the same; v8.2 writes a bare number      */
	BM_FIELD_CURRENCY,      /* enum bitmark_currency, a varint          */
	BM_FIELD_ESCROW,        /* struct bitmark_escrow                    */
	BM_FIELD_VERSION,       /* uint64_t, of the payments that follow;
	                           a bare number but in 0.16                */
	BM_FIELD_PAYMENTS,      /* struct bitmark_payments, counted         */
};

struct bm_field {
	const char *name;       /* key in JSON; NULL ends a table           */
	enum bm_field_kind kind;
	size_t offset;          /* of the member, in bytes                  */
};

/* The fields between the tag and the signature, in packed order.  The offsets
 * are those of struct bitmark_record.  Empty for a tag that is not known. */
const struct bm_field *bm_record_fields(enum bitmark_record_tag tag);

/* The fields of an escrow that is present; the offsets are those of struct
 * bitmark_escrow. */
const struct bm_field *bm_escrow_fields(void);

/* The fields of a record whose tag is known, and its signatures, as members of an
 * object that is open. */
void bm_record_put_members(struct bm_json *j,
    const struct bitmark_record *record, enum bitmark_json_style style);

#endif
