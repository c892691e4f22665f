/*
 * config, as the files that make it see it.
 */
#ifndef SHARED_CONFIG_IMPL_H
#define SHARED_CONFIG_IMPL_H

#include "shared/config.h"
#include "shared/config_tree.h"
#include "shared/config_values.h"

/* config_check.c: every key is known, and every value good. */
bool config_check(const struct config_entry *root,
    const struct config_report *report);

/* config_take.c: copy all values of a tree that was checked; path is there
 * already.  False: no memory. */
bool config_take(const struct config_entry *root, struct config *config);

#endif
