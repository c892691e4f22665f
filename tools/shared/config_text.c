/*
 * One pass over the text, which knows quoted texts, comments and lines; the
 * first error ends it.
 */
#include "shared/config_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bitmarkpeer/os.h>

/* Longest file that is read.  Bytes.  Source: local bound. */
#define FILE_SIZE_MAX (1024 * 1024)
/* Longest name of a variable that an error repeats. */
#define NAME_SHOWN 64

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define END_LINE "\n" CONFIG_END_KEY " = yes\n"

/* Beginnings of lines that only files for bitmarkd have: Lua, libucl, and
 * options of services that are not here. */
static const char *const foreign[] = {
	"--", "local ", "return ", "M.", ".set", ".include", "reservoir_file",
	"client_rpc", "https_rpc", "proofing",
};

/* Where the text is being looked at. */
struct scan {
	const char *path;
	char *at;
	int line;
	char *error;
	size_t error_size;
};

/* "path:line: message" and so many bytes of ${detail}; gives false. */
static bool
fail(struct scan *s, const char *message, int shown, const char *detail)
{
	snprintf(s->error, s->error_size, "%.*s:%d: %s%.*s",
	    CONFIG_PATH_SHOWN, s->path, s->line, message, shown, detail);
	return false;
}

static bool
not_closed(struct scan *s)
{
	return fail(s, "what begins here is not closed: ", 2, s->at);
}

/* Move on, counting the lines. */
static void
advance(struct scan *s, char *end)
{
	for (; s->at < end; s->at++)
		s->line += *s->at == '\n';
}

/* Overwrite the comment that begins here; lines stay. */
static bool
blank_comment(struct scan *s)
{
	bool is_long = s->at[0] == '/' && s->at[1] == '*';
	char *end = is_long ? strstr(s->at + 2, "*/") : strchr(s->at, '\n');

	if (end == NULL)
		return not_closed(s);
	if (is_long)
		end += 2;
	for (char *c = s->at; c < end; c++) {
		if (*c != '\n')
			*c = ' ';
	}
	advance(s, end);
	return true;
}

/* The "${NAME}" or "${NAME:-default}" that stands here can be replaced. */
static bool
check_variable(struct scan *s)
{
	const char *begin = s->at + 2;
	size_t size = strcspn(begin, ":}");
	char name[NAME_SHOWN];

	if (begin[size] != '}' || size >= sizeof name)
		return true;
	memcpy(name, begin, size);
	name[size] = '\0';
	return getenv(name) != NULL || fail(s, "the environment has no ",
	    NAME_SHOWN, name);
}

/* Pass over the quoted text that begins here. */
static bool
skip_quoted(struct scan *s)
{
	char quote = *s->at, *end = s->at + 1;
	struct scan inner = *s;

	while (*end != quote) {
		inner.at = end;
		if (quote == '"' && strncmp(end, "${", 2) == 0 &&
		    !check_variable(&inner))
			return false;
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
		if (*end == '\0')
			return not_closed(s);
	}
	advance(s, end + 1);
	return true;
}

/* Complains of a line that only bitmarkd understands. */
static bool
check_line(struct scan *s)
{
	const char *word = s->at + strspn(s->at, " \t");

	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		if (strncmp(word, foreign[i], strlen(foreign[i])) == 0)
			return fail(s, "this is a configuration for bitmarkd "
			    "itself; 'bitmarkd-c init DIR' makes one for "
			    "bitmarkd-c, see bitmarkd-c.conf(5)", 0, "");
	return true;
}

/* Quoted texts are passed over whole: a # in one begins no comment. */
static bool
make_plain(struct scan *s)
{
	bool good = check_line(s);

	while (good && *s->at != '\0') {
		char c = *s->at;

		if (c == '"' || c == '\'')
			good = skip_quoted(s);
		else if (c == '#' || (c == '/' && (s->at[1] == '/' ||
		    s->at[1] == '*')))
			good = blank_comment(s);
		else if (c == '$' && s->at[1] == '{' && !check_variable(s))
			good = false;
		else
			advance(s, s->at + 1);
		if (good && c == '\n')
			good = check_line(s);
	}
	return good;
}

/* The bytes as a text with END_LINE behind them; NULL: no memory. */
static char *
complete(const char *data, size_t size)
{
	size_t skip = size >= strlen(BYTE_ORDER_MARK) && memcmp(data,
	    BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0 ?
	    strlen(BYTE_ORDER_MARK) : 0;
	char *text = malloc(size - skip + sizeof END_LINE);

	if (text == NULL)
		return NULL;
	memcpy(text, data + skip, size - skip);
	memcpy(text + size - skip, END_LINE, sizeof END_LINE);
	return text;
}

/* Why the file is no text that can be read, or NULL. */
static const char *
reading_failed(bitmark_status status, const uint8_t *data, size_t size)
{
	if (status == BITMARK_E_LENGTH)
		return "too long for a configuration";
	if (status != BITMARK_OK)
		return errno != 0 ? strerror(errno) : bitmark_strerror(status);
	return memchr(data, '\0', size) != NULL ? "not a text file" : NULL;
}

char *
config_text_read(const char *path, char *error, size_t error_size)
{
	struct scan scan = { .path = path, .line = 1, .error = error,
	    .error_size = error_size };
	uint8_t *data;
	size_t size;
	bitmark_status status = bitmark_file_read(path, FILE_SIZE_MAX, &data,
	    &size);
	const char *wrong = reading_failed(status, data, size);
	char *text = NULL;

	if (wrong == NULL) {
		text = complete((const char *)data, size);
		if (text == NULL)
			wrong = bitmark_strerror(BITMARK_E_NOMEM);
	}
	if (wrong != NULL)
		snprintf(error, error_size, "%.*s: %s",
		    CONFIG_PATH_SHOWN, path, wrong);
	if (data != NULL)               /* it may hold a private key */
		explicit_bzero(data, size);
	free(data);
	scan.at = text;
	if (text == NULL || make_plain(&scan))
		return text;
	explicit_bzero(text, strlen(text));
	free(text);
	return NULL;
}
