#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Makes the pictures of README anew: see 'make pictures'.
set -eu
cd "$(dirname "$0")/../.."
PATH=$BITMARK_BUILD:$PATH
modules=$BITMARK_BUILD/browser
pictures=$PWD/tests/browser/pictures
mkdir -p "$pictures"

# A node that has fetched a chain from two others, and is asked a little.
screen=$(mktemp)
(
	. tests/net/network.sh
	# shellcheck disable=SC2154
	look() { tmux -S "$dir/tmux" -f /dev/null "$@"; }
	# shellcheck disable=SC2317
	shows() {
		look capture-pane -e -p >"$screen" && has "$screen" '127.0.0.1:[0-9]* .* ms' 2 &&
		    grep -q 'height 25 ' "$screen" && grep -q 'blocks/s.*█' "$screen"
	}
	# shellcheck disable=SC2317
	answers() { bitmarkd-c --config "$dir/1/bitmarkd-c.conf" status >"$dir/out" 2>&1; }
	make_store store tests/data/chain-a.blocks 3
	make_store full tests/data/chain-a.blocks 25
	make_nodes 3 store
	for node in 2 3; do
		rm -r "$dir/$node/data/local"
		cp -R "$dir/full" "$dir/$node/data/local"
	done
	configure 1 2 yes "$(connect 2 "$(port_of 2)") $(connect 3 "$(port_of 3)")"
	configure 2 1 yes "$(connect 1 "$(port_of 1)")"
	configure 3 1 yes "$(connect 1 "$(port_of 1)")"
	start 1 2 3
	await answers || fail "node 1 does not answer"
	look new-session -d -x 74 -y 20 "TERM=screen-256color \
	    bitmarkd-c --config '$dir/1/bitmarkd-c.conf' top"
	while bitmark-peer --config "$dir/1/bitmarkd-c.conf" info --all >/dev/null 2>&1; do :; done &
	asking=$!
	await shows || fail "no peers are shown"
	kill "$asking"
	look kill-server
)

. tests/net/await.sh
. tests/browser/world.sh
trap 'end_world; rm -f "$screen"' EXIT
start_chain
make_world
# shellcheck disable=SC2154
start_explorer "$port"
install_modules "$modules"
export WORLD_DIR="$dir" EXPLORER_URL="http://127.0.0.1:$port"
node "$modules/pictures.mjs" "$pictures" "$screen"
pngquant --force --ext .png --strip 128 "$pictures"/*.png
ls -l "$pictures"
