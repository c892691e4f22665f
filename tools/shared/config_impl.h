/*
 * config, as the files that make it see it; no others know libconfuse.
 */
#ifndef SHARED_CONFIG_IMPL_H
#define SHARED_CONFIG_IMPL_H

#include "shared/config.h"

#include <confuse.h>

/* In front of a key that stands in the place of the name of its file. */
#define CONFIG_PUBLIC_TAG "PUBLIC:"
#define CONFIG_PRIVATE_TAG "PRIVATE:"

/* config_check.c: a parser that knows all keys and checks values. */
cfg_t *config_new_parser(void);

/* config_take.c: copy all values; path is there already.  False: no memory. */
bool config_take(cfg_t *cfg, struct config *config);

/* config_check.c */
bool config_find_level(const char *text, enum bitmark_log_level *level);
bool config_starts_with(const char *text, const char *tag);
bool config_hex32(const char *text, uint8_t out[32]);

#endif
