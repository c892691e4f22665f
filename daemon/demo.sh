#!/usr/bin/env bash
# The main job, to be seen: three nodes on loopback, one of them with the
# bundled golden chain, the others empty and told only the first one's address.
# They find each other, fetch and verify the chain; then an asset, an issue and
# a transfer are made, proved, submitted to one node, and heard at another.
# Everything is made below build/run and left there.
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
for node in $nodes publish; do
	while (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; do p=$((p + 1)); done
	port_of[$node]=$p
	p=$((p + 1))
done
key() { sed 's/^PUBLIC://' "$run/$1/peer.public"; }
node_at() { echo "$(key "$1")@127.0.0.1:${port_of[$1]}"; }
for node in $nodes; do
	port=${port_of[$node]}
	# A network of three: both others are enough, and news travels fast.
	cat >"$run/$node/bitmarkd-c.conf" <<-CONF
		chain = local
		nodes = none
		metrics_file = "node.prom"
		database { directory = data }
		peering {
		    listen = {"127.0.0.1:$port"}
		    announce = {"127.0.0.1:$port"}
		    public_key = peer.public
		    private_key = peer.private
		    minimum_clients = 2
		    cycle_ms = 1000
		    poll_ms = 1000
		    announce_first_ms = 1000
		    announce_interval_ms = 5000
		}
		logging { level = info }
	CONF
done
echo "publishing { broadcast = {\"127.0.0.1:${port_of[publish]}\"} }" >>"$run/three/bitmarkd-c.conf"
# The nodes as a person who asks them would name them.
{
	echo "chain = local"
	echo "peering {"
	for node in $nodes; do
		echo "    connect $node { public_key = \"$(key "$node")\"
		    address = \"127.0.0.1:${port_of[$node]}\" }"
	done
	echo "}"
} >"$run/nodes.conf"
peer() { "$build/bitmark-peer" --config "$run/nodes.conf" "$@"; }
control() { "$build/bitmarkd-c" --config "$run/$1/bitmarkd-c.conf" "${@:2}"; }
record() { "$build/bitmark-record" "$@"; }
# field NAME: of JSON in one line.
field() { sed -n "s/.*\"$1\": *\[*\"\([^\"]*\)\".*/\1/p"; }

say "Node one loads the golden chain, verifying every block"
"$build/bitmark-chain" --config "$run/one/bitmarkd-c.conf" load-blocks tests/data/chain-a.blocks

say "Starting the nodes; two and three are told the address of one, no more"
for node in $nodes; do
	"$build/bitmarkd-c" --config "$run/$node/bitmarkd-c.conf" 2>"$run/$node/log" &
	pids="$pids $!"
done
for node in $nodes; do
	for _ in $(seq 50); do control "$node" status >/dev/null 2>&1 && break; sleep 0.2; done
done
show "$build/bitmarkd-c" --config "$run/two/bitmarkd-c.conf" add-peer "$(node_at one)"
show "$build/bitmarkd-c" --config "$run/three/bitmarkd-c.conf" add-peer "$(node_at one)"

say "They find each other, fetch, verify and store"
start=$SECONDS
while :; do
	line='' heights='' good=0
	for node in $nodes; do
		state=$(control "$node" status --json 2>/dev/null) || state=
		height=$(echo "$state" | sed -n 's/.*"height":\([0-9]*\).*/\1/p')
		peers=$(echo "$state" | sed -n 's/.*"peers":\([0-9]*\).*/\1/p')
		case $state in *'"mode":"Normal"'*) good=$((good + 1)) ;; esac
		line="$line   $node ${height:--} with ${peers:-0} peers"
		heights="$heights $height"
	done
	printf '%4d s%s\n' $((SECONDS - start)) "$line"
	[ "$good" = 3 ] && [ "$(printf '%s\n' $heights | sort -u | wc -l)" = 1 ] && break
	if [ $((SECONDS - start)) -ge "$limit" ]; then
		echo "The nodes did not agree within $limit s; their logs are in $run/*/log"
		tail -n 5 "$run"/*/log
		exit 1
	fi
	sleep 1
done

say "All three"
peer info --all
tips=$(for node in $nodes; do peer --node "$node" hash "$height"; done)
if [ "$(printf '%s\n' "$tips" | sort -u | wc -l)" -ne 1 ]; then
	echo "The nodes have different chains."
	exit 1
fi

say "A subscriber listens at node three"
"$build/bitmark-peer" --chain local subscribe --json \
    -n "$(key three)@127.0.0.1:${port_of[publish]}" >"$run/events" 2>"$run/events.log" &
pids="$pids $!"
for _ in $(seq 50); do
	case $(control three status --json) in *'"subscribers":1'*) break ;; esac
	sleep 0.2
done
sleep 0.5

say "An account, an asset, an issue of it, submitted to node one"
account=$(record keygen --network test --output "$run/key" --json | field account)
echo "account $account"
echo "{\"record\":\"AssetData\",\"name\":\"a painting\",\"fingerprint\":\"$account\",
    \"metadata\":\"\",\"registrant\":\"$account\"}" |
    record sign --key "$run/key" - >"$run/asset"
echo "{\"assetId\":\"$(record decode "$run/asset" | field assetId)\",
    \"owner\":\"$account\",\"nonce\":\"1\"}" |
    record sign --key "$run/key" - >"$run/issue"
show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/asset"
show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/issue"

say "Work is its payment: the proof is found and submitted"
peer --node one block tip --hex >"$run/tip"
record proof --network test --block "$run/tip" --json "$run/issue" >"$run/proof.json"
echo "$(field payId <"$run/proof.json")$(field clientNonce <"$run/proof.json")" >"$run/proof"
show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/proof"

say "A bitmark of the golden chain is transferred; its payment is still to come"
echo '{"link":"90a686e618ff52e67bb92b16009e5086a9d060158410edd84cc2f08012acdcc3",
    "owner":"'"$account"'"}' |
    record sign --key tests/data/alice.key - >"$run/transfer"
show "$build/bitmarkd-c" --config "$run/one/bitmarkd-c.conf" submit "$run/transfer"

say "What the subscriber at node three heard, and what waits there"
for _ in $(seq 100); do
	heard=0
	for event in assets issues proof transfer; do
		grep -q "\"event\":\"$event\"" "$run/events" && heard=$((heard + 1))
	done
	[ "$heard" = 4 ] && break
	sleep 0.2
done
grep -oE '"event":"(assets|issues|proof|transfer)"' "$run/events" | sort -u || true
if [ "$heard" != 4 ]; then
	echo "Not everything was heard; see $run/events"
	exit 1
fi
control three reservoir

say "How to go on"
show "$build/bitmark-peer" --chain local info --node "$(node_at one)"
show "$build/bitmark-peer" --config "$run/nodes.conf" --node three block 5
show "$build/bitmarkd-c" --config "$run/two/bitmarkd-c.conf" connections

if [ "${RUN_ONCE:-}" = 1 ]; then
	say "RUN_ONCE: stopping the nodes"
	exit 0
fi
say "The nodes go on running; Ctrl-C stops them.  Logs: $run/*/log"
# shellcheck disable=SC2086
wait $pids
