/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "shared/secret.h"

#include <sys/stat.h>

#include "shared/complain.h"

#define OTHERS_MAY_READ (S_IRGRP | S_IROTH)

/* ssh refuses such a key; here it may be on a disk that knows no modes, so
 * that refusing would leave no way. */
void
secret_warn(const char *path)
{
	struct stat st;

	/* A pipe or a device keeps nothing. */
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & OTHERS_MAY_READ) != 0)
		complain("%s: other users can read this private key: "
		    "'chmod 600' keeps it to yourself", path);
}
