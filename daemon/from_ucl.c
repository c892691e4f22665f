/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A configuration of bitmarkd up to v8.2, which is libucl, as a tree. Entries
 * of a repeated key stay apart; the caller takes them as a list. Source:
 * bitmarkd v8.2 configuration/uclreader.go ParseConfigurationFile for the
 * macros; the manual page libucl(5) for the rest
 */
#include "from.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bitmarkpeer/base.h>

/* Longest text, and most variables. The struct takes about 130 KB with them.
 * Source: local bounds. */
#define TEXT_MAX 4096
#define VARIABLES_MAX 32
/* Sections inside of sections: the reader calls itself for each. */
#define DEPTH_MAX 8
#define PIECE_SHOWN 32

/* The beginning of the name of a variable that comes from the environment. */
#define ENVIRONMENT "ENV_"

struct variable {
	char name[64];
	char value[TEXT_MAX];
};

struct ucl {
	const struct config_report *report;
	const char *at;
	unsigned line;
	size_t count;
	struct variable variables[VARIABLES_MAX];
};

/* The rest of the line is repeated, so that a person finds the place without
 * counting. */
static bool
fail(const struct ucl *u, const char *why)
{
	const int size = (int)strcspn(u->at, "\r\n");

	return config_fail(u->report, u->line, "%s: '%.*s'", why,
	    size < PIECE_SHOWN ? size : PIECE_SHOWN, u->at);
}

/* Line 0 stands for the file as a whole, since no line is to blame. */
static bool
fail_memory(const struct ucl *u)
{
	return config_fail(u->report, 0, "%s",
	    bitmark_strerror(BITMARK_E_NOMEM));
}

/* All moves over text that may hold a line break go through here, so that the
 * lines of later errors are right. */
static void
advance(struct ucl *u, const char *end)
{
	for (; u->at < end; u->at++)
		u->line += *u->at == '\n';
}

/* Skip white space, comments, and the characters that separate entries. */
static bool
skip(struct ucl *u, const char *blanks)
{
	const char *end;

	for (;;) {
		advance(u, u->at + strspn(u->at, blanks));
		if (*u->at == '#') {
			u->at += strcspn(u->at, "\n");
		} else if (strncmp(u->at, "/*", 2) == 0) {
			end = strstr(u->at, "*/");
			if (end == NULL)
				return fail(u, "this comment has no end");
			advance(u, end + 2);
		} else {
			return true;
		}
	}
}

/* --- variables ------------------------------------------------------------ */

/* Variables of ".set" come before those of the environment, as in bitmarkd.
 * They are put in after the end of a text was found, so that quotes and braces
 * in their values end nothing. */
static struct variable *
find_variable(struct ucl *u, const char *name)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->variables[i].name, name) == 0)
			return &u->variables[i];
	return NULL;
}

/* NULL: there is no such variable. */
static const char *
variable_value(struct ucl *u, const char *name)
{
	const struct variable *v = find_variable(u, name);

	if (v != NULL)
		return v->value;
	return strncmp(name, ENVIRONMENT, strlen(ENVIRONMENT)) == 0 ?
	    getenv(name + strlen(ENVIRONMENT)) : NULL;
}

/* Append as far as there is room; false: there is not enough. */
static bool
append(char text[TEXT_MAX], const char *more, size_t size)
{
	const size_t used = strlen(text);

	if (size >= TEXT_MAX - used)
		return false;
	memcpy(text + used, more, size);
	text[used + size] = '\0';
	return true;
}

/* Append the value of the "${NAME}" at ${from}; returns the place behind it, or
 * NULL. */
static const char *
append_variable(struct ucl *u, char text[TEXT_MAX], const char *from)
{
	const char *begin = from + strlen("${"), *end = strchr(begin, '}');
	char name[64], directory[TEXT_MAX];
	const char *value;

	if (end == NULL || (size_t)(end - begin) >= sizeof name) {
		(void)fail(u, "this variable has no end");
		return NULL;
	}
	snprintf(name, sizeof name, "%.*s", (int)(end - begin), begin);
	value = strcmp(name, "CURDIR") == 0 ?
	    getcwd(directory, sizeof directory) : variable_value(u, name);
	if (value == NULL)
		(void)config_fail(u->report, u->line,
		    "the variable %s has no value", name);
	else if (!append(text, value, strlen(value)))
		(void)fail(u, "too long");
	else
		return end + 1;
	return NULL;
}

/* --- texts ---------------------------------------------------------------- */

/* Copy the text from ${from} to ${to} with its variables replaced. */
static bool
expand(struct ucl *u, const char *from, const char *to, char text[TEXT_MAX])
{
	text[0] = '\0';
	while (from != NULL && from < to) {
		if (strncmp(from, "${", 2) == 0) {
			from = append_variable(u, text, from);
			continue;
		}
		if (*from == '\\' && from + 1 < to)
			from++;
		if (!append(text, from, 1))
			return fail(u, "too long");
		from++;
	}
	return from != NULL;
}

/* Read a text in quotes, or one that ends with its line or entry. */
static bool
read_text(struct ucl *u, char text[TEXT_MAX])
{
	const char quote = *u->at, *begin = u->at, *end;

	if (quote == '"' || quote == '\'') {
		for (end = ++begin; *end != quote; end++) {
			if (*end == '\\' && end[1] != '\0')
				end++;
			if (*end == '\0')
				return fail(u, "this text has no end");
		}
		if (!expand(u, begin, end, text))
			return false;
		advance(u, end + 1);
		return true;
	}
	/* The closing brace of a variable does not end the text. */
	for (end = begin; *end != '\0' && strchr("\r\n;,}]#", *end) == NULL;
	    end++)
		if (strncmp(end, "${", 2) == 0)
			end += strcspn(end, "}\r\n") - 1 +
			    (end[strcspn(end, "}\r\n")] == '}');
	while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (end == begin)
		return fail(u, "a value was expected");
	if (!expand(u, begin, end, text))
		return false;
	advance(u, end);
	return true;
}

/* Read the name in front of a value. */
static bool
read_name(struct ucl *u, char text[TEXT_MAX])
{
	const size_t size = strcspn(u->at, " \t\r\n=:{}[];,\"'");

	if (*u->at == '"' || *u->at == '\'')
		return read_text(u, text);
	if (size == 0 || size >= TEXT_MAX)
		return fail(u, "a name was expected");
	text[0] = '\0';
	(void)append(text, u->at, size);
	u->at += size;
	return true;
}

/* --- macros --------------------------------------------------------------- */

/* For "A:B:C": the value of the first of these variables that is not empty. */
static const char *
first_set(struct ucl *u, char *names)
{
	const char *value = "";

	for (char *name = names; *value == '\0' && name != NULL;) {
		char *colon = strchr(name, ':');
		const char *found;

		if (colon != NULL)
			*colon++ = '\0';
		found = variable_value(u, name);
		value = found != NULL ? found : "";
		name = colon;
	}
	return value;
}

/* Apply ".set", ".append", ".prepend" or ".default" to one variable. */
static bool
apply_macro(struct ucl *u, const char *macro, struct variable *v,
    char body[TEXT_MAX])
{
	char old[TEXT_MAX];

	memcpy(old, v->value, sizeof old);
	if (strcmp(macro, "set") == 0)
		snprintf(v->value, sizeof v->value, "%s", first_set(u, body));
	else if (strcmp(macro, "default") == 0 && old[0] == '\0')
		snprintf(v->value, sizeof v->value, "%s", body);
	else if (strcmp(macro, "append") == 0 && old[0] != '\0')
		return append(v->value, body, strlen(body)) ||
		    fail(u, "too long");
	else if (strcmp(macro, "prepend") == 0 && old[0] != '\0') {
		v->value[0] = '\0';
		return (append(v->value, body, strlen(body)) &&
		    append(v->value, old, strlen(old))) || fail(u, "too long");
	}
	return true;
}

/* bitmarkd's own parser fixes the form: one argument "var", and a body in
 * quotes or up to the end of the line. */
static bool
read_macro(struct ucl *u)
{
	char macro[16], name[64], body[TEXT_MAX];
	struct variable *v;
	int size = 0;

	if (sscanf(u->at, ".%15[a-z](var=%63[A-Za-z0-9_])%n", macro, name,
	    &size) != 2 || size == 0 || (strcmp(macro, "set") != 0 &&
	    strcmp(macro, "append") != 0 && strcmp(macro, "prepend") != 0 &&
	    strcmp(macro, "default") != 0))
		return fail(u, "this macro is not understood");
	u->at += size;
	if (!skip(u, " \t") || !read_text(u, body))
		return false;
	v = find_variable(u, name);
	if (v == NULL && u->count == VARIABLES_MAX)
		return fail(u, "too many variables");
	if (v == NULL) {
		v = &u->variables[u->count++];
		v->value[0] = '\0';
		snprintf(v->name, sizeof v->name, "%s", name);
	}
	return apply_macro(u, macro, v, body);
}

/* --- entries -------------------------------------------------------------- */

static bool read_entries(struct ucl *u, struct config_entry *section,
    int depth);

/* Read a text, a list or a section for the key ${name}. A list calls this
 * function for each element, and DEPTH_MAX bounds that. */
static bool
read_value(struct ucl *u, struct config_entry *section, const char *name,
    int depth)
{
	char text[TEXT_MAX];
	struct config_entry *entry;

	if (*u->at == '[') {
		u->at++;
		while (skip(u, " \t\r\n,") && *u->at != ']')
			if (*u->at == '\0' || depth >= DEPTH_MAX ||
			    !read_value(u, section, name, depth + 1))
				return *u->at != '\0' ? false :
				    fail(u, "a list is not closed");
		advance(u, u->at + (*u->at == ']'));
		return true;
	}
	entry = config_tree_add(section, name, u->line);
	if (entry == NULL)
		return fail_memory(u);
	if (*u->at == '{') {
		u->at++;
		entry->is_section = true;
		return depth < DEPTH_MAX ? read_entries(u, entry, depth + 1) :
		    fail(u, "too many sections in sections");
	}
	return read_text(u, text) && (config_tree_add_value(entry, text,
	    u->line) || fail_memory(u));
}

/* A '=' or ':' may stand between a key and its value. */
static bool
read_entry(struct ucl *u, struct config_entry *section, int depth)
{
	char name[TEXT_MAX];

	if (!read_name(u, name) || !skip(u, " \t"))
		return false;
	if (*u->at == '=' || *u->at == ':')
		u->at++;
	/* The brace of a section may stand in the next line. */
	if (!skip(u, " \t") || ((*u->at == '\r' || *u->at == '\n') &&
	    !skip(u, " \t\r\n")))
		return false;
	return read_value(u, section, name, depth);
}

/* Commas and semicolons may stand between entries, and need not. */
static bool
read_entries(struct ucl *u, struct config_entry *section, int depth)
{
	while (skip(u, " \t\r\n;,")) {
		if (*u->at == '}' && depth > 0) {
			u->at++;
			return true;
		}
		if (*u->at == '\0')
			return depth == 0 || config_fail(u->report, u->line,
			    "the section %s is not closed", section->name);
		if (*u->at == '.' ? !read_macro(u) :
		    !read_entry(u, section, depth))
			return false;
	}
	return false;
}

/* The reader is on the heap, as its variables are too large for the stack. */
bool
from_ucl_read(const char *text, const struct config_report *report,
    struct config_entry *root)
{
	struct ucl *u = calloc(1, sizeof *u);
	bool good;

	if (u == NULL)
		return config_fail(report, 0, "%s",
		    bitmark_strerror(BITMARK_E_NOMEM));
	u->report = report;
	u->at = text;
	u->line = 1;
	good = read_entries(u, root, 0);
	free(u);
	return good;
}
