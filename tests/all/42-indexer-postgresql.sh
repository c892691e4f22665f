#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The indexer into PostgreSQL, with a server of its own at a socket in a temporary
# directory: says what the store says, through reorganisations and kills; and
# tells how fast it is.
set -eu
# shellcheck disable=SC2034
program=indexer-postgresql
# shellcheck disable=SC2154
sql() { psql -X -q -A -t -F ' ' "$database" -c "$1"; }
hex() { echo "encode($1, 'hex')"; }
# What drops the tables waits for a server that still works for a killed indexer.
reset() { sql 'DROP SCHEMA public CASCADE' && sql 'CREATE SCHEMA public'; }
# shellcheck source=tests/all/indexer.sh
. "$(dirname "$0")/indexer.sh"
export NODE DATABASE PGOPTIONS=--client-min-messages=warning

# The server does not run as root: as the user of its package then.
server() {
	bin=$(pg_config --bindir)
	program_of=$1; shift
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && runuser -u postgres -- "$bin/$program_of" "$@")
	else
		"$bin/$program_of" "$@"
	fi
}
# shellcheck disable=SC2317
end_server() {
	server pg_ctl -D "$dir/pg/data" -m immediate -w stop >/dev/null 2>&1 || true
	finish
}
trap end_server EXIT
chmod 711 "$dir"
mkdir "$dir/pg"
[ "$(id -u)" -ne 0 ] || chown postgres "$dir/pg"
{
	server initdb -D "$dir/pg/data" -A trust -U postgres
	server pg_ctl -D "$dir/pg/data" -l "$dir/pg/log" -o "-k $dir/pg -h ''" -w -t 120 start
} >"$dir/out" 2>&1 || { cat "$dir/out"; fail "no server"; }
database="host=$dir/pg user=postgres dbname=postgres"
DATABASE=$database

# ask_as_said: the README has these commands with SQLite.
ask_as_said() {
	run 5
	index owner "$ACCOUNT" >"$dir/out"
	says "^bitmark	$ISSUE	$ASSET	"
	index asset "$ASSET" >"$dir/out"
	says "^bitmark	$ISSUE	$ACCOUNT	"
	index history "$ISSUE" >"$dir/out"
	says "^[0-9]*		bitmark	$ACCOUNT	"
}
run 2
golden
meeting
killed
measured postgresql.c libpq
leave 1 3 4 6 7         # 41-indexer.sh
all_ran
