/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Expressions, by recursive descent from the weakest operator.
 *
 * A call may give several values. The first one is the value of the expression;
 * all of them are left in l->results, and is_call says that they are there
 * until something else is made of the expression. As in Lua, only a list or a
 * table that ends with a call uses them all.
 */
#include "lua_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bound keeps the list in the stack frame of its function; a configuration
 * has few items. */
void
lua_add_value(struct lua *l, struct lua_values *values, struct lua_value value)
{
	if (values->count == LUA_VALUES_MAX)
		(void)lua_fail(l, "too many values");
	else
		values->list[values->count++] = value;
}

/* Expressions separated by commas; a call at the end gives all of its values.
 */
void
lua_evaluate_list(struct lua *l, struct lua_values *values)
{
	struct lua_value value;

	do {
		value = lua_evaluate(l);
		if (!l->is_call || lua_is(l, ",")) {
			lua_add_value(l, values, value);
			continue;
		}
		for (size_t i = 0; i < l->results.count; i++)
			lua_add_value(l, values, l->results.list[i]);
	} while (!l->failed && lua_accept(l, ","));
}

/* One text may stand without brackets, as in f"text". */
static void
take_arguments(struct lua *l, struct lua_values *values)
{
	if (l->token.kind == LUA_TOKEN_TEXT) {
		lua_add_value(l, values, lua_take_text(l));
		return;
	}
	lua_expect(l, "(");
	if (!l->failed && !lua_is(l, ")"))
		lua_evaluate_list(l, values);
	lua_expect(l, ")");
}

/* One field of a table: "name = value", "[key] = value" or a value. A call at
 * the end gives all of its values. */
static void
take_field(struct lua *l, struct lua_table *table, long *index)
{
	struct lua_value key, value;
	const struct lua_token before = l->token;

	if (lua_accept(l, "[")) {
		key = lua_evaluate(l);
		lua_expect(l, "]");
		lua_expect(l, "=");
		value = lua_evaluate(l);
		value.line = before.line;
		lua_set(&l->heap, table, key, value);
		return;
	}
	if (l->token.kind == LUA_TOKEN_NAME) {
		key = lua_take_name(l);
		if (lua_accept(l, "=")) {
			value = lua_evaluate(l);
			value.line = before.line;
			lua_set(&l->heap, table, key, value);
			return;
		}
		l->token = before;
	}
	value = lua_evaluate(l);
	if (!l->is_call) {
		value.line = before.line;
		lua_set(&l->heap, table, lua_number(++*index), value);
		return;
	}
	for (size_t i = 0; i < l->results.count; i++) {
		l->results.list[i].line = before.line;
		lua_set(&l->heap, table, lua_number(++*index),
		    l->results.list[i]);
	}
}

/* Items without a key are numbered from 1. The line is kept for the report of
 * what was taken. */
static struct lua_value
take_table(struct lua *l)
{
	struct lua_value value = { .kind = LUA_TABLE,
	    .table = lua_table_new(&l->heap), .line = l->token.line };
	long index = 0;

	lua_expect(l, "{");
	while (!l->failed && !lua_is(l, "}")) {
		take_field(l, value.table, &index);
		if (!lua_accept(l, ",") && !lua_accept(l, ";"))
			break;
	}
	lua_expect(l, "}");
	return value;
}

/* A function of Lua itself is a value with a name and no body. */
static struct lua_value
known_function(struct lua *l, const char *module, const char *name)
{
	struct lua_value value = lua_text(&l->heap, module, name,
	    strlen(name));

	value.kind = LUA_FUNCTION;
	return value;
}

/* "string.sub(text, 1)" is text:sub(1), and unpack was in no table before
 * Lua 5.2. */
static struct lua_value
take_function_of(struct lua *l, const char *module)
{
	const struct lua_value name = lua_take_name(l);

	if (l->failed)
		return lua_nil;
	if (strcmp(module, "string") == 0 || (strcmp(module, "table") == 0 &&
	    strcmp(name.text, "unpack") == 0))
		return known_function(l, "", name.text);
	return known_function(l, lua_text(&l->heap, module, ".", 1).text,
	    name.text);
}

/* A variable, or a function of Lua. */
static struct lua_value
take_variable(struct lua *l)
{
	static const char *const known[] = { "dofile", "print", "tostring",
		"unpack" };
	static const char *const modules[] = { "os", "io", "table", "string",
		"math" };
	struct lua_value name, *value;

	if (lua_is(l, "interface_public_ips") && l->unneeded == 0)
		return lua_fail(l, "the addresses of this machine are not "
		    "known here: write them in place of");
	name = lua_take_name(l);
	if (l->failed)
		return lua_nil;
	value = lua_find_name(l, name.text);
	if (value != NULL && (value->kind != LUA_NIL || value->text != NULL))
		return *value;
	if (value != NULL)
		return lua_missing(l, "the variable ", name.text);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(name.text, known[i]) == 0)
			return known_function(l, "", known[i]);
	for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++)
		if (strcmp(name.text, modules[i]) == 0 && lua_accept(l, "."))
			return take_function_of(l, modules[i]);
	return lua_missing(l, "the variable ", name.text);
}

/* The beginning of an expression, before any ".", "[", ":" or "(". Brackets
 * reduce a call to one value: the caller clears is_call. */
static struct lua_value
take_primary(struct lua *l)
{
	struct lua_value value;

	if (l->token.kind == LUA_TOKEN_TEXT)
		return lua_take_text(l);
	if (lua_accept(l, "(")) {
		value = lua_evaluate(l);
		lua_expect(l, ")");
		return value;
	}
	return take_variable(l);
}

/* A key that a table has not is nil, as in Lua; nil itself has no keys. */
struct lua_value
lua_index(struct lua *l, struct lua_value value, struct lua_value key)
{
	struct lua_value found;

	if (value.kind != LUA_TABLE)
		return lua_refuse(l, value, "a table");
	found = lua_get(value.table, key);
	return found.kind == LUA_NIL && found.text == NULL &&
	    key.kind == LUA_TEXT ? lua_missing(l, "the key ", key.text) : found;
}

/* object:name(...) means name(object, ...), for the known methods of texts and
 * files. */
static struct lua_value
call_method(struct lua *l, struct lua_value object)
{
	struct lua_values arguments = { .count = 0 };
	struct lua_value name = lua_take_name(l);
	const struct lua_token begin = l->callee;

	lua_add_value(l, &arguments, object);
	take_arguments(l, &arguments);
	l->callee = begin;
	l->line = begin.line;
	if (object.kind == LUA_NIL)
		(void)lua_refuse(l, object, "a text");
	return l->failed ? lua_nil : lua_call(l, known_function(l, "", name.text),
	    &arguments);
}

/* Take an index or a call behind ${value}; false: there is none. */
static bool
take_suffix(struct lua *l, const struct lua_token *begin,
    struct lua_value *value)
{
	struct lua_values arguments = { .count = 0 };
	struct lua_value key;

	if (l->failed)
		return false;
	l->callee = *begin;
	if (lua_accept(l, ".")) {
		key = lua_take_name(l);
		l->line = begin->line;
		*value = lua_index(l, *value, key);
	} else if (lua_accept(l, "[")) {
		key = lua_evaluate(l);
		lua_expect(l, "]");
		l->line = begin->line;
		*value = lua_index(l, *value, key);
	} else if (lua_accept(l, ":")) {
		*value = call_method(l, *value);
		return true;
	} else if (lua_is(l, "(") || (l->token.kind == LUA_TOKEN_TEXT &&
	    value->kind == LUA_FUNCTION)) {
		take_arguments(l, &arguments);
		l->callee = *begin;
		*value = l->failed ? lua_nil : lua_call(l, *value, &arguments);
		return true;
	} else {
		return false;
	}
	l->is_call = false;
	return true;
}

/* The place where the expression begins is kept, so that the error of a call
 * points there. */
static struct lua_value
take_simple(struct lua *l)
{
	const struct lua_token begin = l->token;
	struct lua_value value = lua_nil;

	l->is_call = false;
	if (l->token.kind == LUA_TOKEN_NUMBER) {
		value = lua_number(strtol(l->token.at, NULL, 10));
		lua_next(l);
		return value;
	}
	if (lua_accept(l, "nil"))
		return lua_nil;
	if (lua_accept(l, "true"))
		return lua_bool(true);
	if (lua_accept(l, "false"))
		return lua_bool(false);
	if (lua_is(l, "{")) {
		value = take_table(l);
		l->is_call = false;
		return value;
	}
	value = take_primary(l);
	l->is_call = false;
	while (take_suffix(l, &begin, &value))
		;
	return value;
}

/* A text of digits is a number, too. */
static long
number_of(struct lua *l, struct lua_value value)
{
	char *end = NULL;
	long number = value.number;

	if (value.kind == LUA_TEXT)
		number = strtol(value.text, &end, 10);
	if (value.kind != LUA_NUMBER && (end == NULL || end == value.text ||
	    *end != '\0'))
		(void)lua_refuse(l, value, "a number");
	return number;
}

/* Binds stronger than all operators with two sides, so it calls itself. */
static struct lua_value
take_unary(struct lua *l)
{
	const unsigned line = l->token.line;
	struct lua_value value;

	if (lua_accept(l, "not")) {
		value = lua_bool(!lua_is_true(take_unary(l)));
	} else if (lua_accept(l, "-")) {
		value = take_unary(l);
		l->line = line;
		value = lua_number(-number_of(l, value));
	} else if (lua_accept(l, "#")) {
		value = take_unary(l);
		l->line = line;
		value = lua_number(value.kind == LUA_TABLE ?
		    lua_length(value.table) :
		    (long)strlen(lua_text_of(l, value)));
	} else {
		return take_simple(l);
	}
	l->is_call = false;
	return value;
}

/* Two numbers; a text of digits counts as one. Overflow is an error. */
static struct lua_value
calculate(struct lua *l, char operator, struct lua_value a,
    struct lua_value b)
{
	const long x = number_of(l, a), y = number_of(l, b);
	long result;

	if (operator == '+' ? __builtin_add_overflow(x, y, &result) :
	    operator == '-' ? __builtin_sub_overflow(x, y, &result) :
	    __builtin_mul_overflow(x, y, &result))
		return lua_fail(l, "a number before this is too large");
	return lua_number(result);
}

/* The operators from the weakest to the strongest. */
static const char *const operators[][5] = {
	{ "or" }, { "and" }, { "==", "~=" }, { ".." }, { "+", "-" }, { "*" },
};
#define LEVELS (sizeof operators / sizeof operators[0])

/* "and" and "or" that are decided by their left side read the other one
 * without effect: what is missing there is no error. */
static bool
is_decided(const char *operator, struct lua_value left)
{
	return strcmp(operator, lua_is_true(left) ? "or" : "and") == 0;
}

static struct lua_value
apply(struct lua *l, const char *operator, struct lua_value a,
    struct lua_value b)
{
	const char *text;

	if (strcmp(operator, "or") == 0)
		return lua_is_true(a) ? a : b;
	if (strcmp(operator, "and") == 0)
		return lua_is_true(a) ? b : a;
	if (strcmp(operator, "==") == 0)
		return lua_bool(lua_equal(a, b));
	if (strcmp(operator, "~=") == 0)
		return lua_bool(!lua_equal(a, b));
	if (strcmp(operator, "..") != 0)
		return calculate(l, operator[0], a, b);
	text = lua_text_of(l, b);
	return lua_text(&l->heap, lua_text_of(l, a), text, strlen(text));
}

/* Each level takes stronger expressions on both sides, and repeats while its
 * own operators follow. So all operators associate to the left, which makes no
 * difference for "..". */
static struct lua_value
take_binary(struct lua *l, size_t level)
{
	struct lua_value value = level == LEVELS ? take_unary(l) :
	    take_binary(l, level + 1);

	while (level < LEVELS && !l->failed) {
		const char *const *o = operators[level];
		const unsigned line = l->token.line;
		struct lua_value right;
		bool decided;

		while (*o != NULL && !lua_is(l, *o))
			o++;
		if (*o == NULL)
			break;
		lua_next(l);
		decided = is_decided(*o, value);
		l->unneeded += decided;
		right = take_binary(l, level + 1);
		l->unneeded -= decided;
		l->line = line;
		value = apply(l, *o, value, right);
		l->is_call = false;
	}
	return value;
}

/* Brackets and calls come back here, so the depth is counted here; it bounds
 * the recursion. */
struct lua_value
lua_evaluate(struct lua *l)
{
	struct lua_value value = lua_nil;

	if (++l->depth > LUA_DEPTH_MAX)
		(void)lua_fail(l, "too many blocks or brackets in others");
	if (!l->failed)
		value = take_binary(l, 0);
	l->depth--;
	return value;
}
