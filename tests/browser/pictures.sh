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

# A node with two others.
screen=$(mktemp)
(
	. tests/net/network.sh
	# shellcheck disable=SC2154
	look() { tmux -S "$dir/tmux" -f /dev/null "$@"; }
	# shellcheck disable=SC2317
	shows() { look capture-pane -e -p >"$screen" && has "$screen" '127.0.0.1:[0-9]* .* ms' 2; }
	# shellcheck disable=SC2317
	answers() { bitmarkd-c --config "$dir/1/bitmarkd-c.conf" status >"$dir/out" 2>&1; }
	make_store store tests/data/chain-a.blocks 8
	make_nodes 3 store
	configure 1 2 yes "$(connect 2 "$(port_of 2)") $(connect 3 "$(port_of 3)")"
	configure 2 1 yes "$(connect 1 "$(port_of 1)")"
	configure 3 1 yes "$(connect 1 "$(port_of 1)")"
	start 1 2 3
	await answers || fail "node 1 does not answer"
	look new-session -d -x 80 -y 20 "TERM=screen-256color \
	    bitmarkd-c --config '$dir/1/bitmarkd-c.conf' top"
	await shows || fail "no peers are shown"
	look kill-server
)

. tests/net/await.sh
. tests/browser/world.sh
trap 'end_world; rm -f "$screen"' EXIT
start_chain
make_world
# shellcheck disable=SC2154
start_explorer "$port"
cp tests/browser/*.mjs "$modules"
export WORLD_DIR="$dir" EXPLORER_URL="http://127.0.0.1:$port"
node "$modules/pictures.mjs" "$pictures" "$screen"
pngquant --force --ext .png --strip 128 "$pictures"/*.png
ls -l "$pictures"
