/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A configuration of bitmarkd, read as a tree, becomes the text of ours, key by
 * key. Entries that were taken are marked. All entries are reported at the end,
 * those that were left with the reason.
 */
#include "from_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bitmarkpeer.h>

#include "shared/complain.h"

/* Keys that have no meaning here, by the beginning of their path. */
static const struct {
	const char *path, *why;
} left[] = {
	{ "data_directory", "the new directory takes its place" },
	{ "database", "the store is made anew: 'bitmark-chain load-blocks' "
	    "reads a file of 'bitmarkd save-blocks'" },
	{ "peer_file", "known nodes: copy the file to the new directory to "
	    "keep them" },
	{ "reservoir_file", "'bitmarkd-c import' reads it" },
	{ "cache_directory", "'bitmarkd-c import' reads the backup of the "
	    "reservoir in it" },
	{ "client_rpc.bandwidth", "it has no effect in bitmarkd either" },
	{ "read_only", "there is no client_rpc" },
	{ "profile_http", "there is no profiler" },
	{ "proofing", "blocks need both payment addresses" },
	{ "payment.bitcoin", "bitmarkd does not read it in this mode" },
	{ "payment.litecoin", "bitmarkd does not read it in this mode" },
	{ "payment.use_discovery", "name a bitcoind and a litecoind instead" },
	{ "payment.discovery", "a discovery proxy tells payments before they "
	    "are confirmed: name a bitcoind and a litecoind instead" },
	{ "payment.mode", "payments are looked for at a bitcoind and a "
	    "litecoind, if any" },
	{ "payment.p2p_cache", "a peer of the currency could invent payments: "
	    "name a bitcoind and a litecoind instead" },
	{ "payment.bootstrap_nodes", "a peer of the currency could invent "
	    "payments: name a bitcoind and a litecoind instead" },
	{ "payment.auto_verify", "everywhere but on the chain local "
	    "transactions are paid for" },
	{ "payment", "payments are looked for at a bitcoind and a litecoind, as "
	    "in mode rest: add them" },
	{ "standalone", "peering has a key of this name" },
	{ "fast_sync", "there is one way to synchronise" },
	{ "logging.size", "files are not rotated: move the file, then send "
	    "SIGHUP" },
	{ "logging.count", "files are not rotated: move the file, then send "
	    "SIGHUP" },
	{ "logging.directory", "the log is in the new directory" },
	{ "logging.levels", "no such module, or no such level" },
};

/* --- our text ------------------------------------------------------------- */

/* Write a text in double quotes, with escapes for what has a meaning inside
 * them. */
void
from_put_text(struct from *f, const char *text)
{
	putc('"', f->out);
	for (; *text != '\0'; text++) {
		if (strchr("\"\\$", *text) != NULL)
			putc('\\', f->out);
		putc(*text, f->out);
	}
	putc('"', f->out);
}

/* An empty text is left out: bitmarkd takes it for "default", and here it would
 * be an error. */
void
from_put_key(struct from *f, struct config_entry *section, const char *name,
    const char *indent)
{
	const char *text = from_take(section, name);

	if (text == NULL)
		return;
	fprintf(f->out, "%s%s = ", indent, name);
	from_put_text(f, text);
	putc('\n', f->out);
}

/* "*:2136" stands for all addresses of both families. An address may be empty,
 * as it may come from a variable. */
static void
put_address(struct from *f, const char *text, size_t *count)
{
	static const char *const all[] = { "0.0.0.0", "[::]" };
	char address[BITMARK_CONNECTION_TEXT_MAX];

	if (text[0] == '*') {
		for (size_t i = 0; i < 2; i++) {
			snprintf(address, sizeof address, "%s%s", all[i],
			    text + 1);
			put_address(f, address, count);
		}
	} else if (text[0] != '\0') {
		fputs(*count > 0 ? ", " : "", f->out);
		from_put_text(f, text);
		++*count;
	}
}

/* In bitmarkd a list is one key that is repeated, or one list; ours is always
 * one list, which may be empty. */
void
from_put_list(struct from *f, struct config_entry *section, const char *name,
    const char *our_name)
{
	struct config_entry *entry = section == NULL ? NULL :
	    from_next(section->entries, name, false);
	size_t count = 0;

	if (entry == NULL)
		return;
	fprintf(f->out, "    %s = {", our_name);
	for (; entry != NULL; entry = from_next(entry->next, name, false)) {
		for (struct config_value *v = entry->values; v != NULL;
		    v = v->next)
			put_address(f, v->text, &count);
		from_mark(entry);
	}
	fputs("}\n", f->out);
}

/* bitmarkd's nodes have no names, and a section needs one here, so they are
 * numbered. */
static void
put_connect(struct from *f, struct config_entry *peering)
{
	struct config_entry *c = peering == NULL ? NULL :
	    from_next(peering->entries, "connect", true);

	for (unsigned i = 1; c != NULL; c = from_next(c->next, "connect",
	    true), i++) {
		fprintf(f->out, "    connect node%u {\n", i);
		from_put_key(f, c, "public_key", "        ");
		from_put_key(f, c, "address", "        ");
		fputs("    }\n", f->out);
		from_mark(c);
	}
}

/* --- the log -------------------------------------------------------------- */

/* bitmarkd has two levels more. NULL: there is no such level. */
static const char *
level_of(const char *text)
{
	static const char *const levels[][2] = { { "critical", "error" },
		{ "error", "error" }, { "warn", "warn" }, { "info", "info" },
		{ "debug", "debug" }, { "trace", "debug" } };

	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (strcmp(text, levels[i][0]) == 0)
			return levels[i][1];
	return NULL;
}

/* Only modules that have the same name in both programs are taken. */
static void
put_levels(struct from *f, struct config_entry *levels)
{
	static const char *const modules[] = { "announcer", "connector",
		"listener", "main", "publisher", "reservoir" };
	const char *all = from_take(levels, "DEFAULT"), *text;

	if (all != NULL && level_of(all) != NULL)
		fprintf(f->out, "    level = %s\n", level_of(all));
	fputs("    levels {", f->out);
	for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
		text = from_take(levels, modules[i]);
		if (text != NULL && level_of(text) != NULL)
			fprintf(f->out, " %s = %s", modules[i],
			    level_of(text));
	}
	fputs(" }\n", f->out);
}

/* bitmarkd logs to a file unless "console" is set. A service that was converted
 * keeps that, so that it does not begin to fill the system's log. */
static void
put_logging(struct from *f)
{
	struct config_entry *logging = from_section(f->root->entries, "logging");
	const char *console = from_take(logging, "console");
	const char *file = from_take(logging, "file");
	bool to_console = console != NULL && strchr("yYtTo1",
	    console[0]) != NULL && strcmp(console, "off") != 0;

	fputs("logging {\n    destination = ", f->out);
	from_put_text(f, to_console ? "stderr" : file != NULL ? file :
	    "bitmarkd-c.log");
	putc('\n', f->out);
	if (logging != NULL)
		put_levels(f, from_next(logging->entries, "levels", true));
	fputs("}\n", f->out);
}

/* --- the whole ------------------------------------------------------------ */

/* The data directory is not taken: ours is the new directory, and it holds
 * another kind of store. */
static void
put_outside(struct from *f)
{
	static const char *const keys[] = { "nodes", "pidfile" };
	const char *chain = from_take(f->root, "chain");

	fprintf(f->out, "# made from a configuration of bitmarkd; see "
	    "bitmarkd-c.conf(5)\n\nchain = ");
	from_put_text(f, chain != NULL ? chain : "bitmark");
	putc('\n', f->out);
	/* A private network follows the rules of its release of bitmarkd, which
	 * are not our default for the chain "local"; public networks follow
	 * those of today. */
	if (f->is_lua && chain != NULL && strcasecmp(chain, "local") == 0)
		fputs("rules = \"0.16\"\n", f->out);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		from_put_key(f, f->root, keys[i], "");
}

/* A file stays where it is: clients may have pinned the certificate, and a
 * private key should not be copied around. */
static void
put_file(struct from *f, struct config_entry *section, const char *name,
    const char *preset)
{
	const char *text = from_take(section, name);
	char path[FROM_PATH_MAX], *whole;

	from_their_path(f, text != NULL ? text : preset, path);
	whole = realpath(path, NULL);
	if (whole == NULL)
		complain("%s: this file does not exist: 'bitmarkd-c "
		    "gen-rpc-cert' "
		    "makes certificate and key", path);
	fprintf(f->out, "    %s = ", name);
	from_put_text(f, whole != NULL ? whole : path);
	putc('\n', f->out);
	free(whole);
}

static void
put_server(struct from *f, struct config_entry *section)
{
	from_put_list(f, section, "listen", "listen");
	from_put_key(f, section, "maximum_connections", "    ");
	put_file(f, section, "certificate", "rpc.crt");
	put_file(f, section, "private_key", "rpc.key");
}

/* Clients of a release continue to get numbers in its form. */
static void
put_client_rpc(struct from *f)
{
	struct config_entry *section = from_section(f->root->entries, "client_rpc");

	if (section == NULL)
		return;
	fputs("client_rpc {\n", f->out);
	put_server(f, section);
	from_put_list(f, section, "announce", "announce");
	fprintf(f->out, "    form = \"%s\"\n", f->is_lua ? "0.16" : "8.2");
	from_put_key(f, f->root, "read_only", "    ");
	fputs("}\n\n", f->out);
}

static void
put_https_rpc(struct from *f)
{
	static const char *const pages[] = { "details", "connections",
		"peers" };
	struct config_entry *section = from_section(f->root->entries, "https_rpc");
	struct config_entry *allow = section == NULL ? NULL :
	    from_next(section->entries, "allow", true);

	if (section == NULL)
		return;
	fputs("https_rpc {\n", f->out);
	put_server(f, section);
	fputs("    allow {\n", f->out);
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		from_put_list(f, allow, pages[i], pages[i]);
	fputs("    }\n}\n\n", f->out);
}

static void
put_peering(struct from *f)
{
	struct config_entry *peering = from_section(f->root->entries, "peering");

	fputs("\npeering {\n", f->out);
	from_put_list(f, peering, "listen", "listen");
	from_put_list(f, peering, "announce", "announce");
	fputs("    public_key = peer.public\n    private_key = peer.private\n",
	    f->out);
	from_put_key(f, peering, "dynamic_connections", "    ");
	from_put_key(f, peering, "prefer_ipv6", "    ");
	put_connect(f, peering);
	fputs("}\n\n", f->out);
}

/* The publisher uses the key pair of the peer. */
static void
put_publishing(struct from *f)
{
	struct config_entry *publishing = from_section(f->root->entries, "publishing");

	(void)from_take(publishing, "public_key");
	(void)from_take(publishing, "private_key");
	fputs("publishing {\n", f->out);
	from_put_list(f, publishing, "broadcast", "broadcast");
	fputs("}\n\n", f->out);
}

/* The first row that matches counts; a row stands for everything below its key,
 * too. */
static const char *
reason(const char *path)
{
	for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
		const size_t size = strlen(left[i].path);

		if (strncmp(path, left[i].path, size) == 0 &&
		    (path[size] == '\0' || path[size] == '.'))
			return left[i].why;
	}
	return "not known";
}

/* Was anything of the section taken? */
static bool
has_marks(const struct config_entry *section)
{
	for (const struct config_entry *e = section->entries; e != NULL;
	    e = e->next)
		if (e->adds || has_marks(e))
			return true;
	return false;
}

/* Report each entry as "taken" or as "left" with the reason. A section of which
 * nothing was taken is reported as a whole. */
static void
tell(const struct config_entry *section, const char *path)
{
	char name[FROM_PATH_MAX];

	for (const struct config_entry *e = section->entries; e != NULL;
	    e = e->next) {
		snprintf(name, sizeof name, "%s%s%s", path,
		    path[0] != '\0' ? "." : "", e->name);
		if (e->adds)
			printf("taken  line %u: %s\n", e->line, name);
		else if (e->is_section && has_marks(e))
			tell(e, name);
		else
			printf("left   line %u: %s: %s\n", e->line, name,
			    !e->is_section && e->title != NULL ? e->title :
			    reason(name));
	}
}

/* Does a line begin with a word of Lua? */
static bool
begins_lua(const char *line)
{
	static const char *const words[] = { "local", "return", "function",
		"for", "if" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const size_t size = strlen(words[i]);

		if (strncmp(line, words[i], size) == 0 &&
		    line[size] != '\0' && strchr(" \t\r\n{(", line[size]) != NULL)
			return true;
	}
	return false;
}

/* Lua has its own comments, and assigns to tables. */
static bool
is_lua(const char *text)
{
	for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
		at += strspn(at, " \t\r\n");
		if (strncmp(at, "--", 2) == 0 || strncmp(at, "M.", 2) == 0 ||
		    begins_lua(at))
			return true;
	}
	return false;
}

/* The new text is checked like any configuration, because a value of theirs may
 * be wrong. */
static bool
check(const struct from *f, const char *text)
{
	char name[FROM_PATH_MAX];

	snprintf(name, sizeof name, "%s, converted", f->path);
	return config_text_check(text, name);
}

/* Keys come last: no private key is read before everything else is known to be
 * good. */
static bool
convert(struct from *f, const char *text, struct from_result *result)
{
	char error[CONFIG_ERROR_MAX];
	const struct config_report report = { f->path, error, sizeof error };
	size_t size;

	f->is_lua = is_lua(text);
	if (!(f->is_lua ? from_lua_read : from_ucl_read)(text, &report,
	    f->root)) {
		complain("%s", error);
		return false;
	}
	f->out = open_memstream(&result->text, &size);
	if (f->out == NULL) {
		complain("%s", bitmark_strerror(BITMARK_E_NOMEM));
		return false;
	}
	put_outside(f);
	put_peering(f);
	put_publishing(f);
	put_client_rpc(f);
	put_https_rpc(f);
	from_put_proofing(f);
	from_put_payment(f);
	put_logging(f);
	if (fclose(f->out) != 0) {
		complain("%s", bitmark_strerror(BITMARK_E_NOMEM));
		return false;
	}
	return check(f, result->text) && from_take_peer_key(f, result) &&
	    from_take_proof_keys(f, result);
}

/* The result keeps the tree, whose entries are reported after the new directory
 * was made. */
int
from_read(const char *path, struct from_result *result)
{
	struct from f = { .path = path,
	    .root = calloc(1, sizeof *f.root) };
	bool good = false;
	char *text;

	memset(result, 0, sizeof *result);
	if (f.root == NULL)
		return complain_status(path, BITMARK_E_NOMEM);
	text = config_text(path);
	if (text != NULL)
		good = convert(&f, text, result);
	config_text_free(text);
	result->root = f.root;
	return good ? EXIT_DONE : EXIT_CONFIG;
}

/* Printed only when everything was written, so that nothing is called taken
 * which was not. */
void
from_tell(const struct from_result *result)
{
	tell(result->root, "");
}

/* The tree may hold a private key, too, and wipes its own texts. */
void
from_free(struct from_result *result)
{
	config_tree_free(result->root);
	free(result->text);
	if (result->signing_key != NULL)
		explicit_bzero(result->signing_key,
		    strlen(result->signing_key));
	free(result->signing_key);
	explicit_bzero(result->private_key, sizeof result->private_key);
	explicit_bzero(result->proof_key, sizeof result->proof_key);
}
