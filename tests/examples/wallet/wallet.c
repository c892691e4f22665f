/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * wallet - registers assets, issues bitmarks of them, transfers them, and shows
 * where a bitmark comes from.
 *
 * The records are made and signed here; the daemon bitmarkd-c, which need not
 * be trusted with the key, takes them in and tells what becomes of them.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer.h>

#include "key.h"
#include "node.h"
#include "transaction.h"

#define PACKED_TEXT_MAX (2 * BITMARK_RECORD_PACKED_MAX + 1)

struct wallet {
	const char *socket;
	struct bitmark_private_key key;
	struct bitmark_account account;         /* of the key           */
	const struct bitmark_rules *rules;      /* that the node obeys  */
};

/* The functions below return 0, or -1 when stderr says why. */
static int
failed(const char *what, bitmark_status status)
{
	fprintf(stderr, "wallet: %s: %s\n", what, bitmark_strerror(status));
	return -1;
}

static struct bitmark_span
span(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text, strlen(text) };
}

/* --- records ---------------------------------------------------------------- */

/* Sign and pack; the node takes packed records as hex digits. */
static int
finish_record(const struct wallet *w, struct bitmark_record *record,
    char hex[PACKED_TEXT_MAX])
{
	uint8_t signature[BITMARK_SIGNATURE_SIZE];
	uint8_t packed[BITMARK_RECORD_PACKED_MAX];
	size_t size;
	bitmark_status status = bitmark_record_sign(record, &w->key,
	    signature);

	/* Packing checks everything that a node will check. */
	if (status == BITMARK_OK)
		status = bitmark_record_pack(w->rules, record, &w->account,
		    packed, sizeof packed, &size);
	if (status != BITMARK_OK)
		return failed(bitmark_record_name(record->tag), status);
	bitmark_hex_encode(packed, size, hex);
	return 0;
}

/* Sign, pack and hand in.  The reply, or NULL. */
static json_t *
submit_record(const struct wallet *w, struct bitmark_record *record)
{
	char hex[PACKED_TEXT_MAX];

	return finish_record(w, record, hex) == 0 ? transaction_ask(w->socket, hex) : NULL;
}

/* --- the commands -------------------------------------------------------------- */

/* An asset names a file by its hash. */
static int
read_fingerprint(const char *path, char text[BITMARK_FINGERPRINT_TEXT_SIZE])
{
	const int fd = open(path, O_RDONLY);
	bitmark_status status = BITMARK_E_IO;

	if (fd >= 0) {
		status = bitmark_fingerprint_read(fd, text);
		close(fd);
	}
	return status == BITMARK_OK ? 0 : failed(path, status);
}

static int
register_asset(const struct wallet *w, const char *name,
    const char *fingerprint)
{
	struct bitmark_record record = { .tag = BITMARK_RECORD_ASSET };
	char hex[PACKED_TEXT_MAX];

	record.asset.name = span(name);
	record.asset.fingerprint = span(fingerprint);
	record.asset.registrant = w->account;
	return finish_record(w, &record, hex) == 0 ? transaction_submit(w->socket, hex) : -1;
}

/* issue NAME FILE */
static int
command_issue(const struct wallet *w, char **argv)
{
	struct bitmark_record record = { .tag = BITMARK_RECORD_ISSUE };
	char fingerprint[BITMARK_FINGERPRINT_TEXT_SIZE];
	json_t *reply;
	int result;

	if (read_fingerprint(argv[1], fingerprint) != 0 ||
	    register_asset(w, argv[0], fingerprint) != 0)
		return -1;
	bitmark_asset_id(span(fingerprint), record.issue.asset_id);
	record.issue.owner = w->account;
	/* The first bitmark of an asset: nonce 0, and free. */
	record.issue.nonce = 0;
	reply = submit_record(w, &record);
	if (reply == NULL)
		return -1;
	result = json_is_true(json_object_get(reply, "verified")) ? 0 :
	    transaction_prove(w->socket, reply);
	if (result == 0)
		result = transaction_follow(w->socket, reply);
	json_decref(reply);
	return result;
}

/* transfer TX-ID ACCOUNT [BTC|LTC] */
static int
command_transfer(const struct wallet *w, char **argv)
{
	struct bitmark_record record = { .tag = BITMARK_RECORD_TRANSFER };
	bitmark_status status;
	json_t *reply;
	size_t size;
	int result;

	status = bitmark_hex_decode(argv[0], strlen(argv[0]),
	    record.transfer.link, sizeof record.transfer.link, &size);
	if (status == BITMARK_OK && size != BITMARK_TX_ID_SIZE)
		status = BITMARK_E_NOT_LINK;
	if (status == BITMARK_OK)
		status = bitmark_account_from_text(argv[1], strlen(argv[1]),
		    &record.transfer.owner);
	if (status != BITMARK_OK)
		return failed("transfer", status);
	reply = submit_record(w, &record);
	if (reply == NULL)
		return -1;
	result = transaction_pay(w->socket, reply, argv[2]);
	if (result == 0)
		result = transaction_follow(w->socket, reply);
	json_decref(reply);
	return result;
}

/* A line for each step back in time. */
static int
print_step(void *user, const uint8_t *id,
    const struct bitmark_confirmed *confirmed)
{
	const struct bitmark_record *record = &confirmed->record;
	const struct bitmark_account *owner = bitmark_record_owner(record);
	char id_text[2 * BITMARK_ASSET_ID_SIZE + 1];
	char account[BITMARK_ACCOUNT_TEXT_MAX] = "-";

	(void)user;
	bitmark_hex_encode(id, record->tag == BITMARK_RECORD_ASSET ?
	    BITMARK_ASSET_ID_SIZE : BITMARK_TX_ID_SIZE, id_text);
	if (owner != NULL)
		bitmark_account_to_text(owner, account);
	printf("block %" PRIu64 " %s %s %s\n", confirmed->number,
	    bitmark_record_name(record->tag), account, id_text);
	return 0;
}

/* provenance STORE CHAIN TX-ID: the store may be that of a daemon that runs. */
static int
command_provenance(char **argv)
{
	struct bitmark_chain_config config = { .struct_size = sizeof config };
	struct bitmark_chain *chain = NULL;
	struct bitmark_snapshot *snapshot = NULL;
	uint8_t id[BITMARK_TX_ID_SIZE];
	bitmark_status status;
	size_t size;

	config.path = argv[0];
	config.params = bitmark_chain_params_find(argv[1]);
	config.access = BITMARK_CHAIN_READ;
	status = bitmark_hex_decode(argv[2], strlen(argv[2]), id, sizeof id,
	    &size);
	if (status == BITMARK_OK && size != sizeof id)
		status = BITMARK_E_LENGTH;
	if (status == BITMARK_OK)
		status = bitmark_chain_open(&chain, &config);
	if (status == BITMARK_OK)
		status = bitmark_snapshot_open(chain, &snapshot);
	if (status == BITMARK_OK)
		status = bitmark_snapshot_provenance(snapshot, id, print_step,
		    NULL);
	bitmark_snapshot_close(snapshot);
	bitmark_chain_close(chain);
	return status == BITMARK_OK ? 0 : failed("provenance", status);
}

/* --- the beginning -------------------------------------------------------------- */

/* The node tells which rules it obeys, and a key of the other network would sign
 * in vain. */
static int
meet_node(struct wallet *w)
{
	json_t *reply = node_ask(w->socket, json_pack("{s:s}", "command",
	    "status"));
	const struct bitmark_chain_params *params = NULL;
	const char *rules, *chain;

	if (reply == NULL)
		return -1;
	if (json_unpack(reply, "{s:s, s:s}", "rules", &rules, "chain",
	    &chain) == 0) {
		w->rules = bitmark_rules_find(rules);
		params = bitmark_chain_params_find(chain);
	}
	json_decref(reply);
	if (w->rules == NULL || params == NULL) {
		fprintf(stderr, "wallet: the node has unknown rules\n");
		return -1;
	}
	if (params->network != w->key.network) {
		fprintf(stderr, "wallet: the key is of another network\n");
		return -1;
	}
	return 0;
}

/* Commands that need the key and the node. */
static int
run(const char *key_path, const char *socket_path, int argc, char **argv)
{
	struct wallet w = { .socket = socket_path };
	int result = -2;                /* no such command */

	if (key_read(key_path, &w.key) != 0)
		return -1;
	bitmark_private_key_account(&w.key, &w.account);
	if (strcmp(argv[0], "issue") == 0 && argc == 3)
		result = meet_node(&w) == 0 ? command_issue(&w, argv + 1) : -1;
	else if (strcmp(argv[0], "transfer") == 0 && (argc == 3 || argc == 4))
		result = meet_node(&w) == 0 ? command_transfer(&w, argv + 1) :
		    -1;
	bitmark_private_key_wipe(&w.key);
	return result;
}

int
main(int argc, char **argv)
{
	int result = -2;

	if (argc == 3 && strcmp(argv[1], "new") == 0)
		result = key_make(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "restore") == 0)
		result = key_restore(argv[2]);
	else if (argc == 5 && strcmp(argv[1], "provenance") == 0)
		result = command_provenance(argv + 2);
	else if (argc > 3)
		result = run(argv[1], argv[2], argc - 3, argv + 3);
	if (result == -2)
		fprintf(stderr, "usage: wallet new KEYFILE\n"
		    "       wallet restore KEYFILE <PHRASE\n"
		    "       wallet KEYFILE SOCKET issue NAME FILE\n"
		    "       wallet KEYFILE SOCKET transfer TX-ID ACCOUNT "
		    "[BTC|LTC]\n"
		    "       wallet provenance STORE CHAIN TX-ID\n");
	return result == 0 && fflush(stdout) == 0 ? 0 : 1;
}
