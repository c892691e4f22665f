/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Rebuilding a store from its blocks.
 *
 * A new store is made in a directory below the old one, so that it is on the
 * same file system and the parent need not be writable.  When it is complete
 * and on disk, its data file is renamed over the old one.  Until then the old
 * store is only read; whatever a crash leaves behind is removed by the next
 * attempt.  The writer's lock of the old store is held throughout.  What waits
 * in the journal for a block is carried over as it is.  Of a store that is
 * damaged all blocks are saved that are found, up to the first that is gone: the
 * next ones hang on it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/build.h"
#include "chain/env.h"
#include "chain/lock.h"
#include "chain/source.h"
#include "codec/log.h"
#include "codec/sized.h"
#include "os/file.h"

#define BUILD_DIRECTORY "reindex"
#define DAMAGED_FILE BM_STORE_DATA_FILE ".damaged"

/* Is a block to blame, and not the machine or a checkpoint of another chain? */
static bool
is_damage(bitmark_status status)
{
	return status == BITMARK_E_STORE_CORRUPT ||
	    (status < BITMARK_OK && status > BITMARK_E_STORE &&
	    status != BITMARK_E_CHECKPOINT);
}

/* Report it when not all blocks were found. */
static bitmark_status
judge(const struct bitmark_chain_config *config,
    const struct bm_source *source, uint64_t tip, bitmark_status status)
{
	if (status != BITMARK_OK && !is_damage(status))
		return status;
	if (status == BITMARK_OK && source->newest != 0 &&
	    tip >= source->newest)
		return BITMARK_OK;
	if (source->newest != 0)
		bm_log(config->env, BITMARK_LOG_ERROR, "reindex", "block %"
		    PRIu64 " of %" PRIu64 " cannot be read or is wrong",
		    tip + 1, source->newest);
	else
		bm_log(config->env, BITMARK_LOG_ERROR, "reindex", "no block "
		    "behind %" PRIu64 " was found; there may have been "
		    "more", tip);
	return BITMARK_E_STORE_CORRUPT;
}

/* Blocks that were verified under other rules are not damaged when these refuse
 * one of them: the old store stays as it is. */
static bool
refused_by_rules(const struct bitmark_chain_config *config,
    const struct bm_source *source, uint64_t refused, bitmark_status status)
{
	if (refused == 0 || !is_damage(status) || config->rules == NULL ||
	    source->rules == NULL || config->rules == source->rules)
		return false;
	bm_log(config->env, BITMARK_LOG_ERROR, "reindex", "the rules of %s "
	    "refuse block %" PRIu64 ", which those of %s have accepted; the "
	    "store is unchanged", config->rules->name, refused,
	    source->rules->name);
	return true;
}

/* All blocks, and the journal, into a new chain.  A journal that was damaged,
 * too, is no reason to give up the blocks. */
static bitmark_status
fill(const struct bitmark_chain_config *config, struct bitmark_chain *chain,
    struct bm_feed *feed, const struct bm_source *source, uint64_t *tip)
{
	struct bitmark_tip newest;
	uint64_t refused;
	bitmark_status carried, status = bm_feed_run(feed, chain, &refused);

	bitmark_chain_tip(chain, &newest);
	*tip = newest.number;
	if (refused != 0)
		bm_log(config->env, BITMARK_LOG_ERROR, "reindex",
		    "block %" PRIu64 ": %s", refused,
		    bitmark_strerror(status));
	if (refused_by_rules(config, source, refused, status))
		return status;
	status = judge(config, source, *tip, status);
	if (status != BITMARK_OK && !is_damage(status))
		return status;
	carried = source->carry(source->user, chain);
	return status != BITMARK_OK && is_damage(carried) ? status :
	    carried != BITMARK_OK ? carried : status;
}

/* The new store at ${build} is opened as any other chain, so each block is
 * verified as if a peer had sent it. */
static bitmark_status
build_store(const struct bitmark_chain_config *config, const char *build,
    struct bm_feed *feed, const struct bm_source *source, uint64_t *tip)
{
	struct bitmark_chain_config to = *config;
	struct bitmark_chain *chain;
	bitmark_status status;

	to.path = build;
	to.access = BITMARK_CHAIN_WRITE;
	if (to.rules == NULL)
		to.rules = source->rules;
	status = bitmark_chain_open(&chain, &to);
	if (status != BITMARK_OK)
		return status;
	status = fill(config, chain, feed, source, tip);
	bitmark_chain_close(chain);
	return status;
}

/* The old store stays open until the journal is carried over, too.
 * BITMARK_E_STORE_CORRUPT: the new one has the blocks up to ${tip}, but there
 * were more. */
static bitmark_status
rebuild(const struct bitmark_chain_config *config, const char *build,
    struct bm_feed *feed, uint64_t *tip)
{
	struct bm_source source;
	bitmark_status status = bm_old_open(&source, config);

	if (status == BITMARK_E_STORE_CORRUPT)
		status = bm_salvage_open(&source, config);
	if (status != BITMARK_OK)
		return status;
	feed->next = source.next;
	feed->next_user = source.user;
	feed->work_total = source.work;
	status = build_store(config, build, feed, &source, tip);
	feed->next_user = NULL;
	source.close(source.user);
	return status;
}

/* The damaged file stays beside the new one, which lacks blocks of it: by a
 * second name, so that there is a store at any time. */
static bitmark_status
keep_damaged(const struct bitmark_chain_config *config)
{
	char *name = bm_store_path(config->path, BM_STORE_DATA_FILE);
	char *kept = bm_store_path(config->path, DAMAGED_FILE);
	bitmark_status status = BITMARK_E_NOMEM;

	if (name != NULL && kept != NULL)
		status = bm_build_remove_file(config->path, DAMAGED_FILE);
	if (status == BITMARK_OK && link(name, kept) != 0)
		status = BITMARK_E_IO;
	if (status == BITMARK_OK)
		bm_log(config->env, BITMARK_LOG_WARN, "reindex",
		    "the damaged file is kept as %s", kept);
	free(kept);
	free(name);
	return status;
}

/* A store of which blocks were saved, but not all, is put in place as well. */
static bitmark_status
rebuild_and_replace(const struct bitmark_chain_config *config,
    const char *build, struct bm_feed *feed)
{
	uint64_t tip = BITMARK_GENESIS_NUMBER;
	bitmark_status replaced, status = rebuild(config, build, feed, &tip);

	if (status == BITMARK_OK)
		return bm_build_install(build, config->path);
	if (status != BITMARK_E_STORE_CORRUPT || tip == BITMARK_GENESIS_NUMBER)
		return status;
	replaced = keep_damaged(config);
	if (replaced == BITMARK_OK)
		replaced = bm_build_install(build, config->path);
	return replaced == BITMARK_OK ? status : replaced;
}

/* Called with the writer's lock held. Files of an earlier attempt are removed
 * first, as it is not known how far it came. */
static bitmark_status
reindex_locked(const struct bitmark_chain_config *config, struct bm_feed *feed)
{
	char *build = bm_store_path(config->path, BUILD_DIRECTORY);
	bitmark_status status, removed;

	if (build == NULL)
		return BITMARK_E_NOMEM;
	status = bm_build_remove(build);
	if (status == BITMARK_OK)
		status = rebuild_and_replace(config, build, feed);
	removed = bm_build_remove(build);
	free(build);
	return status == BITMARK_OK ? removed : status;
}

/* Nothing may be created where there is no store, not even a lock file. */
static bitmark_status
store_exists(const struct bitmark_chain_config *config)
{
	char *name = bm_store_path(config->path, BM_STORE_DATA_FILE);
	bitmark_status status = BITMARK_OK;

	if (name == NULL)
		return BITMARK_E_NOMEM;
	if (access(name, R_OK) != 0)
		status = bm_file_failed(config->env, config->path,
		    BM_STORE_DATA_FILE, bm_store_status(errno));
	free(name);
	return status;
}

/* The lock is held throughout, so no other process can add blocks to the old
 * store that the new one would lack. */
bitmark_status
bitmark_chain_reindex(const struct bitmark_chain_config *config,
    uint64_t now_s, bitmark_progress_fn progress, void *user)
{
	/* All blocks were accepted before: a clock that is wrong today must not
	 * condemn the newer ones. */
	struct bm_feed feed = {
		.now_s = UINT64_MAX,
		.progress = progress,
		.progress_user = user,
	};
	struct bitmark_chain_config own = { .struct_size = sizeof own };
	bitmark_status status;
	struct bm_lock lock;

	(void)now_s;
	if (BM_IN(bitmark_chain_config, &own, config) != BITMARK_OK)
		return BITMARK_E_ARGUMENT;
	config = &own;
	if (config->path == NULL || config->params == NULL)
		return BITMARK_E_ARGUMENT;
	status = store_exists(config);
	if (status != BITMARK_OK)
		return status;
	status = bm_lock_take(config->path, &lock);
	if (status != BITMARK_OK)
		return bm_file_failed(config->env, config->path,
		    BM_STORE_LOCK_FILE, status);
	status = reindex_locked(config, &feed);
	bm_lock_drop(&lock);
	return status;
}
