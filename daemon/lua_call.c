/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Names and functions of a Lua configuration: those of the file itself, and the
 * few of Lua's own that configurations of bitmarkd use. Anything else is an
 * error: the daemon does not run foreign programs.
 */
#include "lua_run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/os.h>

/* Longest file that dofile reads.  Bytes.  Source: local bound. */
#define FILE_SIZE_MAX (1024 * 1024)

/* --- names ---------------------------------------------------------------- */

/* Names are looked for from the innermost scope outwards, so a parameter hides
 * a global of the same name. */
struct lua_value *
lua_find_name(struct lua *l, const char *name)
{
	struct lua_value *value = NULL;

	for (struct lua_scope *s = l->scope; s != NULL && value == NULL;
	    s = s->outer)
		value = lua_find(s->names, name);
	return value;
}

/* Also for parameters, which are local to the body of a function. */
void
lua_set_local(struct lua *l, struct lua_value name, struct lua_value value)
{
	lua_set(&l->heap, l->scope->names, name, value);
}

/* Assign where the name is known already, or in the outermost scope. */
void
lua_set_name(struct lua *l, struct lua_value name, struct lua_value value)
{
	struct lua_value *place = lua_find_name(l, name.text);
	struct lua_scope *s = l->scope;

	if (place != NULL) {
		*place = value;
		return;
	}
	while (s->outer != NULL)
		s = s->outer;
	lua_set(&l->heap, s->names, name, value);
}

/* --- functions ------------------------------------------------------------ */

/* The error points at the beginning of the call and not behind its arguments.
 */
static struct lua_value
fail_call(struct lua *l, const char *why)
{
	l->token = l->failed ? l->token : l->callee;
	return lua_fail(l, why);
}

/* Lua turns a number into text where text is wanted, as in "host:" .. port. */
const char *
lua_text_of(struct lua *l, struct lua_value value)
{
	char digits[32];

	if (value.kind == LUA_TEXT)
		return value.text;
	if (value.kind != LUA_NUMBER) {
		(void)lua_refuse(l, value, "a text");
		return "";
	}
	snprintf(digits, sizeof digits, "%ld", value.number);
	return lua_text(&l->heap, "", digits, strlen(digits)).text;
}

/* A missing argument is nil, as in Lua. */
struct lua_value
lua_argument(const struct lua_values *arguments, size_t i)
{
	return i < arguments->count ? arguments->list[i] : lua_nil;
}

/* Copy a text that may change during the run, such as one of the environment.
 */
struct lua_value
lua_copy(struct lua *l, const char *text)
{
	return lua_text(&l->heap, "", text, strlen(text));
}

/* Run another file of the configuration with the same names. Depth and size of
 * files are bounded, so a file that runs itself ends with an error. */
static void
do_file(struct lua *l, const char *path)
{
	const struct lua_token after = l->token;
	const char *before = l->report.path;
	uint8_t *data;
	size_t size;
	struct lua_value text;

	if (bitmark_file_read(path, FILE_SIZE_MAX, &data, &size) !=
	    BITMARK_OK) {
		(void)fail_call(l, "the file cannot be read");
		return;
	}
	text = lua_text(&l->heap, "", (const char *)data, size);
	bitmark_free(data);
	l->report.path = lua_copy(l, path).text;
	lua_look(l, text.text, 1);
	lua_run_inside(l, lua_table_new(&l->heap));
	if (!l->returned)
		l->results.count = 0;
	l->returned = false;
	l->report.path = before;
	l->token = after;
}

/* string.match, for the two patterns that find the directory of a path and for
 * plain texts. */
static struct lua_value
match(struct lua *l, const char *text, const char *pattern)
{
	const char *slash = strrchr(text, '/');

	if (strcmp(pattern, "^(.*/)") == 0 || strcmp(pattern, "(.*/)") == 0)
		return slash == NULL ? lua_nil : lua_text(&l->heap, "", text,
		    (size_t)(slash + 1 - text));
	if (strpbrk(pattern, "^$()%.[]*+-?") != NULL)
		return fail_call(l, "this pattern is not understood");
	return strstr(text, pattern) != NULL ? lua_copy(l, pattern) : lua_nil;
}

/* string.sub, with positions from the front only. */
static struct lua_value
sub(struct lua *l, const char *text, long from, long to)
{
	const long size = (long)strlen(text);

	if (from < 1 || to < 0)
		return fail_call(l, "these positions are not understood");
	if (to > size)
		to = size;
	return from > to ? lua_text(&l->heap, "", "", 0) :
	    lua_text(&l->heap, "", text + from - 1, (size_t)(to - from + 1));
}

/* Call a function of Lua by its name; for a method the first argument is its
 * object. io.open opens nothing here: the value only remembers the path, and a
 * text that is read from it remembers where it came from, so that a key can be
 * read later and with care. */
static struct lua_value
call_known(struct lua *l, const char *name, const struct lua_values *a)
{
	const struct lua_value first = lua_argument(a, 0), second = lua_argument(a, 1);
	struct lua_value value = lua_nil;
	const char *variable;

	if (strcmp(name, "os.getenv") == 0) {
		variable = getenv(lua_text_of(l, first));
		return variable != NULL ? lua_copy(l, variable) :
		    lua_missing(l, "the environment variable ", first.text);
	}
	if (strcmp(name, "io.open") == 0)
		return (struct lua_value){ .kind = LUA_FILE,
		    .text = lua_text_of(l, first) };
	if (strcmp(name, "read") == 0 && first.kind == LUA_FILE)
		return (struct lua_value){ .kind = LUA_TEXT, .text = "",
		    .origin = first.text };
	if (strcmp(name, "close") == 0 || strcmp(name, "print") == 0)
		return lua_nil;
	if (strcmp(name, "tostring") == 0)
		return lua_copy(l, lua_text_of(l, first));
	if (strcmp(name, "match") == 0)
		return match(l, lua_text_of(l, first), lua_text_of(l, second));
	if (strcmp(name, "sub") == 0)
		return sub(l, lua_text_of(l, first), second.number,
		    a->count > 2 ? a->list[2].number : LONG_MAX);
	if (strcmp(name, "lower") == 0) {
		value = lua_copy(l, lua_text_of(l, first));
		for (char *c = (char *)value.text; *c != '\0'; c++)
			*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
		return value;
	}
	return fail_call(l, "this function is not known here");
}

/* Gives all values of a table, LUA_VALUES_MAX at most. */
static void
unpack(struct lua *l, struct lua_value table)
{
	const long length = table.kind == LUA_TABLE ?
	    lua_length(table.table) : 0;

	if (table.kind != LUA_TABLE)
		(void)lua_refuse(l, table, "a table");
	l->results.count = 0;
	for (long i = 1; i <= length && i <= LUA_VALUES_MAX; i++)
		l->results.list[l->results.count++] = lua_get(table.table,
		    lua_number(i));
}

/* Call a function of the file: read its parameters and run its body, by moving
 * the scanner to the place where the function is written and back. */
static void
call_own(struct lua *l, struct lua_value function, const struct lua_values *a)
{
	const struct lua_token after = l->token;
	struct lua_table *names = lua_table_new(&l->heap);
	size_t i = 0;

	lua_look(l, function.body, function.line);
	lua_expect(l, "(");
	while (!l->failed && !lua_is(l, ")")) {
		lua_set(&l->heap, names, lua_take_name(l), lua_argument(a, i++));
		if (!lua_accept(l, ","))
			break;
	}
	lua_expect(l, ")");
	l->results.count = 0;
	lua_run_inside(l, names);
	if (!l->returned)
		l->results.count = 0;
	l->returned = false;
	l->token = after;
}

/* The values are left in l->results; the first one is returned.  A call that is
 * not needed is not made: it gives nil. */
struct lua_value
lua_call(struct lua *l, struct lua_value function, const struct lua_values *a)
{
	l->line = l->callee.line;
	if (l->unneeded > 0) {
		l->results.list[0] = lua_nil;
		l->results.count = 1;
	} else if (function.kind != LUA_FUNCTION) {
		return fail_call(l, "this function is not known here");
	} else if (function.text == NULL) {
		call_own(l, function, a);
	} else if (strcmp(function.text, "dofile") == 0) {
		l->results.count = 0;
		do_file(l, lua_text_of(l, lua_argument(a, 0)));
	} else if (strcmp(function.text, "unpack") == 0) {
		unpack(l, lua_argument(a, 0));
	} else {
		l->results.list[0] = call_known(l, function.text, a);
		l->results.count = 1;
	}
	l->is_call = true;
	return lua_argument(&l->results, 0);
}
