/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Records that are not yet in a block: what BITMARK_STRICT refuses and
 * BITMARK_CONSENSUS does not. */
#include "../support/records.h"

#include <string.h>

#define WIDE bitmark_rules_decode()

#define LIVE BITMARK_NETWORK_LIVE
#define TEST BITMARK_NETWORK_TEST

/* The same keys have an account on each network. */
static bitmark_status
check_signed(struct bitmark_record *record,
    const struct bitmark_account *signer, enum bitmark_strictness strictness)
{
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];

	sign_sample(record, TEST, signatures);
	return bitmark_record_check(WIDE, record, signer, strictness);
}

/* Signed anew by test_account(1), the record is fit for a block but otherwise
 * refused with ${status}. */
static void
assert_refused_outside_of_blocks(struct bitmark_record *record,
    bitmark_status status)
{
	struct bitmark_account one = test_account(1, TEST);

	ck_assert_int_eq(check_signed(record, &one, BITMARK_CONSENSUS),
	    BITMARK_OK);
	ck_assert_int_eq(check_signed(record, &one, BITMARK_STRICT), status);
}

/* Where a record keeps its owner and its escrow, to be changed. */
static struct bitmark_account *
owner_of(struct bitmark_record *record)
{
	switch (record->tag) {
	case BITMARK_RECORD_BASE_DATA:
		return &record->base_data.owner;
	case BITMARK_RECORD_ASSET:
		return &record->asset.registrant;
	case BITMARK_RECORD_ISSUE:
		return &record->issue.owner;
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return &record->transfer.owner;
	case BITMARK_RECORD_FOUNDATION:
		return &record->foundation.owner;
	case BITMARK_RECORD_OWNER_TRANSFER:
		return &record->owner_transfer.owner;
	case BITMARK_RECORD_GRANT:
		return &record->grant.recipient;
	case BITMARK_RECORD_SWAP:
		return &record->swap.owner_two;
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_SHARE:
		break;
	}
	return NULL;
}

static struct bitmark_escrow *
escrow_of(struct bitmark_record *record)
{
	return record->tag == BITMARK_RECORD_OWNER_TRANSFER ?
	    &record->owner_transfer.escrow : &record->transfer.escrow;
}

static bool
is_transfer(enum bitmark_record_tag tag)
{
	return tag == BITMARK_RECORD_TRANSFER ||
	    tag == BITMARK_RECORD_COUNTERSIGNED ||
	    tag == BITMARK_RECORD_OWNER_TRANSFER;
}

START_TEST(an_escrow_of_no_currency_is_fit_for_blocks_only)
{
	static const enum bitmark_record_tag tags[] = {
		BITMARK_RECORD_TRANSFER, BITMARK_RECORD_COUNTERSIGNED,
		BITMARK_RECORD_OWNER_TRANSFER,
	};

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		struct bitmark_record r = sample_record(tags[i], TEST);

		escrow_of(&r)->currency = BITMARK_CURRENCY_NOTHING;
		assert_refused_outside_of_blocks(&r, BITMARK_E_CURRENCY);
	}
}
END_TEST

START_TEST(an_absent_escrow_may_have_any_currency)
{
	struct bitmark_account one = test_account(1, TEST);
	struct bitmark_record r = sample_record(BITMARK_RECORD_TRANSFER,
	    TEST);

	r.transfer.escrow = (struct bitmark_escrow){ .present = false };
	ck_assert_int_eq(check_signed(&r, &one, BITMARK_STRICT), BITMARK_OK);
}
END_TEST

START_TEST(base_data_of_no_currency_is_fit_for_blocks_only)
{
	struct bitmark_record r = sample_record(BITMARK_RECORD_BASE_DATA,
	    TEST);

	r.base_data.currency = BITMARK_CURRENCY_NOTHING;
	assert_refused_outside_of_blocks(&r, BITMARK_E_CURRENCY);
}
END_TEST

START_TEST(an_address_that_is_too_long_is_told_before_its_currency)
{
	static const uint8_t text[BITMARK_ADDRESS_CHARACTERS_MAX + 1] = { 0 };
	struct bitmark_account one = test_account(1, TEST);
	struct bitmark_record r = sample_record(BITMARK_RECORD_TRANSFER,
	    TEST);

	r.transfer.escrow.currency = BITMARK_CURRENCY_NOTHING;
	r.transfer.escrow.address =
	    (struct bitmark_span){ text, sizeof text };
	ck_assert_int_eq(check_signed(&r, &one, BITMARK_STRICT),
	    BITMARK_E_ADDRESS_LONG);
}
END_TEST

START_TEST(an_owner_on_the_other_network_is_refused)
{
	struct bitmark_record r = sample_record((enum bitmark_record_tag)_i,
	    TEST);

	owner_of(&r)->network = LIVE;
	assert_refused_outside_of_blocks(&r, BITMARK_E_WRONG_NETWORK_PUBLIC);
}
END_TEST

START_TEST(destroying_names_the_zero_account_of_the_same_network)
{
	struct bitmark_account one = test_account(1, TEST);
	struct bitmark_record r = sample_record(BITMARK_RECORD_TRANSFER,
	    TEST);

	r.transfer.owner = (struct bitmark_account){
		.algorithm = BITMARK_KEY_ED25519, .network = TEST
	};
	ck_assert_int_eq(check_signed(&r, &one, BITMARK_STRICT), BITMARK_OK);
	r.transfer.owner.network = LIVE;
	assert_refused_outside_of_blocks(&r, BITMARK_E_WRONG_NETWORK_PUBLIC);
}
END_TEST

START_TEST(an_unknown_network_is_refused)
{
	struct bitmark_record r = sample_record(BITMARK_RECORD_ISSUE, TEST);
	struct bitmark_account nowhere = test_account(1, TEST);

	nowhere.network = TEST + 1;
	r.issue.owner = nowhere;
	ck_assert_int_eq(check_signed(&r, &nowhere, BITMARK_STRICT),
	    BITMARK_E_WRONG_NETWORK_PUBLIC);
}
END_TEST

START_TEST(a_key_of_unknown_type_is_refused)
{
	struct bitmark_record r = sample_record(BITMARK_RECORD_TRANSFER,
	    TEST);

	r.transfer.owner.algorithm = BITMARK_KEY_ED25519 + 1;
	assert_refused_outside_of_blocks(&r, BITMARK_E_KEY_TYPE);
}
END_TEST

START_TEST(only_the_owner_may_sign)
{
	struct bitmark_record r = sample_record((enum bitmark_record_tag)_i,
	    TEST);

	*owner_of(&r) = test_account(2, TEST);
	assert_refused_outside_of_blocks(&r, BITMARK_E_OWNER);
}
END_TEST

START_TEST(a_transfer_does_not_name_its_signer)
{
	struct bitmark_account one = test_account(1, TEST);
	struct bitmark_record r = sample_record((enum bitmark_record_tag)_i,
	    TEST);

	ck_assert_int_eq(check_signed(&r, &one, BITMARK_STRICT), BITMARK_OK);
}
END_TEST

/* Values that records are put together from, good and bad. */
#define ACCOUNTS 6
#define ADDRESSES 4
#define CURRENCIES (BITMARK_CURRENCY_COUNT + 1)
#define SIGNERS 2
#define CHOICES (ACCOUNTS * ADDRESSES * CURRENCIES * 2 * SIGNERS)

static unsigned
take_choice(unsigned *choice, unsigned count)
{
	unsigned taken = *choice % count;

	*choice /= count;
	return taken;
}

static struct bitmark_account
some_account(unsigned choice)
{
	struct bitmark_account nobody = { .algorithm = BITMARK_KEY_NOTHING,
		.network = TEST, .key = { 1, 2 } };

	switch (choice) {
	case 0:
		return test_account(1, TEST);
	case 1:
		return test_account(2, TEST);
	case 2:
		return test_account(2, LIVE);
	case 3:
		return nobody;
	case 4:
		nobody.algorithm = 17;  /* its variant looks like Ed25519 */
		return nobody;
	default:
		return (struct bitmark_account){
			.algorithm = BITMARK_KEY_ED25519, .network = TEST
		};
	}
}

static struct bitmark_escrow
some_escrow(unsigned *choice)
{
	static const char *const addresses[ADDRESSES] = {
		"", "msxN7C7cRNgbgyUzt3EcvrpmWXc59sZVN4",
		"1KutbWEAYmn7z3c6dWf1sXhyTX5JinNp24", "any text",
	};
	const char *address = addresses[take_choice(choice, ADDRESSES)];

	return (struct bitmark_escrow){
		.present = take_choice(choice, 2) != 0,
		.currency = (enum bitmark_currency)take_choice(choice,
		    CURRENCIES),
		.address = { (const uint8_t *)address, strlen(address) },
		.amount = 1000,
	};
}

static struct bitmark_record
some_record(enum bitmark_record_tag tag, unsigned *choice)
{
	struct bitmark_record r = sample_record(tag, TEST);
	struct bitmark_account owner =
	    some_account(take_choice(choice, ACCOUNTS));
	struct bitmark_escrow escrow = some_escrow(choice);

	if (owner_of(&r) != NULL)
		*owner_of(&r) = owner;
	if (tag == BITMARK_RECORD_BASE_DATA) {
		r.base_data.currency = escrow.currency;
		r.base_data.address = escrow.address;
	} else if (is_transfer(tag)) {
		*escrow_of(&r) = escrow;
	}
	return r;
}

/* The records of half of the choices are signed by another than ${signer}. */
START_TEST(a_record_that_packs_parses_and_packs_to_the_same_bytes)
{
	enum bitmark_record_tag tag = (enum bitmark_record_tag)_i;
	uint8_t packed[BITMARK_RECORD_PACKED_MAX], again[sizeof packed];
	uint8_t signatures[2 * BITMARK_SIGNATURE_SIZE];
	size_t packs = 0, size, again_size, used;

	for (unsigned i = 0; i < CHOICES; i++) {
		unsigned choice = i;
		struct bitmark_record r = some_record(tag, &choice), parsed;
		struct bitmark_account signer = some_account(choice);

		sign_sample(&r, TEST, signatures);
		if (bitmark_record_pack(WIDE, &r, &signer, packed,
		    sizeof packed, &size) != BITMARK_OK)
			continue;
		packs++;
		ck_assert_int_eq(bitmark_record_parse(WIDE, packed, size,
		    TEST, &parsed, &used), BITMARK_OK);
		ck_assert_uint_eq(used, size);
		ck_assert_int_eq(bitmark_record_pack(WIDE, &parsed, &signer,
		    again, sizeof again, &again_size), BITMARK_OK);
		ck_assert_uint_eq(again_size, size);
		ck_assert_mem_eq(again, packed, size);
	}
	ck_assert_uint_gt(packs, 0);
	ck_assert_uint_le(packs, CHOICES / SIGNERS);
}
END_TEST

static void
add_for_each_kind(TCase *tc, const TTest *test, bool transfers)
{
	for (int tag = BITMARK_RECORD_BASE_DATA;
	    tag <= BITMARK_RECORD_OWNER_TRANSFER; tag++)
		if (is_transfer((enum bitmark_record_tag)tag) == transfers)
			tcase_add_loop_test(tc, test, tag, tag + 1);
}

int
main(void)
{
	Suite *suite = suite_create("record_strict");
	TCase *tc = tcase_create("strict");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_escrow_of_no_currency_is_fit_for_blocks_only);
	tcase_add_test(tc, an_absent_escrow_may_have_any_currency);
	tcase_add_test(tc, base_data_of_no_currency_is_fit_for_blocks_only);
	tcase_add_test(tc, an_address_that_is_too_long_is_told_before_its_currency);
	tcase_add_loop_test(tc, an_owner_on_the_other_network_is_refused,
	    BITMARK_RECORD_BASE_DATA, BITMARK_RECORD_OWNER_TRANSFER + 1);
	tcase_add_test(tc,
	    destroying_names_the_zero_account_of_the_same_network);
	tcase_add_test(tc, an_unknown_network_is_refused);
	tcase_add_test(tc, a_key_of_unknown_type_is_refused);
	add_for_each_kind(tc, only_the_owner_may_sign, false);
	add_for_each_kind(tc, a_transfer_does_not_name_its_signer, true);
	tcase_add_loop_test(tc,
	    a_record_that_packs_parses_and_packs_to_the_same_bytes,
	    BITMARK_RECORD_BASE_DATA, BITMARK_RECORD_SWAP + 1);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
