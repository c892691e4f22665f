/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * process - what every program, daemon or tool, does with its process before
 * anything else.
 */
#ifndef SHARED_PROCESS_H
#define SHARED_PROCESS_H

#include <stdbool.h>

/*
 * process_start():
 * Make sure that the standard files are open.  When the parent has closed
 * one, the next file that this program opens, perhaps one of the store, would
 * take its number and get what is printed; so /dev/null takes that number
 * now.  Reading and writing then fail as they would without it.
 *
 * A write beyond the limit of file sizes (ulimit -f) fails with EFBIG from now
 * on, like one on a full disk: its signal would end the process.
 *
 * false: it could not be taken.
 */
bool process_start(void);

/* Has the reader of this pipe hung up? */
bool process_pipe_is_closed(int fd);

/* End as a program does that writes to such a pipe: quietly, by SIGPIPE.  For a
 * program that ignored the signal because it had something to put in order. */
void process_end_by_pipe(void);

/*
 * process_catch_cut_off(text, code):
 * End the program with the line ${text} on stderr and with exit code ${code}
 * when it reads a part of a mapped file that is not there any more.  Opening
 * a store mostly finds out that its file was cut off; a part that is missed
 * later is met here, as a SIGBUS.  Threads that block SIGBUS are not covered.
 *
 *   text    borrowed for ever
 */
void process_catch_cut_off(const char *text, int code);

#endif
