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

/* A variable, or a function of Lua. */
static struct lua_value
take_variable(struct lua *l)
{
	static const char *const known[] = { "dofile", "print", "tostring",
		"unpack" };
	struct lua_value name, *value;

	if (lua_is(l, "interface_public_ips"))
		return lua_fail(l, "the addresses of this machine are not "
		    "known here: write them in place of");
	name = lua_take_name(l);
	if (l->failed)
		return lua_nil;
	value = lua_find_name(l, name.text);
	if (value != NULL)
		return *value;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(name.text, known[i]) == 0)
			return known_function(l, "", known[i]);
	if ((strcmp(name.text, "os") == 0 || strcmp(name.text, "io") == 0 ||
	    strcmp(name.text, "table") == 0) && lua_accept(l, ".")) {
		name = lua_text(&l->heap, name.text, ".", 1);
		name = known_function(l, name.text, lua_take_name(l).text);
		return strcmp(name.text, "table.unpack") == 0 ?
		    known_function(l, "", "unpack") : name;
	}
	return lua_nil;
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

/* Indexing nil gives nil: in "a and b.x or c.x" both sides are evaluated here,
 * and b may be nil. */
struct lua_value
lua_index(struct lua_value value, struct lua_value key)
{
	return value.kind == LUA_TABLE ? lua_get(value.table, key) : lua_nil;
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
		*value = lua_index(*value, lua_take_name(l));
	} else if (lua_accept(l, "[")) {
		key = lua_evaluate(l);
		lua_expect(l, "]");
		*value = lua_index(*value, key);
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

/* Binds stronger than all operators with two sides, so it calls itself. */
static struct lua_value
take_unary(struct lua *l)
{
	struct lua_value value;

	if (lua_accept(l, "not")) {
		value = lua_bool(!lua_is_true(take_unary(l)));
	} else if (lua_accept(l, "-")) {
		value = lua_number(-take_unary(l).number);
	} else if (lua_accept(l, "#")) {
		value = take_unary(l);
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
	const long x = a.kind == LUA_TEXT ? strtol(a.text, NULL, 10) :
	    a.number;
	const long y = b.kind == LUA_TEXT ? strtol(b.text, NULL, 10) :
	    b.number;
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

/* Both sides were evaluated already. For "and" and "or" that may have been
 * unnecessary, but evaluating has no effect that could be seen. */
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

		while (*o != NULL && !lua_is(l, *o))
			o++;
		if (*o == NULL)
			break;
		lua_next(l);
		value = apply(l, *o, value, take_binary(l, level + 1));
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
