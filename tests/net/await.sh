#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Waiting, for the scripts that read this file.  No other script sleeps.

# shellcheck disable=SC2034
# The first of a hundred ports that no other program of tests/run is given.
port=${TEST_PORT:-$((20000 + $$ % 120 * 100))}

# await COMMAND...: looks again until the command succeeds.  A test that passes
# goes on as soon as it does; the bound, two minutes and more on a machine that
# is busy, is for a test that would otherwise hang.
await() { await_looks 1200 "$@"; }
# await_looks COUNT COMMAND...: the same with another bound.
await_looks() {
	looks=$1
	shift
	until "$@"; do
		[ "$looks" -gt 0 ] || return 1
		looks=$((looks - 1))
		sleep 0.1
	done
}
# has FILE TEXT [COUNT]: so many of its lines have the text.
has() { [ "$(grep -c -e "$2" "$1" 2>/dev/null || true)" -ge "${3:-1}" ]; }
# computes PID [WAY]: one of its threads has been busy for a twentieth of a second;
# where WAY is "nicely", one that is nicer than this script.  On Linux only.
computes() {
	awk -v way="${2:-}" 'NR == 1 { own = $19 }
	    $14 >= 5 && (way == "" || $19 != own) { found = 1 } END { exit !found }' \
	    /proc/self/stat "/proc/$1/task/"*/stat 2>/dev/null
}
