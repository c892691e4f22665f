/*
 * config_text - the text of a configuration file, made ready for libconfuse,
 * which takes the rest of what it is given too easily.
 */
#ifndef SHARED_CONFIG_TEXT_H
#define SHARED_CONFIG_TEXT_H

#include <stddef.h>

/* Longest part of a path that an error repeats.  Bytes. */
#define CONFIG_PATH_SHOWN 512

/* A key that is put behind the text: libconfuse takes a file that ends inside
 * of a section for whole, but then this key is missing. */
#define CONFIG_END_KEY "configuration-end"

/*
 * config_text_read(path, error, error_size):
 * Read the file, and make it plain:
 *
 *   - a byte order mark in front, which editors of Windows write, is removed;
 *   - comments become blanks: libconfuse 3.3 loses count of the lines at each
 *     comment, and takes one only between two options;
 *   - a variable that the environment does not have is an error: libconfuse
 *     takes it for empty, and "${HOME}/x" would become "/x";
 *   - a file that is written for bitmarkd itself is recognised.
 *
 * Returns the text with CONFIG_END_KEY at its end, owned by the caller: wipe
 * it, it may hold a private key, and free() it.  NULL: ${error} says why.
 */
char *config_text_read(const char *path, char *error, size_t error_size);

#endif
