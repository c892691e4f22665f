/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * secret - files that hold a private key.
 */
#ifndef SHARED_SECRET_H
#define SHARED_SECRET_H

/* Complain when others than the owner may read ${path}; the program goes on. */
void secret_warn(const char *path);

#endif
