/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A publisher for scripts: prints "KEY@127.0.0.1:PORT", then publishes what
 * the lines of the standard input say, until it ends:
 *
 *	EVENT FILE...           the bytes of each file are a parameter
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/codec.h>
#include <bitmarkpeer/os.h>

#include "net/curve.h"
#include "net/publisher.h"

#define LINE_SIZE 4096
#define FILE_SIZE_MAX 1000000
#define PARAMETERS_MAX 3

static struct bitmark_span
read_file(const char *path)
{
	uint8_t *data = malloc(FILE_SIZE_MAX);
	FILE *in = fopen(path, "rb");
	struct bitmark_span span = { data, 0 };

	if (data == NULL || in == NULL) {
		perror(path);
		exit(1);
	}
	span.size = fread(data, 1, FILE_SIZE_MAX, in);
	fclose(in);
	return span;
}

static void
publish_line(struct bm_publisher *publisher, char *line)
{
	struct bitmark_span parameter[PARAMETERS_MAX];
	const char *event = strtok(line, " \n"), *path;
	size_t count = 0;

	while (count < PARAMETERS_MAX && (path = strtok(NULL, " \n")) != NULL)
		parameter[count++] = read_file(path);
	if (event != NULL && bm_publisher_publish(publisher, event, parameter,
	    count, bitmark_clock_ms()) != BITMARK_OK)
		exit(1);
	while (count > 0)
		free((void *)(uintptr_t)parameter[--count].data);
}

/* One line; no stdio: what it has read ahead could not be polled. */
static int
read_line(char line[LINE_SIZE])
{
	size_t size = 0;

	while (size + 1 < LINE_SIZE && read(STDIN_FILENO, line + size, 1) == 1)
		if (line[size++] == '\n')
			break;
	line[size] = '\0';
	return size > 0;
}

static void
run(struct bm_publisher *publisher)
{
	zmq_pollitem_t items[1 + BM_PUBLISHER_ITEMS] = {
		{ NULL, STDIN_FILENO, ZMQ_POLLIN, 0 },
	};
	char line[LINE_SIZE];

	bm_publisher_poll_items(publisher, items + 1);
	while (zmq_poll(items, 1 + BM_PUBLISHER_ITEMS, 1000) >= 0) {
		bm_publisher_drive(publisher, bitmark_clock_ms());
		if (items[0].revents == 0)
			continue;
		if (!read_line(line))
			return;
		publish_line(publisher, line);
	}
}

int
main(void)
{
	char key[2 * BITMARK_PEER_KEY_SIZE + 1];
	char address[BITMARK_CONNECTION_TEXT_MAX];
	uint8_t public_key[BITMARK_PEER_KEY_SIZE];
	struct bitmark_connection bind;
	struct bm_publisher_config config = { .zmq = zmq_ctx_new(),
		.chain = "local", .bind = &bind, .bind_count = 1, .connections_max = 10 };
	struct bm_publisher *publisher;

	bitmark_peer_key_generate(NULL, public_key, config.private_key);
	if (bitmark_connection_from_text("127.0.0.1:1", 11, &bind) !=
	    BITMARK_OK)
		return 1;
	bind.port = 0;
	if (bm_publisher_start(&publisher, &config, bitmark_clock_ms()) !=
	    BITMARK_OK)
		return 1;
	bm_publisher_bound(publisher, 0, &bind);
	bitmark_connection_to_text(&bind, address);
	bitmark_hex_encode(public_key, sizeof public_key, key);
	printf("%s@%s\n", key, address);
	fflush(stdout);
	run(publisher);
	bm_publisher_stop(publisher);
	zmq_ctx_term(config.zmq);
	return 0;
}
