/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The section proofing of bitmarkd's configuration. Its keys go to files of the
 * new directory, so that the account which owns the blocks stays the same, and
 * so does the key by which miners know the node.
 */
#include "from_parts.h"

#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer.h>

#include "shared/complain.h"

/* Longest file of a signing key.  Bytes. */
#define SIGNING_MAX 4096

/* The names of v8.2 when none is given. Those of the key pair are in the wrong
 * order there, and so are the files [S-03]. Source: bitmarkd v8.2
 * command/bitmarkd/configuration.go */
#define THEIR_SIGN "proof.sign"
#define THEIR_PRIVATE "proof.public"

static bool
is_text(const char *text)
{
	return strncmp(text, "SEED:", strlen("SEED:")) == 0 ||
	    strncmp(text, "PRIVATE:", strlen("PRIVATE:")) == 0;
}

static const char *
signing_of(const struct from *f, struct config_entry *proofing)
{
	const char *text = from_take(proofing, "signing_key");

	return text != NULL || f->is_lua ? text : THEIR_SIGN;
}

/* Blocks need both addresses. */
static void
put_addresses(struct from *f, struct config_entry *proofing)
{
	struct config_entry *address = from_section(proofing->entries,
	    "payment_address");

	fputs("    payment_address {\n", f->out);
	from_put_key(f, address, "bitcoin", "        ");
	from_put_key(f, address, "litecoin", "        ");
	fputs("    }\n", f->out);
}

/* Without both addresses the section is left out: bitmarkd itself does not
 * start then. */
static bool
has_addresses(struct config_entry *proofing)
{
	struct config_entry *address = from_section(proofing->entries,
	    "payment_address");
	const bool has = from_take(address, "bitcoin") != NULL;

	return from_take(address, "litecoin") != NULL && has;
}

/* The keys get the names under which from_take_proof_keys puts them into the
 * new directory. */
void
from_put_proofing(struct from *f)
{
	struct config_entry *proofing = from_section(f->root->entries,
	    "proofing");
	const char *hash;

	if (proofing == NULL || !has_addresses(proofing))
		return;
	fputs("proofing {\n    signing_key = proof.sign\n", f->out);
	put_addresses(f, proofing);
	from_put_list(f, proofing, "publish", "publish");
	from_put_list(f, proofing, "submit", "submit");
	fputs("    public_key = proof.public\n"
	    "    private_key = proof.private\n", f->out);
	hash = from_take(proofing, "local_use_internal_hash");
	if (hash != NULL)
		fprintf(f->out, "    hash = %s\n", hash);
	fputs("}\n\n", f->out);
}

/* A missing file is reported; gen-proof-identity can make it later. */
static bool
read_signing(const struct from *f, const char *text,
    struct from_result *result)
{
	char path[FROM_PATH_MAX];
	uint8_t *data;
	size_t size;
	bitmark_status status;

	if (is_text(text)) {
		result->signing_key = strdup(text);
		return result->signing_key != NULL;
	}
	from_their_path(f, text, path);
	status = bitmark_file_read(path, SIGNING_MAX, &data, &size);
	if (status != BITMARK_OK) {
		complain("%s: this key file does not exist: 'bitmarkd-c "
		    "gen-proof-identity' makes one", path);
		return true;
	}
	result->signing_key = strndup((const char *)data, size);
	explicit_bzero(data, size);
	bitmark_free(data);
	return result->signing_key != NULL;
}

bool
from_take_proof_keys(struct from *f, struct from_result *result)
{
	struct config_entry *proofing = from_section(f->root->entries,
	    "proofing");
	const char *sign, *pair;

	if (proofing == NULL || !has_addresses(proofing))
		return true;
	sign = signing_of(f, proofing);
	pair = from_take(proofing, "private_key");
	(void)from_take(proofing, "public_key");
	if (pair == NULL && !f->is_lua)
		pair = THEIR_PRIVATE;
	if (sign != NULL && !read_signing(f, sign, result))
		return false;
	return pair == NULL || from_take_private(f, pair, result->proof_key,
	    &result->has_proof_key);
}
