/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * bitmark-chain verify: is the store what its blocks make it?
 *
 * The full check writes the blocks of the store to a file, loads that file into
 * a new store, which computes every digest and checks every rule again, and
 * compares the dumps of both stores. It trusts nothing but the blocks. The
 * quick check compares the blocks with each other, and with the digests and
 * CRCs that the store keeps for them.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain_commands.h"
#include "chain_tool.h"

/* Longest path in the temporary directory. */
#define PATH_SIZE 4096
#define FIRST_STORED (BITMARK_GENESIS_NUMBER + 1)

/* ${how} tells how much was checked. */
static int
tell_valid(const struct chain_tool *tool, const char *how)
{
	struct bitmark_tip tip;
	uint64_t count;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	count = tip.number - BITMARK_GENESIS_NUMBER;
	if (tool->options->json)
		return print_json(json_pack("{s:s, s:o, s:s}", "result",
		    "valid", "blocks", json_number(count), "check", how));
	printf("valid: %" PRIu64 " blocks, %s check\n", count, how);
	return EXIT_DONE;
}

/* --- quick ---------------------------------------------------------------- */

/* Compare the merkle root in the header with that of the ids of all records.
 * ${w}.index is the number of records that were read, also after an error. */
static bitmark_status
check_merkle(const struct chain_tool *tool, struct bitmark_span block)
{
	uint8_t root[BITMARK_DIGEST_SIZE];
	struct bitmark_block_walk w;
	uint8_t *ids;
	bitmark_status status = bitmark_block_walk_start(&w,
	    bitmark_chain_rules(tool->chain), block.data, block.size,
	    tool->params->network);

	if (status != BITMARK_OK)
		return status;
	ids = calloc((size_t)w.header.count + 1, BITMARK_TX_ID_SIZE);
	if (ids == NULL)
		return BITMARK_E_NOMEM;
	while (status == BITMARK_OK && w.index < w.header.count) {
		status = bitmark_block_walk_next(&w);
		if (status == BITMARK_OK)
			bitmark_tx_id(w.packed.data, w.packed.size,
			    ids + (w.index - 1) * BITMARK_TX_ID_SIZE);
	}
	bitmark_merkle_root(ids, w.index, root);
	free(ids);
	if (status == BITMARK_OK &&
	    memcmp(root, w.header.merkle, sizeof root) != 0)
		status = BITMARK_E_MERKLE;
	return status;
}

/* Compare the header with the digests and the CRC that the store has: is it the
 * block of this number, behind the right one, with enough work? */
static bitmark_status
check_links(const struct chain_tool *tool, uint64_t number,
    struct bitmark_span block)
{
	const struct bitmark_rules *rules = bitmark_chain_rules(tool->chain);
	uint8_t previous[BITMARK_DIGEST_SIZE], digest[BITMARK_DIGEST_SIZE];
	struct bitmark_header header;
	uint64_t crc;
	bitmark_status status;

	status = bitmark_header_parse(block.data, block.size, &header);
	if (status == BITMARK_OK)
		status = bitmark_snapshot_digest(tool->snapshot, number - 1,
		    previous);
	if (status == BITMARK_OK)
		status = bitmark_snapshot_digest(tool->snapshot, number,
		    digest);
	if (status == BITMARK_OK)
		status = bitmark_snapshot_crc(tool->snapshot, number, &crc);
	if (status != BITMARK_OK)
		return status;
	if (header.number != number)
		return BITMARK_E_NUMBER;
	if (memcmp(header.previous, previous, sizeof previous) != 0)
		return BITMARK_E_PREVIOUS;
	if (bitmark_crc(number, block.data, block.size) != crc)
		return BITMARK_E_CHECKSUM;
	/* A private chain may have no work to be checked. */
	return rules->private_without_work && tool->params->is_private ?
	    BITMARK_OK : bitmark_header_check_work(rules, &header, digest);
}

/* A block that cannot be read is as wrong as one that has changed. */
static bitmark_status
check_block(const struct chain_tool *tool, uint64_t number)
{
	struct bitmark_span block;
	bitmark_status status = bitmark_snapshot_block(tool->snapshot, number,
	    &block);

	if (status == BITMARK_OK)
		status = check_links(tool, number, block);
	if (status == BITMARK_OK)
		status = check_merkle(tool, block);
	return status;
}

/* The blocks came from this store, so anything wrong with one of them is damage
 * of the store, except lack of memory. */
static int
tell_damaged(const struct chain_tool *tool, uint64_t number,
    bitmark_status status)
{
	complain("%s: block %" PRIu64 ": %s", tool->path, number,
	    bitmark_strerror(status));
	return status == BITMARK_E_NOMEM ? EXIT_FAILED :
	    chain_failed(tool, BITMARK_E_STORE_CORRUPT);
}

/* The check ends at the first wrong block, since all later ones build on it. */
static int
verify_quick(const struct chain_tool *tool)
{
	struct chain_progress progress;
	struct bitmark_tip tip;
	bitmark_status status = BITMARK_OK;
	uint64_t number;

	bitmark_snapshot_tip(tool->snapshot, &tip);
	chain_progress_begin(&progress, "verifying");
	for (number = FIRST_STORED; number <= tip.number; number++) {
		status = check_block(tool, number);
		if (status != BITMARK_OK)
			break;
		(void)chain_progress_step(&progress, number, number,
		    tip.number);
	}
	chain_progress_end(&progress);
	return status == BITMARK_OK ? tell_valid(tool, "quick") :
	    tell_damaged(tool, number, status);
}

/* --- the temporary directory ---------------------------------------------- */

struct workplace {
	char directory[PATH_SIZE];
	char store[PATH_SIZE];          /* below it */
	FILE *blocks;                   /* of the store, without a name */
	FILE *dump;                     /* likewise */
};

/* Remove a directory that holds only files, if it exists. */
static void
remove_directory(const char *path)
{
	char name[2 * PATH_SIZE];
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		(void)unlink(name);
	}
	closedir(dir);
	(void)rmdir(path);
}

/* The name is removed at once: the file lives as long as it is open, so it goes
 * even when the program is killed. */
static FILE *
nameless_file(const char *directory)
{
	char path[PATH_SIZE + 16];
	FILE *file;

	snprintf(path, sizeof path, "%s/file", directory);
	file = fopen(path, "w+b");
	if (file != NULL)
		(void)unlink(path);
	return file;
}

/* Make a directory of our own in $TMPDIR. mkdtemp gives it mode 0700, so no
 * other user can put a store into it. On failure errno says why. */
static bitmark_status
workplace_open(struct workplace *place)
{
	const char *parent = getenv("TMPDIR");
	int length;

	*place = (struct workplace){ .blocks = NULL };
	if (parent == NULL || *parent == '\0')
		parent = "/tmp";
	length = snprintf(place->directory, sizeof place->directory,
	    "%s/bitmark-chain.XXXXXX", parent);
	if (length < 0 || (size_t)length >=
	    sizeof place->directory - sizeof "/store" ||
	    mkdtemp(place->directory) == NULL) {
		place->directory[0] = '\0';
		return BITMARK_E_IO;
	}
	memcpy(place->store, place->directory, (size_t)length);
	memcpy(place->store + length, "/store", sizeof "/store");
	place->blocks = nameless_file(place->directory);
	place->dump = nameless_file(place->directory);
	return place->blocks != NULL && place->dump != NULL ? BITMARK_OK :
	    BITMARK_E_IO;
}

/* Remove everything that was made. The files have no names, so only the store
 * and the directory itself can be left. */
static void
workplace_close(struct workplace *place)
{
	if (place->blocks != NULL)
		fclose(place->blocks);
	if (place->dump != NULL)
		fclose(place->dump);
	if (place->directory[0] == '\0')
		return;
	remove_directory(place->store);
	remove_directory(place->directory);
}

/* --- in full -------------------------------------------------------------- */

/* Write the blocks or the dump of the store to a file, and go back to its
 * start. Both positions are set: that of stdio, and that of the descriptor,
 * which the library reads. */
static bitmark_status
write_out(const struct chain_tool *tool, FILE *file,
    bitmark_status (*writer)(struct bitmark_snapshot *snapshot,
    bitmark_write_fn write, void *user))
{
	bitmark_status status = writer(tool->snapshot, chain_write_stream,
	    file);

	if (stop_signal() != 0)
		return BITMARK_E_STOPPED;
	if (status == BITMARK_OK && (fseek(file, 0, SEEK_SET) != 0 ||
	    lseek(fileno(file), 0, SEEK_SET) != 0))
		status = BITMARK_E_IO;
	return status;
}

/* A comparison of two dumps: one is in the file, the other comes line by line
 * while it is made, so that no second file is needed. */
struct comparison {
	FILE *file;
	uint64_t line;                  /* that is being compared */
	bool differs;
	char expected[1024];            /* of the rebuilt store, then */
};

/* A bitmark_write_fn that gets the new store's dump line by line. Returns 1 to
 * stop at the first difference. */
static int
compare_chunk(void *user, const void *data, size_t size)
{
	struct comparison *c = user;
	const char *text = data;

	c->line++;
	for (size_t i = 0; i < size; i++) {
		if (getc(c->file) == (unsigned char)text[i])
			continue;
		c->differs = true;
		snprintf(c->expected, sizeof c->expected, "%.*s",
		    (int)(size > 0 && text[size - 1] == '\n' ? size - 1 :
		    size), text);
		return 1;
	}
	return 0;
}

/* When all lines are equal the old dump must end, too: it may be longer than
 * the new one. */
static int
compare_dumps(const struct chain_tool *tool, struct bitmark_chain *rebuilt,
    FILE *dump)
{
	struct comparison c = { .file = dump };
	struct bitmark_snapshot *snapshot;
	bitmark_status status = write_out(tool, dump, bitmark_snapshot_dump);

	if (status == BITMARK_OK)
		status = bitmark_snapshot_open(rebuilt, &snapshot);
	if (status != BITMARK_OK)
		return chain_failed(tool, status);
	status = bitmark_snapshot_dump(snapshot, compare_chunk, &c);
	bitmark_snapshot_close(snapshot);
	if (status != BITMARK_OK && !c.differs)
		return chain_failed(tool, status);
	if (!c.differs && getc(dump) == EOF)
		return tell_valid(tool, "full");
	if (!c.differs)
		snprintf(c.expected, sizeof c.expected, "the last");
	complain("%s: line %" PRIu64 " of its dump should be: %s", tool->path,
	    c.line, c.expected);
	return chain_failed(tool, BITMARK_E_STORE_CORRUPT);
}

/* Load the blocks into a new store and compare it with the old one. */
static int
rebuild(const struct chain_tool *tool,
    const struct bitmark_chain_config *config, struct workplace *place)
{
	struct chain_progress progress;
	struct bitmark_chain *chain;
	uint64_t refused = 0;
	bitmark_status status;
	int code;

	status = bitmark_chain_open(&chain, config);
	if (status != BITMARK_OK)
		return chain_failed(tool, status);
	chain_progress_begin(&progress, "verifying");
	status = bitmark_chain_load(chain, fileno(place->blocks),
	    bitmark_clock_wall_s(), chain_progress_step, &progress, &refused);
	chain_progress_end(&progress);
	code = status == BITMARK_OK ?
	    compare_dumps(tool, chain, place->dump) :
	    refused != 0 ? tell_damaged(tool, refused, status) :
	    chain_failed(tool, status);
	bitmark_chain_close(chain);
	return code;
}

/* The new store has the rules and the pool of the old one, and no checkpoint:
 * every digest is computed. */
static int
verify_in(const struct chain_tool *tool, struct workplace *place)
{
	struct bitmark_chain_config config = chain_tool_config(tool,
	    BITMARK_CHAIN_WRITE);
	bitmark_status status = write_out(tool, place->blocks,
	    bitmark_snapshot_save);

	if (status != BITMARK_OK)
		return chain_failed(tool, status);
	config.path = place->store;
	config.checkpoint = NULL;
	config.rules = bitmark_chain_rules(tool->chain);
	return rebuild(tool, &config, place);
}

/* Signals are caught meanwhile, so that the temporary directory is removed. */
static int
verify_full(struct chain_tool *tool)
{
	struct workplace place;
	bitmark_status status;
	int code = chain_tool_start_pool(tool);

	if (code != EXIT_DONE)
		return code;
	stop_catch(STOP_STAYS_IGNORED);
	status = workplace_open(&place);
	code = status == BITMARK_OK ? verify_in(tool, &place) :
	    complain_file("the temporary directory", status);
	workplace_close(&place);
	stop_release();
	return code;
}

static int
verify(struct chain_tool *tool, const void *argument)
{
	(void)argument;
	return tool->options->quick ? verify_quick(tool) : verify_full(tool);
}

int
chain_verify(void *options, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return chain_tool_run(options, NEED_READ, verify, NULL);
}
