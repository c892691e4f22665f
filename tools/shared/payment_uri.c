/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "shared/payment_uri.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bitmarkpeer/codec.h>

/* Smallest units of a coin. */
#define COIN 100000000
/* A number of coins with NUL: 12 digits, a point, 8 digits. */
#define COINS_MAX 24

/* As few digits as will do: wallets show what they read. */
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

/* Addresses are base58, so that nothing in the URI has to be escaped. */
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

const char *
payment_script(const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    char script[PAYMENT_SCRIPT_TEXT])
{
	memcpy(script, "6a30", 4);
	bitmark_hex_encode(pay_id, BITMARK_PAY_ID_SIZE, script + 4);
	return script;
}
