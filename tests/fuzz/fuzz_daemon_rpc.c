/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Requests to the client RPC, in the form of either release, on a node alone
 * that keeps what they bring from one input to the next.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[] = "/tmp/fuzz_daemon_rpc.XXXXXX";
static struct rpc_from from;

static void
check(bool holds)
{
	if (!holds)
		abort();
}

/* The process that made the directory removes it. */
static void
stop_node(void)
{
	struct dirent *entry;
	char path[512];
	DIR *dir;

	bitmark_node_stop(from.node);
	dir = opendir(directory);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", directory,
		    entry->d_name);
		if (entry->d_name[0] != '.')
			(void)unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
	(void)rmdir(directory);
}

static void
start_node(void)
{
	struct bitmark_node_config config = {
		.struct_size = sizeof config,
		.database = mkdtemp(directory),
		.params = bitmark_chain_params_find("local"),
		.rules = bitmark_rules_0_16(),
		.digest_workers = 1,
		.standalone = true,
	};
	struct bitmark_node_status s = { .struct_size = sizeof s };

	check(config.database != NULL);
	bitmark_peer_key_generate(NULL, config.public_key,
	    config.private_key);
	check(bitmark_node_start(&from.node, &config) == BITMARK_OK);
	from.chain = bitmark_node_chain(from.node);
	from.params = config.params;
	atexit(stop_node);
	/* It is Normal at once. */
	while (s.mode != BITMARK_MODE_NORMAL)
		bitmark_node_get_status(from.node, &s);
}

/* A reply is one line of JSON with three members, of which exactly one of the
 * last two is null. */
static void
check_reply(const char *text, size_t size)
{
	json_t *reply = json_loadb(text, size, JSON_ALLOW_NUL, NULL);

	check(text[size] == '\0' && text[size - 1] == '\n');
	check(memchr(text, '\n', size - 1) == NULL);
	/* An id may have what Jansson does not read. */
	if (reply == NULL) {
		check(strncmp(text, "{\"id\":", 6) == 0);
		return;
	}
	check(json_object_size(reply) == 3);
	check(json_is_null(json_object_get(reply, "result")) !=
	    json_is_null(json_object_get(reply, "error")));
	json_decref(reply);
}

static void
ask(const char *request, size_t size)
{
	size_t reply_size;
	char *reply;

	switch (rpc_answer(&from, request, size, &reply, &reply_size)) {
	case RPC_ANSWERED:
	case RPC_REFUSED:
		check_reply(reply, reply_size);
		break;
	case RPC_GARBAGE:
	case RPC_NO_MEMORY:
	case RPC_WOULD_WAIT:
		check(reply == NULL);
		break;
	}
	free(reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *request = (const char *)data;
	struct rpc_request *read;
	struct rpc_weight weight;

	if (from.node == NULL)
		start_node();
	from.form = RPC_FORM_0_16;
	ask(request, size);
	from.form = RPC_FORM_8_2;
	ask(request, size);
	read = rpc_request_read(request, size);
	check(read != NULL);
	weight = rpc_weigh(read);
	rpc_request_free(read);
	check(weight.cost >= 1 && weight.cost <= 100);
	return 0;
}
