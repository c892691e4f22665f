#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The indexer into SQLite: says what the store says, through reorganisations and
# kills; and tells how fast it is.
set -eu
# shellcheck disable=SC2034
program=indexer-sqlite database=index.db
sql() { sqlite3 -separator ' ' "$here/$database" "$1"; }
hex() { echo "lower(hex($1))"; }
reset() { rm -f "$here/$database" "$here/$database"-*; }
# shellcheck disable=SC2154
# ask_as_said: the README's commands that ask.
ask_as_said() {
	run 3
	run 6
	says "^bitmark	$ISSUE	$ASSET	"
	says "^bitmark	$ISSUE	$ACCOUNT	"
	says "^[0-9]*		bitmark	$ACCOUNT	"
	run 7
	[ "$(wc -l <"$dir/out")" -ge 2 ] || fail "no owners at block 10"
}
# shellcheck source=tests/all/indexer.sh
. "$(dirname "$0")/indexer.sh"
export NODE ACCOUNT ASSET ISSUE
run 1
golden
meeting
killed
measured sqlite.c sqlite3
leave 2 5               # 42-indexer-postgresql.sh
leave 4                 # begin, in indexer.sh, does the same
all_ran
