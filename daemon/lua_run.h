/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * lua_run - runs the part of Lua that configurations of bitmarkd are written
 * in: assignments, tables, functions, if, for over pairs, the operators, and a
 * few functions of Lua.  Nothing is read but files that "dofile" names: the
 * content of a file stays a path.
 *
 * The text is run where it stands, without a tree of it: a function is a place
 * in the text.  A name is looked for where it is used and then where the
 * function was called from, which is enough for these files.
 *
 * An error is reported once and ends everything: what is made after it is not
 * to be used, and every loop asks for it.
 *
 * Source: the manual of Lua 5.1; bitmarkd v0.9 to v0.16
 * command/bitmarkd/bitmarkd.conf.sub and configuration/luareader.go
 */
#ifndef DAEMON_LUA_RUN_H
#define DAEMON_LUA_RUN_H

#include "shared/config_tree.h"

#include "lua_value.h"

/* Values of a list, or of a function.  Source: local bound. */
#define LUA_VALUES_MAX 64
/* Blocks and brackets inside of others.  Source: local bound. */
#define LUA_DEPTH_MAX 40

enum lua_token_kind { LUA_TOKEN_END, LUA_TOKEN_NAME, LUA_TOKEN_TEXT,
	LUA_TOKEN_NUMBER, LUA_TOKEN_SYMBOL };

struct lua_token {
	enum lua_token_kind kind;
	const char *at;                 /* in the text, with quotes        */
	size_t size;
	unsigned line;
};

/* Several values: of a list, or of a function. */
struct lua_values {
	size_t count;
	struct lua_value list[LUA_VALUES_MAX];
};

struct lua_scope {
	struct lua_table *names;
	struct lua_scope *outer;
};

struct lua {
	struct config_report report;    /* path: of the file that runs     */
	struct lua_heap heap;
	struct lua_token token;         /* what is looked at              */
	struct lua_token callee;        /* where the last call begins     */
	struct lua_scope *scope;
	unsigned depth, steps;
	unsigned line;                  /* of the operator, index or call
	                                   that is being applied          */
	unsigned unneeded;              /* not 0: "and", "or" or a branch
	                                   taken has decided already; what
	                                   is read now has no effect      */
	bool failed, returned;
	bool is_call;                   /* the last expression was a call:
	                                   its values are in results      */
	struct lua_values results;
};

/*
 * lua_run(l, text):
 * Run a whole file; the report is set, everything else is zero.  Gives the
 * value that the file returns; when l->failed there is none.
 */
struct lua_value lua_run(struct lua *l, const char *text);

/* lua_scan.c: look at a token, and take it. */
struct lua_value lua_fail(struct lua *l, const char *why);
/* A value that is none of what is wanted, in l->line; of nil it is told which
 * name has no value.  Nothing happens where the value is not needed. */
struct lua_value lua_refuse(struct lua *l, struct lua_value value,
    const char *wanted);
/* nil that knows why: "the variable NAME has no value". */
struct lua_value lua_missing(struct lua *l, const char *what,
    const char *name);
void lua_look(struct lua *l, const char *at, unsigned line);
void lua_next(struct lua *l);
bool lua_is(const struct lua *l, const char *word);
bool lua_accept(struct lua *l, const char *word);
void lua_expect(struct lua *l, const char *word);
struct lua_value lua_take_name(struct lua *l);
struct lua_value lua_take_text(struct lua *l);

/* lua_call.c: names, and functions; the values of a call are in results. */
struct lua_value *lua_find_name(struct lua *l, const char *name);
void lua_set_local(struct lua *l, struct lua_value name,
    struct lua_value value);
void lua_set_name(struct lua *l, struct lua_value name,
    struct lua_value value);
const char *lua_text_of(struct lua *l, struct lua_value value);
struct lua_value lua_copy(struct lua *l, const char *text);
struct lua_value lua_argument(const struct lua_values *arguments, size_t i);
struct lua_value lua_call(struct lua *l, struct lua_value function,
    const struct lua_values *arguments);

/* lua_expression.c: one expression, or several with commas, of which a call at
 * the end gives all its values. */
struct lua_value lua_evaluate(struct lua *l);
void lua_evaluate_list(struct lua *l, struct lua_values *values);
/* The value under a key of a table; anything else is refused. */
struct lua_value lua_index(struct lua *l, struct lua_value value,
    struct lua_value key);
void lua_add_value(struct lua *l, struct lua_values *values,
    struct lua_value value);

/* lua_statement.c: a block up to what ends it; in a scope of its own, where
 * ${names} are known; or without running it. */
void lua_run_block(struct lua *l);
void lua_run_inside(struct lua *l, struct lua_table *names);
void lua_skip_block(struct lua *l);

#endif
