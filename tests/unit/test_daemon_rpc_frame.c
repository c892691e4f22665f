/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The framing of the client RPC, which needs no node.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc.h"
#include "rpc_call.h"
#include "rpc_json.h"

static const struct rpc_from from = { .form = RPC_FORM_0_16 };

/* The reply to ${size} bytes; owned by the caller. */
static char *
reply_to(const char *request, size_t size, enum rpc_outcome wanted)
{
	size_t reply_size;
	char *reply;
	enum rpc_outcome outcome = rpc_answer(&from, request, size, &reply,
	    &reply_size);

	ck_assert_msg(outcome == wanted, "%.*s: %d, not %d", (int)size,
	    request, (int)outcome, (int)wanted);
	ck_assert((reply == NULL) == (wanted == RPC_GARBAGE));
	if (reply != NULL)
		ck_assert_uint_eq(reply_size, strlen(reply));
	return reply;
}

static void
expect(const char *request, enum rpc_outcome wanted, const char *text)
{
	char *reply = reply_to(request, strlen(request), wanted);

	ck_assert_str_eq(reply, text);
	free(reply);
}

static void
refused(const char *request)
{
	free(reply_to(request, strlen(request), RPC_GARBAGE));
}

START_TEST(ids_come_back_as_they_were_written)
{
	static const char *const rows[][2] = {
		{ "1", "1" }, { "1e3", "1e3" }, { "-0.5E+7", "-0.5E+7" },
		{ "18446744073709551616", "18446744073709551616" },
		{ "\"a<b>&c\"", "\"a\\u003cb\\u003e\\u0026c\"" },
		{ "{\"x\" : [1, \t2\r\n]}", "{\"x\":[1,2]}" },
		{ "null", "null" }, { "true", "true" },
		{ "\" a \\\" b \"", "\" a \\\" b \"" },
		{ "\"\\u00e9\"", "\"\\u00e9\"" },
		{ "\"\xe2\x80\xa8\"", "\"\\u2028\"" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char request[200], reply[200];

		snprintf(request, sizeof request, "{\"id\": %s ,\"method\":"
		    "\"Node.List\",\"params\":[{\"count\":0}]}", rows[i][0]);
		snprintf(reply, sizeof reply, "{\"id\":%s,\"result\":null,"
		    "\"error\":\"invalid count\"}\n", rows[i][1]);
		expect(request, RPC_ANSWERED, reply);
	}
	expect("{\"method\":\"Node.List\",\"params\":[{}]}", RPC_ANSWERED,
	    "{\"id\":null,\"result\":null,\"error\":\"invalid count\"}\n");
}
END_TEST

START_TEST(the_method_is_looked_up_before_the_arguments)
{
	static const char *const rows[][2] = {
		{ "\"Node.Nothing\"", "rpc: can't find method Node.Nothing" },
		{ "\"node.List\"", "rpc: can't find service node.List" },
		{ "\"Node.List.X\"", "rpc: can't find service Node.List.X" },
		{ "\"<\\ud800>\"", "rpc: service/method request ill-formed: "
		    "\\u003c\xef\xbf\xbd\\u003e" },
		{ "null", "rpc: service/method request ill-formed: " },
		{ "\"Node.\\u0000x\"", "rpc: can't find method "
		    "Node.\\u0000x" },
		{ "\"a\\u0000.b\"", "rpc: can't find service a\\u0000.b" },
		{ "\"Node.List\"", "jsonrpc: request body missing params" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char request[200], reply[200];

		snprintf(request, sizeof request,
		    "{\"id\":1,\"method\":%s,\"params\":null}", rows[i][0]);
		snprintf(reply, sizeof reply, "{\"id\":1,\"result\":null,"
		    "\"error\":\"%s\"}\n", rows[i][1]);
		expect(request, RPC_REFUSED, reply);
	}
	expect("null", RPC_REFUSED, "{\"id\":null,\"result\":null,\"error\":"
	    "\"rpc: service/method request ill-formed: \"}\n");
}
END_TEST

START_TEST(an_error_shows_long_names_and_numbers_whole)
{
	char digits[1000], request[1300], reply[1300];

	memset(digits, '7', sizeof digits - 1);
	digits[sizeof digits - 1] = '\0';
	snprintf(request, sizeof request, "{\"id\":1,\"method\":\"X.%s\","
	    "\"params\":[{}]}", digits);
	snprintf(reply, sizeof reply, "{\"id\":1,\"result\":null,\"error\":"
	    "\"rpc: can't find service X.%s\"}\n", digits);
	expect(request, RPC_REFUSED, reply);
	snprintf(request, sizeof request, "{\"id\":1,\"method\":"
	    "\"Node.List\",\"params\":[{\"count\":%s}]}", digits);
	snprintf(reply, sizeof reply, "{\"id\":1,\"result\":null,\"error\":"
	    "\"json: cannot unmarshal number %s into Go struct field "
	    "Arguments.count of type int\"}\n", digits);
	expect(request, RPC_REFUSED, reply);
}
END_TEST

START_TEST(keys_have_any_case_and_the_last_one_counts)
{
	expect("{\"ID\":7,\"id\":1,\"Method\":\"X\",\"METHOD\":\"Node.List\","
	    "\"pArams\":[{\"COUNT\":5,\"Count\":0,\"x\":{}}]}", RPC_ANSWERED,
	    "{\"id\":1,\"result\":null,\"error\":\"invalid count\"}\n");
	expect("{\"id\":1,\"method\":\"Node.List\",\"params\":[{\"count\":5,"
	    "\"COUNT\":5,\"count\":101}]}", RPC_ANSWERED,
	    "{\"id\":1,\"result\":null,\"error\":\"invalid count\"}\n");
	expect("{\"id\":1,\"method\":\"Node.List\",\"params\":[{\"count\":101,"
	    "\"count\":null,\"COUNT\":null}]}", RPC_ANSWERED,
	    "{\"id\":1,\"result\":null,\"error\":\"invalid count\"}\n");
	/* The long s and the Kelvin sign are s and k in another case. */
	expect("{\"id\":1,\"method\":\"Node.List\",\"param\xc5\xbf\":[{"
	    "\"\xc5\xbftart\":\"x\"}]}", RPC_REFUSED, "{\"id\":1,\"result\":null,"
	    "\"error\":\"json: invalid use of ,string struct tag, trying to "
	    "unmarshal \\\"x\\\" into uint64\"}\n");
	expect("{\"id\":1,\"method\":\"BlockOwner.TxIDForBlock\",\"params\":[{"
	    "\"bloc\xe2\x84\xaanumber\":true}]}", RPC_REFUSED, "{\"id\":1,"
	    "\"result\":null,\"error\":\"json: cannot unmarshal bool into Go "
	    "struct field TxIDForBlockArguments.blockNumber of type uint64\"}\n");
}
END_TEST

/* What Go 1.19 made of the same members: it stores each as it reads it, into what
 * the one before left. */
START_TEST(repeated_members_are_read_into_each_other)
{
	static const struct {
		const char *method, *arguments, *error;
	} rows[] = {
		{ "Node.List", "{\"count\":\"x\",\"count\":0}",
		    "json: cannot unmarshal string into Go struct field "
		    "Arguments.count of type int" },
		{ "Node.List", "{\"COUNT\":0,\"count\":true,\"count\":[]}",
		    "json: cannot unmarshal bool into Go struct field "
		    "Arguments.count of type int" },
		{ "Bitmark.Transfer", "{\"escrow\":{\"currency\":5},"
		    "\"escrow\":null,\"link\":\"4\"}", "not link" },
		{ "Bitmarks.Create", "{\"assets\":[{\"name\":5}],"
		    "\"assets\":[]}",
		    "json: cannot unmarshal number into Go struct field "
		    "AssetData.assets.name of type string" },
		{ "Node.BlockDecode", "{\"packed\":\"A\",\"packed\":\"\"}",
		    "illegal base64 data at input byte 0" },
		{ "BlockOwner.Transfer", "{\"payments\":{\"BTC\\u0000\":"
		    "\"x\"}}", "invalid currency" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char request[300], reply[300];

		snprintf(request, sizeof request, "{\"id\":1,\"method\":"
		    "\"%s\",\"params\":[%s]}", rows[i].method,
		    rows[i].arguments);
		snprintf(reply, sizeof reply, "{\"id\":1,\"result\":null,"
		    "\"error\":\"%s\"}\n", rows[i].error);
		expect(request, RPC_REFUSED, reply);
	}
	expect("{\"id\":1,\"method\":\"Node.List\",\"method\":null,"
	    "\"params\":5,\"params\":null}", RPC_REFUSED, "{\"id\":1,"
	    "\"result\":null,\"error\":"
	    "\"jsonrpc: request body missing params\"}\n");
}
END_TEST

/* The arguments as a method gets them, in compact form. */
static void
read_as(const char *method, const char *given, const char *wanted)
{
	struct rpc_call call = { .from = &from, .method = method,
		.request = given };
	struct rpc_text text = { 0 };
	struct rpc_read read;

	rpc_json_read(given, strlen(given), &read);
	ck_assert_ptr_nonnull(read.value);
	call.arguments = json_object();
	ck_assert_msg(rpc_read_arguments(&call, read.value), "%s: %s", given,
	    call.error);
	rpc_json_write(&text, call.arguments);
	ck_assert_str_eq(text.data, wanted);
	free(text.data);
	json_decref(call.arguments);
	json_decref(read.value);
}

START_TEST(arguments_are_what_go_would_hold)
{
	read_as("Node.List", "{\"count\":1,\"START\":\"2\",\"Count\":3,"
	    "\"x\":0,\"count\":null,\"start\":\"null\"}",
	    "{\"count\":3,\"start\":2}");
	read_as("Bitmark.Transfer", "{\"escrow\":{\"address\":\"a\"},"
	    "\"signature\":\"00\",\"escrow\":{\"currency\":\"btc\"},"
	    "\"signature\":null}",
	    "{\"escrow\":{\"address\":\"a\",\"currency\":\"btc\"}}");
	read_as("Bitmark.Transfer", "{\"escrow\":{\"address\":\"a\"},"
	    "\"escrow\":null,\"escrow\":{\"currency\":\"btc\"}}",
	    "{\"escrow\":{\"currency\":\"btc\"}}");
	read_as("Bitmarks.Create", "{\"assets\":[{\"name\":\"a\"},{}],"
	    "\"ASSETS\":[{\"metadata\":\"m\"}]}",
	    "{\"assets\":[{\"name\":\"a\",\"metadata\":\"m\"}]}");
	read_as("Bitmarks.Create", "{\"assets\":[{\"name\":\"a\"}],"
	    "\"assets\":[null],\"issues\":[{}],\"issues\":null}",
	    "{\"assets\":[null]}");
	read_as("Assets.Get", "{\"fingerprints\":[\"a\",\"b\"],"
	    "\"fingerprints\":[null,\"c\",null]}",
	    "{\"fingerprints\":[\"a\",\"c\",\"\"]}");
	read_as("BlockOwner.Transfer", "{\"payments\":{\"bitcoin\":\"a\","
	    "\"LTC\":null},\"payments\":{\"BTC\":\"b\"}}",
	    "{\"payments\":{\"BTC\":\"b\",\"LTC\":\"\"}}");
	read_as("Node.BlockDecode", "{\"packed\":[65,66,67],"
	    "\"packed\":[null,97]}", "{\"packed\":\"Aa\"}");
	read_as("Node.BlockDecode", "{\"packed\":\"QUJD\"}",
	    "{\"packed\":\"ABC\"}");
}
END_TEST

START_TEST(what_is_no_request_has_no_reply)
{
	static const char *const rows[] = { "", " ", "hello", "[]", "5",
		"\"x\"", "{", "{\"id\":1", "{\"id\":1,}", "{\"id\":01}",
		"{\"id\":1}}", "{\"id\":1} x", "{'id':1}", "{\"id\":.5}",
		"{\"id\":1.}", "{\"id\":1e}", "{\"id\":-}", "{\"id\":+1}",
		"{\"id\":\"\\x\"}", "{\"id\":\"\\u12\"}", "{\"id\":\"\n\"}",
		"{\"id\":\"\\", "{\"id\":nul}", "{\"id\":[1,]}",
		"{\"id\":[1 2]}", "{\"method\":5}", "{\"method\":{}}",
		"{\"method\":5,\"method\":\"Node.List\"}",
		"{1:2}", "{\"a\" 1}" };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		refused(rows[i]);
	free(reply_to("{\"id\":1}\0", 9, RPC_GARBAGE));
}
END_TEST

/* Cut off anywhere, and with each byte replaced by others. */
START_TEST(s_26_no_damage_to_a_request_ends_the_process)
{
	static const char good[] = "{\"id\":\"\\u00e9\\ud83d\\ude00\xc3\xa9\","
	    "\"method\":\"Node.List\",\"params\":[{\"count\":-1.5e7,"
	    "\"start\":\"18446744073709551616\",\"x\":[true,null,{}]}]}";
	const char with[] = "\0\"\\{}[]:,0e-\x80\xff";
	char *copy = malloc(sizeof good);

	for (size_t i = 0; i < sizeof good - 1; i++) {
		memcpy(copy, good, sizeof good);
		free(reply_to(copy, i, RPC_GARBAGE));
		for (size_t w = 0; w < sizeof with - 1; w++) {
			size_t size;
			char *reply;

			copy[i] = with[w];
			(void)rpc_answer(&from, copy, sizeof good - 1, &reply,
			    &size);
			free(reply);
		}
	}
	free(copy);
}
END_TEST

/* Owned by the caller. */
static char *
nested(unsigned depth)
{
	char *text = calloc(1, 200 + 2 * (size_t)depth);

	strcpy(text, "{\"id\":1,\"method\":\"Node.List\",\"params\":"
	    "[{\"count\":0,\"x\":");
	memset(text + strlen(text), '[', depth);
	memset(text + strlen(text), ']', depth);
	strcat(text, "}]}");
	return text;
}

START_TEST(requests_are_bounded)
{
	char *deep = nested(RPC_DEPTH_MAX - 3);

	expect(deep, RPC_ANSWERED,
	    "{\"id\":1,\"result\":null,\"error\":\"invalid count\"}\n");
	free(deep);
	deep = nested(RPC_DEPTH_MAX - 2);
	refused(deep);
	free(deep);
	deep = nested(1000000);
	refused(deep);
	free(deep);
	deep = malloc(RPC_REQUEST_MAX + 2);
	memset(deep, ' ', RPC_REQUEST_MAX + 1);
	memcpy(deep + RPC_REQUEST_MAX - 8, "{\"id\":1}", 8);
	free(reply_to(deep, RPC_REQUEST_MAX, RPC_REFUSED));
	free(reply_to(deep, RPC_REQUEST_MAX + 1, RPC_GARBAGE));
	/* As many values as fit into that size. */
	memset(deep, ',', RPC_REQUEST_MAX);
	for (size_t i = 0; i < RPC_REQUEST_MAX; i += 2)
		deep[i] = '0';
	memcpy(deep, "{\"id\":[0", 8);
	memcpy(deep + RPC_REQUEST_MAX - 3, "0]}", 3);
	free(reply_to(deep, RPC_REQUEST_MAX, RPC_GARBAGE));
	free(deep);
}
END_TEST

START_TEST(numbers_are_digits_or_quoted_digits)
{
	static const char *const good[] = { "0", "\"0\"", "101", "\"101\"",
		"\"-5\"", "-9223372036854775808", "9223372036854775807" };
	static const char *const bad[] = { "1.5", "\"x\"", "\"\"", "[]",
		"\" 1\"", "\"+1\"", "true", "\"1\\u0000\"", "1e2",
		"9223372036854775808", "\"9223372036854775808\"" };
	char request[200];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		snprintf(request, sizeof request, "{\"method\":\"Node.List\","
		    "\"params\":[{\"count\":%s}]}", good[i]);
		free(reply_to(request, strlen(request), RPC_ANSWERED));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(request, sizeof request, "{\"method\":\"Node.List\","
		    "\"params\":[{\"count\":%s}]}", bad[i]);
		free(reply_to(request, strlen(request), RPC_REFUSED));
	}
}
END_TEST

static struct rpc_weight
weight_of(const char *text)
{
	struct rpc_request *request = rpc_request_read(text, strlen(text));
	struct rpc_weight weight;

	ck_assert_ptr_nonnull(request);
	weight = rpc_weigh(request);
	rpc_request_free(request);
	return weight;
}

static unsigned
cost_of(const char *request)
{
	return weight_of(request).cost;
}

/* What Go 1.19 told of the same arguments. */
START_TEST(arguments_of_a_wrong_type_are_told_as_go_tells_them)
{
	static const struct {
		const char *method, *arguments;
		const char *error;              /* of 0.16 */
		const char *error_8_2;          /* NULL: the same */
	} rows[] = {
		{ "Node.List", "5",
		    "json: cannot unmarshal number into Go value of type "
		    "node.Arguments",
		    "json: cannot unmarshal number into Go value of type "
		    "rpc.NodeArguments" },
		{ "Share.Grant", "[]",
		    "json: cannot unmarshal array into Go value of type "
		    "transactionrecord.ShareGrant",
		    NULL },
		{ "Node.List", "{\"count\":1.0}",
		    "json: cannot unmarshal number 1.0 into Go struct field "
		    "Arguments.count of type int",
		    "json: cannot unmarshal number 1.0 into Go struct field "
		    "NodeArguments.count of type int" },
		{ "Node.List", "{\"count\":1e2}",
		    "json: cannot unmarshal number 1e2 into Go struct field "
		    "Arguments.count of type int",
		    "json: cannot unmarshal number 1e2 into Go struct field "
		    "NodeArguments.count of type int" },
		{ "Node.List", "{\"count\":12345678901234567890123456789}",
		    "json: cannot unmarshal number "
		    "12345678901234567890123456789 into Go struct field "
		    "Arguments.count of type int",
		    "json: cannot unmarshal number "
		    "12345678901234567890123456789 into Go struct field "
		    "NodeArguments.count of type int" },
		{ "Node.List", "{\"start\":-1}",
		    "json: invalid use of ,string struct tag, trying to "
		    "unmarshal unquoted value into uint64",
		    NULL },
		{ "Node.List", "{\"start\":\"1x\"}",
		    "json: cannot unmarshal number 1x into Go struct field "
		    "Arguments.start of type uint64",
		    "json: cannot unmarshal number 1x into Go struct field "
		    "NodeArguments.start of type uint64" },
		{ "Node.List", "{\"start\":\"1\\u00002\"}",
		    "json: cannot unmarshal number 1\\u00002 into Go struct "
		    "field Arguments.start of type uint64",
		    "json: cannot unmarshal number 1\\u00002 into Go struct "
		    "field NodeArguments.start of type uint64" },
		{ "Node.List", "{\"start\":\"\\\"5\\\"\"}",
		    "json: cannot unmarshal string into Go struct field "
		    "Arguments.start of type uint64",
		    "json: cannot unmarshal string into Go struct field "
		    "NodeArguments.start of type uint64" },
		{ "Node.List", "{\"start\":\"a\\u0000\\n\\u2028\xc3\xa9\"}",
		    "json: invalid use of ,string struct tag, trying to "
		    "unmarshal \\\"a\\\\x00\\\\n\\\\u2028\xc3\xa9\\\" into "
		    "uint64",
		    NULL },
		{ "Node.List", "{\"start\":1e400}",
		    "json: cannot unmarshal number 1e400 into Go struct field "
		    "Arguments.start of type float64",
		    "json: cannot unmarshal number 1e400 into Go struct field "
		    "NodeArguments.start of type float64" },
		{ "Node.List", "{\"count\":1e400}",
		    "json: cannot unmarshal number 1e400 into Go struct field "
		    "Arguments.count of type int",
		    "json: cannot unmarshal number 1e400 into Go struct field "
		    "NodeArguments.count of type int" },
		{ "Node.List", "{\"start\":\"null\"}",
		    "invalid count",
		    NULL },
		{ "Node.List", "{\"count\":\"x\",\"start\":true}",
		    "json: cannot unmarshal string into Go struct field "
		    "Arguments.count of type int",
		    "json: cannot unmarshal string into Go struct field "
		    "NodeArguments.count of type int" },
		{ "Node.List", "{\"count\":true,\"start\":\"x\"}",
		    "json: invalid use of ,string struct tag, trying to "
		    "unmarshal \\\"x\\\" into uint64",
		    NULL },
		{ "Owner.Bitmarks", "{\"start\":\"-1\"}",
		    "json: cannot unmarshal number -1 into Go struct field "
		    "BitmarksArguments.Start of type uint64",
		    "json: cannot unmarshal number -1 into Go struct field "
		    "OwnerBitmarksArguments.start of type uint64" },
		{ "Owner.Bitmarks", "{\"owner\":\"xx\"}",
		    "not public key",
		    NULL },
		{ "BlockOwner.TxIdForBlock", "{\"blockNumber\":-0}",
		    "json: cannot unmarshal number -0 into Go struct field "
		    "TxIDForBlockArguments.blockNumber of type uint64",
		    "json: cannot unmarshal number -0 into Go struct field "
		    "TxIdForBlockArguments.blockNumber of type uint64" },
		{ "Transaction.Status", "{\"txId\":18446744073709551615}",
		    "json: cannot unmarshal number into Go struct field "
		    "Arguments.txId of type merkle.Digest",
		    "json: cannot unmarshal number into Go struct field "
		    "TransactionArguments.txId of type merkle.Digest" },
		{ "Bitmark.Transfer", "{\"link\":\"5\"}",
		    "not link",
		    NULL },
		{ "Bitmark.Transfer", "{\"owner\":5,\"signature\":\"zz\",\"link\":\"44\"}",
		    "encoding/hex: invalid byte: U+007A 'z'",
		    NULL },
		{ "Bitmark.Transfer", "{\"signature\":\"4\"}",
		    "encoding/hex: odd length hex string",
		    NULL },
		{ "Bitmark.Transfer", "{\"signature\":\"\xc3\xa9\"}",
		    "encoding/hex: invalid byte: U+00C3 '\xc3\x83'",
		    NULL },
		{ "Bitmark.Transfer", "{\"escrow\":{\"currency\":5}}",
		    "json: cannot unmarshal number into Go struct field "
		    "Payment.escrow.currency of type currency.Currency",
		    NULL },
		{ "Bitmark.Transfer", "{\"escrow\":{\"currency\":\"x\"}}",
		    "invalid currency",
		    NULL },
		{ "Bitmark.Transfer", "{\"escrow\":[]}",
		    "json: cannot unmarshal array into Go struct field "
		    "BitmarkTransferCountersigned.escrow of type "
		    "transactionrecord.Payment",
		    NULL },
		{ "BlockOwner.Transfer", "{\"payments\":{\"BTC\":5}}",
		    "json: cannot unmarshal number into Go struct field "
		    "BlockOwnerTransfer.payments of type string",
		    NULL },
		{ "BlockOwner.Transfer", "{\"payments\":{\"x\":5}}",
		    "invalid currency",
		    NULL },
		{ "BlockOwner.Transfer", "{\"payments\":\"x\"}",
		    "json: cannot unmarshal string into Go struct field "
		    "BlockOwnerTransfer.payments of type currency.Map",
		    NULL },
		{ "BlockOwner.Transfer", "{\"version\":\"x\"}",
		    "json: invalid use of ,string struct tag, trying to "
		    "unmarshal \\\"x\\\" into uint64",
		    "json: cannot unmarshal string into Go struct field "
		    "BlockOwnerTransfer.version of type uint64" },
		{ "Bitmarks.Create", "{\"assets\":[5]}",
		    "json: cannot unmarshal number into Go struct field "
		    "CreateArguments.assets of type "
		    "transactionrecord.AssetData",
		    NULL },
		{ "Bitmarks.Create", "{\"assets\":[{\"name\":5}]}",
		    "json: cannot unmarshal number into Go struct field "
		    "AssetData.assets.name of type string",
		    NULL },
		{ "Bitmarks.Create", "{\"issues\":[null,{\"assetId\":\"00\"}]}",
		    "not link",
		    NULL },
		{ "Bitmarks.Create", "{\"issues\":[{\"nonce\":1.5}]}",
		    "json: invalid use of ,string struct tag, trying to "
		    "unmarshal unquoted value into uint64",
		    "json: cannot unmarshal number 1.5 into Go struct field "
		    "BitmarkIssue.issues.nonce of type uint64" },
		{ "Bitmarks.Proof", "{\"payId\":\"00\"}",
		    "not a pay id",
		    NULL },
		{ "Assets.Get", "{\"fingerprints\":[\"a\",5]}",
		    "json: cannot unmarshal number into Go struct field "
		    "GetArguments.fingerprints of type string",
		    "json: cannot unmarshal number into Go struct field "
		    "AssetGetArguments.fingerprints of type string" },
	};
	struct rpc_from form = { .form = RPC_FORM_0_16 };

	for (size_t i = 0; i < 2 * (sizeof rows / sizeof rows[0]); i++) {
		const char *error = rows[i / 2].error, *error_8_2 =
		    rows[i / 2].error_8_2;
		char request[300], wanted[300], *reply;
		size_t size;

		form.form = i % 2 == 0 ? RPC_FORM_0_16 : RPC_FORM_8_2;
		if (i % 2 != 0 && strncmp(rows[i / 2].method, "Share.", 6) == 0)
			continue;
		snprintf(request, sizeof request, "{\"id\":1,\"method\":\"%s\","
		    "\"params\":[%s]}", rows[i / 2].method,
		    rows[i / 2].arguments);
		snprintf(wanted, sizeof wanted, "{\"id\":1,\"result\":null,"
		    "\"error\":\"%s\"}\n", i % 2 != 0 && error_8_2 != NULL ?
		    error_8_2 : error);
		(void)rpc_answer(&form, request, strlen(request), &reply,
		    &size);
		ck_assert_str_eq(reply, wanted);
		free(reply);
	}
}
END_TEST

/* What Go 1.19 told of the same text. */
START_TEST(wrong_base64_is_told_where_go_finds_it)
{
	static const struct {
		const char *packed;
		unsigned place;
	} rows[] = {
		{ "A", 0 }, { "AAAAA", 4 }, { "AAA@", 3 }, { "====", 0 },
		{ "A===", 1 }, { "AA=", 3 }, { "AA=A", 2 }, { "AA=@", 2 },
		{ "AAA=A", 4 }, { "AA==AA==", 4 }, { "AA==\\nA", 5 },
		{ "AAA==", 4 }, { "AA==\\n=", 5 }, { "AQIDBA-_", 6 },
		{ "AA\\nA", 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char request[200], reply[200];

		snprintf(request, sizeof request, "{\"method\":"
		    "\"Node.BlockDecode\",\"params\":[{\"packed\":\"%s\"}]}",
		    rows[i].packed);
		snprintf(reply, sizeof reply, "{\"id\":null,\"result\":null,"
		    "\"error\":\"illegal base64 data at input byte %u\"}\n",
		    rows[i].place);
		expect(request, RPC_REFUSED, reply);
	}
}
END_TEST

/* What Go 1.19 told of the same arrays. */
START_TEST(bytes_are_numbers_up_to_255)
{
	static const char *const rows[][2] = {
		{ "256", "number 256" }, { "-1", "number -1" },
		{ "1.0", "number 1.0" }, { "\"1\"", "string" },
		{ "true", "bool" }, { "[1]", "array" }, { "{}", "object" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char request[200], reply[200];

		snprintf(request, sizeof request, "{\"method\":"
		    "\"Node.BlockDecode\",\"params\":[{\"packed\":[0,255,"
		    "%s,{}]}]}", rows[i][0]);
		snprintf(reply, sizeof reply, "{\"id\":null,\"result\":null,"
		    "\"error\":\"json: cannot unmarshal %s into Go struct "
		    "field BlockDecodeArguments.packed of type uint8\"}\n",
		    rows[i][1]);
		expect(request, RPC_REFUSED, reply);
	}
}
END_TEST

START_TEST(requests_cost_what_they_ask_for)
{
	ck_assert_uint_eq(cost_of("{\"params\":[{\"count\":1,"
	    "\"count\":\"90\",\"COUNT\":null}]}"), 90);
	ck_assert_uint_eq(cost_of("no JSON"), 1);
	ck_assert_uint_eq(cost_of("{}"), 1);
	ck_assert_uint_eq(cost_of("{\"params\":[{\"count\":-3}]}"), 1);
	ck_assert_uint_eq(cost_of("{\"params\":[{\"count\":20}]}"), 20);
	ck_assert_uint_eq(cost_of("{\"params\":[{\"count\":\"20\"}]}"), 20);
	ck_assert_uint_eq(cost_of("{\"params\":[{\"Count\":101}]}"), 100);
	ck_assert_uint_eq(cost_of("{\"params\":[{\"assets\":[1,2],"
	    "\"issues\":[3]}]}"), 3);
	ck_assert_uint_eq(cost_of("{\"params\":[{\"fingerprints\":[1,2]}]}"),
	    2);
}
END_TEST

START_TEST(work_costs_what_no_count_tells)
{
	char *large = malloc(RPC_REQUEST_MAX + 1);

	ck_assert_uint_eq(cost_of("{\"method\":\"Bitmark.FullProvenance\","
	    "\"params\":[{}]}"), 10);
	ck_assert_uint_eq(cost_of("{\"method\":\"Node.BlockDump\","
	    "\"params\":[{}]}"), 5);
	ck_assert_uint_eq(cost_of("{\"method\":\"Node.BlockDumpRange\","
	    "\"params\":[{\"count\":7}]}"), 7);
	ck_assert_uint_eq(cost_of("{\"method\":\"Node.BlockDecode\","
	    "\"params\":[{\"digest\":true}]}"), 100);
	ck_assert_ptr_nonnull(large);
	memset(large, ' ', RPC_REQUEST_MAX);
	memcpy(large, "{}", 2);
	large[RPC_REQUEST_MAX] = '\0';
	ck_assert_uint_eq(cost_of(large), 100);
	free(large);
}
END_TEST

static bool
is_quick(const char *request)
{
	return weight_of(request).quick;
}

START_TEST(reads_of_few_items_are_quick)
{
	ck_assert(is_quick("{\"method\":\"Node.Info\",\"params\":[{}]}"));
	ck_assert(is_quick("{\"method\":\"Owner.Bitmarks\","
	    "\"params\":[{\"count\":10}]}"));
	ck_assert(is_quick("{\"method\":\"Transaction.Status\","
	    "\"params\":[{}]}"));
	ck_assert(!is_quick("{\"method\":\"Owner.Bitmarks\","
	    "\"params\":[{\"count\":11}]}"));
	ck_assert(!is_quick("{\"method\":\"Bitmark.FullProvenance\","
	    "\"params\":[{}]}"));
	ck_assert(!is_quick("{\"method\":\"Bitmarks.Create\","
	    "\"params\":[{}]}"));
	ck_assert(!is_quick("{\"method\":\"Node\",\"params\":[{}]}"));
	ck_assert(!is_quick("null"));
	ck_assert(!is_quick("Node.Info"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon rpc frame");
	TCase *tc = tcase_create("frame");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, ids_come_back_as_they_were_written);
	tcase_add_test(tc, the_method_is_looked_up_before_the_arguments);
	tcase_add_test(tc, an_error_shows_long_names_and_numbers_whole);
	tcase_add_test(tc, keys_have_any_case_and_the_last_one_counts);
	tcase_add_test(tc, repeated_members_are_read_into_each_other);
	tcase_add_test(tc, arguments_are_what_go_would_hold);
	tcase_add_test(tc, what_is_no_request_has_no_reply);
	tcase_add_test(tc, s_26_no_damage_to_a_request_ends_the_process);
	tcase_add_test(tc, requests_are_bounded);
	tcase_add_test(tc, numbers_are_digits_or_quoted_digits);
	tcase_add_test(tc,
	    arguments_of_a_wrong_type_are_told_as_go_tells_them);
	tcase_add_test(tc, wrong_base64_is_told_where_go_finds_it);
	tcase_add_test(tc, bytes_are_numbers_up_to_255);
	tcase_add_test(tc, requests_cost_what_they_ask_for);
	tcase_add_test(tc, work_costs_what_no_count_tells);
	tcase_add_test(tc, reads_of_few_items_are_quick);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
