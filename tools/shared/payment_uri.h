/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * payment_uri - a payment in the form that wallets of a currency read, and the
 * output that they must add.
 *
 * Source: BIP 21; bitmark-payment(7)
 */
#ifndef SHARED_PAYMENT_URI_H
#define SHARED_PAYMENT_URI_H

#include <bitmarkpeer/reservoir.h>

/* Longest URI with NUL, with some to spare. */
#define PAYMENT_URI_MAX 256
/* An output script that names a pay id, in hex with NUL. */
#define PAYMENT_SCRIPT_TEXT (2 * (2 + BITMARK_PAY_ID_SIZE) + 1)

/* "bitcoin:ADDRESS?amount=0.0002&label=Bitmark&message=PAY-ID", or "litecoin:..."
 * for that.  Gives ${uri}. */
const char *payment_uri(const struct bitmark_payment *payment,
    const uint8_t pay_id[BITMARK_PAY_ID_SIZE], char uri[PAYMENT_URI_MAX]);

/* OP_RETURN and the pay id.  Gives ${script}. */
const char *payment_script(const uint8_t pay_id[BITMARK_PAY_ID_SIZE],
    char script[PAYMENT_SCRIPT_TEXT]);

#endif
