/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The client RPC against what nodes of both releases of bitmarkd answered: the
 * recorded requests in their order, on a node with the recorded chain.
 *
 * Each reply is compared byte for byte, but for what differs from run to run
 * (VARIES), and but for the rows of services/rpc-ours.json, each of which tells
 * why our reply is another one, and which.
 */
#include "../support/recorded_daemon_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	struct recorded on;
	json_t *ours;                   /* rows of rpc-ours.json        */
	unsigned compared, failed;
};

/*
 * Comparing.
 */

/* Members whose values differ from run to run, or tell of the machine. */
static const char *const varies[] = { "uptime", "rpcs", "peers", "miner",
	"transactionCounters", "publicKey", "fingerprint\":\"", "connections" };

/* The end of the JSON value at ${at}. */
static const char *
value_end(const char *at)
{
	int depth = 0;
	bool quoted = false;

	for (; *at != '\0'; at++) {
		if (quoted && *at == '\\' && at[1] != '\0') {
			at++;
			continue;
		}
		if (*at == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (*at == '{' || *at == '[')
			depth++;
		if (depth == 0 && (*at == ',' || *at == '}' || *at == ']'))
			return at;
		if (*at == '}' || *at == ']')
			depth--;
	}
	return at;
}

/* Leave out values that vary, in place. */
static void
mask(char *text)
{
	for (size_t i = 0; i < sizeof varies / sizeof varies[0]; i++) {
		char key[64];
		char *at = text;

		snprintf(key, sizeof key, "\"%s%s", varies[i],
		    strchr(varies[i], '"') != NULL ? "" : "\":");
		while ((at = strstr(at, key)) != NULL) {
			const char *end;

			at += strlen(key);
			end = strchr(varies[i], '"') != NULL ?
			    at + strcspn(at, "\"") : value_end(at);
			/* Fingerprints of assets are data. */
			if (strchr(varies[i], '"') != NULL && end - at != 64)
				continue;
			memmove(at, end, strlen(end) + 1);
		}
	}
}

/* Lines in the order of their bytes: several requests of one write may be
 * answered in any order. */
static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort_lines(char *text)
{
	char *copy = strdup(text), *line[16], *next = copy;
	size_t count = 0;

	while (*next != '\0' && count < 16) {
		line[count++] = next;
		next += strcspn(next, "\n");
		if (*next == '\n')
			*next++ = '\0';
	}
	qsort(line, count, sizeof line[0], compare_lines);
	*text = '\0';
	for (size_t i = 0; i < count; i++) {
		strcat(text, line[i]);
		strcat(text, "\n");
	}
	free(copy);
}

/* The row that tells why our reply is another one; NULL. */
static const json_t *
row_of(const struct run *run, const char *file, json_int_t seq)
{
	size_t i;
	json_t *row;

	json_array_foreach(run->ours, i, row)
		if (strcmp(field_text(row, "file"), file) == 0 &&
		    json_integer_value(json_object_get(row, "seq")) == seq)
			return row;
	return NULL;
}

/* With RPC_PRINT=1 in the environment rows for rpc-ours.json are printed. */
static void
compare(struct run *run, const char *file, json_int_t seq, char *got,
    const char *recorded)
{
	const json_t *row = row_of(run, file, seq);
	char *wanted = strdup(row != NULL ? field_text(row, "reply") :
	    recorded);

	run->compared++;
	mask(got);
	mask(wanted);
	sort_lines(got);
	sort_lines(wanted);
	if (strcmp(got, wanted) != 0) {
		run->failed++;
		if (getenv("RPC_PRINT") != NULL) {
			json_t *new_row = json_pack("{s:s, s:I, s:s, s:s}",
			    "file", file, "seq", seq, "was", wanted, "reply",
			    got);

			json_dumpf(new_row, stdout, JSON_COMPACT);
			putchar('\n');
			json_decref(new_row);
		} else {
			fprintf(stderr, "%s %lld\n  is     %s  should %s",
			    file, (long long)seq, got, wanted);
		}
	}
	free(wanted);
}

/*
 * Replaying.
 */

/* The bytes of a request or reply; owned by the caller.  NULL: there are none. */
static char *
bytes_of(const json_t *part, size_t *size)
{
	const json_t *text = json_object_get(part, "text");

	*size = 0;
	if (!json_is_string(text))
		return strdup("");      /* recorded garbage, in base64 */
	*size = json_string_length(text);
	return memcpy(calloc(1, *size + 1), json_string_value(text), *size);
}

/* Where the JSON value at ${text} ends, as far as brackets tell. */
static size_t
request_size(const char *text, size_t size)
{
	int depth = 0;
	bool quoted = false;

	for (size_t at = 0; at < size; at++) {
		if (quoted && text[at] == '\\') {
			at++;
			continue;
		}
		if (text[at] == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (text[at] == '{' || text[at] == '[')
			depth++;
		else if ((text[at] == '}' || text[at] == ']') && --depth <= 0)
			return at + 1;
	}
	return size;
}

/* All replies to the requests of one connection, one behind the other; owned by
 * the caller. */
static char *
ask_all(const struct run *run, const char *requests, size_t size)
{
	char *all = calloc(1, 1);
	size_t at = 0;

	while (strspn(requests + at, " \t\r\n") < size - at) {
		size_t used = request_size(requests + at, size - at);
		char *reply = recorded_ask(&run->on, requests + at, used);

		if (reply == NULL)
			break;
		all = realloc(all, strlen(all) + strlen(reply) + 1);
		strcat(all, reply);
		free(reply);
		at += used;
	}
	return all;
}

/* What the client wrote on one connection; owned by the caller. */
static char *
requests_of(const json_t *record, size_t *size)
{
	char *all = calloc(1, 1);
	size_t i;
	json_t *part;

	*size = 0;
	json_array_foreach(json_object_get(record, "request"), i, part) {
		size_t more;
		char *bytes = bytes_of(part, &more);

		all = realloc(all, *size + more + 1);
		memcpy(all + *size, bytes, more + 1);
		*size += more;
		free(bytes);
	}
	return all;
}

/* A record that ended the original process was followed by a new one, whose
 * reservoir was empty. */
static void
replay_record(struct run *run, const char *file, const json_t *record)
{
	size_t size, reply_size;
	char *requests = requests_of(record, &size);
	char *reply = bytes_of(json_object_get(record, "reply"), &reply_size);
	char *got = ask_all(run, requests, size);
	const bool ended = reply[0] == '\0' && got[0] != '\0' &&
	    json_is_true(json_object_get(record, "closed"));

	compare(run, file, json_integer_value(json_object_get(record, "seq")),
	    got, reply);
	if (ended) {
		char mode[sizeof run->on.mode];

		strcpy(mode, run->on.mode);
		recorded_start(&run->on, mode, run->on.height);
	}
	free(got);
	free(reply);
	free(requests);
}

/* The records of a file, one a line; json_decref. */
static json_t *
records_of(const char *name)
{
	size_t size;
	char *text = (char *)data_file(name, &size), *end = text + size;
	json_t *list = json_array();

	for (char *line = text; line < end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline != NULL ? newline : end) -
		    line);
		json_t *record = json_loadb(line, length, JSON_ALLOW_NUL,
		    NULL);

		ck_assert_ptr_nonnull(record);
		json_array_append_new(list, record);
		line += length + 1;
	}
	free(text);
	return list;
}

/* The requests of one run of bitmark-cli after another. */
static void
replay_cli(struct run *run)
{
	char file[32], name[64];
	json_t *records, *record, *part;
	size_t i, k;

	snprintf(file, sizeof file, "cli-%s", run->on.release);
	snprintf(name, sizeof name, "services/%s.jsonl", file);
	records = records_of(name);
	json_array_foreach(records, i, record) {
		char *got = NULL;

		if (json_is_integer(json_object_get(record, "height")))
			recorded_go_to(&run->on, field_number(record, "height"));
		json_array_foreach(json_object_get(record, "exchange"), k,
		    part) {
			size_t size;
			char *text = bytes_of(part, &size);

			if (strcmp(field_text(part, "from"), "client") == 0) {
				free(got);
				got = ask_all(run, text, size);
			} else {
				compare(run, file, (json_int_t)
				    (100 * field_number(record, "seq") + k),
				    got, text);
			}
			free(text);
		}
		free(got);
	}
	json_decref(records);
}

static bool
is_cli_due(const char *mode, bool *done)
{
	if (*done || strcmp(mode, "Normal") == 0)
		return false;
	*done = true;
	return true;
}

static void
replay(struct run *run)
{
	char file[32], name[64];
	bool cli_done = false;
	json_t *records, *record;
	size_t i;

	snprintf(file, sizeof file, "rpc-%s", run->on.release);
	snprintf(name, sizeof name, "services/%s.jsonl", file);
	records = records_of(name);
	json_array_foreach(records, i, record) {
		const char *mode = field_text(record, "mode");
		const json_t *height = json_object_get(record, "height");
		uint64_t wanted = json_is_integer(height) ?
		    field_number(record, "height") : run->on.height;

		/* bitmark-cli was run on the same node, before the records
		 * of the other ones. */
		if (is_cli_due(mode, &cli_done))
			replay_cli(run);
		if (strcmp(mode, run->on.mode) != 0 || wanted < run->on.height)
			recorded_start(&run->on, mode, wanted);
		recorded_go_to(&run->on, wanted);
		replay_record(run, file, record);
	}
	json_decref(records);
}

static void
replay_release(const char *release)
{
	struct run run = { .ours =
	    vectors_load("services/rpc-ours.json") };

	recorded_open(&run.on, release);
	replay(&run);
	recorded_close(&run.on);
	json_decref(run.ours);
	printf("%s: %u replies compared\n", release, run.compared);
	ck_assert_uint_eq(run.failed, 0);
}

START_TEST(a_node_of_0_16_answers_as_bitmarkd_did)
{
	replay_release("0.16");
}
END_TEST

START_TEST(a_node_of_8_2_answers_as_bitmarkd_did)
{
	replay_release("8.2");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon rpc");
	TCase *tc = tcase_create("recorded");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_node_of_0_16_answers_as_bitmarkd_did);
	tcase_add_test(tc, a_node_of_8_2_answers_as_bitmarkd_did);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
