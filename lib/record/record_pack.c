/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Signing records, and judging one record by itself: limits, addresses,
 * signatures.
 *
 * The order of the checks decides which error a peer or a wallet is told, and
 * is that of v8.2.  Checks that only BITMARK_STRICT makes stand right behind
 * those of the same field.
 *
 * Source: bitmarkd v8.2 transactionrecord/pack.go; v0.16.0 for tags 8 to 10
 */
#include "record/record.h"

bitmark_status
bitmark_record_sign(struct bitmark_record *record,
    const struct bitmark_private_key *key,
    uint8_t signature[BITMARK_SIGNATURE_SIZE])
{
	uint8_t message[BITMARK_RECORD_PACKED_MAX];
	size_t size;
	bitmark_status status = bitmark_record_message(record, false, message,
	    sizeof message, &size);

	if (status != BITMARK_OK)
		return status;
	bitmark_private_key_sign(key, (struct bitmark_span){ message, size },
	    signature);
	record->signature = (struct bitmark_span){
		signature, BITMARK_SIGNATURE_SIZE
	};
	return BITMARK_OK;
}

bitmark_status
bitmark_record_countersign(struct bitmark_record *record,
    const struct bitmark_private_key *key,
    uint8_t signature[BITMARK_SIGNATURE_SIZE])
{
	uint8_t message[BITMARK_RECORD_PACKED_MAX];
	size_t size;
	bitmark_status status = bitmark_record_message(record, true, message,
	    sizeof message, &size);

	/* The two mistakes of a caller are told before a record that is too
	 * long: without a signature its length means nothing. */
	if (status == BITMARK_E_ARGUMENT)
		return status;
	if (record->signature.size == 0)
		return BITMARK_E_STATE;
	if (status != BITMARK_OK)
		return status;
	bitmark_private_key_sign(key, (struct bitmark_span){ message, size },
	    signature);
	record->countersignature = (struct bitmark_span){
		signature, BITMARK_SIGNATURE_SIZE
	};
	return BITMARK_OK;
}

/* The terms by which a record is judged. */
struct terms {
	const struct bitmark_rules *rules;
	const struct bitmark_account *signer;   /* not NULL, once the owners
	                                           have been checked */
	enum bitmark_strictness strictness;
};

/* A record does not say its network: that of its signer counts, as in v8.2. */
static enum bitmark_network
network_of(const struct terms *terms)
{
	return (enum bitmark_network)terms->signer->network;
}

/* In these kinds the record itself names the account that must sign.  Grants
 * and swaps do so as well; check_parties demands it of them, also in blocks. */
static bool
is_signed_by_owner(enum bitmark_record_tag tag)
{
	return tag == BITMARK_RECORD_BASE_DATA || tag == BITMARK_RECORD_ASSET ||
	    tag == BITMARK_RECORD_ISSUE || tag == BITMARK_RECORD_FOUNDATION;
}

/* Is the packed form of ${account} read as the same account on the signer's
 * network?  A caller may fill the struct with any numbers. */
static bitmark_status
check_account(const struct bitmark_account *account,
    const struct bitmark_account *signer)
{
	if (account->algorithm > BITMARK_KEY_ED25519)
		return BITMARK_E_KEY_TYPE;
	if (account->network > BITMARK_NETWORK_TEST ||
	    account->network != signer->network)
		return BITMARK_E_WRONG_NETWORK_PUBLIC;
	return BITMARK_OK;
}

/*
 * Checks that v8.2 makes elsewhere: when it reads a record, and when it chooses
 * the signer.  A record that a program has filled in went through neither.  The
 * second party of a grant or swap is checked in check_parties.
 */
static bitmark_status
check_accounts(const struct bitmark_record *record,
    const struct bitmark_account *owner, const struct bitmark_account *signer)
{
	bitmark_status status = check_account(signer, signer);

	if (status == BITMARK_OK && owner != NULL)
		status = check_account(owner, signer);
	if (status == BITMARK_OK && is_signed_by_owner(record->tag) &&
	    !bitmark_account_equal(owner, signer))
		return BITMARK_E_OWNER;
	return status;
}

/* Check the two parties of a grant or swap; the first is the signer. */
static bitmark_status
check_parties(const struct bitmark_account *one,
    const struct bitmark_account *two, const struct bitmark_account *signer)
{
	if (!bitmark_account_equal(one, signer))
		return BITMARK_E_OWNER;
	if (two->network != signer->network)
		return BITMARK_E_WRONG_NETWORK_PUBLIC;
	return BITMARK_OK;
}

/*
 * The zero account can neither sign nor own.  The one exception is the new
 * owner of an unratified transfer: a bitmark is destroyed by giving it to an
 * account that can never pass it on.
 */
static bitmark_status
check_owners(const struct terms *terms, const struct bitmark_record *record)
{
	const struct bitmark_account *owner = bitmark_record_owner(record);
	const struct bitmark_account *signer = terms->signer;
	bitmark_status status;

	if (signer == NULL || bitmark_account_is_zero(signer))
		return BITMARK_E_OWNER;
	status = bm_record_check_owners(record);
	if (status == BITMARK_OK && terms->strictness == BITMARK_STRICT)
		status = check_accounts(record, owner, signer);
	if (status != BITMARK_OK)
		return status;
	if (record->tag == BITMARK_RECORD_GRANT)
		return check_parties(&record->grant.owner,
		    &record->grant.recipient, signer);
	if (record->tag == BITMARK_RECORD_SWAP)
		return check_parties(&record->swap.owner_one,
		    &record->swap.owner_two, signer);
	return BITMARK_OK;
}

/* An amount of the currency "Nothing" makes v8.2 panic when it computes the
 * payments.  Blocks may hold one, but it can never be paid [D-09]. */
static bitmark_status
check_payable(const struct terms *terms, enum bitmark_currency currency,
    struct bitmark_span address)
{
	bitmark_status status = bitmark_address_check(terms->rules, currency,
	    address, network_of(terms));

	if (status == BITMARK_OK && terms->strictness == BITMARK_STRICT &&
	    currency == BITMARK_CURRENCY_NOTHING)
		return BITMARK_E_CURRENCY;
	return status;
}

/* Check the addresses outside of a map of payments.  v8.2 also packs the map of
 * an owner transfer, which cannot fail for one that has passed its check. */
static bitmark_status
check_addresses(const struct terms *terms, const struct bitmark_record *record)
{
	const struct bitmark_escrow *escrow = bitmark_record_escrow(record);

	if (record->tag == BITMARK_RECORD_BASE_DATA)
		return check_payable(terms, record->base_data.currency,
		    record->base_data.address);
	return escrow == NULL ? BITMARK_OK :
	    check_payable(terms, escrow->currency, escrow->address);
}

static bitmark_status
check_limits(const struct terms *terms, const struct bitmark_record *record)
{
	bitmark_status status;

	if (!bm_record_tag_known(record->tag) ||
	    (uint64_t)record->tag > terms->rules->record_tag_max)
		return BITMARK_E_NOT_RECORD;
	status = bm_record_check_sizes(terms->rules, record);
	if (status == BITMARK_OK)
		status = check_owners(terms, record);
	if (status == BITMARK_OK)
		status = bm_record_check_fields(terms->rules, record,
		    network_of(terms));
	if (status == BITMARK_OK)
		status = check_addresses(terms, record);
	return status;
}

/* Append ${signature} to ${w} if it is the signature of ${account} over all
 * that ${w} holds so far. */
static bitmark_status
append_signature(struct bm_writer *w, struct bitmark_span signature,
    const struct bitmark_account *account, enum bitmark_strictness strictness)
{
	bitmark_status status;

	if (!bm_writer_ok(w))
		return BITMARK_E_SPACE;
	status = bitmark_account_verify(account,
	    (struct bitmark_span){ w->data, w->size }, signature, strictness);
	if (status == BITMARK_OK)
		bm_write_counted(w, signature.data, signature.size);
	return status;
}

/*
 * Judge the record.  ${w} then holds its canonical encoding: both signed
 * messages are prefixes of it, so that writing it once serves for both
 * signatures and for the caller.
 */
static bitmark_status
judge(const struct terms *terms, const struct bitmark_record *record,
    struct bm_writer *w)
{
	const struct bitmark_account *counter = bm_record_countersigner(record);
	enum bitmark_strictness strictness = terms->rules->signature_below_l ?
	    BITMARK_STRICT : terms->strictness;
	bitmark_status status = check_limits(terms, record);

	if (status != BITMARK_OK)
		return status;
	bm_record_write_fields(w, record);
	status = append_signature(w, record->signature, terms->signer,
	    strictness);
	if (status == BITMARK_OK && counter != NULL)
		status = append_signature(w, record->countersignature, counter,
		    strictness);
	if (status == BITMARK_OK && !bm_writer_ok(w))
		return BITMARK_E_SPACE;
	return status;
}

bitmark_status
bitmark_record_check(const struct bitmark_rules *rules,
    const struct bitmark_record *record, const struct bitmark_account *signer,
    enum bitmark_strictness strictness)
{
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	struct bm_writer w = bm_writer(packed, sizeof packed);
	struct terms terms = { rules, signer, strictness };

	return judge(&terms, record, &w);
}

bitmark_status
bitmark_record_pack(const struct bitmark_rules *rules,
    const struct bitmark_record *record, const struct bitmark_account *signer,
    uint8_t *out, size_t capacity, size_t *size)
{
	/* A buffer of its own, so that ${out} is unchanged after an error, and
	 * a ${capacity} of 0 can be used to check a record. */
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	struct bm_writer w = bm_writer(packed, sizeof packed);
	struct terms terms = { rules, signer, BITMARK_STRICT };
	bitmark_status status = judge(&terms, record, &w);

	if (status != BITMARK_OK)
		return status;
	if (w.size > capacity)
		return BITMARK_E_SPACE;
	memcpy(out, packed, w.size);
	*size = w.size;
	return BITMARK_OK;
}
