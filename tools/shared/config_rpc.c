/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The sections of the servers of the client RPC, client_rpc and https_rpc: their
 * keys, the checks of their values, and the values.
 *
 * Source: bitmarkd v8.2 and v0.16.0 rpc/setup.go, configuration
 */
#include "shared/config_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Source: bitmarkd v0.16.0 rpc/listeners; local choice for the others. */
#define CONNECTIONS_DEFAULT 100
#define CONNECTIONS_LIMIT 65535
#define IDLE_S_DEFAULT 300
#define IDLE_S_LIMIT 86400
#define CERTIFICATE_NAME "rpc.crt"
#define KEY_NAME "rpc.key"

/* The beginning of a PEM text, by which it is told apart from the name of a
 * file. */
#define PEM_TAG "-----BEGIN"
#define V4_BITS 32
#define V6_BITS 128
/* Longest network as text: an address in brackets, "/128" and NUL. */
#define NETWORK_TEXT_MAX (INET6_ADDRSTRLEN + 8)

/* --- checks --------------------------------------------------------------- */

/* Read the number behind the "/". Without it the network is the one address. */
static bool
read_bits(const char *text, unsigned most, unsigned *bits)
{
	char *end;
	unsigned long number;

	*bits = most;
	if (text == NULL)
		return true;
	number = strtoul(text + 1, &end, 10);
	if (text[1] < '0' || text[1] > '9' || *end != '\0' || number > most)
		return false;
	*bits = (unsigned)number;
	return true;
}

/* Read a network in CIDR form, or an address. An IPv6 address may stand in
 * brackets: the sample configuration of v8.2 writes it so, although v8.2 then
 * ignores it without a word [S-16]. IPv4 becomes an IPv4-mapped IPv6 network,
 * so that one comparison serves both. */
static bool
read_network(const char *value, struct config_network *network)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[NETWORK_TEXT_MAX];
	char *host = text, *slash, *end;
	bool good;

	if (strlen(value) >= sizeof text)
		return false;
	memcpy(text, value, strlen(value) + 1);
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash = '\0';
	end = text + strlen(text);
	if (text[0] == '[' && end[-1] == ']') {
		host++;
		end[-1] = '\0';
	}
	if (inet_pton(AF_INET6, host, network->address) == 1)
		return read_bits(slash, V6_BITS, &network->bits);
	memcpy(network->address, mapped, sizeof mapped);
	good = host == text && inet_pton(AF_INET, host,
	    network->address + sizeof mapped) == 1 &&
	    read_bits(slash, V4_BITS, &network->bits);
	network->bits += V6_BITS - V4_BITS;
	return good;
}

static const char *
check_network(struct config_trial *t)
{
	struct config_network network;

	return read_network(t->value, &network) ? NULL :
	    "neither an address nor a network as 192.0.2.0/24";
}

/* The releases whose way of writing numbers the RPC can use, in the order of
 * the flag that keeps the choice. */
static bool
find_form(const char *text, bool *is_old)
{
	static const char *const names[] = { "0.16", "8.2" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) == 0) {
			*is_old = i != 0;
			return true;
		}
	}
	return false;
}

static const char *
check_form(struct config_trial *t)
{
	bool is_old;

	return find_form(t->value, &is_old) ? NULL :
	    "no such form: 0.16 or 8.2";
}

/* --- keys ----------------------------------------------------------------- */

#define SERVER_KEYS \
	{ .name = "listen", .kind = KEY_LIST, .check = config_value_listen }, \
	{ .name = "maximum_connections", .check = config_value_range, \
	    .minimum = 1, .maximum = CONNECTIONS_LIMIT }, \
	{ .name = "certificate", .check = config_value_text }, \
	{ .name = "private_key", .check = config_value_text, \
	    .is_secret = true }
#define NETWORKS(n) { .name = (n), .kind = KEY_LIST, \
	.check = check_network }

const struct config_key_spec config_client_rpc_keys[] = {
	SERVER_KEYS,
	{ .name = "announce", .kind = KEY_LIST,
	    .check = config_value_announce },
	{ .name = "idle_s", .check = config_value_range, .minimum = 1,
	    .maximum = IDLE_S_LIMIT },
	{ .name = "form", .check = check_form },
	{ .name = "read_only", .check = config_value_flag },
	{ .name = NULL },
};

static const struct config_key_spec allow_keys[] = {
	NETWORKS("details"),
	NETWORKS("connections"),
	NETWORKS("peers"),
	{ .name = NULL },
};

const struct config_key_spec config_https_rpc_keys[] = {
	SERVER_KEYS,
	{ .name = "allow", .kind = KEY_SECTION, .keys = allow_keys },
	{ .name = NULL },
};

/* --- values --------------------------------------------------------------- */

/* The value is the name of a file, or, as in 0.16, the PEM text itself. */
static char *
take_pem(const char *text, const struct config *config, bool *nomem)
{
	return config_starts_with(text, PEM_TAG) ? config_copy(text, nomem) :
	    config_join(config->data_directory, text, nomem);
}

static void
take_server(const struct config_entry *section, const struct config *config,
    struct config_rpc *server, bool *nomem)
{
	const unsigned long most = config_number_of(section,
	    "maximum_connections");

	config_take_list(section, "listen", &server->listen, nomem);
	server->connections_max = most != 0 ? (unsigned)most :
	    CONNECTIONS_DEFAULT;
	server->certificate = take_pem(config_text_of(section, "certificate",
	    CERTIFICATE_NAME), config, nomem);
	server->private_key = take_pem(config_text_of(section, "private_key",
	    KEY_NAME), config, nomem);
}

/* All texts were checked before, so each one can be read. */
static void
take_networks(const struct config_entry *section, const char *name,
    struct config_networks *networks, bool *nomem)
{
	struct config_list list = { .items = NULL };

	config_take_list(section, name, &list, nomem);
	networks->items = calloc(list.count + 1, sizeof *networks->items);
	*nomem |= networks->items == NULL;
	for (size_t i = 0; !*nomem && i < list.count; i++)
		if (read_network(list.items[i],
		    &networks->items[networks->count]))
			networks->count++;
	config_free_list(&list);
}

/* client_rpc.announce replaces peering.rpc_announce when it is given. The
 * latter is older, for RPC servers beside the node. */
static void
take_announce(const struct config_entry *section, struct config *config,
    bool *nomem)
{
	struct config_list list = { .items = NULL };

	config_take_list(section, "announce", &list, nomem);
	if (list.count > 0) {
		config_free_list(&config->peering.rpc_announce);
		config->peering.rpc_announce = list;
	} else {
		config_free_list(&list);
	}
}

void
config_take_rpc(const struct config_entry *root, struct config *config,
    bool *nomem)
{
	const struct config_entry *client = config_section_of(root,
	    "client_rpc");
	const struct config_entry *https = config_section_of(root,
	    "https_rpc");
	const struct config_entry *allow = config_section_of(https, "allow");
	const unsigned long idle = config_number_of(client, "idle_s");

	take_server(client, config, &config->client_rpc, nomem);
	take_announce(client, config, nomem);
	config->client_rpc_idle_s = idle != 0 ? (unsigned)idle :
	    IDLE_S_DEFAULT;
	(void)find_form(config_text_of(client, "form", ""),
	    &config->client_rpc_is_old);
	config->read_only = config_is_asked_for(client, "read_only");
	take_server(https, config, &config->https_rpc, nomem);
	take_networks(allow, "details", &config->https_allow.details, nomem);
	take_networks(allow, "connections", &config->https_allow.connections,
	    nomem);
	take_networks(allow, "peers", &config->https_allow.peers, nomem);
}

/* The private key may be the PEM text itself, so it is wiped. */
static void
free_server(struct config_rpc *server)
{
	config_free_list(&server->listen);
	free(server->certificate);
	if (server->private_key != NULL)
		explicit_bzero(server->private_key,
		    strlen(server->private_key));
	free(server->private_key);
}

void
config_free_rpc(struct config *config)
{
	free_server(&config->client_rpc);
	free_server(&config->https_rpc);
	free(config->https_allow.details.items);
	free(config->https_allow.connections.items);
	free(config->https_allow.peers.items);
}
