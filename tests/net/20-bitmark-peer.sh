#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmark-peer shows what a node has: the golden chain's first blocks, byte
# for byte and decoded; tables, repetition, and an exit code for each failure.
set -eu
# shellcheck disable=SC2154
. tests/net/await.sh
build=${BITMARK_BUILD:?}
golden=tests/data/chain-a
dir=$(mktemp -d)
daemon=
finish() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
	[ -z "$daemon" ] || wait "$daemon" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
unset BITMARK_NODE BITMARK_CONFIG || true

fail() { echo "$*"; exit 1; }
peer() { timeout 600 "$build/bitmark-peer" "$@"; }
# code WANTED ARGUMENT...: the exit code; stdout and stderr are kept.
code() {
	want=$1; shift
	got=0
	peer "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" = "$want" ] || { cat "$dir/out" "$dir/err"; fail "exit code $got, not $want: $*"; }
}
# says TEXT: the last command's stdout or stderr has it.
says() {
	[ -n "$1" ] || fail "nothing to look for"
	cat "$dir/out" "$dir/err" | grep -qF -e "$1" ||
	    { cat "$dir/out" "$dir/err"; fail "not said: $1"; }
}
same() { [ "$1" = "$2" ] || fail "$3: '$1', not '$2'"; }
# A value of the line of block N in the golden file.
golden_value() {
	sed -n "s/.*\"$2\":\"\([0-9a-f]*\)\".*\"number\":$1,\"size\".*/\1/p" $golden.json |
	    head -n 1
}

# --- without a node ----------------------------------------------------------

zero=0000000000000000000000000000000000000000000000000000000000000000
one=${zero%0}1
code 0 --help
for word in info height hash block ping --node --all --config --chain --key --timeout --watch \
    --count --json --raw --hex --wide; do
	says "$word"
	grep -q "$(echo "$word" | sed 's/^--/Fl -/')" man/bitmark-peer.1 ||
	    fail "not in the page: $word"
done
code 0 --version
code 0 help block
says 'N|N-M|tip'
code 2
code 2 dance
code 2 hieght
says "no command 'hieght': did you mean 'height'?"
code 2 info --chian local
says 'the option --chian is unknown: did you mean --chain?'
code 2 --dance info
code 2 info
says 'no node'
code 2 info -n nowhere
code 2 info -n "$one"
code 2 info -n "12@127.0.0.1:1"
code 2 info -n "$zero@127.0.0.1:1"
code 2 info -n "$one@127.0.0.1:99999"
code 2 info -n "$one@127.0.0.1"
says "node '127.0.0.1': missing port in address"
code 2 info -n "$one@[::1]"
says 'missing port in address'
code 2 info surplus -n "$one@127.0.0.1:1"
code 2 info --timeout soon -n "$one@127.0.0.1:1"
code 2 info --chain moon -n "$one@127.0.0.1:1"
code 2 info --count 2 -n "$one@127.0.0.1:1"
code 2 hash -n "$one@127.0.0.1:1"
for range in 0 0-3 4-3 -3 3- 1-x tips 18446744073709551616; do
	code 2 -n "$one@127.0.0.1:1" -- block "$range"
done
code 2 block 5 --raw --hex -n "$one@127.0.0.1:1"
code 2 ping -n "$one@127.0.0.1:1" -n "$one@127.0.0.1:2"
code 78 info --config "$dir/none.conf"
says "$dir/none.conf: No such file or directory"
code 9 info --key "$dir/none" -n "$one@127.0.0.1:1"
# Port 1 is nobody's.
code 3 info --timeout 0.5 -n "$one@127.0.0.1:1"
says '127.0.0.1:1: '
for command in info 'block 1' 'ping --count 1' 'height --json' subscribe; do
	# shellcheck disable=SC2086
	code 68 $command --timeout 0.5 -n "$one@nosuch.invalid:1"
	says 'the name of the host cannot be found'
done
code 3 block 1 --timeout 0.5 -n "$one@127.0.0.1:1"
code 3 ping --count 1 --timeout 0.5 -n "$one@127.0.0.1:1"

# --- a node with blocks 2 to 8 ------------------------------------------------

tip=8
head -c 30937 $golden.blocks >"$dir/blocks"
mkdir "$dir/data"
timeout 600 "$build/bitmarkd-c" gen-peer-identity "$dir" >/dev/null
key=$(sed 's/^PUBLIC://' "$dir/peer.public")
configure() {
	cat >"$dir/node.conf" <<-CONF
		chain = local
		nodes = none
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$1"}
		    announce = {"127.0.0.1:$1"}
		    public_key = peer.public
		    private_key = peer.private
		}
	CONF
}
configure "$port"
timeout 600 "$build/bitmark-chain" --config "$dir/node.conf" load-blocks "$dir/blocks" \
    >"$dir/out" 2>&1 ||
    { cat "$dir/out"; fail "the golden blocks were not loaded"; }
# Programs that are started without standard files print into no other ones.
chain() { timeout 600 "$build/bitmark-chain" --config "$dir/node.conf" "$@"; }
is_whole() {
	! grep -rqa -e "$1" "$dir/data" || fail "what it printed is in the store: $1"
	chain verify >"$dir/out" 2>&1 || { cat "$dir/out"; fail "the store is damaged"; }
}
got=0
chain load-blocks "$dir/blocks" <&- >&- 2>&- || got=$?
same "$got" 9 'exit code of a tool that cannot say that the blocks are there already'
is_whole bitmark-chain:
got=0
chain --yes delete-down 20 <&- >&- 2>&- || got=$?
same "$got" 9 'exit code of a tool that cannot print'
is_whole bitmark-chain:
timeout 600 "$build/bitmarkd-c" --config "$dir/node.conf" <&- >&- 2>&- &
daemon=$!
for wait in 1 2 3 4 5 6 7 8 9 10; do
	peer -C local height -t 2 -n "$key@127.0.0.1:$port" >"$dir/out" 2>&1 && break
	kill -0 "$daemon" 2>/dev/null || break
done
kill "$daemon" 2>/dev/null || true
wait "$daemon" 2>/dev/null || true
daemon=
is_whole 'INFO main:'
# A port that is taken ends the daemon: try the next one.
for try in 1 2 3 4 5 6 7 8; do
	configure "$port"
	timeout 600 "$build/bitmarkd-c" --config "$dir/node.conf" 2>"$dir/log" &
	daemon=$!
	for wait in 1 2 3 4 5 6 7 8 9 10; do
		peer -C local height -t 2 -n "$key@127.0.0.1:$port" >"$dir/out" 2>&1 && break 2
		kill -0 "$daemon" 2>/dev/null || break
	done
	kill "$daemon" 2>/dev/null || true
	wait "$daemon" 2>/dev/null || true
	daemon=
	port=$((port + 1))
done
[ -n "$daemon" ] || { cat "$dir/log" "$dir/out"; fail "no daemon after $try tries, $wait waits"; }
BITMARK_NODE=$key@127.0.0.1:$port
export BITMARK_NODE

# Every fact, in text and in JSON.
same "$(peer -C local height)" $tip height
display=$(golden_value $tip digestDisplay)
stored=$(golden_value $tip digest)
[ -n "$display" ] && [ -n "$stored" ] || fail "no golden digest"
same "$(peer -C local hash $tip)" "$display" hash
code 0 info -C local
for text in "$display" "height      $tip" "chain       local" "public key  $key"; do
	says "$text"
done
code 0 info -C local --json
for text in "\"height\":\"$tip\"" "\"digest\":\"$stored\"" "\"digestDisplay\":\"$display\"" \
    '"chain":"local"'; do
	says "$text"
done
code 0 info -C local -n "PUBLIC:$key@127.0.0.1:$port"

# Blocks are the golden bytes.
peer -C local block 2-$tip --hex >"$dir/hex"
while read -r line; do
	printf '%016x%s' $((${#line} / 2)) "$line"
done <"$dir/hex" >"$dir/got"
od -An -v -tx1 "$dir/blocks" | tr -d ' \n' >"$dir/want"
cmp "$dir/got" "$dir/want" || fail "--hex is not what was loaded"
peer -C local block 2-$tip --raw >"$dir/raw"
od -An -v -tx1 "$dir/raw" | tr -d ' \n' >"$dir/got"
tr -d '\n' <"$dir/hex" >"$dir/want"
cmp "$dir/got" "$dir/want" || fail "--raw and --hex differ"

# Decoded blocks.
code 0 block 5 -C local --json
says "$(sed -n 's/.*\("header":{[^}]*"number":"5"[^}]*}\).*/\1/p' $golden.json | head -n 1)"
says "\"digest\":\"$(golden_value 5 digest)\""
code 0 block 5 -C local
says "$(golden_value 5 digestDisplay)"
says BlockFoundation
same "$(grep -c '^ *[1-9][0-9]* *[A-Z]' "$dir/out")" 5 'lines of transactions in block 5'
same "$(peer -C local block tip | head -n 1)" "block $tip" 'block tip'
same "$(peer -C local block 1-3 | grep -c '^block ')" 3 'blocks from 1 to 3'
code 7 block 99 -C local
code 7 block 7-99 -C local
says 'at block 9'
same "$(grep -c '^block ' "$dir/out")" 2 'blocks before the one that is missing'
code 7 hash 99 -C local

# Genesis comes from the table, when the node is on that chain.
code 0 block 1 -C local --json
says '"digest":"8ae68bb87c4a926b8f12c5eeda9695bbdeaa9b280b57bc16545a2c8f7b80fe00"'
for words in info 'block 1' height; do
	# shellcheck disable=SC2086
	code 5 $words
	says 'use --chain local'
done

# Another key than the node's.
code 4 info -C local -n "$one@127.0.0.1:$port" -t 2

# Names, tables, and what cannot be reached.
cat >"$dir/nodes.conf" <<-CONF
	chain = local
	peering {
	    connect here { public_key = "$key" address = "127.0.0.1:$port" }
	    connect gone { public_key = "$key" address = "127.0.0.1:1" }
	}
CONF
same "$(peer --config "$dir/nodes.conf" height -n here)" $tip 'height by name'
code 2 height --config "$dir/nodes.conf" -n elsewhere
code 3 info --config "$dir/nodes.conf" --all -t 1
same "$(wc -l <"$dir/out" | tr -d ' ')" 3 'lines of a table of two'
grep -q "^here .* local .* $tip .* ms$" "$dir/out" || fail "no row of the node"
grep -q '^gone ' "$dir/out" || fail "no row of what is gone"
code 0 info --config "$dir/nodes.conf" --all -n here --wide
says "$display"
code 3 info --config "$dir/nodes.conf" --all -t 1 --json
same "$(grep -c '"error":' "$dir/out")" 1 'errors in JSON'
rows=$(BITMARK_CONFIG=$dir/nodes.conf peer hash $tip -n here -n here | grep -c "$display")
same "$rows" 2 'rows of hash'
# A name that is no text, or that a terminal would obey, is shown escaped.
printf 'chain = local peering {
 connect "\377\033[1m" { public_key = "%s" address = "127.0.0.1:%s" }\n}\n' \
    "$key" "$port" >"$dir/odd.conf"
code 0 height --config "$dir/odd.conf" --all --json
says '"node":"\\xff\\x1b[1m"'
code 0 height --config "$dir/odd.conf" --all
grep -qF "\xff\x1b[1m  $tip" "$dir/out" || fail "no row of the odd name"
code 0 ping --config "$dir/odd.conf" --all --count 1 --json
says '"node":"\\xff\\x1b[1m"'
# An unknown key of the configuration is told with its place.
echo 'colour = red' >"$dir/wrong.conf"
code 78 info --config "$dir/wrong.conf" -n "$BITMARK_NODE"
says "$dir/wrong.conf:1"

# Again and again.
same "$(peer -C local height --watch 0.05 --count 3 | wc -l | tr -d ' ')" 3 'rounds of --watch'
code 0 ping -C local --count 3 --watch 0.05
same "$(grep -c "^height $tip  seq" "$dir/out")" 3 'replies to ping'
says '3 requests, 3 replies, 0% lost'
code 0 ping -C local --count 2 --watch 0.05 --json
says '"received":2'
got=0
timeout -s INT 2 "$build/bitmark-peer" -C local ping --watch 0.1 >"$dir/out" || got=$?
grep -q 'round trip min' "$dir/out" || fail "no statistics after an interrupt"

# A full disk is no success.
if [ -w /dev/full ]; then
	got=0
	peer -C local height >/dev/full 2>/dev/null || got=$?
	same "$got" 9 'exit code for a full disk'
	for form in --json --raw --hex; do
		got=0
		peer -C local block 6 "$form" >/dev/full 2>"$dir/err" || got=$?
		same "$got" 9 "exit code for a full disk and $form"
		same "$(cat "$dir/err")" 'bitmark-peer: cannot write the output' \
		    "what is said of a full disk and $form"
	done
fi
