/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Bundles of issues, and the work that proves them.
 * Source: bitmarkd v8.2 reservoir/issues.go
 */
#include "reservoir/reservoir_impl.h"

#include <stdlib.h>

/* More than an issue that passes its check packs to: tag, asset id, account,
 * nonce, signature and their counts.  Bytes. */
#define ISSUE_PACKED_MAX 192

/* Issues in their canonical encoding, one after the other: the pay id is a hash
 * of all of it, so that the same issues in another encoding are the same
 * bundle. */
struct bundle {
	uint8_t *packed;                /* the scratch of the reservoir      */
	size_t size;
	size_t count;                   /* may pass the limit, the rest not  */
	size_t end[BITMARK_BUNDLE_MAX];
	struct bitmark_span came[BITMARK_BUNDLE_MAX];   /* as they came      */
	enum bm_unit_kind kind;
	bool too_long;                  /* some encoding does not fit: its
	                                   signature is not 64 bytes         */
};

/* Issues beyond the limit are counted and not encoded.  They are still parsed,
 * because the error of a later record that cannot be read comes before "too
 * many". */
static void
encode_issue(struct bundle *b, const struct bitmark_record *record,
    struct bitmark_span came)
{
	size_t size = 0;

	if (b->count++ >= BITMARK_BUNDLE_MAX)
		return;
	if (bitmark_record_encode(record, b->packed + b->size,
	    ISSUE_PACKED_MAX, &size) != BITMARK_OK)
		b->too_long = true;
	else
		b->size += size;
	b->end[b->count - 1] = b->size;
	b->came[b->count - 1] = came;
}

static bitmark_status
read_bundle(struct bitmark_reservoir *r, struct bitmark_span data,
    struct bundle *b)
{
	bool all_zero = true;

	*b = (struct bundle){ 0 };
	b->packed = bm_scratch(r, BITMARK_BUNDLE_MAX * ISSUE_PACKED_MAX);
	if (b->packed == NULL)
		return BITMARK_E_NOMEM;
	for (size_t at = 0, used; at < data.size; at += used) {
		struct bitmark_record record;
		bitmark_status status = bm_parse(r, (struct bitmark_span){
		    data.data + at, data.size - at }, &record, &used);

		if (status != BITMARK_OK)
			return status;
		if (record.tag != BITMARK_RECORD_ISSUE)
			return BITMARK_E_NOT_ISSUE;
		all_zero = all_zero && record.issue.nonce == 0;
		encode_issue(b, &record,
		    (struct bitmark_span){ data.data + at, used });
	}
	b->kind = bm_issues_kind(r->rules, all_zero);
	if (b->count > BITMARK_BUNDLE_MAX)
		return BITMARK_E_TOO_MANY;
	return b->count > 0 ? BITMARK_OK : BITMARK_E_MISSING_PARAMETERS;
}

/*
 * Checks of a bundle that is not known yet.
 */

struct checks {
	struct bitmark_reservoir *r;
	struct bitmark_snapshot *s;
	enum bm_confirmed_members allowed;
	uint8_t id[BITMARK_BUNDLE_MAX][BITMARK_TX_ID_SIZE];
	bool confirmed[BITMARK_BUNDLE_MAX];
	bool seen;                      /* one is in another bundle, or in
	                                   this one twice [D-43]             */
	uint64_t asset_block;           /* of all assets; 0: not in one      */
	bool many_assets;
};

static void
hash_issues(struct checks *c, const struct bundle *b)
{
	for (size_t i = 0, at = 0; i < b->count; at = b->end[i++])
		bitmark_tx_id(b->packed + at, b->end[i] - at, c->id[i]);
}

/* Issues can be paid for only when all of their assets are in one block, whose
 * owner is then paid: its number, or 0. */
static bitmark_status
check_asset(struct checks *c, size_t i, const uint8_t *asset_id)
{
	uint64_t number;
	bitmark_status status = bm_asset_confirmed(c->s, asset_id, &number);

	if (status == BITMARK_OK && number == 0)
		status = bm_asset_check(c->r, c->s, asset_id);
	if (i == 0)
		c->asset_block = number;
	else if (c->asset_block != number)
		c->asset_block = 0;
	return status;
}

/* Is the transaction new?  An error ends the check at once; that an issue waits
 * in another bundle is told last, after the errors of all others. */
static bitmark_status
check_id(struct checks *c, size_t i)
{
	const struct bm_member *known = bm_map_find(&c->r->members, c->id[i]);
	bitmark_status status;

	for (size_t k = 0; k < i; k++)
		if (memcmp(c->id[i], c->id[k], sizeof c->id[i]) == 0)
			c->seen |= !c->r->rules->issue_twice_in_bundle;
	if (known != NULL && !known->confirmed &&
	    known->unit->state == BM_UNIT_PENDING) {
		c->seen = true;
		return BITMARK_OK;
	}
	if (known != NULL)
		return BITMARK_E_TX_EXISTS;
	status = bm_tx_confirmed(c->s, c->id[i], &c->confirmed[i]);
	if (status == BITMARK_OK && c->confirmed[i] &&
	    c->allowed == BM_CONFIRMED_REFUSED)
		status = BITMARK_E_TX_EXISTS;
	return status;
}

/* ${asset} becomes that of the first issue. */
static bitmark_status
check_issue(struct checks *c, size_t i, struct bitmark_span came,
    uint8_t asset[BITMARK_ASSET_ID_SIZE])
{
	struct bitmark_record record;
	size_t used;
	bitmark_status status = bm_parse(c->r, came, &record, &used);

	if (status == BITMARK_OK)
		status = bitmark_record_check(c->r->rules, &record,
		    &record.issue.owner, BITMARK_STRICT);
	if (status == BITMARK_OK)
		status = check_asset(c, i, record.issue.asset_id);
	if (status != BITMARK_OK)
		return status;
	if (i == 0)
		memcpy(asset, record.issue.asset_id, BITMARK_ASSET_ID_SIZE);
	else if (memcmp(asset, record.issue.asset_id,
	    BITMARK_ASSET_ID_SIZE) != 0)
		c->many_assets = true;
	return check_id(c, i);
}

/* Issues that can only be paid for have one asset, and the owner of its block
 * is paid; genesis has none. */
static bitmark_status
check_price(const struct checks *c, enum bm_unit_kind kind)
{
	return kind == BM_KIND_PAID && (c->many_assets ||
	    c->asset_block <= BITMARK_GENESIS_NUMBER) ?
	    BITMARK_E_ASSET_NOT_FOUND : BITMARK_OK;
}

static bitmark_status
check_bundle(struct checks *c, const struct bundle *b)
{
	uint8_t asset[BITMARK_ASSET_ID_SIZE];
	size_t confirmed = 0;

	for (size_t i = 0; i < b->count; i++) {
		bitmark_status status = check_issue(c, i, b->came[i], asset);

		if (status != BITMARK_OK)
			return status;
		confirmed += c->confirmed[i];
	}
	return c->seen || confirmed == b->count ?
	    BITMARK_E_TX_EXISTS : check_price(c, b->kind);
}

/*
 * Storing.
 */

/* The pay nonce and target that a proof is made for.  Of the pay nonces the
 * newest stays valid for the longest time. */
static bitmark_status
describe_proof(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    size_t count, struct bitmark_unit_result *result)
{
	size_t nonces;

	bitmark_target_from_reciprocal(bitmark_issue_difficulty(
	    r->params->network, count), result->target, &result->bits);
	return bitmark_snapshot_pay_nonces(s, &result->pay_nonce, 1, &nonces);
}

/* The part of the answer that is the same for new and known bundles. */
static bitmark_status
describe(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    const struct bundle *b, struct bitmark_unit_result *result)
{
	const struct bitmark_span all = { b->packed, b->size };

	*result = (struct bitmark_unit_result){ 0 };
	bitmark_pay_id(&all, 1, result->pay_id);
	return b->kind == BM_KIND_PAID ? BITMARK_OK :
	    describe_proof(r, s, b->count, result);
}

/* Tells the ids of all issues in the order in which they came; an issue that is
 * there twice is one member of the unit, but is told twice. */
static void
list_issues(const struct checks *c, const struct bundle *b,
    struct bitmark_unit_result *result)
{
	result->count = b->count;
	memcpy(result->tx_id, c->id, b->count * sizeof c->id[0]);
}

static bitmark_status
store_new(struct checks *c, const struct bundle *b, uint64_t now_s,
    struct bitmark_unit_result *result)
{
	struct bitmark_alternatives payments = { 0 };
	struct bm_unit *u;
	bitmark_status status = check_bundle(c, b);

	if (status == BITMARK_OK && c->asset_block != 0 &&
	    b->kind != BM_KIND_FREE)
		status = bm_payments_of_issues(c->r, c->s, c->asset_block,
		    b->count, &payments);
	if (status == BITMARK_OK)
		status = bm_unit_new(c->r, b->packed, b->size, &u);
	if (status != BITMARK_OK)
		return status;
	u->payments = payments;
	for (size_t i = 0; i < u->count; i++) {
		bool confirmed = c->confirmed[u->member[i].record];

		u->member[i].confirmed = confirmed;
		u->waiting -= confirmed;
	}
	return bm_unit_accept(c->r, u, now_s, result);
}

bitmark_status
bm_store_issues(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    uint64_t now_s, struct bitmark_span data,
    enum bm_confirmed_members allowed, struct bitmark_unit_result *result)
{
	struct checks c = { .r = r, .s = s, .allowed = allowed };
	struct bitmark_unit_result res = { .struct_size = sizeof res };
	const struct bm_unit *known;
	struct bundle b;
	bitmark_status status;

	r->now_s = now_s;
	if (!BM_FITS(bitmark_unit_result, result))
		return BITMARK_E_ARGUMENT;
	status = read_bundle(r, data, &b);
	if (status == BITMARK_OK)
		status = describe(r, s, &b, &res);
	if (status != BITMARK_OK)
		return status;
	hash_issues(&c, &b);

	/* The same bytes have been checked before.  The answer is complete, as
	 * the first one may have been lost: v8.2 tells no payments here.  Only
	 * a bundle of which a part is confirmed is refused. */
	known = b.too_long ? NULL : bm_map_find(&r->units, res.pay_id);
	if (known != NULL) {
		if (known->state != BM_UNIT_PENDING ||
		    (known->waiting < known->count &&
		    allowed == BM_CONFIRMED_REFUSED))
			return BITMARK_E_TX_EXISTS;
		bm_unit_result(known, &res);
		res.duplicate = true;
	} else {
		status = store_new(&c, &b, now_s, &res);
	}
	if (status != BITMARK_OK)
		return status;
	list_issues(&c, &b, &res);
	return BM_OUT(bitmark_unit_result, result, &res);
}

bitmark_status
bitmark_reservoir_issues(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot, uint64_t now_s, const uint8_t *data,
    size_t size, struct bitmark_unit_result *result)
{
	return bm_store_issues(r, snapshot, now_s,
	    (struct bitmark_span){ data, size }, BM_CONFIRMED_REFUSED, result);
}

/*
 * Proofs.
 */

/* Does the nonce prove the bundle with one of the newest blocks?  The pay nonce
 * that was told comes from the newest block of that time, and blocks come while
 * the work is done. */
static bitmark_status
try_nonce(struct bitmark_reservoir *r, struct bitmark_snapshot *s,
    const struct bm_unit *u, struct bitmark_span nonce, bool *proved)
{
	uint64_t crc[BITMARK_PAY_NONCE_COUNT];
	uint8_t target[BITMARK_TARGET_SIZE];
	size_t count;
	bitmark_status status = bitmark_snapshot_pay_nonces(s, crc,
	    BITMARK_PAY_NONCE_COUNT, &count);

	*proved = false;
	if (status != BITMARK_OK)
		return status;
	bitmark_target_from_reciprocal(bitmark_issue_difficulty(
	    r->params->network, u->records), target, NULL);
	for (size_t i = 0; i < count && !*proved; i++)
		*proved = bitmark_proof_check(u->pay_id, crc[i], nonce.data,
		    nonce.size, target);
	return BITMARK_OK;
}

/* The nonce is set before the row is written, as the row holds it, and taken
 * back when that fails. */
static bitmark_status
verify_by_proof(struct bitmark_reservoir *r, struct bm_unit *u,
    struct bitmark_span nonce)
{
	bitmark_status status;

	memcpy(u->nonce, nonce.data, nonce.size);
	u->nonce_size = nonce.size;
	status = bm_unit_verify(r, u, BM_BY_PROOF, NULL);
	if (status != BITMARK_OK)
		u->nonce_size = 0;
	return status;
}

bitmark_status
bitmark_reservoir_proof(struct bitmark_reservoir *r,
    struct bitmark_snapshot *snapshot,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE], const uint8_t *nonce,
    size_t nonce_size, enum bitmark_proof_result *result)
{
	const struct bitmark_span span = { nonce, nonce_size };
	struct bm_unit *u = bm_map_find(&r->units, pay_id);
	bitmark_status status = BITMARK_OK;
	bool proved = false;

	*result = BITMARK_PROOF_INVALID;
	if (nonce_size < BITMARK_CLIENT_NONCE_MIN ||
	    nonce_size > BITMARK_CLIENT_NONCE_MAX)
		return BITMARK_E_NONCE;
	if (u == NULL || u->state != BM_UNIT_PENDING ||
	    (r->rules->issues == BITMARK_ISSUES_FREE_OR_PAID &&
	    u->kind != BM_KIND_FREE)) {
		*result = BITMARK_PROOF_NOT_FOUND;
		return BITMARK_OK;
	}
	if (u->tag == BITMARK_RECORD_ISSUE)
		status = try_nonce(r, snapshot, u, span, &proved);
	if (status == BITMARK_OK && proved)
		status = verify_by_proof(r, u, span);
	if (status == BITMARK_OK)
		*result = proved ? BITMARK_PROOF_ACCEPTED :
		    BITMARK_PROOF_INVALID;
	return status;
}
