/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A parser by recursive descent. Each function returns false after it has
 * reported an error; the first error ends the reading. What was built until
 * then hangs below the root, which the caller frees.
 */
#include "shared/config_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bitmarkpeer/base.h>

/* Sections inside of sections: the parser calls itself for each. */
#define DEPTH_MAX 8
/* Longest piece of the text and longest name that an error repeats. Bytes. */
#define PIECE_SHOWN 16
#define NAME_SHOWN 64
/* First room for a text, and the longest message.  Bytes. */
#define TEXT_ROOM 64
#define MESSAGE_MAX 512

/* Characters that end a word without quotes. */
#define WORD_END " \t\r\n\"'={}()+,#"

/* The place in the text that is read next. */
struct scan {
	const struct config_report *report;
	const char *at;
	unsigned line;
};

/* A text that grows while it is read. */
struct growing {
	char *text;
	size_t size, room;
};

/* The path and the message are cut where they are too long, so that an error
 * always fits its buffer. */
bool
config_fail(const struct config_report *report, unsigned line,
    const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(message, sizeof message, format, list);
	va_end(list);
	if (line == 0)
		snprintf(report->text, report->size, "%.*s: %s",
		    CONFIG_PATH_SHOWN, report->path, message);
	else
		snprintf(report->text, report->size, "%.*s:%u: %s",
		    CONFIG_PATH_SHOWN, report->path, line, message);
	return false;
}

/* No line is named, because the text is not to blame. */
static bool
fail_memory(const struct scan *s)
{
	return config_fail(s->report, 0, "%s",
	    bitmark_strerror(BITMARK_E_NOMEM));
}

/* Only two characters of the open piece are shown: it may be a private key. */
static bool
fail_open(const struct scan *s)
{
	size_t size = strcspn(s->at, "\r\n");

	return config_fail(s->report, s->line,
	    "the text, list or comment that begins here is not closed: "
	    "%.*s", size > 2 ? 2 : (int)size,
	    s->at);
}

/* Show what stands here, up to the end of its line. */
static bool
fail_unexpected(const struct scan *s, const char *wanted)
{
	size_t size = strcspn(s->at, "\r\n");

	if (*s->at == '\0')
		return config_fail(s->report, s->line,
		    "the file ends here: %s", wanted);
	return config_fail(s->report, s->line, "unexpected '%.*s': %s",
	    size > PIECE_SHOWN ? PIECE_SHOWN : (int)size, s->at, wanted);
}

/* Move on, counting the lines. */
static void
advance(struct scan *s, const char *end)
{
	for (; s->at < end; s->at++)
		s->line += *s->at == '\n';
}

/* --- texts ---------------------------------------------------------------- */

/* A growing text is moved by hand. realloc would leave a copy of the old bytes
 * in freed memory, and they may be a private key. */
static bool
append(struct scan *s, struct growing *g, const char *bytes, size_t size)
{
	size_t room = g->room == 0 ? TEXT_ROOM : g->room;
	char *moved;

	while (room - g->size <= size)
		room *= 2;
	if (room != g->room) {
		moved = malloc(room);
		if (moved == NULL)
			return fail_memory(s);
		if (g->text != NULL) {
			memcpy(moved, g->text, g->size);
			explicit_bzero(g->text, g->size);
			free(g->text);
		}
		g->text = moved;
		g->room = room;
	}
	memcpy(g->text + g->size, bytes, size);
	g->size += size;
	g->text[g->size] = '\0';
	return true;
}

/* Put in the value of "${NAME}" or "${NAME:-default}". A variable that is not
 * set is an error: read as empty it would turn "${HOME}/x" into "/x". */
static bool
append_variable(struct scan *s, struct growing *g)
{
	const char *begin = s->at + strlen("${");
	const char *end = strchr(begin, '}');
	const char *colon, *value;
	char name[NAME_SHOWN];
	size_t size;

	if (end == NULL)
		return fail_open(s);
	colon = memchr(begin, ':', (size_t)(end - begin));
	size = (size_t)((colon != NULL ? colon : end) - begin);
	snprintf(name, sizeof name, "%.*s", (int)(size < sizeof name ? size :
	    sizeof name - 1), begin);
	value = size < sizeof name ? getenv(name) : NULL;
	if (value != NULL) {
		if (!append(s, g, value, strlen(value)))
			return false;
	} else if (colon != NULL && colon[1] == '-') {
		colon += strlen(":-");
		if (!append(s, g, colon, (size_t)(end - colon)))
			return false;
	} else {
		return config_fail(s->report, s->line,
		    "the environment has no %s", name);
	}
	advance(s, end + 1);
	return true;
}

/* The character behind a backslash, in double quotes. */
static bool
append_escape(struct scan *s, struct growing *g)
{
	static const char letters[] = "ntr", meant[] = "\n\t\r";
	const char *letter = strchr(letters, s->at[1]);
	const char *c = letter != NULL ? &meant[letter - letters] : s->at + 1;
	bool good = s->at[1] == '\n' || append(s, g, c, 1);

	advance(s, s->at + 2);          /* a line that goes on is one line */
	return good;
}

/* Read a text in quotes. In single quotes only the quote itself and the
 * backslash can be escaped, and variables are not replaced. */
static bool
append_quoted(struct scan *s, struct growing *g)
{
	const struct scan begin = *s;
	const char quote = *s->at;
	bool is_plain = quote == '\'', good = true;

	advance(s, s->at + 1);
	while (good && *s->at != quote) {
		if (*s->at == '\0' || (*s->at == '\\' && s->at[1] == '\0'))
			return fail_open(&begin);
		if (!is_plain && strncmp(s->at, "${", 2) == 0) {
			good = append_variable(s, g);
		} else if (*s->at == '\\' && (!is_plain ||
		    s->at[1] == '\\' || s->at[1] == '\'')) {
			good = append_escape(s, g);
		} else {
			good = append(s, g, s->at, 1);
			advance(s, s->at + 1);
		}
	}
	if (good)
		advance(s, s->at + 1);
	return good;
}

/* Comments may begin inside a word, too: a path with "//" in it needs quotes.
 */
static bool
is_comment(const char *at)
{
	return *at == '#' || strncmp(at, "//", 2) == 0 ||
	    strncmp(at, "/*", 2) == 0;
}

/* A word has no escapes; a text that needs them stands in quotes. */
static bool
append_word(struct scan *s, struct growing *g)
{
	bool good = true;

	while (good && *s->at != '\0' && !is_comment(s->at)) {
		if (strncmp(s->at, "${", 2) == 0) {
			good = append_variable(s, g);
		} else if (strchr(WORD_END, *s->at) == NULL) {
			good = append(s, g, s->at, 1);
			s->at++;
		} else {
			break;
		}
	}
	return good;
}

/* Pass over white space and comments. */
static bool
skip_space(struct scan *s)
{
	const char *end;

	for (;;) {
		advance(s, s->at + strspn(s->at, " \t\r\n"));
		if (!is_comment(s->at))
			return true;
		if (strncmp(s->at, "/*", 2) == 0) {
			end = strstr(s->at + 2, "*/");
			if (end == NULL)
				return fail_open(s);
			advance(s, end + 2);
		} else {
			s->at += strcspn(s->at, "\n");
		}
	}
}

/* Read a text and the space behind it. On failure ${text} is NULL and nothing
 * is left to free. */
static bool
read_text(struct scan *s, char **text, const char *wanted)
{
	struct growing g = { .text = NULL };
	bool good = append(s, &g, "", 0);

	*text = NULL;
	if (good && strchr("\"'", *s->at) != NULL && *s->at != '\0')
		good = append_quoted(s, &g);
	else if (good)
		good = *s->at == '\0' || (strchr(WORD_END, *s->at) != NULL) ?
		    fail_unexpected(s, wanted) : append_word(s, &g);
	if (good && skip_space(s)) {
		*text = g.text;
		return true;
	}
	config_tree_wipe(g.text);
	return false;
}

/* --- the tree ------------------------------------------------------------- */

/* Read one value and append it to those of its key. */
static bool
read_value(struct scan *s, struct config_entry *entry)
{
	struct config_value **end = &entry->values;
	struct config_value *value = calloc(1, sizeof *value);

	while (*end != NULL)
		end = &(*end)->next;
	if (value == NULL)
		return fail_memory(s);
	*end = value;
	value->line = s->line;
	return read_text(s, &value->text, "a value was expected");
}

/* One value, or several in braces. */
static bool
read_values(struct scan *s, struct config_entry *entry)
{
	const struct scan begin = *s;

	if (*s->at != '{')
		return read_value(s, entry);
	advance(s, s->at + 1);
	if (!skip_space(s))
		return false;
	while (*s->at != '}') {
		if (*s->at != '\0' && !read_value(s, entry))
			return false;
		if (*s->at == '\0')
			return fail_open(&begin);
		if (*s->at == ',')
			advance(s, s->at + 1);
		else if (*s->at != '}')
			return fail_unexpected(s, "',' or '}' was expected");
		if (!skip_space(s))
			return false;
	}
	advance(s, s->at + 1);
	return skip_space(s);
}

static bool read_entries(struct scan *s, struct config_entry *section,
    int depth);

/* Read "name = value" or "name { ... }". ${name} is taken over in every case:
 * it is in the tree or freed afterwards. The depth of sections is bounded, as
 * each one is a call of this function. */
static bool
read_entry(struct scan *s, struct config_entry *section, char *name,
    unsigned line, int depth)
{
	char *title = NULL;
	struct config_entry *entry;
	bool is_section = *s->at != '=' && strncmp(s->at, "+=", 2) != 0;

	if (is_section && *s->at != '{' && !read_text(s, &title,
	    "'=' or '{' was expected")) {
		free(name);
		return false;
	}
	entry = title == NULL ?
	    config_tree_place(section, name, is_section) :
	    config_tree_place(section, "", false);
	if (entry == NULL || entry->name != NULL)
		free(name);
	else
		*entry = (struct config_entry){ .name = name, .title = title,
		    .line = line, .is_section = is_section,
		    .adds = *s->at == '+' };
	if (entry == NULL) {
		free(title);
		return fail_memory(s);
	}
	if (is_section && *s->at != '{')
		return fail_unexpected(s, "'{' was expected");
	if (is_section && depth >= DEPTH_MAX)
		return fail_unexpected(s, "too many sections in sections");
	advance(s, s->at + (entry->adds ? strlen("+=") : 1));
	if (!skip_space(s))
		return false;
	return is_section ? read_entries(s, entry, depth + 1) :
	    read_values(s, entry);
}

/* All entries of a section; the end of the file closes the outermost. */
static bool
read_entries(struct scan *s, struct config_entry *section, int depth)
{
	unsigned line;
	char *name;

	while (*s->at != '}' && *s->at != '\0') {
		line = s->line;
		if (!read_text(s, &name, "a name was expected") ||
		    !read_entry(s, section, name, line, depth))
			return false;
	}
	if (*s->at == '\0' && depth > 0)
		return config_fail(s->report, 0, "a section is not closed: "
		    "%s, which begins in line %u", section->name,
		    section->line);
	section->end_line = s->line;
	if (depth == 0)
		return *s->at == '\0' ||
		    fail_unexpected(s, "no section is open");
	advance(s, s->at + 1);
	return skip_space(s);
}

/* The root exists even after an error in the text, so that the caller frees it
 * in one way. */
bool
config_tree_parse(const char *text, const struct config_report *report,
    struct config_entry **root)
{
	struct scan s = { .report = report, .at = text, .line = 1 };

	*root = calloc(1, sizeof **root);
	if (*root == NULL)
		return fail_memory(&s);
	(*root)->is_section = true;
	return skip_space(&s) && read_entries(&s, *root, 0);
}
