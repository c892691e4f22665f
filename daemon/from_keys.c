/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Entries of bitmarkd's configuration, and the private keys that it names, which
 * are in files or in the configuration itself.
 */
#include "from_parts.h"

#include <string.h>

#include <bitmarkpeer.h>

#include "shared/complain.h"

/* Mark an entry as taken. The mark is the flag for "+=", which no configuration
 * of bitmarkd has. Entries without a mark are reported at the end, so that no
 * setting is lost silently. */
void
from_mark(struct config_entry *entry)
{
	entry->adds = true;
}

/* The next entry of this name that has values or, for a section, entries: a key
 * with the reason why it has no value is passed over. */
struct config_entry *
from_next(struct config_entry *entry, const char *name, bool is_section)
{
	while (entry != NULL && (strcmp(entry->name, name) != 0 ||
	    entry->is_section != is_section ||
	    (!is_section && entry->title != NULL)))
		entry = entry->next;
	return entry;
}

/* Sections of bitmarkd are not repeated, but for connect. */
struct config_entry *
from_section(struct config_entry *entries, const char *name)
{
	return from_next(entries, name, true);
}

/* Take the text of a key; NULL: it is missing or empty. */
const char *
from_take(struct config_entry *section, const char *name)
{
	struct config_entry *entry = section == NULL ? NULL :
	    from_next(section->entries, name, false);

	if (entry == NULL || entry->values == NULL)
		return NULL;
	from_mark(entry);
	return entry->values->text[0] != '\0' ? entry->values->text : NULL;
}

/* The path at which bitmarkd looks for a file. Source: bitmarkd v8.2
 * command/bitmarkd/configuration.go */
void
from_their_path(const struct from *f, const char *name,
    char path[FROM_PATH_MAX])
{
	struct config_entry *entry = from_next(f->root->entries,
	    "data_directory", false);
	const char *directory = entry != NULL && entry->values != NULL ?
	    entry->values->text : ".";
	const char *slash = strrchr(f->path, '/');

	if (name[0] == '/')
		snprintf(path, FROM_PATH_MAX, "%s", name);
	else if (strcmp(directory, ".") != 0)
		snprintf(path, FROM_PATH_MAX, "%s/%s", directory, name);
	else
		snprintf(path, FROM_PATH_MAX, "%.*s%s", slash == NULL ? 0 :
		    (int)(slash + 1 - f->path), f->path, name);
}

/* The key is in the configuration itself or in a file. A missing file is no
 * failure: new keys are made then. */
bool
from_take_private(const struct from *f, const char *text,
    uint8_t key[BITMARK_PEER_KEY_SIZE], bool *has)
{
	char path[FROM_PATH_MAX];
	bitmark_status status;
	size_t size;

	if (strncmp(text, "PRIVATE:", strlen("PRIVATE:")) == 0) {
		text += strlen("PRIVATE:");
		status = bitmark_hex_decode(text, strlen(text), key,
		    BITMARK_PEER_KEY_SIZE, &size);
		*has = status == BITMARK_OK && size == BITMARK_PEER_KEY_SIZE;
		if (!*has)
			complain("%s: a private key is malformed", f->path);
		return *has;
	}
	from_their_path(f, text, path);
	status = bitmark_peer_key_read_private(path, key);
	*has = status == BITMARK_OK;
	if (status == BITMARK_E_KEY_FILE_NOT_FOUND) {
		complain("%s: this key file does not exist: new keys are "
		    "made", path);
		return true;
	}
	if (!*has)
		(void)complain_status(path, status);
	return *has;
}

/* Only the private key is taken; the public one follows from it. */
bool
from_take_peer_key(struct from *f, struct from_result *result)
{
	struct config_entry *peering = from_section(f->root->entries,
	    "peering");
	const char *text = from_take(peering, "private_key");

	(void)from_take(peering, "public_key"); /* follows from the other */
	return text == NULL || from_take_private(f, text,
	    result->private_key, &result->has_key);
}
