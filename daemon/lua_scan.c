/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Tokens: names, numbers, texts in quotes, and symbols.
 *
 * One token is looked at, and nothing is remembered of earlier ones: a place in
 * the text and its line are enough to go back there. The text ends with NUL, so
 * each test of the following bytes stops there by itself.
 */
#include "lua_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most steps of a run, and the longest piece of the text that an error repeats.
 * Source: local choice. */
#define STEPS_MAX 1000000
#define PIECE_SHOWN 24

/* The first error counts and ends everything: all loops test for it. */
struct lua_value
lua_fail(struct lua *l, const char *why)
{
	if (!l->failed)
		(void)config_fail(&l->report, l->token.line, "%s: '%.*s'", why,
		    l->token.size < PIECE_SHOWN ? (int)l->token.size :
		    PIECE_SHOWN, l->token.at);
	l->failed = true;
	return lua_nil;
}

/* Lua tells of a nil where it is used, and then not where it comes from: the
 * name of a variable that was not set is what a person has to know. */
struct lua_value
lua_refuse(struct lua *l, struct lua_value value, const char *wanted)
{
	if (l->failed || l->unneeded > 0)
		return lua_nil;
	if (value.kind == LUA_NIL && value.text != NULL)
		(void)config_fail(&l->report, l->line, "%s", value.text);
	else
		(void)config_fail(&l->report, l->line, "%s was expected%s",
		    wanted, value.kind == LUA_NIL ? ", not nil" : "");
	l->failed = true;
	return lua_nil;
}

struct lua_value
lua_missing(struct lua *l, const char *what, const char *name)
{
	struct lua_value value = lua_text(&l->heap, what, name, strlen(name));

	value = lua_text(&l->heap, value.text, " has no value",
	    strlen(" has no value"));
	value.kind = LUA_NIL;
	return value;
}

/* isalnum is not used, because its answer depends on the locale. */
static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

/* The end of "[[ ... ]]", a form that long comments also have; NULL: there is
 * none. */
static const char *
long_end(const char *at)
{
	const char *end = strncmp(at, "[[", 2) == 0 ? strstr(at, "]]") : NULL;

	return end != NULL ? end + 2 : NULL;
}

/* Lines inside comments are counted, too. A long comment ends at the first
 * "]]". */
static const char *
skip_space(const char *at, unsigned *line)
{
	const char *end;

	for (;;) {
		if (*at == '\n')
			++*line;
		if (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n') {
			at++;
		} else if (strncmp(at, "--", 2) == 0) {
			end = long_end(at + 2);
			if (end == NULL)
				end = at + strcspn(at, "\n");
			for (; at < end; at++)
				*line += *at == '\n';
		} else {
			return at;
		}
	}
}

/* 0: the text does not end in its line, where Lua stops as well. */
static size_t
quoted_size(const char *at)
{
	const char *end = at + 1;

	while (*end != *at && *end != '\0' && *end != '\n')
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	return *end == *at ? (size_t)(end + 1 - at) : 0;
}

/* Look at the token that begins at or behind ${at}. */
void
lua_look(struct lua *l, const char *at, unsigned line)
{
	static const char *const pairs[] = { "..", "==", "~=", "<=", ">=" };
	struct lua_token *t = &l->token;

	at = skip_space(at, &line);
	*t = (struct lua_token){ .kind = LUA_TOKEN_SYMBOL, .at = at, .size = 1,
	    .line = line };
	if (*at == '\0') {
		t->kind = LUA_TOKEN_END;
		t->size = 0;
	} else if (*at >= '0' && *at <= '9') {
		t->kind = LUA_TOKEN_NUMBER;
		t->size = strspn(at, "0123456789");
	} else if (is_name_byte(*at)) {
		t->kind = LUA_TOKEN_NAME;
		while (is_name_byte(at[t->size]))
			t->size++;
	} else if (*at == '"' || *at == '\'') {
		t->kind = LUA_TOKEN_TEXT;
		t->size = quoted_size(at);
		if (t->size == 0)
			(void)lua_fail(l, "this text has no end");
	}
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (t->kind == LUA_TOKEN_SYMBOL && strncmp(at, pairs[i], 2) == 0)
			t->size = 2;
}

/* After an error only the end of the file is seen, so no function takes an
 * unexpected token. Steps are counted here, as everything that runs takes
 * tokens: two functions that call each other end, too. */
void
lua_next(struct lua *l)
{
	if (l->token.kind == LUA_TOKEN_END || ++l->steps > STEPS_MAX)
		(void)lua_fail(l, l->token.kind == LUA_TOKEN_END ?
		    "the file ends too early" : "this runs too long");
	if (!l->failed)
		lua_look(l, l->token.at + l->token.size, l->token.line);
	else
		l->token = (struct lua_token){ .at = "", .kind = LUA_TOKEN_END };
}

/* A text in quotes is never a word of the language. */
bool
lua_is(const struct lua *l, const char *word)
{
	return l->token.kind != LUA_TOKEN_TEXT &&
	    l->token.size == strlen(word) &&
	    strncmp(l->token.at, word, l->token.size) == 0;
}

/* Take the token if it is this word. */
bool
lua_accept(struct lua *l, const char *word)
{
	const bool found = lua_is(l, word);

	if (found)
		lua_next(l);
	return found;
}

/* The error names the missing word, most often a bracket or an "end". */
void
lua_expect(struct lua *l, const char *word)
{
	char why[64];

	snprintf(why, sizeof why, "'%s' was expected", word);
	if (!lua_accept(l, word))
		(void)lua_fail(l, why);
}

/* The name is copied, because a name in the file is not followed by NUL. */
struct lua_value
lua_take_name(struct lua *l)
{
	struct lua_value name;

	if (l->token.kind != LUA_TOKEN_NAME)
		return lua_fail(l, "a name was expected");
	name = lua_text(&l->heap, "", l->token.at, l->token.size);
	lua_next(l);
	return name;
}

/* The text between the quotes; a backslash stands for the character behind it.
 */
struct lua_value
lua_take_text(struct lua *l)
{
	struct lua_value value = lua_text(&l->heap, "", "", 0);
	const char *end = l->token.at + l->token.size - 1;

	for (const char *at = l->token.at + 1; at < end; at++) {
		size_t plain = strcspn(at, "\\");

		if (at + plain > end)
			plain = (size_t)(end - at);
		if (plain == 0) {
			at++;
			plain = 1;
		}
		value = lua_text(&l->heap, value.text, at, plain);
		at += plain - 1;
	}
	lua_next(l);
	return value;
}
