/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * dot - texts inside the quotes of the language of graphviz.
 */
#ifndef TOOLS_DOT_H
#define TOOLS_DOT_H

#include <stddef.h>

/* The text of somebody else, escaped; the quotes are the caller's. */
void dot_text(const char *text, size_t size);

#endif
