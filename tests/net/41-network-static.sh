#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Static networks of 2, 3, 6 and 12 daemons in which each names all others:
# all start at one moment and come to the same; what one is told reaches all;
# a third of them is killed, the others go on, and the third comes back; the
# network falls in two halves that grow apart, and heals.
set -eu
# shellcheck disable=SC2154
. tests/net/network.sh
# Blocks that both golden chains begin with; then the branches differ.
common=20

# Half of the nodes, rounded down, keep the shorter branch; the rest has the
# longer one.  Between the halves everything goes through the cable.
connects() {
	for other in $(others "$1"); do
		address=$(port_of "$other")
		[ $(($1 <= size / 2)) -eq $((other <= size / 2)) ] || address=$(cable_to "$other")
		connect "$other" "$address"
	done
}

make_asset
make_store common tests/data/chain-a.blocks $common
short=$(block_hex tests/data/chain-a.blocks 21)
long=$(block_hex tests/data/chain-a-fork.blocks 21)
longer=$(block_hex tests/data/chain-a-fork.blocks 22)

network() {
	make_nodes "$1" common
	minimum=$((size < 4 ? size - 1 : 3))
	for node in $nodes; do configure "$node" $minimum no "$(connects "$node")"; done
	lay_cable
	start $nodes
	agree $common $nodes

	submit "$(pick $nodes)" "$asset"
	all_say 1 'assets accepted' $nodes
	pass_on $nodes

	killed=$(a_third)
	rest=$(others $killed)
	end KILL $killed
	pass_on $rest
	agree $common $rest
	start_again $killed
	agree $common $nodes
	pass_on $nodes

	left=$(seq $((size / 2))) right=$(seq $((size / 2 + 1)) "$size")
	cut_cable
	submit "$(pick $left)" "$short"
	submit "$(pick $right)" "$long"
	agree 21 $left
	agree 21 $right
	submit "$(pick $right)" "$longer"
	agree 22 $right
	agree 21 $left
	note_registrations "$nodes" "$nodes"
	lay_cable
	agree 22 $nodes
	await_registrations "$nodes" "$nodes"
	all_say 1 'rolled back from block 21 to 20' $left
	for node in $right; do
		[ "$(count "$node" 'rolled back')" -eq 0 ] ||
		    fail "node $node left the longer branch"
	done
	pass_on $nodes

	end TERM $nodes
	cut_cable
	nodes=''
}

for count in 2 3 6 12; do
	network $count
	echo "$count nodes: good"
done
