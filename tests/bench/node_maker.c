/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "node_maker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "chain_maker.h"

static void
free_address(char text[NODE_MAKER_ADDRESS_SIZE])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0)
		bench_fail("no address of loopback");
	close(fd);
	snprintf(text, NODE_MAKER_ADDRESS_SIZE, "127.0.0.1:%u",
	    (unsigned)ntohs(address.sin_port));
}

void
maker_node_init(struct maker_node *n, const char *directory)
{
	struct bitmark_node_config *config = &n->config;

	memset(n, 0, sizeof *n);
	config->struct_size = sizeof *config;
	bitmark_peer_key_generate(NULL, config->public_key,
	    config->private_key);
	free_address(n->address);
	n->listen = n->address;
	config->database = directory;
	config->params = bitmark_chain_params_find("local");
	config->listen = config->announce = &n->listen;
	config->listen_count = config->announce_count = 1;
}

void
maker_node_follow(struct maker_node *n, const struct maker_node *other)
{
	memcpy(n->peer.key, other->config.public_key, sizeof n->peer.key);
	n->peer.struct_size = sizeof n->peer;
	n->peer.address = other->address;
	n->config.connect = &n->peer;
	n->config.connect_count = 1;
}

void
maker_node_start(struct maker_node *n)
{
	maker_must(bitmark_node_start(&n->node, &n->config), "node");
}

void
maker_node_stop(struct maker_node *n)
{
	bitmark_node_stop(n->node);
	n->node = NULL;
}
