/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * One option_fn for each type of value. ${place} is a member of the program's
 * options, whose type must match the function: the compiler cannot check that,
 * as it is a void pointer.
 */
#include "shared/option.h"

#include <ctype.h>
#include <string.h>

#include "shared/complain.h"

/* A flag can be set but not cleared again. */
bool
option_flag(const struct option_spec *option, void *place, const char *text)
{
	(void)option;
	(void)text;
	*(bool *)place = true;
	return true;
}

/* The text is borrowed: the command line lives as long as the program. */
bool
option_text(const struct option_spec *option, void *place, const char *text)
{
	(void)option;
	*(const char **)place = text;
	return true;
}

/* 0 is a number like others here; see option_count. */
bool
option_number(const struct option_spec *option, void *place, const char *text)
{
	if (number_from_text(text, place))
		return true;
	complain("--%s: not a number: %s", option->name, text);
	return false;
}

/* For limits and rounds, where 0 of them would make no sense. */
bool
option_count(const struct option_spec *option, void *place, const char *text)
{
	uint64_t *count = place;

	if (number_from_text(text, count) && *count != 0)
		return true;
	complain("--%s: not a number above 0: %s", option->name, text);
	return false;
}

/* The message shows the words as --help does. */
bool
option_word(const struct option_spec *option, void *place, const char *text)
{
	for (const struct word *w = option->words; w->text != NULL; w++) {
		if (strcmp(w->text, text) == 0) {
			*(int *)place = w->value;
			return true;
		}
	}
	complain("--%s: not one of %s: %s", option->name, option->argument,
	    text);
	return false;
}

/* Gives the parameters of the chain, so that no program compares names. */
bool
option_chain(const struct option_spec *option, void *place, const char *text)
{
	const struct bitmark_chain_params *chain = chain_from_text(text);

	*(const struct bitmark_chain_params **)place = chain;
	if (chain == NULL)
		complain("--%s: no chain is called '%s': bitmark, testing or "
		    "local", option->name, text);
	return chain != NULL;
}

/* The rules that a store, a node or a proof can follow. */
bool
option_rules(const struct option_spec *option, void *place, const char *text)
{
	const struct bitmark_rules *rules = bitmark_rules_find(text);

	*(const struct bitmark_rules **)place = rules;
	if (rules == NULL)
		complain("--%s: no rules are called '%s': %s", option->name,
		    text, option->argument);
	return rules != NULL;
}

bool
option_checkpoint(const struct option_spec *option, void *place,
    const char *text)
{
	bitmark_status status = bitmark_checkpoint_parse(text, strlen(text),
	    place);

	if (status != BITMARK_OK)
		complain("--%s: %s", option->name, bitmark_strerror(status));
	return status == BITMARK_OK;
}

/* "any" are the rules for decoding, which accept the records of all releases.
 * No chain follows them, so the library has no name for them. */
bool
option_rules_any(const struct option_spec *option, void *place,
    const char *text)
{
	if (strcmp(text, "any") != 0)
		return option_rules(option, place, text);
	*(const struct bitmark_rules **)place = bitmark_rules_decode();
	return true;
}

/* strtoull would take signs, blanks and other bases. */
bool
number_from_text(const char *text, uint64_t *value)
{
	uint64_t v = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (*text < '0' || *text > '9' ||
		    v > (UINT64_MAX - digit) / 10)
			return false;
		v = 10 * v + digit;
	}
	*value = v;
	return true;
}

/* bitmarkd lowers the name of a chain in its configuration. */
const struct bitmark_chain_params *
chain_from_text(const char *text)
{
	char name[BITMARK_CHAIN_NAME_MAX + 1] = "";

	if (strlen(text) >= sizeof name)
		return NULL;
	for (size_t i = 0; text[i] != '\0'; i++)
		name[i] = (char)tolower((unsigned char)text[i]);
	return bitmark_chain_params_find(name);
}
