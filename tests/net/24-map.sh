#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# bitmark-peer map: three daemons of which none has heard of all others are found
# from each one; who tells of whom is as it came about; the map is no announcement;
# a node that is gone is told as such.
set -eu
# shellcheck disable=SC2154
. tests/net/await.sh
build=${BITMARK_BUILD:?}
dir=$(mktemp -d)
finish() {
	for node in one two three; do
		[ ! -f "$dir/$node/pid" ] || kill "$(cat "$dir/$node/pid")" 2>/dev/null || true
	done
	wait
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
unset BITMARK_NODE BITMARK_CONFIG || true
fail() { echo "$*"; cat "$dir/out" "$dir/err"; tail -n 20 "$dir"/*/log; exit 1; }

# configure NODE PORT [CONNECT]: it announces itself by its registrations only,
# as the time of the other announcements is two minutes away.
configure() {
	cat >"$dir/$1/bitmarkd-c.conf" <<-CONF
		chain = local
		nodes = none
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$2"}
		    announce = {"127.0.0.1:$2"}
		    dynamic_connections = no
		    digest_workers = 1
		    announce_first_ms = 3600000
		    ${3:-}
		}
		logging { level = info levels { process = debug } }
	CONF
}
key() { sed 's/^PUBLIC://' "$dir/$1/peer.public"; }
connects() { echo "connect $1 { public_key = \"$(key "$1")\" address = \"127.0.0.1:$2\" }"; }
# start NODE TEXT: until its log has the text.
start() {
	"$build/bitmarkd-c" --config "$dir/$1/bitmarkd-c.conf" 2>>"$dir/$1/log" &
	echo $! >"$dir/$1/pid"
	await has "$dir/$1/log" "$2" || fail "$1 does not say $2"
}
# map NODE ARGUMENT...: what is printed; the exit code has to be 0.
map() {
	node=$1
	shift
	timeout 600 "$build/bitmark-peer" --chain local map "$@" \
	    --node "$(key "$node")@127.0.0.1:$(cat "$dir/$node/port")" \
	    >"$dir/out" 2>"$dir/err" || fail "map from $node: code $?"
}
# names: keys become the names of their nodes.
names() {
	sed -e "s/$(key one)/one/g" -e "s/$(key two)/two/g" -e "s/$(key three)/three/g"
}
says() { grep -q -e "$1" "$dir/names" || { cat "$dir/names"; fail "not said: $1"; }; }
# edges WANTED: those of the text.
edges() {
	names <"$dir/out" >"$dir/names"
	got=$(sed -n 's/^\([a-z]*\) tells of \([a-z]*\), heard 20.*/\1-\2/p' "$dir/names" |
	    sort | paste -sd ' ' -)
	[ "$got" = "$1" ] || fail "edges: $got, not $1"
}

number=0
: >"$dir/out"; : >"$dir/err"
for node in one two three; do
	mkdir "$dir/$node"
	"$build/bitmarkd-c" gen-peer-identity "$dir/$node" >/dev/null
	echo $((port + number)) >"$dir/$node/port"
	number=$((number + 1))
done
configure one "$port"
configure two $((port + 1)) "$(connects one "$port")"
configure three $((port + 2)) "$(connects two $((port + 1)))"
# One after the other: one has nobody to tell two of but itself, and two tells
# three of one.
start one 'mode: Normal'
start two ': registered'
start three ': registered'

# Again and again the same, so that nobody has heard of the one who asked.
known='one-two three-one two-one two-three'
for node in three one two three; do
	map "$node" --timeout 60 --wide
	edges "$known"
	[ "$(grep -c '127.0.0.1:.* local  *Normal' "$dir/names")" -eq 3 ] || fail "not three nodes"
done

map three --timeout 60 --json
names <"$dir/out" >"$dir/names"
[ "$(wc -l <"$dir/out")" -eq 1 ] || fail "not one object"
[ "$(grep -o '"from":"[a-z]*"' "$dir/names" | wc -l)" -eq 4 ] || fail "not four edges"
[ "$(grep -o '"publicKey":"[a-z]*"' "$dir/names" | wc -l)" -eq 3 ] || fail "not three nodes"
says '"from":"two","heard":"[0-9]*","to":"three"\|"from":"two","to":"three","heard":"[0-9]*"'
says '"limited":false'

map three --timeout 60 --dot
names <"$dir/out" >"$dir/names"
head -n 1 "$dir/names" | grep -q '^digraph ' || fail "no digraph"
says '"two" -> "three"'
[ "$(grep -c -e '->' "$dir/names")" -eq 4 ] || fail "not four edges of dot"
[ "$(tail -n 1 "$dir/names")" = '}' ] || fail "no end of dot"

map three --timeout 60 --limit 2 --wide
edges 'three-one'
says 'more nodes than the limit of 2'

# One node is gone; the others are asked all the same.
kill -9 "$(cat "$dir/three/pid")"
map one --timeout 5 --wide
edges 'one-two two-one two-three'
says "^three .*127.0.0.1:$((port + 2)) .*connect"
map one --timeout 5 --dot
names <"$dir/out" >"$dir/names"
says '"three" \[label=".*connect.*" style=dashed\]'
# Only a node that was given has to answer.
code=0
"$build/bitmark-peer" --chain local --timeout 5 map \
    --node "$(key three)@127.0.0.1:$((port + 2))" >"$dir/out" 2>"$dir/err" || code=$?
[ "$code" -eq 3 ] || fail "code $code, not 3"
code=0
"$build/bitmark-peer" map --json --dot --node one >"$dir/out" 2>"$dir/err" || code=$?
[ "$code" -eq 2 ] || fail "code $code, not 2"
echo "passed"
