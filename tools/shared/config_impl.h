/*
 * config, as the files that make it see it.
 */
#ifndef SHARED_CONFIG_IMPL_H
#define SHARED_CONFIG_IMPL_H

#include "shared/config.h"
#include "shared/config_tree.h"

/* In front of a key that stands in the place of the name of its file. */
#define CONFIG_PUBLIC_TAG "PUBLIC:"
#define CONFIG_PRIVATE_TAG "PRIVATE:"

/* config_check.c: every key is known, and every value good. */
bool config_check(const struct config_entry *root,
    const struct config_report *report);

/* config_take.c: copy all values of a tree that was checked; path is there
 * already.  False: no memory. */
bool config_take(const struct config_entry *root, struct config *config);

/* config_values.c */
bool config_find_flag(const char *text, bool *flag);
bool config_find_level(const char *text, enum bitmark_log_level *level);
bool config_starts_with(const char *text, const char *tag);
bool config_hex32(const char *text, uint8_t out[32]);

#endif
