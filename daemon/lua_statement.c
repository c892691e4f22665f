/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Statements, and the run of a whole file.
 *
 * There is no tree of the program: statements are run while they are read.  A
 * block that is run again, as the body of a loop or of a function, is read
 * again from its beginning, and one that is not run is passed over word by
 * word.  For a configuration, which is short and read once, that is the least
 * code; and the steps have a bound (lua_scan.c), so that it ends.
 */
#include "lua_run.h"

/* Run a block in a scope of its own, which has ${names} from the beginning. The
 * scope is in this stack frame; the bound on the depth keeps a deliberately
 * nested file from using up the stack. */
void
lua_run_inside(struct lua *l, struct lua_table *names)
{
	struct lua_scope inner = { .names = names, .outer = l->scope };

	if (++l->depth > LUA_DEPTH_MAX)
		(void)lua_fail(l, "too many blocks or brackets in others");
	l->scope = &inner;
	lua_run_block(l);
	l->scope = inner.outer;
	l->depth--;
}

/* Skip a block without running it, up to the word that ends it. Only words to
 * which an "end" belongs are counted: "elseif" and "else" continue the same
 * block, and "for" and "while" have a "do". */
void
lua_skip_block(struct lua *l)
{
	unsigned depth = 0;

	while (!l->failed && l->token.kind != LUA_TOKEN_END) {
		if (depth == 0 && (lua_is(l, "end") || lua_is(l, "else") ||
		    lua_is(l, "elseif")))
			return;
		depth += lua_is(l, "function") || lua_is(l, "if") || lua_is(l, "do");
		depth -= lua_is(l, "end");
		lua_next(l);
	}
}

/* Conditions behind the branch that was taken are only read: the tokens must be
 * passed in any case. */
static void
run_if(struct lua *l)
{
	bool done = false, now;

	do {
		l->unneeded += done;
		now = lua_is_true(lua_evaluate(l)) && !done;
		l->unneeded -= done;
		lua_expect(l, "then");
		if (now)
			lua_run_inside(l, lua_table_new(&l->heap));
		if (l->returned)
			return;
		if (!now)
			lua_skip_block(l);
		done |= now;
	} while (!l->failed && lua_accept(l, "elseif"));
	if (lua_accept(l, "else")) {
		if (done)
			lua_skip_block(l);
		else
			lua_run_inside(l, lua_table_new(&l->heap));
	}
	if (!l->returned)
		lua_expect(l, "end");
}

/* "for key, value in pairs(table) do": run the block for each pair. The place
 * where it begins is kept and read from again each time. Pairs that the block
 * adds are appended to the list, so they get their turn, too. */
static void
run_for(struct lua *l)
{
	struct lua_value key = lua_take_name(l), name = { .kind = LUA_NIL }, table;
	struct lua_token begin;

	if (lua_accept(l, ","))
		name = lua_take_name(l);
	lua_expect(l, "in");
	if (!lua_accept(l, "pairs") && !lua_accept(l, "ipairs"))
		(void)lua_fail(l, "only pairs and ipairs are understood");
	l->line = l->token.line;
	table = lua_evaluate(l);
	if (table.kind != LUA_TABLE)
		(void)lua_refuse(l, table, "a table");
	lua_expect(l, "do");
	begin = l->token;
	for (struct lua_pair *p = table.kind == LUA_TABLE ?
	    table.table->pairs : NULL; p != NULL && !l->failed &&
	    !l->returned; p = p->next) {
		struct lua_table *names = lua_table_new(&l->heap);

		lua_set(&l->heap, names, key, p->key);
		if (name.kind != LUA_NIL)
			lua_set(&l->heap, names, name, p->value);
		l->token = begin;
		lua_run_inside(l, names);
	}
	if (l->returned)
		return;
	l->token = l->failed ? l->token : begin;
	lua_skip_block(l);
	lua_expect(l, "end");
}

/* The body is skipped here and run when the function is called. */
static void
take_function(struct lua *l, bool is_local)
{
	struct lua_value name = lua_take_name(l), function = {
	    .kind = LUA_FUNCTION, .body = l->token.at,
	    .line = l->token.line };

	lua_skip_block(l);
	lua_expect(l, "end");
	if (is_local)
		lua_set_local(l, name, function);
	else
		lua_set_name(l, name, function);
}

/* A name without a value is nil and still hides a global. */
static void
run_local(struct lua *l)
{
	struct lua_values names = { .count = 0 }, values = { .count = 0 };

	if (lua_accept(l, "function")) {
		take_function(l, true);
		return;
	}
	do
		lua_add_value(l, &names, lua_take_name(l));
	while (!l->failed && lua_accept(l, ","));
	if (lua_accept(l, "="))
		lua_evaluate_list(l, &values);
	for (size_t i = 0; i < names.count && !l->failed; i++)
		lua_set_local(l, names.list[i], lua_argument(&values, i));
}

/* The part of ${owner} that has this name; NULL: a variable.  Nothing is refused
 * here, because the statement may be a call. */
static struct lua_value
part_of(struct lua *l, const struct lua_value *owner, struct lua_value name)
{
	const struct lua_value *variable;

	if (owner != NULL)
		return owner->kind == LUA_TABLE ? lua_index(l, *owner, name) :
		    *owner;
	variable = lua_find_name(l, name.text);
	return variable != NULL ? *variable :
	    lua_missing(l, "the variable ", name.text);
}

/* "name =", "a.b[c] =", or a call whose values are not used. Which one it is
 * shows at the "=": without it the statement is read once more, as an
 * expression. */
static void
run_assignment(struct lua *l)
{
	const struct lua_token begin = l->token;
	struct lua_value owner = lua_nil, key = lua_take_name(l), value;
	bool is_first = true;

	while (!l->failed && (lua_is(l, ".") || lua_is(l, "["))) {
		owner = part_of(l, is_first ? NULL : &owner, key);
		is_first = false;
		if (lua_accept(l, ".")) {
			key = lua_take_name(l);
		} else {
			lua_next(l);
			key = lua_evaluate(l);
			lua_expect(l, "]");
		}
		l->line = begin.line;
		if (owner.kind != LUA_TABLE && lua_is(l, "="))
			(void)lua_refuse(l, owner, "a table");
	}
	if (!lua_accept(l, "=")) {
		l->token = l->failed ? l->token : begin;
		(void)lua_evaluate(l);
		if (!l->is_call)
			(void)lua_fail(l, "this is not understood");
		return;
	}
	value = lua_evaluate(l);
	value.line = begin.line;
	if (l->failed)
		return;
	if (owner.kind == LUA_TABLE)
		lua_set(&l->heap, owner.table, key, value);
	else
		lua_set_name(l, key, value);
}

/* Loops that could run for ever are not supported. */
static void
run_statement(struct lua *l)
{
	static const char *const others[] = { "while", "repeat", "goto",
		"break" };

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (lua_is(l, others[i]))
			(void)lua_fail(l, "this is not understood");
	if (lua_accept(l, "local"))
		run_local(l);
	else if (lua_accept(l, "function"))
		take_function(l, false);
	else if (lua_accept(l, "if"))
		run_if(l);
	else if (lua_accept(l, "for"))
		run_for(l);
	else if (lua_accept(l, "return")) {
		struct lua_values values = { .count = 0 };

		if (!lua_is(l, "end") && l->token.kind != LUA_TOKEN_END)
			lua_evaluate_list(l, &values);
		l->results = values;
		l->returned = true;
	} else if (!lua_accept(l, ";"))
		run_assignment(l);
}

/* Run statements up to the word that ends the block, or up to "return". */
void
lua_run_block(struct lua *l)
{
	while (!l->failed && !l->returned && l->token.kind != LUA_TOKEN_END &&
	    !lua_is(l, "end") && !lua_is(l, "else") && !lua_is(l, "elseif"))
		run_statement(l);
}

/* Names that bitmarkd itself defines. */
static void
define(struct lua *l, const char *path)
{
	struct lua_value arg = { .kind = LUA_TABLE,
	    .table = lua_table_new(&l->heap) };

	lua_set(&l->heap, arg.table, lua_number(0), lua_copy(l, path));
	lua_set_local(l, lua_copy(l, "arg"), arg);
	lua_set_local(l, lua_copy(l, "os_name"), lua_copy(l, "linux"));
}

/* The outermost scope is in this stack frame, so it is taken out of the run
 * before the frame ends. */
struct lua_value
lua_run(struct lua *l, const char *text)
{
	struct lua_scope outermost = { .names = lua_table_new(&l->heap) };
	struct lua_value made;

	l->scope = &outermost;
	define(l, l->report.path);
	lua_look(l, text, 1);
	lua_run_block(l);
	if (!l->failed && l->token.kind != LUA_TOKEN_END && !l->returned)
		(void)lua_fail(l, "this word ends nothing");
	made = l->returned ? lua_argument(&l->results, 0) : lua_nil;
	if (!l->failed && made.kind != LUA_TABLE)
		(void)lua_fail(l, "the file does not return its configuration");
	l->scope = NULL;
	return made;
}
