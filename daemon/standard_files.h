/*
 * The standard files of a program, daemon or tool.
 */
#ifndef DAEMON_STANDARD_FILES_H
#define DAEMON_STANDARD_FILES_H

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

/*
 * Whoever starts a program may have closed its standard files; the next file
 * that it opens, perhaps one of the store, would take their place and get what
 * is printed.  So that place is taken here, before anything else is opened.
 * Reading and writing fail as they would without it; complaints are lost.
 * false: it could not be taken.
 */
static inline bool
standard_files_open(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", modes[fd]) != fd)
			return false;
	return true;
}

#endif
