/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * What a transaction costs, and what becomes of it: it is handed in, proved or
 * paid for, and waited for.
 */
#include "transaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer.h>

#include "node.h"

/* A transaction is waited for so long.  Seconds. */
#define PATIENCE_S 3600

/* Hand in packed bytes.  The reply, or NULL. */
json_t *
transaction_ask(const char *node, const char *hex)
{
	return node_ask(node, json_pack("{s:s, s:s}", "command",
	    "submit", "hex", hex));
}

/* The same where the reply tells nothing more than that they were taken. */
int
transaction_submit(const char *node, const char *hex)
{
	json_t *reply = transaction_ask(node, hex);

	if (reply == NULL)
		return -1;
	json_decref(reply);
	return 0;
}

/* The answer comes when the transaction is in a block. */
static int
await_block(const char *node, const char *tx_id)
{
	json_t *reply = node_ask(node, json_pack("{s:s, s:s, s:s, s:i}",
	    "command", "wait", "tx_id", tx_id, "for", "confirmed",
	    "timeout", PATIENCE_S));
	json_int_t block;
	int result = -1;

	if (reply == NULL)
		return -1;
	if (json_unpack(reply, "{s:I}", "block", &block) == 0) {
		printf("confirmed in block %" JSON_INTEGER_FORMAT "\n", block);
		result = 0;
	} else
		fprintf(stderr, "wallet: no block for %s\n", tx_id);
	json_decref(reply);
	return result;
}

/* A free issue is paid for with work: a nonce is looked for whose hash together
 * with the pay id is below the target. */
int
transaction_prove(const char *node, json_t *issue)
{
	const char *pay_id, *pay_nonce, *target;
	struct bitmark_grind_config grind = { .struct_size = sizeof grind };
	uint8_t proof[BITMARK_PAY_ID_SIZE + BITMARK_GRIND_NONCE_SIZE];
	char hex[2 * sizeof proof + 1];
	bitmark_status status;
	size_t size;

	if (json_unpack(issue, "{s:s, s:s, s:s}", "pay_id", &pay_id,
	    "pay_nonce", &pay_nonce, "target", &target) != 0) {
		fprintf(stderr, "wallet: the node tells no target\n");
		return -1;
	}
	grind.pay_nonce = strtoull(pay_nonce, NULL, 16);
	status = bitmark_hex_decode(pay_id, strlen(pay_id), grind.pay_id,
	    sizeof grind.pay_id, &size);
	if (status == BITMARK_OK)
		status = bitmark_hex_decode(target, strlen(target),
		    grind.target, sizeof grind.target, &size);
	if (status == BITMARK_OK)
		status = bitmark_grind(&grind, proof + BITMARK_PAY_ID_SIZE);
	if (status != BITMARK_OK) {
		fprintf(stderr, "wallet: proof: %s\n",
		    bitmark_strerror(status));
		return -1;
	}
	memcpy(proof, grind.pay_id, BITMARK_PAY_ID_SIZE);
	bitmark_hex_encode(proof, sizeof proof, hex);
	return transaction_submit(node, hex);
}

/* One currency is enough, and one transaction of it pays all addresses and
 * carries the pay id. */
static void
print_payments(const char *pay_id, json_t *payments)
{
	const char *currency;
	json_t *list, *one;
	size_t i;

	json_object_foreach(payments, currency, list)
		json_array_foreach(list, i, one)
			printf("to pay %s %s %s\n", currency, json_string_value(
			    json_object_get(one, "amount")), json_string_value(
			    json_object_get(one, "address")));
	printf("pay id %s\n", pay_id);
}

/* The node looks for payments itself where it is told to; one that it cannot
 * see is told to it.  It needs of each the address and the amount. */
static int
tell_payment(const char *node, const char *pay_id, json_t *payments,
    const char *currency)
{
	json_t *list = json_object_get(payments, currency), *reply;

	if (list == NULL) {
		fprintf(stderr, "wallet: nothing to pay in %s\n", currency);
		return -1;
	}
	reply = node_ask(node, json_pack("{s:s, s:s, s:s, s:O}",
	    "command", "payment", "pay_id", pay_id, "currency", currency,
	    "payments", list));
	if (reply == NULL)
		return -1;
	printf("paid %s\n", json_is_true(json_object_get(reply, "verified")) ?
	    "yes" : "no");
	json_decref(reply);
	return 0;
}

/* A transfer that costs something: whoever looks at the output sees what is to be
 * paid before the wait.  ${currency} is that in which it was paid; NULL: the node
 * will see the payment by itself. */
int
transaction_pay(const char *node, json_t *transfer, const char *currency)
{
	json_t *payments = json_object_get(transfer, "payments");
	const char *pay_id = json_string_value(json_object_get(transfer,
	    "pay_id"));

	if (json_is_true(json_object_get(transfer, "verified")))
		return 0;
	if (pay_id == NULL || payments == NULL) {
		fprintf(stderr, "wallet: the node tells no price\n");
		return -1;
	}
	print_payments(pay_id, payments);
	fflush(stdout);
	return currency == NULL ? 0 :
	    tell_payment(node, pay_id, payments, currency);
}

/* An issue or a transfer has cost what it costs: see it through. */
int
transaction_follow(const char *node, json_t *reply)
{
	const char *tx_id;

	if (json_unpack(reply, "{s:[s]}", "tx_ids", &tx_id) != 0) {
		fprintf(stderr, "wallet: the reply has no transaction\n");
		return -1;
	}
	printf("transaction %s\n", tx_id);
	fflush(stdout);
	return await_block(node, tx_id);
}
