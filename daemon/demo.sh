#!/usr/bin/env bash
# The main job, to be seen: three nodes on loopback, one of them with the
# bundled golden chain, the others empty and knowing only the first one's
# address.  Everything is made below build/run and left there.
#
# RUN_ONCE=1        stop the nodes and exit when they agree (0), or do not (1)
# RUN_PORT=N        first port to try
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BITMARK_BUILD:?the directory with the programs}
run=build/run
nodes="one two three"
limit=${RUN_SECONDS:-120}
pids=

# Stop the nodes; nothing is removed but what this script made.
finish() {
	trap - EXIT INT TERM
	for pid in $pids; do kill "$pid" 2>/dev/null || true; done
	for pid in $pids; do wait "$pid" 2>/dev/null || true; done
}
trap finish EXIT
trap 'echo; echo "Stopping the nodes."; exit 0' INT TERM

# Print a command as a person would type it, then run it.
show() {
	echo
	printf '$'
	printf ' %q' "$@"
	echo
	"$@"
}

say() { printf '\n== %s\n' "$*"; }

rm -rf "$run"
mkdir -p "$run"
say "Three nodes: keys and configurations in $run"
for node in $nodes; do
	mkdir "$run/$node"
	"$build/bitmarkd-c" gen-peer-identity "$run/$node" >/dev/null
done
declare -A port_of
p=${RUN_PORT:-24136}
for node in $nodes; do
	while (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do p=$((p + 1)); done
	port_of[$node]=$p
	p=$((p + 1))
done
key_one=$(sed 's/^PUBLIC://' "$run/one/peer.public")
connect="connect one { public_key = \"$key_one\" address = \"127.0.0.1:${port_of[one]}\" }"
for node in $nodes; do
	port=${port_of[$node]}
	others=
	[ "$node" = one ] || others=$connect
	cat >"$run/$node/bitmarkd-c.conf" <<-CONF
		chain = local
		nodes = none
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$port"}
		    announce = {"127.0.0.1:$port"}
		    public_key = peer.public
		    private_key = peer.private
		    dynamic_connections = no
		    $others
		}
		logging { level = info }
	CONF
done
# The nodes as a person who asks them would name them.
{
	echo "chain = local"
	echo "peering {"
	for node in $nodes; do
		port=${port_of[$node]}
		echo "    connect $node { public_key = \"$(sed 's/^PUBLIC://' "$run/$node/peer.public")\" address = \"127.0.0.1:$port\" }"
	done
	echo "}"
} >"$run/nodes.conf"

say "Node one loads the golden chain, verifying every block"
"$build/bitmark-chain" --config "$run/one/bitmarkd-c.conf" load-blocks tests/data/chain-a.blocks

say "Starting the nodes; two and three know only the address of one"
for node in $nodes; do
	"$build/bitmarkd-c" --config "$run/$node/bitmarkd-c.conf" 2>"$run/$node/log" &
	pids="$pids $!"
done

height() {
	"$build/bitmark-peer" --config "$run/nodes.conf" --node "$1" --timeout 5 height 2>/dev/null || echo "-"
}
say "They fetch, verify and store"
start=$SECONDS
while :; do
	one=$(height one) two=$(height two) three=$(height three)
	printf '%4d s   one %4s   two %4s   three %4s\n' $((SECONDS - start)) "$one" "$two" "$three"
	[ "$one" != - ] && [ "$one" = "$two" ] && [ "$one" = "$three" ] && break
	if [ $((SECONDS - start)) -ge "$limit" ]; then
		echo "The nodes did not agree within $limit s; their logs are in $run/*/log"
		tail -n 5 "$run"/*/log
		exit 1
	fi
	sleep 1
done
# A node says that it is in step when it has heard so: give it a moment.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	"$build/bitmark-peer" --config "$run/nodes.conf" info --all --json |
	    grep -q '"normal": *false' || break
	sleep 1
done

say "All three"
"$build/bitmark-peer" --config "$run/nodes.conf" info --all
tips=$("$build/bitmark-peer" --config "$run/nodes.conf" --node one hash "$one"
    "$build/bitmark-peer" --config "$run/nodes.conf" --node two hash "$one"
    "$build/bitmark-peer" --config "$run/nodes.conf" --node three hash "$one")
if [ "$(printf '%s\n' "$tips" | sort -u | wc -l)" -ne 1 ]; then
	echo "The nodes have different chains."
	exit 1
fi

say "How to go on"
show "$build/bitmark-peer" --chain local info --node "$key_one@127.0.0.1:${port_of[one]}"
show "$build/bitmark-peer" --config "$run/nodes.conf" --node three block 5

if [ "${RUN_ONCE:-}" = 1 ]; then
	say "RUN_ONCE: stopping the nodes"
	exit 0
fi
say "The nodes go on running; Ctrl-C stops them.  Logs: $run/*/log"
# shellcheck disable=SC2086
wait $pids
