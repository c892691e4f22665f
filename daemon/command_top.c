/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The command top: the screen of top.h on a terminal, drawn anew every second,
 * or a line for each second when the output is no terminal.
 *
 * It uses the terminal's alternate screen, so that what was on the normal one
 * is there again afterwards.
 */
#include "commands.h"

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <bitmarkpeer/os.h>

#include "shared/ask.h"
#include "shared/complain.h"
#include "shared/stop.h"
#include "top.h"

#define EVERY_MS 1000
/* For terminals that do not tell their size. */
#define ROWS 24
#define COLUMNS 80

/* ECMA-48, and the alternate screen of xterm. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"

struct screen {
	bool is_terminal;
	bool reads_keys;
	struct termios before;
	struct top_style style;
};

/* Keys are read one by one and not shown; ICANON and ECHO do that. Signals
 * still come from the keyboard, as ISIG stays. Colours follow the variable
 * NO_COLOR. */
static void
screen_begin(struct screen *s)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct termios raw;

	memset(s, 0, sizeof *s);
	s->is_terminal = isatty(STDOUT_FILENO) == 1 && term != NULL &&
	    strcmp(term, "dumb") != 0;
	if (!s->is_terminal)
		return;
	(void)setlocale(LC_CTYPE, "");
	s->style.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	s->style.color = no_color == NULL || no_color[0] == '\0';
	s->reads_keys = tcgetattr(STDIN_FILENO, &s->before) == 0;
	if (s->reads_keys) {
		raw = s->before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(ENTER, stdout);
}

/* Put the terminal back as it was, however the command ends. */
static void
screen_end(struct screen *s)
{
	if (!s->is_terminal)
		return;
	if (s->reads_keys)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
	fputs(LEAVE, stdout);
}

/* The size is asked for each time, as a window may change it. */
static void
take_size(struct top_style *style)
{
	struct winsize size;
	const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_row > 1 && size.ws_col > 0;

	/* The last row stays free: a newline there would scroll. */
	style->rows = known ? size.ws_row - 1u : ROWS - 1;
	style->columns = known ? size.ws_col : COLUMNS;
}

/* The old screen is not cleared first, which would flicker: each line is
 * overwritten, and the rest of it is cleared. */
static void
show(struct screen *s, const struct top *top)
{
	char *text, *rest, *line;

	if (s->is_terminal)
		take_size(&s->style);
	text = s->is_terminal ? top_draw(top, &s->style) : top_line(top);
	if (text == NULL)
		return;
	if (!s->is_terminal) {
		puts(text);
	} else {
		fputs(HOME, stdout);
		for (rest = text; (line = strchr(rest, '\n')) != NULL;
		    rest = line + 1)
			printf("%.*s" CLEAR_LINE "\n", (int)(line - rest),
			    rest);
		fputs(CLEAR_BELOW, stdout);
	}
	(void)fflush(stdout);
	free(text);
}

/* Wait for the next second, a key, or a signal. False: the person wants to
 * stop. */
static bool
rest(const struct screen *s)
{
	struct pollfd fd = { .fd = s->reads_keys ? STDIN_FILENO : -1,
		.events = POLLIN };
	char key = '\0';

	if (poll(&fd, 1, EVERY_MS) > 0 && read(STDIN_FILENO, &key, 1) < 1)
		return false;
	return key != 'q' && key != 'Q' && stop_signal() == 0;
}

static json_t *
ask(const char *path, const char *command, const char **why)
{
	json_t *request = json_pack("{s:s}", "command", command);
	json_t *reply = request != NULL ?
	    ask_daemon(path, request, ASK_WAIT_MS, why) :
	    NULL;

	json_decref(request);
	if (reply != NULL && json_object_get(reply, "error") != NULL) {
		*why = "the node is stopping";
		json_decref(reply);
		reply = NULL;
	}
	return reply;
}

/* Returns why it ended, or NULL when the person ended it. */
static const char *
watch(const char *path, struct screen *s)
{
	struct top top = { .status = NULL };
	const char *why = NULL;
	json_t *status, *connections;

	do {
		status = ask(path, "status", &why);
		connections = status != NULL ?
		    ask(path, "connections", &why) : NULL;
		if (connections == NULL) {
			json_decref(status);
			break;
		}
		why = NULL;
		top_add(&top, status, connections, bitmark_clock_ms());
		show(s, &top);
	} while (!ferror(stdout) && rest(s));
	top_fini(&top);
	return why;
}

/* A signal must not leave the terminal changed, so signals are caught until
 * screen_end. */
int
command_top(void *options, int argc, char **argv)
{
	const struct daemon_options *o = options;
	struct config *config;
	struct screen screen;
	const char *why;
	int code = setup_load(o, &config);

	(void)argc;
	(void)argv;
	if (code != EXIT_DONE)
		return code;
	if (config->control == NULL) {
		complain("%s: the control socket is switched off (control = "
		    "none)", o->config);
		config_free(config);
		return EXIT_FAILED;
	}
	stop_catch(STOP_STAYS_IGNORED);
	screen_begin(&screen);
	why = watch(config->control, &screen);
	screen_end(&screen);
	stop_release();
	if (why != NULL)
		complain("%s: %s", config->control, why);
	config_free(config);
	return why == NULL ? EXIT_DONE : EXIT_FAILED;
}
