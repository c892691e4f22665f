/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks of a currency as JSON. The text is read twice, once as a whole to see
 * that it is a complete block and how deep it is, and once for its payments. So
 * no payment is taken from half a block, and no list of payments is kept in
 * memory.
 */
#include "payment.h"

#include <string.h>

#include "payment_json.h"

/* The script of a pay id in hex: OP_RETURN, a push of 48 bytes, and the pay id.
 */
#define SCRIPT_HEAD "6a30"
#define SCRIPT_HEX_SIZE (2 * (2 + BITMARK_PAY_ID_SIZE))
/* Digits behind the point of an amount. */
#define DECIMALS 8

static bool
is_hex(struct bitmark_span span)
{
	for (size_t i = 0; i < span.size; i++)
		if (span.data[i] == '\0' ||
		    strchr("0123456789abcdefABCDEF", span.data[i]) == NULL)
			return false;
	return true;
}

/* Take a hash in lower case, so that two of them can be compared. Any other
 * text gives "". */
static void
take_hash(struct payment_json *j, char out[PAYMENT_HASH_TEXT + 1])
{
	struct bitmark_span span;

	out[0] = '\0';
	payment_json_string(j, &span);
	if (span.size != PAYMENT_HASH_TEXT || !is_hex(span))
		return;
	for (size_t i = 0; i < span.size; i++)
		out[i] = (char)(span.data[i] >= 'A' && span.data[i] <= 'F' ?
		    span.data[i] - 'A' + 'a' : span.data[i]);
	out[span.size] = '\0';
}

/* Take an integer of up to 18 digits, which cannot overflow an int64_t. */
static bool
take_integer(struct payment_json *j, int64_t *out)
{
	struct bitmark_span span;
	size_t at;

	payment_json_number(j, &span);
	at = span.size > 0 && span.data[0] == '-';
	if (span.size == at || span.size > 18)
		return false;
	*out = 0;
	for (size_t i = at; i < span.size; i++) {
		if (span.data[i] < '0' || span.data[i] > '9')
			return false;
		*out = 10 * *out + (span.data[i] - '0');
	}
	if (at == 1)
		*out = -*out;
	return true;
}

/* --- the head ------------------------------------------------------------- */

/* Members that a block must have; those found so far. */
enum { HAS_HEIGHT = 1, HAS_TIME = 2, HAS_DEPTH = 4, HAS_TX = 8, HAS_ALL = 15 };

/* Take one member of the block; returns its bit when it is one that a block
 * must have. */
static unsigned
take_head_member(struct payment_json *j, struct bitmark_span name,
    struct payment_head *head)
{
	const bool is_height = payment_json_is(name, "height");
	int64_t number = -1;

	if (payment_json_is(name, "hash"))
		take_hash(j, head->hash);
	else if (payment_json_is(name, "previousblockhash"))
		take_hash(j, head->previous);
	else if (payment_json_is(name, "nextblockhash"))
		take_hash(j, head->next);
	else if (payment_json_is(name, "confirmations"))
		return take_integer(j, &head->confirmations) ? HAS_DEPTH : 0;
	else if (is_height || payment_json_is(name, "time")) {
		if (!take_integer(j, &number) || number < 0)
			return 0;
		*(is_height ? &head->height : &head->time_s) =
		    (uint64_t)number;
		return is_height ? HAS_HEIGHT : HAS_TIME;
	} else {
		const bool is_list = payment_json_peek(j) == '[';

		payment_json_skip(j);
		return is_list && payment_json_is(name, "tx") ? HAS_TX : 0;
	}
	return 0;
}

bool
payment_head_read(const char *text, size_t size, struct payment_head *head)
{
	struct payment_json j;
	struct bitmark_span name;
	unsigned found = 0;

	*head = (struct payment_head){ .height = 0 };
	payment_json_begin(&j, text, size);
	if (payment_json_enter(&j, '{'))
		while (payment_json_member(&j, &name))
			found |= take_head_member(&j, name, head);
	return payment_json_ends(&j) && found == HAS_ALL &&
	    head->hash[0] != '\0';
}

/* --- transactions --------------------------------------------------------- */

/* A transaction while it is read. ${output} has one entry for each address,
 * with the sum of its amounts. */
struct reading {
	char tx_id[PAYMENT_HASH_TEXT + 1];
	uint8_t pay_id[BITMARK_PAY_ID_SIZE];
	bool has_pay_id, has_many, has_overflow;
	size_t count;
	struct bitmark_payment output[BITMARK_PAID_MAX];
};

/* One output of a transaction; the spans point into the text. */
struct output {
	struct bitmark_span value, hex, address;
};

/* The digits of a number of coins, as a number of its smallest units. It is
 * computed without a double, which could not hold all amounts exactly. Signs,
 * exponents and more than eight digits behind the point are refused: the
 * daemons never write them. */
static bool
amount_of(struct bitmark_span value, uint64_t *amount)
{
	size_t decimals = 0;
	bool has_point = false;

	*amount = 0;
	for (size_t i = 0; i < value.size; i++) {
		const uint8_t c = value.data[i];

		if (c == '.' && !has_point) {
			has_point = true;
			continue;
		}
		if (c < '0' || c > '9' || decimals == DECIMALS ||
		    *amount > (UINT64_MAX - (uint64_t)(c - '0')) / 10)
			return false;
		*amount = 10 * *amount + (uint64_t)(c - '0');
		decimals += has_point;
	}
	for (; decimals < DECIMALS; decimals++) {
		if (*amount > UINT64_MAX / 10)
			return false;
		*amount *= 10;
	}
	return value.size > 0;
}

/* Add an amount to its address. The code does not know which addresses are
 * wanted, so the order of the outputs must not matter: a transaction that pays
 * more than BITMARK_PAID_MAX addresses is left out as a whole. */
static void
add_amount(struct reading *r, struct bitmark_span address, uint64_t amount)
{
	struct bitmark_payment *p = r->output;

	while (p < r->output + r->count && (strlen(p->address) !=
	    address.size || memcmp(p->address, address.data, address.size) !=
	    0))
		p++;
	if (p == r->output + r->count) {
		r->has_many |= r->count == BITMARK_PAID_MAX;
		if (r->has_many)
			return;
		*p = (struct bitmark_payment){ .amount = 0 };
		memcpy(p->address, address.data, address.size);
		r->count++;
	}
	if (p->amount > UINT64_MAX - amount)
		r->has_overflow = true;
	else
		p->amount += amount;
}

/* An address that is longer than those of Bitmark's records cannot be wanted,
 * so it is ignored; so is one with an escape in it. */
static void
take_output(struct reading *r, const struct output *o)
{
	const size_t head = strlen(SCRIPT_HEAD);
	uint64_t amount;
	size_t size;

	if (o->hex.size == SCRIPT_HEX_SIZE && is_hex(o->hex) &&
	    (memcmp(o->hex.data, "6a30", head) == 0 ||
	    memcmp(o->hex.data, "6A30", head) == 0))
		r->has_pay_id |= bitmark_hex_decode(
		    (const char *)o->hex.data + head, o->hex.size - head,
		    r->pay_id, sizeof r->pay_id, &size) == BITMARK_OK;
	if (o->address.size > 0 &&
	    o->address.size <= BITMARK_ADDRESS_TEXT_MAX &&
	    memchr(o->address.data, '\\', o->address.size) == NULL &&
	    amount_of(o->value, &amount))
		add_amount(r, o->address, amount);
}

/* An old-style list of addresses. With more than one address, as in a script
 * for several signatures, nobody is paid alone. */
static void
read_addresses(struct payment_json *j, struct bitmark_span *address)
{
	struct bitmark_span one = { NULL, 0 };
	size_t count = 0;

	if (!payment_json_enter(j, '['))
		return;
	for (; payment_json_item(j); count++)
		payment_json_string(j, &one);
	if (count == 1 && address->size == 0)
		*address = one;
}

/* bitcoind writes "address" since version 22, and "addresses" before. */
static void
read_script(struct payment_json *j, struct output *o)
{
	struct bitmark_span name;

	if (!payment_json_enter(j, '{'))
		return;
	while (payment_json_member(j, &name)) {
		if (payment_json_is(name, "hex"))
			payment_json_string(j, &o->hex);
		else if (payment_json_is(name, "address"))
			payment_json_string(j, &o->address);
		else if (payment_json_is(name, "addresses"))
			read_addresses(j, &o->address);
		else
			payment_json_skip(j);
	}
}

/* Each output is taken when all of its members were read, as their order is not
 * fixed. */
static void
read_outputs(struct payment_json *j, struct reading *r)
{
	struct bitmark_span name;

	if (!payment_json_enter(j, '['))
		return;
	while (payment_json_item(j)) {
		struct output o = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };

		if (!payment_json_enter(j, '{'))
			continue;
		while (payment_json_member(j, &name)) {
			if (payment_json_is(name, "value"))
				payment_json_number(j, &o.value);
			else if (payment_json_is(name, "scriptPubKey"))
				read_script(j, &o);
			else
				payment_json_skip(j);
		}
		take_output(r, &o);
	}
}

static void
read_transaction(struct payment_json *j, struct reading *r)
{
	struct bitmark_span name;

	r->tx_id[0] = '\0';
	r->has_pay_id = r->has_many = r->has_overflow = false;
	r->count = 0;
	if (!payment_json_enter(j, '{'))
		return;
	while (payment_json_member(j, &name)) {
		if (payment_json_is(name, "txid"))
			take_hash(j, r->tx_id);
		else if (payment_json_is(name, "vout"))
			read_outputs(j, r);
		else
			payment_json_skip(j);
	}
}

/* --- payments ------------------------------------------------------------- */

/* The function that gets the payments, and the counters of what is left out. */
struct telling {
	enum bitmark_currency currency;
	payment_fn each;
	void *user;
	struct payment_oddities *odd;
};

/* A transaction without a pay id is not ours. One with a pay id that pays
 * nobody is counted as odd. */
static bitmark_status
tell(const struct telling *t, const struct reading *r)
{
	const struct payment p = { r->pay_id, r->tx_id, {
		.struct_size = sizeof p.paid, .currency = t->currency,
		.output = r->output, .count = r->count } };

	if (!r->has_pay_id || r->tx_id[0] == '\0')
		return BITMARK_OK;
	if (r->has_many)
		t->odd->many_addresses++;
	else if (r->has_overflow)
		t->odd->overflow++;
	else if (r->count == 0)
		t->odd->without_amount++;
	else
		return t->each(t->user, &p);
	return BITMARK_OK;
}

/* The first transaction of a block makes new coins and pays nobody for a
 * bitmark. */
static bitmark_status
read_list(struct payment_json *j, const struct telling *t)
{
	bitmark_status status = BITMARK_OK;
	struct reading r;
	bool is_first = true;

	if (!payment_json_enter(j, '['))
		return BITMARK_OK;
	while (payment_json_item(j)) {
		if (is_first || status != BITMARK_OK)
			payment_json_skip(j);
		else {
			read_transaction(j, &r);
			status = tell(t, &r);
		}
		is_first = false;
	}
	return status;
}

/* A member of another name is skipped. The text was checked as a whole before,
 * so an error here can only come from ${each}. */
bitmark_status
payment_each(const char *text, size_t size, enum bitmark_currency currency,
    payment_fn each, void *user, struct payment_oddities *odd)
{
	const struct telling t = { currency, each, user, odd };
	bitmark_status status = BITMARK_OK;
	struct bitmark_span name;
	struct payment_json j;

	payment_json_begin(&j, text, size);
	if (!payment_json_enter(&j, '{'))
		return BITMARK_E_JSON;
	while (payment_json_member(&j, &name)) {
		if (status == BITMARK_OK && payment_json_is(name, "tx"))
			status = read_list(&j, &t);
		else
			payment_json_skip(&j);
	}
	return status == BITMARK_OK && !payment_json_ends(&j) ?
	    BITMARK_E_JSON : status;
}
