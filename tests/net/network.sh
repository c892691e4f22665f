#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Networks of daemons on loopback, for the scripts that read this file.  Nodes
# are numbered from 1; node N has its files in $dir/N, listens at port_of N, and
# is reached through the relay at cable_to N.
#
# NET_SEED chooses who is killed and who is told; a failing run prints it.
. tests/net/await.sh
build=${BITMARK_BUILD:?}
seed=${NET_SEED:-$$}
dir=$(mktemp -d)
relay=$dir/relay
first_port=$port
cut=''
nodes=''
# Whose rules all nodes follow; configure is told others by its variable.
rules=${NET_RULES:-8.2}

finish() {
	cut_cable
	for node in $nodes; do kill "$(cat "$dir/$node/pid")" 2>/dev/null || true; done
	for node in $nodes; do wait "$(cat "$dir/$node/pid")" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
	echo "FAILED with $size nodes, NET_SEED=$seed: $*"
	for node in $nodes; do
		echo "--- node $node"
		tail -n 6 "$dir/$node/log"
	done
	exit 1
}
# random BELOW: a number from 0.
random() {
	calls=$((${calls:-0} + 1))
	awk -v seed="$seed" -v calls="$calls" -v below="$1" \
	    'BEGIN { srand(seed + 7919 * calls); print int(rand() * below) }'
}
# pick NODE...: one of them.
pick() { shift "$(random $#)"; echo "$1"; }
port_of() { echo $((port + $1)); }
cable_to() { echo $((port + 20 + $1)); }
key_of() { sed 's/^PUBLIC://' "$dir/$1/peer.public"; }
chain_tool() { "$build/bitmark-chain" --chain local --rules "$rules" "$@" >"$dir/out" 2>&1 ||
    { cat "$dir/out"; exit 1; }; }

# --- blocks and records ---------------------------------------------------------

# find_block FILE NUMBER: it begins at byte $at and has $length bytes; the eight
# bytes of its length stand in front of it.
find_block() {
	at=8 number=2
	while :; do
		length=$(od -An -v -tu1 -j $((at - 8)) -N 8 "$1" |
		    awk '{ for (i = 1; i <= 8; i++) n = n * 256 + $i; print n }')
		[ "$number" -eq "$2" ] && break
		at=$((at + 8 + length)) number=$((number + 1))
	done
}
# block_hex FILE NUMBER
block_hex() {
	find_block "$1" "$2"
	od -An -v -tx1 -j "$at" -N "$length" "$1" | tr -d ' \n'
}
# make_store NAME FILE LAST: with the blocks of a golden file up to LAST.
make_store() {
	find_block "$2" "$3"
	head -c $((at + length)) "$2" >"$dir/blocks"
	chain_tool --database "$dir/$1" load-blocks "$dir/blocks"
}
# The records that are submitted: an asset, then issues of it.
make_asset() {
	"$build/bitmark-record" keygen --network test --output "$dir/key" --json >"$dir/out"
	account=$(sed -n 's/.*"account":"\([^"]*\)".*/\1/p' "$dir/out")
	echo "{\"record\": \"AssetData\", \"name\": \"painting\", \"fingerprint\": \"$account\",
	    \"metadata\": \"\", \"registrant\": \"$account\"}" >"$dir/json"
	asset=$("$build/bitmark-record" sign --key "$dir/key" "$dir/json")
	asset_id=$("$build/bitmark-record" decode "$asset" |
	    sed -n 's/.*"assetId": *"\([^"]*\)".*/\1/p')
	issued=0
}
make_issue() {
	issued=$((issued + 1))
	echo "{\"assetId\": \"$asset_id\", \"owner\": \"$account\",
	    \"nonce\": \"$issued\"}" >"$dir/json"
	issue=$("$build/bitmark-record" sign --key "$dir/key" "$dir/json")
}

# --- the life of nodes ------------------------------------------------------------

# make_nodes COUNT STORE: nobody is started or configured yet.
make_nodes() {
	size=$1
	port=$("$relay" free 40 "$first_port")
	nodes=$(seq "$1")
	for node in $nodes; do
		rm -rf "${dir:?}/$node"
		mkdir "$dir/$node" "$dir/$node/data"
		cp -R "$dir/$2" "$dir/$node/data/local"
		"$build/bitmarkd-c" gen-peer-identity "$dir/$node" >/dev/null
		: >"$dir/$node/log"
	done
}
# configure NODE MINIMUM DYNAMIC CONNECTS: a tenth of the times of a real one
# and less.
configure() {
	cat >"$dir/$1/bitmarkd-c.conf" <<-CONF
		chain = local
		rules = "$rules"
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$(port_of "$1")"}
		    announce = {"127.0.0.1:$(port_of "$1")"}
		    digest_workers = 1
		    digest_nice = 0
		    minimum_clients = $2
		    cycle_ms = 500
		    poll_ms = 500
		    announce_first_ms = 1000
		    announce_interval_ms = 2000
		    dynamic_connections = $3
		    $4
		}
		logging { level = info levels { process = debug dns = debug } }
	CONF
	{
		echo "chain = local"
		echo "peering {"
		for node in $nodes; do connect "$node" "$(port_of "$node")"; done
		echo "}"
	} >"$dir/nodes.conf"
}
# connect NODE PORT: what a configuration says to be connected with it.
connect() { echo "connect n$1 { public_key = \"$(key_of "$1")\" address = \"127.0.0.1:$2\" }"; }
# start NODE...
start() {
	for node; do
		"$build/bitmarkd-c" --config "$dir/$node/bitmarkd-c.conf" 2>>"$dir/$node/log" &
		echo $! >"$dir/$node/pid"
	done
}
# registrations NODE OTHERS: how often one of the others has registered with it.
registrations() {
	for other in $2; do cat "$dir/$other/log"; done |
	    grep -c -e ":$(port_of "$1"): registered" -e ":$(cable_to "$1"): registered" || true
}
# note_registrations NODES OTHERS, and wait until each of the nodes has had
# another one: who has lost a node tells it nothing until then.
note_registrations() {
	for node in $1; do registrations "$node" "$2" >"$dir/$node/before"; done
}
await_registrations() {
	for node in $1; do
		await was_registered "$node" "$2" || fail "nobody registers with node $node"
	done
}
was_registered() { [ "$(registrations "$1" "$2")" -gt "$(cat "$dir/$1/before")" ]; }
# start_again NODE...: it counts when those that went on have registered with
# them.  What they are told themselves goes the other way.
start_again() {
	note_registrations "$*" "$(others "$@")"
	start "$@"
	await_registrations "$*" "$(others "$@")"
}
# end SIGNAL NODE...
end() {
	signal=$1
	shift
	for node; do kill "-$signal" "$(cat "$dir/$node/pid")"; done
	for node; do wait "$(cat "$dir/$node/pid")" || true; done
}
# The cable: without it nothing gets through between the halves.
lay_cable() {
	# shellcheck disable=SC2046
	"$relay" "$(cable_to 1)" $(for node in $nodes; do port_of "$node"; done) &
	cut=$!
}
cut_cable() {
	[ -n "$cut" ] || return 0
	kill -9 "$cut"
	wait "$cut" 2>/dev/null || true
	cut=''
}
# others NODE...: all but these.
others() {
	for node in $nodes; do
		case " $* " in *" $node "*) ;; *) echo "$node" ;; esac
	done
}
# a_third: some nodes, chosen by the seed.
a_third() {
	count=$(((size + 2) / 3))
	for node in $nodes; do echo "$(random 1000000) $node"; done |
	    sort -n | head -n "$count" | cut -d ' ' -f 2
}

# --- what is seen -----------------------------------------------------------------

# agree HEIGHT NODE...: they become normal, at this height, with one digest.
agree() {
	height=$1
	shift
	targets=$(for node; do echo "--node n$node"; done)
	await are_normal $# || { cat "$dir/info"; fail "not all normal at $height: $*"; }
	digests=$(sed 's/.*"digest":"\([^"]*\)".*/\1/' "$dir/info" | sort -u)
	[ "$(echo "$digests" | wc -l)" -eq 1 ] || fail "different blocks $height"
}
are_normal() {
	# shellcheck disable=SC2086
	"$build/bitmark-peer" --config "$dir/nodes.conf" --timeout 5 info --all --json $targets \
	    >"$dir/info" 2>&1 || true
	[ "$(grep '"normal":true' "$dir/info" | grep -c "\"height\":\"$height\"")" -eq "$1" ]
}
# all_say COUNT TEXT NODE...: in so many lines of each log.
all_say() {
	wanted=$1 text=$2
	shift 2
	for node; do
		await has "$dir/$node/log" "$text" "$wanted" ||
		    fail "node $node does not say '$text' $wanted times"
	done
}
# registered NODE COUNT: with so many different nodes, at some time.
registered() {
	await is_registered "$@" || fail "node $1 has not registered with $2 nodes"
}
is_registered() {
	[ "$(sed -n 's/.* sync: \(.*\): registered$/\1/p' "$dir/$1/log" |
	    sort -u | wc -l)" -ge "$2" ]
}
# count NODE TEXT: in how many lines it says so.
count() { grep -c -e "$2" "$dir/$1/log" || true; }
# submit NODE HEX
submit() {
	"$build/bitmark-peer" --config "$dir/nodes.conf" --timeout 600 submit "$2" \
	    --node "n$1" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "not submitted"; }
}
# pass_on NODE...: a new issue, given to one of them, is accepted by all.
pass_on() {
	before=$(for node; do count "$node" 'issues accepted'; done)
	make_issue
	submit "$(pick "$@")" "$issue"
	for node; do
		all_say $(($(echo "$before" | head -n 1) + 1)) 'issues accepted' "$node"
		before=$(echo "$before" | tail -n +2)
	done
}

size=0
# shellcheck disable=SC2086
cc ${BITMARK_LDFLAGS:-} -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror -pthread \
    -o "$relay" tests/net/relay.c
