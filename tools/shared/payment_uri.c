/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A payment as a URI that a wallet opens (BIP 21), and the script of the output
 * that carries its pay id.
 */
#include "shared/payment_uri.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bitmarkpeer/codec.h>

/* Smallest units of a coin. */
#define COIN 100000000
/* A number of coins with NUL: 12 digits, a point, 8 digits. */
#define COINS_MAX 24

/* Write a number of coins without zeros at its end, as wallets do. */
static void
coins_of(uint64_t amount, char coins[COINS_MAX])
{
	size_t size = (size_t)snprintf(coins, COINS_MAX, "%" PRIu64 ".%08"
	    PRIu64, amount / COIN, amount % COIN);

	while (coins[size - 1] == '0')
		coins[--size] = '\0';
	if (coins[size - 1] == '.')
		coins[size - 1] = '\0';
}

/* Addresses are base58, so nothing in the URI has to be escaped. The longest
 * address is bounded by the record, and PAYMENT_URI_MAX has room for it. */
const char *
payment_uri(const struct bitmark_payment *p,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE], char uri[PAYMENT_URI_MAX])
{
	char coins[COINS_MAX], hex[2 * BITMARK_PAY_ID_SIZE + 1];

	coins_of(p->amount, coins);
	bitmark_hex_encode(pay_id, BITMARK_PAY_ID_SIZE, hex);
	snprintf(uri, PAYMENT_URI_MAX, "%s:%s?amount=%s&label=Bitmark"
	    "&message=%s", p->currency == BITMARK_CURRENCY_LITECOIN ?
	    "litecoin" : "bitcoin", p->address, coins, hex);
	return uri;
}

/* OP_RETURN (6a) and a push of 0x30 bytes, which is the size of a pay id. */
const char *
payment_script(const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    char script[PAYMENT_SCRIPT_TEXT])
{
	memcpy(script, "6a30", 4);
	bitmark_hex_encode(pay_id, BITMARK_PAY_ID_SIZE, script + 4);
	return script;
}
