#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Dynamic networks of 2, 3, 6 and 12 daemons of which each knows one other from
# its file of peers, and none is named in a configuration: they find the others
# by registering and by what is announced.  They begin as two networks that do
# not know of each other, on two branches; then one node hears of one on the
# other side, and the two become one.  What one is told reaches all; a third of
# them is killed, the others go on, and the third comes back.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh

# item_of NODE: its entry in a file of peers.
item_of() {
	printf '20%s0707%04x7f000001' "$(key_of "$1")" "$(port_of "$1")"
	seconds=$(date +%s)
	while [ "$seconds" -ge 128 ]; do
		printf '%02x' $((seconds % 128 + 128))
		seconds=$((seconds / 128))
	done
	printf '%02x' "$seconds"
}
# knows NODE OTHER: nobody else.
knows() { echo "[\"$(item_of "$2")\"]" >"$dir/$1/peers-local.json"; }

make_asset
make_store short tests/data/chain-a.blocks 21
make_store long tests/data/chain-a-fork.blocks 22
last=$(block_hex tests/data/chain-a-fork.blocks 23)

network() {
	make_nodes "$1" long
	left=$(seq $((size / 2))) right=$(seq $((size / 2 + 1)) "$size")
	minimum=$((size < 4 ? 1 : size / 2 - 1 < 3 ? size / 2 - 1 : 3))
	for node in $nodes; do configure "$node" $minimum yes ''; done
	for node in $left; do
		rm -r "$dir/$node/data/local"
		cp -R "$dir/short" "$dir/$node/data/local"
	done
	# Each knows the one before it in its half; the first of a half nobody.
	for node in $nodes; do
		[ "$node" -eq 1 ] || [ "$node" -eq $((size / 2 + 1)) ] ||
		    knows "$node" $((node - 1))
	done
	start $nodes
	[ "$size" -lt 4 ] || agree 21 $left
	[ "$size" -lt 3 ] || agree 22 $right

	# The first meets the last.
	end TERM 1
	knows 1 "$size"
	start 1
	agree 22 $nodes
	all_say 1 'rolled back from block 21 to 20' $left
	for node in $right; do
		[ "$(count "$node" 'rolled back')" -eq 0 ] ||
		    fail "node $node left the longer branch"
	done

	# With more than there are in its half.
	for node in $nodes; do registered "$node" $(((size + 1) / 2)); done
	submit "$(pick $nodes)" "$asset"
	all_say 1 'assets accepted' $nodes
	pass_on $nodes
	submit "$(pick $nodes)" "$last"
	agree 23 $nodes

	killed=$(a_third)
	rest=$(others $killed)
	end KILL $killed
	[ "$size" -lt 3 ] || pass_on $rest
	agree 23 $rest
	start_again $killed
	agree 23 $nodes
	pass_on $nodes

	end TERM $nodes
	nodes=''
}

for count in 2 3 6 12; do
	network $count
	echo "$count nodes: good"
done
