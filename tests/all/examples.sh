# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# Common to the scripts that run the examples: sourced, not run.  An example is
# taken from where 'make install' put it, and its commands from its README.md.
. "$(dirname "$0")/installed.sh"
. tests/net/await.sh
dir=$(mktemp -d)
examples=$BITMARK_INSTALLED/share/doc/libbitmarkpeer/examples
nodes=''

# shellcheck disable=SC2317
finish() {
	for node in $nodes; do kill -9 "$(cat "$dir/$node.pid")" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
fail() {
	echo "FAILED: $*"
	for node in $nodes; do echo "--- $node"; tail -n 6 "$dir/$node.log"; done
	exit 1
}
says() { grep -q -- "$1" "$dir/out" || { cat "$dir/out"; fail "not said: $1"; }; }

# --- what a README says -----------------------------------------------------------

# take EXAMPLE: a copy of it in $dir/EXAMPLE, where its commands are run.
take() {
	cp -R "$examples/$1" "$dir/$1" || fail "$1 is not installed"
	readme=$dir/$1/README.md
	blocks=$(grep -c '^```sh$' "$readme")
	ran=0
}
# block NUMBER: the commands between its fences.
block() {
	awk -v want="$1" '/^```sh$/ { on = ++n == want; next } /^```$/ { on = 0 } on' "$readme"
}
# run NUMBER: the commands as they stand, in the folder of the example.  Variables
# that they name are exported before.  Output in $dir/out.
run() {
	ran=$((ran + 1))
	block "$1" >"$dir/commands"
	[ -s "$dir/commands" ] || fail "$readme has no commands $1"
	(cd "$(dirname "$readme")" && timeout 900 sh -eu "$dir/commands") >"$dir/out" 2>&1 || {
		cat "$dir/commands" "$dir/out"; fail "commands $1 of $readme"; }
}
# leave NUMBER...: another script runs these.
leave() { ran=$((ran + $#)); }
# all_ran: no command of the README was left out.
all_ran() { [ "$ran" -eq "$blocks" ] || fail "$ran of $blocks blocks of $readme were run"; }

# --- nodes --------------------------------------------------------------------------

# ask NODE ARGUMENT...: of a developer's chain in $dir/NODE.
ask() {
	node=$1; shift
	timeout 600 bitmarkd-c -c "$dir/$node/bitmarkd-c.conf" "$@"
}
is_normal() { ask "$1" status 2>/dev/null | grep -q 'mode *Normal'; }
has_begun() { is_normal "$1" || ! kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null; }
# launch NODE COMMAND...: runs it until the node is Normal; fails if it ends before.
launch() {
	name=$1; shift
	"$@" >>"$dir/$name.log" 2>&1 &
	echo $! >"$dir/$name.pid"
	await has_begun "$name" && is_normal "$name"
}
# dev NODE: a developer's chain.  Another program may take the port between the
# moment at which it was found free and its use: then another one is found.  In the
# end it has ports that no other script is given, and keeps them when it is stopped.
# shellcheck disable=SC2154
own_port=$((port + 60))
dev() {
	nodes="$nodes $1"
	tries=5
	until launch "$1" bitmarkd-c dev "$dir/$1"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "$1 does not run"
		rm -f "$dir/$1/bitmarkd-c.conf"
	done
	stop "$1"
	conf "$1" "/^peering/,/^}/s/127\.0\.0\.1:[0-9]*/127.0.0.1:$own_port/
	    /^client_rpc/,/^}/s/127\.0\.0\.1:[0-9]*/127.0.0.1:$((own_port + 1))/"
	own_port=$((own_port + 2))
	start "$1"
}
start() { launch "$1" bitmarkd-c -c "$dir/$1/bitmarkd-c.conf" || fail "$1 does not run"; }
stop() {
	ask "$1" stop >/dev/null || fail "$1 cannot be stopped"
	wait "$(cat "$dir/$1.pid")" || fail "$1 did not stop in order"
}
# conf NODE EXPRESSION...: its configuration is changed by sed.
conf() {
	file=$dir/$1/bitmarkd-c.conf; shift
	sed "$@" "$file" >"$dir/conf" && cp "$dir/conf" "$file"
}
# address NODE: where it listens, with its key, as the tools take it.
address() {
	printf '%s@%s\n' "$(sed 's/^PUBLIC://' "$dir/$1/peer.public")" \
	    "$(sed -n 's/^ *listen = {"\(127[^"]*\)"}$/\1/p' "$dir/$1/bitmarkd-c.conf" | head -n 1)"
}
