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

/* v8.2 does not limit the countersignature of an owner transfer.  One that is
 * too long is then refused as a signature that does not verify. */
static bitmark_status
check_signature_sizes(const struct bitmark_record *record)
{
	bool counter = bitmark_record_is_countersigned(record->tag) &&
	    record->tag != BITMARK_RECORD_OWNER_TRANSFER;

	if (record->signature.size > BITMARK_SIGNATURE_MAX)
		return BITMARK_E_SIGNATURE_LONG;
	if (counter && record->countersignature.size > BITMARK_SIGNATURE_MAX)
		return BITMARK_E_SIGNATURE_LONG;
	return BITMARK_OK;
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

	if (signer == NULL || bitmark_account_is_zero(signer))
		return BITMARK_E_OWNER;
	if (owner != NULL && record->tag != BITMARK_RECORD_TRANSFER &&
	    bitmark_account_is_zero(owner))
		return BITMARK_E_OWNER;
	if (terms->strictness == BITMARK_CONSENSUS)
		return BITMARK_OK;
	return check_accounts(record, owner, signer);
}

/* Metadata is "key NUL value NUL key NUL value": an even number of parts, and
 * none of them empty.  No metadata at all is allowed. */
static bool
is_map(struct bitmark_span metadata)
{
	size_t parts = 1, start = 0;

	if (metadata.size == 0)
		return true;
	for (size_t i = 0; i < metadata.size; i++) {
		if (metadata.data[i] != 0)
			continue;
		if (i == start)
			return false;
		parts++;
		start = i + 1;
	}
	return start != metadata.size && parts % 2 == 0;
}

static bitmark_status
check_asset(const struct bitmark_rules *rules,
    const struct bitmark_asset *asset)
{
	size_t name = bm_utf8_count(asset->name);
	size_t fingerprint = bm_utf8_count(asset->fingerprint);

	if (name == 0 && !rules->asset_name_optional)
		return BITMARK_E_NAME_SHORT;
	if (name > BITMARK_NAME_MAX)
		return BITMARK_E_NAME_LONG;
	if (fingerprint == 0)
		return BITMARK_E_FINGERPRINT_SHORT;
	if (fingerprint > BITMARK_FINGERPRINT_MAX)
		return BITMARK_E_FINGERPRINT_LONG;
	if (bm_utf8_count(asset->metadata) > BITMARK_METADATA_MAX)
		return BITMARK_E_METADATA_LONG;
	if (!is_map(asset->metadata))
		return BITMARK_E_METADATA_MAP;
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

static bitmark_status
check_escrow(const struct terms *terms, const struct bitmark_escrow *escrow)
{
	if (!escrow->present)
		return BITMARK_OK;
	return check_payable(terms, escrow->currency, escrow->address);
}

/* v8.2 also packs the map here.  That cannot fail for a set of currencies that
 * has passed the check, so it is left out. */
static bitmark_status
check_owner_transfer(const struct terms *terms,
    const struct bitmark_owner_transfer *transfer)
{
	bitmark_status status = bitmark_payments_check(terms->rules,
	    transfer->version, &transfer->payments, network_of(terms));

	if (status != BITMARK_OK)
		return status;
	return check_escrow(terms, &transfer->escrow);
}

/* Check the two parties of a grant or swap; the first is the signer. */
static bitmark_status
check_parties(const struct bitmark_account *one,
    const struct bitmark_account *two, const struct bitmark_account *signer)
{
	if (!bitmark_account_equal(one, signer) ||
	    bitmark_account_is_zero(two))
		return BITMARK_E_OWNER;
	if (two->network != signer->network)
		return BITMARK_E_WRONG_NETWORK_PUBLIC;
	return BITMARK_OK;
}

static bitmark_status
check_grant(const struct bitmark_grant *grant,
    const struct bitmark_account *signer)
{
	bitmark_status status = check_parties(&grant->owner,
	    &grant->recipient, signer);

	if (status == BITMARK_OK && grant->quantity == 0)
		return BITMARK_E_SHARE_QUANTITY;
	return status;
}

static bitmark_status
check_swap(const struct bitmark_swap *swap,
    const struct bitmark_account *signer)
{
	bitmark_status status = check_parties(&swap->owner_one,
	    &swap->owner_two, signer);

	if (status != BITMARK_OK)
		return status;
	if (memcmp(swap->share_id_one, swap->share_id_two,
	    BITMARK_TX_ID_SIZE) == 0)
		return BITMARK_E_SHARE_IDS;
	if (swap->quantity_one == 0 || swap->quantity_two == 0)
		return BITMARK_E_SHARE_QUANTITY;
	return BITMARK_OK;
}

/* Check what each kind demands of its own fields. */
static bitmark_status
check_fields(const struct terms *terms, const struct bitmark_record *record)
{
	switch (record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		return check_payable(terms, record->base_data.currency,
		    record->base_data.address);
	case BITMARK_RECORD_ASSET:
		return check_asset(terms->rules, &record->asset);
	case BITMARK_RECORD_ISSUE:
		return BITMARK_OK;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return check_escrow(terms, &record->transfer.escrow);
	case BITMARK_RECORD_FOUNDATION:
		return bitmark_payments_check(terms->rules,
		    record->foundation.version, &record->foundation.payments,
		    network_of(terms));
	case BITMARK_RECORD_OWNER_TRANSFER:
		return check_owner_transfer(terms, &record->owner_transfer);
	case BITMARK_RECORD_SHARE:
		return record->share.quantity == 0 ?
		    BITMARK_E_SHARE_QUANTITY : BITMARK_OK;
	case BITMARK_RECORD_GRANT:
		return check_grant(&record->grant, terms->signer);
	case BITMARK_RECORD_SWAP:
		return check_swap(&record->swap, terms->signer);
	case BITMARK_RECORD_NULL:
		break;
	}
	return BITMARK_E_NOT_RECORD;
}

static bitmark_status
check_limits(const struct terms *terms, const struct bitmark_record *record)
{
	bitmark_status status;

	if (!bm_record_tag_known(record->tag) ||
	    (uint64_t)record->tag > terms->rules->record_tag_max)
		return BITMARK_E_NOT_RECORD;
	status = check_signature_sizes(record);
	if (status == BITMARK_OK)
		status = check_owners(terms, record);
	if (status == BITMARK_OK)
		status = check_fields(terms, record);
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
	bitmark_status status = check_limits(terms, record);

	if (status != BITMARK_OK)
		return status;
	bm_record_write_fields(w, record);
	status = append_signature(w, record->signature, terms->signer,
	    terms->strictness);
	if (status == BITMARK_OK && counter != NULL)
		status = append_signature(w, record->countersignature, counter,
		    terms->strictness);
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
