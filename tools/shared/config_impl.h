/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
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

/*
 * config_take.c: values of a section, for the files that take one; those that
 * make something set *nomem when there is no memory.  A section or a key that
 * is not there is an empty section, NULL, ${preset}, 0, true, or false for
 * config_is_asked_for.
 */
char *config_copy(const char *text, bool *nomem);
char *config_join(const char *directory, const char *file, bool *nomem);
const struct config_entry *config_section_of(const struct config_entry *root,
    const char *name);
const char *config_text_of(const struct config_entry *section,
    const char *name, const char *preset);
unsigned long config_number_of(const struct config_entry *section,
    const char *name);
bool config_flag_of(const struct config_entry *section, const char *name);
bool config_is_asked_for(const struct config_entry *section,
    const char *name);
void config_take_list(const struct config_entry *section, const char *name,
    struct config_list *list, bool *nomem);
void config_free_list(struct config_list *list);
/* A file, or the key itself behind its tag. */
void config_take_key(const char *text, const char *tag,
    const struct config *config, struct config_key *key, bool *nomem);

/* config_rpc.c: the servers of the client RPC. */
extern const struct config_key_spec config_client_rpc_keys[];
extern const struct config_key_spec config_https_rpc_keys[];
void config_take_rpc(const struct config_entry *root, struct config *config,
    bool *nomem);
void config_free_rpc(struct config *config);

/* config_payment.c: the section payment; the chain is known when it is taken.
 * Wrong: NULL, or what is wrong with it as a whole; static. */
extern const struct config_key_spec config_payment_keys[];
void config_take_payment(const struct config_entry *section,
    struct config *config, bool *nomem);
void config_free_payment(struct config *config);
const char *config_payment_wrong(const struct config *config);

/* config_proofing.c: the section proofing. */
extern const struct config_key_spec config_proofing_keys[];
void config_take_proofing(const struct config_entry *section,
    struct config *config, bool *nomem);
void config_free_proofing(struct config *config);

#endif
