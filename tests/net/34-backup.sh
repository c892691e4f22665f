#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A store is backed up beside the daemon that adds blocks to it, and restored;
# whoever is killed meanwhile leaves nothing or the whole.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
daemon=$build/bitmarkd-c
conf=$dir/chain/bitmarkd-c.conf
store=$dir/chain/data/local
size=1
ask() { timeout 600 "$daemon" --config "$conf" "$@"; }
tool() { timeout 600 "$build/bitmark-chain" --chain local "$@"; }
# code WANTED ARGUMENT...
code() {
	want=$1; shift
	got=0
	tool "$@" >"$dir/out" 2>&1 || got=$?
	[ "$got" -eq "$want" ] || { cat "$dir/out"; fail "exit code $got, not $want: $*"; }
}
says() { grep -qF -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }
height() { sed -n 's/.* height \([0-9]*\),.*/\1/p' "$dir/out"; }
is_normal() { ask status 2>/dev/null | grep -q 'mode *Normal'; }
child=''
# shellcheck disable=SC2317
end_all() {
	[ -z "$child" ] || kill -9 "$child" 2>/dev/null || true
	kill -9 "$(cat "$dir/pid")" 2>/dev/null || true
	finish
}
trap end_all EXIT

"$daemon" dev "$dir/chain" >"$dir/use" 2>"$dir/log" &
echo $! >"$dir/pid"
await is_normal || { cat "$dir/use" "$dir/log"; fail "not Normal"; }

# While blocks are added: each backup is of a moment, and none disturbs the others.
ask generate 5 >"$dir/generated" 2>&1 &
child=$!
for n in 1 2 3; do
	code 0 -d "$store" backup "$dir/$n.backup"
	says 'backed up '
	before=$(height)
	code 0 -d "$dir/restored.$n" restore "$dir/$n.backup"
	[ "$(height)" -ge "$before" ] || fail "backup $n is older than was told"
	tool -d "$dir/restored.$n" verify --quick >/dev/null || fail "backup $n is damaged"
done
wait "$child" || { cat "$dir/generated"; fail "no blocks"; }
child=''

# The store that is restored is the same, and the daemon goes on.
code 0 -d "$store" backup "$dir/last.backup"
code 0 -d "$dir/restored" restore "$dir/last.backup"
says 'restored '
last=$(height)
tool -d "$store" dump >"$dir/dump"
tool -d "$dir/restored" dump | cmp - "$dir/dump" || fail "another chain is restored"
[ ! -e "$dir/last.backup.tmp" ] && [ ! -e "$dir/restored/restore" ] || fail "a part is left"
ask generate >"$dir/generated" 2>&1 || { cat "$dir/generated"; fail "no more blocks"; }

# Pipes: from one to the other, and by FIFOs.
tool -d "$store" backup - | tool -d "$dir/piped" restore - >"$dir/out" ||
    { cat "$dir/out"; fail "not piped"; }
[ "$(height)" -eq $((last + 1)) ] || fail "another height was piped"
mkfifo "$dir/fifo"
timeout 600 cat "$dir/fifo" >"$dir/copy" &
child=$!
code 0 -d "$store" backup "$dir/fifo"
wait "$child"
child=''
[ -p "$dir/fifo" ] || fail "a FIFO was replaced"
code 2 -d "$dir/piped" restore "$dir/copy"
says "this replaces a store with blocks up to $((last + 1)): repeat it with --yes"
code 0 -d "$dir/piped" restore "$dir/copy" --yes
tool -d "$store" dump >"$dir/dump"
tool -d "$dir/piped" dump | cmp - "$dir/dump" || fail "another chain behind a FIFO"

# What is no backup, or one of another chain, replaces nothing.
echo nonsense >"$dir/nonsense"
code 9 -d "$dir/piped" restore "$dir/nonsense" --yes
says "$dir/nonsense: is no backup of a store, or damaged"
head -c 20000 "$dir/copy" >"$dir/part"
code 9 -d "$dir/none/store" restore "$dir/part"
[ ! -e "$dir/none" ] || fail "a directory for nothing"
timeout 600 "$build/bitmark-chain" --chain testing -d "$dir/none" restore "$dir/copy" \
    >"$dir/out" 2>&1 && fail "a backup of another chain"
says "$dir/copy: "
code 9 -d "$dir/none" restore "$dir/missing"
[ ! -e "$dir/none" ] || fail "a directory for nothing"
# The store of a daemon that runs is its own.
code 9 -d "$store" restore "$dir/copy" --yes
says "process $(cat "$dir/pid")"
tool -d "$dir/piped" dump | cmp - "$dir/dump" || fail "an attempt has changed the store"

# A backup that is killed is no backup, and the daemon is not held up by it.
timeout 600 sh -c "exec 9<>'$dir/fifo'; '$build/bitmark-chain' --chain local -d '$store' \
    backup '$dir/killed' & echo \$! >'$dir/child'; kill -9 \$!; wait \$!" >/dev/null 2>&1 || true
[ ! -e "$dir/killed" ] || tool -d "$dir/whole" restore "$dir/killed" >/dev/null ||
    fail "a part of a backup"
# One that is killed while it waits for somebody to take it leaves no reader that
# would keep the daemon's pages.
exec 9<>"$dir/fifo"
"$build/bitmark-chain" --chain local -d "$store" backup "$dir/fifo" >/dev/null 2>&1 &
child=$!
dd bs=1 count=1 <&9 >/dev/null 2>&1
kill -9 "$child" 2>/dev/null || true
wait "$child" 2>/dev/null || true
child=''
exec 9>&-
ask generate >"$dir/generated" 2>&1 || { cat "$dir/generated"; fail "held up by a backup"; }

# A restore that is killed leaves what was there: nothing, or the old store.  Its
# input stays open behind the first half.
half=$(($(wc -c <"$dir/copy") / 2))
for place in "$dir/new" "$dir/piped"; do
	exec 9<>"$dir/fifo"
	"$build/bitmark-chain" --chain local -d "$place" restore - --yes <"$dir/fifo" \
	    >"$dir/out" 2>&1 &
	child=$!
	head -c "$half" "$dir/copy" >&9
	begun() { [ -s "$place/restore/data.mdb" ]; }
	await begun || fail "nothing is restored at $place"
	kill -9 "$child"
	wait "$child" 2>/dev/null || true
	child=''
	exec 9>&-
done
[ ! -e "$dir/new/data.mdb" ] || fail "a part of a store"
code 7 -d "$dir/new" info
tool -d "$dir/piped" dump | cmp - "$dir/dump" || fail "a store that a killed restore has changed"
# The next attempt clears up.
code 0 -d "$dir/new" restore "$dir/copy"
[ ! -e "$dir/new/restore" ] || fail "what a killed restore left is still there"
tool -d "$dir/new" dump | cmp - "$dir/dump" || fail "another chain after a killed restore"
echo "good"
