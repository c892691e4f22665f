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
 * false: it could not be taken.
 */
bool process_start(void);

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
