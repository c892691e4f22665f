/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * build - a store that is made beside another one, and then takes its place by
 * one rename.
 *
 * It stands in a directory below the old one, so that it is on the same file
 * system and the parent need not be writable.  The writer's lock of the old store
 * is held throughout.
 */
#ifndef BM_CHAIN_BUILD_H
#define BM_CHAIN_BUILD_H

#include <bitmarkpeer/base.h>

/* Remove what was built, or what an earlier attempt left. */
bitmark_status bm_build_remove(const char *build);

/* Put the data of the store at ${build} in the place of those at ${path}, when
 * they are on the disk. */
bitmark_status bm_build_install(const char *build, const char *path);

/* Remove a file; one that is not there is as good, and so is a directory that is
 * not there. */
bitmark_status bm_build_remove_file(const char *directory, const char *name);

#endif
