/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A client and connections that fail, break or are late. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/client_fixture.h"

#include <bitmarkpeer/os.h>

#include "net/curve.h"

/* --- who is there -------------------------------------------------------- */

/* A call on the open client has this status, and took that long. */
static void
outcome(bitmark_status status, uint64_t least_ms, uint64_t most_ms)
{
	uint64_t begin = bitmark_clock_ms(), took;

	ck_assert_int_eq(fx_call(HEIGHT), status);
	took = bitmark_clock_ms() - begin;
	ck_assert_uint_ge(took, least_ms);
	ck_assert_uint_le(took, most_ms);
}

START_TEST(a_wrong_key_is_noticed_promptly_and_each_time)
{
	uint8_t public_key[32], private_key[32];

	raw_init(&fx_node, raw_answer);
	raw_start(&fx_node);
	bitmark_peer_key_generate(NULL, public_key, private_key);
	fx_open(fx_node.address, public_key, PATIENT_MS);
	outcome(BITMARK_E_WRONG_SERVER_KEY, 0, PROMPT_MS);
	outcome(BITMARK_E_WRONG_SERVER_KEY, 0, PROMPT_MS);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(a_node_without_security_has_no_such_key)
{
	raw_init(&fx_node, raw_answer);
	fx_node.kind = RAW_NO_CURVE;
	fx_start(PATIENT_MS);
	outcome(BITMARK_E_WRONG_SERVER_KEY, 0, PROMPT_MS);
	fx_stop();
	ck_assert_uint_eq(fx_node.requests, 0);
	raw_fini(&fx_node);
}
END_TEST

START_TEST(without_a_listener_there_is_no_connection_at_the_deadline)
{
	int fd;

	raw_init(&fx_node, raw_ignore);
	fd = raw_tcp(&fx_node);            /* bound, not listening */
	fx_open(fx_node.address, fx_node.public_key,
	    SHORT_MS);
	outcome(BITMARK_E_NO_CONNECTION, SHORT_MS, PROMPT_MS);
	outcome(BITMARK_E_NO_CONNECTION, SHORT_MS, PROMPT_MS);
	bitmark_client_close(fx_client);
	close(fd);
}
END_TEST

START_TEST(a_listener_that_says_nothing_is_a_timeout)
{
	int fd;

	raw_init(&fx_node, raw_ignore);
	fd = raw_tcp(&fx_node);
	ck_assert_int_eq(listen(fd, 1), 0);
	fx_open(fx_node.address, fx_node.public_key,
	    SHORT_MS);
	outcome(BITMARK_E_TIMEOUT, SHORT_MS, PROMPT_MS);
	bitmark_client_close(fx_client);
	close(fd);
}
END_TEST

START_TEST(a_node_that_does_not_answer_is_a_timeout)
{
	raw_init(&fx_node, raw_ignore);
	fx_start(2000);
	outcome(BITMARK_E_TIMEOUT, 2000, 2000 + PROMPT_MS);
	fx_stop();
	ck_assert_uint_eq(fx_node.requests, 1);
	raw_fini(&fx_node);
}
END_TEST

/* Hangs up on one connection: a node that ends during the handshake. */
static void *
hang_up_once(void *listener)
{
	int fd = accept(*(int *)listener, NULL, NULL);

	ck_assert_int_ge(fd, 0);
	close(*(int *)listener);
	close(fd);
	return NULL;
}

START_TEST(a_node_that_ends_during_the_handshake_is_no_wrong_key)
{
	int listener;
	pthread_t thread;

	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	listener = raw_tcp(&fx_node);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, hang_up_once,
	    &listener), 0);
	fx_open(fx_node.address, fx_node.public_key, PATIENT_MS);
	pthread_join(thread, NULL);
	raw_start(&fx_node);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

/* --- connections that break, replies that are late ----------------------- */

static void
die_then_answer(struct raw_node *n, const struct raw_message *request)
{
	if (n->requests > 1) {
		raw_answer(n, request);
		return;
	}
	raw_die(n);
	raw_revive(n);
}

START_TEST(a_request_is_sent_again_after_the_node_came_back)
{
	raw_init(&fx_node, die_then_answer);
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	fx_stop();
	ck_assert_uint_eq(fx_node.requests, 2);
	raw_fini(&fx_node);
}
END_TEST

START_TEST(a_node_may_restart_between_two_calls)
{
	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	raw_stop(&fx_node);
	raw_start(&fx_node);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(a_call_works_after_one_that_found_nobody)
{
	int fd;

	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	fd = raw_tcp(&fx_node);
	fx_open(fx_node.address, fx_node.public_key, 2000);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_E_NO_CONNECTION);
	close(fd);
	raw_start(&fx_node);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

static void
first_reply_comes_late(struct raw_node *n,
    const struct raw_message *request)
{
	static const uint8_t old[8] = { 1 };
	struct raw_message late = *request;

	if (n->requests == 1) {
		raw_answer(n, request);
		memcpy(n->early_id, request->frame[1].data,
		    sizeof n->early_id);
		return;
	}
	late.frame[1].data = n->early_id;
	late.frame[RAW_ENVELOPE] = n->reply.frame[0];
	late.frame[RAW_ENVELOPE + 1] = (struct bitmark_span){ old,
	    sizeof old };
	late.count = RAW_ENVELOPE + 2;
	raw_send(n, &late);
	raw_answer(n, request);
}

START_TEST(a_late_reply_is_not_taken_for_that_of_the_next_request)
{
	uint64_t height;

	raw_init(&fx_node, first_reply_comes_late);
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	fx_start(PATIENT_MS);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	ck_assert_int_eq(bitmark_client_height(fx_client, &height), BITMARK_OK);
	ck_assert_uint_eq(height, UINT64_C(0x8002030405060708));
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

static void
answer_the_second(struct raw_node *n, const struct raw_message *request)
{
	if (n->requests == 2)
		raw_answer(n, request);
}

START_TEST(a_client_goes_on_after_a_timeout)
{
	raw_init(&fx_node, answer_the_second);
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	fx_start(2000);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_E_TIMEOUT);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

/* --- opening ------------------------------------------------------------- */

static const struct {
	const char *address;
	bitmark_status status;
} addresses[] = {
	{ "127.0.0.1:2136", BITMARK_OK },
	{ "[::1]:2136", BITMARK_OK },
	{ "localhost:2136", BITMARK_OK },
	{ "127.0.0.1:0", BITMARK_E_PORT },
	{ "127.0.0.1:65536", BITMARK_E_PORT },
	{ "127.0.0.1:x", BITMARK_E_PORT },
	{ "127.0.0.1:", BITMARK_E_PORT },
	{ "localhost:0", BITMARK_E_PORT },
	{ "localhost:65536", BITMARK_E_PORT },
	{ "localhost:", BITMARK_E_PORT },
	{ " localhost : 12 ", BITMARK_OK },
	{ "", BITMARK_E_IP_ADDRESS },
	{ ":2136", BITMARK_E_IP_ADDRESS },
	{ "localhost", BITMARK_E_NO_PORT },
	{ "::1:2136", BITMARK_E_IP_ADDRESS },
	{ "1.2.3:2136", BITMARK_E_IP_ADDRESS },
	{ "300.2.3.4:2136", BITMARK_E_IP_ADDRESS },
	{ "lo;host:2136", BITMARK_E_IP_ADDRESS },
	{ "*:2136", BITMARK_E_IP_ADDRESS },
	{ "lo host:2136", BITMARK_E_IP_ADDRESS },
	{ NULL, BITMARK_E_IP_ADDRESS },
};

START_TEST(an_address_is_checked_when_opening)
{
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local",
	    .address = addresses[_i].address, .server_key = { 1 } };

	fx_client = (struct bitmark_client *)&config;
	ck_assert_int_eq(bitmark_client_open(&fx_client, &config),
	    addresses[_i].status);
	ck_assert((fx_client != NULL) == (addresses[_i].status == BITMARK_OK));
	bitmark_client_close(fx_client);
}
END_TEST

START_TEST(a_name_of_254_characters_is_refused)
{
	char address[300];
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local",
	    .address = address, .server_key = { 1 } };

	memset(address, 'a', 254);
	strcpy(address + 254, ":2136");
	ck_assert_int_eq(bitmark_client_open(&fx_client, &config),
	    BITMARK_E_IP_ADDRESS);
	ck_assert_ptr_null(fx_client);
}
END_TEST

START_TEST(an_unknown_chain_and_an_empty_key_are_refused)
{
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local",
	    .address = "127.0.0.1:2136" };

	ck_assert_int_eq(bitmark_client_open(&fx_client, &config),
	    BITMARK_E_PUBLIC_KEY);
	config.server_key[31] = 1;
	config.chain = "other";
	ck_assert_int_eq(bitmark_client_open(&fx_client, &config),
	    BITMARK_E_INVALID_CHAIN);
	ck_assert_ptr_null(fx_client);
	bitmark_client_close(fx_client);
}
END_TEST

START_TEST(a_name_is_looked_up)
{
	char address[RAW_ADDRESS_SIZE];

	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	raw_start(&fx_node);
	snprintf(address, sizeof address, "localhost%s",
	    strchr(fx_node.address, ':'));
	fx_open(address, fx_node.public_key, PATIENT_MS);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

START_TEST(an_own_key_may_be_given)
{
	uint8_t public_key[32], private_key[32];
	struct bitmark_client_config config = { .struct_size = sizeof config,
	    .chain = "local",
	    .address = fx_node.address, .private_key = private_key };

	bitmark_peer_key_generate(NULL, public_key, private_key);
	raw_init(&fx_node, raw_answer);
	raw_reply_bytes(&fx_node, "N", fx_bytes, 8);
	raw_start(&fx_node);
	memcpy(config.server_key, fx_node.public_key, sizeof config.server_key);
	ck_assert_int_eq(bitmark_client_open(&fx_client, &config), BITMARK_OK);
	ck_assert_int_eq(fx_call(HEIGHT), BITMARK_OK);
	fx_stop();
	raw_fini(&fx_node);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_connection");
	TCase *t = tcase_create("calls");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_wrong_key_is_noticed_promptly_and_each_time);
	tcase_add_test(t, a_node_without_security_has_no_such_key);
	tcase_add_test(t, without_a_listener_there_is_no_connection_at_the_deadline);
	tcase_add_test(t, a_listener_that_says_nothing_is_a_timeout);
	tcase_add_test(t, a_node_that_does_not_answer_is_a_timeout);
	tcase_add_test(t,
	    a_node_that_ends_during_the_handshake_is_no_wrong_key);
	tcase_add_test(t, a_request_is_sent_again_after_the_node_came_back);
	tcase_add_test(t, a_node_may_restart_between_two_calls);
	tcase_add_test(t, a_call_works_after_one_that_found_nobody);
	tcase_add_test(t,
	    a_late_reply_is_not_taken_for_that_of_the_next_request);
	tcase_add_test(t, a_client_goes_on_after_a_timeout);
	tcase_add_loop_test(t, an_address_is_checked_when_opening,
	    0, COUNT(addresses));
	tcase_add_test(t, a_name_of_254_characters_is_refused);
	tcase_add_test(t, an_unknown_chain_and_an_empty_key_are_refused);
	tcase_add_test(t, a_name_is_looked_up);
	tcase_add_test(t, an_own_key_may_be_given);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
