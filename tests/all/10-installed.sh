#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The smallest program a user writes is built against the installed library.
set -eu
. "$(dirname "$0")/installed.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/version.c" <<'END'
#include <bitmarkpeer.h>
#include <stdio.h>
int main(void) { return puts(bitmark_version()) < 0; }
END
# shellcheck disable=SC2046
cc -o "$dir/version" "$dir/version.c" $(pkg-config --cflags --libs libbitmarkpeer)
[ "$("$dir/version")" = "$(pkg-config --modversion libbitmarkpeer)" ]
bitmark-peer --version | grep -qF "$("$dir/version")"
