/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * config_values - is a value of the configuration good?  One check for each
 * kind of value; which key has which is in config_check.c.
 */
#ifndef SHARED_CONFIG_VALUES_H
#define SHARED_CONFIG_VALUES_H

#include <bitmarkpeer.h>

/* In front of a key that stands in the place of the name of its file. */
#define CONFIG_PUBLIC_TAG "PUBLIC:"
#define CONFIG_PRIVATE_TAG "PRIVATE:"
#define CONFIG_SEED_TAG "SEED:"

/* Where a server listens that has a port alone. */
#define CONFIG_LOOPBACK "127.0.0.1"

/* "not in a..b" with NUL. */
#define CONFIG_WHY_MAX 64

/* A value under test, and room for a reason that has to be made. */
struct config_trial {
	const char *value;
	size_t index;                   /* among the values of its key    */
	const struct config_key_spec *key;
	char why[CONFIG_WHY_MAX];
};

/* NULL when the value is good, or why it is not. */
typedef const char *(*config_value_fn)(struct config_trial *t);

enum config_key_kind {
	KEY_ONE,                        /* a single value                 */
	KEY_LIST,
	KEY_SECTION,                    /* without a title                */
	KEY_TITLED,                     /* sections with different titles */
	KEY_LEVELS,                     /* a section whose keys are free  */
};

/* One key; a table of them ends with a row without a name. */
struct config_key_spec {
	const char *name;
	enum config_key_kind kind;
	config_value_fn check;
	const struct config_key_spec *keys;     /* of a section           */
	long minimum, maximum;                  /* for config_value_range */
	bool is_needed;                         /* in its section         */
	bool is_secret;                         /* no error repeats it    */
};

/* The checks: each is a config_value_fn. */
const char *config_value_text(struct config_trial *t);
const char *config_value_chain(struct config_trial *t);
const char *config_value_checkpoint(struct config_trial *t);
const char *config_value_rules(struct config_trial *t);
const char *config_value_nodes(struct config_trial *t);
const char *config_value_group(struct config_trial *t);
const char *config_value_address(struct config_trial *t);
const char *config_value_literal(struct config_trial *t);
const char *config_value_listen(struct config_trial *t);
const char *config_value_metrics(struct config_trial *t);
const char *config_value_data_directory(struct config_trial *t);
const char *config_value_plain_name(struct config_trial *t);
const char *config_value_announce(struct config_trial *t);
const char *config_value_peer_key(struct config_trial *t);
const char *config_value_public_key(struct config_trial *t);
const char *config_value_private_key(struct config_trial *t);
const char *config_value_fingerprint(struct config_trial *t);
const char *config_value_range(struct config_trial *t);
const char *config_value_flag(struct config_trial *t);
const char *config_value_level(struct config_trial *t);

/* Reading of values; false, or NULL: not in this form. */
bool config_find_flag(const char *text, bool *flag);
bool config_find_level(const char *text, enum bitmark_log_level *level);
bool config_is_address(const char *text);
bool config_is_digits(const char *text);
bool config_starts_with(const char *text, const char *tag);
bool config_hex32(const char *text, uint8_t out[32]);

#endif
