/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Values and pure functions: keys, records, codecs, addresses.
 */
#include "use.h"

static void
finish(struct bitmark_record *record, const struct bitmark_private_key *key,
    uint8_t packed[BITMARK_RECORD_PACKED_MAX], size_t *size)
{
	/* Bytes behind the record, which the library must not write. */
	struct {
		struct bitmark_record record;
		unsigned char guard[GUARD];
	} back;
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	uint8_t again[BITMARK_RECORD_PACKED_MAX];
	struct bitmark_account signer;
	size_t used;

	bitmark_private_key_account(key, &signer);
	MUST_OK(bitmark_record_sign(record, key, signature));
	MUST_OK(bitmark_record_pack(bitmark_rules_8_2(), record, &signer,
	    packed, BITMARK_RECORD_PACKED_MAX, size));
	memset(&back, 0xa5, sizeof back);
	MUST_OK(bitmark_record_parse(bitmark_rules_8_2(), packed, *size,
	    BITMARK_NETWORK_TEST, &back.record, &used));
	MUST(used == *size && back.record.tag == record->tag);
	for (size_t i = 0; i < GUARD; i++)
		MUST(back.guard[i] == 0xa5);
	MUST_OK(bitmark_record_check(bitmark_rules_8_2(), &back.record, &signer,
	    BITMARK_STRICT));
	MUST_OK(bitmark_record_encode(&back.record, again, sizeof again,
	    &used));
	MUST(used == *size && memcmp(again, packed, used) == 0);
}

/* Text of a record, and the record of that text. */
static void
read_as_json(const uint8_t *packed, size_t size, const char *owner)
{
	struct bitmark_record_owned *owned;
	struct bitmark_record record;
	size_t used, length;
	char *json;

	MUST_OK(bitmark_record_parse(bitmark_rules_8_2(), packed, size,
	    BITMARK_NETWORK_TEST, &record, &used));
	MUST_OK(bitmark_record_to_json(&record, BITMARK_JSON_SAFE, &json,
	    &length));
	MUST(length == strlen(json) && strstr(json, owner) != NULL);
	MUST_OK(bitmark_record_from_json(json, length, &owned));
	MUST(bitmark_record_owned_get(owned)->tag == record.tag);
	MUST(bitmark_account_equal(
	    bitmark_record_owner(bitmark_record_owned_get(owned)),
	    bitmark_record_owner(&record)));
	bitmark_record_owned_free(owned);
	bitmark_free(json);

	SIZED(record_context, context);
	context.s.packed = (struct bitmark_span){ packed, used };
	REFUSED(context, bitmark_record_describe(&record, &context.s, &json,
	    &length));
	MUST_OK(bitmark_record_describe(&record, &context.s, &json, &length));
	LEFT_ALONE(context);
	MUST(length == strlen(json) && strstr(json, owner) != NULL);
	bitmark_free(json);
}

void
make_records(struct signed_records *made)
{
	struct bitmark_record asset = { .tag = BITMARK_RECORD_ASSET };
	struct bitmark_record issue = { .tag = BITMARK_RECORD_ISSUE };
	struct bitmark_private_key key;
	char owner[BITMARK_ACCOUNT_TEXT_MAX];

	bitmark_private_key_generate(BITMARK_NETWORK_TEST, NULL, &key);
	asset.asset.name = text_span("A photograph");
	asset.asset.fingerprint = text_span("0123456789abcdef");
	asset.asset.metadata.data = (const uint8_t *)"year\0" "1979";
	asset.asset.metadata.size = 9;
	bitmark_private_key_account(&key, &asset.asset.registrant);
	finish(&asset, &key, made->asset, &made->asset_size);

	bitmark_asset_id(asset.asset.fingerprint, issue.issue.asset_id);
	bitmark_private_key_account(&key, &issue.issue.owner);
	finish(&issue, &key, made->issue, &made->issue_size);
	bitmark_account_to_text(&issue.issue.owner, owner);
	read_as_json(made->issue, made->issue_size, owner);
	bitmark_private_key_wipe(&key);
}

static void
use_codecs(void)
{
	uint8_t out[BITMARK_VARINT_MAX], id[BITMARK_TX_ID_SIZE];
	char text[2 * sizeof out + 1];
	uint64_t value;
	size_t size = bitmark_varint_encode(UINT64_C(1) << 63, out);

	MUST(bitmark_varint_decode(out, size, &value) == size &&
	    value == UINT64_C(1) << 63);
	bitmark_hex_encode(out, size, text);
	MUST(strlen(text) == 2 * size);
	MUST_OK(bitmark_hex_decode(text, 2 * size, id, sizeof id, &size));
	MUST(strcmp(bitmark_strerror(BITMARK_E_NOT_FOUND), "not found") == 0);
	MUST(bitmark_status_name(BITMARK_E_NOT_FOUND) != NULL);
}

static void
use_addresses(void)
{
	struct bitmark_connection connection;
	struct bitmark_payments payments;
	enum bitmark_currency currency;
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	char text[BITMARK_CONNECTION_TEXT_MAX];
	char litecoin[BITMARK_ADDRESS_TEXT_MAX + 1];
	size_t size;

	MUST_OK(bitmark_connection_from_text("127.0.0.1:2136", 14,
	    &connection));
	MUST(connection.port == 2136 && bitmark_connection_is_v4(&connection));
	bitmark_connection_to_text(&connection, text);
	MUST(strcmp(text, "127.0.0.1:2136") == 0);
	MUST_OK(bitmark_currency_from_text("btc", 3, &currency));
	MUST(currency == BITMARK_CURRENCY_BITCOIN);
	memset(&payments, 0, sizeof payments);
	payments.address[BITMARK_CURRENCY_BITCOIN] =
	    text_span("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn");
	MUST_OK(bitmark_address_litecoin_from_bitcoin(
	    payments.address[BITMARK_CURRENCY_BITCOIN], litecoin));
	payments.address[BITMARK_CURRENCY_LITECOIN] = text_span(litecoin);
	MUST_OK(bitmark_payments_pack(bitmark_rules_8_2(), &payments,
	    BITMARK_NETWORK_TEST, packed, &size));
	memset(&payments, 0, sizeof payments);
	MUST_OK(bitmark_payments_parse(bitmark_rules_8_2(), packed, size,
	    BITMARK_NETWORK_TEST, &payments));
	MUST(payments.address[BITMARK_CURRENCY_LITECOIN].size ==
	    strlen(litecoin));
}

void
use_values(void)
{
	struct signed_records made;
	enum bitmark_submission what;
	size_t records;

	make_records(&made);
	MUST_OK(bitmark_submission_recognise(bitmark_chain_params_find("local"),
	    made.asset, made.asset_size, &what, &records));
	MUST(what == BITMARK_SUBMIT_ASSETS && records == 1);
	use_codecs();
	use_addresses();
}
