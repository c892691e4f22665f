/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Connections as text and packed, lists of them, DNS TXT records. */
#include "../support/vectors.h"

#include <bitmarkpeer/connection.h>

#include <stdlib.h>
#include <string.h>

static struct bitmark_connection
connection_of(const char *text)
{
	struct bitmark_connection c;

	ck_assert_int_eq(bitmark_connection_from_text(text, strlen(text), &c),
	    BITMARK_OK);
	return c;
}

static void
assert_text(const struct bitmark_connection *connection, const char *expected)
{
	char text[BITMARK_CONNECTION_TEXT_MAX];

	ck_assert_ptr_nonnull(expected);
	bitmark_connection_to_text(connection, text);
	ck_assert_str_eq(text, expected);
}

/* The text of Go's number parser is BITMARK_E_PORT here. */
static void
assert_refused(bitmark_status status, const char *error, const char *what)
{
	if (strncmp(error, "strconv.", strlen("strconv.")) == 0)
		ck_assert_msg(status == BITMARK_E_PORT, "%s", what);
	else
		assert_error(status, error, what);
}

static void
assert_connection(const struct bitmark_connection *c, const json_t *v)
{
	uint8_t packed[BITMARK_CONNECTION_V6_SIZE];

	bitmark_connection_pack(c, packed);
	assert_hex(packed, sizeof packed, field_text(v, "packed"),
	    field_text(v, "hostPort"));
	assert_text(c, field_text(v, "text"));
	ck_assert_int_eq(!bitmark_connection_is_v4(c),
	    json_is_true(json_object_get(v, "ipv6")));
}

START_TEST(text_is_read_and_packed_as_v8_2_does_it)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("connectionPack"), i, v) {
		const char *text = field_text(v, "hostPort");
		const char *error = field_text(v, "error");
		struct bitmark_connection c;
		bitmark_status status = bitmark_connection_from_text(text,
		    strlen(text), &c);

		if (error != NULL) {
			assert_refused(status, error, text);
		} else {
			ck_assert_msg(status == BITMARK_OK, "%s", text);
			assert_connection(&c, v);
		}
	}
}
END_TEST

START_TEST(text_that_is_refused_leaves_the_connection_as_it_was)
{
	struct bitmark_connection c = connection_of("1.2.3.4:5");

	ck_assert_int_eq(bitmark_connection_from_text("9.9.9.9:0", 9, &c),
	    BITMARK_E_PORT);
	assert_text(&c, "1.2.3.4:5");
}
END_TEST

START_TEST(text_must_be_one_literal_and_one_port)
{
	static const char *const texts[] = {
		"", ":", ":22", "[]:22", "[:22", "]:22", "host.example:22",
		"[::1]x:22", "[::1] :22", "[[::1]]:22", "127.0.0.1:2]",
		"[127.0.0.1:22", "127.0.0.1]:22", "[fe80::1%eth0]:22",
		"1.2.3:22", "1.2.3.4.5:22", "[1::2::3]:22",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]:22",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct bitmark_connection c;

		ck_assert_msg(bitmark_connection_from_text(texts[i],
		    strlen(texts[i]), &c) == BITMARK_E_IP_ADDRESS,
		    "%s", texts[i]);
	}
}
END_TEST

START_TEST(port_that_does_not_fit_is_refused)
{
	static const char *const texts[] = {
		"1.2.3.4:65536", "1.2.3.4:4294967297", "1.2.3.4:+",
		"1.2.3.4:18446744073709551617", "1.2.3.4:++1", "1.2.3.4:0x16",
		"1.2.3.4:-0", "1.2.3.4:2 2",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct bitmark_connection c;

		ck_assert_msg(bitmark_connection_from_text(texts[i],
		    strlen(texts[i]), &c) == BITMARK_E_PORT, "%s", texts[i]);
	}
}
END_TEST

START_TEST(text_with_a_nul_inside_is_refused)
{
	struct bitmark_connection c;

	ck_assert_int_eq(bitmark_connection_from_text("1.2.3.4\0x:5", 11, &c),
	    BITMARK_E_IP_ADDRESS);
	ck_assert_int_eq(bitmark_connection_from_text("1.2.3.4:5\0", 10, &c),
	    BITMARK_E_PORT);
}
END_TEST

START_TEST(an_endpoint_is_an_address_or_a_name)
{
	static const struct {
		const char *text, *name;
		uint16_t port;
	} row[] = {
		{ " 127.0.0.1 : 2136 ", "", 2136 },
		{ "[::1]:2136", "", 2136 },
		{ "localhost:1", "localhost", 1 },
		{ " node-1.a_b.example. : +65535 ", "node-1.a_b.example.",
		    65535 },
		{ "[name]:2", "name", 2 },      /* Go takes it, too */
	};
	struct bitmark_endpoint e;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		memset(&e, 0xff, sizeof e);
		ck_assert_msg(bitmark_endpoint_from_text(row[i].text,
		    strlen(row[i].text), &e) == BITMARK_OK, "%s", row[i].text);
		ck_assert_str_eq(e.name, row[i].name);
		ck_assert_uint_eq(e.to.port, row[i].port);
	}
}
END_TEST

START_TEST(an_endpoint_that_is_neither_is_refused)
{
	static const struct {
		const char *text;
		bitmark_status status;
	} row[] = {
		{ "", BITMARK_E_IP_ADDRESS },
		{ "localhost", BITMARK_E_NO_PORT },
		{ "127.0.0.1", BITMARK_E_NO_PORT },
		{ "[::1]", BITMARK_E_NO_PORT },
		{ "::1", BITMARK_E_IP_ADDRESS },
		{ ":2136", BITMARK_E_IP_ADDRESS },
		{ "::1:2136", BITMARK_E_IP_ADDRESS },
		{ "1.2.3:2136", BITMARK_E_IP_ADDRESS },
		{ "lo host:2136", BITMARK_E_IP_ADDRESS },
		{ "lo;host:x", BITMARK_E_IP_ADDRESS },
		{ "localhost:", BITMARK_E_PORT },
		{ "localhost:0", BITMARK_E_PORT },
		{ "localhost:65536", BITMARK_E_PORT },
		{ "127.0.0.1:x", BITMARK_E_PORT },
	};
	struct bitmark_endpoint e = { .name = "as it was" };
	struct bitmark_connection c = { .port = 7 };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		ck_assert_msg(bitmark_endpoint_from_text(row[i].text,
		    strlen(row[i].text), &e) == row[i].status, "%s",
		    row[i].text);
	ck_assert_str_eq(e.name, "as it was");
	ck_assert_int_eq(bitmark_connection_from_text("localhost:0", 11, &c),
	    BITMARK_E_IP_ADDRESS);
	ck_assert_uint_eq(c.port, 7);
}
END_TEST

START_TEST(a_host_name_has_labels_of_1_to_63_in_253_characters)
{
	static const char *const bad[] = { "", ".", "..", "a..b", ".a",
	    "a..", "1.2", "a b", "a:b", ("0123456789012345678901234567890123"
	    "456789012345678901234567890123.b") };
	char name[BITMARK_HOST_NAME_MAX + 1];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!bitmark_host_name_is_valid(bad[i],
		    strlen(bad[i])), "%s", bad[i]);
	for (size_t i = 0; i < sizeof name; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	ck_assert(bitmark_host_name_is_valid(name, 253));
	ck_assert(!bitmark_host_name_is_valid(name, 254));
	ck_assert(bitmark_host_name_is_valid("a.bc.", 5));
	ck_assert(!bitmark_host_name_is_valid("a\0b", 3));
}
END_TEST

START_TEST(addresses_are_printed_as_go_prints_them)
{
	static const char *const texts[][2] = {
		{ "[::1.2.3.4]:9", "[::102:304]:9" },
		{ "[::ffff]:9", "[::ffff]:9" },
		{ "[::1:0]:9", "[::1:0]:9" },
		{ "[::ffff:0:1.2.3.4]:9", "[::ffff:0:102:304]:9" },
		{ "[1:0:0:2:0:0:0:3]:9", "[1:0:0:2::3]:9" },
		{ "[1:0:2:3:4:5:6:7]:9", "[1:0:2:3:4:5:6:7]:9" },
		{ "[FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF]:65535",
		  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct bitmark_connection c = connection_of(texts[i][0]);

		assert_text(&c, texts[i][1]);
	}
}
END_TEST

/* We always write 19 bytes; v8.2 packs again what it has read. */
static void
assert_repacked(const struct bitmark_connection *c, const char *expected)
{
	char text[2 * BITMARK_CONNECTION_V6_SIZE + 1];
	uint8_t packed[BITMARK_CONNECTION_V6_SIZE];

	if (strlen(expected) == 2 * BITMARK_CONNECTION_V4_SIZE)
		snprintf(text, sizeof text, "13%.4s00000000000000000000ffff%s",
		    expected + 2, expected + 6);
	else
		snprintf(text, sizeof text, "%s", expected);
	bitmark_connection_pack(c, packed);
	assert_hex(packed, sizeof packed, text, "repacked");
}

START_TEST(packed_entries_are_read_as_v8_2_reads_them)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("connectionUnpack"), i, v) {
		struct bitmark_connection c;
		size_t size;
		uint8_t *packed = field_bytes(v, "packed", &size);
		size_t used = bitmark_connection_parse(packed, size, &c);

		if (field_text(v, "panic") != NULL)
			ck_assert_uint_eq(used, 0);
		else
			ck_assert_uint_eq(used, field_number(v, "count"));
		if (used != 0) {
			assert_text(&c, field_text(v, "text"));
			assert_repacked(&c, field_text(v, "repacked"));
			ck_assert_int_eq(!bitmark_connection_is_v4(&c),
			    json_is_true(json_object_get(v, "ipv6")));
		}
		free(packed);
	}
}
END_TEST

static const uint8_t v4_entry[] = { 7, 8, 88, 127, 0, 0, 1 };
static const uint8_t v6_entry[] = {
	19, 8, 88, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
};

START_TEST(truncated_entry_is_no_entry)
{
	struct bitmark_connection c;

	for (size_t size = 0; size <= sizeof v6_entry; size++) {
		/* a copy, so that reading past the end is noticed */
		uint8_t *data = malloc(size == 0 ? 1 : size);

		ck_assert_ptr_nonnull(data);
		memcpy(data, v6_entry, size);
		ck_assert_uint_eq(bitmark_connection_parse(data, size, &c),
		    size == sizeof v6_entry ? sizeof v6_entry : 0);
		free(data);
	}
	for (size_t size = 0; size < sizeof v4_entry; size++)
		ck_assert_uint_eq(bitmark_connection_parse(v4_entry, size, &c),
		    0);
	ck_assert_uint_eq(bitmark_connection_parse(NULL, 0, &c), 0);
}
END_TEST

static void
assert_found(const struct bitmark_connection *c, bool has,
    const char *expected)
{
	ck_assert_int_eq(has, expected != NULL);
	if (has)
		assert_text(c, expected);
}

START_TEST(first_of_each_family_is_found_as_v8_2_finds_it)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("connectionUnpack46"), i, v) {
		struct bitmark_connection v4, v6;
		bool has_v4, has_v6;
		size_t size;
		uint8_t *packed = field_bytes(v, "packed", &size);

		bitmark_connections_first(packed, size, &v4, &has_v4, &v6,
		    &has_v6);
		if (field_text(v, "panic") != NULL) {
			/* its second entry is truncated */
			assert_found(&v4, has_v4, "151.9.43.174:38727");
			assert_found(&v6, has_v6, NULL);
		} else {
			assert_found(&v4, has_v4, field_text(v, "v4"));
			assert_found(&v6, has_v6, field_text(v, "v6"));
		}
		free(packed);
	}
}
END_TEST

START_TEST(truncated_entry_ends_a_list)
{
	uint8_t list[sizeof v4_entry + sizeof v6_entry];
	struct bitmark_connection v4, v6;
	bool has_v4, has_v6;

	memcpy(list, v4_entry, sizeof v4_entry);
	memcpy(list + sizeof v4_entry, v6_entry, sizeof v6_entry);
	bitmark_connections_first(list, sizeof list - 1, &v4, &has_v4, &v6,
	    &has_v6);
	assert_found(&v4, has_v4, "127.0.0.1:2136");
	ck_assert(!has_v6);
	bitmark_connections_first(list, sizeof list, &v4, &has_v4, &v6,
	    &has_v6);
	assert_found(&v4, has_v4, "127.0.0.1:2136");
	assert_found(&v6, has_v6, "[2001:db8::1]:2136");
}
END_TEST

START_TEST(entry_that_no_peer_can_be_reached_at_is_unusable)
{
	static const char *const unusable[] = {
		"0.0.0.0:22", "[::]:22", "[::ffff:0.0.0.0]:22",
		"224.0.0.1:22", "239.255.255.255:22", "[ff02::1]:22",
	};
	static const char *const usable[] = {
		"127.0.0.1:22", "223.255.255.255:22", "240.0.0.1:22",
		"0.0.0.1:22", "[::1]:22", "[fe80::1]:22", "[feff::1]:22",
	};
	struct bitmark_connection c;

	for (size_t i = 0; i < sizeof unusable / sizeof unusable[0]; i++) {
		c = connection_of(unusable[i]);
		ck_assert_msg(!bitmark_connection_is_usable(&c), "%s",
		    unusable[i]);
	}
	for (size_t i = 0; i < sizeof usable / sizeof usable[0]; i++) {
		c = connection_of(usable[i]);
		ck_assert_msg(bitmark_connection_is_usable(&c), "%s",
		    usable[i]);
	}
	c.port = 0;
	ck_assert(!bitmark_connection_is_usable(&c));
}
END_TEST

START_TEST(list_is_usable_when_one_entry_is)
{
	uint8_t list[] = { 7, 0, 0, 127, 0, 0, 1, 7, 8, 88, 127, 0, 0, 1 };

	ck_assert(bitmark_connections_usable(list, sizeof list));
	ck_assert(!bitmark_connections_usable(list, sizeof list - 1));
	ck_assert(!bitmark_connections_usable(list, 7));
	ck_assert(!bitmark_connections_usable(NULL, 0));
	list[0] = 8;
	ck_assert(!bitmark_connections_usable(list, sizeof list));
}
END_TEST

START_TEST(list_longer_than_the_bound_is_not_usable)
{
	uint8_t list[BITMARK_CONNECTIONS_MAX + 1] = { 0 };

	memcpy(list, v4_entry, sizeof v4_entry);
	ck_assert(bitmark_connections_usable(list, BITMARK_CONNECTIONS_MAX));
	ck_assert(!bitmark_connections_usable(list, sizeof list));
}
END_TEST

static void
assert_address(bool has, const struct bitmark_connection *c, uint16_t port,
    const char *address)
{
	char expected[BITMARK_CONNECTION_TEXT_MAX];

	ck_assert_int_eq(has, address[0] != '\0');
	if (!has)
		return;
	snprintf(expected, sizeof expected, bitmark_connection_is_v4(c) ?
	    "%s:%u" : "[%s]:%u", address, (unsigned)port);
	assert_text(c, expected);
}

static void
assert_record(const struct bitmark_dns_txt *record, const json_t *v)
{
	ck_assert_uint_eq(record->peer_port, field_number(v, "connectPort"));
	ck_assert_uint_eq(record->rpc_port, field_number(v, "rpcPort"));
	assert_hex(record->fingerprint, 32, field_text(v, "fingerprint"),
	    "fingerprint");
	assert_hex(record->public_key, 32, field_text(v, "publicKey"),
	    "public key");
	assert_address(record->has_v4, &record->v4, record->peer_port,
	    field_text(v, "ipv4"));
	assert_address(record->has_v6, &record->v6, record->peer_port,
	    field_text(v, "ipv6"));
}

START_TEST(dns_records_are_read_as_v8_2_means_to_D_48)
{
	const json_t *v;
	size_t i;

	json_array_foreach(vectors_section("dnsTag"), i, v) {
		const char *text = field_text(v, "text");
		struct bitmark_dns_txt record;
		bitmark_status status = bitmark_dns_txt_parse(text,
		    strlen(text), &record);

		if (field_text(v, "panic") != NULL)
			ck_assert_int_eq(status, BITMARK_E_IP_ADDRESS);
		else
			assert_error(status, field_text(v, "error"), text);
		if (status == BITMARK_OK)
			assert_record(&record, v);
	}
}
END_TEST

/* Each of the records above that is good; calls ${check} with it. */
static void
each_good_record(void (*check)(const struct bitmark_dns_txt *record))
{
	const json_t *v;
	size_t i, good = 0;

	json_array_foreach(vectors_section("dnsTag"), i, v) {
		const char *text = field_text(v, "text");
		struct bitmark_dns_txt record;

		if (bitmark_dns_txt_parse(text, strlen(text), &record) !=
		    BITMARK_OK)
			continue;
		check(&record);
		good++;
	}
	ck_assert_uint_gt(good, 0);
}

static void
check_round_trip(const struct bitmark_dns_txt *record)
{
	struct bitmark_dns_txt again;
	char text[512];

	ck_assert_int_eq(bitmark_dns_txt_format(record, text, sizeof text),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_dns_txt_parse(text, strlen(text), &again),
	    BITMARK_OK);
	ck_assert_int_eq(again.has_v4, record->has_v4);
	ck_assert_int_eq(again.has_v6, record->has_v6);
	ck_assert_mem_eq(again.v4.address, record->v4.address, 16);
	ck_assert_mem_eq(again.v6.address, record->v6.address, 16);
	ck_assert_uint_eq(again.v4.port, record->v4.port);
	ck_assert_uint_eq(again.v6.port, record->v6.port);
	ck_assert_uint_eq(again.peer_port, record->peer_port);
	ck_assert_uint_eq(again.rpc_port, record->rpc_port);
	ck_assert_mem_eq(again.fingerprint, record->fingerprint, 32);
	ck_assert_mem_eq(again.public_key, record->public_key, 32);
}

START_TEST(dns_record_that_is_written_is_read_back)
{
	each_good_record(check_round_trip);
}
END_TEST

static void
check_space(const struct bitmark_dns_txt *record)
{
	char text[512];
	size_t needed;

	ck_assert_int_eq(bitmark_dns_txt_format(record, text, sizeof text),
	    BITMARK_OK);
	needed = strlen(text) + 1;
	ck_assert_int_eq(bitmark_dns_txt_format(record, text, needed),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_dns_txt_format(record, text, needed - 1),
	    BITMARK_E_SPACE);
	ck_assert_int_eq(bitmark_dns_txt_format(record, NULL, 0),
	    BITMARK_E_SPACE);
}

START_TEST(dns_record_is_written_only_where_it_fits)
{
	each_good_record(check_space);
}
END_TEST

START_TEST(dns_record_is_written_in_the_form_of_version_3)
{
	struct bitmark_dns_txt record = {
		.has_v4 = true, .has_v6 = true,
		.v4 = connection_of("127.0.0.1:2136"),
		.v6 = connection_of("[2001:db8::1]:2136"),
		.peer_port = 2136, .rpc_port = 2130,
		.fingerprint = { 0xf0 }, .public_key = { 0x0e },
	};
	char text[512];

	ck_assert_int_eq(bitmark_dns_txt_format(&record, text, sizeof text),
	    BITMARK_OK);
	ck_assert_str_eq(text, "bitmark=v3 a=127.0.0.1;[2001:db8::1] c=2136 "
	    "r=2130 f=f0000000000000000000000000000000"
	    "00000000000000000000000000000000 "
	    "p=0e00000000000000000000000000000000000000000000000000000000"
	    "000000");
}
END_TEST

START_TEST(dns_record_that_nobody_could_read_is_not_written)
{
	struct bitmark_dns_txt record = { .peer_port = 1, .rpc_port = 1 };
	char text[512];

	ck_assert_int_eq(bitmark_dns_txt_format(&record, text, sizeof text),
	    BITMARK_E_ARGUMENT);
	record.has_v4 = true;
	record.v4 = connection_of("127.0.0.1:1");
	record.rpc_port = 0;
	ck_assert_int_eq(bitmark_dns_txt_format(&record, text, sizeof text),
	    BITMARK_E_ARGUMENT);
}
END_TEST

static void
add_connection_tests(Suite *suite)
{
	TCase *tc = tcase_create("connection");

	tcase_add_test(tc, text_is_read_and_packed_as_v8_2_does_it);
	tcase_add_test(tc,
	    text_that_is_refused_leaves_the_connection_as_it_was);
	tcase_add_test(tc, text_must_be_one_literal_and_one_port);
	tcase_add_test(tc, port_that_does_not_fit_is_refused);
	tcase_add_test(tc, text_with_a_nul_inside_is_refused);
	tcase_add_test(tc, an_endpoint_is_an_address_or_a_name);
	tcase_add_test(tc, an_endpoint_that_is_neither_is_refused);
	tcase_add_test(tc,
	    a_host_name_has_labels_of_1_to_63_in_253_characters);
	tcase_add_test(tc, addresses_are_printed_as_go_prints_them);
	tcase_add_test(tc, packed_entries_are_read_as_v8_2_reads_them);
	tcase_add_test(tc, truncated_entry_is_no_entry);
	tcase_add_test(tc, first_of_each_family_is_found_as_v8_2_finds_it);
	tcase_add_test(tc, truncated_entry_ends_a_list);
	tcase_add_test(tc,
	    entry_that_no_peer_can_be_reached_at_is_unusable);
	tcase_add_test(tc, list_is_usable_when_one_entry_is);
	tcase_add_test(tc, list_longer_than_the_bound_is_not_usable);
	suite_add_tcase(suite, tc);
}

int
main(void)
{
	Suite *suite = suite_create("connection");
	TCase *tc = tcase_create("dns txt");

	vectors_keep("vectors.json");
	add_connection_tests(suite);
	tcase_add_test(tc, dns_records_are_read_as_v8_2_means_to_D_48);
	tcase_add_test(tc, dns_record_that_is_written_is_read_back);
	tcase_add_test(tc, dns_record_is_written_only_where_it_fits);
	tcase_add_test(tc, dns_record_is_written_in_the_form_of_version_3);
	tcase_add_test(tc, dns_record_that_nobody_could_read_is_not_written);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
