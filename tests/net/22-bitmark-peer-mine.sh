#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# A miner, for a node that is played: a recorded job of bitmarkd v8.2 whose nonce
# recorderd found, replies that are lost, or of no use, and messages that are no
# jobs.
set -eu
# shellcheck disable=SC2154
. tests/net/await.sh
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
node='' miner=''
finish() {
	for process in $node $miner; do
		kill "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
fail() {
	echo "FAILED: $*"
	cat "$dir/told" "$dir/out" "$dir/err"
	exit 1
}
for file in told out err; do : >"$dir/$file"; done

# shellcheck disable=SC2046,SC2086
cc ${BITMARK_LDFLAGS:-} -D_DEFAULT_SOURCE -std=c11 -Wall -Wextra -Werror -Iinclude -pthread \
    -o "$dir/jobs" tests/net/jobs.c "$build/libbitmarkpeer.a" \
    $(pkg-config --cflags --libs libzmq libsodium lmdb nettle jansson)
# The job "0002" of the recording, and what recorderd submitted for it.
golden=tests/data/services/proofing-8.2.jsonl
grep '{\\"Job\\":\\"0002\\"' $golden | head -n 1 |
    sed 's/.*"frame": *"\({\(\\"\|[^"]\)*}\)".*/\1/; s/\\"/"/g' >"$dir/job"
submission='{"Request":"block.nonce","Job":"0002","Packed":"JSLG3Yb6i3A="}'
grep -qF 'JSLG3Yb6i3A=' $golden || fail "no submission of recorderd"

# play PLAN: a node that answers so.
play() {
	[ -z "$node" ] || { kill "$node"; wait "$node" 2>/dev/null || true; }
	rm -f "$dir/told"
	"$dir/jobs" "$dir/job" "$1" >"$dir/told" &
	node=$!
	await test -s "$dir/told" || fail "no node"
	read -r jobs submit <"$dir/told"
}
# mine OPTION...: a submission is sent again after three seconds.
mine() {
	timeout 300 "$build/bitmark-peer" mine -n "$jobs" --submit-at "$submit" -t 1 "$@" \
	    >"$dir/out" 2>"$dir/err" || fail "mine $*"
}
says() { grep -q -e "$1" "$dir/out" || fail "not said: $1"; }
submitted() { tail -n +2 "$dir/told" | wc -l; }

# The nonce is that which recorderd found, the seventh: those before it are not
# submitted.  A reply that was lost, and one of two frames, are none; behind the
# good one nothing more is submitted.
S_12b_the_difficulty_is_compared_and_success_ends_the_job() {
	play lfy
	mine --blocks 1 --threads 2
	says '^job 0002  block 26  3 transactions  difficulty 1$'
	says '^accepted  job 0002$'
	[ "$(tail -n +2 "$dir/told" | sort -u)" = "$submission" ] || fail "another submission"
	[ "$(submitted)" -eq 3 ] || fail "not three times"
}
S_12b_the_difficulty_is_compared_and_success_ends_the_job
[ "$(grep -c '^bad job$' "$dir/out")" -eq 1 ] || fail "what is no job is told once"

# Where no work is asked for, each job is answered at once; a reply that is no
# JSON, and one that says no, end nothing.
play gny
mine --blocks 2 --any-nonce --json
says '"event": *"bad reply"'
says '"event": *"refused"'
[ "$(grep -c '"event": *"accepted"' "$dir/out")" -eq 2 ] || fail "not accepted"
[ "$(grep -c '"event": *"job"' "$dir/out")" -ge 4 ] || fail "not a job for each"

# The rate; a signal ends it in order.
play n
"$build/bitmark-peer" mine -n "$jobs" --submit-at "$submit" -t 1 -w 1 >"$dir/out" 2>"$dir/err" &
miner=$!
await has "$dir/out" 'digests/s' || fail "no rate"
kill -INT "$miner"
wait "$miner" || fail "a signal ends it with $?"
miner=''

# What cannot work is told.
refuses() {
	want=$1 code=$2
	shift 2
	got=0
	timeout 60 "$build/bitmark-peer" mine "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" -eq "$code" ] || fail "exit code $got: $*"
	grep -q -e "$want" "$dir/err" || fail "not said: $want"
}
other=$(printf '%064d' 1)
refuses 'node' 2
refuses 'does not have this public key' 4 -n "$other@${jobs#*@}" --submit-at "$submit" -t 20
refuses 'not a number' 2 -n "$jobs" --threads x
