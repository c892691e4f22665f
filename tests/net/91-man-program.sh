#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The program in libbitmarkpeer(3) compiles and does what the page says.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
build=${BITMARK_BUILD:?}

# The page's one literal block that begins with an #include.
awk '/^\.Bd -literal/ { on = 1; text = ""; next }
    /^\.Ed/ { if (on && text ~ /^#include/) printf "%s", text; on = 0; next }
    on { sub(/^\\&/, ""); gsub(/\\e/, "\\"); text = text $0 "\n" }' \
    man/libbitmarkpeer.3 >"$dir/program.c"
[ -s "$dir/program.c" ] || { echo "no program in the page"; exit 1; }
# shellcheck disable=SC2046,SC2086
cc ${BITMARK_LDFLAGS:-} -std=c11 -Wall -Wextra -Werror -Iinclude -pthread \
    -o "$dir/program" "$dir/program.c" \
    "$build/libbitmarkpeer.a" $(pkg-config --libs libzmq libsodium lmdb nettle jansson libcares)
"$dir/program" >"$dir/out"
cat "$dir/out"
# It signs an asset, an issue and a transfer, and reads each one back.
for name in AssetData BitmarkIssue BitmarkTransferUnratified; do
	grep -q "$name" "$dir/out" || { echo "no $name"; exit 1; }
done
