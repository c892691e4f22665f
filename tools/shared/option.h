/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * option - values of options: an option_fn for each type.
 */
#ifndef SHARED_OPTION_H
#define SHARED_OPTION_H

#include <bitmarkpeer/checkpoint.h>
#include <bitmarkpeer/rules.h>

#include "shared/tables.h"

/* bool, set to true */
bool option_flag(const struct option_spec *option, void *place,
    const char *text);
/* const char *, borrowed from the command line */
bool option_text(const struct option_spec *option, void *place,
    const char *text);
/* uint64_t */
bool option_number(const struct option_spec *option, void *place,
    const char *text);
/* uint64_t above 0, where 0 stands for no limit */
bool option_count(const struct option_spec *option, void *place,
    const char *text);
/* int, the value of one of the words */
bool option_word(const struct option_spec *option, void *place,
    const char *text);
/* const struct bitmark_chain_params *, by the name of the chain */
bool option_chain(const struct option_spec *option, void *place,
    const char *text);

/* const struct bitmark_rules *, by the name of the release */
bool option_rules(const struct option_spec *option, void *place,
    const char *text);
/* The same, or "any" for what only decodes: bitmark_rules_decode() */
bool option_rules_any(const struct option_spec *option, void *place,
    const char *text);
/* struct bitmark_checkpoint, as bitmark-chain checkpoint prints it */
bool option_checkpoint(const struct option_spec *option, void *place,
    const char *text);

/* A whole decimal number with nothing around it. */
bool number_from_text(const char *text, uint64_t *value);

/* The chain of this name, in upper or lower case as for bitmarkd; NULL: there
 * is none. */
const struct bitmark_chain_params *chain_from_text(const char *text);

#endif
