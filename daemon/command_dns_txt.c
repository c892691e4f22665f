/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The command dns-txt: print the DNS TXT record by which others find this node.
 *
 * The RPC port and the certificate in it are those of the client RPC of this
 * daemon, or of a server beside it, as the configuration says. Source: bitmarkd
 * v8.2 command/bitmarkd/commands.go dnsTXT
 */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "shared/complain.h"

#define DNS_TEXT_MAX 512
#define HEX_TEXT_MAX (2 * 32 + 1)

/* The first address of each family, and the port of the first. */
struct first {
	bool has_v4, has_v6;
	struct bitmark_connection v4, v6;
	uint16_t port;                  /* 0: there is none */
};

/* The configuration has checked the list; an entry that cannot be read is
 * skipped. */
static struct first
first_of(const struct config_list *list)
{
	struct first first = { .port = 0 };

	for (size_t i = 0; i < list->count; i++) {
		struct bitmark_connection c;

		if (bitmark_connection_from_text(list->items[i],
		    strlen(list->items[i]), &c) != BITMARK_OK)
			continue;
		if (first.port == 0)
			first.port = c.port;
		if (bitmark_connection_is_v4(&c) && !first.has_v4) {
			first.v4 = c;
			first.has_v4 = true;
		} else if (!bitmark_connection_is_v4(&c) && !first.has_v6) {
			first.v6 = c;
			first.has_v6 = true;
		}
	}
	return first;
}

/* Ports are not compared, as each service has its own. */
static bool
same_address(const struct bitmark_connection *a,
    const struct bitmark_connection *b)
{
	return memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* A record has one address for both services and a port for each, so only an
 * address that is in both lists can be used. */
static bool
collect(const struct config *config, struct bitmark_dns_txt *record)
{
	struct first rpc = first_of(&config->peering.rpc_announce);
	struct first peer = first_of(&config->peering.announce);

	if (rpc.port == 0)
		complain("error: cannot determine rpc port: "
		    "rpc_announce is not set");
	else if (peer.port == 0)
		complain("error: cannot determine listen port: "
		    "announce is not set");
	else if (!config->peering.has_fingerprint)
		complain("error: fingerprint of the rpc certificate "
		    "is not set");
	else {
		record->has_v4 = rpc.has_v4 && peer.has_v4 &&
		    same_address(&rpc.v4, &peer.v4);
		record->has_v6 = rpc.has_v6 && peer.has_v6 &&
		    same_address(&rpc.v6, &peer.v6);
		record->v4 = peer.v4;
		record->v6 = peer.v6;
		record->peer_port = peer.port;
		record->rpc_port = rpc.port;
		if (record->has_v4 || record->has_v6)
			return true;
		complain("error: announce and rpc_announce have no "
		    "address in common");
	}
	return false;
}

/* The lines that bitmarkd prints, and then the record. The addresses are copied
 * from the text of the record, where they have the form of the DNS. */
static void
print_record(const struct bitmark_dns_txt *record, const char *text)
{
	char fingerprint[HEX_TEXT_MAX], public_key[HEX_TEXT_MAX];
	const char *addresses = strstr(text, " a=") + 3;

	bitmark_hex_encode(record->fingerprint, 32, fingerprint);
	bitmark_hex_encode(record->public_key, 32, public_key);
	printf("rpc fingerprint: %s\n", fingerprint);
	printf("rpc port:        %u\n", (unsigned)record->rpc_port);
	printf("public key:      %s\n", public_key);
	printf("connect port:    %u\n", (unsigned)record->peer_port);
	printf("IP4 IP6:         %.*s\n", (int)strcspn(addresses, " "),
	    addresses);
	printf("TXT \"%s\"\n", text);
}

/* Prints the record; gives the exit code. */
static int
make_record(const struct config *config)
{
	struct bitmark_dns_txt record = { .peer_port = 0 };
	char text[DNS_TEXT_MAX], error[CONFIG_ERROR_MAX];
	bitmark_status status;

	if (!config_read_public_key(&config->peering.public_key,
	    record.public_key, error)) {
		complain("%s", error);
		return EXIT_CONFIG;
	}
	memcpy(record.fingerprint, config->peering.fingerprint,
	    sizeof record.fingerprint);
	if (!collect(config, &record))
		return EXIT_CONFIG;
	status = bitmark_dns_txt_format(&record, text, sizeof text);
	if (status != BITMARK_OK) {
		(void)complain_status(config->path, status);
		return EXIT_CONFIG;
	}
	print_record(&record, text);
	return EXIT_DONE;
}

/* Only the public key of the node is needed, so that a person can make the
 * record on another machine. If the configuration has a client RPC, its
 * certificate must be readable. */
int
command_dns_txt(void *options, int argc, char **argv)
{
	struct daemon_rpc rpc = { .client = { NULL, NULL } };
	struct config *config;
	int code = setup_load(options, &config);

	(void)argc;
	(void)argv;
	if (code == EXIT_DONE)
		code = setup_rpc(config, &rpc);
	if (code == EXIT_DONE)
		code = make_record(config);
	setup_rpc_free(&rpc);
	config_free(config);
	return code;
}
