# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# shellcheck shell=sh
# Common to the scripts here: sourced, not run.  What 'make install' installed
# is found as users find it: programs by PATH, the library by pkg-config.
: "${BITMARK_INSTALLED:?make check-all sets it: where the project is installed}"
PATH=$BITMARK_INSTALLED/bin:$BITMARK_INSTALLED/sbin:$PATH
PKG_CONFIG_PATH=$BITMARK_INSTALLED/lib/pkgconfig
LD_LIBRARY_PATH=$BITMARK_INSTALLED/lib
export PATH PKG_CONFIG_PATH LD_LIBRARY_PATH
